/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_recommend: training and judging recommenders. Answering is in cmd_recommend_serve.c. */
#include "app/cmd_recommend.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/cmd_run.h"
#include "app/command.h"
#include "app/progress.h"
#include "app/table.h"
#include "app/work.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/text.h"
#include "pipeline/project.h"
#include "pipeline/recommend_evaluate.h"
#include "pipeline/run.h"

/* ---- which one ---- */

static int not_found(const struct project *project, const char *name, struct error *err)
{
	OWNED_MEMORY const char **names =
		mem_alloc_array(project->recommender_count + 1, sizeof *names);
	if (!names)
		return err_memory(err);
	for (size_t i = 0; i < project->recommender_count; i++)
		names[i] = project->recommenders[i].name;
	err_set(err, ERR_NOT_FOUND, "there is no recommender \"%s\"", name);
	const char *nearest = text_nearest(name, names);
	return nearest ? err_hint(err, "Did you mean \"%s\"?", nearest)
		       : err_hint(err, "They stand under `recommenders:` in vitrine.yaml.");
}

int cmd_recommend_find(const struct project *project, const char *name,
		       const struct recommender **out, struct error *err)
{
	if (project->recommender_count == 0) {
		err_set(err, ERR_PROJECT, "the project has no recommender");
		return err_hint(err, "Name the table of what persons bought under "
				     "`recommenders:` in vitrine.yaml; docs/recommend.md shows "
				     "how.");
	}
	for (size_t i = 0; name && i < project->recommender_count; i++)
		if (strcmp(project->recommenders[i].name, name) == 0) {
			*out = &project->recommenders[i];
			return 0;
		}
	if (name)
		return not_found(project, name, err);
	if (project->recommender_count > 1) {
		err_set(err, ERR_USAGE, "the project has %zu recommenders",
			project->recommender_count);
		return err_hint(err, "Say which: \"%s\" or \"%s\".", project->recommenders[0].name,
				project->recommenders[1].name);
	}
	*out = &project->recommenders[0];
	return 0;
}

/* The recommender's name behind the word, or as the option of all parts. */
static const char *name_given(const struct arguments *arguments)
{
	const char *name = arguments_at(arguments, 1);
	return name ? name : arguments_value(arguments, "recommender");
}

/* ---- train ---- */

/* The steps of the recommender named, or of all. Owner: caller. */
static int select_steps(struct app *app, const char *name, char **out, struct error *err)
{
	HELD(work) work = {0};
	struct text t = {0};
	TRY(work_open(app, &work, err));
	const struct recommender *one = NULL;
	if (name || work.project->recommender_count == 0)
		TRY(cmd_recommend_find(work.project, name, &one, err));
	for (size_t i = 0; i < work.project->recommender_count; i++) {
		const struct recommender *r = &work.project->recommenders[i];
		if (!one || r == one)
			text_addf(&t, "%s%s", t.len ? "," : "", r->names[RECOMMENDER_LISTS]);
	}
	*out = text_take(&t, err);
	return *out ? 0 : -1;
}

static int train(struct app *app, const struct arguments *arguments, struct error *err)
{
	OWNED_MEMORY char *selection = NULL;
	TRY(select_steps(app, name_given(arguments), &selection, err));
	struct run_request request = {
		.command = "recommend train", .selection = selection, .force = true};
	return cmd_run_carry_out(app, &request, err);
}

/* ---- evaluate ---- */

struct watched {
	struct progress *progress;
	int handle;
};

static int show_share(void *context, const char *what, uint32_t done, uint32_t total,
		      struct error *err)
{
	struct watched *watched = context;
	(void)what;
	if (process_interrupted())
		return err_set(err, ERR_CANCELED, "interrupted");
	if (total > 0)
		progress_set(watched->progress, watched->handle, (double)done / total);
	return 0;
}

static void add_real(struct table *table, double value)
{
	char text[32];
	snprintf(text, sizeof text, "%.4f", value);
	table_add_text(table, isnan(value) ? NULL : text);
}

static const char *pool_text(const struct recommend_report *report, uint32_t number)
{
	return number == UINT32_MAX ? NULL : report->pool[number];
}

static int print_report(const struct app *app, const struct recommend_report *report,
			struct error *err)
{
	static const struct {
		const char *name;
		int column;
	} reals[] = {
		{"recall", REPORT_RECALL},
		{"recall_low", REPORT_RECALL_LOW},
		{"recall_high", REPORT_RECALL_HIGH},
		{"ndcg", REPORT_NDCG},
		{"gain", REPORT_GAIN},
		{"gain_low", REPORT_GAIN_LOW},
		{"gain_high", REPORT_GAIN_HIGH},
		{"served", REPORT_SERVED},
	};
	OWNED(table) *table = table_new();
	if (!table)
		return err_memory(err);
	table_add_column(table, "segment", TABLE_TEXT);
	table_add_column(table, "source", TABLE_TEXT);
	table_add_column(table, "serves", TABLE_BOOLEAN);
	table_add_column(table, "persons", TABLE_COUNT);
	for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
		table_add_column(table, reals[i].name, TABLE_DECIMAL);
	table_add_column(table, "withdrawn", TABLE_TEXT);
	for (size_t row = 0; row < report->count; row++) {
		const char *settings = pool_text(report, report->texts[REPORT_SETTINGS][row]);
		table_add_text(table, pool_text(report, report->texts[REPORT_SEGMENT][row]));
		table_add_text(table,
			       settings && *settings
				       ? settings
				       : pool_text(report, report->texts[REPORT_SOURCE][row]));
		table_add_int(table, report->is_winner[row]);
		table_add_int(table, report->persons[row]);
		for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
			add_real(table, report->numbers[reals[i].column][row]);
		table_add_text(table, pool_text(report, report->texts[REPORT_WITHDRAWN][row]));
	}
	return table_print(table, app, stdout, err);
}

