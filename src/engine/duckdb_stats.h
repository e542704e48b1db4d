/* SPDX-License-Identifier: Apache-2.0 */
/* duckdb_stats: what COPY ... (return_stats) says of a file it wrote, as Delta's statistics and
 * partition values.
 *
 * A reader skips a file by its statistics, so a wrong one loses rows without a word; one that is
 * absent costs time. Whatever is not certain is left out: NaN and infinity, times out of years 1 to
 * 9999, booleans and binary, texts longer than STATISTIC_TEXT_LEN_MAX (DuckDB shortens those beyond
 * 256 bytes), decimals that a JSON reader would round. */
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

/* One bound as a JSON value: false when it is better left out. For tests too. */
bool stats_add_bound(const char *type, const char *text, size_t len, bool is_max, struct text *out);

#endif
