/* SPDX-License-Identifier: Apache-2.0 */
/* als_blocks: improves a row of ALS block by block: the factors of one block are solved exactly
 * with all others held, then those of the next. What the row predicts for each of its entries is
 * kept, so a block costs its own factors only: d × block operations an entry instead of d². One
 * block of all factors is the exact solution. Source: S. Rendle, W. Krichene, L. Zhang, Y. Koren,
 * "iALS++: Speeding up Matrix Factorization with Subspace Optimization", 2021, section 4. Here the
 * fixed side lies in the eigenbasis of its Gram matrix, so blocks meet only in the entries. */
#ifndef VITRINE_RECS_ALS_BLOCKS_H
#define VITRINE_RECS_ALS_BLOCKS_H

#include "recs/als_rows.h"

/* One thread's memory. */
struct recs_als_blocks {
	float *panel, *weights, *products; /* a piece of entries, the factors of one block */
	float *predictions;                /* of all entries of the row */
	float *diagonal, *inverse;         /* d each */
	float *gradient, *normal;          /* width, width × (width + 2) */
	size_t width;                      /* factors of a block, a multiple of RECS_LANES */
};

/* Bytes of one scratch for rows of at most `longest` entries, and its parts laid over a block of
 * 64-byte alignment. */
size_t recs_als_blocks_size(size_t d, uint32_t block, size_t longest);
void recs_als_blocks_place(struct recs_als_blocks *scratch, void *memory, size_t d, uint32_t block,
			   size_t longest);

/* One turn through all blocks of x, of fixed->stride floats. A row without entries becomes 0. */
void recs_als_blocks_solve_row(const struct recs_als_side *side, const uint32_t *columns,
			       const float *values, size_t count, struct recs_als_blocks *scratch,
			       float *x);

#endif
