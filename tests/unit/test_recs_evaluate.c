/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "recs/evaluate.h"
#include "recs/events.h"
#include "recs/random.h"
#include "recs/rank.h"
#include "recs/ratings.h"

static struct recs_ratings *matrix(const uint32_t (*pairs)[2], size_t count)
{
	struct error err;
	HELD(recs_events) events = {0};
	for (size_t i = 0; i < count; i++)
		assert_ok(recs_events_add(&events, 1, &pairs[i][0], &pairs[i][1], NULL, NULL, &err),
			  &err);
	struct recs_ratings *ratings = NULL;
	struct recs_ratings_options options = {0};
	assert_ok(recs_ratings_build(&events, 3, 6, &options, &ratings, &err), &err);
	return ratings;
}

static const uint32_t train_pairs[][2] = {{0, 0}, {1, 0}, {2, 0}, {0, 1}};
static const uint32_t test_pairs[][2] = {{0, 2}, {0, 4}, {1, 3}};

static void the_best_are_found_in_order_whatever_the_scores(void **state)
{
	(void)state;
	enum { N = 1000, TOP = 25 };
	float scores[N];
	struct recs_random random = {9};
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < N; i++)
			scores[i] = (float)recs_random_below(&random, round % 2 ? 50 : 1 << 30);
		scores[3] = NAN;
		scores[4] = RECS_NO_SCORE;
		struct recs_ranked top[TOP];
		assert_int_equal(recs_rank_top(scores, N, TOP, top), TOP);
		for (size_t t = 0; t < TOP; t++) {
			size_t before = 0;
			for (size_t i = 0; i < N; i++)
				before += scores[i] > top[t].score ||
					  (scores[i] == top[t].score && i < top[t].item);
			assert_int_equal(before, t);
		}
	}
}

static void a_list_ends_where_there_is_nothing_to_recommend(void **state)
{
	(void)state;
	const float scores[] = {RECS_NO_SCORE, 1, NAN, 2};
	struct recs_ranked top[3];
	assert_int_equal(recs_rank_top(scores, 4, 3, top), 2);
	assert_int_equal(top[0].item, 3);
	assert_int_equal(top[1].item, 1);
	assert_int_equal(top[2].item, RECS_NO_ITEM);
}

static void metrics_are_those_worked_out_by_hand(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *train = matrix(train_pairs, 4);
	OWNED(recs_ratings) *test = matrix(test_pairs, 3);
	struct recs_ranked at[] = {
		{1, 3}, {2, 2}, {4, 1}, {5, 2}, {RECS_NO_ITEM, 0}, {RECS_NO_ITEM, 0},
		{0, 1}, {0, 1}, {0, 1}};
	struct recs_lists lists = {3, 3, at};
	HELD(recs_evaluation) e = {0};
	struct recs_evaluate_options options = {.k = 3};
	assert_ok(recs_evaluate(&lists, train, test, &options, &e, &err), &err);
	assert_int_equal(e.count, 2); /* the third person has nothing to be judged by */
	double ndcg = (1 / log2(3) + 0.5) / (1 + 1 / log2(3));
	assert_true(fabs(e.means[RECS_RECALL] - 0.5) < 1e-6);
	assert_true(fabs(e.means[RECS_PRECISION] - 1.0 / 3) < 1e-6);
	assert_true(fabs(e.means[RECS_NDCG] - ndcg / 2) < 1e-6);
	assert_true(fabs(e.means[RECS_MAP] - (0.5 + 2.0 / 3) / 2 / 2) < 1e-6);
	assert_true(fabs(e.means[RECS_HIT] - 0.5) < 1e-6);
	assert_true(fabs(e.means[RECS_MRR] - 0.25) < 1e-6);
	assert_true(fabs(e.coverage - 4.0 / 6) < 1e-9);
	assert_true(e.listed == 1);
}

static void intervals_hold_the_mean_and_differences_tell_the_better(void **state)
{
	(void)state;
	struct error err;
	struct recs_outcome good[200], bad[200];
	memset(good, 0, sizeof good);
	memset(bad, 0, sizeof bad);
	struct recs_random random = {1};
	for (uint32_t i = 0; i < 200; i++) {
		float base = (float)recs_random_unit(&random);
		good[i].row = bad[i].row = i;
		good[i].metrics[RECS_NDCG] = base + 0.02f * (float)recs_random_unit(&random);
		bad[i].metrics[RECS_NDCG] = base;
	}
	struct recs_evaluation a = {.at = good, .count = 200}, b = {.at = bad, .count = 200};
	struct recs_interval mean, difference;
	assert_ok(recs_evaluate_interval(&a, RECS_NDCG, 300, 5, &mean, &err), &err);
	assert_true(mean.low < mean.value && mean.value < mean.high);
	assert_true(mean.high - mean.low > 0.02); /* persons differ much */
	assert_ok(recs_evaluate_difference(&a, &b, RECS_NDCG, 300, 5, &difference, &err), &err);
	assert_true(difference.low > 0.005 && difference.high < 0.015);
	b.count = 199;
	assert_fails(recs_evaluate_difference(&a, &b, RECS_NDCG, 300, 5, &difference, &err), &err,
		     ERR_USAGE);
}

static void where_everybody_is_content_the_mean_is_just_1(void **state)
{
	(void)state;
	struct error err;
	struct recs_interval intervals[RECS_METRIC_COUNT];
	for (size_t count = 1; count < 200; count++) { /* 60 × 1/60 is above 1 */
		OWNED_MEMORY struct recs_outcome *all = calloc(count, sizeof *all);
		struct recs_evaluation evaluation = {.at = all, .count = count};
		for (size_t i = 0; i < count; i++)
			all[i].metrics[RECS_RECALL] = 1;
		assert_ok(recs_evaluate_intervals(&evaluation, 2, 5, intervals, &err), &err);
		assert_true(intervals[RECS_RECALL].value == 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_best_are_found_in_order_whatever_the_scores),
		cmocka_unit_test(a_list_ends_where_there_is_nothing_to_recommend),
		cmocka_unit_test(metrics_are_those_worked_out_by_hand),
		cmocka_unit_test(intervals_hold_the_mean_and_differences_tell_the_better),
		cmocka_unit_test(where_everybody_is_content_the_mean_is_just_1),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
