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

struct context;
struct error;
struct map;
struct personal;

/* Of the project that `context` has open. `tables` are all there are, by full name. Borrows both.
 * Owner: caller. Fails: MEMORY. */
int personal_new(struct context *context, const struct map *tables, struct personal **out,
		 struct error *err);
void personal_free(struct personal *personal);
OWN_DEFINE(personal, personal_free)

struct personal_column {
	bool is_personal;
	const char *from; /* "processing.orders.price, count(processing.orders.id)"; "" = nothing;
			     NULL = not known, or a source's */
};

/* Of one column of a table ("processing.orders"); its text is borrowed from `personal`. From any
 * thread. Fails: MEMORY. Cost: one parse of each model that the table is made from, once. */
int personal_find(struct personal *personal, const char *table, const char *column,
		  struct personal_column *out, struct error *err);

#endif
