/* SPDX-License-Identifier: Apache-2.0 */
/* commit: one version, written by put-if-absent. Invariants:
 * 1. A version is only tried when every version before it has been read, and none conflicts.
 * 2. The content holds an id of its own, so that after a lost answer reading the version back tells
 *    whether it is ours: the bytes are equal or they are not.
 * 3. After the version stands nothing can fail the commit any more. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/process.h"
#include "base/text.h"
#include "delta/change.h"
#include "delta/checkpoint.h"
#include "delta/log.h"
#include "delta/snapshot.h"
#include "store/store.h"

static void wait_a_little(int tries)
{
	int ms_max = 1 << (tries < 5 ? tries : 5);
	clock_sleep_ms((int)(clock_monotonic_us() % ms_max) + 1);
}

/* After the store said that the version exists: 1 = it is ours, 0 = another's, -2 = it does not
 * exist after all (S3 answers so to two conditional writes at once). */
static int whose(struct store *store, const char *key, const struct text *content,
		 struct error *err)
{
	OWNED_MEMORY char *bytes = NULL;
	size_t len;
	if (store_get(store, key, &bytes, &len, err) < 0)
		return err->kind == ERR_NOT_FOUND ? -2 : -1;
	return len == content->len && memcmp(bytes, content->data, len) == 0;
}

/* Write one version: 1 = it is ours, 0 = another's. A lost answer is asked for again. */
static int put_version(struct store *store, const char *table, int64_t version,
		       const struct text *content, struct error *err)
{
	OWNED_MEMORY char *key = delta_log_commit_key(table, version, err);
	if (!key)
		return -1;
	for (int tries = 1;; tries++) {
		int won = store_put_if_absent(store, key, content->data, content->len, err);
		if (won == 0)
			won = whose(store, key, content, err);
		if (won == -2)
			err_set(err, ERR_NETWORK, "the store will not say whether %s exists", key);
		if (won >= 0 || err->kind != ERR_NETWORK || tries == DELTA_PUT_RETRIES_MAX)
			return won < 0 ? -1 : won;
		wait_a_little(tries);
	}
}

static bool has_been_done(const struct delta_commit *commit, const struct delta_snapshot *base)
{
	return commit->app_id &&
	       delta_snapshot_app_version(base, commit->app_id) >= commit->app_version;
}

/* Carry `base` over what others committed since; each of their versions is checked. */
static int catch_up(struct store *store, const struct delta_commit *commit,
		    struct delta_snapshot *base, struct error *err)
{
	for (;;) {
		struct delta_actions theirs;
		int64_t version = base->version + 1;
		int found = delta_log_read(store, base->table, version, base->arena, &theirs, err);
		if (found <= 0)
			return found;
		TRY(delta_snapshot_apply(base, &theirs, version, false, err));
		if (!has_been_done(commit, base))
			TRY(delta_change_check_conflict(commit, &theirs, version, err));
	}
}

/* Commit times never go back within a table, whatever the writers' clocks say. */
static int64_t next_time_ms(const struct delta_snapshot *base)
{
	int64_t now_ms = clock_now_us() / 1000;
	return base && base->timestamp_ms >= now_ms && base->timestamp_ms < INT64_MAX
		       ? base->timestamp_ms + 1
		       : now_ms;
}

static int try_version(struct store *store, const struct delta_commit *commit,
		       const struct delta_snapshot *base, const char *id, struct error *err)
{
	HELD(text) content = {0};
	TRY(delta_change_write(commit, base, id, next_time_ms(base), &content, err));
	return put_version(store, commit->table, base ? base->version + 1 : 0, &content, err);
}

static int too_many(const struct delta_commit *commit, struct error *err)
{
	err_set(err, ERR_CONFLICT, "table \"%s\" could not be committed to in %d tries",
		commit->table, DELTA_COMMIT_RETRIES_MAX);
	return err_hint(err, "Too many writers commit to this table at once: try again later.");
}

/* Returns as delta_commit(). */
static int commit_on_top(struct store *store, const struct delta_commit *commit,
			 struct delta_snapshot *base, int64_t *out_version, struct error *err)
{
	char id[PROCESS_ID_SIZE];
	TRY(process_new_uuid(id, err));
	for (int tries = 1; tries <= DELTA_COMMIT_RETRIES_MAX; tries++) {
		TRY(catch_up(store, commit, base, err));
		*out_version = base->version;
		if (has_been_done(commit, base))
			return 1;
		int won = try_version(store, commit, base, id, err);
		*out_version = base->version + 1;
		if (won)
			return won < 0 ? won : 0;
		wait_a_little(tries);
	}
	return too_many(commit, err);
}

static int exists_already(struct store *store, const struct delta_commit *commit,
			  const struct delta_parquet *parquet, int64_t *out_version,
			  struct error *err)
{
	if (commit->app_id) {
		OWNED(delta_snapshot) *newest = NULL;
		TRY(delta_snapshot_open(store, commit->table, -1, parquet, &newest, err));
		*out_version = newest->version;
		if (has_been_done(commit, newest))
			return 1;
	}
	return err_set(err, ERR_CONFLICT, "table \"%s\" exists already", commit->table);
}

/* Returns as delta_commit(). */
static int commit_new(struct store *store, const struct delta_commit *commit,
		      const struct delta_parquet *parquet, int64_t *out_version, struct error *err)
{
	char id[PROCESS_ID_SIZE];
	TRY(delta_change_check(commit, NULL, err));
	int exists = delta_newest_version(store, commit->table, out_version, err);
	if (exists < 0)
		return exists;
	TRY(process_new_uuid(id, err));
	int won = exists ? 0 : try_version(store, commit, NULL, id, err);
	*out_version = 0;
	if (won)
		return won < 0 ? won : 0;
	return exists_already(store, commit, parquet, out_version, err);
}

/* Nothing depends on a checkpoint, so its failure is no failure; the next one makes up for it. */
static void write_checkpoint(struct store *store, const char *table, int64_t version,
			     const struct delta_parquet *parquet)
{
	struct error ignored;
	OWNED(delta_snapshot) *now = NULL;
	if (delta_snapshot_open(store, table, version, parquet, &now, &ignored) == 0)
		delta_checkpoint_write(store, now, parquet, clock_now_us() / 1000, &ignored);
}

int delta_commit(struct store *store, const struct delta_commit *commit,
		 const struct delta_parquet *parquet, int64_t *out_version, struct error *err)
{
	int64_t version;
	if (commit->read_version < 0) {
		int result = commit_new(store, commit, parquet, &version, err);
		if (result >= 0)
			*out_version = version;
		return result;
	}
	OWNED(delta_snapshot) *base = NULL;
	TRY(delta_snapshot_open(store, commit->table, commit->read_version, parquet, &base, err));
	if (!has_been_done(commit, base))
		TRY(delta_change_check(commit, base, err));
	int result = commit_on_top(store, commit, base, &version, err);
	if (result < 0)
		return result;
	*out_version = version;
	if (result == 0 && parquet && version % delta_checkpoint_interval(base) == 0)
		write_checkpoint(store, commit->table, version, parquet);
	return result;
}
