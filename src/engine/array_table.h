/* SPDX-License-Identifier: Apache-2.0 */
/* array_table: rows that lie in arrays of this program (what a recommender found) as a table of a
 * session: DuckDB reads them in place, a chunk at a time, in the order of the rows.
 *
 * What is not known is NULL: NaN of a number, INT32_MIN, INT64_MIN, ENGINE_ARRAY_NONE of a text. */
#ifndef VITRINE_ENGINE_ARRAY_TABLE_H
#define VITRINE_ENGINE_ARRAY_TABLE_H

#include "engine/engine.h"

struct error;

#define ENGINE_ARRAY_NONE UINT32_MAX

enum engine_array_type {
	ENGINE_ARRAY_INTEGER, /* int32_t: INTEGER */
	ENGINE_ARRAY_BIGINT,  /* int64_t: BIGINT */
	ENGINE_ARRAY_DOUBLE,  /* double: DOUBLE */
	ENGINE_ARRAY_FLOAT,   /* float: DOUBLE */
	ENGINE_ARRAY_TEXT     /* uint32_t, the number of a text: VARCHAR */
};

struct engine_array {
	const char *name;
	enum engine_array_type type;
	const void *values; /* one a row; NULL, of texts: the number of the row */
	/* ENGINE_ARRAY_TEXT: the text of a number, borrowed while the table is read; from any
	 * thread. */
	const char *(*text)(const void *context, uint32_t number, size_t *out_len);
	const void *context;
};

/* Show the rows as "<schema>.<name>". The columns are copied, what they point to is borrowed until
 * the session is closed. Fails: as engine_session_add_view(). */
int engine_session_add_arrays(struct engine_session *session, const char *schema, const char *name,
			      const struct engine_array *columns, size_t column_count,
			      size_t row_count, struct error *err);

#endif
