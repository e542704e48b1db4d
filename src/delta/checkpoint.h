/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint: a table's whole state in one Parquet file, so that readers need not replay the log
 * from its beginning. A checkpoint is only ever a copy of what the log says: losing one costs
 * time, never data. */
#ifndef VITRINE_DELTA_CHECKPOINT_H
#define VITRINE_DELTA_CHECKPOINT_H

#include "delta/log.h"

struct delta_snapshot;

/* Read a whole checkpoint into an empty snapshot. Fails: CORRUPT, UNSUPPORTED, IO, MEMORY. */
int delta_checkpoint_read(struct store *store, const struct delta_log_file *file,
			  const struct delta_parquet *parquet, struct delta_snapshot *snapshot,
			  struct error *err);
/* Write the checkpoint of the snapshot's version and point `_last_checkpoint` to it. Tombstones
 * younger than the table's delta.deletedFileRetentionDuration (7 days) at `now_ms` go with it. */
int delta_checkpoint_write(struct store *store, const struct delta_snapshot *snapshot,
			   const struct delta_parquet *parquet, int64_t now_ms, struct error *err);
/* Every how many versions the table wants one: its delta.checkpointInterval, or 10. */
int64_t delta_checkpoint_interval(const struct delta_snapshot *snapshot);

#endif
