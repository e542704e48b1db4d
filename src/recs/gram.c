/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/gram.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "recs/kernels.h"
#include "recs/solve.h"

/* A piece of rows stays in the first-level cache while all blocks of the result pass over it. */
enum { PIECE_FLOATS = 6144, TURN_ROWS = 30 };

struct sums {
	const struct recs_matrix *rows;
	struct recs_matrix parts; /* one result a part */
	size_t rows_a_part;
};

static void sum_part(void *context, int thread, size_t part, size_t last)
{
	(void)thread;
	(void)last;
	struct sums *sums = context;
	const struct recs_matrix *rows = sums->rows;
	size_t d = rows->stride, piece = PIECE_FLOATS / d + 1;
	size_t first = part * sums->rows_a_part, end = first + sums->rows_a_part;
	if (end > rows->rows)
		end = rows->rows;
	for (; first < end; first += piece)
		recs_kernels()->gram(recs_matrix_row(rows, first), d,
				     end - first < piece ? end - first : piece, d, NULL,
				     recs_matrix_row(&sums->parts, part));
}

int recs_gram(const struct recs_matrix *rows, int threads, struct recs_matrix *out,
	      struct error *err)
{
	size_t parts = (size_t)threads, d = rows->stride;
	struct sums sums = {.rows = rows, .rows_a_part = rows->rows / parts + 1};
	HELD(recs_matrix) held = {0};
	HELD(recs_matrix) result = {0};
	TRY(recs_matrix_init(&held, parts, d * d, err));
	TRY(recs_matrix_init(&result, d, d, err));
	sums.parts = held;
	parallel_run(threads, parts, 1, sum_part, &sums);
	for (size_t p = 0; p < parts; p++)
		recs_kernels()->axpy(1, recs_matrix_row(&held, p), result.data, d * d);
	recs_kernels_mirror(result.data, d);
	*out = recs_matrix_take(&result);
	return 0;
}

struct turn {
	struct recs_matrix *matrix;
	const float *packed;     /* the eigenvectors as tiles */
	struct recs_matrix hold; /* TURN_ROWS rows a thread */
};

static void turn_rows(void *context, int thread, size_t first, size_t last)
{
	struct turn *turn = context;
	size_t d = turn->matrix->stride, room = turn->hold.stride / TURN_ROWS;
	float *hold = recs_matrix_row(&turn->hold, (size_t)thread);
	for (size_t j = 0; j < d; j += RECS_TILE)
		recs_kernels()->tile(recs_matrix_row(turn->matrix, first), d, last - first, d,
				     turn->packed + j * d, hold + j, room);
	for (size_t r = first; r < last; r++)
		memcpy(recs_matrix_row(turn->matrix, r), hold + (r - first) * room,
		       d * sizeof *hold);
}

static int turn_both(struct recs_matrix *rows, struct recs_matrix *other, const double *vectors,
		     int threads, struct error *err)
{
	size_t d = rows->stride, n = rows->width,
	       room = (d + RECS_TILE - 1) / RECS_TILE * RECS_TILE;
	HELD(recs_matrix) turned = {0}; /* transposed eigenvectors, to be packed */
	HELD(recs_matrix) hold = {0};
	HELD(recs_matrix) packed = {0};
	TRY(recs_matrix_init(&turned, d, d, err));
	TRY(recs_matrix_init(&packed, 1, recs_kernels_packed_size(d, d), err));
	TRY(recs_matrix_init(&hold, (size_t)threads, TURN_ROWS * room, err));
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			turned.data[j * d + i] = (float)vectors[i * n + j];
	recs_kernels_pack(turned.data, d, d, d, packed.data);
	struct turn turn = {rows, packed.data, hold};
	parallel_run(threads, rows->rows, TURN_ROWS, turn_rows, &turn);
	turn.matrix = other;
	parallel_run(threads, other->rows, TURN_ROWS, turn_rows, &turn);
	return 0;
}

int recs_gram_diagonalize(struct recs_matrix *rows, struct recs_matrix *other, float *out_spectrum,
			  int threads, struct error *err)
{
	size_t n = rows->width, d = rows->stride;
	HELD(recs_matrix) gram = {0};
	TRY(recs_gram(rows, threads, &gram, err));
	OWNED_MEMORY double *vectors = mem_alloc_array(n * n, sizeof *vectors);
	OWNED_MEMORY double *values = mem_alloc_array(n, sizeof *values);
	if (!vectors || !values)
		return err_memory(err);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			vectors[i * n + j] = (double)gram.data[i * d + j];
	TRY(recs_solve_eigen(vectors, n, values, threads, err));
	TRY(turn_both(rows, other, vectors, threads, err));
	memset(out_spectrum, 0, d * sizeof *out_spectrum);
	for (size_t j = 0; j < n; j++)
		out_spectrum[j] = values[j] > 0 ? (float)values[j] : 0;
	return 0;
}
