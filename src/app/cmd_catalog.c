/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_catalog: which tables there are, and what one of them is. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/command.h"
#include "app/table.h"
#include "app/work.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "pipeline/describe.h"
#include "pipeline/project.h"
#include "pipeline/rebuild.h"

enum { VERSIONS_SHOWN = 10 };

/* ---- all tables ---- */

static int list_tables(struct app *app, struct work *work, struct error *err)
{
	OWNED(arena) *arena = arena_new();
	OWNED(table) *out = table_new();
	struct describe_tables tables;
	bool has_others = app->json;
	if (!arena || !out)
		return err_memory(err);
	TRY(describe_tables(work->context, true, arena, &tables, err));
	for (size_t i = 0; i < tables.count; i++)
		has_others = has_others || tables.items[i].target;
	table_add_column(out, "table", TABLE_TEXT);
	table_add_column(out, "kind", TABLE_TEXT);
	table_add_column(out, "rows", TABLE_COUNT);
	table_add_column(out, "size", TABLE_BYTES);
	table_add_column(out, "version", TABLE_NUMBER);
	table_add_column(out, "changed", TABLE_TIME);
	if (has_others)
		table_add_column(out, "from", TABLE_TEXT);
	table_add_column(out, "description", TABLE_TEXT);
	for (size_t i = 0; i < tables.count; i++) {
		const struct describe_table *table = &tables.items[i];
		table_add_text(out, table->name);
		table_add_text(out, table->kind);
		table_add_known(out, table->rows);
		table_add_known(out, table->bytes);
		table_add_known(out, table->version);
		table_add_known(out, table->changed_us > 0 ? table->changed_us : -1);
		if (has_others)
			table_add_text(out, table->target);
		table_add_text(out, table->summary);
		if (table->problem)
			log_warning("%s: %s", table->name, table->problem);
	}
	if (tables.count == 0)
		log_info("no tables: there is nothing in sources/ and models/ yet");
	return table_print(out, app, stdout, err);
}

/* ---- one table, for people ---- */

static void add_fact(struct text *t, const char *name, const char *value)
{
	if (value && *value)
		text_addf(t, "%-9s  %s\n", name, value);
}

static void add_words(struct text *t, const char *name, const struct words *words)
{
	if (words->count)
		text_addf(t, "%-9s  ", name);
	for (size_t i = 0; i < words->count; i++)
		text_addf(t, "%s%s", words->items[i], i + 1 < words->count ? ", " : "\n");
}

/* Text of the project's as it is, but for what could steer a terminal. */
static void add_prose(struct text *t, const char *s)
{
	for (; *s; s++)
		text_add_char(t, ((unsigned char)*s < ' ' && *s != '\n') || *s == 0x7F ? '?' : *s);
	text_add(t, "\n\n");
}

static void add_size(struct text *t, const struct describe_table *table)
{
	char rows[TABLE_NUMBER_SIZE], bytes[TABLE_NUMBER_SIZE];
	if (table->version < 0) {
		text_add(t, "published  never\n");
		return;
	}
	text_addf(t, "version    %" PRId64 "\n", table->version);
	if (table->rows >= 0)
		text_addf(t, "rows       %s\n", table_format_count(table->rows, rows));
	if (table->bytes >= 0)
		text_addf(t, "size       %s in %" PRId64 " %s\n",
			  table_format_bytes(table->bytes, bytes), table->files,
			  table->files == 1 ? "file" : "files");
}

static void add_changed(struct text *t, const struct app *app, int64_t changed_us)
{
	char text[CLOCK_TEXT_SIZE];
	int64_t civil_us;
	if (changed_us > 0 && clock_to_civil(app->zone, changed_us / 1000000 * 1000000, &civil_us))
		add_fact(t, "changed", clock_format_civil(civil_us, text));
}

static int print_head(const struct app *app, const struct describe_detail *detail,
		      struct error *err)
{
	const struct describe_table *table = &detail->table;
	HELD(text) t = {0};
	text_addf(&t, "%s\n\n", table->name);
	if (*table->description)
		add_prose(&t, table->description);
	add_fact(&t, table->kind, table->path ? table->path : "nothing defines it any more");
	add_size(&t, table);
	add_changed(&t, app, table->changed_us);
	if (table->target)
		text_addf(&t, "from       target %s: this one has none of its own\n",
			  table->target);
	add_words(&t, "key", &detail->key);
	add_words(&t, "parts by", &detail->partition_by);
	add_words(&t, "tags", &detail->tags);
	add_words(&t, "reads", &detail->reads);
	add_words(&t, "read by", &detail->read_by);
	TRY(text_check(&t, err));
	fputs(t.data, stdout);
	return 0;
}

static int print_columns(const struct app *app, const struct describe_detail *detail,
			 struct error *err)
{
	OWNED(table) *out = table_new();
	if (!out)
		return err_memory(err);
	table_add_column(out, "column", TABLE_TEXT);
	table_add_column(out, "type", TABLE_TEXT);
	table_add_column(out, "personal", TABLE_TEXT);
	if (detail->table.model)
		table_add_column(out, "made from", TABLE_TEXT);
	table_add_column(out, "description", TABLE_TEXT);
	for (size_t i = 0; i < detail->column_count; i++) {
		const struct describe_column *column = &detail->columns[i];
		table_add_text(out, column->name);
		table_add_text(out, column->type);
		table_add_text(out, column->is_personal ? "yes" : NULL);
		if (detail->table.model)
			table_add_text(out, column->from);
		table_add_text(out, column->description);
	}
	if (detail->column_count)
		putchar('\n');
	return table_print(out, app, stdout, err);
}

