/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/als_rows.h"

#include <math.h>
#include <string.h>

#include "recs/kernels.h"

/* 1 MiB of panel: half of the second-level cache of what shops rent. */
enum { PANEL_FLOATS = 1 << 18, PANEL_ROWS_MIN = 64 };

static size_t capacity_for(size_t d)
{
	size_t rows = PANEL_FLOATS / d / 16 * 16;
	return rows > PANEL_ROWS_MIN ? rows : PANEL_ROWS_MIN;
}

static size_t floats_of(size_t d, int steps)
{
	size_t capacity = capacity_for(d) + 16;
	return capacity * d + 2 * capacity + 4 * d + (steps ? 0 : d * d + 2 * d);
}

size_t recs_als_scratch_size(size_t d, int steps)
{
	return floats_of(d, steps) * sizeof(float);
}

void recs_als_scratch_place(struct recs_als_scratch *scratch, void *block, size_t d, int steps)
{
	float *at = block;
	scratch->capacity = capacity_for(d);
	size_t room = scratch->capacity + 16;
	scratch->panel = at;
	scratch->weights = at + room * d;
	scratch->targets = scratch->weights + room;
	scratch->residual = scratch->targets + room;
	scratch->direction = scratch->residual + d;
	scratch->product = scratch->direction + d;
	scratch->diagonal = scratch->product + d;
	scratch->normal = steps ? NULL : scratch->diagonal + d;
}

struct row {
	const struct recs_als_side *side;
	const uint32_t *columns;
	const float *values;
	size_t count, d;
	struct recs_als_scratch *scratch;
	const struct recs_kernels *kernels;
};

/* Gather entries first .. first + n - 1 with their weights (negated) and targets. */
static void load(const struct row *row, size_t first, size_t n)
{
	const struct recs_als_options *options = row->side->options;
	struct recs_als_scratch *s = row->scratch;
	const struct recs_matrix *fixed = row->side->fixed;
	row->kernels->gather(fixed->data, fixed->stride, row->columns + first, n, row->d, s->panel);
	float extra = options->hu ? options->unobserved : 0;
	for (size_t i = 0; i < n; i++) {
		float weight = options->weight_scale * row->values[first + i];
		s->weights[i] = -weight;
		s->targets[i] = weight + extra;
	}
}

/* out += Σ (targets) y - Σ w (y·p) y, over all entries; targets only when asked. A row longer than
 * the panel is gathered anew each time, a piece at a time. */
static void add_entries(const struct row *row, bool targets, const float *p, float *out)
{
	struct recs_als_scratch *s = row->scratch;
	for (size_t first = 0; first < row->count; first += s->capacity) {
		size_t n = row->count - first < s->capacity ? row->count - first : s->capacity;
		if (row->count > s->capacity)
			load(row, first, n);
		row->kernels->apply(s->panel, n, row->d, targets ? s->targets : NULL, s->weights, p,
				    out);
	}
}

static void set_diagonal(const struct row *row)
{
	const struct recs_als_options *options = row->side->options;
	double all = (double)row->side->row_len_all * (double)options->unobserved;
	double scale = pow((double)row->count + all, (double)options->exponent);
	float ridge = (float)((double)options->regularization * scale);
	for (size_t j = 0; j < row->d; j++)
		row->scratch->diagonal[j] = options->unobserved * row->side->spectrum[j] + ridge;
}

/* direction = residual / diagonal + keep × direction; returns residual · (residual / diagonal). */
static float turn(struct recs_als_scratch *s, size_t d, float rz_before)
{
	float rz = 0;
	for (size_t j = 0; j < d; j++)
		rz += s->residual[j] * s->residual[j] / s->diagonal[j];
	float keep = rz_before > 0 ? rz / rz_before : 0;
	for (size_t j = 0; j < d; j++)
		s->direction[j] = s->residual[j] / s->diagonal[j] + keep * s->direction[j];
	return rz;
}

static void conjugate_gradients(const struct row *row, float *x)
{
	struct recs_als_scratch *s = row->scratch;
	size_t d = row->d;
	for (size_t j = 0; j < d; j++)
		s->residual[j] = -s->diagonal[j] * x[j];
	add_entries(row, true, x, s->residual);
	memset(s->direction, 0, d * sizeof *s->direction);
	float rz = 0;
	for (int step = row->side->options->steps; step > 0; step--) {
		rz = turn(s, d, rz);
		memset(s->product, 0, d * sizeof *s->product);
		add_entries(row, false, s->direction, s->product);
		for (size_t j = 0; j < d; j++)
			s->product[j] = s->diagonal[j] * s->direction[j] - s->product[j];
		float curvature = row->kernels->dot(s->direction, s->product, d);
		if (!(curvature > 0))
			return;
		float length = rz / curvature;
		row->kernels->axpy(length, s->direction, x, d);
		row->kernels->axpy(-length, s->product, s->residual, d);
	}
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
		if (row->count > s->capacity)
			load(row, first, n);
		row->kernels->gram(s->panel, d, n, d, s->weights, s->normal);
		for (size_t i = 0; i < n; i++)
			row->kernels->axpy(s->targets[i], s->panel + i * d, s->residual, d);
	}
	for (size_t i = 0; i < d * d; i++)
		s->normal[i] = -s->normal[i];
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
	set_diagonal(&row);
	if (count <= scratch->capacity)
		load(&row, 0, count);
	if (side->options->steps > 0)
		conjugate_gradients(&row, x);
	else
		solve_exactly(&row, x);
}
