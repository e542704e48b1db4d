/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "recs/contest.h"
#include "recs/events.h"
#include "recs/random.h"
#include "recs/ratings.h"

enum { GROUPS = 30, GROUP = 6, ITEMS = GROUPS * GROUP, PERSONS = 600 };
#define DAY_US ((int64_t)86400 * 1000000)

static void add(struct recs_events *events, uint32_t person, uint32_t item, int64_t time_us)
{
	struct error err;
	assert_ok(recs_events_add(events, 1, &person, &item, &time_us, NULL, &err), &err);
}

static uint32_t skewed(struct recs_random *random, uint32_t bound)
{
	double place = recs_random_unit(random);
	return (uint32_t)(place * place * place * bound);
}

/* Persons come at any time and buy one thing every ten days: with `groups` mostly of one group of
 * items, otherwise what everybody buys. */
static void fill(struct recs_events *events, bool groups, uint64_t seed)
{
	struct recs_random random = {seed};
	for (uint32_t p = 0; p < PERSONS; p++) {
		int64_t time_us = (int64_t)(recs_random_unit(&random) * 100) * DAY_US + 1000;
		uint32_t group = recs_random_below(&random, GROUPS);
		uint32_t count = 1 + recs_random_below(&random, 7);
		for (uint32_t i = 0; i < count; i++) {
			uint32_t item = groups && recs_random_unit(&random) < 0.9
						? group * GROUP + recs_random_below(&random, GROUP)
						: skewed(&random, ITEMS);
			add(events, p, item, time_us + i * 10 * DAY_US);
		}
	}
}

static const char *const recipes[] = {"popularity", "popularity:half_life=20", "knn:shrinkage=1",
				      "als:width=8,epochs=4", "popularity+knn"};
static const struct recs_contest_options usual = {.k = 5,
						  .validation = 0.2,
						  .test = 0.2,
						  .recipes = recipes,
						  .recipe_count = 5,
						  .persons_min = 20,
						  .resamples = 300,
						  .seed = 7,
						  .threads = 2};

static struct recs_shop shop_of(const struct recs_events *events)
{
	return (struct recs_shop){.events = events, .person_count = PERSONS, .item_count = ITEMS};
}

static void what_goes_together_wins_where_there_is_a_history(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	OWNED(recs_contest) *contest = NULL;
	fill(&events, true, 1);
	struct recs_shop shop = shop_of(&events);
	assert_ok(recs_contest_hold(&shop, &usual, &contest, &err), &err);
	for (uint32_t c = RECS_PERSONS_ONE; c <= RECS_PERSONS_SEVERAL; c++) {
		const struct recs_entry *winner = &contest->entries[contest->winners[c]];
		assert_true(contest->shown[c]);
		assert_false(winner->simple);
		assert_true(winner->standings[c].winner);
		assert_true(winner->standings[c].gain.low > 0.1);
	}
	assert_false(contest->shown[RECS_PERSONS_NEW]);
	assert_int_equal(contest->winners[RECS_PERSONS_NEW], contest->simple);
	assert_true(contest->entries[contest->simple].simple);
	const struct recs_entry *served = &contest->entries[contest->count - 1];
	assert_string_equal(served->text, "chooser");
	assert_true(served->standings[RECS_PERSONS_ALL].gain.low > 0);
	assert_true(served->standings[RECS_PERSONS_ALL].listed == 1);
}

static void where_all_buy_alike_popularity_serves_everybody(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	OWNED(recs_contest) *contest = NULL;
	fill(&events, false, 2);
	struct recs_shop shop = shop_of(&events);
	assert_ok(recs_contest_hold(&shop, &usual, &contest, &err), &err);
	for (uint32_t c = 0; c <= RECS_PERSONS_COUNT; c++) {
		assert_false(contest->shown[c]);
		assert_int_equal(contest->winners[c], contest->simple);
	}
	assert_int_equal(contest->served[contest->simple].persons,
			 contest->entries[0].standings[RECS_PERSONS_ALL].persons);
	char *verdict = recs_contest_verdict(contest, RECS_PERSONS_ALL, &err);
	assert_non_null(strstr(verdict, "no other was shown to be better"));
	free(verdict);
}

