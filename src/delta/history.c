/* SPDX-License-Identifier: Apache-2.0 */
/* history: who committed what and when, from each version's commitInfo. */
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "delta/log.h"

static void info_done(struct delta_commit_info *info)
{
	free(info->operation);
	free(info->engine_info);
	free(info->vitrine_json);
}

void delta_history_free(struct delta_commit_info *infos, int count)
{
	for (int i = 0; i < count; i++)
		info_done(&infos[i]);
	free(infos);
}

struct infos {
	struct delta_commit_info *items;
	size_t count, capacity;
};

static void infos_done(struct infos *infos)
{
	delta_history_free(infos->items, (int)infos->count);
}
OWN_DEFINE_EMBEDDED(infos, infos_done)

static int copy_info(const struct delta_commit_info *info, struct delta_commit_info *out,
		     struct error *err)
{
	*out = (struct delta_commit_info){.version = info->version,
					  .timestamp_ms = info->timestamp_ms,
					  .operation = mem_copy_text(info->operation),
					  .engine_info = mem_copy_text(info->engine_info),
					  .vitrine_json = mem_copy_text(info->vitrine_json)};
	if (out->operation && out->engine_info && (out->vitrine_json || !info->vitrine_json))
		return 0;
	info_done(out);
	return err_memory(err);
}

/* A version's commitInfo; one that another writer left out is empty but for the file's time.
 * Returns 1, or 0 when the version's file is gone. */
static int read_info(struct store *store, const char *table, const struct delta_log_file *file,
		     struct arena *arena, struct delta_commit_info *out, struct error *err)
{
	struct delta_actions actions;
	int found = delta_log_read(store, table, file->version, arena, &actions, err);
	if (found <= 0)
		return found;
	char *none = arena_copy_text(arena, "");
	if (!none)
		return err_memory(err);
	*out = (struct delta_commit_info){.operation = none, .engine_info = none};
	for (size_t i = 0; i < actions.count; i++)
		if (actions.items[i].kind == ACTION_COMMIT_INFO)
			*out = actions.items[i].info;
	out->version = file->version;
	if (!out->timestamp_ms)
		out->timestamp_ms = file->modified_us / 1000;
	return 1;
}

static int add_info(struct store *store, const char *table, const struct delta_log_file *file,
		    struct infos *infos, struct error *err)
{
	OWNED(arena) *arena = arena_new();
	struct delta_commit_info info;
	if (!arena)
		return err_memory(err);
	int found = read_info(store, table, file, arena, &info, err);
	if (found <= 0)
		return found;
	TRY(mem_grow(&infos->items, &infos->capacity, infos->count + 1, sizeof *infos->items, err));
	TRY(copy_info(&info, &infos->items[infos->count], err));
	infos->count++;
	return 0;
}

static int list_log(struct store *store, const char *table, struct delta_log *out,
		    struct error *err)
{
	TRY(delta_log_list(store, table, out, err));
	if (out->newest < 0)
		return err_set(err, ERR_NOT_FOUND, "there is no table \"%s\"", table);
	return 0;
}

int delta_history(struct store *store, const char *table, int64_t first, int64_t last,
		  struct delta_commit_info **out, struct error *err)
{
	HELD(delta_log) log = {0};
	HELD(infos) infos = {0};
	TRY(list_log(store, table, &log, err));
	if (last < 0)
		last = log.newest;
	for (size_t i = 0; i < log.count; i++) {
		const struct delta_log_file *file = &log.files[i];
		if (file->kind == LOG_COMMIT && file->version >= first && file->version <= last)
			TRY(add_info(store, table, file, &infos, err));
	}
	if (!infos.items && !(infos.items = mem_alloc(sizeof *infos.items)))
		return err_memory(err);
	int count = (int)infos.count;
	*out = TAKE(infos.items);
	infos.count = 0;
	return count;
}

int delta_version_at(struct store *store, const char *table, int64_t timestamp_ms, int64_t *out,
		     struct error *err)
{
	HELD(delta_log) log = {0};
	TRY(list_log(store, table, &log, err));
	for (size_t i = log.count; i-- > 0;) {
		const struct delta_log_file *file = &log.files[i];
		if (file->kind != LOG_COMMIT)
			continue;
		OWNED(arena) *arena = arena_new();
		struct delta_commit_info info;
		if (!arena)
			return err_memory(err);
		int found = read_info(store, table, file, arena, &info, err);
		if (found < 0)
			return found;
		*out = file->version;
		if (found && info.timestamp_ms <= timestamp_ms)
			return 0;
	}
	return err_set(err, ERR_NOT_FOUND, "the log of table \"%s\" holds no version that old",
		       table);
}
