/* SPDX-License-Identifier: Apache-2.0 */
/* ratings: a sparse matrix in compressed rows, float32, columns rising within a row; each pair of
 * row and column at most once. Rows are persons and columns items, or the other way after
 * recs_ratings_transpose(). Never changed once built, so all threads may read it. */
#ifndef VITRINE_RECS_RATINGS_H
#define VITRINE_RECS_RATINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

struct error;
struct recs_events;

struct recs_ratings {
	uint32_t row_count, column_count;
	size_t *starts; /* row r is the entries starts[r] .. starts[r + 1] - 1 */
	uint32_t *columns;
	float *values;
	int64_t *times_us; /* the newest of each merged entry; NULL when not asked for */
};

void recs_ratings_free(struct recs_ratings *ratings);
OWN_DEFINE(recs_ratings, recs_ratings_free)

enum recs_merge {
	RECS_MERGE_SUM,  /* strengths add up: purchases, plays */
	RECS_MERGE_LAST, /* the newest counts, of equal times the later one: ratings */
	RECS_MERGE_ONE,  /* 1 however often and however strong */
};

struct recs_ratings_options {
	enum recs_merge merge;
	int64_t from_us, to_us; /* events in [from_us, to_us); both 0 = all */
	int64_t half_life_us;   /* a weight halves in this time before to_us (or the newest); 0 =
				   never */
	bool times;             /* fill times_us */
};

/* Persons × items from events. `row_count` and `column_count` are at least those of the events
 * (more where the ids know more). The result depends only on the set of events, but for
 * RECS_MERGE_LAST and rounding of sums, which follow the events' order.
 * Owner: caller. Fails: MEMORY, USAGE (counts too small).
 * Cost: two passes over the events; at most 24 bytes an event beside them. */
int recs_ratings_build(const struct recs_events *events, uint32_t row_count, uint32_t column_count,
		       const struct recs_ratings_options *options, struct recs_ratings **out,
		       struct error *err);

/* An empty matrix with room for `count` entries and all starts 0, for the caller to fill.
 * Owner: caller. Fails: MEMORY. */
int recs_ratings_new(uint32_t row_count, uint32_t column_count, size_t count, bool times,
		     struct recs_ratings **out, struct error *err);

/* Columns to rows, the same on any number of threads (0 = all). Owner: caller. Fails: MEMORY.
 * Cost: two passes; 8 bytes a column and thread beside the result. */
int recs_ratings_transpose(const struct recs_ratings *ratings, int threads,
			   struct recs_ratings **out, struct error *err);

/* Rows by falling length, equal ones by number. Owner: caller. Fails: MEMORY.
 * Cost: two passes over the rows' lengths; 4 bytes for each length up to the longest. */
int recs_ratings_order(const struct recs_ratings *ratings, uint32_t **out, struct error *err);

/* The length of the longest row. */
size_t recs_ratings_longest(const struct recs_ratings *ratings);

/* A copy whose rows have at most `row_max` entries: their newest, of equal times (or without times)
 * spread evenly over the row. Owner: caller. Fails: MEMORY. */
int recs_ratings_trim(const struct recs_ratings *ratings, size_t row_max, struct recs_ratings **out,
		      struct error *err);

static inline size_t recs_ratings_count(const struct recs_ratings *ratings)
{
	return ratings->starts[ratings->row_count];
}

static inline size_t recs_ratings_row_len(const struct recs_ratings *ratings, uint32_t row)
{
	return ratings->starts[row + 1] - ratings->starts[row];
}

#endif
