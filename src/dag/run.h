/* SPDX-License-Identifier: Apache-2.0 */
/* run: carries out the tasks of a graph side by side, within bounds.
 *
 * A task starts when all it needs is done, a thread is free and its weight fits what is left of the
 * budget (a task heavier than the whole budget runs alone). A task that fails or is skipped makes
 * all that needs it skipped; the rest goes on. With one thread the order is graph_order()'s. */
#ifndef VITRINE_DAG_RUN_H
#define VITRINE_DAG_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/own.h"

struct graph;
struct text;

enum dag_state {
	DAG_WAITING,  /* never started: the run was canceled first */
	DAG_UNWANTED, /* not selected; what needs it does not wait for it */
	DAG_RUNNING,
	DAG_DONE,
	DAG_FAILED,
	DAG_SKIPPED, /* something it needs failed: see `because` */
	DAG_CANCELED /* was running when the run was canceled, and failed for that */
};

struct dag_task {
	enum dag_state state;
	size_t because;    /* SKIPPED: the task whose failure is the first cause */
	int64_t us;        /* how long it ran */
	struct error *err; /* FAILED, CANCELED: why; else NULL */
};

struct dag_settings {
	int threads;          /* at least 1 */
	int64_t budget;       /* the sum of weights that may run at once; 0 = no bound */
	const bool *selected; /* graph_count() entries; NULL = all */
	void *context;        /* given to each function below */
	/* Carry out one task; called from any of the threads. 0, or negative with `err`. */
	int (*work)(void *context, size_t task, struct error *err);
	/* What the task takes of the budget, asked once, before it may start; NULL = 0. */
	int64_t (*weight)(void *context, size_t task);
	/* A task began, ended or was skipped: one call at a time, in the order it happened, under
	 * the run's lock: brief, and never calling dag_run. NULL = nobody listens. */
	void (*event)(void *context, size_t task, const struct dag_task *what);
	/* Whether to stop; asked before each start and every 50 ms. NULL = process_interrupted. */
	bool (*canceled)(void *context);
	/* Called when the run is seen to be canceled while tasks run, and every 50 ms until they
	 * have ended (one may start another statement after the first call): make them end early.
	 * Called from the thread that called dag_run. NULL = let them finish. */
	void (*interrupt)(void *context);
};

struct dag_result {
	struct dag_task *tasks; /* by place in the graph */
	size_t count;
	struct error *errors; /* where the tasks' errors are kept */
	size_t done, failed, skipped;
	bool was_canceled;
};

void dag_result_done(struct dag_result *result);
OWN_DEFINE_EMBEDDED(dag_result, dag_result_done)

/* Run the graph; returns when nothing runs any more. Failures of tasks are in the result, not
 * failures of the run. Owner of `out`: caller, until dag_result_done().
 * Fails: PROJECT (a cycle), MEMORY (also when no thread can be started). */
int dag_run(struct graph *graph, const struct dag_settings *settings, struct dag_result *out,
	    struct error *err);

/* "skipped because processing.orders failed", "done in 1.2 s": one line for people. */
void dag_describe(const struct graph *graph, const struct dag_result *result, size_t task,
		  struct text *out);

#endif