static void assert_same_standing(const struct recs_standing *a, const struct recs_standing *b)
{
	assert_int_equal(a->persons, b->persons);
	for (int m = 0; m < RECS_METRIC_COUNT; m++)
		assert_true(a->metrics[m].value == b->metrics[m].value &&
			    a->metrics[m].low == b->metrics[m].low &&
			    a->metrics[m].high == b->metrics[m].high);
	assert_true(a->gain.low == b->gain.low && a->winner == b->winner);
}

static void a_contest_with_a_search_is_the_same_again(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	OWNED(recs_contest) *one = NULL;
	OWNED(recs_contest) *two = NULL;
	fill(&events, true, 3);
	struct recs_shop shop = shop_of(&events);
	struct recs_contest_options options = usual;
	options.trials = 4;
	assert_ok(recs_contest_hold(&shop, &options, &one, &err), &err);
	assert_ok(recs_contest_hold(&shop, &options, &two, &err), &err);
	assert_int_equal(one->count, two->count);
	for (uint32_t e = 0; e < one->count; e++) {
		assert_string_equal(one->entries[e].text, two->entries[e].text);
		for (uint32_t c = 0; c <= RECS_PERSONS_COUNT; c++)
			assert_same_standing(&one->entries[e].standings[c],
					     &two->entries[e].standings[c]);
	}
	assert_int_equal(one->entries[1].trials, 0); /* its setting is written */
	assert_true(one->entries[2].trials > 1);
	/* The blend took what was found for its part. */
	char wanted[256];
	const char *knn = one->entries[2].text;
	assert_true(strlen(knn) < sizeof wanted);
	assert_non_null(strstr(one->entries[4].text, "knn"));
}

static void classes_and_what_is_wanted_add_up(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	OWNED(recs_contest) *contest = NULL;
	uint32_t segments[PERSONS];
	fill(&events, true, 4);
	for (uint32_t p = 0; p < PERSONS; p++)
		segments[p] = p % 4;
	struct recs_shop shop = shop_of(&events);
	shop.segments = segments;
	shop.segment_count = 4;
	struct recs_contest_options options = usual;
	options.segments = true;
	assert_ok(recs_contest_hold(&shop, &options, &contest, &err), &err);
	assert_int_equal(contest->train_events + contest->validation_events + contest->test_events,
			 events.count);
	for (uint32_t e = 0; e < contest->count; e++) {
		const struct recs_entry *entry = &contest->entries[e];
		size_t by_class = 0, by_segment = 0;
		for (uint32_t c = 0; c < RECS_PERSONS_COUNT; c++)
			by_class += entry->standings[c].persons;
		for (uint32_t s = 0; s < 4; s++)
			by_segment += entry->by_segment[s].persons;
		assert_int_equal(by_class, entry->standings[RECS_PERSONS_ALL].persons);
		assert_int_equal(by_segment, by_class);
		assert_true(by_class > 50);
	}
}

static void what_serves_is_trained_on_everything_and_fills_every_list(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	OWNED(recs_contest) *contest = NULL;
	OWNED(recs_ratings) *ratings = NULL;
	struct recs_chooser *chooser = NULL;
	fill(&events, true, 5);
	struct recs_shop shop = shop_of(&events);
	shop.person_count = PERSONS + 1; /* the last has no history */
	assert_ok(recs_contest_hold(&shop, &usual, &contest, &err), &err);
	struct recs_train_options train = {.seed = 7, .threads = 2};
	assert_ok(recs_contest_train(contest, &shop, &train, &chooser, &err), &err);
	OWNED(recs_model) *model = &chooser->model;
	assert_ok(recs_shop_ratings(&shop, &ratings, &err), &err);
	struct recs_rank_options rank = {.k = 5, .threads = 2};
	HELD(recs_lists) lists = {0};
	OWNED_MEMORY uint8_t *sources = NULL;
	assert_ok(recs_chooser_rank(chooser, ratings, &rank, &lists, &sources, &err), &err);
	for (size_t i = 0; i < (size_t)(PERSONS + 1) * 5; i++) {
		assert_true(lists.at[i].item < ITEMS);
		assert_true(sources[i] < chooser->source_count);
	}
	uint32_t last = chooser->labels[sources[(size_t)PERSONS * 5]];
	assert_int_equal(last, contest->winners[RECS_PERSONS_NEW]);
}

