/* SPDX-License-Identifier: Apache-2.0 */
/* engine: what runs SQL: DuckDB here, Spark on a cluster later.
 *
 * An engine never commits. It reads tables as explicit lists of files, and writes Parquet files
 * into a folder that the caller names; the one writer (pipeline/) commits them to a Delta table.
 * Civil times are stored as Delta `timestamp` labelled UTC and appear in SQL as TIMESTAMP with the
 * same digits (make_timestamptz / make_timestamp on the microseconds; no time zone is consulted).
 */
#ifndef VITRINE_ENGINE_ENGINE_H
#define VITRINE_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "delta/delta.h"

struct error;
struct store;
struct engine;
struct engine_session;

struct engine_settings {
	int threads;             /* 0 = all of this process's processors */
	int64_t memory_bytes;    /* 0 = three quarters of the machine's */
	const char *temporary;   /* folder for spilling; made when missing */
	int64_t temporary_bytes; /* the most it may hold; 0 = no bound of ours */
	/* Absolute folders below which SQL may read and write files (the lake, its staging, the
	 * cache), ended by NULL; NULL = no such bound. The second wall: the first is the box. */
	const char *const *folders;
};

/* Start the engine, locked down: no extension is loaded or fetched, no configuration can change.
 * Cost: about 15 ms. Owner: caller, until engine_close(). Fails: MEMORY, IO, INTERNAL, UNSUPPORTED
 * (a DuckDB that engine_check_version() refuses). */
int engine_open(const struct engine_settings *settings, struct engine **out, struct error *err);
void engine_close(struct engine *engine);
OWN_DEFINE(engine, engine_close)
const char *engine_version(const struct engine *engine); /* "duckdb 1.5.6", for fingerprints */
/* The same without an engine: of the library this program runs with. Static text. */
const char *engine_library_version(void);
/* Whether a library that calls itself so ("duckdb 1.5.6") may be used: 1.5.5 or a later 1.5. Older
 * ones follow links out of the folders that they are locked to; of newer ones nobody has shown that
 * their tree of a statement has the shape that sql.h reads. Fails: UNSUPPORTED. */
int engine_check_version(const char *version, struct error *err);

/* The Parquet half of Delta checkpoints. Borrows the engine. */
void engine_fill_parquet(struct engine *engine, struct delta_parquet *out);

/* ---- sessions: one connection, one catalog of views, one thread at a time ---- */

/* Owner: caller, until engine_session_close(). */
int engine_session_open(struct engine *engine, struct engine_session **out, struct error *err);
void engine_session_close(struct engine_session *session);
OWN_DEFINE(engine_session, engine_session_close)

/* Show a version of a Delta table as "<schema>.<name>" in this session: a view that names every
 * column over the snapshot's explicit file list (files that lack a newer column read NULL there;
 * partition columns come from the log; no file = no rows, with the right types).
 * `store` gives the files' local paths. Fails: UNSUPPORTED (a column type we cannot read),
 * CORRUPT (a data file is gone), IO, MEMORY. Cost: about 1 ms and one stat a file; no file is
 * opened. */
int engine_session_add_table(struct engine_session *session, const char *schema, const char *name,
			     struct store *store, const struct delta_snapshot *snapshot,
			     struct error *err);
/* Show a table of these columns that never has rows as "<schema>.<name>", for who only describes
 * what reads it: to bind a reference to it costs half of what one to a version without files does.
 * Fails: UNSUPPORTED (a column type we cannot read), MEMORY. */
int engine_session_add_columns(struct engine_session *session, const char *schema, const char *name,
			       const struct delta_schema *columns, struct error *err);
/* From now on the session's statements are bound and not optimized: for one that describes and
 * never runs any. */
int engine_session_only_describes(struct engine_session *session, struct error *err);
/* Show `sql` (one SELECT over what the session has) as "<schema>.<name>". */
int engine_session_add_view(struct engine_session *session, const char *schema, const char *name,
			    const char *sql, struct error *err);
/* Make "<alias>" another name for the whole of "<schema>", for lookup only: for the tables and
 * views shown so far and those still to come. */
int engine_session_add_alias(struct engine_session *session, const char *alias, const char *schema,
			     struct error *err);
/* Show rows given as texts as "<schema>.<name>", held in memory. `types` are SQL names ("BIGINT",
 * "TIMESTAMP"); `values` are row after row, NULL = SQL NULL. Fails: QUERY (a text that its type
 * does not take), MEMORY. */
struct engine_rows {
	const char *schema, *name;
	size_t column_count, row_count;
	const char *const *names, *const *types;
	const char *const *values;
};
int engine_session_add_rows(struct engine_session *session, const struct engine_rows *rows,
			    struct error *err);
/* Unqualified names are looked up in these schemas in turn (made when missing); NULL-terminated. */
int engine_session_set_path(struct engine_session *session, const char *const *schemas,
			    struct error *err);
/* Run statements of our own making (never a user's). */
int engine_session_execute(struct engine_session *session, const char *sql, struct error *err);

