/* SPDX-License-Identifier: Apache-2.0 */
/* random: numbers that are the same everywhere for the same seed.
 * Source: S. Vigna, splitmix64 (public domain); normal values by G. Box and M. Muller, 1958. */
#ifndef VITRINE_RECS_RANDOM_H
#define VITRINE_RECS_RANDOM_H

#include <math.h>
#include <stdint.h>

struct recs_random {
	uint64_t state;
};

static inline uint64_t recs_random_next(struct recs_random *random)
{
	uint64_t z = random->state += 0x9E3779B97F4A7C15u;
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return z ^ (z >> 31);
}

/* In [0, 1). */
static inline double recs_random_unit(struct recs_random *random)
{
	return (double)(recs_random_next(random) >> 11) * 0x1p-53;
}

/* In 0 .. bound - 1; the bias of the product is below 2^-32 for bounds that fit 32 bits. */
static inline uint32_t recs_random_below(struct recs_random *random, uint32_t bound)
{
	return (uint32_t)(((recs_random_next(random) >> 32) * (uint64_t)bound) >> 32);
}

static inline double recs_random_normal(struct recs_random *random)
{
	double radius = sqrt(-2 * log(1 - recs_random_unit(random)));
	return radius * cos(6.283185307179586 * recs_random_unit(random));
}

#endif
