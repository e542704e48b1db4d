/* SPDX-License-Identifier: Apache-2.0 */
/* Restoring: a commit that names the files of an older version again. No row is read or written.
 *
 * The next run must not undo it. A run skips a table whose newest commit that changed data records
 * the fingerprint it would build from; so the commit made here records what the commit before it
 * recorded (the table counts as built from today's inputs and definition), and the table stays as
 * it is until one of them changes. Inputs that are restored together with it are recorded at the
 * versions they get here, or else they would count as a change. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "pipeline/context.h"
#include "pipeline/set.h"
#include "pipeline/table_care_state.h"
#include "store/store.h"

/* One table: from what it is to what it was. */
struct restore {
	const struct set_table *table; /* borrowed from a set; its version is the one wanted */
	int64_t wanted;
	struct delta_snapshot *now, *then;
	const char **removes;
	struct delta_file *adds; /* borrow from `then` */
	size_t remove_count, add_count;
	bool changes; /* whether there is anything to commit */
};

struct restores {
	struct table_care *care;
	struct restore *items;
	size_t count;
	struct map *places; /* full name -> struct restore */
};

static void restores_done(struct restores *restores)
{
	for (size_t i = 0; i < restores->count; i++) {
		struct restore *item = &restores->items[i];
		delta_snapshot_free(item->now);
		delta_snapshot_free(item->then);
		free(item->removes);
		free(item->adds);
	}
	free(restores->items);
	map_free(restores->places);
}
OWN_DEFINE_EMBEDDED(restores, restores_done)

static int init(struct restores *restores, size_t count_max, struct error *err)
{
	restores->items = mem_alloc_array(count_max, sizeof *restores->items);
	restores->places = map_new();
	return restores->items && restores->places ? 0 : err_memory(err);
}

/* ---- what would have to be done ---- */

static int open_versions(const struct table_care *care, struct restore *item, struct error *err)
{
	const char *key = item->table->key;
	TRY(delta_snapshot_open(care->store, key, -1, care->parquet, &item->now, err));
	bool is_past = item->wanted >= 0 && item->wanted <= delta_snapshot_version(item->now);
	int opened = is_past ? delta_snapshot_open(care->store, key, item->wanted, care->parquet,
						   &item->then, err)
			     : -1;
	if (opened == 0 || (is_past && err->kind != ERR_NOT_FOUND))
		return opened;
	err_set(err, ERR_NOT_FOUND, "%s has no version %" PRId64, item->table->name, item->wanted);
	return err_hint(err, "`vitrine table history %s` lists its versions.", item->table->name);
}

static struct map *paths_of(const struct delta_snapshot *snapshot, struct error *err)
{
	OWNED(map) *paths = map_new();
	if (!paths) {
		err_memory(err);
		return NULL;
	}
	for (size_t i = 0; i < delta_snapshot_file_count(snapshot); i++)
		if (map_put(paths, delta_snapshot_file(snapshot, i)->path, NULL, err) < 0)
			return NULL;
	return TAKE(paths);
}

/* Vacuum may have removed what the version needs. */
static int file_is_there(const struct table_care *care, const struct restore *item,
			 const char *path, struct error *err)
{
	int64_t size;
	OWNED_MEMORY char *key = text_format(err, "%s/%s", item->table->key, path);
	if (!key)
		return -1;
	int there = store_size(care->store, key, &size, err);
	TRY(there);
	if (there)
		return 0;
	err_set(err, ERR_NOT_FOUND,
		"version %" PRId64 " of %s cannot be restored: its file \"%s\" is gone",
		item->wanted, item->table->name, path);
	return err_hint(err,
			"Vacuum removes the files of versions past their retention; newer "
			"versions are listed by `vitrine table history %s`.",
			item->table->name);
}

static int compare_files(const struct table_care *care, struct restore *item, struct error *err)
{
	size_t now_count = delta_snapshot_file_count(item->now);
	size_t then_count = delta_snapshot_file_count(item->then);
	OWNED(map) *now = paths_of(item->now, err);
	OWNED(map) *then = now ? paths_of(item->then, err) : NULL;
	if (!then)
		return -1;
	item->removes = mem_alloc_array(now_count, sizeof *item->removes);
	item->adds = mem_alloc_array(then_count, sizeof *item->adds);
	if (!item->removes || !item->adds)
		return err_memory(err);
	for (size_t i = 0; i < now_count; i++) {
		const char *path = delta_snapshot_file(item->now, i)->path;
		if (map_find(then, path) < 0)
			item->removes[item->remove_count++] = path;
	}
	for (size_t i = 0; i < then_count; i++) {
		const struct delta_file *file = delta_snapshot_file(item->then, i);
		TRY(file_is_there(care, item, file->path, err));
		if (map_find(now, file->path) < 0)
			item->adds[item->add_count++] = *file;
	}
	/* only compaction lies between: the rows are the same */
	bool same_rows =
		delta_snapshot_data_version(item->now) == delta_snapshot_data_version(item->then);
	bool same_schema = delta_schema_equal(delta_snapshot_schema(item->now),
					      delta_snapshot_schema(item->then));
	item->changes = !same_schema || (!same_rows && item->remove_count + item->add_count > 0);
	return 0;
}

