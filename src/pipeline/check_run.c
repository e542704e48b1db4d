/* SPDX-License-Identifier: Apache-2.0 */
/* check_run: checks of what a step has published, without building it: the tables themselves stand
 * where a run has its candidates. `vitrine check` lets all checks look, and one that does not hold
 * fails no other step's; a run lets those look that have not looked at these versions yet. */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/map.h"
#include "catalog/checks.h"
#include "engine/engine.h"
#include "pipeline/check_sql.h"
#include "pipeline/context.h"
#include "pipeline/run_state.h"
#include "pipeline/set.h"
#include "pipeline/tables.h"
#include "store/store.h"

const struct check *run_check_at(const struct run_state *state, const struct run_table *table,
				 size_t place)
{
	const struct project *project = context_project(state->context);
	if (place < table->checks->count)
		return &table->checks->items[place];
	place -= table->checks->count;
	for (size_t i = 0; i < project->check_count; i++)
		if (strcmp(project->checks[i].table, table->name) == 0 && place-- == 0)
			return &project->checks[i];
	return NULL;
}

/* What looks at the tables of one step. */
struct look {
	const struct delta_snapshot *own[RECOMMENDER_TABLES]; /* borrowed; NULL = not published */
	struct map *seen[RECOMMENDER_TABLES];                 /* as in struct candidate */
};

static void look_done(struct look *look)
{
	for (size_t i = 0; i < RECOMMENDER_TABLES; i++)
		map_free(look->seen[i]);
}
OWN_DEFINE_EMBEDDED(look, look_done)

static int skip(struct step *step, const char *why, struct error *err)
{
	step->status = CATALOG_SKIPPED;
	text_clear(&step->reason);
	text_add(&step->reason, why);
	return text_check(&step->reason, err);
}

/* The version before the one that last changed data; NULL when there is none any more. */
static int open_before(const struct run_state *state, const struct delta_snapshot *now,
		       const struct delta_snapshot **out, struct error *err)
{
	int64_t version = delta_snapshot_data_version(now) - 1;
	*out = NULL;
	if (version >= 0 &&
	    tables_open(state->tables, delta_snapshot_table(now), version, out, err) < 0)
		return err->kind == ERR_NOT_FOUND ? 0 : -1;
	return 0;
}

static int look_at(struct run_state *state, const struct run_table *table,
		   const struct delta_snapshot *snapshot, const struct map *seen,
		   struct engine_session *session, struct step *step, struct error *err)
{
	struct candidate candidate = {
		.name = table->name,
		.session = session,
		.checks = table->checks,
		.rows = delta_snapshot_rows(snapshot),
		.is_published = true,
		.version = delta_snapshot_data_version(snapshot),
		.seen = seen,
	};
	TRY(audit_columns_exist(state, table->name, candidate.checks,
				delta_snapshot_schema(snapshot), err));
	TRY(open_before(state, snapshot, &candidate.before, err));
	return audit_candidate(state, &candidate, step, err);
}

/* Show what was published of the step's tables. */
static int show_own(struct run_state *state, const struct run_node *node, const struct look *look,
		    struct engine_session *session, struct error *err)
{
	for (size_t i = 0; i < node->table_count; i++) {
		const struct run_table *table = &node->tables[i];
		const char *dot = strchr(table->name, '.');
		if (!look->own[i])
			continue;
		OWNED_MEMORY char *database =
			text_format(err, "%.*s", (int)(dot - table->name), table->name);
		if (!database)
			return -1;
		TRY(engine_session_add_table(session, database, dot + 1,
					     context_store(state->context), look->own[i], err));
	}
	return 0;
}

static int look_in(struct run_state *state, const struct run_node *node, const struct look *look,
		   struct engine_session *session, struct step *step, struct error *err)
{
	TRY(run_show_tables(state, session, &node->reads, NULL, err));
	TRY(show_own(state, node, look, session, err));
	for (size_t i = 0; i < node->table_count; i++)
		if (look->own[i] && run_check_at(state, &node->tables[i], 0))
			TRY(look_at(state, &node->tables[i], look->own[i], look->seen[i], session,
				    step, err));
	return 0;
}

