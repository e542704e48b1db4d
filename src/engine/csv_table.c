/* SPDX-License-Identifier: Apache-2.0 */
/* A load as a table function of DuckDB, and a view that calls it by the number of the table.
 *
 * DuckDB binds on every prepare (and when the view is made), so binding only names the columns; a
 * scan begins when it is initialised. Each scan is a reading of its own: two in one statement do
 * not take each other's records. Columns that are not asked for get no vector, but are typed all
 * the same. A call returns rows until the file ends: DuckDB takes an empty answer for the end. */
#include "engine/csv_table.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/process.h"
#include "base/text.h"
#include "csv/load.h"
#include "engine/duckdb_core.h"

enum { RECORD_BYTES_GUESSED = 150 };

struct csv_table {
	struct csv_table *next; /* of the engine's */
	int64_t id;
	struct csv_load **loads; /* of the same columns */
	const char **names;      /* one each, for `_file`; NULL = there is no such column */
	size_t count;
	struct engine_session *session;
	pthread_mutex_t lock; /* beginning a reading and making its first worker are one */
};

/* One scan: which column of the load each vector of a chunk is for. */
struct scan {
	struct csv_table *table;
	size_t at;                /* the file being read; of several by one thread only */
	struct csv_worker *first; /* reads nothing: the others are made beside it */
	idx_t projected_count;
	idx_t *projected;
};

/* One thread's part of a scan. */
struct scan_thread {
	struct csv_worker *worker;
	struct csv_vector *vectors; /* one a column of the load */
};

/* ---- the tables of an engine ---- */

static void table_free(struct csv_table *table)
{
	if (!table)
		return;
	pthread_mutex_destroy(&table->lock);
	free(table->loads);
	free(table->names);
	free(table);
}
OWN_DEFINE(csv_table, table_free)

static struct csv_table *find_table(struct engine *engine, int64_t id)
{
	pthread_mutex_lock(&engine->lock);
	struct csv_table *table = engine->csv_tables;
	while (table && table->id != id)
		table = table->next;
	pthread_mutex_unlock(&engine->lock);
	return table;
}

void csv_table_forget(struct engine_session *session)
{
	pthread_mutex_lock(&session->engine->lock);
	for (struct csv_table **at = &session->engine->csv_tables; *at;) {
		struct csv_table *table = *at;
		if (table->session != session) {
			at = &table->next;
			continue;
		}
		*at = table->next;
		table_free(table);
	}
	pthread_mutex_unlock(&session->engine->lock);
}

/* ---- binding ---- */

static duckdb_logical_type logical_type(struct csv_type type)
{
	switch (type.kind) {
	case CSV_BIGINT:
		return duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
	case CSV_INTEGER:
		return duckdb_create_logical_type(DUCKDB_TYPE_INTEGER);
	case CSV_DECIMAL:
		return duckdb_create_decimal_type((uint8_t)type.precision, (uint8_t)type.scale);
	case CSV_DOUBLE:
		return duckdb_create_logical_type(DUCKDB_TYPE_DOUBLE);
	case CSV_BOOLEAN:
		return duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
	case CSV_DATE:
		return duckdb_create_logical_type(DUCKDB_TYPE_DATE);
	case CSV_TIMESTAMP:
		return duckdb_create_logical_type(DUCKDB_TYPE_TIMESTAMP);
	case CSV_TEXT:
		break;
	}
	return duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
}

static void add_column(duckdb_bind_info info, const char *name, struct csv_type type)
{
	duckdb_logical_type logical = logical_type(type);
	duckdb_bind_add_result_column(info, name, logical);
	duckdb_destroy_logical_type(&logical);
}

static void bind_table(duckdb_bind_info info)
{
	duckdb_value parameter = duckdb_bind_get_parameter(info, 0);
	int64_t id = duckdb_get_int64(parameter);
	duckdb_destroy_value(&parameter);
	struct csv_table *table = find_table(duckdb_bind_get_extra_info(info), id);
	if (!table) {
		duckdb_bind_set_error(info, "there is no such file");
		return;
	}
	for (size_t i = 0; i < csv_load_column_count(table->loads[0]); i++) {
		const struct csv_column *column = csv_load_column(table->loads[0], i);
		add_column(info, column->name, column->type);
	}
	add_column(info, "_line", (struct csv_type){.kind = CSV_BIGINT});
	add_column(info, "_offset", (struct csv_type){.kind = CSV_BIGINT});
	if (table->names)
		add_column(info, "_file", (struct csv_type){.kind = CSV_TEXT});
	int64_t bytes = 0;
	for (size_t i = 0; i < table->count; i++)
		bytes += csv_load_file_bytes(table->loads[i]);
	duckdb_bind_set_cardinality(info, (idx_t)(bytes / RECORD_BYTES_GUESSED + 1), false);
	duckdb_bind_set_bind_data(info, table, NULL);
}

