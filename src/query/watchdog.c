/* SPDX-License-Identifier: Apache-2.0 */
/* watchdog: a thread that sleeps beside a statement. Once it has a reason to stop the statement it
 * goes on interrupting until it is stopped itself: an interrupt that comes before the statement has
 * begun would be lost. */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/process.h"
#include "query/run.h"

enum { POLL_MS = 20 };

struct watchdog {
	struct engine_session *session;
	int64_t deadline_us; /* 0 = none */
	int verdict;
	bool is_over, has_thread;
	pthread_t thread;
	pthread_mutex_t lock; /* of verdict and is_over */
	pthread_cond_t over;
};

static void sleep_a_while(struct watchdog *dog)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)POLL_MS * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&dog->over, &dog->lock, &until);
}

static int judge(const struct watchdog *dog)
{
	if (process_interrupted())
		return ERR_CANCELED;
	if (dog->deadline_us && clock_monotonic_us() >= dog->deadline_us)
		return ERR_TIMEOUT;
	return 0;
}

static void *watch(void *argument)
{
	struct watchdog *dog = argument;
	pthread_mutex_lock(&dog->lock);
	while (!dog->is_over) {
		if (!dog->verdict)
			dog->verdict = judge(dog);
		if (dog->verdict)
			engine_session_interrupt(dog->session);
		sleep_a_while(dog);
	}
	pthread_mutex_unlock(&dog->lock);
	return NULL;
}

static void init_lock(struct watchdog *dog)
{
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&dog->over, &attributes);
	pthread_condattr_destroy(&attributes);
	pthread_mutex_init(&dog->lock, NULL);
}

int watchdog_start(struct engine_session *session, int64_t timeout_ms, struct watchdog **out,
		   struct error *err)
{
	OWNED(watchdog) *dog = mem_alloc(sizeof *dog);
	if (!dog)
		return err_memory(err);
	init_lock(dog);
	dog->session = session;
	dog->deadline_us = timeout_ms ? clock_monotonic_us() + timeout_ms * 1000 : 0;
	if (pthread_create(&dog->thread, NULL, watch, dog) != 0)
		return err_set(err, ERR_MEMORY, "no thread could be started");
	dog->has_thread = true;
	*out = TAKE(dog);
	return 0;
}

int watchdog_verdict(struct watchdog *dog)
{
	pthread_mutex_lock(&dog->lock);
	int verdict = dog->verdict;
	pthread_mutex_unlock(&dog->lock);
	return verdict;
}

void watchdog_stop(struct watchdog *dog)
{
	if (!dog)
		return;
	pthread_mutex_lock(&dog->lock);
	dog->is_over = true;
	pthread_cond_signal(&dog->over);
	pthread_mutex_unlock(&dog->lock);
	if (dog->has_thread)
		pthread_join(dog->thread, NULL);
	pthread_cond_destroy(&dog->over);
	pthread_mutex_destroy(&dog->lock);
	free(dog);
}
