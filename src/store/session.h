/* SPDX-License-Identifier: Apache-2.0 */
/* session: the working place of one open local store: `<lake>/_staging/<session>/`, made at its
 * first use, locked while its process lives, removed at the end. Safe from several threads. */
#ifndef VITRINE_STORE_SESSION_H
#define VITRINE_STORE_SESSION_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct error;
struct store_list;

struct session {
	pthread_mutex_t mutex;
	const char *root; /* the lake's folder; borrowed */
	char *folder;     /* NULL until the first use */
	int lock_fd;      /* -1 until then */
	int64_t next;     /* the number of the next name */
};

/* `root` must outlive the session. */
void session_init(struct session *session, const char *root);
/* Remove the folder and all that is in it. */
void session_done(struct session *session);

/* A path in the session's folder that nothing has used: "<folder>/<number>". Owner: caller. */
int session_new_path(struct session *session, char **out, struct error *err);

/* Add to `out` every file of sessions whose process is gone; remove them when `remove`. */
int session_leftovers(const char *root, bool remove, struct store_list *out, struct error *err);

#endif
