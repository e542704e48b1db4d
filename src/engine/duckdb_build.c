/* SPDX-License-Identifier: Apache-2.0 */
/* Building: a SELECT's rows as Parquet files. DuckDB writes into a folder of its own below the one
 * given, from where the files move up when all went well; so a failure leaves nothing. Values of
 * partition columns stay out of the files and of their names: Delta keeps them in the log. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/text.h"
#include "engine/duckdb_core.h"
#include "engine/duckdb_select.h"
#include "engine/duckdb_stats.h"
#include "engine/sql_lex.h"

/* Level 1 takes the time that snappy does and 0.6 of its room: docs/internals/engine.md. */
enum { FILE_BYTES_DEFAULT = 128 << 20, ROW_GROUP_ROWS = 122880, ZSTD_LEVEL = 1 };

void engine_output_done(struct engine_output *output)
{
	for (size_t i = 0; output->files && i < output->count; i++) {
		free(output->files[i].path);
		delta_file_done(&output->files[i].file);
	}
	free(output->files);
	delta_schema_done(&output->schema);
	*output = (struct engine_output){0};
}

struct work {
	struct engine_session *session;
	const struct engine_build *build;
	const struct select_columns *columns; /* of the SELECT; borrowed from the session */
	struct engine_output output;
	char *folder; /* DuckDB's own */
	bool is_done; /* the files moved are to stay */
};

static void work_done(struct work *work)
{
	struct error unused; /* what stays is a leftover of staging, swept with it */
	if (work->folder)
		(void)file_remove_tree(work->folder, &unused);
	for (size_t i = 0; !work->is_done && i < work->output.count; i++)
		if (work->output.files[i].path)
			remove(work->output.files[i].path);
	engine_output_done(&work->output);
	free(work->folder);
}
OWN_DEFINE_EMBEDDED(work, work_done)

/* ---- columns ---- */

static bool is_partition(const struct work *work, const char *name)
{
	const char *const *columns = work->build->partition_columns;
	for (; columns && *columns; columns++)
		if (strcasecmp(*columns, name) == 0)
			return true;
	return false;
}

static int find_column(const struct work *work, const char *name, size_t *out, struct error *err)
{
	for (size_t i = 0; i < work->columns->count; i++)
		if (strcasecmp(work->columns->items[i].name, name) == 0) {
			*out = i;
			return 0;
		}
	return err_set(err, ERR_QUERY,
		       "the table has a column \"%s\" that the SELECT does not give", name);
}

/* Those that are given, or the SELECT's own; every column of the one must be in the other. */
static int find_schema(struct work *work, struct error *err)
{
	const struct delta_schema *wanted = work->build->schema;
	if (wanted) {
		TRY(delta_schema_copy(wanted, &work->output.schema, err));
	} else {
		for (size_t i = 0; i < work->columns->count; i++)
			TRY(delta_schema_add(&work->output.schema, work->columns->items[i].name,
					     work->columns->items[i].delta, "", err));
	}
	for (size_t i = 0; wanted && i < work->columns->count; i++) {
		bool found = false;
		for (size_t j = 0; j < wanted->count; j++)
			found |= strcasecmp(wanted->columns[j].name,
					    work->columns->items[i].name) == 0;
		if (!found)
			return err_set(
				err, ERR_QUERY,
				"the SELECT gives a column \"%s\" that the table does not have",
				work->columns->items[i].name);
	}
	return 0;
}

static int check_partition(const struct work *work, struct error *err)
{
	const struct delta_schema *schema = &work->output.schema;
	const char *const *columns = work->build->partition_columns;
	size_t count = 0;
	for (; columns && columns[count]; count++) {
		const char *type = NULL;
		for (size_t i = 0; i < schema->count; i++)
			if (strcmp(schema->columns[i].name, columns[count]) == 0)
				type = schema->columns[i].type;
		if (!type)
			return err_set(
				err, ERR_QUERY,
				"the table is partitioned by \"%s\", which is no column of it",
				columns[count]);
		if (strcmp(type, "binary") == 0)
			return err_set(err, ERR_UNSUPPORTED,
				       "a table cannot be partitioned by \"%s\", which is binary",
				       columns[count]);
	}
	if (count && count >= schema->count)
		return err_set(
			err, ERR_QUERY,
			"the table is partitioned by all its columns: nothing is left to store");
	return 0;
}

