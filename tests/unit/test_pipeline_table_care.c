/* SPDX-License-Identifier: Apache-2.0 */
/* Care of tables on a lake whose tables are logs without real Parquet: what matters is which files
 * each version names, what its commit records and what is published. */
#include "support/support.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "catalog/runs.h"
#include "engine/engine.h"
#include "pipeline/fingerprint.h"
#include "pipeline/publish.h"
#include "pipeline/set.h"
#include "pipeline/table_care.h"
#include "store/store.h"
#include "support/delta_fake.h"
#include "support/project.h"
#include "support/store_fault.h"

static const struct table_care_request REQUEST = {.command = "table"};
static const int64_t WEEK_US = INT64_C(7) * 86400 * 1000000;

struct shop {
	struct support_project in;
	struct store *store; /* borrowed from the context */
};

static int open_shop(void **state)
{
	static struct shop shop;
	shop.in.folder = support_make_folder();
	support_write_file(shop.in.folder, "vitrine.yaml", "name: shop\n");
	support_write_file(shop.in.folder, "models/processing/orders.sql", "select 1 as id");
	support_write_file(shop.in.folder, "models/delivery/sales.sql", "select 1 as id");
	support_project_open(&shop.in, NULL);
	shop.store = context_store(shop.in.context);
	*state = &shop;
	return 0;
}

static int close_shop(void **state)
{
	struct shop *shop = *state;
	support_project_remove(&shop->in);
	return 0;
}

/* ---- what a run would have done ---- */

static char *info_of(const char *sql, const char *input, int64_t input_version)
{
	struct error err;
	HELD(fingerprint) fingerprint = {0};
	struct text t = {0};
	assert_ok(fingerprint_set(&fingerprint, sql, "", "duckdb 1.5.6", &err), &err);
	if (input)
		assert_ok(fingerprint_add_input(&fingerprint, input, input_version, NULL, &err),
			  &err);
	text_add(&t, "{\"run\": \"r\", \"files\": [{\"logical\": \"f\"}], ");
	fingerprint_write(&fingerprint, &t);
	text_add_char(&t, '}');
	char *info = text_take(&t, &err);
	assert_non_null(info);
	return info;
}

/* Overwrite the table by one file of 100 bytes, as a step with this fingerprint does. */
static int64_t build(struct store *store, const char *key, const char *file_name, char *info)
{
	struct error err;
	char bytes[100] = {0};
	int64_t newest = -1;
	int exists = delta_newest_version(store, key, &newest, &err);
	assert_ok(exists, &err);
	if (!exists) {
		assert_ok(delta_fake_create(store, key, &err), &err);
		newest = 0;
	}
	OWNED_MEMORY char *at = text_format(&err, "%s/%s", key, file_name);
	OWNED_MEMORY char *name = mem_copy_text(file_name);
	assert_ok(store_put(store, at, bytes, sizeof bytes, &err), &err);
	char stats[] = "{\"numRecords\":10}";
	const struct delta_file file = {
		.path = name, .size = 100, .modified_ms = 1, .stats_json = stats};
	const struct delta_commit commit = {.table = key,
					    .read_version = newest,
					    .remove_all = true,
					    .adds = &file,
					    .add_count = 1,
					    .data_change = true,
					    .operation = "WRITE",
					    .vitrine_json = info};
	int64_t version;
	assert_ok(delta_commit(store, &commit, &delta_fake_parquet, &version, &err), &err);
	free(info);
	return version;
}

static int64_t publish(struct store *store, int64_t orders, int64_t sales)
{
	struct error err;
	int64_t number;
	OWNED(set) *set = set_new();
	assert_ok(set_put(set, "processing.orders", "processing/orders", orders, "model", &err),
		  &err);
	if (sales >= 0)
		assert_ok(set_put(set, "delivery.sales", "delivery/sales", sales, "model", &err),
			  &err);
	assert_ok(set_publish(store, set, NULL, "r", clock_now_us(), &number, &err), &err);
	return number;
}

