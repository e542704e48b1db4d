/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/recommend_report.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "recs/artifact.h"

void recommend_report_done(struct recommend_report *report)
{
	for (size_t i = 0; i < report->pool_count; i++)
		free(report->pool[i]);
	free(report->pool);
	for (size_t i = 0; i < REPORT_TEXTS; i++)
		free(report->texts[i]);
	for (size_t i = 0; i < REPORT_NUMBERS; i++)
		free(report->numbers[i]);
	free(report->is_winner);
	free(report->list_length);
	free(report->persons);
	free(report->test_us);
	*report = (struct recommend_report){0};
}

/* Takes `text`; NULL = no text. */
static int pool_text(struct recommend_report *report, char *text, uint32_t *out, struct error *err)
{
	OWNED_MEMORY char *taken = text;
	*out = RECS_NONE;
	if (!text)
		return 0;
	TRY(mem_grow(&report->pool, &report->pool_capacity, report->pool_count + 1,
		     sizeof *report->pool, err));
	*out = (uint32_t)report->pool_count;
	report->pool[report->pool_count++] = TAKE(taken);
	return 0;
}

static int copy_text(struct recommend_report *report, const char *text, uint32_t *out,
		     struct error *err)
{
	char *copy = mem_copy_text(text);
	return text && !copy ? err_memory(err) : pool_text(report, copy, out, err);
}

static int make_columns(struct recommend_report *report, size_t rows, struct error *err)
{
	bool refused = false;
	for (size_t i = 0; i < REPORT_TEXTS; i++)
		refused |= !(report->texts[i] = mem_alloc_array(rows, sizeof(uint32_t)));
	for (size_t i = 0; i < REPORT_NUMBERS; i++)
		refused |= !(report->numbers[i] = mem_alloc_array(rows, sizeof(double)));
	report->is_winner = mem_alloc_array(rows, sizeof *report->is_winner);
	report->list_length = mem_alloc_array(rows, sizeof *report->list_length);
	report->persons = mem_alloc_array(rows, sizeof *report->persons);
	report->test_us = mem_alloc_array(rows, sizeof *report->test_us);
	refused |=
		!report->is_winner || !report->list_length || !report->persons || !report->test_us;
	return refused ? err_memory(err) : 0;
}

/* Share of the rows of all persons' lists that an entry gave. */
static double share_of_lists(const struct recommend_found *found, uint32_t entry)
{
	size_t rows = 0, all = found->lists.count;
	for (uint32_t s = 0; s < found->chooser->source_count; s++)
		if (found->chooser->labels[s] == entry)
			rows += found->served[s];
	return all ? (double)rows / (double)all : 0;
}

/* Share of the contest's lists. */
static double share_of_contest(const struct recs_contest *contest, uint32_t entry)
{
	size_t all = 0;
	for (uint32_t e = 0; e + 1 < contest->count; e++)
		all += contest->served[e].items;
	return all ? (double)contest->served[entry].items / (double)all : 0;
}

static double share_served(const struct recommend_found *found, const struct recs_contest *contest,
			   uint32_t entry)
{
	if (entry == contest->count - 1)
		return 1;
	return found->chooser && !contest->fold ? share_of_lists(found, entry)
						: share_of_contest(contest, entry);
}

static void set_numbers(const struct recs_standing *standing, double served,
			struct recommend_report *report, size_t row)
{
	const struct recs_interval *m = standing->metrics;
	const double values[REPORT_NUMBERS] = {
		[REPORT_RECALL] = m[RECS_RECALL].value,
		[REPORT_RECALL_LOW] = m[RECS_RECALL].low,
		[REPORT_RECALL_HIGH] = m[RECS_RECALL].high,
		[REPORT_NDCG] = m[RECS_NDCG].value,
		[REPORT_NDCG_LOW] = m[RECS_NDCG].low,
		[REPORT_NDCG_HIGH] = m[RECS_NDCG].high,
		[REPORT_HIT_RATE] = m[RECS_HIT].value,
		[REPORT_MAP] = m[RECS_MAP].value,
		[REPORT_MRR] = m[RECS_MRR].value,
		[REPORT_GAIN] = standing->gain.value,
		[REPORT_GAIN_LOW] = standing->gain.low,
		[REPORT_GAIN_HIGH] = standing->gain.high,
		[REPORT_COVERAGE] = standing->coverage,
		[REPORT_NOVELTY] = standing->novelty,
		[REPORT_POPULARITY_BIAS] = standing->popularity_bias,
		[REPORT_LISTED] = standing->listed,
		[REPORT_SERVED] = served,
		[REPORT_PRECISION] = m[RECS_PRECISION].value,
		[REPORT_RMSE] = standing->rmse,
	};
	for (size_t i = 0; i < REPORT_NUMBERS; i++) {
		bool known = standing->persons > 0 || i == REPORT_SERVED;
		report->numbers[i][row] = known ? values[i] : (double)NAN;
	}
}

