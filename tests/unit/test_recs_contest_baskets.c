/* SPDX-License-Identifier: Apache-2.0 */
/* Contests whose persons are baskets: of each one item is asked for, given the others. */
#include "support/support.h"

#include <string.h>

#include "recs/contest.h"
#include "recs/events.h"
#include "recs/random.h"
#include "recs/ratings.h"

enum { GROUPS = 30, GROUP = 6, ITEMS = GROUPS * GROUP, BASKETS = 600 };
#define DAY_US ((int64_t)86400 * 1000000)

static void add(struct recs_events *events, uint32_t basket, uint32_t item, int64_t time_us)
{
	struct error err;
	assert_ok(recs_events_add(events, 1, &basket, &item, &time_us, NULL, &err), &err);
}

static const char *const recipes[] = {"popularity", "popularity:half_life=20", "knn:shrinkage=1",
				      "popularity+knn"};
static const struct recs_contest_options usual = {.k = 5,
						  .validation = 0.2,
						  .test = 0.2,
						  .protocol = RECS_PROTOCOL_BASKET,
						  .recipes = recipes,
						  .recipe_count = 4,
						  .persons_min = 20,
						  .resamples = 300,
						  .seed = 7,
						  .threads = 2};

static struct recs_shop shop_of(const struct recs_events *events)
{
	return (struct recs_shop){.events = events, .person_count = BASKETS, .item_count = ITEMS};
}

/* Baskets of two to four items of one group. */
static void a_basket_is_completed_by_what_goes_together(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	OWNED(recs_contest) *contest = NULL;
	struct recs_random random = {6};
	for (uint32_t b = 0; b < BASKETS; b++) {
		uint32_t group = recs_random_below(&random, GROUPS);
		for (uint32_t i = 0; i < 2 + b % 3; i++)
			add(&events, b, group * GROUP + recs_random_below(&random, GROUP),
			    (int64_t)b * DAY_US);
	}
	struct recs_shop shop = shop_of(&events);
	assert_ok(recs_contest_hold(&shop, &usual, &contest, &err), &err);
	assert_true(contest->fold);
	assert_int_equal(contest->validated[RECS_PERSONS_NEW], 0);
	assert_true(contest->shown[RECS_PERSONS_ONE]);
	const struct recs_entry *knn = &contest->entries[2];
	assert_true(knn->standings[RECS_PERSONS_ALL].metrics[RECS_HIT].value > 0.6);
	assert_true(knn->standings[RECS_PERSONS_ALL].gain.low > 0.2);
}

/* Baskets of two items of one kind out of so many kinds that hardly a pair comes twice. */
enum { KINDS = 400, ALIKE = 4, ALL_ALIKE = KINDS * ALIKE };

static void fill_alike(struct recs_events *events, bool alike)
{
	struct recs_random random = {8};
	for (uint32_t b = 0; b < BASKETS; b++) {
		uint32_t kind = recs_random_below(&random, KINDS), first = b % ALIKE;
		uint32_t other = alike ? kind : recs_random_below(&random, KINDS);
		add(events, b, kind * ALIKE + first, (int64_t)b * DAY_US);
		add(events, b, other * ALIKE + (first + 1) % ALIKE, (int64_t)b * DAY_US);
	}
}

static struct recs_ratings *kinds_of_items(void)
{
	struct error err;
	struct recs_ratings *kinds;
	assert_ok(recs_ratings_new(ALL_ALIKE, KINDS, ALL_ALIKE, false, &kinds, &err), &err);
	for (uint32_t i = 0; i < ALL_ALIKE; i++) {
		kinds->starts[i + 1] = i + 1;
		kinds->columns[i] = i / ALIKE;
		kinds->values[i] = 1;
	}
	return kinds;
}

static const char *const for_baskets[] = {"popularity", "knn:neighbours=10", "content",
					  "content+knn:neighbours=10"};

static void hold_for_baskets(bool alike, struct recs_contest **out)
{
	struct error err;
	HELD(recs_events) events = {0};
	OWNED(recs_ratings) *kinds = kinds_of_items();
	fill_alike(&events, alike);
	struct recs_shop shop = {.events = &events,
				 .person_count = BASKETS,
				 .item_count = ALL_ALIKE,
				 .attributes = kinds};
	struct recs_contest_options options = usual;
	options.recipes = for_baskets;
	options.recipe_count = 4;
	options.neighbours = 10;
	options.reference = 2;
	assert_ok(recs_contest_hold(&shop, &options, out, &err), &err);
}

