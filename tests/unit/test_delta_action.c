/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "delta/action.h"
#include "delta/schema.h"
#include "delta/uri.h"

static int set_up(void **state)
{
	*state = arena_new();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

static int parse(struct arena *arena, const char *lines, struct delta_actions *out,
		 struct error *err)
{
	return delta_actions_parse(arena, "t/_delta_log/5.json", lines, strlen(lines), out, err);
}

static void a_path_and_its_uri_are_each_others_inverse(void **state)
{
	static const char *const pairs[][2] = {
		{"part-1.parquet", "part-1.parquet"},
		{"n=a b/x", "n=a%20b/x"},
		{"n=a%20b/x", "n=a%2520b/x"},
		{"ação+&?#", "a%C3%A7%C3%A3o%2B%26%3F%23"},
		{"a:b", "a%3Ab"},
	};
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		HELD(text) uri = {0};
		delta_uri_encode(pairs[i][0], &uri);
		assert_string_equal(uri.data, pairs[i][1]);
		assert_string_equal(delta_uri_decode(*state, uri.data), pairs[i][0]);
	}
	assert_string_equal(delta_uri_decode(*state, "100%/%zz%4"), "100%/%zz%4");
	assert_string_equal(delta_uri_decode(*state, "a%00b"), "a%00b");
	assert_true(delta_uri_is_absolute("s3://bucket/x"));
	assert_true(delta_uri_is_absolute("file:/x"));
	assert_true(delta_uri_is_absolute("/x"));
	assert_false(delta_uri_is_absolute("part=a:/x"));
	assert_false(delta_uri_is_absolute("a/b:/x"));
}

static void what_is_not_known_is_passed_over(void **state)
{
	struct error err;
	struct delta_actions actions;
	assert_ok(
		parse(*state,
		      "{\"domainMetadata\":{\"domain\":\"x\"}}\r\n\n"
		      "{\"txn\":{\"appId\":\"a\",\"version\":3,\"lastUpdated\":null,\"new\":[1]}}",
		      &actions, &err),
		&err);
	assert_int_equal(actions.count, 2);
	assert_int_equal(actions.items[0].kind, ACTION_OTHER);
	assert_int_equal(actions.items[1].kind, ACTION_TXN);
	assert_int_equal(actions.items[1].txn.version, 3);
}

static void members_that_are_null_do_not_count(void **state)
{
	struct error err;
	struct delta_actions actions;
	assert_ok(parse(*state,
			"{\"add\":null,\"txn\":null,\"remove\":{\"path\":\"a%20b\","
			"\"deletionTimestamp\":9,\"dataChange\":false,\"partitionValues\":null}}\n",
			&actions, &err),
		  &err);
	assert_int_equal(actions.items[0].kind, ACTION_REMOVE);
	assert_string_equal(actions.items[0].entry.file.path, "a b");
	assert_string_equal(actions.items[0].entry.raw_path, "a%20b");
	assert_false(actions.items[0].entry.file.data_change);
}

static void a_damaged_line_is_named(void **state)
{
	static const char *const lines[] = {
		"{\"add\":{\"path\":\"b\",\"size\":1",
		"{\"add\":[]}",
		"[1]",
		"7",
		"{\"add\":{\"size\":1}}",
		"{\"add\":{\"path\":\"\",\"size\":1}}",
		"{\"add\":{\"path\":\"b\"}}",
		"{\"add\":{\"path\":\"b\",\"size\":-1}}",
		"{\"add\":{\"path\":\"../b\",\"size\":1}}",
		"{\"add\":{\"path\":\"%2E%2E/b\",\"size\":1}}",
		"{\"add\":{\"path\":\"b\",\"size\":1,\"partitionValues\":{\"p\":1}}}",
		"{\"txn\":{\"appId\":\"x\"}}",
		"{\"txn\":{\"version\":1}}",
		"{\"protocol\":{}}",
		"{\"metaData\":{\"id\":\"x\"}}",
		"{\"metaData\":{\"id\":\"x\",\"schemaString\":\"{}\",\"partitionColumns\":[1]}}",
	};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct error err;
		struct delta_actions actions;
		HELD(text) t = {0};
		text_addf(&t, "{\"commitInfo\":{}}\n%s\n{\"commitInfo\":{}}\n", lines[i]);
		assert_fails(parse(*state, t.data, &actions, &err), &err, ERR_CORRUPT);
		assert_non_null(strstr(err.message, "t/_delta_log/5.json, line 2"));
		assert_string_equal(err.file, "t/_delta_log/5.json");
		assert_int_equal(err.line, 2);
	}
	struct error err;
	struct delta_actions actions;
	assert_fails(parse(*state, "", &actions, &err), &err, ERR_CORRUPT);
	assert_fails(parse(*state, "\n \n", &actions, &err), &err, ERR_CORRUPT);
}

static void statistics_that_cannot_be_read_are_as_good_as_none(void **state)
{
	static const struct {
		const char *stats;
		int64_t rows;
	} cases[] = {{"{\\\"numRecords\\\":12}", 12},
		     {"{\\\"numRecords\\\":-3}", -1},
		     {"{\\\"minValues\\\":{}}", -1},
		     {"{cut", -1},
		     {"", -1}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err;
		struct delta_actions actions;
		HELD(text) t = {0};
		text_addf(&t, "{\"add\":{\"path\":\"a\",\"size\":1,\"stats\":\"%s\"}}",
			  cases[i].stats);
		assert_ok(parse(*state, t.data, &actions, &err), &err);
		assert_int_equal(actions.items[0].entry.file.rows, cases[i].rows);
	}
}

