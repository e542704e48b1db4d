/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/own.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "catalog/checks.h"
#include "catalog/runs.h"

struct fixture {
	char *folder;
	struct catalog *catalog;
};

static int set_up(void **state)
{
	struct error err;
	struct fixture *f = calloc(1, sizeof *f);
	f->folder = support_make_folder();
	assert_ok(catalog_open(f->folder, &f->catalog, &err), &err);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	catalog_close(f->catalog);
	support_remove_folder(f->folder);
	free(f);
	return 0;
}

static struct catalog_run a_run(const char *id)
{
	return (struct catalog_run){.id = id,
				    .command = "vitrine run",
				    .target = "prod",
				    .code = "0.1.0",
				    .process = "host:1",
				    .started_us = 1000};
}

static struct catalog_step a_step(const char *run_id, const char *name)
{
	return (struct catalog_step){.run_id = run_id,
				     .kind = CATALOG_MODEL,
				     .name = name,
				     .attempts = 1,
				     .started_us = 2000,
				     .rows_in = -1,
				     .rows_out = -1,
				     .bytes = -1,
				     .table_version = -1};
}

static int64_t start(struct fixture *f, const char *id)
{
	struct error err;
	int64_t number = 0;
	struct catalog_run run = a_run(id);
	assert_ok(catalog_runs_start(f->catalog, &run, &number, &err), &err);
	return number;
}

/* What a callback saw, as one line each. */
static int note_run(void *context, const struct catalog_run *run, struct error *err)
{
	(void)err;
	text_addf(context, "%lld %s %s set=%lld ended=%lld", (long long)run->number, run->id,
		  catalog_status_word(run->status), (long long)run->set, (long long)run->ended_us);
	if (run->failure.kind)
		text_addf(context, " [%s: %s at %s:%d]", run->failure.kind, run->failure.message,
			  run->failure.file, run->failure.line);
	text_add(context, "\n");
	return 0;
}

static int note_step(void *context, const struct catalog_step *step, struct error *err)
{
	(void)err;
	text_addf(context, "%s %s %s in=%lld out=%lld v=%lld %s\n",
		  catalog_step_kind_word(step->kind), step->name, catalog_status_word(step->status),
		  (long long)step->rows_in, (long long)step->rows_out,
		  (long long)step->table_version, step->reason ? step->reason : "-");
	return 0;
}

static int note_line(void *context, const struct catalog_log_line *line, struct error *err)
{
	(void)err;
	text_addf(context, "%s/%lld %s %.60s\n", line->step ? line->step : "-",
		  (long long)line->number, catalog_log_level_word(line->level), line->text);
	return 0;
}

static void assert_runs(struct fixture *f, const char *expected)
{
	struct error err;
	HELD(text) seen = {0};
	text_add(&seen, "");
	assert_ok(catalog_runs_each(f->catalog, NULL, 100, note_run, &seen, &err), &err);
	assert_string_equal(seen.data, expected);
}

static void assert_steps(struct fixture *f, const char *run_id, const char *expected)
{
	struct error err;
	HELD(text) seen = {0};
	text_add(&seen, "");
	assert_ok(catalog_runs_each_step(f->catalog, run_id, note_step, &seen, &err), &err);
	assert_string_equal(seen.data, expected);
}

static void runs_are_numbered_and_end_with_their_cause(void **state)
{
	struct fixture *f = *state;
	struct error err, cause;
	assert_int_equal(start(f, "id-a"), 1);
	assert_int_equal(start(f, "id-b"), 2);
	assert_ok(catalog_runs_end(f->catalog, "id-a", CATALOG_OK, 7, 5000, NULL, &err), &err);
	err_set(&cause, ERR_CHECK, "two rows are wrong");
	err_at(&cause, "models/a.sql", 3, 1);
	assert_ok(catalog_runs_end(f->catalog, "id-b", CATALOG_FAILED, 0, 6000, &cause, &err),
		  &err);
	assert_runs(f, "2 id-b failed set=0 ended=6000 "
		       "[check_failed: two rows are wrong at models/a.sql:3]\n"
		       "1 id-a ok set=7 ended=5000\n");
	assert_fails(catalog_runs_end(f->catalog, "id-x", CATALOG_OK, 0, 1, NULL, &err), &err,
		     ERR_NOT_FOUND);
}