/* ---- scanning ---- */

static void scan_free(void *data)
{
	struct scan *scan = data;
	if (!scan)
		return;
	csv_worker_free(scan->first);
	free(scan->projected);
	free(scan);
}

static void scan_thread_free(void *data)
{
	struct scan_thread *thread = data;
	if (!thread)
		return;
	csv_worker_free(thread->worker);
	free(thread->vectors);
	free(thread);
}

/* A failure tells which file it is about, when there are several. */
static int about_file(const struct csv_table *table, size_t at, struct error *err)
{
	return table->names ? err_within(err, "%s", table->names[at]) : -1;
}

static int begin_reading(struct csv_table *table, size_t at, struct csv_worker **out,
			 struct error *err)
{
	pthread_mutex_lock(&table->lock);
	int result = csv_load_begin(table->loads[at], err);
	if (result == 0)
		result = csv_worker_new(table->loads[at], out, err);
	pthread_mutex_unlock(&table->lock);
	return result < 0 ? about_file(table, at, err) : 0;
}

static int begin_scan(duckdb_init_info info, struct csv_table *table, struct scan *scan,
		      struct error *err)
{
	scan->table = table;
	scan->projected_count = duckdb_init_get_column_count(info);
	scan->projected = mem_alloc_array(scan->projected_count, sizeof *scan->projected);
	if (!scan->projected)
		return err_memory(err);
	for (idx_t i = 0; i < scan->projected_count; i++)
		scan->projected[i] = duckdb_init_get_column_index(info, i);
	return begin_reading(table, 0, &scan->first, err);
}

static void init_scan(duckdb_init_info info)
{
	struct csv_table *table = duckdb_init_get_bind_data(info);
	struct error err;
	struct scan *scan = mem_alloc(sizeof *scan);
	if (scan ? begin_scan(info, table, scan, &err) < 0 : err_memory(&err) < 0) {
		session_note_failure(table->session, &err);
		duckdb_init_set_error(info, err.message);
		scan_free(scan);
		return;
	}
	duckdb_init_set_max_threads(info, table->names ? 1 : (idx_t)process_cpu_count());
	duckdb_init_set_init_data(info, scan, scan_free);
}

/* DuckDB does not hand a scan's data to this call: the bind data leads to the table alone. So a
 * thread's worker is made by its first call to read_rows(). */
static void init_thread(duckdb_init_info info)
{
	struct csv_table *table = duckdb_init_get_bind_data(info);
	struct error err;
	struct scan_thread *thread = mem_alloc(sizeof *thread);
	if (thread)
		thread->vectors = mem_alloc_array(csv_load_column_count(table->loads[0]),
						  sizeof *thread->vectors);
	if (!thread || !thread->vectors) {
		error_set_memory(&err);
		session_note_failure(table->session, &err);
		duckdb_init_set_error(info, err.message);
		scan_thread_free(thread);
		return;
	}
	duckdb_init_set_init_data(info, thread, scan_thread_free);
}

static void set_text(void *context, size_t row, const char *bytes, size_t len)
{
	duckdb_vector_assign_string_element_len((duckdb_vector)context, row, bytes, len);
}

/* The vectors of what is told of a row beside its values; NULL = not asked for. */
struct beside {
	int64_t *lines, *offsets;
	duckdb_vector files;
};

/* Point the thread's vectors at the chunk's. */
static void aim(const struct scan *scan, struct scan_thread *thread, duckdb_data_chunk output,
		struct beside *beside)
{
	size_t columns = csv_load_column_count(scan->table->loads[0]);
	for (idx_t i = 0; i < scan->projected_count; i++) {
		idx_t column = scan->projected[i];
		duckdb_vector vector = duckdb_data_chunk_get_vector(output, i);
		void *values = duckdb_vector_get_data(vector);
		if (column == columns)
			beside->lines = values;
		else if (column == columns + 1)
			beside->offsets = values;
		else if (column == columns + 2)
			beside->files = vector;
		if (column >= columns)
			continue;
		duckdb_vector_ensure_validity_writable(vector);
		thread->vectors[column] = (struct csv_vector){
			values, duckdb_vector_get_validity(vector), set_text, vector};
	}
}

/* On to the next of several files: its first worker, and the thread's own made beside it. */
static int next_file(struct scan *scan, struct scan_thread *thread, struct error *err)
{
	csv_worker_free(TAKE(thread->worker));
	csv_worker_free(TAKE(scan->first));
	scan->at++;
	return begin_reading(scan->table, scan->at, &scan->first, err);
}

