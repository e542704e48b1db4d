/* SPDX-License-Identifier: Apache-2.0 */
#include "delta/snapshot.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "delta/checkpoint.h"
#include "delta/log.h"
#include "delta/protocol.h"
#include "delta/schema.h"

void delta_snapshot_free(struct delta_snapshot *snapshot)
{
	if (!snapshot)
		return;
	delta_schema_done(&snapshot->schema);
	map_free(snapshot->entries);
	map_free(snapshot->apps);
	free(snapshot->files);
	arena_free(snapshot->arena);
	free(snapshot);
}

static struct delta_snapshot *new_snapshot(const char *table, struct error *err)
{
	OWNED(delta_snapshot) *s = mem_alloc(sizeof *s);
	if (s) {
		s->version = s->data_version = -1;
		s->arena = arena_new();
		s->entries = map_new();
		s->apps = map_new();
		s->table = s->arena ? arena_copy_text(s->arena, table) : NULL;
	}
	if (!s || !s->entries || !s->apps || !s->table) {
		err_memory(err);
		return NULL;
	}
	return TAKE(s);
}

/* ---- applying a version ---- */

static int contradiction(const struct delta_snapshot *s, int64_t version, const char *what,
			 struct error *err)
{
	return err_set(err, ERR_CORRUPT, "version %lld of table \"%s\" %s", (long long)version,
		       s->table, what);
}

static int apply_state(struct delta_snapshot *s, const struct delta_action *action,
		       struct error *err)
{
	switch (action->kind) {
	case ACTION_PROTOCOL:
		s->protocol = &action->protocol;
		return 0;
	case ACTION_METADATA:
		s->metadata = &action->metadata;
		return 0;
	case ACTION_COMMIT_INFO:
		s->timestamp_ms = action->info.timestamp_ms;
		return 0;
	case ACTION_TXN:
		return map_put(s->apps, action->txn.app_id, (void *)(uintptr_t)&action->txn, err);
	case ACTION_ADD:
	case ACTION_REMOVE:
	case ACTION_OTHER:
		break;
	}
	return 0;
}

static int apply_entry(struct delta_snapshot *s, struct delta_entry *entry, int64_t version,
		       struct error *err)
{
	const struct delta_entry *before = map_get(s->entries, entry->file.path);
	entry->version = version;
	if (entry->is_add && entry->has_deletion_vector)
		return delta_protocol_refuse(s->table, "deletionVectors", err);
	if (before && before->version == version && (before->is_add || entry->is_add)) {
		contradiction(s, version, "holds two actions on one file", err);
		return err_within(err, "\"%s\"", entry->file.path);
	}
	return map_put(s->entries, entry->file.path, entry, err);
}

static int check_counts(const struct delta_snapshot *s, const struct delta_actions *actions,
			int64_t version, struct error *err)
{
	int protocols = 0, metadatas = 0;
	for (size_t i = 0; i < actions->count; i++) {
		protocols += actions->items[i].kind == ACTION_PROTOCOL;
		metadatas += actions->items[i].kind == ACTION_METADATA;
	}
	if (protocols > 1)
		return contradiction(s, version, "holds two protocols", err);
	if (metadatas > 1)
		return contradiction(s, version, "holds two descriptions of the table", err);
	return 0;
}

static const char *info_of(const struct delta_actions *actions)
{
	for (size_t i = 0; i < actions->count; i++)
		if (actions->items[i].kind == ACTION_COMMIT_INFO)
			return actions->items[i].info.vitrine_json;
	return NULL;
}

int delta_snapshot_apply(struct delta_snapshot *s, const struct delta_actions *actions,
			 int64_t version, bool is_checkpoint, struct error *err)
{
	bool changes_data = version == 0 && !is_checkpoint;
	TRY(check_counts(s, actions, version, err));
	for (size_t i = 0; i < actions->count; i++)
		TRY(apply_state(s, &actions->items[i], err));
	if (!s->protocol || !s->metadata)
		return contradiction(s, version, "comes before the table's protocol or schema",
				     err);
	TRY(delta_protocol_check_read(s->table, s->protocol, s->metadata, err));
	for (size_t i = 0; i < actions->count; i++) {
		struct delta_action *action = &actions->items[i];
		if (action->kind != ACTION_ADD && action->kind != ACTION_REMOVE)
			continue;
		TRY(apply_entry(s, &action->entry, version, err));
		changes_data |= !is_checkpoint && action->entry.file.data_change;
	}
	s->version = version;
	if (changes_data) {
		s->data_version = version;
		s->data_info = info_of(actions);
	}
	return 0;
}

