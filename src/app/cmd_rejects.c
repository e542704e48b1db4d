/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_rejects: the records that could not be loaded: see them, mend them, give them up. Everything
 * shown here can be had as vitrine.rejects, refused and decisions in `vitrine sql` too. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/command.h"
#include "app/table.h"
#include "app/work.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "pipeline/desk.h"
#include "pipeline/reader.h"
#include "pipeline/run.h"
#include "query/run.h"

enum { SHOWN_ROWS = 20, TEXT_SHOWN = 120 };

/* ---- what is meant ---- */

static const char *records_word(int64_t count)
{
	return count == 1 ? "record" : "records";
}

static int read_filter(const struct arguments *arguments, const char *source,
		       struct desk_filter *out, struct error *err)
{
	*out = (struct desk_filter){
		.source = source,
		.kind = arguments_value(arguments, "kind"),
		.file = arguments_value(arguments, "file"),
		.column = arguments_value(arguments, "column"),
		.run = arguments_value(arguments, "run"),
		.with_decided = arguments_has(arguments, "all"),
		.refused = arguments_has(arguments, "refused"),
	};
	if (out->refused && out->with_decided)
		return err_set(err, ERR_USAGE, "--refused and --all do not go together");
	return arguments_int(arguments, "line", 1, INT64_MAX, &out->line, err);
}

/* Options that a subcommand has no use for must not be passed over in silence. */
static int refuse_options(const struct arguments *arguments, const char *const *refused,
			  struct error *err)
{
	const char *what = arguments_at(arguments, 0);
	for (; *refused; refused++)
		if (arguments_has(arguments, *refused))
			return err_set(err, ERR_USAGE, "\"rejects%s%s\" takes no --%s",
				       what ? " " : "", what ? what : "", *refused);
	return 0;
}

static int want_count(const struct arguments *arguments, size_t count, const char *usage,
		      struct error *err)
{
	if (arguments_count(arguments) == count)
		return 0;
	err_set(err, ERR_USAGE, "\"rejects %s\" needs %s", arguments_at(arguments, 0),
		count == 2 ? "a source" : "a source and a file");
	return err_hint(err, "Usage: vitrine rejects %s", usage);
}

/* ---- seeing ---- */

static int write_bytes(void *file, const char *bytes, size_t len, struct error *err)
{
	if (fwrite(bytes, 1, len, file) == len)
		return 0;
	return err_errno(err, errno, "cannot write");
}

struct desk {
	struct context *context;
	struct reader *reader;
	const struct desk_filter *filter;
};

static int print(const struct desk *desk, const char *select, const char *order,
		 const struct query_settings *settings, FILE *to, struct error *err)
{
	HELD(text) sql = {0};
	struct output_sink sink = {to, write_bytes};
	text_add(&sql, select);
	TRY(desk_add_from(desk->context, desk->filter, &sql, err));
	text_add(&sql, order);
	TRY(text_check(&sql, err));
	return query_run(desk->reader, sql.data, settings, &sink, NULL, err);
}

static int show_summary(const struct desk *desk, struct error *err)
{
	struct query_settings settings = {.format = OUTPUT_TABLE, .count_rest = true};
	return print(desk,
		     "select source, file, kind, \"column\", count(*) as records, "
		     "min(line) as first_line, min_by(reason, line) as first_reason",
		     " group by source, file, kind, \"column\" order by all", &settings, stdout,
		     err);
}

static int show_records(const struct desk *desk, int64_t limit, struct error *err)
{
	struct query_settings settings = {
		.format = OUTPUT_TABLE, .rows_max = limit ? limit : SHOWN_ROWS, .count_rest = true};
	HELD(text) select = {0};
	text_addf(&select,
		  "select file, line, \"column\", reason, case when length(text) > %d then "
		  "left(text, %d) || '...' else text end as text%s",
		  TEXT_SHOWN, TEXT_SHOWN, desk->filter->with_decided ? ", status" : "");
	TRY(text_check(&select, err));
	putchar('\n');
	return print(desk, select.data, " order by source, file, line, sha256", &settings, stdout,
		     err);
}

static int show_json(const struct desk *desk, int64_t limit, struct error *err)
{
	struct query_settings settings = {.format = OUTPUT_JSON, .rows_max = limit};
	HELD(text) select = {0};
	text_addf(&select,
		  "select " DESK_ID " as id, source, file, line, \"offset\", kind, \"column\", "
		  "reason, text, length, sha256, key, run_id%s",
		  desk->filter->refused ? "" : ", status");
	TRY(text_check(&select, err));
	return print(desk, select.data, " order by source, file, line, sha256", &settings, stdout,
		     err);
}

static void say_none(const struct desk_filter *filter)
{
	if (filter->refused)
		log_info("no load was refused with rejects, or they are no longer kept");
	else
		log_info("no %srejects", filter->with_decided ? "" : "open ");
}

