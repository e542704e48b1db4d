/* SPDX-License-Identifier: Apache-2.0 */
/* rank: the best k items for many profiles: scores in batches that fit the cache, what was seen
 * taken out, the best kept by comparing whole blocks with the worst of the best. */
#ifndef VITRINE_RECS_RANK_H
#define VITRINE_RECS_RANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "recs/model.h"

struct error;
struct recs_ratings;

#define RECS_NO_ITEM UINT32_MAX
enum { RECS_RANK_MAX = 1000 };

struct recs_ranked {
	uint32_t item; /* RECS_NO_ITEM: the list is shorter */
	float score;
};

/* The best `k` (1 .. RECS_RANK_MAX) of `count` scores into `out`, best first; equal scores by
 * rising item. RECS_NO_SCORE is never taken; NaN is taken as that. What is left of `out` is
 * RECS_NO_ITEM. Returns how many there are. Allocates nothing. */
size_t recs_rank_top(const float *scores, size_t count, size_t k, struct recs_ranked *out);

/* The same step by step: offer one item after the other to the best `kept` of at most k (a heap
 * with the worst on top: heap[0] is what a new one must beat); returns how many are kept now. Then
 * sort, best first. Which are kept does not depend on the order of the offers. */
size_t recs_rank_offer(struct recs_ranked *heap, size_t kept, size_t k, struct recs_ranked new);
void recs_rank_sort(struct recs_ranked *heap, size_t kept);

struct recs_rank_options {
	uint32_t k;
	bool keep_seen;           /* items of the profile may be recommended again */
	bool fold;                /* score by items only, as if no person had been in training */
	const uint8_t *rows;      /* per row, 0 = no list is wanted: left empty; NULL = all */
	const uint8_t *allowed;   /* per item, 0 = never recommended; NULL = all allowed */
	const uint32_t *segments; /* per row; NULL = none */
	const struct recs_ratings *seen; /* what to take out, row by row; NULL = the histories */
	int threads;
};

struct recs_lists {
	uint32_t row_count, k;
	struct recs_ranked *at; /* row r: at[r * k .. r * k + k - 1] */
};

void recs_lists_done(struct recs_lists *lists);
OWN_DEFINE_EMBEDDED(recs_lists, recs_lists_done)

/* Lists for all rows of `histories` (rows are the persons of training, unless `fold`).
 * Fails: USAGE (k, item counts), MEMORY. */
int recs_rank_all(const struct recs_model *model, const struct recs_ratings *histories,
		  const struct recs_rank_options *options, struct recs_lists *out,
		  struct error *err);

#endif
