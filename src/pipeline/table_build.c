/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/table_build.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "pipeline/context.h"
#include "pipeline/publish.h"
#include "pipeline/tables.h"
#include "store/store.h"

void table_build_done(struct table_build *build)
{
	struct error unused; /* what stays in staging is swept as a leftover */
	if (build->staging)
		(void)file_remove_tree(build->staging, &unused);
	engine_output_done(&build->output);
	delta_schema_done(&build->schema);
	free(build->staging);
}

static int find_schema(struct table_build *build, struct delta_schema *out, struct error *err)
{
	const struct model *model = build->table->model;
	TRY(engine_session_describe(build->session, model->sql, out, err));
	TRY(run_model_columns(model, build->own ? delta_snapshot_schema(build->own) : NULL, out,
			      err));
	return run_mark_personal(build->state, build->table->name, out, err);
}

static int write_files(struct table_build *build, struct error *err)
{
	const struct model *model = build->table->model;
	struct engine_build what = {
		.sql = model->sql,
		.out_folder = build->staging,
		.schema = &build->schema,
		.partition_columns = model->partition_by.items,
	};
	TRY(find_schema(build, &build->schema, err));
	return engine_session_build(build->session, &what, &build->output, err);
}

int table_build_files(struct table_build *build, struct error *err)
{
	const struct model *model = build->table->model;
	struct engine_output *outputs[] = {&build->output};
	struct store *store = context_store(build->state->context);
	TRY(store_make_staging(store, &build->staging, err));
	if (write_files(build, err) < 0) {
		/* a place in the SELECT is a place in the file: the whole file was the statement */
		if (!*err->file && !model->recommender)
			error_at(err, model->path, err->line, err->column);
		return -1;
	}
	return engine_session_add_output(build->session, model->database, model->name, store, NULL,
					 &build->schema, outputs, 1, err);
}

int table_build_audit(struct table_build *build, struct step *step, struct error *err)
{
	struct run_state *state = build->state;
	struct engine_output *outputs[] = {&build->output};
	struct candidate candidate = {
		.name = build->table->name,
		.session = build->session,
		.checks = build->table->checks,
		.rows = build->output.rows,
		.before = build->own,
	};
	if (audit_candidate(state, &candidate, step, err) == 0)
		return 0;
	if (err->kind == ERR_CHECK)
		audit_keep(state, build->table->name, outputs, 1);
	return -1;
}

int table_build_commit(struct table_build *build, const struct step *step,
		       const struct fingerprint *fingerprint, const char *more, struct error *err)
{
	struct run_state *state = build->state;
	const struct model *model = build->table->model;
	struct engine_output *outputs[] = {&build->output};
	TRY(run_check_max_disk(state, table_build_bytes(build), err));
	OWNED_MEMORY char *info =
		run_commit_info(state, build->table, step, fingerprint, more, err);
	if (!info)
		return -1;
	struct publish publish = {
		.key = build->table->key,
		.read_version = build->own ? delta_snapshot_version(build->own) : -1,
		.overwrite = true,
		.schema = &build->schema,
		.description = model->description,
		.partition_columns = model->partition_by.items,
		.operation = "WRITE",
		.vitrine_json = info,
	};
	return publish_outputs(context_store(state->context), context_parquet(state->context),
			       &publish, outputs, 1, &build->version, err);
}

int table_build_take(const struct table_build *build, struct error *err)
{
	return tables_put(build->state->tables, build->table->name, build->table->key,
			  build->version, "model", err);
}

void table_build_skip(struct table_build *build)
{
	build->version = delta_snapshot_version(build->own);
}

int64_t table_build_rows(const struct table_build *build)
{
	return build->staging ? build->output.rows : delta_snapshot_rows(build->own);
}

int64_t table_build_bytes(const struct table_build *build)
{
	int64_t bytes = 0;
	if (!build->staging)
		return delta_snapshot_bytes(build->own);
	for (size_t i = 0; i < build->output.count; i++)
		bytes += build->output.files[i].file.size;
	return bytes;
}
