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

#define PROTOCOL "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}\n"
#define SCHEMA                                                                                     \
	"\"schemaString\":\"{\\\"type\\\":\\\"struct\\\",\\\"fields\\\":[{\\\"name\\\":"           \
	"\\\"id\\\","                                                                              \
	"\\\"type\\\":\\\"long\\\",\\\"nullable\\\":true,\\\"metadata\\\":{}}]}\""
#define METADATA     "{\"metaData\":{\"id\":\"i\"," SCHEMA ",\"partitionColumns\":[]}}\n"
#define ADD(path)    "{\"add\":{\"path\":\"" path "\",\"size\":1,\"dataChange\":true}}\n"
#define REMOVE(path) "{\"remove\":{\"path\":\"" path "\",\"dataChange\":true}}\n"

static int set_up(void **state)
{
	struct error err;
	assert_ok(store_memory_new((struct store **)state, &err), &err);
	return 0;
}

static int tear_down(void **state)
{
	store_free(*state);
	return 0;
}

static void put(struct store *store, int64_t version, const char *lines)
{
	struct error err;
	assert_ok(delta_fake_put(store, "t", version, lines, &err), &err);
}

static int open_version(struct store *store, int64_t version, struct error *err)
{
	OWNED(delta_snapshot) *snapshot = NULL;
	return delta_snapshot_open(store, "t", version, &delta_fake_parquet, &snapshot, err);
}

static void assert_files(struct store *store, int64_t version, const char *expected)
{
	OWNED_MEMORY char *files = delta_fake_files(store, "t", version);
	assert_string_equal(files, expected);
}

static void the_log_is_replayed_to_any_version(void **state)
{
	struct error err;
	put(*state, 0, PROTOCOL METADATA ADD("a"));
	put(*state, 1, ADD("b") ADD("c"));
	put(*state, 2, REMOVE("a") REMOVE("unknown"));
	put(*state, 3, ADD("a"));
	assert_files(*state, 0, "a ");
	assert_files(*state, 1, "a b c ");
	assert_files(*state, 2, "b c ");
	assert_files(*state, -1, "a b c ");
	assert_fails(open_version(*state, 4, &err), &err, ERR_NOT_FOUND);
	assert_non_null(strstr(err.message, "the newest is 3"));
	int64_t newest;
	assert_int_equal(delta_newest_version(*state, "t", &newest, &err), 1);
	assert_int_equal(newest, 3);
	assert_int_equal(delta_newest_version(*state, "x", &newest, &err), 0);
}

static void a_table_that_is_not_there_is_not_found(void **state)
{
	struct error err;
	struct delta_commit_info *infos;
	HELD(text) keys = {0};
	int64_t version;
	assert_fails(open_version(*state, -1, &err), &err, ERR_NOT_FOUND);
	assert_fails(delta_history(*state, "t", 0, -1, &infos, &err), &err, ERR_NOT_FOUND);
	assert_fails(delta_version_at(*state, "t", 0, &version, &err), &err, ERR_NOT_FOUND);
	assert_fails(delta_orphans(*state, "t", NULL, &keys, &err), &err, ERR_NOT_FOUND);
}

static void a_gap_in_the_log_is_damage(void **state)
{
	struct error err;
	put(*state, 0, PROTOCOL METADATA);
	put(*state, 2, ADD("b"));
	assert_fails(open_version(*state, -1, &err), &err, ERR_CORRUPT);
	assert_non_null(strstr(err.message, "t/_delta_log/00000000000000000001.json is missing"));
	assert_files(*state, 0, "");
	assert_ok(store_remove(*state, "t/_delta_log/00000000000000000000.json", &err), &err);
	assert_fails(open_version(*state, -1, &err), &err, ERR_CORRUPT);
}

static void other_files_in_the_log_are_passed_over(void **state)
{
	static const char *const names[] = {
		"00000000000000000000.crc",
		"00000000000000000000.00000000000000000007.compacted.json",
		"_last_checkpoint",
		"99999999999999999999.json",
		"0000000000000000009.json",
		"00000000000000000009.json.tmp",
		"00000000000000000009.checkpoint.0000000002.0000000001.parquet",
		"_sidecars/00000000000000000009.json"};
	struct error err;
	put(*state, 0, PROTOCOL METADATA ADD("a"));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char key[128];
		snprintf(key, sizeof key, "t/_delta_log/%s", names[i]);
		assert_ok(store_put(*state, key, "x", 1, &err), &err);
	}
	assert_files(*state, -1, "a ");
}

