/* SPDX-License-Identifier: Apache-2.0 */
/* als_rows: solves one row of ALS against the fixed side, which lies in the eigenbasis of its Gram
 * matrix: (diag + Σ w y yᵀ) x = Σ t y with diag = a0 × spectrum + λ. */
#ifndef VITRINE_RECS_ALS_ROWS_H
#define VITRINE_RECS_ALS_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "recs/als.h"

/* One thread's memory: a panel of gathered rows that fits the second-level cache. */
struct recs_als_scratch {
	float *panel, *weights, *targets;                 /* capacity rows, and 4 more */
	float *residual, *direction, *product, *diagonal; /* d each */
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

/* Improve (steps > 0) or solve (steps = 0) x, of fixed->stride floats, for a row's entries. A row
 * without entries becomes 0. */
void recs_als_solve_row(const struct recs_als_side *side, const uint32_t *columns,
			const float *values, size_t count, struct recs_als_scratch *scratch,
			float *x);

#endif
