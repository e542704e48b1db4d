/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "pipeline/model_file.h"

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

static int read_model(const struct project_reader *reader, const char *file, struct model *out,
		      struct error *err)
{
	return model_file_read(reader, "delivery", "sales", "models/delivery/sales.sql", file,
			       strlen(file), out, err);
}

static struct model read_good(struct fixture *fixture, const char *file)
{
	struct error err;
	struct model model;
	assert_ok(read_model(&fixture->reader, file, &model, &err), &err);
	return model;
}

static void expect_error(struct fixture *fixture, const char *file, int line, int column,
			 const char *message)
{
	struct error err;
	struct model model;
	assert_true(read_model(&fixture->reader, file, &model, &err) < 0);
	if (!strstr(err.message, message))
		fail_msg("%s", err.message);
	assert_string_equal(err.file, "models/delivery/sales.sql");
	if (err.line != line || err.column != column)
		fail_msg("%d:%d: %s", err.line, err.column, err.message);
}

static const char whole[] = "-- Sales of each day,\n"
			    "-- in the shop's time zone.\n"
			    "--\n"
			    "-- Revenue is price and freight.\n"
			    "--\n"
			    "-- key: day\n"
			    "-- tags: [daily, finance]\n"
			    "-- partition_by: month\n"
			    "-- columns:\n"
			    "--   day: The day of the purchase.\n"
			    "--   revenue: {type: 'decimal(18,2)', description: What was paid.}\n"
			    "--   person: {personal: yes}\n"
			    "--   people: {public: yes}\n"
			    "-- checks:\n"
			    "--   - range: {column: revenue, min: 0}\n"
			    "--     severity: warn\n"
			    "\n"
			    "select day, revenue from processing.orders\n";

static void the_comment_gives_description_and_settings(void **state)
{
	struct model model = read_good(*state, whole);
	assert_string_equal(model.description, "Sales of each day,\nin the shop's time zone.\n\n"
					       "Revenue is price and freight.");
	assert_string_equal(model.summary, "Sales of each day, in the shop's time zone.");
	assert_string_equal(model.sql, whole);
	assert_int_equal(model.select_line, 18);
	assert_true(text_starts(model.sql + model.select_offset, "select day"));
	assert_int_equal(model.key.count, 1);
	assert_string_equal(model.tags.items[1], "finance");
	assert_string_equal(model.partition_by.items[0], "month");
	assert_int_equal(model.checks.count, 3);
	assert_string_equal(model.checks.items[0].name, "unique(day)");
	assert_int_equal(model.checks.items[0].line, 6);
	assert_int_equal(model.checks.items[2].line, 15);
	assert_int_equal(model.checks.items[2].severity, CHECK_WARN);
}

static void columns_have_a_description_a_type_or_both(void **state)
{
	struct model model = read_good(*state, whole);
	assert_int_equal(model.column_count, 4);
	const struct model_column *day = model_column_named(&model, "day");
	assert_string_equal(day->description, "The day of the purchase.");
	assert_false(day->is_typed);
	assert_int_equal(day->line, 10);
	const struct model_column *revenue = model_column_named(&model, "revenue");
	assert_true(revenue->is_typed);
	assert_int_equal(revenue->type.kind, COLUMN_DECIMAL);
	assert_int_equal(revenue->type.scale, 2);
	assert_true(model_column_named(&model, "person")->is_personal);
	assert_true(model_column_named(&model, "people")->is_public);
	assert_null(model_column_named(&model, "other"));
}

static void a_block_comment_may_have_stars_before_its_lines(void **state)
{
	struct model model = read_good(*state, "/**\n"
					       " * Sales.\n"
					       " * key: [day]\n"
					       " * columns:\n"
					       " *   day: The day.\n"
					       " **/\n"
					       "select 1 as day");
	assert_string_equal(model.description, "Sales.");
	assert_string_equal(model.key.items[0], "day");
	assert_string_equal(model.columns[0].description, "The day.");
	assert_int_equal(model.select_line, 7);
	model = read_good(*state, "/* Sales. /* within */ too.\nkey: day */ select 1 as day");
	assert_string_equal(model.description, "Sales.    within    too.");
	assert_string_equal(model.key.items[0], "day");
	assert_int_equal(model.select_line, 2);
}

static void rules_and_several_comments_are_one(void **state)
{
	struct model model =
		read_good(*state, "-- ok\n-----------\r\n\r\n-- more\r\n/* and more */\n"
				  "--key: a\n\n  select 1 as a");
	assert_string_equal(model.description, "ok\n\nmore\nand more");
	assert_string_equal(model.key.items[0], "a");
	assert_true(text_starts(model.sql + model.select_offset, "select"));
}

static void a_model_needs_no_comment(void **state)
{
	struct model model = read_good(*state, "\xEF\xBB\xBFselect 1 as a -- key: b\n");
	assert_string_equal(model.description, "");
	assert_string_equal(model.summary, "");
	assert_int_equal(model.select_offset, 0);
	assert_int_equal(model.checks.count, 0);
	assert_int_equal(model.key.count, 0);
	assert_true(text_starts(model.sql, "select"));
}

static void text_may_hold_colons(void **state)
{
	struct model model =
		read_good(*state, "-- note: rows are orders\n-- See https://x.org: it\n"
				  "-- Key: none\nselect 1 as a");
	assert_string_equal(model.description,
			    "note: rows are orders\nSee https://x.org: it\nKey: none");
}

