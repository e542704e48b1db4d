/* SPDX-License-Identifier: Apache-2.0 */
#include "delta/action.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "delta/uri.h"
#include "store/store.h"

/* ---- members ---- */

static int copy_text(struct arena *arena, const char *text, const char **out, struct error *err)
{
	*out = NULL;
	if (!text)
		return 0;
	*out = arena_copy_text(arena, text);
	return *out ? 0 : err_memory(err);
}

static int need_text(struct arena *arena, const struct json *object, const char *key,
		     const char **out, struct error *err)
{
	const char *text = json_text(json_get(object, key), NULL);
	if (!text || !*text)
		return err_set(err, ERR_CORRUPT, "\"%s\" is missing or no text", key);
	return copy_text(arena, text, out, err);
}

/* A list of texts; null and absent count as empty. */
static int read_texts(struct arena *arena, const struct json *array, const char *const **out,
		      size_t *out_count, struct error *err)
{
	size_t count = json_is_array(array) ? json_count(array) : 0;
	const char **texts = arena_alloc_array(arena, count + 1, sizeof *texts);
	if (!texts)
		return err_memory(err);
	for (size_t i = 0; i < count; i++) {
		const char *text = json_text(json_at(array, i), NULL);
		if (!text)
			return err_set(err, ERR_CORRUPT, "a list of names holds something else");
		TRY(copy_text(arena, text, &texts[i], err));
	}
	*out = texts;
	*out_count = count;
	return 0;
}

/* A map of texts, whose values may be null; null and absent count as empty. */
static int read_values(struct arena *arena, const struct json *object, struct delta_value **out,
		       size_t *out_count, struct error *err)
{
	size_t count = json_is_object(object) ? json_count(object) : 0, i = 0;
	struct delta_value *values = arena_alloc_array(arena, count + 1, sizeof *values);
	if (!values)
		return err_memory(err);
	void *iterator = NULL;
	const char *key, *copy;
	const struct json *value;
	while (count && json_next(object, &iterator, &key, &value)) {
		if (!json_is_text(value) && !json_is_null(value))
			return err_set(err, ERR_CORRUPT, "the value of \"%s\" is no text", key);
		TRY(copy_text(arena, key, &copy, err));
		values[i].name = (char *)(uintptr_t)copy;
		TRY(copy_text(arena, json_text(value, NULL), &copy, err));
		values[i++].value = (char *)(uintptr_t)copy;
	}
	*out = values;
	*out_count = count;
	return 0;
}

/* ---- actions ---- */

static int read_commit_info(struct arena *arena, const struct json *v,
			    struct delta_commit_info *out, struct error *err)
{
	const char *operation, *engine, *ours;
	TRY(copy_text(arena, json_text(json_get(v, "operation"), ""), &operation, err));
	TRY(copy_text(arena, json_text(json_get(v, "engineInfo"), ""), &engine, err));
	HELD(text) t = {0};
	if (json_is_object(json_get(v, "vitrine")))
		json_write(json_get(v, "vitrine"), &t);
	TRY(text_check(&t, err));
	TRY(copy_text(arena, t.data, &ours, err));
	*out = (struct delta_commit_info){.timestamp_ms = json_int(json_get(v, "timestamp"), 0),
					  .operation = (char *)(uintptr_t)operation,
					  .engine_info = (char *)(uintptr_t)engine,
					  .vitrine_json = (char *)(uintptr_t)ours};
	return 0;
}

static int read_protocol(struct arena *arena, const struct json *v, struct delta_protocol *out,
			 struct error *err)
{
	out->reader = json_int(json_get(v, "minReaderVersion"), 0);
	out->writer = json_int(json_get(v, "minWriterVersion"), 0);
	if (out->reader < 1 || out->writer < 1)
		return err_set(err, ERR_CORRUPT, "the protocol's versions are missing");
	TRY(read_texts(arena, json_get(v, "readerFeatures"), &out->reader_features,
		       &out->reader_feature_count, err));
	return read_texts(arena, json_get(v, "writerFeatures"), &out->writer_features,
			  &out->writer_feature_count, err);
}

static int read_metadata(struct arena *arena, const struct json *v, struct delta_metadata *out,
			 struct error *err)
{
	const char *provider = json_text(json_get(json_get(v, "format"), "provider"), "parquet");
	if (strcmp(provider, "parquet") != 0)
		return err_set(err, ERR_UNSUPPORTED,
			       "data files in the format \"%s\" cannot be read", provider);
	struct delta_value *configuration;
	TRY(need_text(arena, v, "id", &out->id, err));
	TRY(need_text(arena, v, "schemaString", &out->schema_string, err));
	TRY(copy_text(arena, json_text(json_get(v, "name"), NULL), &out->name, err));
	TRY(copy_text(arena, json_text(json_get(v, "description"), NULL), &out->description, err));
	TRY(read_texts(arena, json_get(v, "partitionColumns"), &out->partition_columns,
		       &out->partition_count, err));
	TRY(read_values(arena, json_get(v, "configuration"), &configuration,
			&out->configuration_count, err));
	out->configuration = configuration;
	out->created_ms = json_int(json_get(v, "createdTime"), 0);
	return 0;
}

static int read_txn(struct arena *arena, const struct json *v, struct delta_txn *out,
		    struct error *err)
{
	out->version = json_int(json_get(v, "version"), -1);
	if (out->version < 0)
		return err_set(err, ERR_CORRUPT, "\"version\" is missing or no number");
	return need_text(arena, v, "appId", &out->app_id, err);
}

