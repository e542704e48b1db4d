/* SPDX-License-Identifier: Apache-2.0 */
/* walk: random walks item → person → item on the graph of who has what, with the pull of popular
 * nodes tuned by exponents: the weight of a link is
 *
 *	from → to:  n_from^-a · ( Σ over common persons  n_person^-p ) · n_to^-b
 *
 * p = a = α, b = β is RP3beta: B. Paudel, F. Christoffel, C. Newell, A. Bernstein, "Updatable,
 * Accurate, Diverse, and Scalable Recommendations for Interactive Applications", 2017. All three
 * free is one step of LinkProp: H.-M. Fu, P. Poirson, K. S. Lee, C. Wang, "Revisiting
 * Neighborhood-based Link Prediction for Collaborative Filtering", 2022. p = 1, a = b = 1/2 is the
 * linear filter of GF-CF (filter.h). */
#ifndef VITRINE_RECS_WALK_H
#define VITRINE_RECS_WALK_H

#include "recs/links.h"

struct error;
struct recs_ratings;

struct recs_walk_options {
	float person_exponent, from_exponent, to_exponent;
	uint32_t neighbours;
	/* Keep for each item the best links that lead to it, not from it: rare items are then not
	 * crowded out of popular ones' lists. */
	bool by_target;
	bool normalize;       /* the weights of the links from an item add up to 1 */
	uint32_t history_max; /* 0 = RECS_HISTORY_MAX of pairs.h */
	int threads;
	struct recs_links_options scoring;
};

/* Owner: caller. Fails: USAGE, MEMORY. Cost: as recs_pairs_links(). */
int recs_walk_train(const struct recs_ratings *ratings, const struct recs_walk_options *options,
		    struct recs_links **out, struct error *err);

#endif
