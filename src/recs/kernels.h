/* SPDX-License-Identifier: Apache-2.0 */
/* kernels: the hot loops, float32, in three widths (AVX-512, AVX2, portable 128-bit vectors) from
 * one text, kernels_body.h. recs_kernels() is the set that process_simd() chose. None allocates.
 *
 * `d` is a multiple of RECS_LANES; rows of matrices start on 64-byte lines (matrix.h). Sums run in
 * another order in each width: results agree to rounding, and are the same for the same width. */
#ifndef VITRINE_RECS_KERNELS_H
#define VITRINE_RECS_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "base/process.h"

enum {
	RECS_TILE = 32, /* columns of a packed tile */
	RECS_TALLY_MAX = 4096
};

/* What a row counts in apply(). */
struct recs_terms {
	float base, scale, target;
};

struct recs_kernels {
	/* a · b over n numbers, any n. */
	float (*dot)(const float *a, const float *b, size_t n);
	/* y += a x over n numbers, any n. */
	void (*axpy)(float a, const float *x, float *y, size_t n);
	/* out[i] = (s x[i]) y[i] over n numbers, any n; returns the largest, or 0 where all are
	 * below. No NaN among them. */
	float (*scale)(float s, const float *x, const float *y, float *out, size_t n);
	/* The largest of n ≥ 1 numbers; no NaN among them. */
	float (*max)(const float *x, size_t n);
	/* out[i] = row i · p, for n rows of d, `stride` apart. */
	void (*dots)(const float *rows, size_t stride, size_t n, size_t d, const float *p,
		     float *out);
	/* panel row i = table row rows[i], both of d; fetches ahead. */
	void (*gather)(const float *table, size_t stride, const uint32_t *rows, size_t n, size_t d,
		       float *panel);
	/* out += Σ (base + scale v_i (target - y_i · p)) y_i over a gathered panel of n rows y_i:
	 * one product of conjugate gradients, each row read once. */
	void (*apply)(const float *panel, const float *values, size_t n, size_t d,
		      const struct recs_terms *terms, const float *p, float *out);
	/* The same over the rows `picks` of a table, without a copy; fetches ahead. */
	void (*apply_to)(const float *table, size_t stride, const uint32_t *picks,
			 const float *values, size_t n, size_t d, const struct recs_terms *terms,
			 const float *p, float *out);
	/* direction = inverse residual + keep × direction, with keep = now / before (0 when before
	 * is 0) and now = residual · inverse residual, which is returned. */
	float (*turn)(const float *residual, const float *inverse, size_t d, float before,
		      float *direction);
	/* product = diagonal direction - product; returns direction · product. */
	float (*bend)(const float *diagonal, const float *direction, size_t d, float *product);
	/* out += Σ w_i y_i y_iᵀ on and above the diagonal's blocks, d × d, over n rows `stride`
	 * apart; `weights` may be NULL (all 1). recs_kernels_mirror() fills the rest. */
	void (*gram)(const float *rows, size_t stride, size_t n, size_t d, const float *weights,
		     float *out);
	/* out = Σ weights[i] table[rows[i]], all of d: a row of sparse × dense. */
	void (*sum)(const float *table, size_t stride, const uint32_t *rows, const float *weights,
		    size_t n, size_t d, float *out);
	/* out (n × RECS_TILE, out_stride apart) = a (n × depth, a_stride apart) × a packed tile
	 * (depth × RECS_TILE). */
	void (*tile)(const float *a, size_t a_stride, size_t n, size_t depth, const float *packed,
		     float *out, size_t out_stride);
	/* out[b] = how many of the n rows `picks` have bit b, for all bits of a table of `words`
	 * words a row, a multiple of 16, at most RECS_TALLY_MAX bits; fetches ahead. By adders of
	 * bits: W. Muła, N. Kurz, D. Lemire, Faster population counts using AVX2 instructions,
	 * 2018 (after Harley and Seal), with the numbers left in planes, one for each bit. */
	void (*tally)(const uint32_t *table, size_t words, const uint32_t *picks, size_t n,
		      uint32_t *out);
	/* Cholesky's lower factor in place of a d × d symmetric matrix (the upper part is left as
	 * it was, or overwritten); `scratch` holds 2 d. Returns 0, or -1 when not positive
	 * definite. */
	int (*cholesky)(float *matrix, size_t d, float *scratch);
	const char *name;
};

const struct recs_kernels *recs_kernels(void);
/* The set of one width; NULL when this processor lacks it. For tests. */
const struct recs_kernels *recs_kernels_for(enum process_simd simd);

/* Below the diagonal as above it. */
void recs_kernels_mirror(float *matrix, size_t d);
/* Solve L Lᵀ x = b in place of b, L from cholesky(). */
void recs_kernels_solve(const float *lower, size_t d, float *b);
/* Tiles of the transpose of n rows of `depth`: for scores a × rowsᵀ. Rows past n are 0.
 * `out` holds recs_kernels_packed_size(n, depth) floats. */
void recs_kernels_pack(const float *rows, size_t stride, size_t n, size_t depth, float *out);
static inline size_t recs_kernels_packed_size(size_t n, size_t depth)
{
	return (n + RECS_TILE - 1) / RECS_TILE * RECS_TILE * depth;
}

#endif
