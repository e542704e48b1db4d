/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "engine/engine.h"
#include "support/engine.h"

static struct engine *engine;
static struct engine_session *session;
static char *folder;

static int open_session(void **state)
{
	(void)state;
	folder = support_make_folder();
	engine = support_engine(1);
	session = support_session(engine);
	return 0;
}

static int close_session(void **state)
{
	(void)state;
	engine_session_close(session);
	engine_close(engine);
	support_remove_folder(folder);
	return 0;
}

static void columns_get_the_type_that_holds_them(void **state)
{
	(void)state;
	static const struct {
		const char *expression, *type;
	} cases[] = {
		{"true", "boolean"},
		{"1::tinyint", "byte"},
		{"1::smallint", "short"},
		{"1", "integer"},
		{"1::bigint", "long"},
		{"sum(1::bigint)", "long"},
		{"1::utinyint", "short"},
		{"1::usmallint", "integer"},
		{"1::uinteger", "long"},
		{"1::ubigint", "decimal(20,0)"},
		{"1::float", "float"},
		{"1::double", "double"},
		{"1.25", "decimal(3,2)"},
		{"sum(1.25)", "decimal(38,2)"},
		{"'a'", "string"},
		{"'{}'::json", "string"},
		{"'a'::blob", "binary"},
		{"date '2018-01-02'", "date"},
		{"timestamp '2018-01-02'", "timestamp"},
		{"'2018-01-02'::timestamp_s", "timestamp"},
		{"'2018-01-02'::timestamp_ms", "timestamp"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err;
		char sql[128];
		HELD(delta_schema) schema = {0};
		snprintf(sql, sizeof sql, "select %s as x;", cases[i].expression);
		assert_ok(engine_session_describe(session, sql, &schema, &err), &err);
		assert_int_equal(schema.count, 1);
		assert_string_equal(schema.columns[0].name, "x");
		assert_string_equal(schema.columns[0].type, cases[i].type);
	}
}

static void types_without_a_place_are_refused_by_column(void **state)
{
	(void)state;
	static const struct {
		const char *expression, *cast;
	} cases[] = {
		{"'b0a1c2d3-0000-4000-8000-000000000000'::uuid", "varchar"},
		{"'a'::enum('a')", "varchar"},
		{"time '01:02:03'", "varchar"},
		{"interval 1 day", "varchar"},
		{"'2018-01-02'::timestamp_ns", "timestamp"},
		{"timestamptz '2018-01-02 00:00:00+00'", "timestamp"},
		{"[1]", "varchar"},
		{"{'a': 1}", "varchar"},
		{"map {'a': 1}", "varchar"},
		{"1::uhugeint", "decimal(38,0)"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err;
		char sql[128], hint[64];
		HELD(delta_schema) schema = {0};
		snprintf(sql, sizeof sql, "select 1 as a, %s as x", cases[i].expression);
		snprintf(hint, sizeof hint, "cast(... as %s) as x", cases[i].cast);
		assert_fails(engine_session_describe(session, sql, &schema, &err), &err, ERR_QUERY);
		assert_non_null(strstr(err.message, "\"x\""));
		assert_non_null(strstr(err.hint, hint));
	}
}

static void names_that_tables_cannot_have_are_refused(void **state)
{
	struct error err;
	HELD(delta_schema) schema = {0};
	(void)state;
	assert_fails(
		engine_session_describe(session, "select count(*) from range(3)", &schema, &err),
		&err, ERR_QUERY);
	assert_non_null(strstr(err.message, "count_star()"));
	assert_fails(engine_session_describe(session, "select 1 as a, 2 as \"A\"", &schema, &err),
		     &err, ERR_QUERY);
	assert_fails(engine_session_describe(session, "create table x as select 1", &schema, &err),
		     &err, ERR_QUERY);
}

static void a_description_reads_no_rows(void **state)
{
	struct error err;
	HELD(delta_schema) schema = {0};
	(void)state;
	assert_ok(engine_session_describe(
			  session,
			  "select case when i > 1e14 then error('no') else i end as x "
			  "from range(1000000000000) r(i)",
			  &schema, &err),
		  &err);
}

static void errors_have_a_place(void **state)
{
	struct error err = {0};
	HELD(delta_schema) schema = {0};
	(void)state;
	assert_fails(engine_session_describe(session, "select 1 as a,\n  nope as b", &schema, &err),
		     &err, ERR_QUERY);
	assert_int_equal(err.line, 2);
	assert_int_equal(err.column, 3);
}

/* Build one value into a column of that type; the value read back, or the error. */
static void cast_one(const char *expression, const char *type, struct text *out)
{
	struct error err;
	char sql[256], path[512];
	HELD(delta_schema) schema = {0};
	HELD(engine_output) output = {0};
	assert_ok(delta_schema_add(&schema, "x", type, "", &err), &err);
	/* behind a file, so that nothing is known when the statement is planned */
	snprintf(sql, sizeof sql, "select %s as x from range(1) r(i)", expression);
	struct engine_build build = {.sql = sql, .out_folder = folder, .schema = &schema};
	if (engine_session_build(session, &build, &output, &err) < 0) {
		text_addf(out, "%s: %s", err_word(err.kind), err.message);
		return;
	}
	struct engine_output *outputs[] = {&output};
	assert_ok(
		engine_session_add_output(session, "a", "t", NULL, NULL, &schema, outputs, 1, &err),
		&err);
	OWNED(engine_result) *result = NULL;
	assert_ok(engine_session_query(session, "select x from a.t", &result, &err), &err);
	assert_int_equal(engine_result_next(result, &err), 1);
	const char *text = engine_result_text(result, 0, NULL);
	text_add(out, text ? text : "NULL");
	snprintf(path, sizeof path, "%s", output.files[0].path);
	remove(path);
}

static void casts_lose_nothing(void **state)
{
	(void)state;
	static const struct {
		const char *expression, *type, *result;
	} cases[] = {
		{"null", "long", "NULL"},
		{"null::date", "timestamp", "NULL"},
		{"7", "long", "7"},
		{"sum(i + 7)", "long", "7"},
		{"7::hugeint", "integer", "7"},
		{"170141183460469231731687303715884105727::hugeint + i", "long",
		 "query: column \"x\": the value 170141183460469231731687303715884105727 cannot be "
		 "BIGINT without losing something"},
		{"300 + i", "byte",
		 "query: column \"x\": the value 300 cannot be TINYINT without losing something"},
		{"300", "byte",
		 "query: column \"x\": the value 300 cannot be TINYINT without losing something"},
		{"100 + i", "byte", "100"},
		{"18446744073709551615::ubigint", "decimal(20,0)", "18446744073709551615"},
		{"12.340 + i", "decimal(18,2)", "12.34"},
		{"12.345 + i", "decimal(18,2)",
		 "query: column \"x\": the value 12.345 cannot be DECIMAL(18,2) without losing "
		 "something"},
		{"12345678.5", "decimal(5,1)",
		 "query: column \"x\": the value 12345678.5 cannot be DECIMAL(5,1) without losing "
		 "something"},
		{"12 + i", "decimal(18,2)", "12.00"},
		{"(12 + i)::integer", "decimal(5,2)", "12.00"},
		{"0.1::double + i", "decimal(18,2)", "0.10"},
		{"0.125::double + i", "decimal(18,2)",
		 "query: column \"x\": the value 0.125 cannot be DECIMAL(18,2) without losing "
		 "something"},
		{"'nan'::double + i", "decimal(18,2)",
		 "query: column \"x\": the value nan cannot be DECIMAL(18,2) without losing "
		 "something"},
		{"'nan'::double + i", "double", "nan"},
		{"2.0::double + i", "long", "2"},
		{"2.5::double + i", "long",
		 "query: column \"x\": the value 2.5 cannot be BIGINT without losing something"},
		{"9007199254740992 + i", "double", "9007199254740992.0"},
		{"9007199254740993 + i", "double",
		 "query: column \"x\": the value 9007199254740993 cannot be DOUBLE without losing "
		 "something"},
		{"12.30::decimal(18,2)", "double", "12.3"},
		{"0.1::double + i", "float",
		 "query: column \"x\": the value 0.1 cannot be FLOAT without losing something"},
		{"0.5::double + i", "float", "0.5"},
		{"timestamp '2018-01-02' + to_days(i::int)", "date", "2018-01-02"},
		{"timestamp '2018-01-02 03:04:05' + to_days(i::int)", "date",
		 "query: column \"x\": the value 2018-01-02 03:04:05 cannot be DATE without losing "
		 "something"},
		{"date '2018-01-02'", "timestamp", "2018-01-02 00:00:00"},
		{"timestamp '2018-01-02 03:04:05.123456'", "timestamp",
		 "2018-01-02 03:04:05.123456"},
		{"timestamp '0001-01-01 00:00:00'", "timestamp", "0001-01-01 00:00:00"},
		{"'2018-01-02 03:04:05.123'::timestamp_ms", "timestamp", "2018-01-02 03:04:05.123"},
		{"case when i = 0 then timestamp 'infinity' end", "timestamp",
		 "query: column \"x\": the value infinity has no place in a table"},
		{"case when i = 0 then date '-infinity' end", "date",
		 "query: column \"x\": the value -infinity has no place in a table"},
		{"12.30", "string", "12.30"},
		{"date '2018-01-02'", "string", "2018-01-02"},
		{"'it''s'", "string", "it's"},
		{"''", "string", ""},
		{"'\\xAA'::blob", "binary", "\\xAA"},
		{"true", "boolean", "true"},
		{"'12'", "long",
		 "query: column \"x\" is VARCHAR in the SELECT and long in the table"},
		{"1", "boolean",
		 "query: column \"x\" is INTEGER in the SELECT and boolean in the table"},
		{"true", "long",
		 "query: column \"x\" is BOOLEAN in the SELECT and long in the table"},
		{"1", "date", "query: column \"x\" is INTEGER in the SELECT and date in the table"},
		{"'a'::blob", "string",
		 "query: column \"x\" is BLOB in the SELECT and string in the table"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		HELD(text) out = {0};
		cast_one(cases[i].expression, cases[i].type, &out);
		if (!text_equal(out.data, cases[i].result))
			fail_msg("%s as %s: %s", cases[i].expression, cases[i].type, out.data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_get_the_type_that_holds_them),
		cmocka_unit_test(types_without_a_place_are_refused_by_column),
		cmocka_unit_test(names_that_tables_cannot_have_are_refused),
		cmocka_unit_test(a_description_reads_no_rows),
		cmocka_unit_test(errors_have_a_place),
		cmocka_unit_test(casts_lose_nothing),
	};
	return cmocka_run_group_tests(tests, open_session, close_session);
}