/* ---- opening ---- */

static int not_found(const char *table, int64_t version, int64_t newest, struct error *err)
{
	if (newest < 0)
		return err_set(err, ERR_NOT_FOUND, "there is no table \"%s\"", table);
	if (version > newest)
		return err_set(err, ERR_NOT_FOUND,
			       "table \"%s\" has no version %lld: the newest is %lld", table,
			       (long long)version, (long long)newest);
	return err_set(err, ERR_NOT_FOUND, "version %lld of table \"%s\" is no longer in its log",
		       (long long)version, table);
}

/* The log cannot be replayed from its beginning to `version`: say why. */
static int explain_missing(const struct delta_log *log, const char *table, int64_t missing,
			   int64_t version, bool can_read_parquet, struct error *err)
{
	if (missing == 0 && !can_read_parquet && delta_log_checkpoint(log, version) >= 0)
		return err_set(err, ERR_UNSUPPORTED,
			       "table \"%s\" can only be read from a checkpoint", table);
	for (size_t i = 0; i < log->count; i++)
		if (log->files[i].kind == LOG_CHECKPOINT_V2)
			return delta_protocol_refuse(table, "v2Checkpoint", err);
	if (missing == 0 && delta_log_checkpoint(log, log->newest) >= 0)
		return not_found(table, version, log->newest, err);
	OWNED_MEMORY char *key = delta_log_commit_key(table, missing, err);
	return key ? err_set(err, ERR_CORRUPT, "%s is missing", key) : -1;
}

static int load(struct store *store, const struct delta_log *log, int64_t version,
		const struct delta_parquet *parquet, struct delta_snapshot *s, struct error *err)
{
	int64_t place = parquet ? delta_log_checkpoint(log, version) : -1;
	if (place >= 0)
		TRY(delta_checkpoint_read(store, &log->files[place], parquet, s, err));
	for (int64_t v = s->version + 1; v <= version; v++) {
		struct delta_actions actions;
		int found = 0;
		if (delta_log_has_commit(log, v))
			found = delta_log_read(store, s->table, v, s->arena, &actions, err);
		if (found < 0)
			return found;
		if (!found)
			return explain_missing(log, s->table, v, version, parquet != NULL, err);
		TRY(delta_snapshot_apply(s, &actions, v, false, err));
	}
	return 0;
}

static bool changes_data(const struct delta_actions *actions)
{
	for (size_t i = 0; i < actions->count; i++)
		if ((actions->items[i].kind == ACTION_ADD ||
		     actions->items[i].kind == ACTION_REMOVE) &&
		    actions->items[i].entry.file.data_change)
			return true;
	return false;
}

/* A checkpoint does not say when data last changed: look in the log before it. Where that has been
 * cleaned away, the last version of which nothing is left is as good a name for the same data. */
static int find_data_version(struct store *store, struct delta_snapshot *s, int64_t checkpoint,
			     struct error *err)
{
	for (int64_t v = checkpoint; s->data_version < 0; v--) {
		OWNED(arena) *arena = arena_new();
		struct delta_actions actions;
		if (!arena)
			return err_memory(err);
		int found = delta_log_read(store, s->table, v, arena, &actions, err);
		if (found < 0)
			return found;
		if (found && v > 0 && !changes_data(&actions))
			continue;
		const char *info = found ? info_of(&actions) : NULL;
		s->data_version = v;
		if (info && !(s->data_info = arena_copy_text(s->arena, info)))
			return err_memory(err);
	}
	return 0;
}

static const char *value_of(const struct delta_file *file, const char *name)
{
	for (size_t i = 0; i < file->partition_count; i++)
		if (strcmp(file->partition[i].name, name) == 0)
			return file->partition[i].value;
	return NULL;
}

/* One value for each partition column, in the table's order; an empty one means NULL. */
static int order_partition(struct delta_snapshot *s, struct delta_file *file, struct error *err)
{
	size_t count = s->metadata->partition_count;
	struct delta_value *values = arena_alloc_array(s->arena, count + 1, sizeof *values);
	if (!values)
		return err_memory(err);
	for (size_t i = 0; i < count; i++) {
		const char *name = s->metadata->partition_columns[i], *value = value_of(file, name);
		values[i].name = (char *)(uintptr_t)name;
		values[i].value = (char *)(uintptr_t)(value && *value ? value : NULL);
	}
	file->partition = values;
	file->partition_count = count;
	return 0;
}

