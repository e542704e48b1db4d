/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <math.h>

#include "recs/blend.h"
#include "recs/evaluate.h"
#include "recs/rank.h"
#include "support/ratings.h"

enum { ITEMS = 50, PERSONS = 120 };

/* A source that scores item i for a person by a formula of both. */
struct fake {
	struct recs_model model;
	float (*score)(int64_t person, uint32_t item);
};

static size_t no_scratch(const struct recs_model *model, size_t count)
{
	(void)model;
	(void)count;
	return 0;
}

static void fake_score(const struct recs_model *model, const struct recs_profile *profiles,
		       size_t count, float *scores, size_t stride, void *scratch)
{
	(void)scratch;
	for (size_t p = 0; p < count; p++)
		for (uint32_t i = 0; i < ITEMS; i++)
			scores[p * stride + i] =
				((const struct fake *)model)->score(profiles[p].person, i);
}

static void fake_free(struct recs_model *model)
{
	(void)model;
}

static const struct recs_model_kind fake_kind = {"fake", no_scratch, fake_score, fake_free};

/* Hash to [0, 1). */
static float noise(int64_t person, uint32_t item, uint64_t stream)
{
	struct recs_random random = {(uint64_t)person * 1000 + item + (stream << 40)};
	return (float)recs_random_unit(&random);
}

/* What a person wants next: the items that a hidden taste likes most. */
static float taste(int64_t person, uint32_t item)
{
	return noise(person, item, 1) + noise(person, item, 2);
}
static float first_half(int64_t person, uint32_t item)
{
	return 10 * noise(person, item, 1);
}
static float second_half(int64_t person, uint32_t item)
{
	return noise(person, item, 2) - 0.5f;
}
static float pure_noise(int64_t person, uint32_t item)
{
	return 1000 * noise(person, item, 3);
}
static float only_even(int64_t person, uint32_t item)
{
	return item % 2 ? RECS_NO_SCORE : noise(person, item, 1);
}
static float all_the_same(int64_t person, uint32_t item)
{
	(void)person;
	(void)item;
	return 3;
}

static struct fake make(float (*score)(int64_t, uint32_t))
{
	return (struct fake){{&fake_kind, ITEMS}, score};
}

/* Histories of 1 item (even persons) or 6 (odd ones), and 3 wanted items that are not in them. */
static struct recs_ratings *rows(bool wanted)
{
	struct error err;
	HELD(recs_events) events = {0};
	for (uint32_t p = 0; p < PERSONS; p++) {
		uint32_t history = p % 2 ? 6 : 1;
		if (!wanted)
			for (uint32_t i = 0; i < history; i++)
				assert_ok(recs_events_add(&events, 1, &p, &i, NULL, NULL, &err),
					  &err);
		struct recs_ranked best[3];
		float scores[ITEMS];
		for (uint32_t i = 0; i < ITEMS; i++)
			scores[i] = i < history ? RECS_NO_SCORE : taste(p, i);
		recs_rank_top(scores, ITEMS, 3, best);
		for (int i = 0; i < 3 && wanted; i++)
			assert_ok(recs_events_add(&events, 1, &p, &best[i].item, NULL, NULL, &err),
				  &err);
	}
	struct recs_ratings *ratings = NULL;
	struct recs_ratings_options options = {0};
	assert_ok(recs_ratings_build(&events, PERSONS, ITEMS, &options, &ratings, &err), &err);
	return ratings;
}

static const struct recs_blend_learn_options usual = {
	.k = 5, .candidates = 20, .persons_max = 1000, .persons_min = 30, .threads = 2};

static void scores_are_sums_of_sources_on_one_scale(void **state)
{
	(void)state;
	struct error err;
	struct fake a = make(first_half), b = make(only_even), c = make(all_the_same);
	const struct recs_model *sources[] = {&a.model, &b.model, &c.model};
	struct recs_blend *blend = NULL;
	assert_ok(recs_blend_new(sources, 3, &blend, &err), &err);
	blend->weights[0][0] = 2;
	blend->weights[0][1] = 3;
	float scores[64];
	struct recs_profile profile = {.person = 4};
	support_score(&blend->model, &profile, scores);
	double mean[2] = {0}, square[2] = {0};
	for (uint32_t i = 0; i < ITEMS; i++) {
		double x = (double)first_half(4, i), y = i % 2 ? 0 : (double)only_even(4, i);
		mean[0] += x / ITEMS, square[0] += x * x / ITEMS;
		mean[1] += y / ITEMS, square[1] += y * y / ITEMS;
	}
	for (uint32_t i = 0; i < ITEMS; i++) {
		double x = (double)first_half(4, i), y = i % 2 ? 0 : (double)only_even(4, i);
		double wanted = 2 * x / sqrt(square[0] - mean[0] * mean[0]) +
				3 * y / sqrt(square[1] - mean[1] * mean[1]);
		assert_true(fabs((double)scores[i] - wanted) < 1e-4);
	}
	recs_model_free(&blend->model);
}

static void what_no_source_scores_has_no_score(void **state)
{
	(void)state;
	struct error err;
	struct fake a = make(first_half), b = make(only_even);
	const struct recs_model *sources[] = {&a.model, &b.model};
	struct recs_blend *blend = NULL;
	assert_ok(recs_blend_new(sources, 2, &blend, &err), &err);
	blend->weights[0][0] = 0;
	float scores[64];
	struct recs_profile profile = {.person = 4};
	support_score(&blend->model, &profile, scores);
	for (uint32_t i = 0; i < ITEMS; i++)
		assert_int_equal(scores[i] == RECS_NO_SCORE, i % 2);
	recs_model_free(&blend->model);
}

