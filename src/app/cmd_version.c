/* SPDX-License-Identifier: Apache-2.0 */
#include "app/app.h"
#include "app/command.h"
#include "app/table.h"
#include "base/error.h"

static const char *const parts[][3] = {
	{"DuckDB", "MIT", "SQL engine, Parquet"},
	{"SQLite", "public domain", "state of a project"},
	{"jansson", "MIT", "JSON"},
	{"libfyaml", "MIT", "YAML"},
	{"OpenSSL", "Apache-2.0", "hashes"},
	{"zlib", "Zlib", "gzip"},
	{"zstd", "BSD-3-Clause", "compression"},
	{"OpenBLAS", "BSD-3-Clause", "linear algebra"},
	{"glibc", "LGPL-2.1-or-later", "C library, linked dynamically"},
};

static int print_parts(const struct app *app, struct error *err)
{
	OWNED(table) *table = table_new();
	if (!table)
		return err_memory(err);
	table_add_column(table, "part", TABLE_TEXT);
	table_add_column(table, "licence", TABLE_TEXT);
	table_add_column(table, "used_for", TABLE_TEXT);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		for (size_t column = 0; column < 3; column++)
			table_add_text(table, parts[i][column]);
	return table_print(table, app, stdout, err);
}

static int run(struct app *app, const struct arguments *arguments, struct error *err)
{
	if (arguments_has(arguments, "licenses"))
		return print_parts(app, err);
	if (app->json)
		puts("{\"rows\": [{\"program\": \"vitrine\", \"version\": \"" VITRINE_VERSION
		     "\"}]}");
	else
		puts("vitrine " VITRINE_VERSION);
	return 0;
}

static const struct command_option options[] = {
	{"licenses", 0, NULL, "list the third parties' software in it, and their licences"},
	{NULL},
};

const struct command command_version = {
	.name = "version",
	.summary = "show the version of this program",
	.usage = "[--licenses]",
	.options = options,
	.examples = "vitrine version\n"
		    "vitrine version --licenses    what it is made of\n",
	.run = run,
};
