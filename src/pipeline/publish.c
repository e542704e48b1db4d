/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/publish.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/store.h"

static int store_file(struct store *store, const char *key, const struct engine_file *file,
		      struct error *err)
{
	OWNED_MEMORY char *at = text_format(err, "%s/%s", key, file->file.path);
	if (!at)
		return -1;
	return store_put_file(store, at, file->path, err);
}

static size_t count_texts(const char *const *texts)
{
	size_t count = 0;
	while (texts && texts[count])
		count++;
	return count;
}

int publish_outputs(struct store *store, const struct delta_parquet *parquet,
		    const struct publish *publish, struct engine_output *const *outputs,
		    size_t output_count, int64_t *out_version, struct error *err)
{
	size_t add_count = 0;
	for (size_t i = 0; i < output_count; i++)
		add_count += outputs[i]->count;
	/* The adds borrow from the outputs: only the array is ours. */
	OWNED_MEMORY struct delta_file *adds = mem_alloc_array(add_count, sizeof *adds);
	if (!adds)
		return err_memory(err);
	size_t n = 0;
	for (size_t i = 0; i < output_count; i++)
		for (size_t j = 0; j < outputs[i]->count; j++) {
			TRY(store_file(store, publish->key, &outputs[i]->files[j], err));
			adds[n++] = outputs[i]->files[j].file;
		}
	struct delta_commit commit = {
		.table = publish->key,
		.read_version = publish->read_version,
		.schema = publish->schema,
		.description = publish->description,
		.partition_columns = publish->partition_columns,
		.remove_all = publish->overwrite && publish->read_version >= 0,
		.removes = publish->removes,
		.remove_count = count_texts(publish->removes),
		.adds = adds,
		.add_count = add_count,
		.data_change = !publish->same_rows,
		.depends_on_rows = publish->depends_on_rows,
		.operation = publish->operation,
		.vitrine_json = publish->vitrine_json,
	};
	return delta_commit(store, &commit, parquet, out_version, err);
}
