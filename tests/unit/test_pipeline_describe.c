/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/describe.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "catalog/checks.h"
#include "catalog/runs.h"
#include "delta/delta.h"
#include "pipeline/context.h"
#include "pipeline/project.h"
#include "pipeline/rebuild.h"
#include "pipeline/set.h"
#include "store/store.h"
#include "support/support.h"

static const char RUN_1[] = "0b5e8f6c-7a0e-4c83-9b0e-3f5f0a3b6c01";
static const char RUN_2[] = "c0ffee00-7a0e-4c83-9b0e-3f5f0a3b6c02";
static const char RUN_3[] = "c0ffee00-7a0e-4c83-9b0e-3f5f0a3b6c03";

/* A project whose tables were published by hand. */
struct world {
	char *root;
	struct project *project;
	struct store *store;
	struct context *context;
	struct arena *arena;
};

static void commit(struct world *w, const char *key, int64_t read_version, int64_t rows,
		   const char *vitrine)
{
	static int files;
	HELD(delta_schema) schema = {0};
	char path[32], stats[64];
	struct error err;
	int64_t version;
	snprintf(path, sizeof path, "part-%d.parquet", files++);
	snprintf(stats, sizeof stats, "{\"numRecords\":%lld}", (long long)rows);
	struct delta_file file = {
		.path = path, .size = 1000, .rows = rows, .stats_json = stats, .data_change = true};
	assert_ok(delta_schema_add(&schema, "id", "long", "said at publishing", &err), &err);
	assert_ok(delta_schema_add(&schema, "who", "string", "", &err), &err);
	struct delta_commit change = {.table = key,
				      .read_version = read_version,
				      .schema = read_version < 0 ? &schema : NULL,
				      .adds = &file,
				      .add_count = 1,
				      .data_change = true,
				      .operation = "WRITE",
				      .vitrine_json = vitrine};
	assert_ok(delta_commit(w->store, &change, NULL, &version, &err), &err);
}

static void publish(struct world *w, const char *name, const char *key, int64_t version,
		    const char *definition, const char *run, int64_t time_us)
{
	OWNED(set) *changes = set_new();
	struct error err;
	int64_t number;
	assert_ok(set_put(changes, name, key, version, definition, &err), &err);
	assert_ok(set_publish(w->store, changes, NULL, run, time_us, &number, &err), &err);
}

static void open_world(struct world *w)
{
	char lake[512];
	struct error err = {0};
	assert_ok(project_open(w->root, NULL, &w->project, &err), &err);
	assert_ok(context_open(w->project, &w->context, &err), &err);
	snprintf(lake, sizeof lake, "%s/lake", w->root);
	assert_ok(store_open(lake, &w->store, &err), &err);
	w->arena = arena_new();
}

static void close_world(struct world *w)
{
	arena_free(w->arena);
	context_close(w->context);
	store_free(w->store);
	project_close(w->project);
}

static int set_up(void **state)
{
	static struct world world;
	struct world *w = &world;
	*w = (struct world){.root = support_make_folder()};
	*state = w;
	support_write_file(w->root, "vitrine.yaml", "");
	support_write_file(w->root, "sources/people.yaml",
			   "description: People who buy. One row each.\nkey: id\ntags: [daily]\n"
			   "columns:\n  - {name: id, type: bigint}\n"
			   "  - {name: who, personal: yes, description: Their name.}\n");
	support_write_file(w->root, "models/delivery/people.sql",
			   "-- How many there are.\n-- key: n\n"
			   "select count(*) as n from processing.people\n");
	support_write_file(w->root, "models/delivery/other.sql", "select 1 as x from people\n");
	support_write_file(
		w->root, "checks/few.sql",
		"-- table: processing.people\nselect * from processing.people where false\n");
	open_world(w);
	commit(w, "processing/people", -1, 3,
	       "{\"run\": \"0b5e8f6c-7a0e-4c83-9b0e-3f5f0a3b6c01\", \"run_number\": 7, \"files\": "
	       "[]}");
	commit(w, "processing/people", 0, 4,
	       "{\"run\": \"c0ffee00-7a0e-4c83-9b0e-3f5f0a3b6c02\", \"run_number\": 9, \"files\": "
	       "[]}");
	commit(w, "processing/people", 1, 5, NULL); /* by somebody else; not published */
	commit(w, "processing/old", -1, 6, "{\"run\": \"c0ffee00-7a0e-4c83-9b0e-3f5f0a3b6c03\"}");
	publish(w, "processing.people", "processing/people", 0, "source", RUN_1, 1700000000000000);
	publish(w, "processing.people", "processing/people", 1, "source", RUN_2, 1700000100000000);
	publish(w, "processing.old", "processing/old", 0, "orphan", "by hand", 1700000200000000);
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	close_world(w);
	support_remove_folder(w->root);
	return 0;
}

