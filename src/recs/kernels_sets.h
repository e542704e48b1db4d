/* SPDX-License-Identifier: Apache-2.0 */
/* The three sets of kernels, for kernels.c and the files that define them. */
#ifndef VITRINE_RECS_KERNELS_SETS_H
#define VITRINE_RECS_KERNELS_SETS_H

#include <stdbool.h>

#include "recs/kernels.h"

extern const struct recs_kernels recs_kernels_portable;
#if defined(__x86_64__)
extern const struct recs_kernels recs_kernels_avx2, recs_kernels_avx512;
#endif

#endif
