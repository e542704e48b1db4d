/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that another program wrote: see tests/golden/delta/README.md. */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "delta/delta.h"
#include "store/store.h"
#include "support/delta_fake.h"

static int set_up(void **state)
{
	struct error err;
	assert_ok(store_open(TEST_SOURCE_ROOT "/tests/golden/delta", (struct store **)state, &err),
		  &err);
	return 0;
}

static int tear_down(void **state)
{
	store_free(*state);
	return 0;
}

static struct delta_snapshot *open_table(struct store *store, const char *table, int64_t version)
{
	struct error err;
	struct delta_snapshot *snapshot = NULL;
	assert_ok(delta_snapshot_open(store, table, version, &delta_fake_parquet, &snapshot, &err),
		  &err);
	return snapshot;
}

static bool has_value(const struct delta_snapshot *s, const char *folder, const char *value)
{
	for (size_t i = 0; i < delta_snapshot_file_count(s); i++) {
		const struct delta_file *file = delta_snapshot_file(s, i);
		const char *there = file->partition[0].value;
		if (strncmp(file->path, folder, strlen(folder)) == 0)
			return value ? there && strcmp(there, value) == 0 : !there;
	}
	return false;
}

static void odd_partition_values_are_read(void **state)
{
	OWNED(delta_snapshot) *s = open_table(*state, "odd_partitions", -1);
	assert_int_equal(delta_snapshot_file_count(s), 10);
	assert_int_equal(delta_snapshot_rows(s), 10);
	assert_string_equal(delta_snapshot_description(s), "Partitions with odd values");
	const char *const *columns;
	assert_int_equal(delta_snapshot_partition_columns(s, &columns), 2);
	assert_string_equal(columns[0], "part");
	assert_string_equal(columns[1], "day");
	assert_string_equal(delta_snapshot_file(s, 0)->partition[1].value, "2018-01-02");
	static const char *const pairs[][2] = {
		{"part=plain/", "plain"},
		{"part=with%20space/", "with space"},
		{"part=50%25/", "50%"},
		{"part=a%2Fb/", "a/b"},
		{"part=a%3Db/", "a=b"},
		{"part=a%C3%A7%C3%A3o/", "ação"},
		{"part=%E6%97%A5%E6%9C%AC/", "日本"},
		{"part=q%27%22%3F%23%26%2B%3A/", "q'\"?#&+:"},
		{"part=/", NULL}, /* an empty value means NULL, says the protocol */
		{"part=__HIVE_DEFAULT_PARTITION__/", NULL},
	};
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (!has_value(s, pairs[i][0], pairs[i][1]))
			fail_msg("%s", pairs[i][0]);
}

static void a_checkpointed_table_is_read_at_every_version(void **state)
{
	static const size_t files[] = {1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 6, 5, 6};
	for (int64_t v = 0; v <= 12; v++) {
		OWNED(delta_snapshot) *s = open_table(*state, "checkpointed", v);
		assert_int_equal(delta_snapshot_file_count(s), files[v]);
		assert_int_equal(delta_snapshot_rows(s), files[v]);
		assert_int_equal(delta_snapshot_data_version(s), v);
	}
	OWNED(delta_snapshot) *newest = open_table(*state, "checkpointed", -1);
	assert_int_equal(delta_snapshot_version(newest), 12);
	assert_int_equal(delta_snapshot_app_version(newest, "loader"), 42);
	assert_int_equal(delta_snapshot_schema(newest)->count, 2);
	assert_string_equal(delta_snapshot_schema(newest)->columns[1].type, "string");
}

static void features_that_we_lack_are_refused_by_name(void **state)
{
	static const char *const cases[][2] = {{"deletion_vectors", "\"deletionVectors\""},
					       {"column_mapping", "\"columnMapping\""},
					       {"timestamp_ntz", "\"timestampNtz\""}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err;
		struct delta_snapshot *s = NULL;
		assert_fails(delta_snapshot_open(*state, cases[i][0], -1, NULL, &s, &err), &err,
			     ERR_UNSUPPORTED);
		assert_non_null(strstr(err.message, cases[i][1]));
	}
	/* before the feature was added the table was an ordinary one */
	OWNED(delta_snapshot) *before = open_table(*state, "deletion_vectors", 0);
	assert_int_equal(delta_snapshot_file_count(before), 1);
}

/* Both fail before anything is written. */
static void tables_whose_rules_we_cannot_keep_are_read_and_not_written(void **state)
{
	struct error err;
	int64_t version;
	OWNED(delta_snapshot) *s = open_table(*state, "constrained", -1);
	assert_int_equal(delta_snapshot_file_count(s), 1);
	assert_fails(delta_fake_append(*state, "constrained", 1, "x", &version, &err), &err,
		     ERR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "checkConstraints"));
	assert_fails(delta_fake_overwrite(*state, "append_only", 0, "x", &version, &err), &err,
		     ERR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "appendOnly"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(odd_partition_values_are_read),
		CASE(a_checkpointed_table_is_read_at_every_version),
		CASE(features_that_we_lack_are_refused_by_name),
		CASE(tables_whose_rules_we_cannot_keep_are_read_and_not_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
