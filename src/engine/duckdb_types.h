/* SPDX-License-Identifier: Apache-2.0 */
/* duckdb_types: Delta's types and DuckDB's, as each other. */
#ifndef VITRINE_ENGINE_DUCKDB_TYPES_H
#define VITRINE_ENGINE_DUCKDB_TYPES_H

#include <stdbool.h>
#include <stddef.h>

#include <duckdb.h>

struct error;
struct text;

enum { TYPE_SIZE = 64 }; /* a type's name that is not nested */

/* Add the SQL name of a Delta type, nested ones too ("STRUCT(\"a\" BIGINT)"). Times are TIMESTAMP.
 * Fails: UNSUPPORTED (with the column's name), MEMORY. */
int types_add_sql(const char *delta, const char *column, struct text *out, struct error *err);

/* The Delta type in which a column of a SELECT is written. Fails: UNSUPPORTED with the column's
 * name, and the cast to write as the hint. */
int types_of_result(duckdb_logical_type type, const char *column, char out[TYPE_SIZE],
		    struct error *err);

/* Add a type's SQL name, as DESCRIBE writes it: "DECIMAL(18,2)", "STRUCT(a INTEGER)[]". */
void types_add_name(duckdb_logical_type type, struct text *out);

#endif
