/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/delivery.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"

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

static bool holds_content(const struct delivery *delivery, const char *sha256)
{
	for (size_t i = 0; i < delivery->count; i++)
		if (strcmp(delivery->files[i].sha256, sha256) == 0)
			return true;
	return false;
}

static bool holds_name(const struct delivery *delivery, const char *logical)
{
	for (size_t i = 0; i < delivery->count; i++)
		if (strcmp(delivery->files[i].logical, logical) == 0)
			return true;
	return false;
}

static int by_name(const void *a, const void *b)
{
	const struct delivery_file *x = a, *y = b;
	int order = strcmp(x->logical, y->logical);
	return order ? order : strcmp(x->sha256, y->sha256);
}

/* After sorting: the same content twice counts once; one name with two contents is refused. */
static int mark_distinct(struct delivery *found, struct error *err)
{
	for (size_t i = 0; i < found->count; i++) {
		struct delivery_file *file = &found->files[i];
		file->is_new = true;
		for (size_t j = 0; j < i; j++) {
			const struct delivery_file *before = &found->files[j];
			if (strcmp(before->sha256, file->sha256) == 0)
				file->is_new = false;
			else if (before->is_new && strcmp(before->logical, file->logical) == 0)
				return err_set(err, ERR_REFUSED,
					       "two different files are both called \"%s\"",
					       file->logical);
		}
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

static int decide_replace(struct delivery *found, const struct delivery *current, bool has_captures)
{
	if (has_captures) /* sorted: the greatest name is the newest delivery */
		for (size_t i = 0; i + 1 < found->count; i++)
			found->files[i].is_new = false;
	bool same = count_new(found) == (int)current->count;
	for (size_t i = 0; same && i < found->count; i++)
		same = !found->files[i].is_new || holds_content(current, found->files[i].sha256);
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
	if (load == LOAD_REPLACE)
		return decide_replace(found, current, has_captures);
	for (size_t i = 0; i < found->count; i++) {
		struct delivery_file *file = &found->files[i];
		if (!file->is_new || holds_content(current, file->sha256)) {
			file->is_new = false;
			continue;
		}
		file->is_resend = holds_name(current, file->logical);
		if (file->is_resend && resend == RESEND_ERROR) {
			err_set(err, ERR_REFUSED, "\"%s\" was sent again with other content",
				file->logical);
			return err_hint(err, "Set `resend: replace` to take the new content in "
					     "place of the old, or `resend: new` to add it.");
		}
	}
	return count_new(found);
}
