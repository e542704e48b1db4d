/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_run: run and land: carry out the project's steps. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/cmd_run.h"
#include "app/command.h"
#include "app/progress.h"
#include "app/table.h"
#include "app/work.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "pipeline/land_pipe.h"
#include "pipeline/project.h"
#include "pipeline/run.h"

/* ---- while it runs ---- */

struct show {
	struct progress *progress;
	int *handles; /* of the steps that run, by place */
	size_t capacity;
};

static void show_done(struct show *show)
{
	progress_free(show->progress);
	free(show->handles);
}
OWN_DEFINE_EMBEDDED(show, show_done)

static void describe(const struct step *step, struct text *out)
{
	char rows[TABLE_NUMBER_SIZE], took[CLOCK_TEXT_SIZE];
	switch (step->status) {
	case CATALOG_OK:
		if (step->only_checks) {
			text_addf(out, "checks changed: %d passed, %d warned", step->checks_passed,
				  step->checks_warned);
			break;
		}
		text_addf(out, "%s row%s, version %" PRId64 ", %s",
			  table_format_count(step->rows_out, rows), table_plural(step->rows_out),
			  step->version,
			  clock_format_duration(step->ended_us - step->started_us, took));
		if (step->rejected > 0)
			text_addf(out, ", %s rejected", table_format_count(step->rejected, rows));
		if (step->checks_warned > 0)
			text_addf(out, ", %d %s", step->checks_warned,
				  step->checks_warned == 1 ? "warning" : "warnings");
		break;
	case CATALOG_FAILED:
	case CATALOG_CANCELED:
		text_add(out, step->err.message);
		break;
	default:
		text_add(out, step->reason.len ? step->reason.data : "");
	}
}

static const char *mark_of(const struct step *step)
{
	switch (step->status) {
	case CATALOG_OK:
		return "ok";
	case CATALOG_SKIPPED:
		return "same";
	case CATALOG_BLOCKED:
		return "blocked";
	case CATALOG_CANCELED:
		return "stopped";
	default:
		return "failed";
	}
}

/* On a terminal what runs is shown as bars; what ended well is in the table at the end. */
static void on_step(void *context, const struct step *step)
{
	struct show *show = context;
	struct error err; /* a bar less is no failure */
	if (mem_grow(&show->handles, &show->capacity, step->place + 1, sizeof(int), &err) < 0)
		return;
	if (step->status == CATALOG_RUNNING) {
		show->handles[step->place] = progress_begin(show->progress, step->name);
		return;
	}
	if (step->status == CATALOG_SKIPPED && log_level() < LOG_VERBOSE)
		return;
	HELD(text) line = {0};
	describe(step, &line);
	progress_end(show->progress, step->started_us ? show->handles[step->place] : -1, step->name,
		     mark_of(step), line.data ? line.data : "");
}

static void on_share(void *context, size_t place, double share)
{
	const struct show *show = context;
	if (place < show->capacity)
		progress_set(show->progress, show->handles[place], share);
}

/* ---- what was done ---- */

struct totals {
	int ok, skipped, failed, blocked, warned, passed, checks_failed;
	int64_t files, records, loaded, rejected, bytes;
};

static struct totals add_up(const struct run_report *report)
{
	struct totals t = {0};
	for (size_t i = 0; i < report->count; i++) {
		const struct step *step = &report->steps[i];
		if (!step_was_wanted(step))
			continue;
		int tables = 1 + (int)step->more_count;
		bool built = step->status == CATALOG_OK && !step->only_checks;
		bool stands = step->status == CATALOG_SKIPPED ||
			      (step->status == CATALOG_OK && step->only_checks);
		t.ok += built ? tables : 0;
		t.skipped += stands ? tables : 0;
		t.failed += step->status == CATALOG_FAILED || step->status == CATALOG_CANCELED;
		t.blocked += step->status == CATALOG_BLOCKED;
		t.passed += step->checks_passed;
		t.warned += step->checks_warned;
		t.checks_failed += step->checks_failed;
		t.files += step->files;
		t.records += step->records;
		t.loaded += step->loaded;
		t.rejected += step->rejected;
	}
	return t;
}

/* People see what was done; programs, and people who ask for more, see what was not as well. */
static bool is_shown(const struct app *app, const struct step *step)
{
	return step_was_wanted(step) &&
	       (app->json || log_level() >= LOG_VERBOSE || step->status != CATALOG_SKIPPED);
}

