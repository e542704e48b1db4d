/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/land_pending.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "pipeline/context.h"
#include "pipeline/decisions.h"
#include "pipeline/reader_rows.h"
#include "pipeline/rejects.h"
#include "store/store.h"

/* ---- reading ---- */

static char *prefix_of(const char *source, struct error *err)
{
	return text_format(err, "_vitrine/pending/%s/", source);
}

static int read_file(const struct json *note, const struct json *said, struct delivery *out,
		     struct error *err)
{
	const char *logical = json_text(json_get(said, "logical"), NULL);
	const char *sha256 = json_text(json_get(said, "sha256"), "");
	const char *key = json_text(json_get(said, "key"), NULL);
	char hash[HASH_HEX_SIZE];
	if (!logical || !key || strlen(sha256) != HASH_HEX_SIZE - 1)
		return err_set(err, ERR_CORRUPT, "it does not say which files are pending");
	memcpy(hash, sha256, HASH_HEX_SIZE);
	TRY(delivery_add(out, logical, hash, NULL, key, json_int(json_get(said, "size"), 0), err));
	out->files[out->count - 1].landed_us = json_int(json_get(note, "time_us"), 0);
	out->files[out->count - 1].is_refused = json_bool(json_get(note, "refused"), false);
	return 0;
}

static int read_object(struct store *store, const char *key, struct delivery *out,
		       struct error *err)
{
	OWNED_MEMORY char *bytes = NULL;
	OWNED(json) *said = NULL;
	size_t len;
	TRY(store_get(store, key, &bytes, &len, err));
	TRY(json_parse(bytes, len, &said, err));
	const struct json *files = json_get(said, "files");
	if (!json_is_array(files))
		return err_set(err, ERR_CORRUPT, "it does not say which files are pending");
	for (size_t i = 0; i < json_count(files); i++)
		TRY(read_file(said, json_at(files, i), out, err));
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct delivery_file *x = a, *y = b;
	return (x->landed_us < y->landed_us) - (x->landed_us > y->landed_us);
}

int land_pending_read(struct context *context, const char *source, struct delivery *out,
		      struct error *err)
{
	OWNED(store_list) *list = NULL;
	OWNED_MEMORY char *prefix = prefix_of(source, err);
	if (!prefix)
		return -1;
	TRY(store_list_objects(context_store(context), prefix, NULL, &list, err));
	for (size_t i = 0; i < list->count; i++)
		if (read_object(context_store(context), list->objects[i].key, out, err) < 0)
			return err_within(err, "%s", list->objects[i].key);
	if (out->count)
		qsort(out->files, out->count, sizeof *out->files, by_time);
	return 0;
}

/* ---- what of it is to be tried again ---- */

struct overtaken {
	struct map *contents; /* ever loaded */
	struct map *names;    /* found now, or loaded: to delivery_file */
	int64_t newest_us;    /* when the newest was loaded */
};

static void overtaken_done(struct overtaken *overtaken)
{
	map_free(overtaken->contents);
	map_free(overtaken->names);
}
OWN_DEFINE_EMBEDDED(overtaken, overtaken_done)

static int find_overtaken(const struct landing *landing, const struct delivery *ever,
			  struct overtaken *out, struct error *err)
{
	out->contents = map_new();
	out->names = map_new();
	if (!out->contents || !out->names)
		return err_memory(err);
	for (size_t i = 0; i < ever->count; i++) {
		struct delivery_file *file = &ever->files[i];
		TRY(map_put(out->contents, file->sha256, NULL, err));
		TRY(map_put(out->names, file->logical, file, err));
		if (file->landed_us > out->newest_us)
			out->newest_us = file->landed_us;
	}
	for (size_t i = 0; i < landing->found.count; i++)
		TRY(map_put(out->names, landing->found.files[i].logical, NULL, err));
	return 0;
}

static bool is_overtaken(const struct landing *landing, const struct overtaken *by,
			 const struct delivery_file *file)
{
	const struct delivery_file *loaded = map_get(by->names, file->logical);
	if (landing->source->load == LOAD_REPLACE) { /* known content may be part of the delivery */
		if (by->newest_us > file->landed_us)
			return true;
	} else if (map_find(by->contents, file->sha256) >= 0) {
		return true;
	}
	return map_find(by->names, file->logical) >= 0 &&
	       (!loaded || loaded->landed_us > file->landed_us);
}

