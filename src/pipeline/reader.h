/* SPDX-License-Identifier: Apache-2.0 */
/* reader: a project's tables as they were published, for whoever asks in SQL.
 *
 * A reader reads one published set: all its statements see the same versions, however long it
 * lives. Only what a statement mentions is shown to the engine, since each table costs one reading
 * of its log. Besides the lake's tables there are landing.<source> (the files of a source's table
 * as they came, all text, with _file and _line) and schema vitrine (files, rejects, runs, ...).
 * Aliases of databases resolve; names without one are looked up in delivery, then in processing.
 * A target that `reads:` another one shows the other's tables where its own set lacks them. */
#ifndef VITRINE_PIPELINE_READER_H
#define VITRINE_PIPELINE_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/own.h"
#include "engine/sql.h"

struct context;
struct engine_session;
struct error;
struct reader;
struct set;

struct reader_settings {
	int64_t set;    /* this published set; -1 = the newest */
	const char *at; /* the set that was the newest at this time; NULL = now */
	/* What this run built and did not publish takes the place of the published tables: a run
	 * as catalog_runs_find() knows it; NULL = none. */
	const char *candidate;
};

/* Owner: caller, until reader_close(); borrows the context. `settings` NULL = the newest set.
 * Fails: NOT_FOUND (no such set, run or kept build), USAGE (a time that is none), as
 * set_read_newest() does. Cost: one list, one get; the engine is not started. */
int reader_open(struct context *context, const struct reader_settings *settings,
		struct reader **out, struct error *err);
void reader_close(struct reader *reader);
OWN_DEFINE(reader, reader_close)

/* The set that is read. Borrowed. */
const struct set *reader_set(const struct reader *reader);

/* A statement that may run: `sql` in `session`, both borrowed. */
struct reader_query {
	const struct reader *reader; /* borrowed too */
	struct engine_session *session;
	const char *sql;
	bool is_plan; /* EXPLAIN: its one row is a drawing */
	struct sql_statement *statement;
	struct sql_rewritten rewritten;
};

void reader_query_done(struct reader_query *query);
OWN_DEFINE_EMBEDDED(reader_query, reader_query_done)

/* Parse, hold against the box, show the tables it mentions, rewrite their names. Owner of `out`:
 * caller, until reader_query_done(). Fails: as sql_parse() and box_check(); NOT_FOUND (a version
 * or time at which the table was not there); CORRUPT, IO of a table, with its place. */
int reader_prepare(struct reader *reader, const char *sql, struct reader_query *out,
		   struct error *err);
/* An error of running the query, about what the person wrote. Returns -1. */
int reader_query_error(const struct reader_query *query, struct error *err);

#endif