static void actions_that_contradict_each_other_are_damage(void **state)
{
	static const char *const logs[] = {
		PROTOCOL METADATA ADD("a") ADD("a"),
		PROTOCOL METADATA ADD("a") REMOVE("a"),
		PROTOCOL METADATA REMOVE("a") ADD("a"),
		PROTOCOL PROTOCOL METADATA,
		PROTOCOL METADATA METADATA,
		METADATA ADD("a"),
		PROTOCOL ADD("a"),
		PROTOCOL "{\"metaData\":{\"id\":\"i\",\"schemaString\":\"{\"}}",
	};
	for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
		struct error err;
		put(*state, 0, logs[i]);
		assert_fails(open_version(*state, -1, &err), &err, ERR_CORRUPT);
		assert_non_null(strstr(err.message, "\"t\""));
	}
}

#define FEATURES(r, w)                                                                             \
	"{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":[" r      \
	"],\"writerFeatures\":[" w "]}}\n"
#define CONFIGURED(key, value)                                                                     \
	"{\"metaData\":{\"id\":\"i\"," SCHEMA ",\"configuration\":{\"" key "\":\"" value "\"}}}\n"
#define NUMBERED(r, w) "{\"protocol\":{\"minReaderVersion\":" #r ",\"minWriterVersion\":" #w "}}\n"

