/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdlib.h>

#include "recs/chooser.h"
#include "recs/events.h"
#include "recs/ratings.h"
#include "support/ratings.h"

enum { ITEMS = 10, ROWS = 4 };

/* A source that scores the items from `first` on, the lower the better, `count` of them. */
struct fake {
	struct recs_model model;
	uint32_t first, count;
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
	const struct fake *fake = (const struct fake *)model;
	(void)profiles;
	(void)scratch;
	for (size_t p = 0; p < count; p++)
		for (uint32_t i = 0; i < ITEMS; i++)
			scores[p * stride + i] = i >= fake->first && i < fake->first + fake->count
							 ? (float)(ITEMS - i)
							 : RECS_NO_SCORE;
}

static void fake_free(struct recs_model *model)
{
	(void)model;
}

static const struct recs_model_kind fake_kind = {"fake", no_scratch, fake_score, fake_free};

static struct fake make(uint32_t first, uint32_t count)
{
	return (struct fake){{&fake_kind, ITEMS}, first, count};
}

/* Row 0 is new, row 1 has one item, row 2 two at one time, row 3 two at two times. */
static struct recs_ratings *histories(void)
{
	static const uint32_t persons[] = {1, 2, 2, 3, 3}, items[] = {0, 0, 1, 0, 1};
	static const int64_t times_us[] = {5, 6, 6, 7, 8};
	struct error err;
	HELD(recs_events) events = {0};
	struct recs_ratings *ratings = NULL;
	struct recs_ratings_options options = {.merge = RECS_MERGE_ONE, .times = true};
	assert_ok(recs_events_add(&events, 5, persons, items, times_us, NULL, &err), &err);
	assert_ok(recs_ratings_build(&events, ROWS, ITEMS, &options, &ratings, &err), &err);
	return ratings;
}

static void persons_are_classed_by_occasions_or_by_items(void **state)
{
	(void)state;
	OWNED(recs_ratings) *ratings = histories();
	static const enum recs_persons wanted[2][ROWS] = {
		{RECS_PERSONS_NEW, RECS_PERSONS_ONE, RECS_PERSONS_ONE, RECS_PERSONS_SEVERAL},
		{RECS_PERSONS_NEW, RECS_PERSONS_ONE, RECS_PERSONS_SEVERAL, RECS_PERSONS_SEVERAL}};
	for (uint32_t r = 0; r < ROWS; r++) {
		struct recs_profile profile = support_profile(ratings, r);
		assert_int_equal(recs_persons_class(&profile, false), wanted[0][r]);
		assert_int_equal(recs_persons_class(&profile, true), wanted[1][r]);
		profile.times_us = NULL;
		assert_int_equal(recs_persons_class(&profile, false), wanted[1][r]);
	}
	assert_string_equal(recs_persons_name(RECS_PERSONS_ONE), "one");
	assert_string_equal(recs_persons_name(RECS_PERSONS_COUNT), "all");
}

/* One for those who came once, then all; two for the others, then one. */
static struct recs_chooser *make_chooser(struct fake *one, struct fake *two, struct fake *all)
{
	struct error err;
	struct recs_chooser *chooser = NULL;
	uint32_t s[3];
	assert_ok(recs_chooser_new(ITEMS, false, false, &chooser, &err), &err);
	assert_ok(recs_chooser_add(chooser, &one->model, "one", "one:x=1", 7, &s[0], &err), &err);
	assert_ok(recs_chooser_add(chooser, &two->model, "two", "two", 8, &s[1], &err), &err);
	assert_ok(recs_chooser_add(chooser, &all->model, "all", "all", 9, &s[2], &err), &err);
	recs_chooser_serve(chooser, RECS_PERSONS_NEW, s[2]);
	recs_chooser_serve(chooser, RECS_PERSONS_ONE, s[0]);
	recs_chooser_serve(chooser, RECS_PERSONS_ONE, s[2]);
	recs_chooser_serve(chooser, RECS_PERSONS_SEVERAL, s[1]);
	recs_chooser_serve(chooser, RECS_PERSONS_SEVERAL, s[0]);
	recs_chooser_serve(chooser, RECS_PERSONS_SEVERAL, s[1]);
	return chooser;
}

enum { K = 4 };

struct listed {
	uint32_t items[K];
	uint8_t from[K];
};

static void assert_list(const struct recs_lists *lists, const uint8_t *sources, uint32_t row,
			struct listed wanted)
{
	assert_int_equal(lists->k, K);
	for (uint32_t i = 0; i < K; i++) {
		assert_int_equal(lists->at[row * K + i].item, wanted.items[i]);
		assert_int_equal(sources[row * K + i], wanted.from[i]);
	}
}

static void short_lists_are_filled_by_the_next_source_and_say_so(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = histories();
	struct fake one = make(2, 2), two = make(3, 1), all = make(0, ITEMS);
	struct recs_chooser *chooser = make_chooser(&one, &two, &all);
	OWNED(recs_model) *model = &chooser->model;
	struct recs_rank_options options = {.k = K, .threads = 1};
	HELD(recs_lists) lists = {0};
	OWNED_MEMORY uint8_t *sources = NULL;
	assert_ok(recs_chooser_rank(chooser, ratings, &options, &lists, &sources, &err), &err);
	assert_list(&lists, sources, 0, (struct listed){{0, 1, 2, 3}, {2, 2, 2, 2}});
	assert_list(&lists, sources, 1, (struct listed){{2, 3, 1, 4}, {0, 0, 2, 2}});
	assert_list(&lists, sources, 3,
		    (struct listed){{3, 2, RECS_NO_ITEM, RECS_NO_ITEM},
				    {1, 0, RECS_NO_SOURCE, RECS_NO_SOURCE}});
}

