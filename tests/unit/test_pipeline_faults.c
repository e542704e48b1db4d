/* SPDX-License-Identifier: Apache-2.0 */
/* A run whose store fails, or stops for good, at step n, for every n: afterwards readers see
 * exactly the old set or the new one (or, of a run that went on, the new one but for what depends
 * on the failure), the next run finishes the work, nothing is loaded twice, and no file is left
 * that nobody owns. Every third step by default, from a place that moves with the kind of fault;
 * all of them with VITRINE_LONG. */
#include "support/support.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/process.h"
#include "base/text.h"
#include "delta/delta.h"
#include "engine/engine.h"
#include "pipeline/context.h"
#include "pipeline/project.h"
#include "pipeline/rejects.h"
#include "pipeline/run.h"
#include "pipeline/set.h"
#include "store/store.h"
#include "support/store_fault.h"

/* The recommender makes three tables and an artifact: all or none of them. */
static const char VITRINE_YAML[] =
	"name: shop\nthreads: 1\nmemory: 512 MiB\n"
	"recommenders:\n"
	"  goods:\n"
	"    events: {table: orders, person: order_id, item: state, time: date '2024-01-01'}\n"
	"    models: popularity\n";
static const char ORDERS_YAML[] = "files: in/orders-*.csv\n"
				  "load: append\n"
				  "max_rejects: 50 %\n"
				  "settle: 0 s\n"
				  "columns:\n"
				  "  - {name: order_id, type: bigint, null: no}\n"
				  "  - {name: state, type: text}\n"
				  "  - {name: price, type: 'decimal(18,2)'}\n";
static const char STATES_YAML[] = "files: in/states.csv\n"
				  "settle: 0 s\n"
				  "columns:\n"
				  "  - {name: state, type: text}\n"
				  "  - {name: region, type: text}\n";
static const char SALES_SQL[] = "-- Sales by region.\n"
				"select r.region, sum(o.price) as revenue, count(*) as orders\n"
				"from orders o join states r on r.state = o.state\n"
				"group by r.region\n";

static const char *const TABLES[] = {"delivery.sales", "processing.orders", "processing.states"};
enum { TABLE_COUNT = sizeof TABLES / sizeof *TABLES };

/* What a reader of the newest set sees: the revenue in cents and the rows of each table. */
struct view {
	int64_t set, cents, rows[TABLE_COUNT];
};

static void write_project(const char *folder)
{
	static const char *const folders[] = {"sources", "models", "models/delivery", "in"};
	struct error err;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		char *path = file_join(folder, folders[i], &err);
		assert_ok(file_make_folders(path, 0755, &err), &err);
		free(path);
	}
	support_write_file(folder, "vitrine.yaml", VITRINE_YAML);
	support_write_file(folder, "sources/orders.yaml", ORDERS_YAML);
	support_write_file(folder, "sources/states.yaml", STATES_YAML);
	support_write_file(folder, "models/delivery/sales.sql", SALES_SQL);
	support_write_file(folder, "in/states.csv", "state,region\nSP,south-east\nRS,south\n");
	support_write_file(folder, "in/orders-1.csv",
			   "order_id,state,price\n1,SP,10.00\n2,RS,5.50\nx,SP,1.00\n");
}

/* A second delivery: one more file of orders, another content of states. */
static void deliver(const char *folder)
{
	support_write_file(folder, "in/orders-2.csv",
			   "order_id,state,price\n3,SP,4.50\ny,RS,2.00\n4,BA,100.25\n");
	support_write_file(folder, "in/states.csv",
			   "state,region\nSP,south-east\nRS,south\nBA,north-east\n");
}

static const struct view BEFORE = {.cents = 1550, .rows = {2, 2, 2}};
static const struct view AFTER = {.cents = 12025, .rows = {3, 4, 3}};

/* Run on `store`, which is used up. 0, or negative with why. */
static int run_on(const char *folder, struct store *store, struct error *err)
{
	OWNED(project) *project = NULL;
	OWNED(context) *context = NULL;
	OWNED(run_report) *report = NULL;
	struct run_request request = {.command = "run"};
	assert_ok(project_open(folder, NULL, &project, err), err);
	assert_ok(context_open_on(project, store, &context, err), err);
	return run_pipeline(context, &request, &report, err);
}

