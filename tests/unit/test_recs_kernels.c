/* SPDX-License-Identifier: Apache-2.0 */
/* Every kernel of every width against plain loops in double precision. */
#include "support/support.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "recs/kernels.h"
#include "recs/matrix.h"
#include "recs/random.h"

/* The text of the AVX-512 kernels, made for any processor. */
extern const struct recs_kernels sixteen;
#pragma GCC diagnostic ignored "-Wpsabi" /* vectors wider than this processor's */
#define KERNELS      sixteen
#define KERNELS_NAME "sixteen"
#define TARGET
#include "recs/kernels_avx512.c"

enum { ROWS = 75, WIDEST = 144 };

static struct recs_matrix table;
static float p[WIDEST], w[ROWS];
static uint32_t picks[ROWS];

static void fill(size_t d)
{
	struct error err;
	struct recs_random random = {42};
	recs_matrix_done(&table);
	assert_ok(recs_matrix_init(&table, ROWS, d, &err), &err);
	for (size_t i = 0; i < ROWS * d; i++)
		table.data[i] = (float)recs_random_normal(&random);
	for (size_t i = 0; i < d; i++)
		p[i] = (float)recs_random_normal(&random);
	for (size_t i = 0; i < ROWS; i++) {
		w[i] = (float)recs_random_unit(&random);
		picks[i] = recs_random_below(&random, ROWS);
	}
}

static double exact_dot(const float *a, const float *b, size_t n)
{
	double total = 0;
	for (size_t i = 0; i < n; i++)
		total += (double)a[i] * (double)b[i];
	return total;
}

static void near(double got, double wanted, double scale)
{
	if (!(fabs(got - wanted) <= 2e-5 * (scale + fabs(wanted))))
		fail_msg("%.9g instead of %.9g", got, wanted);
}

static void check_vectors(const struct recs_kernels *k)
{
	fill(WIDEST);
	for (size_t n = 0; n <= WIDEST; n++) {
		near(k->dot(table.data, p, n), exact_dot(table.data, p, n), 10);
		float y[WIDEST];
		memcpy(y, p, sizeof y);
		k->axpy(0.5f, table.data, y, n);
		for (size_t i = 0; i < WIDEST; i++)
			near(y[i], p[i] + (i < n ? 0.5 * (double)table.data[i] : 0), 1);
		float best = -INFINITY;
		for (size_t i = 0; i < n; i++)
			best = fmaxf(best, p[i]);
		if (n)
			assert_true(k->max(p, n) == best);
		best = 0;
		float most = k->scale(0.5f, table.data, p, y, n);
		for (size_t i = 0; i < n; i++) {
			assert_true(y[i] == 0.5f * table.data[i] * p[i]);
			best = fmaxf(best, y[i]);
		}
		assert_true(most == best);
	}
}

static void check_tally(const struct recs_kernels *k, size_t words, size_t n)
{
	enum { PERSONS = 90, MOST = 2000 };
	struct recs_random random = {n + 1};
	uint32_t *rows = test_calloc(PERSONS * words, sizeof *rows), picked[MOST];
	uint32_t *counts = test_malloc(words * 32 * sizeof *counts);
	for (size_t at = 0; at < PERSONS * words; at++)
		rows[at] = recs_random_below(&random, UINT32_MAX) |
			   (at % 3 ? 0 : recs_random_below(&random, UINT32_MAX));
	for (size_t i = 0; i < n; i++)
		picked[i] = n > 1000 ? 7 : recs_random_below(&random, PERSONS);
	k->tally(rows, words, picked, n, counts);
	for (size_t b = 0; b < words * 32; b++) {
		uint32_t wanted = 0;
		for (size_t i = 0; i < n; i++)
			wanted += rows[picked[i] * words + b / 32] >> b % 32 & 1;
		assert_int_equal(counts[b], wanted);
	}
	test_free(rows);
	test_free(counts);
}

static void check_tallies(const struct recs_kernels *k)
{
	const size_t lengths[] = {0, 1, 15, 16, 17, 31, 32, 255, 256, 1000, 2000};
	for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
		for (size_t words = 16; words <= RECS_TALLY_MAX / 32; words *= 2)
			check_tally(k, words, lengths[l]);
}

static void check_panels(const struct recs_kernels *k, size_t d)
{
	struct error err;
	fill(d);
	HELD(recs_matrix) panel = {0};
	assert_ok(recs_matrix_init(&panel, ROWS, d, &err), &err);
	for (size_t n = 1; n <= ROWS; n += 7) {
		float out[WIDEST], products[ROWS];
		k->gather(table.data, d, picks, n, d, panel.data);
		assert_memory_equal(recs_matrix_row(&panel, n - 1),
				    recs_matrix_row(&table, picks[n - 1]), d * sizeof(float));
		k->dots(panel.data, d, n, d, p, products);
		const struct recs_terms terms = {0.25f, 1.5f, 0.5f};
		double wanted[WIDEST] = {0}, sums[WIDEST] = {0};
		for (size_t i = 0; i < n; i++) {
			const float *row = recs_matrix_row(&table, picks[i]);
			double t = exact_dot(row, p, d), c = 0.25 + 1.5 * (double)w[i] * (0.5 - t);
			near(products[i], t, 10);
			for (size_t j = 0; j < d; j++) {
				wanted[j] += c * (double)row[j];
				sums[j] += (double)w[i] * (double)row[j];
			}
		}
		memset(out, 0, sizeof out);
		k->apply(panel.data, w, n, d, &terms, p, out);
		for (size_t j = 0; j < d; j++)
			near(out[j], wanted[j], 200);
		memset(out, 0, sizeof out);
		k->apply_to(table.data, d, picks, w, n, d, &terms, p, out);
		for (size_t j = 0; j < d; j++)
			near(out[j], wanted[j], 200);
		k->sum(table.data, d, picks, w, n, d, out);
		for (size_t j = 0; j < d; j++)
			near(out[j], sums[j], 10);
	}
}