static int run_show(struct app *app, const struct arguments *arguments, struct error *err)
{
	static const char *const refused[] = {"output", "reason", "wait", NULL};
	HELD(work) work = {0};
	OWNED(reader) *reader = NULL;
	struct desk_filter filter;
	int64_t limit = 0;
	TRY(refuse_options(arguments, refused, err));
	TRY(read_filter(arguments, arguments_at(arguments, 0), &filter, err));
	TRY(arguments_int(arguments, "limit", 1, INT64_MAX, &limit, err));
	if (arguments_count(arguments) > 1)
		return err_set(err, ERR_USAGE, "\"rejects\" shows one source, or all");
	TRY(work_open(app, &work, err));
	TRY(reader_open(work.context, NULL, &reader, err));
	struct desk desk = {work.context, reader, &filter};
	if (app->json)
		return show_json(&desk, limit, err);
	int64_t count = desk_count(work.context, reader, &filter, err);
	if (count < 0)
		return -1;
	if (count == 0) {
		say_none(&filter);
		return 0;
	}
	TRY(show_summary(&desk, err));
	return show_records(&desk, limit, err);
}

/* ---- export ---- */

static int export_to(const struct desk *desk, FILE *to, struct error *err)
{
	struct query_settings settings = {.format = OUTPUT_CSV};
	return print(desk,
		     "select " DESK_ID " as id, file, line, kind, \"column\", case when length > "
		     "strlen(text) then reason || ' (only the beginning of the text is here)' "
		     "else reason end as reason, text",
		     " order by file, line, sha256", &settings, to, err);
}

static int export_file(const struct desk *desk, const char *path, struct error *err)
{
	FILE *to = fopen(path, "we");
	if (!to)
		return err_errno(err, errno, "cannot make \"%s\"", path);
	int result = export_to(desk, to, err);
	if (fclose(to) != 0 && result == 0)
		result = err_errno(err, errno, "cannot write \"%s\"", path);
	return result;
}

static int run_export(struct app *app, const struct arguments *arguments, struct error *err)
{
	static const char *const refused[] = {"limit", "all", "refused", "reason", "wait", NULL};
	HELD(work) work = {0};
	OWNED(reader) *reader = NULL;
	struct desk_filter filter;
	const char *path = arguments_value(arguments, "output");
	TRY(refuse_options(arguments, refused, err));
	TRY(want_count(arguments, 2, "export SOURCE [-o FILE]", err));
	const char *source = arguments_at(arguments, 1);
	TRY(read_filter(arguments, source, &filter, err));
	TRY(work_open(app, &work, err));
	TRY(reader_open(work.context, NULL, &reader, err));
	struct desk desk = {work.context, reader, &filter};
	int64_t count = desk_count(work.context, reader, &filter, err);
	if (count < 0)
		return -1;
	if (count == 0) {
		say_none(&filter);
		return 0;
	}
	TRY(path ? export_file(&desk, path, err) : export_to(&desk, stdout, err));
	if (path)
		log_info("%" PRId64 " %s written to \"%s\": mend the column text, leave id as it "
			 "is, then `vitrine rejects fix %s %s`",
			 count, records_word(count), path, source, path);
	return 0;
}

/* ---- fix ---- */

static void say_fixed(const struct desk_fixes *fixes, const struct run_report *report,
		      const char *source)
{
	if (fixes->unchanged)
		log_info("%" PRId64 " %s not changed: open still", fixes->unchanged,
			 fixes->unchanged == 1 ? "record was" : "records were");
	for (size_t i = 0; report && i < report->count; i++) {
		const struct step *step = &report->steps[i];
		if (step->status != CATALOG_OK)
			continue;
		if (step->loaded)
			log_info("%" PRId64
				 " mended %s loaded: `vitrine run` rebuilds what reads %s",
				 step->loaded, records_word(step->loaded), step->name);
		if (step->rejected)
			log_info("%" PRId64 " mended %s rejected again: `vitrine rejects %s` says "
				 "why",
				 step->rejected, records_word(step->rejected), source);
	}
}

static int run_fix(struct app *app, const struct arguments *arguments, struct error *err)
{
	static const char *const refused[] = {"limit", "all",  "refused", "output", "kind",
					      "file",  "line", "column",  "run",    NULL};
	HELD(work) work = {0};
	OWNED(run_report) *report = NULL;
	struct run_request request = {.wait = arguments_has(arguments, "wait")};
	struct desk_fixes fixes = {0};
	TRY(refuse_options(arguments, refused, err));
	TRY(want_count(arguments, 3, "fix SOURCE FILE", err));
	const char *source = arguments_at(arguments, 1), *path = arguments_at(arguments, 2);
	OWNED_MEMORY char *command = text_format(err, "rejects fix %s", source);
	if (!command)
		return -1;
	request.command = command;
	TRY(work_open(app, &work, err));
	TRY(desk_fix(work.context, source, path, arguments_value(arguments, "reason"), &request,
		     &fixes, &report, err));
	if (fixes.mended == 0)
		log_info("nothing was mended: every text is as it was");
	else
		say_fixed(&fixes, report, source);
	return 0;
}