static void what_is_wrong_is_shown_at_its_place(void **state)
{
	struct fixture *f = *state;
	expect_error(f, "-- Sales.\n-- kee: a\n-- checks: []\nselect 1", 2, 4, "no key \"kee\"");
	expect_error(f, "-- key: a\n-- chekcs: []\nselect 1", 2, 4, "no key \"chekcs\"");
	expect_error(f, "-- key: a\n-- key: b\nselect 1", 2, 4, "key");
	expect_error(f, "-- key: [a\nselect 1", 2, 1, "");
	expect_error(f, "-- checks:\n--   - not_nul: a\nselect 1", 2, 8, "\"not_nul\"");
	expect_error(f, "/*\n * checks:\n *   - not_nul: a\n */ select 1", 3, 8, "\"not_nul\"");
	expect_error(f, "-- columns: [a]\nselect 1", 1, 13, "a mapping of names");
	expect_error(f, "-- columns:\n--   a: {typ: text}\nselect 1", 2, 10, "\"typ\"");
	expect_error(f, "-- columns:\n--   a: {type: money}\nselect 1", 2, 16, "\"money\"");
	expect_error(f, "-- columns:\n--   a: {public: yes, personal: yes}\nselect 1", 2, 9,
		     "both");
	expect_error(f, "-- incremental: yes\nselect 1", 1, 17, "incremental");
	expect_error(f, "\n  /* no end\nselect 1", 2, 3, "has no end");
	expect_error(f, "-- key: a\n  -- nothing\n", 3, 1, "holds no SELECT");
	expect_error(f, "", 1, 1, "holds no SELECT");
	expect_error(f, " ;", 1, 2, "holds no SELECT");
	expect_error(f, "select '\xFF'", 0, 0, "UTF-8");
}

static void a_slip_gets_a_suggestion(void **state)
{
	struct fixture *fixture = *state;
	struct error err;
	struct model model;
	assert_fails(read_model(&fixture->reader, "-- partition: a\n-- chcks: []\nselect 1", &model,
				&err),
		     &err, ERR_PROJECT);
	assert_string_equal(err.hint, "Did you mean \"partition_by\"?");
}

static void a_file_too_long_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct error err;
	struct model model;
	size_t len = SETTINGS_FILE_LEN_MAX + 1;
	OWNED_MEMORY char *bytes = mem_alloc(len);
	memset(bytes, ' ', len);
	assert_fails(model_file_read(&fixture->reader, "delivery", "m", "m.sql", bytes, len, &model,
				     &err),
		     &err, ERR_LIMIT);
}

static int read_check(const struct project_reader *reader, const char *file, struct check *out,
		      struct error *err)
{
	return model_file_read_check(reader, "revenue_agrees", "checks/revenue_agrees.sql", file,
				     strlen(file), out, err);
}

static void a_check_file_says_which_table_waits_for_it(void **state)
{
	struct fixture *fixture = *state;
	struct error err;
	struct check check;
	static const char file[] = "-- Revenue agrees.\n-- table: delivery.sales\n"
				   "-- severity: warn\n-- tolerance: 3\nselect 1 where false\n";
	assert_ok(read_check(&fixture->reader, file, &check, &err), &err);
	assert_int_equal(check.kind, CHECK_SQL);
	assert_string_equal(check.name, "revenue_agrees");
	assert_string_equal(check.description, "Revenue agrees.");
	assert_string_equal(check.table, "delivery.sales");
	assert_string_equal(check.sql, file);
	assert_int_equal(check.severity, CHECK_WARN);
	assert_true(check.tolerance.value == 3 && !check.tolerance.is_percent);
	assert_int_equal(check.line, 5);
	assert_string_equal(check.file, "checks/revenue_agrees.sql");
}

static void a_check_file_without_a_table_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct error err;
	struct check check;
	assert_fails(read_check(&fixture->reader, "select 1", &check, &err), &err, ERR_PROJECT);
	assert_non_null(strstr(err.hint, "-- table:"));
	assert_fails(read_check(&fixture->reader, "-- severity: warn\nselect 1", &check, &err),
		     &err, ERR_PROJECT);
	assert_non_null(strstr(err.message, "\"table\""));
	assert_int_equal(err.line, 1);
}

static int read_once(void *context, struct error *err)
{
	(void)context;
	OWNED(arena) *arena = arena_new();
	if (!arena)
		return err_memory(err);
	const struct project_reader reader = {.arena = arena};
	struct model model;
	struct check check;
	TRY(read_model(&reader, whole, &model, err));
	return read_check(&reader, "-- x\n-- table: a.b\nselect 1", &check, err);
}

static void every_refused_allocation_is_reported(void **state)
{
	(void)state;
	support_sweep_allocations(read_once, NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		TEST(the_comment_gives_description_and_settings),
		TEST(columns_have_a_description_a_type_or_both),
		TEST(a_block_comment_may_have_stars_before_its_lines),
		TEST(rules_and_several_comments_are_one),
		TEST(a_model_needs_no_comment),
		TEST(text_may_hold_colons),
		TEST(what_is_wrong_is_shown_at_its_place),
		TEST(a_slip_gets_a_suggestion),
		TEST(a_file_too_long_is_refused),
		TEST(a_check_file_says_which_table_waits_for_it),
		TEST(a_check_file_without_a_table_is_refused),
		TEST(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
