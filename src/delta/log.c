/* SPDX-License-Identifier: Apache-2.0 */
#include "delta/log.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/store.h"

void delta_log_done(struct delta_log *log)
{
	free(log->files);
	*log = (struct delta_log){0};
}

/* ---- names ---- */

/* Exactly `digits` digits, moved past. */
static bool read_number(const char **s, int digits, int64_t *out)
{
	int64_t number = 0;
	for (int i = 0; i < digits; i++) {
		int digit = (*s)[i] - '0';
		if (digit < 0 || digit > 9 || number > (INT64_MAX - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	*s += digits;
	*out = number;
	return true;
}

static bool read_parts(const char *rest, struct delta_log_file *out)
{
	int64_t part, parts;
	if (!read_number(&rest, 10, &part) || *rest++ != '.' || !read_number(&rest, 10, &parts) ||
	    strcmp(rest, ".parquet") != 0 || part < 1 || part > parts || parts > 100000)
		return false;
	out->part = (int)part;
	out->parts = (int)parts;
	return true;
}

/* What a file of the log is by its name; false for what is no commit and no checkpoint. */
static bool read_name(const char *name, struct delta_log_file *out)
{
	if (!read_number(&name, 20, &out->version))
		return false;
	out->part = out->parts = 1;
	if (strcmp(name, ".json") == 0) {
		out->kind = LOG_COMMIT;
		return true;
	}
	out->kind = LOG_CHECKPOINT;
	if (strcmp(name, ".checkpoint.parquet") == 0)
		return true;
	if (!text_starts(name, ".checkpoint."))
		return false;
	name += strlen(".checkpoint.");
	if (read_parts(name, out))
		return true;
	out->kind = LOG_CHECKPOINT_V2;
	return strcspn(name, "-") < strlen(name) &&
	       (text_ends(name, ".json") || text_ends(name, ".parquet"));
}

char *delta_log_commit_key(const char *table, int64_t version, struct error *err)
{
	return text_format(err, "%s/_delta_log/%020lld.json", table, (long long)version);
}

char *delta_log_checkpoint_key(const char *table, const struct delta_log_file *file, int part,
			       struct error *err)
{
	if (file->parts == 1)
		return text_format(err, "%s/_delta_log/%020lld.checkpoint.parquet", table,
				   (long long)file->version);
	return text_format(err, "%s/_delta_log/%020lld.checkpoint.%010d.%010d.parquet", table,
			   (long long)file->version, part, file->parts);
}

/* ---- the list ---- */

static int add_file(struct delta_log *log, const struct store_object *object, size_t prefix_len,
		    struct error *err)
{
	struct delta_log_file file = {.modified_us = object->modified_us};
	if (!read_name(object->key + prefix_len, &file))
		return 0;
	TRY(mem_grow(&log->files, &log->capacity, log->count + 1, sizeof *log->files, err));
	log->files[log->count++] = file;
	if (file.version > log->newest)
		log->newest = file.version;
	return 0;
}

int delta_log_list(struct store *store, const char *table, struct delta_log *out, struct error *err)
{
	OWNED(store_list) *list = NULL;
	OWNED_MEMORY char *prefix = text_format(err, "%s/_delta_log/", table);
	if (!prefix)
		return -1;
	TRY(store_list_objects(store, prefix, NULL, &list, err));
	out->newest = -1;
	for (size_t i = 0; i < list->count; i++)
		TRY(add_file(out, &list->objects[i], strlen(prefix), err));
	return 0;
}

bool delta_log_has_commit(const struct delta_log *log, int64_t version)
{
	size_t low = 0, high = log->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (log->files[middle].version < version)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < log->count && log->files[low].version == version; low++)
		if (log->files[low].kind == LOG_COMMIT)
			return true;
	return false;
}

/* Files of one version sort together, and the parts of one checkpoint in their order. */
static bool is_whole(const struct delta_log *log, size_t place)
{
	const struct delta_log_file *first = &log->files[place];
	if (first->kind != LOG_CHECKPOINT || first->part != 1)
		return false;
	int found = 0;
	for (size_t i = place; i < log->count && log->files[i].version == first->version; i++)
		found +=
			log->files[i].kind == LOG_CHECKPOINT && log->files[i].parts == first->parts;
	return found == first->parts;
}

int64_t delta_log_checkpoint(const struct delta_log *log, int64_t version)
{
	for (size_t i = log->count; i-- > 0;)
		if (log->files[i].version <= version && is_whole(log, i))
			return (int64_t)i;
	return -1;
}

int delta_newest_version(struct store *store, const char *table, int64_t *out, struct error *err)
{
	HELD(delta_log) log = {0};
	TRY(delta_log_list(store, table, &log, err));
	if (log.newest < 0)
		return 0;
	*out = log.newest;
	return 1;
}

int delta_log_read(struct store *store, const char *table, int64_t version, struct arena *arena,
		   struct delta_actions *out, struct error *err)
{
	OWNED_MEMORY char *key = delta_log_commit_key(table, version, err), *bytes = NULL;
	size_t len;
	if (!key)
		return -1;
	if (store_get(store, key, &bytes, &len, err) < 0)
		return err->kind == ERR_NOT_FOUND ? 0 : -1;
	TRY(delta_actions_parse(arena, key, bytes, len, out, err));
	return 1;
}
