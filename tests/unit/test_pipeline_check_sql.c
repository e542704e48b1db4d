/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "base/yaml.h"
#include "engine/engine.h"
#include "pipeline/check.h"
#include "pipeline/check_sql.h"

static const struct check_past first_time = {-1, "2026-11-24 13:05:09", NULL};

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
	const struct check_past past = {999, "2026-11-24 13:05:09", NULL};
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
	const struct check_past empty = {0, "2026-11-24 13:05:09", NULL};
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
	expect("- freshness: {column: t, no_older: yes}", "");
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

/* ---- the same, run ---- */

struct fixture {
	char *folder;
	struct engine *engine;
	struct engine_session *session;
};

static int open_engine(void **state)
{
	static struct fixture fixture;
	struct error err;
	fixture.folder = support_make_folder();
	const struct engine_settings settings = {.threads = 1, .temporary = fixture.folder};
	assert_ok(engine_open(&settings, &fixture.engine, &err), &err);
	assert_ok(engine_session_open(fixture.engine, &fixture.session, &err), &err);
	assert_ok(engine_session_execute(
			  fixture.session,
			  "create schema processing;"
			  "create table processing.orders (id bigint, line bigint, state text, "
			  "price decimal(18,2), day date, sold timestamp, \"order\" bigint, "
			  "\"Valor (R$)\" double);"
			  "create table processing.states (state text, id bigint);",
			  &err),
		  &err);
	*state = &fixture;
	return 0;
}

static int close_engine(void **state)
{
	struct fixture *fixture = *state;
	engine_session_close(fixture->session);
	engine_close(fixture->engine);
	support_remove_folder(fixture->folder);
	return 0;
}

static void fill(struct fixture *fixture, const char *rows)
{
	struct error err;
	OWNED_MEMORY char *sql = text_format(&err,
					     "delete from processing.orders; delete from "
					     "processing.states; %s",
					     rows);
	assert_ok(engine_session_execute(fixture->session, sql, &err), &err);
}

/* Columns of the rows that the check finds, as "a|b;a|b;", sorted by the first. */
static char *run_sql(struct fixture *fixture, const char *sql, const char *columns)
{
	struct error err;
	struct text found = {0};
	OWNED(engine_result) *result = NULL;
	OWNED_MEMORY char *all =
		text_format(&err, "select %s from (\n%s\n) order by all", columns, sql);
	assert_ok(engine_session_query(fixture->session, all, &result, &err), &err);
	text_add(&found, "");
	int more;
	while ((more = engine_result_next(result, &err)) == 1) {
		for (size_t i = 0; i < engine_result_column_count(result); i++) {
			const char *value = engine_result_text(result, i, NULL);
			text_addf(&found, "%s%s", i ? "|" : "", value ? value : "NULL");
		}
		text_add_char(&found, ';');
	}
	assert_ok(more, &err);
	char *text = text_take(&found, &err);
	assert_non_null(text);
	return text;
}

static void finds_past(struct fixture *fixture, const char *yaml, const struct check_past *past,
		       const char *columns, const char *expected)
{
	OWNED_MEMORY char *sql = sql_of(yaml, past);
	OWNED_MEMORY char *found = run_sql(fixture, sql, columns);
	assert_string_equal(found, expected);
}

static void finds(struct fixture *fixture, const char *yaml, const char *columns,
		  const char *expected)
{
	finds_past(fixture, yaml, &first_time, columns, expected);
}

static void nulls_are_found(void **state)
{
	fill(*state, "insert into processing.orders (id, line, \"order\", \"Valor (R$)\") values "
		     "(1, 1, 1, 1), (2, null, 1, 1), (null, 3, null, null);");
	finds(*state, "- not_null: id", "id, line", "NULL|3;");
	finds(*state, "- not_null: [id, line]", "id, line", "2|NULL;NULL|3;");
	finds(*state, "- not_null: [id, line]\n  where: id = 2", "id, line", "2|NULL;");
	finds(*state, "- not_null: [order, Valor (R$)]", "id, line", "NULL|3;");
}

static void every_row_of_a_repeated_key_is_found(void **state)
{
	fill(*state,
	     "insert into processing.orders (id, line, state, \"order\") values (1, 1, 'a', 7),"
	     "(1, 2, 'b', 7), (2, 1, 'c', 8), (2, 1, 'd', 9), (null, 1, 'e', null), "
	     "(null, 1, 'f', null);");
	finds(*state, "- unique: [id, line]", "state", "c;d;");
	finds(*state, "- unique: id", "state", "a;b;c;d;");
	finds(*state, "- unique: order", "state", "a;b;");
	finds(*state, "- unique: [id, line]\n  where: state <> 'd'", "state", "");
	finds(*state, "- unique: id\n  where: state <> 'd'", "state", "a;b;");
}

static void references_that_lead_nowhere_are_found(void **state)
{
	fill(*state, "insert into processing.orders (id, state) values (1, 'SP'), (2, 'RS'), "
		     "(3, null), (4, 'BA');"
		     "insert into processing.states values ('SP', 1), ('RS', 9), (null, 4);");
	finds(*state, "- references: {columns: state, table: processing.states}", "id", "4;");
	finds(*state, "- references: {columns: [state, id], table: processing.states}", "id",
	      "2;4;");
	finds(*state, "- references: {columns: id, table: processing.states, to: id}", "id",
	      "2;3;");
	finds(*state, "- references: {columns: id, table: processing.orders}", "id", "");
}

