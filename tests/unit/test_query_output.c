/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "query/output.h"

struct fixture {
	struct engine *engine;
	struct engine_session *session;
};

static int open_session(void **state)
{
	static struct fixture fixture;
	struct error err;
	struct engine_settings settings = {.threads = 1};
	assert_ok(engine_open(&settings, &fixture.engine, &err), &err);
	assert_ok(engine_session_open(fixture.engine, &fixture.session, &err), &err);
	*state = &fixture;
	return 0;
}

static int close_session(void **state)
{
	struct fixture *fixture = *state;
	engine_session_close(fixture->session);
	engine_close(fixture->engine);
	return 0;
}

static int write_text(void *context, const char *bytes, size_t len, struct error *err)
{
	text_add_bytes(context, bytes, len);
	return text_check(context, err);
}

static int show(struct fixture *fixture, const char *sql, enum output_format format, int64_t more,
		struct text *out, struct error *err)
{
	struct output_sink sink = {out, write_text};
	OWNED(engine_result) *result = NULL;
	OWNED(output) *output = NULL;
	TRY(engine_session_query(fixture->session, sql, &result, err));
	TRY(output_new(format, result, &sink, &output, err));
	int next;
	while ((next = engine_result_next(result, err)) > 0)
		TRY(output_row(output, result, err));
	TRY(next);
	return output_end(output, more, err);
}

static void expect(void **state, const char *sql, enum output_format format, const char *expected)
{
	struct error err;
	HELD(text) got = {0};
	assert_ok(show(*state, sql, format, 0, &got, &err), &err);
	assert_string_equal(got.data, expected);
}

static const char sample[] =
	"select * from (values (1, 'ab', 1.50::decimal(9,2), true, date '2018-01-02'), "
	"(-20, NULL, NULL, false, NULL), (300, '', 12.00, NULL, date '2019-12-31')) "
	"t(n, s, d, b, \"the day\")";

static void a_table_is_aligned_numbers_to_the_right(void **state)
{
	expect(state, sample, OUTPUT_TABLE,
	       "  n  s         d  b      the day\n"
	       "  1  ab     1.50  true   2018-01-02\n"
	       "-20  NULL   NULL  false  NULL\n"
	       "300        12.00  NULL   2019-12-31\n");
	expect(state, "select 'a' as x, '' as y", OUTPUT_TABLE, "x  y\na\n");
	expect(state, "select '\u65e5\u672c' as x, 1 as y union all select 'a', 2 order by y",
	       OUTPUT_TABLE, "x     y\n\u65e5\u672c  1\na     2\n");
}

static void what_could_steer_a_terminal_is_escaped(void **state)
{
	expect(state, "select 'a' || chr(27) || '[31m' || chr(10) || chr(155) || chr(233) as x",
	       OUTPUT_TABLE, "x\na\\x1b[31m\\n\\x9b\u00e9\n");
	expect(state, "select 1 as \"a\tb\"", OUTPUT_TABLE, "a\\tb\n   1\n");
}

static void csv_quotes_what_needs_it_and_tells_null_from_empty(void **state)
{
	expect(state, sample, OUTPUT_CSV,
	       "n,s,d,b,the day\n1,ab,1.50,true,2018-01-02\n-20,,,false,\n"
	       "300,\"\",12.00,,2019-12-31\n");
	expect(state, "select 'a,b' as \"x\"\"y\", 'it\"s' as z, 'l' || chr(10) || 'm' as \"c,d\"",
	       OUTPUT_CSV, "\"x\"\"y\",z,\"c,d\"\n\"a,b\",\"it\"\"s\",\"l\nm\"\n");
	expect(state, "select 1 as x where false", OUTPUT_CSV, "x\n");
}

static void json_keeps_digits_and_nulls(void **state)
{
	expect(state, sample, OUTPUT_JSON,
	       "{\"rows\": [\n"
	       "{\"n\": 1, \"s\": \"ab\", \"d\": \"1.50\", \"b\": true, \"the day\": "
	       "\"2018-01-02\"},\n"
	       "{\"n\": -20, \"s\": null, \"d\": null, \"b\": false, \"the day\": null},\n"
	       "{\"n\": 300, \"s\": \"\", \"d\": \"12.00\", \"b\": null, \"the day\": "
	       "\"2019-12-31\"}\n"
	       "]}\n");
	expect(state, "select 1 as x where false", OUTPUT_JSON, "{\"rows\": []}\n");
	expect(state, "select 1 as a, 2 as a, 3 as a_2, 4 as a", OUTPUT_JSON_LINES,
	       "{\"a\": 1, \"a_2\": 2, \"a_2_2\": 3, \"a_3\": 4}\n");
	expect(state,
	       "select 0.5::double as x, 'nan'::double as y, '-inf'::double as z, 1e300 as w, "
	       "170141183460469231731687303715884105727::hugeint as h",
	       OUTPUT_JSON_LINES,
	       "{\"x\": 0.5, \"y\": null, \"z\": null, \"w\": 1e+300, \"h\": "
	       "170141183460469231731687303715884105727}\n");
	expect(state,
	       "select timestamp '2018-01-02 03:04:05' as a, timestamp '2018-01-02 03:04:05.25' as "
	       "b, 'infinity'::timestamp as c, [1, NULL] as l, '\\x41'::blob as o, 'q\"' as q",
	       OUTPUT_JSON_LINES,
	       "{\"a\": \"2018-01-02T03:04:05\", \"b\": \"2018-01-02T03:04:05.25\", \"c\": "
	       "\"infinity\", \"l\": \"[1, NULL]\", \"o\": \"A\", \"q\": \"q\\\"\"}\n");
}

