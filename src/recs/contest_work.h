/* SPDX-License-Identifier: Apache-2.0 */
/* contest_work: what the files of a contest share; nothing else includes it. A contest goes
 *
 *	contest.c         entries, the two phases in turn
 *	contest_auto.c    which recipes suit a shop
 *	contest_phase.c   what may be learnt from, what is wanted
 *	contest_search.c  settings and weights, on the first phase
 *	contest_judge.c   how good lists are, by class and segment; winners
 *	contest_facts.c   errors of predicted ratings, what a bound leaves out
 *	contest_serve.c   the chooser, its share of the lists, verdicts */
#ifndef VITRINE_RECS_CONTEST_WORK_H
#define VITRINE_RECS_CONTEST_WORK_H

#include "recs/contest_phase.h"

/* How good one entry's lists are: `by_class` holds classes, then all. */
struct recs_judged {
	struct recs_evaluation by_class[RECS_PERSONS_COUNT + 1];
	struct recs_evaluation *by_segment; /* NULL = not asked for */
	uint32_t segment_count;
};

void recs_judged_done(struct recs_judged *judged);
OWN_DEFINE_EMBEDDED(recs_judged, recs_judged_done)

struct recs_work {
	struct recs_contest_options options; /* all defaults filled in */
	struct recs_train_options train;
	struct recs_contest *contest;
	struct recs_phase *phase;
	struct recs_judged *judged; /* of this phase, by entry */
	uint32_t judged_count;
	uint32_t steps_done, steps_total;
};

/* The recipes for a shop when none are given, room for RECS_CONTEST_ENTRIES_MAX; returns how many.
 */
uint32_t recs_contest_choose_recipes(const struct recs_shop *shop,
				     const struct recs_contest_options *options,
				     const char **out_recipes);

/* Tell the caller; the training calls it again and again. */
int recs_work_tell(struct recs_work *work, const char *verb, const char *what, struct error *err);

/* Find the settings of an entry of one part that are not written. */
int recs_work_search(struct recs_work *work, struct recs_entry *entry, struct error *err);
/* The entry's model for this phase. `*out_blend` is to be freed, parts are the phase's; the model
 * is NULL where the entry is withdrawn. With `learn` a blend's weights are learnt. */
int recs_work_build(struct recs_work *work, struct recs_entry *entry, bool learn,
		    struct recs_model **out_blend, const struct recs_model **out,
		    struct error *err);

/* How the lists of a phase are made; rows with nothing wanted have none. */
struct recs_rank_options recs_work_ranking(const struct recs_work *work);
/* `behind` fills up what the model leaves empty; NULL = nothing does. */
int recs_judge_entry(const struct recs_work *work, uint32_t entry, const struct recs_model *model,
		     const struct recs_model *behind, struct error *err);
int recs_judge_lists(const struct recs_work *work, const struct recs_lists *lists,
		     struct recs_judged *out, struct error *err);
/* After validation: the simple entry, the winners, what was shown. */
int recs_judge_winners(struct recs_work *work, struct error *err);
/* Into the entry's standings, against the simple entry's and the rival's. */
int recs_judge_report(struct recs_work *work, uint32_t entry, struct error *err);

/* After that: the entry's rmse and note, by the events that came next. */
int recs_work_facts(struct recs_work *work, uint32_t entry, const struct recs_events *next,
		    struct error *err);

/* After the test: judge what would serve, as the last entry. */
int recs_work_serve(struct recs_work *work, const struct recs_model *const *models,
		    struct error *err);

#endif
