/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <math.h>

#include "recs/content.h"
#include "recs/rank.h"
#include "recs/rows.h"
#include "support/ratings.h"

enum { ITEMS = 40, ATTRIBUTES = 15 };

/* The scaled vector of an item. */
static void vector_of(const struct recs_ratings *attributes, uint32_t item, double *out)
{
	for (uint32_t a = 0; a < ATTRIBUTES; a++) {
		double with = 0;
		for (uint32_t i = 0; i < ITEMS; i++)
			with += support_value(attributes, i, a) > 0;
		out[a] = with > 0 ? support_value(attributes, item, a) * log1p(ITEMS / with) : 0;
	}
}

static void scores_are_what_items_share_with_the_history(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *attributes =
		support_ratings(1, ITEMS, ATTRIBUTES, 150, RECS_MERGE_SUM);
	float sales[ITEMS];
	for (int i = 0; i < ITEMS; i++)
		sales[i] = (float)(i % 7);
	struct recs_content_options options = {
		.popularity = 0.3f, .sales = sales, .scoring = {.weighted = true}};
	OWNED(recs_model) *model = NULL;
	assert_ok(recs_content_train(attributes, &options, &model, &err), &err);
	const uint32_t items[] = {3, 17, 21};
	const float weights[] = {1, 2, 0.5f};
	struct recs_profile profile = {
		.person = RECS_NOBODY, .count = 3, .items = items, .weights = weights};
	float scores[64];
	support_score(model, &profile, scores);
	double sum[ATTRIBUTES] = {0}, one[ATTRIBUTES], squares = 0;
	for (int h = 0; h < 3; h++) {
		vector_of(attributes, items[h], one);
		for (int a = 0; a < ATTRIBUTES; a++)
			sum[a] += (double)weights[h] * one[a];
	}
	for (int a = 0; a < ATTRIBUTES; a++)
		squares += sum[a] * sum[a];
	for (uint32_t i = 0; i < ITEMS; i++) {
		double wanted = 0;
		vector_of(attributes, i, one);
		for (int a = 0; a < ATTRIBUTES; a++)
			wanted += sum[a] * one[a] / sqrt(squares);
		wanted *= 1 + 0.3 * log1p((double)sales[i]) / log1p(6);
		if (wanted == 0)
			assert_true(scores[i] == RECS_NO_SCORE);
		else
			assert_true(fabs((double)scores[i] - wanted) < 1e-5);
	}
}

static void an_item_of_which_little_is_known_is_not_put_before_the_alike(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	/* All are of category 0, items 0 and 1 of seller 1 as well, item 2 of seller 2. */
	const uint32_t of[] = {0, 0, 1, 1, 2, 2, 3}, what[] = {0, 1, 0, 1, 0, 2, 0};
	assert_ok(recs_events_add(&events, 7, of, what, NULL, NULL, &err), &err);
	OWNED(recs_ratings) *attributes = NULL;
	struct recs_ratings_options build = {0};
	assert_ok(recs_ratings_build(&events, 5, 3, &build, &attributes, &err), &err);
	struct recs_content_options options = {0};
	OWNED(recs_model) *model = NULL;
	assert_ok(recs_content_train(attributes, &options, &model, &err), &err);
	const uint32_t items[] = {0};
	struct recs_profile profile = {.person = RECS_NOBODY, .count = 1, .items = items};
	float scores[64];
	support_score(model, &profile, scores);
	assert_true(scores[1] > scores[2]);
	assert_true(scores[2] == scores[3]);
	assert_true(scores[4] == RECS_NO_SCORE);
}

static void neighbours_of_items_alike_are_those_of_each_alone(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	HELD(recs_rows) rows = {0};
	enum { MANY = 50, NEIGHBOURS = 6 };
	for (uint32_t i = 0; i < MANY; i++) {
		const uint32_t of[] = {i, i}, what[] = {i % 7, 7 + i % 3};
		assert_ok(recs_events_add(&events, i % 10 ? 2 : 0, of, what, NULL, NULL, &err),
			  &err);
	}
	OWNED(recs_ratings) *attributes = NULL;
	struct recs_ratings_options build = {0};
	assert_ok(recs_ratings_build(&events, MANY, 10, &build, &attributes, &err), &err);
	float sales[MANY];
	for (int i = 0; i < MANY; i++)
		sales[i] = (float)(i % 5);
	struct recs_content_options options = {.popularity = 1, .sales = sales};
	OWNED(recs_model) *model = NULL;
	assert_ok(recs_content_train(attributes, &options, &model, &err), &err);
	assert_ok(recs_rows_of_neighbours(model, NEIGHBOURS, 2, &rows, &err), &err);
	for (uint32_t i = 0; i < MANY; i++) {
		struct recs_profile alone = {.person = RECS_NOBODY, .count = 1, .items = &i};
		struct recs_ranked best[NEIGHBOURS];
		float scores[64];
		support_score(model, &alone, scores);
		scores[i] = RECS_NO_SCORE;
		size_t count = recs_rank_top(scores, MANY, NEIGHBOURS, best);
		assert_int_equal(rows.starts[i + 1] - rows.starts[i], count);
		for (size_t l = 0; l < count; l++) {
			assert_int_equal(rows.items[rows.starts[i] + l], best[l].item);
			assert_true(rows.scores[rows.starts[i] + l] == best[l].score);
		}
	}
}

static void an_item_nobody_bought_is_recommended_for_its_attributes(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	/* Items 0 and 2 are of category 0, items 1 and 3 of category 1. */
	const uint32_t of[] = {0, 1, 2, 3}, categories[] = {0, 1, 0, 1};
	assert_ok(recs_events_add(&events, 4, of, categories, NULL, NULL, &err), &err);
	OWNED(recs_ratings) *attributes = NULL;
	struct recs_ratings_options build = {0};
	assert_ok(recs_ratings_build(&events, 5, 2, &build, &attributes, &err), &err);
	struct recs_content_options options = {0};
	OWNED(recs_model) *model = NULL;
	assert_ok(recs_content_train(attributes, &options, &model, &err), &err);
	const uint32_t items[] = {0};
	struct recs_profile profile = {.person = RECS_NOBODY, .count = 1, .items = items};
	float scores[32];
	support_score(model, &profile, scores);
	assert_true(scores[2] > 0.99f);
	assert_true(scores[1] == RECS_NO_SCORE && scores[3] == RECS_NO_SCORE);
	assert_true(scores[4] == RECS_NO_SCORE); /* nothing is known of it */
}

static int train(void *context, struct error *err)
{
	OWNED(recs_model) *model = NULL;
	struct recs_content_options options = {0};
	return recs_content_train(context, &options, &model, err);
}

static void refused_memory_and_wrong_options_are_errors(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *attributes =
		support_ratings(1, ITEMS, ATTRIBUTES, 150, RECS_MERGE_SUM);
	support_sweep_allocations(train, attributes);
	OWNED(recs_model) *model = NULL;
	struct recs_content_options wrong = {.popularity = -1};
	assert_fails(recs_content_train(attributes, &wrong, &model, &err), &err, ERR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scores_are_what_items_share_with_the_history),
		cmocka_unit_test(an_item_of_which_little_is_known_is_not_put_before_the_alike),
		cmocka_unit_test(neighbours_of_items_alike_are_those_of_each_alone),
		cmocka_unit_test(an_item_nobody_bought_is_recommended_for_its_attributes),
		cmocka_unit_test(refused_memory_and_wrong_options_are_errors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
