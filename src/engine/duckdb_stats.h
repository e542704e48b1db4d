/* SPDX-License-Identifier: Apache-2.0 */
/* duckdb_stats: what COPY ... (return_stats) says of a file it wrote, as Delta's statistics and
 * partition values.
 *
 * What a bound looks like is stats_bound.h's matter. */
#ifndef VITRINE_ENGINE_DUCKDB_STATS_H
#define VITRINE_ENGINE_DUCKDB_STATS_H

#include <stddef.h>

#include <duckdb.h>

#include "delta/delta.h"

struct error;
struct text;

/* Fill `out`'s rows, size, statistics and partition values from row `row` of COPY's result.
 * `partition_columns` is NULL-terminated or NULL. Fails: QUERY (a partition value that Delta cannot
 * tell from NULL), MEMORY. */
int stats_read(duckdb_data_chunk chunk, idx_t row, const struct delta_schema *schema,
	       const char *const *partition_columns, struct delta_file *out, struct error *err);

#endif
