/* SPDX-License-Identifier: Apache-2.0 */
/* Vacuum: what no reader can ask for any more. A version is kept while it is the table's newest, or
 * was so within the retention, or is in a set that was the newest within it. Of a table that no
 * such set holds everything goes, its log first: half a table must not look like a whole one. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "pipeline/context.h"
#include "pipeline/project.h"
#include "pipeline/recommend_artifact.h"
#include "pipeline/rejects.h"
#include "pipeline/set.h"
#include "pipeline/table_care_state.h"
#include "store/store.h"

struct request {
	const char *const *names; /* NULL = all */
	int64_t retention_us;
	bool dry_run;
};

struct versions {
	int64_t *items;
	size_t count, capacity;
};

/* A table that some set holds. */
struct known {
	char *name, *key;
	struct versions keep;
	bool is_kept; /* a set within the retention has it */
};

struct vacuum {
	struct table_care *care;
	const struct request *request;
	int64_t now_us;
	struct known *tables;
	size_t count, capacity;
	struct map *places; /* name -> place in `tables` + 1 */
	struct text removed;
};

static void vacuum_done(struct vacuum *vacuum)
{
	for (size_t i = 0; i < vacuum->count; i++) {
		free(vacuum->tables[i].name);
		free(vacuum->tables[i].key);
		free(vacuum->tables[i].keep.items);
	}
	free(vacuum->tables);
	map_free(vacuum->places);
	text_done(&vacuum->removed);
}
OWN_DEFINE_EMBEDDED(vacuum, vacuum_done)

/* ---- what the sets say ---- */

static int get_known(struct vacuum *vacuum, const struct set_table *table, struct known **out,
		     struct error *err)
{
	uintptr_t place = (uintptr_t)map_get(vacuum->places, table->name);
	if (place == 0) {
		TRY(mem_grow(&vacuum->tables, &vacuum->capacity, vacuum->count + 1,
			     sizeof *vacuum->tables, err));
		struct known *new = &vacuum->tables[vacuum->count++];
		*new = (struct known){.name = mem_copy_text(table->name),
				      .key = mem_copy_text(table->key)};
		if (!new->name || !new->key)
			return err_memory(err);
		place = vacuum->count;
		TRY(map_put(vacuum->places, table->name, (void *)place, err));
	}
	*out = &vacuum->tables[place - 1];
	return 0;
}

static int keep_version(struct versions *keep, int64_t version, struct error *err)
{
	for (size_t i = 0; i < keep->count; i++)
		if (keep->items[i] == version)
			return 0;
	TRY(mem_grow(&keep->items, &keep->capacity, keep->count + 1, sizeof *keep->items, err));
	keep->items[keep->count++] = version;
	return 0;
}

static int note_set(struct vacuum *vacuum, const struct set *set, bool is_kept, struct error *err)
{
	for (size_t i = 0; i < set->count; i++) {
		struct known *known;
		TRY(get_known(vacuum, &set->tables[i], &known, err));
		if (!is_kept)
			continue;
		known->is_kept = true;
		TRY(keep_version(&known->keep, set->tables[i].version, err));
	}
	return 0;
}

/* From the newest set down; a set was current until the next one came. */
static int read_sets(struct vacuum *vacuum, struct error *err)
{
	int64_t cut_us = vacuum->now_us - vacuum->request->retention_us;
	int64_t replaced_us = INT64_MAX;
	for (int64_t number = vacuum->care->base->number; number > 0; number--) {
		OWNED(set) *set = NULL;
		if (set_read(vacuum->care->store, number, &set, err) < 0)
			return err->kind == ERR_NOT_FOUND ? 0 : -1;
		TRY(note_set(vacuum, set, replaced_us >= cut_us, err));
		replaced_us = set->time_us;
	}
	return 0;
}

/* ---- removing ---- */

static int add_item(struct vacuum *vacuum, const char *name, int64_t files, int64_t bytes,
		    const char *note, struct error *err)
{
	struct table_care_item *item;
	TRY(table_care_add_item(vacuum->care->report, name, &item, err));
	item->files = files;
	item->bytes = bytes;
	if (note && !(item->note = mem_copy_text(note)))
		return err_memory(err);
	if (!vacuum->request->dry_run && files > 0)
		table_care_note_step(vacuum->care, item, "vacuum");
	return 0;
}

/* Adds up the sizes of keys, one a line, by a list taken before they went. */
static int64_t sum_sizes(const struct store_list *list, const char *keys)
{
	int64_t bytes = 0;
	size_t at = 0; /* both are sorted */
	for (const char *line = keys; *line; line += strcspn(line, "\n") + 1) {
		size_t len = strcspn(line, "\n");
		while (at < list->count && (strlen(list->objects[at].key) != len ||
					    strncmp(list->objects[at].key, line, len) != 0))
			at++;
		bytes += at < list->count ? list->objects[at].size : 0;
	}
	return bytes;
}

static int vacuum_table(struct vacuum *vacuum, const char *name, const char *key,
			const struct versions *keep, struct error *err)
{
	struct table_care *care = vacuum->care;
	const struct request *request = vacuum->request;
	OWNED(store_list) *list = NULL;
	HELD(text) keys = {0};
	OWNED_MEMORY char *prefix = text_format(err, "%s/", key);
	if (!prefix)
		return -1;
	TRY(store_list_objects(care->store, prefix, NULL, &list, err));
	int count = delta_vacuum(care->store, key, keep->items, keep->count, request->retention_us,
				 vacuum->now_us, request->dry_run, care->parquet, &keys, err);
	if (count < 0)
		return err_within(err, "%s", name);
	TRY(text_check(&keys, err));
	text_add_bytes(&vacuum->removed, keys.data ? keys.data : "", keys.len);
	return add_item(vacuum, name, count, sum_sizes(list, keys.data ? keys.data : ""), NULL,
			err);
}

