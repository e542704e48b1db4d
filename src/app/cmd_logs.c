/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/command.h"
#include "app/table.h"
#include "base/error.h"
#include "base/log.h"
#include "base/own.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "catalog/runs.h"

static int add_line(void *context, const struct catalog_log_line *line, struct error *err)
{
	struct table *table = context;
	(void)err;
	table_add_int(table, line->time_us);
	table_add_text(table, line->step ? catalog_step_kind_word(line->kind) : NULL);
	table_add_text(table, line->step);
	table_add_text(table, catalog_log_level_word(line->level));
	table_add_text(table, line->text);
	return 0;
}

static int read_level(const char *word, enum catalog_log_level *out, struct error *err)
{
	static const char *const words[] = {"error", "warning", "info", NULL};
	for (int i = 0; word && words[i]; i++)
		if (strcmp(word, words[i]) == 0) {
			*out = (enum catalog_log_level)i;
			return 0;
		}
	if (!word)
		return 0;
	err_set(err, ERR_USAGE, "unknown level \"%s\"", word);
	return err_hint(err, "Levels are error, warning and info.");
}

static int run(struct app *app, const struct arguments *arguments, struct error *err)
{
	const char *what = arguments_at(arguments, 0), *step = arguments_value(arguments, "step");
	enum catalog_log_level level = CATALOG_LOG_INFO;
	char id[PROCESS_ID_SIZE];
	OWNED(catalog) *catalog = NULL;
	OWNED(table) *table = table_new();
	if (!table)
		return err_memory(err);
	table_add_column(table, "time", TABLE_TIME);
	table_add_column(table, "kind", TABLE_TEXT);
	table_add_column(table, "step", TABLE_TEXT);
	table_add_column(table, "level", TABLE_TEXT);
	table_add_column(table, "text", TABLE_TEXT);
	TRY(read_level(arguments_value(arguments, "level"), &level, err));
	TRY(app_open_catalog(app, &catalog, err));
	TRY(catalog_runs_find(catalog, what ? what : "last", id, err));
	TRY(catalog_runs_each_log(catalog, id, step, level, add_line, table, err));
	if (table_row_count(table) == 0)
		log_info("nothing was logged");
	return table_print(table, app, stdout, err);
}

static const struct command_option options[] = {
	{"step", 's', "NAME", "only what the step of this name said"},
	{"level", 'l', "LEVEL", "only error; or warning, too; or info, too (the default)"},
	{NULL},
};

const struct command command_logs = {
	.name = "logs",
	.summary = "show what a run said, step by step",
	.usage = "[options] [RUN]",
	.description =
		"RUN is a run's number, the beginning of its id, or \"last\", which is meant\n"
		"when none is given.\n",
	.options = options,
	.arguments_max = 1,
	.examples = "vitrine logs\n"
		    "vitrine logs 12 --step processing.orders\n"
		    "vitrine logs --level warning    warnings and errors of the last run\n",
	.run = run,
};