/* Stop what the session runs, from any thread; the statement fails with CANCELED. */
void engine_session_interrupt(struct engine_session *session);
/* Whether it was asked to stop since its last statement began: for work between statements. */
bool engine_session_is_interrupted(struct engine_session *session);
/* From now on it is counted how far its statements are. Cost: about a twentieth of all processor
 * time, so only for who shows it. */
int engine_session_count_progress(struct engine_session *session, struct error *err);
/* Share of the running statement that is done, 0 to 100; -1 = not known, or not counted. From any
 * thread. */
double engine_session_progress(struct engine_session *session);

/* ---- building ---- */

struct engine_file {            /* one Parquet file written aside */
	char *path;             /* on this machine */
	struct delta_file file; /* path = the file's name; statistics that are safe to prune by */
};

struct engine_output {
	struct engine_file *files;
	size_t count;
	int64_t rows;
	struct delta_schema schema; /* Delta types of the columns written */
};

void engine_output_done(struct engine_output *output);
OWN_DEFINE_EMBEDDED(engine_output, engine_output_done)

struct engine_build {
	const char *sql;        /* one SELECT, runnable as it stands in the session */
	const char *out_folder; /* where the files go; must exist */
	const struct delta_schema
		*schema; /* cast to these types and this order; NULL = as they come */
	const char *const *partition_columns; /* NULL-terminated or NULL */
	int64_t file_bytes;                   /* start a new file about here; 0 = 128 MiB */
};

/* The Delta types that building `sql` without a schema would give. Fails as the build does, but
 * reads no rows. */
int engine_session_describe(struct engine_session *session, const char *sql,
			    struct delta_schema *out, struct error *err);

/* Run a SELECT and write its rows as Parquet (zstd). HUGEINT becomes long (the step fails when a
 * value does not fit), unsigned types the next wider; UUID, ENUM, TIME, INTERVAL, TIMESTAMP_NS,
 * nested types are refused with the column's name and the cast to write. A cast to `schema` that
 * would lose digits fails with the column and a value. No rows = no file. Columns of `schema` and
 * of the SELECT must be the same by name. A failure leaves no file behind.
 * Fails: QUERY (with line and column within `sql` when known), CANCELED, LIMIT, DISK_FULL, MEMORY.
 */
int engine_session_build(struct engine_session *session, const struct engine_build *build,
			 struct engine_output *out, struct error *err);

/* Show files built aside as "<schema>.<name>" in this session, with what is there already: the rows
 * of `base` (NULL = none) and those of every output. So a candidate is looked at before it is
 * committed. `schema` is the new version's; files that lack a column of it read NULL there. */
int engine_session_add_output(struct engine_session *session, const char *schema, const char *name,
			      struct store *store, const struct delta_snapshot *base,
			      const struct delta_schema *columns,
			      struct engine_output *const *outputs, size_t output_count,
			      struct error *err);

/* ---- results ---- */

/* A result that is streamed: rows are fetched chunk by chunk and never held as a whole. */
struct engine_result;

/* Prepare and start one statement that reads: a SELECT, or DESCRIBE, SUMMARIZE, SHOW, or EXPLAIN of
 * one. Owner: caller, until engine_result_close(); the session can run nothing else until then.
 * Fails: DENIED (any other statement), QUERY, ... */
int engine_session_query(struct engine_session *session, const char *sql,
			 struct engine_result **out, struct error *err);
void engine_result_close(struct engine_result *result);
OWN_DEFINE(engine_result, engine_result_close)

enum engine_type {
	ENGINE_BOOLEAN,
	ENGINE_INTEGER, /* of any width up to 128 bits */
	ENGINE_DOUBLE,
	ENGINE_DECIMAL,
	ENGINE_TEXT,
	ENGINE_BINARY,
	ENGINE_DATE,
	ENGINE_TIMESTAMP,
	ENGINE_OTHER /* as DuckDB prints it */
};

size_t engine_result_column_count(const struct engine_result *result);
const char *engine_result_column_name(const struct engine_result *result, size_t column);
enum engine_type engine_result_column_type(const struct engine_result *result, size_t column);
/* The type's SQL name: "DECIMAL(18,2)". */
const char *engine_result_column_sql_type(const struct engine_result *result, size_t column);

/* Step to the next row: 1, 0 at the end, negative on failure (CANCELED, TIMEOUT, QUERY, ...). */
int engine_result_next(struct engine_result *result, struct error *err);
/* The current row's value as text ("2018-01-02 03:04:05", "12.30", "true"), valid until the next
 * step; NULL = SQL NULL. `out_len` may be NULL. */
const char *engine_result_text(struct engine_result *result, size_t column, size_t *out_len);
int64_t engine_result_int(struct engine_result *result, size_t column);   /* 0 for NULL and for
									      what does not fit */
double engine_result_double(struct engine_result *result, size_t column); /* 0 for NULL */
bool engine_result_is_null(struct engine_result *result, size_t column);

#endif
