/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/rebuild.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "catalog/runs.h"
#include "delta/delta.h"
#include "pipeline/context.h"
#include "pipeline/lease.h"
#include "pipeline/ledger.h"
#include "pipeline/project.h"
#include "pipeline/set.h"
#include "store/store.h"

/* ---- what is found in the lake ---- */

struct found_step {
	struct found_step *next;
	char *name;
	enum catalog_step_kind kind;
	int64_t version, time_us;
};

struct found_run {
	char id[PROCESS_ID_SIZE];
	int64_t number, set, first_us, last_us;
	struct found_step *steps; /* newest first */
};

struct lake {
	struct map *runs;   /* id -> found_run */
	struct map *tables; /* name -> key, a text of ours */
};

static void run_free(struct found_run *run)
{
	for (struct found_step *step = run->steps, *next; step; step = next) {
		next = step->next;
		free(step->name);
		free(step);
	}
	free(run);
}

static void lake_done(struct lake *lake)
{
	for (size_t i = 0; lake->runs && i < map_count(lake->runs); i++)
		run_free(map_value_at(lake->runs, i));
	for (size_t i = 0; lake->tables && i < map_count(lake->tables); i++)
		free(map_value_at(lake->tables, i));
	map_free(lake->runs);
	map_free(lake->tables);
}
OWN_DEFINE_EMBEDDED(lake, lake_done)

/* The run of this id, made when it was not seen before. NULL with MEMORY. */
static struct found_run *get_run(struct lake *lake, const char *id, struct error *err)
{
	struct found_run *run = map_get(lake->runs, id);
	if (run)
		return run;
	run = mem_alloc(sizeof *run);
	if (!run) {
		err_memory(err);
		return NULL;
	}
	if (map_put(lake->runs, id, run, err) < 0) {
		free(run);
		return NULL;
	}
	memcpy(run->id, id, strlen(id) + 1);
	return run;
}

static void see_time(struct found_run *run, int64_t time_us)
{
	if (!run->first_us || time_us < run->first_us)
		run->first_us = time_us;
	if (time_us > run->last_us)
		run->last_us = time_us;
}

/* Ids are UUIDs; what another program left in their place is no run of ours. */
static bool is_id(const char *id)
{
	return id && strlen(id) == PROCESS_ID_SIZE - 1;
}

static int take_set(struct lake *lake, const struct set *set, struct error *err)
{
	for (size_t i = 0; i < set->count; i++) {
		if (map_find(lake->tables, set->tables[i].name) >= 0)
			continue;
		OWNED_MEMORY char *key = mem_copy_text(set->tables[i].key);
		if (!key)
			return err_memory(err);
		TRY(map_put(lake->tables, set->tables[i].name, key, err));
		(void)TAKE(key);
	}
	if (!is_id(set->run))
		return 0;
	struct found_run *run = get_run(lake, set->run, err);
	if (!run)
		return -1;
	run->set = set->number;
	see_time(run, set->time_us);
	return 0;
}

/* From the newest back to the oldest that is still there. */
static int read_sets(struct store *store, struct lake *lake, struct error *err)
{
	OWNED(set) *newest = NULL;
	TRY(set_read_newest(store, &newest, err));
	if (newest->number > 0)
		TRY(take_set(lake, newest, err));
	for (int64_t number = newest->number - 1;
	     number > 0 && map_count(lake->runs) < RUNS_KEPT_MAX; number--) {
		OWNED(set) *set = NULL;
		if (set_read(store, number, &set, err) < 0)
			return err->kind == ERR_NOT_FOUND ? 0 : -1;
		TRY(take_set(lake, set, err));
	}
	return 0;
}

static int take_commit(struct lake *lake, const char *table, const struct delta_commit_info *info,
		       struct error *err)
{
	OWNED(json) *said = NULL;
	if (!info->vitrine_json)
		return 0;
	TRY(json_parse(info->vitrine_json, strlen(info->vitrine_json), &said, err));
	const char *id = json_text(json_get(said, "run"), NULL);
	if (!is_id(id))
		return 0;
	struct found_run *run = get_run(lake, id, err);
	if (!run)
		return -1;
	run->number = json_int(json_get(said, "run_number"), run->number);
	see_time(run, info->timestamp_ms * 1000);
	struct found_step *step = mem_alloc(sizeof *step);
	if (!step)
		return err_memory(err);
	*step = (struct found_step){
		.next = run->steps,
		.name = mem_copy_text(table),
		.kind = json_get(said, "files") ? CATALOG_LAND : CATALOG_MODEL,
		.version = info->version,
		.time_us = info->timestamp_ms * 1000,
	};
	run->steps = step;
	return step->name ? 0 : err_memory(err);
}

static int read_table(struct context *context, struct lake *lake, const char *name, const char *key,
		      struct error *err)
{
	struct delta_commit_info *infos = NULL;
	int count = delta_history(context_store(context), key, 0, -1, &infos, err);
	if (count < 0 && err->kind == ERR_NOT_FOUND) /* dropped since */
		return 0;
	TRY(count);
	int result = 0;
	for (int i = 0; result == 0 && i < count; i++)
		result = take_commit(lake, name, &infos[i], err);
	delta_history_free(infos, count);
	TRY(result);
	return ledger_catch_up(context, name, key, err);
}

