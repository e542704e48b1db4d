/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdlib.h>

#include "recs/als.h"
#include "recs/blend.h"
#include "recs/ratings.h"
#include "recs/recipe.h"
#include "recs/recipe_kinds.h"
#include "support/ratings.h"

enum { PERSONS = 60, ITEMS = 30 };

static void assert_text(const char *text, const char *wanted)
{
	struct error err;
	struct recs_recipe recipe;
	assert_ok(recs_recipe_parse(text, &recipe, &err), &err);
	char *found = recs_recipe_text(&recipe, &err);
	assert_string_equal(found, wanted);
	free(found);
}

static void a_recipe_is_its_text_again(void **state)
{
	(void)state;
	assert_text("popularity", "popularity");
	assert_text("knn:similarity=jaccard,shrinkage=12.5",
		    "knn:similarity=jaccard,shrinkage=12.5");
	assert_text("als:reg=1e-3,width=64", "als:width=64,reg=0.001");
	assert_text("als:block=64", "als:block=64");
	assert_text("popularity:half_life=30+knn+content:popularity=2",
		    "popularity:half_life=30+knn+content:popularity=2");
}

static void a_written_default_stands_in_the_text(void **state)
{
	(void)state;
	assert_text("popularity:half_life=0", "popularity:half_life=0");
	assert_text("knn:similarity=cosine", "knn:similarity=cosine");
}

static void what_is_not_written_has_its_default(void **state)
{
	(void)state;
	struct error err;
	struct recs_recipe recipe;
	assert_ok(recs_recipe_parse("walk:from=0.25", &recipe, &err), &err);
	assert_true(recs_part_value(&recipe.parts[0], "from") == 0.25);
	assert_true(recs_part_value(&recipe.parts[0], "neighbours") == 700);
	assert_true(recs_part_value(&recipe.parts[0], "nothing") == 0);
	assert_string_equal(recs_recipe_name(&recipe), "walk");
	assert_false(recs_recipe_is_simple(&recipe));
	assert_ok(recs_recipe_parse("popularity+walk", &recipe, &err), &err);
	assert_string_equal(recs_recipe_name(&recipe), "blend");
	assert_false(recs_recipe_is_simple(&recipe));
}

static void assert_refused(const char *text, const char *message, const char *hint)
{
	struct error err;
	struct recs_recipe recipe;
	assert_fails(recs_recipe_parse(text, &recipe, &err), &err, ERR_USAGE);
	assert_string_equal(err.message, message);
	assert_string_equal(err.hint, hint);
}

static void slips_are_refused_and_the_nearest_named(void **state)
{
	(void)state;
	assert_refused("popularty", "no recommender is called \"popularty\"",
		       "Did you mean popularity?");
	assert_refused("knn+", "no recommender is called \"\"",
		       "There are popularity, knn, walk, ease, spectral, session, content, repeat, "
		       "als, explicit.");
	assert_refused("als:widht=64", "als has no setting \"widht\"", "Did you mean width?");
	assert_refused("repeat:zzz=1", "repeat has no setting \"zzz\"", "Its settings are prior.");
	assert_refused("als:width=64.5", "als: width=64.5 is not a whole number from 1 to 4096",
		       "Its default is 128.");
	assert_refused("ease:reg=nan", "ease: reg=nan is not a number from 1e-06 to 1e+09",
		       "Its default is 200.");
	assert_refused("ease:reg", "ease: reg= is not a number from 1e-06 to 1e+09",
		       "Its default is 200.");
	assert_refused("ease:dropout=1", "ease: dropout=1 is not a number from 0 to 0.99",
		       "Its default is 0.");
}

static void more_parts_than_a_blend_takes_are_refused(void **state)
{
	(void)state;
	struct error err;
	struct recs_recipe recipe;
	char text[RECS_SOURCES_MAX * 4 + 8] = "knn";
	for (int p = 1; p <= RECS_SOURCES_MAX; p++)
		strcat(text, "+knn");
	assert_fails(recs_recipe_parse(text, &recipe, &err), &err, ERR_USAGE);
}

