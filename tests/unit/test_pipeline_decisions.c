/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/process.h"
#include "base/text.h"
#include "delta/delta.h"
#include "pipeline/decisions.h"
#include "support/engine.h"
#include "support/project.h"

struct shop {
	struct support_project in;
	struct engine_session *session;
};

static int open_shop(void **state)
{
	struct shop *shop = calloc(1, sizeof *shop);
	struct engine *engine;
	struct error err;
	support_project_make(&shop->in, "name: shop\ntime_zone: Asia/Tokyo\n");
	assert_ok(context_engine(shop->in.context, &engine, &err), &err);
	shop->session = support_session(engine);
	*state = shop;
	return 0;
}

static int close_shop(void **state)
{
	struct shop *shop = *state;
	engine_session_close(shop->session);
	support_project_remove(&shop->in);
	free(shop);
	return 0;
}

/* "file:line:fixed_key:fixed_line:fixed_lines ..." of the source "orders"; "" = NULL. */
#define SELECT(values)                                                                             \
	"select 'orders' as source, file, 'abc' as sha256, line, 'type' as kind, 'it''s' as "      \
	"\"column\", fixed_key, fixed_line, fixed_lines from (values " values                      \
	") as v(file, line, fixed_key, fixed_line, fixed_lines)"

static void add(struct shop *shop, const char *decision, const char *why, const char *select,
		int64_t wanted)
{
	struct error err = {0};
	int64_t count = decisions_add(shop->in.context, shop->session, decision, why, select, &err);
	assert_ok(count, &err);
	assert_int_equal(count, wanted);
}

static void show(struct shop *shop, const char *name)
{
	struct error err;
	int shown = decisions_show(shop->in.context, shop->session, "d", name, &err);
	assert_ok(shown, &err);
	assert_int_equal(shown, 1);
}

static void before_the_first_there_is_no_table(void **state)
{
	struct shop *shop = *state;
	struct error err;
	assert_int_equal(decisions_show(shop->in.context, shop->session, "d", "x", &err), 0);
	add(shop, "waive", "why", SELECT("('a', 1, null, null, null)") " where false", 0);
	assert_int_equal(decisions_show(shop->in.context, shop->session, "d", "x", &err), 0);
}

static void what_is_decided_is_read_back(void **state)
{
	struct shop *shop = *state;
	char who[PROCESS_NAME_SIZE];
	HELD(text) wanted = {0};
	add(shop, "waive", "it's \"so\"\n; drop", SELECT("('b', 7, null, null, null)"), 1);
	show(shop, "x");
	text_addf(&wanted, "%s|waive|it's \"so\"\n; drop|orders|b|abc|7|type|it's|true",
		  process_user(who));
	support_expect_rows(
		shop->session,
		"select decided_by || '|' || decision || '|' || why || '|' || source || '|' || "
		"file "
		"|| '|' || sha256 || '|' || line || '|' || kind || '|' || \"column\" || '|' || "
		"(fixed_key is null and fixed_line is null and fixed_lines is null) from d.x",
		wanted.data);
	support_expect_rows(
		shop->session,
		"select cast(abs(date_diff('minute', decided, cast(now() at time zone 'UTC' as "
		"timestamp) + interval 9 hours)) <= 5 as varchar) from d.x",
		"true");
}

static void no_reason_is_null(void **state)
{
	struct shop *shop = *state;
	add(shop, "fix", NULL, SELECT("('b', 7, 'k', 2, 1)"), 1);
	show(shop, "x");
	support_expect_rows(shop->session,
			    "select cast(count(*) as varchar) from d.x where why is null", "1");
}

static void rows_are_only_added(void **state)
{
	struct shop *shop = *state;
	add(shop, "waive", "1", SELECT("('b', 2, null, null, null), ('a', 9, null, null, null)"),
	    2);
	add(shop, "fix", "2", SELECT("('a', 1, 'k', 2, 1)"), 1);
	show(shop, "x");
	support_expect_rows(shop->session,
			    "select string_agg(decision || file || line, ' ' order by decided, "
			    "file, line) from "
			    "d.x",
			    "waivea9 waiveb2 fixa1");
	support_expect_rows(shop->session,
			    "select cast(count(distinct decision_id) as varchar) from d.x", "2");
}