/* Set 1: orders 1 and sales 1 (from a and x); set 2: orders 2 and sales 2 (from b and y). */
static void fill(struct store *store)
{
	static const char orders[] = "processing/orders", sales[] = "delivery/sales";
	build(store, orders, "a", info_of("orders 1", NULL, 0));
	build(store, sales, "x", info_of("sales 1", "processing.orders", 1));
	publish(store, 1, 1);
	build(store, orders, "b", info_of("orders 2", NULL, 0));
	build(store, sales, "y", info_of("sales 2", "processing.orders", 2));
	publish(store, 2, 2);
}

static void expect_files(struct store *store, const char *key, int64_t version, const char *files)
{
	OWNED_MEMORY char *found = delta_fake_files(store, key, version);
	assert_string_equal(found, files);
}

static int64_t published(struct store *store, const char *name)
{
	struct error err;
	OWNED(set) *set = NULL;
	assert_ok(set_read_newest(store, &set, &err), &err);
	const struct set_table *table = set_find(set, name);
	return table ? table->version : -1;
}

/* Whether the next run would skip the table, if its definition is `sql`. */
static bool is_current(struct store *store, const char *key, const char *sql, const char *input,
		       int64_t input_version)
{
	struct error err;
	HELD(fingerprint) fingerprint = {0};
	HELD(text) reason = {0};
	OWNED(delta_snapshot) *snapshot = NULL;
	struct delta_commit_info *infos;
	assert_ok(delta_snapshot_open(store, key, -1, &delta_fake_parquet, &snapshot, &err), &err);
	int64_t version = delta_snapshot_data_version(snapshot);
	assert_int_equal(delta_history(store, key, version, version, &infos, &err), 1);
	assert_ok(fingerprint_set(&fingerprint, sql, "", "duckdb 1.5.6", &err), &err);
	if (input)
		assert_ok(fingerprint_add_input(&fingerprint, input, input_version, NULL, &err),
			  &err);
	int same = fingerprint_compare(&fingerprint, infos[0].vitrine_json, &reason, &err);
	assert_ok(same, &err);
	delta_history_free(infos, 1);
	return same;
}

/* ---- restore ---- */

static void a_restored_table_has_its_old_files_in_a_new_version(void **state)
{
	struct shop *shop = *state;
	struct error err;
	OWNED(table_care_report) *report = NULL;
	fill(shop->store);
	assert_ok(table_care_restore(shop->in.context, &REQUEST, "orders", 1, &report, &err), &err);
	assert_int_equal(report->count, 1);
	assert_string_equal(report->items[0].name, "processing.orders");
	assert_int_equal(report->items[0].version_before, 2);
	assert_int_equal(report->items[0].version, 3);
	assert_int_equal(report->items[0].rows, 10);
	assert_true(report->published);
	assert_int_equal(report->set, 3);
	expect_files(shop->store, "processing/orders", 3, "a ");
	assert_int_equal(published(shop->store, "processing.orders"), 3);
	assert_int_equal(published(shop->store, "delivery.sales"), 2);
	/* and forth again */
	table_care_report_free(TAKE(report));
	assert_ok(table_care_restore(shop->in.context, &REQUEST, "dl_processing_zone.orders", 2,
				     &report, &err),
		  &err);
	expect_files(shop->store, "processing/orders", 4, "b ");
}

