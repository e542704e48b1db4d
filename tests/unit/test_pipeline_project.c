/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/project.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/yaml.h"
#include "support/support.h"

static const char CONTRACT[] = "files: in/x.csv\ncolumns: [id]\n";
static const char MODEL[] = "/* What it is. */\nselect 1 as x\n";

static char *make_project(const char *settings)
{
	char *root = support_make_folder();
	support_write_file(root, "vitrine.yaml", settings);
	return root;
}

static struct project *open_project(const char *root, const char *target)
{
	struct project *project = NULL;
	struct error err = {0};
	assert_ok(project_open(root, target, &project, &err), &err);
	return project;
}

static void expect_below(const char *root, const char *path, const char *below)
{
	char expected[512];
	snprintf(expected, sizeof expected, "%s/%s", root, below);
	assert_string_equal(path, expected);
}

static void an_empty_file_is_a_project(void **state)
{
	char *root = make_project("");
	OWNED(project) *project = open_project(root, NULL);
	(void)state;
	assert_string_equal(project->root, root);
	assert_true(text_is_name(project->name));
	assert_string_equal(project->time_zone, "UTC");
	assert_string_equal(project->target, "prod");
	assert_string_equal(project->engine, "duckdb");
	expect_below(root, project->lake, "lake");
	expect_below(root, project->state, ".vitrine");
	assert_null(project->reads);
	assert_null(project->schedule);
	assert_int_equal(project->memory_bytes, 0);
	assert_int_equal(project->retention_us, INT64_C(7) * 86400 * 1000000);
	assert_string_equal(project_database(project, "dl_processing_zone"), "processing");
	assert_string_equal(project_database(project, "landing"), "landing");
	assert_null(project_database(project, "public"));
	assert_int_equal(project->source_count + project->model_count + project->check_count, 0);
	assert_null(project_source(project, "x"));
	assert_null(project_model(project, "delivery", "x"));
	assert_int_not_equal(access(project->state, F_OK), 0); /* nothing was touched */
	support_remove_folder(root);
}

static void every_setting_is_read(void **state)
{
	setenv("VITRINE_TEST_LAKE", "/data/lake/", 1);
	char *root = make_project(
		"name: shop\ndescription: Our shop.\ntime_zone: America/Sao_Paulo\n"
		"lake: ${VITRINE_TEST_LAKE}\nengine: duckdb\nmemory: 2 GiB\nthreads: 2\n"
		"max_disk: 1 GB\nretention: 30 days\nschedule: 0 */2 * * *\n"
		"databases:\n  delivery: {aliases: [gold, marts]}\n"
		"recommenders:\n  products:\n"
		"    events: {table: sales, person: buyer, item: sku, time: day, price: price}\n"
		"    persons: {table: delivery.buyers, person: id, segment: state}\n"
		"    length: 5\n    seen: include\n    models: [popularity, 'knn:shrinkage=3']\n"
		"    filters: {cheap: price < 5}\n    items: {sql: select * from skus, item: sku}\n"
		"    tables: {recommendations: shelf, similar: none}\n");
	OWNED(project) *project = open_project(root, "prod");
	(void)state;
	assert_string_equal(project->name, "shop");
	assert_string_equal(project->description, "Our shop.");
	assert_string_equal(project->time_zone, "America/Sao_Paulo");
	assert_string_equal(project->lake, "/data/lake");
	assert_int_equal(project->memory_bytes, INT64_C(2) << 30);
	assert_int_equal(project->threads, 2);
	assert_int_equal(project->max_disk_bytes, 1000000000);
	assert_int_equal(project->retention_us, INT64_C(30) * 86400 * 1000000);
	assert_string_equal(project->schedule, "0 */2 * * *");
	assert_string_equal(project_database(project, "gold"), "delivery");
	assert_string_equal(project_database(project, "dl_delivery_zone"), "delivery");
	assert_int_equal(project->recommender_count, 1);
	assert_string_equal(project->recommenders[0].name, "products");
	const struct recommender *recommender = &project->recommenders[0];
	assert_int_equal(recommender->length, 5);
	assert_true(recommender->keep_seen);
	assert_int_equal(recommender->models.count, 2);
	assert_int_equal(recommender->filter_count, 1);
	assert_null(recommender->names[RECOMMENDER_SIMILAR]);
	const struct model *shelf = project_model(project, "delivery", "shelf");
	assert_non_null(shelf);
	assert_string_equal(shelf->key.items[0], "buyer");
	assert_non_null(model_column_named(shelf, "sku"));
	assert_ptr_equal(shelf->recommender, recommender);
	assert_non_null(project_model(project, "delivery", "price_band_affinity"));
	assert_non_null(project_model(project, "delivery", "recommender_report"));
	assert_null(project_model(project, "delivery", "similar_items"));
	support_remove_folder(root);
}