static void an_id_can_start_only_once(void **state)
{
	struct fixture *f = *state;
	struct error err;
	int64_t number;
	struct catalog_run run = a_run("id-a");
	start(f, "id-a");
	assert_fails(catalog_runs_start(f->catalog, &run, &number, &err), &err, ERR_CONFLICT);
}

static void a_step_is_replaced_as_it_goes_on(void **state)
{
	struct fixture *f = *state;
	struct error err;
	start(f, "id-a");
	struct catalog_step step = a_step("id-a", "processing.orders");
	assert_ok(catalog_runs_put_step(f->catalog, &step, &err), &err);
	step.status = CATALOG_OK;
	step.rows_out = 0;
	step.table_version = 0;
	step.reason = "first build";
	assert_ok(catalog_runs_put_step(f->catalog, &step, &err), &err);
	assert_steps(f, "id-a", "model processing.orders ok in=-1 out=0 v=0 first build\n");
	step.run_id = "id-x";
	assert_fails(catalog_runs_put_step(f->catalog, &step, &err), &err, ERR_NOT_FOUND);
}

static void steps_still_running_at_the_end_are_canceled(void **state)
{
	struct fixture *f = *state;
	struct error err;
	start(f, "id-a");
	struct catalog_step step = a_step("id-a", "delivery.x");
	assert_ok(catalog_runs_put_step(f->catalog, &step, &err), &err);
	assert_ok(catalog_runs_end(f->catalog, "id-a", CATALOG_CANCELED, 0, 9, NULL, &err), &err);
	assert_steps(f, "id-a", "model delivery.x canceled in=-1 out=-1 v=-1 -\n");
}

static void the_dead_are_buried_but_not_the_living(void **state)
{
	struct fixture *f = *state;
	struct error err;
	int64_t number;
	start(f, "id-a");
	start(f, "id-b");
	struct catalog_run other = a_run("id-c");
	other.target = "dev";
	assert_ok(catalog_runs_start(f->catalog, &other, &number, &err), &err);
	struct catalog_step step = a_step("id-a", "delivery.x");
	assert_ok(catalog_runs_put_step(f->catalog, &step, &err), &err);
	assert_int_equal(catalog_runs_bury(f->catalog, "prod", "id-b", &err), 1);
	assert_runs(f, "3 id-c running set=0 ended=0\n"
		       "2 id-b running set=0 ended=0\n"
		       "1 id-a died set=0 ended=2000\n");
	assert_steps(f, "id-a", "model delivery.x died in=-1 out=-1 v=-1 -\n");
}

static void runs_are_restored_under_their_number_or_the_next(void **state)
{
	struct fixture *f = *state;
	struct error err;
	struct catalog_run run = a_run("id-a");
	run.status = CATALOG_OK;
	run.number = 5;
	assert_int_equal(catalog_runs_restore(f->catalog, &run, &err), 1);
	assert_int_equal(catalog_runs_restore(f->catalog, &run, &err), 0);
	run.id = "id-b";
	assert_int_equal(catalog_runs_restore(f->catalog, &run, &err), 1);
	assert_runs(f, "6 id-b ok set=0 ended=0\n5 id-a ok set=0 ended=0\n");
}

static void old_runs_are_forgotten_with_all_that_is_theirs(void **state)
{
	struct fixture *f = *state;
	struct error err;
	static const char *const ids[] = {"id-a", "id-b", "id-c", "id-d"};
	for (int i = 0; i < 4; i++) {
		start(f, ids[i]);
		struct catalog_step step = a_step(ids[i], "delivery.x");
		assert_ok(catalog_runs_put_step(f->catalog, &step, &err), &err);
		if (i != 1)
			assert_ok(
				catalog_runs_end(f->catalog, ids[i], CATALOG_OK, 0, 2, NULL, &err),
				&err);
	}
	assert_int_equal(catalog_runs_prune(f->catalog, 10, &err), 0);
	assert_int_equal(catalog_runs_prune(f->catalog, 1, &err), 2); /* id-b still runs */
	assert_runs(f, "4 id-d ok set=0 ended=2\n2 id-b running set=0 ended=0\n");
	assert_steps(f, "id-a", "");
}

