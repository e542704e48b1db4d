/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "recs/als.h"
#include "recs/als_blocks.h"
#include "recs/als_heavy.h"
#include "recs/als_rows.h"
#include "recs/events.h"
#include "recs/explicit.h"
#include "recs/kernels.h"
#include "recs/random.h"
#include "recs/rank.h"
#include "recs/ratings.h"

enum { PERSONS = 60, ITEMS = 45, EVENTS = 900 };

/* Persons and items of three groups; events mostly stay in the group. */
static struct recs_ratings *sample(uint64_t seed)
{
	struct error err;
	struct recs_random random = {seed};
	HELD(recs_events) events = {0};
	for (int i = 0; i < EVENTS; i++) {
		uint32_t person = recs_random_below(&random, PERSONS);
		uint32_t item = recs_random_below(&random, ITEMS / 3) * 3;
		item += recs_random_unit(&random) < 0.9 ? person % 3
							: recs_random_below(&random, 3);
		assert_ok(recs_events_add(&events, 1, &person, &item, NULL, NULL, &err), &err);
	}
	struct recs_ratings *ratings = NULL;
	struct recs_ratings_options options = {0};
	assert_ok(recs_ratings_build(&events, PERSONS, ITEMS, &options, &ratings, &err), &err);
	return ratings;
}

static const struct recs_als_options usual = {.width = 12,
					      .epochs = 6,
					      .steps = 2,
					      .weight_scale = 1,
					      .unobserved = 0.2f,
					      .regularization = 0.05f,
					      .exponent = 0.5f,
					      .seed = 7,
					      .threads = 2};

static struct recs_als *train(const struct recs_ratings *ratings,
			      const struct recs_als_options *options)
{
	struct error err;
	struct recs_als *als = NULL;
	assert_ok(recs_als_train(ratings, options, NULL, &als, &err), &err);
	return als;
}

static double loss_of(const struct recs_als *als, const struct recs_ratings *ratings)
{
	struct error err;
	double loss;
	assert_ok(recs_als_loss(als, ratings, &loss, &err), &err);
	return loss;
}

/* Gaussian elimination in double precision. */
static void eliminate(double *a, double *b, size_t d)
{
	for (size_t k = 0; k < d; k++)
		for (size_t i = k + 1; i < d; i++) {
			double f = a[i * d + k] / a[k * d + k];
			for (size_t j = k; j < d; j++)
				a[i * d + j] -= f * a[k * d + j];
			b[i] -= f * b[k];
		}
	for (size_t i = d; i-- > 0;) {
		for (size_t j = i + 1; j < d; j++)
			b[i] -= a[i * d + j] * b[j];
		b[i] /= a[i * d + i];
	}
}

/* The system of person 5 in double precision, and its answer in `b`. */
static void solve_plainly(const struct recs_als *als, const struct recs_ratings *ratings, double *a,
			  double *b)
{
	size_t d = usual.width, start = ratings->starts[5];
	size_t count = recs_ratings_row_len(ratings, 5);
	double copy[12 * 12];
	memset(a, 0, sizeof copy);
	memset(b, 0, d * sizeof *b);
	for (uint32_t i = 0; i < ITEMS; i++) {
		const float *y = recs_matrix_row(&als->items, i);
		double w = 0;
		for (size_t e = start; e < start + count; e++)
			w += ratings->columns[e] == i ? (double)ratings->values[e] : 0;
		for (size_t j = 0; j < d; j++) {
			b[j] += (w + (als->options.hu && w > 0 ? 0.2 : 0)) * (double)y[j];
			for (size_t k = 0; k < d; k++)
				a[j * d + k] += (0.2 + w) * (double)y[j] * (double)y[k];
		}
	}
	for (size_t j = 0; j < d; j++)
		a[j * d + j] += 0.05 * sqrt((double)count + 0.2 * ITEMS);
	memcpy(copy, a, sizeof copy);
	eliminate(copy, b, d);
}

