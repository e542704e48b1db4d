/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_check: the checks of what is published, run again; and the rows that broke one of them, from
 * what the last look at it kept. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/command.h"
#include "app/table.h"
#include "app/work.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "catalog/checks.h"
#include "engine/engine.h"
#include "pipeline/context.h"
#include "pipeline/project.h"
#include "pipeline/run.h"
#include "pipeline/set.h"
#include "pipeline/table_care.h"
#include "query/output.h"

enum { SAMPLE_ROWS = 20 };

/* ---- running them ---- */

static int add_result(void *context, const struct catalog_check *check, struct error *err)
{
	struct table *table = context;
	(void)err;
	table_add_text(table, check->table);
	table_add_text(table, check->name);
	table_add_text(table, catalog_severity_word(check->severity));
	table_add_text(table, catalog_outcome_word(check->outcome));
	if (check->failing >= 0)
		table_add_int(table, check->failing);
	else
		table_add_null(table);
	table_add_int(table, check->total);
	table_add_text(table, check->message);
	return 0;
}

static int print_results(const struct app *app, struct catalog *catalog, const char *run_id,
			 struct error *err)
{
	OWNED(table) *table = table_new();
	if (!table)
		return err_memory(err);
	table_add_column(table, "table", TABLE_TEXT);
	table_add_column(table, "check", TABLE_TEXT);
	table_add_column(table, "severity", TABLE_TEXT);
	table_add_column(table, "outcome", TABLE_TEXT);
	table_add_column(table, "failing", TABLE_COUNT);
	table_add_column(table, "rows", TABLE_COUNT);
	table_add_column(table, "found", TABLE_TEXT);
	TRY(catalog_checks_each(catalog, run_id, false, add_result, table, err));
	return table_print(table, app, stdout, err);
}

static void print_summary(const struct run_report *report)
{
	int passed = 0, warned = 0, failed = 0, tables = 0;
	for (size_t i = 0; i < report->count; i++) {
		const struct step *step = &report->steps[i];
		int checks = step->checks_passed + step->checks_warned + step->checks_failed;
		passed += step->checks_passed;
		warned += step->checks_warned;
		failed += step->checks_failed;
		tables += checks > 0;
	}
	if (report->set == 0)
		log_info("nothing was published yet: `vitrine run` does that");
	else
		log_info("%d %s of set %" PRId64 ": %d checks passed, %d warned, %d failed", tables,
			 tables == 1 ? "table" : "tables", report->set, passed, warned, failed);
}

/* What `select` of a graph takes: names with blanks between them; NULL = all. */
static int selection_of(const struct arguments *arguments, char **out, struct error *err)
{
	HELD(text) t = {0};
	*out = NULL;
	for (size_t i = 0; i < arguments_count(arguments); i++)
		text_addf(&t, "%s%s", i ? " " : "", arguments_at(arguments, i));
	return t.data && !(*out = text_take(&t, err)) ? -1 : text_check(&t, err);
}

static int run_all(struct app *app, const struct arguments *arguments, struct error *err)
{
	HELD(work) work = {0};
	OWNED(run_report) *report = NULL;
	OWNED_MEMORY char *selection = NULL;
	TRY(selection_of(arguments, &selection, err));
	TRY(work_open(app, &work, err));
	struct run_request request = {.command = "check", .selection = selection};
	int result = run_checks(work.context, &request, &report, err);
	bool looked = false;
	for (size_t i = 0; report && i < report->count; i++)
		looked |= report->steps[i].started_us > 0;
	if (!looked)
		return result;
	struct error later;
	int printed = print_results(app, context_catalog(work.context), report->id, &later);
	if (printed < 0 && result == 0) {
		*err = later;
		return printed;
	}
	print_summary(report);
	return result;
}

/* ---- the rows of one ---- */

/* The newest result of one check. */
struct last {
	const char *table, *name;
	struct catalog *catalog;
	const char *state; /* the project's folder */
	bool found, passed;
	bool was_kept_back; /* it looked at a build that was not published */
	int64_t failing, run;
	char *sample, *query, *message;
};

