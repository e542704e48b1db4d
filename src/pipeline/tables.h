/* SPDX-License-Identifier: Apache-2.0 */
/* tables: the versions that a run reads: those of the set it started from, replaced one by one by
 * what its own steps made; what our own lake lacks, as the other lake had published it when the run
 * started (other_lake.h). What a step read stays readable until the run ends. Safe from several
 * threads. */
#ifndef VITRINE_PIPELINE_TABLES_H
#define VITRINE_PIPELINE_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/own.h"
#include "delta/delta.h"

struct error;
struct project;
struct set;
struct store;
struct tables;

/* Borrows the project, the store, `parquet` and the set for its lifetime, and opens the other lake.
 * Owner: caller. */
int tables_new(const struct project *project, struct store *store,
	       const struct delta_parquet *parquet, const struct set *base, struct tables **out,
	       struct error *err);
void tables_free(struct tables *tables);
OWN_DEFINE(tables, tables_free)

/* The table's snapshot at the run's version: 1, or 0 when our lake has no such table. Borrowed
 * from `tables`. The first call for a version opens it. Fails as delta_snapshot_open(). */
int tables_get(struct tables *tables, const char *name, const struct delta_snapshot **out,
	       struct error *err);

/* A table as a step reads it. */
struct table_input {
	const struct delta_snapshot *snapshot; /* borrowed from `tables` */
	struct store *store;                   /* where its files lie */
	const char *lake;                      /* NULL = our own; else the other one's place */
	const char *target;                    /* NULL; else whose lake that is: "prod" */
};

/* As tables_get(), and what our lake lacks from the other one: 1, or 0 when neither has it. */
int tables_get_input(struct tables *tables, const char *name, struct table_input *out,
		     struct error *err);
/* What the other lake has published; NULL when there is none. Borrowed. */
const struct set *tables_other(const struct tables *tables);

/* A version of the table at `key`, whatever the run reads of it. Borrowed from `tables`, which
 * opens it once. Fails as delta_snapshot_open(). */
int tables_open(struct tables *tables, const char *key, int64_t version,
		const struct delta_snapshot **out, struct error *err);

/* From now on the table is at `version` of the log at `key`. `definition` as in set.h. */
int tables_put(struct tables *tables, const char *name, const char *key, int64_t version,
	       const char *definition, struct error *err);

/* What tables_put() changed against the base set, as changes for set_publish(). Borrowed. */
const struct set *tables_changes(const struct tables *tables);
/* The base set with the changes on top. Owner: caller. */
int tables_merge(const struct tables *tables, struct set **out, struct error *err);

#endif
