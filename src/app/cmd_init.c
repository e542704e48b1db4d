/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_init: from a folder of files to a project that can be run. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/command.h"
#include "app/table.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "pipeline/init.h"

enum { ZONE_SIZE = 256 };

/* The machine's own time zone: TZ, else where /etc/localtime points to; NULL when neither is a zone
 * by name. */
static const char *find_zone(char out[ZONE_SIZE])
{
	static const char folder[] = "/zoneinfo/";
	const char *zone = getenv("TZ");
	if (!zone || !*zone) {
		ssize_t len = readlink("/etc/localtime", out, ZONE_SIZE - 1);
		out[len > 0 ? len : 0] = '\0';
		zone = strstr(out, folder);
		zone = zone ? zone + strlen(folder) : NULL;
	}
	return zone && *zone && *zone != ':' && clock_zone_is_known(zone) ? zone : NULL;
}

static const char *status_word(enum init_status status)
{
	static const char *const words[] = {"written", "kept", "refused"};
	return words[status];
}

static void add_source(struct table *table, const struct init_source *source)
{
	table_add_text(table, source->name);
	table_add_text(table, source->files);
	table_add_int(table, source->file_count);
	if (source->status == INIT_REFUSED) {
		table_add_null(table);
		table_add_null(table);
	} else {
		table_add_int(table, source->records);
		table_add_int(table, (int64_t)source->columns);
	}
	table_add_text(table, *source->key ? source->key : NULL);
	table_add_text(table, *source->format ? source->format : NULL);
	table_add_text(table, status_word(source->status));
	table_add_text(table, *source->note ? source->note : NULL);
}

static int print_sources(const struct app *app, const struct init_report *report, struct error *err)
{
	OWNED(table) *table = table_new();
	if (!table)
		return err_memory(err);
	table_add_column(table, "source", TABLE_TEXT);
	table_add_column(table, "files", TABLE_TEXT);
	table_add_column(table, "count", TABLE_COUNT);
	table_add_column(table, "records", TABLE_COUNT);
	table_add_column(table, "columns", TABLE_COUNT);
	table_add_column(table, "key", TABLE_TEXT);
	table_add_column(table, "format", TABLE_TEXT);
	table_add_column(table, "contract", TABLE_TEXT);
	table_add_column(table, "note", TABLE_TEXT);
	for (size_t i = 0; i < report->source_count; i++)
		add_source(table, &report->sources[i]);
	return table_print(table, app, stdout, err);
}

static size_t count_status(const struct init_report *report, enum init_status status)
{
	size_t count = 0;
	for (size_t i = 0; i < report->source_count; i++)
		count += report->sources[i].status == status;
	return count;
}

static void tell_files(const struct init_report *report)
{
	size_t written = count_status(report, INIT_WRITTEN), kept = count_status(report, INIT_KEPT);
	if (written > 0)
		log_info("wrote %zu contract%s in sources/", written, written == 1 ? "" : "s");
	if (kept > 0)
		log_info("kept %zu contract%s that %s there", kept, kept == 1 ? "" : "s",
			 kept == 1 ? "was" : "were");
	for (size_t i = 0; i < report->file_count; i++)
		log_info("%s %s", report->files[i].is_kept ? "kept" : "wrote",
			 report->files[i].path);
}

static void tell_next(const struct init_report *report, const char *folder)
{
	bool is_here = strcmp(folder, ".") == 0;
	size_t usable = count_status(report, INIT_WRITTEN) + count_status(report, INIT_KEPT);
	if (report->source_count == 0)
		log_warning("no delimited files in \"%s\"", report->from);
	const char *shown = is_here ? "" : folder;
	if (usable == 0)
		log_info("next: put files there, or name another folder: vitrine init %s%s--from "
			 "DIR",
			 shown, is_here ? "" : " ");
	else
		log_info("next: look over the contracts, then: %s%s%svitrine run",
			 is_here ? "" : "cd ", shown, is_here ? "" : " && ");
}

static int run(struct app *app, const struct arguments *arguments, struct error *err)
{
	char zone[ZONE_SIZE];
	HELD(init_report) report = {0};
	const char *folder = arguments_at(arguments, 0);
	if (!folder)
		folder = app->folder ? app->folder : ".";
	struct init_settings settings = {.folder = folder,
					 .from = arguments_value(arguments, "from"),
					 .time_zone = find_zone(zone)};
	TRY(init_project(&settings, &report, err));
	TRY(print_sources(app, &report, err));
	tell_files(&report);
	tell_next(&report, folder);
	return 0;
}

static const struct command_option options[] = {
	{"from", 0, "DIR", "where the files are (else the project's folder)"},
	{NULL},
};

const struct command command_init = {
	.name = "init",
	.summary = "make a project from CSV files",
	.usage = "[options] [FOLDER]",
	.description =
		"Looks at every delimited file (*.csv, *.tsv, *.psv, *.txt; also packed by gzip "
		"or\n"
		"zstd) in DIR and below, finds out how it is written and what its columns are,\n"
		"proves that on all of it, and writes vitrine.yaml, a contract for each source,\n"
		"an example model and .gitignore into FOLDER. Nothing there is overwritten: run\n"
		"it again when new files have come.\n",
	.options = options,
	.arguments_max = 1,
	.examples = "vitrine init --from /data/exports    a project here, of files elsewhere\n"
		    "vitrine init shop --from exports     a project in the new folder shop\n"
		    "vitrine init                         of the files below this folder\n",
	.first = "vitrine init --from DIR    make a project here from the CSV files in DIR\n",
	.run = run,
};
