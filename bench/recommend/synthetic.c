/* SPDX-License-Identifier: Apache-2.0 */
#include "synthetic.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/random.h"
#include "recs/ratings.h"

/* Groups of items; the share of a person's events that stay in the person's group; how items and
 * persons fall off from the most popular and the busiest. */
enum { GROUPS = 32, ROW_MAX = 3000, ROW_MIN = 5, BLUNT = 20 };
#define STAYS         0.6
#define FALL          1.25
#define SPREAD        1.1 /* of the logarithm of a person's count */
#define TRIES_PER_HIT 4

/* Items are numbered at random: rank r is item numbers[r]; sums[r] is the mass of ranks 0 .. r. */
struct popularity {
	uint32_t count;
	double *sums;
	uint32_t *numbers;
};

static void popularity_done(struct popularity *popularity)
{
	free(popularity->sums);
	free(popularity->numbers);
}
OWN_DEFINE_EMBEDDED(popularity, popularity_done)

static int rank_items(struct popularity *popularity, struct recs_random *random, struct error *err)
{
	uint32_t n = popularity->count;
	popularity->sums = mem_alloc_array(n, sizeof *popularity->sums);
	popularity->numbers = mem_alloc_array(n, sizeof *popularity->numbers);
	if (!popularity->sums || !popularity->numbers)
		return err_memory(err);
	double sum = 0;
	for (uint32_t r = 0; r < n; r++) {
		popularity->sums[r] = sum += pow(r + BLUNT, -FALL);
		uint32_t other = recs_random_below(random, r + 1);
		popularity->numbers[r] = popularity->numbers[other];
		popularity->numbers[other] = r;
	}
	return 0;
}

static uint32_t draw_rank(const struct popularity *popularity, struct recs_random *random)
{
	double wanted = recs_random_unit(random) * popularity->sums[popularity->count - 1];
	uint32_t low = 0, high = popularity->count - 1;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (popularity->sums[middle] > wanted)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

/* Up to `wanted` different items, rising; `stamps` tells which this person has. */
static size_t draw_row(const struct popularity *popularity, struct recs_random *random,
		       uint32_t person, size_t wanted, uint32_t *stamps, uint32_t *out)
{
	uint32_t group = recs_random_below(random, GROUPS), n = popularity->count;
	size_t got = 0;
	for (size_t tries = 0; got < wanted && tries < wanted * TRIES_PER_HIT; tries++) {
		uint32_t rank = draw_rank(popularity, random);
		if (recs_random_unit(random) < STAYS)
			rank = rank / GROUPS * GROUPS + group;
		uint32_t item = popularity->numbers[rank < n ? rank : n - 1];
		if (stamps[item] == person + 1)
			continue;
		stamps[item] = person + 1;
		out[got++] = item;
	}
	qsort(out, got, sizeof *out, compare);
	return got;
}

static size_t draw_count(const struct synthetic_shape *shape, struct recs_random *random)
{
	double mean = (double)shape->count / shape->persons;
	double n = mean * exp(SPREAD * recs_random_normal(random) - SPREAD * SPREAD / 2);
	size_t most = shape->items / 4 < ROW_MAX ? shape->items / 4 : ROW_MAX;
	return n < ROW_MIN ? ROW_MIN : n > (double)most ? most : (size_t)n;
}

int synthetic_make(const struct synthetic_shape *shape, struct recs_ratings **out,
		   struct error *err)
{
	struct recs_random random = {shape->seed};
	HELD(popularity) popularity = {.count = shape->items};
	TRY(rank_items(&popularity, &random, err));
	size_t capacity = shape->count + shape->count / 4 + ROW_MAX, count = 0;
	OWNED(recs_ratings) *made = NULL;
	TRY(recs_ratings_new(shape->persons, shape->items, capacity, false, &made, err));
	OWNED_MEMORY uint32_t *stamps = mem_alloc_array(shape->items, sizeof *stamps);
	if (!stamps)
		return err_memory(err);
	for (uint32_t p = 0; p < shape->persons; p++) {
		size_t wanted = draw_count(shape, &random);
		if (wanted > capacity - count)
			wanted = capacity - count;
		count += draw_row(&popularity, &random, p, wanted, stamps, made->columns + count);
		made->starts[p + 1] = count;
	}
	for (size_t i = 0; i < count; i++)
		made->values[i] = 1;
	*out = TAKE(made);
	return 0;
}

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

#define FILE_HELD __attribute__((cleanup(close_file))) FILE

int synthetic_write(const struct recs_ratings *ratings, const char *path, struct error *err)
{
	FILE_HELD *file = fopen(path, "wb");
	uint64_t head[3] = {ratings->row_count, ratings->column_count, recs_ratings_count(ratings)};
	if (!file || fwrite(head, sizeof head, 1, file) != 1 ||
	    fwrite(ratings->starts, sizeof *ratings->starts, head[0] + 1, file) != head[0] + 1 ||
	    fwrite(ratings->columns, sizeof *ratings->columns, head[2], file) != head[2] ||
	    fflush(file) != 0)
		return err_set(err, ERR_IO, "cannot write %s: %s", path, strerror(errno));
	return 0;
}

int synthetic_read(const char *path, struct recs_ratings **out, struct error *err)
{
	FILE_HELD *file = fopen(path, "rb");
	if (!file)
		return err_set(err, ERR_NOT_FOUND, "cannot read %s: %s", path, strerror(errno));
	uint64_t head[3];
	if (fread(head, sizeof head, 1, file) != 1 || head[0] >= UINT32_MAX ||
	    head[1] >= UINT32_MAX)
		return err_set(err, ERR_CORRUPT, "%s holds no events", path);
	OWNED(recs_ratings) *read = NULL;
	TRY(recs_ratings_new((uint32_t)head[0], (uint32_t)head[1], head[2], false, &read, err));
	if (fread(read->starts, sizeof *read->starts, head[0] + 1, file) != head[0] + 1 ||
	    fread(read->columns, sizeof *read->columns, head[2], file) != head[2] ||
	    read->starts[head[0]] != head[2])
		return err_set(err, ERR_CORRUPT, "%s is cut off", path);
	for (size_t i = 0; i < head[2]; i++)
		read->values[i] = 1;
	*out = TAKE(read);
	return 0;
}
