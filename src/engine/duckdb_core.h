/* SPDX-License-Identifier: Apache-2.0 */
/* duckdb_core: what the files of engine/ share: the instance, a session's connection, running a
 * statement, and DuckDB's errors as ours. Only engine/ includes this or <duckdb.h>.
 *
 * Every instance runs with errors_as_json, so that an error brings its kind and the byte position
 * within the statement that was sent; positions are mapped back to what the user wrote. */
#ifndef VITRINE_ENGINE_DUCKDB_CORE_H
#define VITRINE_ENGINE_DUCKDB_CORE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <duckdb.h>

#include "base/error.h"
#include "base/own.h"
#include "engine/engine.h"

struct array_table;
struct csv_table;
struct select_columns;
struct text;

struct engine {
	duckdb_database database;
	char version[32];
	atomic_uint sessions; /* opened so far: names their catalogs */
	pthread_mutex_t lock; /* of what follows */
	unsigned unordered;   /* statements running now that must not keep their input's order */
	struct csv_table *csv_tables; /* of all sessions; see csv_table.c */
	int64_t csv_tables_made;
	bool has_csv_function;
	struct array_table *array_tables; /* the same of array_table.c */
	int64_t array_tables_made;
	bool has_array_function;
};

struct session_relation { /* a table or view shown, and whether an alias may show it too */
	char *schema, *name;
};

struct session_alias {
	char *alias, *schema;
};

struct engine_session {
	struct engine *engine;
	duckdb_connection connection;
	char catalog[16]; /* "s17": an attached in-memory database */
	struct session_relation *relations;
	size_t relation_count, relation_capacity;
	struct session_alias *aliases;
	size_t alias_count, alias_capacity;
	bool streaming; /* a result is open */
	/* It has tables whose rows come in no order (csv_table): builds need not keep one, and only
	 * then does DuckDB read such a table on several threads. */
	bool unordered;
	atomic_bool interrupted; /* since the last public call began */
	/* The last SELECT described, so that building it next does not bind it twice. Forgotten
	 * whenever a name may have come to mean something else. */
	char *described_sql;
	struct select_columns *described;
	pthread_mutex_t lock; /* of what follows */
	bool has_failure;     /* a table failed while it was read, since the same */
	struct error failure;
};

/* Where the user's text lies within a statement that was sent. */
struct duckdb_place {
	const char *sql; /* what the user wrote; NULL = nothing in the statement is a user's */
	size_t offset;   /* of its first byte in the statement sent */
};

/* Fill `err` from what DuckDB said: kind, message, hint, and line and column within
 * `place->sql`. `place` may be NULL. Returns -1. */
int duckdb_error(const char *message, duckdb_error_type type, const struct duckdb_place *place,
		 struct error *err);

/* Begin a call that engine_session_interrupt() may stop, and ask between its statements whether it
 * did. Fails: CANCELED, USAGE (a result is open). */
int session_begin(struct engine_session *session, struct error *err);
int session_check(struct engine_session *session, struct error *err);

/* Tables read by our own code say why they failed here, from any thread; the first one counts. */
void session_note_failure(struct engine_session *session, const struct error *err);
/* Put such a reason, where there is one, in the place of what DuckDB made of it. Returns
 * `result`. */
int session_explain(struct engine_session *session, int result, struct error *err);
/* Whether the reason of a failure was lost: when one of DuckDB's threads fails it interrupts the
 * others, and now and then the interruption is what it tells, though nobody interrupted. Run the
 * statement again to hear why it failed, at most RUN_AGAIN_MAX times; then session_no_reason(). */
enum { RUN_AGAIN_MAX = 5 };
bool session_lost_reason(struct engine_session *session, const struct error *err);
int session_no_reason(struct error *err);
/* Forget the session's csv tables, and those of arrays. */
void csv_table_forget(struct engine_session *session);
void array_table_forget(struct engine_session *session);

/* Run one or several statements; their rows are dropped. */
int duckdb_run(duckdb_connection connection, const char *sql, const struct duckdb_place *place,
	       struct error *err);
/* The same, and the last statement's rows, to be destroyed by duckdb_destroy_result() on success
 * only. */
int duckdb_run_rows(duckdb_connection connection, const char *sql, const struct duckdb_place *place,
		    duckdb_result *out, struct error *err);

/* Whether a statement only reads: a SELECT and its like, or EXPLAIN of one (EXPLAIN ANALYZE runs
 * what stands behind it). The first is to be asked before preparing, since binding some statements
 * writes already; the second knows. Fails: DENIED; SYNTAX with its place. */
int duckdb_check_word(duckdb_connection connection, const char *sql, struct error *err);
int duckdb_check_reads(duckdb_connection connection, const char *sql,
		       duckdb_prepared_statement prepared, struct error *err);

/* Remember what was shown and show it under the aliases of its schema. */
int session_note_relation(struct engine_session *session, const char *schema, const char *name,
			  struct error *err);
/* Make a schema of the session's catalog when it is missing. */
int session_make_schema(struct engine_session *session, const char *schema, struct error *err);
/* Add "<catalog>"."<schema>"."<name>". */
void session_add_name(const struct engine_session *session, const char *schema, const char *name,
		      struct text *out);

/* The length of one statement without the semicolon, blanks and comments after it, so that it can
 * be put between parentheses. Knows quotes, dollar quotes and both kinds of comment. */
size_t sql_statement_length(const char *sql);

#endif
