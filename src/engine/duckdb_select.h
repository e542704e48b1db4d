/* SPDX-License-Identifier: Apache-2.0 */
/* duckdb_select: the columns that a SELECT gives, and what each must go through to be stored in a
 * column of a table. */
#ifndef VITRINE_ENGINE_DUCKDB_SELECT_H
#define VITRINE_ENGINE_DUCKDB_SELECT_H

#include <stddef.h>

#include <duckdb.h>

#include "base/own.h"
#include "delta/delta.h"
#include "engine/duckdb_types.h"

struct engine_session;
struct error;
struct text;

struct select_column {
	char *name;
	duckdb_type id;
	int width, scale; /* of a DECIMAL */
	char *sql_type;
	char *delta; /* as it would be stored by itself */
};

struct select_columns {
	struct select_column *items;
	size_t count;
};

void select_columns_free(struct select_columns *columns);
OWN_DEFINE(select_columns, select_columns_free)

/* `*out` is borrowed from the session until it shows, runs or describes anything else.
 * Fails: as binding the statement does, with line and column in `sql`; QUERY (no SELECT, a type
 * that no table holds, two columns of one name, a column without a name that tables may have). */
int select_describe(struct engine_session *session, const char *sql,
		    const struct select_columns **out, struct error *err);
void select_forget(struct engine_session *session);

/* Add the expression that stores column `from`, which the statement around it calls c<place>, as
 * Delta type `type`. What would lose anything of a value fails when the value comes: the message
 * has the column and the value. A value that is not stored but names a partition keeps its civil
 * time. Fails: QUERY (no cast is taken for granted between the two; the hint says what to write),
 * UNSUPPORTED. */
int select_add_cast(const struct select_column *from, size_t place, const char *type,
		    bool is_partition, struct text *sql, struct error *err);

#endif