static int add_restore(struct restores *restores, const struct set_table *table, int64_t version,
		       struct error *err)
{
	struct restore *item = &restores->items[restores->count++];
	item->table = table;
	item->wanted = version;
	TRY(open_versions(restores->care, item, err));
	TRY(compare_files(restores->care, item, err));
	return map_put(restores->places, table->name, item, err);
}

/* ---- the commit ---- */

/* The version of an input that the restored table counts as built from. */
static int64_t input_version(const struct restores *restores, const char *name, int64_t recorded)
{
	const struct restore *input = map_get(restores->places, name);
	if (!input)
		return recorded;
	return input->changes ? delta_snapshot_version(input->now) + 1
			      : delta_snapshot_data_version(input->now);
}

static void write_inputs(const struct restores *restores, const struct json *inputs,
			 struct text *out)
{
	void *iterator = NULL;
	const char *name, *comma = "";
	text_add(out, ", \"inputs\": {");
	for (const struct json *version; json_next(inputs, &iterator, &name, &version);) {
		text_add(out, comma);
		text_add_json(out, name, strlen(name));
		text_addf(out, ": %" PRId64, input_version(restores, name, json_int(version, -1)));
		comma = ", ";
	}
	text_add_char(out, '}');
}

/* Which inputs came from another target's lake; what is restored with it is of our own. */
static void write_lakes(const struct restores *restores, const struct json *lakes, struct text *out)
{
	void *iterator = NULL;
	const char *name, *comma = "";
	text_add(out, ", \"lakes\": {");
	for (const struct json *lake; json_next(lakes, &iterator, &name, &lake);) {
		if (map_get(restores->places, name))
			continue;
		text_add(out, comma);
		text_add_json(out, name, strlen(name));
		text_add(out, ": ");
		json_write(lake, out);
		comma = ", ";
	}
	text_add_char(out, '}');
}

/* What the commit recorded that gave `snapshot` its rows; NULL when another program made it. */
static int read_recorded(const struct delta_snapshot *snapshot, struct json **out,
			 struct error *err)
{
	const char *said = delta_snapshot_data_info(snapshot);
	return said ? json_parse(said, strlen(said), out, err) : 0;
}

static void copy_member(const struct json *recorded, const char *key, struct text *out)
{
	const struct json *value = json_get(recorded, key);
	if (!value)
		return;
	text_addf(out, ", \"%s\": ", key);
	json_write(value, out);
}

/* The fingerprint that the newest data commit recorded; of the rows it will have, the checks that
 * looked at them and a recommender's artifact. */
static char *commit_info(const struct restores *restores, const struct restore *item,
			 struct error *err)
{
	static const char *const fingerprint[] = {"sql", "settings", "engine", "format", NULL};
	OWNED(json) *now = NULL, *then = NULL;
	struct text t = {0};
	if (read_recorded(item->now, &now, err) < 0 || read_recorded(item->then, &then, err) < 0)
		return NULL;
	text_add_char(&t, '{');
	table_care_add_info(restores->care, item->table->name, &t);
	text_addf(&t, ", \"restored\": %" PRId64, item->wanted);
	for (size_t i = 0; fingerprint[i]; i++)
		copy_member(now, fingerprint[i], &t);
	if (json_get(now, "inputs"))
		write_inputs(restores, json_get(now, "inputs"), &t);
	if (json_get(now, "lakes"))
		write_lakes(restores, json_get(now, "lakes"), &t);
	copy_member(then, "checks", &t);
	copy_member(then, "artifact", &t);
	text_add_char(&t, '}');
	return text_take(&t, err);
}

