/* SPDX-License-Identifier: Apache-2.0 */
/* ratings: small matrices for tests of recommenders. Persons and items fall into three groups
 * (number % 3) and nine of ten events stay in the group; low items are met more often. */
#ifndef VITRINE_TESTS_RATINGS_H
#define VITRINE_TESTS_RATINGS_H

#include <string.h>

#include "recs/events.h"
#include "recs/model.h"
#include "recs/random.h"
#include "recs/ratings.h"
#include "support/support.h"

static inline struct recs_ratings *support_ratings(uint64_t seed, uint32_t persons, uint32_t items,
						   int count, enum recs_merge merge)
{
	struct error err;
	struct recs_random random = {seed};
	HELD(recs_events) events = {0};
	for (int i = 0; i < count; i++) {
		uint32_t person = recs_random_below(&random, persons);
		double place = recs_random_unit(&random);
		uint32_t item = (uint32_t)(place * place * (items / 3)) * 3;
		item += recs_random_unit(&random) < 0.9 ? person % 3
							: recs_random_below(&random, 3);
		int64_t time_us = (int64_t)(recs_random_unit(&random) * 1e9);
		assert_ok(recs_events_add(&events, 1, &person, &item, &time_us, NULL, &err), &err);
	}
	struct recs_ratings *ratings = NULL;
	struct recs_ratings_options options = {.merge = merge, .times = true};
	assert_ok(recs_ratings_build(&events, persons, items, &options, &ratings, &err), &err);
	return ratings;
}

/* The entry of a row and column, 0 when there is none. */
static inline double support_value(const struct recs_ratings *ratings, uint32_t row,
				   uint32_t column)
{
	for (size_t e = ratings->starts[row]; e < ratings->starts[row + 1]; e++)
		if (ratings->columns[e] == column)
			return (double)ratings->values[e];
	return 0;
}

/* A row as a profile of training. */
static inline struct recs_profile support_profile(const struct recs_ratings *ratings, uint32_t row)
{
	size_t start = ratings->starts[row];
	return (struct recs_profile){
		.person = row,
		.count = recs_ratings_row_len(ratings, row),
		.items = ratings->columns + start,
		.weights = ratings->values + start,
		.times_us = ratings->times_us ? ratings->times_us + start : NULL,
	};
}

/* Scores of one profile; `out` holds recs_model_stride(). */
static inline void support_score(const struct recs_model *model, const struct recs_profile *profile,
				 float *out)
{
	size_t size = model->kind->scratch_size(model, 1);
	void *scratch = test_calloc(1, size + 64);
	void *start = (void *)(((uintptr_t)scratch + 63) / 64 * 64);
	model->kind->score(model, profile, 1, out, recs_model_stride(model), start);
	test_free(scratch);
}

#endif
