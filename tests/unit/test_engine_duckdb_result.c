/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "engine/engine.h"
#include "support/engine.h"

static struct engine *engine;

static int open_engine(void **state)
{
	(void)state;
	engine = support_engine(2);
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
	*state = support_session(engine);
	return 0;
}

static int tear_down(void **state)
{
	engine_session_close(*state);
	return 0;
}

static struct engine_result *query(struct engine_session *session, const char *sql)
{
	struct error err;
	struct engine_result *result = NULL;
	assert_ok(engine_session_query(session, sql, &result, &err), &err);
	return result;
}

/* One row, its values joined by " | ", compared; and every column's type. */
static void assert_row(struct engine_session *session, const char *sql, const char *expected)
{
	struct error err;
	HELD(text) got = {0};
	OWNED(engine_result) *result = query(session, sql);
	assert_int_equal(engine_result_next(result, &err), 1);
	for (size_t i = 0; i < engine_result_column_count(result); i++) {
		size_t len = 0;
		const char *text = engine_result_text(result, i, &len);
		assert_true(text ? strlen(text) == len : engine_result_is_null(result, i));
		text_addf(&got, "%s%s", i ? " | " : "", text ? text : "NULL");
	}
	assert_string_equal(got.data, expected);
	assert_int_equal(engine_result_next(result, &err), 0);
	assert_int_equal(engine_result_next(result, &err), 0);
}

static void values_are_texts_of_their_type(void **state)
{
	assert_row(*state,
		   "select true, false, null::boolean, 1::tinyint, -2::smallint, 3, 4::bigint",
		   "true | false | NULL | 1 | -2 | 3 | 4");
	assert_row(
		*state,
		"select 255::utinyint, 65535::usmallint, 4294967295::uinteger, "
		"18446744073709551615::ubigint, 170141183460469231731687303715884105727::hugeint, "
		"340282366920938463463374607431768211455::uhugeint",
		"255 | 65535 | 4294967295 | 18446744073709551615 | "
		"170141183460469231731687303715884105727 | "
		"340282366920938463463374607431768211455");
	assert_row(*state,
		   "select 12.30, 0.5::decimal(2,2), -0.05, "
		   "99999999999999999999999999999999999999::decimal(38,0)",
		   "12.30 | 0.50 | -0.05 | 99999999999999999999999999999999999999");
	assert_row(*state, "select 0.1::double + 0.2::double, 1e16::double, 0.1::float, 3::double",
		   "0.30000000000000004 | 1e+16 | 0.1 | 3.0");
	assert_row(*state,
		   "select date '2018-01-02', timestamp '2018-01-02 03:04:05', "
		   "timestamp '2018-01-02 03:04:05.120', timestamp 'infinity', null",
		   "2018-01-02 | 2018-01-02 03:04:05 | 2018-01-02 03:04:05.12 | infinity | NULL");
	assert_row(*state, "select '', 'a longer text than twelve bytes', '\xc3\xa9'",
		   " | a longer text than twelve bytes | \xc3\xa9");
}

static void what_has_no_text_of_ours_looks_as_duckdb_prints_it(void **state)
{
	assert_row(
		*state,
		"select [1, null], {'a': 'x', 'b': 1.5}, map {'k': 2}, interval 36 hours, "
		"time '01:02:03', '\\xAA'::blob, 'b0a1c2d3-0000-4000-8000-000000000000'::uuid, "
		"timestamptz '2018-01-02 03:04:05+00', '{\"a\": 1}'::json, 7",
		"[1, NULL] | {'a': x, 'b': 1.5} | {k=2} | 36:00:00 | 01:02:03 | \\xAA | "
		"b0a1c2d3-0000-4000-8000-000000000000 | 2018-01-02 03:04:05+00 | {\"a\": 1} | 7");
	assert_row(*state,
		   "select [x] as l, x from (values (3), (1)) t(x) order by x limit 1; -- c",
		   "[1] | 1");
}

static void columns_have_names_and_types(void **state)
{
	static const struct {
		const char *name, *sql_type;
		enum engine_type type;
	} expected[] = {
		{"a", "INTEGER", ENGINE_INTEGER},
		{"b", "DECIMAL(18,2)", ENGINE_DECIMAL},
		{"A", "VARCHAR", ENGINE_TEXT},
		{"c", "STRUCT(x INTEGER[], \"Y y\" DATE)", ENGINE_OTHER},
		{"d", "TIMESTAMP", ENGINE_TIMESTAMP},
		{"e", "BLOB", ENGINE_BINARY},
		{"f", "DOUBLE", ENGINE_DOUBLE},
		{"g", "DATE", ENGINE_DATE},
		{"h", "BOOLEAN", ENGINE_BOOLEAN},
		{"i", "MAP(VARCHAR, BIGINT)", ENGINE_OTHER},
		{"j", "JSON", ENGINE_TEXT},
	};
	OWNED(engine_result) *result =
		query(*state, "select 1 as a, 1::decimal(18,2) as b, '' as \"A\", "
			      "{'x': [1], 'Y y': date '2018-01-01'} as c, "
			      "timestamp '2018-01-01' as d, ''::blob as e, 1e0 as f, "
			      "date '2018-01-01' as g, true as h, map {'a': 1::bigint} as i, "
			      "'1'::json as j");
	assert_int_equal(engine_result_column_count(result), sizeof expected / sizeof *expected);
	for (size_t i = 0; i < engine_result_column_count(result); i++) {
		assert_string_equal(engine_result_column_name(result, i), expected[i].name);
		assert_string_equal(engine_result_column_sql_type(result, i), expected[i].sql_type);
		assert_int_equal(engine_result_column_type(result, i), expected[i].type);
	}
}

