/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/land_files.h"

#include <pthread.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "catalog/landed.h"
#include "pipeline/context.h"
#include "pipeline/source_files.h"
#include "store/store.h"

/* 1 when the file was taken before as it stands: `out` is its hash. */
static int find_seen(struct run_state *state, const char *path, int64_t size, int64_t mtime_us,
		     char out[HASH_HEX_SIZE], struct error *err)
{
	return catalog_seen_get(context_catalog(state->context), path, size, mtime_us, out, err);
}

static int find_hash(struct run_state *state, const char *path, int64_t size, int64_t mtime_us,
		     char out[HASH_HEX_SIZE], struct error *err)
{
	struct catalog *catalog = context_catalog(state->context);
	TRY(hash_of_file(path, out, err));
	struct file_info after; /* what changed while it was read is not finished */
	if (file_stat(path, &after, err) == 1 && after.size == size && after.mtime_us == mtime_us)
		return catalog_seen_put(catalog, path, size, mtime_us, out, err);
	return err_set(err, ERR_BUSY, "\"%s\" changed while it was read", path);
}

/* ---- whether a file is finished ---- */

void land_watch_done(struct land_watch *watch)
{
	source_files_done(&watch->files);
}

static int by_path(const void *path, const void *file)
{
	return strcmp(path, ((const struct source_file *)file)->path);
}

static int watch_add(struct land_watch *watch, const struct source_file *file, struct error *err)
{
	struct source_files *files = &watch->files;
	TRY(mem_grow(&files->items, &files->capacity, files->count + 1, sizeof *files->items, err));
	char *path = mem_copy_text(file->path);
	if (!path)
		return err_memory(err);
	files->items[files->count++] =
		(struct source_file){.path = path, .size = file->size, .mtime_us = file->mtime_us};
	return 0;
}

/* It stands as it did at the first look. */
static bool stood_still(const struct land_watch *watch, const struct source_sighting *now,
			const char *path, int64_t settle_us)
{
	const struct source_file *first =
		watch->files.count ? bsearch(path, watch->files.items, watch->files.count,
					     sizeof *watch->files.items, by_path)
				   : NULL;
	if (!first)
		return false;
	struct source_sighting before = {first->size, first->mtime_us, watch->since_us};
	return source_is_settled(now, &before, false, settle_us);
}

/* 1 when the file may be taken. */
static int is_finished(const struct source *source, const struct source_file *file,
		       const struct land_watch *watch, struct error *err)
{
	OWNED_MEMORY char *ok = text_format(err, "%s.ok", file->path);
	struct file_info info;
	if (!ok)
		return -1;
	int ok_exists = file_stat(ok, &info, err);
	TRY(ok_exists);
	struct source_sighting now = {file->size, file->mtime_us, clock_now_us()};
	return source_is_settled(&now, NULL, ok_exists == 1, source->settle_us) ||
	       stood_still(watch, &now, file->path, source->settle_us);
}

static int add_found(struct run_state *state, const struct source *source,
		     const struct source_file *file, struct land_watch *watch, struct delivery *out,
		     int *out_waiting, struct error *err)
{
	char sha256[HASH_HEX_SIZE];
	int seen = find_seen(state, file->path, file->size, file->mtime_us, sha256, err);
	TRY(seen);
	int finished = seen ? 1 : is_finished(source, file, watch, err);
	TRY(finished);
	if (!finished) {
		++*out_waiting;
		return watch->since_us ? 0 : watch_add(watch, file, err);
	}
	if (!seen)
		TRY(find_hash(state, file->path, file->size, file->mtime_us, sha256, err));
	return delivery_add(out, file->logical, sha256, file->path, NULL, file->size, err);
}

/* "landing/<source>/2026-11-24/0123456789ab-name.csv" is ours: its name is what follows the hash;
 * so is what lies in "_fixes" and "_pipe". What others put there is called by its path below the
 * source's folder. */
static const char *logical_of_key(const char *below)
{
	const char *slash = strchr(below, '/');
	if (!slash || slash - below != 10 || strlen(slash) < 15 || slash[13] != '-')
		return below;
	return slash + 14;
}

bool land_is_copy(const char *key)
{
	const char *below =
		text_starts(key, "landing/") ? strchr(key + strlen("landing/"), '/') : NULL;
	return below && (below[1] == '_' || logical_of_key(below + 1) != below + 1);
}

