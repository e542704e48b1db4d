/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_table: history, restore, compact, vacuum and drop: what people do to tables by hand. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/command.h"
#include "app/table.h"
#include "app/work.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "delta/delta.h"
#include "pipeline/context.h"
#include "pipeline/project.h"
#include "pipeline/set.h"
#include "pipeline/table_care.h"

enum { HISTORY_ROWS = 20 };

/* The one table that a subcommand is about. */
static int want_one(const struct arguments *arguments, const char **out, struct error *err)
{
	const char *what = arguments_at(arguments, 0);
	*out = arguments_at(arguments, 1);
	if (*out && !arguments_at(arguments, 2))
		return 0;
	err_set(err, ERR_USAGE, "\"table %s\" is about one table", what);
	return err_hint(err, "Usage: vitrine table %s TABLE", what);
}

/* An option that belongs to another subcommand must not be passed over in silence. */
static int want_options(const struct arguments *arguments, const char *const *allowed,
			struct error *err)
{
	const struct command *command = arguments_command(arguments);
	for (const struct command_option *option = command->options; option->name; option++) {
		bool is_allowed = !arguments_has(arguments, option->name);
		for (const char *const *word = allowed; !is_allowed && *word; word++)
			is_allowed = strcmp(*word, option->name) == 0;
		if (!is_allowed)
			return err_set(err, ERR_USAGE, "\"table %s\" takes no --%s",
				       arguments_at(arguments, 0), option->name);
	}
	return 0;
}

/* ---- history ---- */

static void describe(const struct delta_commit_info *info, bool is_published, int64_t *out_run,
		     struct text *out)
{
	struct error err; /* what another program wrote there is no failure of ours */
	OWNED(json) *said = NULL;
	if (info->vitrine_json)
		json_parse(info->vitrine_json, strlen(info->vitrine_json), &said, &err);
	*out_run = json_int(json_get(said, "run_number"), -1);
	int64_t restored = json_int(json_get(said, "restored"), -1);
	int64_t compacted = json_int(json_get(said, "compacted"), -1);
	size_t files = json_count(json_get(said, "files"));
	text_add(out, is_published ? "published" : "");
	const char *comma = out->len ? ", " : "";
	if (restored >= 0)
		text_addf(out, "%srows of version %" PRId64, comma, restored);
	else if (compacted >= 0)
		text_addf(out, "%s%" PRId64 " files compacted", comma, compacted);
	else if (files > 0)
		text_addf(out, "%s%zu landed %s", comma, files, files == 1 ? "file" : "files");
}

static int add_version(struct table *table, const struct work *work, const struct set_table *what,
		       const struct delta_commit_info *info, struct error *err)
{
	OWNED(delta_snapshot) *snapshot = NULL;
	HELD(text) note = {0};
	int64_t run;
	TRY(delta_snapshot_open(context_store(work->context), what->key, info->version,
				context_parquet(work->context), &snapshot, err));
	describe(info, info->version == what->version, &run, &note);
	TRY(text_check(&note, err));
	table_add_int(table, info->version);
	table_add_int(table, info->timestamp_ms * 1000);
	table_add_text(table, info->operation);
	table_add_known(table, run);
	table_add_known(table, delta_snapshot_rows(snapshot));
	table_add_int(table, (int64_t)delta_snapshot_file_count(snapshot));
	table_add_int(table, delta_snapshot_bytes(snapshot));
	table_add_text(table, note.len ? note.data : NULL);
	return 0;
}

static int show_history(const struct app *app, const struct work *work,
			const struct set_table *what, int64_t limit, struct error *err)
{
	OWNED(table) *table = table_new();
	struct delta_commit_info *infos = NULL;
	int64_t newest;
	if (!table)
		return err_memory(err);
	table_add_column(table, "version", TABLE_NUMBER);
	table_add_column(table, "committed", TABLE_TIME);
	table_add_column(table, "operation", TABLE_TEXT);
	table_add_column(table, "run", TABLE_NUMBER);
	table_add_column(table, "rows", TABLE_COUNT);
	table_add_column(table, "files", TABLE_COUNT);
	table_add_column(table, "size", TABLE_BYTES);
	table_add_column(table, "what", TABLE_TEXT);
	struct store *store = context_store(work->context);
	TRY(delta_newest_version(store, what->key, &newest, err));
	int64_t first = newest >= limit ? newest - limit + 1 : 0;
	int count = delta_history(store, what->key, first, newest, &infos, err);
	TRY(count);
	int result = 0;
	for (int i = count; result == 0 && i > 0; i--)
		result = add_version(table, work, what, &infos[i - 1], err);
	delta_history_free(infos, count);
	TRY(result);
	return table_print(table, app, stdout, err);
}