static void numbers_are_given_as_numbers(void **state)
{
	struct error err;
	OWNED(engine_result) *result =
		query(*state, "select 12.75, 2.5::double, 1e30::double, -7::tinyint, null::int, "
			      "1e20::hugeint, true, 0.5::float");
	assert_int_equal(engine_result_next(result, &err), 1);
	static const int64_t whole[] = {12, 2, 0, -7, 0, 0, 1, 0};
	static const double real[] = {12.75, 2.5, 1e30, -7, 0, 1e20, 1, 0.5};
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(engine_result_int(result, i), whole[i]);
		assert_true(engine_result_double(result, i) == real[i]);
	}
}

static void all_rows_come_in_order(void **state)
{
	struct error err;
	OWNED(engine_result) *result =
		query(*state, "select i, 'text number ' || i as t from range(100000) r(i) "
			      "order by i desc");
	int64_t expected = 99999;
	int more;
	while ((more = engine_result_next(result, &err)) == 1) {
		assert_int_equal(engine_result_int(result, 0), expected);
		assert_int_equal(atoll(engine_result_text(result, 1, NULL) + 12), expected);
		expected--;
	}
	assert_int_equal(more, 0);
	assert_int_equal(expected, -1);
}

static void an_error_in_the_middle_is_an_error(void **state)
{
	struct error err;
	OWNED(engine_result) *result =
		query(*state, "select case when i = 500000 then error('half way') else i end as x "
			      "from range(1000000) r(i)");
	int64_t rows = 0;
	int more;
	while ((more = engine_result_next(result, &err)) == 1)
		rows++;
	assert_fails(more, &err, ERR_QUERY);
	assert_string_equal(err.message, "half way");
	assert_true(rows < 1000000);
}

/* Several threads, each of which may be the one that is heard. */
static void the_reason_of_an_error_is_never_lost(void **state)
{
	static const char sql[] = "select case when i = 500000 then error('half way') "
				  "else i end as x from range(1000000) r(i)";
	struct error err;
	for (int i = 0; i < 60; i++) {
		OWNED(engine_result) *result = NULL;
		int more = engine_session_query(*state, sql, &result, &err);
		while (more >= 0 && (more = engine_result_next(result, &err)) == 1)
			continue;
		assert_fails(more, &err, ERR_QUERY);
		assert_string_equal(err.message, "half way");
	}
}

static void one_result_is_open_at_a_time(void **state)
{
	struct error err;
	struct engine_result *second = NULL;
	struct engine_result *first = query(*state, "select 1");
	assert_fails(engine_session_query(*state, "select 2", &second, &err), &err, ERR_USAGE);
	assert_fails(engine_session_execute(*state, "select 2", &err), &err, ERR_USAGE);
	engine_result_close(first);
	assert_ok(engine_session_execute(*state, "select 2", &err), &err);
}

static void *interrupt_soon(void *session)
{
	clock_sleep_ms(50);
	engine_session_interrupt(session);
	return NULL;
}

static void an_interrupt_stops_a_stream(void **state)
{
	struct error err;
	pthread_t thread;
	OWNED(engine_result) *result = query(*state, "select i from range(100000000000) r(i)");
	assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, *state), 0);
	int more;
	while ((more = engine_result_next(result, &err)) == 1)
		;
	pthread_join(thread, NULL);
	assert_fails(more, &err, ERR_CANCELED);
}

static void a_result_may_be_closed_half_read(void **state)
{
	struct error err;
	for (int i = 0; i < 3; i++) {
		OWNED(engine_result) *result = query(*state, "select i from range(1000000) r(i)");
		assert_int_equal(engine_result_next(result, &err), 1);
	}
	assert_row(*state, "select 1", "1");
}

static void statements_like_a_select_give_rows(void **state)
{
	struct error err;
	static const char *const some[] = {"values (1), (2)",         "from range(3)",
					   "describe select 1 as a",  "explain select 1",
					   "summarize select 1 as a", "show tables"};
	for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
		int more;
		OWNED(engine_result) *result = query(*state, some[i]);
		while ((more = engine_result_next(result, &err)) == 1)
			for (size_t j = 0; j < engine_result_column_count(result); j++)
				engine_result_text(result, j, NULL);
		assert_ok(more, &err);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(values_are_texts_of_their_type),
		CASE(what_has_no_text_of_ours_looks_as_duckdb_prints_it),
		CASE(columns_have_names_and_types),
		CASE(numbers_are_given_as_numbers),
		CASE(all_rows_come_in_order),
		CASE(an_error_in_the_middle_is_an_error),
		CASE(the_reason_of_an_error_is_never_lost),
		CASE(one_result_is_open_at_a_time),
		CASE(an_interrupt_stops_a_stream),
		CASE(a_result_may_be_closed_half_read),
		CASE(statements_like_a_select_give_rows),
	};
	return cmocka_run_group_tests(tests, open_engine, close_engine);
}
