/* SPDX-License-Identifier: Apache-2.0 */
/* log: the files of a table's `_delta_log`: which there are, and reading one version.
 *
 * The whole log is listed: `_last_checkpoint` is only a hint that may be stale, so it is written
 * for other readers and never read. */
#ifndef VITRINE_DELTA_LOG_H
#define VITRINE_DELTA_LOG_H

#include "delta/action.h"

struct arena;

enum delta_log_kind { LOG_COMMIT, LOG_CHECKPOINT, LOG_CHECKPOINT_V2 };

struct delta_log_file {
	enum delta_log_kind kind;
	int64_t version, modified_us;
	int part, parts; /* of a checkpoint; a single file is part 1 of 1 */
};

/* By version, ascending. */
struct delta_log {
	struct delta_log_file *files;
	size_t count, capacity;
	int64_t newest; /* version of the newest commit or checkpoint; -1 = there is no table */
};

void delta_log_done(struct delta_log *log);
OWN_DEFINE_EMBEDDED(delta_log, delta_log_done)

/* `out` starts as {0}. Cost: one list request. */
int delta_log_list(struct store *store, const char *table, struct delta_log *out,
		   struct error *err);
bool delta_log_has_commit(const struct delta_log *log, int64_t version);
/* The place in `log` of the first file of the newest whole checkpoint not after `version`; its
 * parts may lie among others' files. -1 = none. */
int64_t delta_log_checkpoint(const struct delta_log *log, int64_t version);

/* "<table>/_delta_log/<version>.json" and the like; NULL with MEMORY. Owner: caller. */
char *delta_log_commit_key(const char *table, int64_t version, struct error *err);
char *delta_log_checkpoint_key(const char *table, const struct delta_log_file *file, int part,
			       struct error *err);

/* 1 and the actions of one version, 0 when it does not exist. Owner: the arena. */
int delta_log_read(struct store *store, const char *table, int64_t version, struct arena *arena,
		   struct delta_actions *out, struct error *err);

#endif
