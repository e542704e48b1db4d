/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/ease.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "recs/arrays.h"
#include "recs/kernels.h"
#include "recs/matrix.h"
#include "recs/ratings.h"
#include "recs/solve.h"

enum { ROWS_A_BLOCK = 16, OUTSIDE = -1 };

struct ease {
	struct recs_model model;
	uint32_t count;             /* of items that take part: "slots" */
	int32_t *slots;             /* per item, or OUTSIDE */
	uint32_t *items;            /* per slot */
	struct recs_matrix weights; /* slots × slots */
};

static void ease_free(struct recs_model *model)
{
	struct ease *ease = (struct ease *)model;
	free(ease->slots);
	free(ease->items);
	recs_matrix_done(&ease->weights);
	free(ease);
}

static size_t ease_scratch_size(const struct recs_model *model, size_t count)
{
	(void)count;
	return ((const struct ease *)model)->weights.stride * sizeof(float);
}

/* Row by row: a row of B is long enough to stream, and `sums` stays in the cache. */
static void ease_score(const struct recs_model *model, const struct recs_profile *profiles,
		       size_t count, float *scores, size_t stride, void *scratch)
{
	const struct ease *ease = (const struct ease *)model;
	float *sums = scratch;
	for (size_t p = 0; p < count; p++) {
		size_t known = 0;
		memset(sums, 0, ease->weights.stride * sizeof *sums);
		for (size_t h = 0; h < profiles[p].count; h++) {
			int32_t slot = ease->slots[profiles[p].items[h]];
			if (slot == OUTSIDE)
				continue;
			known++;
			recs_kernels()->axpy(profiles[p].weights[h],
					     recs_matrix_row(&ease->weights, (size_t)slot), sums,
					     ease->count);
		}
		float *row = scores + p * stride;
		for (size_t i = 0; i < model->item_count; i++)
			row[i] = RECS_NO_SCORE;
		for (uint32_t s = 0; known && s < ease->count; s++)
			row[ease->items[s]] = sums[s];
	}
}

static void ease_save(const struct recs_model *model, struct recs_arrays_out *out)
{
	const struct ease *ease = (const struct ease *)model;
	recs_arrays_put(out, ease->items, ease->count, sizeof *ease->items);
	recs_arrays_put_matrix(out, &ease->weights);
}

static const struct recs_model_kind ease_kind = {"ease", ease_scratch_size, ease_score, ease_free,
						 ease_save};

uint32_t recs_ease_items(const struct recs_model *model)
{
	return ((const struct ease *)model)->count;
}

/* The most popular items take part; of equal ones those of lower number. */
static int choose_items(struct ease *ease, const struct recs_ratings *turned, uint32_t items_max,
			struct error *err)
{
	size_t persons = turned->column_count;
	OWNED_MEMORY uint32_t *with = mem_alloc_array(persons + 1, sizeof *with);
	ease->slots = mem_alloc_array(turned->row_count, sizeof *ease->slots);
	ease->items = mem_alloc_array(turned->row_count, sizeof *ease->items);
	if (!with || !ease->slots || !ease->items)
		return err_memory(err);
	for (uint32_t i = 0; i < turned->row_count; i++)
		with[recs_ratings_row_len(turned, i)]++;
	size_t bar = persons, above = 0; /* items of more than `bar` persons all fit */
	while (bar > 0 && above + with[bar] <= items_max)
		above += with[bar--];
	size_t at_bar = bar > 0 ? items_max - above : 0;
	for (uint32_t i = 0; i < turned->row_count; i++) {
		size_t n = recs_ratings_row_len(turned, i);
		bool takes_part = n > bar || (n == bar && n > 0 && at_bar > 0);
		at_bar -= takes_part && n == bar;
		ease->slots[i] = takes_part ? (int32_t)ease->count : OUTSIDE;
		if (takes_part)
			ease->items[ease->count++] = i;
	}
	return 0;
}

struct gram {
	struct ease *ease;
	const struct recs_ratings *ratings, *turned;
	const float *scales; /* per person */
};

/* Rows of XᵀX from the diagonal on: columns rise within a row, and so do slots. */
static void sum_rows(void *context, int thread, size_t first, size_t last)
{
	(void)thread;
	const struct gram *gram = context;
	const struct ease *ease = gram->ease;
	for (size_t s = first; s < last; s++) {
		float *row = recs_matrix_row(&ease->weights, s);
		uint32_t item = ease->items[s];
		for (size_t e = gram->turned->starts[item]; e < gram->turned->starts[item + 1];
		     e++) {
			uint32_t person = gram->turned->columns[e];
			float value = gram->turned->values[e] * gram->scales[person];
			size_t start = gram->ratings->starts[person];
			for (size_t i = gram->ratings->starts[person + 1]; i-- > start;) {
				if (gram->ratings->columns[i] < item)
					break;
				int32_t slot = ease->slots[gram->ratings->columns[i]];
				if (slot != OUTSIDE)
					row[slot] += value * gram->ratings->values[i];
			}
		}
	}
}

