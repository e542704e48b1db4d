/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <string.h>

#include "base/text.h"
#include "recs/events.h"
#include "recs/random.h"
#include "recs/rank.h"
#include "recs/ratings.h"
#include "recs/saved.h"

enum { PERSONS = 80, ITEMS = 45, ATTRIBUTES = 9, K = 7 };

/* Every kind that can win and be kept, the sums of some too. */
static const char *const recipes[] = {"knn:half_life=30",
				      "walk",
				      "knn+walk:to=0.5",
				      "popularity:half_life=3+knn",
				      "ease",
				      "ease:items=20,dropout=0.3",
				      "spectral:rank=8",
				      "session",
				      "session:age=10,place_decay=0.5,rarity=0",
				      "content",
				      "content:half_life=30",
				      "repeat",
				      "als:width=8",
				      "als:width=20,block=4",
				      "als:width=4+session+ease+content+repeat"};
enum { RECIPES = sizeof recipes / sizeof *recipes };

struct shop {
	struct recs_events events;
	struct recs_ratings *ratings, *attributes;
	uint32_t segments[PERSONS];
};

static void shop_done(struct shop *shop)
{
	recs_events_done(&shop->events);
	recs_ratings_free(shop->ratings);
	recs_ratings_free(shop->attributes);
}
OWN_DEFINE_EMBEDDED(shop, shop_done)

/* Of item i the attributes i mod 4 and 4 + i mod 3; the last two are nobody's. */
static void describe_items(struct shop *shop)
{
	struct error err;
	assert_ok(recs_ratings_new(ITEMS, ATTRIBUTES, (size_t)2 * ITEMS, false, &shop->attributes,
				   &err),
		  &err);
	for (uint32_t i = 0; i < ITEMS; i++) {
		size_t at = (size_t)2 * i;
		shop->attributes->columns[at] = i % 4;
		shop->attributes->columns[at + 1] = 4 + i % 3;
		shop->attributes->values[at] = shop->attributes->values[at + 1] = 1;
		shop->attributes->starts[i + 1] = at + 2;
	}
}