static void unknown_reader_features_are_refused_by_name(void **state)
{
	static const struct {
		const char *log, *name;
	} cases[] = {
		{FEATURES("\"deletionVectors\"", "\"deletionVectors\"") METADATA,
		 "deletionVectors"},
		{FEATURES("\"columnMapping\",\"variantType\"", "") METADATA, "variantType"},
		{NUMBERED(2, 5) CONFIGURED("delta.columnMapping.mode", "name"), "columnMapping"},
		{NUMBERED(4, 7) METADATA, "reader version 4"},
		{PROTOCOL METADATA
		 "{\"add\":{\"path\":\"a\",\"size\":1,\"deletionVector\":{\"storageType\":\"u\"}}}",
		 "deletionVectors"},
		{PROTOCOL "{\"metaData\":{\"id\":\"i\",\"schemaString\":\"{}\","
			  "\"format\":{\"provider\":\"orc\"}}}",
		 "orc"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err;
		put(*state, 0, cases[i].log);
		assert_fails(open_version(*state, -1, &err), &err, ERR_UNSUPPORTED);
		assert_non_null(strstr(err.message, cases[i].name));
	}
}

static int commit_file(struct store *store, bool remove_all, struct error *err)
{
	struct delta_file file = {.path = (char[]){"new"}, .size = 1};
	struct delta_commit commit = {.table = "t",
				      .adds = &file,
				      .add_count = 1,
				      .remove_all = remove_all,
				      .data_change = true};
	int64_t version;
	return delta_commit(store, &commit, NULL, &version, err);
}

static void unknown_rules_for_writers_are_refused_by_name(void **state)
{
	static const struct {
		const char *log, *name;
	} cases[] = {
		{NUMBERED(1, 3) CONFIGURED("delta.constraints.positive", "id > 0"),
		 "checkConstraints"},
		{NUMBERED(1, 4) CONFIGURED("delta.enableChangeDataFeed", "true"), "changeDataFeed"},
		{NUMBERED(1, 7) METADATA, NULL},
		{FEATURES("", "\"rowTracking\"") METADATA, "rowTracking"},
		{NUMBERED(1, 8) METADATA, "writer version 8"},
		{NUMBERED(1, 6) METADATA, NULL},
		{PROTOCOL "{\"metaData\":{\"id\":\"i\",\"schemaString\":\"{\\\"fields\\\":[{"
			  "\\\"name\\\":\\\"id\\\",\\\"type\\\":\\\"long\\\",\\\"metadata\\\":{"
			  "\\\"delta.invariants\\\":\\\"x\\\"}}]}\"}}",
		 "invariants"},
		{NUMBERED(1,
			  4) "{\"metaData\":{\"id\":\"i\",\"schemaString\":\"{\\\"fields\\\":["
			     "{\\\"name\\\":\\\"id\\\",\\\"type\\\":\\\"long\\\",\\\"metadata\\\":{"
			     "\\\"delta.generationExpression\\\":\\\"1\\\"}}]}\"}}",
		 "generatedColumns"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err;
		assert_ok(store_remove(*state, "t/_delta_log/00000000000000000001.json", &err),
			  &err);
		put(*state, 0, cases[i].log);
		assert_ok(open_version(*state, -1, &err), &err);
		int result = commit_file(*state, false, &err);
		if (cases[i].name) {
			assert_fails(result, &err, ERR_UNSUPPORTED);
			assert_non_null(strstr(err.message, cases[i].name));
		} else {
			assert_ok(result, &err);
		}
	}
}

static void an_append_only_table_takes_appends_only(void **state)
{
	struct error err;
	put(*state, 0, PROTOCOL CONFIGURED("delta.appendOnly", "true") ADD("a"));
	assert_fails(commit_file(*state, true, &err), &err, ERR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "appendOnly"));
	assert_ok(commit_file(*state, false, &err), &err);
	assert_files(*state, -1, "a new ");
}

static void the_data_version_is_that_of_the_last_change_of_data(void **state)
{
	struct error err;
	put(*state, 0, PROTOCOL METADATA);
	put(*state, 1, ADD("a"));
	put(*state, 2, "{\"add\":{\"path\":\"b\",\"size\":1,\"dataChange\":false}}");
	put(*state, 3, METADATA);
	static const int64_t expected[] = {0, 1, 1, 1};
	for (int64_t v = 0; v < 4; v++) {
		OWNED(delta_snapshot) *snapshot = NULL;
		assert_ok(delta_snapshot_open(*state, "t", v, NULL, &snapshot, &err), &err);
		assert_int_equal(delta_snapshot_data_version(snapshot), expected[v]);
		assert_int_equal(delta_snapshot_rows(snapshot), v == 0 ? 0 : -1);
		assert_int_equal(delta_snapshot_bytes(snapshot), v == 0 ? 0 : v == 1 ? 1 : 2);
	}
}

static void history_tells_who_did_what_and_when(void **state)
{
	struct error err;
	put(*state, 0,
	    PROTOCOL METADATA "{\"commitInfo\":{\"timestamp\":1000,\"operation\":\"CREATE "
			      "TABLE\",\"engineInfo\":\"e\"}}");
	put(*state, 1,
	    "{\"commitInfo\":{\"timestamp\":2000,\"operation\":\"WRITE\","
	    "\"vitrine\":{\"run\":1}}}\n" ADD("a"));
	put(*state, 2, ADD("b"));
	struct delta_commit_info *infos;
	int count = delta_history(*state, "t", 0, -1, &infos, &err);
	assert_int_equal(count, 3);
	assert_string_equal(infos[0].operation, "CREATE TABLE");
	assert_string_equal(infos[0].engine_info, "e");
	assert_null(infos[0].vitrine_json);
	assert_string_equal(infos[1].vitrine_json, "{\"run\":1}");
	assert_string_equal(infos[2].operation, "");
	assert_true(infos[2].timestamp_ms > 2000);
	delta_history_free(infos, count);
	count = delta_history(*state, "t", 1, 1, &infos, &err);
	assert_int_equal(count, 1);
	delta_history_free(infos, count);

	static const int64_t cases[][2] = {{1000, 0}, {1999, 0}, {2000, 1}, {3000, 1}};
	for (size_t i = 0; i < 4; i++) {
		int64_t version;
		assert_ok(delta_version_at(*state, "t", cases[i][0], &version, &err), &err);
		assert_int_equal(version, cases[i][1]);
	}
	int64_t version;
	assert_fails(delta_version_at(*state, "t", 999, &version, &err), &err, ERR_NOT_FOUND);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_log_is_replayed_to_any_version),
		CASE(a_table_that_is_not_there_is_not_found),
		CASE(a_gap_in_the_log_is_damage),
		CASE(other_files_in_the_log_are_passed_over),
		CASE(actions_that_contradict_each_other_are_damage),
		CASE(unknown_reader_features_are_refused_by_name),
		CASE(unknown_rules_for_writers_are_refused_by_name),
		CASE(an_append_only_table_takes_appends_only),
		CASE(the_data_version_is_that_of_the_last_change_of_data),
		CASE(history_tells_who_did_what_and_when),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
