/* SPDX-License-Identifier: Apache-2.0 */
/* pairs: which items have persons in common, and how much: for every two items the sum, over the
 * persons who have both, of the product of their entries; made into links by a formula.
 *
 * Each item's row of sums is made at once and whole, so that its best links are found while it is
 * in the cache and no list outlives its row. What bounds it is fetching histories and adding into
 * the sums, one addition for each two entries of a person: so a history is kept as its items alone
 * where all of the person's entries are the same, in two bytes each where these suffice, and is
 * fetched ahead. A row that few additions reach notes which blocks of it they reach, and only these
 * are looked at. */
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
	/* Weights of the links from `from` to the n items `first` on, out of their sums. What is
	 * not above 0 makes no link, and a sum of 0 must make none; never NaN. Called by several
	 * threads. */
	void (*weigh)(const void *context, uint32_t from, uint32_t first, const float *sums,
		      size_t n, float *out);
	const void *context;
};

/* Each item's best links, best first, of equal ones by number. Deterministic whatever the threads:
 * each sum runs in one order. Owner: caller. Fails: USAGE (neighbours), MEMORY (all links, twice).
 * Cost: Σ n² over persons of n items. */
int recs_pairs_links(const struct recs_ratings *ratings, const struct recs_pairs_options *options,
		     const struct recs_model_kind *kind, struct recs_links **out,
		     struct error *err);

#endif
