/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/als_heavy.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/ratings.h"

/* A block of the fixed side: a part of the third-level cache of what shops rent. Each thread gets a
 * few groups of rows, so that the last ones to finish are not far apart. */
enum { BLOCK_FLOATS = 1 << 19, GROUPS_A_THREAD = 2 };

void recs_als_heavy_done(struct recs_als_heavy *heavy)
{
	recs_matrix_done(&heavy->residuals);
	recs_matrix_done(&heavy->directions);
	recs_matrix_done(&heavy->products);
	free(heavy->lengths);
	free(heavy->enough);
	free(heavy->cursors);
	*heavy = (struct recs_als_heavy){0};
}

int recs_als_heavy_init(struct recs_als_heavy *heavy, size_t capacity, size_t d, struct error *err)
{
	HELD(recs_als_heavy) new = {.capacity = capacity};
	TRY(recs_matrix_init(&new.residuals, capacity, d, err));
	TRY(recs_matrix_init(&new.directions, capacity, d, err));
	TRY(recs_matrix_init(&new.products, capacity, d, err));
	new.lengths = mem_alloc_array(capacity, sizeof *new.lengths);
	new.enough = mem_alloc_array(capacity, sizeof *new.enough);
	new.cursors = mem_alloc_array(capacity, sizeof *new.cursors);
	if (!new.lengths || !new.enough || !new.cursors)
		return err_memory(err);
	*heavy = new;
	new = (struct recs_als_heavy){0};
	return 0;
}

/* Rows group, group + groups, ...: `rows` fall by length, so all groups weigh the same. */
struct group {
	const struct recs_als_heavy_work *work;
	size_t first;
	struct recs_als_scratch *scratch;
};

static size_t count_of(const struct group *group, size_t i)
{
	return recs_ratings_row_len(group->work->ratings, group->work->rows[i]);
}

/* out[i] += the row's terms with p[i], for all rows of the group. */
static void pass(const struct group *group, const struct recs_terms *terms,
		 const struct recs_matrix *p, bool by_row, struct recs_matrix *out)
{
	const struct recs_als_heavy_work *work = group->work;
	const struct recs_ratings *ratings = work->ratings;
	const struct recs_matrix *fixed = work->side->fixed;
	const struct recs_kernels *kernels = recs_kernels();
	size_t d = fixed->stride, block = BLOCK_FLOATS / d;
	for (size_t i = group->first; i < work->count; i += work->groups)
		work->heavy->cursors[i] = ratings->starts[work->rows[i]];
	for (size_t end = block; end < fixed->rows + block; end += block)
		for (size_t i = group->first; i < work->count; i += work->groups) {
			size_t last = ratings->starts[work->rows[i] + 1];
			size_t from = work->heavy->cursors[i], to = from;
			while (to < last && ratings->columns[to] < end)
				to++;
			work->heavy->cursors[i] = to;
			if (work->heavy->lengths[i] < 0)
				continue;
			kernels->apply_to(fixed->data, d, ratings->columns + from,
					  ratings->values + from, to - from, d, terms,
					  recs_matrix_row(p, by_row ? work->rows[i] : i),
					  recs_matrix_row(out, i));
		}
}

static void begin(const struct group *group)
{
	const struct recs_als_heavy_work *work = group->work;
	struct recs_als_heavy *heavy = work->heavy;
	struct recs_als_scratch *s = group->scratch;
	size_t d = heavy->residuals.stride;
	for (size_t i = group->first; i < work->count; i += work->groups) {
		const float *x = recs_matrix_row(work->free_side, work->rows[i]);
		float *residual = recs_matrix_row(&heavy->residuals, i);
		recs_als_diagonal(work->side, count_of(group, i), s->diagonal, s->inverse);
		for (size_t j = 0; j < d; j++)
			residual[j] = -s->diagonal[j] * x[j];
		memset(recs_matrix_row(&heavy->directions, i), 0, d * sizeof *residual);
		heavy->lengths[i] = 0;
		heavy->enough[i] = recs_als_enough(work->side->options,
						   work->ratings->values +
							   work->ratings->starts[work->rows[i]],
						   count_of(group, i));
	}
	struct recs_terms terms = recs_als_residual_terms(work->side->options);
	pass(group, &terms, work->free_side, true, &heavy->residuals);
}

static void choose_directions(const struct group *group)
{
	const struct recs_als_heavy_work *work = group->work;
	struct recs_als_heavy *heavy = work->heavy;
	struct recs_als_scratch *s = group->scratch;
	size_t d = heavy->residuals.stride;
	for (size_t i = group->first; i < work->count; i += work->groups) {
		if (heavy->lengths[i] < 0)
			continue;
		recs_als_diagonal(work->side, count_of(group, i), s->diagonal, s->inverse);
		heavy->lengths[i] = recs_kernels()->turn(recs_matrix_row(&heavy->residuals, i),
							 s->inverse, d, heavy->lengths[i],
							 recs_matrix_row(&heavy->directions, i));
		if (heavy->lengths[i] <= heavy->enough[i])
			heavy->lengths[i] = -1;
		memset(recs_matrix_row(&heavy->products, i), 0, d * sizeof(float));
	}
}

static void go(const struct group *group)
{
	const struct recs_als_heavy_work *work = group->work;
	const struct recs_kernels *kernels = recs_kernels();
	struct recs_als_heavy *heavy = work->heavy;
	struct recs_als_scratch *s = group->scratch;
	size_t d = heavy->residuals.stride;
	for (size_t i = group->first; i < work->count; i += work->groups) {
		if (heavy->lengths[i] < 0)
			continue;
		const float *direction = recs_matrix_row(&heavy->directions, i);
		float *product = recs_matrix_row(&heavy->products, i);
		recs_als_diagonal(work->side, count_of(group, i), s->diagonal, s->inverse);
		float curvature = kernels->bend(s->diagonal, direction, d, product);
		if (!(curvature > 0)) {
			heavy->lengths[i] = -1;
			continue;
		}
		float length = heavy->lengths[i] / curvature;
		kernels->axpy(length, direction, recs_matrix_row(work->free_side, work->rows[i]),
			      d);
		kernels->axpy(-length, product, recs_matrix_row(&heavy->residuals, i), d);
	}
}

size_t recs_als_heavy_groups(int threads)
{
	return threads > 1 ? (size_t)threads * GROUPS_A_THREAD : 1;
}

void recs_als_heavy_solve(const struct recs_als_heavy_work *work, size_t first,
			  struct recs_als_scratch *scratch)
{
	const struct recs_terms terms = recs_als_product_terms(work->side->options);
	const struct group group = {work, first, scratch};
	begin(&group);
	for (int step = 0; step < work->side->options->steps; step++) {
		choose_directions(&group);
		pass(&group, &terms, &work->heavy->directions, false, &work->heavy->products);
		go(&group);
	}
}
