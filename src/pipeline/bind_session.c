/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/bind_session.h"

#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "engine/engine.h"

/* ---- the pool ---- */

static void bind_session_free(struct bind_session *session)
{
	if (!session)
		return;
	engine_session_close(session->engine);
	map_free(session->shown);
	free(session);
}
OWN_DEFINE(bind_session, bind_session_free)

void bind_pool_init(struct bind_pool *pool, const struct run_state *state)
{
	*pool = (struct bind_pool){.state = state};
	pthread_mutex_init(&pool->lock, NULL);
}

void bind_pool_done(struct bind_pool *pool)
{
	while (pool->free) {
		struct bind_session *session = pool->free;
		pool->free = session->next;
		bind_session_free(session);
	}
	pthread_mutex_destroy(&pool->lock);
}

static int open_session(const struct run_state *state, struct bind_session **out, struct error *err)
{
	OWNED(bind_session) *session = mem_alloc(sizeof *session);
	if (!session || !(session->shown = map_new()))
		return err_memory(err);
	TRY(run_new_session(state, &session->engine, err));
	TRY(engine_session_only_describes(session->engine, err));
	*out = TAKE(session);
	return 0;
}

int bind_pool_take(struct bind_pool *pool, struct bind_session **out, struct error *err)
{
	pthread_mutex_lock(&pool->lock);
	*out = pool->free;
	if (*out)
		pool->free = (*out)->next;
	pthread_mutex_unlock(&pool->lock);
	return *out ? 0 : open_session(pool->state, out, err);
}

void bind_pool_give(struct bind_pool *pool, struct bind_session *session)
{
	pthread_mutex_lock(&pool->lock);
	session->next = pool->free;
	pool->free = session;
	pthread_mutex_unlock(&pool->lock);
}

/* ---- tables ---- */

int bind_session_show(struct bind_session *session, const char *name,
		      const struct delta_schema *columns, struct error *err)
{
	const char *dot = strchr(name, '.');
	if (map_find(session->shown, name) >= 0)
		return 0;
	OWNED_MEMORY char *database = mem_copy_bytes(name, (size_t)(dot - name));
	if (!database)
		return err_memory(err);
	TRY(engine_session_add_columns(session->engine, database, dot + 1, columns, err));
	return map_put(session->shown, name, NULL, err);
}

int bind_session_show_run(struct bind_session *session, const struct run_state *state,
			  struct error *err)
{
	if (map_find(session->shown, "vitrine.run") >= 0)
		return 0;
	TRY(run_show_run(state, session->engine, err));
	return map_put(session->shown, "vitrine.run", NULL, err);
}
