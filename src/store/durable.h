/* SPDX-License-Identifier: Apache-2.0 */
/* durable: giving files their names so that a crash leaves the old state or the new.
 *
 * A failed fsync is final: the kernel may have dropped the bytes and would report success the next
 * time, so from then on durable_check() refuses (docs/internals/delta.md). Safe from several
 * threads. */
#ifndef VITRINE_STORE_DURABLE_H
#define VITRINE_STORE_DURABLE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct error;
struct map;

struct durable {
	const char *root;  /* the lake's folder, absolute; borrowed */
	atomic_int broken; /* errno of the fsync that failed; 0 = none did */
	pthread_mutex_t mutex;
	struct map *folders; /* paths whose names are known to be durable up to the root */
};

/* The root is set by the owner before the first use. Fails: MEMORY. */
int durable_init(struct durable *durable, struct error *err);
void durable_done(struct durable *durable);

/* 0, or IO after a failed fsync. */
int durable_check(const struct durable *durable, struct error *err);
/* fsync what is open or what lies at a path. Fails: IO, for good. */
int durable_sync_fd(struct durable *durable, int fd, const char *path, struct error *err);
int durable_sync_path(struct durable *durable, const char *path, struct error *err);
/* fsync the folder that holds `path`. */
int durable_sync_parent(struct durable *durable, const char *path, struct error *err);

/* Give the durable file `aside` the name `path` (below the root, on the same file system), making
 * the folders above it, and make the name durable: 1, or 0 when `only_if_absent` and the name is
 * taken. Of several who try at once exactly one gets 1. With 1 `aside` is gone. */
int durable_publish(struct durable *durable, const char *aside, const char *path,
		    bool only_if_absent, struct error *err);

#endif