static int run_history(struct app *app, const struct arguments *arguments, struct error *err)
{
	static const char *const allowed[] = {"limit", NULL};
	HELD(work) work = {0};
	OWNED(set) *set = NULL;
	const char *name;
	const struct set_table *table;
	int64_t limit = HISTORY_ROWS;
	TRY(want_options(arguments, allowed, err));
	TRY(want_one(arguments, &name, err));
	TRY(arguments_int(arguments, "limit", 1, 100000, &limit, err));
	TRY(work_open(app, &work, err));
	TRY(set_read_newest(context_store(work.context), &set, err));
	TRY(table_care_find(work.project, set, name, &table, err));
	return show_history(app, &work, table, limit, err);
}

/* ---- what was done ---- */

/* Columns by what the numbers of an item mean to the subcommand. */
enum { SHOW_VERSIONS = 1, SHOW_RESTORED = 2, SHOW_BEFORE = 4, SHOW_ROWS = 8, SHOW_REMOVED = 16 };

static void add_columns(struct table *table, int show)
{
	table_add_column(table, "table", TABLE_TEXT);
	if (show & SHOW_VERSIONS) {
		table_add_column(table, "version_before", TABLE_NUMBER);
		table_add_column(table, "version", TABLE_NUMBER);
	}
	if (show & SHOW_RESTORED)
		table_add_column(table, "rows_of_version", TABLE_NUMBER);
	if (show & SHOW_ROWS)
		table_add_column(table, "rows", TABLE_COUNT);
	if (show & SHOW_BEFORE) {
		table_add_column(table, "files_before", TABLE_COUNT);
		table_add_column(table, "size_before", TABLE_BYTES);
	}
	bool removed = show & SHOW_REMOVED;
	table_add_column(table, removed ? "files_removed" : "files", TABLE_COUNT);
	table_add_column(table, removed ? "size_removed" : "size", TABLE_BYTES);
	table_add_column(table, "note", TABLE_TEXT);
}

static void add_item(struct table *table, const struct table_care_item *item, int show)
{
	table_add_text(table, item->name);
	if (show & SHOW_VERSIONS) {
		table_add_known(table, item->version_before);
		table_add_known(table, item->version);
	}
	if (show & SHOW_RESTORED)
		table_add_known(table, item->restored);
	if (show & SHOW_ROWS)
		table_add_known(table, item->rows);
	if (show & SHOW_BEFORE) {
		table_add_known(table, item->files_before);
		table_add_known(table, item->bytes_before);
	}
	table_add_known(table, item->files);
	table_add_known(table, item->bytes);
	table_add_text(table, item->note);
}

static int print_report(const struct app *app, const struct table_care_report *report, int show,
			struct error *err)
{
	OWNED(table) *table = table_new();
	if (!table)
		return err_memory(err);
	add_columns(table, show);
	for (size_t i = 0; i < report->count; i++)
		add_item(table, &report->items[i], show);
	TRY(table_print(table, app, stdout, err));
	if (report->published)
		log_info("run %" PRId64 " published set %" PRId64, report->run_number, report->set);
	else if (report->run_number > 0 && !(show & SHOW_REMOVED))
		log_info("nothing to publish: set %" PRId64 " stands", report->set);
	return 0;
}

/* The report of work that failed half is shown too; the failure stays the result. */
static int finish(const struct app *app, int result, const struct table_care_report *report,
		  int show, struct error *err)
{
	struct error later;
	if (result == 0)
		return print_report(app, report, show, err);
	if (report && report->count > 0)
		(void)print_report(app, report, show, &later);
	return result;
}

static char *command_text(const struct arguments *arguments, struct error *err)
{
	HELD(text) t = {0};
	const char *version = arguments_value(arguments, "version");
	const char *set = arguments_value(arguments, "set");
	text_add(&t, "table");
	for (size_t i = 0; i < arguments_count(arguments); i++)
		text_addf(&t, " %s", arguments_at(arguments, i));
	if (version)
		text_addf(&t, " --version %s", version);
	if (set)
		text_addf(&t, " --set %s", set);
	return text_take(&t, err);
}

