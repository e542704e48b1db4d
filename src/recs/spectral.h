/* SPDX-License-Identifier: Apache-2.0 */
/* spectral: a linear filter on the graph of who has what that lets only its smoothest patterns
 * pass: a history is projected on the strongest singular vectors V of the normalised matrix
 *
 *	R̃_pi = x_pi · n_person^-p · n_item^-e,     score = x D^-s V f(σ) Vᵀ D^t
 *
 * with D the items' n and f(σ) = σ^power (0: an ideal low-pass filter). With p = e = s = t = 1/2
 * and power 0 it is the ideal filter of GF-CF: Y. Shen and others, "How Powerful is Graph
 * Convolution for Recommendation?", 2021, section 4; blended with a walk (walk.h: its linear
 * filter) the whole of GF-CF. Fold-in is the same product, so persons need not be known. */
#ifndef VITRINE_RECS_SPECTRAL_H
#define VITRINE_RECS_SPECTRAL_H

#include "recs/model.h"

struct error;
struct recs_arrays_in;
struct recs_ratings;

enum { RECS_SPECTRAL_RANK_MAX = 4096 };

struct recs_spectral_options {
	uint32_t rank; /* 1 .. RECS_SPECTRAL_RANK_MAX */
	int rounds;    /* of subspace iteration; 0 = 6 */
	float person_exponent, item_exponent;
	float from_exponent, to_exponent;
	float power;
	uint64_t seed;
	int threads;
};

/* Owner: caller. Fails: USAGE (rank), MEMORY, INTERNAL. Cost: as recs_svd_right(). */
int recs_spectral_train(const struct recs_ratings *ratings,
			const struct recs_spectral_options *options, struct recs_model **out,
			struct error *err);

/* A saved model. Owner: caller. Fails: CORRUPT, MEMORY. */
int recs_spectral_load(struct recs_arrays_in *in, uint32_t item_count, struct recs_model **out,
		       struct error *err);

#endif
