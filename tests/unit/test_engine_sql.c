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

static struct sql_statement *parse(const char *sql)
{
	struct error err = {0};
	struct sql_statement *statement = NULL;
	if (sql_parse(parser, sql, &statement, &err) < 0)
		fail_msg("%s: %s", sql, err.message);
	return statement;
}

/* The references as "schema.name" with alias and AT, in one line. */
static void assert_references(const char *sql, const char *expected)
{
	OWNED(sql_statement) *statement = parse(sql);
	HELD(text) got = {0};
	text_add(&got, "");
	for (size_t i = 0; i < statement->reference_count; i++) {
		const struct sql_reference *r = &statement->references[i];
		text_addf(&got, "%s%s%s%s", got.len ? " " : "", r->schema, r->schema[0] ? "." : "",
			  r->name);
		if (r->alias[0])
			text_addf(&got, "=%s", r->alias);
		if (r->at == SQL_AT_VERSION)
			text_addf(&got, "@%lld", (long long)r->version);
		if (r->at == SQL_AT_TIMESTAMP)
			text_addf(&got, "@'%s'", r->timestamp);
		if (r->is_literal)
			text_add(&got, "(file)");
	}
	assert_string_equal(got.data, expected);
}

static void references_are_found_wherever_they_stand(void **state)
{
	(void)state;
	assert_references("select * from processing.orders", "processing.orders");
	assert_references("from Processing.\"Orders\" as \"O\"", "processing.orders=o");
	assert_references("table a.b", "a.b");
	assert_references("select 1", "");
	assert_references("values (1), ((select max(x) from t))", "t");
	assert_references("select (select 1 from a), exists(from b) from c where x in (from d) "
			  "group by (select 2 from e) having (select true from f) qualify "
			  "row_number() over (order by (select 1 from g)) = 1 order by "
			  "(select 1 from h) limit (select 1 from i)",
			  "a b c d e f g h i");
	assert_references("from a join b using (x) asof join c on a.t >= c.t, lateral (select * "
			  "from d where d.x = a.x) q positional join e",
			  "a b c d e");
	assert_references("from a union all from b except (from c intersect from d)", "a b c d");
	assert_references("select \xc3\xa9 from \"t\xc3\xa4g\" t -- from x\n/* from y /* z */ */",
			  "t\xc3\xa4g=t");
	assert_references("from o : a.b, 'x''y.csv'", "a.b=o x'y.csv(file)");
	assert_references("describe a.b", "a.b");
	assert_references("summarize a.b", "a.b");
	assert_references("show tables", "");
	assert_references("explain analyze select 1 from a.b;", "a.b");
	assert_references("explain (format json) from a.b ; ; -- end", "a.b");
	assert_references("pivot a on b in (1, 2) using sum(c)", "a");
	assert_references("from (unpivot a.x on b, c into name n value v)", "a.x");
	assert_references("select case (select max(x) from t) when 1 then 2 when 3 then 4 end",
			  "t");
	assert_references("select\xc2\xa0"
			  "1 from\xe2\x80\x83 t",
			  "t");
}

static void common_table_expressions_shadow_tables(void **state)
{
	(void)state;
	assert_references("with a as (from t) from a", "t");
	assert_references("with a as (from a) from a", "a");
	assert_references("with a as (from b), b as (from a) from a, b, c", "b c");
	assert_references("with a as (from t) from x.a", "t x.a");
	assert_references("with A as (select 1) from (with b as (from a) from B), b", "b");
	assert_references("with recursive n(i) as (select 1 union all select i + 1 from n, t) "
			  "from n",
			  "t");
	assert_references("with recursive n(i) as (from n union all from recurring.n) from n", "n");
	assert_references("select (with a as (select 1) from a), (from a)", "a");
	assert_references("with a as (select 1) from b where x in (from a) union from a", "b");
	assert_references("with a as (with b as (from c) from b) from a, b", "c b");
}

static void time_travel_stands_before_or_behind_the_alias(void **state)
{
	(void)state;
	assert_references("from processing.orders o at (version => 12)", "processing.orders=o@12");
	assert_references("from processing.orders at (VERSION => 12) as o",
			  "processing.orders=o@12");
	assert_references("from a at (version => 0), b as c(x, y) AT(timestamp=>'2018-01-31') "
			  "join d using (x)",
			  "a@0 b=c@'2018-01-31' d");
	assert_references("from a at (timestamp => timestamp '2018-01-31 12:00') where b at time "
			  "zone 'utc' > c",
			  "a@'2018-01-31 12:00'");
}

static void assert_refused(const char *sql, enum error_kind kind, int line, int column,
			   const char *part)
{
	struct error err = {0};
	struct sql_statement *statement = NULL;
	assert_fails(sql_parse(parser, sql, &statement, &err), &err, kind);
	if (!strstr(err.message, part) || err.line != line || err.column != column)
		fail_msg("%s -> %d:%d %s", sql, err.line, err.column, err.message);
}