static void every_setting_that_is_searched_has_a_range_within_what_may_be_written(void **state)
{
	(void)state;
	static const char *const names[] = {"popularity", "knn",     "walk",   "ease", "spectral",
					    "session",    "content", "repeat", "als",  "explicit"};
	for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
		struct error err;
		struct recs_recipe recipe;
		uint32_t count;
		assert_ok(recs_recipe_parse(names[n], &recipe, &err), &err);
		const struct recs_recipe_setting *settings =
			recs_part_settings(&recipe.parts[0], &count);
		for (uint32_t s = 0; s < count; s++) {
			const struct recs_recipe_setting *setting = &settings[s];
			assert_true(setting->otherwise >= setting->least);
			assert_true(setting->otherwise <= setting->most);
			assert_true(setting->range.low >= setting->least);
			assert_true(setting->range.high <= setting->most);
			assert_true(setting->range.low < setting->range.high);
			assert_true(!setting->range.logarithmic || setting->range.low > 0);
		}
	}
}

static void a_place_decay_of_one_and_of_nothing_leave_places_alone(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		float decay;
	} cases[] = {{"knn", 0},
		     {"walk:place_decay=0", 0},
		     {"knn:place_decay=1", 0},
		     {"content:place_decay=0.5", 0.5f}};
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		struct error err;
		struct recs_recipe recipe;
		assert_ok(recs_recipe_parse(cases[c].text, &recipe, &err), &err);
		assert_true(recs_part_scoring(&recipe.parts[0]).place_decay == cases[c].decay);
	}
}

/* A shop of the groups of support_ratings(), as events. */
static void fill_events(struct recs_events *events)
{
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(4, PERSONS, ITEMS, 600, RECS_MERGE_ONE);
	for (uint32_t p = 0; p < PERSONS; p++)
		for (size_t e = ratings->starts[p]; e < ratings->starts[p + 1]; e++)
			assert_ok(recs_events_add(events, 1, &p, &ratings->columns[e],
						  &ratings->times_us[e], NULL, &err),
				  &err);
}

static int train_all(void *context, struct error *err)
{
	static const char *const recipes[] = {
		"popularity:window=1,half_life=1,segment=1",
		"popularity:half_life=3+knn:similarity=lift+session+content",
		"walk",
		"ease:reg=5",
		"spectral:rank=4",
		"repeat",
		"als:width=8,epochs=2",
		"explicit:width=4,epochs=2",
	};
	const struct recs_shop *shop = context;
	for (size_t r = 0; r < sizeof recipes / sizeof *recipes; r++) {
		struct recs_recipe recipe;
		OWNED(recs_model) *model = NULL;
		struct recs_train_options options = {.seed = 1, .threads = 1};
		TRY(recs_recipe_parse(recipes[r], &recipe, err));
		TRY(recs_recipe_train(&recipe, shop, &options, &model, err));
		assert_int_equal(model->item_count, ITEMS);
	}
	return 0;
}

struct full {
	struct recs_shop shop;
	struct recs_events events;
	struct recs_ratings *ratings, *attributes;
	uint32_t segments[PERSONS];
};

static void full_init(struct full *full)
{
	struct error err;
	*full = (struct full){0};
	fill_events(&full->events);
	full->attributes = support_ratings(5, ITEMS, 9, 60, RECS_MERGE_ONE);
	for (uint32_t p = 0; p < PERSONS; p++)
		full->segments[p] = p % 3;
	full->shop = (struct recs_shop){&full->events,  PERSONS, ITEMS,           NULL,
					full->segments, 3,       full->attributes};
	assert_ok(recs_shop_ratings(&full->shop, &full->ratings, &err), &err);
	full->shop.ratings = full->ratings;
}

static void full_done(struct full *full)
{
	recs_events_done(&full->events);
	recs_ratings_free(full->ratings);
	recs_ratings_free(full->attributes);
}
OWN_DEFINE_EMBEDDED(full, full_done)

static void every_model_can_be_trained_from_its_name(void **state)
{
	(void)state;
	struct error err;
	HELD(full) full;
	full_init(&full);
	assert_ok(train_all(&full.shop, &err), &err);
}

static void refused_memory_is_an_error_and_leaks_nothing(void **state)
{
	(void)state;
	HELD(full) full;
	full_init(&full);
	support_sweep_allocations(train_all, &full.shop);
}