static void markdown_has_a_rule_and_escapes_pipes(void **state)
{
	expect(state, "select 7 as n, 'a|b' as \"x|y\" union all select 8, 'l' || chr(10) || 'm'",
	       OUTPUT_MARKDOWN,
	       "|   n | x\\|y   |\n"
	       "| --: | ------ |\n"
	       "|   7 | a\\|b   |\n"
	       "|   8 | l<br>m |\n");
}

static void what_is_left_out_is_said(void **state)
{
	struct error err;
	HELD(text) got = {0};
	assert_ok(show(*state, "select 1 as x", OUTPUT_TABLE, 1, &got, &err), &err);
	assert_string_equal(got.data, "x\n1\n(1 more row)\n");
	text_clear(&got);
	assert_ok(show(*state, "select 1 as x", OUTPUT_TABLE, -1, &got, &err), &err);
	assert_string_equal(got.data, "x\n1\n(more rows)\n");
	text_clear(&got);
	assert_ok(show(*state, "select 1 as x", OUTPUT_MARKDOWN, 12, &got, &err), &err);
	assert_string_equal(got.data, "|   x |\n| --: |\n|   1 |\n\n(12 more rows)\n");
}

static void a_long_table_keeps_the_widths_of_its_first_rows(void **state)
{
	struct error err;
	HELD(text) got = {0};
	assert_ok(show(*state,
		       "select case when i = 1500 then 'a longer text' else 'ab' end as s, i "
		       "from range(2000) t(i) order by i",
		       OUTPUT_TABLE, 0, &got, &err),
		  &err);
	assert_true(strstr(got.data, "s     i\nab    0\n") == got.data);
	assert_non_null(strstr(got.data, "\nab  999\nab  1000\n"));
	assert_non_null(strstr(got.data, "\na longer text  1500\n"));
}

struct small_sink {
	size_t room, most;
};

static int write_small(void *context, const char *bytes, size_t len, struct error *err)
{
	struct small_sink *sink = context;
	(void)bytes;
	sink->most = len > sink->most ? len : sink->most;
	if (len > sink->room)
		return err_set(err, ERR_DISK_FULL, "no room");
	sink->room -= len;
	return 0;
}

static void rows_flow_on_and_a_full_sink_stops_them(void **state)
{
	struct fixture *fixture = *state;
	struct error err;
	struct small_sink full = {.room = 1 << 20};
	struct output_sink sink = {&full, write_small};
	OWNED(engine_result) *result = NULL;
	OWNED(output) *output = NULL;
	assert_ok(engine_session_query(fixture->session, "select * from range(10000000)", &result,
				       &err),
		  &err);
	assert_ok(output_new(OUTPUT_CSV, result, &sink, &output, &err), &err);
	int status = 0;
	for (int64_t n = 0; status == 0; n++) {
		assert_true(n < 1000000);
		assert_int_equal(engine_result_next(result, &err), 1);
		status = output_row(output, result, &err);
	}
	assert_fails(status, &err, ERR_DISK_FULL);
	assert_true(full.most < OUTPUT_BUFFER_BYTES + 100);
}

static int show_something(void *context, struct error *err)
{
	HELD(text) got = {0};
	TRY(show(context, "select 1 as a, 'x' as b, NULL as c", OUTPUT_MARKDOWN, 3, &got, err));
	text_clear(&got);
	return show(context, "select 1 as a, 'x' as a, NULL as c", OUTPUT_JSON, 0, &got, err);
}

static void every_refused_allocation_is_reported(void **state)
{
	support_sweep_allocations(show_something, *state);
}

static void formats_have_words(void **state)
{
	(void)state;
	enum output_format format;
	assert_true(output_format_of("markdown", &format));
	assert_int_equal(format, OUTPUT_MARKDOWN);
	assert_false(output_format_of("xml", &format));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_is_aligned_numbers_to_the_right),
		cmocka_unit_test(what_could_steer_a_terminal_is_escaped),
		cmocka_unit_test(csv_quotes_what_needs_it_and_tells_null_from_empty),
		cmocka_unit_test(json_keeps_digits_and_nulls),
		cmocka_unit_test(markdown_has_a_rule_and_escapes_pipes),
		cmocka_unit_test(what_is_left_out_is_said),
		cmocka_unit_test(a_long_table_keeps_the_widths_of_its_first_rows),
		cmocka_unit_test(rows_flow_on_and_a_full_sink_stops_them),
		cmocka_unit_test(every_refused_allocation_is_reported),
		cmocka_unit_test(formats_have_words),
	};
	return cmocka_run_group_tests(tests, open_session, close_session);
}
