/* SPDX-License-Identifier: Apache-2.0 */
/* personal: which columns hold something about a person, and from which columns each comes.
 *
 * A source's contract declares it. A model's column is personal when its comment says so, or when
 * it mentions a personal column of a table it reads, unless it only counts it or is declared
 * `public`. What cannot be told is personal: a column whose origin is unsure, a table that nothing
 * defines, a model that cannot be read. Found from the project as it is now; nothing is run. */
#ifndef VITRINE_PIPELINE_PERSONAL_H
#define VITRINE_PIPELINE_PERSONAL_H

#include <stdbool.h>

#include "base/own.h"

struct arena;
struct error;
struct map;
struct personal;
struct project;
struct sql_parser;

struct personal_source {
	const struct project *project;
	/* The parser, opened when first needed. */
	int (*parser)(void *context, struct sql_parser **out, struct error *err);
	void *context;
	const struct map *tables; /* every table there is, by full name */
	struct arena *arena;      /* what is found hangs on it */
};

/* Borrows `source` and what it names. Owner: caller. */
int personal_new(const struct personal_source *source, struct personal **out, struct error *err);
void personal_free(struct personal *personal);
OWN_DEFINE(personal, personal_free)

struct personal_column {
	bool is_personal;
	const char *from; /* "processing.orders.price, count(processing.orders.id)"; "" = nothing;
			     NULL = not known, or a source's */
};

/* Of one column of a table ("processing.orders"). Fails: MEMORY. Cost: one parse of each model
 * that the table is made from, once. */
int personal_find(struct personal *personal, const char *table, const char *column,
		  struct personal_column *out, struct error *err);

#endif
