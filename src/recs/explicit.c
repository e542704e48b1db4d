/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/explicit.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "recs/kernels.h"
#include "recs/random.h"
#include "recs/ratings.h"

enum { ROWS_A_BLOCK = 16, PIECE = 256, NONNEGATIVE_SWEEPS = 30 };

/* One thread's memory: a piece of gathered rows, the normal equations, the right side. */
struct room {
	float *panel, *errors, *normal, *right, *work;
};

struct half {
	const struct recs_explicit *model;
	const struct recs_ratings *ratings;
	const struct recs_matrix *fixed;
	struct recs_matrix *free_side;
	struct recs_matrix *rooms; /* a row a thread */
	size_t bias;               /* the column that is solved for */
	size_t one;                /* the column that stays 1: the other side's bias */
};

static size_t room_floats(size_t d)
{
	return (PIECE + 4) * d + PIECE + d * d + 3 * d;
}

static struct room place_room(float *at, size_t d)
{
	float *errors = at + (PIECE + 4) * d, *normal = errors + PIECE, *right = normal + d * d;
	return (struct room){at, errors, normal, right, right + d};
}

/* Sum the normal equations of row r: normal = Σ y yᵀ, right = Σ (rating - mean - other bias) y. */
static void sum_equations(const struct half *half, uint32_t r, const struct room *room)
{
	const struct recs_kernels *kernels = recs_kernels();
	const struct recs_ratings *ratings = half->ratings;
	size_t d = half->fixed->stride, end = ratings->starts[r + 1];
	memset(room->normal, 0, d * d * sizeof *room->normal);
	memset(room->right, 0, d * sizeof *room->right);
	for (size_t first = ratings->starts[r]; first < end; first += PIECE) {
		size_t n = end - first < PIECE ? end - first : PIECE;
		kernels->gather(half->fixed->data, d, ratings->columns + first, n, d, room->panel);
		kernels->gram(room->panel, d, n, d, NULL, room->normal);
		for (size_t i = 0; i < n; i++) {
			const float *y = room->panel + i * d;
			float left = ratings->values[first + i] - half->model->mean - y[half->one];
			kernels->axpy(left, y, room->right, d);
		}
	}
	recs_kernels_mirror(room->normal, d);
}

/* Leave a column out of the system: its unknown becomes `value`. */
static void fix_column(const struct room *room, size_t d, size_t column, float value)
{
	for (size_t j = 0; j < d; j++)
		room->normal[column * d + j] = room->normal[j * d + column] = 0;
	room->normal[column * d + column] = 1;
	room->right[column] = value;
}

static void regularize(const struct half *half, const struct room *room, size_t count)
{
	const struct recs_explicit_options *options = &half->model->options;
	size_t d = half->fixed->stride;
	for (size_t j = 0; j < d; j++) {
		float ridge =
			j == half->bias ? options->regularization_bias : options->regularization;
		room->normal[j * d + j] += ridge * (float)count;
	}
	fix_column(room, d, half->one, options->nonnegative ? 0 : 1);
	if (options->nonnegative)
		fix_column(room, d, half->bias, 0);
}

static void descend(const struct room *room, size_t d, float *x)
{
	for (int sweep = 0; sweep < NONNEGATIVE_SWEEPS; sweep++)
		for (size_t j = 0; j < d; j++) {
			const float *row = room->normal + j * d;
			float rest = room->right[j] - recs_kernels()->dot(row, x, d);
			float next = x[j] + rest / row[j];
			x[j] = next > 0 ? next : 0;
		}
}

static void solve_row(const struct half *half, uint32_t r, const struct room *room)
{
	size_t d = half->fixed->stride, count = recs_ratings_row_len(half->ratings, r);
	float *x = recs_matrix_row(half->free_side, r);
	if (!count) {
		memset(x, 0, d * sizeof *x);
		x[half->one] = !half->model->options.nonnegative;
		return;
	}
	sum_equations(half, r, room);
	regularize(half, room, count);
	if (half->model->options.nonnegative) {
		descend(room, d, x);
		return;
	}
	if (recs_kernels()->cholesky(room->normal, d, room->work) < 0)
		return; /* a ridge lost in rounding: the row keeps its value */
	recs_kernels_solve(room->normal, d, room->right);
	memcpy(x, room->right, d * sizeof *x);
}

static void solve_rows(void *context, int thread, size_t first, size_t last)
{
	struct half *half = context;
	struct room room =
		place_room(recs_matrix_row(half->rooms, (size_t)thread), half->fixed->stride);
	for (size_t r = first; r < last; r++)
		solve_row(half, (uint32_t)r, &room);
}

static void explicit_free(struct recs_model *base)
{
	struct recs_explicit *model = (struct recs_explicit *)base;
	recs_matrix_done(&model->persons);
	recs_matrix_done(&model->items);
	free(model->packed);
	free(model);
}

static size_t explicit_scratch_size(const struct recs_model *base, size_t count)
{
	const struct recs_explicit *model = (const struct recs_explicit *)base;
	return count * model->persons.stride * sizeof(float);
}

/* A person not trained has no factors: the items' biases order the list. */
static void explicit_score(const struct recs_model *base, const struct recs_profile *profiles,
			   size_t count, float *scores, size_t stride, void *scratch)
{
	const struct recs_explicit *model = (const struct recs_explicit *)base;
	size_t d = model->persons.stride;
	float *factors = scratch;
	memset(factors, 0, count * d * sizeof *factors);
	for (size_t p = 0; p < count; p++) {
		factors[p * d + model->options.width + 1] = 1;
		if (profiles[p].person >= 0)
			memcpy(factors + p * d,
			       recs_matrix_row(&model->persons, (size_t)profiles[p].person),
			       d * sizeof *factors);
	}
	for (size_t first = 0; first < model->items.rows; first += RECS_TILE)
		recs_kernels()->tile(factors, d, count, d, model->packed + first * d,
				     scores + first, stride);
}

