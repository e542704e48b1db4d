/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "delta/delta.h"
#include "store/store.h"
#include "support/delta_fake.h"
#include "support/store_fault.h"

#define TABLE "processing/orders"

static int set_up(void **state)
{
	struct error err;
	assert_ok(store_memory_new((struct store **)state, &err), &err);
	assert_ok(delta_fake_create(*state, TABLE, &err), &err);
	return 0;
}

static int tear_down(void **state)
{
	store_free(*state);
	return 0;
}

static int64_t append(struct store *store, int64_t read_version, const char *path)
{
	struct error err;
	int64_t version = -1;
	assert_ok(delta_fake_append(store, TABLE, read_version, path, &version, &err), &err);
	return version;
}

static void assert_files(struct store *store, int64_t version, const char *expected)
{
	OWNED_MEMORY char *files = delta_fake_files(store, TABLE, version);
	assert_string_equal(files, expected);
}

static char *read_log(struct store *store, int64_t version)
{
	struct error err;
	char key[128], *bytes = NULL;
	snprintf(key, sizeof key, TABLE "/_delta_log/%020lld.json", (long long)version);
	assert_ok(store_get(store, key, &bytes, NULL, &err), &err);
	return bytes;
}

static void a_new_table_has_the_lowest_protocol_in_use(void **state)
{
	OWNED_MEMORY char *log = read_log(*state, 0);
	assert_non_null(
		strstr(log, "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}"));
	assert_non_null(strstr(log, "\"format\":{\"provider\":\"parquet\",\"options\":{}}"));
	assert_non_null(strstr(log, "\"partitionColumns\":[],\"configuration\":{}"));
	assert_non_null(strstr(log, "{\\\"comment\\\":\\\"the key\\\"}"));
}

static void creating_a_table_twice_conflicts(void **state)
{
	struct error err;
	assert_fails(delta_fake_create(*state, TABLE, &err), &err, ERR_CONFLICT);
}

static void an_append_adds_and_an_overwrite_replaces(void **state)
{
	struct error err;
	int64_t version;
	assert_int_equal(append(*state, 0, "a"), 1);
	assert_int_equal(append(*state, 1, "b"), 2);
	assert_files(*state, -1, "a b ");
	assert_ok(delta_fake_overwrite(*state, TABLE, 2, "c", &version, &err), &err);
	assert_files(*state, 3, "c ");
	assert_files(*state, 2, "a b ");
	OWNED_MEMORY char *log = read_log(*state, 3);
	assert_non_null(strstr(log, "{\"remove\":{\"path\":\"a\""));
	assert_null(strstr(log, "metaData"));
}

static void an_overwrite_may_partition_the_table_otherwise(void **state)
{
	static const char *const columns[] = {"id", NULL};
	struct error err;
	int64_t version;
	struct delta_value value = {.name = (char *)"id", .value = (char *)"1"};
	struct delta_file file = {.path = (char *)"b",
				  .size = 1,
				  .partition = &value,
				  .partition_count = 1,
				  .rows = -1};
	append(*state, 0, "a");
	struct delta_commit commit = {.table = TABLE,
				      .read_version = 1,
				      .partition_columns = columns,
				      .adds = &file,
				      .add_count = 1,
				      .data_change = true};
	assert_fails(delta_commit(*state, &commit, NULL, &version, &err), &err, ERR_USAGE);
	commit.remove_all = true;
	assert_ok(delta_commit(*state, &commit, NULL, &version, &err), &err);
	assert_files(*state, -1, "b ");
	OWNED_MEMORY char *log = read_log(*state, 2);
	assert_non_null(strstr(log, "\"partitionColumns\":[\"id\"]"));
	assert_ok(delta_fake_overwrite(*state, TABLE, 2, "c", &version, &err), &err);
	assert_files(*state, -1, "c ");
}

static void an_append_goes_on_top_of_what_others_committed(void **state)
{
	append(*state, 0, "a");
	assert_int_equal(append(*state, 0, "b"), 2);
	assert_files(*state, -1, "a b ");
}

static void an_overwrite_conflicts_with_others_data(void **state)
{
	struct error err;
	int64_t version;
	append(*state, 0, "a");
	assert_fails(delta_fake_overwrite(*state, TABLE, 0, "b", &version, &err), &err,
		     ERR_CONFLICT);
	assert_files(*state, -1, "a ");
}

static void a_merge_that_replaced_nothing_conflicts_with_others_data(void **state)
{
	struct error err;
	int64_t version;
	append(*state, 0, "a");
	struct delta_commit merge = {.table = TABLE, .data_change = true, .depends_on_rows = true};
	assert_fails(delta_commit(*state, &merge, NULL, &version, &err), &err, ERR_CONFLICT);
}

