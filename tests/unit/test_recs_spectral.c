/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <math.h>

#include "recs/rank.h"
#include "recs/spectral.h"
#include "recs/svd.h"
#include "support/dense.h"
#include "support/ratings.h"

enum { PERSONS = 60, ITEMS = 33, EVENTS = 700, RANK = 6 };

/* Eigenpairs of (normalised R)ᵀ R, strongest first. */
static void decompose_plainly(const struct recs_ratings *ratings, double person, double item,
			      double *values, double *vectors)
{
	static double square[ITEMS * ITEMS], found[ITEMS], columns[ITEMS * ITEMS];
	double n_item[ITEMS] = {0};
	for (size_t e = 0; e < recs_ratings_count(ratings); e++)
		n_item[ratings->columns[e]]++;
	for (uint32_t i = 0; i < ITEMS; i++)
		for (uint32_t j = 0; j < ITEMS; j++) {
			double sum = 0;
			for (uint32_t p = 0; p < PERSONS; p++) {
				double n = (double)recs_ratings_row_len(ratings, p);
				sum += support_value(ratings, p, i) * support_value(ratings, p, j) *
				       pow(n > 0 ? n : 1, -2 * person);
			}
			square[i * ITEMS + j] = sum * pow(n_item[i] > 0 ? n_item[i] : 1, -item) *
						pow(n_item[j] > 0 ? n_item[j] : 1, -item);
		}
	support_eigen(square, ITEMS, found, columns);
	for (size_t k = 0; k < RANK; k++) {
		size_t best = 0;
		for (size_t j = 1; j < ITEMS; j++)
			best = found[j] > found[best] ? j : best;
		values[k] = sqrt(found[best]);
		for (size_t i = 0; i < ITEMS; i++)
			vectors[i * RANK + k] = columns[i * ITEMS + best];
		found[best] = -1;
	}
}

static void singular_vectors_agree_with_double_precision(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(1, PERSONS, ITEMS, EVENTS, RECS_MERGE_SUM);
	OWNED(recs_ratings) *turned = NULL;
	assert_ok(recs_ratings_transpose(ratings, 2, &turned, &err), &err);
	struct recs_svd_options options = {
		.rank = RANK, .extra = 8, .rounds = 60, .seed = 3, .threads = 2};
	HELD(recs_matrix) right = {0};
	float values[RANK];
	assert_ok(recs_svd_right(ratings, turned, &options, &right, values, &err), &err);
	double wanted[RANK], vectors[ITEMS * RANK];
	decompose_plainly(ratings, 0, 0, wanted, vectors);
	for (size_t k = 0; k < RANK; k++) {
		double product = 0;
		for (size_t i = 0; i < ITEMS; i++)
			product += vectors[i * RANK + k] * (double)recs_matrix_row(&right, i)[k];
		assert_true(fabs((double)values[k] - wanted[k]) < 1e-4 * wanted[0]);
		assert_true(fabs(fabs(product) - 1) < 1e-3); /* the same up to the sign */
	}
}

static void scores_are_histories_put_through_the_filter(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(2, PERSONS, ITEMS, EVENTS, RECS_MERGE_SUM);
	struct recs_spectral_options options = {.rank = RANK,
						.rounds = 60,
						.person_exponent = 0.5f,
						.item_exponent = 0.4f,
						.from_exponent = 0.6f,
						.to_exponent = 0.3f,
						.power = 1,
						.threads = 2};
	OWNED(recs_model) *model = NULL;
	assert_ok(recs_spectral_train(ratings, &options, &model, &err), &err);
	double values[RANK], vectors[ITEMS * RANK], n_item[ITEMS] = {0};
	decompose_plainly(ratings, 0.5, 0.4, values, vectors);
	for (size_t e = 0; e < recs_ratings_count(ratings); e++)
		n_item[ratings->columns[e]]++;
	for (uint32_t p = 0; p < PERSONS; p++) {
		float scores[64];
		struct recs_profile profile = support_profile(ratings, p);
		profile.person = RECS_NOBODY;
		support_score(model, &profile, scores);
		for (uint32_t i = 0; i < ITEMS; i++) {
			double wanted = 0;
			for (size_t h = 0; h < profile.count; h++)
				for (size_t k = 0; k < RANK; k++)
					wanted += (double)profile.weights[h] *
						  pow(n_item[profile.items[h]], -0.6) *
						  vectors[profile.items[h] * RANK + k] * values[k] *
						  vectors[i * RANK + k] *
						  pow(n_item[i] > 0 ? n_item[i] : 1, 0.3);
			if (fabs((double)scores[i] - wanted) > 2e-3)
				fail_msg("score %u of %u is %g instead of %g", i, p,
					 (double)scores[i], wanted);
		}
	}
}

