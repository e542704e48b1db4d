/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_doctor: is everything as it should be? */
#include "app/app.h"
#include "app/command.h"
#include "app/table.h"
#include "app/work.h"
#include "base/error.h"
#include "base/log.h"
#include "pipeline/doctor.h"

static int add_finding(void *context, const struct doctor_finding *finding, struct error *err)
{
	static const char *const words[] = {"ok", "note", "bad"};
	struct table *table = context;
	(void)err;
	table_add_text(table, words[finding->level]);
	table_add_text(table, finding->subject);
	table_add_text(table, finding->message);
	table_add_text(table, finding->hint);
	return 0;
}

static int run(struct app *app, const struct arguments *arguments, struct error *err)
{
	(void)arguments;
	HELD(work) work = {0};
	OWNED(table) *table = table_new();
	if (!table)
		return err_memory(err);
	table_add_column(table, "state", TABLE_TEXT);
	table_add_column(table, "of", TABLE_TEXT);
	table_add_column(table, "finding", TABLE_TEXT);
	table_add_column(table, "what to do", TABLE_TEXT);
	TRY(work_open(app, &work, err));
	int bad = doctor_examine(work.context, add_finding, table, err);
	TRY(bad);
	TRY(table_print(table, app, stdout, err));
	if (bad == 0)
		return 0;
	return err_set(err, ERR_CORRUPT, "%d %s found damaged", bad,
		       bad == 1 ? "thing was" : "things were");
}

const struct command command_doctor = {
	.name = "doctor",
	.summary = "look for what is wrong with the lake and its history",
	.usage = "",
	.description =
		"Examines the machine, the lease, every published table with its files, what lies "
		"in\n"
		"the lake that no table refers to, and the history. Changes nothing. Exits with 9\n"
		"when something is damaged.\n",
	.examples = "vitrine doctor\n",
	.run = run,
};
