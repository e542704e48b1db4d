/* SPDX-License-Identifier: Apache-2.0 */
/* crawl: what lies in a lake, or in any folder, and what of it the project knows.
 *
 * It only looks. A table that nothing defines is told with what would take it in; nothing is
 * registered, renamed or dropped, since what a project's tables are is said by its files alone. */
#ifndef VITRINE_PIPELINE_CRAWL_H
#define VITRINE_PIPELINE_CRAWL_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct context;
struct error;

struct crawl_item {
	const char *path;         /* below the lake or the folder; "." = itself */
	const char *format;       /* "delta", "parquet", "text" (delimited) */
	const char *table;        /* what the project calls it; NULL = it does not know it */
	const char *columns;      /* "id bigint, state text"; NULL = not looked at */
	const char *partition_by; /* NULL = by nothing, or not known */
	const char *note;         /* what is wrong with it, or would take it in; NULL = nothing */
	int64_t files, bytes;
	int64_t rows; /* -1 = not known */
};

struct crawl_report {
	struct crawl_item *items; /* by path */
	size_t count;
};

/* Look through the project's lake, or through `folder` when it is not NULL. All hangs on `arena`.
 * Fails: NOT_FOUND (no such folder), IO, MEMORY. Cost: one list of everything there, and one
 * reading of each table's log; no data file is opened. */
int crawl(struct context *context, const char *folder, struct arena *arena,
	  struct crawl_report *out, struct error *err);

#endif
