/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/run_watch.h"

#include <time.h>

#include "engine/engine.h"
#include "pipeline/run_state.h"

enum { TELL_EVERY_MS = 200 };

/* What the engine says of the step's statement, 0 to 1; below 0 = nothing. */
static double ask_engine(const struct run_state *state, size_t node)
{
	return state->sessions[node] ? engine_session_progress(state->sessions[node]) / 100 : -1;
}

void run_watch_stretch(struct run_state *state, size_t node, double from, double to)
{
	pthread_mutex_lock(&state->lock);
	run_share_begin(&state->shares[node], from, to, ask_engine(state, node));
	pthread_mutex_unlock(&state->lock);
}

static void tell(struct run_state *state)
{
	const struct run_request *request = state->request;
	pthread_mutex_lock(&state->lock);
	for (size_t i = 0; i < state->count; i++)
		if (state->shares[i].is_running)
			request->share(request->event_context, i,
				       run_share_now(&state->shares[i], ask_engine(state, i)));
	pthread_mutex_unlock(&state->lock);
}

static void *run(void *argument)
{
	struct run_watch *watch = argument;
	pthread_mutex_lock(&watch->lock);
	while (!watch->is_over) {
		struct timespec until;
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += TELL_EVERY_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&watch->over, &watch->lock, &until);
		if (!watch->is_over)
			tell(watch->state);
	}
	pthread_mutex_unlock(&watch->lock);
	return NULL;
}

void run_watch_start(struct run_watch *watch, struct run_state *state)
{
	pthread_condattr_t monotonic;
	*watch = (struct run_watch){.state = state};
	if (!state->request->share || state->is_plan)
		return;
	pthread_mutex_init(&watch->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&watch->over, &monotonic);
	pthread_condattr_destroy(&monotonic);
	watch->has_thread = pthread_create(&watch->thread, NULL, run, watch) == 0;
}

void run_watch_stop(struct run_watch *watch)
{
	if (!watch->has_thread)
		return;
	pthread_mutex_lock(&watch->lock);
	watch->is_over = true;
	pthread_cond_signal(&watch->over);
	pthread_mutex_unlock(&watch->lock);
	pthread_join(watch->thread, NULL);
	pthread_cond_destroy(&watch->over);
	pthread_mutex_destroy(&watch->lock);
}
