/* SPDX-License-Identifier: Apache-2.0 */
/* recommend_plan: what `vitrine plan` says of a recommender that would learn: what readers of each
 * of its tables would miss, and whether a contest would be held, models trained, or those there are
 * would serve on. How many persons would then be scored is known only when all events have been
 * read and held against those before; so it says of how many at most, and what it depends on. */
#ifndef VITRINE_PIPELINE_RECOMMEND_PLAN_H
#define VITRINE_PIPELINE_RECOMMEND_PLAN_H

#include "pipeline/run_state.h"

struct table_build;

/* Add that to `step`. `builds` are all its tables, the lists first, `report` (NULL = none) the
 * report's. Reads the artifact. Fails: IO, MEMORY. */
int recommend_plan(struct run_state *state, const struct recommender *recommender,
		   const struct table_build *builds, size_t count,
		   const struct delta_snapshot *report, const struct fingerprint *fingerprint,
		   struct step *step, struct error *err);

#endif
