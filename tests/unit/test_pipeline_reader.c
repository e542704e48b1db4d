/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "catalog/landed.h"
#include "catalog/runs.h"
#include "engine/engine.h"
#include "pipeline/ledger.h"
#include "pipeline/publish.h"
#include "pipeline/reader.h"
#include "pipeline/set.h"
#include "store/store.h"
#include "support/project.h"

static const char RUN[] = "0b5e8f6c-7a0e-4c83-9b0e-3f5f0a3b6c01";

static int open_shop(void **state)
{
	struct support_project *shop = calloc(1, sizeof *shop);
	support_project_make(shop, "name: shop\ntime_zone: America/Sao_Paulo\n"
				   "targets:\n  dev:\n    lake: dev-lake\n    reads: prod\n");
	*state = shop;
	return 0;
}

static int close_shop(void **state)
{
	struct support_project *shop = *state;
	support_project_remove(shop);
	free(shop);
	return 0;
}

/* Commit the rows of `sql` as the next version of "<database>/<name>"; returns it. */
static int64_t commit_rows(struct support_project *shop, const char *key, const char *sql,
			   const char *info)
{
	struct error err;
	struct store *store = context_store(shop->context);
	struct engine *engine;
	OWNED(engine_session) *session = NULL;
	OWNED_MEMORY char *staging = NULL;
	HELD(engine_output) output = {0};
	int64_t version = -1;
	assert_ok(context_engine(shop->context, &engine, &err), &err);
	assert_ok(engine_session_open(engine, &session, &err), &err);
	assert_ok(store_make_staging(store, &staging, &err), &err);
	struct engine_build build = {.sql = sql, .out_folder = staging};
	assert_ok(engine_session_build(session, &build, &output, &err), &err);
	int exists = delta_newest_version(store, key, &version, &err);
	assert_ok(exists, &err);
	struct engine_output *outputs[] = {&output};
	struct publish publish = {.key = key,
				  .read_version = exists ? version : -1,
				  .overwrite = exists,
				  .schema = &output.schema,
				  .description = "a table",
				  .operation = "WRITE",
				  .vitrine_json = info};
	assert_ok(publish_outputs(store, context_parquet(shop->context), &publish, outputs, 1,
				  &version, &err),
		  &err);
	return version;
}

static int64_t publish_set(struct support_project *shop, const char *name, const char *key,
			   int64_t version, int64_t time_us)
{
	struct error err;
	int64_t number;
	OWNED(set) *changes = set_new();
	assert_ok(set_put(changes, name, key, version, "model", &err), &err);
	assert_ok(set_publish(context_store(shop->context), changes, NULL, RUN, time_us, &number,
			      &err),
		  &err);
	return number;
}

static int64_t publish(struct support_project *shop, const char *name, const char *sql,
		       int64_t time_us)
{
	char key[64];
	strcpy(key, name);
	*strchr(key, '.') = '/';
	return publish_set(shop, name, key, commit_rows(shop, key, sql, NULL), time_us);
}

static int64_t instant(const char *iso)
{
	int64_t us;
	assert_true(clock_parse_iso(iso, &us));
	return us;
}

/* All rows: values of a row apart by blanks, rows by bars. */
static int query(struct reader *reader, const char *sql, struct text *out, struct error *err)
{
	HELD(reader_query) query = {0};
	OWNED(engine_result) *result = NULL;
	TRY(reader_prepare(reader, sql, &query, err));
	if (engine_session_query(query.session, query.sql, &result, err) < 0)
		return reader_query_error(&query, err);
	int more;
	text_clear(out);
	text_add(out, "");
	for (int row = 0; (more = engine_result_next(result, err)) > 0; row++) {
		text_add(out, row ? "|" : "");
		for (size_t i = 0; i < engine_result_column_count(result); i++) {
			const char *value = engine_result_text(result, i, NULL);
			text_addf(out, "%s%s", i ? " " : "", value ? value : "NULL");
		}
	}
	TRY(more);
	return text_check(out, err);
}

static void expect(struct reader *reader, const char *sql, const char *expected)
{
	struct error err;
	HELD(text) got = {0};
	assert_ok(query(reader, sql, &got, &err), &err);
	assert_string_equal(got.data, expected);
}

