/* SPDX-License-Identifier: Apache-2.0 */
/* svd: the strongest singular vectors of a large sparse matrix, by subspace iteration from a
 * random start. Source: N. Halko, P. G. Martinsson, J. A. Tropp, "Finding Structure with
 * Randomness", 2011, algorithms 4.4 and 5.1. */
#ifndef VITRINE_RECS_SVD_H
#define VITRINE_RECS_SVD_H

#include <stdint.h>

#include "recs/matrix.h"

struct error;
struct recs_ratings;

struct recs_svd_options {
	uint32_t rank;
	uint32_t extra; /* more directions while iterating, left out at the end */
	int rounds;     /* each multiplies by the matrix and its transpose */
	uint64_t seed;
	int threads;
};

/* Right singular vectors as the columns of `out_right` (matrix columns × rank) and singular values
 * into `out_values` (rank of them, falling). `turned` is the matrix's transpose. Where the matrix
 * has fewer directions, vectors and values are 0. Fails: MEMORY, INTERNAL.
 * Cost: 4 · entries · (rank + extra) operations a round. */
int recs_svd_right(const struct recs_ratings *ratings, const struct recs_ratings *turned,
		   const struct recs_svd_options *options, struct recs_matrix *out_right,
		   float *out_values, struct error *err);

#endif
