/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/als.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "recs/als_blocks.h"
#include "recs/als_heavy.h"
#include "recs/als_rows.h"
#include "recs/arrays.h"
#include "recs/gram.h"
#include "recs/kernels.h"
#include "recs/random.h"
#include "recs/ratings.h"
#include "recs/solve.h"

enum { ROWS_A_BLOCK = 16, LINE = 64 };

/* Training's memory beside the model. */
struct training {
	const struct recs_ratings *ratings;
	struct recs_ratings *turned;
	struct recs_als *als;
	int threads;
	uint32_t *person_order, *item_order; /* longest rows first */
	struct recs_matrix scratch_block;    /* one row a thread */
	struct recs_als_scratch *scratches;
	struct recs_als_heavy heavy;
	struct recs_als_blocks *blocks; /* one a thread, in place of the scratches */
};

static void training_done(struct training *training)
{
	recs_ratings_free(training->turned);
	free(training->person_order);
	free(training->item_order);
	recs_matrix_done(&training->scratch_block);
	free(training->scratches);
	free(training->blocks);
	recs_als_heavy_done(&training->heavy);
}
OWN_DEFINE_EMBEDDED(training, training_done)

static void fill_random(struct recs_matrix *matrix, const struct recs_als_options *options,
			const struct recs_matrix *start, uint64_t stream)
{
	double deviation = options->deviation > 0 ? (double)options->deviation : 0.1;
	deviation /= sqrt((double)matrix->width);
	for (size_t r = 0; r < matrix->rows; r++) {
		float *row = recs_matrix_row(matrix, r);
		if (start && r < start->rows) {
			memcpy(row, recs_matrix_row(start, r), start->stride * sizeof *row);
			continue;
		}
		struct recs_random random = {(options->seed * 2 + stream) * 0x9E3779B97F4A7C15u +
					     r};
		for (size_t j = 0; j < matrix->width; j++)
			row[j] = (float)(deviation * recs_random_normal(&random));
	}
}

struct half {
	const struct recs_ratings *ratings;
	const uint32_t *order;
	struct recs_als_side side;
	struct recs_matrix *free_side;
	struct recs_als_scratch *scratches;
	struct recs_als_blocks *blocks;
	struct recs_als_heavy_work heavy; /* the first of `order` */
};

/* Rows first .. last - 1 of those that are solved one by one. */
static void solve_rows(const struct half *half, int thread, size_t first, size_t last)
{
	for (size_t i = half->heavy.count + first; i < half->heavy.count + last; i++) {
		uint32_t r = half->order[i];
		size_t start = half->ratings->starts[r];
		const uint32_t *columns = half->ratings->columns + start;
		const float *values = half->ratings->values + start;
		size_t count = recs_ratings_row_len(half->ratings, r);
		float *x = recs_matrix_row(half->free_side, r);
		if (half->blocks)
			recs_als_blocks_solve_row(&half->side, columns, values, count,
						  &half->blocks[thread], x);
		else
			recs_als_solve_row(&half->side, columns, values, count,
					   &half->scratches[thread], x);
	}
}

/* First the groups of long rows, which take long, then blocks of the others. */
static void solve_units(void *context, int thread, size_t first, size_t last)
{
	const struct half *half = context;
	size_t rows = half->free_side->rows - half->heavy.count;
	for (size_t unit = first; unit < last; unit++) {
		if (unit < half->heavy.groups) {
			recs_als_heavy_solve(&half->heavy, unit, &half->scratches[thread]);
			continue;
		}
		size_t row = (unit - half->heavy.groups) * ROWS_A_BLOCK;
		size_t end = rows - row < ROWS_A_BLOCK ? rows : row + ROWS_A_BLOCK;
		solve_rows(half, thread, row, end);
	}
}

/* How many rows, the first of `order`, are solved together and not one by one. */
static size_t count_heavy(const struct recs_als *als, const struct recs_ratings *ratings,
			  const uint32_t *order)
{
	size_t count = 0, most = recs_als_row_max(als->items.stride);
	if (als->options.steps > 0 && !als->options.block)
		while (count < ratings->row_count &&
		       recs_ratings_row_len(ratings, order[count]) > most)
			count++;
	return count;
}