static void expect_failure(struct reader *reader, const char *sql, enum error_kind kind, int line,
			   int column, const char *message)
{
	struct error err = {0};
	HELD(text) got = {0};
	assert_fails(query(reader, sql, &got, &err), &err, kind);
	if (!strstr(err.message, message) || err.line != line || err.column != column)
		fail_msg("%d:%d: %s", err.line, err.column, err.message);
}

static struct reader *open_reader(struct support_project *shop, int64_t set, const char *at,
				  const char *candidate)
{
	struct error err;
	struct reader *reader = NULL;
	struct reader_settings settings = {.set = set, .at = at, .candidate = candidate};
	assert_ok(reader_open(shop->context, &settings, &reader, &err), &err);
	return reader;
}

static void names_are_found_as_people_write_them(void **state)
{
	struct support_project *shop = *state;
	publish(shop, "processing.orders", "select 1 as id, 'p' as s", 1000);
	publish(shop, "processing.single", "select 2 as id", 2000);
	publish(shop, "delivery.orders", "select 3 as id, 'd' as s", 3000);
	OWNED(reader) *reader = open_reader(shop, -1, NULL, NULL);
	expect(reader, "select id from orders", "3");
	expect(reader, "select id from single", "2");
	expect(reader, "select id from processing.orders", "1");
	expect(reader, "select Orders.ID from dl_processing_zone.Orders", "1");
	expect(reader, "select dl_delivery_zone.orders.id from dl_delivery_zone.orders", "3");
	expect(reader, "select id from shop.delivery.orders", "3");
	expect(reader,
	       "select a.id + b.id from orders a join processing.orders b on a.s > b.s or true",
	       "4");
	expect(reader, "with orders as (select 7 as id) select id from orders", "7");
	expect(reader, "select (select max(id) from single) + id from orders", "5");
	expect_failure(reader, "select 1\nfrom oders", ERR_UNDEFINED, 2, 6, "no table \"oders\"");
	expect_failure(reader, "from other.delivery.orders", ERR_DENIED, 1, 6, "");
	expect_failure(reader, "from read_text('/etc/passwd')", ERR_DENIED, 1, 6, "read_text");
	expect_failure(reader, "from _parts.attempts", ERR_UNDEFINED, 1, 6, "_parts");
}

static void errors_stand_where_the_person_wrote_them(void **state)
{
	struct support_project *shop = *state;
	publish(shop, "delivery.orders", "select 3 as id", 3000);
	OWNED(reader) *reader = open_reader(shop, -1, NULL, NULL);
	expect_failure(reader, "select o.id,\n\to.nope from dl_delivery_zone.orders o", ERR_QUERY,
		       2, 2, "nope");
	expect_failure(reader, "select 'é', id from dl_delivery_zone.orders o where nope > 1",
		       ERR_QUERY, 1, 53, "nope");
	expect_failure(reader, "select 1 +", ERR_SYNTAX, 1, 11, "");
	expect_failure(reader, "drop table orders", ERR_UNSUPPORTED, 1, 1, "DROP");
}

static void a_reader_keeps_its_set(void **state)
{
	struct support_project *shop = *state;
	assert_int_equal(publish(shop, "delivery.a", "select 1 as x", 1000), 1);
	OWNED(reader) *reader = open_reader(shop, -1, NULL, NULL);
	assert_int_equal(publish(shop, "delivery.a", "select 2 as x", 2000), 2);
	publish(shop, "delivery.b", "select 9 as x", 3000);
	assert_int_equal(reader_set(reader)->number, 1);
	expect(reader, "select x from a", "1");
	expect_failure(reader, "select x from b", ERR_UNDEFINED, 1, 15, "no table");
	OWNED(reader) *now = open_reader(shop, -1, NULL, NULL);
	expect(now, "select a.x, b.x from a, b", "2 9");
}