static void solve_row(const struct recs_als *als, const struct recs_ratings *ratings, int steps,
		      double tolerance, float *x)
{
	struct recs_als_options options = als->options;
	size_t stride = als->items.stride, start = ratings->starts[5];
	options.steps = steps;
	options.tolerance = (float)tolerance;
	struct recs_als_side side = {&options, &als->items, als->spectrum, ITEMS};
	struct recs_als_scratch scratch;
	HELD(recs_matrix) block = {0};
	struct error err;
	assert_ok(recs_matrix_init(&block, 1, recs_als_scratch_size(stride, steps) / 4, &err),
		  &err);
	recs_als_scratch_place(&scratch, block.data, stride, steps);
	memset(x, 0, stride * sizeof *x);
	recs_als_solve_row(&side, ratings->columns + start, ratings->values + start,
			   recs_ratings_row_len(ratings, 5), &scratch, x);
}

static void check_row(int steps, bool hu, double tolerance)
{
	struct recs_als_options options = usual;
	options.hu = hu;
	OWNED(recs_ratings) *ratings = sample(1);
	struct recs_als *als = train(ratings, &options);
	double a[12 * 12], b[12];
	float x[16];
	solve_plainly(als, ratings, a, b);
	solve_row(als, ratings, steps, 0, x);
	for (size_t j = 0; j < options.width; j++)
		if (fabs((double)x[j] - b[j]) > tolerance)
			fail_msg("factor %zu is %g instead of %g", j, (double)x[j], b[j]);
	recs_model_free(&als->model);
}

/* How much lower the loss could be: half of eᵀ A e. */
static double left_to_gain(const double *a, const double *b, const float *x)
{
	double left = 0;
	for (size_t j = 0; j < 12; j++)
		for (size_t k = 0; k < 12; k++)
			left += ((double)x[j] - b[j]) * a[j * 12 + k] * ((double)x[k] - b[k]) / 2;
	return left;
}

static void a_row_ends_its_steps_when_little_is_left_to_gain(void **state)
{
	(void)state;
	OWNED(recs_ratings) *ratings = sample(1);
	struct recs_als *als = train(ratings, &usual);
	double a[12 * 12], b[12], weight = 0, before = 1;
	float x[16], all[16];
	for (size_t e = ratings->starts[5]; e < ratings->starts[6]; e++)
		weight += (double)ratings->values[e];
	solve_plainly(als, ratings, a, b);
	solve_row(als, ratings, 14, 0, all);
	for (double tolerance = 0.1; tolerance > 1e-5; tolerance /= 10) {
		solve_row(als, ratings, 14, tolerance, x);
		double left = left_to_gain(a, b, x) / weight;
		assert_true(left <= tolerance && left < before);
		assert_true(left > left_to_gain(a, b, all) / weight);
		before = left;
	}
	solve_row(als, ratings, 14, 100, x);
	for (size_t j = 0; j < 12; j++)
		assert_true(x[j] == 0);
	recs_model_free(&als->model);
}

static void a_row_solved_exactly_agrees_with_double_precision(void **state)
{
	(void)state;
	check_row(0, false, 1e-4);
	check_row(0, true, 1e-4);
}

static void many_steps_of_conjugate_gradients_reach_the_same_row(void **state)
{
	(void)state;
	check_row(14, false, 1e-3);
	check_row(14, true, 1e-3);
}

