/* SPDX-License-Identifier: Apache-2.0 */
/* run: a pool of threads takes tasks in the graph's order, under one lock; the caller's thread
 * only watches for cancelling. Everything of `struct run` is read and written under the lock,
 * except while a task works: then its own dag_task and error belong to its thread. */
#include "dag/run.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/text.h"
#include "dag/graph.h"

enum { WATCH_MS = 50 };

struct run {
	const struct graph *graph;
	const struct dag_settings *settings;
	struct dag_result *result;
	const size_t *order;
	size_t *open;     /* needs of each task that are not done yet */
	int64_t *weights; /* -1 = not asked yet */
	size_t *stack;    /* room for skip_descendants() */
	size_t first; /* every task before this place in the order has been started or settled */
	size_t unsettled; /* tasks that may still be started */
	size_t running;
	int64_t in_use; /* of the budget */
	bool is_canceled, is_over;
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

static void tell(struct run *run, size_t task)
{
	if (run->settings->event)
		run->settings->event(run->settings->context, task, &run->result->tasks[task]);
}

static bool ask_canceled(struct run *run)
{
	if (!run->is_canceled)
		run->is_canceled = run->settings->canceled
					   ? run->settings->canceled(run->settings->context)
					   : process_interrupted();
	return run->is_canceled;
}

/* ---- what a task's end means for others ---- */

static void skip_descendants(struct run *run, size_t failed)
{
	size_t depth = 0;
	run->stack[depth++] = failed;
	while (depth > 0) {
		size_t count;
		const size_t *after = graph_needed_by(run->graph, run->stack[--depth], &count);
		for (size_t i = 0; i < count; i++) {
			struct dag_task *task = &run->result->tasks[after[i]];
			if (task->state != DAG_WAITING)
				continue;
			task->state = DAG_SKIPPED;
			task->because = failed;
			run->result->skipped++;
			run->unsettled--;
			tell(run, after[i]);
			run->stack[depth++] = after[i];
		}
	}
}

static void settle(struct run *run, size_t place, int status, struct error *err)
{
	struct dag_task *task = &run->result->tasks[place];
	run->running--;
	run->in_use -= run->weights[place];
	if (status >= 0) {
		task->state = DAG_DONE;
		run->result->done++;
	} else {
		bool is_canceled = err->kind == ERR_CANCELED && ask_canceled(run);
		task->state = is_canceled ? DAG_CANCELED : DAG_FAILED;
		task->err = err;
		run->result->failed += !is_canceled;
	}
	tell(run, place);
	if (task->state == DAG_FAILED)
		skip_descendants(run, place);
	size_t count;
	const size_t *after = graph_needed_by(run->graph, place, &count);
	for (size_t i = 0; task->state == DAG_DONE && i < count; i++)
		run->open[after[i]]--;
}

/* ---- choosing and working ---- */

static bool fits(struct run *run, size_t task)
{
	const struct dag_settings *settings = run->settings;
	int64_t *weight = &run->weights[task];
	if (*weight < 0) {
		*weight = settings->weight ? settings->weight(settings->context, task) : 0;
		*weight = *weight < 0 ? 0 : *weight;
	}
	return run->running == 0 || settings->budget <= 0 ||
	       (run->in_use <= settings->budget && *weight <= settings->budget - run->in_use);
}

/* The first task of the order that may start now, or -1. */
static long choose(struct run *run)
{
	size_t count = run->result->count;
	const struct dag_task *tasks = run->result->tasks;
	while (run->first < count && tasks[run->order[run->first]].state != DAG_WAITING)
		run->first++;
	for (size_t i = run->first; i < count; i++) {
		size_t task = run->order[i];
		if (tasks[task].state == DAG_WAITING && run->open[task] == 0 && fits(run, task))
			return (long)task;
	}
	return -1;
}

static void work(struct run *run, size_t place)
{
	struct dag_task *task = &run->result->tasks[place];
	struct error *err = &run->result->errors[place];
	task->state = DAG_RUNNING;
	run->unsettled--;
	run->running++;
	run->in_use += run->weights[place];
	tell(run, place);
	pthread_mutex_unlock(&run->lock);
	int64_t began_us = clock_monotonic_us();
	int status = run->settings->work(run->settings->context, place, err);
	int64_t ended_us = clock_monotonic_us();
	pthread_mutex_lock(&run->lock);
	task->us = ended_us - began_us;
	settle(run, place, status, err);
	pthread_cond_broadcast(&run->changed);
}

static void *worker(void *argument)
{
	struct run *run = argument;
	pthread_mutex_lock(&run->lock);
	while (!run->is_over && run->unsettled > 0 && !ask_canceled(run)) {
		long task = choose(run);
		if (task >= 0)
			work(run, (size_t)task);
		else
			pthread_cond_wait(&run->changed, &run->lock);
	}
	pthread_cond_broadcast(&run->changed);
	pthread_mutex_unlock(&run->lock);
	return NULL;
}

/* ---- the caller's thread ---- */

static void wait_a_moment(struct run *run)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)WATCH_MS * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&run->changed, &run->lock, &until);
}