static struct delta_commit compaction(int64_t read_version, const char *const *removes,
				      size_t count, const struct delta_file *adds)
{
	return (struct delta_commit){.table = TABLE,
				     .read_version = read_version,
				     .removes = removes,
				     .remove_count = count,
				     .adds = adds,
				     .add_count = 1,
				     .operation = "OPTIMIZE"};
}

static void a_compaction_and_an_append_let_each_other_pass(void **state)
{
	struct error err;
	int64_t version;
	append(*state, 0, "a");
	append(*state, 1, "b");
	append(*state, 2, "c");
	const char *const removes[] = {"a", "b"};
	struct delta_file whole = {.path = (char[]){"ab"}, .size = 1};
	struct delta_commit commit = compaction(2, removes, 2, &whole);
	assert_ok(delta_commit(*state, &commit, NULL, &version, &err), &err);
	assert_files(*state, version, "c ab ");
	OWNED(delta_snapshot) *now = NULL;
	assert_ok(delta_snapshot_open(*state, TABLE, -1, NULL, &now, &err), &err);
	assert_int_equal(delta_snapshot_data_version(now), 3);

	struct delta_file again = {.path = (char[]){"ab2"}, .size = 1};
	commit = compaction(2, removes, 2, &again);
	assert_fails(delta_commit(*state, &commit, NULL, &version, &err), &err, ERR_CONFLICT);
}

static void a_change_of_the_schema_conflicts_with_every_commit(void **state)
{
	struct error err;
	int64_t version;
	HELD(delta_schema) wider = {0};
	OWNED(delta_snapshot) *before = NULL;
	assert_ok(delta_snapshot_open(*state, TABLE, -1, NULL, &before, &err), &err);
	assert_ok(delta_schema_copy(delta_snapshot_schema(before), &wider, &err), &err);
	assert_ok(delta_schema_add(&wider, "price", "decimal(18,2)", "in reais", &err), &err);
	struct delta_commit commit = {.table = TABLE, .schema = &wider, .operation = "ADD COLUMN"};
	assert_ok(delta_commit(*state, &commit, NULL, &version, &err), &err);
	assert_fails(delta_fake_append(*state, TABLE, 0, "a", &version, &err), &err, ERR_CONFLICT);
	OWNED(delta_snapshot) *after = NULL;
	assert_ok(delta_snapshot_open(*state, TABLE, -1, NULL, &after, &err), &err);
	assert_true(delta_schema_equal(delta_snapshot_schema(after), &wider));
	assert_string_equal(delta_snapshot_description(after), "a table");
	assert_int_equal(delta_snapshot_data_version(after), 0);
}

static void an_unchanged_schema_is_not_written_again(void **state)
{
	struct error err;
	int64_t version;
	OWNED(delta_snapshot) *now = NULL;
	assert_ok(delta_snapshot_open(*state, TABLE, -1, NULL, &now, &err), &err);
	struct delta_commit commit = {.table = TABLE,
				      .schema = delta_snapshot_schema(now),
				      .description = "a table",
				      .vitrine_json = "{\"run\":7}"};
	assert_ok(delta_commit(*state, &commit, NULL, &version, &err), &err);
	OWNED_MEMORY char *log = read_log(*state, 1);
	assert_null(strstr(log, "metaData"));
	assert_non_null(strstr(log, "\"vitrine\":{\"run\":7}"));
}

static void partition_values_are_encoded_and_come_back(void **state)
{
	struct error err;
	int64_t version;
	HELD(delta_schema) schema = {0};
	assert_ok(delta_schema_add(&schema, "id", "long", "", &err), &err);
	assert_ok(delta_schema_add(&schema, "part", "string", "", &err), &err);
	static const char *const columns[] = {"part", NULL};
	struct delta_value first = {(char[]){"part"}, (char[]){"50% ação/x"}},
			   second = {(char[]){"part"}, (char[]){""}};
	struct delta_file files[] = {
		{.path = (char[]){"part=50%25/a b.parquet"},
		 .partition = &first,
		 .partition_count = 1},
		{.path = (char[]){"x"}, .partition = &second, .partition_count = 1}};
	struct delta_commit commit = {.table = "t",
				      .read_version = -1,
				      .schema = &schema,
				      .partition_columns = columns,
				      .adds = files,
				      .add_count = 2,
				      .data_change = true};
	assert_ok(delta_commit(*state, &commit, NULL, &version, &err), &err);
	OWNED(delta_snapshot) *s = NULL;
	assert_ok(delta_snapshot_open(*state, "t", -1, NULL, &s, &err), &err);
	assert_string_equal(delta_snapshot_file(s, 0)->path, "part=50%25/a b.parquet");
	assert_string_equal(delta_snapshot_file(s, 0)->partition[0].value, "50% ação/x");
	assert_null(delta_snapshot_file(s, 1)->partition[0].value);
	const char *const *names;
	assert_int_equal(delta_snapshot_partition_columns(s, &names), 1);
	assert_string_equal(names[0], "part");
	char *raw;
	assert_ok(store_get(*state, "t/_delta_log/00000000000000000000.json", &raw, NULL, &err),
		  &err);
	assert_non_null(strstr(raw, "\"path\":\"part=50%2525/a%20b.parquet\""));
	assert_non_null(strstr(raw, "\"partitionValues\":{\"part\":null}"));
	free(raw);
}