static void the_next_run_takes_a_restored_table_for_up_to_date(void **state)
{
	struct shop *shop = *state;
	struct error err;
	OWNED(table_care_report) *report = NULL;
	struct delta_commit_info *infos;
	fill(shop->store);
	assert_ok(table_care_restore(shop->in.context, &REQUEST, "sales", 1, &report, &err), &err);
	assert_true(is_current(shop->store, "delivery/sales", "sales 2", "processing.orders", 2));
	/* but not when its input or its definition changes */
	assert_false(is_current(shop->store, "delivery/sales", "sales 2", "processing.orders", 3));
	assert_false(is_current(shop->store, "delivery/sales", "sales 1", "processing.orders", 2));
	assert_int_equal(delta_history(shop->store, "delivery/sales", 3, 3, &infos, &err), 1);
	assert_string_equal(infos[0].operation, "RESTORE");
	assert_non_null(strstr(infos[0].vitrine_json, "\"restored\":1,"));
	assert_non_null(strstr(infos[0].vitrine_json, report->id));
	assert_null(strstr(infos[0].vitrine_json, "\"files\"")); /* it loaded none */
	delta_history_free(infos, 1);
}

static void what_reads_a_restored_table_is_built_again(void **state)
{
	struct shop *shop = *state;
	struct error err;
	OWNED(table_care_report) *report = NULL;
	OWNED(delta_snapshot) *snapshot = NULL;
	fill(shop->store);
	assert_ok(table_care_restore(shop->in.context, &REQUEST, "orders", 1, &report, &err), &err);
	assert_ok(delta_snapshot_open(shop->store, "processing/orders", -1, NULL, &snapshot, &err),
		  &err);
	assert_int_equal(delta_snapshot_data_version(snapshot), 3);
	assert_false(is_current(shop->store, "delivery/sales", "sales 2", "processing.orders", 3));
}

static void a_restored_set_is_up_to_date_as_a_whole(void **state)
{
	struct shop *shop = *state;
	struct error err;
	OWNED(table_care_report) *report = NULL;
	fill(shop->store);
	assert_ok(table_care_restore_set(shop->in.context, &REQUEST, 1, &report, &err), &err);
	assert_int_equal(report->count, 2);
	assert_int_equal(report->set, 3);
	expect_files(shop->store, "processing/orders", -1, "a ");
	expect_files(shop->store, "delivery/sales", -1, "x ");
	/* sales counts as built from the orders restored beside it */
	assert_true(is_current(shop->store, "delivery/sales", "sales 2", "processing.orders", 3));
	assert_true(is_current(shop->store, "processing/orders", "orders 2", NULL, 0));
}

static void tables_that_came_after_the_set_stay(void **state)
{
	struct shop *shop = *state;
	struct error err;
	OWNED(table_care_report) *report = NULL;
	build(shop->store, "processing/orders", "a", info_of("orders 1", NULL, 0));
	publish(shop->store, 1, -1);
	build(shop->store, "delivery/sales", "x", info_of("sales 1", "processing.orders", 1));
	publish(shop->store, 1, 1);
	assert_ok(table_care_restore_set(shop->in.context, &REQUEST, 1, &report, &err), &err);
	assert_int_equal(report->count, 1);
	assert_non_null(report->items[0].note);
	assert_false(report->published);
	assert_int_equal(published(shop->store, "delivery.sales"), 1);
}

static void restoring_what_is_there_changes_nothing(void **state)
{
	struct shop *shop = *state;
	struct error err;
	OWNED(table_care_report) *report = NULL;
	fill(shop->store);
	assert_ok(table_care_restore(shop->in.context, &REQUEST, "orders", 2, &report, &err), &err);
	assert_int_equal(report->items[0].version, 2);
	assert_false(report->published);
	assert_int_equal(report->set, 2);
}

