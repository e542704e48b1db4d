/* SPDX-License-Identifier: Apache-2.0 */
/* pair_sums: for one item and every other the sum, over the persons who have both, of the product
 * of their entries: a row at a time, whole.
 *
 * Items go by their place in the order of popularity (of equal ones by number), so that what is
 * added to most lies together and in the cache: what bounds a row is fetching histories and adding
 * into it, one addition for each two entries of a person. So a history is kept as its places
 * alone where all of the person's entries are the same, in two bytes each where these suffice, and
 * is fetched ahead. Where every pair counts the same, the most popular items are counted as bits
 * (heads.h) and the others in sums of two bytes. A row that few additions reach notes which blocks
 * of it they reach. */
#ifndef VITRINE_RECS_PAIR_SUMS_H
#define VITRINE_RECS_PAIR_SUMS_H

#include <stdbool.h>

#include "recs/heads.h"
#include "recs/select.h"

struct recs_history;

struct recs_pair_sums {
	const struct recs_ratings *ratings; /* borrowed: persons × items, histories not too long */
	struct recs_ratings *turned;
	uint32_t *items, *places; /* the item at each place, the place of each item */
	struct recs_history *histories;
	/* The places of each person behind the heads, counted from there, in two or four bytes. */
	struct recs_matrix places_of_histories;
	uint16_t *narrow;
	uint32_t *wide;
	bool valued;      /* values differ within a history */
	float unit;       /* what each pair counts, where there are heads */
	double additions; /* per entry, on the average */
	struct recs_heads heads;
};

void recs_pair_sums_done(struct recs_pair_sums *pairs);
OWN_DEFINE_EMBEDDED(recs_pair_sums, recs_pair_sums_done)

struct recs_pair_sums_options {
	float person_exponent; /* a person of n items counts 1 / n^this */
	uint32_t heads;        /* so many where every pair counts the same; 0 = what pays */
	int threads;
};

/* Takes about as much memory as the ratings; where heads pay three times as much. Fails: MEMORY. */
int recs_pair_sums_init(struct recs_pair_sums *pairs, const struct recs_ratings *ratings,
			const struct recs_pair_sums_options *options, struct error *err);

/* What one thread needs for a row. */
struct recs_pair_row {
	float *sums;      /* per place; all 0 between rows, but where heads overwrite all of it */
	uint16_t *counts; /* per place behind the heads; all 0 between rows */
	uint8_t *marks;   /* per RECS_SELECT_BLOCK places: additions reached it */
	bool dense;       /* all of it is to be looked at, marked or not */
};

void recs_pair_row_done(struct recs_pair_row *row);
int recs_pair_row_init(struct recs_pair_row *row, const struct recs_pair_sums *pairs,
		       struct error *err);

/* Make the row of a place; its own sum is 0. Rows of heads come after all others; several threads
 * may make rows of different blocks of RECS_HEADS_ITEMS places. recs_pair_row_clear() before the
 * next one. The same whatever the threads: each sum runs in one order. */
void recs_pair_row_make(const struct recs_pair_sums *pairs, uint32_t place,
			struct recs_pair_row *row);
void recs_pair_row_clear(const struct recs_pair_sums *pairs, struct recs_pair_row *row);

#endif
