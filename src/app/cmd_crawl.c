/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_crawl: what lies in the lake or in a folder, and what of it the project knows. */
#include <stdio.h>

#include "app/app.h"
#include "app/command.h"
#include "app/table.h"
#include "app/work.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "pipeline/crawl.h"

static void add_item(struct table *table, const struct crawl_item *item)
{
	table_add_text(table, item->path);
	table_add_text(table, item->format);
	table_add_text(table, item->table);
	table_add_int(table, item->files);
	table_add_known(table, item->rows);
	table_add_int(table, item->bytes);
	table_add_text(table, item->partition_by);
	table_add_text(table, item->note);
	table_add_text(table, item->columns);
}

static int run(struct app *app, const struct arguments *arguments, struct error *err)
{
	HELD(work) work = {0};
	OWNED(arena) *arena = arena_new();
	OWNED(table) *table = table_new();
	struct crawl_report report;
	size_t strangers = 0;
	if (!arena || !table)
		return err_memory(err);
	TRY(work_open(app, &work, err));
	TRY(crawl(work.context, arguments_at(arguments, 0), arena, &report, err));
	table_add_column(table, "path", TABLE_TEXT);
	table_add_column(table, "format", TABLE_TEXT);
	table_add_column_if_any(table, "table", TABLE_TEXT);
	table_add_column(table, "files", TABLE_COUNT);
	table_add_column_if_any(table, "rows", TABLE_COUNT);
	table_add_column(table, "size", TABLE_BYTES);
	table_add_column_if_any(table, "partitions", TABLE_TEXT);
	table_add_column_if_any(table, "note", TABLE_TEXT);
	table_add_column_if_any(table, "columns", TABLE_TEXT);
	for (size_t i = 0; i < report.count; i++) {
		add_item(table, &report.items[i]);
		strangers += report.items[i].table == NULL;
	}
	TRY(table_print(table, app, stdout, err));
	log_info("%zu found, %zu of them not known to the project; nothing was changed",
		 report.count, strangers);
	return 0;
}

const struct command command_crawl = {
	.name = "crawl",
	.summary = "look what lies in the lake or a folder, known or not",
	.usage = "[DIR]",
	.description =
		"Lists the Delta tables, the folders of Parquet files and the delimited files in\n"
		"the lake, or in DIR, with their columns, partitions, files and rows; what of it\n"
		"no source and no model of the project makes or takes; and the command that would\n"
		"take it in. It changes nothing: tables are defined by the project's files "
		"alone.\n",
	.arguments_max = 1,
	.examples = "vitrine crawl                    the project's lake\n"
		    "vitrine crawl /data/exports      a folder\n",
	.run = run,
};