static void what_cannot_be_read_is_refused_with_its_place(void **state)
{
	(void)state;
	assert_refused("select a\nfrom t wher x = 1", ERR_SYNTAX, 2, 13, "\"x\"");
	assert_refused("selec 1", ERR_SYNTAX, 1, 1, "selec");
	assert_refused("select '\xc3\xa9\xc3\xa9', a b c", ERR_SYNTAX, 1, 18, "\"c\"");
	assert_refused("select (1", ERR_SYNTAX, 1, 10, "end of input");
	assert_refused("", ERR_SYNTAX, 0, 0, "no statement");
	assert_refused(" -- nothing\n;", ERR_SYNTAX, 0, 0, "exactly one");
	assert_refused("select 1; select 2", ERR_SYNTAX, 1, 11, "second");
	assert_refused("insert into t values (1)", ERR_UNSUPPORTED, 1, 1, "INSERT");
	assert_refused("explain analyze insert into t from u", ERR_UNSUPPORTED, 1, 1, "EXPLAIN");
	assert_refused("pivot t on a using sum(b)", ERR_UNSUPPORTED, 1, 1, "PIVOT");
	assert_refused("select x at (version => 1)", ERR_SYNTAX, 1, 10, "AT");
	assert_refused("from t at (version => 1) at (version => 2)", ERR_SYNTAX, 1, 26, "AT");
	assert_refused("from t at (version => 1 + 1)", ERR_SYNTAX, 1, 6, "AT takes");
	assert_refused("select '\xff'", ERR_SYNTAX, 0, 0, "UTF-8");
}

static void deep_nesting_is_a_limit_or_an_error_never_a_crash(void **state)
{
	(void)state;
	HELD(text) sql = {0};
	text_add(&sql, "select ");
	for (int i = 0; i < 5000; i++)
		text_add(&sql, "(1+");
	text_add(&sql, "1");
	for (int i = 0; i < 5000; i++)
		text_add(&sql, ")");
	struct error err = {0};
	struct sql_statement *statement = NULL;
	assert_true(sql_parse(parser, sql.data, &statement, &err) < 0);
}