/* The names behind the subcommand, NULL-terminated; NULL = all. */
static int names_of(const struct arguments *arguments, const char ***out, struct error *err)
{
	size_t count = arguments_count(arguments) - 1;
	*out = NULL;
	if (count == 0)
		return 0;
	*out = mem_alloc_array(count + 1, sizeof **out);
	if (!*out)
		return err_memory(err);
	for (size_t i = 0; i < count; i++)
		(*out)[i] = arguments_at(arguments, i + 1);
	return 0;
}

/* ---- restore ---- */

static int want_restore(const struct arguments *arguments, int64_t *out_version, int64_t *out_set,
			const char **out_name, struct error *err)
{
	static const char *const allowed[] = {"version", "set", "wait", NULL};
	TRY(want_options(arguments, allowed, err));
	TRY(arguments_int(arguments, "version", 0, INT64_MAX, out_version, err));
	TRY(arguments_int(arguments, "set", 1, INT64_MAX, out_set, err));
	*out_name = arguments_at(arguments, 1);
	if (*out_set >= 0 ? !*out_name && *out_version < 0 : *out_name && *out_version >= 0)
		return 0;
	err_set(err, ERR_USAGE, "\"table restore\" needs a table and a version, or a set");
	return err_hint(err, "Usage: vitrine table restore TABLE --version N, or vitrine table "
			     "restore --set N");
}

static int run_restore(struct app *app, const struct arguments *arguments, struct error *err)
{
	HELD(work) work = {0};
	OWNED(table_care_report) *report = NULL;
	int64_t version = -1, set = -1;
	const char *name;
	TRY(want_restore(arguments, &version, &set, &name, err));
	OWNED_MEMORY char *command = command_text(arguments, err);
	if (!command)
		return -1;
	struct table_care_request request = {command, arguments_has(arguments, "wait")};
	TRY(work_open(app, &work, err));
	int result =
		set >= 0 ? table_care_restore_set(work.context, &request, set, &report, err)
			 : table_care_restore(work.context, &request, name, version, &report, err);
	return finish(app, result, report, SHOW_VERSIONS | SHOW_RESTORED | SHOW_ROWS, err);
}

/* ---- compact ---- */

static int run_compact(struct app *app, const struct arguments *arguments, struct error *err)
{
	static const char *const allowed[] = {"wait", NULL};
	HELD(work) work = {0};
	OWNED(table_care_report) *report = NULL;
	OWNED_MEMORY const char **names = NULL;
	TRY(want_options(arguments, allowed, err));
	TRY(names_of(arguments, &names, err));
	OWNED_MEMORY char *command = command_text(arguments, err);
	if (!command)
		return -1;
	struct table_care_request request = {command, arguments_has(arguments, "wait")};
	TRY(work_open(app, &work, err));
	int result = table_care_compact(work.context, &request, names, &report, err);
	return finish(app, result, report, SHOW_VERSIONS | SHOW_BEFORE, err);
}

/* ---- vacuum ---- */

static int read_retention(const struct arguments *arguments, int64_t *out, struct error *err)
{
	const char *given = arguments_value(arguments, "retention");
	if (!given || text_to_duration_us(given, out))
		return 0;
	return err_set(err, ERR_USAGE, "\"%s\" is not a duration like \"7 days\" or \"36 h\"",
		       given);
}

/* Readers on this or another machine may still be at work on a version that is not the newest. */
static int confirm_retention(const struct app *app, const struct project *project,
			     int64_t retention_us, struct error *err)
{
	char shorter[CLOCK_TEXT_SIZE], usual[CLOCK_TEXT_SIZE];
	if (retention_us >= project->retention_us)
		return 0;
	clock_format_duration(retention_us, shorter);
	clock_format_duration(project->retention_us, usual);
	if (app_confirm(app,
			"Versions older than %s would go; this project keeps %s. Nobody may be "
			"reading them, and they can no longer be restored. Go on?",
			shorter, usual))
		return 0;
	err_set(err, ERR_USAGE, "%s is less than the %s that this project keeps", shorter, usual);
	return err_hint(err, "Add --yes if nobody reads and nothing is to be restored.");
}

