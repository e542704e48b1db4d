/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include "csv/detect_parts.h"

static void a_value_that_comes_again_is_noticed(void **state)
{
	struct error err;
	struct csv_detect_set set = {0};
	size_t left = 1 << 20;
	(void)state;
	for (uint64_t i = 0; i < 10000; i++)
		assert_ok(csv_detect_set_add(&set, i, &left, &err), &err);
	assert_false(set.has_repeats);
	assert_int_equal(set.count, 10000);
	assert_true(left < 1 << 20);
	assert_ok(csv_detect_set_add(&set, 7777, &left, &err), &err);
	assert_true(set.has_repeats);
	assert_int_equal(left, 1 << 20); /* what is settled needs no memory */
	assert_ok(csv_detect_set_add(&set, 123456, &left, &err), &err);
	assert_null(set.slots);
}

static void hashes_that_fall_together_stay_apart(void **state)
{
	struct error err;
	struct csv_detect_set set = {0};
	size_t left = 1 << 20;
	(void)state;
	for (uint64_t i = 1; i <= 400; i++)
		assert_ok(csv_detect_set_add(&set, i << 40, &left, &err), &err);
	assert_false(set.has_repeats);
	csv_detect_set_done(&set);
}

static void a_set_beyond_the_budget_is_given_up(void **state)
{
	struct error err;
	struct csv_detect_set first = {0}, second = {0};
	size_t left = 100000;
	(void)state;
	for (uint64_t i = 1; i <= 4000; i++)
		assert_ok(csv_detect_set_add(&first, i * 977, &left, &err), &err);
	for (uint64_t i = 1; i <= 4000; i++)
		assert_ok(csv_detect_set_add(&second, i * 977, &left, &err), &err);
	assert_false(first.is_given_up);
	assert_true(second.is_given_up);
	assert_false(second.has_repeats);
	assert_int_equal(left, 100000 - first.capacity * sizeof(uint64_t));
	csv_detect_set_done(&first);
}

static int add_many(void *context, struct error *err)
{
	struct csv_detect_set set = {0};
	size_t left = 1 << 20;
	int result = 0;
	(void)context;
	for (uint64_t i = 1; i <= 3000 && result == 0; i++)
		result = csv_detect_set_add(&set, i, &left, err);
	csv_detect_set_done(&set);
	return result;
}

static void every_refused_allocation_is_told(void **state)
{
	(void)state;
	support_sweep_allocations(add_many, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_that_comes_again_is_noticed),
		cmocka_unit_test(hashes_that_fall_together_stay_apart),
		cmocka_unit_test(a_set_beyond_the_budget_is_given_up),
		cmocka_unit_test(every_refused_allocation_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
