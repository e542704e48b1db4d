/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/text.h"
#include "delta/action.h"
#include "delta/uri.h"

static void add_string(struct text *out, const char *s)
{
	text_add_json(out, s, strlen(s));
}

static void add_strings(struct text *out, const char *const *names, size_t count)
{
	text_add_char(out, '[');
	for (size_t i = 0; i < count; i++) {
		text_add(out, i ? "," : "");
		add_string(out, names[i]);
	}
	text_add_char(out, ']');
}

/* A map of texts. An empty value of a partition means null, and is written so. */
static void add_values(struct text *out, const struct delta_value *values, size_t count,
		       bool empty_is_null)
{
	text_add_char(out, '{');
	for (size_t i = 0; i < count; i++) {
		const char *value = values[i].value;
		text_add(out, i ? "," : "");
		add_string(out, values[i].name);
		text_add_char(out, ':');
		if (!value || (empty_is_null && !*value))
			text_add(out, "null");
		else
			add_string(out, value);
	}
	text_add_char(out, '}');
}

void delta_write_protocol(const struct delta_protocol *protocol, struct text *out)
{
	text_addf(out, "{\"protocol\":{\"minReaderVersion\":%lld,\"minWriterVersion\":%lld",
		  (long long)protocol->reader, (long long)protocol->writer);
	if (protocol->reader >= 3) {
		text_add(out, ",\"readerFeatures\":");
		add_strings(out, protocol->reader_features, protocol->reader_feature_count);
	}
	if (protocol->writer >= 7) {
		text_add(out, ",\"writerFeatures\":");
		add_strings(out, protocol->writer_features, protocol->writer_feature_count);
	}
	text_add(out, "}}\n");
}

void delta_write_metadata(const struct delta_metadata *metadata, struct text *out)
{
	text_add(out, "{\"metaData\":{\"id\":");
	add_string(out, metadata->id);
	if (metadata->name) {
		text_add(out, ",\"name\":");
		add_string(out, metadata->name);
	}
	if (metadata->description) {
		text_add(out, ",\"description\":");
		add_string(out, metadata->description);
	}
	text_add(out, ",\"format\":{\"provider\":\"parquet\",\"options\":{}},\"schemaString\":");
	add_string(out, metadata->schema_string);
	text_add(out, ",\"partitionColumns\":");
	add_strings(out, metadata->partition_columns, metadata->partition_count);
	text_add(out, ",\"configuration\":");
	add_values(out, metadata->configuration, metadata->configuration_count, false);
	text_addf(out, ",\"createdTime\":%lld}}\n", (long long)metadata->created_ms);
}

void delta_write_txn(const struct delta_txn *txn, int64_t updated_ms, struct text *out)
{
	text_add(out, "{\"txn\":{\"appId\":");
	add_string(out, txn->app_id);
	text_addf(out, ",\"version\":%lld", (long long)txn->version);
	if (updated_ms)
		text_addf(out, ",\"lastUpdated\":%lld", (long long)updated_ms);
	text_add(out, "}}\n");
}

static void add_bool(struct text *out, const char *key, bool value)
{
	text_addf(out, ",\"%s\":%s", key, value ? "true" : "false");
}

void delta_write_add(const char *raw_path, const struct delta_file *file, bool data_change,
		     struct text *out)
{
	text_add(out, "{\"add\":{\"path\":");
	add_string(out, raw_path);
	text_add(out, ",\"partitionValues\":");
	add_values(out, file->partition, file->partition_count, true);
	text_addf(out, ",\"size\":%lld,\"modificationTime\":%lld", (long long)file->size,
		  (long long)file->modified_ms);
	add_bool(out, "dataChange", data_change);
	if (file->stats_json) {
		text_add(out, ",\"stats\":");
		add_string(out, file->stats_json);
	}
	text_add(out, "}}\n");
}

void delta_write_remove(const struct delta_entry *entry, int64_t deletion_ms, bool data_change,
			struct text *out)
{
	text_add(out, "{\"remove\":{\"path\":");
	add_string(out, entry->raw_path);
	text_addf(out, ",\"deletionTimestamp\":%lld", (long long)deletion_ms);
	add_bool(out, "dataChange", data_change);
	add_bool(out, "extendedFileMetadata", entry->is_extended);
	if (entry->is_extended) {
		text_add(out, ",\"partitionValues\":");
		add_values(out, entry->file.partition, entry->file.partition_count, true);
		text_addf(out, ",\"size\":%lld", (long long)entry->file.size);
	}
	text_add(out, "}}\n");
}
