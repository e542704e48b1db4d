/* SPDX-License-Identifier: Apache-2.0 */
/* table_care: what people do to tables by hand: undo, compact, clean up, drop.
 *
 * Each takes the lake's lease, is a run of its own in the history, and becomes visible as one
 * published set: readers see all of it or nothing. Rows change only by `restore`, whose commit says
 * that it is up to date, so that the next run does not undo it (docs/internals/sets.md). */
#ifndef VITRINE_PIPELINE_TABLE_CARE_H
#define VITRINE_PIPELINE_TABLE_CARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "base/process.h"

struct context;
struct error;
struct project;
struct set;
struct set_table;

struct table_care_request {
	const char *command; /* for the history */
	bool wait;           /* for the lease */
};

/* What came of one table; -1 = not known or none. */
struct table_care_item {
	char *name;
	int64_t version_before, version;
	int64_t restored;            /* the version whose rows it has now */
	int64_t files_before, files; /* vacuum: `files` were removed, */
	int64_t bytes_before, bytes; /* and `bytes` with them */
	int64_t rows;
	char *note; /* for people; NULL = none */
};

struct table_care_report {
	char id[PROCESS_ID_SIZE];
	int64_t run_number, set; /* set: the newest after it */
	bool published;          /* whether this made it */
	struct table_care_item *items;
	size_t count, capacity;
	char *removed; /* vacuum: the keys, one a line; NULL = none */
};

void table_care_report_free(struct table_care_report *report);
OWN_DEFINE(table_care_report, table_care_report_free)

/* The table of a set that a person means: "processing.orders", "dl_processing_zone.orders" or
 * "orders" (in delivery, then in processing). Borrowed from the set. Fails: NOT_FOUND with the
 * nearest name. */
int table_care_find(const struct project *project, const struct set *set, const char *name,
		    const struct set_table **out, struct error *err);

/* Give a table the rows of one of its versions again, by a commit that names that version's files.
 * Fails: NOT_FOUND (no such table or version, or vacuum removed a file of it), BUSY, CONFLICT, IO.
 * Cost: one stat a file; no data is read or written. */
int table_care_restore(struct context *context, const struct table_care_request *request,
		       const char *name, int64_t version, struct table_care_report **out,
		       struct error *err);
/* The same for every table of a published set. Tables that came later stay as they are. Nothing is
 * changed unless everything can be restored. */
int table_care_restore_set(struct context *context, const struct table_care_request *request,
			   int64_t number, struct table_care_report **out, struct error *err);

/* Write the small files of the tables named (NULL-terminated; NULL = all of the newest set) into
 * few. Rows and their order stay. Fails: BUSY, NOT_FOUND, CONFLICT (the table has versions that no
 * set holds), UNSUPPORTED, CANCELED, DISK_FULL, IO. */
int table_care_compact(struct context *context, const struct table_care_request *request,
		       const char *const *names, struct table_care_report **out, struct error *err);

/* Remove files that no version needs that was current or published within `retention_us`, and all
 * of tables dropped before that. `dry_run` only says what would go, without lease or history. */
int table_care_vacuum(struct context *context, const struct table_care_request *request,
		      const char *const *names, int64_t retention_us, bool dry_run,
		      struct table_care_report **out, struct error *err);

/* Take a table that no source and no model makes out of the published set; vacuum removes its files
 * later. Fails: USAGE (it is made by the project), NOT_FOUND, BUSY, IO. */
int table_care_drop(struct context *context, const struct table_care_request *request,
		    const char *name, struct table_care_report **out, struct error *err);
/* Whether nothing of the project makes the table. */
bool table_care_is_orphan(const struct project *project, const struct set_table *table);
/* As table_care_find(), of an orphan. Fails also: USAGE when the project makes the table. */
int table_care_find_orphan(const struct project *project, const struct set *set, const char *name,
			   const struct set_table **out, struct error *err);

#endif
