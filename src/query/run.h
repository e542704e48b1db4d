/* SPDX-License-Identifier: Apache-2.0 */
/* run: one statement of a user, boxed, within limits, streamed out. Used by the command line, and
 * by the servers later.
 *
 * A watchdog thread beside the statement stops it at its deadline (TIMEOUT) and on Ctrl-C
 * (CANCELED, process_interrupted()). Memory and temporary disk are the engine's limits. */
#ifndef VITRINE_QUERY_RUN_H
#define VITRINE_QUERY_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "query/output.h"

struct error;
struct reader;

struct query_settings {
	enum output_format format;
	size_t width;       /* of the terminal that shows a table; 0 = none, nothing is cut */
	int64_t timeout_ms; /* 0 = none */
	int64_t rows_max;   /* show at most these; 0 = all */
	bool count_rest;    /* read to the end to say how many more rows there are */
};

struct query_outcome {
	int64_t rows;      /* shown */
	int64_t rows_more; /* beyond rows_max; -1 = some, not counted */
	int64_t duration_us;
};

/* Run `sql` over what `reader` shows and write its rows to `sink`. `out` may be NULL.
 * Fails: SYNTAX, UNDEFINED, QUERY (with line and column in `sql`), DENIED (the box), TIMEOUT,
 * CANCELED, LIMIT, DISK_FULL, MEMORY, as reader_prepare(), and what the sink says. */
int query_run(struct reader *reader, const char *sql, const struct query_settings *settings,
	      const struct output_sink *sink, struct query_outcome *out, struct error *err);

/* The part below it, for callers that read rows themselves: begin watching `session`, and stop. */
struct watchdog;
int watchdog_start(struct engine_session *session, int64_t timeout_ms, struct watchdog **out,
		   struct error *err);
/* 0, or the kind of error (ERR_TIMEOUT, ERR_CANCELED) for which it stopped the statement. */
int watchdog_verdict(struct watchdog *watchdog);
void watchdog_stop(struct watchdog *watchdog);
OWN_DEFINE(watchdog, watchdog_stop)

#endif