static int run_vacuum(struct app *app, const struct arguments *arguments, struct error *err)
{
	static const char *const allowed[] = {"retention", "dry-run", "wait", NULL};
	HELD(work) work = {0};
	OWNED(table_care_report) *report = NULL;
	OWNED_MEMORY const char **names = NULL;
	bool dry_run = arguments_has(arguments, "dry-run");
	int64_t retention_us = -1;
	TRY(want_options(arguments, allowed, err));
	TRY(read_retention(arguments, &retention_us, err));
	TRY(names_of(arguments, &names, err));
	OWNED_MEMORY char *command = command_text(arguments, err);
	if (!command)
		return -1;
	struct table_care_request request = {command, arguments_has(arguments, "wait")};
	TRY(work_open(app, &work, err));
	retention_us = retention_us < 0 ? work.project->retention_us : retention_us;
	if (!dry_run)
		TRY(confirm_retention(app, work.project, retention_us, err));
	int result = table_care_vacuum(work.context, &request, names, retention_us, dry_run,
				       &report, err);
	if (result == 0 && report->removed)
		log_detail("%s", report->removed);
	if (result == 0 && dry_run)
		log_info("nothing was removed: this is what would be");
	return finish(app, result, report, SHOW_REMOVED, err);
}

/* ---- drop ---- */

static int run_drop(struct app *app, const struct arguments *arguments, struct error *err)
{
	static const char *const allowed[] = {"wait", NULL};
	HELD(work) work = {0};
	OWNED(table_care_report) *report = NULL;
	OWNED(set) *set = NULL;
	const struct set_table *table;
	const char *name;
	TRY(want_options(arguments, allowed, err));
	TRY(want_one(arguments, &name, err));
	OWNED_MEMORY char *command = command_text(arguments, err);
	if (!command)
		return -1;
	struct table_care_request request = {command, arguments_has(arguments, "wait")};
	TRY(work_open(app, &work, err));
	TRY(set_read_newest(context_store(work.context), &set, err));
	TRY(table_care_find_orphan(work.project, set, name, &table, err));
	if (!app_confirm(app, "Take %s out of what is published? Its files go by vacuum.",
			 table->name)) {
		err_set(err, ERR_USAGE, "nothing was dropped");
		return err_hint(err, "Add --yes to drop without a question.");
	}
	int result = table_care_drop(work.context, &request, name, &report, err);
	return finish(app, result, report, SHOW_VERSIONS, err);
}

/* ---- the command ---- */

static const char *const words[] = {"history", "restore", "compact", "vacuum", "drop", NULL};

static int run(struct app *app, const struct arguments *arguments, struct error *err)
{
	static int (*const runs[])(struct app *, const struct arguments *, struct error *) = {
		run_history, run_restore, run_compact, run_vacuum, run_drop};
	size_t i = 0;
	while (strcmp(words[i], arguments_at(arguments, 0)) != 0)
		i++;
	return runs[i](app, arguments, err);
}

static const struct command_option options[] = {
	{"limit", 'n', "N", "history: show at most N versions (20)"},
	{"version", 0, "N", "restore: the version whose rows the table gets again"},
	{"set", 0, "N", "restore: every table as it was in published set N"},
	{"retention", 0, "TIME", "vacuum: keep versions of this time (the project's `retention`)"},
	{"dry-run", 0, NULL, "vacuum: say what would be removed, remove nothing"},
	{"wait", 'w', NULL, "wait while another run works on the lake"},
	{NULL},
};

const struct command command_table = {
	.name = "table",
	.summary = "show a table's versions, undo, compact, clean up, drop",
	.usage = "history|restore|compact|vacuum|drop [options] [TABLE...]",
	.description =
		"history TABLE   its versions, newest first\n"
		"restore TABLE --version N   give it the rows of an older version again; the next\n"
		"    run leaves that alone until its inputs or its SQL change\n"
		"restore --set N   the same for every table of a published set\n"
		"compact [TABLE...]   write many small files into few\n"
		"vacuum [TABLE...]   remove the files of versions past their retention\n"
		"drop TABLE   take a table that nothing makes any more out of what is published\n",
	.options = options,
	.words = words,
	.arguments_min = 1,
	.arguments_max = -1,
	.examples = "vitrine table history orders\n"
		    "vitrine table restore orders --version 12    undo what came after version 12\n"
		    "vitrine table restore --set 40               undo a whole run\n"
		    "vitrine table vacuum --dry-run               what would be removed\n",
	.run = run,
};
