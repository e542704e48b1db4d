/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays as a table function of DuckDB, and a view that calls it by the number of the table; in
 * form as csv_table.c. One thread reads, so rows come in their order. */
#include "engine/array_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "engine/duckdb_core.h"

struct array_table {
	struct array_table *next; /* of the engine's */
	int64_t id;
	struct engine_session *session;
	struct engine_array *columns; /* names are the table's own */
	size_t column_count, row_count;
};

/* One scan: which column each vector of a chunk is for, and how far it is. */
struct array_scan {
	const struct array_table *table;
	idx_t projected_count;
	idx_t *projected;
	size_t at;
};

/* ---- the tables of an engine ---- */

static void table_free(struct array_table *table)
{
	for (size_t i = 0; table->columns && i < table->column_count; i++)
		free((char *)table->columns[i].name);
	free(table->columns);
	free(table);
}

void array_table_forget(struct engine_session *session)
{
	pthread_mutex_lock(&session->engine->lock);
	for (struct array_table **at = &session->engine->array_tables; *at;) {
		struct array_table *table = *at;
		if (table->session != session) {
			at = &table->next;
			continue;
		}
		*at = table->next;
		table_free(table);
	}
	pthread_mutex_unlock(&session->engine->lock);
}

static struct array_table *find_table(struct engine *engine, int64_t id)
{
	pthread_mutex_lock(&engine->lock);
	struct array_table *table = engine->array_tables;
	while (table && table->id != id)
		table = table->next;
	pthread_mutex_unlock(&engine->lock);
	return table;
}

/* ---- reading ---- */

static duckdb_type type_of(enum engine_array_type type)
{
	static const duckdb_type types[] = {
		[ENGINE_ARRAY_INTEGER] = DUCKDB_TYPE_INTEGER,
		[ENGINE_ARRAY_BIGINT] = DUCKDB_TYPE_BIGINT,
		[ENGINE_ARRAY_DOUBLE] = DUCKDB_TYPE_DOUBLE,
		[ENGINE_ARRAY_FLOAT] = DUCKDB_TYPE_DOUBLE,
		[ENGINE_ARRAY_TEXT] = DUCKDB_TYPE_VARCHAR,
	};
	return types[type];
}

static void bind_table(duckdb_bind_info info)
{
	duckdb_value parameter = duckdb_bind_get_parameter(info, 0);
	int64_t id = duckdb_get_int64(parameter);
	duckdb_destroy_value(&parameter);
	struct array_table *table = find_table(duckdb_bind_get_extra_info(info), id);
	if (!table) {
		duckdb_bind_set_error(info, "there are no such rows");
		return;
	}
	for (size_t i = 0; i < table->column_count; i++) {
		duckdb_logical_type type =
			duckdb_create_logical_type(type_of(table->columns[i].type));
		duckdb_bind_add_result_column(info, table->columns[i].name, type);
		duckdb_destroy_logical_type(&type);
	}
	duckdb_bind_set_cardinality(info, (idx_t)table->row_count, true);
	duckdb_bind_set_bind_data(info, table, NULL);
}

static void scan_free(void *data)
{
	struct array_scan *scan = data;
	if (scan)
		free(scan->projected);
	free(scan);
}

static void init_scan(duckdb_init_info info)
{
	struct array_scan *scan = mem_alloc(sizeof *scan);
	idx_t count = duckdb_init_get_column_count(info);
	if (!scan || !(scan->projected = mem_alloc_array(count, sizeof *scan->projected))) {
		duckdb_init_set_error(info, "out of memory");
		scan_free(scan);
		return;
	}
	scan->table = duckdb_init_get_bind_data(info);
	scan->projected_count = count;
	for (idx_t i = 0; i < count; i++)
		scan->projected[i] = duckdb_init_get_column_index(info, i);
	duckdb_init_set_max_threads(info, 1);
	duckdb_init_set_init_data(info, scan, scan_free);
}

static bool fill_one(const struct engine_array *column, size_t row, duckdb_vector vector,
		     void *values, idx_t at)
{
	uint32_t number;
	switch (column->type) {
	case ENGINE_ARRAY_INTEGER:
		((int32_t *)values)[at] = ((const int32_t *)column->values)[row];
		return ((int32_t *)values)[at] != INT32_MIN;
	case ENGINE_ARRAY_BIGINT:
		((int64_t *)values)[at] = ((const int64_t *)column->values)[row];
		return ((int64_t *)values)[at] != INT64_MIN;
	case ENGINE_ARRAY_DOUBLE:
		((double *)values)[at] = ((const double *)column->values)[row];
		return !isnan(((double *)values)[at]);
	case ENGINE_ARRAY_FLOAT:
		((double *)values)[at] = (double)((const float *)column->values)[row];
		return !isnan(((double *)values)[at]);
	case ENGINE_ARRAY_TEXT:
		break;
	}
	number = column->values ? ((const uint32_t *)column->values)[row] : (uint32_t)row;
	if (number == ENGINE_ARRAY_NONE)
		return false;
	size_t len;
	const char *text = column->text(column->context, number, &len);
	duckdb_vector_assign_string_element_len(vector, at, text, len);
	return true;
}