static void last_done(struct last *last)
{
	free(last->sample);
	free(last->query);
	free(last->message);
}
OWN_DEFINE_EMBEDDED(last, last_done)

static int copy(char **to, const char *text, struct error *err)
{
	*to = mem_copy_text(text);
	return *to || !text ? 0 : err_memory(err);
}

static int take_result(void *context, const struct catalog_check *check, struct error *err)
{
	struct last *last = context;
	if (strcmp(check->table, last->table) != 0 || strcmp(check->name, last->name) != 0)
		return 0;
	last->found = true;
	last->passed = check->outcome == CATALOG_PASSED && check->failing == 0;
	last->failing = check->failing;
	TRY(copy(&last->sample, check->sample_path, err));
	TRY(copy(&last->query, check->query, err));
	TRY(copy(&last->message, check->message, err));
	return 1;
}

/* A build that was kept back is among the candidates; a published table that checks looked at again
 * is not. */
static int was_kept_back(const struct last *last, const char *run_id, struct error *err)
{
	struct file_info info;
	OWNED_MEMORY char *path =
		text_format(err, "%s/candidates/%s/%s", last->state, run_id, last->table);
	return path ? file_stat(path, &info, err) : -1;
}

static int look_in_run(void *context, const struct catalog_run *run, struct error *err)
{
	struct last *last = context;
	TRY(catalog_checks_each(last->catalog, run->id, false, take_result, last, err));
	last->run = run->number;
	if (!last->found)
		return 0;
	int kept = was_kept_back(last, run->id, err);
	TRY(kept);
	last->was_kept_back = kept;
	return 1;
}

static int find_last(const struct work *work, const char *table, const char *name, struct last *out,
		     struct error *err)
{
	const char *target = work->project->target;
	out->table = table;
	out->name = name;
	out->catalog = context_catalog(work->context);
	out->state = work->project->state;
	TRY(catalog_runs_each(out->catalog, target, RUNS_KEPT_MAX, look_in_run, out, err));
	if (out->found)
		return 0;
	err_set(err, ERR_NOT_FOUND, "no run looked at a check \"%s\" of %s", name, table);
	return err_hint(err, "`vitrine check %s` runs its checks and lists their names.", table);
}

/* Kept rows are Parquet as tables have it: times are instants labelled UTC, shown as civil. */
static int write_select(struct engine_session *session, const char *pattern, int64_t limit,
			struct text *out, struct error *err)
{
	HELD(text) probe = {0};
	OWNED(engine_result) *result = NULL;
	text_add(&probe, "select * from read_parquet(");
	text_add_literal(&probe, pattern);
	text_add(&probe, ") limit 0");
	TRY(text_check(&probe, err));
	TRY(engine_session_query(session, probe.data, &result, err));
	text_add(out, "select ");
	for (size_t i = 0; i < engine_result_column_count(result); i++) {
		const char *type = engine_result_column_sql_type(result, i);
		bool is_instant = strcmp(type, "TIMESTAMP WITH TIME ZONE") == 0;
		text_add(out, i ? ", " : "");
		text_add(out, is_instant ? "make_timestamp(epoch_us(" : "");
		text_add_identifier(out, engine_result_column_name(result, i));
		text_add(out, is_instant ? ")) as " : " as ");
		text_add_identifier(out, engine_result_column_name(result, i));
	}
	text_add(out, " from read_parquet(");
	text_add_literal(out, pattern);
	text_addf(out, ") limit %" PRId64, limit);
	return text_check(out, err);
}

static int write_out(void *context, const char *bytes, size_t len, struct error *err)
{
	(void)context;
	if (fwrite(bytes, 1, len, stdout) == len)
		return 0;
	return err_set(err, ERR_IO, "cannot write to standard output");
}

