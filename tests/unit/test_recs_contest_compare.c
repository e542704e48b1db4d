/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <math.h>
#include <string.h>

#include "recs/contest.h"
#include "recs/events.h"
#include "recs/random.h"

enum { GROUPS = 12, GROUP = 6, ITEMS = GROUPS * GROUP, PERSONS = 600, KNN = 2 };
#define DAY_US ((int64_t)86400 * 1000000)

/* Persons come at any time and buy one thing every ten days, mostly of one group of items, else
 * what all buy. */
static void fill(struct recs_events *events, uint64_t seed)
{
	struct error err;
	struct recs_random random = {seed};
	for (uint32_t p = 0; p < PERSONS; p++) {
		int64_t time_us = (int64_t)(recs_random_unit(&random) * 300) * DAY_US + 1000;
		uint32_t group = recs_random_below(&random, GROUPS);
		uint32_t count = 1 + recs_random_below(&random, 7);
		for (uint32_t i = 0; i < count; i++, time_us += 10 * DAY_US) {
			double place = recs_random_unit(&random);
			uint32_t item = recs_random_unit(&random) < 0.7
						? group * GROUP + recs_random_below(&random, GROUP)
						: (uint32_t)(place * place * place * ITEMS);
			assert_ok(recs_events_add(events, 1, &p, &item, &time_us, NULL, &err),
				  &err);
		}
	}
}

static const char *const recipes[] = {"popularity", "popularity:half_life=20", "knn",
				      "als:width=8,epochs=4", "popularity+knn"};
static const struct recs_contest_options usual = {.k = 5,
						  .validation = 0.2,
						  .test = 0.2,
						  .recipes = recipes,
						  .recipe_count = 5,
						  .persons_min = 20,
						  .resamples = 100,
						  .seed = 7,
						  .threads = 2};

static struct recs_contest *hold(const struct recs_events *events,
				 const struct recs_contest_options *options)
{
	struct error err;
	struct recs_contest *contest = NULL;
	struct recs_shop shop = {.events = events, .person_count = PERSONS, .item_count = ITEMS};
	assert_ok(recs_contest_hold(&shop, options, &contest, &err), &err);
	return contest;
}

static double ndcg(const struct recs_contest *contest, uint32_t entry, uint32_t persons)
{
	return contest->entries[entry].standings[persons].metrics[RECS_NDCG].value;
}

static void a_rival_is_compared_person_by_person_and_decides_nothing(void **state)
{
	(void)state;
	HELD(recs_events) events = {0};
	fill(&events, 1);
	struct recs_contest_options options = usual;
	OWNED(recs_contest) *without = hold(&events, &options);
	options.rival = KNN + 1;
	OWNED(recs_contest) *with = hold(&events, &options);
	for (uint32_t c = 0; c <= RECS_PERSONS_COUNT; c++) {
		assert_int_equal(with->winners[c], without->winners[c]);
		for (uint32_t e = 0; e < with->count; e++) {
			const struct recs_interval *over =
				&with->entries[e].standings[c].over_rival;
			double difference = ndcg(with, e, c) - ndcg(with, KNN, c);
			assert_true(fabs(over->value - difference) < 1e-6);
			assert_true(over->low <= over->value && over->value <= over->high);
			assert_true(ndcg(with, e, c) == ndcg(without, e, c));
			assert_true(without->entries[e].standings[c].over_rival.value == 0);
		}
	}
	/* From the same resamples: what one loses the other gains. */
	const struct recs_interval
		*lost = &with->entries[with->simple].standings[RECS_PERSONS_ALL].over_rival,
		*gained = &with->entries[KNN].standings[RECS_PERSONS_ALL].gain;
	assert_true(gained->value != 0);
	assert_true(fabs(lost->low + gained->high) < 1e-6);
	assert_true(fabs(lost->high + gained->low) < 1e-6);
}

static void a_rival_that_cannot_be_trained_leaves_the_others_alone(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	fill(&events, 2);
	const char *const some[] = {"popularity", "content"};
	struct recs_contest_options options = usual;
	options.recipes = some;
	options.recipe_count = 2;
	options.rival = 2;
	OWNED(recs_contest) *contest = hold(&events, &options);
	assert_non_null(contest->entries[1].withdrawn);
	assert_true(contest->entries[0].standings[RECS_PERSONS_ALL].over_rival.high == 0);
	struct recs_contest *none = NULL;
	struct recs_shop shop = {.events = &events, .person_count = PERSONS, .item_count = ITEMS};
	options.rival = 3;
	assert_fails(recs_contest_hold(&shop, &options, &none, &err), &err, ERR_USAGE);
}

