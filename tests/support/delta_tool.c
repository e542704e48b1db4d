/* SPDX-License-Identifier: Apache-2.0 */
/* Delta tables from the shell, for tests with other programs' clients:
 *
 *	delta_tool write LAKE TABLE append|overwrite SQL [PARTITION COLUMN...]
 *	delta_tool read LAKE TABLE VERSION SQL      the table is t; -1 = the newest version
 *
 * Partition columns are taken of a new table and of an overwrite; appends keep the table's.
 * Rows are printed as lines of JSON arrays of texts. Failures: "kind: message", exit status 1. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/engine.h"
#include "store/store.h"

struct tool {
	struct store *store;
	struct engine *engine;
	struct engine_session *session;
	struct delta_parquet parquet;
	const char *table;
};

static int open_all(struct tool *tool, const char *lake, struct error *err)
{
	struct engine_settings settings = {.threads = 2, .memory_bytes = 1 << 30};
	TRY(store_open(lake, &tool->store, err));
	TRY(engine_open(&settings, &tool->engine, err));
	engine_fill_parquet(tool->engine, &tool->parquet);
	return engine_session_open(tool->engine, &tool->session, err);
}

/* Declared columns of the table there is, else what the SELECT gives. */
static int commit(struct tool *tool, bool overwrite, const struct engine_output *output,
		  const char *const *partition_columns, struct error *err)
{
	int64_t version = -1;
	TRY(delta_newest_version(tool->store, tool->table, &version, err));
	OWNED_MEMORY struct delta_file *adds = mem_alloc_array(output->count, sizeof *adds);
	if (!adds)
		return err_memory(err);
	for (size_t i = 0; i < output->count; i++) {
		adds[i] = output->files[i].file;
		OWNED_MEMORY char *key = text_format(err, "%s/%s", tool->table, adds[i].path);
		if (!key)
			return -1;
		TRY(store_put_file(tool->store, key, output->files[i].path, err));
	}
	struct delta_commit commit = {.table = tool->table,
				      .read_version = version,
				      .schema = version < 0 ? &output->schema : NULL,
				      .partition_columns = partition_columns,
				      .remove_all = overwrite && version >= 0,
				      .adds = adds,
				      .add_count = output->count,
				      .data_change = true,
				      .operation = "WRITE"};
	return delta_commit(tool->store, &commit, &tool->parquet, &version, err);
}

static int write_table(struct tool *tool, bool overwrite, const char *sql,
		       const char *const *partition_columns, struct error *err)
{
	int64_t version = -1;
	OWNED(delta_snapshot) *snapshot = NULL;
	OWNED_MEMORY char *staging = NULL;
	HELD(engine_output) output = {0};
	if (delta_newest_version(tool->store, tool->table, &version, err) == 1) {
		TRY(delta_snapshot_open(tool->store, tool->table, version, &tool->parquet,
					&snapshot, err));
		if (!overwrite)
			delta_snapshot_partition_columns(snapshot, &partition_columns);
	}
	TRY(store_make_staging(tool->store, &staging, err));
	struct engine_build build = {.sql = sql,
				     .out_folder = staging,
				     .partition_columns = partition_columns,
				     .schema = snapshot ? delta_snapshot_schema(snapshot) : NULL};
	TRY(engine_session_build(tool->session, &build, &output, err));
	return commit(tool, overwrite, &output, partition_columns, err);
}

static int read_table(struct tool *tool, const char *version, const char *sql, struct error *err)
{
	static const char *const path[] = {"main", NULL};
	OWNED(delta_snapshot) *snapshot = NULL;
	OWNED(engine_result) *result = NULL;
	HELD(text) out = {0};
	TRY(delta_snapshot_open(tool->store, tool->table, atoll(version), &tool->parquet, &snapshot,
				err));
	TRY(engine_session_add_table(tool->session, "main", "t", tool->store, snapshot, err));
	TRY(engine_session_set_path(tool->session, path, err));
	TRY(engine_session_query(tool->session, sql, &result, err));
	int more;
	while ((more = engine_result_next(result, err)) == 1) {
		for (size_t i = 0; i < engine_result_column_count(result); i++) {
			size_t len;
			const char *value = engine_result_text(result, i, &len);
			text_add(&out, i ? ", " : "[");
			if (value)
				text_add_json(&out, value, len);
			else
				text_add(&out, "null");
		}
		text_add(&out, "]\n");
	}
	TRY(more);
	TRY(text_check(&out, err));
	if (out.len)
		fputs(out.data, stdout);
	return 0;
}

static int run(struct tool *tool, int count, char **args, struct error *err)
{
	if (count < 5)
		return err_set(err, ERR_USAGE, "see the top of delta_tool.c");
	tool->table = args[2];
	TRY(open_all(tool, args[1], err));
	if (strcmp(args[0], "read") == 0)
		return read_table(tool, args[3], args[4], err);
	/* argv ends with NULL */
	return write_table(tool, strcmp(args[3], "overwrite") == 0, args[4],
			   (const char *const *)args + 5, err);
}

int main(int argc, char **argv)
{
	struct error err = {0};
	struct tool tool = {0};
	int result = run(&tool, argc - 1, argv + 1, &err);
	engine_session_close(tool.session);
	engine_close(tool.engine);
	store_free(tool.store);
	if (result < 0)
		fprintf(stderr, "%s: %s\n", err_word(err.kind), err.message);
	return result < 0;
}