static int read_lake(struct context *context, struct lake *lake, struct error *err)
{
	lake->runs = map_new();
	lake->tables = map_new();
	if (!lake->runs || !lake->tables)
		return err_memory(err);
	TRY(read_sets(context_store(context), lake, err));
	for (size_t i = 0; i < map_count(lake->tables); i++)
		TRY(read_table(context, lake, map_key_at(lake->tables, i),
			       map_value_at(lake->tables, i), err));
	return 0;
}

/* ---- putting it back ---- */

static int put_steps(struct catalog *catalog, const struct found_run *run,
		     struct rebuild_report *report, struct error *err)
{
	for (const struct found_step *found = run->steps; found; found = found->next) {
		struct catalog_step step = {
			.run_id = run->id,
			.kind = found->kind,
			.name = found->name,
			.status = CATALOG_OK,
			.attempts = 1,
			.started_us = found->time_us,
			.ended_us = found->time_us,
			.rows_in = -1,
			.rows_out = -1,
			.bytes = -1,
			.table = found->name,
			.table_version = found->version,
		};
		TRY(catalog_runs_put_step(catalog, &step, err));
		report->steps++;
	}
	return 0;
}

static int put_run(struct catalog *catalog, const char *target, const struct found_run *found,
		   struct rebuild_report *report, struct error *err)
{
	struct catalog_run run = {
		.id = found->id,
		.number = found->number,
		.command = "(from the lake)",
		.target = target,
		.code = "",
		.process = "",
		.status = found->set ? CATALOG_OK : CATALOG_DIED,
		.started_us = found->first_us,
		.ended_us = found->last_us,
		.set = found->set,
	};
	int inserted = catalog_runs_restore(catalog, &run, err);
	TRY(inserted);
	report->runs += inserted;
	return inserted ? put_steps(catalog, found, report, err) : 0;
}

static int by_time(const void *a, const void *b)
{
	const struct found_run *x = *(struct found_run *const *)a;
	const struct found_run *y = *(struct found_run *const *)b;
	return x->first_us < y->first_us ? -1 : x->first_us > y->first_us;
}

/* In the order of time, so that runs without a number of their own get them in that order. */
static int put_runs(struct catalog *catalog, const char *target, const struct lake *lake,
		    struct rebuild_report *report, struct error *err)
{
	size_t count = map_count(lake->runs);
	OWNED_MEMORY struct found_run **runs = mem_alloc_array(count, sizeof(struct found_run *));
	if (!runs)
		return err_memory(err);
	for (size_t i = 0; i < count; i++)
		runs[i] = map_value_at(lake->runs, i);
	qsort(runs, count, sizeof(struct found_run *), by_time);
	for (size_t i = 0; i < count; i++)
		TRY(put_run(catalog, target, runs[i], report, err));
	return 0;
}

/* ---- the database ---- */

/* 1 when it is sound (or not there yet), 0 when it is damaged. */
static int is_sound(const struct project *project, struct error *err)
{
	OWNED(catalog) *catalog = NULL;
	int result = catalog_open(project->state, &catalog, err);
	if (result == 0)
		result = catalog_check(catalog, err);
	if (result < 0)
		return err->kind == ERR_CORRUPT ? 0 : -1;
	return 1;
}

/* Out of the way, but not away: there may be something in it yet. */
static int move_damaged(const struct project *project, struct rebuild_report *out,
			struct error *err)
{
	static const char *const endings[] = {"", "-wal", "-shm"};
	OWNED_MEMORY char *base = file_join(project->state, "state.db", err);
	OWNED_MEMORY char *to = base ? text_format(err, "%s.damaged-%lld", base,
						   (long long)(clock_now_us() / 1000000))
				     : NULL;
	if (!to)
		return -1;
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		struct file_info info;
		OWNED_MEMORY char *from = text_format(err, "%s%s", base, endings[i]);
		OWNED_MEMORY char *there = text_format(err, "%s%s", to, endings[i]);
		if (!from || !there)
			return -1;
		int exists = file_stat(from, &info, err);
		TRY(exists);
		if (exists)
			TRY(file_move(from, there, err));
	}
	out->damaged = TAKE(to);
	return 0;
}

static int prepare_database(const struct project *project, struct rebuild_report *out,
			    struct error *err)
{
	TRY(project_make_state(project, err));
	int sound = is_sound(project, err);
	TRY(sound);
	return sound ? 0 : move_damaged(project, out, err);
}

/* ---- the whole ---- */

static int rebuild(struct context *context, struct rebuild_report *out, struct error *err)
{
	struct catalog *catalog = context_catalog(context);
	HELD(lake) lake = {0};
	TRY(read_lake(context, &lake, err));
	out->tables = (int64_t)map_count(lake.tables);
	TRY(catalog_begin(catalog, err));
	int result = put_runs(catalog, context_project(context)->target, &lake, out, err);
	return catalog_end(catalog, result, err);
}

void rebuild_report_done(struct rebuild_report *report)
{
	free(report->damaged);
	*report = (struct rebuild_report){0};
}

int rebuild_catalog(const struct project *project, struct rebuild_report *out, struct error *err)
{
	char id[PROCESS_ID_SIZE];
	OWNED(store) *store = NULL;
	OWNED(lease) *lease = NULL;
	OWNED(context) *context = NULL;
	TRY(process_new_uuid(id, err));
	TRY(store_open(project->lake, &store, err));
	TRY(lease_take(store, id, false, &lease, err));
	TRY(prepare_database(project, out, err));
	TRY(context_open(project, &context, err));
	return rebuild(context, out, err);
}
