/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "dag/graph.h"
#include "dag/run.h"

enum { TASKS_MAX = 600 };

/* What the tasks of a test do, and what was seen of them. */
struct play {
	struct graph *graph;
	pthread_mutex_t lock;
	char started[TASKS_MAX + 1];
	size_t started_count;
	int running, running_most;
	int64_t in_use, in_use_most;
	int64_t weights[TASKS_MAX];
	bool fails[TASKS_MAX];
	bool finished[TASKS_MAX];
	int events[TASKS_MAX];
	int work_ms;
	atomic_bool canceled, interrupted;
	int interrupts;
	size_t cancel_at; /* this task cancels the run and waits to be interrupted; else SIZE_MAX */
	bool out_of_order;
};

static void play_init(struct play *play, size_t count, const char *needs)
{
	struct error err;
	*play = (struct play){.cancel_at = SIZE_MAX};
	pthread_mutex_init(&play->lock, NULL);
	play->graph = graph_new();
	for (size_t i = 0; i < count; i++) {
		char name[16];
		if (count <= 26)
			snprintf(name, sizeof name, "%c", (int)('a' + i));
		else
			snprintf(name, sizeof name, "t%zu", i);
		assert_ok(graph_add_task(play->graph, name, &err), &err);
	}
	for (const char *c = needs; *c; c++)
		if (*c == '>')
			assert_ok(graph_add_need(play->graph, (size_t)(c[-1] - 'a'),
						 (size_t)(c[1] - 'a'), &err),
				  &err);
}

static void play_done(struct play *play)
{
	graph_free(play->graph);
	pthread_mutex_destroy(&play->lock);
}

static void begin(struct play *play, size_t task)
{
	pthread_mutex_lock(&play->lock);
	play->started[play->started_count++] = (char)('a' + task);
	play->running++;
	play->in_use += play->weights[task];
	if (play->running > play->running_most)
		play->running_most = play->running;
	if (play->in_use > play->in_use_most)
		play->in_use_most = play->in_use;
	size_t count;
	const size_t *needs = graph_needs(play->graph, task, &count);
	for (size_t i = 0; i < count; i++)
		play->out_of_order |= !play->finished[needs[i]];
	pthread_mutex_unlock(&play->lock);
}

static void end(struct play *play, size_t task)
{
	pthread_mutex_lock(&play->lock);
	play->running--;
	play->in_use -= play->weights[task];
	play->finished[task] = true;
	pthread_mutex_unlock(&play->lock);
}

static int work(void *context, size_t task, struct error *err)
{
	struct play *play = context;
	begin(play, task);
	if (play->work_ms)
		clock_sleep_ms(play->work_ms);
	if (task == play->cancel_at) {
		atomic_store(&play->canceled, true);
		while (!atomic_load(&play->interrupted))
			clock_sleep_ms(1);
		end(play, task);
		return err_set(err, ERR_CANCELED, "canceled");
	}
	end(play, task);
	return play->fails[task] ? err_set(err, ERR_CHECK, "%zu failed", task) : 0;
}

static int64_t weight(void *context, size_t task)
{
	return ((struct play *)context)->weights[task];
}

static void event(void *context, size_t task, const struct dag_task *what)
{
	struct play *play = context;
	play->events[task] = play->events[task] * 10 + (int)what->state;
}

static bool canceled(void *context)
{
	return atomic_load(&((struct play *)context)->canceled);
}

static void interrupt(void *context)
{
	struct play *play = context;
	play->interrupts++;
	atomic_store(&play->interrupted, true);
}

static struct dag_settings settings_of(struct play *play, int threads)
{
	return (struct dag_settings){.threads = threads,
				     .context = play,
				     .work = work,
				     .weight = weight,
				     .event = event,
				     .canceled = canceled,
				     .interrupt = interrupt};
}

static void one_thread_works_in_the_order_of_the_graph(void **state)
{
	(void)state;
	struct error err;
	struct play play;
	play_init(&play, 8, "a>h b>a c>h c>a");
	HELD(dag_result) result = {0};
	struct dag_settings settings = settings_of(&play, 1);
	assert_ok(dag_run(play.graph, &settings, &result, &err), &err);
	assert_string_equal(play.started, "defghabc");
	assert_int_equal(result.done, 8);
	assert_int_equal(play.events[0], DAG_RUNNING * 10 + DAG_DONE);
	assert_false(result.was_canceled);
	play_done(&play);
}