static void completed_recipes_are_judged_as_they_would_serve(void **state)
{
	(void)state;
	HELD(recs_events) events = {0};
	fill(&events, 3);
	struct recs_contest_options options = usual;
	OWNED(recs_contest) *alone = hold(&events, &options);
	options.completed = true;
	OWNED(recs_contest) *served = hold(&events, &options);
	uint32_t popular = served->popularity;
	assert_int_equal(popular, alone->popularity);
	assert_true(ndcg(alone, KNN, RECS_PERSONS_NEW) == 0);
	assert_true(ndcg(served, popular, RECS_PERSONS_NEW) > 0);
	for (uint32_t c = 0; c <= RECS_PERSONS_COUNT; c++)
		assert_int_equal(served->winners[c], alone->winners[c]);
	for (uint32_t e = 0; e < served->count; e++) {
		const struct recs_entry *entry = &served->entries[e];
		assert_true(entry->standings[RECS_PERSONS_ALL].listed == 1);
		assert_true(entry->validation[RECS_PERSONS_ALL] ==
			    alone->entries[e].validation[RECS_PERSONS_ALL]);
		if (!entry->simple && entry->recipe.count == 1)
			assert_true(ndcg(served, e, RECS_PERSONS_NEW) ==
				    ndcg(served, popular, RECS_PERSONS_NEW));
		/* Where a list was full nothing changed. */
		if (alone->entries[e].standings[RECS_PERSONS_ALL].listed == 1)
			assert_true(ndcg(served, e, RECS_PERSONS_ALL) ==
				    ndcg(alone, e, RECS_PERSONS_ALL));
	}
}

static void a_search_never_ends_below_the_usual_settings(void **state)
{
	(void)state;
	HELD(recs_events) events = {0};
	fill(&events, 4);
	const char *const some[] = {"popularity:half_life=0", "knn", "walk",
				    "als:width=8,epochs=4"};
	struct recs_contest_options options = usual;
	options.recipes = some;
	options.recipe_count = 4;
	OWNED(recs_contest) *before = hold(&events, &options);
	options.trials = 3;
	OWNED(recs_contest) *after = hold(&events, &options);
	for (uint32_t e = 0; e < 4; e++) {
		assert_true(e ? after->entries[e].trials > 1 : !after->entries[e].trials);
		assert_true(after->entries[e].validation[RECS_PERSONS_ALL] >=
			    before->entries[e].validation[RECS_PERSONS_ALL]);
	}
}

static void a_blend_takes_the_best_of_what_was_found_for_a_part(void **state)
{
	(void)state;
	HELD(recs_events) events = {0};
	fill(&events, 5);
	const char *const some[] = {"popularity", "knn:neighbours=1", "knn", "popularity+knn"};
	struct recs_contest_options options = usual;
	options.recipes = some;
	options.recipe_count = 4;
	options.trials = 3;
	OWNED(recs_contest) *contest = hold(&events, &options);
	const struct recs_entry *worse = &contest->entries[1], *better = &contest->entries[2];
	assert_true(better->validation[RECS_PERSONS_ALL] > worse->validation[RECS_PERSONS_ALL]);
	assert_memory_equal(contest->entries[3].recipe.parts[1].values,
			    better->recipe.parts[0].values, sizeof better->recipe.parts[0].values);
}

static int hold_small(void *context, struct error *err)
{
	const char *const some[] = {"popularity", "knn"};
	struct recs_shop shop = {.events = context, .person_count = 12, .item_count = 6};
	struct recs_contest_options options = {.k = 2,
					       .validation = 0.3,
					       .test = 0.3,
					       .recipes = some,
					       .recipe_count = 2,
					       .rival = 2,
					       .completed = true,
					       .persons_min = 2,
					       .resamples = 5,
					       .threads = 1};
	OWNED(recs_contest) *contest = NULL;
	return recs_contest_hold(&shop, &options, &contest, err);
}

static void refused_memory_is_an_error_and_leaks_nothing(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	for (uint32_t p = 0; p < 36; p++) {
		uint32_t person = p % 12, item = p * 5 % 6;
		int64_t time_us = p * DAY_US;
		assert_ok(recs_events_add(&events, 1, &person, &item, &time_us, NULL, &err), &err);
	}
	support_sweep_allocations(hold_small, &events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rival_is_compared_person_by_person_and_decides_nothing),
		cmocka_unit_test(a_rival_that_cannot_be_trained_leaves_the_others_alone),
		cmocka_unit_test(completed_recipes_are_judged_as_they_would_serve),
		cmocka_unit_test(a_search_never_ends_below_the_usual_settings),
		cmocka_unit_test(a_blend_takes_the_best_of_what_was_found_for_a_part),
		cmocka_unit_test(refused_memory_is_an_error_and_leaks_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
