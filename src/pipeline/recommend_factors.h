/* SPDX-License-Identifier: Apache-2.0 */
/* recommend_factors: where ALS serves persons it answers as well for what they have done since:
 * their history and the items of a session are folded in at request time (recs/serve.h).
 *
 * The classes of the contest go by occasions, those of answers by items known: of one item, of
 * several. A class in whose order ALS stands before what is popular has steps of its own: ALS by
 * factors, other models as links from each item to its nearest, a blend of them mixed by its
 * weights. What follows from no item (popularity, sessions, what is due again) is no step. Other
 * classes answer as baskets do. */
#ifndef VITRINE_PIPELINE_RECOMMEND_FACTORS_H
#define VITRINE_PIPELINE_RECOMMEND_FACTORS_H

#include "pipeline/recommend_basket.h"
#include "recs/chooser.h"

struct recs_als;

struct recommend_factors {
	const struct recs_als *als; /* the chooser's; NULL = none serves, and all else is empty */
	/* Behind those of baskets in the artifact. */
	struct recommend_set sets[RECS_LINK_SETS_MAX];
	uint32_t set_count;
	struct recs_class_part classes[RECOMMEND_FROMS];
	uint32_t class_count;
};

void recommend_factors_done(struct recommend_factors *factors);
OWN_DEFINE_EMBEDDED(recommend_factors, recommend_factors_done)

/* Of what won: `chooser` has the contest's models, which may know the first of the items only.
 * Fails: MEMORY. Cost: of a blend the nearest of all items by each other part. */
int recommend_factors_find(const struct recs_contest *contest, const struct recs_chooser *chooser,
			   const struct recommend_basket *basket, uint32_t item_count, int threads,
			   struct recommend_factors *out, struct error *err);

#endif
