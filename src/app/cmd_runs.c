/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "app/app.h"
#include "app/command.h"
#include "app/table.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/own.h"
#include "catalog/catalog.h"
#include "catalog/runs.h"

static void add_span(struct table *table, int64_t started_us, int64_t ended_us, bool running)
{
	int64_t end = ended_us || !running ? ended_us : clock_now_us();
	if (started_us && end >= started_us)
		table_add_int(table, end - started_us);
	else
		table_add_null(table);
}

/* ---- the list ---- */

static int add_run(void *context, const struct catalog_run *run, struct error *err)
{
	struct table *table = context;
	(void)err;
	table_add_int(table, run->number);
	table_add_text(table, catalog_status_word(run->status));
	table_add_int(table, run->started_us);
	add_span(table, run->started_us, run->ended_us, run->status == CATALOG_RUNNING);
	table_add_known(table, run->set > 0 ? run->set : -1);
	table_add_text(table, run->target);
	table_add_text(table, run->command);
	table_add_text(table, run->failure.message);
	return 0;
}

static int list_runs(const struct app *app, struct catalog *catalog, int64_t limit,
		     struct error *err)
{
	OWNED(table) *table = table_new();
	if (!table)
		return err_memory(err);
	table_add_column(table, "run", TABLE_NUMBER);
	table_add_column(table, "status", TABLE_TEXT);
	table_add_column(table, "started", TABLE_TIME);
	table_add_column(table, "took", TABLE_SPAN);
	table_add_column(table, "set", TABLE_NUMBER);
	table_add_column(table, "target", TABLE_TEXT);
	table_add_column(table, "command", TABLE_TEXT);
	table_add_column(table, "error", TABLE_TEXT);
	TRY(catalog_runs_each(catalog, app->target, limit, add_run, table, err));
	if (table_row_count(table) == 0)
		log_info("no runs yet");
	return table_print(table, app, stdout, err);
}

/* ---- one of them ---- */

static int add_step(void *context, const struct catalog_step *step, struct error *err)
{
	struct table *table = context;
	(void)err;
	table_add_text(table, catalog_step_kind_word(step->kind));
	table_add_text(table, step->name);
	table_add_text(table, catalog_status_word(step->status));
	add_span(table, step->started_us, step->ended_us, step->status == CATALOG_RUNNING);
	table_add_known(table, step->rows_in);
	table_add_known(table, step->rows_out);
	table_add_known(table, step->bytes);
	table_add_known(table, step->table_version);
	table_add_text(table, step->failure.message ? step->failure.message : step->reason);
	return 0;
}

static int list_steps(const struct app *app, struct catalog *catalog, const char *what,
		      struct error *err)
{
	char id[PROCESS_ID_SIZE];
	OWNED(table) *table = table_new();
	if (!table)
		return err_memory(err);
	table_add_column(table, "step", TABLE_TEXT);
	table_add_column(table, "name", TABLE_TEXT);
	table_add_column(table, "status", TABLE_TEXT);
	table_add_column(table, "took", TABLE_SPAN);
	table_add_column(table, "rows_in", TABLE_COUNT);
	table_add_column(table, "rows_out", TABLE_COUNT);
	table_add_column(table, "size", TABLE_BYTES);
	table_add_column(table, "version", TABLE_NUMBER);
	table_add_column(table, "why", TABLE_TEXT);
	TRY(catalog_runs_find(catalog, what, id, err));
	TRY(catalog_runs_each_step(catalog, id, add_step, table, err));
	if (table_row_count(table) == 0)
		log_info("run %s had no steps", what);
	return table_print(table, app, stdout, err);
}

static int run(struct app *app, const struct arguments *arguments, struct error *err)
{
	OWNED(catalog) *catalog = NULL;
	int64_t limit = 20;
	const char *what = arguments_at(arguments, 0);
	TRY(arguments_int(arguments, "limit", 1, RUNS_KEPT_MAX, &limit, err));
	TRY(app_open_catalog(app, &catalog, err));
	return what ? list_steps(app, catalog, what, err) : list_runs(app, catalog, limit, err);
}

static const struct command_option options[] = {
	{"limit", 'n', "N", "show at most N runs (20)"},
	{NULL},
};

const struct command command_runs = {
	.name = "runs",
	.summary = "list past runs, or the steps of one",
	.usage = "[options] [RUN]",
	.description = "RUN is a run's number, the beginning of its id, or \"last\".\n",
	.options = options,
	.arguments_max = 1,
	.examples = "vitrine runs\n"
		    "vitrine runs last    what the last run did, step by step\n"
		    "vitrine runs 12 --json\n",
	.run = run,
};
