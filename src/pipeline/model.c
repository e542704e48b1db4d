/* SPDX-License-Identifier: Apache-2.0 */
/* model: one model's step: from the tables it reads to a new version of its own. */
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "dag/graph.h"
#include "engine/engine.h"
#include "engine/sql.h"
#include "pipeline/context.h"
#include "pipeline/publish.h"
#include "pipeline/run_state.h"
#include "pipeline/tables.h"
#include "store/store.h"

/* What is held while a model is built; freed together. */
struct build {
	struct run_state *state;
	size_t node;
	const struct model *model;
	struct engine_session *session;
	struct delta_snapshot *own; /* NULL = the table does not exist */
	struct fingerprint fingerprint;
	struct engine_output output;
	struct delta_schema schema; /* of the new version, with descriptions */
	char *staging;
	int64_t bytes_in; /* of the tables it reads: about the most its own will take */
};

static void build_done(struct build *build)
{
	struct error unused; /* what stays in staging is swept as a leftover */
	if (build->staging)
		(void)file_remove_tree(build->staging, &unused);
	if (build->session)
		run_close_session(build->state, build->node, build->session);
	delta_snapshot_free(build->own);
	fingerprint_done(&build->fingerprint);
	engine_output_done(&build->output);
	delta_schema_done(&build->schema);
	free(build->staging);
}
OWN_DEFINE_EMBEDDED(build, build_done)

/* Of a plan: the table's own step comes before, and would make it. */
static bool would_be_built(const struct run_state *state, const char *name)
{
	long place = graph_find(state->report->graph, name);
	return state->is_plan && place >= 0 && state->would_run[place];
}

static int add_inputs(struct build *build, struct step *step, struct error *err)
{
	const struct dependencies *reads = &build->state->nodes[build->node].reads;
	step->rows_in = 0;
	for (size_t i = 0; i < reads->count; i++) {
		const struct delta_snapshot *input;
		int found = tables_get(build->state->tables, reads->names[i], &input, err);
		TRY(found);
		if (!found && would_be_built(build->state, reads->names[i])) {
			TRY(fingerprint_add_input(&build->fingerprint, reads->names[i], -1, err));
			continue;
		}
		if (!found) {
			err_set(err, ERR_UNDEFINED, "table \"%s\" was never built",
				reads->names[i]);
			return err_hint(err, "Build it first: `vitrine run --select +%s`.",
					step->name);
		}
		TRY(fingerprint_add_input(&build->fingerprint, reads->names[i],
					  delta_snapshot_data_version(input), err));
		build->bytes_in += delta_snapshot_bytes(input);
		int64_t rows = delta_snapshot_rows(input);
		step->rows_in = rows < 0 || step->rows_in < 0 ? -1 : step->rows_in + rows;
	}
	return 0;
}

static int find_fingerprint(struct build *build, struct step *step, struct error *err)
{
	const struct run_state *state = build->state;
	const struct dependencies *reads = &state->nodes[build->node].reads;
	OWNED_MEMORY char *canonical = NULL;
	char settings[HASH_HEX_SIZE];
	TRY(sql_canonical(build->model->sql, &canonical, err));
	TRY(project_model_fingerprint(context_project(state->context), build->model, settings,
				      err));
	OWNED_MEMORY char *with_date =
		text_format(err, "%s %s", settings, reads->reads_run ? state->business_date : "");
	if (!with_date)
		return -1;
	TRY(fingerprint_set(&build->fingerprint, canonical, with_date,
			    context_engine_version(state->context), err));
	return add_inputs(build, step, err);
}

static int find_schema(struct build *build, struct delta_schema *out, struct error *err)
{
	const struct model *model = build->model;
	TRY(engine_session_describe(build->session, model->sql, out, err));
	return run_model_columns(model, build->own ? delta_snapshot_schema(build->own) : NULL, out,
				 err);
}