static void rows_that_are_not_asked_for_have_no_list(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = histories();
	struct fake one = make(2, 2), two = make(3, 1), all = make(0, ITEMS);
	struct recs_chooser *chooser = make_chooser(&one, &two, &all);
	OWNED(recs_model) *model = &chooser->model;
	const uint8_t rows[ROWS] = {0, 1, 0, 0}, allowed[ITEMS] = {1, 1, 0, 1, 1};
	struct recs_rank_options options = {
		.k = K, .threads = 1, .rows = rows, .allowed = allowed, .keep_seen = true};
	HELD(recs_lists) lists = {0};
	OWNED_MEMORY uint8_t *sources = NULL;
	assert_ok(recs_chooser_rank(chooser, ratings, &options, &lists, &sources, &err), &err);
	assert_list(
		&lists, sources, 0,
		(struct listed){{RECS_NO_ITEM, RECS_NO_ITEM, RECS_NO_ITEM, RECS_NO_ITEM},
				{RECS_NO_SOURCE, RECS_NO_SOURCE, RECS_NO_SOURCE, RECS_NO_SOURCE}});
	assert_list(&lists, sources, 1, (struct listed){{3, 0, 1, 4}, {0, 2, 2, 2}});
}

static void scores_are_those_of_the_first_source_that_has_any(void **state)
{
	(void)state;
	OWNED(recs_ratings) *ratings = histories();
	struct fake none = make(0, 0), two = make(3, 1), all = make(0, ITEMS);
	struct recs_chooser *chooser = make_chooser(&none, &two, &all);
	OWNED(recs_model) *model = &chooser->model;
	float scores[64];
	struct recs_profile profile = support_profile(ratings, 1);
	support_score(model, &profile, scores);
	assert_true(scores[9] == 1);
	profile = support_profile(ratings, 3);
	support_score(model, &profile, scores);
	assert_true(scores[3] == ITEMS - 3 && scores[4] == RECS_NO_SCORE);
}

static void wrong_sources_and_options_are_refused(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = histories();
	struct fake one = make(2, 2);
	struct recs_chooser *chooser = NULL;
	uint32_t s;
	assert_ok(recs_chooser_new(ITEMS, false, false, &chooser, &err), &err);
	OWNED(recs_model) *model = &chooser->model;
	for (int i = 0; i < RECS_SOURCES_MAX; i++)
		assert_ok(recs_chooser_add(chooser, &one.model, "a", "a", 0, &s, &err), &err);
	assert_fails(recs_chooser_add(chooser, &one.model, "a", "a", 0, &s, &err), &err, ERR_USAGE);
	chooser->source_count--;
	free(chooser->names[chooser->source_count]);
	free(chooser->texts[chooser->source_count]);
	one.model.item_count--;
	assert_fails(recs_chooser_add(chooser, &one.model, "a", "a", 0, &s, &err), &err, ERR_USAGE);
	struct recs_rank_options options = {.k = 0};
	HELD(recs_lists) lists = {0};
	OWNED_MEMORY uint8_t *sources = NULL;
	assert_fails(recs_chooser_rank(chooser, ratings, &options, &lists, &sources, &err), &err,
		     ERR_USAGE);
}

static int rank(void *context, struct error *err)
{
	struct fake one = make(2, 2), all = make(0, ITEMS);
	struct recs_chooser *chooser = NULL;
	uint32_t s;
	TRY(recs_chooser_new(ITEMS, false, false, &chooser, err));
	OWNED(recs_model) *model = &chooser->model;
	TRY(recs_chooser_add(chooser, &one.model, "one", "one", 0, &s, err));
	recs_chooser_serve(chooser, RECS_PERSONS_ONE, s);
	TRY(recs_chooser_add(chooser, &all.model, "all", "all", 1, &s, err));
	recs_chooser_serve(chooser, RECS_PERSONS_ONE, s);
	struct recs_rank_options options = {.k = K, .threads = 1};
	HELD(recs_lists) lists = {0};
	OWNED_MEMORY uint8_t *sources = NULL;
	return recs_chooser_rank(chooser, context, &options, &lists, &sources, err);
}

static void refused_memory_is_an_error_and_leaks_nothing(void **state)
{
	(void)state;
	OWNED(recs_ratings) *ratings = histories();
	support_sweep_allocations(rank, ratings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(persons_are_classed_by_occasions_or_by_items),
		cmocka_unit_test(short_lists_are_filled_by_the_next_source_and_say_so),
		cmocka_unit_test(rows_that_are_not_asked_for_have_no_list),
		cmocka_unit_test(scores_are_those_of_the_first_source_that_has_any),
		cmocka_unit_test(wrong_sources_and_options_are_refused),
		cmocka_unit_test(refused_memory_is_an_error_and_leaks_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
