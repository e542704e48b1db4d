/* SPDX-License-Identifier: Apache-2.0 */
/* set: what is published: one version of every table, read as a whole or not at all.
 *
 * Set n is the object `_vitrine/published/<n>.json`, written by put-if-absent and never changed;
 * the newest is what readers see. A run starts from one set and ends by publishing the next: the
 * old one with the tables it rebuilt at their new versions. When somebody else published in
 * between, the changes are put on top of theirs, and the newer version of a table stays. */
#ifndef VITRINE_PIPELINE_SET_H
#define VITRINE_PIPELINE_SET_H

#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

struct error;
struct store;

enum { SET_FORMAT = 1 }; /* of the lake as a whole; a newer one is refused */

struct set_table {
	char *name;       /* "processing.orders" */
	char *key;        /* prefix in the store: "processing/orders" */
	int64_t version;  /* of its Delta log */
	char *definition; /* "source", "model", or "orphan" when nothing defines it any more */
};

/* Tables sorted by name. */
struct set {
	int64_t number; /* 0 = nothing was ever published */
	int64_t time_us;
	char *run; /* the run that published it; "" for set 0 */
	struct set_table *tables;
	size_t count, capacity;
};

/* Owner: caller, until set_free(). */
struct set *set_new(void);
void set_free(struct set *set);
OWN_DEFINE(set, set_free)

/* The newest set, or an empty one numbered 0. Fails: UNSUPPORTED (a newer format), CORRUPT, IO.
 * Cost: one list, one get. */
int set_read_newest(struct store *store, struct set **out, struct error *err);
/* Fails also: NOT_FOUND. */
int set_read(struct store *store, int64_t number, struct set **out, struct error *err);
/* The newest set published at or before an instant. Fails also: NOT_FOUND. */
int set_read_at(struct store *store, int64_t time_us, struct set **out, struct error *err);

/* Of what failed while a published table's version was opened: that it is not there is damage, and
 * the error says so. Always negative. */
int set_say_lost(const struct set_table *table, struct error *err);

/* The table's entry, or NULL. Borrowed. */
const struct set_table *set_find(const struct set *set, const char *name);
/* Insert or replace. */
int set_put(struct set *set, const char *name, const char *key, int64_t version,
	    const char *definition, struct error *err);
void set_remove(struct set *set, const char *name);

/* Publish `changes` (only the tables a run changed) on top of the newest set, leaving out the
 * tables named in `dropped` (NULL-terminated or NULL). Publishes nothing when nothing differs.
 * Returns 0 and the number of the set that now holds the changes. Fails: IO, BUSY (clashes without
 * end), MEMORY. */
int set_publish(struct store *store, const struct set *changes, const char *const *dropped,
		const char *run, int64_t time_us, int64_t *out_number, struct error *err);

#endif
