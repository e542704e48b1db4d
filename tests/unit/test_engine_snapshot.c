/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "engine/snapshot.h"
#include "store/store.h"
#include "support/engine.h"

struct fixture {
	char *folder;
	struct store *store;
	struct engine *engine;
};

/* Commit one more row {id} to a table, as a new version. */
static void add_row(struct fixture *f, const char *table, int64_t version, int id)
{
	struct error err;
	int64_t made;
	OWNED_MEMORY char *staging = NULL;
	OWNED(engine_session) *session = NULL;
	HELD(engine_output) output = {0};
	assert_ok(store_make_staging(f->store, &staging, &err), &err);
	assert_ok(engine_session_open(f->engine, &session, &err), &err);
	OWNED_MEMORY char *sql = text_format(&err, "select %d::bigint as id", id);
	struct engine_build build = {.sql = sql, .out_folder = staging};
	assert_ok(engine_session_build(session, &build, &output, &err), &err);
	OWNED_MEMORY char *key = text_format(&err, "%s/%s", table, output.files[0].file.path);
	assert_ok(store_put_file(f->store, key, output.files[0].path, &err), &err);
	struct delta_commit commit = {.table = table,
				      .read_version = version - 1,
				      .schema = version ? NULL : &output.schema,
				      .adds = &output.files[0].file,
				      .add_count = 1,
				      .data_change = true,
				      .operation = "WRITE"};
	assert_ok(delta_commit(f->store, &commit, NULL, &made, &err), &err);
	assert_int_equal(made, version);
}

static int set_up(void **state)
{
	struct error err;
	struct fixture *f = mem_alloc(sizeof *f);
	f->folder = support_make_folder();
	assert_ok(store_open(f->folder, &f->store, &err), &err);
	f->engine = support_engine(1);
	add_row(f, "processing/orders", 0, 1);
	add_row(f, "processing/orders", 1, 2);
	add_row(f, "delivery/orders", 0, 10);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	engine_close(f->engine);
	store_free(f->store);
	support_remove_folder(f->folder);
	free(f);
	return 0;
}

static void assert_value(struct engine_session *session, const char *sql, int64_t expected)
{
	struct error err;
	OWNED(engine_result) *result = NULL;
	assert_ok(engine_session_query(session, sql, &result, &err), &err);
	assert_int_equal(engine_result_next(result, &err), 1);
	assert_int_equal(engine_result_int(result, 0), expected);
}

static void tables_rows_and_views_are_shown(void **state)
{
	struct fixture *f = *state;
	struct error err;
	static const struct snapshot_table tables[] = {
		{"processing", "orders", "processing/orders", 1},
		{"delivery", "orders", "delivery/orders", -1}};
	static const char *const names[] = {"file"}, *const types[] = {"VARCHAR"};
	static const char *const values[] = {"a.csv", "b.csv"};
	static const struct engine_rows rows[] = {{"vitrine", "files", 1, 2, names, types, values}};
	static const struct snapshot_view views[] = {
		{"vitrine", "counts", "select count(*) as n from processing.orders, vitrine.files"},
		{"vitrine", "twice", "select 2 * n as n from vitrine.counts"}};
	struct snapshot_contents contents = {f->store, tables, 2, rows, 1, views, 2};
	OWNED(engine_session) *session = NULL;
	assert_ok(snapshot_open(f->engine, &contents, &session, &err), &err);
	assert_value(session, "select sum(id) from processing.orders", 3);
	assert_value(session, "select id from orders", 10);
	assert_value(session, "select sum(id) from dl_processing_zone.orders", 3);
	assert_value(session, "select sum(id) from dl_delivery_zone.orders", 10);
	assert_value(session, "select n from vitrine.counts", 4);
	assert_value(session, "select n from vitrine.twice", 8);
}

static void a_snapshot_stands_still(void **state)
{
	struct fixture *f = *state;
	struct error err;
	static const struct snapshot_table tables[] = {
		{"processing", "orders", "processing/orders", -1}};
	struct snapshot_contents contents = {.store = f->store, .tables = tables, .table_count = 1};
	OWNED(engine_session) *session = NULL;
	assert_ok(snapshot_open(f->engine, &contents, &session, &err), &err);
	add_row(f, "processing/orders", 2, 3);
	assert_value(session, "select count(*) from orders", 2);
	struct snapshot_table older = {"processing", "orders@0", "processing/orders", 0};
	assert_ok(snapshot_add_table(session, f->store, &older, &err), &err);
	assert_value(session, "select count(*) from processing.\"orders@0\"", 1);
	assert_value(session, "select count(*) from orders", 2);
}

static void a_table_that_is_not_there_is_named(void **state)
{
	struct fixture *f = *state;
	struct error err;
	static const struct snapshot_table tables[] = {{"processing", "x", "processing/x", -1},
						       {"processing", "x", "processing/orders", 9}};
	for (size_t i = 0; i < 2; i++) {
		struct snapshot_contents contents = {
			.store = f->store, .tables = &tables[i], .table_count = 1};
		OWNED(engine_session) *session = NULL;
		assert_fails(snapshot_open(f->engine, &contents, &session, &err), &err,
			     ERR_NOT_FOUND);
		assert_non_null(strstr(err.message, "processing.x"));
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(tables_rows_and_views_are_shown),
		CASE(a_snapshot_stands_still),
		CASE(a_table_that_is_not_there_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
