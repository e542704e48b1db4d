/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "support/support.h"

#include "base/text.h"
#include "engine/sql.h"

static struct sql_parser *parser;

static int open_parser(void **state)
{
	struct error err;
	(void)state;
	return sql_parser_open(&parser, &err);
}

static int close_parser(void **state)
{
	(void)state;
	sql_parser_close(parser);
	return 0;
}

/* t(a, b, c), u(a, d); o has columns that are not known. */
static int find(void *context, const char *schema, const char *name,
		const char *const **out_columns, struct error *err)
{
	static const char *const t[] = {"a", "b", "c", NULL}, *const u[] = {"a", "d", NULL};
	(void)context;
	(void)schema;
	(void)err;
	*out_columns = strcmp(name, "t") == 0 ? t : strcmp(name, "u") == 0 ? u : NULL;
	return strlen(name) == 1;
}

static int follow(const char *sql, struct text *out, struct error *err)
{
	OWNED(sql_statement) *statement = NULL;
	HELD(sql_columns) columns = {0};
	struct sql_catalog catalog = {.find = find};
	TRY(sql_parse(parser, sql, &statement, err));
	TRY(sql_lineage(statement, &catalog, &columns, err));
	for (size_t i = 0; i < columns.count; i++) {
		text_addf(out, "%s%s:", i ? "; " : "", columns.columns[i].name);
		for (size_t j = 0; j < columns.columns[i].mention_count; j++) {
			const struct sql_mention *m = &columns.columns[i].mentions[j];
			text_addf(out, m->is_counted ? " #%s.%s" : " %s.%s",
				  statement->references[m->reference].name, m->column);
		}
	}
	text_add(out, columns.is_unsure ? " (unsure:" : "");
	for (size_t i = 0; columns.is_unsure && i < columns.all_count; i++)
		text_addf(out, " %s.%s", statement->references[columns.all[i].reference].name,
			  columns.all[i].column);
	text_add(out, columns.is_unsure ? ")" : "");
	return text_check(out, err);
}

static void expect(const char *sql, const char *expected)
{
	struct error err = {0};
	HELD(text) got = {0};
	if (follow(sql, &got, &err) < 0)
		fail_msg("%s: %s", sql, err.message);
	if (strcmp(got.data, expected) != 0)
		fail_msg("%s\n  gives    %s\n  expected %s", sql, got.data, expected);
}

static void columns_come_from_the_tables_that_have_them(void **state)
{
	(void)state;
	expect("select a, T.B as x, s.t.c, b + c from s.t where a > 1",
	       "a: t.a; x: t.b; c: t.c; : t.b t.c");
	expect("select 1 as one, current_date as today, 'b' from t", "one:; today: t.a t.b t.c; :");
	expect("select x.a, y.b from t x, t y", "a: t.a; b: t.b");
	expect("select d, b from t join u on t.a = u.a", "d: u.d; b: t.b");
	expect("select cast(b as int) as b, case when a = 1 then c end as c from t order by a",
	       "b: t.b; c: t.a t.c");
	expect("select x from (values (1)) v(x)", "x:");
	expect("select b as p, p + 1 as q from t", "p: t.b; q: t.b");
	expect("select t from t", "t: t.a t.b t.c");
	expect("select list_transform([b], lambda x: x + c) as l from t", "l: t.b t.c");
	expect("from t select a group by a having max(b) > 1", "a: t.a");
}

static void stars_are_all_columns(void **state)
{
	(void)state;
	expect("select * from t", "a: t.a; b: t.b; c: t.c");
	expect("from t, u", "a: t.a; b: t.b; c: t.c; a: u.a; d: u.d");
	expect("select u.*, b from t, u", "a: u.a; d: u.d; b: t.b");
	expect("select * from t join u using (a)", "a: t.a u.a; b: t.b; c: t.c; d: u.d");
	expect("select * from t natural join u", "a: t.a u.a; b: t.b; c: t.c; d: u.d");
	expect("select a from t full join u using (a)", "a: t.a u.a");
	expect("select * exclude (a) replace (b || c as b) rename (c as z) from t",
	       "b: t.b t.c; z: t.c");
	expect("table t", "a: t.a; b: t.b; c: t.c");
	expect("select z from t x(z)", "z: t.a");
	expect("select * from t x(z)", "z: t.a; b: t.b; c: t.c");
	expect("select #2 as x from t", "x: t.b");
}

