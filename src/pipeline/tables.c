/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/tables.h"

#include <pthread.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "pipeline/other_lake.h"
#include "pipeline/project.h"
#include "pipeline/set.h"
#include "store/store.h"

struct tables {
	struct store *store;
	const struct delta_parquet *parquet;
	const struct project *project;
	const struct set *base;
	struct set *changes;
	struct store *other_store; /* NULL = none */
	struct set *other_set;
	struct map *snapshots; /* "<key>@<version>", "<lake> <key>@<version>" -> delta_snapshot */
	pthread_mutex_t lock;
};

int tables_new(const struct project *project, struct store *store,
	       const struct delta_parquet *parquet, const struct set *base, struct tables **out,
	       struct error *err)
{
	OWNED(tables) *tables = mem_alloc(sizeof *tables);
	if (!tables)
		return err_memory(err);
	*tables = (struct tables){
		.project = project, .store = store, .parquet = parquet, .base = base};
	pthread_mutex_init(&tables->lock, NULL);
	tables->changes = set_new();
	tables->snapshots = map_new();
	if (!tables->changes || !tables->snapshots)
		return err_memory(err);
	TRY(other_lake_open(project, &tables->other_store, &tables->other_set, err));
	*out = TAKE(tables);
	return 0;
}

void tables_free(struct tables *tables)
{
	if (!tables)
		return;
	for (size_t i = 0; tables->snapshots && i < map_count(tables->snapshots); i++)
		delta_snapshot_free(map_value_at(tables->snapshots, i));
	map_free(tables->snapshots);
	set_free(tables->changes);
	set_free(tables->other_set);
	store_free(tables->other_store);
	pthread_mutex_destroy(&tables->lock);
	free(tables);
}

static const struct set_table *find(const struct tables *tables, const char *name)
{
	const struct set_table *table = set_find(tables->changes, name);
	return table ? table : set_find(tables->base, name);
}

/* Open a table's version in a store once. */
static int open_locked(struct tables *tables, const char *key, int64_t version, struct store *store,
		       const struct delta_snapshot **out, struct error *err)
{
	bool is_own = store == tables->store;
	OWNED_MEMORY char *id = text_format(err, "%s%s%s@%lld", is_own ? "" : store->uri,
					    is_own ? "" : " ", key, (long long)version);
	if (!id)
		return -1;
	*out = map_get(tables->snapshots, id);
	if (*out)
		return 1;
	OWNED(delta_snapshot) *snapshot = NULL;
	TRY(delta_snapshot_open(store, key, version, tables->parquet, &snapshot, err));
	TRY(map_put(tables->snapshots, id, snapshot, err));
	*out = TAKE(snapshot);
	return 1;
}

static int get_locked(struct tables *tables, const struct set_table *table, struct store *store,
		      const struct delta_snapshot **out, struct error *err)
{
	if (open_locked(tables, table->key, table->version, store, out, err) == 1)
		return 1;
	set_say_lost(table, err);
	return err_within(err, "while opening table \"%s\"", table->name);
}

int tables_open(struct tables *tables, const char *key, int64_t version,
		const struct delta_snapshot **out, struct error *err)
{
	pthread_mutex_lock(&tables->lock);
	int result = open_locked(tables, key, version, tables->store, out, err);
	pthread_mutex_unlock(&tables->lock);
	return result < 0 ? result : 0;
}

int tables_get(struct tables *tables, const char *name, const struct delta_snapshot **out,
	       struct error *err)
{
	pthread_mutex_lock(&tables->lock);
	const struct set_table *table = find(tables, name);
	int result = table ? get_locked(tables, table, tables->store, out, err) : 0;
	pthread_mutex_unlock(&tables->lock);
	return result;
}

int tables_get_input(struct tables *tables, const char *name, struct table_input *out,
		     struct error *err)
{
	*out = (struct table_input){.store = tables->store};
	int found = tables_get(tables, name, &out->snapshot, err);
	const struct set_table *other =
		found == 0 && tables->other_set ? set_find(tables->other_set, name) : NULL;
	if (!other)
		return found;
	out->store = tables->other_store;
	out->lake = tables->project->reads_lake;
	out->target = tables->project->reads;
	pthread_mutex_lock(&tables->lock);
	found = get_locked(tables, other, out->store, &out->snapshot, err);
	pthread_mutex_unlock(&tables->lock);
	return found < 0 ? err_within(err, "in the lake of target \"%s\"", out->target) : found;
}

const struct set *tables_other(const struct tables *tables)
{
	return tables->other_set;
}

int tables_put(struct tables *tables, const char *name, const char *key, int64_t version,
	       const char *definition, struct error *err)
{
	pthread_mutex_lock(&tables->lock);
	int result = set_put(tables->changes, name, key, version, definition, err);
	pthread_mutex_unlock(&tables->lock);
	return result;
}

const struct set *tables_changes(const struct tables *tables)
{
	return tables->changes;
}

static int put_all(struct set *into, const struct set *from, struct error *err)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct set_table *t = &from->tables[i];
		TRY(set_put(into, t->name, t->key, t->version, t->definition, err));
	}
	return 0;
}

int tables_merge(const struct tables *tables, struct set **out, struct error *err)
{
	OWNED(set) *merged = set_new();
	if (!merged)
		return err_memory(err);
	merged->number = tables->base->number;
	merged->time_us = tables->base->time_us;
	TRY(put_all(merged, tables->base, err));
	TRY(put_all(merged, tables->changes, err));
	*out = TAKE(merged);
	return 0;
}