static void an_older_set_is_read_by_number_or_time(void **state)
{
	struct support_project *shop = *state;
	struct error err;
	publish(shop, "delivery.a", "select 1 as x", instant("2018-09-03T12:00:00Z"));
	publish(shop, "delivery.a", "select 2 as x", instant("2018-09-04T12:00:00Z"));
	OWNED(reader) *first = open_reader(shop, 1, NULL, NULL);
	expect(first, "select x from a", "1");
	/* 09:30 in the project's zone (-03) is 12:30 UTC */
	OWNED(reader) *then = open_reader(shop, -1, "2018-09-03 09:30", NULL);
	expect(then, "select x from a", "1");
	OWNED(reader) *with_offset = open_reader(shop, -1, "2018-09-04T12:00:01Z", NULL);
	expect(with_offset, "select x from a", "2");
	struct reader *none = NULL;
	struct reader_settings too_early = {.set = -1, .at = "2018-09-03 08:59"};
	assert_fails(reader_open(shop->context, &too_early, &none, &err), &err, ERR_NOT_FOUND);
	struct reader_settings no_time = {.set = -1, .at = "yesterday"};
	assert_fails(reader_open(shop->context, &no_time, &none, &err), &err, ERR_USAGE);
	struct reader_settings no_set = {.set = 7};
	assert_fails(reader_open(shop->context, &no_set, &none, &err), &err, ERR_NOT_FOUND);
}

static void a_table_is_read_as_it_was(void **state)
{
	struct support_project *shop = *state;
	publish(shop, "processing.a", "select 1 as x", instant("2018-09-03T12:00:00Z"));
	publish(shop, "processing.a", "select 2 as x, 'new' as y", instant("2018-09-04T12:00:00Z"));
	OWNED(reader) *reader = open_reader(shop, -1, NULL, NULL);
	expect(reader, "select a.x from processing.a at (version => 0)", "1");
	expect(reader, "select o.x, n.x, n.y from a at (version => 0) o, a n", "1 2 new");
	expect(reader, "select x from a at (timestamp => '2018-09-03 23:00:00')", "1");
	expect(reader, "select x from dl_processing_zone.a at (timestamp => '2018-09-05')", "2");
	expect_failure(reader, "select x from a at (version => 5)", ERR_NOT_FOUND, 1, 15, "");
	expect_failure(reader, "select x\nfrom a at (timestamp => '2017-01-01')", ERR_NOT_FOUND, 2,
		       6, "was not published yet");
	expect_failure(reader, "from vitrine.runs at (version => 1)", ERR_UNSUPPORTED, 1, 6,
		       "has no versions");
}

static void a_target_reads_what_it_lacks_from_another(void **state)
{
	struct support_project *shop = *state;
	publish(shop, "processing.a", "select 'prod' as x", 1000);
	publish(shop, "delivery.b", "select 'prod' as x", 2000);
	support_project_close(shop);
	support_project_open(shop, "dev");
	publish(shop, "delivery.b", "select 'dev' as x", 1000);
	OWNED(reader) *reader = open_reader(shop, -1, NULL, NULL);
	expect(reader, "select a.x, b.x from a, b", "prod dev");
}

static void start_run(struct support_project *shop)
{
	struct error err;
	int64_t number;
	struct catalog_run run = {.id = RUN,
				  .command = "vitrine run",
				  .target = "prod",
				  .code = "1",
				  .process = "here",
				  .business_date = "2018-09-03",
				  .started_us = instant("2018-09-03T12:00:00Z")};
	assert_ok(catalog_runs_start(context_catalog(shop->context), &run, &number, &err), &err);
}

static void a_build_that_was_not_published_is_seen_on_demand(void **state)
{
	struct support_project *shop = *state;
	struct error err;
	publish(shop, "delivery.a", "select 1 as x, timestamp '2018-01-02 03:04:05' as t", 1000);
	start_run(shop);
	struct engine *engine;
	OWNED(engine_session) *session = NULL;
	HELD(engine_output) output = {0};
	OWNED_MEMORY char *below = text_format(&err, "candidates/%s/delivery.a", RUN);
	OWNED_MEMORY char *folder = NULL;
	assert_ok(context_engine(shop->context, &engine, &err), &err);
	assert_ok(engine_session_open(engine, &session, &err), &err);
	assert_ok(context_folder(shop->context, below, &folder, &err), &err);
	struct engine_build build = {.sql = "select 2 as x, timestamp '2018-01-02 03:04:05' as t",
				     .out_folder = folder};
	assert_ok(engine_session_build(session, &build, &output, &err), &err);
	OWNED(reader) *reader = open_reader(shop, -1, NULL, "last");
	expect(reader, "select x, t from a", "2 2018-01-02 03:04:05");
	OWNED(reader) *published = open_reader(shop, -1, NULL, NULL);
	expect(published, "select x from a", "1");
	struct reader *none = NULL;
	struct reader_settings other = {.set = -1, .candidate = "12"};
	assert_fails(reader_open(shop->context, &other, &none, &err), &err, ERR_NOT_FOUND);
}

