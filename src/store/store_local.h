/* SPDX-License-Identifier: Apache-2.0 */
/* store_local: the lake as a folder of this machine.
 *
 * A key is a path below the folder. Every write goes to a temporary file in our session's folder
 * `_staging/<session>/`, is made durable (fsync), and then appears under its key by link(2) or
 * rename(2), after which the folder is made durable: readers see all of it or nothing, also after
 * a power cut. A session's folder is locked (flock) for as long as its process lives, so what a
 * killed writer left is told from what a living one is writing, with no clock involved. */
#ifndef VITRINE_STORE_STORE_LOCAL_H
#define VITRINE_STORE_STORE_LOCAL_H

struct error;
struct store;

/* Open the store in the folder `path`, shown to people as `uri`; makes the folder when missing.
 * Owner: caller, until store_free(). Fails: DENIED, IO, MEMORY. */
int store_local_open(const char *uri, const char *path, struct store **out, struct error *err);

#endif