/* ---- the statement ---- */

static int add_select(const struct work *work, struct text *sql, struct duckdb_place *place,
		      struct error *err)
{
	const struct delta_schema *schema = &work->output.schema;
	text_add(sql, "select ");
	for (size_t i = 0; i < schema->count; i++) {
		const struct delta_column *column = &schema->columns[i];
		size_t at;
		TRY(find_column(work, column->name, &at, err));
		text_add(sql, i ? ", " : "");
		TRY(select_add_cast(&work->columns->items[at], at, column->type,
				    is_partition(work, column->name), sql, err));
		text_add(sql, " as ");
		text_add_identifier(sql, column->name);
	}
	text_add(sql, " from (\n");
	*place = (struct duckdb_place){work->build->sql, sql->len};
	text_add_bytes(sql, work->build->sql, sql_statement_length(work->build->sql));
	text_add(sql, "\n) as t(");
	for (size_t i = 0; i < work->columns->count; i++)
		text_addf(sql, "%sc%zu", i ? ", " : "", i);
	text_add_char(sql, ')');
	return 0;
}

/* ORDER BY outside of all parentheses. */
static bool is_ordered(const char *sql)
{
	size_t len = strlen(sql), depth = 0;
	bool after_order = false;
	for (struct sql_token token = sql_lex(sql, len, 0); token.kind != SQL_TOKEN_END;
	     token = sql_lex(sql, len, token.end)) {
		if (sql_token_is(sql, token, "("))
			depth++;
		else if (sql_token_is(sql, token, ")"))
			depth--;
		else if (after_order && sql_token_is(sql, token, "by"))
			return true;
		after_order = depth == 0 && sql_token_is(sql, token, "order");
	}
	return false;
}

/* Several files are written side by side, in no order; so what is to be in order is one file. */
static void add_target(const struct work *work, struct text *sql)
{
	const char *const *columns = work->build->partition_columns;
	int64_t bytes = work->build->file_bytes ? work->build->file_bytes : FILE_BYTES_DEFAULT;
	bool is_partitioned = columns && *columns;
	bool is_one_file = !is_partitioned && is_ordered(work->build->sql);
	HELD(text) path = {0};
	text_addf(&path, is_one_file ? "%s/part-%s.parquet" : "%s", work->folder,
		  file_name(work->folder));
	text_add(sql, " to ");
	text_add_literal(sql, path.data ? path.data : "");
	sql->out_of_memory |= path.out_of_memory;
	text_addf(sql,
		  " (format parquet, compression zstd, compression_level %d, row_group_size %d, "
		  "return_stats",
		  ZSTD_LEVEL, ROW_GROUP_ROWS);
	if (!is_one_file)
		text_add(sql, ", filename_pattern 'part-{uuid}'");
	if (!is_one_file && !is_partitioned)
		text_addf(sql, ", file_size_bytes %lld", (long long)bytes);
	for (size_t i = 0; is_partitioned && columns[i]; i++) {
		text_add(sql, i ? ", " : ", partition_by (");
		text_add_identifier(sql, columns[i]);
	}
	text_add(sql, is_partitioned ? "))" : ")");
}

static int make_statement(const struct work *work, struct text *sql, struct duckdb_place *place,
			  struct error *err)
{
	text_add(sql, "copy (");
	TRY(add_select(work, sql, place, err));
	text_add_char(sql, ')');
	add_target(work, sql);
	return text_check(sql, err);
}

/* ---- running ---- */

/* Whether order is kept is the instance's setting, not the session's: it is off while any build
 * that needs it off is running. */
static int set_unordered(struct engine_session *session, bool begin, struct error *err)
{
	struct engine *engine = session->engine;
	int result = 0;
	if (!session->unordered)
		return 0;
	pthread_mutex_lock(&engine->lock);
	if (!begin)
		engine->unordered--;
	if (engine->unordered == 0)
		result = duckdb_run(session->connection,
				    begin ? "set global preserve_insertion_order = false"
					  : "set global preserve_insertion_order = true",
				    NULL, err);
	if (begin && result == 0)
		engine->unordered++;
	pthread_mutex_unlock(&engine->lock);
	return result;
}

