/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/text.h"
#include "pipeline/decisions.h"
#include "pipeline/land_fixes.h"
#include "pipeline/land_sql.h"
#include "support/engine.h"
#include "support/landing.h"

/* "name:content ..."; a content is a letter, and its hash that letter 64 times. "name:content<base"
 * is a file of mended records of the file with that content. */
static int try_fill(struct delivery *delivery, const char *files, struct error *err)
{
	char name[16], content, base;
	int used;
	for (; sscanf(files, " %15[^:]:%c%n", name, &content, &used) == 2; files += used) {
		char sha256[HASH_HEX_SIZE] = {0}, key[64];
		memset(sha256, content, HASH_HEX_SIZE - 1);
		snprintf(key, sizeof key, "landing/orders/2026-01-01/%.12s-%s", sha256, name);
		if (sscanf(files + used, "<%c", &base) == 1) {
			char of[13] = {0};
			memset(of, base, 12);
			snprintf(key, sizeof key, "landing/orders/_fixes/%s-%.12s", of, sha256);
			used += 2;
		}
		TRY(delivery_add(delivery, name, sha256, NULL, key, 1, err));
	}
	return 0;
}

static void fill(struct delivery *delivery, const char *files)
{
	struct error err;
	assert_ok(try_fill(delivery, files, &err), &err);
}

static void expect_contents(const struct delivery *got, const char *wanted)
{
	char text[64] = "";
	assert_true(got->count < sizeof text);
	for (size_t i = 0; i < got->count; i++)
		text[i] = got->files[i].sha256[0];
	assert_string_equal(text, wanted);
}

/* ---- which are loaded, and in what order ---- */

static void fixes_are_no_files_of_the_table(void **state)
{
	struct support_landing *shop = *state;
	struct error err;
	HELD(landing) landing = {.state = &shop->state, .source = &shop->source};
	fill(&landing.current, "a:a a:f<a b:b");
	fill(&landing.ever, "a:a a:f<a b:b a:f<a b:g<b");
	assert_ok(land_fixes_sort_out(&landing, &landing.ever, &err), &err);
	expect_contents(&landing.current, "ab");
	expect_contents(&landing.fixes, "fg"); /* each once */
}

static void fixes_follow_the_file_that_they_mend(void **state)
{
	struct support_landing *shop = *state;
	struct error err;
	HELD(landing) landing = {.state = &shop->state, .source = &shop->source};
	fill(&landing.fixes, "b:g<b a:f<a a:h<a a:i<f x:j<x");
	fill(&landing.files, "a:a b:b c:c");
	assert_ok(land_fixes_follow(&landing, &err), &err);
	expect_contents(&landing.files, "afhibgc"); /* i mends f; x is not loaded */
}

static int choose(struct support_landing *shop, const char *current, const char *fixes,
		  const char *request, bool is_current, struct landing *landing, struct error *err)
{
	HELD(delivery) wanted = {0};
	fill(&landing->current, current);
	fill(&landing->fixes, fixes);
	fill(&wanted, request);
	shop->request.fixes = &wanted;
	landing->own = (const struct delta_snapshot *)shop; /* only that there is a table */
	int result = land_fixes_choose(landing, is_current, err);
	shop->request.fixes = NULL;
	return result;
}

static void a_fix_needs_its_file_in_the_table(void **state)
{
	struct support_landing *shop = *state;
	struct error err;
	HELD(landing) landing = {.state = &shop->state, .source = &shop->source};
	assert_ok(choose(shop, "a:a", "a:f<a", "a:g<f", true, &landing, &err), &err);
	expect_contents(&landing.files, "g"); /* through the fix that it mends */
	HELD(landing) gone = {.state = &shop->state, .source = &shop->source};
	assert_fails(choose(shop, "b:b", "a:f<a", "a:g<f", true, &gone, &err), &err, ERR_REFUSED);
	assert_non_null(strstr(err.message, "\"a\" is no longer in the table"));
	HELD(landing) edited = {.state = &shop->state, .source = &shop->source};
	assert_fails(choose(shop, "a:a", "", "a:f<a", false, &edited, &err), &err, ERR_REFUSED);
	assert_non_null(strstr(err.message, "the contract of \"orders\" changed"));
}