static int add_from_lake(struct run_state *state, const struct source *source,
			 const struct delivery *known, struct delivery *out, struct error *err)
{
	struct store *store = context_store(state->context);
	OWNED_MEMORY char *prefix = text_format(err, "landing/%s/", source->name);
	OWNED(store_list) *list = NULL;
	OWNED(map) *keys = map_new();
	if (!prefix)
		return -1;
	if (!keys)
		return err_memory(err);
	for (size_t i = 0; i < known->count; i++)
		if (known->files[i].key)
			TRY(map_put(keys, known->files[i].key, NULL, err));
	TRY(store_list_objects(store, prefix, NULL, &list, err));
	for (size_t i = 0; i < list->count; i++) {
		const struct store_object *object = &list->objects[i];
		const char *below = object->key + strlen(prefix);
		const char *name = file_name(below);
		bool is_ours = logical_of_key(below) != below;
		if (is_ours || map_find(keys, object->key) >= 0 || *below == '_' || *name == '.' ||
		    *name == '_' || text_ends(name, ".part") || text_ends(name, ".tmp") ||
		    text_ends(name, ".ok"))
			continue;
		OWNED_MEMORY char *path = NULL;
		char sha256[HASH_HEX_SIZE];
		TRY(store_local_path(store, object->key, &path, err));
		int seen = find_seen(state, path, object->size, object->modified_us, sha256, err);
		TRY(seen);
		if (!seen)
			TRY(find_hash(state, path, object->size, object->modified_us, sha256, err));
		TRY(delivery_add(out, below, sha256, NULL, object->key, object->size, err));
	}
	return 0;
}

int land_find_files(struct run_state *state, const struct source *source,
		    const struct delivery *known, struct land_watch *watch, struct delivery *out,
		    int *out_waiting, struct error *err)
{
	HELD(source_files) files = {0};
	*out_waiting = 0;
	if (source->files)
		TRY(source_expand(context_project(state->context)->root, source->files, &files,
				  err));
	for (size_t i = 0; i < files.count; i++)
		TRY(add_found(state, source, &files.items[i], watch, out, out_waiting, err));
	if (!watch->since_us)
		watch->since_us = clock_now_us();
	return add_from_lake(state, source, known, out, err);
}

/* By name ("<sha12>-<name>") the key at which an earlier run kept a file, whatever its date. */
static int find_kept(struct store *store, const char *prefix, struct store_list **out_list,
		     struct map *out, struct error *err)
{
	TRY(store_list_objects(store, prefix, NULL, out_list, err));
	for (size_t i = 0; i < (*out_list)->count; i++) {
		const char *key = (*out_list)->objects[i].key;
		TRY(map_put(out, file_name(key), (char *)key, err));
	}
	return 0;
}

/* Where the file will lie: its key, where an earlier run kept it, or a new place. */
static int choose_key(struct run_state *state, const char *prefix, const struct map *kept,
		      struct delivery_file *file, struct error *err)
{
	if (file->key)
		return 0;
	OWNED_MEMORY char *name = text_format(err, "%.12s-%s", file->sha256, file_name(file->path));
	if (!name)
		return -1;
	const char *there = map_get(kept, name);
	file->key = there ? text_format(err, "%s", there)
			  : text_format(err, "%s%.10s/%s", prefix, state->now, name);
	return file->key ? 0 : -1;
}

/* Several at a time: what a copy takes is waiting for the disk, or the network, to say it is safe.
 */
enum { COPIES_AT_ONCE = 8 };

struct copying {
	struct store *store;
	const struct delivery *files;
	pthread_mutex_t lock; /* over what follows */
	bool has_failed;
	struct error failure; /* the first */
};

static void copy_some(void *context, int thread, size_t first, size_t last)
{
	struct copying *copying = context;
	(void)thread;
	for (size_t i = first; i < last; i++) {
		const struct delivery_file *file = &copying->files->files[i];
		struct error err = {0};
		pthread_mutex_lock(&copying->lock);
		bool goes_on = !copying->has_failed && file->path;
		pthread_mutex_unlock(&copying->lock);
		if (!goes_on || store_put_file(copying->store, file->key, file->path, &err) == 0)
			continue;
		pthread_mutex_lock(&copying->lock);
		if (!copying->has_failed)
			copying->failure = err;
		copying->has_failed = true;
		pthread_mutex_unlock(&copying->lock);
	}
}

int land_copy_files(struct run_state *state, const struct source *source, struct delivery *files,
		    struct error *err)
{
	struct store *store = context_store(state->context);
	OWNED_MEMORY char *prefix = text_format(err, "landing/%s/", source->name);
	OWNED(store_list) *list = NULL;
	OWNED(map) *kept = map_new();
	if (!prefix)
		return -1;
	if (!kept)
		return err_memory(err);
	TRY(find_kept(store, prefix, &list, kept, err));
	for (size_t i = 0; i < files->count; i++)
		if (files->files[i].path)
			TRY(choose_key(state, prefix, kept, &files->files[i], err));
	struct copying copying = {.store = store, .files = files};
	pthread_mutex_init(&copying.lock, NULL);
	parallel_run(COPIES_AT_ONCE, files->count, 1, copy_some, &copying);
	pthread_mutex_destroy(&copying.lock);
	if (copying.has_failed)
		*err = copying.failure;
	return copying.has_failed ? -1 : 0;
}
