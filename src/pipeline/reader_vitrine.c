/* SPDX-License-Identifier: Apache-2.0 */
/* reader_vitrine: schema vitrine: what happened, what there is. Runs, steps and the like are the
 * catalog's tables; the others are made here from the ledger, the logs and the project. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/map.h"
#include "base/text.h"
#include "catalog/landed.h"
#include "catalog/runs.h"
#include "catalog/tables.h"
#include "delta/delta.h"
#include "engine/engine.h"
#include "pipeline/context.h"
#include "pipeline/ledger.h"
#include "pipeline/project.h"
#include "pipeline/reader_parts.h"
#include "pipeline/reader_rows.h"
#include "pipeline/rejects.h"
#include "pipeline/set.h"

static const char *zone_of(const struct reader *reader)
{
	return context_project(reader->context)->time_zone;
}

static int add_columns(struct reader_rows *rows, const struct catalog_table *table,
		       struct error *err)
{
	for (const struct catalog_table_column *c = table->columns; c->name; c++)
		TRY(reader_rows_column(rows, c->name, c->type, err));
	return 0;
}

/* ---- runs, steps, check_results, logs, freshness ---- */

static int take_row(void *context, const char *const *values, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		TRY(reader_rows_add(context, values[i], err));
	return 0;
}

static int fill_catalog(struct reader *reader, struct reader_rows *rows, const char *name,
			struct error *err)
{
	return catalog_query_rows(context_catalog(reader->context), name, zone_of(reader), take_row,
				  rows, err);
}

/* ---- run: what a model reads of its run ---- */

struct run_date {
	struct reader_rows *rows;
	bool found;
};

static int take_date(void *context, const struct catalog_run *run, struct error *err)
{
	struct run_date *date = context;
	date->found = run->business_date != NULL;
	return date->found ? reader_rows_add(date->rows, run->business_date, err) : 0;
}

/* The run that published the set. Where this machine does not remember it, its day is the one on
 * which the set was published. */
static int fill_run(struct reader *reader, struct reader_rows *rows, struct error *err)
{
	const struct set *set = reader->set;
	struct run_date date = {rows, false};
	TRY(reader_rows_add(rows, *set->run ? set->run : NULL, err));
	int result =
		catalog_runs_get(context_catalog(reader->context), set->run, take_date, &date, err);
	if (result < 0 && err->kind != ERR_NOT_FOUND)
		return result;
	if (date.found)
		return 0;
	char text[CLOCK_TEXT_SIZE];
	int64_t civil;
	clock_to_civil(zone_of(reader), set->number ? set->time_us : clock_now_us(), &civil);
	clock_format_civil(civil, text);
	text[strlen("2018-09-03")] = '\0';
	return reader_rows_add(rows, text, err);
}

/* ---- files and rejects ---- */

struct files {
	struct reader *reader;
	struct reader_rows *rows;
	catalog_each_landed *each;
};

static int each_source(struct files *files, const char *table, const char *key, struct error *err)
{
	struct reader *reader = files->reader;
	TRY(ledger_catch_up(reader->context, table, key, err));
	return catalog_landed_each(context_catalog(reader->context), table, false, files->each,
				   files, err);
}

/* Tables of the set that a source made, also one whose contract is gone; and those of contracts
 * whose table is in no set yet. */
static int each_file(struct files *files, struct error *err)
{
	const struct set *set = files->reader->set;
	const struct project *project = context_project(files->reader->context);
	for (size_t i = 0; i < set->count; i++)
		if (text_starts(set->tables[i].name, "processing."))
			TRY(each_source(files, set->tables[i].name, set->tables[i].key, err));
	for (size_t i = 0; i < project->source_count; i++) {
		const char *name = project->sources[i].name;
		OWNED_MEMORY char *table = text_format(err, "processing.%s", name);
		OWNED_MEMORY char *key = text_format(err, "processing/%s", name);
		if (!table || !key)
			return -1;
		if (!set_find(set, table))
			TRY(each_source(files, table, key, err));
	}
	return 0;
}