static int carry_out(struct run_state *state, size_t node, const struct look *look,
		     struct step *step, struct error *err)
{
	struct engine_session *session;
	TRY(run_open_session(state, node, &session, err));
	int result = look_in(state, &state->nodes[node], look, session, step, err);
	run_close_session(state, node, session);
	return result;
}

/* ---- vitrine check ---- */

static bool any_checks(const struct run_state *state, const struct run_node *node)
{
	for (size_t i = 0; i < node->table_count; i++)
		if (run_check_at(state, &node->tables[i], 0))
			return true;
	return false;
}

int check_run(struct run_state *state, size_t node, struct step *step, struct error *err)
{
	HELD(look) look = {0};
	const struct run_node *what = &state->nodes[node];
	if (!any_checks(state, what))
		return skip(step, "it has no checks", err);
	for (size_t i = 0; i < what->table_count; i++)
		TRY(tables_get(state->tables, what->tables[i].name, &look.own[i], err));
	if (!look.own[0])
		return skip(step, "it was never published", err);
	step->version = delta_snapshot_version(look.own[0]);
	step->rows_out = delta_snapshot_rows(look.own[0]);
	if (carry_out(state, node, &look, step, &step->err) == 0)
		return 0;
	*err = step->err;
	if (err->kind == ERR_CANCELED || err->kind == ERR_MEMORY)
		return -1;
	step->status = CATALOG_FAILED;
	return 0;
}

/* ---- of a run ---- */

/* Those that the commit names: they looked before it was published. */
static int add_committed(const struct delta_snapshot *own, struct map *seen, struct error *err)
{
	OWNED(json) *said = NULL;
	const char *info = delta_snapshot_data_info(own);
	if (!info)
		return 0;
	TRY(json_parse(info, strlen(info), &said, err));
	const struct json *checks = json_get(said, "checks");
	for (size_t i = 0; i < json_count(checks); i++)
		TRY(map_put(seen, json_text(json_at(checks, i), ""), NULL, err));
	return 0;
}

/* How many have not looked at the version; the others are in `seen`. */
static int find_unseen(struct run_state *state, const struct run_table *table,
		       const struct delta_snapshot *own, struct map *seen, struct error *err)
{
	const struct check *check;
	const char *target = context_project(state->context)->target;
	char hash[CHECK_HASH_SIZE];
	int count = 0;
	TRY(add_committed(own, seen, err));
	for (size_t i = 0; (check = run_check_at(state, table, i)); i++) {
		TRY(check_hash(check, table->name, hash, err));
		if (map_find(seen, hash) >= 0)
			continue;
		int noted = catalog_checks_is_noted(context_catalog(state->context), target,
						    table->name, delta_snapshot_data_version(own),
						    hash, err);
		TRY(noted);
		if (noted)
			TRY(map_put(seen, hash, NULL, err));
		else
			count++;
	}
	return count;
}

int check_again(struct run_state *state, size_t node, const struct delta_snapshot *const *own,
		struct step *step, struct error *err)
{
	HELD(look) look = {0};
	const struct run_node *what = &state->nodes[node];
	int unseen = 0;
	for (size_t i = 0; i < what->table_count; i++) {
		look.own[i] = own[i];
		if (!own[i] || !run_check_at(state, &what->tables[i], 0))
			continue;
		if (!(look.seen[i] = map_new()))
			return err_memory(err);
		int count = find_unseen(state, &what->tables[i], own[i], look.seen[i], err);
		TRY(count);
		unseen += count;
	}
	if (unseen == 0)
		return 0;
	text_clear(&step->reason);
	text_add(&step->reason, "checks changed");
	TRY(text_check(&step->reason, err));
	step->only_checks = true;
	step->checks = unseen;
	if (!state->is_plan)
		TRY(carry_out(state, node, &look, step, err));
	return 1;
}