static void a_run_is_found_by_number_beginning_or_last(void **state)
{
	struct fixture *f = *state;
	struct error err;
	char id[PROCESS_ID_SIZE];
	assert_fails(catalog_runs_find(f->catalog, "last", id, &err), &err, ERR_NOT_FOUND);
	start(f, "aaaa-1");
	start(f, "aaaa-2");
	assert_ok(catalog_runs_find(f->catalog, "1", id, &err), &err);
	assert_string_equal(id, "aaaa-1");
	assert_ok(catalog_runs_find(f->catalog, "last", id, &err), &err);
	assert_string_equal(id, "aaaa-2");
	assert_ok(catalog_runs_find(f->catalog, "aaaa-1", id, &err), &err);
	assert_string_equal(id, "aaaa-1");
	assert_fails(catalog_runs_find(f->catalog, "aaaa", id, &err), &err, ERR_USAGE);
	assert_fails(catalog_runs_find(f->catalog, "0", id, &err), &err, ERR_NOT_FOUND);
	assert_fails(catalog_runs_find(f->catalog, "aaa", id, &err), &err, ERR_NOT_FOUND);
}

static int stop_at_once(void *context, const struct catalog_run *run, struct error *err)
{
	(void)run;
	(void)err;
	++*(int *)context;
	return 1;
}

static int fail_at_once(void *context, const struct catalog_run *run, struct error *err)
{
	(void)context;
	(void)run;
	return err_set(err, ERR_LIMIT, "enough");
}

static void a_callback_may_stop_or_fail(void **state)
{
	struct fixture *f = *state;
	struct error err;
	int seen = 0;
	start(f, "id-a");
	start(f, "id-b");
	assert_ok(catalog_runs_each(f->catalog, "prod", 9, stop_at_once, &seen, &err), &err);
	assert_int_equal(seen, 1);
	assert_fails(catalog_runs_each(f->catalog, NULL, 9, fail_at_once, NULL, &err), &err,
		     ERR_LIMIT);
	assert_fails(catalog_runs_get(f->catalog, "id-x", stop_at_once, &seen, &err), &err,
		     ERR_NOT_FOUND);
}

static void the_past_of_a_step_is_told_newest_first(void **state)
{
	struct fixture *f = *state;
	struct error err;
	HELD(text) seen = {0};
	static const char *const ids[] = {"id-a", "id-b", "id-c"};
	for (int i = 0; i < 3; i++) {
		start(f, ids[i]);
		struct catalog_step step = a_step(ids[i], "delivery.x");
		step.status = i == 1 ? CATALOG_FAILED : CATALOG_OK;
		step.started_us += i;
		step.rows_out = i;
		assert_ok(catalog_runs_put_step(f->catalog, &step, &err), &err);
	}
	assert_ok(catalog_runs_each_past(f->catalog, "prod", CATALOG_MODEL, "delivery.x", 9,
					 note_step, &seen, &err),
		  &err);
	assert_string_equal(seen.data, "model delivery.x ok in=-1 out=2 v=-1 -\n"
				       "model delivery.x ok in=-1 out=0 v=-1 -\n");
}

static void add_line(struct fixture *f, const char *step, int64_t time,
		     enum catalog_log_level level, const char *text)
{
	struct error err;
	struct catalog_log_line line = {.run_id = "id-a",
					.kind = CATALOG_LAND,
					.step = step,
					.time_us = time,
					.level = level,
					.text = text};
	assert_ok(catalog_runs_add_log(f->catalog, &line, &err), &err);
}