static void a_failure_skips_what_needs_it_and_nothing_else(void **state)
{
	(void)state;
	struct error err;
	struct play play;
	play_init(&play, 6, "b>a c>b d>c e>f c>f");
	play.fails[0] = true;
	HELD(dag_result) result = {0};
	struct dag_settings settings = settings_of(&play, 2);
	assert_ok(dag_run(play.graph, &settings, &result, &err), &err);
	assert_int_equal(result.tasks[0].state, DAG_FAILED);
	assert_string_equal(result.tasks[0].err->message, "0 failed");
	for (size_t i = 1; i <= 3; i++) {
		assert_int_equal(result.tasks[i].state, DAG_SKIPPED);
		assert_int_equal(result.tasks[i].because, 0);
		assert_int_equal(play.events[i], DAG_SKIPPED);
	}
	assert_int_equal(result.tasks[4].state, DAG_DONE);
	assert_int_equal(result.failed, 1);
	assert_int_equal(result.skipped, 3);
	assert_int_equal(result.done, 2);
	HELD(text) said = {0};
	dag_describe(play.graph, &result, 3, &said);
	assert_string_equal(said.data, "skipped because a failed");
	play_done(&play);
}

static void what_is_not_selected_is_not_waited_for(void **state)
{
	(void)state;
	struct error err;
	struct play play;
	play_init(&play, 4, "b>a c>b d>c");
	static const bool selected[] = {true, false, true, true};
	play.fails[0] = true; /* c does not hang on it: b, between them, is not selected */
	HELD(dag_result) result = {0};
	struct dag_settings settings = settings_of(&play, 1);
	settings.selected = selected;
	assert_ok(dag_run(play.graph, &settings, &result, &err), &err);
	assert_int_equal(result.tasks[0].state, DAG_FAILED);
	assert_int_equal(result.tasks[1].state, DAG_UNWANTED);
	assert_int_equal(result.tasks[2].state, DAG_DONE);
	assert_int_equal(result.tasks[3].state, DAG_DONE);
	assert_int_equal(play.events[1], 0);
	play_done(&play);
}

static void independent_tasks_run_side_by_side(void **state)
{
	(void)state;
	struct error err;
	struct play play;
	play_init(&play, 6, "");
	play.work_ms = 30;
	HELD(dag_result) result = {0};
	struct dag_settings settings = settings_of(&play, 3);
	assert_ok(dag_run(play.graph, &settings, &result, &err), &err);
	assert_true(play.running_most >= 2 && play.running_most <= 3);
	assert_true(result.tasks[0].us >= 25000);
	play_done(&play);
}

static void weights_stay_within_the_budget(void **state)
{
	(void)state;
	struct error err;
	struct play play;
	play_init(&play, 12, "");
	play.work_ms = 5;
	for (size_t i = 0; i < 12; i++)
		play.weights[i] = i % 3 ? 4 : 6;
	play.weights[7] = 50; /* more than the budget: alone */
	HELD(dag_result) result = {0};
	struct dag_settings settings = settings_of(&play, 8);
	settings.budget = 10;
	assert_ok(dag_run(play.graph, &settings, &result, &err), &err);
	assert_int_equal(result.done, 12);
	assert_int_equal(play.in_use_most, 50);
	play_done(&play);
	play_init(&play, 12, "");
	play.work_ms = 5;
	for (size_t i = 0; i < 12; i++)
		play.weights[i] = i % 3 ? 4 : 6;
	HELD(dag_result) again = {0};
	assert_ok(dag_run(play.graph, &settings, &again, &err), &err);
	assert_true(play.in_use_most <= 10);
	play_done(&play);
}

static void canceling_starts_nothing_more_and_interrupts(void **state)
{
	(void)state;
	struct error err;
	struct play play;
	play_init(&play, 5, "c>b d>c");
	play.cancel_at = 1;
	HELD(dag_result) result = {0};
	struct dag_settings settings = settings_of(&play, 1);
	assert_ok(dag_run(play.graph, &settings, &result, &err), &err);
	assert_true(result.was_canceled);
	assert_true(play.interrupts >= 1);
	assert_int_equal(result.tasks[0].state, DAG_DONE);
	assert_int_equal(result.tasks[1].state, DAG_CANCELED);
	assert_int_equal(result.tasks[2].state, DAG_WAITING);
	assert_int_equal(result.tasks[4].state, DAG_WAITING);
	assert_int_equal(result.failed, 0);
	assert_string_equal(play.started, "ab");
	play_done(&play);
}