static int take_file(void *context, const struct catalog_landed *file, struct error *err)
{
	struct files *files = context;
	struct reader_rows *rows = files->rows;
	TRY(reader_rows_add(rows, strchr(file->table, '.') + 1, err));
	TRY(reader_rows_add(rows, file->logical, err));
	TRY(reader_rows_add(rows, file->is_replaced ? "replaced" : "loaded", err));
	TRY(reader_rows_add_int(rows, file->records, err));
	TRY(reader_rows_add_int(rows, file->loaded, err));
	TRY(reader_rows_add_int(rows, file->rejected, err));
	TRY(reader_rows_add_int(rows, file->size, err));
	TRY(reader_rows_add_time(rows, file->landed_us, zone_of(files->reader), err));
	TRY(reader_rows_add(rows, file->table, err));
	TRY(reader_rows_add_int(rows, file->version, err));
	TRY(reader_rows_add(rows, file->run_id, err));
	TRY(reader_rows_add(rows, file->attempt, err));
	TRY(reader_rows_add(rows, file->sha256, err));
	return reader_rows_add(rows, file->key, err);
}

static int fill_files(struct reader *reader, struct reader_rows *rows, struct error *err)
{
	struct files files = {reader, rows, take_file};
	return each_file(&files, err);
}

static int take_attempt(void *context, const struct catalog_landed *file, struct error *err)
{
	struct files *files = context;
	return file->rejected ? reader_rows_add(files->rows, file->attempt, err) : 0;
}

/* The table of rejects, but only those of attempts whose rows were committed. */
static int show_kept_rejects(struct reader *reader, int64_t version, struct error *err)
{
	OWNED(delta_snapshot) *snapshot = NULL;
	HELD(reader_rows) rows = {.arena = reader->arena};
	struct store *store = context_store(reader->context);
	struct files files = {reader, &rows, take_attempt};
	TRY(reader_rows_column(&rows, "attempt", "VARCHAR", err));
	TRY(each_file(&files, err));
	TRY(reader_rows_show(&rows, reader->session, READER_PARTS_SCHEMA, "attempts", err));
	TRY(delta_snapshot_open(store, REJECTS_TABLE, version, context_parquet(reader->context),
				&snapshot, err));
	TRY(engine_session_add_table(reader->session, READER_PARTS_SCHEMA, "rejects", store,
				     snapshot, err));
	return engine_session_add_view(reader->session, "vitrine", "rejects",
				       "select * from " READER_PARTS_SCHEMA ".rejects where "
				       "attempt in (select attempt from " READER_PARTS_SCHEMA
				       ".attempts)",
				       err);
}

static int show_rejects(struct reader *reader, struct error *err)
{
	int64_t version;
	int exists =
		delta_newest_version(context_store(reader->context), REJECTS_TABLE, &version, err);
	TRY(exists);
	if (exists)
		return show_kept_rejects(reader, version, err);
	HELD(reader_rows) rows = {.arena = reader->arena};
	TRY(add_columns(&rows, reader_vitrine_table("rejects"), err));
	return reader_rows_show(&rows, reader->session, "vitrine", "rejects", err);
}

/* ---- all of them ---- */

int reader_add_vitrine(struct reader *reader, struct error *err)
{
	const struct catalog_table *lists[] = {reader_vitrine_tables, catalog_tables};
	struct reader_table table = {.kind = READER_VITRINE};
	for (size_t i = 0; i < 2; i++)
		for (const struct catalog_table *of = lists[i]; of->name; of++)
			TRY(reader_add(reader, "vitrine", of->name, table, err));
	return 0;
}

static int fill(struct reader *reader, struct reader_rows *rows, const char *name,
		struct error *err)
{
	static const struct {
		const char *name;
		int (*fill)(struct reader *reader, struct reader_rows *rows, struct error *err);
	} fills[] = {{"files", fill_files},
		     {"run", fill_run},
		     {"tables", reader_fill_tables},
		     {"columns", reader_fill_columns}};
	for (size_t i = 0; i < sizeof fills / sizeof *fills; i++)
		if (strcmp(fills[i].name, name) == 0)
			return fills[i].fill(reader, rows, err);
	return fill_catalog(reader, rows, name, err);
}

int reader_show_vitrine(struct reader *reader, const struct reader_table *table, struct error *err)
{
	HELD(reader_rows) rows = {.arena = reader->arena};
	if (strcmp(table->name, "rejects") == 0)
		return show_rejects(reader, err);
	TRY(add_columns(&rows, reader_vitrine_table(table->name), err));
	TRY(fill(reader, &rows, table->name, err));
	return reader_rows_show(&rows, reader->session, "vitrine", table->name, err);
}