static bool is_log(const char *key)
{
	return strstr(key, "/_delta_log/") != NULL;
}

/* The log's objects from the newest down, then the data. */
static int remove_whole(struct vacuum *vacuum, const struct known *known, struct error *err)
{
	struct store *store = vacuum->care->store;
	bool dry_run = vacuum->request->dry_run;
	OWNED(store_list) *list = NULL;
	OWNED_MEMORY char *prefix = text_format(err, "%s/", known->key);
	int64_t bytes = 0;
	if (!prefix)
		return -1;
	TRY(store_list_objects(store, prefix, NULL, &list, err));
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = list->count; i > 0; i--) {
			const struct store_object *object = &list->objects[i - 1];
			if (is_log(object->key) != (pass == 0))
				continue;
			if (!dry_run)
				TRY(store_remove(store, object->key, err));
			text_addf(&vacuum->removed, "%s\n", object->key);
			bytes += object->size;
		}
	return list->count == 0
		       ? 0
		       : add_item(vacuum, known->name, (int64_t)list->count, bytes, "dropped", err);
}

static int vacuum_named(struct vacuum *vacuum, struct error *err)
{
	const struct table_care *care = vacuum->care;
	for (const char *const *name = vacuum->request->names; *name; name++) {
		const struct set_table *table;
		struct known *known;
		TRY(table_care_find(context_project(care->context), care->base, *name, &table,
				    err));
		TRY(get_known(vacuum, table, &known, err));
		TRY(vacuum_table(vacuum, known->name, known->key, &known->keep, err));
	}
	return 0;
}

static int vacuum_rejects(struct vacuum *vacuum, struct error *err)
{
	int64_t newest;
	int exists = delta_newest_version(vacuum->care->store, REJECTS_TABLE, &newest, err);
	const struct versions none = {0};
	return exists <= 0 ? exists
			   : vacuum_table(vacuum, "vitrine.rejects", REJECTS_TABLE, &none, err);
}

/* Artifacts that no version kept names. */
static int vacuum_artifacts(struct vacuum *vacuum, const struct recommender *recommender,
			    struct error *err)
{
	HELD(text) keys = {0};
	struct store *store = vacuum->care->store;
	uintptr_t place = (uintptr_t)map_get(vacuum->places, recommender->names[RECOMMENDER_LISTS]);
	const struct known *known = place ? &vacuum->tables[place - 1] : NULL;
	int64_t oldest = INT64_MAX;
	for (size_t i = 0; known && i < known->keep.count; i++)
		oldest = known->keep.items[i] < oldest ? known->keep.items[i] : oldest;
	if (oldest == INT64_MAX)
		return 0;
	OWNED(delta_snapshot) *snapshot = NULL;
	TRY(delta_snapshot_open(store, known->key, oldest, vacuum->care->parquet, &snapshot, err));
	int count = recommend_artifact_unnamed(vacuum->care->context, recommender, known->key,
					       delta_snapshot_data_version(snapshot), &keys, err);
	TRY(count);
	for (char *line = keys.data; count > 0 && *line;) {
		size_t len = strcspn(line, "\n");
		text_addf(&vacuum->removed, "%.*s\n", (int)len, line);
		line[len] = '\0';
		if (!vacuum->request->dry_run)
			TRY(store_remove(store, line, err));
		line += len + 1;
	}
	return count > 0 ? add_item(vacuum, recommender->name, count, 0, "artifacts", err) : 0;
}

static int vacuum_all(struct vacuum *vacuum, struct error *err)
{
	const struct project *project = context_project(vacuum->care->context);
	for (size_t i = 0; i < project->recommender_count; i++)
		TRY(vacuum_artifacts(vacuum, &project->recommenders[i], err));
	for (size_t i = 0; i < vacuum->count; i++) {
		const struct known *known = &vacuum->tables[i];
		if (known->is_kept)
			TRY(vacuum_table(vacuum, known->name, known->key, &known->keep, err));
		else
			TRY(remove_whole(vacuum, known, err));
	}
	return vacuum_rejects(vacuum, err);
}

static int vacuum(struct table_care *care, void *what, struct error *err)
{
	HELD(vacuum)
	vacuum = {.care = care, .request = what, .now_us = clock_now_us(), .places = map_new()};
	if (!vacuum.places)
		return err_memory(err);
	TRY(read_sets(&vacuum, err));
	TRY(vacuum.request->names ? vacuum_named(&vacuum, err) : vacuum_all(&vacuum, err));
	TRY(text_check(&vacuum.removed, err));
	care->report->removed = vacuum.removed.len ? text_take(&vacuum.removed, err) : NULL;
	return 0;
}

int table_care_vacuum(struct context *context, const struct table_care_request *request,
		      const char *const *names, int64_t retention_us, bool dry_run,
		      struct table_care_report **out, struct error *err)
{
	struct request what = {names, retention_us, dry_run};
	return dry_run ? table_care_look(context, vacuum, &what, out, err)
		       : table_care_carry_out(context, request, vacuum, &what, out, err);
}