static void a_run_canceled_before_it_begins_does_nothing(void **state)
{
	(void)state;
	struct error err;
	struct play play;
	play_init(&play, 3, "");
	atomic_store(&play.canceled, true);
	HELD(dag_result) result = {0};
	struct dag_settings settings = settings_of(&play, 2);
	assert_ok(dag_run(play.graph, &settings, &result, &err), &err);
	assert_true(result.was_canceled);
	assert_int_equal(play.started_count, 0);
	play_done(&play);
}

static void an_empty_graph_and_a_cycle_end_at_once(void **state)
{
	(void)state;
	struct error err;
	struct play play;
	play_init(&play, 0, "");
	HELD(dag_result) result = {0};
	struct dag_settings settings = settings_of(&play, 4);
	assert_ok(dag_run(play.graph, &settings, &result, &err), &err);
	play_done(&play);
	play_init(&play, 2, "a>b b>a");
	assert_fails(dag_run(play.graph, &settings, &result, &err), &err, ERR_PROJECT);
	play_done(&play);
}

/* A random graph in which some tasks fail: every task ends in one state, and it is the right one.
 */
static void stress(unsigned seed, int threads)
{
	struct error err;
	struct play play;
	play_init(&play, TASKS_MAX, "");
	srand(seed);
	for (size_t i = 1; i < TASKS_MAX; i++)
		for (int j = rand() % 4; j > 0; j--)
			assert_ok(graph_add_need(play.graph, i, (size_t)rand() % i, &err), &err);
	for (size_t i = 0; i < TASKS_MAX; i++) {
		play.fails[i] = rand() % 40 == 0;
		play.weights[i] = rand() % 5;
	}
	HELD(dag_result) result = {0};
	struct dag_settings settings = settings_of(&play, threads);
	settings.budget = 12;
	assert_ok(dag_run(play.graph, &settings, &result, &err), &err);
	assert_false(play.out_of_order);
	assert_true(play.running_most <= threads);
	assert_int_equal(result.done + result.failed + result.skipped, TASKS_MAX);
	for (size_t i = 0; i < TASKS_MAX; i++) { /* needs have smaller places */
		size_t count;
		const size_t *needs = graph_needs(play.graph, i, &count);
		bool doomed = false;
		for (size_t j = 0; j < count; j++)
			doomed |= result.tasks[needs[j]].state != DAG_DONE;
		enum dag_state expected = doomed          ? DAG_SKIPPED
					  : play.fails[i] ? DAG_FAILED
							  : DAG_DONE;
		assert_int_equal(result.tasks[i].state, expected);
		if (doomed)
			assert_int_equal(result.tasks[result.tasks[i].because].state, DAG_FAILED);
	}
	play_done(&play);
}

static void many_threads_agree_on_a_random_graph(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 20; seed++)
		stress(seed, 1 + (int)(seed % 16));
}

static int run_small(void *context, struct error *err)
{
	(void)context;
	struct play play = {.cancel_at = SIZE_MAX};
	OWNED(graph) *graph = graph_new();
	if (!graph)
		return err_memory(err);
	play.graph = graph;
	TRY(graph_add_task(graph, "a", err));
	TRY(graph_add_task(graph, "b", err));
	TRY(graph_add_need(graph, 0, 1, err));
	pthread_mutex_init(&play.lock, NULL);
	HELD(dag_result) result = {0};
	struct dag_settings settings = settings_of(&play, 2);
	int status = dag_run(graph, &settings, &result, err);
	pthread_mutex_destroy(&play.lock);
	return status;
}

static void every_refused_allocation_is_reported(void **state)
{
	(void)state;
	support_sweep_allocations(run_small, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_thread_works_in_the_order_of_the_graph),
		cmocka_unit_test(a_failure_skips_what_needs_it_and_nothing_else),
		cmocka_unit_test(what_is_not_selected_is_not_waited_for),
		cmocka_unit_test(independent_tasks_run_side_by_side),
		cmocka_unit_test(weights_stay_within_the_budget),
		cmocka_unit_test(canceling_starts_nothing_more_and_interrupts),
		cmocka_unit_test(a_run_canceled_before_it_begins_does_nothing),
		cmocka_unit_test(an_empty_graph_and_a_cycle_end_at_once),
		cmocka_unit_test(many_threads_agree_on_a_random_graph),
		cmocka_unit_test(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