static void logs_are_read_by_step_and_level(void **state)
{
	struct fixture *f = *state;
	struct error err;
	HELD(text) all = {0}, some = {0};
	start(f, "id-a");
	add_line(f, NULL, 1, CATALOG_LOG_INFO, "begins");
	add_line(f, "orders", 2, CATALOG_LOG_WARNING, "odd");
	add_line(f, "orders", 3, CATALOG_LOG_ERROR, "wrong");
	assert_ok(catalog_runs_each_log(f->catalog, "id-a", NULL, CATALOG_LOG_INFO, note_line, &all,
					&err),
		  &err);
	assert_string_equal(all.data, "-/1 info begins\norders/1 warning odd\n"
				      "orders/2 error wrong\n");
	assert_ok(catalog_runs_each_log(f->catalog, "id-a", "orders", CATALOG_LOG_ERROR, note_line,
					&some, &err),
		  &err);
	assert_string_equal(some.data, "orders/2 error wrong\n");
}

static int last_line(void *context, const struct catalog_log_line *line, struct error *err)
{
	(void)err;
	struct text *t = context;
	text_clear(t);
	text_addf(t, "%lld %s", (long long)line->number, line->text);
	return 0;
}

static void a_log_is_bounded_in_lines_and_length(void **state)
{
	struct fixture *f = *state;
	struct error err;
	HELD(text) last = {0}, longest = {0};
	start(f, "id-a");
	for (int i = 0; i < LOG_TEXT_LEN_MAX - 1; i++)
		text_add_char(&longest, 'x');
	text_add(&longest, "\xc3\xa9"); /* the cut falls into it */
	add_line(f, "one", 1, CATALOG_LOG_INFO, longest.data);
	assert_ok(catalog_runs_each_log(f->catalog, "id-a", "one", CATALOG_LOG_INFO, last_line,
					&last, &err),
		  &err);
	assert_int_equal(last.len, 2 + LOG_TEXT_LEN_MAX - 1);
	assert_ok(catalog_begin(f->catalog, &err), &err);
	for (int i = 0; i < LOG_LINES_MAX + 5; i++)
		add_line(f, "two", i, CATALOG_LOG_INFO, "line");
	assert_ok(catalog_end(f->catalog, 0, &err), &err);
	assert_ok(catalog_runs_each_log(f->catalog, "id-a", "two", CATALOG_LOG_INFO, last_line,
					&last, &err),
		  &err);
	assert_string_equal(last.data, "10000 the step said more; only this much is kept");
}

static bool is_noted(struct fixture *f, const char *target, int64_t version, const char *hash)
{
	struct error err;
	int noted = catalog_checks_is_noted(f->catalog, target, "a.b", version, hash, &err);
	assert_ok(noted, &err);
	return noted;
}

static void a_check_is_noted_for_one_version_of_one_target(void **state)
{
	struct fixture *f = *state;
	struct error err;
	assert_false(is_noted(f, "prod", 3, "h1"));
	assert_ok(catalog_checks_note(f->catalog, "prod", "a.b", 3, "h1", &err), &err);
	assert_ok(catalog_checks_note(f->catalog, "prod", "a.b", 3, "h1", &err), &err);
	assert_true(is_noted(f, "prod", 3, "h1"));
	assert_false(is_noted(f, "prod", 3, "h2"));
	assert_false(is_noted(f, "dev", 3, "h1"));
	assert_ok(catalog_checks_note(f->catalog, "prod", "a.b", 4, "h1", &err), &err);
	assert_false(is_noted(f, "prod", 3, "h1"));
	assert_true(is_noted(f, "prod", 4, "h1"));
	assert_ok(catalog_check(f->catalog, &err), &err); /* what SQLite thinks of the rows */
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(runs_are_numbered_and_end_with_their_cause),
		CASE(an_id_can_start_only_once),
		CASE(a_step_is_replaced_as_it_goes_on),
		CASE(steps_still_running_at_the_end_are_canceled),
		CASE(the_dead_are_buried_but_not_the_living),
		CASE(runs_are_restored_under_their_number_or_the_next),
		CASE(old_runs_are_forgotten_with_all_that_is_theirs),
		CASE(a_run_is_found_by_number_beginning_or_last),
		CASE(a_callback_may_stop_or_fail),
		CASE(the_past_of_a_step_is_told_newest_first),
		CASE(logs_are_read_by_step_and_level),
		CASE(a_log_is_bounded_in_lines_and_length),
		CASE(a_check_is_noted_for_one_version_of_one_target),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
