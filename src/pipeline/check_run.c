/* SPDX-License-Identifier: Apache-2.0 */
/* check_run: the checks of one published table, without building it: the table of the set stands
 * where a run has its candidate. A check that does not hold fails no other table's checks. */
#include <string.h>

#include "base/error.h"
#include "engine/engine.h"
#include "pipeline/context.h"
#include "pipeline/run_state.h"
#include "pipeline/set.h"
#include "pipeline/tables.h"
#include "store/store.h"

static bool has_checks(const struct run_state *state, const struct run_table *table)
{
	const struct project *project = context_project(state->context);
	size_t count = table->checks->count;
	for (size_t i = 0; i < project->check_count; i++)
		count += strcmp(project->checks[i].table, table->name) == 0;
	return count > 0;
}

static int skip(struct step *step, const char *why, struct error *err)
{
	step->status = CATALOG_SKIPPED;
	text_clear(&step->reason);
	text_add(&step->reason, why);
	return text_check(&step->reason, err);
}

/* Rows of the version before the one that last changed data; -1 when there is none any more. */
static int rows_before(const struct run_state *state, const struct delta_snapshot *now,
		       int64_t *out, struct error *err)
{
	OWNED(delta_snapshot) *before = NULL;
	int64_t version = delta_snapshot_data_version(now) - 1;
	*out = -1;
	if (version < 0)
		return 0;
	if (delta_snapshot_open(context_store(state->context), delta_snapshot_table(now), version,
				context_parquet(state->context), &before, err) < 0)
		return err->kind == ERR_NOT_FOUND ? 0 : -1;
	*out = delta_snapshot_rows(before);
	return 0;
}

static int look_at(struct run_state *state, const struct run_table *table,
		   const struct delta_snapshot *snapshot, struct engine_session *session,
		   struct step *step, struct error *err)
{
	struct candidate candidate = {
		.name = table->name,
		.session = session,
		.checks = table->checks,
		.rows = delta_snapshot_rows(snapshot),
	};
	TRY(audit_columns_exist(state, table->name, candidate.checks,
				delta_snapshot_schema(snapshot), err));
	TRY(rows_before(state, snapshot, &candidate.rows_before, err));
	return audit_candidate(state, &candidate, step, err);
}

/* Show what was published of the step's tables. */
static int show_own(struct run_state *state, const struct run_node *node,
		    struct engine_session *session, struct error *err)
{
	for (size_t i = 0; i < node->table_count; i++) {
		const struct run_table *table = &node->tables[i];
		const struct delta_snapshot *snapshot;
		const char *dot = strchr(table->name, '.');
		int found = tables_get(state->tables, table->name, &snapshot, err);
		TRY(found);
		if (!found)
			continue;
		OWNED_MEMORY char *database =
			text_format(err, "%.*s", (int)(dot - table->name), table->name);
		if (!database)
			return -1;
		TRY(engine_session_add_table(session, database, dot + 1,
					     context_store(state->context), snapshot, err));
	}
	return 0;
}

static int look(struct run_state *state, const struct run_node *node,
		struct engine_session *session, struct step *step, struct error *err)
{
	TRY(run_show_tables(state, session, &node->reads, NULL, err));
	TRY(show_own(state, node, session, err));
	for (size_t i = 0; i < node->table_count; i++) {
		const struct run_table *table = &node->tables[i];
		const struct delta_snapshot *snapshot;
		int found = tables_get(state->tables, table->name, &snapshot, err);
		TRY(found);
		if (found && has_checks(state, table))
			TRY(look_at(state, table, snapshot, session, step, err));
	}
	return 0;
}

static bool any_checks(const struct run_state *state, const struct run_node *node)
{
	for (size_t i = 0; i < node->table_count; i++)
		if (has_checks(state, &node->tables[i]))
			return true;
	return false;
}

int check_run(struct run_state *state, size_t node, struct step *step, struct error *err)
{
	const struct delta_snapshot *snapshot;
	struct engine_session *session;
	if (!any_checks(state, &state->nodes[node]))
		return skip(step, "it has no checks", err);
	int found = tables_get(state->tables, step->name, &snapshot, err);
	TRY(found);
	if (!found)
		return skip(step, "it was never published", err);
	step->version = delta_snapshot_version(snapshot);
	step->rows_out = delta_snapshot_rows(snapshot);
	TRY(run_open_session(state, node, &session, err));
	int result = look(state, &state->nodes[node], session, step, &step->err);
	run_close_session(state, node, session);
	if (result == 0)
		return 0;
	*err = step->err;
	if (err->kind == ERR_CANCELED || err->kind == ERR_MEMORY)
		return -1;
	step->status = CATALOG_FAILED;
	return 0;
}
