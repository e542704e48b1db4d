/* SPDX-License-Identifier: Apache-2.0 */
/* heads: how many persons each of the most popular items (the heads) shares with every item. Who
 * has which heads is kept as bits, so one look at a person counts for hundreds of items at once.
 *
 * Where few items hold most events, as they do in shops, this takes most of the additions from
 * whoever counts pairs of items one by one. Each pair of a head and another item is counted once,
 * in the other's row, and kept for the head's. Items go by their place in the order of popularity.
 */
#ifndef VITRINE_RECS_HEADS_H
#define VITRINE_RECS_HEADS_H

#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "recs/matrix.h"

struct error;
struct recs_ratings;

enum { RECS_HEADS_STEP = 512, RECS_HEADS_MAX = 4096 /* RECS_TALLY_MAX */, RECS_HEADS_ITEMS = 32 };

struct recs_heads {
	uint32_t count;          /* places below it are heads */
	struct recs_matrix bits; /* per person: one for each head */
	/* Per RECS_HEADS_ITEMS places, per head: the persons that they share, two bytes for each of
	 * the places; there once the place was counted. */
	struct recs_matrix shared;
};

void recs_heads_done(struct recs_heads *heads);
OWN_DEFINE_EMBEDDED(recs_heads, recs_heads_done)

struct recs_heads_input {
	const struct recs_ratings *ratings, *turned; /* persons × items, items × persons */
	const uint32_t *items, *places; /* the item at each place, the place of each item */
};

/* How many heads pay, a multiple of RECS_HEADS_STEP, where there are `pairs` pairs of entries of
 * one person (Σ n²). They take at most 16 bytes an entry. */
uint32_t recs_heads_that_pay(const struct recs_heads_input *input, double pairs);
/* `count` is a multiple of RECS_HEADS_STEP, at most RECS_HEADS_MAX and the number of items; an item
 * behind them has at most UINT16_MAX persons. Fails: MEMORY. */
int recs_heads_init(struct recs_heads *heads, const struct recs_heads_input *input, uint32_t count,
		    int threads, struct error *err);

/* sums[h] of each head h = `unit` for each of the n persons who has it: those who have the item at
 * `place`. Of a head also those of the places behind the heads, up to `count` places, all of which
 * must have been counted before; sums has room for a block more. Several threads may count
 * different blocks of RECS_HEADS_ITEMS places. Cost: a line of 64 bytes for each person and 512
 * heads. */
void recs_heads_count(const struct recs_heads *heads, uint32_t place, const uint32_t *persons,
		      size_t n, uint32_t count, float unit, float *sums);

#endif