static int print_checks(const struct app *app, const struct describe_detail *detail,
			struct error *err)
{
	OWNED(table) *out = table_new();
	if (!out)
		return err_memory(err);
	table_add_column(out, "check", TABLE_TEXT);
	table_add_column(out, "severity", TABLE_TEXT);
	table_add_column(out, "result", TABLE_TEXT);
	table_add_column(out, "failing", TABLE_COUNT);
	for (size_t i = 0; i < detail->check_count; i++) {
		const struct describe_check *check = &detail->checks[i];
		table_add_text(out, check->name);
		table_add_text(out, check->severity);
		table_add_text(out, check->outcome);
		table_add_known(out, check->failing > 0 ? check->failing : -1);
	}
	if (detail->check_count)
		putchar('\n');
	return table_print(out, app, stdout, err);
}

static int print_versions(const struct app *app, const struct describe_detail *detail,
			  struct error *err)
{
	OWNED(table) *out = table_new();
	if (!out)
		return err_memory(err);
	table_add_column(out, "version", TABLE_NUMBER);
	table_add_column(out, "committed", TABLE_TIME);
	table_add_column(out, "operation", TABLE_TEXT);
	table_add_column(out, "by", TABLE_TEXT);
	table_add_column(out, "state", TABLE_TEXT);
	for (size_t i = 0; i < detail->version_count; i++) {
		const struct describe_version *version = &detail->versions[i];
		table_add_int(out, version->version);
		table_add_int(out, version->time_us);
		table_add_text(out, version->operation);
		table_add_text(out, version->by);
		table_add_text(out, version->is_published ? "published" : NULL);
	}
	if (detail->version_count)
		putchar('\n');
	return table_print(out, app, stdout, err);
}

static int print_json(const struct describe_detail *detail, struct error *err)
{
	HELD(text) t = {0};
	text_add(&t, "{\"rows\": [\n");
	describe_write_json(detail, &t);
	text_add(&t, "\n]}\n");
	TRY(text_check(&t, err));
	fputs(t.data, stdout);
	return 0;
}

static int show_table(struct app *app, struct work *work, const char *name, struct error *err)
{
	OWNED(arena) *arena = arena_new();
	struct describe_detail detail;
	if (!arena)
		return err_memory(err);
	TRY(describe_table(work->context, name, VERSIONS_SHOWN, arena, &detail, err));
	if (detail.table.problem)
		log_warning("%s: %s", detail.table.name, detail.table.problem);
	if (detail.unread)
		log_warning("not all that reads it is known: %s", detail.unread);
	if (app->json)
		return print_json(&detail, err);
	TRY(print_head(app, &detail, err));
	TRY(print_columns(app, &detail, err));
	TRY(print_checks(app, &detail, err));
	return print_versions(app, &detail, err);
}

/* ---- making the history again ---- */

static int rebuild(struct app *app, struct error *err)
{
	OWNED_MEMORY char *root = NULL;
	OWNED(project) *project = NULL;
	OWNED(table) *out = table_new();
	HELD(rebuild_report) report = {0};
	if (!out)
		return err_memory(err);
	TRY(project_find(app->folder, &root, err));
	TRY(project_open(root, app->target, &project, err));
	TRY(rebuild_catalog(project, &report, err));
	if (report.damaged)
		log_warning("the history was damaged; what there was of it is now \"%s\"",
			    report.damaged);
	table_add_column(out, "tables", TABLE_COUNT);
	table_add_column(out, "runs", TABLE_COUNT);
	table_add_column(out, "steps", TABLE_COUNT);
	table_add_int(out, report.tables);
	table_add_int(out, report.runs);
	table_add_int(out, report.steps);
	return table_print(out, app, stdout, err);
}

static int run(struct app *app, const struct arguments *arguments, struct error *err)
{
	const char *name = arguments_at(arguments, 0);
	if (name && strcmp(name, "rebuild") == 0)
		return rebuild(app, err);
	HELD(work) work = {0};
	TRY(work_open(app, &work, err));
	return name ? show_table(app, &work, name, err) : list_tables(app, &work, err);
}

const struct command command_catalog = {
	.name = "catalog",
	.summary = "list the tables, or describe one",
	.usage = "[TABLE | rebuild]",
	.description =
		"Without TABLE every table is listed that the project defines or that was\n"
		"published, with its rows, size, version, and when its rows last changed. What\n"
		"another target has published and this one reads is there too (\"from\").\n"
		"Of one TABLE the columns are shown, its key, what it reads and who reads it,\n"
		"its checks with their last results, and its newest versions.\n"
		"\n"
		"\"rebuild\" puts back the history of runs from what the lake says, when it was\n"
		"lost or damaged. What only the history held is gone: logs, results of checks,\n"
		"runs that failed before they committed anything.\n",
	.arguments_max = 1,
	.examples = "vitrine catalog\n"
		    "vitrine catalog sales_daily          delivery is searched first\n"
		    "vitrine catalog processing.orders --json\n"
		    "vitrine catalog rebuild              after state.db was lost\n",
	.run = run,
};