static void changes_that_contradict_the_table_are_refused(void **state)
{
	struct error err;
	int64_t version;
	append(*state, 0, "a");
	static const char *const unknown[] = {"nowhere"};
	struct delta_value value = {(char[]){"day"}, (char[]){"x"}};
	struct delta_file there = {.path = (char[]){"a"}}, outside = {.path = (char[]){"../a"}},
			  hidden = {.path = (char[]){"_a"}},
			  partitioned = {
				  .path = (char[]){"p"}, .partition = &value, .partition_count = 1};
	struct delta_file twice[] = {{.path = (char[]){"b"}}, {.path = (char[]){"b"}}};
	struct delta_schema empty = {0};
	const struct delta_commit commits[] = {{.removes = unknown, .remove_count = 1},
					       {.adds = &there, .add_count = 1},
					       {.adds = &outside, .add_count = 1},
					       {.adds = &hidden, .add_count = 1},
					       {.adds = &partitioned, .add_count = 1},
					       {.adds = twice, .add_count = 2},
					       {.schema = &empty}};
	for (size_t i = 0; i < sizeof commits / sizeof *commits; i++) {
		struct delta_commit commit = commits[i];
		commit.table = TABLE;
		commit.read_version = 1;
		assert_fails(delta_commit(*state, &commit, NULL, &version, &err), &err, ERR_USAGE);
	}
	assert_files(*state, -1, "a ");
}

static int load(struct store *store, const char *path, int64_t app_version, int64_t *version,
		struct error *err)
{
	struct delta_file file = {.path = (char *)(uintptr_t)path, .size = 1};
	struct delta_commit commit = {.table = TABLE,
				      .adds = &file,
				      .add_count = 1,
				      .data_change = true,
				      .depends_on_rows = true,
				      .app_id = "load",
				      .app_version = app_version};
	return delta_commit(store, &commit, &delta_fake_parquet, version, err);
}

static void a_load_that_stands_is_not_done_again(void **state)
{
	struct error err;
	int64_t version;
	assert_int_equal(load(*state, "a", 7, &version, &err), 0);
	assert_int_equal(load(*state, "b", 7, &version, &err), 1);
	assert_int_equal(version, 1);
	assert_int_equal(load(*state, "b", 6, &version, &err), 1);
	assert_files(*state, -1, "a ");
	assert_fails(load(*state, "b", 8, &version, &err), &err, ERR_CONFLICT);
}

static void commit_times_never_go_back(void **state)
{
	struct error err;
	assert_ok(delta_fake_put(*state, TABLE, 1,
				 "{\"commitInfo\":{\"timestamp\":4102444800000}}\n", &err),
		  &err);
	append(*state, 1, "a");
	struct delta_commit_info *infos;
	int count = delta_history(*state, TABLE, 2, -1, &infos, &err);
	assert_int_equal(count, 1);
	assert_true(infos[0].timestamp_ms == 4102444800001);
	delta_history_free(infos, count);
}

/* ---- threads ---- */

enum { THREADS = 8, COMMITS = 12 };

struct worker {
	struct store *store;
	int number;
	bool failed;
	atomic_int *winners; /* of each version */
};

static void *work(void *context)
{
	struct worker *w = context;
	for (int i = 0; i < COMMITS; i++) {
		struct error err;
		char path[32];
		int64_t version;
		snprintf(path, sizeof path, "t%d-%d", w->number, i);
		if (delta_fake_append(w->store, TABLE, 0, path, &version, &err) < 0) {
			w->failed = true;
			return NULL;
		}
		atomic_fetch_add(&w->winners[version], 1);
	}
	return NULL;
}

static void run_threads(struct store *store)
{
	pthread_t threads[THREADS];
	struct worker workers[THREADS];
	static atomic_int winners[THREADS * COMMITS + 1];
	memset(winners, 0, sizeof winners);
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){store, i, false, winners};
		assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < THREADS; i++)
		assert_false(workers[i].failed);
	for (int v = 1; v <= THREADS * COMMITS; v++)
		assert_int_equal(atomic_load(&winners[v]), 1);
	struct error err;
	OWNED(delta_snapshot) *s = NULL;
	assert_ok(delta_snapshot_open(store, TABLE, -1, &delta_fake_parquet, &s, &err), &err);
	assert_int_equal(delta_snapshot_file_count(s), THREADS * COMMITS);
	assert_int_equal(delta_snapshot_rows(s), THREADS * COMMITS * 10);
}

