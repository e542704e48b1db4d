/* SPDX-License-Identifier: Apache-2.0 */
/* describe_table: one table in full. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "catalog/checks.h"
#include "catalog/runs.h"
#include "delta/delta.h"
#include "pipeline/context.h"
#include "pipeline/dependencies.h"
#include "pipeline/describe.h"
#include "pipeline/describe_lakes.h"
#include "pipeline/personal.h"
#include "pipeline/project.h"

enum { RUNS_LOOKED_THROUGH = 50 };

/* What is shared while one table is described. */
struct describing {
	struct context *context;
	const struct project *project;
	struct arena *arena;
	const struct describe_lakes *lakes;
	const struct describe_tables *tables;
	struct map *known;  /* full name -> describe_table */
	const char **names; /* the same, NULL-terminated */
	struct describe_detail *out;
};

/* ---- which table is meant ---- */

static int index_tables(struct describing *d, struct error *err)
{
	d->names = arena_alloc_array(d->arena, d->tables->count + 1, sizeof *d->names);
	if (!d->names)
		return err_memory(err);
	for (size_t i = 0; i < d->tables->count; i++) {
		struct describe_table *table = &d->tables->items[i];
		d->names[i] = table->name;
		TRY(map_put(d->known, table->name, table, err));
	}
	return 0;
}

static int not_found(const struct describing *d, const char *name, struct error *err)
{
	err_set(err, ERR_NOT_FOUND, "there is no table \"%s\"", name);
	const char *nearest = text_nearest(name, d->names);
	for (size_t i = 0; !nearest && !strchr(name, '.') && i < d->tables->count; i++) {
		const char *own[] = {strchr(d->names[i], '.') + 1, NULL};
		nearest = text_nearest(name, own) ? d->names[i] : NULL;
	}
	if (nearest)
		return err_hint(err, "Did you mean \"%s\"?", nearest);
	return err_hint(err, "\"vitrine catalog\" lists them.");
}

static int find_table(const struct describing *d, const char *name, struct error *err)
{
	char full[NAME_FULL_SIZE], schema[NAME_FULL_SIZE] = "";
	const char *dot = strchr(name, '.');
	if (dot) {
		snprintf(schema, sizeof schema, "%.*s", (int)(dot - name), name);
		const char *database = project_database(d->project, schema);
		snprintf(schema, sizeof schema, "%s", database ? database : "?");
	}
	if (!dependencies_resolve(d->known, schema, dot ? dot + 1 : name, full))
		return not_found(d, name, err);
	d->out->table = *(const struct describe_table *)map_get(d->known, full);
	return 0;
}

/* ---- columns ---- */

/* What the project says of a column now comes before what was said when it was published. */
static int describe_column(struct describing *d, const char *name, const char *delta_type,
			   const char *comment, struct error *err)
{
	const struct describe_table *table = &d->out->table;
	const struct source_column *in_source =
		table->source ? source_column_named(table->source, name) : NULL;
	const struct model_column *in_model =
		table->model ? model_column_named(table->model, name) : NULL;
	if (in_source && *in_source->description)
		comment = in_source->description;
	if (in_model && *in_model->description)
		comment = in_model->description;
	struct describe_column *out = &d->out->columns[d->out->column_count++];
	*out = (struct describe_column){
		.name = arena_copy_text(d->arena, name),
		.type = arena_copy_text(d->arena, column_type_words(delta_type)),
		.description = arena_copy_text(d->arena, comment),
	};
	return out->name && out->type && out->description ? 0 : err_memory(err);
}

static int add_columns(struct describing *d, const struct delta_schema *schema, struct error *err)
{
	d->out->columns = arena_alloc_array(d->arena, schema->count + 1, sizeof *d->out->columns);
	if (!d->out->columns)
		return err_memory(err);
	for (size_t i = 0; i < schema->count; i++)
		TRY(describe_column(d, schema->columns[i].name, schema->columns[i].type,
				    schema->columns[i].comment, err));
	return 0;
}

/* As published; of a source that never was, as the contract has them. */
static int find_columns(struct describing *d, struct error *err)
{
	struct describe_table *table = &d->out->table;
	HELD(delta_schema) declared = {0};
	OWNED(delta_snapshot) *snapshot = NULL;
	if (table->key && !table->problem) {
		TRY(delta_snapshot_open(describe_lakes_of(d->lakes, table), table->key,
					table->version, context_parquet(d->context), &snapshot,
					err));
		if (!*table->description) {
			const char *said = delta_snapshot_description(snapshot);
			if (!(table->description = arena_copy_text(d->arena, said)))
				return err_memory(err);
		}
		return add_columns(d, delta_snapshot_schema(snapshot), err);
	}
	if (table->source)
		TRY(source_to_schema(table->source, &declared, err));
	return add_columns(d, &declared, err);
}

