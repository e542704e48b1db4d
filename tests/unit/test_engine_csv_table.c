/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "csv/load.h"
#include "engine/csv_table.h"
#include "support/engine.h"

static struct engine *engine;
static char *folder;
static char path[600];

static int open_engine(void **state)
{
	(void)state;
	engine = support_engine(4);
	return 0;
}

static int close_engine(void **state)
{
	(void)state;
	engine_close(engine);
	return 0;
}

static int set_up(void **state)
{
	folder = support_make_folder();
	snprintf(path, sizeof path, "%s/t.csv", folder);
	*state = support_session(engine);
	return 0;
}

static int tear_down(void **state)
{
	engine_session_close(*state);
	support_remove_folder(folder);
	return 0;
}

static const struct csv_column columns[] = {
	{.name = "id", .type = {CSV_BIGINT}, .required = true, .field = 0},
	{.name = "note", .type = {CSV_TEXT}, .field = 1},
	{.name = "price", .type = {CSV_DECIMAL, 18, 2}, .field = 2},
};

static const struct csv_load_settings plain = {
	.path = path,
	.dialect = {.delimiter = ',', .quote = '"', .decimal = '.', .header = true},
	.columns = columns,
	.column_count = 3,
	.field_count = 3};

static void show(struct engine_session *session, struct csv_load_settings settings,
		 struct csv_load **out)
{
	struct error err;
	assert_ok(csv_load_new(&settings, out, &err), &err);
	assert_ok(engine_session_add_csv(session, "landing", "t", *out, &err), &err);
}

/* All rows, values joined by '|', rows by a blank; or the error's message. Owner: caller. */
static char *ask(struct engine_session *session, const char *sql, enum error_kind *out_kind)
{
	struct error err;
	HELD(text) answer = {0};
	OWNED(engine_result) *result = NULL;
	int more = engine_session_query(session, sql, &result, &err);
	while (more >= 0 && (more = engine_result_next(result, &err)) > 0) {
		text_add(&answer, answer.len ? " " : "");
		for (size_t i = 0; i < engine_result_column_count(result); i++) {
			const char *value = engine_result_text(result, i, NULL);
			text_addf(&answer, "%s%s", i ? "|" : "", value ? value : "NULL");
		}
	}
	*out_kind = ERR_KIND_COUNT;
	if (more < 0) {
		text_clear(&answer);
		text_add(&answer, err.message);
		*out_kind = err.kind;
	}
	text_add(&answer, "");
	return text_take(&answer, &err);
}

static void assert_answer(struct engine_session *session, const char *sql, const char *expected)
{
	enum error_kind kind;
	OWNED_MEMORY char *answer = ask(session, sql, &kind);
	assert_string_equal(answer, expected);
}

static void assert_refused(struct engine_session *session, const char *sql,
			   enum error_kind expected_kind, const char *expected)
{
	enum error_kind kind;
	OWNED_MEMORY char *answer = ask(session, sql, &kind);
	assert_string_equal(answer, expected);
	assert_int_equal(kind, expected_kind);
}

/* ---- values ---- */

static void every_type_arrives(void **state)
{
	static const struct csv_column all[] = {
		{.name = "a", .type = {CSV_BIGINT}, .field = 0},
		{.name = "b", .type = {CSV_INTEGER}, .field = 1},
		{.name = "c", .type = {CSV_DECIMAL, 4, 1}, .field = 2},
		{.name = "d", .type = {CSV_DECIMAL, 9, 3}, .field = 3},
		{.name = "e", .type = {CSV_DECIMAL, 18, 2}, .field = 4},
		{.name = "f", .type = {CSV_DECIMAL, 38, 3}, .field = 5},
		{.name = "g", .type = {CSV_DOUBLE}, .field = 6},
		{.name = "h", .type = {CSV_BOOLEAN}, .field = 7},
		{.name = "i", .type = {CSV_DATE}, .field = 8},
		{.name = "j", .type = {CSV_TIMESTAMP}, .field = 9},
		{.name = "k", .type = {CSV_TEXT}, .field = 10},
	};
	OWNED(csv_load) *load = NULL;
	struct csv_load_settings settings = plain;
	settings.columns = all;
	settings.column_count = settings.field_count = 11;
	support_write_file(
		folder, "t.csv",
		"a,b,c,d,e,f,g,h,i,j,k\n"
		"-9,8,-12.5,7,0.05,-12345678901234567890.5,1.5,no,1969-12-31,"
		"1969-12-31 23:59:59.5,short\n"
		",,,,,,,,,,\n"
		"1,2,3,4,5,6,7,1,2020-02-29,2020-02-29,\"a text, longer than twelve\"\n");
	show(*state, settings, &load);
	assert_answer(*state, "select * from landing.t order by _line",
		      "-9|8|-12.5|7.000|0.05|-12345678901234567890.500|1.5|false|1969-12-31|"
		      "1969-12-31 23:59:59.5|short|2|22 "
		      "NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|3|110 "
		      "1|2|3.0|4.000|5.00|6.000|7.0|true|2020-02-29|2020-02-29 00:00:00|"
		      "a text, longer than twelve|4|121");
	assert_answer(*state, "select string_agg(column_type, ' ') from (describe landing.t)",
		      "BIGINT INTEGER DECIMAL(4,1) DECIMAL(9,3) DECIMAL(18,2) DECIMAL(38,3) DOUBLE "
		      "BOOLEAN DATE TIMESTAMP VARCHAR BIGINT BIGINT");
}