static struct store *open_lake(const char *folder)
{
	struct error err;
	struct store *store;
	char *lake = file_join(folder, "lake", &err);
	assert_ok(store_open(lake, &store, &err), &err);
	free(lake);
	return store;
}

static void run_well(const char *folder)
{
	struct error err;
	assert_ok(run_on(folder, open_lake(folder), &err), &err);
}

static int64_t sum_cents(struct context *context, const struct delta_snapshot *snapshot)
{
	struct error err;
	struct engine *engine;
	OWNED(engine_session) *session = NULL;
	OWNED(engine_result) *result = NULL;
	assert_ok(context_engine(context, &engine, &err), &err);
	assert_ok(engine_session_open(engine, &session, &err), &err);
	assert_ok(engine_session_add_table(session, "delivery", "sales", context_store(context),
					   snapshot, &err),
		  &err);
	assert_ok(engine_session_query(session,
				       "select cast(100 * sum(revenue) as bigint) "
				       "from delivery.sales",
				       &result, &err),
		  &err);
	assert_int_equal(engine_result_next(result, &err), 1);
	return engine_result_int(result, 0);
}

static struct view look(const char *folder)
{
	struct view view = {0};
	struct error err;
	OWNED(project) *project = NULL;
	OWNED(context) *context = NULL;
	OWNED(set) *set = NULL;
	assert_ok(project_open(folder, NULL, &project, &err), &err);
	assert_ok(context_open_on(project, open_lake(folder), &context, &err), &err);
	assert_ok(set_read_newest(context_store(context), &set, &err), &err);
	view.set = set->number;
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		const struct set_table *table = set_find(set, TABLES[i]);
		OWNED(delta_snapshot) *snapshot = NULL;
		assert_non_null(table);
		assert_ok(delta_snapshot_open(context_store(context), table->key, table->version,
					      NULL, &snapshot, &err),
			  &err);
		view.rows[i] = delta_snapshot_rows(snapshot);
		if (i == 0)
			view.cents = sum_cents(context, snapshot);
	}
	return view;
}

static bool is_view(const struct view *seen, const struct view *expected)
{
	return seen->cents == expected->cents &&
	       memcmp(seen->rows, expected->rows, sizeof seen->rows) == 0;
}

/* A run that a failure did not stop publishes what it could: a table below a failed step keeps its
 * old version, so sales are new only where all they are made of is. */
static bool is_partial(const struct view *seen)
{
	return seen->cents == BEFORE.cents && seen->rows[0] == BEFORE.rows[0] &&
	       (seen->rows[1] == BEFORE.rows[1] || seen->rows[1] == AFTER.rows[1]) &&
	       (seen->rows[2] == BEFORE.rows[2] || seen->rows[2] == AFTER.rows[2]);
}

static void nobody_owns_nothing(const char *folder)
{
	static const char *const keys[] = {"processing/orders", "processing/states",
					   "delivery/sales", REJECTS_TABLE};
	struct error err;
	OWNED(store) *store = open_lake(folder);
	OWNED(store_list) *left = NULL;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		HELD(text) orphans = {0};
		int count = delta_orphans(store, keys[i], NULL, &orphans, &err);
		assert_ok(count, &err);
		if (count > 0)
			fail_msg("nobody owns %s", orphans.data);
	}
	assert_ok(store_leftovers(store, false, &left, &err), &err);
	assert_int_equal(left->count, 0);
}