static double ndcg_of(const struct recs_model *model, const struct recs_ratings *histories,
		      const struct recs_ratings *wanted)
{
	struct error err;
	HELD(recs_lists) lists = {0};
	HELD(recs_evaluation) found = {0};
	struct recs_rank_options rank = {.k = 5, .threads = 2};
	struct recs_evaluate_options judge = {.k = 5};
	assert_ok(recs_rank_all(model, histories, &rank, &lists, &err), &err);
	assert_ok(recs_evaluate(&lists, histories, wanted, &judge, &found, &err), &err);
	return found.means[RECS_NDCG];
}

static void learnt_weights_beat_every_source_and_leave_noise_out(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *histories = rows(false);
	OWNED(recs_ratings) *wanted = rows(true);
	struct fake a = make(first_half), b = make(pure_noise), c = make(second_half);
	const struct recs_model *sources[] = {&a.model, &b.model, &c.model};
	struct recs_blend *blend = NULL;
	double ndcg;
	assert_ok(recs_blend_new(sources, 3, &blend, &err), &err);
	assert_ok(recs_blend_learn(blend, histories, wanted, &usual, &ndcg, &err), &err);
	double best = ndcg_of(&a.model, histories, wanted);
	assert_true(ndcg_of(&blend->model, histories, wanted) > best + 0.1);
	assert_true(fabs(ndcg_of(&blend->model, histories, wanted) - ndcg) < 0.02);
	assert_true(blend->weights[0][1] < 0.1f * blend->weights[0][0]);
	assert_true(fabsf(blend->weights[0][2] / blend->weights[0][0] - 1) < 0.3f);
	recs_model_free(&blend->model);
}

/* For short histories only the first source is right, for long ones only the second. */
static float right_for_short(int64_t person, uint32_t item)
{
	return person % 2 ? noise(person, item, 5) : taste(person, item);
}
static float right_for_long(int64_t person, uint32_t item)
{
	return person % 2 ? taste(person, item) : noise(person, item, 6);
}

static void classes_of_histories_learn_weights_of_their_own(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *histories = rows(false);
	OWNED(recs_ratings) *wanted = rows(true);
	struct fake a = make(right_for_short), b = make(right_for_long);
	const struct recs_model *sources[] = {&a.model, &b.model};
	const uint32_t starts[] = {0, 3, 9};
	struct recs_blend *blend = NULL;
	double ndcg;
	assert_ok(recs_blend_new(sources, 2, &blend, &err), &err);
	assert_ok(recs_blend_classes(blend, starts, 3, &err), &err);
	assert_int_equal(recs_blend_class(blend, 0), 0);
	assert_int_equal(recs_blend_class(blend, 3), 1);
	assert_int_equal(recs_blend_class(blend, 100), 2);
	assert_ok(recs_blend_learn(blend, histories, wanted, &usual, &ndcg, &err), &err);
	assert_true(ndcg > 0.99);
	assert_true(blend->weights[0][0] > 4 * blend->weights[0][1]);
	assert_true(blend->weights[1][1] > 4 * blend->weights[1][0]);
	assert_true(blend->weights[2][0] > 0 && blend->weights[2][1] > 0); /* nobody: as all */
	recs_model_free(&blend->model);
}

static void wrong_sources_classes_and_options_are_refused(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *histories = rows(false);
	struct fake a = make(first_half), b = make(second_half);
	const struct recs_model *sources[] = {&a.model, &b.model};
	const uint32_t falling[] = {0, 3, 3};
	struct recs_blend *blend = NULL;
	b.model.item_count--;
	assert_fails(recs_blend_new(sources, 2, &blend, &err), &err, ERR_USAGE);
	assert_fails(recs_blend_new(sources, 0, &blend, &err), &err, ERR_USAGE);
	assert_ok(recs_blend_new(sources, 1, &blend, &err), &err);
	assert_fails(recs_blend_classes(blend, falling, 3, &err), &err, ERR_USAGE);
	struct recs_blend_learn_options wrong = usual;
	wrong.candidates = 2;
	assert_fails(recs_blend_learn(blend, histories, histories, &wrong, NULL, &err), &err,
		     ERR_USAGE);
	recs_model_free(&blend->model);
}

static int learn(void *context, struct error *err)
{
	struct fake a = make(first_half), b = make(second_half);
	const struct recs_model *sources[] = {&a.model, &b.model};
	struct recs_blend *blend = NULL;
	struct recs_blend_learn_options options = usual;
	options.threads = 1;
	options.persons_max = 3;
	TRY(recs_blend_new(sources, 2, &blend, err));
	OWNED(recs_model) *model = &blend->model;
	return recs_blend_learn(blend, context, context, &options, NULL, err);
}

static void refused_memory_is_an_error_and_leaks_nothing(void **state)
{
	(void)state;
	OWNED(recs_ratings) *histories = rows(false);
	support_sweep_allocations(learn, histories);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scores_are_sums_of_sources_on_one_scale),
		cmocka_unit_test(what_no_source_scores_has_no_score),
		cmocka_unit_test(learnt_weights_beat_every_source_and_leave_noise_out),
		cmocka_unit_test(classes_of_histories_learn_weights_of_their_own),
		cmocka_unit_test(wrong_sources_classes_and_options_are_refused),
		cmocka_unit_test(refused_memory_is_an_error_and_leaks_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