static void any_columns_may_be_asked_for(void **state)
{
	OWNED(csv_load) *load = NULL;
	support_write_file(folder, "t.csv", "id,note,price\n1,a,1\n2,b,\n3,,x\n");
	show(*state, plain, &load);
	assert_answer(*state, "select count(*) from landing.t", "2");
	assert_answer(*state, "select price, _offset, id from landing.t order by id",
		      "1.00|14|1 NULL|20|2");
	assert_answer(*state, "select _line from landing.t where note = 'b'", "3");
	assert_answer(*state, "select note from landing.t limit 1", "a");
}

static void two_scans_of_one_statement_read_all_each(void **state)
{
	OWNED(csv_load) *load = NULL;
	support_write_file(folder, "t.csv", "id,note,price\n1,a,1\n2,b,2\n3,c,3\n");
	show(*state, plain, &load);
	assert_answer(*state,
		      "select count(*), sum(id) from (from landing.t union all from landing.t)",
		      "6|12");
	assert_answer(*state, "select count(*) from landing.t a join landing.t b on a.id <= b.id",
		      "6");
}

static void write_records(int good, int bad_each)
{
	struct text t = {0};
	text_add(&t, "id,note,price\n");
	for (int i = 0; i < good; i++) {
		text_addf(&t, "%d,note %d of some length,%d.50\n", i, i, i % 1000);
		if (bad_each && i % bad_each == 0)
			text_add(&t, "x,bad,1\n");
	}
	support_write_bytes(folder, "t.csv", t.data, t.len);
	text_done(&t);
}

/* ---- many rows ---- */

static void a_build_reads_every_row_on_several_threads(void **state)
{
	struct error err;
	OWNED(csv_load) *load = NULL;
	HELD(engine_output) output = {0};
	struct csv_load_settings settings = plain;
	struct csv_load_counts counts;
	enum { GOOD = 100000 };
	write_records(GOOD, 100);
	settings.span_bytes = 10000;
	show(*state, settings, &load);
	struct engine_build build = {.sql = "select id, note, price, _line from landing.t",
				     .out_folder = folder};
	assert_ok(engine_session_build(*state, &build, &output, &err), &err);
	assert_int_equal(output.rows, GOOD);
	assert_ok(csv_load_finish(load, &counts, &err), &err);
	assert_true(counts.is_complete);
	assert_int_equal(counts.loaded, GOOD);
	assert_int_equal(counts.rejected, GOOD / 100);
	char sql[700];
	snprintf(sql, sizeof sql,
		 "select count(*), sum(id), sum(length(note)), max(_line) from read_parquet('%s')",
		 output.files[0].path);
	assert_answer(*state, sql, "100000|4999950000|2488890|101001");
}

static void rows_behind_many_rejects_are_not_lost(void **state)
{
	OWNED(csv_load) *load = NULL;
	struct text t = {0};
	text_add(&t, "id,note,price\n");
	for (int i = 0; i < 10000; i++)
		text_add(&t, "x,bad,1\n");
	text_add(&t, "1,good,1\n");
	support_write_bytes(folder, "t.csv", t.data, t.len);
	text_done(&t);
	show(*state, plain, &load);
	assert_answer(*state, "select id, _line from landing.t", "1|10002");
}

/* ---- failures ---- */

static int refuse(void *context, const struct csv_reject *reject, struct error *err)
{
	(void)context;
	err_set(err, ERR_DISK_FULL, "no room for the reject of line %lld", (long long)reject->line);
	return err_hint(err, "Make room.");
}

static void the_listeners_error_is_the_statements(void **state)
{
	struct error err;
	OWNED(csv_load) *load = NULL;
	HELD(engine_output) output = {0};
	struct csv_load_settings settings = plain;
	settings.reject = refuse;
	support_write_file(folder, "t.csv", "id,note,price\n1,a,1\nx,b,2\n");
	show(*state, settings, &load);
	assert_refused(*state, "select sum(id) from landing.t", ERR_DISK_FULL,
		       "no room for the reject of line 3");
	struct engine_build build = {.sql = "select * from landing.t", .out_folder = folder};
	assert_fails(engine_session_build(*state, &build, &output, &err), &err, ERR_DISK_FULL);
	assert_string_equal(err.hint, "Make room.");
	assert_answer(*state, "select 1", "1"); /* the session goes on */
	assert_refused(*state, "select nothing", ERR_QUERY,
		       "referenced column \"nothing\" was not found because the FROM clause is "
		       "missing");
}

