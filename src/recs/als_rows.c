/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/als_rows.h"

#include <math.h>
#include <string.h>

/* 256 KiB of panel: half of the smallest second-level cache of what shops rent. */
enum { PANEL_FLOATS = 1 << 16, PANEL_ROWS_MIN = 64 };

size_t recs_als_row_max(size_t d)
{
	size_t rows = PANEL_FLOATS / d / 16 * 16;
	return rows > PANEL_ROWS_MIN ? rows : PANEL_ROWS_MIN;
}

static size_t floats_of(size_t d, int steps)
{
	size_t capacity = recs_als_row_max(d);
	return capacity * d + capacity + 5 * d + (steps ? 0 : d * d + 2 * d);
}

size_t recs_als_scratch_size(size_t d, int steps)
{
	return floats_of(d, steps) * sizeof(float);
}

void recs_als_scratch_place(struct recs_als_scratch *scratch, void *block, size_t d, int steps)
{
	float *at = block;
	scratch->capacity = recs_als_row_max(d);
	scratch->panel = at;
	scratch->weights = at + scratch->capacity * d;
	scratch->residual = scratch->weights + scratch->capacity;
	scratch->direction = scratch->residual + d;
	scratch->product = scratch->direction + d;
	scratch->diagonal = scratch->product + d;
	scratch->inverse = scratch->diagonal + d;
	scratch->normal = steps ? NULL : scratch->inverse + d;
}

void recs_als_diagonal(const struct recs_als_side *side, size_t count, float *out_diagonal,
		       float *out_inverse)
{
	const struct recs_als_options *options = side->options;
	double all = (double)side->row_len_all * (double)options->unobserved;
	double scale = pow((double)count + all, (double)options->exponent);
	float ridge = (float)((double)options->regularization * scale);
	for (size_t j = 0; j < side->fixed->stride; j++) {
		out_diagonal[j] = options->unobserved * side->spectrum[j] + ridge;
		out_inverse[j] = 1 / out_diagonal[j];
	}
}

float recs_als_enough(const struct recs_als_options *options, const float *values, size_t count)
{
	float sum = 0;
	if (!(options->tolerance > 0))
		return -1;
	for (size_t i = 0; i < count; i++)
		sum += values[i];
	return 2 * options->tolerance * options->weight_scale * sum;
}

struct recs_terms recs_als_residual_terms(const struct recs_als_options *options)
{
	return (struct recs_terms){options->hu ? options->unobserved : 0, options->weight_scale, 1};
}

struct recs_terms recs_als_product_terms(const struct recs_als_options *options)
{
	return (struct recs_terms){0, options->weight_scale, 0};
}

struct row {
	const struct recs_als_side *side;
	const uint32_t *columns;
	const float *values;
	size_t count, d;
	struct recs_als_scratch *scratch;
	const struct recs_kernels *kernels;
};

static void conjugate_gradients(const struct row *row, float *x)
{
	const struct recs_als_side *side = row->side;
	const struct recs_kernels *kernels = row->kernels;
	struct recs_als_scratch *s = row->scratch;
	struct recs_terms start = recs_als_residual_terms(side->options),
			  product = recs_als_product_terms(side->options);
	size_t d = row->d;
	kernels->gather(side->fixed->data, d, row->columns, row->count, d, s->panel);
	for (size_t j = 0; j < d; j++)
		s->residual[j] = -s->diagonal[j] * x[j];
	kernels->apply(s->panel, row->values, row->count, d, &start, x, s->residual);
	memset(s->direction, 0, d * sizeof *s->direction);
	float rz = 0, enough = recs_als_enough(side->options, row->values, row->count);
	for (int step = side->options->steps; step > 0; step--) {
		rz = kernels->turn(s->residual, s->inverse, d, rz, s->direction);
		if (rz <= enough)
			return;
		memset(s->product, 0, d * sizeof *s->product);
		kernels->apply(s->panel, row->values, row->count, d, &product, s->direction,
			       s->product);
		float curvature = kernels->bend(s->diagonal, s->direction, d, s->product);
		if (!(curvature > 0))
			return;
		float length = rz / curvature;
		kernels->axpy(length, s->direction, x, d);
		if (step > 1)
			kernels->axpy(-length, s->product, s->residual, d);
	}
}

/* Add entries first .. first + n - 1 to the normal equations and the right side. */
static void add_entries(const struct row *row, size_t first, size_t n)
{
	const struct recs_als_options *options = row->side->options;
	const struct recs_matrix *fixed = row->side->fixed;
	struct recs_als_scratch *s = row->scratch;
	float extra = options->hu ? options->unobserved : 0;
	row->kernels->gather(fixed->data, fixed->stride, row->columns + first, n, row->d, s->panel);
	for (size_t i = 0; i < n; i++)
		s->weights[i] = options->weight_scale * row->values[first + i];
	row->kernels->gram(s->panel, row->d, n, row->d, s->weights, s->normal);
	for (size_t i = 0; i < n; i++)
		row->kernels->axpy(s->weights[i] + extra, s->panel + i * row->d, s->residual,
				   row->d);
}

/* The normal equations in full. `residual` holds the right side, then the answer. */
static void solve_exactly(const struct row *row, float *x)
{
	struct recs_als_scratch *s = row->scratch;
	size_t d = row->d;
	memset(s->normal, 0, d * d * sizeof *s->normal);
	memset(s->residual, 0, d * sizeof *s->residual);
	for (size_t first = 0; first < row->count; first += s->capacity) {
		size_t n = row->count - first < s->capacity ? row->count - first : s->capacity;
		add_entries(row, first, n);
	}
	for (size_t j = 0; j < d; j++)
		s->normal[j * d + j] += s->diagonal[j];
	recs_kernels_mirror(s->normal, d);
	/* Rounding can only spoil a system whose ridge is nothing beside its entries; the row then
	 * keeps its value. */
	if (row->kernels->cholesky(s->normal, d, s->normal + d * d) < 0)
		return;
	recs_kernels_solve(s->normal, d, s->residual);
	memcpy(x, s->residual, d * sizeof *x);
}

void recs_als_solve_row(const struct recs_als_side *side, const uint32_t *columns,
			const float *values, size_t count, struct recs_als_scratch *scratch,
			float *x)
{
	struct row row = {side,    columns,       values, count, side->fixed->stride,
			  scratch, recs_kernels()};
	if (!count) {
		memset(x, 0, row.d * sizeof *x);
		return;
	}
	recs_als_diagonal(side, count, scratch->diagonal, scratch->inverse);
	if (side->options->steps > 0)
		conjugate_gradients(&row, x); /* `count` fits the panel */
	else
		solve_exactly(&row, x);
}