static void tables_are_listed_with_what_is_in_them(void **state)
{
	struct world *w = *state;
	struct describe_tables tables;
	struct error err;
	assert_ok(describe_tables(w->context, true, w->arena, &tables, &err), &err);
	assert_int_equal(tables.set, 3);
	assert_int_equal(tables.count, 4);
	const struct describe_table *table = tables.items;
	assert_string_equal(table[0].name, "delivery.other");
	assert_int_equal(table[0].version, -1);
	assert_int_equal(table[0].rows, -1);
	assert_null(table[0].problem);
	assert_string_equal(table[1].name, "delivery.people");
	assert_string_equal(table[1].summary, "How many there are.");
	assert_string_equal(table[2].name, "processing.old");
	assert_string_equal(table[2].kind, "orphan");
	assert_string_equal(table[2].summary, "nothing defines it any more");
	assert_int_equal(table[2].rows, 6);
	assert_string_equal(table[3].name, "processing.people");
	assert_string_equal(table[3].kind, "source");
	assert_string_equal(table[3].path, "sources/people.yaml");
	assert_string_equal(table[3].summary, "People who buy.");
	assert_int_equal(table[3].version, 1);
	assert_int_equal(table[3].rows, 7);
	assert_int_equal(table[3].bytes, 2000);
	assert_int_equal(table[3].files, 2);
	assert_true(table[3].changed_us > 1700000000000000);
}

static void a_broken_table_does_not_hide_the_others(void **state)
{
	struct world *w = *state;
	struct describe_tables tables;
	struct error err;
	support_write_file(w->root, "lake/processing/old/_delta_log/00000000000000000000.json",
			   "no log\n");
	assert_ok(describe_tables(w->context, true, w->arena, &tables, &err), &err);
	assert_int_equal(tables.count, 4);
	assert_non_null(tables.items[2].problem);
	assert_int_equal(tables.items[2].rows, -1);
	assert_int_equal(tables.items[3].rows, 7);
}

static void one_table_is_described_in_full(void **state)
{
	struct world *w = *state;
	struct describe_detail d;
	struct error err;
	assert_ok(describe_table(w->context, "processing.people", 2, w->arena, &d, &err), &err);
	assert_string_equal(d.table.description, "People who buy. One row each.");
	assert_int_equal(d.column_count, 2);
	assert_string_equal(d.columns[0].name, "id");
	assert_string_equal(d.columns[0].type, "bigint");
	assert_string_equal(d.columns[0].description, "said at publishing");
	assert_false(d.columns[0].is_personal);
	assert_string_equal(d.columns[1].type, "text");
	assert_string_equal(d.columns[1].description, "Their name.");
	assert_true(d.columns[1].is_personal);
	assert_int_equal(d.key.count, 1);
	assert_true(words_have(&d.tags, "daily"));
	assert_int_equal(d.reads.count, 0);
	assert_int_equal(d.read_by.count, 1);
	assert_string_equal(d.read_by.items[0], "delivery.people");
	assert_null(d.unread);
	assert_int_equal(d.version_count, 2);
	assert_int_equal(d.versions[0].version, 2);
	assert_false(d.versions[0].is_published);
	assert_int_equal(d.versions[1].version, 1);
	assert_true(d.versions[1].is_published);
	assert_string_equal(d.versions[1].by, "run 9");
	assert_string_equal(d.versions[1].operation, "WRITE");
}

