/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_sql: queries of the published tables: from the command line, a file, or standard input. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/command.h"
#include "app/excerpt.h"
#include "app/work.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/process.h"
#include "base/text.h"
#include "engine/sql.h"
#include "pipeline/reader.h"
#include "query/run.h"

struct sql {
	struct app *app;
	struct reader *reader;
	struct query_settings settings;
	int count; /* of statements run */
};

/* ---- where rows go ---- */

/* A reader that left (`| head`) ends the command in silence, as it ends `cat`. */
static int write_rows(void *context, const char *bytes, size_t len, struct error *err)
{
	bool *closed = context;
	errno = 0;
	if (fwrite(bytes, 1, len, stdout) == len && fflush(stdout) == 0)
		return 0;
	*closed = errno == EPIPE;
	return err_errno(err, errno ? errno : EIO, "cannot write to standard output");
}

static void print_footer(const struct sql *sql, const struct query_outcome *outcome)
{
	char took[CLOCK_TEXT_SIZE];
	bool cut = outcome->rows_more != 0;
	if (sql->settings.format == OUTPUT_TABLE)
		log_info("%s%" PRId64 " %s, %s", cut ? "the first " : "", outcome->rows,
			 outcome->rows == 1 ? "row" : "rows",
			 clock_format_duration(outcome->duration_us, took));
	else if (cut)
		log_warning("only the first %" PRId64 " rows are shown (--max-rows)",
			    outcome->rows);
}

/* ---- statements ---- */

/* Where an error stands in the script, and the line to show. */
static int place_error(struct sql *sql, const char *text, size_t begin, const char *file,
		       struct error *err)
{
	if (!err->line || err->file[0])
		return -1;
	int line, column;
	sql_place(text, begin, &line, &column);
	err->column += err->line == 1 ? column - 1 : 0;
	err->line += line - 1;
	excerpt_make(text, err->line, err->column, sql->app->excerpt);
	return file ? err_at(err, file, err->line, err->column) : -1;
}

/* Returns 1 when whoever reads the rows has left. */
static int run_one(struct sql *sql, const char *text, struct sql_range range, const char *file,
		   struct error *err)
{
	bool closed = false;
	struct output_sink sink = {&closed, write_rows};
	struct query_outcome outcome;
	OWNED_MEMORY char *statement =
		text_format(err, "%.*s", (int)(range.end - range.begin), text + range.begin);
	if (!statement)
		return -1;
	if (sql->count++ > 0 && sql->settings.format == OUTPUT_TABLE)
		putchar('\n');
	int result = query_run(sql->reader, statement, &sql->settings, &sink, &outcome, err);
	if (result < 0 && closed)
		return 1;
	if (result < 0)
		return place_error(sql, text, range.begin, file, err);
	print_footer(sql, &outcome);
	return 0;
}

static int run_script(struct sql *sql, const char *text, const char *file, struct error *err)
{
	struct sql_range range = {0};
	size_t len = strlen(text), from = 0;
	int result = 0;
	while (result == 0 && sql_next_statement(text, len, from, &range)) {
		result = run_one(sql, text, range, file, err);
		from = range.end;
	}
	return result;
}

static int run_file(struct sql *sql, const char *path, struct error *err)
{
	OWNED_MEMORY char *text = NULL;
	TRY(file_read(path, SQL_TEXT_LEN_MAX, &text, NULL, err));
	return run_script(sql, text, path, err);
}

static int run_input(struct sql *sql, struct error *err)
{
	HELD(text) text = {.len_max = SQL_TEXT_LEN_MAX};
	char bytes[4096];
	ssize_t len;
	while ((len = read(STDIN_FILENO, bytes, sizeof bytes)) != 0) {
		if (process_interrupted())
			break;
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return err_errno(err, errno, "cannot read standard input");
		text_add_bytes(&text, bytes, (size_t)len);
		TRY(text_check(&text, err));
	}
	if (process_interrupted())
		return err_set(err, ERR_CANCELED, "canceled");
	return text.len ? run_script(sql, text.data, NULL, err) : 0;
}

/* ---- the command ---- */

