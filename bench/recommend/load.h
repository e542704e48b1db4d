/* SPDX-License-Identifier: Apache-2.0 */
/* load: the published data sets of the quality bench, from the folders they were unpacked in. */
#ifndef VITRINE_BENCH_LOAD_H
#define VITRINE_BENCH_LOAD_H

#include "recs/events.h"
#include "recs/ids.h"

struct error;
struct recs_ratings;

/* "person item item ...", one person a line; the place in the line becomes the event's time.
 * Fails: NOT_FOUND, IO, CORRUPT, MEMORY. */
int load_lines(const char *folder, const char *name, struct recs_events *out, struct error *err);
/* MovieLens' u.data: person, item, rating, seconds; ids count from 1. Fails as above. */
int load_movielens(const char *folder, struct recs_events *out, struct error *err);

/* Purchases of the Olist set: an event for every item of an order. */
struct olist {
	struct recs_ids *persons, *items, *orders, *states, *attributes;
	struct recs_events purchases;   /* by person */
	struct recs_events baskets;     /* the same events by order */
	uint32_t *state_of_person;      /* 1 + number of the state; 0 = not known */
	struct recs_ratings *described; /* items × attributes: category and seller */
};

void olist_done(struct olist *olist);
OWN_DEFINE_EMBEDDED(olist, olist_done)

/* From the CSV files as they were published. Fails as above. */
int olist_load(const char *folder, struct olist *out, struct error *err);

#endif
