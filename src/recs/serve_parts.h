/* SPDX-License-Identifier: Apache-2.0 */
/* serve_parts: one request under way, shared by the files of serve. */
#ifndef VITRINE_RECS_SERVE_PARTS_H
#define VITRINE_RECS_SERVE_PARTS_H

#include "recs/artifact_view.h"
#include "recs/rank.h"
#include "recs/serve.h"

/* Scratch, laid over the caller's block. The marks are 0 between requests: whoever marks notes
 * what, and serving_end() wipes just that. */
struct serving {
	const struct recs_artifact *artifact;
	const struct recs_request *request;
	struct recs_served *out;
	struct recs_answer *answer;

	/* What is known: newest first, each item once, at most RECS_SERVE_HISTORY_MAX. */
	uint32_t *known, *known_rows; /* items; their rows of factors */
	float *known_weights;
	size_t known_count;
	bool fresh;       /* some of it came with the request */
	uint32_t segment; /* or RECS_NONE */

	uint8_t *marks; /* per item, of enum serving_mark */
	uint32_t *marked;
	size_t marked_count;

	float *scores, *other, *most; /* per item, whole tiles */
	uint8_t *step_of;             /* per item: the step that gave most of a mixed score */
	struct recs_ranked *pool;
	float *factors, *turned; /* stride each */
	void *solve_block;       /* of recs_als_scratch */
};

enum serving_mark {
	MARK_SEEN = 1,
	MARK_EXCLUDED = 2,
	MARK_DONE = 4, /* in the answer, or turned away: looked at once */
};

enum { POOL = RECS_SERVE_HISTORY_MAX };

static inline void serving_mark(struct serving *serving, uint32_t item, enum serving_mark mark)
{
	if (!serving->marks[item])
		serving->marked[serving->marked_count++] = item;
	serving->marks[item] |= (uint8_t)mark;
}

static inline bool serving_is_full(const struct serving *serving)
{
	return serving->answer->count >= serving->request->k;
}

/* serve.c: begin with all that is known marked and listed; end wipes the marks. */
int serving_begin(struct serving *serving, const struct recs_artifact *artifact,
		  const struct recs_request *request, struct recs_serve_scratch *scratch,
		  struct error *err);
void serving_end(struct serving *serving);

/* serve_filter.c: the first filter that turns an item away; it does not look at diversity. */
enum recs_filter serving_filter(const struct serving *serving, uint32_t item);
int serving_check_filters(const struct recs_artifact *artifact, const struct recs_request *request,
			  struct error *err);

/* serve_place.c: put items into the answer, best first, each passing filters and diversity. */
struct serving_why {
	uint32_t source, because, label;
	/* When not NULL: fills in what differs from item to item. */
	void (*find)(struct serving *serving, const void *context, struct recs_served *served);
	const void *context;
};
/* A list in falling order. */
void serving_place_row(struct serving *serving, const uint32_t *items, const float *scores,
		       size_t count, const struct serving_why *why);
/* The best of serving->scores, one for each item, RECS_NO_SCORE = none. */
void serving_place_scores(struct serving *serving, const struct serving_why *why);

/* For those that draw candidates themselves. passes(): not turned away, now or before; counts and
 * marks what is, so that no later stage looks at it again. Draw the best pool_len() that pass into
 * serving->pool by recs_rank_offer(), place them, and again while as many were drawn and the answer
 * is not full: with diversity more are drawn than wanted, and taking the best that still fits, one
 * after the other, is the best such list (a partition matroid). Each round places one at least. */
bool serving_passes(struct serving *serving, uint32_t item);
size_t serving_pool_len(const struct serving *serving);
void serving_place_pool(struct serving *serving, size_t count, const struct serving_why *why);
/* What a score above 0 is multiplied by for a price that this person likes, where prices matter. */
bool serving_prices_matter(const struct serving *serving);
float serving_liking(const struct serving *serving, uint32_t item);

/* serve_factors.c: by ALS. Fold in first: the factors of what is known go into serving->factors;
 * false when there are none. Then the best items may be placed; or all scores be had, one for each
 * item; or the known item be found that gives most to an item's score. */
bool serving_fold_in(struct serving *serving);
void serving_place_factors(struct serving *serving, const struct serving_why *why);
void serving_score_factors(struct serving *serving, float *scores);
void serving_because_of_factors(struct serving *serving, struct recs_served *served);
/* The score of one item. */
float serving_factor_score(const struct serving *serving, uint32_t item);

/* serve_steps.c: answer from what is known by the steps of its class, or by sets of links. */
void serving_place_steps(struct serving *serving);
void serving_place_links(struct serving *serving, uint32_t set);
const struct artifact_class *serving_class(const struct serving *serving);
/* What the known item at `place` gives to `item` by a set of links; 0 = nothing. */
float serving_link(const struct serving *serving, uint32_t set, size_t place, uint32_t item);

#endif
