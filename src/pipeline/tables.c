/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/tables.h"

#include <pthread.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "pipeline/set.h"

struct tables {
	struct store *store;
	const struct delta_parquet *parquet;
	const struct set *base;
	struct set *changes;
	struct map *snapshots; /* "<key>@<version>" -> struct delta_snapshot */
	pthread_mutex_t lock;
};

int tables_new(struct store *store, const struct delta_parquet *parquet, const struct set *base,
	       struct tables **out, struct error *err)
{
	struct tables *tables = mem_alloc(sizeof *tables);
	if (!tables)
		return err_memory(err);
	*tables = (struct tables){.store = store, .parquet = parquet, .base = base};
	pthread_mutex_init(&tables->lock, NULL);
	tables->changes = set_new();
	tables->snapshots = map_new();
	if (!tables->changes || !tables->snapshots) {
		tables_free(tables);
		return err_memory(err);
	}
	*out = tables;
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
	pthread_mutex_destroy(&tables->lock);
	free(tables);
}

static const struct set_table *find(const struct tables *tables, const char *name)
{
	const struct set_table *table = set_find(tables->changes, name);
	return table ? table : set_find(tables->base, name);
}

static int get_locked(struct tables *tables, const char *name, const struct delta_snapshot **out,
		      struct error *err)
{
	const struct set_table *table = find(tables, name);
	if (!table)
		return 0;
	OWNED_MEMORY char *id = text_format(err, "%s@%lld", table->key, (long long)table->version);
	if (!id)
		return -1;
	*out = map_get(tables->snapshots, id);
	if (*out)
		return 1;
	OWNED(delta_snapshot) *snapshot = NULL;
	if (delta_snapshot_open(tables->store, table->key, table->version, tables->parquet,
				&snapshot, err) < 0)
		return err_within(err, "while opening table \"%s\"", name);
	TRY(map_put(tables->snapshots, id, snapshot, err));
	*out = TAKE(snapshot);
	return 1;
}

int tables_get(struct tables *tables, const char *name, const struct delta_snapshot **out,
	       struct error *err)
{
	pthread_mutex_lock(&tables->lock);
	int result = get_locked(tables, name, out, err);
	pthread_mutex_unlock(&tables->lock);
	return result;
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