static void a_target_changes_what_it_names(void **state)
{
	char *root = make_project(
		"lake: s3://shop/lake\nmemory: 1 GB\nthreads: 4\n"
		"targets:\n  dev:\n  stage: {lake: ../stage, threads: 1, reads: none}\n"
		"  mine: {reads: stage, retention: 1 day, engine: duckdb}\n");
	OWNED(project) *dev = open_project(root, "dev");
	OWNED(project) *stage = open_project(root, "stage");
	OWNED(project) *mine = open_project(root, "mine");
	(void)state;
	assert_string_equal(dev->target, "dev");
	expect_below(root, dev->lake, "lake-dev");
	expect_below(root, dev->state, ".vitrine/targets/dev");
	assert_string_equal(dev->reads, "prod");
	assert_string_equal(dev->reads_lake, "s3://shop/lake");
	assert_int_equal(dev->threads, 4);
	assert_int_equal(dev->memory_bytes, 1000000000);
	assert_int_equal(stage->threads, 1);
	assert_null(stage->reads);
	assert_null(stage->reads_lake);
	assert_string_equal(mine->reads_lake, stage->lake);
	assert_int_equal(mine->retention_us, INT64_C(86400) * 1000000);
	support_remove_folder(root);
}

static void expect_failure(const char *root, const char *target, enum error_kind kind,
			   const char *place, const char *message, const char *hint)
{
	struct project *project = NULL;
	struct error err = {0};
	char found[600];
	assert_fails(project_open(root, target, &project, &err), &err, kind);
	snprintf(found, sizeof found, "%s:%d:%d", err.file, err.line, err.column);
	assert_string_equal(err.message, message);
	assert_string_equal(found, place);
	if (hint)
		assert_string_equal(err.hint, hint);
}

static void expect_wrong(const char *settings, int line, int column, const char *message,
			 const char *hint)
{
	char *root = make_project(settings), place[64];
	snprintf(place, sizeof place, "vitrine.yaml:%d:%d", line, column);
	expect_failure(root, NULL, ERR_PROJECT, place, message, hint);
	support_remove_folder(root);
}

