/* SPDX-License-Identifier: Apache-2.0 */
/* ledger: which files are in which version of each source's table.
 *
 * The truth is in the tables' own commits: `commitInfo.vitrine.files` of the commit that loaded a
 * file says its name, hash, place and counts, so a file is loaded exactly when its rows are. The
 * catalog holds the same as rows, caught up from the logs before each use; so two machines on one
 * lake agree, and a lost state.db costs one reading of the logs. */
#ifndef VITRINE_PIPELINE_LEDGER_H
#define VITRINE_PIPELINE_LEDGER_H

#include <stdbool.h>

struct catalog_landed;
struct context;
struct delivery;
struct error;
struct text;

/* Read what is new in the log of source table `name` at `key`; all of it, when the log ends before
 * what was read last: then it is another log. Of a table that is gone the files stay known until
 * it has a version again. Fails: as delta_history() and the
 * catalog do; CORRUPT (a commit of ours without what it must say). Cost: one list, and one read of
 * each commit since the last time. */
int ledger_catch_up(struct context *context, const char *name, const char *key, struct error *err);

/* The files whose rows are in the table now, or all that ever were. Owner of `out`'s content:
 * caller. */
int ledger_files(struct context *context, const char *name, bool only_current, struct delivery *out,
		 struct error *err);

/* Add one file's entry of `commitInfo.vitrine.files` to a list being written. */
void ledger_write_file(const struct catalog_landed *file, struct text *out);

#endif