static void what_changes_from_run_to_run_is_noticed(void **state)
{
	static const struct {
		const char *sql, *name;
	} cases[] = {
		{"select now()", "now"},
		{"select 1 where d < current_date", "current_date"},
		{"select \"current_timestamp\"", "current_timestamp"},
		{"with a as (select random()) from a", "random"},
		{"select gen_random_uuid()", "gen_random_uuid"},
		{"select today()", "today"},
		{"select nextval('s')", "nextval"},
		{"select age(d) from t", "age"},
		{"from read_csv('x')", "read_csv"},
		{"from t using sample 10 rows", "sample"},
		{"select sample from t tablesample 10 percent", "sample"},
		{"select age(a, b), date_trunc('day', t), \"now\", t.current_date from t", NULL},
		{"from t tablesample reservoir(10 rows) repeatable (1)", NULL},
		{"select sum(x) over (order by y), a || b, a like 'x', [1, 2], {'a': 1}, x -> "
		 "'a', x ->> 'b' from range(10) r(x)",
		 NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		OWNED(sql_statement) *statement = parse(cases[i].sql);
		struct error err = {0};
		if (!text_equal(statement->volatile_name, cases[i].name))
			fail_msg("%s: %s", cases[i].sql, statement->volatile_name);
		assert_int_equal(sql_check_repeatable(statement, &err), cases[i].name ? -1 : 0);
		if (!cases[i].name)
			continue;
		const char *place = cases[i].sql + err.column - 1;
		place += strspn(place, "\"");
		place += strncmp(place, "tablesample", 11) == 0 ? 5 : 0;
		if (strncmp(place, cases[i].name, strlen(cases[i].name)) != 0)
			fail_msg("%s: at column %d", cases[i].sql, err.column);
	}
}

static int find(void *context, const char *schema, const char *name,
		const char *const **out_columns, struct error *err)
{
	(void)context;
	(void)err;
	*out_columns = NULL;
	return text_equal(schema, "processing") && text_equal(name, "orders");
}

static void an_unknown_table_has_a_suggestion(void **state)
{
	static const char *const names[] = {"delivery.sales", "processing.orders", NULL};
	const struct sql_catalog catalog = {.find = find, .names = names, .project = "shop"};
	struct error err = {0};
	(void)state;
	OWNED(sql_statement) *good = parse("from shop.processing.orders");
	assert_ok(sql_check_tables(good, &catalog, &err), &err);
	OWNED(sql_statement) *bad = parse("select *\n from procesing.orders");
	assert_fails(sql_check_tables(bad, &catalog, &err), &err, ERR_UNDEFINED);
	assert_string_equal(err.message, "no table \"procesing.orders\"");
	assert_string_equal(err.hint, "Did you mean processing.orders?");
	assert_int_equal(err.line, 2);
	assert_int_equal(err.column, 7);
	OWNED(sql_statement) *bare = parse("from order_s");
	assert_fails(sql_check_tables(bare, &catalog, &err), &err, ERR_UNDEFINED);
	assert_string_equal(err.hint, "Did you mean processing.orders?");
	OWNED(sql_statement) *other = parse("from other.processing.orders");
	assert_fails(sql_check_tables(other, &catalog, &err), &err, ERR_DENIED);
}

/* Tables named "keep" stay; others become s1."<name>". */
static int replace(void *context, const struct sql_reference *reference, struct text *out,
		   struct error *err)
{
	(void)context;
	(void)err;
	if (text_equal(reference->name, "keep"))
		return 0;
	text_add(out, "s1.");
	text_add_identifier(out, reference->name);
	return 1;
}

static void assert_rewritten(const char *sql, const char *expected)
{
	struct error err = {0};
	OWNED(sql_statement) *statement = parse(sql);
	HELD(sql_rewritten) out = {0};
	assert_ok(sql_rewrite(statement, replace, NULL, &out, &err), &err);
	assert_string_equal(out.text, expected);
	if (!strstr(expected, "keep")) {
		OWNED(sql_statement) *again = parse(out.text);
		assert_int_equal(again->reference_count, statement->reference_count);
	}
}

static void rewriting_changes_names_and_nothing_else(void **state)
{
	(void)state;
	assert_rewritten("select a.orders.x from a.orders /* a.orders */ where 'a.orders' = y",
			 "select orders.x from s1.\"orders\" as orders /* a.orders */ where "
			 "'a.orders' = y");
	assert_rewritten("from a . \"Or\"\"ders\" as o;", "from s1.\"or\"\"ders\" as o;");
	assert_rewritten("from a.b o at (version => 3) where x", "from s1.\"b\" o  where x");
	assert_rewritten("from a.b at (version => 3) o", "from s1.\"b\"  o");
	assert_rewritten("from a.b at (version => 3)", "from s1.\"b\" as b ");
	assert_rewritten("summarize a.b", "summarize s1.\"b\"");
	assert_rewritten("table a.b", "table s1.\"b\"");
	assert_rewritten("explain analyze from a.b", "explain analyze from s1.\"b\" as b");
	assert_rewritten("with b as (from b) from b", "with b as (from s1.\"b\" as b) from b");
	assert_rewritten("from keep, x.keep at (version => 1) k",
			 "from keep, x.keep at (version => 1) k");
	assert_rewritten("pivot a on b in (1) using sum(c)",
			 "pivot s1.\"a\" as a on b in (1) using sum(c)");
	assert_rewritten("select case a.b.x when 1 then 2 when 3 then 4 end from a.b",
			 "select case b.x when 1 then 2 when 3 then 4 end from s1.\"b\" as b");
}

static void positions_map_back(void **state)
{
	struct error err = {0};
	(void)state;
	const char *sql = "select x,\n y from aaaaaaaaaaaaa.b,\n keep where z";
	OWNED(sql_statement) *statement = parse(sql);
	HELD(sql_rewritten) out = {0};
	assert_ok(sql_rewrite(statement, replace, NULL, &out, &err), &err);
	for (const char *word = "xykz"; *word; word++) {
		size_t there = (size_t)(strrchr(out.text, *word) - out.text);
		size_t here = (size_t)(strrchr(sql, *word) - sql);
		assert_int_equal(sql_map_position(&out, there), here);
	}
	size_t within = (size_t)(strstr(out.text, "s1.") - out.text) + 2;
	assert_int_equal(sql_map_position(&out, within), strstr(sql, "aaa") - sql);
	HELD(text) message = {0};
	text_addf(&message,
		  "Binder Error: Referenced column \"z\" not found\n"
		  "Did you mean \"x\"?\n\nLINE 3:  keep where z\n%*s^",
		  20, "");
	sql_error(&out, NULL, ERR_QUERY, message.data, &err);
	assert_string_equal(err.message, "referenced column \"z\" not found");
	assert_string_equal(err.hint, "Did you mean \"x\"?");
	assert_int_equal(err.line, 3);
	assert_int_equal(err.column, 13);
}

static int parse_for_sweep(void *context, struct error *err)
{
	(void)context;
	OWNED(sql_statement) *statement = NULL;
	TRY(sql_parse(parser,
		      "with a as (from b) select now(), a.b.x from a, a.b at (version => 1)",
		      &statement, err));
	HELD(sql_rewritten) out = {0};
	return sql_rewrite(statement, replace, NULL, &out, err);
}

static void a_refused_allocation_is_reported(void **state)
{
	(void)state;
	support_sweep_allocations(parse_for_sweep, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_are_found_wherever_they_stand),
		cmocka_unit_test(common_table_expressions_shadow_tables),
		cmocka_unit_test(time_travel_stands_before_or_behind_the_alias),
		cmocka_unit_test(what_cannot_be_read_is_refused_with_its_place),
		cmocka_unit_test(deep_nesting_is_a_limit_or_an_error_never_a_crash),
		cmocka_unit_test(what_changes_from_run_to_run_is_noticed),
		cmocka_unit_test(an_unknown_table_has_a_suggestion),
		cmocka_unit_test(rewriting_changes_names_and_nothing_else),
		cmocka_unit_test(positions_map_back),
		cmocka_unit_test(a_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, open_parser, close_parser);
}