/* Both ways of making the steps, for all rows, with more rows than a group's turn. */
static void check_long_rows(float tolerance)
{
	struct error err;
	OWNED(recs_ratings) *ratings = sample(1);
	struct recs_als *als = train(ratings, &usual);
	struct recs_als_options options = usual;
	options.tolerance = tolerance;
	struct recs_als_side side = {&options, &als->items, als->spectrum, ITEMS};
	size_t d = als->items.stride;
	HELD(recs_matrix) block = {0};
	HELD(recs_matrix) together = {0};
	HELD(recs_als_heavy) heavy = {0};
	assert_ok(recs_matrix_init(&block, 2, recs_als_scratch_size(d, 2) / 4, &err), &err);
	assert_ok(recs_matrix_init(&together, PERSONS, usual.width, &err), &err);
	assert_ok(recs_als_heavy_init(&heavy, PERSONS, d, &err), &err);
	struct recs_als_scratch scratches[2];
	for (size_t t = 0; t < 2; t++)
		recs_als_scratch_place(&scratches[t], recs_matrix_row(&block, t), d, 2);
	uint32_t rows[PERSONS];
	for (uint32_t r = 0; r < PERSONS; r++)
		rows[r] = PERSONS - 1 - r;
	struct recs_als_heavy_work work = {&heavy, &side, ratings, rows, PERSONS, 3, &together};
	for (size_t group = 0; group < work.groups; group++)
		recs_als_heavy_solve(&work, group, &scratches[group % 2]);
	for (uint32_t r = 0; r < PERSONS; r++) {
		float x[16] = {0};
		size_t start = ratings->starts[r];
		recs_als_solve_row(&side, ratings->columns + start, ratings->values + start,
				   recs_ratings_row_len(ratings, r), scratches, x);
		for (size_t j = 0; j < d; j++)
			if (fabsf(x[j] - recs_matrix_row(&together, r)[j]) > 1e-5f)
				fail_msg("person %u differs at %zu", r, j);
	}
	recs_model_free(&als->model);
}

static void long_rows_solved_together_are_the_same_as_one_by_one(void **state)
{
	(void)state;
	check_long_rows(0);
	check_long_rows(0.02f);
}

/* As many entries as a panel of width 16 holds, and more: those must be solved together. */
static void rows_about_as_long_as_a_panel_are_told_apart(void **state)
{
	(void)state;
	enum { PANEL = 4096, LONG = 6000 };
	struct error err;
	OWNED(recs_ratings) *turned = NULL;
	OWNED(recs_ratings) *ratings = NULL;
	assert_int_equal(recs_als_row_max(16), PANEL);
	assert_ok(recs_ratings_new(2, LONG, PANEL + LONG, false, &turned, &err), &err);
	turned->starts[1] = PANEL;
	turned->starts[2] = PANEL + LONG;
	for (uint32_t e = 0; e < PANEL + LONG; e++) {
		turned->columns[e] = e < PANEL ? e : e - PANEL;
		turned->values[e] = 1;
	}
	assert_ok(recs_ratings_transpose(turned, 1, &ratings, &err), &err);
	struct recs_als_options options = usual;
	options.epochs = 2;
	options.threads = 1; /* one panel, which ends where its memory does */
	struct recs_als *als = train(ratings, &options);
	assert_true(isfinite(loss_of(als, ratings)));
	recs_model_free(&als->model);
}

/* 20 factors lie in a row of 32: two blocks of 16, or one that holds all. */
static void solved_block_by_block_the_loss_goes_to_the_exact_one(void **state)
{
	(void)state;
	OWNED(recs_ratings) *ratings = sample(2);
	for (int hu = 0; hu < 2; hu++) {
		struct recs_als_options exact = usual;
		exact.width = 20;
		exact.steps = 0;
		exact.hu = hu;
		exact.epochs = 40;
		struct recs_als_options blocks = exact, whole = exact;
		blocks.block = 16;
		whole.block = 20;
		struct recs_als *a = train(ratings, &exact), *b = train(ratings, &blocks),
				*c = train(ratings, &whole), *again = train(ratings, &blocks);
		double best = loss_of(a, ratings);
		assert_true(fabs(loss_of(b, ratings) - best) < 1e-3 * best);
		assert_true(fabs(loss_of(c, ratings) - best) < 1e-5 * best);
		assert_memory_equal(b->persons.data, again->persons.data,
				    b->persons.rows * b->persons.stride * sizeof(float));
		recs_model_free(&a->model);
		recs_model_free(&b->model);
		recs_model_free(&c->model);
		recs_model_free(&again->model);
	}
}

/* A row of more entries than a piece holds, each block against the exact minimum along it: after
 * its turn the gradient of the last block is 0. */
