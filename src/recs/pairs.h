/* SPDX-License-Identifier: Apache-2.0 */
/* pairs: which items have persons in common, and how much: for every two items the sum, over the
 * persons who have both, of the product of their entries; made into links by a formula.
 *
 * Each item's row of sums is made at once and whole (pair_sums.h), so that its best links are found
 * while it is in the cache and no list outlives its row. */
#ifndef VITRINE_RECS_PAIRS_H
#define VITRINE_RECS_PAIRS_H

#include "recs/links.h"

struct error;
struct recs_ratings;

enum { RECS_HISTORY_MAX = 5000, RECS_PAIRS_KNOWN_MAX = 2 };

struct recs_pairs_options {
	uint32_t neighbours;   /* links kept per item, 1 .. RECS_LINKS_MAX */
	float person_exponent; /* a person of n items counts 1 / n^this */
	uint32_t history_max;  /* of a person, the newest; 0 = RECS_HISTORY_MAX */
	uint32_t heads;        /* of heads.h, where every pair counts the same; 0 = what pays */
	int threads;
	/* Weights of the links from the item at place `from` to those at the n places `first` on,
	 * out of their sums; places are those of the order of popularity. What is not above 0 makes
	 * no link, and a sum of 0 must make none; never NaN. Returns the greatest. Called by
	 * several threads. */
	float (*weigh)(const void *context, uint32_t from, uint32_t first, const float *sums,
		       size_t n, float *out);
	const void *context;
	/* What weigh() knows of each item, by item: put in the order of places before it is called.
	 * The rest may be NULL. */
	float *known[RECS_PAIRS_KNOWN_MAX];
};

/* Each item's best links, best first, of equal ones the more popular, then by number. Deterministic
 * whatever the threads. Owner: caller. Fails: USAGE (neighbours), MEMORY (all links, twice).
 * Cost: Σ n² over persons of n items; much less where every pair counts the same (heads.h). */
int recs_pairs_links(const struct recs_ratings *ratings, const struct recs_pairs_options *options,
		     const struct recs_model_kind *kind, struct recs_links **out,
		     struct error *err);

#endif
