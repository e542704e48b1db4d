/* SPDX-License-Identifier: Apache-2.0 */
/* run_watch: how far each running step is, told a few times a second to whoever watches the run.
 *
 * A step that can count what it does sets `total` and lets `done` grow; of one that only waits for
 * its SQL the engine is asked. Nothing here can fail a run. */
#ifndef VITRINE_PIPELINE_RUN_WATCH_H
#define VITRINE_PIPELINE_RUN_WATCH_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct run_state;

/* Of one step; from any thread. */
struct run_share {
	bool is_running; /* under run_state.lock */
	atomic_llong done, total;
};

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

#endif
