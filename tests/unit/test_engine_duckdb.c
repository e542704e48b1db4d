/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "engine/duckdb_core.h"
#include "support/engine.h"

static struct engine *engine;

static int open_engine(void **state)
{
	(void)state;
	engine = support_engine(2);
	return 0;
}

static int close_engine(void **state)
{
	(void)state;
	engine_close(engine);
	return 0;
}

static int set_up(void **state)
{
	*state = support_session(engine);
	return 0;
}

static int tear_down(void **state)
{
	engine_session_close(*state);
	return 0;
}

/* The first row's first value, or the error's text. Owner: caller. */
static char *ask(struct engine_session *session, const char *sql)
{
	struct error err;
	HELD(text) answer = {0};
	OWNED(engine_result) *result = NULL;
	int more = engine_session_query(session, sql, &result, &err);
	if (more == 0)
		more = engine_result_next(result, &err);
	if (more < 0)
		text_add(&answer, err.message);
	else if (more == 0)
		text_add(&answer, "no row");
	else
		text_add(&answer, engine_result_is_null(result, 0)
					  ? "NULL"
					  : engine_result_text(result, 0, NULL));
	return text_take(&answer, &err);
}

static void assert_answer(struct engine_session *session, const char *sql, const char *expected)
{
	OWNED_MEMORY char *answer = ask(session, sql);
	assert_string_equal(answer, expected);
}

static void the_library_says_its_version(void **state)
{
	(void)state;
	assert_true(text_starts(engine_library_version(), "duckdb 1."));
	assert_string_equal(engine_version(engine), engine_library_version());
}

static void assert_version(const char *version, const char *expected)
{
	struct error err = {0};
	int result = engine_check_version(version, &err);
	if (!expected)
		assert_ok(result, &err);
	else
		assert_string_equal(err.message, expected);
	assert_true(!expected || err.kind == ERR_UNSUPPORTED);
}

static void only_releases_whose_tree_is_known_are_taken(void **state)
{
	(void)state;
	assert_version(engine_library_version(), NULL);
	assert_version("duckdb 1.5.5", NULL);
	assert_version("duckdb 1.5.12", NULL);
	assert_version("duckdb 1.5.4", "duckdb 1.5.4 is too old: 1.5 from 1.5.5 on is needed");
	assert_version("duckdb 0.10.9", "duckdb 0.10.9 is too old: 1.5 from 1.5.5 on is needed");
	assert_version("duckdb 1.6.0", "duckdb 1.6.0 is not known to this release: 1.5 from 1.5.5 "
				       "on is needed");
	assert_version("duckdb 2.0.0", "duckdb 2.0.0 is not known to this release: 1.5 from 1.5.5 "
				       "on is needed");
	assert_version("duckdb ?", "duckdb ? is not known to this release: 1.5 from 1.5.5 on is "
				   "needed");
}

static void sessions_see_nothing_of_each_other(void **state)
{
	struct error err;
	struct engine_session *one = *state;
	OWNED(engine_session) *two = NULL;
	assert_ok(engine_session_open(engine, &two, &err), &err);
	assert_ok(engine_session_add_view(one, "a", "v", "select 1 as x", &err), &err);
	assert_ok(engine_session_add_view(two, "a", "v", "select 2 as x", &err), &err);
	assert_answer(one, "select x from a.v", "1");
	assert_answer(two, "select x from a.v", "2");
}

static void a_closed_session_leaves_nothing_attached(void **state)
{
	struct error err;
	struct engine_session *session = NULL;
	for (int i = 0; i < 3; i++) {
		assert_ok(engine_session_open(engine, &session, &err), &err);
		assert_ok(engine_session_add_view(session, "a", "v", "select 1 as x", &err), &err);
		engine_session_close(session);
	}
	assert_answer(*state, "select count(*) from duckdb_databases() where not internal", "2");
}

static void names_are_looked_up_along_the_path(void **state)
{
	struct error err;
	static const char *const path[] = {"delivery", "processing", NULL};
	assert_ok(engine_session_set_path(*state, path, &err), &err);
	assert_ok(engine_session_add_view(*state, "processing", "a", "select 'p' as x", &err),
		  &err);
	assert_answer(*state, "select x from a", "p");
	assert_ok(engine_session_add_view(*state, "delivery", "a", "select 'd' as x", &err), &err);
	assert_answer(*state, "select x from a", "d");
	assert_answer(*state, "select x from processing.a", "p");
	assert_ok(engine_session_add_view(*state, "vitrine", "b",
					  "select x from processing.a; -- c", &err),
		  &err);
	assert_answer(*state, "select x from vitrine.b", "p");
}

