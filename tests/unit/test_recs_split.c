/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <math.h>
#include <stdbool.h>

#include "recs/search.h"
#include "recs/split.h"
#include "support/ratings.h"

enum { PERSONS = 30, ITEMS = 50, EVENTS = 500 };

static void fill(struct recs_events *events)
{
	struct error err;
	struct recs_random random = {3};
	for (int e = 0; e < EVENTS; e++) {
		uint32_t person = recs_random_below(&random, PERSONS - 1);
		uint32_t item = recs_random_below(&random, ITEMS);
		int64_t time_us = recs_random_below(&random, 100);
		float weight = (float)(e + 1); /* tells events apart */
		assert_ok(recs_events_add(events, 1, &person, &item, &time_us, &weight, &err),
			  &err);
	}
	uint32_t person = PERSONS - 1, item = 0; /* of one event */
	assert_ok(recs_events_add(events, 1, &person, &item, NULL, NULL, &err), &err);
}

static void check_whole(const struct recs_split *split)
{
	const struct recs_events *parts[] = {&split->train, &split->validation, &split->test};
	bool seen[EVENTS + 2] = {false};
	size_t count = 0;
	for (int p = 0; p < 3; p++)
		for (size_t e = 0; e < parts[p]->count; e++, count++)
			seen[(int)parts[p]->at[e].weight] = true;
	assert_int_equal(count, EVENTS + 1);
	for (int e = 1; e <= EVENTS; e++)
		assert_true(seen[e]);
}

static void no_part_sees_the_future_of_another_in_a_split_by_time(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	HELD(recs_split) split = {0};
	fill(&events);
	assert_ok(recs_split_time(&events, 0.1, 0.2, &split, &err), &err);
	check_whole(&split);
	for (size_t e = 0; e < split.train.count; e++)
		assert_true(split.train.at[e].time_us < split.validation_us);
	for (size_t e = 0; e < split.validation.count; e++)
		assert_true(split.validation.at[e].time_us >= split.validation_us &&
			    split.validation.at[e].time_us < split.test_us);
	for (size_t e = 0; e < split.test.count; e++)
		assert_true(split.test.at[e].time_us >= split.test_us);
	assert_true(fabs((double)split.test.count / EVENTS - 0.2) < 0.03);
	assert_true(fabs((double)split.validation.count / EVENTS - 0.1) < 0.03);
}

static size_t count_of(const struct recs_events *events, uint32_t person, int64_t *out_first,
		       int64_t *out_last)
{
	size_t count = 0;
	*out_first = INT64_MAX;
	*out_last = INT64_MIN;
	for (size_t e = 0; e < events->count; e++) {
		if (events->at[e].person != person)
			continue;
		int64_t time_us = events->at[e].time_us;
		*out_first = time_us < *out_first ? time_us : *out_first;
		*out_last = time_us > *out_last ? time_us : *out_last;
		count++;
	}
	return count;
}

static void each_persons_last_events_are_left_out(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	HELD(recs_split) split = {0};
	fill(&events);
	assert_ok(recs_split_last(&events, 2, 1, &split, &err), &err);
	check_whole(&split);
	int64_t first, train_last, validation_first, validation_last, test_first, last;
	for (uint32_t p = 0; p < PERSONS - 1; p++) {
		assert_true(count_of(&split.train, p, &first, &train_last) > 0);
		assert_int_equal(
			count_of(&split.validation, p, &validation_first, &validation_last), 2);
		assert_int_equal(count_of(&split.test, p, &test_first, &last), 1);
		assert_true(train_last <= validation_first && validation_last <= test_first);
	}
	assert_int_equal(count_of(&split.test, PERSONS - 1, &first, &last), 0);
	assert_int_equal(count_of(&split.train, PERSONS - 1, &first, &last), 1);
}

static void a_split_by_chance_has_its_shares_and_repeats(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) events = {0};
	HELD(recs_split) split = {0};
	HELD(recs_split) again = {0};
	fill(&events);
	assert_ok(recs_split_random(&events, 0.2, 0.3, 4, &split, &err), &err);
	assert_ok(recs_split_random(&events, 0.2, 0.3, 4, &again, &err), &err);
	check_whole(&split);
	assert_int_equal(split.test.count, again.test.count);
	assert_true(fabs((double)split.test.count / EVENTS - 0.3) < 0.06);
	assert_true(fabs((double)split.validation.count / EVENTS - 0.2) < 0.06);
	assert_fails(recs_split_random(&events, 0.8, 0.3, 4, &split, &err), &err, ERR_USAGE);
}

