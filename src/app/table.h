/* SPDX-License-Identifier: Apache-2.0 */
/* table: rows of named, typed cells, shown to people as aligned columns and to programs as
 * {"rows": [...]}. Cells are added left to right; a row is complete when every column has its cell.
 * As with struct text, a refused allocation is remembered and reported once, by table_print(). */
#ifndef VITRINE_APP_TABLE_H
#define VITRINE_APP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/own.h"

struct app;
struct error;
struct table;

enum table_type {                /* what people see      | JSON */
		  TABLE_TEXT,    /* as it is             | string */
		  TABLE_NUMBER,  /* 1234                 | number */
		  TABLE_COUNT,   /* 1,234                | number */
		  TABLE_DECIMAL, /* a decimal's own text | string */
		  TABLE_BOOLEAN, /* yes, no              | true, false */
		  TABLE_TIME,    /* civil, app's zone    | ISO 8601 in UTC; cells in microseconds */
		  TABLE_SPAN, /* 1.2 s                | seconds as a number; cells in microseconds
			       */
		  TABLE_BYTES /* 1.5 MiB              | number */
};

/* NULL when memory is refused. Owner: caller. */
struct table *table_new(void);
void table_free(struct table *table);
OWN_DEFINE(table, table_free)

/* All columns first. `name` must outlive the table; it is the heading and the JSON key. */
void table_add_column(struct table *table, const char *name, enum table_type type);
/* The same, but people do not see it while all its cells are NULL. */
void table_add_column_if_any(struct table *table, const char *name, enum table_type type);
/* The next cell; the text is copied, NULL is SQL NULL. For TEXT and DECIMAL. */
void table_add_text(struct table *table, const char *text);
/* For all other types; `table_add_null` for any. */
void table_add_int(struct table *table, int64_t value);
void table_add_null(struct table *table);
/* A number that is not known is below 0 and becomes NULL. */
void table_add_known(struct table *table, int64_t value);

size_t table_row_count(const struct table *table);

/* Print to `out` as `app` asks. Of no rows people see nothing, programs {"rows": []}. Control
 * characters in texts are shown as escapes, so that data cannot steer a terminal. On a terminal too
 * narrow for the rows long texts are cut off with "…"; in a file or a pipe nothing ever is.
 * Fails: MEMORY (also of any earlier addition). */
int table_print(const struct table *table, const struct app *app, FILE *out, struct error *err);

/* "1.5 MiB"; "1,234,567". */
enum { TABLE_NUMBER_SIZE = 32 };
const char *table_format_bytes(int64_t bytes, char out[TABLE_NUMBER_SIZE]);
const char *table_format_count(int64_t count, char out[TABLE_NUMBER_SIZE]);
/* "s" behind a noun, but for one. */
static inline const char *table_plural(int64_t count)
{
	return count == 1 ? "" : "s";
}

#endif
