/* SPDX-License-Identifier: Apache-2.0 */
/* split: events in three: training, validation (choice of model, settings and weights), test
 * (reported once). An event is in exactly one; each keeps the order of the events. */
#ifndef VITRINE_RECS_SPLIT_H
#define VITRINE_RECS_SPLIT_H

#include "recs/events.h"

struct recs_ratings;

struct recs_split {
	struct recs_events train, validation, test;
	int64_t validation_us, test_us; /* where they begin, of a split by time */
};

void recs_split_done(struct recs_split *split);
OWN_DEFINE_EMBEDDED(recs_split, recs_split_done)

/* By time, the same moment for all: what is known when lists are made is what lies before. About
 * these shares of the events are validation and test. The default: no model sees the future.
 * Fails: USAGE (shares), MEMORY. */
int recs_split_time(const struct recs_events *events, double validation, double test,
		    struct recs_split *out, struct error *err);

/* By person: each one's last `test` events by time, the `validation` before them, the rest; of
 * equal times the later is the last. Persons of fewer events than validation + test + 1 are all
 * training. Others' events of the same days are in training: better figures than a split by time
 * gives. Fails: MEMORY. */
int recs_split_last(const struct recs_events *events, uint32_t validation, uint32_t test,
		    struct recs_split *out, struct error *err);

/* By chance, event by event. Fails: USAGE (shares), MEMORY. Deterministic for a seed. */
int recs_split_random(const struct recs_events *events, double validation, double test,
		      uint64_t seed, struct recs_split *out, struct error *err);

/* For baskets: of every row with two items or more one, chosen by chance, goes to `out_wanted`, the
 * others are its history. Rows with fewer are empty in both. Train on other baskets.
 * Owner of both: caller. Fails: MEMORY. Deterministic for a seed. */
int recs_split_one_out(const struct recs_ratings *baskets, uint64_t seed,
		       struct recs_ratings **out_histories, struct recs_ratings **out_wanted,
		       struct error *err);

#endif
