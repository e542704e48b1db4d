/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/db.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/error.h"

struct db_lock db_lock(struct catalog *catalog)
{
	pthread_mutex_lock(&catalog->lock);
	return (struct db_lock){&catalog->lock};
}

void db_lock_done(struct db_lock *lock)
{
	pthread_mutex_unlock(lock->mutex);
}

void db_statement_done(struct db_statement *statement)
{
	sqlite3_finalize(statement->stmt);
	statement->stmt = NULL;
}

static enum error_kind kind_of(int code)
{
	switch (code & 0xFF) {
	case SQLITE_CONSTRAINT:
		return code == SQLITE_CONSTRAINT_FOREIGNKEY ? ERR_NOT_FOUND : ERR_CONFLICT;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_NOMEM:
		return ERR_MEMORY;
	case SQLITE_FULL:
		return ERR_DISK_FULL;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return ERR_CORRUPT;
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_AUTH:
		return ERR_DENIED;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_PROTOCOL:
		return code == SQLITE_IOERR_NOMEM ? ERR_MEMORY : ERR_IO;
	default:
		return ERR_INTERNAL;
	}
}

/* SQLite calls only a failed write "full"; its side files can find no room, too. Of an open or a
 * sync that finds none it keeps no cause: these stay IO. */
static bool no_room(struct catalog *catalog)
{
	int code = catalog->db ? sqlite3_system_errno(catalog->db) : 0;
	return code == ENOSPC || code == EDQUOT;
}

int db_fail(struct catalog *catalog, int code, struct error *err)
{
	enum error_kind kind = kind_of(code);
	if (kind == ERR_IO && no_room(catalog))
		kind = ERR_DISK_FULL;
	if (kind == ERR_MEMORY)
		return err_memory(err);
	if (kind == ERR_NOT_FOUND)
		return err_set(err, kind, "no run of this id in \"%s\"", catalog->path);
	const char *text = catalog->db ? sqlite3_errmsg(catalog->db) : sqlite3_errstr(code);
	err_set(err, kind, "\"%s\": %s", catalog->path,
		kind == ERR_DISK_FULL ? sqlite3_errstr(SQLITE_FULL) : text);
	if (kind == ERR_CORRUPT)
		err_hint(err, "`vitrine catalog rebuild` moves it away and makes a new one from "
			      "what the lake says of its runs.");
	if (kind == ERR_BUSY)
		err_hint(err, "Another process writes to it; try again when it is done.");
	if (kind == ERR_IO)
		err_hint(err, "See whether its disk is full or fails; then run the command again.");
	return -1;
}

static int bind(sqlite3_stmt *stmt, int place, char type, va_list *args)
{
	if (type == 't') {
		const char *text = va_arg(*args, const char *);
		return text ? sqlite3_bind_text(stmt, place, text, -1, SQLITE_STATIC)
			    : sqlite3_bind_null(stmt, place);
	}
	int64_t number = va_arg(*args, int64_t);
	if ((type == 'n' && number < 0) || (type == 'z' && number == 0))
		return sqlite3_bind_null(stmt, place);
	return sqlite3_bind_int64(stmt, place, number);
}

static int prepare(struct catalog *catalog, struct db_statement *out, struct error *err,
		   const char *sql, const char *types, va_list *args)
{
	*out = (struct db_statement){.catalog = catalog};
	int code = sqlite3_prepare_v2(catalog->db, sql, -1, &out->stmt, NULL);
	if (code != SQLITE_OK)
		return db_fail(catalog, code, err);
	assert(sqlite3_bind_parameter_count(out->stmt) == (int)strlen(types));
	for (int place = 1; code == SQLITE_OK && types[place - 1]; place++)
		code = bind(out->stmt, place, types[place - 1], args);
	return code == SQLITE_OK ? 0 : db_fail(catalog, code, err);
}

int db_prepare(struct catalog *catalog, struct db_statement *out, struct error *err,
	       const char *sql, const char *types, ...)
{
	va_list args;
	va_start(args, types);
	int result = prepare(catalog, out, err, sql, types, &args);
	va_end(args);
	return result;
}

int db_step(struct db_statement *statement, struct error *err)
{
	int code = sqlite3_step(statement->stmt);
	if (code == SQLITE_ROW)
		return 1;
	return code == SQLITE_DONE ? 0 : db_fail(statement->catalog, code, err);
}

int db_run(struct catalog *catalog, struct error *err, const char *sql, const char *types, ...)
{
	HELD(db_statement) statement = {0};
	va_list args;
	va_start(args, types);
	int result = prepare(catalog, &statement, err, sql, types, &args);
	va_end(args);
	TRY(result);
	while ((result = db_step(&statement, err)) > 0)
		;
	return result < 0 ? result : sqlite3_changes(catalog->db);
}

int db_get_int(struct catalog *catalog, int64_t *out, struct error *err, const char *sql,
	       const char *types, ...)
{
	HELD(db_statement) statement = {0};
	va_list args;
	va_start(args, types);
	int result = prepare(catalog, &statement, err, sql, types, &args);
	va_end(args);
	TRY(result);
	int found = db_step(&statement, err);
	if (found <= 0)
		return found;
	*out = db_int(&statement, 0, 0);
	while ((result = db_step(&statement, err)) > 0) /* a write is done only at the end */
		;
	return result < 0 ? result : 1;
}

int db_execute(struct catalog *catalog, const char *sql, struct error *err)
{
	int code = sqlite3_exec(catalog->db, sql, NULL, NULL, NULL);
	return code == SQLITE_OK ? 0 : db_fail(catalog, code, err);
}

const char *db_text(const struct db_statement *statement, int column)
{
	return (const char *)sqlite3_column_text(statement->stmt, column);
}

int64_t db_int(const struct db_statement *statement, int column, int64_t otherwise)
{
	if (sqlite3_column_type(statement->stmt, column) == SQLITE_NULL)
		return otherwise;
	return sqlite3_column_int64(statement->stmt, column);
}

int db_row_check(const struct db_statement *statement, struct error *err)
{
	return sqlite3_errcode(statement->catalog->db) == SQLITE_NOMEM ? err_memory(err) : 0;
}