static void fill_column(const struct engine_array *column, size_t first, idx_t count,
			duckdb_vector vector)
{
	void *values = duckdb_vector_get_data(vector);
	uint64_t *valid = NULL;
	for (idx_t i = 0; i < count; i++) {
		if (fill_one(column, first + i, vector, values, i))
			continue;
		if (!valid) {
			duckdb_vector_ensure_validity_writable(vector);
			valid = duckdb_vector_get_validity(vector);
		}
		duckdb_validity_set_row_invalid(valid, i);
	}
}

static void fill_chunk(duckdb_function_info info, duckdb_data_chunk output)
{
	struct array_scan *scan = duckdb_function_get_init_data(info);
	const struct array_table *table = scan->table;
	size_t left = table->row_count - scan->at;
	idx_t count = left < duckdb_vector_size() ? (idx_t)left : duckdb_vector_size();
	for (idx_t i = 0; i < scan->projected_count; i++)
		if (scan->projected[i] < table->column_count)
			fill_column(&table->columns[scan->projected[i]], scan->at, count,
				    duckdb_data_chunk_get_vector(output, i));
	scan->at += count;
	duckdb_data_chunk_set_size(output, count);
}

/* ---- showing ---- */

static int register_function(struct engine_session *session, struct error *err)
{
	duckdb_table_function function = duckdb_create_table_function();
	duckdb_logical_type id = duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
	duckdb_table_function_set_name(function, "vitrine_arrays");
	duckdb_table_function_add_parameter(function, id);
	duckdb_table_function_set_extra_info(function, session->engine, NULL);
	duckdb_table_function_set_bind(function, bind_table);
	duckdb_table_function_set_init(function, init_scan);
	duckdb_table_function_set_function(function, fill_chunk);
	duckdb_table_function_supports_projection_pushdown(function, true);
	duckdb_state state = duckdb_register_table_function(session->connection, function);
	duckdb_destroy_logical_type(&id);
	duckdb_destroy_table_function(&function);
	return state == DuckDBSuccess
		       ? 0
		       : err_set(err, ERR_INTERNAL, "DuckDB does not take the table function");
}

static int new_table(struct engine_session *session, const struct engine_array *columns,
		     size_t column_count, size_t row_count, struct array_table **out,
		     struct error *err)
{
	struct array_table *table = mem_alloc(sizeof *table);
	if (!table)
		return err_memory(err);
	table->session = session;
	table->row_count = row_count;
	table->columns = mem_alloc_array(column_count, sizeof *table->columns);
	for (; table->columns && table->column_count < column_count; table->column_count++) {
		struct engine_array *column = &table->columns[table->column_count];
		*column = columns[table->column_count];
		if (!(column->name = mem_copy_text(column->name)))
			break;
	}
	if (!table->columns || table->column_count < column_count) {
		table_free(table);
		return err_memory(err);
	}
	*out = table;
	return 0;
}

/* Give the table a number and, the first time, the engine its function. */
static int note_table(struct engine_session *session, struct array_table *table, struct error *err)
{
	struct engine *engine = session->engine;
	pthread_mutex_lock(&engine->lock);
	int result = engine->has_array_function ? 0 : register_function(session, err);
	engine->has_array_function = result == 0;
	if (result == 0) {
		table->id = ++engine->array_tables_made;
		table->next = engine->array_tables;
		engine->array_tables = table;
	} else {
		table_free(table);
	}
	pthread_mutex_unlock(&engine->lock);
	return result;
}

int engine_session_add_arrays(struct engine_session *session, const char *schema, const char *name,
			      const struct engine_array *columns, size_t column_count,
			      size_t row_count, struct error *err)
{
	HELD(text) sql = {0};
	struct array_table *table;
	TRY(session_begin(session, err));
	TRY(session_make_schema(session, schema, err));
	TRY(new_table(session, columns, column_count, row_count, &table, err));
	TRY(note_table(session, table, err));
	text_add(&sql, "create or replace view ");
	session_add_name(session, schema, name, &sql);
	text_addf(&sql, " as select * from vitrine_arrays(%lld)", (long long)table->id);
	TRY(text_check(&sql, err));
	if (duckdb_run(session->connection, sql.data, NULL, err) < 0)
		return err_within(err, "table \"%s.%s\"", schema, name);
	return session_note_relation(session, schema, name, err);
}
