/* SPDX-License-Identifier: Apache-2.0 */
#include "delta/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

static void column_done(struct delta_column *column)
{
	free(column->name);
	free(column->type);
	free(column->comment);
	free(column->metadata_json);
}

void delta_schema_done(struct delta_schema *schema)
{
	for (size_t i = 0; i < schema->count; i++)
		column_done(&schema->columns[i]);
	free(schema->columns);
	*schema = (struct delta_schema){0};
}

void delta_file_done(struct delta_file *file)
{
	for (size_t i = 0; file->partition && i < file->partition_count; i++) {
		free(file->partition[i].name);
		free(file->partition[i].value);
	}
	free(file->partition);
	free(file->path);
	free(file->stats_json);
	*file = (struct delta_file){0};
}

/* Append a column whose texts are copied; `metadata_json` may be NULL. */
static int add_column(struct delta_schema *schema, const struct delta_column *column,
		      struct error *err)
{
	struct delta_column *wider =
		mem_resize(schema->columns, (schema->count + 1) * sizeof *wider);
	if (!wider)
		return err_memory(err);
	schema->columns = wider;
	struct delta_column copy = {.name = mem_copy_text(column->name),
				    .type = mem_copy_text(column->type),
				    .comment = mem_copy_text(column->comment),
				    .nullable = column->nullable,
				    .metadata_json = mem_copy_text(column->metadata_json)};
	if (!copy.name || !copy.type || !copy.comment ||
	    (column->metadata_json && !copy.metadata_json)) {
		column_done(&copy);
		return err_memory(err);
	}
	schema->columns[schema->count++] = copy;
	return 0;
}

int delta_schema_add(struct delta_schema *schema, const char *name, const char *type,
		     const char *comment, struct error *err)
{
	struct delta_column column = {.name = (char *)(uintptr_t)name,
				      .type = (char *)(uintptr_t)type,
				      .comment = (char *)(uintptr_t)(comment ? comment : ""),
				      .nullable = true};
	return add_column(schema, &column, err);
}

int delta_schema_copy(const struct delta_schema *schema, struct delta_schema *out,
		      struct error *err)
{
	HELD(delta_schema) copy = {0};
	for (size_t i = 0; i < schema->count; i++)
		TRY(add_column(&copy, &schema->columns[i], err));
	*out = copy;
	copy = (struct delta_schema){0};
	return 0;
}

bool delta_schema_equal(const struct delta_schema *a, const struct delta_schema *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct delta_column *p = &a->columns[i], *q = &b->columns[i];
		if (!text_equal(p->name, q->name) || !text_equal(p->type, q->type) ||
		    !text_equal(p->comment, q->comment) || p->nullable != q->nullable ||
		    !text_equal(p->metadata_json, q->metadata_json))
			return false;
	}
	return true;
}

/* The members of a field's metadata but for the comment, as JSON; NULL when there are none. */
static int other_metadata(const struct json *metadata, char **out, struct error *err)
{
	HELD(text) t = {0};
	void *iterator = NULL;
	const char *key;
	const struct json *value;
	while (json_is_object(metadata) && json_next(metadata, &iterator, &key, &value)) {
		if (strcmp(key, "comment") == 0 && json_is_text(value))
			continue;
		text_add_char(&t, t.len ? ',' : '{');
		text_add_json(&t, key, strlen(key));
		text_add_char(&t, ':');
		json_write(value, &t);
	}
	*out = NULL;
	TRY(text_check(&t, err));
	if (!t.len)
		return 0;
	text_add_char(&t, '}');
	*out = text_take(&t, err);
	return *out ? 0 : -1;
}