/* ---- what reads what ---- */

static int add_word(struct describing *d, struct words *words, const char *word, struct error *err)
{
	if (!words->items) /* no more than there are tables */
		words->items =
			arena_alloc_array(d->arena, d->tables->count + 1, sizeof *words->items);
	if (!words->items)
		return err_memory(err);
	words->items[words->count++] = word;
	return 0;
}

static int relate(struct describing *d, const struct dependencies_source *asked,
		  const struct describe_table *table, struct error *err)
{
	HELD(dependencies) reads = {0};
	struct describe_detail *out = d->out;
	bool is_own = strcmp(table->name, out->table.name) == 0;
	const struct recommender *maker = table->model->recommender;
	int found = maker ? recommender_dependencies(asked, maker, &reads, err)
			  : dependencies_find(asked, table->model->sql, table->path, &reads, err);
	if (found < 0) {
		if (err->kind == ERR_MEMORY)
			return -1;
		if (!out->unread)
			out->unread = arena_format(d->arena, "%s: %s", table->path, err->message);
		return out->unread ? 0 : err_memory(err);
	}
	for (size_t i = 0; i < reads.count; i++) {
		const struct describe_table *read = map_get(d->known, reads.names[i]);
		if (is_own)
			TRY(add_word(d, &out->reads, read->name, err));
		else if (strcmp(read->name, out->table.name) == 0)
			TRY(add_word(d, &out->read_by, table->name, err));
	}
	return 0;
}

static int find_relations(struct describing *d, struct error *err)
{
	const struct dependencies_source asked = {
		.context = d->context,
		.tables = d->known,
	};
	for (size_t i = 0; i < d->tables->count; i++)
		if (d->tables->items[i].model)
			TRY(relate(d, &asked, &d->tables->items[i], err));
	return 0;
}

/* Which of a source's or model's columns are personal, and where a model's come from. */
static int find_origins(struct describing *d, struct error *err)
{
	struct describe_detail *out = d->out;
	OWNED(personal) *personal = NULL;
	if (!out->table.source && !out->table.model)
		return 0;
	TRY(personal_new(d->context, d->known, &personal, err));
	for (size_t i = 0; i < out->column_count; i++) {
		struct personal_column found;
		TRY(personal_find(personal, out->table.name, out->columns[i].name, &found, err));
		out->columns[i].is_personal = found.is_personal;
		if (found.from && !(out->columns[i].from = arena_copy_text(d->arena, found.from)))
			return err_memory(err);
	}
	return 0;
}

/* ---- checks ---- */

static int add_check(struct describing *d, const struct check *check, struct error *err)
{
	struct describe_check *out = &d->out->checks[d->out->check_count++];
	*out = (struct describe_check){
		.name = check->name,
		.kind = check_kind_name(check->kind),
		.severity = check->severity == CHECK_WARN ? "warn" : "error",
		.failing = -1,
	};
	(void)err;
	return 0;
}

static int take_result(void *context, const struct catalog_check *result, struct error *err)
{
	struct describing *d = context;
	(void)err;
	if (strcmp(result->table, d->out->table.name) != 0)
		return 0;
	for (size_t i = 0; i < d->out->check_count; i++) {
		struct describe_check *check = &d->out->checks[i];
		if (check->outcome || strcmp(check->name, result->name) != 0)
			continue;
		check->outcome = catalog_outcome_word(result->outcome);
		check->failing = result->failing;
	}
	return 0;
}

struct ids {
	char items[RUNS_LOOKED_THROUGH][PROCESS_ID_SIZE];
	size_t count;
};

static int take_id(void *context, const struct catalog_run *run, struct error *err)
{
	struct ids *ids = context;
	(void)err;
	snprintf(ids->items[ids->count++], PROCESS_ID_SIZE, "%s", run->id);
	return 0;
}