static void aliases_show_what_was_shown_and_what_comes(void **state)
{
	struct error err;
	assert_ok(engine_session_add_view(*state, "processing", "a", "select 1 as x", &err), &err);
	assert_ok(engine_session_add_alias(*state, "dl_processing_zone", "processing", &err), &err);
	assert_ok(engine_session_add_view(*state, "processing", "b", "select 2 as x", &err), &err);
	assert_answer(*state, "select x from dl_processing_zone.a", "1");
	assert_answer(*state, "select x from dl_processing_zone.b", "2");
}

static void rows_are_given_as_texts(void **state)
{
	struct error err;
	static const char *const names[] = {"i", "t", "d", "when"};
	static const char *const types[] = {"BIGINT", "VARCHAR", "DECIMAL(18,2)", "TIMESTAMP"};
	static const char *const values[] = {"1",  "it's", "12.30", "2018-01-02 03:04:05",
					     NULL, "",     NULL,    NULL};
	struct engine_rows rows = {"vitrine", "files", 4, 2, names, types, values};
	assert_ok(engine_session_add_rows(*state, &rows, &err), &err);
	assert_answer(*state, "select i || t || d || \"when\" from vitrine.files",
		      "1it's12.302018-01-02 03:04:05");
	assert_answer(*state, "select count(*) from vitrine.files where i is null and t = ''", "1");
	rows.row_count = 0;
	assert_ok(engine_session_add_rows(*state, &rows, &err), &err);
	assert_answer(*state, "select count(*) from vitrine.files", "0");
}

static void a_row_that_its_type_does_not_take_is_refused(void **state)
{
	struct error err;
	static const char *const names[] = {"i"}, *const types[] = {"BIGINT"};
	static const char *const values[] = {"1", "x"};
	struct engine_rows rows = {"vitrine", "files", 1, 2, names, types, values};
	assert_fails(engine_session_add_rows(*state, &rows, &err), &err, ERR_QUERY);
	assert_non_null(strstr(err.message, "vitrine.files"));
}

static void errors_have_a_kind_and_a_place(void **state)
{
	static const struct {
		const char *sql;
		enum error_kind kind;
		int line, column;
		const char *message;
	} cases[] = {
		{"selec 1", ERR_SYNTAX, 1, 1, "syntax error"},
		{"select '\xc3\xa9',\n  nope from (select 1 as nape)", ERR_QUERY, 2, 3, "nope"},
		{"select *\nfrom t.orders", ERR_UNDEFINED, 2, 6, "t.orders"},
		{"select nofunction(1)", ERR_UNDEFINED, 1, 8, "nofunction"},
		{"select cast('x' as int)", ERR_QUERY, 1, 8, "'x'"},
		{"select '\xc3\xa9', sum(*", ERR_SYNTAX, 1, 18, "syntax error"},
		{"select error('it fails')", ERR_QUERY, 0, 0, "it fails"},
		{"select * from read_parquet('/nowhere/x.parquet')", ERR_NOT_FOUND, 1, 15,
		 "/nowhere/x.parquet"},
		{"select * from read_parquet('" TEST_SOURCE_ROOT "/LICENSE')", ERR_CORRUPT, 0, 0,
		 "LICENSE"},
		{"set threads = 1", ERR_DENIED, 0, 0, "only what reads"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = {0};
		OWNED(engine_result) *result = NULL;
		int more = engine_session_query(*state, cases[i].sql, &result, &err);
		while (more >= 0 && (more = engine_result_next(result, &err)) == 1)
			;
		if (more >= 0)
			fail_msg("no error: %s", cases[i].sql);
		if (err.kind != cases[i].kind || !strstr(err.message, cases[i].message) ||
		    (cases[i].line && (err.line != cases[i].line || err.column != cases[i].column)))
			fail_msg("%s: %s, %d:%d: %s", cases[i].sql, err_word(err.kind), err.line,
				 err.column, err.message);
	}
}

static void the_nearest_names_are_the_hint(void **state)
{
	struct error err;
	struct engine_result *result = NULL;
	assert_ok(engine_session_add_view(*state, "a", "orders", "select 1 as price", &err), &err);
	assert_fails(engine_session_query(*state, "select prise from a.orders", &result, &err),
		     &err, ERR_QUERY);
	assert_string_equal(err.hint, "Did you mean \"price\"?");
	assert_fails(engine_session_query(*state, "select 1 from a.order", &result, &err), &err,
		     ERR_UNDEFINED);
	assert_non_null(strstr(err.hint, "orders"));
}

static void too_little_memory_is_a_limit(void **state)
{
	struct error err;
	OWNED(engine) *small = NULL;
	(void)state;
	assert_ok(engine_open(&(struct engine_settings){.threads = 1, .memory_bytes = 16 << 20},
			      &small, &err),
		  &err);
	OWNED(engine_session) *session = NULL;
	assert_ok(engine_session_open(small, &session, &err), &err);
	assert_fails(
		engine_session_execute(session, "select list(i) from range(100000000) r(i)", &err),
		&err, ERR_LIMIT);
	assert_non_null(strstr(err.hint, "memory"));
	assert_answer(session, "select 1", "1");
}

static void *interrupt_soon(void *session)
{
	double progress = -1;
	for (int i = 0; i < 100 && progress < 0; i++) {
		clock_sleep_ms(10);
		progress = engine_session_progress(session);
	}
	engine_session_interrupt(session);
	return NULL;
}

static void an_interrupt_stops_what_runs_and_nothing_else(void **state)
{
	struct error err;
	pthread_t thread;
	assert_ok(engine_session_count_progress(*state, &err), &err);
	assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, *state), 0);
	int result = engine_session_execute(
		*state, "select count(*) from range(1000000000000) a(i) where hash(i) = 1", &err);
	pthread_join(thread, NULL);
	assert_fails(result, &err, ERR_CANCELED);
	assert_answer(*state, "select 1", "1");
}

