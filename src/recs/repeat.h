/* SPDX-License-Identifier: Apache-2.0 */
/* repeat: what a person has bought before and is due to buy again: the chance that the item is ever
 * bought again, times how near the time since the last purchase is to the item's usual waiting
 *time.
 *
 *	score = chance(item, purchases so far) · exp(-(ln elapsed - μ)² / 2σ²)
 *
 * The chance is the item's share of buyers who came back, drawn to the shop's as if `prior` buyers
 * more had come from there, and raised for persons who came back before as much as they come back
 * more often in the whole shop. Waiting times are log-normal, μ and σ² drawn the same way. Source:
 * R. Bhagat, S. Muralidharan, A. Lobzhanidze, S. Vishwanath, "Buy It Again: Modeling Repeat
 *Purchase Recommendations", 2018, sections 3.1 and 3.2. Only items of the history have a score:
 *rank with keep_seen. */
#ifndef VITRINE_RECS_REPEAT_H
#define VITRINE_RECS_REPEAT_H

#include "recs/model.h"

struct error;
struct recs_arrays_in;
struct recs_events;

struct recs_repeat_options {
	int64_t now_us;     /* when lists are made; 0 = the newest event */
	int64_t gap_min_us; /* purchases nearer than this are one; 0 = a day */
	float prior;        /* > 0 */
};

/* Weights of profiles are numbers of purchases (ratings merged by RECS_MERGE_SUM of events of
 * weight 1), their times those of the last; without times nothing has a score.
 * Owner: caller. Fails: USAGE, MEMORY. Cost: a sort of the events. */
int recs_repeat_train(const struct recs_events *events, uint32_t item_count,
		      const struct recs_repeat_options *options, struct recs_model **out,
		      struct error *err);

/* A saved model. Owner: caller. Fails: CORRUPT, MEMORY. */
int recs_repeat_load(struct recs_arrays_in *in, uint32_t item_count, struct recs_model **out,
		     struct error *err);

#endif
