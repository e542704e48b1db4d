/* SPDX-License-Identifier: Apache-2.0 */
/* parallel: a loop over blocks on several threads. Plain pthreads, started and joined per call
 * (about 50 µs), so that thread sanitizers see everything and nothing outlives a call. */
#ifndef VITRINE_BASE_PARALLEL_H
#define VITRINE_BASE_PARALLEL_H

#include <stddef.h>

enum { PARALLEL_THREADS_MAX = 256 };

/* Work on [first, last); `thread` < threads tells whose scratch to use. */
typedef void parallel_work(void *context, int thread, size_t first, size_t last);

/* Call `work` for [0, block), [block, 2 block), ... up to `count`, each block once, taken in order
 * by up to `threads` threads (the caller is thread 0). Where a thread cannot be started fewer do
 * the work. Which thread gets a block is not determined: results must not depend on it. */
void parallel_run(int threads, size_t count, size_t block, parallel_work *work, void *context);

/* `threads` in 1 .. PARALLEL_THREADS_MAX; 0 or less = as many as the processor has. */
int parallel_threads(int threads);

#endif
