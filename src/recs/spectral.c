/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/spectral.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "recs/arrays.h"
#include "recs/kernels.h"
#include "recs/matrix.h"
#include "recs/ratings.h"
#include "recs/svd.h"

enum { EXTRA = 32, ROUNDS = 6 };

struct spectral {
	struct recs_model model;
	struct recs_matrix inward; /* items × rank: what a history's items add to its pattern */
	float *packed;             /* the way back to items, as tiles */
};

static void spectral_free(struct recs_model *model)
{
	struct spectral *spectral = (struct spectral *)model;
	recs_matrix_done(&spectral->inward);
	free(spectral->packed);
	free(spectral);
}

static size_t spectral_scratch_size(const struct recs_model *model, size_t count)
{
	return count * ((const struct spectral *)model)->inward.stride * sizeof(float);
}

static void spectral_score(const struct recs_model *model, const struct recs_profile *profiles,
			   size_t count, float *scores, size_t stride, void *scratch)
{
	const struct spectral *spectral = (const struct spectral *)model;
	const struct recs_kernels *kernels = recs_kernels();
	size_t d = spectral->inward.stride;
	float *patterns = scratch;
	for (size_t p = 0; p < count; p++)
		kernels->sum(spectral->inward.data, d, profiles[p].items, profiles[p].weights,
			     profiles[p].count, d, patterns + p * d);
	for (size_t first = 0; first < model->item_count; first += RECS_TILE)
		kernels->tile(patterns, d, count, d, spectral->packed + first * d, scores + first,
			      stride);
	recs_model_forget_unknown(model, patterns, d, count, scores, stride);
}

static void spectral_save(const struct recs_model *model, struct recs_arrays_out *out)
{
	const struct spectral *spectral = (const struct spectral *)model;
	size_t size = recs_kernels_packed_size(model->item_count, spectral->inward.stride);
	recs_arrays_put_matrix(out, &spectral->inward);
	recs_arrays_put(out, spectral->packed, size, sizeof *spectral->packed);
}

static const struct recs_model_kind spectral_kind = {"spectral", spectral_scratch_size,
						     spectral_score, spectral_free, spectral_save};

static double power_of(size_t n, double exponent)
{
	return pow(n ? (double)n : 1, -exponent);
}

/* Entries of `from`, whose rows or columns (by_row) are persons, times what both exponents say. */
static void normalize(const struct recs_ratings *from, const struct recs_ratings *other,
		      float row_exponent, float column_exponent, float *values)
{
	for (uint32_t r = 0; r < from->row_count; r++) {
		double scale = power_of(recs_ratings_row_len(from, r), (double)row_exponent);
		for (size_t e = from->starts[r]; e < from->starts[r + 1]; e++) {
			size_t n = recs_ratings_row_len(other, from->columns[e]);
			values[e] = (float)((double)from->values[e] * scale *
					    power_of(n, (double)column_exponent));
		}
	}
}

/* The strongest directions of the normalised matrix, which shares all but values with ours. */
static int decompose(const struct recs_ratings *ratings, const struct recs_ratings *turned,
		     const struct recs_spectral_options *options, struct recs_matrix *out_right,
		     float *out_values, struct error *err)
{
	size_t count = recs_ratings_count(ratings);
	OWNED_MEMORY float *there = mem_alloc_array(count, sizeof *there);
	OWNED_MEMORY float *back = mem_alloc_array(count, sizeof *back);
	if (!there || !back)
		return err_memory(err);
	normalize(ratings, turned, options->person_exponent, options->item_exponent, there);
	normalize(turned, ratings, options->item_exponent, options->person_exponent, back);
	struct recs_ratings a = *ratings, b = *turned;
	a.values = there;
	b.values = back;
	struct recs_svd_options svd = {.rank = options->rank,
				       .extra = EXTRA,
				       .rounds = options->rounds ? options->rounds : ROUNDS,
				       .seed = options->seed,
				       .threads = parallel_threads(options->threads)};
	return recs_svd_right(&a, &b, &svd, out_right, out_values, err);
}

static int finish(struct spectral *spectral, const struct recs_ratings *turned,
		  const struct recs_spectral_options *options, const float *values,
		  struct error *err)
{
	struct recs_matrix *right = &spectral->inward;
	HELD(recs_matrix) outward = {0};
	TRY(recs_matrix_init(&outward, right->rows, right->width, err));
	for (uint32_t i = 0; i < right->rows; i++) {
		size_t n = recs_ratings_row_len(turned, i);
		float from = (float)power_of(n, (double)options->from_exponent);
		float to = (float)power_of(n, -(double)options->to_exponent);
		float *in = recs_matrix_row(right, i), *back = recs_matrix_row(&outward, i);
		for (size_t j = 0; j < right->width; j++) {
			float pass = values[j] > 0 ? powf(values[j], options->power) : 0;
			back[j] = to * in[j];
			in[j] *= from * pass;
		}
	}
	size_t size = recs_kernels_packed_size(outward.rows, outward.stride);
	spectral->packed = mem_alloc_array(size, sizeof *spectral->packed);
	if (!spectral->packed)
		return err_memory(err);
	recs_kernels_pack(outward.data, outward.stride, outward.rows, outward.stride,
			  spectral->packed);
	return 0;
}

int recs_spectral_train(const struct recs_ratings *ratings,
			const struct recs_spectral_options *options, struct recs_model **out,
			struct error *err)
{
	if (options->rank < 1 || options->rank > RECS_SPECTRAL_RANK_MAX)
		return err_set(err, ERR_USAGE, "spectral: rank %u is not between 1 and %d",
			       options->rank, RECS_SPECTRAL_RANK_MAX);
	struct spectral *spectral = mem_alloc(sizeof *spectral);
	if (!spectral)
		return err_memory(err);
	spectral->model = (struct recs_model){&spectral_kind, ratings->column_count};
	OWNED(recs_model) *model = &spectral->model;
	OWNED(recs_ratings) *turned = NULL;
	OWNED_MEMORY float *values = mem_alloc_array(options->rank, sizeof *values);
	if (!values)
		return err_memory(err);
	TRY(recs_ratings_transpose(ratings, options->threads, &turned, err));
	TRY(decompose(ratings, turned, options, &spectral->inward, values, err));
	TRY(finish(spectral, turned, options, values, err));
	*out = TAKE(model);
	return 0;
}

int recs_spectral_load(struct recs_arrays_in *in, uint32_t item_count, struct recs_model **out,
		       struct error *err)
{
	struct spectral *spectral = mem_alloc(sizeof *spectral);
	if (!spectral)
		return err_memory(err);
	spectral->model = (struct recs_model){&spectral_kind, item_count};
	OWNED(recs_model) *model = &spectral->model;
	struct recs_matrix *inward = &spectral->inward;
	TRY(recs_arrays_take_matrix(in, item_count, RECS_ARRAYS_ANY, inward, err));
	size_t size = recs_kernels_packed_size(item_count, inward->stride);
	const float *packed = recs_arrays_take_floats(in, (int64_t)size, NULL, err);
	if (!packed)
		return -1;
	if (!recs_arrays_are_finite(inward->data, inward->rows * inward->stride))
		return recs_arrays_refuse("a pattern that is no number", err);
	spectral->packed = mem_alloc_array(size, sizeof *packed);
	if (!spectral->packed)
		return err_memory(err);
	memcpy(spectral->packed, packed, size * sizeof *packed);
	*out = TAKE(model);
	return 0;
}
