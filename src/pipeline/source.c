/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/source.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"
#include "base/text.h"
#include "base/yaml.h"
#include "pipeline/source_keys.h"

void source_init(struct source *source)
{
	*source = (struct source){
		.description = "",
		.format = {.type = "csv",
			   .delimiter = ',',
			   .quote = '"',
			   .encoding = "utf-8",
			   .decimal = '.',
			   .date = "iso",
			   .header = true},
		.load = LOAD_REPLACE,
		.resend = RESEND_NEW,
		.drift = {.new_column = DRIFT_EVOLVE,
			  .missing_column = DRIFT_FREEZE,
			  .type = DRIFT_DISCARD_ROW,
			  .new_shape = DRIFT_DISCARD_ROW},
		.max_rejects = {1, true},
		.min_rows = {50, true},
		.settle_us = 5000000,
	};
}

const struct source_column *source_column_named(const struct source *source, const char *name)
{
	for (size_t i = 0; i < source->column_count; i++)
		if (strcmp(source->columns[i].name, name) == 0)
			return &source->columns[i];
	return NULL;
}

bool source_has_captures(const struct source *source)
{
	return source->files && strchr(source->files, '{');
}

/* ---- what must hold between the keys ---- */

static int names_of_columns(const struct project_reader *reader, const struct source *source,
			    struct words *out, struct error *err)
{
	out->items = arena_alloc_array(reader->arena, source->column_count + 1, sizeof *out->items);
	if (!out->items)
		return err_memory(err);
	for (size_t i = 0; i < source->column_count; i++)
		out->items[i] = source->columns[i].name;
	out->count = source->column_count;
	return 0;
}

static int check_columns(const struct source *source, const struct yaml_node *columns,
			 struct error *err)
{
	OWNED(map) *names = map_new();
	OWNED(map) *headers = map_new();
	if (!names || !headers)
		return err_memory(err);
	for (size_t i = 0; i < source->column_count; i++) {
		const struct source_column *column = &source->columns[i];
		const struct yaml_node *node = yaml_at(columns, i);
		if (map_find(names, column->name) >= 0)
			return yaml_error(node, ERR_PROJECT, err, "column \"%s\" is there twice",
					  column->name);
		if (source->format.header && map_find(headers, column->header) >= 0)
			return yaml_error(node, ERR_PROJECT, err,
					  "the header \"%s\" stands for two columns",
					  column->header);
		TRY(map_put(names, column->name, NULL, err));
		TRY(map_put(headers, column->header, NULL, err));
	}
	return 0;
}

/* That `name`, the value of `node`, is a column. */
static int want_column(const struct words *columns, const struct yaml_node *node, const char *name,
		       struct error *err)
{
	if (words_have(columns, name))
		return 0;
	yaml_error(node, ERR_PROJECT, err, "there is no column \"%s\"", name);
	const char *nearest = text_nearest(name, columns->items);
	return nearest ? err_hint(err, "Did you mean \"%s\"?", nearest) : -1;
}

static int check_key(const struct source *source, const struct words *columns,
		     const struct yaml_node *key, struct error *err)
{
	for (size_t i = 0; i < source->key.count; i++) {
		const struct yaml_node *at =
			yaml_kind(key) == YAML_SEQUENCE ? yaml_at(key, i) : key;
		TRY(want_column(columns, at, source->key.items[i], err));
		for (size_t j = 0; j < i; j++)
			if (strcmp(source->key.items[i], source->key.items[j]) == 0)
				return yaml_error(at, ERR_PROJECT, err,
						  "the key holds \"%s\" twice",
						  source->key.items[i]);
	}
	return 0;
}

static int check_load(const struct source *source, const struct yaml_node *root, struct error *err)
{
	if (source->load == LOAD_MERGE && source->key.count == 0) {
		yaml_error(yaml_get(root, "load"), ERR_PROJECT, err, "a merge needs a key");
		return err_hint(err, "Name the columns that tell one row from another: "
				     "key: [order_id].");
	}
	if (source->newest_by && source->load != LOAD_MERGE)
		return yaml_error(yaml_get(root, "newest_by"), ERR_PROJECT, err,
				  "newest_by has a meaning for \"load: merge\" only");
	if (yaml_get(root, "resend") && source->load == LOAD_REPLACE) {
		yaml_error(yaml_get(root, "resend"), ERR_PROJECT, err,
			   "resend has a meaning for \"load: append\" and \"load: merge\" only");
		return err_hint(err, "With \"load: replace\" the newest files are the whole table, "
				     "whatever was sent before.");
	}
	return 0;
}

