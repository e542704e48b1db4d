/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <math.h>
#include <stdbool.h>

#include "recs/ease.h"
#include "recs/rank.h"
#include "support/dense.h"
#include "support/ratings.h"

enum { PERSONS = 80, ITEMS = 50, EVENTS = 1200 };

/* B in double precision from all items that `takes_part` names. */
static void train_plainly(const struct recs_ratings *ratings,
			  const struct recs_ease_options *options, const bool *takes_part,
			  double *out)
{
	double gram[ITEMS * ITEMS] = {0};
	for (uint32_t i = 0; i < ITEMS; i++)
		for (uint32_t j = 0; j < ITEMS; j++) {
			for (uint32_t p = 0; p < PERSONS && takes_part[i] && takes_part[j]; p++) {
				double n = (double)recs_ratings_row_len(ratings, p);
				gram[i * ITEMS + j] +=
					support_value(ratings, p, i) *
					support_value(ratings, p, j) *
					pow(n > 0 ? n : 1, -(double)options->person_exponent);
			}
		}
	double ratio = (double)options->dropout / (1 - (double)options->dropout);
	for (size_t i = 0; i < ITEMS; i++)
		gram[i * ITEMS + i] +=
			(double)options->regularization + ratio * gram[i * ITEMS + i];
	support_invert(gram, ITEMS);
	for (size_t i = 0; i < ITEMS; i++)
		for (size_t j = 0; j < ITEMS; j++)
			out[i * ITEMS + j] =
				i == j ? 0 : -gram[i * ITEMS + j] / gram[j * ITEMS + j];
}

static void check_scores(const struct recs_ratings *ratings,
			 const struct recs_ease_options *options, const bool *takes_part)
{
	struct error err;
	OWNED(recs_model) *model = NULL;
	assert_ok(recs_ease_train(ratings, options, &model, &err), &err);
	double weights[ITEMS * ITEMS];
	train_plainly(ratings, options, takes_part, weights);
	for (uint32_t p = 0; p < PERSONS; p++) {
		float scores[64];
		struct recs_profile profile = support_profile(ratings, p);
		support_score(model, &profile, scores);
		for (uint32_t i = 0; i < ITEMS; i++) {
			double wanted = 0;
			for (size_t h = 0; h < profile.count; h++)
				wanted += takes_part[profile.items[h]]
						  ? (double)profile.weights[h] *
							    weights[profile.items[h] * ITEMS + i]
						  : 0;
			if (!takes_part[i])
				assert_true(scores[i] == RECS_NO_SCORE);
			else if (fabs((double)scores[i] - wanted) > 2e-5)
				fail_msg("score %u of %u is %g instead of %g", i, p,
					 (double)scores[i], wanted);
		}
	}
}

static const struct recs_ease_options usual = {
	.regularization = 5, .items_max = ITEMS, .threads = 2};

static void scores_agree_with_double_precision(void **state)
{
	(void)state;
	OWNED(recs_ratings) *ratings = support_ratings(1, PERSONS, ITEMS, EVENTS, RECS_MERGE_SUM);
	bool all[ITEMS];
	for (uint32_t i = 0; i < ITEMS; i++) {
		all[i] = false;
		for (uint32_t p = 0; p < PERSONS; p++)
			all[i] = all[i] || support_value(ratings, p, i) > 0;
	}
	check_scores(ratings, &usual, all);
	struct recs_ease_options other = usual;
	other.dropout = 0.3f;
	other.person_exponent = 0.5f;
	other.regularization = 0.5f;
	check_scores(ratings, &other, all);
}

static void only_the_most_popular_items_take_part(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(2, PERSONS, ITEMS, EVENTS, RECS_MERGE_ONE);
	size_t persons[ITEMS] = {0};
	for (size_t e = 0; e < recs_ratings_count(ratings); e++)
		persons[ratings->columns[e]]++;
	bool best[ITEMS];
	for (uint32_t i = 0; i < ITEMS; i++) {
		size_t before = 0;
		for (uint32_t j = 0; j < ITEMS; j++)
			before += persons[j] > persons[i] || (persons[j] == persons[i] && j < i);
		best[i] = before < 17;
	}
	struct recs_ease_options options = usual;
	options.items_max = 17;
	check_scores(ratings, &options, best);
	OWNED(recs_model) *model = NULL;
	assert_ok(recs_ease_train(ratings, &options, &model, &err), &err);
	assert_int_equal(recs_ease_items(model), 17);
}

static void who_has_nothing_known_gets_nothing(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(2, PERSONS, ITEMS, EVENTS, RECS_MERGE_ONE);
	OWNED(recs_model) *model = NULL;
	assert_ok(recs_ease_train(ratings, &usual, &model, &err), &err);
	float scores[64];
	struct recs_profile profile = {.person = RECS_NOBODY};
	support_score(model, &profile, scores);
	for (uint32_t i = 0; i < ITEMS; i++)
		assert_true(scores[i] == RECS_NO_SCORE);
	OWNED(recs_ratings) *none = support_ratings(2, 3, 6, 0, RECS_MERGE_ONE);
	OWNED(recs_model) *empty = NULL;
	assert_ok(recs_ease_train(none, &usual, &empty, &err), &err);
	assert_int_equal(recs_ease_items(empty), 0);
}

static void wrong_options_are_refused(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(2, PERSONS, ITEMS, EVENTS, RECS_MERGE_ONE);
	OWNED(recs_model) *model = NULL;
	struct recs_ease_options wrong = usual;
	wrong.regularization = 0;
	assert_fails(recs_ease_train(ratings, &wrong, &model, &err), &err, ERR_USAGE);
	wrong = usual;
	wrong.dropout = 1;
	assert_fails(recs_ease_train(ratings, &wrong, &model, &err), &err, ERR_USAGE);
	wrong = usual;
	wrong.items_max = 0;
	assert_fails(recs_ease_train(ratings, &wrong, &model, &err), &err, ERR_USAGE);
}

static int train(void *context, struct error *err)
{
	OWNED(recs_model) *model = NULL;
	struct recs_ease_options options = {.regularization = 1, .items_max = 20, .threads = 1};
	return recs_ease_train(context, &options, &model, err);
}

static void refused_memory_is_an_error_and_leaks_nothing(void **state)
{
	(void)state;
	OWNED(recs_ratings) *ratings = support_ratings(3, 10, 9, 60, RECS_MERGE_ONE);
	support_sweep_allocations(train, ratings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scores_agree_with_double_precision),
		cmocka_unit_test(only_the_most_popular_items_take_part),
		cmocka_unit_test(who_has_nothing_known_gets_nothing),
		cmocka_unit_test(wrong_options_are_refused),
		cmocka_unit_test(refused_memory_is_an_error_and_leaks_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
