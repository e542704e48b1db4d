/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/contest_work.h"

#include <math.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/ratings.h"

void recs_judged_done(struct recs_judged *judged)
{
	for (uint32_t c = 0; c <= RECS_PERSONS_COUNT; c++)
		recs_evaluation_done(&judged->by_class[c]);
	for (uint32_t s = 0; judged->by_segment && s < judged->segment_count; s++)
		recs_evaluation_done(&judged->by_segment[s]);
	free(judged->by_segment);
	*judged = (struct recs_judged){0};
}

struct recs_rank_options recs_work_ranking(const struct recs_work *work)
{
	return (struct recs_rank_options){
		.k = work->options.k,
		.keep_seen = work->options.keep_seen,
		.fold = work->options.protocol == RECS_PROTOCOL_BASKET,
		.allowed = work->options.allowed,
		.segments = work->phase->shop.segments,
		.threads = work->options.threads,
	};
}

/* Mark rows with something wanted, of a class (RECS_PERSONS_ALL: any) and a segment (-1: any). */
static void mark(const struct recs_phase *phase, uint32_t persons, int64_t segment, uint8_t *rows)
{
	for (uint32_t r = 0; r < phase->wanted->row_count; r++)
		rows[r] = phase->persons[r] < RECS_PERSONS_COUNT &&
			  (persons == RECS_PERSONS_ALL || phase->persons[r] == persons) &&
			  (segment < 0 || phase->shop.segments[r] == segment);
}

static int judge_segments(const struct recs_work *work, const struct recs_lists *lists,
			  uint8_t *rows, struct recs_judged *out, struct error *err)
{
	const struct recs_phase *phase = work->phase;
	struct recs_evaluate_options options = {.k = work->options.k, .rows = rows};
	out->by_segment = mem_alloc_array(phase->shop.segment_count, sizeof *out->by_segment);
	if (!out->by_segment)
		return err_memory(err);
	out->segment_count = phase->shop.segment_count;
	for (uint32_t s = 0; s < out->segment_count; s++) {
		mark(phase, RECS_PERSONS_ALL, s, rows);
		TRY(recs_evaluate(lists, phase->ratings, phase->wanted, &options,
				  &out->by_segment[s], err));
	}
	return 0;
}

int recs_judge_lists(const struct recs_work *work, const struct recs_lists *lists,
		     struct recs_judged *out, struct error *err)
{
	const struct recs_phase *phase = work->phase;
	HELD(recs_judged) judged = {0};
	OWNED_MEMORY uint8_t *rows = mem_alloc_array(phase->wanted->row_count, 1);
	if (!rows)
		return err_memory(err);
	struct recs_evaluate_options options = {.k = work->options.k, .rows = rows};
	for (uint32_t c = 0; c <= RECS_PERSONS_COUNT; c++) {
		mark(phase, c, -1, rows);
		TRY(recs_evaluate(lists, phase->ratings, phase->wanted, &options,
				  &judged.by_class[c], err));
	}
	if (work->options.segments && phase->shop.segments)
		TRY(judge_segments(work, lists, rows, &judged, err));
	*out = judged;
	judged = (struct recs_judged){0};
	return 0;
}

/* Lists as they would be served: the model's, then what `behind` says. */
static int rank_completed(const struct recs_work *work, const struct recs_model *model, bool silent,
			  const struct recs_model *behind, struct recs_lists *out,
			  struct error *err)
{
	const struct recs_phase *phase = work->phase;
	const struct recs_model *const sources[] = {model, behind};
	struct recs_chooser *chooser = NULL;
	OWNED_MEMORY uint8_t *from = NULL;
	OWNED_MEMORY uint8_t *rows = mem_alloc_array(phase->wanted->row_count, 1);
	if (!rows)
		return err_memory(err);
	struct recs_rank_options options = recs_work_ranking(work);
	TRY(recs_chooser_new(phase->shop.item_count, options.fold, false, &chooser, err));
	OWNED(recs_model) *held = &chooser->model;
	for (uint32_t s = 0; s < (model == behind ? 1 : 2); s++) {
		struct recs_model *lent = (struct recs_model *)(uintptr_t)sources[s];
		uint32_t source;
		TRY(recs_chooser_add(chooser, lent, lent->kind->name, "", s, &source, err));
		for (uint32_t c = 0; c < RECS_PERSONS_COUNT; c++)
			if (s > 0 || c != RECS_PERSONS_NEW || !silent)
				recs_chooser_serve(chooser, (enum recs_persons)c, source);
	}
	mark(phase, RECS_PERSONS_ALL, -1, rows);
	options.rows = rows;
	return recs_chooser_rank(chooser, recs_phase_histories(phase), &options, out, &from, err);
}

/* Whom a model has nothing to say to is not asked about: an empty list, all the same. */
int recs_judge_entry(const struct recs_work *work, uint32_t entry, const struct recs_model *model,
		     const struct recs_model *behind, struct error *err)
{
	HELD(recs_lists) lists = {0};
	const struct recs_phase *phase = work->phase;
	bool silent = recs_recipe_needs_history(&work->contest->entries[entry].recipe);
	if (behind) {
		TRY(rank_completed(work, model, silent, behind, &lists, err));
		return recs_judge_lists(work, &lists, &work->judged[entry], err);
	}
	OWNED_MEMORY uint8_t *rows = mem_alloc_array(phase->wanted->row_count, 1);
	if (!rows)
		return err_memory(err);
	struct recs_rank_options options = recs_work_ranking(work);
	mark(phase, RECS_PERSONS_ALL, -1, rows);
	for (uint32_t r = 0; silent && r < phase->wanted->row_count; r++)
		rows[r] = rows[r] && phase->persons[r] != RECS_PERSONS_NEW;
	options.rows = rows;
	TRY(recs_rank_all(model, recs_phase_histories(phase), &options, &lists, err));
	return recs_judge_lists(work, &lists, &work->judged[entry], err);
}