static int run_half(struct training *training, bool persons, struct error *err)
{
	struct recs_als *als = training->als;
	struct recs_matrix *fixed = persons ? &als->items : &als->persons;
	struct recs_matrix *other = persons ? &als->persons : &als->items;
	TRY(recs_gram_diagonalize(fixed, other, als->spectrum, training->threads, err));
	struct half half = {
		.ratings = persons ? training->ratings : training->turned,
		.order = persons ? training->person_order : training->item_order,
		.side = {&als->options, fixed, als->spectrum, fixed->rows},
		.free_side = other,
		.scratches = training->scratches,
		.blocks = training->blocks,
	};
	half.heavy = (struct recs_als_heavy_work){
		.heavy = &training->heavy,
		.side = &half.side,
		.ratings = half.ratings,
		.rows = half.order,
		.count = count_heavy(als, half.ratings, half.order),
		.free_side = other,
	};
	half.heavy.groups = half.heavy.count ? recs_als_heavy_groups(training->threads) : 0;
	size_t others = other->rows - half.heavy.count;
	size_t units = half.heavy.groups + (others + ROWS_A_BLOCK - 1) / ROWS_A_BLOCK;
	parallel_run(training->threads, units, 1, solve_units, &half);
	return 0;
}

static int make_blocks(struct training *training, struct error *err)
{
	size_t d = training->als->items.stride, threads = (size_t)training->threads;
	size_t longest = recs_ratings_longest(training->ratings);
	size_t other = recs_ratings_longest(training->turned);
	uint32_t block = training->als->options.block;
	longest = longest > other ? longest : other;
	TRY(recs_matrix_init(&training->scratch_block, threads,
			     recs_als_blocks_size(d, block, longest) / sizeof(float), err));
	training->blocks = mem_alloc_array(threads, sizeof *training->blocks);
	if (!training->blocks)
		return err_memory(err);
	for (size_t t = 0; t < threads; t++)
		recs_als_blocks_place(&training->blocks[t],
				      recs_matrix_row(&training->scratch_block, t), d, block,
				      longest);
	return 0;
}

static int make_scratches(struct training *training, struct error *err)
{
	const struct recs_als *als = training->als;
	size_t d = als->items.stride, size = recs_als_scratch_size(d, als->options.steps);
	size_t threads = (size_t)training->threads;
	size_t persons = count_heavy(als, training->ratings, training->person_order);
	size_t items = count_heavy(als, training->turned, training->item_order);
	TRY(recs_als_heavy_init(&training->heavy, persons > items ? persons : items, d, err));
	TRY(recs_matrix_init(&training->scratch_block, threads, size / sizeof(float), err));
	training->scratches = mem_alloc_array(threads, sizeof *training->scratches);
	if (!training->scratches)
		return err_memory(err);
	for (size_t t = 0; t < threads; t++)
		recs_als_scratch_place(&training->scratches[t],
				       recs_matrix_row(&training->scratch_block, t), d,
				       als->options.steps);
	return 0;
}

static int prepare(struct training *training, struct error *err)
{
	TRY(recs_ratings_transpose(training->ratings, training->threads, &training->turned, err));
	/* The long rows start first, so that no thread is left with one at the end. */
	TRY(recs_ratings_order(training->ratings, &training->person_order, err));
	TRY(recs_ratings_order(training->turned, &training->item_order, err));
	if (training->als->options.block)
		return make_blocks(training, err);
	return make_scratches(training, err);
}

static int check_options(const struct recs_als_options *o, struct error *err)
{
	if (o->width < 1 || o->width > RECS_ALS_WIDTH_MAX)
		return err_set(err, ERR_USAGE, "als: width %u is not between 1 and %d", o->width,
			       RECS_ALS_WIDTH_MAX);
	if (!(o->unobserved > 0) || !(o->regularization > 0) || !(o->weight_scale > 0))
		return err_set(err, ERR_USAGE,
			       "als: unobserved, regularization and weight_scale must be above 0");
	if (o->epochs < 0 || o->steps < 0)
		return err_set(err, ERR_USAGE, "als: epochs and steps must not be negative");
	if (!(o->tolerance >= 0))
		return err_set(err, ERR_USAGE, "als: the tolerance must not be negative");
	if (o->block > RECS_ALS_WIDTH_MAX)
		return err_set(err, ERR_USAGE, "als: block %u is above %d", o->block,
			       RECS_ALS_WIDTH_MAX);
	return 0;
}

