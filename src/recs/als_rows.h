/* SPDX-License-Identifier: Apache-2.0 */
/* als_rows: solves one row of ALS against the fixed side, which lies in the eigenbasis of its Gram
 * matrix: (diag + Σ w y yᵀ) x = Σ t y with diag = a0 × spectrum + λ. */
#ifndef VITRINE_RECS_ALS_ROWS_H
#define VITRINE_RECS_ALS_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "recs/als.h"
#include "recs/kernels.h"

/* One thread's memory: a panel of gathered rows that fits the second-level cache. */
struct recs_als_scratch {
	float *panel, *weights;                                     /* capacity rows */
	float *residual, *direction, *product, *diagonal, *inverse; /* d each */
	float *normal; /* d × d, and 2 d more; only for Cholesky */
	size_t capacity;
};

/* Bytes of one scratch, and its parts laid over a block of 64-byte alignment. */
size_t recs_als_scratch_size(size_t d, int steps);
void recs_als_scratch_place(struct recs_als_scratch *scratch, void *block, size_t d, int steps);

struct recs_als_side {
	const struct recs_als_options *options;
	const struct recs_matrix *fixed;
	const float *spectrum;
	size_t row_len_all; /* columns of the whole matrix: for frequency scaling */
};

/* The most entries of a row that is improved by steps here; longer ones are als_heavy.h's. */
size_t recs_als_row_max(size_t d);

/* What is on the diagonal beside Σ w y yᵀ for a row of `count` entries, and 1 / that; d each. */
void recs_als_diagonal(const struct recs_als_side *side, size_t count, float *out_diagonal,
		       float *out_inverse);
/* The rz = residual · inverse residual (turn() returns it) at which a row is near enough. What it
 * could still gain is at most rz / 2, since no eigenvalue of the preconditioned system is below 1.
 * Below 0 = a row never is. */
float recs_als_enough(const struct recs_als_options *options, const float *values, size_t count);
/* The terms of apply() that make the right side less the entries' part of the product with x, or
 * only minus that part. */
struct recs_terms recs_als_residual_terms(const struct recs_als_options *options);
struct recs_terms recs_als_product_terms(const struct recs_als_options *options);

/* Improve (steps > 0) or solve (steps = 0) x, of fixed->stride floats, for a row's entries: at most
 * recs_als_row_max() when by steps. A row without entries becomes 0. */
void recs_als_solve_row(const struct recs_als_side *side, const uint32_t *columns,
			const float *values, size_t count, struct recs_als_scratch *scratch,
			float *x);

#endif
