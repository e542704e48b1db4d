/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels of one width. Included by kernels_*.c with
 *	LANES    floats in a vector: 16, 8 or 4
 *	TARGET   the attribute that lets a function use them, or nothing
 *	REDUCE   how LANES accumulators become one vector of their sums
 *	TILE_ROWS, GRAM_ROWS  rows of a register block of tile() and gram(), by the number of
 *	         registers; GRAM_ROWS divides LANES
 *	KERNELS  the name of the set that this makes
 * Vectors are the compiler's own; only the shuffles are written per width. */
#include <math.h>
#include <string.h>

#include "recs/matrix.h"

typedef float vec __attribute__((vector_size(LANES * 4)));
typedef int mask __attribute__((vector_size(LANES * 4)));
typedef float loose __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef uint32_t bits __attribute__((vector_size(LANES * 4)));
typedef uint32_t loose_bits __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

enum { TALLIED = 16 }; /* rows that tally() adds at once */

#define INLINE                     static inline __attribute__((always_inline)) TARGET
#define KERNEL                     static TARGET
#define LOAD(pointer)              (*(const loose *)(pointer))
#define STORE(pointer, value)      (*(loose *)(pointer) = (value))
#define LOAD_BITS(pointer)         (*(const loose_bits *)(pointer))
#define STORE_BITS(pointer, value) (*(loose_bits *)(pointer) = (value))
#define ALL(scalar)                ((vec){0} + (scalar))

INLINE float sum_lanes(const vec *v)
{
	float total = 0;
	for (int i = 0; i < LANES; i++)
		total += (*v)[i];
	return total;
}

KERNEL float dot(const float *a, const float *b, size_t n)
{
	vec s0 = {0}, s1 = {0};
	size_t i = 0;
	for (; i + 2 * LANES <= n; i += 2 * LANES) {
		s0 += LOAD(a + i) * LOAD(b + i);
		s1 += LOAD(a + i + LANES) * LOAD(b + i + LANES);
	}
	s0 += s1;
	float total = sum_lanes(&s0);
	for (; i < n; i++)
		total += a[i] * b[i];
	return total;
}

KERNEL void axpy(float a, const float *x, float *y, size_t n)
{
	size_t i = 0;
	for (; i + LANES <= n; i += LANES)
		STORE(y + i, LOAD(y + i) + ALL(a) * LOAD(x + i));
	for (; i < n; i++)
		y[i] += a * x[i];
}

INLINE vec greater(vec a, vec b)
{
	mask wins = a > b;
	return (vec)((wins & (mask)a) | (~wins & (mask)b));
}

KERNEL float scale(float s, const float *x, const float *y, float *out, size_t n)
{
	vec top = {0};
	float best = 0;
	size_t i = 0;
	for (; i + LANES <= n; i += LANES) {
		vec product = ALL(s) * LOAD(x + i) * LOAD(y + i);
		STORE(out + i, product);
		top = greater(product, top);
	}
	for (int l = 0; l < LANES; l++)
		best = top[l] > best ? top[l] : best;
	for (; i < n; i++) {
		out[i] = s * x[i] * y[i];
		best = out[i] > best ? out[i] : best;
	}
	return best;
}

KERNEL float max(const float *x, size_t n)
{
	float best = x[0];
	size_t i = 0;
	if (n >= LANES) {
		vec top = LOAD(x);
		for (; i + LANES <= n; i += LANES) {
			top = greater(LOAD(x + i), top);
		}
		for (int l = 0; l < LANES; l++)
			best = top[l] > best ? top[l] : best;
	}
	for (; i < n; i++)
		best = x[i] > best ? x[i] : best;
	return best;
}

/* LANES rows at once against one p: lane i of the answer is row i · p. */
INLINE vec dots_block(const float *const *rows, size_t d, const float *p)
{
	vec sums[LANES];
	for (int r = 0; r < LANES; r++)
		sums[r] = (vec){0};
	for (size_t j = 0; j < d; j += LANES) {
		vec pj = LOAD(p + j);
#pragma GCC unroll 16
		for (int r = 0; r < LANES; r++)
			sums[r] += LOAD(rows[r] + j) * pj;
	}
	REDUCE(sums);
	return sums[0];
}

