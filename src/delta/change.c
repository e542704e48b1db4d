/* SPDX-License-Identifier: Apache-2.0 */
#include "delta/change.h"

#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/process.h"
#include "base/text.h"
#include "delta/protocol.h"
#include "delta/schema.h"
#include "delta/snapshot.h"
#include "delta/uri.h"
#include "store/store.h"

/* The lowest protocol in use: every reader of Delta knows it. */
static const struct delta_protocol our_protocol = {.reader = 1, .writer = 2};

/* ---- checking ---- */

static size_t count_names(const char *const *names)
{
	size_t count = 0;
	while (names && names[count])
		count++;
	return count;
}

/* What the table will be partitioned by: only a commit that leaves no old file may say. */
static const char *const *partition_columns(const struct delta_commit *commit,
					    const struct delta_snapshot *base, size_t *out_count)
{
	bool stays = base && !commit->remove_all;
	*out_count =
		stays ? base->metadata->partition_count : count_names(commit->partition_columns);
	return stays ? base->metadata->partition_columns : commit->partition_columns;
}

static int check_new_table(const struct delta_commit *commit, struct error *err)
{
	if (!commit->schema)
		return err_set(err, ERR_USAGE, "a new table needs a schema");
	if (commit->remove_all || commit->remove_count)
		return err_set(err, ERR_USAGE, "a new table has no files to remove");
	return 0;
}

static int check_partition_columns(const struct delta_schema *schema, const char *const *names,
				   size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct delta_column *column = delta_schema_find(schema, names[i]);
		if (!column || strcmp(column->name, names[i]) != 0 || *column->type == '{')
			return err_set(
				err, ERR_USAGE,
				"the partition column \"%s\" is no plain column of the table",
				names[i]);
	}
	return 0;
}

static int check_add(const struct delta_file *file, const char *const *columns, size_t count,
		     const struct delta_snapshot *base, struct error *err)
{
	if (!store_is_key(file->path) || *file->path == '_' || *file->path == '.')
		return err_set(err, ERR_USAGE, "\"%s\" cannot name a data file", file->path);
	if (file->size < 0)
		return err_set(err, ERR_USAGE, "the size of \"%s\" is not given", file->path);
	if (base && delta_snapshot_find(base, file->path))
		return err_set(err, ERR_USAGE, "\"%s\" is a file of the table already", file->path);
	bool fits = file->partition_count == count;
	for (size_t i = 0; fits && i < count; i++)
		fits = text_equal(file->partition[i].name, columns[i]);
	if (!fits)
		return err_set(err, ERR_USAGE,
			       "\"%s\" does not have one value for each partition column",
			       file->path);
	return 0;
}

static int check_adds(const struct delta_commit *commit, const struct delta_snapshot *base,
		      struct error *err)
{
	size_t count;
	const char *const *columns = partition_columns(commit, base, &count);
	OWNED(map) *seen = map_new();
	if (!seen)
		return err_memory(err);
	for (size_t i = 0; i < commit->add_count; i++) {
		const char *path = commit->adds[i].path;
		TRY(check_add(&commit->adds[i], columns, count, base, err));
		if (map_find(seen, path) >= 0)
			return err_set(err, ERR_USAGE, "\"%s\" is added twice", path);
		TRY(map_put(seen, path, NULL, err));
	}
	return 0;
}

static int check_removes(const struct delta_commit *commit, const struct delta_snapshot *base,
			 struct error *err)
{
	const char *append_only = delta_configuration(base->metadata, "delta.appendOnly");
	bool removes = commit->remove_all ? base->file_count > 0 : commit->remove_count > 0;
	if (removes && commit->data_change && append_only && strcasecmp(append_only, "true") == 0)
		return delta_protocol_refuse(base->table, "appendOnly", err);
	for (size_t i = 0; i < commit->remove_count; i++)
		if (!delta_snapshot_find(base, commit->removes[i]))
			return err_set(err, ERR_USAGE, "table \"%s\" has no file \"%s\" to remove",
				       base->table, commit->removes[i]);
	return 0;
}

int delta_change_check(const struct delta_commit *commit, const struct delta_snapshot *base,
		       struct error *err)
{
	if (commit->schema)
		TRY(delta_schema_check(commit->schema, err));
	if (!base) {
		TRY(check_new_table(commit, err));
		TRY(check_partition_columns(commit->schema, commit->partition_columns,
					    count_names(commit->partition_columns), err));
		return check_adds(commit, NULL, err);
	}
	TRY(delta_protocol_check_write(base->table, base->protocol, base->metadata, &base->schema,
				       err));
	size_t count;
	const char *const *columns = partition_columns(commit, base, &count);
	TRY(check_partition_columns(commit->schema ? commit->schema : &base->schema, columns, count,
				    err));
	TRY(check_removes(commit, base, err));
	return check_adds(commit, base, err);
}

static bool depends_on_rows(const struct delta_commit *commit)
{
	return commit->depends_on_rows || commit->remove_all ||
	       (commit->remove_count && commit->data_change);
}

static int conflict(const char *table, int64_t version, const char *what, struct error *err)
{
	err_set(err, ERR_CONFLICT, "version %lld of table \"%s\", committed meanwhile, %s",
		(long long)version, table, what);
	return err_hint(err, "Run the step again: it will start from the newer version.");
}