static int build_files(struct build *build, struct error *err)
{
	struct engine_build what = {
		.sql = build->model->sql,
		.out_folder = build->staging,
		.schema = &build->schema,
		.partition_columns = build->model->partition_by.items,
	};
	return engine_session_build(build->session, &what, &build->output, err);
}

static int build_candidate(struct build *build, struct error *err)
{
	struct run_state *state = build->state;
	TRY(run_check_disk(state, build->bytes_in, err));
	TRY(store_make_staging(context_store(state->context), &build->staging, err));
	TRY(run_open_session(state, build->node, &build->session, err));
	TRY(run_show_tables(state, build->session, &state->nodes[build->node].reads, NULL, err));
	if (find_schema(build, &build->schema, err) < 0 || build_files(build, err) < 0) {
		/* a place in the SELECT is a place in the file: the whole file was the statement */
		if (!*err->file)
			error_at(err, build->model->path, err->line, err->column);
		return -1;
	}
	return 0;
}

static int audit(struct build *build, struct step *step, struct error *err)
{
	struct run_state *state = build->state;
	struct engine_output *outputs[] = {&build->output};
	const struct model *model = build->model;
	TRY(engine_session_add_output(build->session, model->database, model->name,
				      context_store(state->context), NULL, &build->schema, outputs,
				      1, err));
	struct candidate candidate = {
		.name = step->name,
		.session = build->session,
		.checks = &model->checks,
		.rows = build->output.rows,
		.rows_before = build->own ? delta_snapshot_rows(build->own) : -1,
	};
	if (audit_candidate(state, &candidate, step, err) < 0) {
		if (err->kind == ERR_CHECK)
			audit_keep(state, step->name, outputs, 1);
		return -1;
	}
	return 0;
}

static int commit(struct build *build, struct step *step, struct error *err)
{
	struct run_state *state = build->state;
	const struct run_node *node = &state->nodes[build->node];
	struct engine_output *outputs[] = {&build->output};
	OWNED_MEMORY char *info = run_commit_info(state, step, &build->fingerprint, NULL, err);
	if (!info)
		return -1;
	struct publish publish = {
		.key = node->key,
		.read_version = build->own ? delta_snapshot_version(build->own) : -1,
		.overwrite = true,
		.schema = &build->schema,
		.description = build->model->description,
		.partition_columns = build->model->partition_by.items,
		.operation = "WRITE",
		.vitrine_json = info,
	};
	TRY(publish_outputs(context_store(state->context), context_parquet(state->context),
			    &publish, outputs, 1, &step->version, err));
	step->rows_out = build->output.rows;
	step->bytes = 0;
	for (size_t i = 0; i < build->output.count; i++)
		step->bytes += build->output.files[i].file.size;
	return tables_put(state->tables, step->name, node->key, step->version, "model", err);
}

int model_run(struct run_state *state, size_t node, struct step *step, struct error *err)
{
	HELD(build) build = {.state = state, .node = node, .model = state->nodes[node].model};
	TRY(find_fingerprint(&build, step, err));
	int current =
		state->is_plan
			? plan_model(state, node, &build.fingerprint, &build.own, step, err)
			: run_is_current(state, node, &build.fingerprint, &build.own, step, err);
	TRY(current);
	if (current && !state->request->force) {
		step->status = CATALOG_SKIPPED;
		step->version = delta_snapshot_version(build.own);
		step->rows_out = delta_snapshot_rows(build.own);
		step->bytes = delta_snapshot_bytes(build.own);
		return tables_put(state->tables, step->name, state->nodes[node].key, step->version,
				  "model", err);
	}
	if (current)
		run_say_forced(step);
	if (state->is_plan)
		return plan_columns(step, build.own, &state->nodes[node].columns,
				    &build.model->partition_by, err);
	TRY(build_candidate(&build, err));
	TRY(audit(&build, step, err));
	return commit(&build, step, err);
}
