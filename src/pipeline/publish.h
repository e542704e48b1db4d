/* SPDX-License-Identifier: Apache-2.0 */
/* publish: from files built aside to a version of a Delta table. The one place that commits rows.
 *
 * Order, so that a stop at any moment leaves the old version or the new one: each data file becomes
 * durable in the table's folder, then one commit names them all. Files of a publish that never
 * committed are orphans, which `vitrine doctor` finds and vacuum removes. */
#ifndef VITRINE_PIPELINE_PUBLISH_H
#define VITRINE_PIPELINE_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"

struct error;
struct store;

struct publish {
	const char *key;            /* the table's prefix in the store */
	int64_t read_version;       /* -1 = the table does not exist */
	bool overwrite;             /* its files give way to ours */
	bool depends_on_rows;       /* conflicts with every other change of data since */
	const char *const *removes; /* paths of files that give way; NULL-terminated or NULL */
	bool same_rows; /* the new files hold the rows of the removed ones, and no others */
	const struct delta_schema *schema;    /* NULL = unchanged */
	const char *description;              /* NULL = unchanged */
	const char *const *partition_columns; /* of a new table or an overwrite */
	const char *operation;                /* "WRITE" */
	const char *vitrine_json;             /* our member of commitInfo */
};

/* Commit the files of `outputs`, moving them out of their staging folders.
 * Returns 0 and the new version. Fails: CONFLICT (another writer changed the table), IO, DISK_FULL,
 * MEMORY. Cost: a rename and an fsync for each file, and one commit. */
int publish_outputs(struct store *store, const struct delta_parquet *parquet,
		    const struct publish *publish, struct engine_output *const *outputs,
		    size_t output_count, int64_t *out_version, struct error *err);

#endif