/* What callers see: the schema and the list of live files. */
static int finish(struct delta_snapshot *s, struct error *err)
{
	if (delta_schema_parse(s->metadata->schema_string, &s->schema, err) < 0)
		return err_within(err, "table \"%s\"", s->table);
	s->files = mem_alloc_array(map_count(s->entries) + 1, sizeof *s->files);
	if (!s->files)
		return err_memory(err);
	for (size_t i = 0; i < map_count(s->entries); i++) {
		struct delta_entry *entry = map_value_at(s->entries, i);
		TRY(order_partition(s, &entry->file, err));
		if (entry->is_add)
			s->files[s->file_count++] = &entry->file;
	}
	return 0;
}

int delta_snapshot_open(struct store *store, const char *table, int64_t version,
			const struct delta_parquet *parquet, struct delta_snapshot **out,
			struct error *err)
{
	HELD(delta_log) log = {0};
	TRY(delta_log_list(store, table, &log, err));
	if (log.newest < 0 || version > log.newest)
		return not_found(table, version, log.newest, err);
	OWNED(delta_snapshot) *s = new_snapshot(table, err);
	if (!s)
		return -1;
	if (version < 0)
		version = log.newest;
	TRY(load(store, &log, version, parquet, s, err));
	int64_t place = parquet ? delta_log_checkpoint(&log, version) : -1;
	if (place >= 0)
		TRY(find_data_version(store, s, log.files[place].version, err));
	TRY(finish(s, err));
	*out = TAKE(s);
	return 0;
}

/* ---- asking ---- */

const struct delta_entry *delta_snapshot_live_at(const struct delta_snapshot *snapshot,
						 size_t place)
{
	const struct delta_entry *entry = map_value_at(snapshot->entries, place);
	return entry && entry->is_add ? entry : NULL;
}

const struct delta_entry *delta_snapshot_tombstone_at(const struct delta_snapshot *snapshot,
						      size_t place)
{
	const struct delta_entry *entry = map_value_at(snapshot->entries, place);
	return entry && !entry->is_add ? entry : NULL;
}

const struct delta_entry *delta_snapshot_find(const struct delta_snapshot *snapshot,
					      const char *path)
{
	const struct delta_entry *entry = map_get(snapshot->entries, path);
	return entry && entry->is_add ? entry : NULL;
}

int64_t delta_snapshot_version(const struct delta_snapshot *snapshot)
{
	return snapshot->version;
}

const char *delta_snapshot_table(const struct delta_snapshot *snapshot)
{
	return snapshot->table;
}

const struct delta_schema *delta_snapshot_schema(const struct delta_snapshot *snapshot)
{
	return &snapshot->schema;
}

size_t delta_snapshot_file_count(const struct delta_snapshot *snapshot)
{
	return snapshot->file_count;
}

const struct delta_file *delta_snapshot_file(const struct delta_snapshot *snapshot, size_t place)
{
	return snapshot->files[place];
}

const char *delta_snapshot_description(const struct delta_snapshot *snapshot)
{
	return snapshot->metadata->description ? snapshot->metadata->description : "";
}

size_t delta_snapshot_partition_columns(const struct delta_snapshot *snapshot,
					const char *const **out)
{
	*out = snapshot->metadata->partition_columns;
	return snapshot->metadata->partition_count;
}

const char *delta_snapshot_configuration(const struct delta_snapshot *snapshot, const char *key)
{
	return delta_configuration(snapshot->metadata, key);
}

int64_t delta_snapshot_rows(const struct delta_snapshot *snapshot)
{
	int64_t rows = 0;
	for (size_t i = 0; i < snapshot->file_count; i++) {
		int64_t some = snapshot->files[i]->rows;
		if (some < 0 || __builtin_add_overflow(rows, some, &rows))
			return -1;
	}
	return rows;
}

int64_t delta_snapshot_bytes(const struct delta_snapshot *snapshot)
{
	int64_t bytes = 0;
	for (size_t i = 0; i < snapshot->file_count; i++)
		if (__builtin_add_overflow(bytes, snapshot->files[i]->size, &bytes))
			return INT64_MAX;
	return bytes;
}

int64_t delta_snapshot_data_version(const struct delta_snapshot *snapshot)
{
	return snapshot->data_version;
}

const char *delta_snapshot_data_info(const struct delta_snapshot *snapshot)
{
	return snapshot->data_info;
}

int64_t delta_snapshot_app_version(const struct delta_snapshot *snapshot, const char *app_id)
{
	const struct delta_txn *txn = map_get(snapshot->apps, app_id);
	return txn ? txn->version : -1;
}
