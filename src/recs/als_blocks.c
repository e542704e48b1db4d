/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/als_blocks.h"

#include <string.h>

/* Entries of a piece: few enough for the first-level cache at the usual width of a block, since the
 * Gram kernel passes over them once for each tile of its result. */
enum { PIECE = 128 };

static size_t width_of(size_t d, uint32_t block)
{
	size_t width = recs_matrix_stride(block);
	return width < d ? width : d;
}

size_t recs_als_blocks_size(size_t d, uint32_t block, size_t longest)
{
	size_t width = width_of(d, block), predictions = recs_matrix_stride(longest);
	return sizeof(float) *
	       (PIECE * (width + 2) + predictions + 2 * d + width + width * (width + 2));
}

void recs_als_blocks_place(struct recs_als_blocks *scratch, void *memory, size_t d, uint32_t block,
			   size_t longest)
{
	size_t width = scratch->width = width_of(d, block);
	scratch->panel = memory;
	scratch->weights = scratch->panel + PIECE * width;
	scratch->products = scratch->weights + PIECE;
	scratch->predictions = scratch->products + PIECE;
	scratch->diagonal = scratch->predictions + recs_matrix_stride(longest);
	scratch->inverse = scratch->diagonal + d;
	scratch->gradient = scratch->inverse + d;
	scratch->normal = scratch->gradient + width;
}

struct row {
	const struct recs_als_side *side;
	const uint32_t *columns;
	const float *values;
	size_t count;
	struct recs_als_blocks *scratch;
	const struct recs_kernels *kernels;
};

/* Factors first .. first + width - 1. */
struct block {
	size_t first, width;
};

/* Entries from `at` on into the panel; returns how many. */
static size_t gather(const struct row *row, struct block block, size_t at)
{
	const struct recs_matrix *fixed = row->side->fixed;
	size_t n = row->count - at < PIECE ? row->count - at : PIECE;
	row->kernels->gather(fixed->data + block.first, fixed->stride, row->columns + at, n,
			     block.width, row->scratch->panel);
	return n;
}

/* predictions += what `change` of the block's factors adds to them. */
static void predict(const struct row *row, struct block block, const float *change)
{
	struct recs_als_blocks *s = row->scratch;
	for (size_t at = 0, n; at < row->count; at += n) {
		n = gather(row, block, at);
		row->kernels->dots(s->panel, block.width, n, block.width, change, s->products);
		row->kernels->axpy(1, s->products, s->predictions + at, n);
	}
}

/* The block's normal equations, and the right side less what is predicted already. */
static void add_entries(const struct row *row, struct block block)
{
	const struct recs_als_options *options = row->side->options;
	struct recs_als_blocks *s = row->scratch;
	float extra = options->hu ? options->unobserved : 0;
	for (size_t at = 0, n; at < row->count; at += n) {
		n = gather(row, block, at);
		for (size_t i = 0; i < n; i++)
			s->weights[i] = options->weight_scale * row->values[at + i];
		row->kernels->gram(s->panel, block.width, n, block.width, s->weights, s->normal);
		for (size_t i = 0; i < n; i++)
			row->kernels->axpy(s->weights[i] * (1 - s->predictions[at + i]) + extra,
					   s->panel + i * block.width, s->gradient, block.width);
	}
}

static void improve(const struct row *row, struct block block, float *x)
{
	struct recs_als_blocks *s = row->scratch;
	const float *diagonal = s->diagonal + block.first;
	memset(s->normal, 0, block.width * block.width * sizeof *s->normal);
	for (size_t j = 0; j < block.width; j++)
		s->gradient[j] = -diagonal[j] * x[j];
	add_entries(row, block);
	for (size_t j = 0; j < block.width; j++)
		s->normal[j * block.width + j] += diagonal[j];
	recs_kernels_mirror(s->normal, block.width);
	/* As when all factors are solved at once: what rounding has spoilt keeps its value. */
	float *room = s->normal + block.width * block.width;
	if (row->kernels->cholesky(s->normal, block.width, room) < 0)
		return;
	recs_kernels_solve(s->normal, block.width, s->gradient);
	row->kernels->axpy(1, s->gradient, x, block.width);
	if (block.first + block.width < row->side->fixed->stride)
		predict(row, block, s->gradient);
}

void recs_als_blocks_solve_row(const struct recs_als_side *side, const uint32_t *columns,
			       const float *values, size_t count, struct recs_als_blocks *scratch,
			       float *x)
{
	struct row row = {side, columns, values, count, scratch, recs_kernels()};
	size_t d = side->fixed->stride;
	if (!count) {
		memset(x, 0, d * sizeof *x);
		return;
	}
	recs_als_diagonal(side, count, scratch->diagonal, scratch->inverse);
	memset(scratch->predictions, 0, count * sizeof *scratch->predictions);
	for (int pass = 0; pass < 2; pass++)
		for (size_t first = 0; first < d; first += scratch->width) {
			size_t left = d - first;
			struct block block = {first, left < scratch->width ? left : scratch->width};
			if (pass == 0)
				predict(&row, block, x + first);
			else
				improve(&row, block, x + first);
		}
}
