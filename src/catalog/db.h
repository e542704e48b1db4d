/* SPDX-License-Identifier: Apache-2.0 */
/* db: what the files of this folder share: statements with bound values, SQLite's errors as ours.
 * Every function here is called with the catalog's lock held (db_lock). */
#ifndef VITRINE_CATALOG_DB_H
#define VITRINE_CATALOG_DB_H

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "base/own.h"

struct error;

struct catalog {
	sqlite3 *db;
	char *path;
	pthread_mutex_t lock; /* recursive: held through a transaction */
	int depth;            /* of nested catalog_begin() */
	bool doomed;          /* an inner part failed: nothing of the transaction stays */
};

struct db_statement {
	struct catalog *catalog;
	sqlite3_stmt *stmt;
};
void db_statement_done(struct db_statement *statement);
OWN_DEFINE_EMBEDDED(db_statement, db_statement_done)

/* Hold the lock until the block ends: `HELD(db_lock) lock = db_lock(catalog);` */
struct db_lock {
	pthread_mutex_t *mutex;
};
struct db_lock db_lock(struct catalog *catalog);
void db_lock_done(struct db_lock *lock);
OWN_DEFINE_EMBEDDED(db_lock, db_lock_done)

/* Turn SQLite's result code into an error of ours, with SQLite's text. */
int db_fail(struct catalog *catalog, int code, struct error *err);

/* Prepare `sql` and bind its parameters in order, one letter of `types` each: t text (const char *,
 * NULL = NULL; it must live as long as the statement), i int64_t, n int64_t where negative = NULL,
 * z int64_t where 0 = NULL. */
int db_prepare(struct catalog *catalog, struct db_statement *out, struct error *err,
	       const char *sql, const char *types, ...);
/* 1 = a row stands, 0 = the end, negative = failure. */
int db_step(struct db_statement *statement, struct error *err);
/* Prepare, bind and run to the end. Returns the number of rows changed. */
int db_run(struct catalog *catalog, struct error *err, const char *sql, const char *types, ...);
/* 1 and the first column of the first row as a number, 0 when there is no row. Runs to the end. */
int db_get_int(struct catalog *catalog, int64_t *out, struct error *err, const char *sql,
	       const char *types, ...);
/* Statements without parameters. */
int db_execute(struct catalog *catalog, const char *sql, struct error *err);

/* Column of the row that stands; a NULL gives NULL, or `otherwise`. Text lives until db_step().
 * A refused allocation gives NULL, too: db_row_check() after the last column tells. */
const char *db_text(const struct db_statement *statement, int column);
int64_t db_int(const struct db_statement *statement, int column, int64_t otherwise);
int db_row_check(const struct db_statement *statement, struct error *err);

#endif
