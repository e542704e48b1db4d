/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/duckdb_core.h"
#include "store/store.h"
#include "support/engine.h"

struct fixture {
	char *folder, *out;
	struct engine *engine;
	struct engine_session *session;
};

static int set_up(void **state)
{
	struct error err;
	struct fixture *f = mem_alloc(sizeof *f);
	f->folder = support_make_folder();
	f->out = text_format(&err, "%s/it's [out]", f->folder);
	assert_ok(file_make_folders(f->out, 0700, &err), &err);
	f->engine = support_engine(2);
	f->session = support_session(f->engine);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	engine_session_close(f->session);
	engine_close(f->engine);
	support_remove_folder(f->folder);
	free(f->out);
	free(f);
	return 0;
}

static int build(struct fixture *f, const char *sql, const char *const *partition_columns,
		 struct engine_output *out, struct error *err)
{
	struct engine_build what = {
		.sql = sql, .out_folder = f->out, .partition_columns = partition_columns};
	return engine_session_build(f->session, &what, out, err);
}

static size_t count_left(struct fixture *f)
{
	struct error err;
	char **names;
	assert_ok(file_list(f->out, &names, &err), &err);
	size_t count = 0;
	while (names[count])
		count++;
	file_free_names(names);
	return count;
}

static void show(struct fixture *f, struct engine_output *output)
{
	struct error err;
	struct engine_output *outputs[] = {output};
	assert_ok(engine_session_add_output(f->session, "a", "t", NULL, NULL, &output->schema,
					    outputs, 1, &err),
		  &err);
}

static void rows_become_one_plain_file(void **state)
{
	struct fixture *f = *state;
	struct error err;
	HELD(engine_output) output = {0};
	assert_ok(build(f, "select 1 as id, 'a' as s; -- all", NULL, &output, &err), &err);
	assert_int_equal(output.count, 1);
	assert_int_equal(output.rows, 1);
	const struct engine_file *file = &output.files[0];
	assert_true(text_starts(file->file.path, "part-") &&
		    text_ends(file->file.path, ".parquet"));
	struct file_info info;
	assert_int_equal(file_stat(file->path, &info, &err), 1);
	assert_int_equal(info.size, file->file.size);
	assert_true(file->file.modified_ms > 1700000000000);
	assert_true(file->file.data_change);
	assert_string_equal(file_name(file->path), file->file.path);
	assert_string_equal(
		file->file.stats_json,
		"{\"numRecords\":1,\"minValues\":{\"id\":1,\"s\":\"a\"},"
		"\"maxValues\":{\"id\":1,\"s\":\"a\"},\"nullCount\":{\"id\":0,\"s\":0}}");
	assert_int_equal(output.schema.count, 2);
	assert_string_equal(output.schema.columns[0].type, "integer");
	assert_int_equal(count_left(f), 1);
	show(f, &output);
	support_expect_rows(f->session, "from a.t", "1,a");
}

static void no_rows_are_no_file(void **state)
{
	struct fixture *f = *state;
	struct error err;
	HELD(engine_output) output = {0};
	assert_ok(build(f, "select 1 as id where false", NULL, &output, &err), &err);
	assert_int_equal(output.count, 0);
	assert_int_equal(output.rows, 0);
	assert_int_equal(count_left(f), 0);
	show(f, &output);
	support_expect_rows(f->session, "select count(*), sum(id) from a.t", "0,NULL");
}

static void columns_are_put_in_the_order_of_the_schema(void **state)
{
	struct fixture *f = *state;
	struct error err;
	HELD(delta_schema) schema = {0};
	HELD(engine_output) output = {0};
	assert_ok(delta_schema_add(&schema, "b", "long", "said", &err), &err);
	assert_ok(delta_schema_add(&schema, "a", "decimal(18,2)", "", &err), &err);
	struct engine_build what = {
		.sql = "select 1 as a, 2 as b", .out_folder = f->out, .schema = &schema};
	assert_ok(engine_session_build(f->session, &what, &output, &err), &err);
	assert_true(delta_schema_equal(&schema, &output.schema));
	show(f, &output);
	support_expect_rows(f->session, "from a.t", "2,1.00");
	what.sql = "select 1 as a";
	assert_fails(engine_session_build(f->session, &what, &output, &err), &err, ERR_QUERY);
	assert_non_null(strstr(err.message, "\"b\""));
	what.sql = "select 1 as a, 2 as b, 3 as c";
	assert_fails(engine_session_build(f->session, &what, &output, &err), &err, ERR_QUERY);
	assert_non_null(strstr(err.message, "\"c\""));
}