/* Where LANES rows lie, from row i of n on: those of a table, or the rows of the table that
 * `picks` names. The first stands in for what lies past the end. */
INLINE void point(const float *table, size_t stride, const uint32_t *picks, size_t i, size_t n,
		  const float **out)
{
#pragma GCC unroll 16
	for (size_t r = 0; r < LANES; r++) {
		size_t at = i + r < n ? i + r : i;
		out[r] = table + (picks ? (size_t)picks[at] : at) * stride;
	}
}

KERNEL void dots(const float *rows, size_t stride, size_t n, size_t d, const float *p, float *out)
{
	size_t i = 0;
	for (; i + LANES <= n; i += LANES) {
		const float *block[LANES];
		point(rows, stride, NULL, i, n, block);
		STORE(out + i, dots_block(block, d, p));
	}
	for (; i < n; i++)
		out[i] = dot(rows + i * stride, p, d);
}

KERNEL void gather(const float *table, size_t stride, const uint32_t *rows, size_t n, size_t d,
		   float *panel)
{
	enum { AHEAD = 8 };
	for (size_t i = 0; i < n; i++) {
		if (i + AHEAD < n) {
			const float *next = table + (size_t)rows[i + AHEAD] * stride;
			for (size_t j = 0; j < d; j += 16)
				__builtin_prefetch(next + j);
		}
		const float *from = table + (size_t)rows[i] * stride;
		for (size_t j = 0; j < d; j += LANES)
			STORE(panel + i * d + j, LOAD(from + j));
	}
}

/* out += Σ c[r] row r over `count` rows, `count` known when compiled: four vectors of the answer at
 * a time, so that four chains of sums hide the latency. */
INLINE void axpy_block(const float *const *rows, int count, size_t d, const float *c, float *out)
{
	vec scale[LANES];
	size_t j = 0;
#pragma GCC unroll 16
	for (int r = 0; r < count; r++)
		scale[r] = ALL(c[r]);
	for (; j + 4 * LANES <= d; j += 4 * LANES) {
		vec s0 = LOAD(out + j), s1 = LOAD(out + j + LANES);
		vec s2 = LOAD(out + j + 2 * LANES), s3 = LOAD(out + j + 3 * LANES);
#pragma GCC unroll 16
		for (int r = 0; r < count; r++) {
			const float *row = rows[r] + j;
			s0 += scale[r] * LOAD(row);
			s1 += scale[r] * LOAD(row + LANES);
			s2 += scale[r] * LOAD(row + 2 * LANES);
			s3 += scale[r] * LOAD(row + 3 * LANES);
		}
		STORE(out + j, s0);
		STORE(out + j + LANES, s1);
		STORE(out + j + 2 * LANES, s2);
		STORE(out + j + 3 * LANES, s3);
	}
	for (; j < d; j += LANES) {
		vec s0 = LOAD(out + j), s1 = {0};
#pragma GCC unroll 8
		for (int r = 0; r < count; r += 2) {
			s0 += scale[r] * LOAD(rows[r] + j);
			s1 += scale[r + 1] * LOAD(rows[r + 1] + j);
		}
		STORE(out + j, s0 + s1);
	}
}

/* The terms of up to LANES rows; values past the end may be read but do not count. */
INLINE void apply_block(const float *const *rows, const float *values, size_t n,
			const struct recs_terms *terms, size_t d, const float *p, float *out)
{
	float c[LANES];
	vec t = dots_block(rows, d, p);
	if (n >= LANES) {
		t = ALL(terms->base) + ALL(terms->scale) * LOAD(values) * (ALL(terms->target) - t);
		STORE(c, t);
		axpy_block(rows, LANES, d, c, out);
		return;
	}
	for (size_t r = 0; r < LANES; r++)
		c[r] = r < n ? terms->base + terms->scale * values[r] * (terms->target - t[r]) : 0;
	if (n <= 4)
		axpy_block(rows, 4, d, c, out);
	else
		axpy_block(rows, LANES, d, c, out);
}

