/* SPDX-License-Identifier: Apache-2.0 */
/* recommend_carry: whose list stays as it is when the models do: persons whose history and segment
 * are those of the artifact before, and whose list holds nothing that was withdrawn since. When an
 * item that the models know can be offered again, any list may change, and all are scored. Of those
 * without a history one of each segment is scored for all.
 *
 * A score depends on the models, the history, the segment and what may be offered, and on nothing
 * else: so lists carried over are those that scoring everybody would give, to the last bit. */
#ifndef VITRINE_PIPELINE_RECOMMEND_CARRY_H
#define VITRINE_PIPELINE_RECOMMEND_CARRY_H

#include "pipeline/recommend_find.h"

struct recommend_carry {
	const struct recs_artifact *before;
	uint8_t *scored;   /* per person, 0 = the list is there already: */
	uint32_t *persons; /* that of this person of `before`, or, who has no history, */
	uint32_t *alike;   /* that of this one of now, who is scored; else RECS_NONE */
	uint32_t count;    /* who are scored */
	struct recs_ratings *histories; /* of the items that the models know */
};

void recommend_carry_done(struct recommend_carry *carry);
OWN_DEFINE_EMBEDDED(recommend_carry, recommend_carry_done)

/* The input's items and segments begin with those of `before`; `found` has histories and models.
 * Lists have up to `length` items.
 * Fails: MEMORY. */
int recommend_carry_find(const struct recs_artifact *before, const struct recommend_input *input,
			 const struct recommend_found *found, uint32_t length,
			 struct recommend_carry *out, struct error *err);

#endif
