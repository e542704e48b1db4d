/* SPDX-License-Identifier: Apache-2.0 */
#include "delta/checkpoint.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/text.h"
#include "delta/protocol.h"
#include "delta/snapshot.h"
#include "store/store.h"

enum { INTERVAL_DEFAULT = 10 };
static const int64_t DAY_MS = 24 * 3600 * 1000;

/* ---- reading ---- */

static int read_part(struct store *store, const char *key, const struct delta_parquet *parquet,
		     struct arena *arena, struct delta_actions *out, struct error *err)
{
	OWNED_MEMORY char *path = NULL, *lines = NULL;
	size_t len;
	TRY(store_local_path(store, key, &path, err));
	if (parquet->read_checkpoint(parquet->context, path, &lines, &len, err) < 0)
		return err_within(err, "the checkpoint %s", key);
	return delta_actions_parse(arena, key, lines, len, out, err);
}

/* All parts make one list, since a rule about two actions must see both. */
static int join(struct arena *arena, struct delta_actions *all, const struct delta_actions *more,
		struct error *err)
{
	struct delta_action *items =
		arena_alloc_array(arena, all->count + more->count, sizeof *items);
	if (!items)
		return err_memory(err);
	if (all->count)
		memcpy(items, all->items, all->count * sizeof *items);
	memcpy(items + all->count, more->items, more->count * sizeof *items);
	*all = (struct delta_actions){.items = items, .count = all->count + more->count};
	return 0;
}

int delta_checkpoint_read(struct store *store, const struct delta_log_file *file,
			  const struct delta_parquet *parquet, struct delta_snapshot *snapshot,
			  struct error *err)
{
	struct delta_actions all = {0};
	for (int part = 1; part <= file->parts; part++) {
		struct delta_actions some;
		OWNED_MEMORY char *key = delta_log_checkpoint_key(snapshot->table, file, part, err);
		if (!key)
			return -1;
		TRY(read_part(store, key, parquet, snapshot->arena, &some, err));
		TRY(join(snapshot->arena, &all, &some, err));
	}
	return delta_snapshot_apply(snapshot, &all, file->version, true, err);
}

/* ---- writing ---- */

int64_t delta_checkpoint_interval(const struct delta_snapshot *snapshot)
{
	const char *value = delta_configuration(snapshot->metadata, "delta.checkpointInterval");
	int64_t interval;
	return value && text_to_int64(value, &interval) && interval > 0 ? interval
									: INTERVAL_DEFAULT;
}

/* "interval 7 days", "interval 1 week". What cannot be read keeps tombstones for ever. */
static int64_t tombstone_age_ms(const struct delta_snapshot *snapshot)
{
	const char *value =
		delta_configuration(snapshot->metadata, "delta.deletedFileRetentionDuration");
	if (!value)
		return 7 * DAY_MS;
	int64_t us;
	char *unit;
	value += text_starts(value, "interval ") ? strlen("interval ") : 0;
	long long number = strtoll(value, &unit, 10);
	if (text_starts(unit, " week") && number >= 0 && number < 10000)
		return number * 7 * DAY_MS;
	return text_to_duration_us(value, &us) ? us / 1000 : INT64_MAX;
}

/* Add every action of the state; returns how many adds there are among `*out_count` actions. */
static int64_t write_state(const struct delta_snapshot *snapshot, int64_t now_ms, struct text *out,
			   int64_t *out_count)
{
	int64_t age_ms = tombstone_age_ms(snapshot), adds = 0, count = 2;
	delta_write_protocol(snapshot->protocol, out);
	delta_write_metadata(snapshot->metadata, out);
	for (size_t i = 0; i < map_count(snapshot->apps); i++, count++)
		delta_write_txn(map_value_at(snapshot->apps, i), 0, out);
	for (size_t i = 0; i < map_count(snapshot->entries); i++) {
		const struct delta_entry *live = delta_snapshot_live_at(snapshot, i);
		const struct delta_entry *dead = delta_snapshot_tombstone_at(snapshot, i);
		if (live)
			delta_write_add(live->raw_path, &live->file, false, out);
		else if (dead && now_ms - dead->deletion_ms < age_ms)
			delta_write_remove(dead, dead->deletion_ms, false, out);
		else
			continue;
		adds += live != NULL;
		count++;
	}
	*out_count = count;
	return adds;
}

static int put_parquet(struct store *store, const char *key, const struct delta_parquet *parquet,
		       const struct text *lines, const char *folder, struct error *err)
{
	OWNED_MEMORY char *path = file_join(folder, "checkpoint.parquet", err);
	if (!path)
		return -1;
	TRY(parquet->write_checkpoint(parquet->context, lines->data, lines->len, path, err));
	return store_put_file(store, key, path, err);
}

static int put_hint(struct store *store, const struct delta_snapshot *snapshot, int64_t actions,
		    int64_t adds, struct error *err)
{
	OWNED_MEMORY char *key =
		text_format(err, "%s/_delta_log/_last_checkpoint", snapshot->table);
	OWNED_MEMORY char *hint =
		key ? text_format(err, "{\"version\":%lld,\"size\":%lld,\"numOfAddFiles\":%lld}",
				  (long long)snapshot->version, (long long)actions, (long long)adds)
		    : NULL;
	return hint ? store_put(store, key, hint, strlen(hint), err) : -1;
}

int delta_checkpoint_write(struct store *store, const struct delta_snapshot *snapshot,
			   const struct delta_parquet *parquet, int64_t now_ms, struct error *err)
{
	HELD(text) lines = {0};
	int64_t actions, adds = write_state(snapshot, now_ms, &lines, &actions);
	TRY(text_check(&lines, err));
	struct delta_log_file file = {.version = snapshot->version, .part = 1, .parts = 1};
	OWNED_MEMORY char *key = delta_log_checkpoint_key(snapshot->table, &file, 1, err);
	OWNED_MEMORY char *folder = NULL;
	if (!key)
		return -1;
	TRY(store_make_staging(store, &folder, err));
	int result = put_parquet(store, key, parquet, &lines, folder, err);
	struct error ignored; /* what stays is a leftover of the session, removed with it */
	file_remove_tree(folder, &ignored);
	TRY(result);
	return put_hint(store, snapshot, actions, adds, err);
}
