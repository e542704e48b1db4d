/* SPDX-License-Identifier: Apache-2.0 */
/* ease: each item's score is a weighted sum over the items of the history, with the weights (no
 * item on itself) that reproduce all histories best in the sense of ridge regression. Closed form:
 *
 *	P = (XᵀX + Λ)⁻¹,  B_ij = - P_ij / P_jj,  B_jj = 0;   scores = x B
 *	Λ_jj = regularization + dropout / (1 - dropout) · (XᵀX)_jj
 *
 * Sources: H. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", 2019; H. Steck,
 * "Autoencoders that don't overfit towards the Identity", 2020, section 3 (dropout).
 *
 * B is dense: 4 bytes × items², so only the `items_max` most popular items take part; the others
 * are neither recommended nor looked at in histories. recs_ease_items() tells how many it were. */
#ifndef VITRINE_RECS_EASE_H
#define VITRINE_RECS_EASE_H

#include "recs/model.h"

struct error;
struct recs_arrays_in;
struct recs_ratings;

enum { RECS_EASE_ITEMS_MAX = 50000 };

struct recs_ease_options {
	float regularization;  /* > 0 */
	float dropout;         /* 0 .. below 1 */
	float person_exponent; /* a person of n items counts 1 / n^this */
	uint32_t items_max;    /* 1 .. RECS_EASE_ITEMS_MAX */
	int threads;
};

/* Owner: caller. Fails: USAGE (options), MEMORY, REFUSED (a regularization lost in rounding).
 * Cost: items³ multiply-adds. float32 throughout: with a regularization that helps at all the
 * matrix is far from singular (the tests show the distance from double precision). */
int recs_ease_train(const struct recs_ratings *ratings, const struct recs_ease_options *options,
		    struct recs_model **out, struct error *err);

/* A saved model: 4 bytes × items² of those that take part. Owner: caller. Fails: CORRUPT, MEMORY.
 */
int recs_ease_load(struct recs_arrays_in *in, uint32_t item_count, struct recs_model **out,
		   struct error *err);

/* How many items take part. */
uint32_t recs_ease_items(const struct recs_model *model);

#endif
