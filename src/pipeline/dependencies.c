/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/dependencies.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "catalog/lineage.h"
#include "engine/sql.h"
#include "pipeline/context.h"

/* What was cached by another form of the list below is not read. */
static const char CACHE_FORMAT[] = "references 1";

void dependencies_done(struct dependencies *dependencies)
{
	for (size_t i = 0; i < dependencies->count; i++)
		free(dependencies->names[i]);
	free(dependencies->names);
	*dependencies = (struct dependencies){0};
}

int dependencies_add(struct dependencies *out, const char *name, struct error *err)
{
	for (size_t i = 0; i < out->count; i++)
		if (strcmp(out->names[i], name) == 0)
			return 0;
	TRY(mem_grow(&out->names, &out->capacity, out->count + 1, sizeof *out->names, err));
	if (!(out->names[out->count] = mem_copy_text(name)))
		return err_memory(err);
	out->count++;
	return 0;
}

static const char *without_alias(const char *schema)
{
	static const char *const aliases[][2] = {{"dl_landing_zone", "landing"},
						 {"dl_processing_zone", "processing"},
						 {"dl_delivery_zone", "delivery"}};
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
		if (strcmp(schema, aliases[i][0]) == 0)
			return aliases[i][1];
	return schema;
}

int dependencies_resolve(const struct map *tables, const char *schema, const char *name,
			 char out[NAME_FULL_SIZE])
{
	const char *const search[] = {"delivery", "processing"};
	if (*schema) {
		snprintf(out, NAME_FULL_SIZE, "%s.%s", without_alias(schema), name);
		return map_find(tables, out) >= 0;
	}
	for (size_t i = 0; i < 2; i++) {
		snprintf(out, NAME_FULL_SIZE, "%s.%s", search[i], name);
		if (map_find(tables, out) >= 0)
			return 1;
	}
	return 0;
}

/* [[schema, name, line, column], ...] in the order of the text. */
static char *references_to_json(const struct sql_statement *statement, struct error *err)
{
	struct text t = {0};
	text_add_char(&t, '[');
	for (size_t i = 0; i < statement->reference_count; i++) {
		const struct sql_reference *r = &statement->references[i];
		int line, column;
		sql_place(statement->text, r->range.begin, &line, &column);
		text_add(&t, i ? ",[" : "[");
		text_add_json(&t, r->schema, strlen(r->schema));
		text_add_char(&t, ',');
		text_add_json(&t, r->name, strlen(r->name));
		text_addf(&t, ",%d,%d]", line, column);
	}
	text_add_char(&t, ']');
	return text_take(&t, err);
}

static int check_statement(const struct sql_statement *statement, struct error *err)
{
	TRY(sql_check_repeatable(statement, err));
	for (size_t i = 0; i < statement->reference_count; i++) {
		const struct sql_reference *r = &statement->references[i];
		int line, column;
		sql_place(statement->text, r->range.begin, &line, &column);
		if (r->at != SQL_AT_NEWEST) {
			err_set(err, ERR_UNSUPPORTED,
				"a model cannot read another version of \"%s\"", r->name);
			return err_at(err, NULL, line, column);
		}
		if (r->is_literal || *r->catalog) {
			err_set(err, ERR_UNDEFINED,
				"a model reads tables of the project, not \"%s\"", r->name);
			return err_at(err, NULL, line, column);
		}
	}
	return 0;
}

static int parse(const struct dependencies_source *source, const char *sql, const char *hash,
		 char **out_json, struct error *err)
{
	struct sql_parser *parser;
	TRY(context_parser(source->context, &parser, err));
	OWNED(sql_statement) *statement = NULL;
	TRY(sql_parse(parser, sql, &statement, err));
	if (statement->kind != SQL_SELECT || statement->explain != SQL_EXPLAIN_NONE)
		return err_set(err, ERR_SYNTAX, "a model is one SELECT");
	TRY(check_statement(statement, err));
	OWNED_MEMORY char *json = references_to_json(statement, err);
	if (!json)
		return -1;
	struct error unused; /* a cache that cannot be written costs time, nothing else */
	(void)catalog_lineage_put(context_catalog(source->context), hash, CACHE_FORMAT, json, NULL,
				  &unused);
	*out_json = TAKE(json);
	return 0;
}

void dependencies_hint(const struct map *tables, const char *written, struct error *err)
{
	size_t count = map_count(tables);
	OWNED_MEMORY const char **names = mem_alloc_array(count + 1, sizeof *names);
	for (size_t i = 0; names && i < count; i++) {
		const char *name = map_key_at(tables, i), *dot = strchr(name, '.');
		names[i] = strchr(written, '.') || !dot ? name : dot + 1;
	}
	const char *nearest = names ? text_nearest(written, names) : NULL;
	for (size_t i = 0; nearest && i < count; i++)
		if (names[i] == nearest) {
			error_hint(err, "Did you mean \"%s\"?", map_key_at(tables, i));
			break;
		}
}

static int unknown_table(const struct dependencies_source *source, const struct json *reference,
			 struct error *err)
{
	const char *schema = json_text(json_at(reference, 0), "");
	const char *name = json_text(json_at(reference, 1), "");
	OWNED_MEMORY char *full = text_format(err, "%s%s%s", schema, *schema ? "." : "", name);
	if (!full)
		return -1;
	err_set(err, ERR_UNDEFINED, "there is no table \"%s\"", full);
	dependencies_hint(source->tables, full, err);
	return err_at(err, NULL, (int)json_int(json_at(reference, 2), 0),
		      (int)json_int(json_at(reference, 3), 0));
}

static int resolve_all(const struct dependencies_source *source, const char *json,
		       struct dependencies *out, struct error *err)
{
	OWNED(json) *references = NULL;
	TRY(json_parse(json, strlen(json), &references, err));
	for (size_t i = 0; i < json_count(references); i++) {
		const struct json *reference = json_at(references, i);
		const char *schema = json_text(json_at(reference, 0), "");
		const char *name = json_text(json_at(reference, 1), "");
		char full[NAME_FULL_SIZE];
		if (strcmp(schema, "vitrine") == 0 && strcmp(name, "run") == 0)
			out->reads_run = true;
		else if (dependencies_resolve(source->tables, schema, name, full))
			TRY(dependencies_add(out, full, err));
		else
			return unknown_table(source, reference, err);
	}
	return 0;
}

int dependencies_find(const struct dependencies_source *source, const char *sql, const char *file,
		      struct dependencies *out, struct error *err)
{
	char hash[HASH_HEX_SIZE];
	OWNED_MEMORY char *json = NULL;
	OWNED_MEMORY char *columns = NULL;
	TRY(hash_of_bytes(sql, strlen(sql), hash, err));
	int known = catalog_lineage_get(context_catalog(source->context), hash, CACHE_FORMAT, &json,
					&columns, err);
	TRY(known);
	if ((!known && parse(source, sql, hash, &json, err) < 0) ||
	    resolve_all(source, json, out, err) < 0)
		return err_at(err, file, err->line, err->column);
	return 0;
}