static void a_name_alone_means_delivery_first(void **state)
{
	struct world *w = *state;
	struct describe_detail d;
	struct error err = {0};
	assert_ok(describe_table(w->context, "people", 5, w->arena, &d, &err), &err);
	assert_string_equal(d.table.name, "delivery.people");
	assert_string_equal(d.reads.items[0], "processing.people");
	assert_string_equal(d.read_by.items[0], "delivery.other"); /* by the same rule */
	assert_int_equal(d.version_count, 0);
	assert_ok(describe_table(w->context, "old", 5, w->arena, &d, &err), &err);
	assert_string_equal(d.table.name, "processing.old");
	assert_ok(describe_table(w->context, "dl_processing_zone.people", 5, w->arena, &d, &err),
		  &err);
	assert_string_equal(d.table.name, "processing.people");
	assert_fails(describe_table(w->context, "processing.peple", 5, w->arena, &d, &err), &err,
		     ERR_NOT_FOUND);
	assert_string_equal(err.hint, "Did you mean \"processing.people\"?");
	assert_fails(describe_table(w->context, "peopl", 5, w->arena, &d, &err), &err,
		     ERR_NOT_FOUND);
	assert_string_equal(err.hint, "Did you mean \"delivery.people\"?");
	assert_fails(describe_table(w->context, "nowhere.people", 5, w->arena, &d, &err), &err,
		     ERR_NOT_FOUND);
}

static void a_model_that_cannot_be_read_is_said(void **state)
{
	struct world *w = *state;
	struct describe_detail d;
	struct error err;
	close_world(w);
	support_write_file(w->root, "models/delivery/zz.sql", "select from where\n");
	open_world(w);
	assert_ok(describe_table(w->context, "processing.people", 5, w->arena, &d, &err), &err);
	assert_non_null(d.unread);
	assert_true(text_starts(d.unread, "models/delivery/zz.sql: "));
	assert_int_equal(d.read_by.count, 1);
}

static void put_result(struct world *w, const char *run, const char *name, int64_t failing)
{
	struct error err;
	int64_t number;
	struct catalog_run row = {.id = run,
				  .command = "run",
				  .target = "prod",
				  .code = "",
				  .process = "",
				  .status = CATALOG_OK,
				  .started_us = 1};
	struct catalog_check check = {.run_id = run,
				      .table = "processing.people",
				      .name = name,
				      .severity = CATALOG_ERROR,
				      .outcome = failing ? CATALOG_DID_NOT_PASS : CATALOG_PASSED,
				      .failing = failing,
				      .total = 7,
				      .checked_us = 1};
	assert_ok(catalog_runs_start(context_catalog(w->context), &row, &number, &err), &err);
	assert_ok(catalog_checks_put(context_catalog(w->context), &check, &err), &err);
}

static void checks_have_their_last_result(void **state)
{
	struct world *w = *state;
	struct describe_detail d;
	struct error err;
	put_result(w, RUN_1, "unique(id)", 0);
	put_result(w, RUN_2, "unique(id)", 3);
	assert_ok(describe_table(w->context, "processing.people", 5, w->arena, &d, &err), &err);
	assert_int_equal(d.check_count, 3);
	assert_string_equal(d.checks[0].name, "unique(id)");
	assert_string_equal(d.checks[0].kind, "unique");
	assert_string_equal(d.checks[0].severity, "error");
	assert_string_equal(d.checks[0].outcome, "failed");
	assert_int_equal(d.checks[0].failing, 3);
	assert_null(d.checks[1].outcome);
	assert_string_equal(d.checks[2].name, "few");
	assert_string_equal(d.checks[2].kind, "sql");
}

static void what_is_described_is_json_too(void **state)
{
	struct world *w = *state;
	struct describe_detail d;
	HELD(text) t = {0};
	OWNED(json) *json = NULL;
	struct error err;
	assert_ok(describe_table(w->context, "processing.people", 5, w->arena, &d, &err), &err);
	describe_write_json(&d, &t);
	assert_ok(json_parse(t.data, t.len, &json, &err), &err);
	assert_string_equal(json_text(json_get(json, "table"), ""), "processing.people");
	assert_int_equal(json_int(json_get(json, "rows"), 0), 7);
	assert_int_equal(json_count(json_get(json, "columns")), 2);
	assert_true(json_bool(json_get(json_at(json_get(json, "columns"), 1), "personal"), false));
	assert_int_equal(json_count(json_get(json, "versions")), 3);
	assert_int_equal(json_count(json_get(json, "tags")), 1);
}

