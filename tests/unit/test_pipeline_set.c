/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <string.h>

#include "base/text.h"
#include "pipeline/set.h"
#include "store/store.h"
#include "support/lake.h"

static int64_t publish_one(struct store *store, const char *name, int64_t version)
{
	struct error err;
	int64_t number;
	OWNED(set) *changes = set_new();
	assert_ok(set_put(changes, name, name, version, "model", &err), &err);
	assert_ok(set_publish(store, changes, NULL, "run", 1000 * version, &number, &err), &err);
	return number;
}

static void an_empty_lake_has_set_zero(void **state)
{
	struct support_lake *lake = *state;
	struct error err;
	OWNED(set) *set = NULL;
	assert_ok(set_read_newest(lake->store, &set, &err), &err);
	assert_int_equal(set->number, 0);
	assert_int_equal(set->count, 0);
}

static void a_set_holds_old_tables_and_new_versions(void **state)
{
	struct support_lake *lake = *state;
	struct error err;
	assert_int_equal(publish_one(lake->store, "a", 1), 1);
	assert_int_equal(publish_one(lake->store, "b", 5), 2);
	assert_int_equal(publish_one(lake->store, "a", 2), 3);
	OWNED(set) *set = NULL;
	assert_ok(set_read_newest(lake->store, &set, &err), &err);
	assert_int_equal(set->number, 3);
	assert_int_equal(set_find(set, "a")->version, 2);
	assert_int_equal(set_find(set, "b")->version, 5);
	OWNED(set) *before = NULL;
	assert_ok(set_read(lake->store, 1, &before, &err), &err);
	assert_null(set_find(before, "b"));
	OWNED(set) *at = NULL;
	assert_ok(set_read_at(lake->store, 5500, &at, &err), &err);
	assert_int_equal(at->number, 3);
	assert_fails(set_read(lake->store, 9, &before, &err), &err, ERR_NOT_FOUND);
}

static void publishing_nothing_new_makes_no_set(void **state)
{
	struct support_lake *lake = *state;
	assert_int_equal(publish_one(lake->store, "a", 1), 1);
	assert_int_equal(publish_one(lake->store, "a", 1), 1);
}

static void a_clash_keeps_the_newer_version_of_each_table(void **state)
{
	struct support_lake *lake = *state;
	struct error err;
	publish_one(lake->store, "a", 7);
	/* computed from an older set, published later */
	OWNED(set) *late = set_new();
	int64_t number;
	assert_ok(set_put(late, "a", "a", 6, "model", &err), &err);
	assert_ok(set_put(late, "b", "b", 1, "model", &err), &err);
	assert_ok(set_publish(lake->store, late, NULL, "late", 9, &number, &err), &err);
	OWNED(set) *set = NULL;
	assert_ok(set_read_newest(lake->store, &set, &err), &err);
	assert_int_equal(set_find(set, "a")->version, 7);
	assert_int_equal(set_find(set, "b")->version, 1);
}

static void a_dropped_table_leaves_the_set(void **state)
{
	struct support_lake *lake = *state;
	struct error err;
	publish_one(lake->store, "a", 1);
	publish_one(lake->store, "b", 1);
	OWNED(set) *none = set_new();
	const char *const dropped[] = {"a", NULL};
	int64_t number;
	assert_ok(set_publish(lake->store, none, dropped, "drop", 9, &number, &err), &err);
	OWNED(set) *set = NULL;
	assert_ok(set_read_newest(lake->store, &set, &err), &err);
	assert_null(set_find(set, "a"));
	assert_non_null(set_find(set, "b"));
}

static void a_newer_format_and_a_damaged_set_are_refused(void **state)
{
	struct support_lake *lake = *state;
	struct error err;
	OWNED(set) *set = NULL;
	static const char key[] = "_vitrine/published/00000000000000000001.json";
	static const char newer[] = "{\"format\": 99, \"set\": 1, \"run\": \"\", \"tables\": {}}";
	assert_ok(store_put(lake->store, key, newer, strlen(newer), &err), &err);
	assert_fails(set_read_newest(lake->store, &set, &err), &err, ERR_UNSUPPORTED);
	assert_ok(store_put(lake->store, key, "{\"form", 6, &err), &err);
	assert_fails(set_read_newest(lake->store, &set, &err), &err, ERR_CORRUPT);
	assert_non_null(strstr(err.message, key));
}

static int publish_and_read(void *context, struct error *err)
{
	struct store *store = context;
	OWNED(set) *changes = set_new();
	if (!changes)
		return err_memory(err);
	int64_t number;
	TRY(set_put(changes, "a", "a", 1, "model", err));
	TRY(set_publish(store, changes, NULL, "run", 1, &number, err));
	OWNED(set) *set = NULL;
	return set_read_newest(store, &set, err);
}

static void every_refused_allocation_is_reported(void **state)
{
	struct support_lake *lake = *state;
	support_sweep_allocations(publish_and_read, lake->store);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, support_lake_open, support_lake_close)
	const struct CMUnitTest tests[] = {
		TEST(an_empty_lake_has_set_zero),
		TEST(a_set_holds_old_tables_and_new_versions),
		TEST(publishing_nothing_new_makes_no_set),
		TEST(a_clash_keeps_the_newer_version_of_each_table),
		TEST(a_dropped_table_leaves_the_set),
		TEST(a_newer_format_and_a_damaged_set_are_refused),
		TEST(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
