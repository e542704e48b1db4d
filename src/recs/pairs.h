/* SPDX-License-Identifier: Apache-2.0 */
/* pairs: which items have persons in common, and how much: for every two items the sum, over the
 * persons who have both, of the product of their entries; made into links by a formula.
 *
 * Items are numbered anew from the rarest to the most popular, and each pair is summed once, from
 * its rarer side: a popular item's long column is never walked against all others, so no row is
 * heavy, and the sums that are touched most lie side by side in the cache. Each thread keeps the
 * best links of every item it has met; the lists are merged at the end. */
#ifndef VITRINE_RECS_PAIRS_H
#define VITRINE_RECS_PAIRS_H

#include "recs/links.h"

struct error;
struct recs_ratings;

enum { RECS_HISTORY_MAX = 5000 };

struct recs_pairs_options {
	uint32_t neighbours;   /* links kept per item, 1 .. RECS_LINKS_MAX */
	float person_exponent; /* a person of n items counts 1 / n^this */
	uint32_t history_max;  /* of a person, the newest; 0 = RECS_HISTORY_MAX */
	int threads;
	/* Weights of the links from → to[i] into out[i] and to[i] → from into out_back[i], from
	 * the sums of n pairs. What is not above 0 makes no link. Called by several threads. */
	void (*weigh)(const void *context, uint32_t from, const uint32_t *to, const float *sums,
		      size_t n, float *out, float *out_back);
	const void *context;
};

/* Deterministic whatever the threads: each sum runs in one order, and lists are the best of all.
 * Owner: caller. Fails: USAGE (neighbours), MEMORY (links of all items, once a thread).
 * Cost: Σ n² / 2 over persons of n items. */
int recs_pairs_links(const struct recs_ratings *ratings, const struct recs_pairs_options *options,
		     const struct recs_model_kind *kind, struct recs_links **out,
		     struct error *err);

#endif
