/* SPDX-License-Identifier: Apache-2.0 */
/* tables: the versions that a run reads: those of the set it started from, replaced one by one by
 * what its own steps made. What a step read stays readable until the run ends. Safe from several
 * threads. */
#ifndef VITRINE_PIPELINE_TABLES_H
#define VITRINE_PIPELINE_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/own.h"
#include "delta/delta.h"

struct error;
struct set;
struct store;
struct tables;

/* Borrows the store, `parquet` and the set for its lifetime. Owner: caller. */
int tables_new(struct store *store, const struct delta_parquet *parquet, const struct set *base,
	       struct tables **out, struct error *err);
void tables_free(struct tables *tables);
OWN_DEFINE(tables, tables_free)

/* The table's snapshot at the run's version: 1, or 0 when the run knows no such table. Borrowed
 * from `tables`. The first call for a version opens it. Fails as delta_snapshot_open(). */
int tables_get(struct tables *tables, const char *name, const struct delta_snapshot **out,
	       struct error *err);

/* From now on the table is at `version` of the log at `key`. `definition` as in set.h. */
int tables_put(struct tables *tables, const char *name, const char *key, int64_t version,
	       const char *definition, struct error *err);

/* What tables_put() changed against the base set, as changes for set_publish(). Borrowed. */
const struct set *tables_changes(const struct tables *tables);
/* The base set with the changes on top. Owner: caller. */
int tables_merge(const struct tables *tables, struct set **out, struct error *err);

#endif