static void print_verdicts(const struct recommend_report *report)
{
	for (size_t row = 0; row < report->count; row++) {
		const char *verdict = pool_text(report, report->texts[REPORT_VERDICT][row]);
		if (verdict)
			log_info("%s", verdict);
	}
}

static int evaluate(struct app *app, const struct arguments *arguments, struct error *err)
{
	HELD(work) work = {0};
	HELD(recommend_found) found = {0};
	HELD(recommend_report) report = {0};
	const struct recommender *recommender;
	TRY(work_open(app, &work, err));
	TRY(cmd_recommend_find(work.project, name_given(arguments), &recommender, err));
	OWNED(progress) *progress = progress_new(app, stderr, 1);
	struct watched watched = {progress, progress_begin(progress, recommender->name)};
	TRY(recommend_evaluate(work.context, recommender, show_share, &watched, &found, &report,
			       err));
	progress_free(TAKE(progress));
	TRY(print_report(app, &report, err));
	TRY(app_finish_output(err));
	print_verdicts(&report);
	return 0;
}

/* ---- the command ---- */

static const struct {
	const char *word, *takes;
	int least, most;
	int (*run)(struct app *app, const struct arguments *arguments, struct error *err);
} parts[] = {
	{"train", "[NAME]", 0, 1, train},
	{"evaluate", "[NAME]", 0, 1, evaluate},
	{"for", "PERSON", 0, 1, cmd_recommend_for},
	{"similar", "ITEM", 1, 1, cmd_recommend_similar},
	{"explain", "PERSON ITEM", 2, 2, cmd_recommend_explain},
};
static const char *const words[] = {"train", "evaluate", "for", "similar", "explain", NULL};

static int run(struct app *app, const struct arguments *arguments, struct error *err)
{
	const char *word = arguments_at(arguments, 0);
	int given = (int)arguments_count(arguments) - 1;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (strcmp(parts[i].word, word) != 0)
			continue;
		if (given >= parts[i].least && given <= parts[i].most)
			return parts[i].run(app, arguments, err);
		err_set(err, ERR_USAGE, "%s takes %s", word, parts[i].takes);
		return err_hint(err, "Write `vitrine recommend %s %s`.", word, parts[i].takes);
	}
	return err_set(err, ERR_INTERNAL, "a word without a part: %s", word);
}

static const struct command_option options[] = {
	{"recommender", 'r', "NAME", "of several recommenders this one"},
	{"length", 'k', "N", "at most N items (10)"},
	{"items", 'i', "A,B", "what is in the basket, or was looked at, oldest first"},
	{"exclude", 'x', "A,B", "never these items"},
	{"category", 'c', "NAME", "only this category; may be given several times"},
	{"min-price", 0, "P", "no item below this price"},
	{"max-price", 0, "P", "no item above this price"},
	{"state", 's', "NAME", "the segment of somebody who is not known"},
	{"filter", 'f', "NAME", "only items for which this filter of vitrine.yaml holds"},
	{"most", 'm', "N", "at most N items of one category"},
	{"affinity", 'a', "W", "prefer the prices the person pays: score x (1 + W x their share)"},
	{"seen", 0, NULL, "what the person has may come again"},
	{NULL},
};

const struct command command_recommend = {
	.name = "recommend",
	.summary = "train and judge recommenders, and ask them",
	.usage = "train [NAME] | evaluate [NAME] | for PERSON | similar ITEM | explain PERSON ITEM",
	.description =
		"train     run the recommender's step, even when nothing changed, and publish\n"
		"evaluate  let the models compete on what is published and say who would serve\n"
		"          whom, and by how much; nothing is changed\n"
		"for       what to offer a person, or a basket (--items), best first\n"
		"similar   what to show beside an item\n"
		"explain   where an item stands for a person, and why\n"
		"\n"
		"The last three answer from what the newest published set holds. A person who is\n"
		"not known gets what is popular.\n",
	.options = options,
	.words = words,
	.arguments_min = 1,
	.arguments_max = 3,
	.examples = "vitrine recommend evaluate\n"
		    "vitrine recommend for 8d50f5ea --max-price 100\n"
		    "vitrine recommend for --items a,b     for a basket of somebody unknown\n",
	.run = run,
};