static void values_outside_are_found(void **state)
{
	fill(*state, "insert into processing.orders (id, line, state, price, day, sold) values "
		     "(1, 1, 'SP', 0.00, '2018-01-01', '2018-01-01 00:00:00'),"
		     "(2, 2, 'sp', -0.01, '2017-12-31', '2018-01-31 23:59:59.5'),"
		     "(3, 3, '', 10.01, '2018-02-01', '2018-02-01 00:00:00'),"
		     "(4, null, null, null, null, null);");
	finds(*state, "- accepted_values: {column: state, values: [SP, RS]}", "id", "2;3;");
	finds(*state, "- accepted_values: {column: line, values: [1, 3]}", "id", "2;");
	finds(*state, "- accepted_values: {column: day, values: [2018-01-01]}", "id", "2;3;");
	finds(*state, "- range: {column: price, min: 0, max: 10.005}", "id", "2;3;");
	finds(*state, "- range: {column: line, min: 1.5}", "id", "1;");
	finds(*state, "- range: {column: day, min: 2018-01-01, max: 2018-01-31}", "id", "2;3;");
	finds(*state, "- range: {column: sold, max: 2018-01-31 23:59:59}", "id", "2;3;");
	finds(*state, "- range: {column: sold, max: 2018-01-31}", "id", "2;3;");
	finds(*state, "- pattern: {column: state, regex: '^[A-Z]{2}$'}", "id", "2;3;");
	finds(*state, "- pattern: {column: state, regex: P}", "id", "2;3;");
}

static void a_table_is_looked_at_as_a_whole(void **state)
{
	const struct check_past past = {4, "2018-02-03 00:00:00", NULL};
	fill(*state, "insert into processing.orders (id, day, sold, state) values "
		     "(1, '2018-01-31', '2018-02-01 10:00:00', 'x'), (2, null, null, 'y');");
	finds(*state, "- row_count: {min: 3}", "*", "2|3;");
	finds(*state, "- row_count: {min: 2, max: 2}", "*", "");
	finds(*state, "- row_count: {max: 1}", "*", "2|0|1;");
	finds(*state, "- row_count: {min: 2}\n  where: state = 'x'", "*", "1|2;");
	finds_past(*state, "- row_count: {change: 50 %}", &past, "*", "");
	finds_past(*state, "- row_count: {change: 49 %}", &past, "*", "2|3|5|4;");
	finds_past(*state, "- freshness: {column: sold, max_age: 38 h}", &past, "*", "");
	finds_past(*state, "- freshness: {column: sold, max_age: 37 h}", &past, "*",
		   "2018-02-01 10:00:00|2018-02-01 11:00:00;");
	finds_past(*state, "- freshness: {column: day, max_age: 3 days}", &past, "*", "");
	finds_past(*state, "- freshness: {column: day, max_age: 2 days}", &past, "newest",
		   "2018-01-31;");
	finds_past(*state, "- freshness: {column: sold, max_age: 1 day}\n  where: id = 2", &past,
		   "newest", "NULL;");
	const struct check_past same = {4, "2018-02-03 00:00:00", "2018-01-31 00:00:00"};
	const struct check_past later = {4, "2018-02-03 00:00:00", "2018-02-01 10:00:00.5"};
	finds_past(*state, "- freshness: {column: day, no_older: yes}", &same, "*", "");
	finds_past(*state, "- freshness: {column: day, no_older: yes}", &later, "*",
		   "2018-01-31|2018-02-01 10:00:00.5;");
	finds_past(*state, "- freshness: {column: sold, no_older: yes, max_age: 99 days}", &later,
		   "newest, newest_before", "2018-02-01 10:00:00|2018-02-01 10:00:00.5;");
	finds_past(*state, "- freshness: {column: sold, max_age: 99 days}", &later, "*", "");
}

static void sums_that_differ_are_found(void **state)
{
	fill(*state, "insert into processing.orders (price, id) values (10.00, 1), (0.02, 2), "
		     "(null, 3); insert into processing.states values ('a', 10), (null, null);");
	finds(*state, "- sums_agree: {column: price, table: processing.states, sum: id}", "*",
	      "10.02|10|0.02;");
	finds(*state,
	      "- sums_agree: {column: price, table: processing.states, sum: id}\n"
	      "  tolerance: 0.02",
	      "*", "");
	finds(*state,
	      "- sums_agree: {column: price, table: processing.states, sum: id}\n"
	      "  tolerance: 0.21 %",
	      "*", "");
	finds(*state,
	      "- sums_agree: {column: price, table: processing.states, sum: id}\n"
	      "  tolerance: 0.1 %",
	      "difference", "0.02;");
	finds(*state,
	      "- sums_agree: {column: price, table: processing.states, sum: id}\n"
	      "  where: id = 1",
	      "*", "");
}

static void nothing_offends_in_an_empty_table_but_its_emptiness(void **state)
{
	fill(*state, "");
	finds(*state, "- not_null: id", "*", "");
	finds(*state, "- unique: [id, line]", "*", "");
	finds(*state, "- references: {columns: state, table: processing.states}", "*", "");
	finds(*state, "- range: {column: price, min: 0}", "*", "");
	finds(*state, "- sums_agree: {column: price, table: processing.states, sum: id}", "*", "");
	finds(*state, "- row_count: {min: 1}", "*", "0|1;");
	finds(*state, "- freshness: {column: day, max_age: 1 day}", "newest", "NULL;");
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
		cmocka_unit_test(nulls_are_found),
		cmocka_unit_test(every_row_of_a_repeated_key_is_found),
		cmocka_unit_test(references_that_lead_nowhere_are_found),
		cmocka_unit_test(values_outside_are_found),
		cmocka_unit_test(a_table_is_looked_at_as_a_whole),
		cmocka_unit_test(sums_that_differ_are_found),
		cmocka_unit_test(nothing_offends_in_an_empty_table_but_its_emptiness),
		cmocka_unit_test(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, open_engine, close_engine);
}