static void wrong_settings_are_told_with_their_place(void **state)
{
	(void)state;
	expect_wrong("name: shop\nlaek: x\n", 2, 1, "vitrine.yaml has no key \"laek\"",
		     "Did you mean \"lake\"?");
	expect_wrong("name: Shop\n", 1, 7, "\"Shop\" is not a name", NULL);
	expect_wrong("time_zone: Sao_Paulo\n", 1, 12, "the time zone \"Sao_Paulo\" is not known",
		     NULL);
	expect_wrong("engine: duck\n", 1, 9, "\"duck\" is not duckdb", NULL);
	expect_wrong("schedule: daily\n", 1, 11, "\"daily\" is no minute from 0 to 59", NULL);
	expect_wrong("lake: .\n", 1, 7, "the lake cannot be a folder that holds the project", NULL);
	expect_wrong("lake: /\n", 1, 7, "the lake cannot be a folder that holds the project", NULL);
	expect_wrong("lake: /tmp\n", 1, 7, "the lake cannot be a folder that holds the project",
		     NULL);
	expect_wrong("databases: {landing: {aliases: processing}}\n", 1, 32,
		     "\"processing\" is the name of a database already", NULL);
	expect_wrong("databases: {landing: {aliases: [a, a]}}\n", 1, 32,
		     "\"a\" is the name of a database already", NULL);
	expect_wrong("databases: {landing: {alias: [a]}}\n", 1, 23,
		     "a database has no key \"alias\"", "Did you mean \"aliases\"?");
	expect_wrong("targets: {prod: {}}\n", 1, 11,
		     "\"prod\" is the project itself: its settings stand at the top", NULL);
	expect_wrong("targets: {dev: {lake: lake/}}\n", 1, 23,
		     "target \"dev\" would write into another target's lake", NULL);
	expect_wrong("targets: {dev: {reads: dev}}\n", 1, 24, "\"dev\" is no other target", NULL);
	expect_wrong("targets: [dev]\n", 1, 10,
		     "targets is a mapping of names to settings, not a list", NULL);
	expect_wrong("recommenders: {x: 1}\n", 1, 19,
		     "a recommender is a mapping of keys to values, not a text", NULL);
	expect_wrong("recommenders: {x: {}}\n", 1, 19, "a recommender lacks the key \"events\"",
		     NULL);
	expect_wrong("recommenders: {x: {event: {table: t}}}\n", 1, 20,
		     "a recommender has no key \"event\"", "Did you mean \"events\"?");
	expect_wrong("recommenders: {x: {events: {person: p}}}\n", 1, 28,
		     "events come from one table or one SELECT",
		     "Write `table: delivery.sales` or `sql: select ...`.");
	expect_wrong("recommenders: {x: {events: {table: t, person: lower(p)}}}\n", 1, 47,
		     "\"lower(p)\" is not a name",
		     "The tables made call their column so: for an expression write `sql:` and "
		     "give it a name there.");
	expect_wrong("recommenders: {x: {events: {table: t}, seen: maybe}}\n", 1, 46,
		     "\"maybe\" is not exclude or include", NULL);
	expect_wrong("recommenders: {x: {events: {table: t}, length: 0}}\n", 1, 48,
		     "a list has 1 to 200 items", NULL);
	expect_wrong("recommenders: {x: {events: {table: t}, models: [popularity, kn]}}\n", 1, 61,
		     "no recommender is called \"kn\"", "Did you mean knn?");
	expect_wrong("recommenders: {x: {events: {table: t}, filters: {a: b > 1}}}\n", 1, 49,
		     "filters are conditions over `items:`, which is not given", NULL);
	expect_wrong("recommenders: {x: {events: {table: t}, tables: {recommendations: none}}}\n",
		     1, 66, "a recommender always makes its recommendations", NULL);
	expect_wrong("recommenders: {x: {events: {table: t}, tables: {affinity: bands}}}\n", 1, 19,
		     "price bands need `price:` in `events:`", NULL);
	expect_wrong("recommenders: {x: {events: {table: t}}, y: {events: {table: t}}}\n", 1, 44,
		     "recommenders \"x\" and \"y\" both make delivery.recommendations",
		     "Give the tables of \"y\" names of their own: `tables: {recommendations: "
		     "y_recommendations, similar: ..., affinity: ..., report: ...}`.");
	expect_wrong("- a\n", 1, 1, "vitrine.yaml is a mapping of keys to values, not a list",
		     NULL);
}

static void what_comes_later_says_so(void **state)
{
	char *root = make_project("engine: spark\n");
	(void)state;
	expect_failure(root, NULL, ERR_UNSUPPORTED, "vitrine.yaml:1:9",
		       "the engine \"spark\" is kept for a later release", NULL);
	support_remove_folder(root);
}

static void an_unknown_target_is_a_usage_error(void **state)
{
	char *root = make_project("targets: {staging: {}}\n");
	(void)state;
	expect_failure(root, "stagin", ERR_USAGE, ":0:0", "the project has no target \"stagin\"",
		       "Did you mean \"staging\"?");
	expect_failure(root, "qwertyuiop", ERR_USAGE, ":0:0",
		       "the project has no target \"qwertyuiop\"",
		       "Its targets are prod, staging.");
	support_remove_folder(root);
}

