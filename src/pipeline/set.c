/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/set.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/store.h"

static const char PREFIX[] = "_vitrine/published/";

struct set *set_new(void)
{
	struct set *set = mem_alloc(sizeof *set);
	if (set && !(set->run = mem_copy_text(""))) {
		free(set);
		return NULL;
	}
	return set;
}

static void table_done(struct set_table *table)
{
	free(table->name);
	free(table->key);
	free(table->definition);
}

void set_free(struct set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->count; i++)
		table_done(&set->tables[i]);
	free(set->tables);
	free(set->run);
	free(set);
}

int set_say_lost(const struct set_table *table, struct error *err)
{
	if (err->kind != ERR_NOT_FOUND)
		return -1;
	err_set(err, ERR_CORRUPT,
		"version %lld of \"%s\" is published, but the log in \"%s/_delta_log\" lacks it",
		(long long)table->version, table->name, table->key);
	return err_hint(
		err,
		"Put the log back from a backup. To build the table anew, take what defines "
		"it out of the project, `vitrine table drop %s`, and put it back.",
		table->name);
}

/* Where `name` stands, or would stand. */
static size_t place_of(const struct set *set, const char *name)
{
	size_t low = 0, high = set->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (strcmp(set->tables[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct set_table *set_find(const struct set *set, const char *name)
{
	size_t place = place_of(set, name);
	return place < set->count && strcmp(set->tables[place].name, name) == 0
		       ? &set->tables[place]
		       : NULL;
}

int set_put(struct set *set, const char *name, const char *key, int64_t version,
	    const char *definition, struct error *err)
{
	struct set_table table = {mem_copy_text(name), mem_copy_text(key), version,
				  mem_copy_text(definition)};
	if (!table.name || !table.key || !table.definition ||
	    mem_grow(&set->tables, &set->capacity, set->count + 1, sizeof table, err) < 0) {
		table_done(&table);
		return err_memory(err);
	}
	size_t place = place_of(set, name);
	struct set_table old = {0};
	if (set_find(set, name)) {
		old = set->tables[place];
	} else {
		memmove(&set->tables[place + 1], &set->tables[place],
			(set->count - place) * sizeof table);
		set->count++;
	}
	set->tables[place] = table;
	table_done(&old);
	return 0;
}

void set_remove(struct set *set, const char *name)
{
	size_t place = place_of(set, name);
	if (!set_find(set, name))
		return;
	table_done(&set->tables[place]);
	set->count--;
	memmove(&set->tables[place], &set->tables[place + 1],
		(set->count - place) * sizeof *set->tables);
}

static int parse(const char *key, const struct json *document, struct set *set, struct error *err)
{
	int64_t format = json_int(json_get(document, "format"), -1);
	if (format > SET_FORMAT) {
		err_set(err, ERR_UNSUPPORTED, "the lake has format %lld, this program knows %d",
			(long long)format, SET_FORMAT);
		return err_hint(err, "Use the newer version of vitrine that wrote it.");
	}
	const struct json *tables = json_get(document, "tables");
	const char *run = json_text(json_get(document, "run"), NULL);
	set->number = json_int(json_get(document, "set"), -1);
	set->time_us = json_int(json_get(document, "time_us"), 0);
	if (format < 1 || !run || set->number < 1 || !json_is_object(tables))
		return err_set(err, ERR_CORRUPT, "\"%s\" is not a published set", key);
	free(set->run);
	if (!(set->run = mem_copy_text(run)))
		return err_memory(err);
	void *iterator = NULL;
	const char *name;
	for (const struct json *table; json_next(tables, &iterator, &name, &table);) {
		const char *at = json_text(json_get(table, "key"), NULL);
		int64_t version = json_int(json_get(table, "version"), -1);
		if (!at || version < 0)
			return err_set(err, ERR_CORRUPT, "\"%s\": table \"%s\" has no version", key,
				       name);
		TRY(set_put(set, name, at, version,
			    json_text(json_get(table, "definition"), "model"), err));
	}
	return 0;
}

static int read_key(struct store *store, const char *key, struct set **out, struct error *err)
{
	OWNED_MEMORY char *bytes = NULL;
	size_t len;
	TRY(store_get(store, key, &bytes, &len, err));
	OWNED(json) *document = NULL;
	if (json_parse(bytes, len, &document, err) < 0)
		return err_within(err, "%s/%s", store->uri, key);
	OWNED(set) *set = set_new();
	if (!set)
		return err_memory(err);
	TRY(parse(key, document, set, err));
	*out = TAKE(set);
	return 0;
}

int set_read(struct store *store, int64_t number, struct set **out, struct error *err)
{
	OWNED_MEMORY char *key = text_format(err, "%s%020lld.json", PREFIX, (long long)number);
	if (!key)
		return -1;
	if (read_key(store, key, out, err) < 0) {
		if (err->kind == ERR_NOT_FOUND)
			err_set(err, ERR_NOT_FOUND, "there is no published set %lld",
				(long long)number);
		return -1;
	}
	return 0;
}

int set_read_newest(struct store *store, struct set **out, struct error *err)
{
	OWNED(store_list) *list = NULL;
	TRY(store_list_objects(store, PREFIX, NULL, &list, err));
	if (list->count > 0)
		return read_key(store, list->objects[list->count - 1].key, out, err);
	if (!(*out = set_new()))
		return err_memory(err);
	return 0;
}

int set_read_at(struct store *store, int64_t time_us, struct set **out, struct error *err)
{
	OWNED(store_list) *list = NULL;
	TRY(store_list_objects(store, PREFIX, NULL, &list, err));
	for (size_t i = list->count; i > 0; i--) {
		OWNED(set) *set = NULL;
		TRY(read_key(store, list->objects[i - 1].key, &set, err));
		if (set->time_us <= time_us) {
			*out = TAKE(set);
			return 0;
		}
	}
	return err_set(err, ERR_NOT_FOUND, "nothing was published yet at that time");
}

static char *to_json(const struct set *set, struct error *err)
{
	struct text t = {0};
	text_addf(&t, "{\"format\": %d, \"set\": %lld, \"time_us\": %lld, \"run\": ", SET_FORMAT,
		  (long long)set->number, (long long)set->time_us);
	text_add_json(&t, set->run, strlen(set->run));
	text_add(&t, ", \"tables\": {");
	for (size_t i = 0; i < set->count; i++) {
		const struct set_table *table = &set->tables[i];
		text_add(&t, i ? ",\n" : "\n");
		text_add_json(&t, table->name, strlen(table->name));
		text_add(&t, ": {\"key\": ");
		text_add_json(&t, table->key, strlen(table->key));
		text_addf(&t, ", \"version\": %lld, \"definition\": ", (long long)table->version);
		text_add_json(&t, table->definition, strlen(table->definition));
		text_add_char(&t, '}');
	}
	text_add(&t, "\n}}\n");
	return text_take(&t, err);
}

/* Put `changes` into `newest`; the number of tables that differ then, or negative. */
static int merge(struct set *newest, const struct set *changes, const char *const *dropped,
		 struct error *err)
{
	int different = 0;
	for (size_t i = 0; i < changes->count; i++) {
		const struct set_table *ours = &changes->tables[i];
		const struct set_table *theirs = set_find(newest, ours->name);
		bool same_place = theirs && strcmp(theirs->key, ours->key) == 0;
		if (same_place && theirs->version >= ours->version &&
		    strcmp(theirs->definition, ours->definition) == 0)
			continue;
		int64_t version = same_place && theirs->version > ours->version ? theirs->version
										: ours->version;
		TRY(set_put(newest, ours->name, ours->key, version, ours->definition, err));
		different++;
	}
	for (; dropped && *dropped; dropped++)
		if (set_find(newest, *dropped)) {
			set_remove(newest, *dropped);
			different++;
		}
	return different;
}

int set_publish(struct store *store, const struct set *changes, const char *const *dropped,
		const char *run, int64_t time_us, int64_t *out_number, struct error *err)
{
	for (int attempt = 0; attempt < DELTA_COMMIT_RETRIES_MAX; attempt++) {
		OWNED(set) *next = NULL;
		TRY(set_read_newest(store, &next, err));
		int different = merge(next, changes, dropped, err);
		TRY(different);
		*out_number = next->number;
		if (different == 0)
			return 0;
		next->number++;
		next->time_us = time_us;
		free(next->run);
		if (!(next->run = mem_copy_text(run)))
			return err_memory(err);
		OWNED_MEMORY char *bytes = to_json(next, err);
		OWNED_MEMORY char *key =
			text_format(err, "%s%020lld.json", PREFIX, (long long)next->number);
		if (!bytes || !key)
			return -1;
		int written = store_put_if_absent(store, key, bytes, strlen(bytes), err);
		TRY(written);
		if (written) {
			*out_number = next->number;
			return 0;
		}
	}
	return err_set(err, ERR_BUSY, "others keep publishing sets to \"%s\"", store->uri);
}
