/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/array_table.h"
#include "support/engine.h"

static const char *word(const void *context, uint32_t number, size_t *out_len)
{
	const char *const *words = context;
	*out_len = strlen(words[number]);
	return words[number];
}

static const char *const WORDS[] = {"", "caf\xc3\xa9", "a text longer than twelve bytes"};

static int open_session(void **state)
{
	struct error err;
	struct engine *engine;
	struct engine_session *session;
	engine = support_engine(4);
	assert_ok(engine_session_open(engine, &session, &err), &err);
	struct engine_session **both = *state = malloc(2 * sizeof(void *));
	both[0] = session;
	both[1] = (struct engine_session *)engine;
	return 0;
}

static int close_session(void **state)
{
	struct engine_session **both = *state;
	engine_session_close(both[0]);
	engine_close((struct engine *)both[1]);
	free(both);
	return 0;
}

static struct engine_session *session_of(void **state)
{
	return *(struct engine_session **)*state;
}

static void expect_text(struct engine_session *session, const char *sql, const char *expected)
{
	struct error err;
	OWNED(engine_result) *result = NULL;
	assert_ok(engine_session_query(session, sql, &result, &err), &err);
	assert_int_equal(engine_result_next(result, &err), 1);
	assert_string_equal(engine_result_text(result, 0, NULL), expected);
}

static void every_type_comes_as_it_is_and_what_is_not_known_is_null(void **state)
{
	static const int32_t places[] = {1, INT32_MIN, -3};
	static const int64_t times[] = {INT64_MAX, 0, INT64_MIN};
	const double scores[] = {0.5, (double)NAN, -1};
	const float shares[] = {NAN, 0.25F, 2};
	static const uint32_t words[] = {2, ENGINE_ARRAY_NONE, 1};
	const struct engine_array columns[] = {
		{.name = "place", .type = ENGINE_ARRAY_INTEGER, .values = places},
		{.name = "time", .type = ENGINE_ARRAY_BIGINT, .values = times},
		{.name = "score", .type = ENGINE_ARRAY_DOUBLE, .values = scores},
		{.name = "share", .type = ENGINE_ARRAY_FLOAT, .values = shares},
		{.name = "word",
		 .type = ENGINE_ARRAY_TEXT,
		 .values = words,
		 .text = word,
		 .context = WORDS},
	};
	struct error err;
	struct engine_session *session = session_of(state);
	assert_ok(engine_session_add_arrays(session, "found", "rows", columns, 5, 3, &err), &err);
	expect_text(session,
		    "select string_agg(concat_ws('|', coalesce(cast(place as varchar), '-'), "
		    "coalesce(cast(time as varchar), '-'), coalesce(cast(score as varchar), '-'), "
		    "coalesce(cast(share as varchar), '-'), coalesce(word, '-')), ' ') "
		    "from found.rows",
		    "1|9223372036854775807|0.5|-|a text longer than twelve bytes "
		    "-|0|-|0.25|- -3|-|-1.0|2.0|caf\xc3\xa9");
}

static void many_rows_come_once_each_and_in_order(void **state)
{
	enum { ROWS = 100003 };
	struct error err;
	int32_t *numbers = malloc(ROWS * sizeof *numbers);
	for (int i = 0; i < ROWS; i++)
		numbers[i] = i;
	const struct engine_array column = {
		.name = "n", .type = ENGINE_ARRAY_INTEGER, .values = numbers};
	struct engine_session *session = session_of(state);
	assert_ok(engine_session_add_arrays(session, "found", "many", &column, 1, ROWS, &err),
		  &err);
	expect_text(session, "select sum(n) || ' ' || count(distinct n) from found.many",
		    "5000250003 100003");
	expect_text(session,
		    "select count(*) from (select n, n - lag(n) over () as d from found.many) "
		    "where d <> 1",
		    "0");
	expect_text(session, "select count(*) from found.many a join found.many b on a.n = b.n",
		    "100003");
	free(numbers);
}

static void no_rows_are_a_table_too(void **state)
{
	const struct engine_array column = {.name = "n", .type = ENGINE_ARRAY_INTEGER};
	struct error err;
	struct engine_session *session = session_of(state);
	assert_ok(engine_session_add_arrays(session, "found", "none", &column, 1, 0, &err), &err);
	expect_text(session, "select count(n) from found.none", "0");
}

static void a_refused_allocation_is_said(void **state)
{
	static const int32_t numbers[] = {1};
	const struct engine_array column = {
		.name = "n", .type = ENGINE_ARRAY_INTEGER, .values = numbers};
	struct error err;
	for (size_t n = 1; n < 100; n++) {
		mem_fail_at(n);
		int result = engine_session_add_arrays(session_of(state), "found", "t", &column, 1,
						       1, &err);
		bool failed = mem_failed();
		mem_fail_at(0);
		if (!failed) {
			assert_ok(result, &err);
			return;
		}
		if (result < 0)
			assert_int_equal(err.kind, ERR_MEMORY);
	}
	fail_msg("never done");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_session, close_session)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_type_comes_as_it_is_and_what_is_not_known_is_null),
		CASE(many_rows_come_once_each_and_in_order),
		CASE(no_rows_are_a_table_too),
		CASE(a_refused_allocation_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
