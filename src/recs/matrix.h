/* SPDX-License-Identifier: Apache-2.0 */
/* matrix: rows of float32 for the kernels: rows start on 64-byte lines, `stride` is the width
 * rounded up to RECS_LANES, and what lies between width and stride is 0 and stays 0. */
#ifndef VITRINE_RECS_MATRIX_H
#define VITRINE_RECS_MATRIX_H

#include <stddef.h>

#include "base/own.h"

struct error;

enum { RECS_LANES = 16 };

struct recs_matrix {
	float *data;
	size_t rows, width, stride;
	void *block; /* what free() gets */
};

/* All zero. Fails: MEMORY. Large ones are asked to lie on huge pages. */
int recs_matrix_init(struct recs_matrix *matrix, size_t rows, size_t width, struct error *err);
void recs_matrix_done(struct recs_matrix *matrix);
OWN_DEFINE_EMBEDDED(recs_matrix, recs_matrix_done)

static inline float *recs_matrix_row(const struct recs_matrix *matrix, size_t row)
{
	return matrix->data + row * matrix->stride;
}

static inline size_t recs_matrix_stride(size_t width)
{
	return (width + RECS_LANES - 1) / RECS_LANES * RECS_LANES;
}

/* The matrix, and `from` is empty again. */
static inline struct recs_matrix recs_matrix_take(struct recs_matrix *from)
{
	struct recs_matrix taken = *from;
	*from = (struct recs_matrix){0};
	return taken;
}

#endif