static int parse_field(const struct json *field, struct delta_schema *out, struct error *err)
{
	const struct json *type = json_get(field, "type"), *metadata = json_get(field, "metadata");
	const char *name = json_text(json_get(field, "name"), NULL);
	if (!name || (!json_is_text(type) && !json_is_object(type)))
		return err_set(err, ERR_CORRUPT, "a column of the schema has no name or no type");
	HELD(text) type_text = {0};
	OWNED_MEMORY char *others = NULL;
	if (json_is_text(type))
		text_add(&type_text, json_text(type, ""));
	else
		json_write(type, &type_text);
	TRY(text_check(&type_text, err));
	TRY(other_metadata(metadata, &others, err));
	const char *comment = json_text(json_get(metadata, "comment"), "");
	struct delta_column column = {.name = (char *)(uintptr_t)name,
				      .type = type_text.data ? type_text.data
							     : (char *)(uintptr_t) "",
				      .comment = (char *)(uintptr_t)comment,
				      .nullable = json_bool(json_get(field, "nullable"), true),
				      .metadata_json = others};
	return add_column(out, &column, err);
}

int delta_schema_parse(const char *schema_string, struct delta_schema *out, struct error *err)
{
	OWNED(json) *document = NULL;
	if (json_parse(schema_string, strlen(schema_string), &document, err) < 0)
		return err_within(err, "the table's schema");
	const struct json *fields = json_get(document, "fields");
	if (!json_is_array(fields))
		return err_set(err, ERR_CORRUPT, "the table's schema has no fields");
	if (json_count(fields) > COLUMNS_MAX)
		return err_set(err, ERR_LIMIT, "the table has more than %d columns", COLUMNS_MAX);
	HELD(delta_schema) schema = {0};
	for (size_t i = 0; i < json_count(fields); i++)
		TRY(parse_field(json_at(fields, i), &schema, err));
	*out = schema;
	schema = (struct delta_schema){0};
	return 0;
}

static void write_metadata(const struct delta_column *column, struct text *out)
{
	bool has_comment = *column->comment, has_others = column->metadata_json;
	text_add_char(out, '{');
	if (has_comment) {
		text_add(out, "\"comment\":");
		text_add_json(out, column->comment, strlen(column->comment));
	}
	if (has_others) /* without its braces */
		text_addf(out, "%s%.*s", has_comment ? "," : "",
			  (int)strlen(column->metadata_json) - 2, column->metadata_json + 1);
	text_add_char(out, '}');
}

void delta_schema_write(const struct delta_schema *schema, struct text *out)
{
	text_add(out, "{\"type\":\"struct\",\"fields\":[");
	for (size_t i = 0; i < schema->count; i++) {
		const struct delta_column *column = &schema->columns[i];
		text_add(out, i ? ",{\"name\":" : "{\"name\":");
		text_add_json(out, column->name, strlen(column->name));
		text_add(out, ",\"type\":");
		if (*column->type == '{')
			text_add(out, column->type);
		else
			text_add_json(out, column->type, strlen(column->type));
		text_addf(out,
			  ",\"nullable\":%s,\"metadata\":", column->nullable ? "true" : "false");
		write_metadata(column, out);
		text_add_char(out, '}');
	}
	text_add(out, "]}");
}

const struct delta_column *delta_schema_find(const struct delta_schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->count; i++)
		if (strcasecmp(schema->columns[i].name, name) == 0)
			return &schema->columns[i];
	return NULL;
}

static bool is_plain_type(const char *type)
{
	static const char *const types[] = {"string", "long",   "integer",  "short",
					    "byte",   "double", "float",    "boolean",
					    "binary", "date",   "timestamp"};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	int precision, scale, end = 0;
	return sscanf(type, "decimal(%2d,%2d)%n", &precision, &scale, &end) == 2 && end &&
	       !type[end] && precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision;
}

int delta_schema_check(const struct delta_schema *schema, struct error *err)
{
	if (!schema->count || schema->count > COLUMNS_MAX)
		return err_set(err, ERR_USAGE, "a table needs between 1 and %d columns",
			       COLUMNS_MAX);
	for (size_t i = 0; i < schema->count; i++) {
		const struct delta_column *column = &schema->columns[i];
		if (!*column->name || delta_schema_find(schema, column->name) != column)
			return err_set(err, ERR_USAGE, "there are two columns \"%s\"",
				       column->name);
		if (*column->type != '{' && !is_plain_type(column->type))
			return err_set(err, ERR_UNSUPPORTED,
				       "column \"%s\" has the type \"%s\", which cannot be written",
				       column->name, column->type);
	}
	return 0;
}