static void watch(struct run *run)
{
	int64_t interrupted_us = 0;
	pthread_mutex_lock(&run->lock);
	while (run->running > 0 || (run->unsettled > 0 && !run->is_canceled)) {
		wait_a_moment(run);
		int64_t now_us = clock_monotonic_us();
		if (!ask_canceled(run) || !run->running || !run->settings->interrupt ||
		    now_us - interrupted_us < WATCH_MS * 1000)
			continue;
		interrupted_us = now_us;
		pthread_mutex_unlock(&run->lock);
		run->settings->interrupt(run->settings->context);
		pthread_mutex_lock(&run->lock);
	}
	run->is_over = true;
	pthread_cond_broadcast(&run->changed);
	pthread_mutex_unlock(&run->lock);
}

static int run_pool(struct run *run, struct error *err)
{
	size_t wanted = run->settings->threads < 1 ? 1 : (size_t)run->settings->threads;
	if (wanted > run->unsettled)
		wanted = run->unsettled;
	OWNED_MEMORY pthread_t *threads = mem_alloc_array(wanted, sizeof *threads);
	if (!threads)
		return err_memory(err);
	size_t started = 0;
	/* Fewer threads than wished for do the same work. */
	while (started < wanted && pthread_create(&threads[started], NULL, worker, run) == 0)
		started++;
	if (started == 0 && wanted > 0)
		return err_set(err, ERR_MEMORY, "no thread could be started");
	watch(run);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	run->result->was_canceled = run->is_canceled;
	return 0;
}

/* ---- the whole ---- */

static void run_done(struct run *run)
{
	free(run->open);
	free(run->weights);
	free(run->stack);
	pthread_cond_destroy(&run->changed);
	pthread_mutex_destroy(&run->lock);
}
OWN_DEFINE_EMBEDDED(run, run_done)

static void init_lock(struct run *run)
{
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&run->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	pthread_mutex_init(&run->lock, NULL);
}

/* A task waits for those of its needs that are selected. */
static void count_needs(struct run *run)
{
	const bool *selected = run->settings->selected;
	for (size_t i = 0; i < run->result->count; i++) {
		run->weights[i] = -1;
		if (selected && !selected[i]) {
			run->result->tasks[i].state = DAG_UNWANTED;
			continue;
		}
		run->unsettled++;
		size_t count;
		const size_t *needs = graph_needs(run->graph, i, &count);
		for (size_t j = 0; j < count; j++)
			run->open[i] += !selected || selected[needs[j]];
	}
}

int dag_run(struct graph *graph, const struct dag_settings *settings, struct dag_result *out,
	    struct error *err)
{
	size_t count = graph_count(graph);
	HELD(dag_result) result = {.count = count};
	HELD(run) run = {.graph = graph, .settings = settings, .result = &result};
	init_lock(&run);
	TRY(graph_order(graph, &run.order, err));
	result.tasks = mem_alloc_array(count, sizeof *result.tasks);
	result.errors = mem_alloc_array(count, sizeof *result.errors);
	run.open = mem_alloc_array(count, sizeof *run.open);
	run.weights = mem_alloc_array(count, sizeof *run.weights);
	run.stack = mem_alloc_array(count + 1, sizeof *run.stack);
	if (!result.tasks || !result.errors || !run.open || !run.weights || !run.stack)
		return err_memory(err);
	count_needs(&run);
	TRY(run_pool(&run, err));
	*out = result;
	result = (struct dag_result){0};
	return 0;
}

void dag_result_done(struct dag_result *result)
{
	free(result->tasks);
	free(result->errors);
	*result = (struct dag_result){0};
}

void dag_describe(const struct graph *graph, const struct dag_result *result, size_t task,
		  struct text *out)
{
	const struct dag_task *what = &result->tasks[task];
	char duration[CLOCK_TEXT_SIZE];
	clock_format_duration(what->us, duration);
	switch (what->state) {
	case DAG_WAITING:
		text_add(out, "not started");
		break;
	case DAG_UNWANTED:
		text_add(out, "not selected");
		break;
	case DAG_RUNNING:
		text_add(out, "running");
		break;
	case DAG_DONE:
		text_addf(out, "done in %s", duration);
		break;
	case DAG_FAILED:
		text_addf(out, "failed after %s: %s", duration, what->err->message);
		break;
	case DAG_SKIPPED:
		text_addf(out, "skipped because %s failed", graph_name(graph, what->because));
		break;
	case DAG_CANCELED:
		text_addf(out, "canceled after %s", duration);
		break;
	}
}