static int print_sample(const struct app *app, struct context *context, const struct last *last,
			int64_t limit, struct error *err)
{
	static const struct output_sink sink = {NULL, write_out};
	struct engine *engine;
	HELD(text) sql = {0};
	OWNED(engine_session) *session = NULL;
	OWNED(engine_result) *result = NULL;
	OWNED(output) *output = NULL;
	OWNED_MEMORY char *pattern = file_join(last->sample, "*.parquet", err);
	if (!pattern)
		return -1;
	TRY(context_engine(context, &engine, err));
	TRY(engine_session_open(engine, &session, err));
	TRY(write_select(session, pattern, limit, &sql, err));
	TRY(engine_session_query(session, sql.data, &result, err));
	TRY(output_new(app->json ? OUTPUT_JSON : OUTPUT_TABLE, result, &sink, &output, err));
	output_fit(output, app->out_width);
	int64_t shown = 0;
	int more;
	while ((more = engine_result_next(result, err)) == 1) {
		TRY(output_row(output, result, err));
		shown++;
	}
	TRY(more);
	return output_end(output, last->failing - shown, err);
}

/* The check's table may be named as anywhere else. */
static int full_name(const struct work *work, const char *name, char **out, struct error *err)
{
	OWNED(set) *set = NULL;
	const struct set_table *table;
	TRY(set_read_newest(context_store(work->context), &set, err));
	if (table_care_find(work->project, set, name, &table, err) == 0)
		*out = mem_copy_text(table->name);
	else if (err->kind == ERR_NOT_FOUND) /* its first build may have been kept back */
		*out = mem_copy_text(name);
	else
		return -1;
	return *out ? 0 : err_memory(err);
}

static int run_rows(struct app *app, const struct arguments *arguments, const char *name,
		    struct error *err)
{
	HELD(work) work = {0};
	HELD(last) last = {0};
	OWNED_MEMORY char *table = NULL;
	struct file_info info;
	int64_t limit = SAMPLE_ROWS;
	if (arguments_count(arguments) != 1)
		return err_set(err, ERR_USAGE, "--rows is about one table");
	TRY(arguments_int(arguments, "limit", 1, CHECK_ROWS_KEPT_MAX, &limit, err));
	TRY(work_open(app, &work, err));
	TRY(full_name(&work, arguments_at(arguments, 0), &table, err));
	TRY(find_last(&work, table, name, &last, err));
	if (last.passed)
		log_info("check \"%s\" of %s found no rows", name, table);
	else if (last.failing < 0)
		log_info("check \"%s\" of %s could not be run: %s", name, table,
			 last.message ? last.message : "");
	int there = last.sample ? file_stat(last.sample, &info, err) : 0;
	TRY(there);
	if (last.failing > 0 && !there)
		log_info("the rows are no longer kept; `vitrine check %s` finds them again", table);
	if (there)
		TRY(print_sample(app, work.context, &last, limit, err));
	if (last.query && last.was_kept_back)
		log_info("all of them, by `vitrine sql --candidate %" PRId64 "`:\n%s", last.run,
			 last.query);
	else if (last.query)
		log_info("all of them, while the table is as it was in run %" PRId64 ":\n%s",
			 last.run, last.query);
	return 0;
}

/* ---- the command ---- */

static int run(struct app *app, const struct arguments *arguments, struct error *err)
{
	const char *name = arguments_value(arguments, "rows");
	if (name)
		return run_rows(app, arguments, name, err);
	if (arguments_has(arguments, "limit"))
		return err_set(err, ERR_USAGE, "--limit goes with --rows");
	return run_all(app, arguments, err);
}

static const struct command_option options[] = {
	{"rows", 'r', "CHECK", "show the rows that broke this check when it was last looked at"},
	{"limit", 'n', "N", "with --rows: show at most N rows (20)"},
	{NULL},
};

const struct command command_check = {
	.name = "check",
	.summary = "run the checks of what is published, or show what broke one",
	.usage = "[options] [TABLE...]",
	.description =
		"Runs the checks of the newest published set again, without building anything:\n"
		"of all tables or of those named, in the words of `run --select`. Ends with\n"
		"status 5 when a check of severity error does not hold. Every run does the same\n"
		"before it publishes.\n",
	.options = options,
	.arguments_max = -1,
	.examples = "vitrine check\n"
		    "vitrine check orders tag:finance\n"
		    "vitrine check orders --rows 'unique(order_id)'\n",
	.run = run,
};
