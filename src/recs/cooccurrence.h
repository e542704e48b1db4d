/* SPDX-License-Identifier: Apache-2.0 */
/* cooccurrence: items that go together because the same persons (or baskets) have them: item
 * k-nearest-neighbours. With c the sum over common persons of the product of their entries and m
 * an item's sum of squares (its number of persons, where all entries are 1):
 *
 *	COUNT    c
 *	COSINE   c / √(m_i m_j)
 *	JACCARD  c / (m_i + m_j - c)
 *	LIFT     c · persons / (m_i m_j)
 *
 * each × c / (c + shrinkage), so that a pair seen once proves little. Decay by age is the ratings'
 * (ratings.h). Sources: G. Linden, B. Smith, J. York, "Amazon.com Recommendations", 2003;
 * M. Deshpande, G. Karypis, "Item-Based Top-N Recommendation Algorithms", 2004; R. Bell, Y. Koren,
 * 2007 (shrinkage); J. Breese and others, 1998 (a person of many items says less). */
#ifndef VITRINE_RECS_COOCCURRENCE_H
#define VITRINE_RECS_COOCCURRENCE_H

#include "recs/links.h"

struct error;
struct recs_ratings;

enum recs_similarity {
	RECS_COUNT,
	RECS_COSINE,
	RECS_JACCARD,
	RECS_LIFT,
};

struct recs_cooccurrence_options {
	enum recs_similarity similarity;
	uint32_t neighbours;   /* per item */
	float shrinkage;       /* ≥ 0 */
	float person_exponent; /* a person of n items counts 1 / n^this; 0 = each the same */
	uint32_t history_max;  /* 0 = RECS_HISTORY_MAX of pairs.h */
	int threads;
	struct recs_links_options scoring;
};

/* Owner: caller. Fails: USAGE, MEMORY. Cost: as recs_pairs_links(). */
int recs_cooccurrence_train(const struct recs_ratings *ratings,
			    const struct recs_cooccurrence_options *options,
			    struct recs_links **out, struct error *err);

#endif
