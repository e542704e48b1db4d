/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "delta/delta.h"
#include "store/store.h"
#include "support/delta_fake.h"
#include "support/store_fault.h"

#define HOUR_US (3600 * INT64_C(1000000))

static void put(struct store *store, const char *key)
{
	struct error err;
	assert_ok(store_put(store, key, "x", 1, &err), &err);
}

/* Versions 1 (a), 2 (a b), 3 (c), 4 (c d); the files lie there, and two that nobody owns. */
static int set_up(void **state)
{
	struct error err;
	struct store *store;
	int64_t v;
	assert_ok(store_memory_new(&store, &err), &err);
	assert_ok(delta_fake_create(store, "t", &err), &err);
	assert_ok(delta_fake_append(store, "t", 0, "a", &v, &err), &err);
	assert_ok(delta_fake_append(store, "t", 1, "b", &v, &err), &err);
	assert_ok(delta_fake_overwrite(store, "t", 2, "c", &v, &err), &err);
	assert_ok(delta_fake_append(store, "t", 3, "p=1/d", &v, &err), &err);
	static const char *const keys[] = {"t/a", "t/b",    "t/c",       "t/p=1/d", "t/p=1/left",
					   "t/z", "t/_x/y", "t/.hidden", "t2/other"};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		put(store, keys[i]);
	*state = store;
	return 0;
}

static int tear_down(void **state)
{
	store_free(*state);
	return 0;
}

static void assert_vacuum(struct store *store, const int64_t *keep, size_t keep_count,
			  int64_t retention_us, int64_t now_us, const char *expected)
{
	struct error err;
	HELD(text) keys = {0};
	size_t lines = 0;
	for (const char *s = expected; *s; s++)
		lines += *s == '\n';
	for (int dry_run = 1; dry_run >= 0; dry_run--) {
		text_clear(&keys);
		int count = delta_vacuum(store, "t", keep, keep_count, retention_us, now_us,
					 dry_run, &delta_fake_parquet, &keys, &err);
		assert_ok(count, &err);
		assert_int_equal(count, lines);
		assert_string_equal(keys.data ? keys.data : "", expected);
	}
}

static void orphans_are_what_no_version_refers_to(void **state)
{
	struct error err;
	HELD(text) keys = {0};
	assert_int_equal(delta_orphans(*state, "t", &delta_fake_parquet, &keys, &err), 2);
	assert_string_equal(keys.data, "t/p=1/left\nt/z\n");
}

static void within_retention_nothing_goes(void **state)
{
	assert_vacuum(*state, NULL, 0, HOUR_US, clock_now_us(), "");
}

static void after_retention_only_the_newest_version_stays(void **state)
{
	struct error err;
	int64_t size;
	assert_vacuum(*state, NULL, 0, HOUR_US, clock_now_us() + 2 * HOUR_US,
		      "t/a\nt/b\nt/p=1/left\nt/z\n");
	assert_int_equal(store_size(*state, "t/a", &size, &err), 0);
	assert_int_equal(store_size(*state, "t/p=1/d", &size, &err), 1);
	assert_int_equal(store_size(*state, "t/_x/y", &size, &err), 1);
	assert_int_equal(store_size(*state, "t2/other", &size, &err), 1);
}

static void versions_to_keep_keep_their_files(void **state)
{
	struct error err;
	static const int64_t keep[] = {1}, unknown[] = {99};
	HELD(text) keys = {0};
	int64_t later = clock_now_us() + 2 * HOUR_US;
	assert_fails(delta_vacuum(*state, "t", unknown, 1, HOUR_US, later, false,
				  &delta_fake_parquet, &keys, &err),
		     &err, ERR_NOT_FOUND);
	assert_vacuum(*state, keep, 1, HOUR_US, later, "t/b\nt/p=1/left\nt/z\n");
}

/* Old files, replaced by commits at hours 1 and 3. */
static void a_version_that_was_the_newest_within_retention_stays(void **state)
{
	struct error err;
	int64_t now_us = clock_now_us(), ms = now_us / 1000 + 3600 * 1000;
	HELD(text) lines = {0};
	text_addf(&lines, "{\"commitInfo\":{\"timestamp\":%lld}}\n", (long long)ms);
	text_addf(&lines, "{\"remove\":{\"path\":\"c\",\"deletionTimestamp\":%lld}}\n",
		  (long long)ms);
	assert_ok(delta_fake_put(*state, "t", 5, lines.data, &err), &err);
	text_clear(&lines);
	ms += 2 * 3600 * 1000;
	text_addf(&lines, "{\"commitInfo\":{\"timestamp\":%lld}}\n", (long long)ms);
	text_addf(&lines, "{\"remove\":{\"path\":\"p=1/d\",\"deletionTimestamp\":%lld}}\n",
		  (long long)ms);
	assert_ok(delta_fake_put(*state, "t", 6, lines.data, &err), &err);
	/* at hour 4, keeping 2 hours: the version before hour 3's commit could still be read */
	assert_vacuum(*state, NULL, 0, 2 * HOUR_US, now_us + 4 * HOUR_US + HOUR_US / 60,
		      "t/a\nt/b\nt/c\nt/p=1/left\nt/z\n");
}

static void a_table_with_absolute_paths_is_left_alone(void **state)
{
	struct error err;
	HELD(text) keys = {0};
	assert_ok(delta_fake_put(*state, "t", 5, "{\"add\":{\"path\":\"s3://b/t/z\",\"size\":1}}\n",
				 &err),
		  &err);
	assert_fails(delta_vacuum(*state, "t", NULL, 0, 0, clock_now_us() + HOUR_US, false,
				  &delta_fake_parquet, &keys, &err),
		     &err, ERR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "s3://b/t/z"));
}

static void a_damaged_log_keeps_everything(void **state)
{
	struct error err;
	HELD(text) keys = {0};
	int64_t size;
	assert_ok(delta_fake_put(*state, "t", 2, "{cut", &err), &err);
	assert_fails(delta_vacuum(*state, "t", NULL, 0, 0, clock_now_us() + HOUR_US, false,
				  &delta_fake_parquet, &keys, &err),
		     &err, ERR_CORRUPT);
	assert_int_equal(store_size(*state, "t/z", &size, &err), 1);
}

static int list_orphans(void *context, struct error *err)
{
	HELD(text) keys = {0};
	return delta_orphans(context, "t", &delta_fake_parquet, &keys, err);
}

static void every_refused_allocation_is_reported(void **state)
{
	support_sweep_allocations(list_orphans, *state);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(orphans_are_what_no_version_refers_to),
		CASE(within_retention_nothing_goes),
		CASE(after_retention_only_the_newest_version_stays),
		CASE(versions_to_keep_keep_their_files),
		CASE(a_version_that_was_the_newest_within_retention_stays),
		CASE(a_table_with_absolute_paths_is_left_alone),
		CASE(a_damaged_log_keeps_everything),
		CASE(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