static void a_version_that_cannot_be_restored_is_refused_before_anything_changes(void **state)
{
	struct shop *shop = *state;
	struct error err;
	OWNED(table_care_report) *report = NULL;
	fill(shop->store);
	assert_fails(table_care_restore(shop->in.context, &REQUEST, "orders", 9, &report, &err),
		     &err, ERR_NOT_FOUND);
	assert_non_null(strstr(err.hint, "table history processing.orders"));
	table_care_report_free(TAKE(report));
	assert_fails(table_care_restore(shop->in.context, &REQUEST, "ordres", 1, &report, &err),
		     &err, ERR_NOT_FOUND);
	assert_non_null(strstr(err.hint, "\"orders\""));
	table_care_report_free(TAKE(report));
	assert_ok(store_remove(shop->store, "processing/orders/a", &err), &err);
	assert_fails(table_care_restore_set(shop->in.context, &REQUEST, 1, &report, &err), &err,
		     ERR_NOT_FOUND);
	assert_non_null(strstr(err.message, "\"a\" is gone"));
	expect_files(shop->store, "delivery/sales", -1, "y ");
	assert_int_equal(published(shop->store, "delivery.sales"), 2);
	table_care_report_free(TAKE(report));
	assert_fails(table_care_restore_set(shop->in.context, &REQUEST, 7, &report, &err), &err,
		     ERR_NOT_FOUND);
}

static int note_run(void *context, const struct catalog_run *run, struct error *err)
{
	char *line = context;
	(void)err;
	snprintf(line, 100, "%s %s set %lld", run->command, catalog_status_word(run->status),
		 (long long)run->set);
	return 0;
}

static void each_is_a_run_in_the_history(void **state)
{
	struct shop *shop = *state;
	struct error err;
	char line[100];
	OWNED(table_care_report) *report = NULL;
	fill(shop->store);
	assert_ok(table_care_restore(shop->in.context, &REQUEST, "orders", 1, &report, &err), &err);
	assert_ok(catalog_runs_get(context_catalog(shop->in.context), report->id, note_run, line,
				   &err),
		  &err);
	assert_string_equal(line, "table ok set 3");
	table_care_report_free(TAKE(report));
	assert_fails(table_care_restore(shop->in.context, &REQUEST, "orders", 99, &report, &err),
		     &err, ERR_NOT_FOUND);
	assert_ok(catalog_runs_get(context_catalog(shop->in.context), report->id, note_run, line,
				   &err),
		  &err);
	assert_string_equal(line, "table failed set 0");
}

/* ---- a store that stops at step n of a restore ---- */

/* In a process of its own, which is gone afterwards: so its lease is free. 1 = the store stopped.
 */
static int restore_until(const struct shop *shop, int at)
{
	struct error err;
	struct store *real, *faulty;
	struct context *ours;
	OWNED(table_care_report) *report = NULL;
	assert_ok(store_open(shop->in.project->lake, &real, &err), &err);
	assert_ok(store_fault_new(real, &faulty, &err), &err);
	assert_ok(context_open_on(shop->in.project, faulty, &ours, &err), &err);
	store_fault_set(faulty, &(struct store_fault){.at = at, .stop = true, .effect = at % 2});
	int result = table_care_restore_set(ours, &REQUEST, 1, &report, &err);
	bool happened = store_fault_happened(faulty);
	return result == 0 || happened ? happened : 2;
}

static bool stop_at(struct shop *shop, int at)
{
	struct error err;
	int status;
	OWNED(table_care_report) *report = NULL;
	OWNED(set) *set = NULL;
	struct store *store = shop->store;
	pid_t child = fork();
	if (child == 0)
		_exit(restore_until(shop, at));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
	/* readers see the old set or the new one */
	assert_ok(set_read_newest(store, &set, &err), &err);
	bool is_old = set->number == 2;
	int64_t orders = set_find(set, "processing.orders")->version;
	int64_t sales = set_find(set, "delivery.sales")->version;
	expect_files(store, "processing/orders", orders, is_old ? "b " : "a ");
	expect_files(store, "delivery/sales", sales, is_old ? "y " : "x ");
	/* and doing it again finishes it */
	assert_ok(table_care_restore_set(shop->in.context, &REQUEST, 1, &report, &err), &err);
	expect_files(store, "delivery/sales", published(store, "delivery.sales"), "x ");
	assert_true(is_current(store, "delivery/sales", "sales 2", "processing.orders",
			       published(store, "processing.orders")));
	return WEXITSTATUS(status);
}

