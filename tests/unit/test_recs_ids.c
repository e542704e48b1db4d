/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

#include "recs/ids.h"

static void numbers_follow_first_sight_and_stay(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ids) *ids = recs_ids_new();
	char text[32];
	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t i = 0; i < 5000; i++) {
			uint32_t number;
			int len = snprintf(text, sizeof text, "person-%u", i);
			assert_ok(recs_ids_put(ids, text, (size_t)len, &number, &err), &err);
			assert_int_equal(number, i);
		}
	assert_int_equal(recs_ids_count(ids), 5000);
	size_t len;
	assert_memory_equal(recs_ids_text(ids, 4321, &len), "person-4321", 11);
	assert_int_equal(len, 11);
	assert_int_equal(recs_ids_find(ids, "person-17", 9), 17);
	assert_int_equal(recs_ids_find(ids, "person-5000", 11), RECS_IDS_NONE);
}

static void any_bytes_make_an_id_also_none(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ids) *ids = recs_ids_new();
	uint32_t empty, nul, again;
	assert_ok(recs_ids_put(ids, "", 0, &empty, &err), &err);
	assert_ok(recs_ids_put(ids, "\0x", 2, &nul, &err), &err);
	assert_ok(recs_ids_put(ids, "", 0, &again, &err), &err);
	assert_int_equal(empty, again);
	assert_int_not_equal(empty, nul);
	assert_int_equal(recs_ids_find(ids, "\0y", 2), RECS_IDS_NONE);
}

static int put_a_few(void *context, struct error *err)
{
	(void)context;
	OWNED(recs_ids) *ids = recs_ids_new();
	if (!ids)
		return err_memory(err);
	for (int i = 0; i < 100; i++) {
		uint32_t number;
		char text[8];
		int len = snprintf(text, sizeof text, "%d", i);
		TRY(recs_ids_put(ids, text, (size_t)len, &number, err));
	}
	return 0;
}

static void refused_memory_is_an_error_and_leaks_nothing(void **state)
{
	(void)state;
	support_sweep_allocations(put_a_few, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_follow_first_sight_and_stay),
		cmocka_unit_test(any_bytes_make_an_id_also_none),
		cmocka_unit_test(refused_memory_is_an_error_and_leaks_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
