/* SPDX-License-Identifier: Apache-2.0 */
/* recommend_basket: what answers for baskets, and for an item alone: sets of links from each item
 * to its nearest, and in which order, or how mixed, they serve.
 *
 * Where `events` name a `basket`, a contest decides (recs/contest.h, protocol BASKET): each basket
 * of a later time is asked for one of its items, given the others. What is bought together is the
 * reference: something else serves only where it was shown to be better. Where none is named, what
 * the same persons bought is taken for bought together, and nothing is compared. */
#ifndef VITRINE_PIPELINE_RECOMMEND_BASKET_H
#define VITRINE_PIPELINE_RECOMMEND_BASKET_H

#include "pipeline/recommend_input.h"
#include "recs/artifact.h"
#include "recs/contest.h"

struct recommend_options;

/* The entry of the contest that is what is bought together: the reference. */
enum { RECOMMEND_TOGETHER = 1 };

/* The first set is always what is bought together. */
struct recommend_set {
	struct recs_part part; /* of the recipe that made it */
	struct recs_rows rows; /* row = item */
	char *name;            /* "together", "content" */
	enum recs_reason reason;
};

struct recommend_basket {
	struct recs_contest *contest; /* NULL = no basket is named */
	struct recommend_set sets[RECS_LINK_SETS_MAX];
	uint32_t set_count;
	/* What serves baskets of at least `from` items; the first is from 1. */
	struct recs_class_part classes[RECS_CLASSES_MAX];
	uint32_t class_count;
	/* Where the first class is mixed: what a basket of each item alone is answered with, and
	 * from which set it is. */
	struct recs_rows similar;
	uint8_t *similar_sets;
};

void recommend_basket_done(struct recommend_basket *basket);
OWN_DEFINE_EMBEDDED(recommend_basket, recommend_basket_done)

/* The class of those that a basket of `len` items is of; the first has the empty ones too. */
const struct recs_class_part *recommend_basket_class(const struct recommend_basket *basket,
						     uint32_t len);
/* From where on classes may differ: rising, the first 1. */
enum { RECOMMEND_FROMS = 5 };
extern const uint32_t recommend_froms[RECOMMEND_FROMS];
/* Add a step, unless it is there already, there is no room, or it has no weight. */
void recommend_add_step(struct recs_class_part *class, uint32_t step, float weight);
bool recommend_same_steps(const struct recs_class_part *a, const struct recs_class_part *b);
bool recommend_same_part(const struct recs_part *a, const struct recs_part *b);

/* The contest alone. `popular` is the recipe of what is answered as popular.
 * Fails: MEMORY, USAGE, what tick says. */
int recommend_basket_contest(const struct recommender *recommender,
			     const struct recommend_input *input,
			     const struct recommend_options *options, const char *popular,
			     struct recommend_basket *out, struct error *err);
/* Train what serves on all baskets; `histories`, what each person has, where none is named.
 * Fails: as above. */
int recommend_basket_train(const struct recommender *recommender,
			   const struct recommend_input *input,
			   const struct recs_ratings *histories,
			   const struct recs_train_options *options,
			   struct recommend_basket *basket, struct error *err);

#endif
