/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/svd.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "recs/gram.h"
#include "recs/kernels.h"
#include "recs/random.h"
#include "recs/ratings.h"

enum { ROWS_A_BLOCK = 64 };

struct product {
	const struct recs_ratings *left;
	const struct recs_matrix *right;
	struct recs_matrix *out;
};

static void multiply_rows(void *context, int thread, size_t first, size_t last)
{
	(void)thread;
	const struct product *product = context;
	const struct recs_ratings *left = product->left;
	for (size_t r = first; r < last; r++) {
		size_t start = left->starts[r];
		recs_kernels()->sum(product->right->data, product->right->stride,
				    left->columns + start, left->values + start,
				    left->starts[r + 1] - start, product->right->stride,
				    recs_matrix_row(product->out, r));
	}
}

static void multiply(const struct recs_ratings *left, const struct recs_matrix *right,
		     struct recs_matrix *out, int threads)
{
	struct product product = {left, right, out};
	parallel_run(threads, left->row_count, ROWS_A_BLOCK, multiply_rows, &product);
}

static void fill_random(struct recs_matrix *matrix, uint64_t seed)
{
	struct recs_random random = {seed};
	for (size_t r = 0; r < matrix->rows; r++)
		for (size_t j = 0; j < matrix->width; j++)
			recs_matrix_row(matrix, r)[j] = (float)recs_random_normal(&random);
}

/* Columns that are orthogonal become orthonormal; those of (nearly) no length become 0. */
static void scale_columns(struct recs_matrix *matrix, const float *squares, float largest)
{
	for (size_t r = 0; r < matrix->rows; r++) {
		float *row = recs_matrix_row(matrix, r);
		for (size_t j = 0; j < matrix->width; j++)
			row[j] = squares[j] > 1e-6f * largest ? row[j] / sqrtf(squares[j]) : 0;
	}
}

static float largest_of(const float *values, size_t count)
{
	float largest = 0;
	for (size_t j = 0; j < count; j++)
		largest = values[j] > largest ? values[j] : largest;
	return largest;
}

/* Eigenvalues rise, so the strongest directions are the last columns. */
static void take_strongest(const struct recs_matrix *from, const float *squares,
			   struct recs_matrix *out, float *out_values)
{
	for (size_t j = 0; j < out->width; j++)
		out_values[j] = sqrtf(squares[from->width - 1 - j]);
	for (size_t r = 0; r < from->rows; r++)
		for (size_t j = 0; j < out->width; j++)
			recs_matrix_row(out, r)[j] = recs_matrix_row(from, r)[from->width - 1 - j];
}

int recs_svd_right(const struct recs_ratings *ratings, const struct recs_ratings *turned,
		   const struct recs_svd_options *options, struct recs_matrix *out_right,
		   float *out_values, struct error *err)
{
	size_t width = (size_t)options->rank + options->extra;
	HELD(recs_matrix) left = {0};
	HELD(recs_matrix) right = {0};
	HELD(recs_matrix) result = {0};
	TRY(recs_matrix_init(&left, ratings->row_count, width, err));
	TRY(recs_matrix_init(&right, ratings->column_count, width, err));
	TRY(recs_matrix_init(&result, ratings->column_count, options->rank, err));
	OWNED_MEMORY float *squares = mem_alloc_array(right.stride, sizeof *squares);
	if (!squares)
		return err_memory(err);
	fill_random(&right, options->seed);
	for (int round = 0; round <= options->rounds; round++) {
		TRY(recs_gram_diagonalize(&right, &left, squares, options->threads, err));
		scale_columns(&right, squares, largest_of(squares, width));
		multiply(ratings, &right, &left, options->threads);
		if (round < options->rounds)
			multiply(turned, &left, &right, options->threads);
	}
	/* Within the subspace found, the right directions are exact: Rayleigh and Ritz. */
	TRY(recs_gram_diagonalize(&left, &right, squares, options->threads, err));
	take_strongest(&right, squares, &result, out_values);
	*out_right = recs_matrix_take(&result);
	return 0;
}
