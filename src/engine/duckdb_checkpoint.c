/* SPDX-License-Identifier: Apache-2.0 */
/* The Parquet half of checkpoints: lines of JSON to one row an action and back. Each action is a
 * column, a struct that is NULL where the row is of another action; maps and lists keep their
 * NULLs. What the protocol adds for its own use (parsed statistics, row tracking) is not read. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/duckdb_core.h"

/* The members that we write and read, their types as JSON's structure and as SQL's. */
enum field_type { LAST, TEXT, INT, LONG, BOOL, MAP, TEXTS, FORMAT, DELETION_VECTOR };

static const struct {
	const char *json, *sql;
} types[] = {
	[TEXT] = {"\"VARCHAR\"", "VARCHAR"},
	[INT] = {"\"INTEGER\"", "INTEGER"},
	[LONG] = {"\"BIGINT\"", "BIGINT"},
	[BOOL] = {"\"BOOLEAN\"", "BOOLEAN"},
	[MAP] = {"\"MAP(VARCHAR, VARCHAR)\"", "MAP(VARCHAR, VARCHAR)"},
	[TEXTS] = {"[\"VARCHAR\"]", "VARCHAR[]"},
	[FORMAT] = {"{\"provider\": \"VARCHAR\", \"options\": \"MAP(VARCHAR, VARCHAR)\"}",
		    "STRUCT(provider VARCHAR, options MAP(VARCHAR, VARCHAR))"},
	[DELETION_VECTOR] = {NULL, "STRUCT(\"storageType\" VARCHAR, \"pathOrInlineDv\" VARCHAR)"},
};

struct field {
	const char *name;
	enum field_type type;
};

static const struct action {
	const char *name;
	struct field fields[12];
} actions[] = {
	{"protocol",
	 {{"minReaderVersion", INT},
	  {"minWriterVersion", INT},
	  {"readerFeatures", TEXTS},
	  {"writerFeatures", TEXTS}}},
	{"metaData",
	 {{"id", TEXT},
	  {"name", TEXT},
	  {"description", TEXT},
	  {"format", FORMAT},
	  {"schemaString", TEXT},
	  {"partitionColumns", TEXTS},
	  {"configuration", MAP},
	  {"createdTime", LONG}}},
	{"txn", {{"appId", TEXT}, {"version", LONG}, {"lastUpdated", LONG}}},
	{"add",
	 {{"path", TEXT},
	  {"partitionValues", MAP},
	  {"size", LONG},
	  {"modificationTime", LONG},
	  {"dataChange", BOOL},
	  {"stats", TEXT},
	  {"tags", MAP},
	  {"deletionVector", DELETION_VECTOR}}},
	{"remove",
	 {{"path", TEXT},
	  {"deletionTimestamp", LONG},
	  {"dataChange", BOOL},
	  {"extendedFileMetadata", BOOL},
	  {"partitionValues", MAP},
	  {"size", LONG},
	  {"tags", MAP},
	  {"deletionVector", DELETION_VECTOR}}},
};
enum { ACTION_COUNT = sizeof actions / sizeof *actions };

/* ---- writing ---- */

static void add_structure(struct text *sql)
{
	HELD(text) json = {0};
	for (size_t i = 0; i < ACTION_COUNT; i++) {
		text_addf(&json, "%s\"%s\": {", i ? ", " : "{", actions[i].name);
		for (const struct field *field = actions[i].fields; field->type; field++)
			if (types[field->type].json)
				text_addf(&json, "%s\"%s\": %s",
					  field == actions[i].fields ? "" : ", ", field->name,
					  types[field->type].json);
		text_add_char(&json, '}');
	}
	text_add_char(&json, '}');
	text_add_literal(sql, json.data ? json.data : "");
	sql->out_of_memory |= json.out_of_memory;
}

static int append_lines(duckdb_appender appender, const char *lines, size_t len, struct error *err)
{
	duckdb_state state = DuckDBSuccess;
	const char *end = lines + len;
	while (lines < end && state == DuckDBSuccess) {
		const char *newline = memchr(lines, '\n', (size_t)(end - lines));
		size_t line_len = (size_t)((newline ? newline : end) - lines);
		if (line_len)
			state = duckdb_append_varchar_length(appender, lines, line_len);
		if (line_len && state == DuckDBSuccess)
			state = duckdb_appender_end_row(appender);
		lines += line_len + 1;
	}
	if (state == DuckDBSuccess)
		state = duckdb_appender_close(appender);
	if (state == DuckDBSuccess)
		return 0;
	return duckdb_error(duckdb_appender_error(appender), DUCKDB_ERROR_INTERNAL, NULL, err);
}

static int load_lines(struct engine_session *session, const char *lines, size_t len,
		      struct error *err)
{
	duckdb_appender appender = NULL;
	int result;
	TRY(duckdb_run(session->connection, "create table main.lines (line varchar)", NULL, err));
	if (duckdb_appender_create_ext(session->connection, session->catalog, "main", "lines",
				       &appender) == DuckDBSuccess)
		result = append_lines(appender, lines, len, err);
	else
		result = duckdb_error(duckdb_appender_error(appender), DUCKDB_ERROR_INTERNAL, NULL,
				      err);
	duckdb_appender_destroy(&appender);
	return result;
}