static char *copy_of(const char *folder)
{
	char *copy = support_make_folder();
	char from[4096];
	snprintf(from, sizeof from, "%s/.", folder);
	pid_t child = fork();
	if (child == 0) {
		execlp("cp", "cp", "-a", from, copy, (char *)NULL);
		_exit(127);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	return copy;
}

/* The run that meets the fault is a process of its own, as a machine that stops ends its processes:
 * so its lease is that of a dead one. */
static void run_with_fault(const char *folder, const struct store_fault *fault)
{
	pid_t child = fork();
	if (child == 0) {
		struct error err = {0};
		struct store *faulty, *real = open_lake(folder);
		if (store_fault_new(real, &faulty, &err) < 0)
			_exit(99);
		store_fault_set(faulty, fault);
		_exit(run_on(folder, faulty, &err) < 0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_in_range(WEXITSTATUS(status), 0, 1);
}

/* One fault in a copy of the world. */
static void try_fault(const char *world, const struct store_fault *fault)
{
	char *folder = copy_of(world);
	deliver(folder);
	run_with_fault(folder, fault);
	struct view seen = look(folder);
	if (!is_view(&seen, &BEFORE) && !is_view(&seen, &AFTER) &&
	    !(is_partial(&seen) && !fault->stop))
		fail_msg("fault %lld%s%s: %lld cents, rows %lld %lld %lld", (long long)fault->at,
			 fault->stop ? " stop" : "", fault->effect ? " effect" : "",
			 (long long)seen.cents, (long long)seen.rows[0], (long long)seen.rows[1],
			 (long long)seen.rows[2]);
	run_well(folder);
	seen = look(folder);
	if (!is_view(&seen, &AFTER))
		fail_msg("fault %lld%s%s: after the next run %lld cents, rows %lld %lld %lld",
			 (long long)fault->at, fault->stop ? " stop" : "",
			 fault->effect ? " effect" : "", (long long)seen.cents,
			 (long long)seen.rows[0], (long long)seen.rows[1], (long long)seen.rows[2]);
	nobody_owns_nothing(folder);
	support_remove_folder(folder);
}

/* How many writes a run of the second delivery makes. */
static int64_t count_writes(const char *world)
{
	struct error err;
	char *folder = copy_of(world);
	struct store *real = open_lake(folder), *counting;
	assert_ok(store_fault_new(real, &counting, &err), &err);
	store_fault_set(counting, &(struct store_fault){.writes_only = true});
	deliver(folder);
	OWNED(project) *project = NULL;
	OWNED(run_report) *report = NULL;
	struct context *context = NULL;
	struct run_request request = {.command = "run"};
	assert_ok(project_open(folder, NULL, &project, &err), &err);
	assert_ok(context_open_on(project, counting, &context, &err), &err);
	assert_ok(run_pipeline(context, &request, &report, &err), &err);
	int64_t count = store_fault_count(counting);
	context_close(context);
	store_free(real);
	support_remove_folder(folder);
	return count;
}

static void sweep(void **state, struct store_fault fault, int64_t first)
{
	const char *world = *state;
	int64_t count = count_writes(world), step = getenv("VITRINE_LONG") ? 1 : 3;
	assert_true(count > 10);
	fault.writes_only = true;
	for (int64_t at = step == 1 ? 1 : first; at <= count; at += step) {
		fault.at = at;
		try_fault(world, &fault);
	}
}

static void a_write_that_fails_loses_nothing(void **state)
{
	sweep(state, (struct store_fault){0}, 1);
}

static void a_write_whose_success_is_lost_loads_nothing_twice(void **state)
{
	sweep(state, (struct store_fault){.effect = true, .kind = ERR_NETWORK}, 2);
}

static void a_machine_that_stops_leaves_the_old_or_the_new(void **state)
{
	sweep(state, (struct store_fault){.stop = true}, 3);
}

static void a_machine_that_stops_after_a_write_leaves_the_old_or_the_new(void **state)
{
	sweep(state, (struct store_fault){.stop = true, .effect = true}, 1);
}

static void a_disk_that_fills_up_loses_nothing(void **state)
{
	sweep(state, (struct store_fault){.kind = ERR_DISK_FULL}, 2);
}

static int make_world(void **state)
{
	char *folder = support_make_folder();
	write_project(folder);
	run_well(folder);
	struct view seen = look(folder);
	assert_true(is_view(&seen, &BEFORE));
	*state = folder;
	return 0;
}

static int remove_world(void **state)
{
	support_remove_folder(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_write_that_fails_loses_nothing),
		cmocka_unit_test(a_write_whose_success_is_lost_loads_nothing_twice),
		cmocka_unit_test(a_machine_that_stops_leaves_the_old_or_the_new),
		cmocka_unit_test(a_machine_that_stops_after_a_write_leaves_the_old_or_the_new),
		cmocka_unit_test(a_disk_that_fills_up_loses_nothing),
	};
	return cmocka_run_group_tests(tests, make_world, remove_world);
}
