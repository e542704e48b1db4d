/* SPDX-License-Identifier: Apache-2.0 */
/* nearest: any model as the serving artifact answers baskets by it: each item of the profile leads
 * to its `neighbours` nearest by the model, asked for that item alone, and what they say is added
 * up. A contest that judges models so judges what is served (rows.h: recs_rows_of_neighbours()
 * makes the same lists for all items). */
#ifndef VITRINE_RECS_NEAREST_H
#define VITRINE_RECS_NEAREST_H

#include "recs/model.h"

struct error;

/* Takes `base`, also on failure. Scores not above 0 count as none, and at most
 * RECS_SERVE_HISTORY_MAX items of a profile are looked at, as many as serving does.
 * Owner: caller. Fails: USAGE (neighbours: 1 .. RECS_LINKS_MAX), MEMORY.
 * Cost of a score: one of the base's for each item of the profile. */
int recs_nearest_new(struct recs_model *base, uint32_t neighbours, struct recs_model **out,
		     struct error *err);

#endif