KERNEL void apply(const float *panel, const float *values, size_t n, size_t d,
		  const struct recs_terms *terms, const float *p, float *out)
{
	for (size_t i = 0; i < n; i += LANES) {
		const float *rows[LANES];
		point(panel, d, NULL, i, n, rows);
		apply_block(rows, values + i, n - i, terms, d, p, out);
	}
}

KERNEL void apply_to(const float *table, size_t stride, const uint32_t *picks, const float *values,
		     size_t n, size_t d, const struct recs_terms *terms, const float *p, float *out)
{
	for (size_t i = 0; i < n; i += LANES) {
		const float *rows[LANES];
		point(table, stride, picks, i, n, rows);
		for (size_t r = i + LANES; r < i + 2 * LANES && r < n; r++)
			for (size_t j = 0; j < d; j += RECS_LANES)
				__builtin_prefetch(table + (size_t)picks[r] * stride + j);
		apply_block(rows, values + i, n - i, terms, d, p, out);
	}
}

KERNEL float turn(const float *residual, const float *inverse, size_t d, float before,
		  float *direction)
{
	vec sums = {0};
	for (size_t j = 0; j < d; j += LANES) {
		vec r = LOAD(residual + j);
		sums += r * r * LOAD(inverse + j);
	}
	float now = sum_lanes(&sums), keep = before > 0 ? now / before : 0;
	for (size_t j = 0; j < d; j += LANES)
		STORE(direction + j,
		      LOAD(residual + j) * LOAD(inverse + j) + ALL(keep) * LOAD(direction + j));
	return now;
}

KERNEL float bend(const float *diagonal, const float *direction, size_t d, float *product)
{
	vec sums = {0};
	for (size_t j = 0; j < d; j += LANES) {
		vec along = LOAD(direction + j);
		vec whole = LOAD(diagonal + j) * along - LOAD(product + j);
		STORE(product + j, whole);
		sums += along * whole;
	}
	return sum_lanes(&sums);
}

/* A block of GRAM_ROWS × 2 vectors of the Gram matrix, from row `a`, column `b` on. */
INLINE void gram_block(const float *rows, size_t stride, size_t n, size_t d, const float *weights,
		       size_t a, size_t b, float *out)
{
	vec sums[GRAM_ROWS][2];
	for (size_t r = 0; r < GRAM_ROWS; r++)
		sums[r][0] = LOAD(out + (a + r) * d + b),
		sums[r][1] = LOAD(out + (a + r) * d + b + LANES);
	for (size_t i = 0; i < n; i++) {
		const float *row = rows + i * stride;
		vec right0 = LOAD(row + b), right1 = LOAD(row + b + LANES);
		if (weights) {
			right0 *= ALL(weights[i]);
			right1 *= ALL(weights[i]);
		}
#pragma GCC unroll 8
		for (size_t r = 0; r < GRAM_ROWS; r++) {
			vec left = ALL(row[a + r]);
			sums[r][0] += left * right0;
			sums[r][1] += left * right1;
		}
	}
	for (size_t r = 0; r < GRAM_ROWS; r++) {
		STORE(out + (a + r) * d + b, sums[r][0]);
		STORE(out + (a + r) * d + b + LANES, sums[r][1]);
	}
}

/* The last vector of a width that is odd in vectors. */
INLINE void gram_edge(const float *rows, size_t stride, size_t n, size_t d, const float *weights,
		      size_t a, size_t b, float *out)
{
	for (size_t r = a; r < a + GRAM_ROWS; r++) {
		vec sum = LOAD(out + r * d + b);
		for (size_t i = 0; i < n; i++) {
			const float *row = rows + i * stride;
			sum += ALL(row[r] * (weights ? weights[i] : 1)) * LOAD(row + b);
		}
		STORE(out + r * d + b, sum);
	}
}

