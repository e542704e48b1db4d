/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "base/yaml.h"
#include "pipeline/check.h"
#include "pipeline/check_sql.h"

static const struct check_past first_time = {-1, "2026-11-24 13:05:09"};

/* The SQL of the one check written in `yaml`; "" when there is nothing to compare with. */
static char *sql_of(const char *yaml, const struct check_past *past)
{
	struct error err;
	OWNED(arena) *arena = arena_new();
	const struct project_reader reader = {.arena = arena};
	OWNED(yaml) *document = NULL;
	struct checks checks;
	struct text sql = {0};
	assert_ok(yaml_parse("m", yaml, strlen(yaml), &document, &err), &err);
	assert_ok(check_read_list(&reader, yaml_root(document), NULL, "m", 0, &checks, &err), &err);
	int nothing = check_sql(&checks.items[0], "processing.orders", past, &sql, &err);
	assert_ok(nothing, &err);
	assert_int_equal(nothing, sql.len == 0);
	char *text = sql.len ? text_take(&sql, &err) : text_format(&err, "%s", "");
	assert_non_null(text);
	return text;
}

static void expect_past(const char *yaml, const struct check_past *past, const char *expected)
{
	OWNED_MEMORY char *sql = sql_of(yaml, past);
	assert_string_equal(sql, expected);
}

static void expect(const char *yaml, const char *expected)
{
	expect_past(yaml, &first_time, expected);
}

static void nulls_and_keys(void **state)
{
	(void)state;
	expect("- not_null: [a, b]", "select t.* from processing.orders as t where "
				     "(t.a is null or t.b is null)");
	expect("- unique: a", "select t.* from processing.orders as t where exists (select 1 from "
			      "(select t.a as k1 from processing.orders as t where t.a is not null "
			      "group by t.a having count(*) > 1) as d where d.k1 = t.a)");
	expect("- unique: [a, b]\n  where: c > 0",
	       "select t.* from processing.orders as t where exists (select 1 from (select t.a as "
	       "k1, t.b as k2 from processing.orders as t where t.a is not null and t.b is not "
	       "null and (c > 0) group by t.a, t.b having count(*) > 1) as d where d.k1 = t.a and "
	       "d.k2 = t.b) and (c > 0)");
	expect("- references: {columns: [a, b], table: processing.c, to: [x, y]}",
	       "select t.* from processing.orders as t where t.a is not null and t.b is not null "
	       "and not exists (select 1 from processing.c as o where o.x = t.a and o.y = t.b)");
}

static void odd_column_names_are_quoted_and_reserved_words_need_it_not(void **state)
{
	(void)state;
	expect("- not_null: [order, 'Valor \"R$\"']",
	       "select t.* from processing.orders as t where "
	       "(t.order is null or t.\"Valor \"\"R$\"\"\" is null)");
}

static void values(void **state)
{
	(void)state;
	expect("- accepted_values: {column: s, values: [a, it's]}",
	       "select t.* from processing.orders as t where t.s not in ('a', 'it''s')");
	expect("- pattern: {column: s, regex: '^\\d''$'}",
	       "select t.* from processing.orders as t where not regexp_matches(t.s, '^\\d''$')");
	expect("- range: {column: p, min: -1.5}",
	       "select t.* from processing.orders as t where (t.p < -1.5)");
	expect("- range: {column: d, min: 2018-01-01, max: 2018-01-02 00:00:00.5}",
	       "select t.* from processing.orders as t where (t.d < date '2018-01-01' or t.d > "
	       "timestamp '2018-01-02 00:00:00.5')");
}

static void a_condition_that_ends_in_a_comment_does_not_swallow_what_follows(void **state)
{
	(void)state;
	expect("- not_null: a\n  where: b > 0 -- sold",
	       "select t.* from processing.orders as t where (t.a is null) and (b > 0 -- sold\n)");
}

