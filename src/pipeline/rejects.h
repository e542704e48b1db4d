/* SPDX-License-Identifier: Apache-2.0 */
/* rejects: the records that could not be loaded, kept with their text, reason, file and line.
 *
 * While a file is read its rejects are written to a spool file, so that any number of them fits in
 * memory; then they are appended to the Delta table `_vitrine/rejects`, before the rows that could
 * be loaded are committed. Each carries the attempt that found it, and the commit of the rows names
 * the attempts it stands for: rejects of an attempt that no commit names are not shown. */
#ifndef VITRINE_PIPELINE_REJECTS_H
#define VITRINE_PIPELINE_REJECTS_H

#include <stdint.h>

#include "base/own.h"
#include "csv/load.h"

struct delivery_file;
struct delta_schema;
struct error;
struct run_state;
struct rejects;

#define REJECTS_TABLE "_vitrine/rejects"

/* Rejects of one attempt at one source's files; the spool lies in `folder`. Owner: caller, until
 * rejects_free(). Fails: IO, DISK_FULL, MEMORY. */
int rejects_new(const char *folder, const char *run_id, const char *source, struct rejects **out,
		struct error *err);
void rejects_free(struct rejects *rejects);
OWN_DEFINE(rejects, rejects_free)

/* The attempt's id: a UUID. */
const char *rejects_attempt(const struct rejects *rejects);

/* From now on rejects are of this file. Borrows it until the next call. */
void rejects_begin_file(struct rejects *rejects, const struct delivery_file *file);
/* Add one of the file begun last; `kind` says in one word what is wrong. */
int rejects_add(struct rejects *rejects, const struct csv_reject *reject, const char *kind,
		struct error *err);
/* How many were added, in all and of the file begun last. */
int64_t rejects_count(const struct rejects *rejects);
int64_t rejects_count_of_file(const struct rejects *rejects);
/* That of the least line of the file begun last, in words: "line 12: ...". "" when there is none.
 */
const char *rejects_example(const struct rejects *rejects);

/* Append all to `_vitrine/rejects`; nothing to do when there are none. Fails: as building and
 * publishing do; INTERNAL (the spool holds another number than was added). */
int rejects_commit(struct run_state *state, size_t node, struct rejects *rejects,
		   struct error *err);
/* Move the spool to `folder` for people to look at, when nothing of the attempt is published.
 * Owner of `out`: caller; NULL when there was nothing to keep or it failed. */
char *rejects_keep(struct rejects *rejects, const char *folder);
/* What was kept so, to be shown in a session. Owner: caller, until csv_load_free(). */
int rejects_open_kept(const char *path, struct csv_load **out, struct error *err);

/* The table's columns. Owner: caller. */
int rejects_schema(struct delta_schema *out, struct error *err);

#endif
