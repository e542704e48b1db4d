/* SPDX-License-Identifier: Apache-2.0 */
/* load: the published data sets of the quality bench, from the folders they were unpacked in. */
#ifndef VITRINE_BENCH_LOAD_H
#define VITRINE_BENCH_LOAD_H

#include "recs/events.h"

struct error;
struct recs_ratings;

/* "person item item ...", one person a line; the place in the line becomes the event's time.
 * Fails: NOT_FOUND, IO, CORRUPT, MEMORY. */
int load_lines(const char *folder, const char *name, struct recs_events *out, struct error *err);
/* MovieLens' u.data: person, item, rating, seconds; ids count from 1. Fails as above. */
int load_movielens(const char *folder, struct recs_events *out, struct error *err);
/* Split every event at random: about `share` of them into `out_test`. Fails: MEMORY. */
int load_split_random(const struct recs_events *events, double share, uint64_t seed,
		      struct recs_events *out_train, struct recs_events *out_test,
		      struct error *err);
/* The last `count` events of each line into `out_test` (the rest into `out_train`). */
int load_split_last(const struct recs_events *events, uint32_t count, struct recs_events *out_train,
		    struct recs_events *out_test, struct error *err);

#endif