static void the_schema_vitrine_tells_what_there_is(void **state)
{
	struct support_project *shop = *state;
	publish(shop, "delivery.a", "select 1 as x, 1.5::decimal(9,2) as d from range(3)", 1000);
	start_run(shop);
	OWNED(reader) *reader = open_reader(shop, -1, NULL, NULL);
	expect(reader,
	       "select database, name, kind, version, row_count, files, description "
	       "from vitrine.tables where database = 'delivery'",
	       "delivery a model 0 3 1 a table");
	expect(reader,
	       "select position, name, type from vitrine.columns where table_name = 'a' order by 1",
	       "1 x INTEGER|2 d DECIMAL(9,2)");
	expect(reader, "select run, status, started from vitrine.runs",
	       "1 running 2018-09-03 09:00:00");
	expect(reader,
	       "select run_id = (select run_id from vitrine.run), business_date from "
	       "vitrine.run",
	       "true 2018-09-03");
	expect(reader, "select count(*) from vitrine.steps", "0");
	expect(reader, "select count(*) from vitrine.rejects", "0");
	expect(reader,
	       "select count(*) filter (description is null or description = '') "
	       "from vitrine.columns where database = 'vitrine'",
	       "0");
	/* Every table of the schema can be read, and has the columns it says it has. */
	HELD(text) names = {0};
	struct error err;
	assert_ok(
		query(reader,
		      "select string_agg(name, ' ') from vitrine.tables where database = 'vitrine'",
		      &names, &err),
		&err);
	char *rest = NULL;
	for (char *name = strtok_r(names.data, " ", &rest); name;
	     name = strtok_r(NULL, " ", &rest)) {
		HELD(text) said = {0}, got = {0};
		OWNED_MEMORY char *columns = text_format(
			&err,
			"select name, type from vitrine.columns where table_name = '%s' and "
			"database = 'vitrine' order by position",
			name);
		OWNED_MEMORY char *describe = text_format(
			&err, "select column_name, column_type from (describe vitrine.%s)", name);
		assert_ok(query(reader, columns, &said, &err), &err);
		assert_ok(query(reader, describe, &got, &err), &err);
		assert_string_equal(said.data, got.data);
	}
	HELD(text) shown = {0};
	assert_ok(query(reader, "show tables", &shown, &err), &err);
	assert_non_null(strstr(shown.data, "delivery a model 0 3 a table|vitrine check_results"));
}