static void sources_models_and_checks_are_found(void **state)
{
	char *root = make_project("");
	(void)state;
	support_write_file(root, "sources/b.yaml", CONTRACT);
	support_write_file(root, "sources/a.yaml", CONTRACT);
	support_write_file(root, "sources/a_1.yaml", CONTRACT);
	support_write_file(root, "sources/.hidden.yaml", "not: [valid");
	support_write_file(root, "sources/README.md", "Notes.");
	support_write_file(root, "sources/a.yaml~", "not: [valid");
	support_write_file(root, "models/delivery/z.sql", MODEL);
	support_write_file(root, "models/delivery/b.sql", MODEL);
	support_write_file(root, "models/processing/m.sql", MODEL);
	support_write_file(root, "models/README.md", "Notes.");
	support_write_file(root, "checks/c.sql", "-- table: processing.m\nselect 1 where false\n");
	OWNED(project) *project = open_project(root, NULL);
	assert_int_equal(project->source_count, 3);
	assert_string_equal(project->sources[0].name, "a");
	assert_string_equal(project->sources[1].name, "a_1");
	assert_string_equal(project->sources[2].path, "sources/b.yaml");
	assert_int_equal(project->model_count, 3);
	assert_string_equal(project->models[0].name, "m");
	assert_ptr_equal(project_model(project, "processing", "m"), &project->models[0]);
	assert_ptr_equal(project_model(project, "delivery", "b"), &project->models[1]);
	assert_ptr_equal(project_model(project, "delivery", "z"), &project->models[2]);
	assert_null(project_model(project, "delivery", "m"));
	assert_ptr_equal(project_source(project, "a_1"), &project->sources[1]);
	assert_null(project_source(project, "c"));
	assert_int_equal(project->check_count, 1);
	assert_string_equal(project->checks[0].table, "processing.m");
	support_remove_folder(root);
}

static void expect_stray(const char *name, const char *text, const char *place, const char *message,
			 const char *hint)
{
	char *root = make_project("");
	support_write_file(root, name, text);
	expect_failure(root, NULL, ERR_PROJECT, place, message, hint);
	support_remove_folder(root);
}

static void files_that_would_be_overlooked_are_told(void **state)
{
	(void)state;
	expect_stray("sources/a.yml", CONTRACT, "sources/a.yml:0:0",
		     "the name of a source contract ends in .yaml", NULL);
	expect_stray("sources/sub/a.yaml", CONTRACT, "sources/sub:0:0",
		     "a source contract lies in sources itself, not in a folder below it", NULL);
	expect_stray("sources/Olist Orders.yaml", CONTRACT, "sources/Olist Orders.yaml:0:0",
		     "\"Olist Orders\" cannot be the name of a source contract",
		     "Names are lower-case letters, digits and _: olist_orders.yaml.");
	expect_stray("models/a.sql", MODEL, ":0:0", "\"models/a.sql\" makes no table", NULL);
	expect_stray("models/staging/a.sql", MODEL, ":0:0", "\"models/staging\" makes no table",
		     NULL);
	expect_stray("models/delivery/A.SQL", MODEL, "models/delivery/A.SQL:0:0",
		     "the name of a model ends in .sql", NULL);
	expect_stray("models/delivery/x.sql", "select '\xFF'\n", "models/delivery/x.sql:0:0",
		     "a model is not text in UTF-8", NULL);
	expect_stray("checks/c.sql", "select 1\n", "checks/c.sql:1:1",
		     "a check's comment lacks the key \"table\"", NULL);
	expect_stray("sources/a.yaml", "columns: [id]\nfils: x\n", "sources/a.yaml:2:1",
		     "a source contract has no key \"fils\"", "Did you mean \"files\"?");
}

static void a_table_defined_twice_names_both_files(void **state)
{
	char *root = make_project("");
	(void)state;
	support_write_file(root, "sources/orders.yaml", CONTRACT);
	support_write_file(root, "models/delivery/orders.sql", MODEL);
	project_close(open_project(root, NULL)); /* another database: another table */
	support_write_file(root, "models/processing/orders.sql", MODEL);
	expect_failure(root, NULL, ERR_PROJECT, "models/processing/orders.sql:1:1",
		       "processing.orders is defined twice, by sources/orders.yaml and by "
		       "models/processing/orders.sql",
		       NULL);
	support_remove_folder(root);
}

