/* SPDX-License-Identifier: Apache-2.0 */
/* A version of a Delta table as a view: every column by name and type over an explicit list of
 * files. DuckDB binds a view when it is made, and so reads the end of one file; the others are
 * opened by the queries that need them.
 *
 * Files may lack columns that came later. The statistics name the columns that a file has: when
 * they name all, the files are read as they are; the others go through union_by_name, which opens
 * each of them whenever a query is bound. A row of typed NULLs that is never there gives the
 * columns that no file has.
 *
 * Values of partition columns stand in the log alone. They are looked up by the file's name, which
 * is the same for all rows of a vector, so the lookup happens once for each. */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/duckdb_core.h"
#include "engine/duckdb_types.h"
#include "store/store.h"

#define FILE_COLUMN "__vitrine_file"

struct shown_file {
	char *path;
	const struct delta_file *file; /* borrowed */
	bool is_complete;              /* it has every column */
};

struct shown {
	const struct delta_schema *schema;
	const char *const *partition_columns;
	size_t partition_count;
	struct shown_file *files;
	size_t count, capacity, complete;
};

static void shown_done(struct shown *shown)
{
	for (size_t i = 0; i < shown->count; i++)
		free(shown->files[i].path);
	free(shown->files);
}
OWN_DEFINE_EMBEDDED(shown, shown_done)

static bool is_partition(const struct shown *shown, const char *column)
{
	for (size_t i = 0; i < shown->partition_count; i++)
		if (strcmp(shown->partition_columns[i], column) == 0)
			return true;
	return false;
}

/* ---- files ---- */

/* Statistics that cannot be read only cost time. */
static bool has_all_columns(const struct shown *shown, const struct delta_file *file)
{
	struct error unused;
	OWNED(json) *stats = NULL;
	if (!file->stats_json ||
	    json_parse(file->stats_json, strlen(file->stats_json), &stats, &unused) < 0)
		return false;
	const struct json *counts = json_get(stats, "nullCount");
	for (size_t i = 0; i < shown->schema->count; i++) {
		const char *name = shown->schema->columns[i].name;
		if (!json_get(counts, name) && !is_partition(shown, name))
			return false;
	}
	return true;
}

/* Takes `path`, also on failure. */
static int add_file(struct shown *shown, char *path, const struct delta_file *file,
		    struct error *err)
{
	if (mem_grow(&shown->files, &shown->capacity, shown->count + 1, sizeof *shown->files, err) <
	    0) {
		free(path);
		return -1;
	}
	struct shown_file *added = &shown->files[shown->count++];
	*added = (struct shown_file){path, file, has_all_columns(shown, file)};
	shown->complete += added->is_complete;
	return 0;
}

static int local_path(struct store *store, const char *table, const char *path, char **out,
		      struct error *err)
{
	if (text_starts(path, "file:///"))
		path += strlen("file://");
	if (*path == '/') {
		*out = mem_copy_text(path);
		return *out ? 0 : err_memory(err);
	}
	if (strstr(path, "://"))
		return err_set(err, ERR_UNSUPPORTED, "the data file \"%s\" lies outside the lake",
			       path);
	OWNED_MEMORY char *key = text_format(err, "%s/%s", table, path);
	if (!key)
		return -1;
	if (store_local_path(store, key, out, err) == 0)
		return 0;
	if (err->kind != ERR_NOT_FOUND)
		return -1;
	err_set(err, ERR_CORRUPT, "the data file \"%s\" is missing", key);
	return err_hint(err, "Put it back from a backup, or go back to a version that is whole "
			     "with `vitrine table restore`.");
}

static int add_snapshot(struct shown *shown, struct store *store,
			const struct delta_snapshot *snapshot, struct error *err)
{
	for (size_t i = 0; i < delta_snapshot_file_count(snapshot); i++) {
		const struct delta_file *file = delta_snapshot_file(snapshot, i);
		char *path;
		TRY(local_path(store, delta_snapshot_table(snapshot), file->path, &path, err));
		TRY(add_file(shown, path, file, err));
	}
	return 0;
}

static int add_output(struct shown *shown, const struct engine_output *output, struct error *err)
{
	for (size_t i = 0; i < output->count; i++) {
		char *path = mem_copy_text(output->files[i].path);
		if (!path)
			return err_memory(err);
		TRY(add_file(shown, path, &output->files[i].file, err));
	}
	return 0;
}

/* ---- columns ---- */

