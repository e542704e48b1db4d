/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <math.h>

#include "recs/repeat.h"
#include "support/ratings.h"

#define DAY ((int64_t)86400 * 1000000)
enum { COFFEE, SOFA, SOAP, ITEMS, BUYERS = 200 };

/* Coffee is bought again every 30 days or so by most, soap every 90 by half, a sofa never. */
static void fill(struct recs_events *events)
{
	struct error err;
	struct recs_random random = {5};
	for (uint32_t p = 0; p < BUYERS; p++)
		for (uint32_t item = 0; item < ITEMS; item++) {
			double chance = item == COFFEE ? 0.8 : item == SOAP ? 0.5 : 0;
			double wait = item == COFFEE ? 30 : 90;
			int64_t time_us = (int64_t)(recs_random_unit(&random) * 50 * DAY);
			do {
				assert_ok(
					recs_events_add(events, 1, &p, &item, &time_us, NULL, &err),
					&err);
				time_us += (int64_t)(wait * DAY *
						     exp(0.2 * recs_random_normal(&random)));
			} while (recs_random_unit(&random) < chance && time_us < 500 * DAY);
		}
}

/* The score of `item` bought `times` times, the last `days` ago. */
static float score(const struct recs_model *model, uint32_t item, float times, double days)
{
	int64_t last_us = 1000 * DAY - (int64_t)(days * DAY);
	struct recs_profile profile = {.person = RECS_NOBODY,
				       .count = 1,
				       .items = &item,
				       .weights = &times,
				       .times_us = &last_us};
	float scores[32];
	support_score(model, &profile, scores);
	for (uint32_t i = 0; i < ITEMS; i++)
		assert_true(i == item || scores[i] == RECS_NO_SCORE);
	return scores[item];
}

static struct recs_model *train(float prior)
{
	struct error err;
	HELD(recs_events) events = {0};
	fill(&events);
	struct recs_model *model = NULL;
	struct recs_repeat_options options = {.now_us = 1000 * DAY, .prior = prior};
	assert_ok(recs_repeat_train(&events, ITEMS, &options, &model, &err), &err);
	return model;
}

static void an_item_is_due_when_its_usual_waiting_time_has_passed(void **state)
{
	(void)state;
	OWNED(recs_model) *model = train(2);
	assert_true(score(model, COFFEE, 1, 30) > 2 * score(model, COFFEE, 1, 3));
	assert_true(score(model, COFFEE, 1, 30) > 2 * score(model, COFFEE, 1, 200));
	assert_true(score(model, SOAP, 1, 90) > 2 * score(model, SOAP, 1, 20));
	assert_true(score(model, COFFEE, 1, 30) > score(model, SOAP, 1, 90));
	assert_true(score(model, SOFA, 1, 60) < 0.1f * score(model, SOAP, 1, 90));
}

static void the_chance_is_the_share_who_came_back(void **state)
{
	(void)state;
	OWNED(recs_model) *model = train(1e-3f);
	float best = 0;
	for (int days = 20; days < 50; days++)
		best = fmaxf(best, score(model, COFFEE, 1, days));
	assert_true(fabsf(best - 0.8f) < 0.08f);
}

static void who_came_back_before_comes_back_more(void **state)
{
	(void)state;
	OWNED(recs_model) *model = train(2);
	assert_true(score(model, SOAP, 2, 90) > score(model, SOAP, 1, 90));
}

static void two_pieces_in_one_order_are_no_return(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	for (uint32_t p = 0; p < 50; p++)
		for (int64_t piece = 0; piece < 3; piece++) {
			uint32_t item = SOFA;
			int64_t time_us = 10 * DAY + piece * 1000;
			assert_ok(recs_events_add(&events, 1, &p, &item, &time_us, NULL, &err),
				  &err);
		}
	OWNED(recs_model) *model = NULL;
	struct recs_repeat_options options = {.now_us = 1000 * DAY, .prior = 1};
	assert_ok(recs_repeat_train(&events, ITEMS, &options, &model, &err), &err);
	assert_true(score(model, SOFA, 3, 30) == RECS_NO_SCORE);
}

static void what_lies_in_the_future_or_has_no_time_has_no_score(void **state)
{
	(void)state;
	OWNED(recs_model) *model = train(2);
	assert_true(score(model, COFFEE, 1, -5) == RECS_NO_SCORE);
	const uint32_t item = COFFEE;
	const float times = 1;
	struct recs_profile profile = {
		.person = RECS_NOBODY, .count = 1, .items = &item, .weights = &times};
	float scores[32];
	support_score(model, &profile, scores);
	assert_true(scores[COFFEE] == RECS_NO_SCORE);
}

static int train_once(void *context, struct error *err)
{
	OWNED(recs_model) *model = NULL;
	struct recs_repeat_options options = {.prior = 1};
	return recs_repeat_train(context, ITEMS, &options, &model, err);
}

static void refused_memory_and_wrong_options_are_errors(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	fill(&events);
	support_sweep_allocations(train_once, &events);
	OWNED(recs_model) *model = NULL;
	struct recs_repeat_options wrong = {.prior = 0};
	assert_fails(recs_repeat_train(&events, ITEMS, &wrong, &model, &err), &err, ERR_USAGE);
	wrong.prior = 1;
	assert_fails(recs_repeat_train(&events, 1, &wrong, &model, &err), &err, ERR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_item_is_due_when_its_usual_waiting_time_has_passed),
		cmocka_unit_test(the_chance_is_the_share_who_came_back),
		cmocka_unit_test(who_came_back_before_comes_back_more),
		cmocka_unit_test(two_pieces_in_one_order_are_no_return),
		cmocka_unit_test(what_lies_in_the_future_or_has_no_time_has_no_score),
		cmocka_unit_test(refused_memory_and_wrong_options_are_errors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
