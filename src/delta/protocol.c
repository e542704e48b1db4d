/* SPDX-License-Identifier: Apache-2.0 */
#include "delta/protocol.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

enum { READER_MAX = 3, WRITER_MAX = 7 }; /* with 3 and 7, features are named one by one */

struct table {
	const struct delta_metadata *metadata;
	const struct delta_schema *schema;
};

const char *delta_configuration(const struct delta_metadata *metadata, const char *key)
{
	for (size_t i = 0; i < metadata->configuration_count; i++)
		if (strcmp(metadata->configuration[i].name, key) == 0)
			return metadata->configuration[i].value;
	return NULL;
}

int delta_protocol_refuse(const char *table, const char *feature, struct error *err)
{
	err_set(err, ERR_UNSUPPORTED, "table \"%s\" needs the Delta feature \"%s\"", table,
		feature);
	return err_hint(err,
			"Vitrine does not know this feature: drop it from the table with the tool "
			"that set it, or copy the table's rows into a plain one.");
}

/* ---- whether the table uses what its protocol only allows ---- */

static bool is_on(const struct table *table, const char *key)
{
	const char *value = delta_configuration(table->metadata, key);
	return value && strcasecmp(value, "true") == 0;
}

static bool has_field_key(const struct table *table, const char *key)
{
	for (size_t i = 0; i < table->schema->count; i++) {
		const char *metadata = table->schema->columns[i].metadata_json;
		const char *type = table->schema->columns[i].type;
		if ((metadata && strstr(metadata, key)) || strstr(type, key))
			return true;
	}
	return false;
}

static bool uses_invariants(const struct table *table)
{
	return has_field_key(table, "\"delta.invariants\"");
}

static bool uses_constraints(const struct table *table)
{
	for (size_t i = 0; i < table->metadata->configuration_count; i++)
		if (text_starts(table->metadata->configuration[i].name, "delta.constraints."))
			return true;
	return false;
}

static bool uses_change_feed(const struct table *table)
{
	return is_on(table, "delta.enableChangeDataFeed");
}

static bool uses_generated(const struct table *table)
{
	return has_field_key(table, "\"delta.generationExpression\"");
}

static bool uses_mapping(const struct table *table)
{
	const char *mode = delta_configuration(table->metadata, "delta.columnMapping.mode");
	return mode && strcmp(mode, "none") != 0;
}

static bool uses_identity(const struct table *table)
{
	return has_field_key(table, "\"delta.identity.");
}

static bool never(const struct table *table)
{
	(void)table;
	return false;
}

/* Features of the numbered protocol versions; appendOnly is kept by commit.c. */
static const struct {
	const char *name;
	bool for_readers;
	bool (*is_used)(const struct table *);
} features[] = {
	{"appendOnly", false, never},
	{"invariants", false, uses_invariants},
	{"checkConstraints", false, uses_constraints},
	{"changeDataFeed", false, uses_change_feed},
	{"generatedColumns", false, uses_generated},
	{"columnMapping", true, uses_mapping},
	{"identityColumns", false, uses_identity},
};
enum { FEATURES = sizeof features / sizeof *features };

static bool is_known(const char *name, bool for_readers)
{
	for (size_t i = 0; i < FEATURES; i++)
		if (strcmp(features[i].name, name) == 0)
			return !for_readers || features[i].for_readers;
	return false;
}

static int check_named(const char *table, const char *const *names, size_t count, bool for_readers,
		       struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (!is_known(names[i], for_readers))
			return delta_protocol_refuse(table, names[i], err);
	return 0;
}

static int refuse_version(const char *name, const char *who, int64_t version, struct error *err)
{
	err_set(err, ERR_UNSUPPORTED, "table \"%s\" needs Delta %s version %lld", name, who,
		(long long)version);
	return err_hint(err, "A newer program wrote it: use a version of vitrine that knows it.");
}

int delta_protocol_check_read(const char *table, const struct delta_protocol *protocol,
			      const struct delta_metadata *metadata, struct error *err)
{
	struct table t = {.metadata = metadata};
	if (protocol->reader > READER_MAX)
		return refuse_version(table, "reader", protocol->reader, err);
	TRY(check_named(table, protocol->reader_features, protocol->reader_feature_count, true,
			err));
	return uses_mapping(&t) ? delta_protocol_refuse(table, "columnMapping", err) : 0;
}

int delta_protocol_check_write(const char *table, const struct delta_protocol *protocol,
			       const struct delta_metadata *metadata,
			       const struct delta_schema *schema, struct error *err)
{
	struct table t = {.metadata = metadata, .schema = schema};
	if (protocol->writer > WRITER_MAX)
		return refuse_version(table, "writer", protocol->writer, err);
	TRY(check_named(table, protocol->writer_features, protocol->writer_feature_count, false,
			err));
	for (size_t i = 0; i < FEATURES; i++)
		if (features[i].is_used(&t))
			return delta_protocol_refuse(table, features[i].name, err);
	return 0;
}