static int check_whole(const struct source *source, const struct words *columns,
		       const struct yaml_node *root, struct error *err)
{
	TRY(check_columns(source, yaml_get(root, "columns"), err));
	TRY(check_key(source, columns, yaml_get(root, "key"), err));
	TRY(check_load(source, root, err));
	if (source->newest_by)
		TRY(want_column(columns, yaml_get(root, "newest_by"), source->newest_by, err));
	if (source->subject)
		TRY(want_column(columns, yaml_get(root, "subject"), source->subject, err));
	return 0;
}

/* ---- checks ---- */

/* One check for all columns of `null: no` but those of the key, which has its own. */
static int make_required_check(const struct project_reader *reader, const struct source *source,
			       struct check *out, struct error *err)
{
	HELD(text) name = {0};
	const char **items =
		arena_alloc_array(reader->arena, source->column_count + 1, sizeof *items);
	if (!items)
		return err_memory(err);
	*out = (struct check){.kind = CHECK_NOT_NULL,
			      .file = source->path,
			      .rows_min = -1,
			      .rows_max = -1,
			      .change = {.value = -1},
			      .columns = {items, 0}};
	for (size_t i = 0; i < source->column_count; i++) {
		const struct source_column *column = &source->columns[i];
		if (!column->required || words_have(&source->key, column->name))
			continue;
		text_addf(&name, "%s%s", out->columns.count ? ", " : "not_null(", column->name);
		if (out->columns.count == 0)
			out->line = column->line;
		items[out->columns.count++] = column->name;
	}
	text_add_char(&name, ')');
	TRY(text_check(&name, err));
	if (!(out->name = arena_copy_text(reader->arena, name.data)))
		return err_memory(err);
	return 0;
}

static bool has_check(const struct checks *checks, const char *name)
{
	for (size_t i = 0; i < checks->count; i++)
		if (strcmp(checks->items[i].name, name) == 0)
			return true;
	return false;
}

static int read_checks(const struct project_reader *reader, const struct yaml_node *root,
		       const struct words *columns, struct source *source, struct error *err)
{
	struct checks read;
	struct check required;
	const struct yaml_node *key = yaml_get(root, "key"), *list = yaml_get(root, "checks");
	TRY(check_read_list(reader, list, &source->key, source->path, key ? yaml_line(key) : 0,
			    &read, err));
	TRY(make_required_check(reader, source, &required, err));
	source->checks_derived = read.count - (list && !yaml_is_null(list) ? yaml_count(list) : 0);
	source->checks = read;
	if (required.columns.count > 0 && !has_check(&read, required.name)) {
		struct check *items =
			arena_alloc_array(reader->arena, read.count + 1, sizeof *items);
		if (!items)
			return err_memory(err);
		items[0] = required;
		if (read.count)
			memcpy(items + 1, read.items, read.count * sizeof *items);
		source->checks = (struct checks){items, read.count + 1};
		source->checks_derived++;
	}
	return check_columns_exist(&source->checks, columns, err);
}

/* ---- the whole ---- */

int source_read(const struct project_reader *reader, const struct yaml *document, const char *name,
		const char *path, struct source *out, struct error *err)
{
	const struct yaml_node *root = yaml_root(document);
	struct words columns;
	source_init(out);
	if (!(out->name = arena_copy_text(reader->arena, name)) ||
	    !(out->path = arena_copy_text(reader->arena, path)))
		return err_memory(err);
	if (!root) {
		err_set(err, ERR_PROJECT, "the contract of source \"%s\" is empty", name);
		return err_at(err, path, 1, 1);
	}
	TRY(project_read_mapping(reader, root, "a source contract", source_keys, out, err));
	TRY(names_of_columns(reader, out, &columns, err));
	TRY(check_whole(out, &columns, root, err));
	return read_checks(reader, root, &columns, out, err);
}

int source_to_schema(const struct source *source, struct delta_schema *out, struct error *err)
{
	HELD(delta_schema) schema = {0};
	for (size_t i = 0; i < source->column_count; i++) {
		const struct source_column *column = &source->columns[i];
		char type[COLUMN_TYPE_SIZE];
		TRY(delta_schema_add(&schema, column->name, column_type_delta(column->type, type),
				     column->description, err));
	}
	if (source->load != LOAD_REPLACE) {
		TRY(delta_schema_add(&schema, "_file", "string",
				     "The landed file that the row comes from.", err));
		TRY(delta_schema_add(&schema, "_line", "long",
				     "The line of that file on which the row begins.", err));
	}
	*out = schema;
	schema = (struct delta_schema){0};
	return 0;
}
