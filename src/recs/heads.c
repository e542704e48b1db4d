/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/heads.h"

#include "base/error.h"
#include "base/parallel.h"
#include "recs/kernels.h"
#include "recs/ratings.h"

enum {
	WORD = 32,
	PERSONS_A_BLOCK = 1024,
	PAIRS_A_COUNT = 16,    /* pairs for each number that heads make: below it they do not pay */
	BYTES_AN_ENTRY = 8,    /* of bits, and of shared persons */
	PERSONS_OF_A_HEAD = 64 /* at least */
};

void recs_heads_done(struct recs_heads *heads)
{
	recs_matrix_done(&heads->bits);
	recs_matrix_done(&heads->shared);
	*heads = (struct recs_heads){0};
}

static size_t persons_of(const struct recs_heads_input *input, uint32_t place)
{
	return recs_ratings_row_len(input->turned, input->items[place]);
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

uint32_t recs_heads_that_pay(const struct recs_heads_input *input, double pairs)
{
	double items = input->turned->row_count, persons = input->turned->column_count;
	double room = (double)recs_ratings_count(input->turned) * BYTES_AN_ENTRY;
	double most = least(pairs / PAIRS_A_COUNT / items, RECS_HEADS_MAX);
	most = least(most, room / (double)sizeof(uint16_t) / items);
	most = least(least(most, room * 8 / persons), items);
	uint32_t count = (uint32_t)most / RECS_HEADS_STEP * RECS_HEADS_STEP;
	while (count && persons_of(input, count - 1) < PERSONS_OF_A_HEAD)
		count -= RECS_HEADS_STEP;
	/* The persons that an item behind the heads shares with one are kept in two bytes. */
	bool fits = count == input->turned->row_count ||
		    (count && persons_of(input, count) <= UINT16_MAX);
	return fits ? count : 0;
}

struct filling {
	const struct recs_heads *heads;
	const struct recs_heads_input *input;
};

static void fill(void *context, int thread, size_t first, size_t last)
{
	(void)thread;
	const struct filling *filling = context;
	const struct recs_ratings *ratings = filling->input->ratings;
	const struct recs_heads *heads = filling->heads;
	for (size_t p = first; p < last; p++) {
		uint32_t *bits = (uint32_t *)heads->bits.data + p * heads->bits.stride;
		for (size_t e = ratings->starts[p]; e < ratings->starts[p + 1]; e++) {
			uint32_t place = filling->input->places[ratings->columns[e]];
			if (place < heads->count)
				bits[place / WORD] |= 1U << place % WORD;
		}
	}
}

int recs_heads_init(struct recs_heads *heads, const struct recs_heads_input *input, uint32_t count,
		    int threads, struct error *err)
{
	size_t persons = input->ratings->row_count, items = input->turned->row_count;
	TRY(recs_matrix_init(&heads->bits, persons, count / WORD, err));
	TRY(recs_matrix_init(&heads->shared, items / RECS_HEADS_ITEMS + 1,
			     (size_t)count * RECS_HEADS_ITEMS * sizeof(uint16_t) / sizeof(float),
			     err));
	heads->count = count;
	const struct filling filling = {heads, input};
	parallel_run(threads, persons, PERSONS_A_BLOCK, fill, (void *)&filling);
	return 0;
}

/* Where it is kept what the places of a block share with a head. */
static uint16_t *shared_of(const struct recs_heads *heads, size_t block, size_t head)
{
	return (uint16_t *)heads->shared.data + (block * heads->count + head) * RECS_HEADS_ITEMS;
}

static void keep(const struct recs_heads *heads, uint32_t place, const uint32_t *counts)
{
	uint16_t *shared = shared_of(heads, place / RECS_HEADS_ITEMS, 0) + place % RECS_HEADS_ITEMS;
	uint32_t count = heads->count;
	for (uint32_t h = 0; h < count; h++)
		shared[(size_t)h * RECS_HEADS_ITEMS] = (uint16_t)counts[h];
}

/* A whole block, so that the compiler makes vectors of it. */
static void scale(const uint16_t *restrict shared, float unit, float *restrict sums)
{
	for (uint32_t i = 0; i < RECS_HEADS_ITEMS; i++)
		sums[i] = (float)shared[i] * unit;
}

static void recall(const struct recs_heads *heads, uint32_t head, uint32_t count, float unit,
		   float *sums)
{
	for (uint32_t first = heads->count; first < count; first += RECS_HEADS_ITEMS) {
		const uint16_t *shared = shared_of(heads, first / RECS_HEADS_ITEMS, head);
		__builtin_prefetch(shared + (size_t)4 * heads->count * RECS_HEADS_ITEMS);
		scale(shared, unit, sums + first);
	}
}

void recs_heads_count(const struct recs_heads *heads, uint32_t place, const uint32_t *persons,
		      size_t n, uint32_t count, float unit, float *sums)
{
	uint32_t counts[RECS_TALLY_MAX], head_count = heads->count;
	recs_kernels()->tally((const uint32_t *)heads->bits.data, heads->bits.stride, persons, n,
			      counts);
	for (uint32_t h = 0; h < head_count; h++)
		sums[h] = (float)counts[h] * unit;
	if (place < head_count)
		recall(heads, place, count, unit, sums);
	else
		keep(heads, place, counts);
}