static void the_last_of_each_person_can_be_asked_for(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	OWNED(recs_contest) *contest = NULL;
	fill(&events, true, 8);
	struct recs_shop shop = shop_of(&events);
	struct recs_contest_options options = usual;
	options.protocol = RECS_PROTOCOL_LAST;
	assert_ok(recs_contest_hold(&shop, &options, &contest, &err), &err);
	assert_int_equal(contest->test_events, contest->validation_events);
	assert_int_equal(contest->validated[RECS_PERSONS_NEW], 0);
	assert_true(contest->shown[RECS_PERSONS_SEVERAL]);
}

static void what_cannot_be_trained_is_withdrawn_and_says_why(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	OWNED(recs_contest) *contest = NULL;
	const char *const some[] = {"content", "content+knn", "knn"};
	fill(&events, true, 9);
	struct recs_shop shop = shop_of(&events);
	struct recs_contest_options options = usual;
	options.recipes = some;
	options.recipe_count = 3;
	assert_ok(recs_contest_hold(&shop, &options, &contest, &err), &err);
	assert_int_equal(contest->count, 5); /* popularity is added, and the chooser */
	assert_non_null(strstr(contest->entries[0].withdrawn, "nothing is known"));
	assert_non_null(contest->entries[1].withdrawn);
	assert_null(contest->entries[2].withdrawn);
	assert_int_equal(contest->simple, 3);
}

/* An item's rating is the same for all, so what was not rated yet can be told to a tenth. */
static void predicted_ratings_have_an_error_and_bounds_are_said(void **state)
{
	(void)state;
	struct error err;
	struct recs_random random = {3};
	HELD(recs_events) events = {0};
	OWNED(recs_contest) *contest = NULL;
	const char *const some[] = {"popularity", "explicit:width=2", "ease:items=7", "ease",
				    "ease:items=7+knn"};
	for (int64_t e = 0; e < 20000; e++) {
		uint32_t p = recs_random_below(&random, PERSONS);
		uint32_t item = recs_random_below(&random, ITEMS);
		float rating = 1 + (float)(item % 5);
		int64_t time_us = e * DAY_US / 100;
		assert_ok(recs_events_add(&events, 1, &p, &item, &time_us, &rating, &err), &err);
	}
	struct recs_shop shop = shop_of(&events);
	struct recs_contest_options options = usual;
	options.recipes = some;
	assert_ok(recs_contest_hold(&shop, &options, &contest, &err), &err);
	double rmse = contest->entries[1].standings[RECS_PERSONS_ALL].rmse;
	double several = contest->entries[1].standings[RECS_PERSONS_SEVERAL].rmse;
	assert_true(rmse > 0 && rmse < 0.1);
	assert_true(several > 0 && several < 0.1);
	assert_true(isnan(contest->entries[0].standings[RECS_PERSONS_ALL].rmse));
	assert_true(isnan(contest->entries[5].standings[RECS_PERSONS_ALL].rmse));
	assert_non_null(strstr(contest->entries[2].note, "the 7 most popular of "));
	assert_null(contest->entries[3].note);
	assert_non_null(contest->entries[4].note);
}

/* Hold the automatic contest on a shop that is hardly one, and make lists of it. */
static void assert_serves(const struct recs_shop *shop, bool shown)
{
	struct error err;
	OWNED(recs_contest) *contest = NULL;
	OWNED(recs_ratings) *ratings = NULL;
	struct recs_chooser *chooser = NULL;
	struct recs_contest_options options = {.resamples = 50, .threads = 2};
	assert_ok(recs_contest_hold(shop, &options, &contest, &err), &err);
	assert_int_equal(contest->shown[RECS_PERSONS_ALL], shown);
	struct recs_train_options train = {.threads = 2};
	assert_ok(recs_contest_train(contest, shop, &train, &chooser, &err), &err);
	OWNED(recs_model) *model = &chooser->model;
	assert_ok(recs_shop_ratings(shop, &ratings, &err), &err);
	struct recs_rank_options rank = {.k = 3, .keep_seen = true, .threads = 2};
	HELD(recs_lists) lists = {0};
	OWNED_MEMORY uint8_t *sources = NULL;
	assert_ok(recs_chooser_rank(chooser, ratings, &rank, &lists, &sources, &err), &err);
	for (uint32_t r = 0; r < ratings->row_count; r++)
		if (shop->events->count)
			assert_true(lists.at[(size_t)r * 3].item < shop->item_count);
	for (uint32_t c = 0; c <= RECS_PERSONS_COUNT; c++) {
		char *verdict = recs_contest_verdict(contest, c, &err);
		assert_non_null(verdict);
		free(verdict);
	}
}

