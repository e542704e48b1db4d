/* SPDX-License-Identifier: Apache-2.0 */
/* describe_lakes: where what is described lies: our own lake, and the one of the target that ours
 * reads (other_lake.h). Private to describe*.c. */
#ifndef VITRINE_PIPELINE_DESCRIBE_LAKES_H
#define VITRINE_PIPELINE_DESCRIBE_LAKES_H

#include "pipeline/describe.h"
#include "pipeline/set.h"
#include "store/store.h"

struct describe_lakes {
	struct store *own; /* borrowed */
	struct set *set;
	struct store *other; /* or NULL, and other_set as well */
	struct set *other_set;
	const char *target; /* whose the other one is; borrowed */
};
void describe_lakes_done(struct describe_lakes *lakes);
OWN_DEFINE_EMBEDDED(describe_lakes, describe_lakes_done)

/* Fails: as set_read_newest() and other_lake_open(). */
int describe_lakes_open(struct context *context, bool with_other, struct describe_lakes *out,
			struct error *err);
/* The one that a published table lies in. Borrowed. */
struct store *describe_lakes_of(const struct describe_lakes *lakes,
				const struct describe_table *table);

/* As describe_tables(), of lakes that are open. */
int describe_list(struct context *context, const struct describe_lakes *lakes, struct arena *arena,
		  struct describe_tables *out, struct error *err);

#endif
