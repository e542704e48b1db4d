/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "delta/delta.h"
#include "store/store.h"
#include "support/delta_fake.h"
#include "support/store_fault.h"

#define TABLE      "t"
#define LOG        TABLE "/_delta_log/"
#define CHECKPOINT LOG "00000000000000000010.checkpoint.parquet"

/* A table with a file a, b, ... from each version 1 to 13 but that 12 is an overwrite. */
static int set_up(void **state)
{
	struct error err;
	struct store *store;
	int64_t version;
	assert_ok(store_memory_new(&store, &err), &err);
	assert_ok(delta_fake_create(store, TABLE, &err), &err);
	for (int64_t v = 0; v < 13; v++) {
		char path[] = {(char)('a' + v), '\0'};
		assert_ok(v == 11 ? delta_fake_overwrite(store, TABLE, v, path, &version, &err)
				  : delta_fake_append(store, TABLE, v, path, &version, &err),
			  &err);
	}
	*state = store;
	return 0;
}

static int tear_down(void **state)
{
	store_free(*state);
	return 0;
}

static void drop(struct store *store, int64_t first, int64_t last)
{
	for (int64_t v = first; v <= last; v++) {
		struct error err;
		char key[64];
		snprintf(key, sizeof key, LOG "%020lld.json", (long long)v);
		assert_ok(store_remove(store, key, &err), &err);
	}
}

/* Not inlined: gcc 12 would take the pointer it returns for one to its own variable. */
__attribute__((noinline)) static char *read_object(struct store *store, const char *key)
{
	struct error err;
	char *bytes;
	assert_ok(store_get(store, key, &bytes, NULL, &err), &err);
	return bytes;
}

static void assert_files(struct store *store, int64_t version, const char *expected)
{
	OWNED_MEMORY char *files = delta_fake_files(store, TABLE, version);
	assert_string_equal(files, expected);
}

static int open_version(struct store *store, int64_t version, const struct delta_parquet *parquet,
			struct error *err)
{
	OWNED(delta_snapshot) *snapshot = NULL;
	return delta_snapshot_open(store, TABLE, version, parquet, &snapshot, err);
}

static void every_ten_versions_one_is_written_and_pointed_to(void **state)
{
	OWNED_MEMORY char *hint = read_object(*state, LOG "_last_checkpoint");
	assert_string_equal(hint, "{\"version\":10,\"size\":12,\"numOfAddFiles\":10}");
	OWNED_MEMORY char *lines = read_object(*state, CHECKPOINT);
	assert_true(text_starts(lines, "{\"protocol\":"));
	assert_null(strstr(lines, "commitInfo"));
	assert_null(strstr(lines, "\"dataChange\":true"));
}

static void with_one_the_log_before_it_is_not_needed(void **state)
{
	struct error err;
	drop(*state, 0, 10);
	assert_files(*state, 10, "a b c d e f g h i j ");
	assert_files(*state, 13, "l m ");
	assert_fails(open_version(*state, 9, &delta_fake_parquet, &err), &err, ERR_NOT_FOUND);
	assert_fails(open_version(*state, -1, NULL, &err), &err, ERR_UNSUPPORTED);
}

static void without_parquet_the_whole_log_is_read(void **state)
{
	struct error err;
	assert_ok(open_version(*state, -1, NULL, &err), &err);
}

static void the_data_version_is_found_behind_it(void **state)
{
	struct error err;
	OWNED(delta_snapshot) *whole = NULL, *cut = NULL;
	assert_ok(delta_snapshot_open(*state, TABLE, 10, &delta_fake_parquet, &whole, &err), &err);
	assert_int_equal(delta_snapshot_data_version(whole), 10);
	drop(*state, 0, 10);
	assert_ok(delta_snapshot_open(*state, TABLE, 10, &delta_fake_parquet, &cut, &err), &err);
	assert_int_equal(delta_snapshot_data_version(cut), 10);
	assert_int_equal(delta_snapshot_rows(cut), 100);
	assert_string_equal(delta_snapshot_description(cut), "a table");
}