static void a_file_that_changed_fails_the_statement(void **state)
{
	OWNED(csv_load) *load = NULL;
	char expected[700];
	support_write_file(folder, "t.csv", "id,note,price\n1,a,1\n");
	show(*state, plain, &load);
	support_write_file(folder, "t.csv", "id,note,price\n1,a,1\n2,b,2\n");
	snprintf(expected, sizeof expected, "%s has changed while it was being loaded", path);
	assert_refused(*state, "select count(*) from landing.t", ERR_CONFLICT, expected);
}

static void a_damaged_header_fails_the_statement(void **state)
{
	OWNED(csv_load) *load = NULL;
	char expected[700];
	support_write_file(folder, "t.csv", "id,no\"te,price\n1,a,1\n");
	show(*state, plain, &load);
	snprintf(expected, sizeof expected,
		 "%s: line 1: the header has a quote where none may stand", path);
	assert_refused(*state, "select count(*) from landing.t", ERR_REFUSED, expected);
}

static int wait_a_little(void *context, const struct csv_reject *reject, struct error *err)
{
	(void)context;
	(void)reject;
	(void)err;
	clock_sleep_ms(1);
	return 0;
}

static void *interrupt_soon(void *session)
{
	clock_sleep_ms(100);
	engine_session_interrupt(session);
	return NULL;
}

/* A file of rejects alone gives DuckDB no chunk between which it could look. */
static void a_file_of_rejects_can_be_interrupted(void **state)
{
	OWNED(csv_load) *load = NULL;
	struct csv_load_settings settings = plain;
	settings.reject = wait_a_little;
	pthread_t thread;
	struct text t = {0};
	text_add(&t, "id,note,price\n");
	for (int i = 0; i < 60000; i++)
		text_add(&t, "x,bad,1\n");
	support_write_bytes(folder, "t.csv", t.data, t.len);
	text_done(&t);
	show(*state, settings, &load);
	int64_t begin = clock_monotonic_us();
	pthread_create(&thread, NULL, interrupt_soon, *state);
	assert_refused(*state, "select sum(id) from landing.t", ERR_CANCELED, "interrupted");
	pthread_join(thread, NULL);
	assert_true(clock_monotonic_us() - begin < 20 * 1000000);
}

/* Each file's header, lines, rejects and counts are its own; an empty one is passed over. */
static void many_small_files_are_one_table(void **state)
{
	struct error err;
	struct csv_load *loads[3];
	struct csv_load_counts counts;
	static const char *const names[] = {"a", "b", "c"};
	static const char *const texts[] = {"id,note,price\n1,x,1.00\n2,y,2.00\n",
					    "id,note,price\nbad,x,1.00\n",
					    "id,note,price\n3,z,oops\n4,z,4.00\n"};
	static const int64_t records[] = {2, 1, 2}, rejected[] = {0, 1, 1};
	char paths[3][600];
	for (int i = 0; i < 3; i++) {
		char name[8];
		struct csv_load_settings settings = plain;
		snprintf(name, sizeof name, "%s.csv", names[i]);
		support_write_file(folder, name, texts[i]);
		snprintf(paths[i], sizeof paths[i], "%s/%s", folder, name);
		settings.path = paths[i];
		assert_ok(csv_load_new(&settings, &loads[i], &err), &err);
	}
	assert_ok(engine_session_add_csvs(*state, "landing", "t", loads, names, 3, &err), &err);
	assert_answer(*state, "select _file, _line, id, price from landing.t",
		      "a|2|1|1.00 a|3|2|2.00 c|3|4|4.00");
	for (int i = 0; i < 3; i++) {
		assert_ok(csv_load_finish(loads[i], &counts, &err), &err);
		assert_true(counts.is_complete);
		assert_int_equal(counts.records, records[i]);
		assert_int_equal(counts.rejected, rejected[i]);
		csv_load_rest(loads[i]);
	}
	support_write_file(folder, "b.csv", "id,note,price\n5,changed,5.00\n");
	HELD(text) message = {0};
	text_addf(&message, "b: %s has changed while it was being loaded", paths[1]);
	assert_refused(*state, "select count(*) from landing.t", ERR_CONFLICT, message.data);
	engine_session_close(*state);
	for (int i = 0; i < 3; i++)
		csv_load_free(loads[i]);
	*state = support_session(engine);
}

static void a_number_that_no_table_has_is_an_error(void **state)
{
	OWNED(csv_load) *load = NULL;
	support_write_file(folder, "t.csv", "id,note,price\n");
	show(*state, plain, &load);
	assert_refused(*state, "select * from vitrine_csv(999999)", ERR_QUERY,
		       "there is no such file");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(every_type_arrives),
		CASE(any_columns_may_be_asked_for),
		CASE(two_scans_of_one_statement_read_all_each),
		CASE(a_build_reads_every_row_on_several_threads),
		CASE(rows_behind_many_rejects_are_not_lost),
		CASE(the_listeners_error_is_the_statements),
		CASE(a_file_that_changed_fails_the_statement),
		CASE(a_damaged_header_fails_the_statement),
		CASE(a_file_of_rejects_can_be_interrupted),
		CASE(many_small_files_are_one_table),
		CASE(a_number_that_no_table_has_is_an_error),
	};
	return cmocka_run_group_tests(tests, open_engine, close_engine);
}