static void of_many_writers_each_version_has_one(void **state)
{
	run_threads(*state);
}

static void of_many_writers_on_disk_each_version_has_one(void **state)
{
	(void)state;
	struct error err;
	char *folder = support_make_folder();
	struct store *store;
	assert_ok(store_open(folder, &store, &err), &err);
	assert_ok(delta_fake_create(store, TABLE, &err), &err);
	run_threads(store);
	store_free(store);
	support_remove_folder(folder);
}

/* ---- faults ---- */

static const struct store_fault faults[] = {
	{.stop = true},        {.stop = true, .effect = true},        {.kind = ERR_DISK_FULL},
	{.kind = ERR_NETWORK}, {.kind = ERR_NETWORK, .effect = true}, {.refused = true},
};

/* Overwrite version 9 under a fault, so that a checkpoint is due too; false = it never came. */
static bool overwrite_under(const struct store_fault *fault)
{
	struct error err;
	int64_t version = -1;
	OWNED(store) *memory = NULL, *faulty = NULL;
	assert_ok(store_memory_new(&memory, &err), &err);
	assert_ok(store_fault_new(memory, &faulty, &err), &err);
	assert_ok(delta_fake_create(memory, TABLE, &err), &err);
	for (int64_t v = 0; v < 9; v++)
		append(memory, v, (char[]){(char)('a' + v), '\0'});
	OWNED_MEMORY char *old = delta_fake_files(memory, TABLE, -1);

	store_fault_set(faulty, fault);
	int result = delta_fake_overwrite(faulty, TABLE, 9, "new", &version, &err);
	bool happened = store_fault_happened(faulty);
	OWNED_MEMORY char *now = delta_fake_files(memory, TABLE, -1);
	if (result < 0)
		assert_true(strcmp(now, old) == 0 || strcmp(now, "new ") == 0);
	else
		assert_string_equal(now, "new ");
	if (strcmp(now, old) == 0) /* what the caller finds, and does */
		assert_ok(delta_fake_overwrite(memory, TABLE, 9, "again", &version, &err), &err);
	assert_int_equal(append(memory, 10, "next"), 11);
	if (fault->kind == ERR_NETWORK && fault->writes_only)
		assert_int_equal(result, 0);
	return happened;
}

static void after_a_fault_at_any_step_readers_see_the_old_or_the_new(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		struct store_fault fault = faults[i];
		for (fault.at = 1; overwrite_under(&fault); fault.at++)
			assert_true(fault.at < 1000);
		fault.writes_only = true;
		for (fault.at = 1; overwrite_under(&fault); fault.at++)
			assert_true(fault.at < 1000);
	}
}

static int open_and_commit(void *context, struct error *err)
{
	(void)context;
	OWNED(store) *store = NULL;
	OWNED(delta_snapshot) *snapshot = NULL;
	int64_t version;
	TRY(store_memory_new(&store, err));
	TRY(delta_fake_create(store, TABLE, err));
	TRY(delta_fake_append(store, TABLE, 0, "a", &version, err));
	TRY(delta_fake_overwrite(store, TABLE, 1, "b", &version, err));
	TRY(load(store, "c", 1, &version, err) < 0 && err->kind != ERR_CONFLICT ? -1 : 0);
	return delta_snapshot_open(store, TABLE, -1, &delta_fake_parquet, &snapshot, err);
}

static void every_refused_allocation_is_reported(void **state)
{
	(void)state;
	support_sweep_allocations(open_and_commit, NULL);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_new_table_has_the_lowest_protocol_in_use),
		CASE(creating_a_table_twice_conflicts),
		CASE(an_append_adds_and_an_overwrite_replaces),
		CASE(an_overwrite_may_partition_the_table_otherwise),
		CASE(an_append_goes_on_top_of_what_others_committed),
		CASE(an_overwrite_conflicts_with_others_data),
		CASE(a_merge_that_replaced_nothing_conflicts_with_others_data),
		CASE(a_compaction_and_an_append_let_each_other_pass),
		CASE(a_change_of_the_schema_conflicts_with_every_commit),
		CASE(an_unchanged_schema_is_not_written_again),
		CASE(partition_values_are_encoded_and_come_back),
		CASE(changes_that_contradict_the_table_are_refused),
		CASE(a_load_that_stands_is_not_done_again),
		CASE(commit_times_never_go_back),
		CASE(of_many_writers_each_version_has_one),
		CASE(of_many_writers_on_disk_each_version_has_one),
		CASE(after_a_fault_at_any_step_readers_see_the_old_or_the_new),
		CASE(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
