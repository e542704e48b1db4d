/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/reader.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/text.h"
#include "catalog/runs.h"
#include "csv/load.h"
#include "engine/box.h"
#include "engine/engine.h"
#include "pipeline/context.h"
#include "pipeline/other_lake.h"
#include "pipeline/project.h"
#include "pipeline/reader_parts.h"
#include "pipeline/set.h"
#include "store/store.h"

enum { FULL_NAME_SIZE = 2 * NAME_LEN_MAX + 2 };

/* ---- what can be read ---- */

int reader_add(struct reader *reader, const char *schema, const char *name,
	       struct reader_table table, struct error *err)
{
	char full[FULL_NAME_SIZE];
	snprintf(full, sizeof full, "%s.%s", schema, name);
	if (map_find(reader->tables, full) >= 0)
		return 0;
	struct reader_table *copy = arena_alloc(reader->arena, sizeof *copy);
	if (!copy)
		return err_memory(err);
	*copy = table;
	copy->schema = arena_copy_text(reader->arena, schema);
	copy->name = arena_copy_text(reader->arena, name);
	if (!copy->schema || !copy->name)
		return err_memory(err);
	return map_put(reader->tables, full, copy, err);
}

/* "processing.orders" to its two parts; the first is written to `schema`. */
static const char *split_name(const char *full, char schema[NAME_LEN_MAX + 1])
{
	const char *dot = strchr(full, '.');
	size_t len = dot ? (size_t)(dot - full) : 0;
	if (!len || len > NAME_LEN_MAX)
		return NULL;
	memcpy(schema, full, len);
	schema[len] = '\0';
	return dot + 1;
}

static int add_set(struct reader *reader, const struct set *set, struct store *store,
		   struct error *err)
{
	for (size_t i = 0; i < set->count; i++) {
		char schema[NAME_LEN_MAX + 1];
		const char *name = split_name(set->tables[i].name, schema);
		struct reader_table table = {
			.kind = READER_LAKE, .published = &set->tables[i], .store = store};
		if (name)
			TRY(reader_add(reader, schema, name, table, err));
	}
	return 0;
}

static int add_landing(struct reader *reader, struct error *err)
{
	const struct project *project = context_project(reader->context);
	for (size_t i = 0; i < project->source_count; i++) {
		struct reader_table table = {.kind = READER_LANDING,
					     .source = &project->sources[i]};
		TRY(reader_add(reader, "landing", project->sources[i].name, table, err));
	}
	return 0;
}

static int list_names(struct reader *reader, struct error *err)
{
	size_t count = map_count(reader->tables);
	reader->names = mem_alloc_array(count + 1, sizeof *reader->names);
	if (!reader->names)
		return err_memory(err);
	for (size_t i = 0; i < count; i++)
		reader->names[i] = map_key_at(reader->tables, i);
	return 0;
}

/* ---- opening ---- */

static int read_set(struct reader *reader, const struct reader_settings *settings,
		    struct error *err)
{
	struct store *store = context_store(reader->context);
	int64_t at_us;
	if (settings->at) {
		TRY(reader_time(reader, settings->at, &at_us, err));
		return set_read_at(store, at_us, &reader->set, err);
	}
	return settings->set < 0 ? set_read_newest(store, &reader->set, err)
				 : set_read(store, settings->set, &reader->set, err);
}

static int add_other(struct reader *reader, struct error *err)
{
	TRY(other_lake_open(context_project(reader->context), &reader->other_store,
			    &reader->other_set, err));
	return reader->other_set ? add_set(reader, reader->other_set, reader->other_store, err) : 0;
}

/* Each table that the run built and did not publish is a folder of Parquet files. */
static int add_candidates(struct reader *reader, const char *run, struct error *err)
{
	char id[PROCESS_ID_SIZE];
	OWNED_MEMORY char *folder = NULL;
	struct file_info info;
	TRY(catalog_runs_find(context_catalog(reader->context), run, id, err));
	TRY(context_folder(reader->context, "candidates", &folder, err));
	reader->candidates = file_join(folder, id, err);
	if (!reader->candidates)
		return -1;
	int found = file_stat(reader->candidates, &info, err);
	TRY(found);
	if (!found) {
		err_set(err, ERR_NOT_FOUND, "run %s left no build that was not published", run);
		return err_hint(err, "Builds are kept for 7 days when a check fails.");
	}
	char **names;
	TRY(file_list(reader->candidates, &names, err));
	int result = 0;
	for (size_t i = 0; names[i] && result == 0; i++) {
		char schema[NAME_LEN_MAX + 1];
		const char *name = split_name(names[i], schema);
		struct reader_table table = {
			.kind = READER_LAKE,
			.candidate =
				arena_format(reader->arena, "%s/%s", reader->candidates, names[i])};
		if (!table.candidate)
			result = err_memory(err);
		else if (name)
			result = reader_add(reader, schema, name, table, err);
	}
	file_free_names(names);
	return result;
}