static int open_all(void *context, struct error *err)
{
	(void)context;
	OWNED(engine_session) *session = NULL;
	static const char *const names[] = {"i"}, *const types[] = {"BIGINT"};
	static const char *const values[] = {"1"}, *const path[] = {"a", NULL};
	struct engine_rows rows = {"a", "r", 1, 1, names, types, values};
	TRY(engine_session_open(engine, &session, err));
	TRY(engine_session_set_path(session, path, err));
	TRY(engine_session_add_alias(session, "b", "a", err));
	TRY(engine_session_add_view(session, "a", "v", "select 1 as x", err));
	TRY(engine_session_add_rows(session, &rows, err));
	OWNED(engine_result) *result = NULL;
	TRY(engine_session_query(session, "select x, [x] from b.v, b.r", &result, err));
	int more;
	while ((more = engine_result_next(result, err)) == 1)
		engine_result_text(result, 1, NULL);
	return more;
}

static void every_refused_allocation_is_reported(void **state)
{
	(void)state;
	support_sweep_allocations(open_all, NULL);
}

static void a_statement_ends_before_what_follows_it(void **state)
{
	(void)state;
	static const struct {
		const char *sql;
		size_t len;
	} cases[] = {
		{"select 1", 8},           {"select 1 ; ", 8},
		{"select 1 -- it's", 8},   {"select ';' /* ; */ ;;", 10},
		{"select $a$;--$a$;", 16}, {"", 0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(sql_statement_length(cases[i].sql), cases[i].len);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_library_says_its_version),
		CASE(only_releases_whose_tree_is_known_are_taken),
		CASE(sessions_see_nothing_of_each_other),
		CASE(a_closed_session_leaves_nothing_attached),
		CASE(names_are_looked_up_along_the_path),
		CASE(aliases_show_what_was_shown_and_what_comes),
		CASE(rows_are_given_as_texts),
		CASE(a_row_that_its_type_does_not_take_is_refused),
		CASE(errors_have_a_kind_and_a_place),
		CASE(the_nearest_names_are_the_hint),
		CASE(too_little_memory_is_a_limit),
		CASE(an_interrupt_stops_what_runs_and_nothing_else),
		CASE(every_refused_allocation_is_reported),
		CASE(a_statement_ends_before_what_follows_it),
	};
	return cmocka_run_group_tests(tests, open_engine, close_engine);
}
