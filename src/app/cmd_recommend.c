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

/* The share of the first contest is known best: one of baskets may follow, as the rest of the bar.
 */
static const double FIRST_HELD = 0.7;

struct watched {
	struct progress *progress;
	int handle;
	bool has_second, is_second; /* contests */
	uint32_t done;              /* of the one that is held */
};

static int show_share(void *context, const char *what, uint32_t done, uint32_t total,
		      struct error *err)
{
	struct watched *watched = context;
	(void)what;
	if (process_interrupted())
		return err_set(err, ERR_CANCELED, "interrupted");
	if (total == 0)
		return 0;
	watched->is_second |= watched->has_second && done < watched->done;
	watched->done = done;
	double share = (double)done / total, first = watched->has_second ? FIRST_HELD : 1;
	progress_set(watched->progress, watched->handle,
		     watched->is_second ? first + (1 - first) * share : first * share);
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

/* Columns of numbers: those that people see, those that -v and JSON have as well, and one that is
 * there only where it says something. */
static const struct {
	const char *name;
	int column;
	bool more;
} reals[] = {
	{"recall", REPORT_RECALL, false},
	{"recall_low", REPORT_RECALL_LOW, false},
	{"recall_high", REPORT_RECALL_HIGH, false},
	{"ndcg", REPORT_NDCG, false},
	{"ndcg_low", REPORT_NDCG_LOW, true},
	{"ndcg_high", REPORT_NDCG_HIGH, true},
	{"gain", REPORT_GAIN, false},
	{"gain_low", REPORT_GAIN_LOW, false},
	{"gain_high", REPORT_GAIN_HIGH, false},
	{"precision", REPORT_PRECISION, true},
	{"hit_rate", REPORT_HIT_RATE, true},
	{"map", REPORT_MAP, true},
	{"mrr", REPORT_MRR, true},
	{"coverage", REPORT_COVERAGE, true},
	{"novelty", REPORT_NOVELTY, true},
	{"popularity_bias", REPORT_POPULARITY_BIAS, true},
	{"listed", REPORT_LISTED, true},
	{"served", REPORT_SERVED, false},
	{"rmse", REPORT_RMSE, true},
};
enum { REALS = sizeof reals / sizeof *reals };

/* What is shown of a report. */
struct shown {
	const struct recommend_report *report;
	bool more, rmse, note;
};

static bool shows_real(const struct shown *shown, size_t i)
{
	return !reals[i].more || shown->more || (reals[i].column == REPORT_RMSE && shown->rmse);
}

static void find_shown(const struct app *app, const struct recommend_report *report,
		       struct shown *out)
{
	*out = (struct shown){report, app->json || log_level() == LOG_VERBOSE, false, false};
	out->note = out->more;
	for (size_t row = 0; row < report->count; row++) {
		out->rmse |= !isnan(report->numbers[REPORT_RMSE][row]);
		out->note |= pool_text(report, report->texts[REPORT_NOTE][row]) != NULL;
	}
}

static void add_columns(const struct shown *shown, struct table *table)
{
	table_add_column(table, "segment", TABLE_TEXT);
	table_add_column(table, "source", TABLE_TEXT);
	table_add_column(table, "serves", TABLE_BOOLEAN);
	table_add_column(table, "persons", TABLE_COUNT);
	for (size_t i = 0; i < REALS; i++)
		if (shows_real(shown, i))
			table_add_column(table, reals[i].name, TABLE_DECIMAL);
	table_add_column(table, "withdrawn", TABLE_TEXT);
	if (shown->note)
		table_add_column(table, "note", TABLE_TEXT);
}

static void add_row(const struct shown *shown, size_t row, struct table *table)
{
	const struct recommend_report *report = shown->report;
	const char *segment = pool_text(report, report->texts[REPORT_SEGMENT][row]);
	const char *settings = pool_text(report, report->texts[REPORT_SETTINGS][row]);
	if (!shown->more && segment && text_starts(segment, "in "))
		return;
	table_add_text(table, segment);
	table_add_text(table, settings && *settings
				      ? settings
				      : pool_text(report, report->texts[REPORT_SOURCE][row]));
	table_add_int(table, report->is_winner[row]);
	table_add_int(table, report->persons[row]);
	for (size_t i = 0; i < REALS; i++)
		if (shows_real(shown, i))
			add_real(table, report->numbers[reals[i].column][row]);
	table_add_text(table, pool_text(report, report->texts[REPORT_WITHDRAWN][row]));
	if (shown->note)
		table_add_text(table, pool_text(report, report->texts[REPORT_NOTE][row]));
}

static int print_report(const struct app *app, const struct recommend_report *report,
			struct error *err)
{
	struct shown shown;
	OWNED(table) *table = table_new();
	if (!table)
		return err_memory(err);
	find_shown(app, report, &shown);
	add_columns(&shown, table);
	for (size_t row = 0; row < report->count; row++)
		add_row(&shown, row, table);
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

/* How evaluate asks differs from what vitrine.yaml says only where options do. */
static int read_question(const struct arguments *arguments, struct recommender *recommender,
			 enum recs_protocol *out_protocol, struct error *err)
{
	const char *split = arguments_value(arguments, "split");
	if (split && strcmp(split, "time") != 0 && strcmp(split, "last") != 0) {
		err_set(err, ERR_USAGE, "\"%s\" is no way to split events", split);
		return err_hint(err, "Write `--split time` (all that comes after one moment is "
				     "what is judged by) or `--split last` (each person's last).");
	}
	*out_protocol =
		split && strcmp(split, "last") == 0 ? RECS_PROTOCOL_LAST : RECS_PROTOCOL_TIME;
	recommender->keep_seen |= arguments_has(arguments, "seen");
	TRY(arguments_int(arguments, "trials", 0, RECOMMENDER_TRIALS_MAX, &recommender->trials,
			  err));
	return arguments_int(arguments, "length", 1, RECOMMENDER_LENGTH_MAX, &recommender->length,
			     err);
}

static int evaluate(struct app *app, const struct arguments *arguments, struct error *err)
{
	HELD(work) work = {0};
	HELD(recommend_found) found = {0};
	HELD(recommend_report) report = {0};
	const struct recommender *recommender;
	enum recs_protocol protocol;
	TRY(work_open(app, &work, err));
	TRY(cmd_recommend_find(work.project, name_given(arguments), &recommender, err));
	struct recommender asked = *recommender;
	TRY(read_question(arguments, &asked, &protocol, err));
	OWNED(progress) *progress = progress_new(app, stderr, 1);
	struct watched watched = {
		.progress = progress,
		.handle = progress_begin(progress, recommender->name),
		.has_second = recommender->inputs[RECOMMENDER_EVENTS].basket,
	};
	TRY(recommend_evaluate(work.context, &asked, protocol, show_share, &watched, &found,
			       &report, err));
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
	{"length", 'k', "N", "at most N items (10; to evaluate, what vitrine.yaml says)"},
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
	{"split", 0, "HOW", "evaluate by what came after one moment (time), or each person's last"},
	{"trials", 0, "N", "evaluate tries out N settings of each model"},
	{NULL},
};

const struct command command_recommend = {
	.name = "recommend",
	.summary = "train and judge recommenders, and ask them",
	.usage = "train [NAME] | evaluate [NAME] | for PERSON | similar ITEM | explain PERSON ITEM",
	.description =
		"train     run the recommender's step, even when nothing changed, and publish\n"
		"evaluate  let the models compete on what is published and say who would serve\n"
		"          whom, and by how much; nothing is changed. With -v all figures, and\n"
		"          those of each segment\n"
		"for       what to offer a person, or a basket (--items), best first\n"
		"similar   what to show beside an item\n"
		"explain   where an item stands for a person, and why\n"
		"\n"
		"The last three answer from what the newest published set holds. A person who is\n"
		"not known gets what is popular; so does `for` alone.\n",
	.options = options,
	.words = words,
	.arguments_min = 1,
	.arguments_max = 3,
	.examples = "vitrine recommend evaluate\n"
		    "vitrine recommend for 8d50f5ea --max-price 100\n"
		    "vitrine recommend for --items a,b     for a basket of somebody unknown\n",
	.run = run,
};