static void large_results_are_split(void **state)
{
	struct fixture *f = *state;
	struct error err;
	HELD(engine_output) output = {0};
	struct engine_build what = {
		.sql = "select i, hash(i)::varchar as h from range(600000) r(i)",
		.out_folder = f->out,
		.file_bytes = 1 << 20};
	assert_ok(engine_session_build(f->session, &what, &output, &err), &err);
	assert_true(output.count > 2);
	assert_int_equal(output.rows, 600000);
	int64_t rows = 0;
	for (size_t i = 0; i < output.count; i++)
		rows += output.files[i].file.rows;
	assert_int_equal(rows, 600000);
	show(f, &output);
	support_expect_rows(f->session, "select count(*), sum(i), count(distinct i) from a.t",
			    "600000,179999700000,600000");
}

static void an_order_holds(void **state)
{
	struct fixture *f = *state;
	struct error err;
	for (int unordered = 0; unordered < 2; unordered++) {
		HELD(engine_output) output = {0};
		f->session->unordered = unordered;
		assert_ok(build(f,
				"select hash(i) % 1000000 as h from range(500000) r(i) order by h",
				NULL, &output, &err),
			  &err);
		show(f, &output);
		support_expect_rows(
			f->session,
			"select count(*) from (select h < lag(h) over () as back from a.t) "
			"where back",
			"0");
		support_expect_rows(f->session,
				    "select current_setting('preserve_insertion_order')", "true");
	}
}

static void partitions_take_odd_values(void **state)
{
	struct fixture *f = *state;
	struct error err;
	HELD(engine_output) output = {0};
	static const char *const by[] = {"p", NULL};
	static const char *const values[] = {"a b",
					     "50%",
					     "a=b",
					     "\xc3\xa9",
					     "a/b",
					     "__HIVE_DEFAULT_PARTITION__",
					     "..",
					     ".",
					     "NULL",
					     "it's \"x\"",
					     "\xe6\x97\xa5",
					     "a\\b",
					     "tab\there",
					     "new\nline",
					     " "};
	HELD(text) sql = {0};
	text_add(&sql, "select * from (values (0, null)");
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		text_addf(&sql, ", (%zu, ", i + 1);
		text_add_literal(&sql, values[i]);
		text_add_char(&sql, ')');
	}
	text_add(&sql, ") v(id, p)");
	assert_ok(build(f, sql.data, by, &output, &err), &err);
	assert_int_equal(output.count, 16);
	assert_int_equal(count_left(f), 16);
	size_t found = 0;
	for (size_t i = 0; i < output.count; i++) {
		const struct delta_file *file = &output.files[i].file;
		assert_null(strchr(file->path, '/'));
		assert_int_equal(file->partition_count, 1);
		assert_string_equal(file->partition[0].name, "p");
		assert_null(strstr(file->stats_json, "\"p\""));
		for (size_t j = 0; j < sizeof values / sizeof *values; j++)
			found += text_equal(file->partition[0].value, values[j]);
	}
	assert_int_equal(found, 15);
	show(f, &output);
	HELD(text) query = {0};
	text_addf(&query, "select count(*) from (from a.t except all (%s))", sql.data);
	support_expect_rows(f->session, query.data, "0");
	support_expect_rows(f->session, "select id from a.t where p = 'a/b'", "5");
}

static void partitions_of_any_type_come_back(void **state)
{
	struct fixture *f = *state;
	struct error err;
	static const char *const by[] = {"d", "t", "m", "b", "n", NULL};
	static const char sql[] = "select i as id, date '2018-01-01' + i::int as d, "
				  "timestamp '2018-01-02 03:04:05.5' + to_days(i::int) as t, (i / "
				  "4)::decimal(2,2) as m, "
				  "i = 1 as b, case when i > 0 then i end as n from range(3) r(i)";
	HELD(engine_output) output = {0};
	assert_ok(build(f, sql, by, &output, &err), &err);
	assert_int_equal(output.count, 3);
	show(f, &output);
	HELD(text) query = {0};
	text_addf(&query, "select count(*) from (from a.t except all (%s))", sql);
	support_expect_rows(f->session, query.data, "0");
	support_expect_rows(f->session, "select m, t from a.t where id = 2",
			    "0.50,2018-01-04 03:04:05.5");
}

static void a_partition_that_delta_cannot_tell_from_null_is_refused(void **state)
{
	struct fixture *f = *state;
	struct error err;
	static const char *const by[] = {"p", NULL}, *const all[] = {"p", "id", NULL};
	static const char *const absent[] = {"q", NULL};
	HELD(engine_output) output = {0};
	assert_fails(build(f, "select 1 as id, '' as p union all select 2, 'x'", by, &output, &err),
		     &err, ERR_QUERY);
	assert_non_null(strstr(err.message, "\"p\""));
	assert_int_equal(count_left(f), 0);
	assert_fails(build(f, "select 1 as id, 'x' as p", all, &output, &err), &err, ERR_QUERY);
	assert_fails(build(f, "select 1 as id, 'x' as p", absent, &output, &err), &err, ERR_QUERY);
	assert_fails(build(f, "select 1 as id, 'x'::blob as p", by, &output, &err), &err,
		     ERR_UNSUPPORTED);
}

