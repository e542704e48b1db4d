/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <string.h>

#include "base/text.h"
#include "recs/events.h"
#include "recs/random.h"
#include "recs/rank.h"
#include "recs/ratings.h"
#include "recs/saved.h"

enum { PERSONS = 80, ITEMS = 45, K = 7 };

struct shop {
	struct recs_events events;
	struct recs_ratings *ratings;
	uint32_t segments[PERSONS];
};

static void shop_done(struct shop *shop)
{
	recs_events_done(&shop->events);
	recs_ratings_free(shop->ratings);
}
OWN_DEFINE_EMBEDDED(shop, shop_done)

static struct recs_shop fill(struct shop *shop)
{
	struct error err;
	struct recs_random random = {3};
	for (uint32_t p = 0; p < PERSONS; p++) {
		shop->segments[p] = p % 4;
		for (uint32_t i = 0; i < p % 7; i++) {
			uint32_t item = recs_random_below(&random, ITEMS);
			int64_t time_us = (int64_t)(i * 100 + p) * 3600000000;
			assert_ok(
				recs_events_add(&shop->events, 1, &p, &item, &time_us, NULL, &err),
				&err);
		}
	}
	struct recs_shop out = {.events = &shop->events,
				.person_count = PERSONS,
				.item_count = ITEMS,
				.segments = shop->segments,
				.segment_count = 4};
	assert_ok(recs_shop_ratings(&out, &shop->ratings, &err), &err);
	out.ratings = shop->ratings;
	return out;
}

/* A contest that `recipe` won among those who bought something. */
static struct recs_contest *won_by(const char *recipe)
{
	struct error err;
	struct recs_contest *contest = calloc(1, sizeof *contest);
	contest->entries = calloc(2, sizeof *contest->entries);
	contest->count = 2;
	assert_ok(recs_recipe_parse("popularity:segment=1", &contest->entries[0].recipe, &err),
		  &err);
	assert_ok(recs_recipe_parse(recipe, &contest->entries[1].recipe, &err), &err);
	contest->entries[0].simple = true;
	for (int e = 0; e < 2; e++)
		contest->entries[e].text = recs_recipe_text(&contest->entries[e].recipe, &err);
	for (int c = RECS_PERSONS_ONE; c <= RECS_PERSONS_ALL; c++)
		contest->winners[c] = 1;
	return contest;
}

static void rank(const struct recs_chooser *chooser, const struct shop *shop,
		 struct recs_lists *out, uint8_t **out_sources)
{
	struct error err;
	const struct recs_rank_options options = {
		.k = K, .segments = shop->segments, .threads = 2, .fold = true};
	assert_ok(recs_chooser_rank(chooser, shop->ratings, &options, out, out_sources, &err),
		  &err);
}

static void saved_models_make_the_same_lists_to_the_last_bit(void **state)
{
	(void)state;
	struct error err;
	static const char *const recipes[] = {"knn:half_life=30", "walk", "knn+walk:to=0.5",
					      "popularity:half_life=3+knn"};
	for (size_t r = 0; r < 4; r++) {
		HELD(shop) shop = {0};
		HELD(text) bytes = {0};
		HELD(recs_lists) before = {0};
		HELD(recs_lists) after = {0};
		OWNED_MEMORY uint8_t *sources = NULL, *sources_after = NULL;
		OWNED(recs_contest) *contest = won_by(recipes[r]);
		struct recs_shop what = fill(&shop);
		struct recs_chooser *trained, *read;
		struct recs_train_options train = {.seed = 1, .threads = 2};
		assert_ok(recs_contest_train(contest, &what, &train, &trained, &err), &err);
		OWNED(recs_model) *held = &trained->model;
		assert_true(recs_saved_write(contest, trained, &bytes));
		assert_ok(recs_saved_read(contest, bytes.data, bytes.len, &read, &err), &err);
		OWNED(recs_model) *held_too = &read->model;
		rank(trained, &shop, &before, &sources);
		rank(read, &shop, &after, &sources_after);
		assert_memory_equal(before.at, after.at, (size_t)PERSONS * K * sizeof *before.at);
		assert_memory_equal(sources, sources_after, (size_t)PERSONS * K);
	}
}