static int read_path(struct arena *arena, const struct json *v, struct delta_entry *out,
		     struct error *err)
{
	TRY(need_text(arena, v, "path", &out->raw_path, err));
	out->file.path = delta_uri_is_absolute(out->raw_path)
				 ? (char *)(uintptr_t)out->raw_path
				 : delta_uri_decode(arena, out->raw_path);
	if (!out->file.path)
		return err_memory(err);
	if (!delta_uri_is_absolute(out->raw_path) && !store_is_key(out->file.path))
		return err_set(err, ERR_CORRUPT, "the path \"%s\" leaves the table's folder",
			       out->file.path);
	return 0;
}

/* The row count within the statistics. Statistics that cannot be read are as good as none. */
static int read_statistics(struct arena *arena, const struct json *v, struct delta_file *out,
			   struct error *err)
{
	const char *stats = json_text(json_get(v, "stats"), NULL), *copy;
	out->rows = -1;
	if (!stats || !*stats)
		return 0;
	TRY(copy_text(arena, stats, &copy, err));
	out->stats_json = (char *)(uintptr_t)copy;
	OWNED(json) *document = NULL;
	if (json_parse(stats, strlen(stats), &document, err) < 0)
		return err->kind == ERR_MEMORY ? -1 : 0;
	int64_t rows = json_int(json_get(document, "numRecords"), -1);
	out->rows = rows < 0 ? -1 : rows;
	return 0;
}

static int read_entry(struct arena *arena, const struct json *v, bool is_add,
		      struct delta_entry *out, struct error *err)
{
	out->is_add = is_add;
	TRY(read_path(arena, v, out, err));
	TRY(read_statistics(arena, v, &out->file, err));
	TRY(read_values(arena, json_get(v, "partitionValues"), &out->file.partition,
			&out->file.partition_count, err));
	out->file.size = json_int(json_get(v, "size"), is_add ? -1 : 0);
	if (out->file.size < 0)
		return err_set(err, ERR_CORRUPT, "\"size\" is missing or no size");
	out->file.modified_ms = json_int(json_get(v, "modificationTime"), 0);
	out->file.data_change = json_bool(json_get(v, "dataChange"), true);
	out->deletion_ms = json_int(json_get(v, "deletionTimestamp"), 0);
	out->is_extended = is_add || json_bool(json_get(v, "extendedFileMetadata"), false);
	out->has_deletion_vector = !json_is_null(json_get(v, "deletionVector"));
	return 0;
}

/* The one member of a line that says something. */
static int read_member(struct arena *arena, const char *key, const struct json *value,
		       struct delta_action *out, struct error *err)
{
	static const struct {
		const char *key;
		enum delta_action_kind kind;
	} kinds[] = {{"add", ACTION_ADD},
		     {"remove", ACTION_REMOVE},
		     {"commitInfo", ACTION_COMMIT_INFO},
		     {"metaData", ACTION_METADATA},
		     {"protocol", ACTION_PROTOCOL},
		     {"txn", ACTION_TXN}};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(key, kinds[i].key) == 0)
			out->kind = kinds[i].kind;
	if (out->kind != ACTION_OTHER && !json_is_object(value))
		return err_set(err, ERR_CORRUPT, "it is no object");
	switch (out->kind) {
	case ACTION_COMMIT_INFO:
		return read_commit_info(arena, value, &out->info, err);
	case ACTION_PROTOCOL:
		return read_protocol(arena, value, &out->protocol, err);
	case ACTION_METADATA:
		return read_metadata(arena, value, &out->metadata, err);
	case ACTION_TXN:
		return read_txn(arena, value, &out->txn, err);
	case ACTION_ADD:
	case ACTION_REMOVE:
		return read_entry(arena, value, out->kind == ACTION_ADD, &out->entry, err);
	default:
		return 0;
	}
}

static int read_line(struct arena *arena, const char *line, size_t len, struct delta_action *out,
		     struct error *err)
{
	OWNED(json) *document = NULL;
	TRY(json_parse(line, len, &document, err));
	if (!json_is_object(document))
		return err_set(err, ERR_CORRUPT, "it is no action");
	void *iterator = NULL;
	const char *key;
	const struct json *value;
	while (out->kind == ACTION_OTHER && json_next(document, &iterator, &key, &value))
		if (!json_is_null(value) && read_member(arena, key, value, out, err) < 0)
			return err_within(err, "the action \"%s\"", key);
	return 0;
}

/* ---- lines ---- */

static bool is_blank(const char *line, size_t len)
{
	while (len && strchr(" \t\r", line[len - 1]))
		len--;
	return len == 0;
}

static size_t count_lines(const char *bytes, size_t len)
{
	size_t count = 1;
	for (size_t i = 0; i < len; i++)
		count += bytes[i] == '\n';
	return count;
}

int delta_actions_parse(struct arena *arena, const char *name, const char *bytes, size_t len,
			struct delta_actions *out, struct error *err)
{
	const char *end = bytes + len;
	*out = (struct delta_actions){
		.items = arena_alloc_array(arena, count_lines(bytes, len), sizeof *out->items)};
	if (!out->items)
		return err_memory(err);
	int number = 1;
	for (const char *line = bytes; line < end; number++) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t line_len = (size_t)((newline ? newline : end) - line);
		if (!is_blank(line, line_len) &&
		    read_line(arena, line, line_len, &out->items[out->count++], err) < 0) {
			int column = err->column;
			err_within(err, "%s, line %d", name, number);
			return err_at(err, name, number, column);
		}
		line += line_len + 1;
	}
	if (!out->count)
		return err_set(err, ERR_CORRUPT, "%s is empty", name);
	return 0;
}