static void a_basket_of_a_pair_never_met_is_completed_by_what_is_alike(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_contest) *contest = NULL;
	uint32_t order[RECS_CONTEST_ORDER_MAX];
	hold_for_baskets(true, &contest);
	uint32_t winner = contest->winners[RECS_PERSONS_ONE];
	assert_int_equal(contest->simple, 1); /* all are compared with the reference */
	assert_int_equal(contest->popularity, 0);
	assert_true(contest->shown[RECS_PERSONS_ONE]);
	assert_in_range(winner, 2, 3);
	/* Of four alike one is given: the one wanted is among the three left. */
	assert_true(contest->entries[2].standings[RECS_PERSONS_ALL].metrics[RECS_HIT].value >
		    0.9999);
	assert_true(contest->entries[1].standings[RECS_PERSONS_ALL].metrics[RECS_HIT].value < 0.5);
	uint32_t count = recs_contest_order(contest, RECS_PERSONS_ONE, order);
	assert_int_equal(count, 3);
	assert_int_equal(order[0], winner);
	assert_int_equal(order[1], 1);
	assert_int_equal(order[2], 0);
	OWNED_MEMORY char *verdict = recs_contest_verdict(contest, RECS_PERSONS_ALL, &err);
	assert_non_null(strstr(verdict, "basket: content"));
	assert_non_null(strstr(verdict, " baskets; +"));
	assert_non_null(strstr(verdict, "over knn:neighbours=10"));
}

static void the_reference_serves_baskets_where_nothing_else_is_shown_to_be_better(void **state)
{
	(void)state;
	OWNED(recs_contest) *contest = NULL;
	uint32_t order[RECS_CONTEST_ORDER_MAX];
	hold_for_baskets(false, &contest);
	for (uint32_t c = 0; c <= RECS_PERSONS_COUNT; c++) {
		assert_false(contest->shown[c]);
		assert_int_equal(contest->winners[c], 1);
	}
	assert_int_equal(recs_contest_order(contest, RECS_PERSONS_ONE, order), 2);
	assert_int_equal(order[0], 1);
	assert_int_equal(order[1], 0);
}

static void baskets_of_one_item_leave_the_reference_to_serve(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	OWNED(recs_contest) *contest = NULL;
	for (uint32_t b = 0; b < BASKETS; b++)
		add(&events, b, b % ITEMS, (int64_t)b * DAY_US);
	struct recs_shop shop = shop_of(&events);
	struct recs_contest_options options = usual;
	options.neighbours = 10;
	options.reference = 3; /* knn */
	assert_ok(recs_contest_hold(&shop, &options, &contest, &err), &err);
	assert_int_equal(contest->validated[RECS_PERSONS_ALL], 0);
	assert_int_equal(contest->winners[RECS_PERSONS_ONE], 2);
	assert_null(contest->entries[2].withdrawn);
	OWNED_MEMORY char *verdict = recs_contest_verdict(contest, RECS_PERSONS_ALL, &err);
	assert_non_null(strstr(verdict, "there was nothing to compare on"));
}

static void a_basket_of_ten_thousand_items_is_one_basket(void **state)
{
	(void)state;
	enum { MANY = 10000 };
	struct error err;
	HELD(recs_events) events = {0};
	OWNED(recs_contest) *contest = NULL;
	for (uint32_t b = 0; b < 100; b++)
		for (uint32_t i = 0; i < (b == 60 || b == 95 ? MANY : 3); i++)
			add(&events, b, (b == 60 || b == 95 ? 0 : b * 3) + i, (int64_t)b * DAY_US);
	struct recs_shop shop = {.events = &events, .person_count = 100, .item_count = MANY};
	static const char *const two[] = {"popularity", "knn:neighbours=10"};
	struct recs_contest_options options = usual;
	options.recipes = two;
	options.recipe_count = 2;
	options.neighbours = 10;
	options.reference = 2;
	options.validation = options.test = 0.3;
	assert_ok(recs_contest_hold(&shop, &options, &contest, &err), &err);
	assert_true(contest->entries[0].standings[RECS_PERSONS_ALL].persons >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_basket_is_completed_by_what_goes_together),
		cmocka_unit_test(a_basket_of_a_pair_never_met_is_completed_by_what_is_alike),
		cmocka_unit_test(
			the_reference_serves_baskets_where_nothing_else_is_shown_to_be_better),
		cmocka_unit_test(baskets_of_one_item_leave_the_reference_to_serve),
		cmocka_unit_test(a_basket_of_ten_thousand_items_is_one_basket),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
