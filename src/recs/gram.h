/* SPDX-License-Identifier: Apache-2.0 */
/* gram: the Gram matrix of a tall matrix, and the turn of two of them into its eigenbasis. */
#ifndef VITRINE_RECS_GRAM_H
#define VITRINE_RECS_GRAM_H

#include "recs/matrix.h"

struct error;

/* out = rowsᵀ rows, stride × stride. Sums run in one piece per thread, added in order, so that the
 * result is the same for the same `threads`. Fails: MEMORY. */
int recs_gram(const struct recs_matrix *rows, int threads, struct recs_matrix *out,
	      struct error *err);

/* Turn `rows` and `other` (same width) by the eigenvectors of rows' Gram matrix; `out_spectrum`
 * gets its eigenvalues (≥ 0, stride of them, in the order of the new columns). Products of a row
 * of one with a row of the other do not change. Padding stays 0. Fails: MEMORY, INTERNAL. */
int recs_gram_diagonalize(struct recs_matrix *rows, struct recs_matrix *other, float *out_spectrum,
			  int threads, struct error *err);

#endif
