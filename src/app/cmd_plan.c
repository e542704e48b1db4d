/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_plan: what a run would do, why, what readers of its tables would miss, what it reaches. */
#include <inttypes.h>
#include <stdio.h>

#include "app/app.h"
#include "app/command.h"
#include "app/table.h"
#include "app/work.h"
#include "base/error.h"
#include "base/log.h"
#include "pipeline/run.h"

static const char *would(const struct step *step)
{
	switch (step->status) {
	case CATALOG_SKIPPED:
		return "stay";
	case CATALOG_FAILED:
	case CATALOG_CANCELED:
		return "fail";
	case CATALOG_BLOCKED:
		return "wait";
	default:
		return step->only_checks ? "check" : "run";
	}
}

static const char *text_or_null(const struct text *text)
{
	return text->len ? text->data : NULL;
}

static void add_step(struct table *table, const struct step *step)
{
	table_add_text(table, step->name);
	table_add_text(table, would(step));
	table_add_text(table, step->status == CATALOG_FAILED ? step->err.message
							     : text_or_null(&step->reason));
	table_add_text(table, text_or_null(&step->borrowed));
	table_add_text(table, text_or_null(&step->breaking));
	table_add_known(table, step->checks > 0 ? step->checks : -1);
	table_add_text(table, text_or_null(&step->affects));
}

static void add_orphan(struct table *table, const char *name)
{
	char why[300];
	snprintf(why, sizeof why, "nothing defines it any more (`vitrine table drop %s`)", name);
	table_add_text(table, name);
	table_add_text(table, "stay");
	table_add_text(table, why);
	table_add_null(table);
	table_add_text(table, "it is no longer built");
	table_add_null(table);
	table_add_null(table);
}

static void say_totals(const struct run_report *report)
{
	int run = 0, look = 0, stay = 0, fail = 0, wait = 0, breaking = (int)report->orphan_count;
	int64_t checks = 0, checks_again = 0;
	for (size_t i = 0; i < report->count; i++) {
		const struct step *step = &report->steps[i];
		if (!step_was_wanted(step))
			continue;
		run += step->status == CATALOG_OK && !step->only_checks;
		look += step->status == CATALOG_OK && step->only_checks;
		stay += step->status == CATALOG_SKIPPED;
		fail += step->status == CATALOG_FAILED;
		wait += step->status == CATALOG_BLOCKED;
		breaking += step->breaking.len > 0;
		*(step->only_checks ? &checks_again : &checks) += step->checks;
	}
	if (run)
		log_info("%d table%s would be built and looked at by %" PRId64
			 " check%s, %d would stay",
			 run, table_plural(run), checks, table_plural(checks), stay + look);
	else if (report->count == 0)
		log_info("nothing to run: there is nothing in sources/ and models/ yet");
	else if (!fail)
		log_info("nothing would be built: %d %s up to date", stay + look,
			 stay + look == 1 ? "table is" : "tables are");
	if (look)
		log_info("%d of those that stay would be looked at by %" PRId64
			 " check%s that did not yet",
			 look, checks_again, table_plural(checks_again));
	if (fail)
		log_info("%d would fail, and %d would keep what they have for that", fail, wait);
	if (breaking)
		log_info("%d %s for who reads the tables", breaking,
			 breaking == 1 ? "change is breaking" : "changes are breaking");
}

static int run(struct app *app, const struct arguments *arguments, struct error *err)
{
	HELD(work) work = {0};
	OWNED(run_report) *report = NULL;
	OWNED(table) *table = table_new();
	struct run_request request = {
		.command = "plan",
		.selection = arguments_value(arguments, "select"),
		.force = arguments_has(arguments, "force"),
		.business_date = arguments_value(arguments, "business-date"),
	};
	if (!table)
		return err_memory(err);
	TRY(work_open(app, &work, err));
	TRY(run_plan(work.context, &request, &report, err));
	table_add_column(table, "table", TABLE_TEXT);
	table_add_column(table, "would", TABLE_TEXT);
	table_add_column(table, "why", TABLE_TEXT);
	table_add_column_if_any(table, "reads", TABLE_TEXT);
	table_add_column_if_any(table, "breaking", TABLE_TEXT);
	table_add_column_if_any(table, "checks", TABLE_COUNT);
	table_add_column_if_any(table, "affects", TABLE_TEXT);
	for (size_t i = 0; i < report->count; i++)
		if (step_was_wanted(&report->steps[i]))
			add_step(table, &report->steps[i]);
	for (size_t i = 0; i < report->orphan_count; i++)
		add_orphan(table, report->orphans[i]);
	TRY(table_print(table, app, stdout, err));
	say_totals(report);
	return 0;
}

static const struct command_option options[] = {
	WORK_SELECT_OPTION,
	{"force", 'f', NULL, "as if everything had changed"},
	{"business-date", 0, "DATE", "the day the run would be about (default: today)"},
	{NULL},
};

const struct command command_plan = {
	.name = "plan",
	.summary = "say what a run would do, and why",
	.usage = "[options]",
	.description =
		"For every table: whether it would be built, and why; what of it those who read "
		"it\n"
		"would miss (columns that go or change their type); how many checks would look at\n"
		"it; and which tables would be built because of it. Nothing is built, and nothing\n"
		"is landed. \"check\": the table stays, and checks that were added or edited\n"
		"since would look at it. A model or a check that names an unknown column is an\n"
		"error.\n",
	.options = options,
	.examples = "vitrine plan                         what would run now\n"
		    "vitrine plan --select +sales_daily   what that table waits for\n",
	.run = run,
};