static void only_rejects_whose_rows_were_committed_are_shown(void **state)
{
	struct support_project *shop = *state;
	struct error err;
	static const struct catalog_landed file = {.logical = "orders.csv",
						   .sha256 = "ab12",
						   .key = "landing/raw/orders.csv",
						   .attempt = "first",
						   .size = 120,
						   .landed_us = 1000,
						   .records = 4,
						   .loaded = 2,
						   .rejected = 2};
	HELD(text) info = {0};
	text_addf(&info, "{\"run\": \"%s\", \"files\": [", RUN);
	ledger_write_file(&file, &info);
	text_add(&info, "]}");
	assert_ok(text_check(&info, &err), &err);
	int64_t version =
		commit_rows(shop, "processing/raw", "select 1 as id from range(2)", info.data);
	publish_set(shop, "processing.raw", "processing/raw", version, 1000);
	commit_rows(shop, "_vitrine/rejects",
		    "select 'raw' as source, 'r' as run_id, attempt, 'orders.csv' as file, "
		    "'ab12' as sha256, 'k' as key, line::bigint as line, 0::bigint as \"offset\", "
		    "'type' as kind, 'x' as \"column\", 'why' as reason, 't' as text, "
		    "1::bigint as length from (values ('first', 2), ('first', 3), "
		    "('never committed', 7)) t(attempt, line)",
		    NULL);
	OWNED(reader) *reader = open_reader(shop, -1, NULL, NULL);
	expect(reader, "select attempt, line, status from vitrine.rejects order by line",
	       "first 2 open|first 3 open");
	expect(reader,
	       "select source, file, status, records, loaded, rejected, waived, version from "
	       "vitrine.files",
	       "raw orders.csv loaded 4 2 2 0 0");
	/* A record that was given up counts as waived; a fix that never came to be loaded does
	 * nothing. */
	commit_rows(shop, "_vitrine/decisions",
		    "select 'd' as decision_id, timestamp '2018-01-02 03:04:05' as decided, "
		    "'ana' as decided_by, decision, 'w' as why, 'raw' as source, "
		    "'orders.csv' as file, 'ab12' as sha256, line::bigint as line, "
		    "'type' as kind, 'x' as \"column\", fixed_key, 2::bigint as fixed_line, "
		    "1::bigint as fixed_lines from (values ('waive', 2, null), "
		    "('fix', 3, 'landing/raw/_fixes/ab12-cd34')) t(decision, line, fixed_key)",
		    NULL);
	OWNED(reader) *later = open_reader(shop, -1, NULL, NULL);
	expect(later, "select line, status from vitrine.rejects order by line", "2 waived|3 open");
	expect(later, "select records, loaded, rejected, waived, fixed from vitrine.files",
	       "4 2 1 1 0");
	expect(later, "select decision, line from vitrine.decisions", "waive 2");
	expect_failure(reader, "from vitrine._parts", ERR_UNDEFINED, 1, 6, "no table");
}

/* A source of two files, whose contract knows their columns but one. */
static void land_two_files(struct support_project *shop)
{
	struct error err;
	static const char *const files[] = {"id;Valor (R$);extra\n7;\"1,5\";x\n\n8;;y\n",
					    "Valor (R$);id\n\"a\nb\";9\n10\n"};
	HELD(text) info = {0};
	text_addf(&info, "{\"run\": \"%s\", \"files\": [", RUN);
	for (size_t i = 0; i < 2; i++) {
		char key[64], name[16];
		snprintf(name, sizeof name, "f%zu.csv", i);
		snprintf(key, sizeof key, "landing/raw/%s", name);
		assert_ok(store_put(context_store(shop->context), key, files[i], strlen(files[i]),
				    &err),
			  &err);
		struct catalog_landed file = {.logical = name,
					      .sha256 = name,
					      .key = key,
					      .attempt = "a",
					      .records = 2,
					      .loaded = 2};
		text_add(&info, i ? ", " : "");
		ledger_write_file(&file, &info);
	}
	text_add(&info, "]}");
	assert_ok(text_check(&info, &err), &err);
	int64_t version = commit_rows(shop, "processing/raw", "select 1 as id", info.data);
	publish_set(shop, "processing.raw", "processing/raw", version, 1000);
}

static void reopen_with_source(struct support_project *shop)
{
	support_project_close(shop);
	support_write_file(shop->folder, "sources/raw.yaml",
			   "files: 'data/*.csv'\nformat:\n  delimiter: ';'\ncolumns:\n"
			   "  - {name: id, type: bigint}\n"
			   "  - {name: valor, header: 'Valor (R$)', type: 'decimal(9,2)'}\n");
	support_project_open(shop, NULL);
}

static void note_pending(struct support_project *shop, const char *id, const char *head,
			 const char *name, char content)
{
	struct error err;
	HELD(text) key = {0};
	HELD(text) note = {0};
	text_addf(&key, "_vitrine/pending/raw/%s.json", id);
	text_addf(&note, "{%s, \"files\": [{\"logical\": \"%s\", \"sha256\": \"", head, name);
	for (int i = 0; i < 64; i++)
		text_add_char(&note, content);
	text_addf(&note, "\", \"key\": \"landing/raw/%s\", \"size\": 7}]}", name);
	assert_ok(store_put(context_store(shop->context), key.data, note.data, note.len, &err),
		  &err);
}

