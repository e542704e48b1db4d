/* SPDX-License-Identifier: Apache-2.0 */
/* init: a project made from the files that a shop has: vitrine.yaml, one contract for each
 * delimited file (or series of files) found, one small example model, .gitignore. Nothing that is
 * there is ever overwritten, so it can be run again when new files have come. */
#ifndef VITRINE_PIPELINE_INIT_H
#define VITRINE_PIPELINE_INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

struct arena;
struct error;

struct init_settings {
	const char *folder;    /* the project's; made when it is not there */
	const char *from;      /* where the files are; NULL = the project's folder */
	const char *time_zone; /* the project's; NULL = none is written, so UTC holds */
};

enum init_status {
	INIT_WRITTEN,
	INIT_KEPT,   /* a contract of this name was there */
	INIT_REFUSED /* the file is no delimited text, or not one that can be a table */
};

struct init_source {
	const char *name;  /* the source's; NULL: refused */
	const char *files; /* the pattern, as the contract has it; of what is refused its path */
	enum init_status status;
	int64_t file_count, records;
	size_t columns;
	const char *key;    /* "order_id, order_item_id"; "" = none */
	const char *format; /* what differs from plain CSV, for people: "; latin-1 1.234,56" */
	const char *note;   /* why it is refused, or what a person should look at; "" = nothing */
};

struct init_file {
	const char *path; /* below the project's folder */
	bool is_kept;     /* it was there */
};

struct init_report {
	const char *folder; /* absolute */
	const char *from;   /* absolute */
	struct init_source *sources;
	size_t source_count;
	struct init_file *files;
	size_t file_count;
	struct arena *arena;                   /* all of it hangs on this */
	size_t source_capacity, file_capacity; /* private */
};

void init_report_done(struct init_report *report);
OWN_DEFINE_EMBEDDED(init_report, init_report_done)

/* Files are those named *.csv, *.tsv, *.tab, *.psv, or *.txt and *.dat when their dialect is sure;
 * each perhaps packed (.gz, .zst); in `from` and the folders below it, but for hidden ones and the
 * project's own. Files of one folder whose names differ in digits only, and whose columns are the
 * same, are one source.
 * Owner of `out`: caller. Fails: NOT_FOUND (no folder `from`), DENIED, IO, DISK_FULL, LIMIT (more
 * than SOURCES_MAX sources), CANCELED, MEMORY. Cost: reads every file found about twice. */
int init_project(const struct init_settings *settings, struct init_report *out, struct error *err);

#endif
