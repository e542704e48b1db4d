/* SPDX-License-Identifier: Apache-2.0 */
/* reader_vitrine: schema vitrine: what happened, what there is. Runs, steps and the like are the
 * catalog's tables; those about landed files and rejects are in reader_rejects.c. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/runs.h"
#include "catalog/tables.h"
#include "pipeline/context.h"
#include "pipeline/project.h"
#include "pipeline/reader_parts.h"
#include "pipeline/reader_rows.h"
#include "pipeline/set.h"

static const char *zone_of(const struct reader *reader)
{
	return context_project(reader->context)->time_zone;
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
	} fills[] = {{"run", fill_run},
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
	int shown = reader_show_rejects(reader, table->name, err);
	if (shown != 0)
		return shown < 0 ? shown : 0;
	TRY(reader_rows_columns(&rows, reader_vitrine_table(table->name)->columns, err));
	TRY(fill(reader, &rows, table->name, err));
	return reader_rows_show(&rows, reader->session, "vitrine", table->name, err);
}