static void a_restore_that_stops_anywhere_can_be_done_again(void **state)
{
	int at = 1;
	bool stopped;
	close_shop(state);
	do {
		open_shop(state);
		fill(((struct shop *)*state)->store);
		stopped = stop_at(*state, at++);
		close_shop(state);
	} while (stopped);
	assert_true(at > 10);
	open_shop(state);
}

/* ---- drop and vacuum ---- */

static void only_what_nothing_makes_can_be_dropped(void **state)
{
	struct shop *shop = *state;
	struct error err;
	int64_t number;
	OWNED(table_care_report) *report = NULL;
	fill(shop->store);
	assert_fails(table_care_drop(shop->in.context, &REQUEST, "sales", &report, &err), &err,
		     ERR_USAGE);
	table_care_report_free(TAKE(report));
	OWNED(set) *changes = set_new();
	build(shop->store, "delivery/old", "o", info_of("old", NULL, 0));
	assert_ok(set_put(changes, "delivery.old", "delivery/old", 1, "model", &err), &err);
	assert_ok(set_publish(shop->store, changes, NULL, "r", 1, &number, &err), &err);
	assert_ok(table_care_drop(shop->in.context, &REQUEST, "old", &report, &err), &err);
	assert_string_equal(report->items[0].name, "delivery.old");
	assert_true(report->published);
	assert_int_equal(published(shop->store, "delivery.old"), -1);
	assert_int_equal(published(shop->store, "delivery.sales"), 2);
	/* vacuum leaves its files alone as long as a set within the retention has it */
	table_care_report_free(TAKE(report));
	assert_ok(
		table_care_vacuum(shop->in.context, &REQUEST, NULL, WEEK_US, false, &report, &err),
		&err);
	assert_null(report->removed);
	expect_files(shop->store, "delivery/old", 1, "o ");
	/* and then removes all of it */
	table_care_report_free(TAKE(report));
	clock_sleep_ms(5);
	assert_ok(table_care_vacuum(shop->in.context, &REQUEST, NULL, 0, false, &report, &err),
		  &err);
	OWNED(store_list) *list = NULL;
	assert_ok(store_list_objects(shop->store, "delivery/old/", NULL, &list, &err), &err);
	assert_int_equal(list->count, 0);
}

static void vacuum_keeps_what_a_set_within_the_retention_needs(void **state)
{
	struct shop *shop = *state;
	struct error err;
	OWNED(table_care_report) *report = NULL;
	fill(shop->store);
	assert_ok(
		table_care_vacuum(shop->in.context, &REQUEST, NULL, WEEK_US, false, &report, &err),
		&err);
	assert_null(report->removed);
	table_care_report_free(TAKE(report));
	clock_sleep_ms(5);
	assert_ok(table_care_vacuum(shop->in.context, &REQUEST, NULL, 0, true, &report, &err),
		  &err);
	assert_string_equal(report->removed, "delivery/sales/x\nprocessing/orders/a\n");
	assert_int_equal(report->items[0].files, 1);
	assert_int_equal(report->items[0].bytes, 100);
	int64_t size;
	assert_int_equal(store_size(shop->store, "delivery/sales/x", &size, &err), 1);
	table_care_report_free(TAKE(report));
	const char *const names[] = {"sales", NULL};
	assert_ok(table_care_vacuum(shop->in.context, &REQUEST, names, 0, false, &report, &err),
		  &err);
	assert_string_equal(report->removed, "delivery/sales/x\n");
	assert_int_equal(store_size(shop->store, "delivery/sales/x", &size, &err), 0);
	assert_int_equal(store_size(shop->store, "delivery/sales/y", &size, &err), 1);
	assert_int_equal(store_size(shop->store, "processing/orders/a", &size, &err), 1);
}