static void the_example_is_a_project(void **state)
{
	OWNED(project) *project = open_project(TEST_SOURCE_ROOT "/examples/olist", NULL);
	(void)state;
	assert_string_equal(project->name, "olist");
	assert_int_equal(project->source_count, 9);
	assert_non_null(project_source(project, "olist_orders"));
	assert_non_null(project_model(project, "delivery", "sales_daily"));
}

/* ---- finding ---- */

static void the_nearest_project_upwards_is_found(void **state)
{
	char *root = make_project(""), below[512], *found = NULL, *here = getcwd(NULL, 0);
	struct error err = {0};
	(void)state;
	unsetenv("VITRINE_PROJECT");
	support_write_file(root, "a/b/file", "");
	snprintf(below, sizeof below, "%s/a/b", root);
	assert_int_equal(chdir(below), 0);
	assert_ok(project_find(NULL, &found, &err), &err);
	assert_string_equal(found, root);
	free(found);
	assert_fails(project_find(".", &found, &err), &err, ERR_NOT_FOUND);
	assert_string_equal(err.file, "");
	assert_ok(project_find("../..", &found, &err), &err);
	assert_string_equal(found, root);
	free(found);
	assert_int_equal(chdir("/"), 0);
	assert_fails(project_find(NULL, &found, &err), &err, ERR_NOT_FOUND);
	assert_string_equal(err.message, "no vitrine.yaml in \"/\" or any folder above it");
	setenv("VITRINE_PROJECT", root, 1);
	assert_ok(project_find(NULL, &found, &err), &err);
	assert_string_equal(found, root);
	free(found);
	unsetenv("VITRINE_PROJECT");
	assert_fails(project_find("/no/such/folder", &found, &err), &err, ERR_NOT_FOUND);
	assert_int_equal(chdir(here), 0);
	free(here);
	support_remove_folder(root);
}

static void a_missing_vitrine_yaml_is_not_found(void **state)
{
	char *root = support_make_folder();
	struct project *project = NULL;
	struct error err = {0};
	(void)state;
	assert_fails(project_open(root, NULL, &project, &err), &err, ERR_NOT_FOUND);
	support_remove_folder(root);
}

static void the_state_folder_is_closed_to_others(void **state)
{
	char *root = make_project("targets: {dev: {}}\n");
	OWNED(project) *project = open_project(root, "dev");
	struct error err;
	struct stat st;
	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_ok(project_make_state(project, &err), &err);
		assert_int_equal(stat(project->state, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0700);
		assert_int_equal(chmod(project->state, 0755), 0);
	}
	support_remove_folder(root);
}

/* ---- fingerprints ---- */

static void fingerprint_of(const char *root, const char *settings, const char *contract,
			   char out[HASH_HEX_SIZE])
{
	struct error err;
	support_write_file(root, "vitrine.yaml", settings);
	support_write_file(root, "sources/a.yaml", contract);
	OWNED(project) *project = open_project(root, NULL);
	assert_ok(project_source_fingerprint(project, &project->sources[0], out, &err), &err);
}