static void a_failure_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct error err;
	static const char *const by[] = {"p", NULL};
	static const char sql[] =
		"select i % 3 as p,\n  case when i = 299999 then cast('x' || i as bigint) else i "
		"end as id from range(300000) r(i)";
	HELD(engine_output) output = {0};
	for (int i = 0; i < 2; i++) {
		struct engine_build what = {.sql = sql,
					    .out_folder = f->out,
					    .file_bytes = 1 << 18,
					    .partition_columns = i ? by : NULL};
		assert_fails(engine_session_build(f->session, &what, &output, &err), &err,
			     ERR_QUERY);
		assert_int_equal(err.line, 2);
		assert_int_equal(err.column, 29);
		assert_int_equal(count_left(f), 0);
		assert_int_equal(output.count, 0);
	}
}

static void *interrupt_soon(void *session)
{
	clock_sleep_ms(100);
	engine_session_interrupt(session);
	return NULL;
}

static void an_interrupt_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct error err;
	static const char *const by[] = {"p", NULL};
	for (int i = 0; i < 2; i++) {
		pthread_t thread;
		HELD(engine_output) output = {0};
		assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, f->session), 0);
		int result = build(f, "select i, i % 3 as p from range(10000000000) r(i)",
				   i ? by : NULL, &output, &err);
		pthread_join(thread, NULL);
		assert_fails(result, &err, ERR_CANCELED);
		assert_int_equal(count_left(f), 0);
	}
	support_expect_rows(f->session, "select 1", "1");
}

static void what_is_built_is_read_back_from_the_table(void **state)
{
	struct fixture *f = *state;
	struct error err;
	int64_t version;
	OWNED(store) *store = NULL;
	OWNED(delta_snapshot) *snapshot = NULL;
	HELD(engine_output) first = {0}, second = {0};
	OWNED_MEMORY char *lake = text_format(&err, "%s/lake", f->folder);
	assert_ok(store_open(lake, &store, &err), &err);
	assert_ok(build(f,
			"select 1::bigint as id, timestamp '2018-01-02 03:04:05' as moment, "
			"12.30::decimal(18,2) as price",
			NULL, &first, &err),
		  &err);
	assert_ok(store_put_file(store, "processing/t/x.parquet", first.files[0].path, &err), &err);
	free(first.files[0].file.path);
	first.files[0].file.path = mem_copy_text("x.parquet");
	struct delta_commit commit = {.table = "processing/t",
				      .read_version = -1,
				      .schema = &first.schema,
				      .adds = &first.files[0].file,
				      .add_count = 1,
				      .data_change = true,
				      .operation = "WRITE"};
	assert_ok(delta_commit(store, &commit, NULL, &version, &err), &err);
	assert_ok(delta_snapshot_open(store, "processing/t", -1, NULL, &snapshot, &err), &err);
	assert_int_equal(delta_snapshot_rows(snapshot), 1);
	assert_ok(engine_session_add_table(f->session, "processing", "t", store, snapshot, &err),
		  &err);
	support_expect_rows(f->session, "from processing.t", "1,2018-01-02 03:04:05,12.30");
	/* a candidate beside it, with one column more */
	HELD(delta_schema) wider = {0};
	assert_ok(delta_schema_copy(&first.schema, &wider, &err), &err);
	assert_ok(delta_schema_add(&wider, "newer", "string", "", &err), &err);
	struct engine_build what = {.sql = "select id + 1 as id, moment, price, 'x' as newer from "
					   "processing.t",
				    .out_folder = f->out,
				    .schema = &wider};
	assert_ok(engine_session_build(f->session, &what, &second, &err), &err);
	struct engine_output *outputs[] = {&second};
	assert_ok(engine_session_add_output(f->session, "candidate", "t", store, snapshot, &wider,
					    outputs, 1, &err),
		  &err);
	support_expect_rows(f->session, "select id, newer, moment from candidate.t order by id",
			    "1,NULL,2018-01-02 03:04:05 2,x,2018-01-02 03:04:05");
}

static int build_again(void *context, struct error *err)
{
	struct fixture *f = context;
	static const char *const by[] = {"p", NULL};
	HELD(engine_output) output = {0};
	return build(f, "select i as id, i % 2 as p from range(4) r(i)", by, &output, err);
}

static void every_refused_allocation_is_reported(void **state)
{
	support_sweep_allocations(build_again, *state);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(rows_become_one_plain_file),
		CASE(no_rows_are_no_file),
		CASE(columns_are_put_in_the_order_of_the_schema),
		CASE(large_results_are_split),
		CASE(an_order_holds),
		CASE(partitions_take_odd_values),
		CASE(partitions_of_any_type_come_back),
		CASE(a_partition_that_delta_cannot_tell_from_null_is_refused),
		CASE(a_failure_leaves_nothing),
		CASE(an_interrupt_leaves_nothing),
		CASE(what_is_built_is_read_back_from_the_table),
		CASE(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
