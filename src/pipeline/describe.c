/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/describe.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "delta/delta.h"
#include "pipeline/context.h"
#include "pipeline/describe_lakes.h"
#include "pipeline/other_lake.h"
#include "pipeline/project.h"

/* ---- where they lie ---- */

void describe_lakes_done(struct describe_lakes *lakes)
{
	set_free(lakes->set);
	set_free(lakes->other_set);
	store_free(lakes->other);
}

int describe_lakes_open(struct context *context, bool with_other, struct describe_lakes *out,
			struct error *err)
{
	const struct project *project = context_project(context);
	out->own = context_store(context);
	out->target = project->reads;
	TRY(set_read_newest(out->own, &out->set, err));
	return with_other ? other_lake_open(project, &out->other, &out->other_set, err) : 0;
}

struct store *describe_lakes_of(const struct describe_lakes *lakes,
				const struct describe_table *table)
{
	return table->target ? lakes->other : lakes->own;
}

/* ---- which tables there are ---- */

/* A description's first sentence or line, for lists. */
static const char *first_line(struct arena *arena, const char *text)
{
	size_t len = strcspn(text, "\n");
	const char *sentence = strstr(text, ". ");
	if (sentence && (size_t)(sentence - text) < len)
		len = (size_t)(sentence - text) + 1;
	return arena_copy_bytes(arena, text, len);
}

static int describe_source(struct arena *arena, const struct source *source,
			   struct describe_table *out, struct error *err)
{
	*out = (struct describe_table){
		.name = arena_format(arena, "processing.%s", source->name),
		.kind = "source",
		.path = source->path,
		.description = source->description,
		.summary = first_line(arena, source->description),
		.source = source,
	};
	return out->name && out->summary ? 0 : err_memory(err);
}

static int describe_model(struct arena *arena, const struct model *model,
			  struct describe_table *out, struct error *err)
{
	*out = (struct describe_table){
		.name = arena_format(arena, "%s.%s", model->database, model->name),
		.kind = model->recommender ? "recommender" : "model",
		.path = model->path,
		.description = model->description,
		.summary = first_line(arena, model->summary),
		.model = model,
	};
	return out->name && out->summary ? 0 : err_memory(err);
}

static int compare(const void *a, const void *b)
{
	const struct describe_table *x = a, *y = b;
	return strcmp(x->name, y->name);
}

/* What only a set knows. */
static int list_orphans(const struct set *set, struct arena *arena, struct describe_tables *out,
			struct error *err)
{
	size_t known = out->count;
	for (size_t i = 0; set && i < set->count; i++) {
		struct describe_table orphan = {.kind = "orphan", .summary = "", .description = ""};
		orphan.name = arena_copy_text(arena, set->tables[i].name);
		if (!orphan.name)
			return err_memory(err);
		if (!bsearch(&orphan, out->items, known, sizeof *out->items, compare))
			out->items[out->count++] = orphan;
	}
	qsort(out->items, out->count, sizeof *out->items, compare);
	return 0;
}

/* What the project defines, and then what only the sets know. */
static int list_tables(const struct project *project, const struct describe_lakes *lakes,
		       struct arena *arena, struct describe_tables *out, struct error *err)
{
	size_t count = project->source_count + project->model_count + lakes->set->count +
		       (lakes->other_set ? lakes->other_set->count : 0);
	out->items = arena_alloc_array(arena, count + 1, sizeof *out->items);
	if (!out->items)
		return err_memory(err);
	for (size_t i = 0; i < project->source_count; i++)
		TRY(describe_source(arena, &project->sources[i], &out->items[out->count++], err));
	for (size_t i = 0; i < project->model_count; i++)
		TRY(describe_model(arena, &project->models[i], &out->items[out->count++], err));
	qsort(out->items, out->count, sizeof *out->items, compare);
	TRY(list_orphans(lakes->set, arena, out, err));
	return list_orphans(lakes->other_set, arena, out, err);
}

/* ---- what is in them ---- */

static int64_t time_of_version(struct store *store, const char *key, int64_t version)
{
	struct delta_commit_info *infos = NULL;
	struct error unused; /* a commit cleaned away tells no time */
	int count = delta_history(store, key, version, version, &infos, &unused);
	int64_t time_us = count == 1 ? infos[0].timestamp_ms * 1000 : 0;
	if (count >= 0)
		delta_history_free(infos, count);
	return time_us;
}

static int measure(struct context *context, struct store *store, struct describe_table *table,
		   struct error *err)
{
	OWNED(delta_snapshot) *snapshot = NULL;
	TRY(delta_snapshot_open(store, table->key, table->version, context_parquet(context),
				&snapshot, err));
	table->rows = delta_snapshot_rows(snapshot);
	table->bytes = delta_snapshot_bytes(snapshot);
	table->files = (int64_t)delta_snapshot_file_count(snapshot);
	table->changed_us =
		time_of_version(store, table->key, delta_snapshot_data_version(snapshot));
	return 0;
}

/* A table that is broken is no reason not to speak of the others. */
static int fill_in(struct context *context, const struct describe_lakes *lakes, struct arena *arena,
		   struct describe_table *table, struct error *err)
{
	const struct set_table *published = set_find(lakes->set, table->name);
	if (!published && lakes->other_set && (published = set_find(lakes->other_set, table->name)))
		table->target = lakes->target;
	table->version = table->rows = table->bytes = table->files = -1;
	if (!published)
		return 0;
	table->version = published->version;
	if (!(table->key = arena_copy_text(arena, published->key)))
		return err_memory(err);
	if (!table->source && !table->model && !*table->description)
		table->summary = "nothing defines it any more";
	if (measure(context, describe_lakes_of(lakes, table), table, err) >= 0)
		return 0;
	if (err->kind == ERR_MEMORY || err->kind == ERR_CANCELED)
		return -1;
	table->problem = arena_copy_text(arena, err->message);
	return table->problem ? 0 : err_memory(err);
}

int describe_list(struct context *context, const struct describe_lakes *lakes, struct arena *arena,
		  struct describe_tables *out, struct error *err)
{
	*out = (struct describe_tables){.set = lakes->set->number};
	TRY(list_tables(context_project(context), lakes, arena, out, err));
	for (size_t i = 0; i < out->count; i++)
		TRY(fill_in(context, lakes, arena, &out->items[i], err));
	return 0;
}

int describe_tables(struct context *context, bool with_other, struct arena *arena,
		    struct describe_tables *out, struct error *err)
{
	HELD(describe_lakes) lakes = {0};
	TRY(describe_lakes_open(context, with_other, &lakes, err));
	return describe_list(context, &lakes, arena, out, err);
}
