/* SPDX-License-Identifier: Apache-2.0 */
/* csv_table: a landed file as a table of a session, read by our own reader (csv/) into DuckDB's
 * vectors.
 *
 * The table has the load's columns and behind them `_line` and `_offset` (BIGINT). Every statement
 * over it reads the file from its beginning and the load's counts start anew, so counts are to be
 * read after a statement that read every row. Rows come in no certain order. */
#ifndef VITRINE_ENGINE_CSV_TABLE_H
#define VITRINE_ENGINE_CSV_TABLE_H

#include "engine/engine.h"

struct csv_load;
struct error;

/* Show the file as "<schema>.<name>". Borrows `load` until the session is closed. A failure while
 * reading (also of the load's reject function) fails the statement with that same error. */
int engine_session_add_csv(struct engine_session *session, const char *schema, const char *name,
			   struct csv_load *load, struct error *err);

/* Many small files as one table: they are read one after the other, by one thread, in this order,
 * and a last column `_file` says each row's `names[i]`. All loads have the same columns. A failure
 * names the file. Borrows the loads and the names, not the arrays, as above. */
int engine_session_add_csvs(struct engine_session *session, const char *schema, const char *name,
			    struct csv_load *const *loads, const char *const *names, size_t count,
			    struct error *err);

#endif
