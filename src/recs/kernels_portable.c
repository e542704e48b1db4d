/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels for 128-bit vectors, which every 64-bit processor has. */
#include "recs/kernels_sets.h"

#define LANES        4
#define TILE_ROWS    2
#define GRAM_ROWS    2
#define KERNELS      recs_kernels_portable
#define KERNELS_NAME "portable"
#define TARGET

/* Sums of neighbours: of `a` in the low half, of `b` in the high half. */
#define COMBINE(a, b)                                                                              \
	(__builtin_shufflevector(a, b, 0, 2, 4, 6) + __builtin_shufflevector(a, b, 1, 3, 5, 7))
#define REDUCE(v)                                                                                  \
	for (int width = LANES / 2; width; width /= 2)                                             \
		for (int at = 0; at < width; at++)                                                 \
	(v)[at] = COMBINE((v)[2 * at], (v)[2 * at + 1])

#include "recs/kernels_body.h"
