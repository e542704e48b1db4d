/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/engine.h"
#include "store/store.h"
#include "support/engine.h"
#include "support/store_fault.h"

struct fixture {
	char *folder;
	struct engine *engine;
	struct delta_parquet parquet;
};

static int set_up(void **state)
{
	struct fixture *f = mem_alloc(sizeof *f);
	f->folder = support_make_folder();
	f->engine = support_engine(2);
	engine_fill_parquet(f->engine, &f->parquet);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	engine_close(f->engine);
	support_remove_folder(f->folder);
	free(f);
	return 0;
}

/* A line without the members that are null, as text. */
static void add_lean(const struct json *value, struct text *out)
{
	if (!json_is_object(value)) {
		json_write(value, out);
		return;
	}
	void *iterator = NULL;
	const char *key;
	const struct json *member;
	bool any = false;
	text_add_char(out, '{');
	while (json_next(value, &iterator, &key, &member)) {
		/* in a map a null is a value */
		if (json_is_null(member) && strcmp(key, "p") != 0)
			continue;
		text_add(out, any ? "," : "");
		any = true;
		text_add_json(out, key, strlen(key));
		text_add_char(out, ':');
		add_lean(member, out);
	}
	text_add_char(out, '}');
}

static char *lean(const char *lines, size_t len)
{
	struct error err;
	struct text out = {0};
	for (const char *line = lines, *end = lines + len; line < end;) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		OWNED(json) *document = NULL;
		assert_ok(json_parse(line, (size_t)(newline - line), &document, &err), &err);
		add_lean(document, &out);
		text_add_char(&out, '\n');
		line = newline + 1;
	}
	return text_take(&out, &err);
}

static const char all_kinds[] =
	"{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}\n"
	"{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":[],"
	"\"writerFeatures\":[\"appendOnly\",\"x\"]}}\n"
	"{\"metaData\":{\"id\":\"i\",\"name\":\"\",\"description\":\"it's \\\"all\\\"\\n\xc3\xa9\","
	"\"format\":{\"provider\":\"parquet\",\"options\":{}},"
	"\"schemaString\":\"{\\\"type\\\":\\\"struct\\\",\\\"fields\\\":[]}\","
	"\"partitionColumns\":[\"p\",\"q\"],\"configuration\":{\"delta.appendOnly\":\"true\"},"
	"\"createdTime\":1514764800000}}\n"
	"{\"txn\":{\"appId\":\"a\",\"version\":9007199254740993,\"lastUpdated\":1}}\n"
	"{\"add\":{\"path\":\"p=%2525/x.parquet\",\"partitionValues\":{\"p\":null,\"q\":\"\"},"
	"\"size\":9223372036854775807,\"modificationTime\":1514764800000,\"dataChange\":false,"
	"\"stats\":\"{\\\"numRecords\\\":1,\\\"minValues\\\":{\\\"s\\\":\\\"it's "
	"\\\\\\\"x\\\\\\\"\\\"}}\"}}\n"
	"{\"add\":{\"path\":\"y\",\"partitionValues\":{\"p\":\"a=b/%\\\"'\xc3\xa9\\u0001\","
	"\"q\":\"NULL\"},"
	"\"size\":0,\"modificationTime\":0,\"dataChange\":false,\"tags\":{\"k\":\"v\"}}}\n"
	"{\"remove\":{\"path\":\"z\",\"deletionTimestamp\":1,\"dataChange\":false,"
	"\"extendedFileMetadata\":true,\"partitionValues\":{\"p\":null},\"size\":7}}\n"
	"{\"remove\":{\"path\":\"w\",\"deletionTimestamp\":1,\"dataChange\":false,"
	"\"extendedFileMetadata\":false}}\n";

static void every_action_comes_back(void **state)
{
	struct fixture *f = *state;
	struct error err;
	size_t len;
	OWNED_MEMORY char *lines = NULL;
	OWNED_MEMORY char *path = text_format(&err, "%s/it's [a] checkpoint.parquet", f->folder);
	assert_ok(f->parquet.write_checkpoint(f->parquet.context, all_kinds, strlen(all_kinds),
					      path, &err),
		  &err);
	assert_ok(f->parquet.read_checkpoint(f->parquet.context, path, &lines, &len, &err), &err);
	assert_int_equal(strlen(lines), len);
	OWNED_MEMORY char *got = lean(lines, len);
	OWNED_MEMORY char *expected = lean(all_kinds, strlen(all_kinds));
	assert_string_equal(got, expected);
}