static void a_block_is_solved_exactly_over_many_entries(void **state)
{
	(void)state;
	enum { MANY = 300, D = 32 };
	struct error err;
	struct recs_random random = {11};
	HELD(recs_matrix) fixed = {0};
	HELD(recs_matrix) memory = {0};
	assert_ok(recs_matrix_init(&fixed, MANY, D, &err), &err);
	uint32_t columns[MANY];
	float values[MANY], spectrum[D], x[D];
	for (uint32_t i = 0; i < MANY; i++) {
		columns[i] = i;
		values[i] = (float)recs_random_unit(&random);
		for (size_t j = 0; j < D; j++)
			recs_matrix_row(&fixed, i)[j] = (float)recs_random_normal(&random);
	}
	for (size_t j = 0; j < D; j++) {
		spectrum[j] = (float)j;
		x[j] = 0.5f;
	}
	struct recs_als_side side = {&usual, &fixed, spectrum, MANY};
	struct recs_als_blocks blocks;
	assert_ok(recs_matrix_init(&memory, 1, recs_als_blocks_size(D, 16, MANY) / 4, &err), &err);
	recs_als_blocks_place(&blocks, memory.data, D, 16, MANY);
	recs_als_blocks_solve_row(&side, columns, values, MANY, &blocks, x);
	for (size_t j = 16; j < D; j++) {
		double ridge = 0.05 * sqrt(MANY + 0.2 * MANY), scale = 1;
		double gradient = (0.2 * (double)spectrum[j] + ridge) * (double)x[j];
		for (uint32_t i = 0; i < MANY; i++) {
			const float *y = recs_matrix_row(&fixed, i);
			double t = 0;
			for (size_t k = 0; k < D; k++)
				t += (double)x[k] * (double)y[k];
			gradient += (double)values[i] * (t - 1) * (double)y[j];
			scale += (double)values[i] * fabs((t - 1) * (double)y[j]);
		}
		assert_true(fabs(gradient) < 1e-4 * scale);
	}
}

static void two_steps_a_row_reach_nearly_the_exact_loss(void **state)
{
	(void)state;
	OWNED(recs_ratings) *ratings = sample(2);
	struct recs_als_options exact = usual;
	exact.steps = 0;
	exact.epochs = 20;
	struct recs_als_options quick = usual;
	quick.epochs = 20;
	struct recs_als *a = train(ratings, &exact), *b = train(ratings, &quick);
	double best = loss_of(a, ratings), reached = loss_of(b, ratings);
	assert_true(reached < best * 1.01);
	recs_model_free(&a->model);
	recs_model_free(&b->model);
}

static void training_is_the_same_for_the_same_seed(void **state)
{
	(void)state;
	OWNED(recs_ratings) *ratings = sample(3);
	struct recs_als *a = train(ratings, &usual), *b = train(ratings, &usual);
	assert_memory_equal(a->items.data, b->items.data,
			    a->items.rows * a->items.stride * sizeof(float));
	recs_model_free(&a->model);
	recs_model_free(&b->model);
}

static int record(void *context, int epoch, struct error *err)
{
	(void)err;
	*(int *)context = epoch;
	return epoch == 2;
}

static void a_caller_may_end_training_early_and_go_on_later(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = sample(3);
	int last = -1;
	struct recs_als_options options = usual;
	options.after_epoch = record;
	options.context = &last;
	struct recs_als *a = train(ratings, &options), *b = NULL;
	assert_int_equal(last, 2);
	assert_ok(recs_als_train(ratings, &usual, a, &b, &err), &err);
	assert_true(loss_of(b, ratings) < loss_of(a, ratings));
	recs_model_free(&a->model);
	recs_model_free(&b->model);
}

static void lists_stay_in_a_persons_group_and_out_of_the_seen(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = sample(4);
	struct recs_als *als = train(ratings, &usual);
	for (int fold = 0; fold < 2; fold++) {
		HELD(recs_lists) lists = {0};
		struct recs_rank_options options = {.k = 3, .fold = fold, .threads = 2};
		assert_ok(recs_rank_all(&als->model, ratings, &options, &lists, &err), &err);
		int right = 0, listed = 0;
		for (uint32_t p = 0; p < PERSONS; p++)
			for (uint32_t i = 0; i < 3; i++) {
				uint32_t item = lists.at[p * 3 + i].item;
				assert_int_not_equal(item, RECS_NO_ITEM);
				listed++;
				right += item % 3 == p % 3;
				for (size_t e = ratings->starts[p]; e < ratings->starts[p + 1]; e++)
					assert_int_not_equal(item, ratings->columns[e]);
			}
		assert_true(right * 10 > listed * 7);
	}
	recs_model_free(&als->model);
}

