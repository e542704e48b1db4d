/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/recommend_evaluate.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/process.h"
#include "delta/delta.h"
#include "engine/engine.h"
#include "pipeline/context.h"
#include "pipeline/dependencies.h"
#include "pipeline/project.h"
#include "pipeline/set.h"

/* Every table that the inputs read, of the published ones. */
static int find_reads(struct context *context, const struct recommender *recommender,
		      const struct set *set, struct dependencies *out, struct error *err)
{
	OWNED(map) *known = map_new();
	if (!known)
		return err_memory(err);
	for (size_t i = 0; i < set->count; i++)
		TRY(map_put(known, set->tables[i].name, NULL, err));
	struct dependencies_source source = {
		.context = context,
		.tables = known,
	};
	if (recommender_dependencies(&source, recommender, out, err) == 0)
		return 0;
	if (err->kind == ERR_UNDEFINED && !*err->hint)
		error_hint(err, "Only what is published can be evaluated: run `vitrine run`.");
	return -1;
}

static int show(struct context *context, const struct set *set, const struct dependencies *reads,
		struct engine_session *session, struct error *err)
{
	static const char *const path[] = {"delivery", "processing", NULL};
	TRY(engine_session_set_path(session, path, err));
	for (size_t i = 0; i < reads->count; i++) {
		const struct set_table *table = set_find(set, reads->names[i]);
		const char *dot = strchr(reads->names[i], '.');
		OWNED(delta_snapshot) *snapshot = NULL;
		OWNED_MEMORY char *schema =
			mem_copy_bytes(reads->names[i], (size_t)(dot - reads->names[i]));
		if (!schema)
			return err_memory(err);
		TRY(delta_snapshot_open(context_store(context), table->key, table->version,
					context_parquet(context), &snapshot, err));
		TRY(engine_session_add_table(session, schema, dot + 1, context_store(context),
					     snapshot, err));
	}
	return 0;
}

int recommend_evaluate(struct context *context, const struct recommender *recommender,
		       enum recs_protocol protocol,
		       int (*tick)(void *tick_context, const char *what, uint32_t done,
				   uint32_t total, struct error *err),
		       void *tick_context, struct recommend_found *out_found,
		       struct recommend_report *out_report, struct error *err)
{
	const struct project *project = context_project(context);
	struct recommend_options options = {
		.threads = project->threads > 0 ? (int)project->threads : process_cpu_count(),
		.protocol = protocol,
		.tick = tick,
		.context = tick_context,
	};
	struct engine *engine;
	int64_t now_us = 0;
	OWNED(set) *set = NULL;
	OWNED(engine_session) *session = NULL;
	HELD(dependencies) reads = {0};
	HELD(recommend_input) input = {0};
	TRY(set_read_newest(context_store(context), &set, err));
	TRY(find_reads(context, recommender, set, &reads, err));
	TRY(context_engine(context, &engine, err));
	TRY(engine_session_open(engine, &session, err));
	TRY(show(context, set, &reads, session, err));
	(void)clock_to_civil(project->time_zone, clock_now_us(), &now_us);
	TRY(recommend_input_read(recommender, session, now_us, NULL, &input, err));
	TRY(recommend_contest(recommender, &input, &options, out_found, err));
	return recommend_report_make(&input, out_found, out_report, err);
}
