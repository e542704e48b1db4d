/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels for AVX2 with FMA. */
#include "recs/kernels_sets.h"

#if defined(__x86_64__)

#define LANES        8
#define TILE_ROWS    6
#define GRAM_ROWS    4
#define KERNELS      recs_kernels_avx2
#define KERNELS_NAME "avx2"
#define TARGET       __attribute__((target("avx2,fma,bmi2")))

/* Sums of neighbours: of `a` in the low half, of `b` in the high half. */
#define COMBINE(a, b)                                                                              \
	(__builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14) +                                \
	 __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15))
#define REDUCE(v)                                                                                  \
	for (int width = LANES / 2; width; width /= 2)                                             \
		for (int at = 0; at < width; at++)                                                 \
	(v)[at] = COMBINE((v)[2 * at], (v)[2 * at + 1])

#include "recs/kernels_body.h"

#endif
