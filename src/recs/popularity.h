/* SPDX-License-Identifier: Apache-2.0 */
/* popularity: what sells, in the whole shop or among persons like this one: the simple model that
 * every other has to beat. A window of time and a decay are the ratings' (ratings.h), so that all
 * models share them.
 *
 * A segment's share of an item is drawn to the whole shop's, as if `prior` more sales had come from
 * there (the mean of a Dirichlet posterior): small segments do not follow chance. */
#ifndef VITRINE_RECS_POPULARITY_H
#define VITRINE_RECS_POPULARITY_H

#include "recs/model.h"

struct error;
struct recs_arrays_in;
struct recs_ratings;

enum { RECS_SEGMENTS_MAX = 4096 };

struct recs_popularity_options {
	const uint32_t *segments; /* per row, 0 = none; NULL = all persons are alike */
	uint32_t segment_count;   /* segments are 0 .. segment_count - 1; 0 = all alike */
	float prior;              /* ≥ 0 */
};

/* Scores are shares of sales, by profile.segment. Items without sales have no score.
 * Owner: caller. Fails: USAGE (segments), MEMORY (segments × items numbers). */
int recs_popularity_train(const struct recs_ratings *ratings,
			  const struct recs_popularity_options *options, struct recs_model **out,
			  struct error *err);

/* A saved model. Owner: caller. Fails: CORRUPT, MEMORY. */
int recs_popularity_load(struct recs_arrays_in *in, uint32_t item_count, struct recs_model **out,
			 struct error *err);

/* Of a popularity, how many segments have scores of their own: whoever is of one has the scores of
 * its number (0 where there is no such segment), whatever the history. 0 of any other model. */
uint32_t recs_popularity_segments(const struct recs_model *model);

#endif