/* ---- what stands for what ---- */

/* A file whose records at lines 4 and 9 were rejected, and its fix: lines 2 to 3 of that stand for
 * line 4 and what follows, line 4 for line 7. */
struct mended {
	struct land_file base, fix;
	int64_t rejects[2];
	struct decisions_line lines[2];
};

static void make_mended(struct mended *m)
{
	*m = (struct mended){.rejects = {4, 9}, .lines = {{2, 2, 4}, {4, 1, 7}}};
	m->base = (struct land_file){.rejects = m->rejects, .reject_count = 2};
	m->fix = (struct land_file){.base = &m->base, .lines = m->lines, .line_count = 2};
}

static void a_reject_of_a_fix_stands_where_its_record_stood(void **state)
{
	(void)state;
	struct error err;
	struct mended m;
	make_mended(&m);
	struct csv_reject reject = {.line = 3};
	assert_int_equal(land_fixes_reject(&m.fix, &reject, &err), 1);
	assert_int_equal(reject.line, 5);
	assert_int_equal(m.fix.waived, 0);
}

static void what_loads_by_itself_now_needs_no_fix(void **state)
{
	(void)state;
	struct error err;
	struct mended m;
	make_mended(&m);
	struct csv_reject reject = {.line = 4};
	assert_int_equal(land_fixes_reject(&m.fix, &reject, &err), 0);
	assert_int_equal(m.fix.waived, 1);
	m.fix.base = NULL; /* its file is not read again: it was a reject and is one */
	assert_int_equal(land_fixes_reject(&m.fix, &reject, &err), 1);
	assert_int_equal(reject.line, 7);
}

static void a_line_that_mends_nothing_is_our_mistake(void **state)
{
	(void)state;
	struct error err;
	struct mended m;
	char key[] = "landing/orders/_fixes/x";
	struct delivery_file file = {.key = key};
	make_mended(&m);
	m.fix.file = &file;
	struct csv_reject reject = {.line = 1};
	assert_fails(land_fixes_reject(&m.fix, &reject, &err), &err, ERR_INTERNAL);
}

static void rejects_of_a_file_that_is_mended_are_remembered(void **state)
{
	(void)state;
	struct error err;
	struct land_file item = {.is_mended = true};
	struct csv_reject reject = {.line = 12};
	assert_int_equal(land_fixes_reject(&item, &reject, &err), 1);
	assert_int_equal(item.reject_count, 1);
	assert_int_equal(item.rejects[0], 12);
	free(item.rejects);
}

/* ---- from the decisions ---- */

static int open_fixes(struct support_landing *shop, struct landing *landing, struct error *err)
{
	struct engine *engine;
	TRY(try_fill(&landing->files, "a:a a:f<a", err));
	landing->items = mem_alloc_array(2, sizeof *landing->items);
	landing->arena = arena_new();
	if (!landing->items || !landing->arena)
		return err_memory(err);
	for (size_t i = 0; i < 2; i++)
		landing->items[i] = (struct land_file){.landing = landing,
						       .file = &landing->files.files[i],
						       .sequence = (int64_t)i};
	TRY(context_engine(shop->in.context, &engine, err));
	TRY(engine_session_open(engine, &landing->session, err));
	return land_fixes_open(landing, err);
}

static void decide(struct support_landing *shop)
{
	struct error err;
	struct engine *engine;
	assert_ok(context_engine(shop->in.context, &engine, &err), &err);
	OWNED(engine_session) *session = support_session(engine);
	assert_int_equal(
		decisions_add(shop->in.context, session, "fix", NULL,
			      "select 'orders' as source, 'a' as file, 'a' as sha256, line, 'type' "
			      "as kind, null as \"column\", "
			      "'landing/orders/_fixes/aaaaaaaaaaaa-ffffffffffff' as fixed_key, "
			      "fixed_line, fixed_lines from (values (9, 4, 1), (4, 2, 2)) as "
			      "v(line, fixed_line, fixed_lines)",
			      &err),
		2);
}