static void every_action_is_read_as_it_was_written(void **state)
{
	struct error err;
	struct delta_actions actions;
	HELD(text) t = {0};
	struct delta_value values[] = {{(char[]){"p"}, NULL}, {(char[]){"q"}, (char[]){"\"x\""}}};
	static const char *const features[] = {"appendOnly"}, *const columns[] = {"p", "q"};
	struct delta_protocol protocol = {
		.reader = 1, .writer = 7, .writer_features = features, .writer_feature_count = 1};
	struct delta_metadata metadata = {.id = "i",
					  .name = "n",
					  .description = "d\n",
					  .schema_string = "{}",
					  .partition_columns = columns,
					  .partition_count = 2,
					  .configuration = values + 1,
					  .configuration_count = 1,
					  .created_ms = 5};
	struct delta_entry entry = {.raw_path = "a%20b",
				    .is_extended = true,
				    .file = {.partition = values, .partition_count = 2, .size = 9}};
	delta_write_protocol(&protocol, &t);
	delta_write_metadata(&metadata, &t);
	delta_write_add("a%20b", &entry.file, true, &t);
	delta_write_remove(&entry, 77, false, &t);
	assert_ok(parse(*state, t.data, &actions, &err), &err);
	assert_int_equal(actions.count, 4);
	assert_string_equal(actions.items[0].protocol.writer_features[0], "appendOnly");
	assert_string_equal(actions.items[1].metadata.description, "d\n");
	assert_string_equal(actions.items[1].metadata.configuration[0].value, "\"x\"");
	assert_null(actions.items[2].entry.file.partition[0].value);
	assert_string_equal(actions.items[2].entry.file.partition[1].value, "\"x\"");
	assert_int_equal(actions.items[3].entry.deletion_ms, 77);
	assert_int_equal(actions.items[3].entry.file.size, 9);
	HELD(text) again = {0};
	delta_write_protocol(&actions.items[0].protocol, &again);
	delta_write_metadata(&actions.items[1].metadata, &again);
	delta_write_add(actions.items[2].entry.raw_path, &actions.items[2].entry.file, true,
			&again);
	delta_write_remove(&actions.items[3].entry, 77, false, &again);
	assert_string_equal(again.data, t.data);
}

static void a_schema_is_read_as_it_was_written(void **state)
{
	(void)state;
	static const char schema_string[] =
		"{\"type\":\"struct\",\"fields\":["
		"{\"name\":\"id\",\"type\":\"long\",\"nullable\":false,\"metadata\":{}},"
		"{\"name\":\"a\\\"b\",\"type\":{\"type\":\"array\",\"elementType\":\"long\","
		"\"containsNull\":true},\"nullable\":true,\"metadata\":{\"comment\":\"c\","
		"\"x\":[1,null]}},"
		"{\"name\":\"v\",\"type\":\"decimal(18,2)\",\"nullable\":true,"
		"\"metadata\":{\"y\":\"z\"}}]}";
	struct error err;
	HELD(delta_schema) schema = {0}, copy = {0};
	HELD(text) t = {0};
	assert_ok(delta_schema_parse(schema_string, &schema, &err), &err);
	assert_int_equal(schema.count, 3);
	assert_string_equal(schema.columns[1].comment, "c");
	assert_string_equal(schema.columns[1].metadata_json, "{\"x\":[1,null]}");
	delta_schema_write(&schema, &t);
	assert_string_equal(t.data, schema_string);
	assert_ok(delta_schema_copy(&schema, &copy, &err), &err);
	assert_true(delta_schema_equal(&schema, &copy));
	assert_ok(delta_schema_check(&copy, &err), &err);
}

static void schemas_that_cannot_be_written_are_refused(void **state)
{
	(void)state;
	struct error err;
	HELD(delta_schema) schema = {0};
	assert_fails(delta_schema_check(&schema, &err), &err, ERR_USAGE);
	assert_ok(delta_schema_add(&schema, "id", "long", NULL, &err), &err);
	assert_ok(delta_schema_check(&schema, &err), &err);
	assert_ok(delta_schema_add(&schema, "ID", "long", "", &err), &err);
	assert_fails(delta_schema_check(&schema, &err), &err, ERR_USAGE);
	static const char *const types[] = {"timestamp_ntz", "hugeint",        "decimal(39,2)",
					    "decimal(2,3)",  "decimal(18,2)x", "variant"};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		HELD(delta_schema) one = {0};
		assert_ok(delta_schema_add(&one, "c", types[i], "", &err), &err);
		assert_fails(delta_schema_check(&one, &err), &err, ERR_UNSUPPORTED);
		assert_non_null(strstr(err.message, types[i]));
	}
	HELD(delta_schema) none = {0};
	assert_fails(delta_schema_parse("{\"fields\":{}}", &none, &err), &err, ERR_CORRUPT);
	assert_fails(delta_schema_parse("{", &none, &err), &err, ERR_CORRUPT);
	assert_fails(delta_schema_parse("{\"fields\":[{\"name\":\"a\"}]}", &none, &err), &err,
		     ERR_CORRUPT);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_path_and_its_uri_are_each_others_inverse),
		CASE(what_is_not_known_is_passed_over),
		CASE(members_that_are_null_do_not_count),
		CASE(a_damaged_line_is_named),
		CASE(statistics_that_cannot_be_read_are_as_good_as_none),
		CASE(every_action_is_read_as_it_was_written),
		CASE(a_schema_is_read_as_it_was_written),
		CASE(schemas_that_cannot_be_written_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
