/* SPDX-License-Identifier: Apache-2.0 */
/* change: a wanted commit, checked against the table and written as the lines of one version. */
#ifndef VITRINE_DELTA_CHANGE_H
#define VITRINE_DELTA_CHANGE_H

#include "delta/action.h"

struct delta_snapshot;

/* What is wrong with the change by itself and against the version it was computed from; `base` is
 * NULL for a new table. Fails: USAGE, UNSUPPORTED. */
int delta_change_check(const struct delta_commit *commit, const struct delta_snapshot *base,
		       struct error *err);
/* Whether it still holds on top of what another committed. Fails: CONFLICT. */
int delta_change_check_conflict(const struct delta_commit *commit,
				const struct delta_actions *theirs, int64_t their_version,
				struct error *err);
/* The version's content on top of `base` (NULL: a new table's version 0). `id` makes it unlike
 * any other writer's. Fails: CONFLICT (a file that we remove is gone), MEMORY. */
int delta_change_write(const struct delta_commit *commit, const struct delta_snapshot *base,
		       const char *id, int64_t now_ms, struct text *out, struct error *err);

#endif