static int sum_gram(struct ease *ease, const struct recs_ratings *ratings,
		    const struct recs_ratings *turned, const struct recs_ease_options *options,
		    int threads, struct error *err)
{
	OWNED_MEMORY float *scales = mem_alloc_array(ratings->row_count, sizeof *scales);
	if (!scales)
		return err_memory(err);
	for (uint32_t p = 0; p < ratings->row_count; p++) {
		double n = (double)recs_ratings_row_len(ratings, p);
		scales[p] = n > 0 ? (float)pow(n, -(double)options->person_exponent) : 0;
	}
	struct gram gram = {ease, ratings, turned, scales};
	parallel_run(threads, ease->count, ROWS_A_BLOCK, sum_rows, &gram);
	float ratio = options->dropout / (1 - options->dropout);
	for (uint32_t s = 0; s < ease->count; s++) {
		float *row = recs_matrix_row(&ease->weights, s);
		row[s] += options->regularization + ratio * row[s];
	}
	return 0;
}

struct division {
	struct recs_matrix *weights;
	const float *factors;
};

static void divide_rows(void *context, int thread, size_t first, size_t last)
{
	(void)thread;
	const struct division *division = context;
	for (size_t s = first; s < last; s++) {
		float *row = recs_matrix_row(division->weights, s);
		for (size_t j = 0; j < division->weights->rows; j++)
			row[j] *= division->factors[j];
		row[s] = 0;
	}
}

/* B from P, in place. */
static int divide(struct ease *ease, int threads, struct error *err)
{
	OWNED_MEMORY float *factors = mem_alloc_array(ease->count, sizeof *factors);
	if (!factors)
		return err_memory(err);
	for (uint32_t s = 0; s < ease->count; s++)
		factors[s] = -1 / recs_matrix_row(&ease->weights, s)[s];
	struct division division = {&ease->weights, factors};
	parallel_run(threads, ease->count, ROWS_A_BLOCK, divide_rows, &division);
	return 0;
}

static int check_options(const struct recs_ease_options *options, struct error *err)
{
	if (!(options->regularization > 0) || !(options->dropout >= 0 && options->dropout < 1))
		return err_set(err, ERR_USAGE,
			       "ease: regularization must be above 0, dropout from 0 to below 1");
	if (options->items_max < 1 || options->items_max > RECS_EASE_ITEMS_MAX)
		return err_set(err, ERR_USAGE, "ease: items_max %u is not between 1 and %d",
			       options->items_max, RECS_EASE_ITEMS_MAX);
	return 0;
}

int recs_ease_train(const struct recs_ratings *ratings, const struct recs_ease_options *options,
		    struct recs_model **out, struct error *err)
{
	TRY(check_options(options, err));
	int threads = parallel_threads(options->threads);
	struct ease *ease = mem_alloc(sizeof *ease);
	if (!ease)
		return err_memory(err);
	ease->model = (struct recs_model){&ease_kind, ratings->column_count};
	OWNED(recs_model) *model = &ease->model;
	OWNED(recs_ratings) *turned = NULL;
	TRY(recs_ratings_transpose(ratings, options->threads, &turned, err));
	TRY(choose_items(ease, turned, options->items_max, err));
	TRY(recs_matrix_init(&ease->weights, ease->count, ease->count, err));
	TRY(sum_gram(ease, ratings, turned, options, threads, err));
	TRY(recs_solve_inverse(ease->weights.data, ease->count, ease->weights.stride, threads,
			       err));
	TRY(divide(ease, threads, err));
	*out = TAKE(model);
	return 0;
}

/* Items rise; all that do not come are outside. */
static int take_slots(struct ease *ease, const uint32_t *items, size_t count, struct error *err)
{
	uint32_t item_count = ease->model.item_count;
	for (size_t s = 1; s < count; s++)
		if (items[s] <= items[s - 1])
			return recs_arrays_refuse("items out of order", err);
	ease->count = (uint32_t)count;
	ease->slots = mem_alloc_array(item_count, sizeof *ease->slots);
	ease->items = mem_alloc_array(item_count, sizeof *ease->items);
	if (!ease->slots || !ease->items)
		return err_memory(err);
	for (uint32_t i = 0; i < item_count; i++)
		ease->slots[i] = OUTSIDE;
	for (uint32_t s = 0; s < ease->count; s++) {
		ease->items[s] = items[s];
		ease->slots[items[s]] = (int32_t)s;
	}
	return 0;
}

int recs_ease_load(struct recs_arrays_in *in, uint32_t item_count, struct recs_model **out,
		   struct error *err)
{
	struct ease *ease = mem_alloc(sizeof *ease);
	size_t count;
	if (!ease)
		return err_memory(err);
	ease->model = (struct recs_model){&ease_kind, item_count};
	OWNED(recs_model) *model = &ease->model;
	const uint32_t *items =
		recs_arrays_take_numbers(in, RECS_ARRAYS_ANY, item_count, &count, err);
	if (!items)
		return -1;
	if (count > RECS_EASE_ITEMS_MAX)
		return recs_arrays_refuse("too many items", err);
	TRY(take_slots(ease, items, count, err));
	TRY(recs_arrays_take_matrix(in, (int64_t)count, (int64_t)count, &ease->weights, err));
	if (!recs_arrays_are_finite(ease->weights.data, count * ease->weights.stride))
		return recs_arrays_refuse("a weight that is no number", err);
	*out = TAKE(model);
	return 0;
}