static const char *partition_value(const struct delta_file *file, const char *column)
{
	for (size_t i = 0; i < file->partition_count; i++)
		if (strcmp(file->partition[i].name, column) == 0)
			return file->partition[i].value;
	return NULL;
}

static void add_value(const char *value, struct text *sql)
{
	if (value)
		text_add_literal(sql, value);
	else
		text_add(sql, "null");
}

static void add_partition_text(const struct shown *shown, const char *column, struct text *sql)
{
	const char *first = partition_value(shown->files[0].file, column);
	size_t same = 1;
	while (same < shown->count &&
	       text_equal(partition_value(shown->files[same].file, column), first))
		same++;
	if (same == shown->count) {
		add_value(first, sql);
		return;
	}
	text_add(sql, "map_extract_value(map {");
	for (size_t i = 0; i < shown->count; i++) {
		text_add(sql, i ? ", " : "");
		text_add_literal(sql, shown->files[i].path);
		text_add(sql, ": ");
		add_value(partition_value(shown->files[i].file, column), sql);
	}
	text_add(sql, "}, " FILE_COLUMN ")");
}

static int add_column(const struct shown *shown, const struct delta_column *column,
		      struct text *sql, struct error *err)
{
	if (strcmp(column->type, "timestamp") == 0 && !is_partition(shown, column->name)) {
		/* the same digits, whatever zone the session is in */
		text_add(sql, "make_timestamp(epoch_us(");
		text_add_identifier(sql, column->name);
		text_add(sql, "))");
	} else {
		text_add(sql, "cast(");
		if (is_partition(shown, column->name))
			add_partition_text(shown, column->name, sql);
		else
			text_add_identifier(sql, column->name);
		text_add(sql, " as ");
		TRY(types_add_sql(column->type, column->name, sql, err));
		text_add_char(sql, ')');
	}
	text_add(sql, " as ");
	text_add_identifier(sql, column->name);
	return 0;
}

static int add_columns(const struct shown *shown, struct text *sql, struct error *err)
{
	text_add(sql, "select ");
	for (size_t i = 0; i < shown->schema->count; i++) {
		text_add(sql, i ? ", " : "");
		TRY(add_column(shown, &shown->schema->columns[i], sql, err));
	}
	return 0;
}

/* No row, but the types: those of the files when `stored`, else those that SQL sees. */
static int add_nothing(const struct shown *shown, bool stored, struct text *sql, struct error *err)
{
	size_t count = 0;
	text_add(sql, "select ");
	for (size_t i = 0; i < shown->schema->count; i++) {
		const struct delta_column *column = &shown->schema->columns[i];
		if (stored && is_partition(shown, column->name))
			continue;
		text_add(sql, count++ ? ", cast(null as " : "cast(null as ");
		if (stored && strcmp(column->type, "timestamp") == 0)
			text_add(sql, "timestamptz");
		else
			TRY(types_add_sql(column->type, column->name, sql, err));
		text_add(sql, ") as ");
		text_add_identifier(sql, column->name);
	}
	text_add(sql, " where false");
	return 0;
}

/* ---- the view ---- */

static void add_read(const struct shown *shown, bool complete, struct text *sql)
{
	size_t count = 0;
	text_add(sql, "read_parquet([");
	for (size_t i = 0; i < shown->count; i++) {
		if (shown->files[i].is_complete != complete)
			continue;
		text_add(sql, count++ ? ", " : "");
		text_add_literal(sql, shown->files[i].path);
	}
	text_add(sql, "], hive_partitioning = false");
	if (!complete)
		text_add(sql, ", union_by_name = true");
	if (shown->partition_count)
		text_add(sql, ", filename = '" FILE_COLUMN "'");
	text_add_char(sql, ')');
}

static int add_query(const struct shown *shown, struct text *sql, struct error *err)
{
	if (!shown->count)
		return add_nothing(shown, false, sql, err);
	if (shown->complete) {
		TRY(add_columns(shown, sql, err));
		text_add(sql, " from ");
		add_read(shown, true, sql);
	}
	if (shown->complete == shown->count)
		return 0;
	text_add(sql, shown->complete ? " union all " : "");
	TRY(add_columns(shown, sql, err));
	text_add(sql, " from (from ");
	add_read(shown, false, sql);
	text_add(sql, " union all by name (");
	TRY(add_nothing(shown, true, sql, err));
	text_add(sql, "))");
	return 0;
}

