/* SPDX-License-Identifier: Apache-2.0 */
/* box: what a person's SQL may do before DuckDB sees it.
 *
 * The box works on the parsed tree, by lists of what is allowed, never of what is forbidden: one
 * SELECT-like statement, tables of the catalog, functions of functions.def, node types it knows.
 * DuckDB's own locks are the second wall, file permissions the third. */
#ifndef VITRINE_ENGINE_BOX_H
#define VITRINE_ENGINE_BOX_H

#include "engine/sql.h"

/* Whether the statement may run. Fails, with line and column and a message for people: DENIED (a
 * function, a table function, a node or a catalog that is not allowed; a file as a table; also a
 * misspelt function, which no list tells from a refused one: the hint is the nearest that may be
 * called), UNDEFINED (a table that the catalog lacks; the nearest name is the hint). sql_parse()
 * has refused other kinds of statements already. */
int box_check(const struct sql_statement *statement, const struct sql_catalog *catalog,
	      struct error *err);

/* Whether a scalar, aggregate or window function may be called. */
bool box_allows_function(const char *name);

#endif
