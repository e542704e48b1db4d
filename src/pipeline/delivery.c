/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/delivery.h"

#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"

static void file_done(struct delivery_file *file)
{
	free(file->logical);
	free(file->path);
	free(file->key);
}

void delivery_done(struct delivery *delivery)
{
	for (size_t i = 0; i < delivery->count; i++)
		file_done(&delivery->files[i]);
	free(delivery->files);
	*delivery = (struct delivery){0};
}

int delivery_add(struct delivery *delivery, const char *logical, const char *sha256,
		 const char *path, const char *key, int64_t size, struct error *err)
{
	TRY(mem_grow(&delivery->files, &delivery->capacity, delivery->count + 1,
		     sizeof *delivery->files, err));
	struct delivery_file file = {.logical = mem_copy_text(logical),
				     .path = mem_copy_text(path),
				     .key = mem_copy_text(key),
				     .size = size};
	memcpy(file.sha256, sha256, HASH_HEX_SIZE);
	if (!file.logical || (path && !file.path) || (key && !file.key)) {
		file_done(&file);
		return err_memory(err);
	}
	delivery->files[delivery->count++] = file;
	return 0;
}

int delivery_add_copy(struct delivery *delivery, const struct delivery_file *file,
		      struct error *err)
{
	TRY(delivery_add(delivery, file->logical, file->sha256, file->path, file->key, file->size,
			 err));
	delivery->files[delivery->count - 1].landed_us = file->landed_us;
	delivery->files[delivery->count - 1].is_resend = file->is_resend;
	delivery->files[delivery->count - 1].is_refused = file->is_refused;
	return 0;
}

const char *delivery_fix_base(const char *key)
{
	static const char folder[] = "/_fixes/";
	const char *at = key && text_starts(key, "landing/") ? strstr(key, folder) : NULL;
	return at && strchr(key + strlen("landing/"), '/') == at ? at + strlen(folder) : NULL;
}

/* ---- what is in the table, by content and by name ---- */

struct known {
	struct map *contents, *names;
};

static void known_done(struct known *known)
{
	map_free(known->contents);
	map_free(known->names);
}
OWN_DEFINE_EMBEDDED(known, known_done)

static int find_known(struct known *known, const struct delivery *current, struct error *err)
{
	known->contents = map_new();
	known->names = map_new();
	if (!known->contents || !known->names)
		return err_memory(err);
	for (size_t i = 0; i < current->count; i++) {
		TRY(map_put(known->contents, current->files[i].sha256, NULL, err));
		TRY(map_put(known->names, current->files[i].logical, NULL, err));
	}
	return 0;
}

/* ---- deciding ---- */

static int by_name(const void *a, const void *b)
{
	const struct delivery_file *x = a, *y = b;
	int order = strcmp(x->logical, y->logical);
	return order ? order : strcmp(x->sha256, y->sha256);
}

/* After sorting: the same content twice counts once; one name with two contents is refused. */
static int mark_distinct(struct delivery *found, struct error *err)
{
	OWNED(map) *contents = map_new();
	OWNED(map) *names = map_new();
	if (!contents || !names)
		return err_memory(err);
	for (size_t i = 0; i < found->count; i++) {
		struct delivery_file *file = &found->files[i];
		file->is_new = map_find(contents, file->sha256) < 0;
		if (!file->is_new)
			continue;
		if (map_find(names, file->logical) >= 0)
			return err_set(err, ERR_REFUSED,
				       "two different files are both called \"%s\"", file->logical);
		TRY(map_put(contents, file->sha256, NULL, err));
		TRY(map_put(names, file->logical, NULL, err));
	}
	return 0;
}

static int count_new(const struct delivery *found)
{
	int count = 0;
	for (size_t i = 0; i < found->count; i++)
		count += found->files[i].is_new;
	return count;
}

static int decide_replace(struct delivery *found, const struct known *known, size_t current_count,
			  bool has_captures)
{
	if (has_captures) /* sorted: the greatest name is the newest delivery */
		for (size_t i = 0; i + 1 < found->count; i++)
			found->files[i].is_new = false;
	bool same = count_new(found) == (int)current_count;
	for (size_t i = 0; same && i < found->count; i++)
		same = !found->files[i].is_new ||
		       map_find(known->contents, found->files[i].sha256) >= 0;
	for (size_t i = 0; i < found->count; i++)
		found->files[i].is_new = found->files[i].is_new && !same;
	return count_new(found);
}

int delivery_decide(struct delivery *found, const struct delivery *current, enum source_load load,
		    enum source_resend resend, bool has_captures, struct error *err)
{
	if (found->count > 0)
		qsort(found->files, found->count, sizeof *found->files, by_name);
	TRY(mark_distinct(found, err));
	HELD(known) known = {0};
	TRY(find_known(&known, current, err));
	if (load == LOAD_REPLACE)
		return decide_replace(found, &known, current->count, has_captures);
	for (size_t i = 0; i < found->count; i++) {
		struct delivery_file *file = &found->files[i];
		if (!file->is_new || map_find(known.contents, file->sha256) >= 0) {
			file->is_new = false;
			continue;
		}
		file->is_resend = map_find(known.names, file->logical) >= 0;
		if (file->is_resend && resend == RESEND_ERROR) {
			err_set(err, ERR_REFUSED, "\"%s\" was sent again with other content",
				file->logical);
			return err_hint(err, "Set `resend: replace` to take the new content in "
					     "place of the old, or `resend: new` to add it.");
		}
	}
	return count_new(found);
}