static int show(struct engine_session *session, const char *schema, const char *name,
		const struct shown *shown, struct error *err)
{
	HELD(text) sql = {0};
	TRY(session_make_schema(session, schema, err));
	text_add(&sql, "create or replace view ");
	session_add_name(session, schema, name, &sql);
	text_add(&sql, " as ");
	TRY(add_query(shown, &sql, err));
	TRY(text_check(&sql, err));
	TRY(duckdb_run(session->connection, sql.data, NULL, err));
	return session_note_relation(session, schema, name, err);
}

int engine_session_add_table(struct engine_session *session, const char *schema, const char *name,
			     struct store *store, const struct delta_snapshot *snapshot,
			     struct error *err)
{
	HELD(shown) shown = {.schema = delta_snapshot_schema(snapshot)};
	TRY(session_begin(session, err));
	shown.partition_count =
		delta_snapshot_partition_columns(snapshot, &shown.partition_columns);
	if (add_snapshot(&shown, store, snapshot, err) < 0 ||
	    show(session, schema, name, &shown, err) < 0)
		return err_within(err, "table \"%s.%s\"", schema, name);
	return 0;
}

/* One that has files, which say what they are partitioned by; NULL = none has. */
static const struct engine_output *any_full(struct engine_output *const *outputs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (outputs[i]->count)
			return outputs[i];
	return NULL;
}

int engine_session_add_output(struct engine_session *session, const char *schema, const char *name,
			      struct store *store, const struct delta_snapshot *base,
			      const struct delta_schema *columns,
			      struct engine_output *const *outputs, size_t output_count,
			      struct error *err)
{
	HELD(shown) shown = {.schema = columns};
	TRY(session_begin(session, err));
	const struct engine_output *full = any_full(outputs, output_count);
	size_t count = full ? full->files[0].file.partition_count : 0;
	OWNED_MEMORY const char **names = mem_alloc_array(count, sizeof *names);
	if (!names)
		return err_memory(err);
	for (size_t i = 0; i < count; i++)
		names[i] = full->files[0].file.partition[i].name;
	shown.partition_columns = names;
	shown.partition_count = count;
	if (base) {
		if (!full)
			shown.partition_count =
				delta_snapshot_partition_columns(base, &shown.partition_columns);
		TRY(add_snapshot(&shown, store, base, err));
	}
	for (size_t i = 0; i < output_count; i++)
		TRY(add_output(&shown, outputs[i], err));
	if (show(session, schema, name, &shown, err) < 0)
		return err_within(err, "table \"%s.%s\"", schema, name);
	return 0;
}

/* ---- columns alone ---- */

/* The table itself, under a name that no text can mean, and a view of it: what is shown elsewhere
 * are views as well, and DuckDB says other things of tables, such as that they have a rowid. */
static int add_hidden_table(const char *hidden, const struct delta_schema *columns,
			    struct text *sql, struct error *err)
{
	text_addf(sql, "create or replace table %s (", hidden);
	for (size_t i = 0; i < columns->count; i++) {
		const struct delta_column *column = &columns->columns[i];
		text_add(sql, i ? ", " : "");
		text_add_identifier(sql, column->name);
		text_add_char(sql, ' ');
		TRY(types_add_sql(column->type, column->name, sql, err));
	}
	text_add(sql, "); ");
	return 0;
}

static int add_columns_alone(const struct engine_session *session, const char *schema,
			     const char *name, const struct delta_schema *columns, struct text *sql,
			     struct error *err)
{
	HELD(text) whole = {0}, hidden = {0};
	text_addf(&whole, "%s.%s", schema, name);
	TRY(text_check(&whole, err));
	session_add_name(session, "main", whole.data, &hidden);
	TRY(text_check(&hidden, err));
	TRY(add_hidden_table(hidden.data, columns, sql, err));
	text_add(sql, "create or replace view ");
	session_add_name(session, schema, name, sql);
	/* every column by name: DuckDB binds that faster than a star */
	for (size_t i = 0; i < columns->count; i++) {
		text_add(sql, i ? ", " : " as select ");
		text_add_identifier(sql, columns->columns[i].name);
	}
	text_addf(sql, " from %s", hidden.data);
	return text_check(sql, err);
}

int engine_session_add_columns(struct engine_session *session, const char *schema, const char *name,
			       const struct delta_schema *columns, struct error *err)
{
	HELD(text) sql = {0};
	TRY(session_begin(session, err));
	if (session_make_schema(session, schema, err) < 0 ||
	    add_columns_alone(session, schema, name, columns, &sql, err) < 0 ||
	    duckdb_run(session->connection, sql.data, NULL, err) < 0)
		return err_within(err, "table \"%s.%s\"", schema, name);
	return session_note_relation(session, schema, name, err);
}