static void a_shop_without_events_has_a_contest_and_empty_lists(void **state)
{
	(void)state;
	HELD(recs_events) events = {0};
	struct recs_shop shop = {.events = &events};
	assert_serves(&shop, false);
	shop.person_count = 3;
	shop.item_count = 4;
	assert_serves(&shop, false);
}

static void one_event_is_what_is_popular(void **state)
{
	(void)state;
	HELD(recs_events) events = {0};
	add(&events, 0, 0, 5);
	struct recs_shop shop = {.events = &events, .person_count = 2, .item_count = 1};
	assert_serves(&shop, false);
}

static void events_all_at_one_time_leave_nothing_to_validate(void **state)
{
	(void)state;
	HELD(recs_events) events = {0};
	for (uint32_t p = 0; p < 50; p++)
		add(&events, p, p % 7, 1000);
	struct recs_shop shop = {.events = &events, .person_count = 50, .item_count = 7};
	assert_serves(&shop, false);
}

static void one_item_and_events_that_repeat_are_a_shop(void **state)
{
	(void)state;
	HELD(recs_events) events = {0};
	for (uint32_t p = 0; p < 60; p++)
		add(&events, p % 20, 0, p * DAY_US);
	struct recs_shop shop = {.events = &events, .person_count = 20, .item_count = 1};
	assert_serves(&shop, false);
}

static void persons_of_one_event_each_are_a_shop(void **state)
{
	(void)state;
	HELD(recs_events) events = {0};
	struct recs_random random = {11};
	for (uint32_t p = 0; p < 400; p++)
		add(&events, p, skewed(&random, 40), (int64_t)p * DAY_US / 4);
	struct recs_shop shop = {.events = &events, .person_count = 400, .item_count = 40};
	assert_serves(&shop, false);
}

static void what_is_no_number_or_from_the_future_is_not_learnt_from(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {.now_us = 100 * DAY_US};
	float nan_weight = NAN;
	uint32_t zero = 0;
	int64_t early_us = DAY_US, late_us = 200 * DAY_US;
	for (uint32_t p = 1; p < 100; p++)
		add(&events, p, p % 5, p * DAY_US);
	assert_ok(recs_events_add(&events, 1, &zero, &zero, &early_us, &nan_weight, &err), &err);
	assert_ok(recs_events_add(&events, 1, &zero, &zero, &late_us, NULL, &err), &err);
	assert_int_equal(events.refused_weight, 1);
	assert_int_equal(events.refused_future, 1);
	struct recs_shop shop = {.events = &events, .person_count = 100, .item_count = 5};
	assert_serves(&shop, false);
}

static void a_person_with_a_hundred_thousand_events_costs_no_more_than_time(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	OWNED(recs_contest) *contest = NULL;
	const char *const some[] = {"popularity", "knn", "walk", "session"};
	fill(&events, true, 12);
	for (uint32_t i = 0; i < 100000; i++)
		add(&events, 0, i * 7919 % ITEMS, (int64_t)i * DAY_US / 1000);
	struct recs_shop shop = shop_of(&events);
	struct recs_contest_options options = usual;
	options.recipes = some;
	options.recipe_count = 4;
	assert_ok(recs_contest_hold(&shop, &options, &contest, &err), &err);
	assert_true(contest->entries[0].standings[RECS_PERSONS_ALL].persons > 0);
}

static int stop_at_blend(void *context, const struct recs_contest_progress *progress,
			 struct error *err)
{
	int *calls = context;
	(*calls)++;
	assert_true(progress->done <= progress->total);
	if (strncmp(progress->what, "blend", 5) == 0)
		return err_set(err, ERR_CANCELED, "enough");
	return 0;
}