static void a_source_fingerprint_sees_what_changes_rows(void **state)
{
	static const char *const others[] = {
		"key: id\ncolumns: [{name: id, type: bigint}, b]\n",
		"key: id\ncolumns: [{name: id, header: ID}, b]\n",
		"key: id\ncolumns: [{name: id, null: no}, b]\n",
		"key: id\ncolumns: [b, id]\n",
		"key: [id, b]\ncolumns: [id, b]\n",
		"key: id\nload: merge\ncolumns: [id, b]\n",
		"key: id\nformat: {quote: none}\ncolumns: [id, b]\n",
		"key: id\nformat: {null: [NA]}\ncolumns: [id, b]\n",
		"key: id\ndrift: {new_column: discard_value}\ncolumns: [id, b]\n"};
	static const char *const same[] = {
		"key: id\ndescription: Said.\ntags: [x]\nsettle: 1 h\nmax_rejects: 3\n"
		"files: in/*.csv\ncolumns: [{name: id, personal: yes, description: D}, b]\n"
		"checks:\n  - unique: b\n"};
	char *root = support_make_folder(), first[HASH_HEX_SIZE], other[HASH_HEX_SIZE];
	(void)state;
	fingerprint_of(root, "", "key: id\ncolumns: [id, b]\n", first);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		fingerprint_of(root, "", others[i], other);
		if (strcmp(first, other) == 0)
			fail_msg("not seen: %s", others[i]);
	}
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		fingerprint_of(root, "", same[i], other);
		assert_string_equal(first, other);
	}
	fingerprint_of(root, "time_zone: America/Sao_Paulo\n", "key: id\ncolumns: [id, b]\n",
		       other);
	assert_string_not_equal(first, other);
	support_remove_folder(root);
}

static void model_fingerprint_of(const char *root, const char *sql, char out[HASH_HEX_SIZE])
{
	struct error err;
	support_write_file(root, "vitrine.yaml", "");
	support_write_file(root, "models/delivery/m.sql", sql);
	OWNED(project) *project = open_project(root, NULL);
	assert_ok(project_model_fingerprint(project, &project->models[0], out, &err), &err);
}

static void a_model_fingerprint_sees_types_and_partitions(void **state)
{
	char *root = support_make_folder(), first[HASH_HEX_SIZE], other[HASH_HEX_SIZE];
	(void)state;
	model_fingerprint_of(root, "/* A. */\nselect 1 as x\n", first);
	model_fingerprint_of(root,
			     "/* B.\nkey: x\ncolumns:\n  x: D\n*/\n"
			     "select 2 as x\n",
			     other);
	assert_string_equal(first, other);
	model_fingerprint_of(root, "/* A.\ncolumns:\n  x: {type: bigint}\n*/\nselect 1 as x\n",
			     other);
	assert_string_not_equal(first, other);
	model_fingerprint_of(root, "/* A.\npartition_by: x\n*/\nselect 1 as x\n", other);
	assert_string_not_equal(first, other);
	support_remove_folder(root);
}

/* ---- refused memory ---- */

static int open_once(void *context, struct error *err)
{
	OWNED(project) *project = NULL;
	char hash[HASH_HEX_SIZE];
	TRY(project_open(context, "dev", &project, err));
	TRY(project_source_fingerprint(project, &project->sources[0], hash, err));
	return project_model_fingerprint(project, &project->models[0], hash, err);
}

static void refused_memory_is_told(void **state)
{
	char *root = make_project("targets: {dev: {}}\ndatabases: {landing: {aliases: raw}}\n");
	(void)state;
	support_write_file(root, "sources/a.yaml", CONTRACT);
	support_write_file(root, "models/delivery/b.sql", MODEL);
	support_sweep_allocations(open_once, root);
	support_remove_folder(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_file_is_a_project),
		cmocka_unit_test(every_setting_is_read),
		cmocka_unit_test(a_target_changes_what_it_names),
		cmocka_unit_test(wrong_settings_are_told_with_their_place),
		cmocka_unit_test(what_comes_later_says_so),
		cmocka_unit_test(an_unknown_target_is_a_usage_error),
		cmocka_unit_test(sources_models_and_checks_are_found),
		cmocka_unit_test(files_that_would_be_overlooked_are_told),
		cmocka_unit_test(a_table_defined_twice_names_both_files),
		cmocka_unit_test(the_example_is_a_project),
		cmocka_unit_test(the_nearest_project_upwards_is_found),
		cmocka_unit_test(a_missing_vitrine_yaml_is_not_found),
		cmocka_unit_test(the_state_folder_is_closed_to_others),
		cmocka_unit_test(a_source_fingerprint_sees_what_changes_rows),
		cmocka_unit_test(a_model_fingerprint_sees_types_and_partitions),
		cmocka_unit_test(refused_memory_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