/* What was copied already is not copied again under another date. */
static int take_copies(struct landing *landing, const struct delivery *pending, struct error *err)
{
	OWNED(map) *keys = map_new();
	if (!keys)
		return err_memory(err);
	for (size_t i = 0; i < pending->count; i++)
		TRY(map_put(keys, pending->files[i].sha256, pending->files[i].key, err));
	for (size_t i = 0; i < landing->found.count; i++) {
		struct delivery_file *file = &landing->found.files[i];
		const char *key = file->key ? NULL : map_get(keys, file->sha256);
		if (!key)
			continue;
		if (!(file->key = mem_copy_text(key)))
			return err_memory(err);
		free(TAKE(file->path));
	}
	return 0;
}

/* ---- of `load: replace`: one delivery at a time ---- */

/* Contents and names of a delivery's files, in one map. */
static int find_parts(const struct delivery *delivery, struct map **out, struct error *err)
{
	if (!(*out = map_new()))
		return err_memory(err);
	for (size_t i = 0; i < delivery->count; i++) {
		TRY(map_put(*out, delivery->files[i].sha256, NULL, err));
		TRY(map_put(*out, delivery->files[i].logical, NULL, err));
	}
	return 0;
}

/* What lies there is the delivery: when something of the pending one still does, or something came
 * that is new and no part of it, then that of which only the copy is left gives way. Else the
 * pending one is tried again as it was, without what is beside it and in the table already. */
static int choose_delivery(struct landing *landing, const struct delivery *pending,
			   struct delivery *waiting, struct error *err)
{
	OWNED(map) *parts = NULL;
	OWNED(map) *loaded = NULL;
	HELD(delivery) mended = {0};
	bool gives_way = false;
	if (waiting->count == 0)
		return 0;
	TRY(find_parts(pending, &parts, err));
	TRY(find_parts(&landing->current, &loaded, err));
	for (size_t i = 0; i < landing->found.count; i++) {
		const struct delivery_file *file = &landing->found.files[i];
		bool lies_there = map_find(parts, file->sha256) >= 0;
		if (!lies_there && map_find(parts, file->logical) >= 0)
			TRY(delivery_add_copy(&mended, file, err));
		else if (lies_there || map_find(loaded, file->sha256) < 0)
			gives_way = true;
	}
	struct delivery *to = gives_way ? &landing->given_way : &landing->found;
	struct delivery *from = gives_way ? waiting : &mended;
	delivery_done(to);
	*to = *from;
	*from = (struct delivery){0};
	return 0;
}

static int find_waiting(const struct landing *landing, const struct delivery *ever,
			const struct delivery *pending, struct delivery *out, struct error *err)
{
	HELD(overtaken) overtaken = {0};
	TRY(find_overtaken(landing, ever, &overtaken, err));
	for (size_t i = 0; i < pending->count; i++) {
		const struct delivery_file *file = &pending->files[i];
		if (is_overtaken(landing, &overtaken, file))
			continue;
		TRY(delivery_add(out, file->logical, file->sha256, NULL, file->key, file->size,
				 err));
		out->files[out->count - 1].is_refused = file->is_refused;
		TRY(map_put(overtaken.names, file->logical, NULL, err));
	}
	return 0;
}

int land_pending_find(struct landing *landing, const struct delivery *ever, struct error *err)
{
	HELD(delivery) pending = {0};
	HELD(delivery) waiting = {0};
	const struct source *source = landing->source;
	TRY(land_pending_read(landing->state->context, source->name, &pending, err));
	landing->has_pending = pending.count > 0;
	if (!landing->has_pending)
		return 0;
	TRY(take_copies(landing, &pending, err));
	TRY(find_waiting(landing, ever, &pending, &waiting, err));
	/* With captures the names say which delivery is the newest. */
	if (source->load == LOAD_REPLACE && !source_has_captures(source))
		TRY(choose_delivery(landing, &pending, &waiting, err));
	for (size_t i = 0; i < waiting.count; i++)
		TRY(delivery_add_copy(&landing->found, &waiting.files[i], err));
	return 0;
}

int land_pending_waiting(struct context *context, const struct source *source,
			 const struct delivery *ever, struct delivery *out, struct error *err)
{
	const struct landing nothing_found = {.source = source};
	HELD(delivery) pending = {0};
	TRY(land_pending_read(context, source->name, &pending, err));
	return find_waiting(&nothing_found, ever, &pending, out, err);
}

/* ---- writing ---- */

