/* SPDX-License-Identifier: Apache-2.0 */
/* als_heavy: conjugate gradients for the rows of ALS that have too many entries to be gathered once
 * and kept in the cache. Many such rows make each step together: the fixed side passes by in blocks
 * that fit the third-level cache, and each row takes its entries of the block. So the fixed side
 * comes from memory once a step and not once an entry. It pays only for long rows: one that has a
 * few entries in a block costs more in fetching its state than it saves. */
#ifndef VITRINE_RECS_ALS_HEAVY_H
#define VITRINE_RECS_ALS_HEAVY_H

#include "recs/als_rows.h"

struct error;
struct recs_ratings;

/* The state of `capacity` rows between steps. */
struct recs_als_heavy {
	struct recs_matrix residuals, directions, products;
	float *lengths;  /* residual · inverse residual; below 0 = the row is done */
	float *enough;   /* where it is, by recs_als_enough() */
	size_t *cursors; /* the row's next entry */
	size_t capacity;
};

/* Fails: MEMORY. */
int recs_als_heavy_init(struct recs_als_heavy *heavy, size_t capacity, size_t d, struct error *err);
void recs_als_heavy_done(struct recs_als_heavy *heavy);
OWN_DEFINE_EMBEDDED(recs_als_heavy, recs_als_heavy_done)

/* Improve rows[0 .. count - 1] of `free_side` (at most `capacity`, none empty) by options->steps
 * steps, on up to `threads` threads with a scratch each. Sums of a row run in the order of its
 * entries whatever the threads. */
void recs_als_heavy_solve(struct recs_als_heavy *heavy, const struct recs_als_side *side,
			  const struct recs_ratings *ratings, const uint32_t *rows, size_t count,
			  struct recs_als_scratch *scratches, int threads,
			  struct recs_matrix *free_side);

#endif
