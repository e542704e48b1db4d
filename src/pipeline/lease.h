/* SPDX-License-Identifier: Apache-2.0 */
/* lease: one run at a time on a lake. The lease only saves work: Delta's conflict check and the
 * put-if-absent of sets keep two runs right even when both believe they hold it.
 *
 * The newest `_vitrine/lease/<n>.json` is the lease; who creates n+1 by put-if-absent takes it.
 * Its holder renews it every LEASE_RENEW_MS by writing it anew; it is free when released, when not
 * renewed for LEASE_EXPIRE_MS, or when its holder was a process of this machine that is gone. */
#ifndef VITRINE_PIPELINE_LEASE_H
#define VITRINE_PIPELINE_LEASE_H

#include <stdbool.h>

#include "base/own.h"

struct error;
struct store;
struct lease;

/* Take the lease; with `wait`, until it is free or Ctrl-C. A thread of its own renews it.
 * Owner: caller, until lease_release(). Fails: BUSY naming the holder, CANCELED, IO, MEMORY. */
int lease_take(struct store *store, const char *run, bool wait, struct lease **out,
	       struct error *err);
/* Whether somebody holds the lease now: 1, with who in `err`'s message, or 0. */
int lease_look(struct store *store, struct error *err);
/* False once somebody else has taken it over, or renewing failed for its whole length. */
bool lease_is_held(struct lease *lease);
/* Whether files may lie in the lake that nobody owns: a holder before us was a process of this
 * machine that is no more, and nobody has swept since. It is passed on from lease to lease. */
bool lease_needs_sweep(const struct lease *lease);
/* Say whether all of it was swept. */
void lease_note_swept(struct lease *lease, bool all);
/* Let it go, so that the next run need not wait. */
void lease_release(struct lease *lease);
OWN_DEFINE(lease, lease_release)

#endif
