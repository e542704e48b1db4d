/* SPDX-License-Identifier: Apache-2.0 */
/* events: who met what, when, how strongly: what every recommender learns from.
 *
 * Filled in batches from any source; kept in the order they came, 24 bytes each. What cannot be
 * learnt from is left out and counted, never guessed at:
 *	weight NaN or infinite   refused_weight
 *	weight below 0           refused_weight (a dislike is no weak like)
 *	weight 0                 refused_weight
 *	time after `now_us`      refused_future (a clock that is wrong, or a leak from the future)
 * The same event twice is two events; how duplicates merge is said when ratings are built. */
#ifndef VITRINE_RECS_EVENTS_H
#define VITRINE_RECS_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

struct error;

#define RECS_EVENTS_MAX ((size_t)1 << 31)

struct recs_event {
	int64_t time_us;
	uint32_t person, item;
	float weight;
};

struct recs_events {
	struct recs_event *at;
	size_t count, capacity;
	int64_t now_us;                    /* 0 = no event is too late */
	uint32_t person_count, item_count; /* 1 + the highest number taken */
	size_t refused_weight, refused_future;
};

void recs_events_done(struct recs_events *events);
OWN_DEFINE_EMBEDDED(recs_events, recs_events_done)

/* Add `count` events. `times_us` may be NULL (all 0), `weights` may be NULL (all 1).
 * Fails: MEMORY, LIMIT (RECS_EVENTS_MAX); then nothing of the batch is taken. */
int recs_events_add(struct recs_events *events, size_t count, const uint32_t *persons,
		    const uint32_t *items, const int64_t *times_us, const float *weights,
		    struct error *err);

/* The time below which about `share` (0 to 1) of the events lie: the first time t such that
 * the events before t are at least share × count; INT64_MAX when there are none.
 * Fails: MEMORY. Cost: a copy of the times, O(count log count). */
int recs_events_time_at(const struct recs_events *events, double share, int64_t *out_us,
			struct error *err);

#endif