static int pack_items(struct recs_als *als, struct error *err)
{
	als->packed = mem_alloc_array(recs_kernels_packed_size(als->items.rows, als->items.stride),
				      sizeof *als->packed);
	if (!als->packed)
		return err_memory(err);
	recs_kernels_pack(als->items.data, als->items.stride, als->items.rows, als->items.stride,
			  als->packed);
	return 0;
}

/* The items' eigenbasis and tiles, for scoring and folding in. */
static int finish(struct recs_als *als, int threads, struct error *err)
{
	TRY(recs_gram_diagonalize(&als->items, &als->persons, als->spectrum, threads, err));
	return pack_items(als, err);
}

static void als_free(struct recs_model *model)
{
	struct recs_als *als = (struct recs_als *)model;
	recs_matrix_done(&als->persons);
	recs_matrix_done(&als->items);
	free(als->spectrum);
	free(als->packed);
	free(als);
}

/* Scratch: the batch's factors, then what folding in needs. */
static size_t als_scratch_size(const struct recs_model *model, size_t count)
{
	const struct recs_als *als = (const struct recs_als *)model;
	size_t d = als->items.stride;
	return count * d * sizeof(float) + recs_als_scratch_size(d, 0) + 2 * LINE;
}

static void fold_in(const struct recs_als *als, const struct recs_profile *profile, void *block,
		    float *x)
{
	struct recs_als_options exact = als->options;
	exact.steps = 0;
	struct recs_als_side side = {&exact, &als->items, als->spectrum, als->items.rows};
	struct recs_als_scratch scratch;
	recs_als_scratch_place(&scratch, block, als->items.stride, 0);
	recs_als_solve_row(&side, profile->items, profile->weights, profile->count, &scratch, x);
}

static void als_score(const struct recs_model *model, const struct recs_profile *profiles,
		      size_t count, float *scores, size_t stride, void *scratch)
{
	const struct recs_als *als = (const struct recs_als *)model;
	const struct recs_kernels *kernels = recs_kernels();
	size_t d = als->items.stride;
	float *block = (float *)(((uintptr_t)scratch + LINE - 1) / LINE * LINE);
	float *factors = block + recs_matrix_stride(recs_als_scratch_size(d, 0) / sizeof(float));
	for (size_t p = 0; p < count; p++) {
		memset(factors + p * d, 0, d * sizeof *factors);
		if (profiles[p].person >= 0 && als->persons.rows > 0)
			memcpy(factors + p * d,
			       recs_matrix_row(&als->persons, (size_t)profiles[p].person),
			       d * sizeof *factors);
		else
			fold_in(als, &profiles[p], block, factors + p * d);
	}
	for (size_t first = 0; first < als->items.rows; first += RECS_TILE)
		kernels->tile(factors, d, count, d, als->packed + first * d, scores + first,
			      stride);
	recs_model_forget_unknown(model, factors, d, count, scores, stride);
}

static void als_save(const struct recs_model *model, struct recs_arrays_out *out)
{
	const struct recs_als *als = (const struct recs_als *)model;
	recs_arrays_put_matrix(out, &als->items);
	recs_arrays_put(out, als->spectrum, als->items.width, sizeof *als->spectrum);
}

static const struct recs_model_kind als_kind = {"als", als_scratch_size, als_score, als_free,
						als_save};

static int make(const struct recs_ratings *ratings, const struct recs_als_options *options,
		const struct recs_als *start, struct recs_model **out, struct error *err)
{
	struct recs_als *als = mem_alloc(sizeof *als);
	if (!als)
		return err_memory(err);
	als->model = (struct recs_model){&als_kind, ratings->column_count};
	als->options = *options;
	*out = &als->model;
	TRY(recs_matrix_init(&als->persons, ratings->row_count, options->width, err));
	TRY(recs_matrix_init(&als->items, ratings->column_count, options->width, err));
	als->spectrum = mem_alloc_array(als->items.stride, sizeof *als->spectrum);
	if (!als->spectrum)
		return err_memory(err);
	fill_random(&als->persons, options, start ? &start->persons : NULL, 0);
	fill_random(&als->items, options, start ? &start->items : NULL, 1);
	return 0;
}