KERNEL void gram(const float *rows, size_t stride, size_t n, size_t d, const float *weights,
		 float *out)
{
	for (size_t a = 0; a < d; a += GRAM_ROWS) {
		size_t b = a / LANES * LANES;
		for (; b + 2 * LANES <= d; b += 2 * LANES)
			gram_block(rows, stride, n, d, weights, a, b, out);
		if (b < d)
			gram_edge(rows, stride, n, d, weights, a, b, out);
	}
}

KERNEL void sum(const float *table, size_t stride, const uint32_t *rows, const float *weights,
		size_t n, size_t d, float *out)
{
	enum { AHEAD = 8 };
	for (size_t j = 0; j < d; j += 16) {
		vec sums[16 / LANES];
		for (int v = 0; v < 16 / LANES; v++)
			sums[v] = (vec){0};
		for (size_t i = 0; i < n; i++) {
			if (i + AHEAD < n)
				__builtin_prefetch(table + (size_t)rows[i + AHEAD] * stride + j);
			const float *row = table + (size_t)rows[i] * stride + j;
			for (int v = 0; v < 16 / LANES; v++)
				sums[v] += ALL(weights[i]) * LOAD(row + (size_t)v * LANES);
		}
		for (int v = 0; v < 16 / LANES; v++)
			STORE(out + j + (size_t)v * LANES, sums[v]);
	}
}

/* `count` rows × 2 vectors, `count` known when compiled. */
INLINE void tile_block(const float *a, size_t a_stride, int count, size_t depth,
		       const float *packed, float *out, size_t out_stride)
{
	vec sums[TILE_ROWS][2];
#pragma GCC unroll 8
	for (int r = 0; r < count; r++)
		sums[r][0] = sums[r][1] = (vec){0};
	for (size_t k = 0; k < depth; k++) {
		vec right0 = LOAD(packed + k * RECS_TILE),
		    right1 = LOAD(packed + k * RECS_TILE + LANES);
#pragma GCC unroll 8
		for (int r = 0; r < count; r++) {
			vec left = ALL(a[(size_t)r * a_stride + k]);
			sums[r][0] += left * right0;
			sums[r][1] += left * right1;
		}
	}
#pragma GCC unroll 8
	for (int r = 0; r < count; r++) {
		STORE(out + (size_t)r * out_stride, sums[r][0]);
		STORE(out + (size_t)r * out_stride + LANES, sums[r][1]);
	}
}

KERNEL void tile(const float *a, size_t a_stride, size_t n, size_t depth, const float *packed,
		 float *out, size_t out_stride)
{
	for (size_t b = 0; b < RECS_TILE; b += 2 * LANES) {
		size_t i = 0;
		for (; i + TILE_ROWS <= n; i += TILE_ROWS)
			tile_block(a + i * a_stride, a_stride, TILE_ROWS, depth, packed + b,
				   out + i * out_stride + b, out_stride);
		for (; i + 2 <= n; i += 2)
			tile_block(a + i * a_stride, a_stride, 2, depth, packed + b,
				   out + i * out_stride + b, out_stride);
		for (; i < n; i++)
			tile_block(a + i * a_stride, a_stride, 1, depth, packed + b,
				   out + i * out_stride + b, out_stride);
	}
}

/* The carry of a + b + c, bit by bit, to `high`; the sum stays in `low`, which is a. */
INLINE bits add_bits(bits *low, bits b, bits c)
{
	bits a = *low, either = a ^ b;
	*low = either ^ c;
	return (a & b) | (either & c);
}

/* `count` vectors of one plane, `count` known when compiled: half as many carries take their place.
 */
INLINE void add_pairs(bits *low, bits *vectors, size_t count)
{
#pragma GCC unroll 8
	for (size_t r = 0; r < count; r += 2)
		vectors[r / 2] = add_bits(low, vectors[r], vectors[r + 1]);
}

