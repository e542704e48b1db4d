/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_generate: make example data where the real files are not. */
#include "app/app.h"
#include "app/command.h"
#include "app/table.h"
#include "base/error.h"
#include "base/limits.h"
#include "pipeline/generate.h"

enum { ORDERS_USUAL = 10000 };

/* Files of these names may be somebody's real ones. */
static int ask_to_replace(const struct app *app, const char *folder, struct error *err)
{
	int present;
	TRY(generate_count_present(folder, &present, err));
	if (present == 0 || app_confirm(app, "Replace %d files in %s?", present, folder))
		return 0;
	err_set(err, ERR_USAGE, "\"%s\" holds %d of the files already", folder, present);
	return err_hint(err, "Choose an empty folder, or replace them: --yes.");
}

static int print_files(const struct app *app, const struct generate_report *report,
		       struct error *err)
{
	OWNED(table) *table = table_new();
	if (!table)
		return err_memory(err);
	table_add_column(table, "file", TABLE_TEXT);
	table_add_column(table, "records", TABLE_COUNT);
	table_add_column(table, "broken", TABLE_COUNT);
	table_add_column(table, "size", TABLE_BYTES);
	for (int i = 0; i < GENERATE_FILES; i++) {
		table_add_text(table, generate_file_name(i));
		table_add_int(table, report->files[i].records);
		table_add_int(table, report->files[i].broken);
		table_add_int(table, report->files[i].bytes);
	}
	return table_print(table, app, stdout, err);
}

static int run(struct app *app, const struct arguments *arguments, struct error *err)
{
	int64_t orders = ORDERS_USUAL, seed = 1;
	struct generate_report report;
	TRY(arguments_int(arguments, "orders", 1, GENERATE_ORDERS_MAX, &orders, err));
	TRY(arguments_int(arguments, "seed", 0, INT64_MAX, &seed, err));
	struct generate_settings settings = {.folder = arguments_at(arguments, 0),
					     .orders = orders,
					     .seed = (uint64_t)seed,
					     .damage = arguments_has(arguments, "damage")};
	TRY(ask_to_replace(app, settings.folder, err));
	TRY(generate_write(&settings, &report, err));
	return print_files(app, &report, err);
}

static const struct command_option options[] = {
	{"orders", 'n', "N", "how many orders (10000); products and sellers in proportion"},
	{"seed", 0, "S", "another number gives other data (1)"},
	{"damage", 0, NULL, "put broken records between the good ones, to try rejects"},
	{NULL},
};

const struct command command_generate = {
	.name = "generate",
	.summary = "make example data: the nine Olist files, made up, of any size",
	.usage = "[options] FOLDER",
	.description =
		"The files have the headings, quoting and oddities of the Olist data set, and "
		"made-up\n"
		"content. The same seed gives the same bytes on every machine. Memory does not "
		"grow\n"
		"with the size. With --damage the good records stay the same, and the column\n"
		"\"broken\" says how many records a landing should reject.\n",
	.options = options,
	.arguments_min = 1,
	.arguments_max = 1,
	.examples = "vitrine generate incoming --orders 5000\n"
		    "vitrine generate /tmp/large --orders 1000000 --seed 7\n"
		    "vitrine generate incoming --damage --yes    replace what is there\n",
	.run = run,
};