static int remove_others(struct context *context, const char *source, const char *but,
			 struct error *err)
{
	struct store *store = context_store(context);
	OWNED(store_list) *list = NULL;
	OWNED_MEMORY char *prefix = prefix_of(source, err);
	if (!prefix)
		return -1;
	TRY(store_list_objects(store, prefix, NULL, &list, err));
	for (size_t i = 0; i < list->count; i++)
		if (!text_equal(list->objects[i].key, but))
			TRY(store_remove(store, list->objects[i].key, err));
	return 0;
}

/* These files, of one load, are pending now, and nothing else of the source is. */
static int write_note(struct context *context, const char *source, const struct delivery *files,
		      int64_t time_us, struct error *err)
{
	HELD(text) said = {0};
	char id[PROCESS_ID_SIZE];
	text_addf(&said, "{\"time_us\": %" PRId64 ", \"refused\": %s, \"files\": [", time_us,
		  files->files[0].is_refused ? "true" : "false");
	for (size_t i = 0; i < files->count; i++) {
		const struct delivery_file *file = &files->files[i];
		text_add(&said, i ? ",\n{\"logical\": " : "\n{\"logical\": ");
		text_add_json(&said, file->logical, strlen(file->logical));
		text_addf(&said, ", \"sha256\": \"%s\", \"key\": ", file->sha256);
		text_add_json(&said, file->key, strlen(file->key));
		text_addf(&said, ", \"size\": %" PRId64 "}", file->size);
	}
	text_add(&said, "]}\n");
	TRY(text_check(&said, err));
	TRY(process_new_uuid(id, err));
	OWNED_MEMORY char *key = text_format(err, "_vitrine/pending/%s/%s.json", source, id);
	if (!key)
		return -1;
	TRY(store_put(context_store(context), key, said.data, said.len, err));
	return remove_others(context, source, key, err);
}

int land_pending_note(struct landing *landing, bool refused, struct error *err)
{
	HELD(delivery) fresh = {0};
	for (size_t i = 0; i < landing->files.count; i++)
		if (!landing->files.files[i].landed_us) /* or it was loaded before */
			TRY(delivery_add_copy(&fresh, &landing->files.files[i], err));
	if (fresh.count == 0)
		return 0;
	fresh.files[0].is_refused = refused;
	return write_note(landing->state->context, landing->source->name, &fresh, clock_now_us(),
			  err);
}

void land_pending_clear(struct landing *landing)
{
	struct error unused;
	(void)remove_others(landing->state->context, landing->source->name, NULL, &unused);
}

/* ---- giving up ---- */

static int note_decisions(struct context *context, const char *source,
			  const struct delivery *pending, const char *why, struct error *err)
{
	OWNED(arena) *arena = arena_new();
	OWNED(engine_session) *session = NULL;
	HELD(reader_rows) rows = {.arena = arena};
	struct engine *engine;
	if (!arena)
		return err_memory(err);
	TRY(context_engine(context, &engine, err));
	TRY(engine_session_open(engine, &session, err));
	TRY(reader_rows_column(&rows, "source", "VARCHAR", err));
	TRY(reader_rows_column(&rows, "file", "VARCHAR", err));
	TRY(reader_rows_column(&rows, "sha256", "VARCHAR", err));
	for (size_t i = 0; i < pending->count; i++) {
		TRY(reader_rows_add(&rows, source, err));
		TRY(reader_rows_add(&rows, pending->files[i].logical, err));
		TRY(reader_rows_add(&rows, pending->files[i].sha256, err));
	}
	TRY(reader_rows_show(&rows, session, "_desk", "pending", err));
	int64_t count = decisions_add(
		context, session, "waive", why,
		"select source, file, sha256, cast(null as bigint) as line, "
		"'refused' as kind, cast(null as varchar) as \"column\", " DECISIONS_MEND_NOTHING
		" from _desk.pending",
		err);
	return count < 0 ? -1 : 0;
}

int64_t land_pending_waive(struct context *context, const char *source, const char *file,
			   const char *why, struct error *err)
{
	HELD(delivery) pending = {0};
	HELD(delivery) given_up = {0};
	HELD(delivery) rest = {0};
	TRY(land_pending_read(context, source, &pending, err));
	for (size_t i = 0; i < pending.count; i++)
		TRY(delivery_add_copy(
			!file || text_equal(pending.files[i].logical, file) ? &given_up : &rest,
			&pending.files[i], err));
	if (given_up.count == 0)
		return 0;
	TRY(note_decisions(context, source, &given_up, why, err));
	if (rest.count)
		TRY(write_note(context, source, &rest, rest.files[0].landed_us, err));
	else
		TRY(remove_others(context, source, NULL, err));
	return (int64_t)given_up.count;
}