static double ndcg(const struct recs_work *work, uint32_t entry, uint32_t persons)
{
	return work->judged[entry].by_class[persons].means[RECS_NDCG];
}

static bool takes_part(const struct recs_work *work, uint32_t entry)
{
	return !work->contest->entries[entry].withdrawn;
}

/* The best of those shown to gain on the simple one, or that. */
static int choose_winner(struct recs_work *work, uint32_t persons, struct error *err)
{
	struct recs_contest *contest = work->contest;
	const struct recs_evaluation *simple = &work->judged[contest->simple].by_class[persons];
	uint32_t best = contest->simple;
	for (uint32_t e = 0; e < work->judged_count; e++) {
		struct recs_interval gain;
		if (!takes_part(work, e) || e == contest->simple ||
		    ndcg(work, e, persons) <= ndcg(work, best, persons))
			continue;
		TRY(recs_evaluate_difference(&work->judged[e].by_class[persons], simple, RECS_NDCG,
					     work->options.resamples, work->options.seed, &gain,
					     err));
		if (gain.low > 0)
			best = e;
	}
	contest->winners[persons] = best;
	contest->shown[persons] = best != contest->simple;
	return 0;
}

int recs_judge_winners(struct recs_work *work, struct error *err)
{
	struct recs_contest *contest = work->contest;
	uint32_t simple = work->judged_count;
	for (uint32_t e = 0; e < work->judged_count; e++) {
		struct recs_entry *entry = &contest->entries[e];
		if (takes_part(work, e))
			for (uint32_t c = 0; c <= RECS_PERSONS_COUNT; c++)
				entry->validation[c] = ndcg(work, e, c);
		if (entry->simple && takes_part(work, e) &&
		    (simple == work->judged_count ||
		     ndcg(work, e, RECS_PERSONS_ALL) > ndcg(work, simple, RECS_PERSONS_ALL)))
			simple = e;
	}
	if (simple == work->judged_count)
		return err_set(err, ERR_INTERNAL, "contest: no popularity could be trained");
	uint32_t reference = work->options.reference;
	bool stands = reference && takes_part(work, reference - 1);
	contest->popularity = simple;
	contest->simple = stands ? reference - 1 : simple;
	TRY(choose_winner(work, RECS_PERSONS_ALL, err));
	for (uint32_t c = 0; c < RECS_PERSONS_COUNT; c++) {
		contest->winners[c] = contest->winners[RECS_PERSONS_ALL];
		if (contest->validated[c] >= work->options.persons_min)
			TRY(choose_winner(work, c, err));
	}
	return 0;
}

/* `rival` may be NULL. */
static int stand(const struct recs_work *work, const struct recs_evaluation *evaluation,
		 const struct recs_evaluation *simple, const struct recs_evaluation *rival,
		 struct recs_standing *out, struct error *err)
{
	*out = (struct recs_standing){
		.persons = evaluation->count,
		.rmse = (double)NAN,
		.coverage = evaluation->coverage,
		.novelty = evaluation->novelty,
		.popularity_bias = evaluation->popularity_bias,
		.listed = evaluation->listed,
	};
	TRY(recs_evaluate_intervals(evaluation, work->options.resamples, work->options.seed,
				    out->metrics, err));
	if (rival)
		TRY(recs_evaluate_difference(evaluation, rival, RECS_NDCG, work->options.resamples,
					     work->options.seed, &out->over_rival, err));
	return recs_evaluate_difference(evaluation, simple, RECS_NDCG, work->options.resamples,
					work->options.seed, &out->gain, err);
}

int recs_judge_report(struct recs_work *work, uint32_t entry, struct error *err)
{
	struct recs_contest *contest = work->contest;
	struct recs_entry *out = &contest->entries[entry];
	const struct recs_judged *judged = &work->judged[entry];
	const struct recs_judged *simple = &work->judged[contest->simple];
	uint32_t rival = work->options.rival;
	const struct recs_judged *other =
		rival && takes_part(work, rival - 1) ? &work->judged[rival - 1] : NULL;
	for (uint32_t c = 0; c <= RECS_PERSONS_COUNT; c++) {
		TRY(stand(work, &judged->by_class[c], &simple->by_class[c],
			  other ? &other->by_class[c] : NULL, &out->standings[c], err));
		out->standings[c].winner = contest->winners[c] == entry;
	}
	if (!judged->by_segment)
		return 0;
	out->by_segment = mem_alloc_array(judged->segment_count, sizeof *out->by_segment);
	if (!out->by_segment)
		return err_memory(err);
	for (uint32_t s = 0; s < judged->segment_count; s++)
		TRY(stand(work, &judged->by_segment[s], &simple->by_segment[s],
			  other ? &other->by_segment[s] : NULL, &out->by_segment[s], err));
	return 0;
}
