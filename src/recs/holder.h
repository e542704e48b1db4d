/* SPDX-License-Identifier: Apache-2.0 */
/* holder: where a server keeps the artifact that answers now, so that the next can take its place
 * while requests run. A reader takes it for one request and closes it after; swapping never waits
 * for readers, and the old one is unmapped by whoever closes it last. */
#ifndef VITRINE_RECS_HOLDER_H
#define VITRINE_RECS_HOLDER_H

#include "base/own.h"

struct recs_artifact;
struct recs_holder;

/* Empty. NULL when memory is refused. Owner: caller; free it when no thread uses it any more. What
 * was taken may outlive it. */
struct recs_holder *recs_holder_new(void);
void recs_holder_free(struct recs_holder *holder);
OWN_DEFINE(recs_holder, recs_holder_free)

/* The current one, held for the caller, who closes it; NULL when there is none yet.
 * Cost: a lock held for one addition. */
struct recs_artifact *recs_holder_take(struct recs_holder *holder);

/* `next` (moved in; NULL = none) answers from now on. Open it first, on a thread that nobody waits
 * for: opening is where damage is found, and then the old one simply stays. */
void recs_holder_swap(struct recs_holder *holder, struct recs_artifact *next);

#endif
