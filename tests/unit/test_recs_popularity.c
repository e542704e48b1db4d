/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <math.h>

#include "base/mem.h"
#include "recs/popularity.h"
#include "recs/rank.h"
#include "support/ratings.h"

enum { PERSONS = 40, ITEMS = 31, EVENTS = 300 };

static void shares_are_drawn_to_the_whole_shops(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(1, PERSONS, ITEMS, EVENTS, RECS_MERGE_SUM);
	uint32_t segments[PERSONS];
	for (uint32_t p = 0; p < PERSONS; p++)
		segments[p] = p % 3;
	struct recs_popularity_options options = {segments, 4, 10};
	OWNED(recs_model) *model = NULL;
	assert_ok(recs_popularity_train(ratings, &options, &model, &err), &err);
	double all = 0, own[4] = {0};
	for (size_t e = 0; e < recs_ratings_count(ratings); e++)
		all += (double)ratings->values[e];
	for (uint32_t p = 0; p < PERSONS; p++)
		for (uint32_t i = 0; i < ITEMS; i++)
			own[p % 3] += support_value(ratings, p, i);
	for (uint32_t s = 0; s < 4; s++) {
		float scores[32];
		struct recs_profile profile = {.person = RECS_NOBODY, .segment = s};
		support_score(model, &profile, scores);
		for (uint32_t i = 0; i < ITEMS; i++) {
			double here = 0, everywhere = 0;
			for (uint32_t p = 0; p < PERSONS; p++) {
				everywhere += support_value(ratings, p, i);
				here += p % 3 == s ? support_value(ratings, p, i) : 0;
			}
			double share = (here + 10 * everywhere / all) / (own[s] + 10);
			if (everywhere == 0)
				assert_true(scores[i] == RECS_NO_SCORE);
			else
				assert_true(fabs((double)scores[i] - share) < 1e-6);
		}
	}
}

static void a_segment_never_seen_shows_the_shops_own_order(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(2, PERSONS, ITEMS, EVENTS, RECS_MERGE_SUM);
	uint32_t segments[PERSONS] = {0};
	struct recs_popularity_options options = {segments, 2, 0};
	OWNED(recs_model) *model = NULL;
	assert_ok(recs_popularity_train(ratings, &options, &model, &err), &err);
	for (uint32_t segment = 1; segment < 9; segment += 7) {
		float known[32], unknown[32];
		struct recs_profile profile = {.person = RECS_NOBODY};
		support_score(model, &profile, known);
		profile.segment = segment;
		support_score(model, &profile, unknown);
		for (uint32_t i = 0; i < ITEMS; i++)
			assert_true(known[i] == unknown[i] ||
				    fabs((double)known[i] - (double)unknown[i]) < 1e-6);
	}
}

static void wrong_segments_are_refused(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(2, PERSONS, ITEMS, EVENTS, RECS_MERGE_SUM);
	uint32_t segments[PERSONS] = {[7] = 2};
	struct recs_popularity_options options = {segments, 2, 0};
	OWNED(recs_model) *model = NULL;
	assert_fails(recs_popularity_train(ratings, &options, &model, &err), &err, ERR_USAGE);
	options = (struct recs_popularity_options){.prior = NAN};
	assert_fails(recs_popularity_train(ratings, &options, &model, &err), &err, ERR_USAGE);
}

static int train(void *context, struct error *err)
{
	OWNED(recs_model) *model = NULL;
	struct recs_popularity_options options = {0};
	return recs_popularity_train(context, &options, &model, err);
}

static void nothing_sold_recommends_nothing_and_refused_memory_leaks_nothing(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *none = support_ratings(1, 3, 5, 0, RECS_MERGE_SUM);
	OWNED(recs_model) *model = NULL;
	struct recs_popularity_options options = {0};
	assert_ok(recs_popularity_train(none, &options, &model, &err), &err);
	float scores[32];
	struct recs_profile profile = {.person = RECS_NOBODY};
	support_score(model, &profile, scores);
	for (int i = 0; i < 5; i++)
		assert_true(scores[i] == RECS_NO_SCORE);
	support_sweep_allocations(train, none);
}

