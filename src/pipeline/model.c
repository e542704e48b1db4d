/* SPDX-License-Identifier: Apache-2.0 */
/* model: one model's step: from the tables it reads to a new version of its own. */
#include "base/error.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "engine/sql.h"
#include "pipeline/context.h"
#include "pipeline/run_state.h"
#include "pipeline/table_build.h"
#include "pipeline/tables.h"

/* Checks read one table, and some columns of it; the model what it is made from. */
static const double BUILT = 0.8;

/* What is held while a model is built; freed together. */
struct build {
	struct run_state *state;
	size_t node;
	struct table_build table;
	struct fingerprint fingerprint;
	int64_t bytes_in; /* of the tables it reads: about the most its own will take */
};

static void build_done(struct build *build)
{
	struct engine_session *session = build->table.session;
	table_build_done(&build->table);
	if (session)
		run_close_session(build->state, build->node, session);
	fingerprint_done(&build->fingerprint);
}
OWN_DEFINE_EMBEDDED(build, build_done)

static int find_fingerprint(struct build *build, struct step *step, struct error *err)
{
	const struct run_state *state = build->state;
	const struct model *model = build->table.table->model;
	const struct dependencies *reads = &state->nodes[build->node].reads;
	OWNED_MEMORY char *canonical = NULL;
	char settings[HASH_HEX_SIZE];
	TRY(sql_canonical(model->sql, &canonical, err));
	TRY(project_model_fingerprint(context_project(state->context), model, settings, err));
	OWNED_MEMORY char *with_date =
		text_format(err, "%s %s", settings, reads->reads_run ? state->business_date : "");
	if (!with_date)
		return -1;
	TRY(fingerprint_set(&build->fingerprint, canonical, with_date,
			    context_engine_version(state->context), err));
	return run_add_inputs(build->state, build->node, &build->fingerprint, step,
			      &build->bytes_in, err);
}

static int make(struct build *build, struct step *step, struct error *err)
{
	struct run_state *state = build->state;
	struct table_build *table = &build->table;
	TRY(run_check_disk(state, build->bytes_in, err));
	TRY(run_open_session(state, build->node, &table->session, err));
	TRY(run_show_tables(state, table->session, &state->nodes[build->node].reads, NULL, err));
	run_watch_stretch(state, build->node, 0, run_check_at(state, table->table, 0) ? BUILT : 1);
	TRY(table_build_files(table, err));
	run_watch_stretch(state, build->node, BUILT, 1);
	TRY(table_build_audit(table, step, err));
	return table_build_commit(table, step, &build->fingerprint, NULL, err);
}

int model_run(struct run_state *state, size_t node, struct step *step, struct error *err)
{
	const struct run_table *table = &state->nodes[node].tables[0];
	HELD(build)
	build = {.state = state, .node = node, .table = {.state = state, .table = table}};
	const struct delta_snapshot **own = &build.table.own;
	TRY(find_fingerprint(&build, step, err));
	int current = state->is_plan
			      ? plan_model(state, node, &build.fingerprint, own, step, err)
			      : run_is_current(state, node, 0, &build.fingerprint, own, step, err);
	TRY(current);
	if (current && !state->request->force) {
		int looked = check_again(state, node, own, step, err);
		TRY(looked);
		if (!looked)
			step->status = CATALOG_SKIPPED;
		TRY(run_note_personal(state, node, *own, step, &build.table.version, err));
	} else {
		if (current)
			run_say_forced(step);
		if (state->is_plan)
			return plan_columns(step, *own, &state->nodes[node].tables[0].columns,
					    &table->model->partition_by, err);
		TRY(make(&build, step, err));
	}
	step->version = build.table.version;
	step->rows_out = table_build_rows(&build.table);
	step->bytes = table_build_bytes(&build.table);
	return table_build_take(&build.table, err);
}