/* landing_done() closes a session by the node that runs; a test has none. */
static void close_session(struct landing *landing)
{
	engine_session_close(landing->session);
	landing->session = NULL;
}

static void a_fix_finds_its_file_and_its_lines(void **state)
{
	struct support_landing *shop = *state;
	struct error err;
	HELD(landing) landing = {.state = &shop->state, .source = &shop->source};
	decide(shop);
	assert_ok(open_fixes(shop, &landing, &err), &err);
	const struct land_file *fix = &landing.items[1];
	assert_ptr_equal(fix->base, &landing.items[0]);
	assert_true(landing.items[0].is_mended);
	assert_int_equal(fix->sequence, 0); /* its file's place in the order of loading */
	assert_int_equal(fix->line_count, 2);
	assert_int_equal(fix->lines[0].line, 4);
	struct csv_reject reject = {.line = 4}; /* line 9 loads by itself */
	assert_int_equal(land_fixes_reject(&landing.items[0], &reject, &err), 1);
	assert_ok(land_fixes_show_lines(&landing, 1, &err), &err);
	support_expect_rows(landing.session,
			    "select _fixed_line || '>' || _base_line from " LAND_FILE_SCHEMA
			    ".lines_1 order by _fixed_line",
			    "2>4 3>5");
	close_session(&landing);
}

static int choose_and_open(void *context, struct error *err)
{
	struct support_landing *shop = context;
	HELD(landing) other = {.state = &shop->state, .source = &shop->source};
	HELD(landing) landing = {.state = &shop->state, .source = &shop->source};
	TRY(try_fill(&other.current, "a:a a:f<a", err));
	TRY(land_fixes_sort_out(&other, &other.current, err));
	TRY(try_fill(&other.files, "a:a", err));
	TRY(land_fixes_follow(&other, err));
	int result = open_fixes(shop, &landing, err);
	if (result == 0)
		result = land_fixes_show_lines(&landing, 1, err);
	close_session(&landing);
	return result;
}

/* A fix of a fix in the table is asked for; then a reject is remembered. */
static int choose_and_reject(void *context, struct error *err)
{
	struct support_landing *shop = context;
	HELD(landing) landing = {.state = &shop->state, .source = &shop->source};
	HELD(delivery) wanted = {0};
	struct land_file item = {.is_mended = true};
	struct csv_reject reject = {.line = 12};
	TRY(try_fill(&landing.current, "a:a", err));
	TRY(try_fill(&landing.fixes, "a:f<a", err));
	TRY(try_fill(&wanted, "a:g<f", err));
	shop->request.fixes = &wanted;
	landing.own = (const struct delta_snapshot *)shop; /* only that there is a table */
	int result = land_fixes_choose(&landing, true, err);
	shop->request.fixes = NULL;
	TRY(result);
	result = land_fixes_reject(&item, &reject, err);
	free(item.rejects);
	return result < 0 ? -1 : 0;
}

static void every_refused_allocation_is_reported(void **state)
{
	struct support_landing *shop = *state;
	support_sweep_allocations(choose_and_reject, shop);
	decide(shop);
	support_sweep_allocations(choose_and_open, shop);
}

#define test(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, support_landing_make, support_landing_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(fixes_are_no_files_of_the_table),
		test(fixes_follow_the_file_that_they_mend),
		test(a_fix_needs_its_file_in_the_table),
		test(a_reject_of_a_fix_stands_where_its_record_stood),
		test(what_loads_by_itself_now_needs_no_fix),
		test(a_line_that_mends_nothing_is_our_mistake),
		test(rejects_of_a_file_that_is_mended_are_remembered),
		test(a_fix_finds_its_file_and_its_lines),
		test(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