/* Lists are the best of the segment without what was seen, as if each row had been ranked alone. */
static void assert_lists_as_alone(const struct recs_model *model, const struct recs_ratings *rows,
				  const struct recs_rank_options *options)
{
	struct error err;
	HELD(recs_lists) lists = {0};
	OWNED_MEMORY float *scores = mem_alloc_array(recs_model_stride(model), sizeof *scores);
	struct recs_ranked best[10];
	assert_ok(recs_rank_all(model, rows, options, &lists, &err), &err);
	for (uint32_t r = 0; r < rows->row_count; r++) {
		struct recs_profile profile = {.person = r, .segment = options->segments[r]};
		support_score(model, &profile, scores);
		for (size_t e = rows->starts[r]; !options->keep_seen && e < rows->starts[r + 1];
		     e++)
			scores[rows->columns[e]] = RECS_NO_SCORE;
		for (uint32_t i = 0; i < model->item_count; i++)
			scores[i] = options->allowed[i] ? scores[i] : RECS_NO_SCORE;
		recs_rank_top(scores, model->item_count, 10, best);
		for (size_t i = 0; i < 10; i++) {
			const struct recs_ranked *listed = &lists.at[(size_t)r * 10 + i];
			assert_int_equal(listed->item, best[i].item);
			assert_true(best[i].item == RECS_NO_ITEM || listed->score == best[i].score);
		}
	}
}

static void lists_of_a_segment_are_the_same_without_what_each_has_seen(void **state)
{
	(void)state;
	enum { MANY = 120, GOODS = 260, PLACES = 3, WHO_HAS_ALL = 7 };
	struct error err;
	OWNED(recs_ratings) *sold = support_ratings(4, MANY, GOODS, 3000, RECS_MERGE_SUM);
	HELD(recs_events) events = {0};
	uint32_t segments[MANY];
	uint8_t allowed[GOODS];
	for (uint32_t r = 0; r < MANY; r++)
		segments[r] = r % (PLACES + 1); /* of the last nothing is known */
	for (uint32_t i = 0; i < GOODS; i++)
		allowed[i] = i % 9 != 0;
	for (uint32_t r = 0; r < MANY; r++)
		for (uint32_t i = 0; i < GOODS; i++)
			if (r == WHO_HAS_ALL ? i % 20 != 1 : (i * 7 + r) % 11 == 0)
				assert_ok(recs_events_add(&events, 1, &r, &i, NULL, NULL, &err),
					  &err);
	OWNED(recs_ratings) *seen = NULL;
	struct recs_ratings_options build = {0};
	assert_ok(recs_ratings_build(&events, MANY, GOODS, &build, &seen, &err), &err);
	assert_true(recs_ratings_row_len(seen, WHO_HAS_ALL) > 200); /* ranked alone */
	uint32_t of_sold[MANY];
	for (uint32_t r = 0; r < MANY; r++)
		of_sold[r] = r % PLACES;
	struct recs_popularity_options options = {
		.segments = of_sold, .segment_count = PLACES, .prior = 5};
	OWNED(recs_model) *model = NULL;
	assert_ok(recs_popularity_train(sold, &options, &model, &err), &err);
	assert_int_equal(recs_popularity_segments(model), PLACES);
	struct recs_rank_options rank = {
		.k = 10, .allowed = allowed, .segments = segments, .threads = 2};
	assert_lists_as_alone(model, seen, &rank);
	rank.keep_seen = true;
	assert_lists_as_alone(model, seen, &rank);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_are_drawn_to_the_whole_shops),
		cmocka_unit_test(a_segment_never_seen_shows_the_shops_own_order),
		cmocka_unit_test(wrong_segments_are_refused),
		cmocka_unit_test(nothing_sold_recommends_nothing_and_refused_memory_leaks_nothing),
		cmocka_unit_test(lists_of_a_segment_are_the_same_without_what_each_has_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