/* Adds a vector of bits of TALLIED rows to numbers that lie in planes, bit k of each in plane k. */
INLINE void tally_block(const uint32_t *const *rows, size_t at, uint32_t *planes, size_t words,
			size_t plane_count)
{
	bits low[4], carry[TALLIED];
#pragma GCC unroll 4
	for (size_t k = 0; k < 4; k++)
		low[k] = LOAD_BITS(planes + k * words + at);
#pragma GCC unroll 16
	for (size_t r = 0; r < TALLIED; r++)
		carry[r] = LOAD_BITS(rows[r] + at);
	add_pairs(&low[0], carry, 16);
	add_pairs(&low[1], carry, 8);
	add_pairs(&low[2], carry, 4);
	add_pairs(&low[3], carry, 2);
#pragma GCC unroll 4
	for (size_t k = 0; k < 4; k++)
		STORE_BITS(planes + k * words + at, low[k]);
	for (size_t k = 4; k < plane_count; k++) {
		bits plane = LOAD_BITS(planes + k * words + at);
		STORE_BITS(planes + k * words + at, plane ^ carry[0]);
		carry[0] &= plane;
	}
}

/* Numbers out of their planes. */
INLINE void unfold(const uint32_t *planes, size_t words, size_t plane_count, uint32_t *out)
{
	bits lanes;
	for (int l = 0; l < LANES; l++)
		lanes[l] = (uint32_t)l;
	for (size_t w = 0; w < words; w++)
		for (uint32_t bit = 0; bit < 32; bit += LANES) {
			bits number = {0};
			for (uint32_t k = 0; k < plane_count; k++) {
				bits word = (bits){0} + planes[k * words + w];
				number |= ((word >> (lanes + bit)) & 1) << k;
			}
			STORE_BITS(out + w * 32 + bit, number);
		}
}

KERNEL void tally(const uint32_t *table, size_t words, const uint32_t *picks, size_t n,
		  uint32_t *out)
{
	static const uint32_t nobody[RECS_TALLY_MAX / 32];
	uint32_t planes[32 * RECS_TALLY_MAX / 32];
	size_t plane_count = 4;
	while (plane_count < 32 && n >> plane_count)
		plane_count++;
	memset(planes, 0, plane_count * words * sizeof *planes);
	for (size_t i = 0; i < n; i += TALLIED) {
		const uint32_t *rows[TALLIED];
		for (size_t r = 0; r < TALLIED; r++)
			rows[r] = i + r < n ? table + picks[i + r] * words : nobody;
		for (size_t r = i + TALLIED; r < i + 2 * TALLIED && r < n; r++)
			for (size_t w = 0; w < words; w += RECS_LANES)
				__builtin_prefetch(table + picks[r] * words + w);
		for (size_t at = 0; at < words; at += LANES)
			tally_block(rows, at, planes, words, plane_count);
	}
	unfold(planes, words, plane_count, out);
}

/* Column by column: entries below the diagonal need the products of finished parts of rows, which
 * dots() makes for many rows at once. Row j's finished part is copied with zeros after it, so that
 * the unfinished part of the other rows counts for nothing. */
KERNEL int cholesky(float *matrix, size_t d, float *scratch)
{
	float *row = scratch, *products = scratch + d;
	for (size_t j = 0; j < d; j++) {
		size_t len = (j + RECS_LANES - 1) / RECS_LANES * RECS_LANES;
		memset(row, 0, d * sizeof *row);
		memcpy(row, matrix + j * d, j * sizeof *row);
		dots(matrix + j * d, d, d - j, len, row, products);
		float pivot = matrix[j * d + j] - products[0];
		if (!(pivot > 0) || !isfinite(pivot))
			return -1;
		float root = sqrtf(pivot);
		matrix[j * d + j] = root;
		for (size_t i = j + 1; i < d; i++)
			matrix[i * d + j] = (matrix[i * d + j] - products[i - j]) / root;
	}
	return 0;
}

const struct recs_kernels KERNELS = {dot,  axpy, scale, max, dots, gather, apply,    apply_to,
				     turn, bend, gram,  sum, tile, tally,  cholesky, KERNELS_NAME};