int recs_als_train(const struct recs_ratings *ratings, const struct recs_als_options *options,
		   const struct recs_als *start, struct recs_als **out, struct error *err)
{
	TRY(check_options(options, err));
	if (start && start->options.width != options->width)
		return err_set(err, ERR_USAGE, "als: cannot start width %u from width %u",
			       options->width, start->options.width);
	OWNED(recs_model) *model = NULL;
	TRY(make(ratings, options, start, &model, err));
	HELD(training)
	training = {.ratings = ratings,
		    .als = (struct recs_als *)model,
		    .threads = parallel_threads(options->threads)};
	TRY(prepare(&training, err));
	for (int epoch = 0, stop = 0; epoch < options->epochs && !stop; epoch++) {
		TRY(run_half(&training, true, err));
		TRY(run_half(&training, false, err));
		if (options->after_epoch)
			TRY(stop = options->after_epoch(options->context, epoch, err));
	}
	TRY(finish(training.als, training.threads, err));
	*out = (struct recs_als *)TAKE(model);
	return 0;
}

int recs_als_load(struct recs_arrays_in *in, uint32_t item_count,
		  const struct recs_als_options *options, struct recs_als **out, struct error *err)
{
	TRY(check_options(options, err));
	struct recs_als *als = mem_alloc(sizeof *als);
	if (!als)
		return err_memory(err);
	als->model = (struct recs_model){&als_kind, item_count};
	OWNED(recs_model) *model = &als->model;
	als->options = *options;
	TRY(recs_arrays_take_matrix(in, item_count, options->width, &als->items, err));
	const float *spectrum = recs_arrays_take_floats(in, options->width, NULL, err);
	if (!spectrum)
		return -1;
	for (size_t j = 0; j < options->width; j++)
		if (spectrum[j] < 0)
			return recs_arrays_refuse("a spectrum below 0", err);
	if (!recs_arrays_are_finite(als->items.data, als->items.rows * als->items.stride))
		return recs_arrays_refuse("a factor that is no number", err);
	als->spectrum = mem_alloc_array(als->items.stride, sizeof *spectrum);
	if (!als->spectrum)
		return err_memory(err);
	memcpy(als->spectrum, spectrum, options->width * sizeof *spectrum);
	TRY(pack_items(als, err));
	*out = (struct recs_als *)TAKE(model);
	return 0;
}

static double observed_loss(const struct recs_als *als, const struct recs_ratings *ratings)
{
	const struct recs_als_options *o = &als->options;
	double loss = 0, a0 = (double)o->unobserved;
	for (uint32_t r = 0; r < ratings->row_count; r++)
		for (size_t i = ratings->starts[r]; i < ratings->starts[r + 1]; i++) {
			const float *x = recs_matrix_row(&als->persons, r);
			const float *y = recs_matrix_row(&als->items, ratings->columns[i]);
			double t = (double)recs_kernels()->dot(x, y, als->items.width);
			double w = (double)o->weight_scale * (double)ratings->values[i];
			loss += w * (t - 1) * (t - 1);
			loss += o->hu ? a0 * ((t - 1) * (t - 1) - t * t) : 0;
		}
	return loss;
}

static double ridge_loss(const struct recs_als_options *o, const struct recs_matrix *matrix,
			 const struct recs_ratings *ratings, size_t others)
{
	double loss = 0;
	for (size_t r = 0; r < matrix->rows; r++) {
		const float *x = recs_matrix_row(matrix, r);
		double n = (double)recs_ratings_row_len(ratings, (uint32_t)r);
		double scale = pow(n + (double)o->unobserved * (double)others, (double)o->exponent);
		loss += (double)o->regularization * scale *
			(double)recs_kernels()->dot(x, x, matrix->width);
	}
	return loss;
}

int recs_als_loss(const struct recs_als *als, const struct recs_ratings *ratings, double *out,
		  struct error *err)
{
	OWNED(recs_ratings) *turned = NULL;
	HELD(recs_matrix) left = {0};
	HELD(recs_matrix) right = {0};
	TRY(recs_ratings_transpose(ratings, 1, &turned, err));
	TRY(recs_gram(&als->persons, 1, &left, err));
	TRY(recs_gram(&als->items, 1, &right, err));
	double everywhere = 0;
	for (size_t i = 0; i < left.rows * left.stride; i++)
		everywhere += (double)left.data[i] * (double)right.data[i];
	*out = observed_loss(als, ratings) + (double)als->options.unobserved * everywhere +
	       ridge_loss(&als->options, &als->persons, ratings, als->items.rows) +
	       ridge_loss(&als->options, &als->items, turned, als->persons.rows);
	return 0;
}