static int64_t read_rows(struct scan *scan, struct scan_thread *thread, duckdb_data_chunk output,
			 struct error *err)
{
	const struct csv_table *table = scan->table;
	struct beside beside = {0};
	int64_t rows;
	aim(scan, thread, output, &beside);
	for (;;) {
		if (!thread->worker)
			TRY(csv_worker_new_beside(scan->first, &thread->worker, err));
		rows = csv_worker_next(thread->worker, duckdb_vector_size(), thread->vectors,
				       beside.lines, beside.offsets, &table->session->interrupted,
				       err);
		if (rows < 0)
			return about_file(table, scan->at, err);
		if (rows > 0 || scan->at + 1 == table->count)
			break;
		TRY(next_file(scan, thread, err));
	}
	for (int64_t i = 0; beside.files && i < rows; i++)
		duckdb_vector_assign_string_element(beside.files, (idx_t)i, table->names[scan->at]);
	return rows;
}

static void fill_chunk(duckdb_function_info info, duckdb_data_chunk output)
{
	struct scan *scan = duckdb_function_get_init_data(info);
	struct error err;
	int64_t rows = read_rows(scan, duckdb_function_get_local_init_data(info), output, &err);
	if (rows < 0) {
		session_note_failure(scan->table->session, &err);
		duckdb_function_set_error(info, err.message);
		rows = 0;
	}
	duckdb_data_chunk_set_size(output, (idx_t)rows);
}

/* ---- showing ---- */

static int register_function(struct engine_session *session, struct error *err)
{
	duckdb_table_function function = duckdb_create_table_function();
	duckdb_logical_type id = duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
	duckdb_table_function_set_name(function, "vitrine_csv");
	duckdb_table_function_add_parameter(function, id);
	duckdb_table_function_set_extra_info(function, session->engine, NULL);
	duckdb_table_function_set_bind(function, bind_table);
	duckdb_table_function_set_init(function, init_scan);
	duckdb_table_function_set_local_init(function, init_thread);
	duckdb_table_function_set_function(function, fill_chunk);
	duckdb_table_function_supports_projection_pushdown(function, true);
	duckdb_state state = duckdb_register_table_function(session->connection, function);
	duckdb_destroy_logical_type(&id);
	duckdb_destroy_table_function(&function);
	return state == DuckDBSuccess
		       ? 0
		       : err_set(err, ERR_INTERNAL, "DuckDB does not take the table function");
}

static int table_new(struct engine_session *session, struct csv_load *const *loads,
		     const char *const *names, size_t count, struct csv_table **out,
		     struct error *err)
{
	OWNED(csv_table) *table = mem_alloc(sizeof *table);
	if (!table)
		return err_memory(err);
	pthread_mutex_init(&table->lock, NULL);
	table->session = session;
	table->count = count;
	table->loads = mem_alloc_array(count, sizeof *table->loads);
	if (names)
		table->names = mem_alloc_array(count, sizeof *table->names);
	if (!table->loads || (names && !table->names))
		return err_memory(err);
	for (size_t i = 0; i < count; i++) {
		table->loads[i] = loads[i];
		if (names)
			table->names[i] = names[i];
	}
	*out = TAKE(table);
	return 0;
}

/* Give the table a number and, the first time, the engine its function. Takes the table. */
static int note_table(struct engine_session *session, struct csv_table *table, int64_t *out_id,
		      struct error *err)
{
	struct engine *engine = session->engine;
	pthread_mutex_lock(&engine->lock);
	int result = engine->has_csv_function ? 0 : register_function(session, err);
	engine->has_csv_function = result == 0;
	if (result == 0) {
		table->id = *out_id = ++engine->csv_tables_made;
		table->next = engine->csv_tables;
		engine->csv_tables = table;
	} else {
		table_free(table);
	}
	pthread_mutex_unlock(&engine->lock);
	return result;
}

int engine_session_add_csvs(struct engine_session *session, const char *schema, const char *name,
			    struct csv_load *const *loads, const char *const *names, size_t count,
			    struct error *err)
{
	HELD(text) sql = {0};
	struct csv_table *table = NULL;
	int64_t id = 0;
	TRY(session_begin(session, err));
	TRY(session_make_schema(session, schema, err));
	TRY(table_new(session, loads, names, count, &table, err));
	TRY(note_table(session, table, &id, err));
	text_add(&sql, "create or replace view ");
	session_add_name(session, schema, name, &sql);
	text_addf(&sql, " as select * from vitrine_csv(%lld)", (long long)id);
	TRY(text_check(&sql, err));
	if (duckdb_run(session->connection, sql.data, NULL, err) < 0)
		return err_within(err, "table \"%s.%s\"", schema, name);
	session->unordered = true;
	return session_note_relation(session, schema, name, err);
}

int engine_session_add_csv(struct engine_session *session, const char *schema, const char *name,
			   struct csv_load *load, struct error *err)
{
	return engine_session_add_csvs(session, schema, name, &load, NULL, 1, err);
}
