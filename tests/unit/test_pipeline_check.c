/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <string.h>

#include "base/arena.h"
#include "base/yaml.h"
#include "pipeline/check.h"

struct fixture {
	struct arena *arena;
	struct project_reader reader;
};

static int open_fixture(void **state)
{
	static struct fixture fixture;
	fixture.arena = arena_new();
	assert_non_null(fixture.arena);
	fixture.reader = (struct project_reader){.arena = fixture.arena};
	*state = &fixture;
	return 0;
}

static int close_fixture(void **state)
{
	struct fixture *fixture = *state;
	arena_free(fixture->arena);
	return 0;
}

static int read_list(const struct project_reader *reader, const char *yaml, const struct words *key,
		     struct checks *out, struct error *err)
{
	OWNED(yaml) *document = NULL;
	TRY(yaml_parse("models/m.sql", yaml, strlen(yaml), &document, err));
	return check_read_list(reader, yaml_root(document), key, "models/m.sql", 7, out, err);
}

static const struct check *read_one(struct fixture *fixture, const char *yaml)
{
	struct error err;
	static struct checks checks;
	assert_ok(read_list(&fixture->reader, yaml, NULL, &checks, &err), &err);
	assert_int_equal(checks.count, 1);
	return &checks.items[0];
}

static void expect_error(struct fixture *fixture, const char *yaml, int line, int column,
			 const char *message, const char *hint)
{
	struct error err;
	struct checks checks;
	assert_fails(read_list(&fixture->reader, yaml, NULL, &checks, &err), &err, ERR_PROJECT);
	if (!strstr(err.message, message) || (hint && !strstr(err.hint, hint)))
		fail_msg("%s (hint: %s)", err.message, err.hint);
	assert_string_equal(err.file, "models/m.sql");
	assert_int_equal(err.line, line);
	assert_int_equal(err.column, column);
}

static void a_key_is_unique_and_not_null_before_all_else(void **state)
{
	struct fixture *fixture = *state;
	struct error err;
	struct checks checks;
	const char *items[] = {"order_id", "order_item_id", NULL};
	const struct words key = {items, 2};
	assert_ok(read_list(&fixture->reader, "- range: {column: price, min: 0}", &key, &checks,
			    &err),
		  &err);
	assert_int_equal(checks.count, 3);
	assert_string_equal(checks.items[0].name, "unique(order_id, order_item_id)");
	assert_string_equal(checks.items[1].name, "not_null(order_id, order_item_id)");
	assert_int_equal(checks.items[1].kind, CHECK_NOT_NULL);
	assert_int_equal(checks.items[1].line, 7);
	assert_int_equal(checks.items[1].severity, CHECK_ERROR);
	assert_string_equal(checks.items[2].name, "range(price)");
	assert_int_equal(checks.items[2].line, 1);
	assert_string_equal(checks.items[2].file, "models/m.sql");
}

static void no_list_and_no_key_are_no_checks(void **state)
{
	struct fixture *fixture = *state;
	struct error err;
	struct checks checks;
	assert_ok(check_read_list(&fixture->reader, NULL, NULL, "f", 0, &checks, &err), &err);
	assert_int_equal(checks.count, 0);
}

static void lists_of_columns_may_be_one_column(void **state)
{
	const struct check *check = read_one(*state, "- not_null: order_id");
	assert_int_equal(check->kind, CHECK_NOT_NULL);
	assert_int_equal(check->columns.count, 1);
	assert_string_equal(check->columns.items[0], "order_id");
	check = read_one(*state, "- unique: [a, b]");
	assert_int_equal(check->kind, CHECK_UNIQUE);
	assert_string_equal(check->columns.items[1], "b");
}

static void settings_stand_beside_the_kind(void **state)
{
	const struct check *check = read_one(*state, "- not_null: a\n"
						     "  name: a is there\n"
						     "  description: Needed below.\n"
						     "  severity: warn\n"
						     "  tolerance: 0.5 %\n"
						     "  where: status = 'x'\n");
	assert_string_equal(check->name, "a is there");
	assert_string_equal(check->description, "Needed below.");
	assert_int_equal(check->severity, CHECK_WARN);
	assert_true(check->tolerance.is_percent);
	assert_true(check->tolerance.value == 0.5);
	assert_string_equal(check->where, "status = 'x'");
}

