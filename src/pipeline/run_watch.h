/* SPDX-License-Identifier: Apache-2.0 */
/* run_watch: how far each running step is (run_share.h), told a few times a second to whoever
 * watches the run. Nothing here can fail a run. */
#ifndef VITRINE_PIPELINE_RUN_WATCH_H
#define VITRINE_PIPELINE_RUN_WATCH_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct run_state;

struct run_watch {
	struct run_state *state;
	pthread_t thread;
	bool has_thread;
	bool is_over; /* under the lock */
	pthread_mutex_t lock;
	pthread_cond_t over;
};

/* Begin to tell the request's `share`, when it has one. Until run_watch_stop(). */
void run_watch_start(struct run_watch *watch, struct run_state *state);
void run_watch_stop(struct run_watch *watch);

/* The step begins a stretch of its work, from..to of the whole. From the thread of the step. */
void run_watch_stretch(struct run_state *state, size_t node, double from, double to);

#endif