static void rows_not_asked_for_get_no_list_and_the_others_the_same(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = sample(4);
	struct recs_als *als = train(ratings, &usual);
	HELD(recs_lists) all = {0};
	HELD(recs_lists) some = {0};
	uint8_t rows[PERSONS];
	for (uint32_t p = 0; p < PERSONS; p++)
		rows[p] = p % 3 == 1;
	struct recs_rank_options options = {.k = 3, .threads = 2};
	assert_ok(recs_rank_all(&als->model, ratings, &options, &all, &err), &err);
	options.rows = rows;
	assert_ok(recs_rank_all(&als->model, ratings, &options, &some, &err), &err);
	for (uint32_t p = 0; p < PERSONS; p++)
		for (uint32_t i = 0; i < 3; i++)
			assert_int_equal(some.at[p * 3 + i].item,
					 rows[p] ? all.at[p * 3 + i].item : RECS_NO_ITEM);
	recs_model_free(&als->model);
}

static void an_empty_matrix_trains_to_nothing(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_events) none = {0};
	OWNED(recs_ratings) *ratings = NULL;
	struct recs_ratings_options build = {0};
	assert_ok(recs_ratings_build(&none, 2, 3, &build, &ratings, &err), &err);
	struct recs_als *als = train(ratings, &usual);
	HELD(recs_lists) lists = {0};
	struct recs_rank_options options = {.k = 5};
	assert_ok(recs_rank_all(&als->model, ratings, &options, &lists, &err), &err);
	for (int i = 0; i < 10; i++) /* nothing known, nothing recommended */
		assert_int_equal(lists.at[i].item, RECS_NO_ITEM);
	recs_model_free(&als->model);
}

static void wrong_options_are_refused(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = sample(1);
	struct recs_als *als = NULL;
	struct recs_als_options wrong = usual;
	wrong.width = 0;
	assert_fails(recs_als_train(ratings, &wrong, NULL, &als, &err), &err, ERR_USAGE);
	wrong = usual;
	wrong.tolerance = -1;
	assert_fails(recs_als_train(ratings, &wrong, NULL, &als, &err), &err, ERR_USAGE);
	wrong = usual;
	wrong.regularization = NAN;
	assert_fails(recs_als_train(ratings, &wrong, NULL, &als, &err), &err, ERR_USAGE);
}

/* Ratings that are a bias of the person, one of the item, and a product. */
static struct recs_ratings *rated(void)
{
	OWNED(recs_ratings) *ratings = sample(5);
	for (uint32_t p = 0; p < PERSONS; p++)
		for (size_t e = ratings->starts[p]; e < ratings->starts[p + 1]; e++) {
			uint32_t i = ratings->columns[e];
			ratings->values[e] = 3 + (float)(p % 5) * 0.2f - (float)(i % 4) * 0.2f +
					     (p % 2 == i % 2 ? 0.5f : -0.5f);
		}
	return TAKE(ratings);
}

static void explicit_als_learns_biases_and_products(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = rated();
	struct recs_explicit_options options = {.width = 4,
						.epochs = 15,
						.regularization = 0.002f,
						.regularization_bias = 0.002f,
						.threads = 2};
	struct recs_explicit *model = NULL;
	assert_ok(recs_explicit_train(ratings, &options, &model, &err), &err);
	assert_true(recs_explicit_rmse(model, ratings) < 0.05);
	recs_model_free(&model->model);
}

static void explicit_als_can_be_kept_from_going_below_zero(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = rated();
	struct recs_explicit_options options = {.width = 4,
						.epochs = 15,
						.regularization = 0.01f,
						.regularization_bias = 0.01f,
						.nonnegative = true};
	struct recs_explicit *model = NULL;
	assert_ok(recs_explicit_train(ratings, &options, &model, &err), &err);
	assert_true(recs_explicit_rmse(model, ratings) < 0.35);
	for (size_t i = 0; i < model->items.rows * model->items.stride; i++)
		assert_true(model->items.data[i] >= 0);
	recs_model_free(&model->model);
}

