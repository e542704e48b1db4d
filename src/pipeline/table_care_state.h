/* SPDX-License-Identifier: Apache-2.0 */
/* table_care_state: what the files of table_care share. Private to them. */
#ifndef VITRINE_PIPELINE_TABLE_CARE_STATE_H
#define VITRINE_PIPELINE_TABLE_CARE_STATE_H

#include "delta/delta.h"
#include "pipeline/table_care.h"

struct lease;
struct set;
struct store;

struct table_care {
	struct context *context;
	struct store *store;
	const struct delta_parquet *parquet;
	struct table_care_report *report;
	struct lease *lease;
	struct set *base;           /* the newest published */
	struct set *changes;        /* to be published */
	const char *const *dropped; /* to leave the set; NULL-terminated or NULL */
};

/* Take the lease, note the run, do `work`, publish what it changed, note how it ended. `*out` is
 * filled also when the work failed; NULL when it did not begin. Owner: caller. */
int table_care_carry_out(struct context *context, const struct table_care_request *request,
			 int (*work)(struct table_care *care, void *what, struct error *err),
			 void *what, struct table_care_report **out, struct error *err);
/* The same without lease, history and set, for what changes nothing. */
int table_care_look(struct context *context,
		    int (*work)(struct table_care *care, void *what, struct error *err), void *what,
		    struct table_care_report **out, struct error *err);

/* A new item of the report, all numbers -1. Borrowed; moves when the next is added. */
int table_care_add_item(struct table_care_report *report, const char *name,
			struct table_care_item **out, struct error *err);
/* Keep the item's table in the history as a step. A failure is only said in the log. */
void table_care_note_step(const struct table_care *care, const struct table_care_item *item,
			  const char *reason);
/* `"run": ..., "run_number": ..., "step": ...` of a commit's `vitrine` member. */
void table_care_add_info(const struct table_care *care, const char *name, struct text *out);

#endif
