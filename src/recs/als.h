/* SPDX-License-Identifier: Apache-2.0 */
/* als: implicit matrix factorisation by alternating least squares.
 *
 * Minimises   Σ_observed w (x·y - 1)² + a0 Σ_all (x·y)² + Σ_persons λ_p |x|² + Σ_items λ_i |y|²
 * with λ_row = regularization (n_row + a0 · columns)^exponent. Sources: Y. Hu, Y. Koren,
 * C. Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", 2008 (the model; its form
 * of the first term, (w + a0)(x·y - 1)² - a0 (x·y)², by `hu`); S. Rendle, W. Krichene, L. Zhang, J.
 * Anderson, "Revisiting the Performance of iALS on Item Recommendation Benchmarks", 2021, section 3
 * (the loss above); G. Takács, I. Pilászy, D. Tikk, "Applications of the Conjugate Gradient Method
 * for Implicit Feedback Collaborative Filtering", 2011 (few warm-started steps); als_blocks.h
 * (solving block by block).
 *
 * Both sides are kept turned into the eigenbasis of the fixed side's Gram matrix, in which the
 * dense part of every row's system is diagonal: it leaves the loop over rows and is the
 * preconditioner. The loss does not change under a rotation of both sides.
 * docs/internals/recommend.md says more.
 *
 * The same for the same seed, threads and vector width. */
#ifndef VITRINE_RECS_ALS_H
#define VITRINE_RECS_ALS_H

#include <stdbool.h>

#include "recs/matrix.h"
#include "recs/model.h"

struct error;
struct recs_arrays_in;
struct recs_ratings;

struct recs_als_options {
	uint32_t width;       /* factors per row, 1 .. RECS_ALS_WIDTH_MAX */
	int epochs;           /* of both halves */
	int steps;            /* of conjugate gradients per row, at most; 0 = Cholesky, exact */
	float tolerance;      /* a row takes no step where all steps together could not lower the
				 loss by more than this × Σ w of its entries; 0 = by anything */
	uint32_t block;       /* > 0: instead, so many factors at a time, each block exactly */
	float weight_scale;   /* w = weight_scale × value; 1 as a rule */
	float unobserved;     /* a0 > 0 */
	float regularization; /* > 0 */
	float exponent;       /* 0 = the same for all rows, 1 = by frequency */
	float deviation;      /* of the initial values, × 1/√width; 0 = 0.1 */
	bool hu;
	uint64_t seed;
	int threads; /* 0 = all */
	/* Called after each epoch when not NULL; a negative result ends the training (its error in
	 * err), 1 ends it early and keeps what there is. */
	int (*after_epoch)(void *context, int epoch, struct error *err);
	void *context;
};

enum { RECS_ALS_WIDTH_MAX = 4096 };
/* As a rule: sixteen epochs end within 0.1 % of the loss without. */
#define RECS_ALS_TOLERANCE 5e-5f

struct recs_als {
	struct recs_model model;
	struct recs_als_options options;
	struct recs_matrix persons, items; /* factors, in the items' eigenbasis */
	float *spectrum;                   /* of the items' Gram matrix: its diagonal there */
	float *packed;                     /* items as tiles for scoring */
};

/* Train on persons × items. Values are strengths ≥ 0. `start` (may be NULL) is a model of the same
 * width whose rows begin the new one's: rows beyond it start at random.
 * Owner: caller, by recs_model_free(&out->model). Fails: USAGE (options), MEMORY, INTERNAL.
 * Cost per epoch: about 4 N d (steps + 1) × 2 + 4 (persons + items) d² operations. */
int recs_als_train(const struct recs_ratings *ratings, const struct recs_als_options *options,
		   const struct recs_als *start, struct recs_als **out, struct error *err);

/* A saved model, of the options it was trained with; it knows no persons: profiles are folded in,
 * whoever they are of. Owner: as above. Fails: USAGE (options), CORRUPT, MEMORY. */
int recs_als_load(struct recs_arrays_in *in, uint32_t item_count,
		  const struct recs_als_options *options, struct recs_als **out, struct error *err);

/* The loss above, in double precision. Fails: MEMORY. */
int recs_als_loss(const struct recs_als *als, const struct recs_ratings *ratings, double *out,
		  struct error *err);

#endif