static void a_table_is_opened_from_its_checkpoint_alone(void **state)
{
	struct fixture *f = *state;
	struct error err;
	int64_t version;
	OWNED(store) *store = NULL;
	HELD(delta_schema) schema = {0};
	static const char *const by[] = {"p", NULL};
	assert_ok(store_memory_new(&store, &err), &err);
	assert_ok(delta_schema_add(&schema, "id", "long", "it's the key", &err), &err);
	assert_ok(delta_schema_add(&schema, "p", "string", "", &err), &err);
	for (int v = 0; v <= 11; v++) {
		char path[32], value[] = "a=b/%'\"\xc3\xa9";
		snprintf(path, sizeof path, "f %d%%20", v);
		struct delta_value partition = {(char[]){"p"}, v % 2 ? NULL : value};
		struct delta_file file = {.path = path,
					  .size = 10 + v,
					  .modified_ms = v,
					  .partition = &partition,
					  .partition_count = 1,
					  .stats_json = (char[]){"{\"numRecords\":3}"}};
		struct delta_commit commit = {.table = "t",
					      .read_version = v - 1,
					      .schema = v ? NULL : &schema,
					      .partition_columns = v == 0 || v == 5 ? by : NULL,
					      .remove_all = v == 5,
					      .adds = &file,
					      .add_count = 1,
					      .data_change = true,
					      .operation = "WRITE",
					      .app_id = "loader",
					      .app_version = v};
		assert_ok(delta_commit(store, &commit, &f->parquet, &version, &err), &err);
	}
	for (int v = 0; v <= 10; v++) {
		char key[64];
		snprintf(key, sizeof key, "t/_delta_log/%020d.json", v);
		assert_ok(store_remove(store, key, &err), &err);
	}
	OWNED(delta_snapshot) *s = NULL;
	assert_ok(delta_snapshot_open(store, "t", -1, &f->parquet, &s, &err), &err);
	assert_int_equal(delta_snapshot_version(s), 11);
	assert_int_equal(delta_snapshot_file_count(s), 7);
	assert_int_equal(delta_snapshot_rows(s), 21);
	assert_int_equal(delta_snapshot_app_version(s, "loader"), 11);
	assert_true(delta_schema_equal(delta_snapshot_schema(s), &schema));
	size_t found = 0;
	for (size_t i = 0; i < 7; i++) {
		const struct delta_file *file = delta_snapshot_file(s, i);
		if (strcmp(file->path, "f 6%20") == 0) {
			assert_string_equal(file->partition[0].value, "a=b/%'\"\xc3\xa9");
			found++;
		}
		if (strcmp(file->path, "f 7%20") == 0) {
			assert_null(file->partition[0].value);
			assert_int_equal(file->size, 17);
			found++;
		}
	}
	assert_int_equal(found, 2);
}

static void checkpoints_of_another_writer_are_read(void **state)
{
	struct fixture *f = *state;
	struct error err;
	OWNED(store) *store = NULL;
	OWNED(delta_snapshot) *s = NULL;
	OWNED_MEMORY char *copy = text_format(&err, "%s/golden", f->folder);
	assert_ok(store_open(TEST_SOURCE_ROOT "/tests/golden/delta", &store, &err), &err);
	/* versions from 10 on can be had with the checkpoint only where the log before it is gone
	 */
	OWNED(store) *cut = NULL;
	OWNED(store_list) *list = NULL;
	assert_ok(store_open(copy, &cut, &err), &err);
	assert_ok(store_list_objects(store, "checkpointed/_delta_log/0000000000000000001", NULL,
				     &list, &err),
		  &err);
	for (size_t i = 0; i < list->count; i++) {
		OWNED_MEMORY char *bytes = NULL;
		size_t len;
		assert_ok(store_get(store, list->objects[i].key, &bytes, &len, &err), &err);
		if (!text_ends(list->objects[i].key, ".jsonl"))
			assert_ok(store_put(cut, list->objects[i].key, bytes, len, &err), &err);
	}
	assert_ok(delta_snapshot_open(cut, "checkpointed", -1, &f->parquet, &s, &err), &err);
	assert_int_equal(delta_snapshot_version(s), 12);
	assert_int_equal(delta_snapshot_file_count(s), 6);
	assert_int_equal(delta_snapshot_rows(s), 6);
	assert_int_equal(delta_snapshot_app_version(s, "loader"), 42);
}

static void what_is_no_checkpoint_is_corrupt(void **state)
{
	struct fixture *f = *state;
	struct error err;
	OWNED_MEMORY char *lines = NULL;
	size_t len;
	OWNED(engine_session) *session = NULL;
	OWNED_MEMORY char *text = text_format(&err, "%s/text.parquet", f->folder);
	OWNED_MEMORY char *other = text_format(&err, "%s/other.parquet", f->folder);
	OWNED_MEMORY char *wrong = text_format(&err, "%s/wrong.parquet", f->folder);
	support_write_file(f->folder, "text.parquet", "this is no Parquet file at all");
	assert_ok(engine_session_open(f->engine, &session, &err), &err);
	HELD(text) sql = {0};
	text_addf(&sql, "copy (select 1 as x) to '%s'; copy (select 7 as add) to '%s'", other,
		  wrong);
	assert_ok(engine_session_execute(session, sql.data, &err), &err);
	const char *const paths[] = {text, other, wrong};
	for (size_t i = 0; i < 3; i++)
		assert_fails(f->parquet.read_checkpoint(f->parquet.context, paths[i], &lines, &len,
							&err),
			     &err, ERR_CORRUPT);
	assert_fails(
		f->parquet.read_checkpoint(f->parquet.context, "/nowhere/x", &lines, &len, &err),
		&err, ERR_NOT_FOUND);
	assert_fails(f->parquet.write_checkpoint(f->parquet.context, all_kinds, strlen(all_kinds),
						 "/nowhere/x", &err),
		     &err, ERR_NOT_FOUND);
}

static int there_and_back(void *context, struct error *err)
{
	struct fixture *f = context;
	size_t len;
	OWNED_MEMORY char *lines = NULL;
	OWNED_MEMORY char *path = text_format(err, "%s/x.parquet", f->folder);
	if (!path)
		return -1;
	TRY(f->parquet.write_checkpoint(f->parquet.context, all_kinds, strlen(all_kinds), path,
					err));
	return f->parquet.read_checkpoint(f->parquet.context, path, &lines, &len, err);
}

static void every_refused_allocation_is_reported(void **state)
{
	support_sweep_allocations(there_and_back, *state);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_action_comes_back),
		CASE(a_table_is_opened_from_its_checkpoint_alone),
		CASE(checkpoints_of_another_writer_are_read),
		CASE(what_is_no_checkpoint_is_corrupt),
		CASE(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
