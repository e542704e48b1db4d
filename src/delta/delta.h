/* SPDX-License-Identifier: Apache-2.0 */
/* delta: tables in the Delta Lake format, protocol (1,2): own reader and writer of the log.
 *
 * A table is a key prefix in a store ("processing/orders"). Its log, `_delta_log/<version>.json`,
 * is the truth: a version is one commit, written by put-if-absent, and never changes. Data files
 * are Parquet, written aside and durable before the commit that adds them. This folder never
 * opens a Parquet data file: rows are the engine's matter; the one Parquet it needs, the
 * checkpoint, goes through struct delta_parquet (filled by engine/, faked in tests). Source: Delta
 * Transaction Log Protocol, delta-io/delta PROTOCOL.md. */
#ifndef VITRINE_DELTA_DELTA_H
#define VITRINE_DELTA_DELTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

struct error;
struct store;
struct text;

/* A column's type is Delta's own name: "string", "long", "integer", "short", "byte", "double",
 * "float", "boolean", "binary", "date", "timestamp", "decimal(18,2)"; nested types are kept as
 * their JSON text and can be read, not written. */
struct delta_column {
	char *name;
	char *type;
	char *comment; /* "" = none */
	bool nullable;
	char *metadata_json; /* all other field metadata, as an object; NULL = none */
};

struct delta_schema {
	struct delta_column *columns;
	size_t count;
};

struct delta_value { /* a name and a text or NULL: partition values, configuration */
	char *name;
	char *value;
};

struct delta_file {
	char *path; /* decoded: a key below the table's prefix, or an absolute URI kept as it is */
	int64_t size, modified_ms;
	struct delta_value *partition; /* one per partition column */
	size_t partition_count;
	int64_t rows;     /* from the statistics; -1 = not known */
	char *stats_json; /* NULL = none */
	bool data_change;
};

/* The commitInfo of one version. */
struct delta_commit_info {
	int64_t version, timestamp_ms;
	char *operation; /* "WRITE", "CREATE TABLE", "RESTORE", ... */
	char *engine_info;
	char *vitrine_json; /* our own member `vitrine`, an object's text; NULL when another wrote
			       it */
};

/* What checkpoints need of Parquet. `json_lines` holds one action a line, in the protocol's shape:
 * maps (partitionValues, configuration, options) as objects, stats as a string of JSON. What is
 * read back may hold more members, of value null or unknown: they are ignored. */
struct delta_parquet {
	void *context;
	/* Write the actions as a checkpoint file at local `path`. */
	int (*write_checkpoint)(void *context, const char *json_lines, size_t len, const char *path,
				struct error *err);
	/* Read a checkpoint file back into JSON lines. Owner of `out`: caller. */
	int (*read_checkpoint)(void *context, const char *path, char **out, size_t *out_len,
			       struct error *err);
};

/* ---- reading ---- */
struct delta_snapshot;

/* Open `version` of the table at `table` (a key prefix without a final '/'); -1 = the newest.
 * `parquet` may be NULL when no checkpoint is to be used (fails UNSUPPORTED if one is needed).
 * Owner: caller, until delta_snapshot_free(). Borrows nothing.
 * Fails: NOT_FOUND (no table, or no such version), CORRUPT (a gap in the log, a line that is not
 * JSON, an action that contradicts another; the message names file and line), UNSUPPORTED (a table
 * feature or protocol we lack, by its name), IO, MEMORY.
 * Cost: one list request, one read per log file since the last checkpoint. */
int delta_snapshot_open(struct store *store, const char *table, int64_t version,
			const struct delta_parquet *parquet, struct delta_snapshot **out,
			struct error *err);
void delta_snapshot_free(struct delta_snapshot *snapshot);
OWN_DEFINE(delta_snapshot, delta_snapshot_free)

/* All borrowed from the snapshot. */
int64_t delta_snapshot_version(const struct delta_snapshot *snapshot);
const char *delta_snapshot_table(const struct delta_snapshot *snapshot);
const struct delta_schema *delta_snapshot_schema(const struct delta_snapshot *snapshot);
size_t delta_snapshot_file_count(const struct delta_snapshot *snapshot);
const struct delta_file *delta_snapshot_file(const struct delta_snapshot *snapshot, size_t place);
const char *delta_snapshot_description(const struct delta_snapshot *snapshot); /* "" = none */
size_t delta_snapshot_partition_columns(const struct delta_snapshot *snapshot,
					const char *const **out);
const char *delta_snapshot_configuration(const struct delta_snapshot *snapshot, const char *key);
/* Rows by the statistics of every file; -1 when one lacks them. Bytes of all files. */
int64_t delta_snapshot_rows(const struct delta_snapshot *snapshot);
int64_t delta_snapshot_bytes(const struct delta_snapshot *snapshot);
/* The newest version <= this snapshot's whose commit changed data (not only metadata, compaction
 * or a checkpoint): what fingerprints use. */
int64_t delta_snapshot_data_version(const struct delta_snapshot *snapshot);
/* The `vitrine` member of that commit's commitInfo, a JSON object; NULL = it has none, or the log
 * has been cleaned past it. Borrowed. */