/* The newest result of each check. */
static int find_results(struct describing *d, struct error *err)
{
	struct catalog *catalog = context_catalog(d->context);
	struct ids ids = {.count = 0};
	TRY(catalog_runs_each(catalog, d->project->target, RUNS_LOOKED_THROUGH, take_id, &ids,
			      err));
	for (size_t i = 0; i < ids.count; i++)
		TRY(catalog_checks_each(catalog, ids.items[i], false, take_result, d, err));
	return 0;
}

static int find_checks(struct describing *d, struct error *err)
{
	const struct describe_table *table = &d->out->table;
	const struct project *project = d->project;
	const struct checks none = {0};
	const struct checks *own = table->source  ? &table->source->checks
				   : table->model ? &table->model->checks
						  : &none;
	d->out->checks = arena_alloc_array(d->arena, own->count + project->check_count + 1,
					   sizeof *d->out->checks);
	if (!d->out->checks)
		return err_memory(err);
	for (size_t i = 0; i < own->count; i++)
		TRY(add_check(d, &own->items[i], err));
	for (size_t i = 0; i < project->check_count; i++)
		if (strcmp(project->checks[i].table, table->name) == 0)
			TRY(add_check(d, &project->checks[i], err));
	return find_results(d, err);
}

/* ---- versions ---- */

static const char *who(struct arena *arena, const struct delta_commit_info *info)
{
	struct error unused;
	OWNED(json) *said = NULL;
	if (info->vitrine_json &&
	    json_parse(info->vitrine_json, strlen(info->vitrine_json), &said, &unused) >= 0) {
		int64_t number = json_int(json_get(said, "run_number"), 0);
		if (number > 0)
			return arena_format(arena, "run %lld", (long long)number);
	}
	return arena_copy_text(arena, info->engine_info ? info->engine_info : "");
}

static int add_version(struct describing *d, const struct delta_commit_info *info,
		       struct error *err)
{
	struct describe_version *out = &d->out->versions[d->out->version_count++];
	*out = (struct describe_version){
		.version = info->version,
		.time_us = info->timestamp_ms * 1000,
		.operation = arena_copy_text(d->arena, info->operation ? info->operation : ""),
		.by = who(d->arena, info),
		.is_published = info->version == d->out->table.version,
	};
	return out->operation && out->by ? 0 : err_memory(err);
}

static int find_versions(struct describing *d, size_t versions_max, struct error *err)
{
	const struct describe_table *table = &d->out->table;
	struct store *store = describe_lakes_of(d->lakes, table);
	struct delta_commit_info *infos = NULL;
	int64_t newest;
	if (!table->key || table->problem)
		return 0;
	int exists = delta_newest_version(store, table->key, &newest, err);
	if (exists <= 0)
		return exists;
	int64_t first = newest - (int64_t)versions_max + 1;
	int count = delta_history(store, table->key, first > 0 ? first : 0, newest, &infos, err);
	TRY(count);
	d->out->versions = arena_alloc_array(d->arena, (size_t)count + 1, sizeof *d->out->versions);
	int result = d->out->versions ? 0 : err_memory(err);
	for (int i = count - 1; result == 0 && i >= 0; i--)
		result = add_version(d, &infos[i], err);
	delta_history_free(infos, count);
	return result;
}

/* ---- the whole ---- */

static void take_words(struct describing *d)
{
	struct describe_detail *out = d->out;
	if (out->table.source) {
		out->key = out->table.source->key;
		out->tags = out->table.source->tags;
	}
	if (out->table.model) {
		out->key = out->table.model->key;
		out->tags = out->table.model->tags;
		out->partition_by = out->table.model->partition_by;
	}
}

int describe_table(struct context *context, const char *name, size_t versions_max,
		   struct arena *arena, struct describe_detail *out, struct error *err)
{
	struct describe_tables tables;
	HELD(describe_lakes) lakes = {0};
	OWNED(map) *known = map_new();
	struct describing d = {.context = context,
			       .project = context_project(context),
			       .arena = arena,
			       .lakes = &lakes,
			       .tables = &tables,
			       .known = known,
			       .out = out};
	*out = (struct describe_detail){0};
	if (!known)
		return err_memory(err);
	TRY(describe_lakes_open(context, true, &lakes, err));
	TRY(describe_list(context, &lakes, arena, &tables, err));
	TRY(index_tables(&d, err));
	TRY(find_table(&d, name, err));
	take_words(&d);
	TRY(find_columns(&d, err));
	TRY(find_relations(&d, err));
	TRY(find_origins(&d, err));
	TRY(find_checks(&d, err));
	return find_versions(&d, versions_max, err);
}