static void one_item_of_each_basket_is_left_out(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *baskets = support_ratings(1, 60, ITEMS, 120, RECS_MERGE_SUM);
	OWNED(recs_ratings) *histories = NULL;
	OWNED(recs_ratings) *wanted = NULL;
	assert_ok(recs_split_one_out(baskets, 9, &histories, &wanted, &err), &err);
	for (uint32_t r = 0; r < baskets->row_count; r++) {
		size_t len = recs_ratings_row_len(baskets, r);
		assert_int_equal(recs_ratings_row_len(wanted, r), len > 1);
		assert_int_equal(recs_ratings_row_len(histories, r), len > 1 ? len - 1 : 0);
		for (uint32_t i = 0; i < ITEMS && len > 1; i++)
			assert_true(support_value(histories, r, i) + support_value(wanted, r, i) ==
				    support_value(baskets, r, i));
	}
}

/* A hill with its top at (0.3, 100), and how often it was asked. */
static int climb(void *context, const double *values, double best, double *out_score,
		 struct error *err)
{
	(void)best;
	(void)err;
	(*(int *)context)++;
	double a = values[0] - 0.3, b = log10(values[1]) - 2;
	assert_true(values[1] == round(values[1]));
	*out_score = values[0] > 0.9 ? NAN : 1 - a * a - b * b;
	return 0;
}

static const struct recs_setting ranges[] = {
	{"linear", 0, 1, false, false},
	{"steps", 1, 10000, true, true},
};

static void a_search_comes_near_the_top(void **state)
{
	(void)state;
	struct error err;
	struct recs_search_result found;
	int asked = 0;
	struct recs_search_options options = {.settings = ranges,
					      .setting_count = 2,
					      .trials = 120,
					      .seed = 2,
					      .try_values = climb,
					      .context = &asked};
	assert_ok(recs_search(&options, &found, &err), &err);
	assert_int_equal(asked, 120);
	assert_true(found.score > 0.995);
	assert_true(fabs(found.values[0] - 0.3) < 0.07);
}

static void a_search_ends_without_gain_and_starts_where_told(void **state)
{
	(void)state;
	struct error err;
	struct recs_search_result found;
	int asked = 0;
	const double first[] = {0.3, 100};
	struct recs_search_options options = {.settings = ranges,
					      .setting_count = 2,
					      .first = first,
					      .trials = 500,
					      .patience = 7,
					      .try_values = climb,
					      .context = &asked};
	assert_ok(recs_search(&options, &found, &err), &err);
	assert_int_equal(asked, 8);
	assert_int_equal(found.trials, 8);
	assert_true(fabs(found.score - 1) < 1e-12 && found.values[1] == 100);
	const struct recs_setting wrong = {"wrong", 0, 1, true, false};
	options.settings = &wrong;
	options.setting_count = 1;
	assert_fails(recs_search(&options, &found, &err), &err, ERR_USAGE);
}

static int split_all(void *context, struct error *err)
{
	HELD(recs_split) split = {0};
	HELD(recs_split) last = {0};
	TRY(recs_split_time(context, 0.1, 0.1, &split, err));
	return recs_split_last(context, 1, 1, &last, err);
}

static void refused_memory_is_an_error_and_leaks_nothing(void **state)
{
	(void)state;
	HELD(recs_events) events = {0};
	fill(&events);
	support_sweep_allocations(split_all, &events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_part_sees_the_future_of_another_in_a_split_by_time),
		cmocka_unit_test(each_persons_last_events_are_left_out),
		cmocka_unit_test(a_split_by_chance_has_its_shares_and_repeats),
		cmocka_unit_test(one_item_of_each_basket_is_left_out),
		cmocka_unit_test(a_search_comes_near_the_top),
		cmocka_unit_test(a_search_ends_without_gain_and_starts_where_told),
		cmocka_unit_test(refused_memory_is_an_error_and_leaks_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
