/* SPDX-License-Identifier: Apache-2.0 */
#include "base/parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/process.h"

struct loop {
	parallel_work *work;
	void *context;
	size_t count, block;
	atomic_size_t next;
};

struct worker {
	struct loop *loop;
	int thread;
	pthread_t handle;
};

static void *run(void *argument)
{
	struct worker *worker = argument;
	struct loop *loop = worker->loop;
	for (;;) {
		size_t first = atomic_fetch_add(&loop->next, loop->block);
		if (first >= loop->count)
			return NULL;
		size_t left = loop->count - first;
		size_t last = first + (left < loop->block ? left : loop->block);
		loop->work(loop->context, worker->thread, first, last);
	}
}

int parallel_threads(int threads)
{
	if (threads <= 0)
		threads = process_cpu_count();
	return threads < PARALLEL_THREADS_MAX ? threads : PARALLEL_THREADS_MAX;
}

void parallel_run(int threads, size_t count, size_t block, parallel_work *work, void *context)
{
	struct loop loop = {.work = work, .context = context, .count = count};
	loop.block = block ? block : 1;
	struct worker workers[PARALLEL_THREADS_MAX];
	size_t blocks = count / loop.block + (count % loop.block != 0);
	int started = 1;
	threads = parallel_threads(threads);
	workers[0] = (struct worker){.loop = &loop};
	for (; started < threads && (size_t)started < blocks; started++) {
		workers[started] = (struct worker){.loop = &loop, .thread = started};
		if (pthread_create(&workers[started].handle, NULL, run, &workers[started]) != 0)
			break;
	}
	run(&workers[0]);
	for (int t = 1; t < started; t++)
		pthread_join(workers[t].handle, NULL);
}