int reader_open(struct context *context, const struct reader_settings *settings,
		struct reader **out, struct error *err)
{
	static const struct reader_settings newest = {.set = -1};
	OWNED(reader) *reader = mem_alloc(sizeof *reader);
	if (!reader)
		return err_memory(err);
	settings = settings ? settings : &newest;
	reader->context = context;
	reader->arena = arena_new();
	reader->tables = map_new();
	if (!reader->arena || !reader->tables)
		return err_memory(err);
	TRY(read_set(reader, settings, err));
	if (settings->candidate)
		TRY(add_candidates(reader, settings->candidate, err));
	TRY(add_set(reader, reader->set, context_store(context), err));
	TRY(add_other(reader, err));
	TRY(add_landing(reader, err));
	TRY(reader_add_vitrine(reader, err));
	TRY(list_names(reader, err));
	*out = TAKE(reader);
	return 0;
}

void reader_close(struct reader *reader)
{
	if (!reader)
		return;
	engine_session_close(reader->session);
	for (size_t i = 0; i < reader->load_count; i++)
		csv_load_free(reader->loads[i]);
	free(reader->loads);
	free(reader->names);
	free(reader->candidates);
	map_free(reader->tables);
	set_free(reader->set);
	set_free(reader->other_set);
	store_free(reader->other_store);
	arena_free(reader->arena);
	free(reader);
}

const struct set *reader_set(const struct reader *reader)
{
	return reader->set;
}

/* ---- one statement ---- */

static struct reader_table *find(const struct reader *reader, const char *schema, const char *name)
{
	static const char *const search[] = {"delivery", "processing"};
	const struct project *project = context_project(reader->context);
	const char *database = *schema ? project_database(project, schema) : NULL;
	char full[FULL_NAME_SIZE];
	if (*schema) {
		snprintf(full, sizeof full, "%s.%s", database ? database : schema, name);
		return map_get(reader->tables, full);
	}
	for (size_t i = 0; i < sizeof search / sizeof *search; i++) {
		snprintf(full, sizeof full, "%s.%s", search[i], name);
		if (map_find(reader->tables, full) >= 0)
			return map_get(reader->tables, full);
	}
	return NULL;
}

/* The commonest of all: asked before it was ever made. */
static const char *hint_for_box(void *context, const char *schema, const char *name)
{
	const struct reader *reader = context;
	const struct project *project = context_project(reader->context);
	const char *database = *schema ? project_database(project, schema) : NULL;
	const char *const searched[] = {database  ? database
					: *schema ? NULL
						  : "delivery",
					*schema ? NULL : "processing"};
	for (size_t i = 0; i < sizeof searched / sizeof *searched; i++)
		if (searched[i] &&
		    (project_model(project, searched[i], name) ||
		     (text_equal(searched[i], "processing") && project_source(project, name))))
			return "This project makes it, but has not published it yet: `vitrine run` "
			       "does.";
	return NULL;
}

static int find_for_box(void *context, const char *schema, const char *name,
			const char *const **out_columns, struct error *err)
{
	(void)err;
	*out_columns = NULL;
	return find(context, schema, name) != NULL;
}

static int place_error(const struct reader_query *query, const struct sql_reference *reference,
		       struct error *err)
{
	int line, column;
	sql_place(query->statement->text, reference->range.begin, &line, &column);
	return err_at(err, NULL, line, column);
}

struct rewrite {
	struct reader *reader;
	const struct reader_query *query;
};

