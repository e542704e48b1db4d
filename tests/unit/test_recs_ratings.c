/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <math.h>
#include <stdbool.h>

#include "recs/events.h"
#include "recs/ratings.h"

static const uint32_t persons[] = {1, 0, 1, 2, 1, 0};
static const uint32_t items[] = {3, 1, 0, 2, 3, 1};
static const int64_t times[] = {10, 20, 30, 40, 50, 15};
static const float weights[] = {1, 2, 3, 4, 5, 6};

static void add_sample(struct recs_events *events)
{
	struct error err;
	assert_ok(recs_events_add(events, 6, persons, items, times, weights, &err), &err);
}

static struct recs_ratings *build(const struct recs_events *events,
				  struct recs_ratings_options options)
{
	struct error err;
	struct recs_ratings *ratings = NULL;
	options.times = true;
	assert_ok(recs_ratings_build(events, events->person_count, events->item_count, &options,
				     &ratings, &err),
		  &err);
	return ratings;
}

static void rows_rise_and_duplicates_merge_as_told(void **state)
{
	(void)state;
	HELD(recs_events) events = {0};
	add_sample(&events);
	OWNED(recs_ratings) *sums = build(&events, (struct recs_ratings_options){0});
	assert_int_equal(recs_ratings_count(sums), 4);
	assert_int_equal(recs_ratings_row_len(sums, 1), 2);
	assert_int_equal(sums->columns[1], 0);
	assert_int_equal(sums->columns[2], 3);
	assert_true(sums->values[0] == 8 && sums->values[2] == 6);
	assert_int_equal(sums->times_us[2], 50);
	OWNED(recs_ratings) *last = build(&events, (struct recs_ratings_options){RECS_MERGE_LAST});
	assert_true(last->values[0] == 2 && last->values[2] == 5);
	OWNED(recs_ratings) *one = build(&events, (struct recs_ratings_options){RECS_MERGE_ONE});
	assert_true(one->values[0] == 1 && one->values[2] == 1);
}

static void a_range_of_time_and_decay_choose_and_weigh(void **state)
{
	(void)state;
	HELD(recs_events) events = {0};
	add_sample(&events);
	OWNED(recs_ratings) *some =
		build(&events, (struct recs_ratings_options){.from_us = 15, .to_us = 50});
	assert_int_equal(recs_ratings_count(some), 3);
	OWNED(recs_ratings) *aged =
		build(&events, (struct recs_ratings_options){.half_life_us = 10});
	assert_true(fabsf(aged->values[3] - 4 * 0.5f) < 1e-6f); /* 10 µs before the newest */
}

static void a_transpose_of_a_transpose_is_the_same(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	add_sample(&events);
	OWNED(recs_ratings) *there = build(&events, (struct recs_ratings_options){0});
	OWNED(recs_ratings) *turned = NULL;
	OWNED(recs_ratings) *back = NULL;
	assert_ok(recs_ratings_transpose(there, 2, &turned, &err), &err);
	assert_int_equal(turned->row_count, 4);
	assert_int_equal(turned->columns[turned->starts[3]], 1);
	assert_ok(recs_ratings_transpose(turned, 2, &back, &err), &err);
	assert_memory_equal(there->columns, back->columns, 4 * sizeof *back->columns);
	assert_memory_equal(there->values, back->values, 4 * sizeof *back->values);
	assert_memory_equal(there->times_us, back->times_us, 4 * sizeof *back->times_us);
}

static void what_cannot_be_learnt_from_is_counted(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {.now_us = 100};
	const uint32_t zero[6] = {0};
	const float odd[] = {NAN, -1, 0, INFINITY, 1, 1};
	const int64_t when[] = {1, 1, 1, 1, 101, 100};
	assert_ok(recs_events_add(&events, 6, zero, zero, when, odd, &err), &err);
	assert_int_equal(events.count, 1);
	assert_int_equal(events.refused_weight, 4);
	assert_int_equal(events.refused_future, 1);
}

static void no_events_make_an_empty_matrix(void **state)
{
	(void)state;
	HELD(recs_events) events = {0};
	OWNED(recs_ratings) *none = build(&events, (struct recs_ratings_options){0});
	assert_int_equal(recs_ratings_count(none), 0);
	struct error err;
	int64_t at;
	assert_ok(recs_events_time_at(&events, 0.5, &at, &err), &err);
	assert_true(at == INT64_MAX);
}

static void a_share_of_the_events_lies_before_a_time(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	add_sample(&events);
	int64_t at;
	assert_ok(recs_events_time_at(&events, 0.5, &at, &err), &err);
	assert_int_equal(at, 30);
	assert_ok(recs_events_time_at(&events, 0, &at, &err), &err);
	assert_int_equal(at, 10);
}

static int build_all(void *context, struct error *err)
{
	(void)context;
	HELD(recs_events) events = {0};
	OWNED(recs_ratings) *ratings = NULL;
	OWNED(recs_ratings) *turned = NULL;
	TRY(recs_events_add(&events, 6, persons, items, times, weights, err));
	struct recs_ratings_options options = {.times = true};
	TRY(recs_ratings_build(&events, 3, 4, &options, &ratings, err));
	return recs_ratings_transpose(ratings, 2, &turned, err);
}

static void refused_memory_is_an_error_and_leaks_nothing(void **state)
{
	(void)state;
	support_sweep_allocations(build_all, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_rise_and_duplicates_merge_as_told),
		cmocka_unit_test(a_range_of_time_and_decay_choose_and_weigh),
		cmocka_unit_test(a_transpose_of_a_transpose_is_the_same),
		cmocka_unit_test(what_cannot_be_learnt_from_is_counted),
		cmocka_unit_test(no_events_make_an_empty_matrix),
		cmocka_unit_test(a_share_of_the_events_lies_before_a_time),
		cmocka_unit_test(refused_memory_is_an_error_and_leaks_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
