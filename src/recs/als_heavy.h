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

/* Rows that are improved together, in groups that may be solved by different threads, in any order
 * and beside other rows. */
struct recs_als_heavy_work {
	struct recs_als_heavy *heavy;
	const struct recs_als_side *side;
	const struct recs_ratings *ratings;
	const uint32_t *rows; /* falling by length; at most heavy->capacity, none empty */
	size_t count, groups;
	struct recs_matrix *free_side;
};

/* How many groups suit so many threads. */
size_t recs_als_heavy_groups(int threads);
/* Improve the group's rows of `free_side` by options->steps steps. Sums of a row run in the order
 * of its entries whatever the groups. */
void recs_als_heavy_solve(const struct recs_als_heavy_work *work, size_t group,
			  struct recs_als_scratch *scratch);

#endif