static void tombstones_and_apps_go_with_it(void **state)
{
	struct error err;
	int64_t version;
	struct delta_commit load = {
		.table = TABLE, .read_version = 13, .app_id = "x", .app_version = 5};
	for (int i = 0; i < 7; i++, load.app_version++)
		assert_ok(delta_commit(*state, &load, &delta_fake_parquet, &version, &err), &err);
	assert_int_equal(version, 20);
	drop(*state, 0, 20);
	OWNED(delta_snapshot) *now = NULL;
	assert_ok(delta_snapshot_open(*state, TABLE, -1, &delta_fake_parquet, &now, &err), &err);
	assert_int_equal(delta_snapshot_app_version(now, "x"), 11);
	assert_int_equal(delta_snapshot_app_version(now, "y"), -1);
	OWNED_MEMORY char *lines =
		read_object(*state, LOG "00000000000000000020.checkpoint.parquet");
	assert_non_null(strstr(lines, "{\"remove\":{\"path\":\"a\""));
}

static void the_parts_of_one_are_joined_and_missing_parts_make_it_void(void **state)
{
	struct error err;
	OWNED_MEMORY char *lines = read_object(*state, CHECKPOINT);
	char *cut = strstr(lines, "{\"add\":{\"path\":\"e\"");
	assert_non_null(cut);
	assert_ok(store_remove(*state, CHECKPOINT, &err), &err);
	assert_ok(store_put(*state,
			    LOG "00000000000000000010.checkpoint.0000000001.0000000002.parquet",
			    lines, (size_t)(cut - lines), &err),
		  &err);
	drop(*state, 1, 10);
	assert_fails(open_version(*state, 13, &delta_fake_parquet, &err), &err, ERR_CORRUPT);
	assert_ok(store_put(*state,
			    LOG "00000000000000000010.checkpoint.0000000002.0000000002.parquet",
			    cut, strlen(cut), &err),
		  &err);
	assert_files(*state, 10, "a b c d e f g h i j ");
}

static void one_of_the_second_kind_is_refused_by_name(void **state)
{
	struct error err;
	assert_ok(store_remove(*state, CHECKPOINT, &err), &err);
	assert_ok(store_put(*state,
			    LOG "00000000000000000010.checkpoint."
				"80a083e8-7026-4e79-81be-64bd76c43a11.json",
			    "{}", 2, &err),
		  &err);
	assert_ok(open_version(*state, -1, &delta_fake_parquet, &err), &err);
	drop(*state, 0, 10);
	assert_fails(open_version(*state, -1, &delta_fake_parquet, &err), &err, ERR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "v2Checkpoint"));
}

static void a_damaged_one_is_named(void **state)
{
	struct error err;
	assert_ok(store_put(*state, CHECKPOINT, "{\"add\":{}}\n", 11, &err), &err);
	assert_fails(open_version(*state, -1, &delta_fake_parquet, &err), &err, ERR_CORRUPT);
	assert_non_null(strstr(err.message, CHECKPOINT ", line 1"));
}

static int refuse(void *context, const char *lines, size_t len, const char *path, struct error *err)
{
	(void)context;
	(void)lines;
	(void)len;
	return err_set(err, ERR_DISK_FULL, "cannot write \"%s\"", path);
}

static void one_that_fails_fails_no_commit(void **state)
{
	struct error err;
	int64_t version, size;
	struct delta_parquet broken = {.write_checkpoint = refuse,
				       .read_checkpoint = delta_fake_parquet.read_checkpoint};
	for (int64_t v = 13; v < 20; v++) {
		struct delta_commit commit = {.table = TABLE, .read_version = v};
		assert_ok(delta_commit(*state, &commit, &broken, &version, &err), &err);
	}
	assert_int_equal(version, 20);
	assert_int_equal(
		store_size(*state, LOG "00000000000000000020.checkpoint.parquet", &size, &err), 0);
	assert_files(*state, -1, "l m ");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_ten_versions_one_is_written_and_pointed_to),
		CASE(with_one_the_log_before_it_is_not_needed),
		CASE(without_parquet_the_whole_log_is_read),
		CASE(the_data_version_is_found_behind_it),
		CASE(tombstones_and_apps_go_with_it),
		CASE(the_parts_of_one_are_joined_and_missing_parts_make_it_void),
		CASE(one_of_the_second_kind_is_refused_by_name),
		CASE(a_damaged_one_is_named),
		CASE(one_that_fails_fails_no_commit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