static void queries_within_are_followed(void **state)
{
	(void)state;
	expect("select x from (select b as x, a from t where c = 1) s", "x: t.b");
	expect("with s as (select b as x from t), r(y) as (from s) select y from r", "y: t.b");
	expect("with t as (select d as a from u) select a from t", "a: u.d");
	expect("select a from t union all select d from u", "a: t.a u.d");
	expect("select a, b from t union by name select d as b from u", "a: t.a; b: t.b u.d");
	expect("with recursive n(i, k) as (select a, b from t union all select i + 1, k from n) "
	       "select k from n",
	       "k: t.a t.b");
	expect("select (select max(d) from u where u.a = t.a) as m from t", "m: t.a u.a u.d");
	expect("select exists (from u where d = t.b) as e from t", "e: t.b u.a u.d");
	expect("select a in (select d from u) as e from t", "e: t.a u.d");
	expect("with s as (select a from u where d = 1) select (select max(a) from s) as m from t",
	       "m: u.a u.d");
	expect("select x.y from t, lateral (select b as y) x", "y: t.b");
	expect("select v from t, unnest([b]) as n(v)", "v: t.b");
}

static void what_is_only_counted_is_marked(void **state)
{
	(void)state;
	expect("select count(*) as n, count(a) as m, count(distinct b) as k from t",
	       "n:; m: #t.a; k: #t.b");
	expect("select least(n, 5) as n from (select count(a) as n from t)", "n: #t.a");
	expect("select count(a) + max(a) as x from t", "x: t.a");
	expect("select count(a) filter (where b = 1) as x from t", "x: #t.a #t.b");
	expect("select count(*) over (partition by a) as x from t", "x: #t.a");
	expect("select count(*) over (order by a) as x from t", "x: t.a");
	expect("select row_number() over (partition by a order by b) as x from t", "x: t.a t.b");
	expect("select sum(b) over (partition by a) as x from t", "x: t.a t.b");
}

static void what_cannot_be_told_is_unsure(void **state)
{
	(void)state;
	expect("select * from o", " (unsure: o.*)");
	expect("select x, o.y from o", "x: o.x; y: o.y");
	expect("select a, x from t, o", "a: t.a o.a; x: o.x");
	expect("from (pivot t on a in (1, 2) using sum(b))", " (unsure: t.a t.b t.c)");
	expect("select max(columns(*)) from t", ": t.a t.b t.c (unsure: t.a t.b t.c)");
	expect("select columns('a|b') from t", "a: t.a; b: t.b; c: t.c (unsure: t.a t.b t.c)");
	expect("select x from (pivot t on a in (1, 2) using sum(b)) p", "x: t.a t.b t.c");
	expect("select nowhere from t", "nowhere: t.a t.b t.c");
	expect("select q.z from (select * from o) q", "z: o.*");
}

static void growth_has_a_limit(void **state)
{
	struct error err = {0};
	HELD(text) sql = {0}, got = {0};
	(void)state;
	text_add(&sql, "with s0 as (from t)");
	for (int i = 1; i < 40; i++)
		text_addf(&sql, ", s%d as (from s%d x, s%d y)", i, i - 1, i - 1);
	text_add(&sql, " select 1 from s39");
	assert_fails(follow(sql.data, &got, &err), &err, ERR_LIMIT);
}

static int follow_for_sweep(void *context, struct error *err)
{
	HELD(text) got = {0};
	return follow(context, &got, err);
}

static void a_refused_allocation_is_reported(void **state)
{
	static char sql[] = "with s as (from t join u using (a)) select *, count(b) as n from s "
			    "union all select *, d from s where exists (from o)";
	(void)state;
	support_sweep_allocations(follow_for_sweep, sql);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_come_from_the_tables_that_have_them),
		cmocka_unit_test(stars_are_all_columns),
		cmocka_unit_test(queries_within_are_followed),
		cmocka_unit_test(what_is_only_counted_is_marked),
		cmocka_unit_test(what_cannot_be_told_is_unsure),
		cmocka_unit_test(growth_has_a_limit),
		cmocka_unit_test(a_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, open_parser, close_parser);
}
