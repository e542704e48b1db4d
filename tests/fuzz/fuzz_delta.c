/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a table's log: versions set apart by lines "%%"; a log that begins with such a line
 * has its version 0 as a checkpoint. It is opened or refused with a message, and what was opened is
 * the same table when read back from a checkpoint written of it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "delta/checkpoint.h"
#include "delta/delta.h"
#include "store/store.h"
#include "support/delta_fake.h"
#include "support/store_fault.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { VERSIONS_MAX = 8 };
static const char MARK[] = "%%\n";

static void put(struct store *store, const char *ending, int64_t version, const char *bytes,
		size_t len)
{
	struct error err;
	char key[96];
	snprintf(key, sizeof key, "t/_delta_log/%020lld.%s", (long long)version, ending);
	if (store_put(store, key, bytes, len, &err) < 0)
		abort();
}

static void put_log(struct store *store, const char *bytes, size_t len)
{
	const char *end = bytes + len;
	bool has_checkpoint = len >= sizeof MARK - 1 && memcmp(bytes, MARK, sizeof MARK - 1) == 0;
	if (has_checkpoint)
		bytes += sizeof MARK - 1;
	for (int64_t version = 0; bytes < end && version < VERSIONS_MAX; version++) {
		const char *mark = memmem(bytes, (size_t)(end - bytes), MARK, sizeof MARK - 1);
		const char *stop = mark ? mark : end;
		put(store, has_checkpoint && version == 0 ? "checkpoint.parquet" : "json", version,
		    bytes, (size_t)(stop - bytes));
		bytes = mark ? mark + sizeof MARK - 1 : end;
	}
}

static void describe(const struct delta_snapshot *snapshot, struct text *out)
{
	const char *const *columns;
	size_t count = delta_snapshot_partition_columns(snapshot, &columns);
	text_addf(out, "%lld rows, %lld bytes, by", (long long)delta_snapshot_rows(snapshot),
		  (long long)delta_snapshot_bytes(snapshot));
	for (size_t i = 0; i < count; i++)
		text_addf(out, " %s", columns[i]);
	for (size_t i = 0; i < delta_snapshot_file_count(snapshot); i++) {
		const struct delta_file *file = delta_snapshot_file(snapshot, i);
		text_addf(out, "\n%s %lld %s", file->path, (long long)file->size,
			  file->stats_json ? file->stats_json : "-");
	}
	text_addf(out, "\n%s", delta_snapshot_description(snapshot));
}

/* The same table from its checkpoint alone. */
static void check_checkpoint(struct store *store, const struct delta_snapshot *snapshot)
{
	struct error err;
	OWNED(store_list) *list = NULL;
	OWNED(delta_snapshot) *again = NULL;
	HELD(text) before = {0}, after = {0};
	if (delta_checkpoint_write(store, snapshot, &delta_fake_parquet, 0, &err) < 0)
		return;
	if (store_list_objects(store, "t/_delta_log/", NULL, &list, &err) < 0)
		abort();
	for (size_t i = 0; i < list->count; i++)
		if (text_ends(list->objects[i].key, ".json"))
			store_remove(store, list->objects[i].key, &err);
	if (delta_snapshot_open(store, "t", delta_snapshot_version(snapshot), &delta_fake_parquet,
				&again, &err) < 0) {
		fprintf(stderr, "its checkpoint: %s\n", err.message);
		abort();
	}
	describe(snapshot, &before);
	describe(again, &after);
	if (strcmp(before.data, after.data) != 0) {
		fprintf(stderr, "%s\nfrom its checkpoint:\n%s\n", before.data, after.data);
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = {0};
	OWNED(store) *store = NULL;
	OWNED(delta_snapshot) *snapshot = NULL;
	struct delta_commit_info *infos = NULL;
	if (store_memory_new(&store, &err) < 0)
		return 0;
	put_log(store, (const char *)data, size);
	int count = delta_history(store, "t", 0, -1, &infos, &err);
	if (count >= 0)
		delta_history_free(infos, count);
	if (delta_snapshot_open(store, "t", -1, &delta_fake_parquet, &snapshot, &err) == 0)
		check_checkpoint(store, snapshot);
	else if (!*err.message)
		abort();
	return 0;
}
