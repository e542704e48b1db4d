/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/holder.h"

#include <pthread.h>

#include "base/mem.h"
#include "recs/artifact.h"

/* The lock joins reading the pointer and counting the reader: between the two a swap could
 * otherwise close what was read. */
struct recs_holder {
	pthread_mutex_t lock;
	struct recs_artifact *current;
};

struct recs_holder *recs_holder_new(void)
{
	struct recs_holder *holder = mem_alloc(sizeof *holder);
	if (holder)
		pthread_mutex_init(&holder->lock, NULL);
	return holder;
}

void recs_holder_free(struct recs_holder *holder)
{
	if (!holder)
		return;
	recs_artifact_close(holder->current);
	pthread_mutex_destroy(&holder->lock);
	free(holder);
}

struct recs_artifact *recs_holder_take(struct recs_holder *holder)
{
	pthread_mutex_lock(&holder->lock);
	struct recs_artifact *taken = holder->current ? recs_artifact_hold(holder->current) : NULL;
	pthread_mutex_unlock(&holder->lock);
	return taken;
}

void recs_holder_swap(struct recs_holder *holder, struct recs_artifact *next)
{
	pthread_mutex_lock(&holder->lock);
	struct recs_artifact *old = holder->current;
	holder->current = next;
	pthread_mutex_unlock(&holder->lock);
	recs_artifact_close(old); /* unmapping takes time: not under the lock */
}