/* A table is shown when it is met. What is written with its own database stays as it is. */
static int replace(void *context, const struct sql_reference *reference, struct text *out,
		   struct error *err)
{
	const struct rewrite *rewrite = context;
	struct reader *reader = rewrite->reader;
	struct reader_table *table = find(reader, reference->schema, reference->name);
	if (!table)
		return err_set(err, ERR_INTERNAL, "table \"%s\" passed the box", reference->name);
	if (reference->at != SQL_AT_NEWEST) {
		if (reader_show_at(reader, table, reference, out, err) < 0)
			return place_error(rewrite->query, reference, err);
		return 1;
	}
	if (reader_show(reader, table, err) < 0)
		return place_error(rewrite->query, reference, err);
	if (!*reference->catalog && strcmp(reference->schema, table->schema) == 0)
		return 0;
	text_add_identifier(out, table->schema);
	text_add_char(out, '.');
	text_add_identifier(out, table->name);
	return 1;
}

static int open_session(struct reader *reader, struct error *err)
{
	struct engine *engine;
	if (reader->session)
		return 0;
	TRY(context_engine(reader->context, &engine, err));
	return engine_session_open(engine, &reader->session, err);
}

/* SHOW TABLES: ours, not those that the session happens to hold. */
static int prepare_list(struct reader *reader, struct reader_query *query, struct error *err)
{
	TRY(reader_show(reader, find(reader, "vitrine", "tables"), err));
	query->sql = "select database, name, kind, version, row_count, description "
		     "from vitrine.tables order by database, name";
	return 0;
}

int reader_prepare(struct reader *reader, const char *sql, struct reader_query *out,
		   struct error *err)
{
	HELD(reader_query) query = {0};
	struct sql_parser *parser;
	struct sql_catalog catalog = {.context = reader,
				      .find = find_for_box,
				      .hint = hint_for_box,
				      .names = reader->names,
				      .project = context_project(reader->context)->name};
	TRY(context_parser(reader->context, &parser, err));
	TRY(sql_parse(parser, sql, &query.statement, err));
	TRY(box_check(query.statement, &catalog, err));
	TRY(open_session(reader, err));
	query.reader = reader;
	query.session = reader->session;
	if (query.statement->kind == SQL_SHOW_TABLES) {
		TRY(prepare_list(reader, &query, err));
	} else {
		struct rewrite rewrite = {reader, &query};
		TRY(sql_rewrite(query.statement, replace, &rewrite, &query.rewritten, err));
		query.sql = query.rewritten.text;
	}
	query.is_plan = query.statement->explain != SQL_EXPLAIN_NONE;
	*out = query;
	query = (struct reader_query){0};
	return 0;
}

void reader_query_done(struct reader_query *query)
{
	sql_rewritten_done(&query->rewritten);
	sql_statement_free(query->statement);
	*query = (struct reader_query){0};
}

/* The nearest of a table's columns, when `"o" has no column "pric"`. */
static int suggest_column(const struct reader_query *query, struct error *err)
{
	char alias[NAME_LEN_MAX + 1], column[NAME_LEN_MAX + 1];
	struct error unused;
	HELD(delta_schema) schema = {0};
	HELD(text) sql = {0};
	const struct sql_statement *statement = query->statement;
	if (sscanf(err->message, "\"%63[^\"]\" has no column \"%63[^\"]\"", alias, column) != 2)
		return -1;
	for (size_t i = 0; i < statement->reference_count && !sql.len; i++) {
		const struct sql_reference *r = &statement->references[i];
		if (strcasecmp(*r->alias ? r->alias : r->name, alias) != 0)
			continue;
		const struct reader_table *table = find(query->reader, r->schema, r->name);
		if (table)
			text_addf(&sql, "select * from %s.%s", table->schema, table->name);
	}
	if (!sql.len || text_check(&sql, &unused) < 0 ||
	    engine_session_describe(query->session, sql.data, &schema, &unused) < 0)
		return -1;
	const char *names[COLUMNS_MAX + 1] = {0};
	for (size_t i = 0; i < schema.count && i < COLUMNS_MAX; i++)
		names[i] = schema.columns[i].name;
	const char *nearest = text_nearest(column, names);
	return nearest ? err_hint(err, "Did you mean \"%s\"?", nearest) : -1;
}

int reader_query_error(const struct reader_query *query, struct error *err)
{
	if (!query->rewritten.text)
		return -1;
	(void)suggest_column(query, err);
	return sql_map_error(&query->rewritten, err);
}