static int commit(const struct restores *restores, const struct restore *item, int64_t *out_version,
		  struct error *err)
{
	const struct table_care *care = restores->care;
	*out_version = delta_snapshot_version(item->now);
	if (!item->changes)
		return 0;
	OWNED_MEMORY char *info = commit_info(restores, item, err);
	if (!info)
		return -1;
	/* without a file in common the old version may be partitioned otherwise */
	bool all = item->remove_count == delta_snapshot_file_count(item->now);
	const char *const *columns;
	size_t count = delta_snapshot_partition_columns(item->then, &columns);
	OWNED_MEMORY const char **partition_columns =
		mem_alloc_array(count + 1, sizeof *partition_columns);
	if (!partition_columns)
		return err_memory(err);
	for (size_t i = 0; i < count; i++)
		partition_columns[i] = columns[i];
	struct delta_commit commit = {
		.table = item->table->key,
		.read_version = delta_snapshot_version(item->now),
		.partition_columns = partition_columns,
		.remove_all = all,
		.schema = delta_snapshot_schema(item->then),
		.description = delta_snapshot_description(item->then),
		.removes = item->removes,
		.remove_count = all ? 0 : item->remove_count,
		.adds = item->adds,
		.add_count = item->add_count,
		.data_change = true,
		.depends_on_rows = true,
		.operation = "RESTORE",
		.vitrine_json = info,
	};
	return delta_commit(care->store, &commit, care->parquet, out_version, err);
}

static int carry_out_one(const struct restores *restores, const struct restore *item,
			 struct error *err)
{
	struct table_care *care = restores->care;
	struct table_care_item *row;
	char reason[64];
	const struct set_table *published = set_find(care->base, item->table->name);
	TRY(table_care_add_item(care->report, item->table->name, &row, err));
	row->version_before = published ? published->version : -1;
	row->restored = item->wanted;
	row->rows = delta_snapshot_rows(item->then);
	row->files = (int64_t)delta_snapshot_file_count(item->then);
	row->bytes = delta_snapshot_bytes(item->then);
	if (!item->changes && !(row->note = mem_copy_text("has these rows already")))
		return err_memory(err);
	TRY(commit(restores, item, &row->version, err));
	snprintf(reason, sizeof reason, "restored to version %" PRId64, item->wanted);
	table_care_note_step(care, row, reason);
	return set_put(care->changes, item->table->name, item->table->key, row->version,
		       item->table->definition, err);
}

static int carry_out_all(const struct restores *restores, struct error *err)
{
	for (size_t i = 0; i < restores->count; i++)
		TRY(carry_out_one(restores, &restores->items[i], err));
	return 0;
}

/* ---- one table ---- */

struct wish {
	const char *name; /* NULL = a whole set */
	int64_t number;   /* of the version, or of the set */
};

static int restore_table(struct table_care *care, void *what, struct error *err)
{
	const struct wish *wish = what;
	const struct set_table *table;
	HELD(restores) restores = {.care = care};
	TRY(table_care_find(context_project(care->context), care->base, wish->name, &table, err));
	TRY(init(&restores, 1, err));
	TRY(add_restore(&restores, table, wish->number, err));
	return carry_out_all(&restores, err);
}

int table_care_restore(struct context *context, const struct table_care_request *request,
		       const char *name, int64_t version, struct table_care_report **out,
		       struct error *err)
{
	struct wish wish = {name, version};
	return table_care_carry_out(context, request, restore_table, &wish, out, err);
}

/* ---- a set ---- */

/* Whether readers and writers both see the version already. */
static int is_as_it_was(const struct table_care *care, const struct set_table *then,
			struct error *err)
{
	const struct set_table *now = set_find(care->base, then->name);
	int64_t newest;
	int exists = delta_newest_version(care->store, then->key, &newest, err);
	TRY(exists);
	if (!exists) {
		err_set(err, ERR_NOT_FOUND, "%s is gone: it was dropped and vacuum removed it",
			then->name);
		return -1;
	}
	return now && now->version == then->version && newest == then->version;
}

static int restore_set(struct table_care *care, void *what, struct error *err)
{
	const struct wish *wish = what;
	OWNED(set) *then = NULL;
	HELD(restores) restores = {.care = care};
	TRY(set_read(care->store, wish->number, &then, err));
	TRY(init(&restores, then->count, err));
	for (size_t i = 0; i < then->count; i++) {
		int same = is_as_it_was(care, &then->tables[i], err);
		TRY(same);
		if (!same)
			TRY(add_restore(&restores, &then->tables[i], then->tables[i].version, err));
	}
	TRY(carry_out_all(&restores, err));
	for (size_t i = 0; i < care->base->count; i++) {
		const struct set_table *later = &care->base->tables[i];
		struct table_care_item *row;
		if (set_find(then, later->name))
			continue;
		TRY(table_care_add_item(care->report, later->name, &row, err));
		row->version_before = row->version = later->version;
		if (!(row->note = mem_copy_text("came after that set and stays")))
			return err_memory(err);
	}
	return 0;
}

int table_care_restore_set(struct context *context, const struct table_care_request *request,
			   int64_t number, struct table_care_report **out, struct error *err)
{
	struct wish wish = {NULL, number};
	return table_care_carry_out(context, request, restore_set, &wish, out, err);
}