static void a_mended_file_tells_its_lines_in_order(void **state)
{
	struct shop *shop = *state;
	OWNED_MEMORY struct decisions_line *lines = NULL;
	size_t count;
	struct error err;
	add(shop, "fix", NULL,
	    SELECT("('a', 30, 'it''s', 5, 1), ('a', 10, 'it''s', 2, 3), ('a', 4, 'other', 2, 1)"),
	    3);
	add(shop, "fix", NULL, SELECT("('a', 10, 'it''s', 2, 3)"), 1); /* tried again */
	show(shop, "x");
	assert_ok(decisions_lines(shop->session, "d.x", "it's", &lines, &count, &err), &err);
	assert_int_equal(count, 2);
	assert_int_equal(lines[0].fixed_line, 2);
	assert_int_equal(lines[0].fixed_lines, 3);
	assert_int_equal(lines[0].line, 10);
	assert_int_equal(lines[1].fixed_line, 5);
	assert_int_equal(lines[1].line, 30);
}

static void a_mended_file_of_which_nothing_is_said_is_damage(void **state)
{
	struct shop *shop = *state;
	OWNED_MEMORY struct decisions_line *lines = NULL;
	size_t count;
	struct error err;
	add(shop, "waive", "x", SELECT("('a', 1, null, null, null)"), 1);
	show(shop, "x");
	assert_fails(decisions_lines(shop->session, "d.x", "k", &lines, &count, &err), &err,
		     ERR_CORRUPT);
	assert_non_null(strstr(err.message, "\"k\""));
	assert_null(lines);
}

static int add_and_read(void *context, struct error *err)
{
	struct shop *shop = context;
	OWNED(engine_session) *session = NULL;
	OWNED_MEMORY struct decisions_line *lines = NULL;
	struct engine *engine;
	size_t count;
	TRY(context_engine(shop->in.context, &engine, err));
	TRY(engine_session_open(engine, &session, err));
	TRY(decisions_show(shop->in.context, session, "d", "x", err));
	return decisions_lines(session, "d.x", "k", &lines, &count, err);
}

/* From a lake without decisions, so that no round costs more than the one before. */
static int decide(void *context, struct error *err)
{
	struct shop *shop = context;
	support_empty_folder(shop->in.folder, "lake/" DECISIONS_TABLE "/_delta_log");
	OWNED(engine_session) *session = NULL;
	struct engine *engine;
	TRY(context_engine(shop->in.context, &engine, err));
	TRY(engine_session_open(engine, &session, err));
	return decisions_add(shop->in.context, session, "waive", "why",
			     SELECT("('a', 1, null, null, null)"), err) < 0
		       ? -1
		       : 0;
}

static void every_refused_allocation_of_a_decision_is_reported(void **state)
{
	struct shop *shop = *state;
	support_sweep_some_allocations(decide, shop, 37);
	show(shop, "x");
	support_expect_rows(shop->session, "select file, decision from d.x", "a,waive");
}

static void every_refused_allocation_is_reported(void **state)
{
	struct shop *shop = *state;
	add(shop, "fix", NULL, SELECT("('a', 30, 'k', 5, 1)"), 1);
	support_sweep_allocations(add_and_read, shop);
}

#define test(name) cmocka_unit_test_setup_teardown(name, open_shop, close_shop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(before_the_first_there_is_no_table),
		test(what_is_decided_is_read_back),
		test(no_reason_is_null),
		test(rows_are_only_added),
		test(a_mended_file_tells_its_lines_in_order),
		test(a_mended_file_of_which_nothing_is_said_is_damage),
		test(every_refused_allocation_of_a_decision_is_reported),
		test(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