static void add_step(struct table *table, const struct step *step)
{
	bool lands = step->kind == CATALOG_LAND;
	table_add_text(table, step->name);
	table_add_text(table, catalog_status_word(step->status));
	table_add_known(table, lands ? step->files : -1);
	table_add_known(table, lands ? step->loaded : -1);
	table_add_known(table, lands ? step->rejected : -1);
	table_add_known(table, step->rows_out);
	table_add_known(table, step->version);
	table_add_known(table, step->bytes);
	table_add_int(table, step->checks_passed);
	table_add_int(table, step->checks_warned);
	table_add_int(table, step->checks_failed);
	table_add_int(table, step->ended_us - step->started_us);
	table_add_text(table, step->status == CATALOG_FAILED ? step->err.message
			      : step->reason.len             ? step->reason.data
							     : NULL);
}

/* The other tables of a step: its checks and its time are told once. */
static void add_more(struct table *table, const struct step *step)
{
	enum { BEFORE = 3, AFTER = 5 }; /* columns that say nothing */
	for (size_t i = 0; i < step->more_count; i++) {
		table_add_text(table, step->more[i].name);
		table_add_text(table, catalog_status_word(step->status));
		for (int j = 0; j < BEFORE; j++)
			table_add_null(table);
		table_add_known(table, step->more[i].rows);
		table_add_known(table, step->more[i].version);
		table_add_known(table, step->more[i].bytes);
		for (int j = 0; j < AFTER; j++)
			table_add_null(table);
	}
}

static int print_steps(const struct app *app, const struct run_report *report, struct error *err)
{
	OWNED(table) *table = table_new();
	if (!table)
		return err_memory(err);
	table_add_column(table, "table", TABLE_TEXT);
	table_add_column(table, "status", TABLE_TEXT);
	table_add_column(table, "files", TABLE_COUNT);
	table_add_column(table, "loaded", TABLE_COUNT);
	table_add_column(table, "rejected", TABLE_COUNT);
	table_add_column(table, "rows", TABLE_COUNT);
	table_add_column(table, "version", TABLE_NUMBER);
	table_add_column(table, "size", TABLE_BYTES);
	table_add_column(table, "passed", TABLE_NUMBER);
	table_add_column(table, "warned", TABLE_NUMBER);
	table_add_column(table, "failed", TABLE_NUMBER);
	table_add_column(table, "took", TABLE_SPAN);
	table_add_column(table, "why", TABLE_TEXT);
	for (size_t i = 0; i < report->count; i++)
		if (is_shown(app, &report->steps[i])) {
			add_step(table, &report->steps[i]);
			add_more(table, &report->steps[i]);
		}
	return table_print(table, app, stdout, err);
}

static void print_summary(const struct run_report *report)
{
	struct totals t = add_up(report);
	char took[CLOCK_TEXT_SIZE], records[TABLE_NUMBER_SIZE], loaded[TABLE_NUMBER_SIZE],
		rejected[TABLE_NUMBER_SIZE];
	if (report->count == 0) {
		log_info("nothing to run: there is nothing in sources/ and models/ yet");
		return;
	}
	if (t.files > 0)
		log_info("%" PRId64 " file%s landed: %s record%s, %s loaded, %s rejected", t.files,
			 table_plural(t.files), table_format_count(t.records, records),
			 table_plural(t.records), table_format_count(t.loaded, loaded),
			 table_format_count(t.rejected, rejected));
	log_info("%d table%s built, %d unchanged, %d failed, %d blocked; checks: %d passed, %d "
		 "warned, %d failed",
		 t.ok, table_plural(t.ok), t.skipped, t.failed, t.blocked, t.passed, t.warned,
		 t.checks_failed);
	clock_format_duration(report->duration_us, took);
	if (report->published)
		log_info("run %" PRId64 " published set %" PRId64 " in %s", report->number,
			 report->set, took);
	else
		log_info("run %" PRId64 " published nothing new (set %" PRId64 " stands), %s",
			 report->number, report->set, took);
}

/* ---- the commands ---- */

static void fill_request(const struct arguments *arguments, struct run_request *request)
{
	request->selection = arguments_value(arguments, "select");
	request->force = arguments_has(arguments, "force");
	request->business_date = arguments_value(arguments, "business-date");
}