static void content_of_unknown_items_is_refused(void **state)
{
	(void)state;
	struct error err;
	HELD(full) full;
	full_init(&full);
	full.shop.attributes = NULL;
	struct recs_recipe recipe;
	struct recs_model *model = NULL;
	struct recs_train_options options = {0};
	assert_ok(recs_recipe_parse("popularity+content", &recipe, &err), &err);
	assert_fails(recs_recipe_train(&recipe, &full.shop, &options, &model, &err), &err,
		     ERR_USAGE);
}

static void a_blend_has_the_weights_of_its_recipe(void **state)
{
	(void)state;
	struct error err;
	HELD(full) full;
	full_init(&full);
	struct recs_recipe recipe;
	struct recs_train_options options = {.threads = 1};
	assert_ok(recs_recipe_parse("popularity+knn", &recipe, &err), &err);
	recipe.class_count = 2;
	recipe.class_starts[1] = 3;
	recipe.weights[0][0] = 0.25f;
	recipe.weights[1][1] = 0.75f;
	OWNED(recs_model) *model = NULL;
	assert_ok(recs_recipe_train(&recipe, &full.shop, &options, &model, &err), &err);
	const struct recs_blend *blend = (const struct recs_blend *)model;
	assert_int_equal(recs_blend_class(blend, 2), 0);
	assert_int_equal(recs_blend_class(blend, 3), 1);
	assert_true(blend->weights[0][0] == 0.25f && blend->weights[0][1] == 0);
	assert_true(blend->weights[1][1] == 0.75f);
}

static int stop(void *context, struct error *err)
{
	int *left = context;
	return (*left)-- > 0 ? 0 : err_set(err, ERR_CANCELED, "stopped");
}

static void blocks_of_als_reach_its_training(void **state)
{
	(void)state;
	struct error err;
	HELD(full) full;
	full_init(&full);
	struct recs_recipe recipe;
	struct recs_model *model = NULL;
	struct recs_train_options options = {.threads = 1};
	assert_ok(recs_recipe_parse("als:width=8,epochs=1,block=4", &recipe, &err), &err);
	assert_ok(recs_recipe_train(&recipe, &full.shop, &options, &model, &err), &err);
	assert_int_equal(((struct recs_als *)model)->options.block, 4);
	recs_model_free(model);
}

static void training_stops_when_told(void **state)
{
	(void)state;
	struct error err;
	HELD(full) full;
	full_init(&full);
	struct recs_recipe recipe;
	struct recs_model *model = NULL;
	int left = 4;
	struct recs_train_options options = {.threads = 1, .tick = stop, .context = &left};
	assert_ok(recs_recipe_parse("als:width=8,epochs=10", &recipe, &err), &err);
	assert_fails(recs_recipe_train(&recipe, &full.shop, &options, &model, &err), &err,
		     ERR_CANCELED);
	assert_int_equal(left, -1);
	left = 4;
	assert_ok(recs_recipe_parse("explicit:width=8,epochs=10", &recipe, &err), &err);
	assert_fails(recs_recipe_train(&recipe, &full.shop, &options, &model, &err), &err,
		     ERR_CANCELED);
	assert_int_equal(left, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recipe_is_its_text_again),
		cmocka_unit_test(a_written_default_stands_in_the_text),
		cmocka_unit_test(what_is_not_written_has_its_default),
		cmocka_unit_test(slips_are_refused_and_the_nearest_named),
		cmocka_unit_test(more_parts_than_a_blend_takes_are_refused),
		cmocka_unit_test(
			every_setting_that_is_searched_has_a_range_within_what_may_be_written),
		cmocka_unit_test(a_place_decay_of_one_and_of_nothing_leave_places_alone),
		cmocka_unit_test(every_model_can_be_trained_from_its_name),
		cmocka_unit_test(refused_memory_is_an_error_and_leaks_nothing),
		cmocka_unit_test(content_of_unknown_items_is_refused),
		cmocka_unit_test(a_blend_has_the_weights_of_its_recipe),
		cmocka_unit_test(blocks_of_als_reach_its_training),
		cmocka_unit_test(training_stops_when_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