static void row_counts_are_bounded_by_numbers_and_by_the_past(void **state)
{
	(void)state;
	expect("- row_count: {min: 1, max: 9}",
	       "select count(*) as rows_found, 1 as rows_min, 9 as rows_max from processing.orders "
	       "as t having count(*) < 1 or count(*) > 9");
	expect("- row_count: {min: 1}\n  where: a = 'x'",
	       "select count(*) as rows_found, 1 as rows_min from processing.orders as t where "
	       "(a = 'x') having count(*) < 1");
	const struct check_past past = {999, "2026-11-24 13:05:09"};
	expect_past("- row_count: {change: 50 %}", &past,
		    "select count(*) as rows_found, 500 as rows_min, 1498 as rows_max, 999 as "
		    "rows_before from processing.orders as t having count(*) < 500 or count(*) > "
		    "1498");
	expect_past("- row_count: {min: 995, change: 10}", &past,
		    "select count(*) as rows_found, 995 as rows_min, 1009 as rows_max, 999 as "
		    "rows_before from processing.orders as t having count(*) < 995 or count(*) > "
		    "1009");
	expect_past("- row_count: {change: 2000}", &past,
		    "select count(*) as rows_found, 0 as rows_min, 2999 as rows_max, 999 as "
		    "rows_before from processing.orders as t having count(*) < 0 or count(*) > "
		    "2999");
}

static void without_a_past_there_is_nothing_to_compare_with(void **state)
{
	(void)state;
	expect("- row_count: {change: 50 %}", "");
	const struct check_past empty = {0, "2026-11-24 13:05:09"};
	expect_past("- row_count: {change: 50 %}", &empty, "");
	expect("- row_count: {min: 1, change: 50 %}",
	       "select count(*) as rows_found, 1 as rows_min from processing.orders as t having "
	       "count(*) < 1");
}

static void freshness_is_counted_from_the_runs_time(void **state)
{
	(void)state;
	expect("- freshness: {column: t, max_age: 36 h}",
	       "select max(t.t) as newest, timestamp '2026-11-23 01:05:09' as expected_since from "
	       "processing.orders as t having max(t.t) is null or max(t.t) < timestamp "
	       "'2026-11-23 01:05:09'");
}

static void sums_may_differ_by_an_amount_or_a_share(void **state)
{
	(void)state;
#define SUMS                                                                                       \
	"select s.found, s.expected, s.found - s.expected as difference from (select (select "     \
	"coalesce(sum(t.r), 0) from processing.orders as t) as found, (select coalesce(sum(a + "   \
	"b), 0) from processing.i) as expected) as s where "
	expect("- sums_agree: {column: r, table: processing.i, sum: a + b}\n  tolerance: 0.01",
	       SUMS "abs(s.found - s.expected) > 0.01");
	expect("- sums_agree: {column: r, table: processing.i, sum: a + b}\n  tolerance: 0.1 %",
	       SUMS "abs(cast(s.found - s.expected as double)) > "
		    "abs(cast(s.expected as double)) * 0.1 / 100");
}

static void a_file_stands_as_it_is(void **state)
{
	(void)state;
	struct error err;
	HELD(text) sql = {0};
	const struct check check = {.kind = CHECK_SQL, .sql = "-- table: x\nselect 1\n"};
	assert_ok(check_sql(&check, "processing.orders", &first_time, &sql, &err), &err);
	assert_string_equal(sql.data, check.sql);
}

static int write_all(void *context, struct error *err)
{
	(void)context;
	const char *items[] = {"a", "b", NULL};
	const struct check check = {.kind = CHECK_UNIQUE, .columns = {items, 2}, .where = "c > 0"};
	HELD(text) sql = {0};
	return check_sql(&check, "processing.orders", &first_time, &sql, err);
}

static void every_refused_allocation_is_reported(void **state)
{
	(void)state;
	support_sweep_allocations(write_all, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nulls_and_keys),
		cmocka_unit_test(odd_column_names_are_quoted_and_reserved_words_need_it_not),
		cmocka_unit_test(values),
		cmocka_unit_test(a_condition_that_ends_in_a_comment_does_not_swallow_what_follows),
		cmocka_unit_test(row_counts_are_bounded_by_numbers_and_by_the_past),
		cmocka_unit_test(without_a_past_there_is_nothing_to_compare_with),
		cmocka_unit_test(freshness_is_counted_from_the_runs_time),
		cmocka_unit_test(sums_may_differ_by_an_amount_or_a_share),
		cmocka_unit_test(a_file_stands_as_it_is),
		cmocka_unit_test(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
