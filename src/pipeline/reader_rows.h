/* SPDX-License-Identifier: Apache-2.0 */
/* reader_rows: a table of schema vitrine being made: its columns first, then its values in turn. */
#ifndef VITRINE_PIPELINE_READER_ROWS_H
#define VITRINE_PIPELINE_READER_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "catalog/tables.h"

struct arena;
struct engine_session;
struct error;
struct reader;

enum { READER_COLUMNS_MAX = 24 };

struct reader_rows {
	struct arena *arena; /* where the texts live */
	const char *names[READER_COLUMNS_MAX], *types[READER_COLUMNS_MAX];
	size_t column_count;
	const char **values;
	size_t count, capacity;
};

void reader_rows_done(struct reader_rows *rows);
OWN_DEFINE_EMBEDDED(reader_rows, reader_rows_done)

/* `type` is an SQL name and must outlive `rows`; the name is copied. */
int reader_rows_column(struct reader_rows *rows, const char *name, const char *type,
		       struct error *err);
/* All columns of a table as the catalog describes it. */
int reader_rows_columns(struct reader_rows *rows, const struct catalog_table_column *columns,
			struct error *err);
/* The next value; a text is copied, NULL is NULL. Fails: LIMIT (more than CATALOG_ROWS_MAX rows),
 * MEMORY. */
int reader_rows_add(struct reader_rows *rows, const char *value, struct error *err);
int reader_rows_add_int(struct reader_rows *rows, int64_t value, struct error *err);
/* An instant, as civil time in the zone. */
int reader_rows_add_time(struct reader_rows *rows, int64_t us, const char *zone, struct error *err);
int reader_rows_show(const struct reader_rows *rows, struct engine_session *session,
		     const char *schema, const char *name, struct error *err);

/* The SQL name of a Delta type: "VARCHAR" for "string"; others as they are. */
const char *reader_sql_type(const char *delta_type);

/* vitrine.tables and vitrine.columns. */
int reader_fill_tables(struct reader *reader, struct reader_rows *rows, struct error *err);
int reader_fill_columns(struct reader *reader, struct reader_rows *rows, struct error *err);

/* Tables of schema vitrine besides catalog_tables (their `sql` is NULL); one of either by name,
 * NULL = none. */
extern const struct catalog_table reader_vitrine_tables[];
const struct catalog_table *reader_vitrine_table(const char *name);

#endif
