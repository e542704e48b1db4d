/* SPDX-License-Identifier: Apache-2.0 */
/* bind_session: sessions of the engine in which SELECTs are only held against columns: their tables
 * have columns and no rows, and nothing is optimized. As many as steps are bound side by side; each
 * is used again for the next step, so that a table is shown once and not once a reader.
 *
 * A name means one table to all steps of a run: dependencies_resolve() has found every table that a
 * text names, and what it found in `delivery` cannot be hidden by what another step reads. */
#ifndef VITRINE_PIPELINE_BIND_SESSION_H
#define VITRINE_PIPELINE_BIND_SESSION_H

#include <pthread.h>

#include "pipeline/run_state.h"

struct delta_schema;
struct map;

struct bind_session {
	struct engine_session *engine;
	struct map *shown; /* full names; "vitrine.run" */
	struct bind_session *next;
};

struct bind_pool {
	const struct run_state *state;
	struct bind_session *free; /* those that nobody uses */
	pthread_mutex_t lock;
};

void bind_pool_init(struct bind_pool *pool, const struct run_state *state);
/* Nobody may hold one of its sessions any more. */
void bind_pool_done(struct bind_pool *pool);
OWN_DEFINE_EMBEDDED(bind_pool, bind_pool_done)

/* A session for one thread, until it is given back. Fails: as engine_session_open(). */
int bind_pool_take(struct bind_pool *pool, struct bind_session **out, struct error *err);
void bind_pool_give(struct bind_pool *pool, struct bind_session *session);

/* Show a table by its full name, and vitrine.run, unless the session has them already.
 * Fails: UNSUPPORTED (a column type that we cannot read), MEMORY. */
int bind_session_show(struct bind_session *session, const char *name,
		      const struct delta_schema *columns, struct error *err);
int bind_session_show_run(struct bind_session *session, const struct run_state *state,
			  struct error *err);

/* The text of a check's SELECT so that it can stand in parentheses; none when it has nothing to ask
 * for. Fails: MEMORY. */
int bind_check_text(const struct check *check, const char *table, struct text *out,
		    struct error *err);
/* Bind the SQL of all checks about a table, which the session shows. Fails: with the place of the
 * first that cannot be bound (QUERY, ...). Cost: one statement for all, one each when that fails.
 */
int bind_checks(struct bind_session *session, const struct run_state *state,
		const struct run_table *table, struct error *err);

#endif