static void a_restored_file_is_needed_again(void **state)
{
	struct shop *shop = *state;
	struct error err;
	int64_t size;
	OWNED(table_care_report) *report = NULL;
	fill(shop->store);
	assert_ok(table_care_restore_set(shop->in.context, &REQUEST, 1, &report, &err), &err);
	table_care_report_free(TAKE(report));
	clock_sleep_ms(5);
	assert_ok(table_care_vacuum(shop->in.context, &REQUEST, NULL, 0, false, &report, &err),
		  &err);
	assert_string_equal(report->removed, "delivery/sales/y\nprocessing/orders/b\n");
	assert_int_equal(store_size(shop->store, "processing/orders/a", &size, &err), 1);
}

static int vacuum_once(void *context, struct error *err)
{
	struct shop *shop = context;
	OWNED(table_care_report) *report = NULL;
	return table_care_vacuum(shop->in.context, &REQUEST, NULL, 0, true, &report, err);
}

static void every_refused_allocation_is_reported(void **state)
{
	struct shop *shop = *state;
	fill(shop->store);
	support_sweep_allocations(vacuum_once, shop);
}

/* ---- compact: with rows ---- */

/* Append the rows of a SELECT to a table that is partitioned by `part`. */
static int64_t append(struct shop *shop, const char *key, int64_t version, const char *sql)
{
	static const char *const part[] = {"part", NULL};
	struct error err;
	struct engine *engine;
	OWNED(engine_session) *session = NULL;
	OWNED_MEMORY char *staging = NULL;
	HELD(engine_output) output = {0};
	assert_ok(context_engine(shop->in.context, &engine, &err), &err);
	assert_ok(engine_session_open(engine, &session, &err), &err);
	assert_ok(store_make_staging(shop->store, &staging, &err), &err);
	const struct engine_build build = {
		.sql = sql, .out_folder = staging, .partition_columns = part};
	assert_ok(engine_session_build(session, &build, &output, &err), &err);
	struct engine_output *outputs[] = {&output};
	const struct publish publish = {.key = key,
					.read_version = version,
					.schema = &output.schema,
					.partition_columns = part,
					.operation = "WRITE",
					.vitrine_json = version < 0 ? "{\"run\": \"r\"}" : NULL};
	assert_ok(publish_outputs(shop->store, &delta_fake_parquet, &publish, outputs, 1, &version,
				  &err),
		  &err);
	return version;
}

/* The table's rows at a version, "1|a|2018-01-01 10:00:00;...". */
static char *rows_of(struct shop *shop, const char *key, int64_t version)
{
	struct error err;
	struct engine *engine;
	struct text rows = {0};
	OWNED(delta_snapshot) *snapshot = NULL;
	OWNED(engine_session) *session = NULL;
	OWNED(engine_result) *result = NULL;
	assert_ok(delta_snapshot_open(shop->store, key, version, NULL, &snapshot, &err), &err);
	assert_ok(context_engine(shop->in.context, &engine, &err), &err);
	assert_ok(engine_session_open(engine, &session, &err), &err);
	assert_ok(engine_session_add_table(session, "s", "t", shop->store, snapshot, &err), &err);
	assert_ok(engine_session_query(session, "select id, part, sold from s.t order by id",
				       &result, &err),
		  &err);
	int more;
	while ((more = engine_result_next(result, &err)) == 1)
		for (size_t i = 0; i < 3; i++) {
			const char *value = engine_result_text(result, i, NULL);
			text_addf(&rows, "%s%c", value ? value : "NULL", i == 2 ? ';' : '|');
		}
	assert_ok(more, &err);
	char *text = text_take(&rows, &err);
	assert_non_null(text);
	return text;
}

#define ROW(id, part)                                                                              \
	"select " #id " as id, " part " as part, timestamp '2018-01-0" #id " 10:00:00' as sold"

