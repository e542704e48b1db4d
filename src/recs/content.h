/* SPDX-License-Identifier: Apache-2.0 */
/* content: items that are like those of the history in what is known about them (category, seller,
 * price band, words of the name), so that an item can be recommended before anybody has bought it.
 *
 * Each item is a vector of its attributes, an attribute counting by log(items / items with it); an
 * item's score is the product of its vector with the sum of the history's, brought to length 1:
 * what both have in common. What an item has besides does not count, or items of which little is
 * known would come first. Source: G. Salton, C. Buckley, "Term-weighting Approaches in Automatic
 * Text Retrieval", 1988 (weights tf·idf; queries of length 1, documents as they are). */
#ifndef VITRINE_RECS_CONTENT_H
#define VITRINE_RECS_CONTENT_H

#include "recs/links.h"

struct error;
struct recs_arrays_in;
struct recs_ratings;

struct recs_content_options {
	/* Score × (1 + this × log(1 + n) / log(1 + the most)) for items with n sales: of two items
	 * alike, the one that sells. 0 = sales do not matter. */
	float popularity;
	const float *sales; /* per item; NULL = not known */
	struct recs_links_options scoring;
};

/* `attributes` has a row an item and a column an attribute; values are weights ≥ 0.
 * Owner: caller. Fails: USAGE (popularity below 0), MEMORY.
 * Cost of a score: one look at each item, and at those that share an attribute with the profile one
 * for each attribute shared. */
int recs_content_train(const struct recs_ratings *attributes,
		       const struct recs_content_options *options, struct recs_model **out,
		       struct error *err);

/* Of a content model, for each item a number that it shares with those of just the same attributes:
 * as the whole of a history they lead to the same scores. NULL of any other model. Borrowed. */
const uint32_t *recs_content_alike(const struct recs_model *model);

/* A saved model. Owner: caller. Fails: CORRUPT, MEMORY. */
int recs_content_load(struct recs_arrays_in *in, uint32_t item_count,
		      const struct recs_links_options *scoring, struct recs_model **out,
		      struct error *err);

#endif
