/* SPDX-License-Identifier: Apache-2.0 */
/* desk: where people look at rejects and decide: fix, or waive. What is shown is SQL over
 * vitrine.rejects, so that whoever prefers SQL sees the same.
 *
 * The way of a fix: the open rejects are exported as a CSV file, a person mends their texts, and
 * from what was mended one small file is made for each landed file that had rejects, landed below
 * landing/<source>/_fixes/ and loaded through the same contract. Nothing in it is trusted more than
 * what came from the shop. */
#ifndef VITRINE_PIPELINE_DESK_H
#define VITRINE_PIPELINE_DESK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/own.h"

struct context;
struct error;
struct reader;
struct run_report;
struct run_request;
struct text;

/* Which rejects are meant; NULL, 0 and false = any. */
struct desk_filter {
	const char *source, *kind, *file, *column;
	int64_t line;
	const char *run;   /* of this run, as catalog_runs_find() knows it */
	bool with_decided; /* also those fixed, waived or replaced */
	bool refused; /* those of loads that were refused; without a run, of each source's last */
};

/* What an exported reject is known by, as SQL over vitrine.rejects. */
#define DESK_ID "substr(sha256, 1, 12) || ':' || line"

/* Add " from ... where ..." to a SELECT. Fails: NOT_FOUND (no such source, or run), with the
 * nearest name as the hint. */
int desk_add_from(struct context *context, const struct desk_filter *filter, struct text *sql,
		  struct error *err);
/* How many there are; negative on failure. */
int64_t desk_count(struct context *context, struct reader *reader, const struct desk_filter *filter,
		   struct error *err);

/* Give up every open reject that the filter means, because of `why`; with `refused` the files of
 * its source that wait to be tried again. Returns how many; 0 = there were none and nothing was
 * written. Fails: as decisions_add() does. */
int64_t desk_waive(struct context *context, const struct desk_filter *filter, const char *why,
		   struct error *err);

/* What a file of mended texts came to. */
struct desk_fixes {
	int64_t mended;    /* records whose text differs: they are loaded */
	int64_t unchanged; /* records left as they are: they stay open */
};

/* Load what a person mended: `path` is an exported file whose texts were edited. `request` is the
 * run's; its source and files are filled in here. `*out_report` as run_pipeline()'s; NULL when
 * there was nothing to load. Fails: REFUSED (the file cannot be read as an export, an id that no
 * open reject has, a text that is empty), LIMIT, as run_pipeline() does. */
int desk_fix(struct context *context, const char *source, const char *path, const char *why,
	     struct run_request *request, struct desk_fixes *out, struct run_report **out_report,
	     struct error *err);

#endif