static void small_files_of_a_partition_become_one(void **state)
{
	struct shop *shop = *state;
	struct error err;
	static const char key[] = "processing/orders";
	OWNED(table_care_report) *report = NULL;
	OWNED(delta_snapshot) *snapshot = NULL;
	append(shop, key, -1, ROW(1, "'a'") " union all " ROW(2, "cast(null as varchar)"));
	append(shop, key, 0, ROW(3, "'a'"));
	append(shop, key, 1, ROW(4, "'b=/%'"));
	append(shop, key, 2, ROW(5, "cast(null as varchar)"));
	publish(shop->store, 3, -1);
	OWNED_MEMORY char *before = rows_of(shop, key, 3);
	assert_ok(table_care_compact(shop->in.context, &REQUEST, NULL, &report, &err), &err);
	assert_int_equal(report->count, 1);
	assert_int_equal(report->items[0].files_before, 5);
	assert_int_equal(report->items[0].files, 3);
	assert_int_equal(report->items[0].version, 4);
	assert_int_equal(published(shop->store, "processing.orders"), 4);
	OWNED_MEMORY char *after = rows_of(shop, key, 4);
	assert_string_equal(after, before);
	assert_string_equal(before, "1|a|2018-01-01 10:00:00;2|NULL|2018-01-02 10:00:00;"
				    "3|a|2018-01-03 10:00:00;4|b=/%|2018-01-04 10:00:00;"
				    "5|NULL|2018-01-05 10:00:00;");
	/* what reads it sees no change */
	assert_ok(delta_snapshot_open(shop->store, key, 4, NULL, &snapshot, &err), &err);
	assert_int_equal(delta_snapshot_data_version(snapshot), 3);
	assert_int_equal(delta_snapshot_rows(snapshot), 5);
	assert_int_equal(delta_snapshot_bytes(snapshot), report->items[0].bytes);
	/* and there is nothing more to do */
	table_care_report_free(TAKE(report));
	const char *const names[] = {"orders", "processing.orders", NULL};
	assert_ok(table_care_compact(shop->in.context, &REQUEST, names, &report, &err), &err);
	assert_int_equal(report->count, 1);
	assert_int_equal(report->items[0].version, 4);
	assert_false(report->published);
	/* compaction is nothing to undo */
	table_care_report_free(TAKE(report));
	assert_ok(table_care_restore(shop->in.context, &REQUEST, "orders", 3, &report, &err), &err);
	assert_int_equal(report->items[0].version, 4);
}

static void compacting_never_publishes_what_a_stopped_run_left(void **state)
{
	struct shop *shop = *state;
	struct error err;
	static const char key[] = "processing/orders";
	OWNED(table_care_report) *report = NULL;
	append(shop, key, -1, ROW(1, "'a'"));
	append(shop, key, 0, ROW(2, "'a'"));
	publish(shop->store, 1, -1);
	append(shop, key, 1, ROW(3, "'a'"));
	assert_fails(table_care_compact(shop->in.context, &REQUEST, NULL, &report, &err), &err,
		     ERR_CONFLICT);
	assert_non_null(strstr(err.hint, "vitrine run"));
	assert_int_equal(published(shop->store, "processing.orders"), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_shop, close_shop)
	const struct CMUnitTest tests[] = {
		TEST(a_restored_table_has_its_old_files_in_a_new_version),
		TEST(the_next_run_takes_a_restored_table_for_up_to_date),
		TEST(what_reads_a_restored_table_is_built_again),
		TEST(a_restored_set_is_up_to_date_as_a_whole),
		TEST(tables_that_came_after_the_set_stay),
		TEST(restoring_what_is_there_changes_nothing),
		TEST(a_version_that_cannot_be_restored_is_refused_before_anything_changes),
		TEST(each_is_a_run_in_the_history),
		TEST(a_restore_that_stops_anywhere_can_be_done_again),
		TEST(only_what_nothing_makes_can_be_dropped),
		TEST(vacuum_keeps_what_a_set_within_the_retention_needs),
		TEST(a_restored_file_is_needed_again),
		TEST(every_refused_allocation_is_reported),
		TEST(small_files_of_a_partition_become_one),
		TEST(compacting_never_publishes_what_a_stopped_run_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
