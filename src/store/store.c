/* SPDX-License-Identifier: Apache-2.0 */
/* store: what is common to every kind of store: keys are checked here, once. */
#include "store/store.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/store_local.h"

void store_list_free(struct store_list *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->count; i++)
		free(list->objects[i].key);
	free(list->objects);
	free(list);
}

int store_list_add(struct store_list *list, const char *key, int64_t size, int64_t modified_us,
		   struct error *err)
{
	TRY(mem_grow(&list->objects, &list->capacity, list->count + 1, sizeof *list->objects, err));
	char *copy = mem_copy_text(key);
	if (!copy)
		return err_memory(err);
	list->objects[list->count++] =
		(struct store_object){.key = copy, .size = size, .modified_us = modified_us};
	return 0;
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct store_object *)a)->key, ((const struct store_object *)b)->key);
}

void store_list_sort(struct store_list *list)
{
	if (list->count)
		qsort(list->objects, list->count, sizeof *list->objects, by_key);
}

static bool is_reserved(const char *key)
{
	size_t len = strlen(STORE_STAGING);
	return text_starts(key, STORE_STAGING) && (!key[len] || key[len] == '/');
}

bool store_is_key(const char *key)
{
	if (strlen(key) > PATH_LEN_MAX || is_reserved(key))
		return false;
	for (const char *part = key;; part++) {
		size_t len = strcspn(part, "/");
		if (len == 0 || (len == 1 && part[0] == '.') ||
		    (len == 2 && part[0] == '.' && part[1] == '.'))
			return false;
		part += len;
		if (!*part)
			return true;
	}
}

static int check_key(const char *key, struct error *err)
{
	if (store_is_key(key))
		return 0;
	return err_set(err, ERR_USAGE, "\"%s\" cannot name an object of the lake", key);
}

int store_open(const char *uri, struct store **out, struct error *err)
{
	const char *scheme_end = strstr(uri, "://");
	if (!scheme_end)
		return store_local_open(uri, uri, out, err);
	if (text_starts(uri, "file:///"))
		return store_local_open(uri, uri + strlen("file://"), out, err);
	err_set(err, ERR_UNSUPPORTED, "a lake at \"%.*s://\" is not supported",
		(int)(scheme_end - uri), uri);
	return err_hint(err, "Give a folder's path, or \"file:///\" and an absolute path.");
}

void store_free(struct store *store)
{
	if (store)
		store->ops->free(store);
}

int store_get(struct store *store, const char *key, char **out, size_t *out_len, struct error *err)
{
	TRY(check_key(key, err));
	int64_t size;
	int found = store->ops->size(store, key, &size, err);
	if (found < 0)
		return found;
	if (!found)
		return err_set(err, ERR_NOT_FOUND, "there is no \"%s\" in the lake", key);
	if (size > TEXT_LEN_MAX)
		return err_set(err, ERR_LIMIT, "\"%s\" is longer than %d bytes", key, TEXT_LEN_MAX);
	size_t len;
	return store->ops->get(store, key, 0, size, out, out_len ? out_len : &len, err);
}

int store_get_range(struct store *store, const char *key, int64_t offset, int64_t len, char **out,
		    size_t *out_len, struct error *err)
{
	TRY(check_key(key, err));
	if (len < 0 || len > TEXT_LEN_MAX)
		return err_set(err, ERR_LIMIT, "%lld bytes of \"%s\" cannot be read at once",
			       (long long)len, key);
	return store->ops->get(store, key, offset, len, out, out_len, err);
}

int store_size(struct store *store, const char *key, int64_t *out, struct error *err)
{
	TRY(check_key(key, err));
	return store->ops->size(store, key, out, err);
}

int store_put(struct store *store, const char *key, const void *bytes, size_t len,
	      struct error *err)
{
	TRY(check_key(key, err));
	int result = store->ops->put(store, key, bytes, len, false, err);
	return result < 0 ? result : 0;
}

int store_put_if_absent(struct store *store, const char *key, const void *bytes, size_t len,
			struct error *err)
{
	TRY(check_key(key, err));
	return store->ops->put(store, key, bytes, len, true, err);
}

int store_put_file(struct store *store, const char *key, const char *path, struct error *err)
{
	TRY(check_key(key, err));
	return store->ops->put_file(store, key, path, err);
}

int store_list_objects(struct store *store, const char *prefix, const char *after,
		       struct store_list **out, struct error *err)
{
	OWNED(store_list) *list = mem_alloc(sizeof *list);
	if (!list)
		return err_memory(err);
	TRY(store->ops->list(store, prefix, after, list, err));
	store_list_sort(list);
	*out = TAKE(list);
	return 0;
}

int store_remove(struct store *store, const char *key, struct error *err)
{
	TRY(check_key(key, err));
	return store->ops->remove(store, key, err);
}

int store_local_path(struct store *store, const char *key, char **out, struct error *err)
{
	TRY(check_key(key, err));
	return store->ops->local_path(store, key, out, err);
}

int store_make_staging(struct store *store, char **out_folder, struct error *err)
{
	return store->ops->staging(store, out_folder, err);
}

int store_leftovers(struct store *store, bool remove, struct store_list **out, struct error *err)
{
	OWNED(store_list) *list = mem_alloc(sizeof *list);
	if (!list)
		return err_memory(err);
	TRY(store->ops->leftovers(store, remove, list, err));
	store_list_sort(list);
	*out = TAKE(list);
	return 0;
}