/* Who has rated nothing is expected to rate as all do, and not the lowest. */
static void without_biases_a_new_person_rates_as_all_do(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = rated();
	OWNED(recs_ratings) *more = NULL;
	struct recs_explicit_options options = {.width = 4,
						.epochs = 5,
						.regularization = 0.01f,
						.regularization_bias = 0.01f,
						.nonnegative = true};
	struct recs_explicit *model = NULL;
	size_t count = recs_ratings_count(ratings);
	double total = 0;
	for (size_t e = 0; e < count; e++)
		total += (double)ratings->values[e];
	assert_ok(recs_ratings_new(PERSONS + 1, ratings->column_count, count, false, &more, &err),
		  &err);
	memcpy(more->starts, ratings->starts, (PERSONS + 1) * sizeof *more->starts);
	more->starts[PERSONS + 1] = count;
	memcpy(more->columns, ratings->columns, count * sizeof *more->columns);
	memcpy(more->values, ratings->values, count * sizeof *more->values);
	assert_ok(recs_explicit_train(more, &options, &model, &err), &err);
	double guess = (double)recs_explicit_predict(model, PERSONS, 0);
	assert_true(fabs(guess - total / (double)count) < 1e-4);
	recs_model_free(&model->model);
}

static int train_both(void *context, struct error *err)
{
	struct recs_als_options options = usual;
	struct recs_explicit_options other = {
		.width = 2, .epochs = 1, .regularization = 1, .regularization_bias = 1};
	options.epochs = 1;
	options.threads = other.threads = 1;
	options.block = 16;
	struct recs_als *als = NULL;
	struct recs_explicit *model = NULL;
	TRY(recs_als_train(context, &options, NULL, &als, err));
	recs_model_free(&als->model);
	options.block = 0;
	TRY(recs_als_train(context, &options, NULL, &als, err));
	HELD(recs_lists) lists = {0};
	struct recs_rank_options rank = {.k = 3, .threads = 1};
	int result = recs_rank_all(&als->model, context, &rank, &lists, err);
	recs_model_free(&als->model);
	TRY(result);
	TRY(recs_explicit_train(context, &other, &model, err));
	recs_model_free(&model->model);
	return 0;
}

static void refused_memory_is_an_error_and_leaks_nothing(void **state)
{
	(void)state;
	OWNED(recs_ratings) *ratings = sample(1);
	support_sweep_allocations(train_both, ratings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_solved_exactly_agrees_with_double_precision),
		cmocka_unit_test(many_steps_of_conjugate_gradients_reach_the_same_row),
		cmocka_unit_test(rows_about_as_long_as_a_panel_are_told_apart),
		cmocka_unit_test(a_row_ends_its_steps_when_little_is_left_to_gain),
		cmocka_unit_test(long_rows_solved_together_are_the_same_as_one_by_one),
		cmocka_unit_test(solved_block_by_block_the_loss_goes_to_the_exact_one),
		cmocka_unit_test(a_block_is_solved_exactly_over_many_entries),
		cmocka_unit_test(two_steps_a_row_reach_nearly_the_exact_loss),
		cmocka_unit_test(training_is_the_same_for_the_same_seed),
		cmocka_unit_test(a_caller_may_end_training_early_and_go_on_later),
		cmocka_unit_test(lists_stay_in_a_persons_group_and_out_of_the_seen),
		cmocka_unit_test(rows_not_asked_for_get_no_list_and_the_others_the_same),
		cmocka_unit_test(an_empty_matrix_trains_to_nothing),
		cmocka_unit_test(wrong_options_are_refused),
		cmocka_unit_test(explicit_als_learns_biases_and_products),
		cmocka_unit_test(without_biases_a_new_person_rates_as_all_do),
		cmocka_unit_test(explicit_als_can_be_kept_from_going_below_zero),
		cmocka_unit_test(refused_memory_is_an_error_and_leaks_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