const char *delta_snapshot_data_info(const struct delta_snapshot *snapshot);

/* 1 and the newest version's number, 0 when there is no table. Cost: one list request. */
int delta_newest_version(struct store *store, const char *table, int64_t *out, struct error *err);
/* The last version committed at or before an instant. Fails: NOT_FOUND. */
int delta_version_at(struct store *store, const char *table, int64_t timestamp_ms, int64_t *out,
		     struct error *err);
/* commitInfo of the versions first..last (-1 = newest), oldest first, those cleaned away left out.
 * `out` is one array to free with delta_history_free(). Returns the count. */
int delta_history(struct store *store, const char *table, int64_t first, int64_t last,
		  struct delta_commit_info **out, struct error *err);
void delta_history_free(struct delta_commit_info *infos, int count);

/* ---- writing ---- */
struct delta_commit {
	const char *table;
	int64_t read_version; /* what the change was computed from; -1 = the table does not exist */
	const struct delta_schema *schema; /* NULL = unchanged; required for a new table */
	const char *description;           /* NULL = unchanged */
	/* Of new tables, and of those whose files all go (remove_all); others stay partitioned as
	 * they are. NULL-terminated; NULL = not partitioned. */
	const char *const *partition_columns;
	bool remove_all;            /* every file of read_version (overwrite) */
	const char *const *removes; /* paths, or NULL */
	size_t remove_count;
	const struct delta_file *adds;
	size_t add_count;
	bool data_change;
	const char *operation;    /* "WRITE", ... */
	const char *vitrine_json; /* our member of commitInfo; NULL = none */
	const char *app_id;       /* txn action for idempotent loads; NULL = none */
	int64_t app_version;
	bool depends_on_rows; /* computed from the rows of read_version: see below */
};

/* Commit, as version read_version + 1 or later. When others committed in between, the change is
 * tried again on top of theirs unless it conflicts:
 * - a change of metadata or protocol in between conflicts with every commit;
 * - the removal of a file that we remove conflicts;
 * - any data change in between conflicts with a commit that was computed from the table's rows:
 *   remove_all, removes with data_change, or depends_on_rows (set it for a merge that found no row
 *   to replace). So appends and compactions let each other pass.
 * Writes a checkpoint every 10 versions (or as the table's delta.checkpointInterval says) when
 * `parquet` is given; a checkpoint that fails does not fail the commit.
 * Returns 0 and the version; 1 when the table already holds `app_id` at `app_version` or later:
 * nothing is written, and the version is one that includes it.
 * Fails: CONFLICT, UNSUPPORTED (a table whose rules for writers we cannot keep, by the feature's
 * name; a removal where delta.appendOnly is set), USAGE (adds that contradict the table), IO,
 * NETWORK, DISK_FULL, MEMORY. After IO or NETWORK the commit may stand: the caller looks
 * (delta_history) before it tries again, or gives an app_id.
 * Cost: one read of the log since the last checkpoint, one read and one put-if-absent per try. */
int delta_commit(struct store *store, const struct delta_commit *commit,
		 const struct delta_parquet *parquet, int64_t *out_version, struct error *err);

/* The highest txn version recorded for `app_id` in the snapshot, or -1. */
int64_t delta_snapshot_app_version(const struct delta_snapshot *snapshot, const char *app_id);

/* ---- care ---- */
/* Keys under the table that are older than `retention_us` and that no version refers to which was
 * the newest at any time since then, nor one in `keep_versions`. Removes them unless `dry_run`;
 * lists them in `out_removed`, one a line. Returns the count. Never touches `_delta_log`, nor what
 * lies in hidden folders ("_x", ".x"). Fails as opening does, and UNSUPPORTED when the table names
 * files by absolute URI. Nothing is removed unless everything referred to is known. */
int delta_vacuum(struct store *store, const char *table, const int64_t *keep_versions,
		 size_t keep_count, int64_t retention_us, int64_t now_us, bool dry_run,
		 const struct delta_parquet *parquet, struct text *out_removed, struct error *err);
/* Keys under the table that no version of the log refers to (what a stopped writer left behind, or
 * a running one has not committed yet: hold the lease), one a line. Returns the count. */
int delta_orphans(struct store *store, const char *table, const struct delta_parquet *parquet,
		  struct text *out_keys, struct error *err);

/* Copies, for building the structs above. Owner: caller. */
void delta_schema_done(struct delta_schema *schema);
OWN_DEFINE_EMBEDDED(delta_schema, delta_schema_done)
int delta_schema_add(struct delta_schema *schema, const char *name, const char *type,
		     const char *comment, struct error *err);
int delta_schema_copy(const struct delta_schema *schema, struct delta_schema *out,
		      struct error *err);
bool delta_schema_equal(const struct delta_schema *a, const struct delta_schema *b);
void delta_file_done(struct delta_file *file);
OWN_DEFINE_EMBEDDED(delta_file, delta_file_done)

#endif