static void references_name_another_table_and_by_default_the_same_columns(void **state)
{
	const struct check *check =
		read_one(*state, "- references: {columns: [a, b], table: processing.c}");
	assert_int_equal(check->kind, CHECK_REFERENCES);
	assert_string_equal(check->table, "processing.c");
	assert_int_equal(check->to.count, 2);
	assert_string_equal(check->to.items[1], "b");
	check = read_one(*state, "- references: {columns: a, table: c, to: id}");
	assert_string_equal(check->to.items[0], "id");
	assert_string_equal(check->name, "references(a)");
}

static void every_other_kind_is_read(void **state)
{
	const struct check *check =
		read_one(*state, "- accepted_values: {column: s, values: [a, 'it''s', \"\"]}");
	assert_int_equal(check->kind, CHECK_ACCEPTED_VALUES);
	assert_int_equal(check->values.count, 3);
	assert_string_equal(check->values.items[1], "it's");
	check = read_one(*state,
			 "- range: {column: day, min: 2016-09-01, max: 2018-12-31 23:59:59}");
	assert_int_equal(check->kind, CHECK_RANGE);
	assert_string_equal(check->min, "2016-09-01");
	check = read_one(*state, "- range: {column: score, min: -1.5, max: 1e3}");
	assert_string_equal(check->max, "1e3");
	check = read_one(*state, "- pattern: {column: state, regex: '^[A-Z]{2}$'}");
	assert_int_equal(check->kind, CHECK_PATTERN);
	assert_string_equal(check->regex, "^[A-Z]{2}$");
	check = read_one(*state, "- row_count: {min: 1, change: 50 %}");
	assert_int_equal(check->kind, CHECK_ROW_COUNT);
	assert_int_equal(check->rows_min, 1);
	assert_int_equal(check->rows_max, -1);
	assert_true(check->change.value == 50 && check->change.is_percent);
	assert_string_equal(check->name, "row_count");
	check = read_one(*state, "- freshness: {column: t, max_age: 2 days}");
	assert_int_equal(check->kind, CHECK_FRESHNESS);
	assert_int_equal(check->max_age_us, 2 * 86400 * INT64_C(1000000));
	check = read_one(*state,
			 "- sums_agree: {column: revenue, table: processing.i, sum: a + b}\n"
			 "  tolerance: 0.01");
	assert_int_equal(check->kind, CHECK_SUMS_AGREE);
	assert_string_equal(check->sum, "a + b");
}

static void names_derived_twice_get_a_number(void **state)
{
	struct fixture *fixture = *state;
	struct error err;
	struct checks checks;
	assert_ok(read_list(&fixture->reader,
			    "- not_null: a\n- not_null: a\n  where: b > 1\n- not_null: a", NULL,
			    &checks, &err),
		  &err);
	assert_string_equal(checks.items[1].name, "not_null(a) 2");
	assert_string_equal(checks.items[2].name, "not_null(a) 3");
}