/* ---- waive ---- */

/* A load that was refused is given up as a whole, or file by file. */
static int want_whole(const struct desk_filter *filter, struct error *err)
{
	if (!filter->refused || (!filter->kind && !filter->column && !filter->line && !filter->run))
		return 0;
	return err_set(err, ERR_USAGE,
		       "a refused load can only be given up as a whole, or file by file (--file)");
}

static void say_waived(const struct desk_filter *filter, int64_t count)
{
	if (filter->refused && count == 0 && filter->file)
		log_info("no file \"%s\" of %s waits to be tried again", filter->file,
			 filter->source);
	else if (filter->refused && count == 0)
		log_info("no file of %s waits to be tried again", filter->source);
	else if (filter->refused)
		log_info("%" PRId64 " %s given up: not tried again", count,
			 count == 1 ? "file was" : "files were");
	else if (count == 0)
		say_none(filter);
	else
		log_info("%" PRId64 " %s waived", count, records_word(count));
}

static int run_waive(struct app *app, const struct arguments *arguments, struct error *err)
{
	static const char *const refused[] = {"limit", "all", "output", "wait", NULL};
	HELD(work) work = {0};
	struct desk_filter filter;
	const char *why = arguments_value(arguments, "reason");
	TRY(refuse_options(arguments, refused, err));
	TRY(want_count(arguments, 2, "waive SOURCE [--kind KIND ...] --reason TEXT", err));
	TRY(read_filter(arguments, arguments_at(arguments, 1), &filter, err));
	TRY(want_whole(&filter, err));
	if (!why || !*why) {
		err_set(err, ERR_USAGE, "\"rejects waive\" needs --reason TEXT");
		return err_hint(err, "Who looks at the numbers later wants to know why records "
				     "were given up.");
	}
	TRY(work_open(app, &work, err));
	int64_t count = desk_waive(work.context, &filter, why, err);
	if (count < 0)
		return -1;
	say_waived(&filter, count);
	return 0;
}

/* ---- the command ---- */

static int run(struct app *app, const struct arguments *arguments, struct error *err)
{
	static const struct {
		const char *word;
		int (*run)(struct app *app, const struct arguments *arguments, struct error *err);
	} words[] = {{"export", run_export}, {"fix", run_fix}, {"waive", run_waive}};
	const char *first = arguments_at(arguments, 0);
	for (size_t i = 0; first && i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i].word, first) == 0)
			return words[i].run(app, arguments, err);
	return run_show(app, arguments, err);
}

static const struct command_option options[] = {
	{"kind", 'k', "KIND", "only this kind: type, shape, damaged_quote, required, ..."},
	{"file", 0, "NAME", "only those of this file, by its logical name"},
	{"column", 0, "NAME", "only those of this column"},
	{"line", 0, "N", "only the record that begins on this line"},
	{"run", 0, "RUN", "only those that this run found"},
	{"limit", 'n', "N", "show at most N records (20; as JSON all)"},
	{"all", 'a', NULL, "also those fixed, waived, or replaced by a later load"},
	{"refused", 0, NULL, "those of the last load that was refused as a whole"},
	{"output", 'o', "FILE", "export: write to this file"},
	{"reason", 0, "TEXT", "waive, fix: why; kept with the decision"},
	{"wait", 'w', NULL, "fix: wait while another run works on the lake"},
	{NULL},
};

const struct command command_rejects = {
	.name = "rejects",
	.summary = "see, mend or give up records that could not be loaded",
	.usage = "[export|fix|waive] [options] [SOURCE] [FILE]",
	.description =
		"rejects [SOURCE]   how many of each kind, then the records themselves\n"
		"rejects export SOURCE -o FILE   write them as a CSV file to be mended\n"
		"rejects fix SOURCE FILE   load what was mended in such a file\n"
		"rejects waive SOURCE --reason TEXT   give up those that the options name\n"
		"rejects waive SOURCE --refused --reason TEXT   give up a load that was refused, "
		"or "
		"of\n"
		"    append and merge only --file: the files are kept and not tried again\n"
		"\n"
		"Texts are shown as they came, personal columns too: who may read the project's\n"
		"folder may read its files.\n",
	.options = options,
	.arguments_max = 3,
	.examples = "vitrine rejects\n"
		    "vitrine rejects orders --kind type\n"
		    "vitrine rejects orders --refused             why the last load was refused\n"
		    "vitrine rejects export orders -o mend.csv\n"
		    "vitrine rejects fix orders mend.csv\n"
		    "vitrine rejects waive orders --kind shape --reason 'test rows of the shop'\n",
	.run = run,
};