static const struct recs_model_kind explicit_kind = {"explicit_als", explicit_scratch_size,
						     explicit_score, explicit_free};

static void measure(struct recs_explicit *model, const struct recs_ratings *ratings)
{
	size_t count = recs_ratings_count(ratings);
	double total = 0;
	model->lowest = count ? INFINITY : 0;
	model->highest = count ? -INFINITY : 0;
	for (size_t i = 0; i < count; i++) {
		total += (double)ratings->values[i];
		model->lowest = fminf(model->lowest, ratings->values[i]);
		model->highest = fmaxf(model->highest, ratings->values[i]);
	}
	model->typical = count ? (float)(total / (double)count) : 0;
	model->mean = model->options.nonnegative ? 0 : model->typical;
}

static void fill(struct recs_matrix *matrix, const struct recs_explicit_options *options,
		 size_t one, struct recs_random *random)
{
	for (size_t r = 0; r < matrix->rows; r++) {
		float *row = recs_matrix_row(matrix, r);
		for (size_t j = 0; j < options->width; j++) {
			float value = (float)(0.1 * recs_random_normal(random));
			row[j] = options->nonnegative ? fabsf(value) + 0.5f : value;
		}
		row[one] = !options->nonnegative;
	}
}

static int make(const struct recs_ratings *ratings, const struct recs_explicit_options *options,
		struct recs_model **out, struct error *err)
{
	if (options->width < 1 || options->width > RECS_EXPLICIT_WIDTH_MAX ||
	    !(options->regularization > 0) || !(options->regularization_bias > 0))
		return err_set(
			err, ERR_USAGE,
			"explicit als: width must be between 1 and %d, regularization above 0",
			RECS_EXPLICIT_WIDTH_MAX);
	struct recs_explicit *model = mem_alloc(sizeof *model);
	if (!model)
		return err_memory(err);
	model->model = (struct recs_model){&explicit_kind, ratings->column_count};
	model->options = *options;
	*out = &model->model;
	TRY(recs_matrix_init(&model->persons, ratings->row_count, options->width + 2, err));
	TRY(recs_matrix_init(&model->items, ratings->column_count, options->width + 2, err));
	struct recs_random random = {options->seed};
	fill(&model->persons, options, options->width + 1, &random);
	fill(&model->items, options, options->width, &random);
	measure(model, ratings);
	return 0;
}

static int iterate(struct recs_explicit *model, const struct recs_ratings *ratings,
		   struct error *err)
{
	int threads = parallel_threads(model->options.threads);
	size_t width = model->options.width;
	OWNED(recs_ratings) *turned = NULL;
	HELD(recs_matrix) rooms = {0};
	TRY(recs_ratings_transpose(ratings, threads, &turned, err));
	TRY(recs_matrix_init(&rooms, (size_t)threads, room_floats(model->items.stride), err));
	struct half persons = {model,  ratings, &model->items, &model->persons,
			       &rooms, width,   width + 1};
	struct half items = {model,     turned, &model->persons, &model->items, &rooms,
			     width + 1, width};
	for (int epoch = 0; epoch < model->options.epochs; epoch++) {
		parallel_run(threads, model->persons.rows, ROWS_A_BLOCK, solve_rows, &persons);
		parallel_run(threads, model->items.rows, ROWS_A_BLOCK, solve_rows, &items);
		if (model->options.after_epoch)
			TRY(model->options.after_epoch(model->options.context, epoch, err));
	}
	return 0;
}

int recs_explicit_train(const struct recs_ratings *ratings,
			const struct recs_explicit_options *options, struct recs_explicit **out,
			struct error *err)
{
	OWNED(recs_model) *base = NULL;
	TRY(make(ratings, options, &base, err));
	struct recs_explicit *model = (struct recs_explicit *)base;
	TRY(iterate(model, ratings, err));
	size_t d = model->items.stride, n = model->items.rows;
	model->packed = mem_alloc_array(recs_kernels_packed_size(n, d), sizeof *model->packed);
	if (!model->packed)
		return err_memory(err);
	recs_kernels_pack(model->items.data, d, n, d, model->packed);
	*out = (struct recs_explicit *)TAKE(base);
	return 0;
}

static bool is_trained(const float *row, size_t width)
{
	for (size_t j = 0; j < width; j++)
		if (row[j] != 0)
			return true;
	return false;
}

float recs_explicit_predict(const struct recs_explicit *model, uint32_t person, uint32_t item)
{
	const float *x = recs_matrix_row(&model->persons, person);
	const float *y = recs_matrix_row(&model->items, item);
	size_t width = model->options.width;
	if (model->options.nonnegative && !(is_trained(x, width) && is_trained(y, width)))
		return model->typical;
	float rating = model->mean + recs_kernels()->dot(x, y, model->items.stride);
	return fminf(fmaxf(rating, model->lowest), model->highest);
}

double recs_explicit_rmse(const struct recs_explicit *model, const struct recs_ratings *test)
{
	double total = 0;
	size_t count = recs_ratings_count(test);
	for (uint32_t r = 0; r < test->row_count; r++)
		for (size_t i = test->starts[r]; i < test->starts[r + 1]; i++) {
			float guess = recs_explicit_predict(model, r, test->columns[i]);
			double miss = (double)(guess - test->values[i]);
			total += miss * miss;
		}
	return count ? sqrt(total / (double)count) : 0;
}
