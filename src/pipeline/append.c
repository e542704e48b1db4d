/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/append.h"

#include "base/error.h"
#include "delta/delta.h"
#include "engine/engine.h"
#include "pipeline/context.h"
#include "pipeline/publish.h"
#include "store/store.h"

/* The first commit only makes the table, so that of two writers that both make it one finds it
 * made, and appends never meet a conflict. */
static int make_table(struct context *context, const struct append_table *table, struct error *err)
{
	HELD(delta_schema) schema = {0};
	TRY(table->schema(&schema, err));
	int64_t version;
	struct delta_commit commit = {
		.table = table->key,
		.read_version = -1,
		.schema = &schema,
		.description = table->description,
		.operation = "CREATE TABLE",
	};
	int result = delta_commit(context_store(context), &commit, context_parquet(context),
				  &version, err);
	return result < 0 && err->kind == ERR_CONFLICT ? 0 : result;
}

int append_output(struct context *context, const struct append_table *table,
		  struct engine_output *output, struct error *err)
{
	struct store *store = context_store(context);
	int64_t newest, version;
	int exists = delta_newest_version(store, table->key, &newest, err);
	TRY(exists);
	if (!exists) {
		TRY(make_table(context, table, err));
		newest = 0;
	}
	struct engine_output *outputs[] = {output};
	struct publish publish = {
		.key = table->key,
		.read_version = newest,
		.operation = "WRITE",
	};
	return publish_outputs(store, context_parquet(context), &publish, outputs, 1, &version,
			       err);
}
