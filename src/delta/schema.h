/* SPDX-License-Identifier: Apache-2.0 */
/* schema: a table's columns as the log writes them: JSON within a string ("schemaString"). */
#ifndef VITRINE_DELTA_SCHEMA_H
#define VITRINE_DELTA_SCHEMA_H

#include "delta/delta.h"

/* `out` starts as {0}. Fails: CORRUPT, LIMIT (COLUMNS_MAX), MEMORY. */
int delta_schema_parse(const char *schema_string, struct delta_schema *out, struct error *err);
/* Add the JSON text, not yet quoted as a string. */
void delta_schema_write(const struct delta_schema *schema, struct text *out);
/* Whether we may write this schema: some column, names that differ by more than case, types that
 * need no table feature. Fails: USAGE, UNSUPPORTED (by the type's name). */
int delta_schema_check(const struct delta_schema *schema, struct error *err);
/* The column of that name, or NULL. Names are compared without regard to case. */
const struct delta_column *delta_schema_find(const struct delta_schema *schema, const char *name);

#endif