static int make_folder(struct work *work, struct error *err)
{
	char id[PROCESS_ID_SIZE];
	struct error unused; /* what stays of an earlier try is swept as a leftover */
	if (work->folder)
		(void)file_remove_tree(work->folder, &unused);
	free(work->folder);
	work->folder = NULL;
	TRY(process_new_uuid(id, err));
	work->folder = text_format(err, "%s/%s", work->build->out_folder, id);
	if (!work->folder)
		return -1;
	return file_make_folders(work->folder, 0777, err);
}

static int run_once(struct work *work, duckdb_result *out, struct error *err)
{
	HELD(text) sql = {0};
	struct duckdb_place place;
	struct engine_session *session = work->session;
	TRY(make_folder(work, err));
	TRY(make_statement(work, &sql, &place, err));
	TRY(set_unordered(session, true, err));
	int result = session_check(session, err);
	if (result == 0)
		result = duckdb_run_rows(session->connection, sql.data, &place, out, err);
	struct error unused; /* the setting stays off: rows come in any order, nothing else */
	(void)set_unordered(session, false, &unused);
	return session_explain(session, result, err);
}

static int run(struct work *work, duckdb_result *out, struct error *err)
{
	int result = run_once(work, out, err);
	for (int i = 0; result < 0 && session_lost_reason(work->session, err); i++) {
		if (i == RUN_AGAIN_MAX)
			return session_no_reason(err);
		result = run_once(work, out, err);
	}
	return result;
}

/* ---- files ---- */

static int take_file(struct work *work, duckdb_data_chunk chunk, idx_t row, struct error *err)
{
	struct engine_file *file = &work->output.files[work->output.count++];
	duckdb_vector names = duckdb_data_chunk_get_vector(chunk, 0);
	duckdb_string_t *name = &((duckdb_string_t *)duckdb_vector_get_data(names))[row];
	OWNED_MEMORY char *from =
		mem_copy_bytes(duckdb_string_t_data(name), duckdb_string_t_length(*name));
	if (!from)
		return err_memory(err);
	TRY(stats_read(chunk, row, &work->output.schema, work->build->partition_columns,
		       &file->file, err));
	file->file.path = mem_copy_text(file_name(from));
	if (!file->file.path)
		return err_memory(err);
	file->path = text_format(err, "%s/%s", work->build->out_folder, file->file.path);
	if (!file->path)
		return -1;
	TRY(file_move(from, file->path, err));
	struct file_info info;
	TRY(file_stat(file->path, &info, err));
	file->file.size = info.size;
	file->file.modified_ms = info.mtime_us / 1000;
	file->file.data_change = true;
	work->output.rows += file->file.rows;
	return 0;
}

/* A SELECT without rows gives a file without rows, which no table needs. */
static int take_chunk(struct work *work, duckdb_data_chunk chunk, struct error *err)
{
	idx_t count = duckdb_data_chunk_get_size(chunk);
	const int64_t *rows = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 1));
	struct engine_file *more =
		mem_resize(work->output.files, (work->output.count + count) * sizeof *more);
	if (!more)
		return err_memory(err);
	memset(more + work->output.count, 0, count * sizeof *more);
	work->output.files = more;
	for (idx_t i = 0; i < count; i++)
		if (rows[i] > 0)
			TRY(take_file(work, chunk, i, err));
	return 0;
}

static int take_files(struct work *work, duckdb_result *result, struct error *err)
{
	int taken = 0;
	duckdb_data_chunk chunk;
	while (taken == 0 && (chunk = duckdb_fetch_chunk(*result))) {
		taken = take_chunk(work, chunk, err);
		duckdb_destroy_data_chunk(&chunk);
	}
	return taken;
}

int engine_session_build(struct engine_session *session, const struct engine_build *build,
			 struct engine_output *out, struct error *err)
{
	HELD(work) work = {.session = session, .build = build};
	duckdb_result result = {0};
	TRY(session_begin(session, err));
	TRY(select_describe(session, build->sql, &work.columns, err));
	TRY(find_schema(&work, err));
	TRY(check_partition(&work, err));
	TRY(run(&work, &result, err));
	int taken = take_files(&work, &result, err);
	duckdb_destroy_result(&result);
	TRY(taken);
	TRY(session_check(session, err));
	*out = work.output;
	work.output = (struct engine_output){0};
	work.is_done = true;
	return 0;
}
