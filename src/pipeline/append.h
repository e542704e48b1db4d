/* SPDX-License-Identifier: Apache-2.0 */
/* append: rows added to one of Vitrine's own tables in the lake, `_vitrine/rejects` and
 * `_vitrine/decisions`. Nothing in them is ever changed or taken out again by a run, so any number
 * of writers may add at once. */
#ifndef VITRINE_PIPELINE_APPEND_H
#define VITRINE_PIPELINE_APPEND_H

struct context;
struct engine_output;
struct error;
struct delta_schema;

struct append_table {
	const char *key; /* "_vitrine/rejects" */
	const char *description;
	int (*schema)(struct delta_schema *out, struct error *err);
};

/* Commit the files of `output`, built aside by the table's schema; makes the table when it is
 * missing. Fails: as publish_outputs() does. */
int append_output(struct context *context, const struct append_table *table,
		  struct engine_output *output, struct error *err);

#endif