static struct recs_shop fill(struct shop *shop)
{
	struct error err;
	struct recs_random random = {3};
	for (uint32_t p = 0; p < PERSONS; p++) {
		shop->segments[p] = p % 4;
		for (uint32_t i = 0; i < p % 7; i++) {
			/* some buy the same again */
			uint32_t item = i == 5 ? p % ITEMS : recs_random_below(&random, ITEMS);
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
	describe_items(shop);
	out.attributes = shop->attributes;
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

/* Those of `rows`, NULL = all. Ranked with what they have, which is what `repeat` offers. */
static void rank(const struct recs_chooser *chooser, const struct shop *shop, const uint8_t *rows,
		 struct recs_lists *out, uint8_t **out_sources)
{
	struct error err;
	const struct recs_rank_options options = {.k = K,
						  .segments = shop->segments,
						  .rows = rows,
						  .threads = 2,
						  .keep_seen = true,
						  .fold = true};
	assert_ok(recs_chooser_rank(chooser, shop->ratings, &options, out, out_sources, &err),
		  &err);
}

static struct recs_chooser *train(const struct recs_contest *contest, const struct recs_shop *shop)
{
	struct error err;
	struct recs_chooser *trained;
	struct recs_train_options options = {.seed = 1, .threads = 2};
	assert_ok(recs_contest_train(contest, shop, &options, &trained, &err), &err);
	return trained;
}

static void save(const struct recs_contest *contest, const struct recs_chooser *chooser,
		 struct text *out)
{
	uint64_t len;
	assert_null(recs_saved_write(contest, chooser, out, &len));
	assert_int_equal(len, out->len);
}

/* How many lists begin with what the recipe that won gave. */
static size_t count_won(const struct recs_chooser *chooser, const uint8_t *sources)
{
	size_t count = 0;
	for (size_t p = 0; p < PERSONS; p++)
		count += sources[p * K] != RECS_NO_SOURCE && chooser->labels[sources[p * K]] == 1;
	return count;
}

static void saved_models_make_the_same_lists_to_the_last_bit(void **state)
{
	(void)state;
	struct error err;
	for (size_t r = 0; r < RECIPES; r++) {
		HELD(shop) shop = {0};
		HELD(text) bytes = {0};
		HELD(text) again = {0};
		HELD(recs_lists) before = {0};
		HELD(recs_lists) after = {0};
		OWNED_MEMORY uint8_t *sources = NULL, *sources_after = NULL;
		OWNED(recs_contest) *contest = won_by(recipes[r]);
		struct recs_shop what = fill(&shop);
		struct recs_chooser *trained = train(contest, &what), *read;
		OWNED(recs_model) *held = &trained->model;
		save(contest, trained, &bytes);
		assert_ok(recs_saved_read(contest, bytes.data, bytes.len, ITEMS, &read, &err),
			  &err);
		OWNED(recs_model) *held_too = &read->model;
		rank(trained, &shop, NULL, &before, &sources);
		rank(read, &shop, NULL, &after, &sources_after);
		assert_true(count_won(read, sources_after) > 20);
		assert_memory_equal(before.at, after.at, (size_t)PERSONS * K * sizeof *before.at);
		assert_memory_equal(sources, sources_after, (size_t)PERSONS * K);
		save(contest, read, &again);
		assert_int_equal(again.len, bytes.len);
		assert_memory_equal(again.data, bytes.data, bytes.len);
	}
}

/* Or lists carried over would not be those that scoring everybody gives. */
static void who_is_scored_with_few_others_gets_the_same_list(void **state)
{
	(void)state;
	for (size_t r = 0; r < RECIPES; r++) {
		HELD(shop) shop = {0};
		HELD(recs_lists) all = {0};
		HELD(recs_lists) few = {0};
		OWNED_MEMORY uint8_t *sources = NULL, *sources_few = NULL;
		OWNED(recs_contest) *contest = won_by(recipes[r]);
		struct recs_shop what = fill(&shop);
		struct recs_chooser *trained = train(contest, &what);
		OWNED(recs_model) *held = &trained->model;
		uint8_t rows[PERSONS];
		for (size_t p = 0; p < PERSONS; p++)
			rows[p] = p % 11 == 3 || p == 4;
		rank(trained, &shop, NULL, &all, &sources);
		rank(trained, &shop, rows, &few, &sources_few);
		for (size_t p = 0; p < PERSONS; p++) {
			if (!rows[p])
				continue;
			assert_memory_equal(all.at + p * K, few.at + p * K, K * sizeof *all.at);
			assert_memory_equal(sources + p * K, sources_few + p * K, K);
		}
	}
}

static void models_too_large_to_keep_say_how_large_they_are(void **state)
{
	(void)state;
	uint64_t whole, len;
	HELD(shop) shop = {0};
	HELD(text) bytes = {0};
	HELD(text) few = {.len_max = 1000};
	OWNED(recs_contest) *contest = won_by("ease");
	struct recs_shop what = fill(&shop);
	struct recs_chooser *trained = train(contest, &what);
	OWNED(recs_model) *held = &trained->model;
	assert_null(recs_saved_write(contest, trained, &bytes, &whole));
	assert_false(bytes.too_long);
	assert_null(recs_saved_write(contest, trained, &few, &len));
	assert_true(few.too_long);
	assert_int_equal(len, whole);
	assert_true(len > (uint64_t)sizeof(float) * ITEMS * (ITEMS - 10));
}

static void a_model_that_cannot_be_saved_is_said(void **state)
{
	(void)state;
	uint64_t len;
	HELD(shop) shop = {0};
	HELD(text) bytes = {0};
	OWNED(recs_contest) *contest = won_by("knn+explicit:width=4");
	struct recs_shop what = fill(&shop);
	struct recs_chooser *trained = train(contest, &what);
	OWNED(recs_model) *held = &trained->model;
	assert_string_equal(recs_saved_write(contest, trained, &bytes, &len), "explicit");
	assert_int_equal(bytes.len, 0);
}

/* Cut short, and with any byte changed: refused, or read as something that still ranks. Returns how
 * many changes were refused. */
static size_t harm(const char *recipe, int turns)
{
	struct error err;
	HELD(shop) shop = {0};
	HELD(text) bytes = {0};
	OWNED(recs_contest) *contest = won_by(recipe);
	struct recs_shop what = fill(&shop);
	struct recs_chooser *chooser = train(contest, &what);
	OWNED(recs_model) *held = &chooser->model;
	save(contest, chooser, &bytes);
	for (size_t len = 0; len < bytes.len; len += len < 64 ? 1 : bytes.len / 200 + 1) {
		OWNED_MEMORY char *cut = malloc(len + 1); /* so that reading past it is found */
		memcpy(cut, bytes.data, len);
		assert_fails(recs_saved_read(contest, cut, len, ITEMS, &chooser, &err), &err,
			     ERR_CORRUPT);
	}
	struct recs_random random = {11};
	size_t refused = 0;
	for (int turn = 0; turn < turns; turn++) {
		OWNED_MEMORY char *other = malloc(bytes.len + 1);
		memcpy(other, bytes.data, bytes.len);
		size_t at = recs_random_below(&random, (uint32_t)bytes.len);
		other[at] = (char)(other[at] ^ (1 << recs_random_below(&random, 8)));
		if (recs_saved_read(contest, other, bytes.len, ITEMS, &chooser, &err) < 0) {
			assert_true(err.kind == ERR_CORRUPT || err.kind == ERR_UNSUPPORTED);
			refused++;
			continue;
		}
		OWNED(recs_model) *model = &chooser->model;
		HELD(recs_lists) lists = {0};
		OWNED_MEMORY uint8_t *sources = NULL;
		rank(chooser, &shop, NULL, &lists, &sources);
	}
	return refused;
}

static void no_bytes_do_harm(void **state)
{
	(void)state;
	for (size_t r = 0; r < RECIPES; r++) {
		size_t refused = harm(recipes[r], 400);
		assert_true(refused > 0 && refused < 400);
	}
}

static void another_format_is_told_from_damage(void **state)
{
	(void)state;
	struct error err;
	HELD(shop) shop = {0};
	HELD(text) bytes = {0};
	OWNED(recs_contest) *contest = won_by("knn");
	struct recs_shop what = fill(&shop);
	struct recs_chooser *chooser = train(contest, &what);
	OWNED(recs_model) *held = &chooser->model;
	save(contest, chooser, &bytes);
	assert_fails(recs_saved_read(contest, bytes.data, bytes.len, ITEMS - 1, &chooser, &err),
		     &err, ERR_CORRUPT);
	bytes.data[8] = 1; /* behind the length of the first array */
	assert_fails(recs_saved_read(contest, bytes.data, bytes.len, ITEMS, &chooser, &err), &err,
		     ERR_UNSUPPORTED);
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
	uint64_t len;
	assert_null(recs_saved_write(saved->contest, saved->chooser, &bytes, &len));
	TRY(text_check(&bytes, err));
	TRY(recs_saved_read(saved->contest, bytes.data, bytes.len, ITEMS, &read, err));
	recs_model_free(&read->model);
	return 0;
}

static void every_refused_allocation_is_reported(void **state)
{
	(void)state;
	static const char *const all[] = {"popularity:half_life=3+knn",
					  "ease+spectral:rank=4+als:width=4",
					  "session+content+repeat"};
	for (size_t r = 0; r < 3; r++) {
		HELD(shop) shop = {0};
		OWNED(recs_contest) *contest = won_by(all[r]);
		struct recs_shop what = fill(&shop);
		struct saved saved = {.contest = contest, .chooser = train(contest, &what)};
		OWNED(recs_model) *held = &saved.chooser->model;
		support_sweep_allocations(write_and_read, &saved);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(saved_models_make_the_same_lists_to_the_last_bit),
		cmocka_unit_test(who_is_scored_with_few_others_gets_the_same_list),
		cmocka_unit_test(models_too_large_to_keep_say_how_large_they_are),
		cmocka_unit_test(another_format_is_told_from_damage),
		cmocka_unit_test(a_model_that_cannot_be_saved_is_said),
		cmocka_unit_test(no_bytes_do_harm),
		cmocka_unit_test(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