static void a_model_that_cannot_be_saved_is_said(void **state)
{
	(void)state;
	struct error err;
	HELD(shop) shop = {0};
	HELD(text) bytes = {0};
	OWNED(recs_contest) *contest = won_by("session+knn");
	struct recs_shop what = fill(&shop);
	struct recs_chooser *trained;
	struct recs_train_options train = {.seed = 1, .threads = 1};
	assert_ok(recs_contest_train(contest, &what, &train, &trained, &err), &err);
	OWNED(recs_model) *held = &trained->model;
	assert_false(recs_saved_write(contest, trained, &bytes));
	assert_int_equal(bytes.len, 0);
}

/* Cut short, longer, and with any byte changed: refused, or read as something that still ranks. */
static void no_bytes_do_harm(void **state)
{
	(void)state;
	struct error err;
	HELD(shop) shop = {0};
	HELD(text) bytes = {0};
	OWNED(recs_contest) *contest = won_by("knn+walk");
	struct recs_shop what = fill(&shop);
	struct recs_chooser *chooser;
	struct recs_train_options train = {.seed = 1, .threads = 1};
	assert_ok(recs_contest_train(contest, &what, &train, &chooser, &err), &err);
	OWNED(recs_model) *held = &chooser->model;
	assert_true(recs_saved_write(contest, chooser, &bytes));
	for (size_t len = 0; len < bytes.len; len += len < 64 ? 1 : 13) {
		OWNED_MEMORY char *cut = malloc(len + 1); /* so that reading past it is found */
		memcpy(cut, bytes.data, len);
		assert_fails(recs_saved_read(contest, cut, len, &chooser, &err), &err, ERR_CORRUPT);
	}
	struct recs_random random = {11};
	size_t refused = 0;
	for (int turn = 0; turn < 4000; turn++) {
		OWNED_MEMORY char *other = malloc(bytes.len + 1);
		memcpy(other, bytes.data, bytes.len);
		size_t at = recs_random_below(&random, (uint32_t)bytes.len);
		other[at] = (char)(other[at] ^ (1 << recs_random_below(&random, 8)));
		if (recs_saved_read(contest, other, bytes.len, &chooser, &err) < 0) {
			assert_int_equal(err.kind, ERR_CORRUPT);
			refused++;
			continue;
		}
		OWNED(recs_model) *model = &chooser->model;
		HELD(recs_lists) lists = {0};
		OWNED_MEMORY uint8_t *sources = NULL;
		rank(chooser, &shop, &lists, &sources);
	}
	assert_true(refused > 100 && refused < 4000);
}

struct saved {
	struct recs_contest *contest;
	struct recs_chooser *chooser;
};

static int write_and_read(void *context, struct error *err)
{
	const struct saved *saved = context;
	HELD(text) bytes = {0};
	struct recs_chooser *read = NULL;
	assert_true(recs_saved_write(saved->contest, saved->chooser, &bytes));
	TRY(text_check(&bytes, err));
	TRY(recs_saved_read(saved->contest, bytes.data, bytes.len, &read, err));
	recs_model_free(&read->model);
	return 0;
}

static void every_refused_allocation_is_reported(void **state)
{
	(void)state;
	struct error err;
	HELD(shop) shop = {0};
	OWNED(recs_contest) *contest = won_by("popularity:half_life=3+knn");
	struct recs_shop what = fill(&shop);
	struct recs_train_options train = {.seed = 1, .threads = 1};
	struct saved saved = {.contest = contest};
	assert_ok(recs_contest_train(contest, &what, &train, &saved.chooser, &err), &err);
	OWNED(recs_model) *held = &saved.chooser->model;
	support_sweep_allocations(write_and_read, &saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(saved_models_make_the_same_lists_to_the_last_bit),
		cmocka_unit_test(a_model_that_cannot_be_saved_is_said),
		cmocka_unit_test(no_bytes_do_harm),
		cmocka_unit_test(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
