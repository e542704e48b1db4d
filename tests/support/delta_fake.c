/* SPDX-License-Identifier: Apache-2.0 */
#include "support/delta_fake.h"

#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "store/store.h"
#include "support/support.h"

static int write_lines(void *context, const char *json_lines, size_t len, const char *path,
		       struct error *err)
{
	(void)context;
	return file_write(path, json_lines, len, err);
}

static int read_lines(void *context, const char *path, char **out, size_t *out_len,
		      struct error *err)
{
	(void)context;
	OWNED_MEMORY char *beside = text_format(err, "%s.jsonl", path);
	struct file_info info;
	int found = beside ? file_stat(beside, &info, err) : -1;
	if (found < 0)
		return found;
	return file_read(found ? beside : path, TEXT_LEN_MAX, out, out_len, err);
}

const struct delta_parquet delta_fake_parquet = {.write_checkpoint = write_lines,
						 .read_checkpoint = read_lines};

int delta_fake_create(struct store *store, const char *table, struct error *err)
{
	HELD(delta_schema) schema = {0};
	TRY(delta_schema_add(&schema, "id", "long", "the key", err));
	TRY(delta_schema_add(&schema, "day", "date", "", err));
	struct delta_commit commit = {.table = table,
				      .read_version = -1,
				      .schema = &schema,
				      .description = "a table",
				      .operation = "CREATE TABLE"};
	int64_t version;
	return delta_commit(store, &commit, NULL, &version, err);
}

static int add(struct store *store, const char *table, int64_t read_version, const char *path,
	       bool remove_all, int64_t *out_version, struct error *err)
{
	struct delta_file file = {.path = (char *)(uintptr_t)path,
				  .size = 100,
				  .modified_ms = 1,
				  .stats_json = (char *)(uintptr_t) "{\"numRecords\":10}"};
	struct delta_commit commit = {.table = table,
				      .read_version = read_version,
				      .remove_all = remove_all,
				      .adds = &file,
				      .add_count = 1,
				      .data_change = true,
				      .operation = "WRITE"};
	return delta_commit(store, &commit, &delta_fake_parquet, out_version, err);
}

int delta_fake_append(struct store *store, const char *table, int64_t read_version,
		      const char *path, int64_t *out_version, struct error *err)
{
	return add(store, table, read_version, path, false, out_version, err);
}

int delta_fake_overwrite(struct store *store, const char *table, int64_t read_version,
			 const char *path, int64_t *out_version, struct error *err)
{
	return add(store, table, read_version, path, true, out_version, err);
}

int delta_fake_put(struct store *store, const char *table, int64_t version, const char *lines,
		   struct error *err)
{
	OWNED_MEMORY char *key =
		text_format(err, "%s/_delta_log/%020lld.json", table, (long long)version);
	return key ? store_put(store, key, lines, strlen(lines), err) : -1;
}

char *delta_fake_files(struct store *store, const char *table, int64_t version)
{
	struct error err;
	struct text t = {0};
	OWNED(delta_snapshot) *snapshot = NULL;
	assert_ok(delta_snapshot_open(store, table, version, &delta_fake_parquet, &snapshot, &err),
		  &err);
	for (size_t i = 0; i < delta_snapshot_file_count(snapshot); i++)
		text_addf(&t, "%s ", delta_snapshot_file(snapshot, i)->path);
	char *files = text_take(&t, &err);
	assert_non_null(files);
	return files;
}