/* Both halves of a step of conjugate gradients. */
static void check_steps(const struct recs_kernels *k, size_t d)
{
	fill(d);
	const float *residual = table.data, *inverse = table.data + d, *was = table.data + 2 * d;
	float direction[WIDEST], product[WIDEST];
	double now = 0, curvature = 0;
	for (size_t j = 0; j < d; j++)
		now += (double)residual[j] * (double)residual[j] * (double)inverse[j];
	for (int first = 0; first < 2; first++) {
		memcpy(direction, was, d * sizeof *was);
		near(k->turn(residual, inverse, d, first ? 0 : 2, direction), now, 50);
		for (size_t j = 0; j < d; j++)
			near(direction[j],
			     (double)residual[j] * (double)inverse[j] +
				     (first ? 0 : now / 2 * (double)was[j]),
			     50);
	}
	memcpy(product, was, d * sizeof *was);
	for (size_t j = 0; j < d; j++)
		curvature += (double)p[j] * ((double)inverse[j] * (double)p[j] - (double)was[j]);
	near(k->bend(inverse, p, d, product), curvature, 50);
	for (size_t j = 0; j < d; j++)
		near(product[j], (double)inverse[j] * (double)p[j] - (double)was[j], 10);
}

static void check_gram_and_cholesky(const struct recs_kernels *k, size_t d)
{
	struct error err;
	fill(d);
	HELD(recs_matrix) gram = {0};
	assert_ok(recs_matrix_init(&gram, d, d, &err), &err);
	for (size_t i = 0; i < d; i++)
		gram.data[i * d + i] = 3;
	k->gram(table.data, d, ROWS, d, w, gram.data);
	recs_kernels_mirror(gram.data, d);
	for (size_t a = 0; a < d; a++)
		for (size_t b = 0; b < d; b++) {
			double wanted = a == b ? 3 : 0;
			for (size_t i = 0; i < ROWS; i++)
				wanted += (double)w[i] * (double)table.data[i * d + a] *
					  (double)table.data[i * d + b];
			near(gram.data[a * d + b], wanted, 10);
		}
	double right[WIDEST];
	float x[WIDEST], scratch[2 * WIDEST];
	for (size_t i = 0; i < d; i++)
		right[i] = exact_dot(gram.data + i * d, p, d);
	for (size_t i = 0; i < d; i++)
		x[i] = (float)right[i];
	assert_int_equal(k->cholesky(gram.data, d, scratch), 0);
	recs_kernels_solve(gram.data, d, x);
	for (size_t i = 0; i < d; i++)
		near(x[i], p[i], 20);
	gram.data[0] = -1;
	assert_int_equal(k->cholesky(gram.data, d, scratch), -1);
}

static void check_tiles(const struct recs_kernels *k, size_t d)
{
	fill(d);
	float packed[2 * RECS_TILE * WIDEST], out[ROWS * RECS_TILE];
	recs_kernels_pack(table.data, d, 40, d, packed);
	for (size_t t = 0; t < 2; t++) {
		k->tile(table.data, d, ROWS, d, packed + t * RECS_TILE * d, out, RECS_TILE);
		for (size_t i = 0; i < ROWS; i++)
			for (size_t j = 0; j < RECS_TILE; j++) {
				size_t item = t * RECS_TILE + j;
				double wanted = item < 40 ? exact_dot(table.data + i * d,
								      table.data + item * d, d)
							  : 0;
				near(out[i * RECS_TILE + j], wanted, 10);
			}
	}
}

static void check_all(const struct recs_kernels *k)
{
	check_vectors(k);
	check_tallies(k);
	for (size_t d = 16; d <= WIDEST; d += 16) {
		check_panels(k, d);
		check_steps(k, d);
		check_gram_and_cholesky(k, d);
		check_tiles(k, d);
	}
	recs_matrix_done(&table);
}

static void check(enum process_simd simd)
{
	const struct recs_kernels *k = recs_kernels_for(simd);
	if (!k)
		skip();
	assert_string_equal(k->name, process_simd_name(simd));
	check_all(k);
}

static void portable_kernels_agree_with_plain_loops(void **state)
{
	(void)state;
	check(SIMD_PORTABLE);
}

static void avx2_kernels_agree_with_plain_loops(void **state)
{
	(void)state;
	check(SIMD_AVX2);
}

static void avx512_kernels_agree_with_plain_loops(void **state)
{
	(void)state;
	check(SIMD_AVX512);
}

static void kernels_of_sixteen_lanes_agree_with_plain_loops(void **state)
{
	(void)state;
#if defined(__x86_64__)
	check_all(&sixteen);
#else
	skip();
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(portable_kernels_agree_with_plain_loops),
		cmocka_unit_test(avx2_kernels_agree_with_plain_loops),
		cmocka_unit_test(avx512_kernels_agree_with_plain_loops),
		cmocka_unit_test(kernels_of_sixteen_lanes_agree_with_plain_loops),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