static void more_directions_than_the_matrix_has_are_zero(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(3, 5, 12, 40, RECS_MERGE_ONE);
	OWNED(recs_ratings) *turned = NULL;
	assert_ok(recs_ratings_transpose(ratings, 2, &turned, &err), &err);
	struct recs_svd_options options = {
		.rank = 10, .extra = 0, .rounds = 5, .seed = 3, .threads = 1};
	HELD(recs_matrix) right = {0};
	float values[10];
	assert_ok(recs_svd_right(ratings, turned, &options, &right, values, &err), &err);
	for (size_t k = 0; k < 10; k++) {
		assert_true(k < 5 || values[k] < 1e-3f);
		for (size_t i = 0; i < 12; i++)
			assert_true(isfinite(recs_matrix_row(&right, i)[k]));
	}
	OWNED(recs_model) *model = NULL;
	struct recs_spectral_options wide = {.rank = 10, .threads = 1};
	assert_ok(recs_spectral_train(ratings, &wide, &model, &err), &err);
	float scores[32];
	struct recs_profile profile = support_profile(ratings, 0);
	support_score(model, &profile, scores);
	for (size_t i = 0; i < 12; i++)
		assert_true(isfinite(scores[i]));
}

static void who_has_nothing_known_gets_nothing(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(2, PERSONS, ITEMS, EVENTS, RECS_MERGE_ONE);
	struct recs_spectral_options options = {.rank = RANK, .threads = 1};
	OWNED(recs_model) *model = NULL;
	assert_ok(recs_spectral_train(ratings, &options, &model, &err), &err);
	float scores[64];
	struct recs_profile profile = {.person = RECS_NOBODY};
	support_score(model, &profile, scores);
	for (size_t i = 0; i < ITEMS; i++)
		assert_true(scores[i] == RECS_NO_SCORE);
}

static void training_is_the_same_for_the_same_seed(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(2, PERSONS, ITEMS, EVENTS, RECS_MERGE_ONE);
	struct recs_spectral_options options = {.rank = RANK, .seed = 5, .threads = 2};
	float scores[2][64] = {0};
	for (int round = 0; round < 2; round++) {
		OWNED(recs_model) *model = NULL;
		assert_ok(recs_spectral_train(ratings, &options, &model, &err), &err);
		struct recs_profile profile = support_profile(ratings, 4);
		support_score(model, &profile, scores[round]);
	}
	assert_memory_equal(scores[0], scores[1], ITEMS * sizeof(float));
}

static int train(void *context, struct error *err)
{
	OWNED(recs_model) *model = NULL;
	struct recs_spectral_options options = {.rank = 2, .rounds = 1, .threads = 1};
	return recs_spectral_train(context, &options, &model, err);
}

static void refused_memory_and_wrong_options_are_errors(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(3, 10, 9, 60, RECS_MERGE_ONE);
	support_sweep_allocations(train, ratings);
	OWNED(recs_model) *model = NULL;
	struct recs_spectral_options wrong = {.rank = 0};
	assert_fails(recs_spectral_train(ratings, &wrong, &model, &err), &err, ERR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(singular_vectors_agree_with_double_precision),
		cmocka_unit_test(scores_are_histories_put_through_the_filter),
		cmocka_unit_test(more_directions_than_the_matrix_has_are_zero),
		cmocka_unit_test(who_has_nothing_known_gets_nothing),
		cmocka_unit_test(training_is_the_same_for_the_same_seed),
		cmocka_unit_test(refused_memory_and_wrong_options_are_errors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