static int describe_once(void *context, struct error *err)
{
	struct world *w = context;
	OWNED(arena) *arena = arena_new();
	struct describe_detail d;
	HELD(text) t = {0};
	if (!arena)
		return err_memory(err);
	TRY(describe_table(w->context, "processing.people", 5, arena, &d, err));
	describe_write_json(&d, &t);
	return text_check(&t, err);
}

static void refused_memory_is_told(void **state)
{
	support_sweep_allocations(describe_once, *state);
}

/* ---- making the history again ---- */

struct found {
	int64_t number, set;
	int status, steps;
	enum catalog_step_kind kind;
};

static int take_run(void *context, const struct catalog_run *run, struct error *err)
{
	struct found *found = context;
	(void)err;
	found->number = run->number;
	found->set = run->set;
	found->status = (int)run->status;
	return 0;
}

static int take_step(void *context, const struct catalog_step *step, struct error *err)
{
	struct found *found = context;
	(void)err;
	found->steps++;
	found->kind = step->kind;
	return 0;
}

static struct found find_run(struct world *w, const char *id)
{
	struct found found = {0};
	struct error err;
	struct catalog *catalog = context_catalog(w->context);
	assert_ok(catalog_runs_get(catalog, id, take_run, &found, &err), &err);
	assert_ok(catalog_runs_each_step(catalog, id, take_step, &found, &err), &err);
	return found;
}

static void the_history_is_made_again_from_the_lake(void **state)
{
	struct world *w = *state;
	struct error err;
	for (int again = 0; again < 2; again++) { /* what is known stays as it is */
		HELD(rebuild_report) report = {0};
		assert_ok(rebuild_catalog(w->project, &report, &err), &err);
		assert_int_equal(report.tables, 2);
		assert_int_equal(report.runs, again ? 0 : 3);
		assert_int_equal(report.steps, again ? 0 : 3);
		assert_null(report.damaged);
	}
	struct found first = find_run(w, RUN_1), second = find_run(w, RUN_2);
	struct found third = find_run(w, RUN_3);
	assert_int_equal(first.number, 7);
	assert_int_equal(first.set, 1);
	assert_int_equal(first.status, CATALOG_OK);
	assert_int_equal(first.steps, 1);
	assert_int_equal(first.kind, CATALOG_LAND);
	assert_int_equal(second.number, 9);
	assert_int_equal(second.set, 2);
	assert_int_equal(third.set, 0); /* it committed, and published nothing */
	assert_int_equal(third.status, CATALOG_DIED);
	assert_int_equal(third.kind, CATALOG_MODEL);
}

static void a_damaged_history_is_moved_aside(void **state)
{
	struct world *w = *state;
	struct error err = {0};
	HELD(rebuild_report) report = {0};
	struct stat st;
	close_world(w);
	support_write_file(w->root, ".vitrine/state.db", "this is no database, as anybody can see");
	assert_ok(project_open(w->root, NULL, &w->project, &err), &err);
	assert_ok(rebuild_catalog(w->project, &report, &err), &err);
	assert_int_equal(report.runs, 3);
	assert_non_null(report.damaged);
	assert_int_equal(stat(report.damaged, &st), 0);
	project_close(w->project);
	open_world(w);
	assert_int_equal(find_run(w, RUN_2).number, 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(tables_are_listed_with_what_is_in_them, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_broken_table_does_not_hide_the_others, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(one_table_is_described_in_full, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_name_alone_means_delivery_first, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_model_that_cannot_be_read_is_said, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(checks_have_their_last_result, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_described_is_json_too, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refused_memory_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_history_is_made_again_from_the_lake, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_damaged_history_is_moved_aside, set_up,
						tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
