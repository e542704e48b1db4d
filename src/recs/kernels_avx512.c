/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels for AVX-512 (F, BW, DQ, VL). A test makes the same text, with KERNELS defined, for
 * processors that lack it. */
#include "recs/kernels_sets.h"

#if defined(__x86_64__)

#define LANES     16
#define TILE_ROWS 6
#define GRAM_ROWS 8
#ifndef KERNELS
#define KERNELS      recs_kernels_avx512
#define KERNELS_NAME "avx512"
#ifdef __clang__
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi2")))
#else
#define TARGET                                                                                     \
	__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi2,"                  \
			      "prefer-vector-width=512")))
#endif
#endif

/* Sums of neighbours: of `a` in the low half, of `b` in the high half. */
#define COMBINE(a, b)                                                                              \
	(__builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28,      \
				 30) +                                                             \
	 __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31))
#define REDUCE(v)                                                                                  \
	for (int width = LANES / 2; width; width /= 2)                                             \
		for (int at = 0; at < width; at++)                                                 \
	(v)[at] = COMBINE((v)[2 * at], (v)[2 * at + 1])

#include "recs/kernels_body.h"

#endif