/* As tables call the source of an entry. */
static const char *source_name(const struct recs_contest *contest, uint32_t place)
{
	if (place == contest->count - 1)
		return "chooser";
	return contest->fold && place == RECOMMEND_TOGETHER
		       ? "together"
		       : recs_recipe_name(&contest->entries[place].recipe);
}

/* Takes `segment` and `verdict` (NULL = it does not serve it). */
static int add_row(const struct recs_contest *contest, uint32_t place,
		   const struct recs_standing *standing, double served, char *segment,
		   char *verdict, struct recommend_report *report, struct error *err)
{
	const struct recs_entry *entry = &contest->entries[place];
	OWNED_MEMORY char *said = verdict;
	bool is_last = place == contest->count - 1;
	size_t row = report->count++;
	report->is_winner[row] = verdict != NULL;
	report->list_length[row] = (int32_t)contest->k;
	report->persons[row] = (int64_t)standing->persons;
	report->test_us[row] = contest->test_events ? contest->test_us : INT64_MIN;
	set_numbers(standing, served, report, row);
	TRY(pool_text(report, segment, &report->texts[REPORT_SEGMENT][row], err));
	TRY(pool_text(report, TAKE(said), &report->texts[REPORT_VERDICT][row], err));
	TRY(copy_text(report, source_name(contest, place), &report->texts[REPORT_SOURCE][row],
		      err));
	TRY(copy_text(report, is_last ? "" : entry->text, &report->texts[REPORT_SETTINGS][row],
		      err));
	TRY(copy_text(report, entry->withdrawn, &report->texts[REPORT_WITHDRAWN][row], err));
	return copy_text(report, entry->note, &report->texts[REPORT_NOTE][row], err);
}

static int add_class(const struct recommend_found *found, const struct recs_contest *contest,
		     uint32_t place, uint32_t class, struct recommend_report *report,
		     struct error *err)
{
	bool is_last = place == contest->count - 1;
	bool is_winner = !is_last && contest->winners[class] == place;
	OWNED_MEMORY char *verdict = is_winner ? recs_contest_verdict(contest, class, err) : NULL;
	OWNED_MEMORY char *segment = mem_copy_text(recs_contest_class_name(contest, class));
	if (is_winner && !verdict)
		return -1;
	if (!segment)
		return err_memory(err);
	return add_row(contest, place, &contest->entries[place].standings[class],
		       share_served(found, contest, place), TAKE(segment), TAKE(verdict), report,
		       err);
}

static int add_classes(const struct recommend_found *found, const struct recs_contest *contest,
		       uint32_t first_class, struct recommend_report *out, struct error *err)
{
	for (uint32_t class = first_class; class <= RECS_PERSONS_COUNT; class ++)
		for (uint32_t place = 0; place < contest->count; place++)
			TRY(add_class(found, contest, place, class, out, err));
	return 0;
}

/* Segments are only judged: what serves is decided by the length of the history. Those without
 * persons in the test are left out, and so is segment 0, of persons without one. */
static int add_segments(const struct recommend_input *input, const struct recs_contest *contest,
			struct recommend_report *out, struct error *err)
{
	for (uint32_t s = 1; s < contest->segment_count; s++) {
		size_t len;
		const char *name = recs_ids_text(input->segments, s - 1, &len);
		for (uint32_t place = 0; place < contest->count; place++) {
			const struct recs_standing *standings = contest->entries[place].by_segment;
			if (!standings || standings[s].persons == 0)
				continue;
			char *segment = text_format(err, "in %.*s", (int)len, name);
			if (!segment)
				return -1;
			TRY(add_row(contest, place, &standings[s], (double)NAN, segment, NULL, out,
				    err));
		}
	}
	return 0;
}

int recommend_report_make(const struct recommend_input *input, const struct recommend_found *found,
			  struct recommend_report *out, struct error *err)
{
	const struct recs_contest *baskets = found->basket.contest, *contest = found->contest;
	size_t rows = (size_t)contest->count * (RECS_PERSONS_COUNT + 1 + contest->segment_count);
	if (baskets)
		rows += (size_t)baskets->count * (RECS_PERSONS_COUNT + 1);
	TRY(make_columns(out, rows, err));
	TRY(add_classes(found, contest, RECS_PERSONS_NEW, out, err));
	TRY(add_segments(input, contest, out, err));
	/* A basket is never empty: one item of it is known. */
	return baskets ? add_classes(found, baskets, RECS_PERSONS_ONE, out, err) : 0;
}
