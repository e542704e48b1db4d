/* SPDX-License-Identifier: Apache-2.0 */
/* tables: the catalog as SQL sees it: schema `vitrine`, tables runs, steps, check_results, logs and
 * freshness. The engine's snapshot makes real tables of them. */
#ifndef VITRINE_CATALOG_TABLES_H
#define VITRINE_CATALOG_TABLES_H

#include <stddef.h>

struct catalog;
struct error;

struct catalog_table_column {
	const char *name;
	const char *type; /* of DuckDB: VARCHAR, BIGINT, TIMESTAMP, DOUBLE */
	const char *description;
};

struct catalog_table {
	const char *name, *description;
	const struct catalog_table_column *columns; /* ended by a row without a name */
	const char *sql; /* in the order of `columns`; times as microseconds UTC */
};

/* All of them; ended by a row without a name. */
extern const struct catalog_table catalog_tables[];

/* One row as text, NULL = SQL NULL; 0 goes on, 1 stops, negative fails. */
typedef int catalog_each_row(void *context, const char *const *values, size_t count,
			     struct error *err);

/* The rows of a table, at most the newest CATALOG_ROWS_MAX of limits.h; times as civil time in the
 * IANA `zone` ("2026-11-24 10:05:09.123456"). Fails: UNDEFINED (no such table), BUSY, IO,
 * CORRUPT, MEMORY, and what `each` fails with. */
int catalog_query_rows(struct catalog *catalog, const char *table, const char *zone,
		       catalog_each_row *each, void *context, struct error *err);

#endif