static int write_checkpoint(void *context, const char *json_lines, size_t len, const char *path,
			    struct error *err)
{
	OWNED(engine_session) *session = NULL;
	HELD(text) sql = {0};
	TRY(engine_session_open(context, &session, err));
	TRY(load_lines(session, json_lines, len, err));
	text_add(&sql, "copy (select ");
	for (size_t i = 0; i < ACTION_COUNT; i++)
		text_addf(&sql, "%saction.\"%s\"", i ? ", " : "", actions[i].name);
	text_add(&sql, " from (select from_json(line, ");
	add_structure(&sql);
	text_add(&sql, ") as action from main.lines)) to ");
	text_add_literal(&sql, path);
	text_add(&sql, " (format parquet, compression snappy)");
	TRY(text_check(&sql, err));
	return duckdb_run(session->connection, sql.data, NULL, err);
}

/* ---- reading ---- */

/* Which actions the file has a column for; 1 bit each. */
static int find_actions(struct engine_session *session, const char *from, unsigned *out,
			struct error *err)
{
	duckdb_prepared_statement prepared = NULL;
	int result = 0;
	*out = 0;
	if (duckdb_prepare(session->connection, from, &prepared) != DuckDBSuccess)
		result = duckdb_error(duckdb_prepare_error(prepared), DUCKDB_ERROR_INVALID, NULL,
				      err);
	idx_t count = result < 0 ? 0 : duckdb_prepared_statement_column_count(prepared);
	for (idx_t i = 0; i < count; i++) {
		const char *name = duckdb_prepared_statement_column_name(prepared, i);
		for (size_t j = 0; j < ACTION_COUNT; j++)
			if (text_equal(name, actions[j].name))
				*out |= 1U << j;
		duckdb_free((void *)(uintptr_t)name);
	}
	duckdb_destroy_prepare(&prepared);
	if (result == 0 && !*out)
		return err_set(err, ERR_CORRUPT, "it has no column of a checkpoint");
	return result;
}

/* Structs are cast by the names of their members: those that the file lacks are NULL. */
static void add_actions(unsigned present, struct text *sql)
{
	bool any = false;
	for (size_t i = 0; i < ACTION_COUNT; i++) {
		if (!(present & 1U << i))
			continue;
		text_addf(sql, "%scast(\"%s\" as STRUCT(", any ? ", " : "", actions[i].name);
		any = true;
		for (const struct field *field = actions[i].fields; field->type; field++)
			text_addf(sql, "%s\"%s\" %s", field == actions[i].fields ? "" : ", ",
				  field->name, types[field->type].sql);
		text_addf(sql, ")) as \"%s\"", actions[i].name);
	}
}

static void collect_lines(duckdb_result *result, struct text *out)
{
	duckdb_data_chunk chunk;
	while ((chunk = duckdb_fetch_chunk(*result))) {
		duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, 0);
		duckdb_string_t *lines = duckdb_vector_get_data(vector);
		for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk); i++) {
			text_add_bytes(out, duckdb_string_t_data(&lines[i]),
				       duckdb_string_t_length(lines[i]));
			text_add_char(out, '\n');
		}
		duckdb_destroy_data_chunk(&chunk);
	}
}

static int read_lines(struct engine_session *session, const char *path, struct text *out,
		      struct error *err)
{
	HELD(text) from = {0}, sql = {0};
	unsigned present;
	text_add(&from, "from read_parquet(");
	text_add_literal(&from, path);
	text_add(&from, ", hive_partitioning = false)");
	TRY(text_check(&from, err));
	TRY(find_actions(session, from.data, &present, err));
	text_add(&sql, "select cast(to_json(action) as varchar) from (select ");
	add_actions(present, &sql);
	text_addf(&sql, " %s) as action", from.data);
	TRY(text_check(&sql, err));
	duckdb_result result;
	TRY(duckdb_run_rows(session->connection, sql.data, NULL, &result, err));
	collect_lines(&result, out);
	duckdb_destroy_result(&result);
	return text_check(out, err);
}

static int read_checkpoint(void *context, const char *path, char **out, size_t *out_len,
			   struct error *err)
{
	OWNED(engine_session) *session = NULL;
	HELD(text) lines = {0};
	TRY(engine_session_open(context, &session, err));
	if (read_lines(session, path, &lines, err) < 0) {
		/* the statement is ours: what it finds wrong is the file */
		if (err->kind == ERR_QUERY || err->kind == ERR_UNDEFINED)
			err->kind = ERR_CORRUPT;
		return -1;
	}
	*out_len = lines.len;
	*out = text_take(&lines, err);
	return *out ? 0 : -1;
}

void engine_fill_parquet(struct engine *engine, struct delta_parquet *out)
{
	*out = (struct delta_parquet){engine, write_checkpoint, read_checkpoint};
}
