/* SPDX-License-Identifier: Apache-2.0 */
/* run_sweep: what a run that died or failed left behind is removed by whoever holds the lease next.
 *
 * Only what no version of a table refers to, and only when its writer is known to be gone: this run
 * itself, or a process of this machine that no longer lives. A writer on another machine that fell
 * silent may still wake up and commit the files it wrote, so those are left to vacuum. */
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "pipeline/context.h"
#include "pipeline/lease.h"
#include "pipeline/recommend_artifact.h"
#include "pipeline/rejects.h"
#include "pipeline/run_state.h"
#include "store/store.h"

/* Keys one a line, cut up in place. */
static int remove_lines(struct store *store, char *keys, struct error *err)
{
	for (char *line = keys, *end; line && *line; line = end + 1) {
		end = strchr(line, '\n');
		if (!end)
			break;
		*end = '\0';
		TRY(store_remove(store, line, err));
	}
	return 0;
}

/* Whether anything lies where a table without a log would be: 1, 0, or negative. It stays until the
 * table has a first version; for a log that was lost, its data must not be lost too. */
static int must_wait(struct store *store, const char *key, struct error *err)
{
	OWNED(store_list) *list = NULL;
	OWNED_MEMORY char *prefix = text_format(err, "%s/", key);
	if (!prefix)
		return -1;
	TRY(store_list_objects(store, prefix, NULL, &list, err));
	return list->count > 0;
}

/* 0 when all is swept, 1 when something must wait. */
static int sweep_table(struct run_state *state, const char *key, struct error *err)
{
	struct store *store = context_store(state->context);
	HELD(text) keys = {0};
	int64_t newest;
	int exists = delta_newest_version(store, key, &newest, err);
	TRY(exists);
	if (!exists)
		return must_wait(store, key, err);
	int count = delta_orphans(store, key, context_parquet(state->context), &keys, err);
	if (count < 0 && (err->kind == ERR_CORRUPT || err->kind == ERR_UNSUPPORTED))
		return 1; /* the table's own step says so */
	TRY(count);
	TRY(text_check(&keys, err));
	return remove_lines(store, keys.data, err);
}

/* Artifacts that no commit names. */
static int sweep_artifacts(struct run_state *state, const struct run_node *node, struct error *err)
{
	HELD(text) keys = {0};
	TRY(recommend_artifact_unnamed(state->context, node->recommender, node->tables[0].key, 0,
				       &keys, err));
	return remove_lines(context_store(state->context), keys.data, err);
}

static int sweep_tables(struct run_state *state, struct error *err)
{
	int waits = sweep_table(state, REJECTS_TABLE, err);
	for (size_t i = 0; i < state->count && waits >= 0; i++) {
		const struct run_node *node = &state->nodes[i];
		if (node->recommender)
			TRY(sweep_artifacts(state, node, err));
		for (size_t j = 0; j < node->table_count; j++) {
			int also = sweep_table(state, node->tables[j].key, err);
			TRY(also);
			waits |= also;
		}
	}
	return waits;
}

/* Failed builds, samples of failing rows and refused records have their term. */
static int sweep_old(struct run_state *state, const char *name, struct error *err)
{
	const struct project *project = context_project(state->context);
	int64_t until_us = clock_now_us() - project->retention_us;
	OWNED_MEMORY char *folder = file_join(project->state, name, err);
	struct file_info info;
	if (!folder)
		return -1;
	int exists = file_stat(folder, &info, err);
	TRY(exists);
	char **names = NULL;
	if (!exists)
		return 0;
	TRY(file_list(folder, &names, err));
	int result = 0;
	for (size_t i = 0; result == 0 && names[i]; i++) {
		OWNED_MEMORY char *path = file_join(folder, names[i], err);
		result = path ? file_stat(path, &info, err) : -1;
		if (result == 1)
			result = info.mtime_us < until_us ? file_remove_tree(path, err) : 0;
	}
	file_free_names(names);
	return result;
}

/* 0 when all is swept, 1 when something must wait. */
static int sweep(struct run_state *state, bool failed, struct error *err)
{
	static const char *const kept[] = {"candidates", "samples", "refused"};
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		TRY(sweep_old(state, kept[i], err));
	OWNED(store_list) *left = NULL; /* a writer may also stop before it has the lease */
	TRY(store_leftovers(context_store(state->context), true, &left, err));
	if (!failed && !lease_needs_sweep(state->lease))
		return 0;
	lease_note_swept(state->lease, false);
	int waits = sweep_tables(state, err);
	lease_note_swept(state->lease, waits == 0);
	return waits;
}

void run_sweep(struct run_state *state, bool failed)
{
	struct error err;
	if (lease_is_held(state->lease) && sweep(state, failed, &err) < 0)
		log_warning("what an earlier run left behind could not all be removed: %s",
			    err.message);
}
