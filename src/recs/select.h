/* SPDX-License-Identifier: Apache-2.0 */
/* select: the best k of many weighted items offered in any order. What reaches the bar goes to a
 * buffer of 2 k; when that is full the better half stays (quickselect) and the worst of it is the
 * new bar. An offer costs O(1) on the average, where a heap's costs O(log k): for lists of
 * hundreds. rank.h has the heap, for lists of ten. Who knows the greatest weight of each block
 * beforehand raises the bar at once and need not offer most of them. */
#ifndef VITRINE_RECS_SELECT_H
#define VITRINE_RECS_SELECT_H

#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "recs/rank.h"

enum { RECS_SELECT_BLOCK = 32 };

struct recs_select {
	uint64_t *keys; /* greater is better: the weight's bits, below them the item's complement */
	size_t k, count;
	float bar; /* what an offer must reach */
};

void recs_select_done(struct recs_select *select);
OWN_DEFINE_EMBEDDED(recs_select, recs_select_done)

/* For lists of up to `k`, and up to `peaks` peaks. Fails: MEMORY. */
int recs_select_init(struct recs_select *select, size_t k, size_t peaks, struct error *err);

/* Begin a list of the best `k`, no more than at first. */
void recs_select_begin(struct recs_select *select, size_t k);

/* Before the first offer: the greatest weights of `count` blocks to come. The k-th greatest of them
 * is a bar that at least k weights reach; blocks whose peak is below select->bar may be left out.
 */
void recs_select_raise(struct recs_select *select, const float *peaks, size_t count);

/* Offer the n ≤ RECS_SELECT_BLOCK items `first` on with their weights, none of them NaN; what is
 * not above 0 is never taken. */
void recs_select_offer(struct recs_select *select, uint32_t first, const float *weights, size_t n);

/* End the list: the best into `out`, best first, equal ones by rising item; returns how many. */
size_t recs_select_end(struct recs_select *select, struct recs_ranked *out);

#endif
