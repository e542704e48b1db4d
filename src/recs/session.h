/* SPDX-License-Identifier: Apache-2.0 */
/* session: what other sessions held that share items with this one: nearest neighbours among whole
 * histories instead of items. Of the most recent sessions that share an item, those most alike vote
 * for their items:
 *
 *	likeness(s)  = Σ shared items  d^(places behind the newest in this session)
 *	               · idf?  /  (√this length · √s's length)  · exp(-age of s / age_scale)
 *	score(i)     = Σ s with i  likeness(s) · 1 / (1 + distance · places from i to a shared item)
 *
 * Sources: M. Ludewig, D. Jannach, "Evaluation of Session-based Recommendation Algorithms", 2018
 * (V-SKNN); D. Garg, P. Gupta, P. Malhotra, L. Vig, G. Shroff, "Sequence and Time Aware
 *Neighborhood for Session-based Recommendations: STAN", 2019 (its three factors: place in this
 *session, age of the other, distance there).
 *
 * A session is a row of the training matrix; its order is by time. A person without a history in
 * training is served the same way as any other. */
#ifndef VITRINE_RECS_SESSION_H
#define VITRINE_RECS_SESSION_H

#include <stdbool.h>

#include "recs/model.h"

struct error;
struct recs_arrays_in;
struct recs_ratings;

enum { RECS_SESSION_ITEMS_MAX = 256 }; /* of a profile, the newest */

struct recs_session_options {
	uint32_t sample;      /* sessions looked at, the newest that share an item; ≥ 1 */
	uint32_t neighbours;  /* of them vote; 1 .. sample */
	float place_decay;    /* d, in (0, 1]; 1 = all places alike */
	float distance;       /* ≥ 0; 0 = all items of a neighbour alike */
	int64_t age_scale_us; /* 0 = age does not matter */
	bool rarity;          /* a shared item counts by log(sessions / sessions with it) */
	uint32_t items_max;   /* of a profile, the newest; 0 = RECS_SESSION_ITEMS_MAX */
};

/* Sessions are the rows of `ratings`, which must have times.
 * Owner: caller. Fails: USAGE (no times, options), MEMORY. Cost: a transpose and a sort. Scoring:
 * the sessions of the profile's items, bounded by `sample` for each. */
int recs_session_train(const struct recs_ratings *ratings,
		       const struct recs_session_options *options, struct recs_model **out,
		       struct error *err);

/* A saved model, of the options it was trained with. Owner: caller. Fails: CORRUPT, USAGE, MEMORY.
 */
int recs_session_load(struct recs_arrays_in *in, uint32_t item_count,
		      const struct recs_session_options *options, struct recs_model **out,
		      struct error *err);

#endif