static void files_that_no_table_has_are_shown_with_why(void **state)
{
	struct support_project *shop = *state;
	reopen_with_source(shop);
	land_two_files(shop);
	note_pending(shop, "1", "\"time_us\": 9000000000000000", "slow.csv", 'a');
	note_pending(shop, "2", "\"time_us\": 9000000000000001, \"refused\": true", "bad.csv", 'b');
	note_pending(shop, "3", "\"time_us\": -1", "f0.csv", 'c'); /* loaded since */
	commit_rows(
		shop, "_vitrine/decisions",
		"select 'd' as decision_id, timestamp '2018-01-02 03:04:05' as decided, "
		"'ana' as decided_by, 'waive' as decision, 'w' as why, 'raw' as source, file, "
		"sha256, null::bigint as line, 'refused' as kind, null::varchar as \"column\", "
		"null::varchar as fixed_key, null::bigint as fixed_line, "
		"null::bigint as fixed_lines from (values ('gone.csv', 'd'), ('gone.csv', 'd'), "
		"('bad.csv', repeat('b', 64)), ('f1.csv', 'f1.csv')) t(file, sha256)",
		NULL);
	OWNED(reader) *reader = open_reader(shop, -1, NULL, NULL);
	expect(reader,
	       "select file, status, records, loaded, rejected, waived, bytes, landed is null, "
	       "table_name, version, key from vitrine.files where status <> 'loaded' order by file",
	       "bad.csv refused NULL 0 NULL NULL 7 true processing.raw NULL landing/raw/bad.csv|"
	       "gone.csv waived NULL 0 NULL NULL NULL true processing.raw NULL NULL|"
	       "slow.csv pending NULL 0 NULL NULL 7 true processing.raw NULL "
	       "landing/raw/slow.csv");
	expect(reader,
	       "select string_agg(file, ' ' order by file) from vitrine.files where "
	       "status = 'loaded'",
	       "f0.csv f1.csv");
}

static void landed_files_are_read_as_they_came(void **state)
{
	struct support_project *shop = *state;
	reopen_with_source(shop);
	OWNED(reader) *before = open_reader(shop, -1, NULL, NULL);
	expect(before,
	       "select count(id), count(valor), count(_file), count(_line) from "
	       "landing.raw",
	       "0 0 0 0");
	land_two_files(shop);
	OWNED(reader) *reader = open_reader(shop, -1, NULL, NULL);
	expect(reader,
	       "select id, valor, extra, _file, _line from landing.raw order by _file, _line",
	       "7 1,5 x f0.csv 2|8 NULL y f0.csv 4|9 a\nb NULL f1.csv 2|NULL 10 NULL f1.csv 4");
	expect(reader, "select count(*) from dl_landing_zone.raw", "4");
	expect(reader,
	       "select kind from vitrine.tables where database = 'landing' and name = 'raw'",
	       "files");
}

static int open_and_query(void *context, struct error *err)
{
	struct support_project *shop = context;
	OWNED(reader) *reader = NULL;
	HELD(text) got = {0};
	TRY(reader_open(shop->context, NULL, &reader, err));
	TRY(query(reader, "select x from dl_delivery_zone.a, vitrine.run", &got, err));
	return query(reader, "select count(*) from vitrine.columns, a at (version => 0)", &got,
		     err);
}

static void every_refused_allocation_is_reported(void **state)
{
	struct support_project *shop = *state;
	publish(shop, "delivery.a", "select 1 as x", 1000);
	support_sweep_allocations(open_and_query, shop);
}

#define test(name) cmocka_unit_test_setup_teardown(name, open_shop, close_shop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(names_are_found_as_people_write_them),
		test(errors_stand_where_the_person_wrote_them),
		test(a_reader_keeps_its_set),
		test(an_older_set_is_read_by_number_or_time),
		test(a_table_is_read_as_it_was),
		test(a_target_reads_what_it_lacks_from_another),
		test(a_build_that_was_not_published_is_seen_on_demand),
		test(the_schema_vitrine_tells_what_there_is),
		test(only_rejects_whose_rows_were_committed_are_shown),
		test(files_that_no_table_has_are_shown_with_why),
		test(landed_files_are_read_as_they_came),
		test(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
