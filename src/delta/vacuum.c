/* SPDX-License-Identifier: Apache-2.0 */
/* vacuum: data files that nothing refers to. What a version refers to is known from two sides: the
 * files live in the newest version and in those to keep, and every file that a commit since then
 * removed or added. A file live at any time since the cut is in one of the two. */
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/text.h"
#include "delta/log.h"
#include "delta/snapshot.h"
#include "delta/uri.h"
#include "store/store.h"

/* Paths below the table that must stay. */
struct needed {
	struct store *store;
	const char *table;
	const struct delta_parquet *parquet;
	struct map *paths;
};

static int need(const struct needed *needed, const char *path, struct error *err)
{
	if (!delta_uri_is_absolute(path))
		return map_put(needed->paths, path, NULL, err);
	return err_set(err, ERR_UNSUPPORTED,
		       "table \"%s\" names the file \"%s\" by an absolute URI: what is unused "
		       "cannot be told",
		       needed->table, path);
}

/* The files of one version; with it, tombstones that are not older than `cut_ms`. */
static int need_version(const struct needed *needed, int64_t version, int64_t cut_ms,
			struct error *err)
{
	OWNED(delta_snapshot) *snapshot = NULL;
	TRY(delta_snapshot_open(needed->store, needed->table, version, needed->parquet, &snapshot,
				err));
	for (size_t i = 0; i < map_count(snapshot->entries); i++) {
		const struct delta_entry *dead = delta_snapshot_tombstone_at(snapshot, i);
		const char *path = map_key_at(snapshot->entries, i);
		bool is_past = dead && dead->deletion_ms && dead->deletion_ms < cut_ms;
		if (!is_past)
			TRY(need(needed, path, err));
	}
	return 0;
}

/* Everything that one commit adds or removes. Returns 1 when the commit is not older than
 * `cut_ms` (one that does not say counts as new), 0 when it is, or is gone. */
static int need_commit(const struct needed *needed, int64_t version, int64_t cut_ms,
		       struct error *err)
{
	OWNED(arena) *arena = arena_new();
	struct delta_actions actions;
	if (!arena)
		return err_memory(err);
	int found = delta_log_read(needed->store, needed->table, version, arena, &actions, err);
	if (found <= 0)
		return found;
	for (size_t i = 0; i < actions.count; i++)
		if (actions.items[i].kind == ACTION_COMMIT_INFO &&
		    actions.items[i].info.timestamp_ms &&
		    actions.items[i].info.timestamp_ms < cut_ms)
			return 0;
	for (size_t i = 0; i < actions.count; i++)
		if (actions.items[i].kind == ACTION_ADD || actions.items[i].kind == ACTION_REMOVE)
			TRY(need(needed, actions.items[i].entry.file.path, err));
	return 1;
}

static int need_since(const struct needed *needed, int64_t cut_ms, struct error *err)
{
	int64_t newest;
	int result = delta_newest_version(needed->store, needed->table, &newest, err);
	if (result == 0)
		return err_set(err, ERR_NOT_FOUND, "there is no table \"%s\"", needed->table);
	if (result < 0)
		return result;
	TRY(need_version(needed, newest, cut_ms, err));
	for (int64_t v = newest; v >= 0 && result == 1; v--)
		result = need_commit(needed, v, cut_ms, err);
	return result < 0 ? result : 0;
}

/* Folders and files whose name starts with '_' or '.' are not data, but for a partition's folder
 * such as "_day=1". */
static bool is_hidden(const char *path)
{
	for (const char *part = path;; part++) {
		size_t len = strcspn(part, "/");
		bool is_partition = part[len] && memchr(part, '=', len);
		if ((*part == '_' || *part == '.') && !is_partition)
			return true;
		part += len;
		if (!*part)
			return false;
	}
}

/* Objects below the table that are not needed and not newer than `newest_us`. */
static int find_unneeded(const struct needed *needed, int64_t newest_us, struct store_list *out,
			 struct error *err)
{
	OWNED(store_list) *all = NULL;
	OWNED_MEMORY char *prefix = text_format(err, "%s/", needed->table);
	if (!prefix)
		return -1;
	TRY(store_list_objects(needed->store, prefix, NULL, &all, err));
	for (size_t i = 0; i < all->count; i++) {
		const struct store_object *object = &all->objects[i];
		const char *path = object->key + strlen(prefix);
		if (!is_hidden(path) && map_find(needed->paths, path) < 0 &&
		    object->modified_us <= newest_us)
			TRY(store_list_add(out, object->key, object->size, object->modified_us,
					   err));
	}
	return 0;
}

static int write_keys(const struct store_list *list, struct text *out, struct error *err)
{
	for (size_t i = 0; i < list->count; i++)
		text_addf(out, "%s\n", list->objects[i].key);
	TRY(text_check(out, err));
	return (int)list->count;
}

static void list_done(struct store_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->objects[i].key);
	free(list->objects);
}
OWN_DEFINE_EMBEDDED(store_list, list_done)

int delta_vacuum(struct store *store, const char *table, const int64_t *keep_versions,
		 size_t keep_count, int64_t retention_us, int64_t now_us, bool dry_run,
		 const struct delta_parquet *parquet, struct text *out_removed, struct error *err)
{
	OWNED(map) *paths = map_new();
	HELD(store_list) unneeded = {0};
	struct needed needed = {store, table, parquet, paths};
	int64_t cut_us = now_us - retention_us;
	if (!paths)
		return err_memory(err);
	TRY(need_since(&needed, cut_us / 1000, err));
	for (size_t i = 0; i < keep_count; i++)
		TRY(need_version(&needed, keep_versions[i], INT64_MAX, err));
	TRY(find_unneeded(&needed, cut_us, &unneeded, err));
	for (size_t i = 0; !dry_run && i < unneeded.count; i++)
		TRY(store_remove(store, unneeded.objects[i].key, err));
	return write_keys(&unneeded, out_removed, err);
}

int delta_orphans(struct store *store, const char *table, const struct delta_parquet *parquet,
		  struct text *out_keys, struct error *err)
{
	OWNED(map) *paths = map_new();
	HELD(store_list) unneeded = {0};
	struct needed needed = {store, table, parquet, paths};
	if (!paths)
		return err_memory(err);
	TRY(need_since(&needed, INT64_MIN, err));
	TRY(find_unneeded(&needed, INT64_MAX, &unneeded, err));
	return write_keys(&unneeded, out_keys, err);
}