static void a_contest_stops_when_told(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	struct recs_contest *contest = NULL;
	int calls = 0;
	fill(&events, true, 13);
	struct recs_shop shop = shop_of(&events);
	struct recs_contest_options options = usual;
	options.progress = stop_at_blend;
	options.context = &calls;
	assert_fails(recs_contest_hold(&shop, &options, &contest, &err), &err, ERR_CANCELED);
	assert_true(calls > 4);
	assert_null(contest);
}

static void wrong_options_are_refused(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	struct recs_contest *contest = NULL;
	fill(&events, true, 14);
	struct recs_shop shop = shop_of(&events);
	struct recs_contest_options options = usual;
	options.k = RECS_RANK_MAX + 1;
	assert_fails(recs_contest_hold(&shop, &options, &contest, &err), &err, ERR_USAGE);
	options = usual;
	options.test = 0.9;
	assert_fails(recs_contest_hold(&shop, &options, &contest, &err), &err, ERR_USAGE);
	const char *const slip[] = {"knm"};
	options = usual;
	options.recipes = slip;
	options.recipe_count = 1;
	assert_fails(recs_contest_hold(&shop, &options, &contest, &err), &err, ERR_USAGE);
}

static int hold_small(void *context, struct error *err)
{
	const char *const some[] = {"popularity", "knn", "popularity+knn"};
	uint32_t segments[12] = {1, 1, 1, 0};
	struct recs_shop shop = {context, 12, 6, NULL, segments, 2, NULL};
	struct recs_contest_options options = {.k = 2,
					       .validation = 0.3,
					       .test = 0.3,
					       .recipes = some,
					       .recipe_count = 3,
					       .trials = 2,
					       .persons_min = 2,
					       .resamples = 5,
					       .threads = 1,
					       .segments = true,
					       .keep_seen = true};
	OWNED(recs_contest) *contest = NULL;
	struct recs_chooser *chooser = NULL;
	struct recs_train_options train = {.threads = 1};
	TRY(recs_contest_hold(&shop, &options, &contest, err));
	OWNED_MEMORY char *verdict = recs_contest_verdict(contest, RECS_PERSONS_ALL, err);
	if (!verdict)
		return -1;
	TRY(recs_contest_train(contest, &shop, &train, &chooser, err));
	recs_model_free(&chooser->model);
	return 0;
}

static void refused_memory_is_an_error_and_leaks_nothing(void **state)
{
	(void)state;
	HELD(recs_events) events = {0};
	for (uint32_t p = 0; p < 36; p++)
		add(&events, p % 12, p * 5 % 6, p * DAY_US);
	support_sweep_allocations(hold_small, &events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_together_wins_where_there_is_a_history),
		cmocka_unit_test(where_all_buy_alike_popularity_serves_everybody),
		cmocka_unit_test(a_contest_with_a_search_is_the_same_again),
		cmocka_unit_test(classes_and_what_is_wanted_add_up),
		cmocka_unit_test(what_serves_is_trained_on_everything_and_fills_every_list),
		cmocka_unit_test(the_last_of_each_person_can_be_asked_for),
		cmocka_unit_test(what_cannot_be_trained_is_withdrawn_and_says_why),
		cmocka_unit_test(predicted_ratings_have_an_error_and_bounds_are_said),
		cmocka_unit_test(a_shop_without_events_has_a_contest_and_empty_lists),
		cmocka_unit_test(one_event_is_what_is_popular),
		cmocka_unit_test(events_all_at_one_time_leave_nothing_to_validate),
		cmocka_unit_test(one_item_and_events_that_repeat_are_a_shop),
		cmocka_unit_test(persons_of_one_event_each_are_a_shop),
		cmocka_unit_test(what_is_no_number_or_from_the_future_is_not_learnt_from),
		cmocka_unit_test(a_person_with_a_hundred_thousand_events_costs_no_more_than_time),
		cmocka_unit_test(a_contest_stops_when_told),
		cmocka_unit_test(wrong_options_are_refused),
		cmocka_unit_test(refused_memory_is_an_error_and_leaks_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