int delta_change_check_conflict(const struct delta_commit *commit,
				const struct delta_actions *theirs, int64_t their_version,
				struct error *err)
{
	for (size_t i = 0; i < theirs->count; i++) {
		const struct delta_action *action = &theirs->items[i];
		bool is_file = action->kind == ACTION_ADD || action->kind == ACTION_REMOVE;
		if (action->kind == ACTION_METADATA || action->kind == ACTION_PROTOCOL)
			return conflict(commit->table, their_version, "changed the table itself",
					err);
		if (is_file && action->entry.file.data_change && depends_on_rows(commit))
			return conflict(commit->table, their_version, "changed its data", err);
	}
	return 0;
}

/* ---- writing ---- */

static void write_commit_info(const struct delta_commit *commit, const char *id, int64_t now_ms,
			      struct text *out)
{
	const char *operation = commit->operation ? commit->operation : "WRITE";
	bool is_blind = !depends_on_rows(commit) && !commit->remove_count;
	text_addf(out, "{\"commitInfo\":{\"timestamp\":%lld,\"operation\":", (long long)now_ms);
	text_add_json(out, operation, strlen(operation));
	text_add(out, ",\"operationParameters\":{}");
	if (commit->read_version >= 0)
		text_addf(out, ",\"readVersion\":%lld", (long long)commit->read_version);
	text_addf(out, ",\"isBlindAppend\":%s,\"engineInfo\":\"Vitrine/" VITRINE_VERSION "\"",
		  is_blind ? "true" : "false");
	text_addf(out, ",\"txnId\":\"%s\"", id);
	if (commit->vitrine_json)
		text_addf(out, ",\"vitrine\":%s", commit->vitrine_json);
	text_add(out, "}}\n");
}

static int write_new_table(const struct delta_commit *commit, int64_t now_ms, struct text *out,
			   struct error *err)
{
	char id[PROCESS_ID_SIZE];
	HELD(text) schema = {0};
	TRY(process_new_uuid(id, err));
	delta_schema_write(commit->schema, &schema);
	TRY(text_check(&schema, err));
	struct delta_metadata metadata = {.id = id,
					  .description = commit->description,
					  .schema_string = schema.data,
					  .partition_columns = commit->partition_columns,
					  .partition_count = count_names(commit->partition_columns),
					  .created_ms = now_ms};
	delta_write_protocol(&our_protocol, out);
	delta_write_metadata(&metadata, out);
	return 0;
}

static bool same_names(const char *const *a, size_t a_count, const char *const *b, size_t b_count)
{
	for (size_t i = 0; a_count == b_count && i < a_count; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return a_count == b_count;
}

/* metaData is written only when it says something new. */
static int write_new_metadata(const struct delta_commit *commit, const struct delta_snapshot *base,
			      struct text *out, struct error *err)
{
	bool schema_stays = !commit->schema || delta_schema_equal(commit->schema, &base->schema);
	bool text_stays = !commit->description ||
			  text_equal(commit->description, delta_snapshot_description(base));
	struct delta_metadata metadata = *base->metadata;
	metadata.partition_columns = partition_columns(commit, base, &metadata.partition_count);
	bool partitions_stay =
		same_names(metadata.partition_columns, metadata.partition_count,
			   base->metadata->partition_columns, base->metadata->partition_count);
	if (schema_stays && text_stays && partitions_stay)
		return 0;
	HELD(text) schema = {0};
	if (!schema_stays) {
		delta_schema_write(commit->schema, &schema);
		TRY(text_check(&schema, err));
		metadata.schema_string = schema.data;
	}
	if (!text_stays)
		metadata.description = commit->description;
	delta_write_metadata(&metadata, out);
	return 0;
}

static int write_removes(const struct delta_commit *commit, const struct delta_snapshot *base,
			 int64_t now_ms, struct text *out, struct error *err)
{
	for (size_t i = 0; commit->remove_all && i < map_count(base->entries); i++) {
		const struct delta_entry *entry = delta_snapshot_live_at(base, i);
		if (entry)
			delta_write_remove(entry, now_ms, commit->data_change, out);
	}
	for (size_t i = 0; !commit->remove_all && i < commit->remove_count; i++) {
		const struct delta_entry *entry = delta_snapshot_find(base, commit->removes[i]);
		if (!entry)
			return conflict(commit->table, base->version,
					"or one before it removed a file that we remove too", err);
		delta_write_remove(entry, now_ms, commit->data_change, out);
	}
	return 0;
}

static int write_adds(const struct delta_commit *commit, struct text *out, struct error *err)
{
	for (size_t i = 0; i < commit->add_count; i++) {
		HELD(text) raw_path = {0};
		delta_uri_encode(commit->adds[i].path, &raw_path);
		TRY(text_check(&raw_path, err));
		delta_write_add(raw_path.data, &commit->adds[i], commit->data_change, out);
	}
	return 0;
}

int delta_change_write(const struct delta_commit *commit, const struct delta_snapshot *base,
		       const char *id, int64_t now_ms, struct text *out, struct error *err)
{
	write_commit_info(commit, id, now_ms, out);
	if (base)
		TRY(write_new_metadata(commit, base, out, err));
	else
		TRY(write_new_table(commit, now_ms, out, err));
	if (commit->app_id) {
		struct delta_txn txn = {.app_id = commit->app_id, .version = commit->app_version};
		delta_write_txn(&txn, now_ms, out);
	}
	if (base)
		TRY(write_removes(commit, base, now_ms, out, err));
	TRY(write_adds(commit, out, err));
	return text_check(out, err);
}
