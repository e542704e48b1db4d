/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot: the state of a table at one version, replayed from its log. For delta/ only; the
 * public face is delta.h. A snapshot is built by applying versions in order; delta_commit() carries
 * one forward over what others committed meanwhile. */
#ifndef VITRINE_DELTA_SNAPSHOT_H
#define VITRINE_DELTA_SNAPSHOT_H

#include "delta/action.h"

struct arena;
struct map;

struct delta_snapshot {
	struct arena *arena; /* owns everything below but the maps, the schema and the list */
	const char *table;
	int64_t version;       /* -1 before the first version is applied */
	int64_t timestamp_ms;  /* of the last commitInfo applied; 0 = none said */
	int64_t data_version;  /* -1 = before the checkpoint that we started from */
	const char *data_info; /* what Vitrine said in the commit of data_version; NULL = nothing */
	const struct delta_protocol *protocol;
	const struct delta_metadata *metadata;
	struct delta_schema schema;
	struct map *entries; /* decoded path -> struct delta_entry *: live files and tombstones */
	struct map *apps;    /* app id -> struct delta_txn * */
	const struct delta_file **files; /* the live ones, in order of first appearance */
	size_t file_count;
};

/* An entry by its place in `entries`, if it is live (or a tombstone). NULL otherwise. */
const struct delta_entry *delta_snapshot_live_at(const struct delta_snapshot *snapshot,
						 size_t place);
const struct delta_entry *delta_snapshot_tombstone_at(const struct delta_snapshot *snapshot,
						      size_t place);
/* The live file of that decoded path, or NULL. */
const struct delta_entry *delta_snapshot_find(const struct delta_snapshot *snapshot,
					      const char *path);

/* Apply the actions of `version`, which must live in the snapshot's arena. A checkpoint's actions
 * are applied the same way to an empty snapshot. Fails: CORRUPT, UNSUPPORTED, MEMORY. */
int delta_snapshot_apply(struct delta_snapshot *snapshot, const struct delta_actions *actions,
			 int64_t version, bool is_checkpoint, struct error *err);

#endif
