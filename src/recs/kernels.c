/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/kernels.h"

#include <string.h>

#include "recs/kernels_sets.h"

static bool has_avx2(void)
{
#if defined(__x86_64__)
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
	       __builtin_cpu_supports("bmi2");
#else
	return false;
#endif
}

static bool has_avx512(void)
{
#if defined(__x86_64__)
	return has_avx2() && __builtin_cpu_supports("avx512f") &&
	       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
	       __builtin_cpu_supports("avx512vl");
#else
	return false;
#endif
}

const struct recs_kernels *recs_kernels_for(enum process_simd simd)
{
#if defined(__x86_64__)
	if (simd == SIMD_AVX512)
		return has_avx512() ? &recs_kernels_avx512 : NULL;
	if (simd == SIMD_AVX2)
		return has_avx2() ? &recs_kernels_avx2 : NULL;
#else
	if (simd != SIMD_PORTABLE || has_avx2() || has_avx512())
		return NULL;
#endif
	return &recs_kernels_portable;
}

const struct recs_kernels *recs_kernels(void)
{
	const struct recs_kernels *chosen = recs_kernels_for(process_simd());
	return chosen ? chosen : &recs_kernels_portable;
}

void recs_kernels_mirror(float *matrix, size_t d)
{
	for (size_t i = 1; i < d; i++)
		for (size_t j = 0; j < i; j++)
			matrix[i * d + j] = matrix[j * d + i];
}

void recs_kernels_solve(const float *lower, size_t d, float *b)
{
	const struct recs_kernels *kernels = recs_kernels();
	for (size_t i = 0; i < d; i++)
		b[i] = (b[i] - kernels->dot(lower + i * d, b, i)) / lower[i * d + i];
	for (size_t i = d; i-- > 0;) {
		b[i] /= lower[i * d + i];
		kernels->axpy(-b[i], lower + i * d, b, i);
	}
}

void recs_kernels_pack(const float *rows, size_t stride, size_t n, size_t depth, float *out)
{
	memset(out, 0, recs_kernels_packed_size(n, depth) * sizeof *out);
	for (size_t i = 0; i < n; i++) {
		float *tile = out + i / RECS_TILE * RECS_TILE * depth + i % RECS_TILE;
		for (size_t k = 0; k < depth; k++)
			tile[k * RECS_TILE] = rows[i * stride + k];
	}
}