static void what_is_wrong_is_shown_at_its_place(void **state)
{
	struct fixture *f = *state;
	expect_error(f, "a: b", 1, 1, "checks are a list", NULL);
	expect_error(f, "- not_null", 1, 3, "a check is a mapping", NULL);
	expect_error(f, "- severity: warn", 1, 3, "lacks its kind", "references");
	expect_error(f, "- not_nul: a", 1, 3, "no key \"not_nul\"", "not_null");
	expect_error(f, "- not_null: a\n  unique: b", 2, 11, "not both not_null and unique", NULL);
	expect_error(f, "- not_null: []", 1, 13, "names no column", NULL);
	expect_error(f, "- not_null: a\n  severity: warning", 2, 13, "\"warning\"", NULL);
	expect_error(f, "- references: {columns: a, tabel: c}", 1, 28, "\"tabel\"", "table");
	expect_error(f, "- references: {columns: a}", 1, 15, "lacks the key \"table\"", NULL);
	expect_error(f, "- references: {columns: a, table: a.b.c}", 1, 35,
		     "\"a.b.c\" is not a table", NULL);
	expect_error(f, "- references: {columns: [a, b], table: c, to: x}", 1, 47,
		     "2 columns cannot refer to 1", NULL);
	expect_error(f, "- accepted_values: {column: a, values: []}", 1, 40, "names no value",
		     NULL);
	expect_error(f, "- range: {column: a}", 1, 10, "a min, a max or both", NULL);
	expect_error(f, "- range: {column: a, min: b}", 1, 27, "not a number", NULL);
	expect_error(f, "- range: {column: a, min: 2, max: 1}", 1, 35, "nothing lies between",
		     NULL);
	expect_error(f, "- range: {column: a, min: 10, max: 9.5}", 1, 36, "nothing lies", NULL);
	expect_error(f, "- range: {column: a, min: 1, max: 2018-01-01}", 1, 35, "nothing lies",
		     NULL);
	expect_error(f, "- range: {column: a, max: 2018-02-30}", 1, 27, "not a number", NULL);
	expect_error(f, "- row_count: {min: 2, max: 1}", 1, 28, "max is less than min", NULL);
	expect_error(f, "- row_count: {}", 1, 14, "a min, a max or a change", NULL);
	expect_error(f, "- row_count: {change: 5}\n  where: a > 1", 1, 23, "not go with where",
		     NULL);
	expect_error(f, "- row_count: {min: 1}\n  tolerance: 1", 2, 14, "no rows to tolerate",
		     NULL);
	expect_error(f, "- freshness: {column: a, max_age: soon}", 1, 35, "\"soon\"", NULL);
	expect_error(f, "- freshness: {column: a, no_older: no}", 1, 14, "a max_age", NULL);
	expect_error(f, "- not_null: a\n  name: x\n- not_null: b\n  name: x", 4, 9,
		     "two checks are called \"x\"", NULL);
}

static void columns_that_do_not_exist_are_told_with_the_nearest(void **state)
{
	struct fixture *fixture = *state;
	struct error err;
	struct checks checks;
	const char *items[] = {"order_id", "price", NULL};
	const struct words columns = {items, 2};
	assert_ok(read_list(&fixture->reader,
			    "- row_count: {min: 1}\n- not_null: [order_id]\n- unique: [order_id, "
			    "prise]",
			    NULL, &checks, &err),
		  &err);
	assert_fails(check_columns_exist(&checks, &columns, &err), &err, ERR_PROJECT);
	assert_non_null(strstr(err.message, "\"prise\""));
	assert_non_null(strstr(err.hint, "\"price\""));
	assert_int_equal(err.line, 3);
	checks.count = 2;
	assert_ok(check_columns_exist(&checks, &columns, &err), &err);
}

static int read_many(void *context, struct error *err)
{
	(void)context;
	OWNED(arena) *arena = arena_new();
	if (!arena)
		return err_memory(err);
	const struct project_reader reader = {.arena = arena};
	const char *items[] = {"id", NULL};
	const struct words key = {items, 1};
	struct checks checks;
	return read_list(&reader,
			 "- references: {columns: a, table: c}\n"
			 "- range: {column: a, min: 2018-01-01}\n"
			 "- accepted_values: {column: s, values: [a, b]}\n"
			 "- not_null: a\n- not_null: a\n",
			 &key, &checks, err);
}

static void every_refused_allocation_is_reported(void **state)
{
	(void)state;
	support_sweep_allocations(read_many, NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		TEST(a_key_is_unique_and_not_null_before_all_else),
		TEST(no_list_and_no_key_are_no_checks),
		TEST(lists_of_columns_may_be_one_column),
		TEST(settings_stand_beside_the_kind),
		TEST(references_name_another_table_and_by_default_the_same_columns),
		TEST(every_other_kind_is_read),
		TEST(names_derived_twice_get_a_number),
		TEST(what_is_wrong_is_shown_at_its_place),
		TEST(columns_that_do_not_exist_are_told_with_the_nearest),
		TEST(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