static int read_settings(const struct app *app, const struct arguments *arguments,
			 struct query_settings *out, struct error *err)
{
	const char *format = arguments_value(arguments, "format");
	const char *timeout = arguments_value(arguments, "timeout");
	int64_t timeout_us = 0;
	out->format = app->json ? OUTPUT_JSON : OUTPUT_TABLE;
	out->width = app->out_width;
	if (format && !output_format_of(format, &out->format)) {
		err_set(err, ERR_USAGE, "unknown format \"%s\"", format);
		return err_hint(err, "Formats are table, csv, json, jsonl and markdown.");
	}
	if (timeout && (!text_to_duration_us(timeout, &timeout_us) || timeout_us < 1000)) {
		err_set(err, ERR_USAGE, "\"%s\" is not a time to wait", timeout);
		return err_hint(err, "Write it with its unit: 500 ms, 30 s, 5 min.");
	}
	out->timeout_ms = timeout_us / 1000;
	return arguments_int(arguments, "max-rows", 1, INT64_MAX, &out->rows_max, err);
}

static int read_where(const struct arguments *arguments, struct reader_settings *out,
		      struct error *err)
{
	out->set = -1;
	out->at = arguments_value(arguments, "at");
	out->candidate = arguments_value(arguments, "candidate");
	TRY(arguments_int(arguments, "set", 0, INT64_MAX, &out->set, err));
	if (out->at && out->set >= 0)
		return err_set(err, ERR_USAGE, "--at and --set both say what to read: give one");
	return 0;
}

static int run_all(struct sql *sql, const struct arguments *arguments, struct error *err)
{
	const char *text, *path;
	int result = 0;
	for (size_t i = 0; result == 0 && (text = arguments_value_at(arguments, "command", i)); i++)
		result = run_script(sql, text, NULL, err);
	for (size_t i = 0; result == 0 && (path = arguments_value_at(arguments, "file", i)); i++)
		result = strcmp(path, "-") == 0 ? run_input(sql, err) : run_file(sql, path, err);
	if (!arguments_has(arguments, "command") && !arguments_has(arguments, "file"))
		result = run_input(sql, err);
	return result;
}

static int run(struct app *app, const struct arguments *arguments, struct error *err)
{
	struct sql sql = {.app = app};
	struct reader_settings where = {0};
	HELD(work) work = {0};
	OWNED(reader) *reader = NULL;
	TRY(read_settings(app, arguments, &sql.settings, err));
	TRY(read_where(arguments, &where, err));
	TRY(work_open(app, &work, err));
	TRY(reader_open(work.context, &where, &reader, err));
	sql.reader = reader;
	int result = run_all(&sql, arguments, err);
	return result < 0 ? result : 0;
}

static const struct command_option options[] = {
	{"command", 'c', "SQL", "run this statement; may be given several times"},
	{"file", 'f', "FILE", "run the statements of a file (- = standard input)"},
	{"format", 0, "FORMAT", "table (the default), csv, json, jsonl or markdown"},
	{"max-rows", 'n', "N", "show at most N rows of each result"},
	{"timeout", 0, "SPAN", "stop a statement after this time: 500 ms, 30 s, 5 min"},
	{"set", 0, "N", "read the published set N instead of the newest"},
	{"at", 0, "TIME", "read what was published then: \"2018-09-03 14:30\""},
	{"candidate", 0, "RUN", "see what a run built and did not publish"},
	{NULL},
};

const struct command command_sql = {
	.name = "sql",
	.summary = "query the published tables",
	.usage = "[options]",
	.description =
		"Statements come from -c, from files, or from standard input. Rows go to standard\n"
		"output, all else to standard error. Databases are landing, processing, delivery\n"
		"and vitrine; a name without one is looked up in delivery, then in processing.\n"
		"\"show tables\" lists what there is, \"describe TABLE\" its columns.\n",
	.options = options,
	.examples = "vitrine sql -c \"select * from delivery.sales_daily limit 10\"\n"
		    "vitrine sql -f report.sql --format csv > report.csv\n"
		    "vitrine sql -c \"from processing.orders at (version => 3)\"    as it was\n"
		    "vitrine sql -c \"from vitrine.rejects\" --json    what could not be loaded\n",
	.run = run,
};