static int run_it(struct context *context, const char *piped_to, struct run_request *request,
		  struct run_report **out, struct error *err)
{
	return piped_to ? land_pipe(context, piped_to, STDIN_FILENO, request, out, err)
			: run_pipeline(context, request, out, err);
}

/* `piped_to` is the source that gets what comes through standard input; NULL = none does. */
static int carry_out(struct app *app, const char *piped_to, struct run_request *request,
		     struct error *err)
{
	HELD(work) work = {0};
	OWNED(run_report) *report = NULL;
	TRY(work_open(app, &work, err));
	HELD(show) show = {.progress = progress_new(app, stderr, 0)};
	request->event = on_step;
	if (progress_has_bars(show.progress))
		request->share = on_share;
	request->event_context = &show;
	int result = run_it(work.context, piped_to, request, &report, err);
	progress_free(TAKE(show.progress));
	if (!report)
		return result;
	struct error later;
	if (app->json || log_level() >= LOG_NORMAL) {
		int printed = print_steps(app, report, &later);
		/* The table before the summary, also where both go to one file. */
		if (printed == 0)
			printed = app_finish_output(&later);
		if (printed < 0 && result == 0) {
			*err = later;
			return printed;
		}
	}
	print_summary(report);
	return result;
}

int cmd_run_carry_out(struct app *app, struct run_request *request, struct error *err)
{
	return carry_out(app, NULL, request, err);
}

static int run_run(struct app *app, const struct arguments *arguments, struct error *err)
{
	struct run_request request = {.command = "run"};
	fill_request(arguments, &request);
	request.wait = arguments_has(arguments, "wait");
	request.run_id = arguments_value(arguments, "run-id");
	return carry_out(app, NULL, &request, err);
}

static int run_land(struct app *app, const struct arguments *arguments, struct error *err)
{
	struct run_request request = {.command = "land", .only_land = true};
	request.wait = arguments_has(arguments, "wait");
	request.force = arguments_has(arguments, "force");
	request.selection = arguments_at(arguments, 0);
	const char *pipe = arguments_at(arguments, 1);
	if (!pipe)
		return carry_out(app, NULL, &request, err);
	if (strcmp(pipe, "-") == 0)
		return carry_out(app, request.selection, &request, err);
	err_set(err, ERR_USAGE, "\"land\" takes one source");
	return err_hint(err, "`vitrine land SOURCE -` lands what comes through a pipe.");
}

static const struct command_option run_options[] = {
	WORK_SELECT_OPTION,
	{"force", 'f', NULL, "build even what is up to date"},
	{"wait", 'w', NULL, "wait while another run works on the lake"},
	{"business-date", 0, "DATE", "the day the run is about (default: today)"},
	{"run-id", 0, "UUID", "the run's id, for schedulers"},
	{NULL},
};

const struct command command_run = {
	.name = "run",
	.summary = "land new files, rebuild what changed, check it, publish it",
	.usage = "[options]",
	.description =
		"Takes the files of every source that are new, rebuilds the tables whose inputs "
		"or\n"
		"SQL changed, checks each before it is published, and publishes all of them as "
		"one\n"
		"set. What did not change is skipped. When a step fails, what depends on it keeps\n"
		"its old version and the rest goes on.\n",
	.options = run_options,
	.examples = "vitrine run                      everything that is due\n"
		    "vitrine run --select orders+     one table and what depends on it\n",
	.first = "vitrine run          from the files to published tables\n",
	.run = run_run,
};

static const struct command_option land_options[] = {
	{"force", 'f', NULL, "load again what is loaded"},
	{"wait", 'w', NULL, "wait while another run works on the lake"},
	{NULL},
};

const struct command command_land = {
	.name = "land",
	.summary = "only land the files of the sources",
	.usage = "[options] [SOURCE [-]]",
	.description = "With - the source gets one file more: what comes through standard input. "
		       "It is\n"
		       "kept and loaded like any other; the same content again changes nothing.\n",
	.options = land_options,
	.arguments_max = 2,
	.examples = "vitrine land                     every source\n"
		    "vitrine land olist_orders        one of them\n"
		    "zcat orders.gz | vitrine land olist_orders -\n",
	.run = run_land,
};
