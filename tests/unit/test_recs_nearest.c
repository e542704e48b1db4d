/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <math.h>

#include "recs/content.h"
#include "recs/nearest.h"
#include "recs/rows.h"
#include "support/ratings.h"

enum { ITEMS = 60, ATTRIBUTES = 12, NEIGHBOURS = 7 };

static struct recs_model *content_model(void)
{
	struct error err;
	struct recs_model *model = NULL;
	OWNED(recs_ratings) *attributes =
		support_ratings(3, ITEMS, ATTRIBUTES, 200, RECS_MERGE_SUM);
	struct recs_content_options options = {0};
	assert_ok(recs_content_train(attributes, &options, &model, &err), &err);
	return model;
}

static float weight_in(const struct recs_rows *rows, uint32_t from, uint32_t to)
{
	for (uint64_t i = rows->starts[from]; i < rows->starts[from + 1]; i++)
		if (rows->items[i] == to)
			return rows->scores[i];
	return 0;
}

static void a_basket_scores_what_its_items_neighbours_add_up_to(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_rows) rows = {0};
	OWNED(recs_model) *plain = content_model();
	OWNED(recs_model) *model = NULL;
	float scores[ITEMS + 32];
	assert_ok(recs_rows_of_neighbours(plain, NEIGHBOURS, 1, &rows, &err), &err);
	assert_ok(recs_nearest_new(content_model(), NEIGHBOURS, &model, &err), &err);
	const uint32_t items[] = {4, 31, 32};
	const float weights[] = {1, 1, 1};
	struct recs_profile profile = {
		.person = RECS_NOBODY, .count = 3, .items = items, .weights = weights};
	support_score(model, &profile, scores);
	size_t scored = 0;
	for (uint32_t i = 0; i < ITEMS; i++) {
		float wanted = 0;
		for (int h = 0; h < 3; h++)
			wanted += weight_in(&rows, items[h], i);
		scored += wanted > 0;
		if (wanted > 0)
			assert_true(fabsf(scores[i] - wanted) < 1e-6f);
		else
			assert_true(scores[i] == RECS_NO_SCORE);
	}
	assert_in_range(scored, NEIGHBOURS, 3 * NEIGHBOURS);
}

static void an_item_is_no_neighbour_of_itself(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_model) *model = NULL;
	float scores[ITEMS + 32];
	assert_ok(recs_nearest_new(content_model(), NEIGHBOURS, &model, &err), &err);
	for (uint32_t i = 0; i < ITEMS; i++) {
		struct recs_profile profile = {.person = RECS_NOBODY, .count = 1, .items = &i};
		support_score(model, &profile, scores);
		assert_true(scores[i] == RECS_NO_SCORE);
	}
}

static void a_profile_of_nothing_has_no_scores(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_model) *model = NULL;
	float scores[ITEMS + 32];
	assert_ok(recs_nearest_new(content_model(), NEIGHBOURS, &model, &err), &err);
	struct recs_profile profile = {.person = RECS_NOBODY};
	support_score(model, &profile, scores);
	for (uint32_t i = 0; i < ITEMS; i++)
		assert_true(scores[i] == RECS_NO_SCORE);
}

static void no_neighbours_and_too_many_are_refused(void **state)
{
	(void)state;
	struct error err;
	struct recs_model *model = NULL;
	assert_fails(recs_nearest_new(content_model(), 0, &model, &err), &err, ERR_USAGE);
	assert_fails(recs_nearest_new(content_model(), RECS_LINKS_MAX + 1, &model, &err), &err,
		     ERR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_basket_scores_what_its_items_neighbours_add_up_to),
		cmocka_unit_test(an_item_is_no_neighbour_of_itself),
		cmocka_unit_test(a_profile_of_nothing_has_no_scores),
		cmocka_unit_test(no_neighbours_and_too_many_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
