/* SPDX-License-Identifier: Apache-2.0 */
/* synthetic: made-up events of a given shape, the same everywhere for a seed: few persons have much
 * and few items are had by many, as in real shops, and a person keeps to a group of items. Kept in
 * a file that the peers of the bench read too: three u64 (persons, items, count), persons + 1 u64
 * (starts of rows), count u32 (items, rising within a row); every value is 1. */
#ifndef VITRINE_BENCH_SYNTHETIC_H
#define VITRINE_BENCH_SYNTHETIC_H

#include <stddef.h>
#include <stdint.h>

struct error;
struct recs_ratings;

struct synthetic_shape {
	uint32_t persons, items;
	size_t count; /* of events, about */
	uint64_t seed;
};

/* Owner: caller. Fails: MEMORY. */
int synthetic_make(const struct synthetic_shape *shape, struct recs_ratings **out,
		   struct error *err);
/* Fails: IO. */
int synthetic_write(const struct recs_ratings *ratings, const char *path, struct error *err);
/* Owner: caller. Fails: NOT_FOUND, IO, CORRUPT, MEMORY. */
int synthetic_read(const char *path, struct recs_ratings **out, struct error *err);

#endif
