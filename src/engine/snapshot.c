/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/snapshot.h"

#include "base/error.h"
#include "delta/delta.h"
#include "engine/duckdb_core.h"

int snapshot_add_table(struct engine_session *session, struct store *store,
		       const struct snapshot_table *table, struct error *err)
{
	struct delta_parquet parquet;
	OWNED(delta_snapshot) *snapshot = NULL;
	engine_fill_parquet(session->engine, &parquet);
	if (delta_snapshot_open(store, table->table, table->version, &parquet, &snapshot, err) < 0)
		return err_within(err, "table \"%s.%s\"", table->schema, table->name);
	return engine_session_add_table(session, table->schema, table->name, store, snapshot, err);
}

/* Unqualified names, and the names that the databases had before. */
static int set_names(struct engine_session *session, struct error *err)
{
	static const char *const path[] = {"delivery", "processing", NULL};
	static const char *const aliases[][2] = {{"dl_landing_zone", "landing"},
						 {"dl_processing_zone", "processing"},
						 {"dl_delivery_zone", "delivery"}};
	TRY(engine_session_set_path(session, path, err));
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
		TRY(engine_session_add_alias(session, aliases[i][0], aliases[i][1], err));
	return 0;
}

int snapshot_open(struct engine *engine, const struct snapshot_contents *contents,
		  struct engine_session **out, struct error *err)
{
	OWNED(engine_session) *session = NULL;
	TRY(engine_session_open(engine, &session, err));
	TRY(set_names(session, err));
	for (size_t i = 0; i < contents->table_count; i++)
		TRY(snapshot_add_table(session, contents->store, &contents->tables[i], err));
	for (size_t i = 0; i < contents->rows_count; i++)
		TRY(engine_session_add_rows(session, &contents->rows[i], err));
	for (size_t i = 0; i < contents->view_count; i++) {
		const struct snapshot_view *view = &contents->views[i];
		if (engine_session_add_view(session, view->schema, view->name, view->sql, err) < 0)
			return err_within(err, "view \"%s.%s\"", view->schema, view->name);
	}
	*out = TAKE(session);
	return 0;
}
