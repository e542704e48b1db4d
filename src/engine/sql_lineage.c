/* SPDX-License-Identifier: Apache-2.0 */
/* What stands behind FROM, and which columns it brings. */
#include "engine/sql_lineage.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/sql_tree.h"

static bool same(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

static const char *text_of(const struct json *node, const char *key)
{
	return json_text(json_get(node, key), "");
}

int sql_lineage_number(struct sql_lineage *lineage, size_t reference, const char *column,
		       size_t *out, struct error *err)
{
	for (size_t i = 0; i < lineage->id_count; i++)
		if (lineage->ids[i].reference == reference &&
		    same(lineage->ids[i].column, column)) {
			*out = i;
			return 0;
		}
	if (lineage->id_count == SQL_LINEAGE_MENTIONS_MAX)
		return err_set(err, ERR_LIMIT, "the tables have more than %d columns together",
			       SQL_LINEAGE_MENTIONS_MAX);
	TRY(mem_grow(&lineage->ids, &lineage->id_capacity, lineage->id_count + 1,
		     sizeof(*lineage->ids), err));
	char *copy = arena_copy_text(lineage->arena, column);
	if (!copy)
		return err_memory(err);
	*out = lineage->id_count;
	lineage->ids[lineage->id_count++] = (struct sql_id){reference, copy};
	return 0;
}

/* ---- lists of columns ---- */

/* What nothing is known of: it may be any column of any table. */
int sql_lineage_open_wide(struct sql_lineage *lineage, struct sql_columns_list *list,
			  struct error *err)
{
	list->is_open = true;
	list->reference = SIZE_MAX;
	for (size_t i = 0; i < lineage->statement->reference_count; i++) {
		size_t number;
		TRY(sql_lineage_number(lineage, i, "*", &number, err));
		TRY(sql_marks_add(lineage->arena, &list->other, number, false, err));
	}
	return 0;
}

int sql_lineage_append(struct sql_lineage *lineage, struct sql_columns_list *into,
		       const struct sql_columns_list *from, struct error *err)
{
	for (size_t i = 0; i < from->count; i++)
		TRY(sql_columns_copy(lineage->arena, into, &from->items[i], err));
	into->is_open |= from->is_open;
	into->is_ragged |= from->is_ragged;
	return sql_marks_join(lineage->arena, &into->other, &from->other, false, err);
}

/* `as t(a, b)`: the first columns get these names. */
int sql_lineage_rename(struct sql_lineage *lineage, const struct json *names,
		       struct sql_columns_list *list, struct error *err)
{
	struct sql_marks all = {0};
	size_t count = json_count(names);
	if (!count)
		return 0;
	bool is_known = !list->is_open && !list->is_ragged && count <= list->count;
	if (!is_known)
		TRY(sql_columns_all(lineage->arena, list, &all, false, err));
	for (size_t i = 0; i < count; i++) {
		const char *name = json_text(json_at(names, i), "");
		if (is_known) {
			list->items[i].name = name;
			continue;
		}
		struct sql_named *column = sql_columns_add(lineage->arena, list, name, err);
		if (!column)
			return -1;
		TRY(sql_marks_join(lineage->arena, &column->marks, &all, false, err));
		list->is_ragged = true;
	}
	return 0;
}

/* ---- FROM ---- */

/* Make what is there under a name, and part of the row. */
static int add_relation(struct sql_lineage *lineage, const struct json *node, const char *name,
			struct sql_columns_list *columns, struct sql_names *names,
			struct sql_columns_list *row, struct error *err)
{
	struct sql_relation *relation = arena_alloc(lineage->arena, sizeof(*relation));
	struct sql_relation **last = &names->relations;
	if (!relation)
		return err_memory(err);
	TRY(sql_lineage_rename(lineage, json_get(node, "column_name_alias"), columns, err));
	const char *alias = text_of(node, "alias");
	*relation = (struct sql_relation){.name = *alias ? alias : name, .columns = *columns};
	while (*last)
		last = &(*last)->next;
	*last = relation;
	return sql_lineage_append(lineage, row, columns, err);
}

static int columns_of_table(struct sql_lineage *lineage, size_t place, struct sql_columns_list *out,
			    struct error *err)
{
	const struct sql_reference *reference = &lineage->statement->references[place];
	const struct sql_catalog *catalog = lineage->catalog;
	const char *const *columns = NULL;
	size_t number;
	int found =
		catalog->find(catalog->context, reference->schema, reference->name, &columns, err);
	TRY(found);
	if (!found) {
		err_set(err, ERR_UNDEFINED, "no table \"%s\"", reference->name);
		return sql_error_at(lineage->statement, reference->range.begin, err);
	}
	for (size_t i = 0; columns && columns[i]; i++) {
		char *name = arena_copy_text(lineage->arena, columns[i]);
		struct sql_named *column =
			name ? sql_columns_add(lineage->arena, out, name, err) : NULL;
		if (!column)
			return name ? -1 : err_memory(err);
		TRY(sql_lineage_number(lineage, place, name, &number, err));
		TRY(sql_marks_add(lineage->arena, &column->marks, number, false, err));
	}
	if (columns)
		return 0;
	out->is_open = true;
	out->reference = place;
	TRY(sql_lineage_number(lineage, place, "*", &number, err));
	return sql_marks_add(lineage->arena, &out->other, number, false, err);
}

static int add_table(struct sql_lineage *lineage, const struct json *node, struct sql_names *names,
		     struct sql_columns_list *row, struct error *err)
{
	const char *name = text_of(node, "table_name"), *schema = text_of(node, "schema_name");
	struct sql_columns_list columns = {.reference = SIZE_MAX};
	const struct sql_cte *cte = names->ctes;
	while (cte && !same(cte->name, name))
		cte = cte->outer;
	if (cte && (!*schema || same(schema, "recurring"))) {
		TRY(sql_lineage_append(lineage, &columns, &cte->columns, err));
		TRY(sql_marks_join(lineage->arena, names->conditions, &cte->conditions, false,
				   err));
		return add_relation(lineage, node, name, &columns, names, row, err);
	}
	size_t place = sql_find_reference(lineage->statement, sql_node_position(node));
	TRY(place == SIZE_MAX ? sql_lineage_open_wide(lineage, &columns, err)
			      : columns_of_table(lineage, place, &columns, err));
	return add_relation(lineage, node, name, &columns, names, row, err);
}

static int add_subquery(struct sql_lineage *lineage, const struct json *node,
			struct sql_names *names, struct sql_columns_list *row, struct error *err)
{
	struct sql_columns_list columns = {.reference = SIZE_MAX};
	TRY(sql_lineage_query(lineage, json_get(json_get(node, "subquery"), "node"), names,
			      names->ctes, &columns, names->conditions, err));
	return add_relation(lineage, node, "", &columns, names, row, err);
}

/* range(), unnest() and their kin give one column, and perhaps its place. */
static int add_function(struct sql_lineage *lineage, const struct json *node,
			struct sql_names *names, struct sql_columns_list *row, struct error *err)
{
	const struct json *function = json_get(node, "function");
	const char *name = text_of(function, "function_name");
	struct sql_columns_list columns = {.reference = SIZE_MAX};
	struct sql_named *column = sql_columns_add(lineage->arena, &columns, name, err);
	if (!column)
		return -1;
	TRY(sql_lineage_expression(lineage, function, names, &column->marks, false, err));
	if (same(text_of(node, "with_ordinality"), "WITH_ORDINALITY") &&
	    !sql_columns_add(lineage->arena, &columns, "ordinality", err))
		return -1;
	if (sql_function_class(name) != SQL_FUNCTION_TABLE)
		TRY(sql_lineage_open_wide(lineage, &columns, err));
	return add_relation(lineage, node, name, &columns, names, row, err);
}

static int add_values(struct sql_lineage *lineage, const struct json *node, struct sql_names *names,
		      struct sql_columns_list *row, struct error *err)
{
	const struct json *rows = json_get(node, "values");
	struct sql_columns_list columns = {.reference = SIZE_MAX};
	for (size_t i = 0; i < json_count(json_at(rows, 0)); i++) {
		char *name = arena_format(lineage->arena, "col%zu", i);
		struct sql_named *column =
			name ? sql_columns_add(lineage->arena, &columns, name, err) : NULL;
		if (!column)
			return name ? -1 : err_memory(err);
		for (size_t j = 0; j < json_count(rows); j++)
			TRY(sql_lineage_expression(lineage, json_at(json_at(rows, j), i), names,
						   &column->marks, false, err));
	}
	return add_relation(lineage, node, "", &columns, names, row, err);
}

static bool is_listed(const struct json *names, const char *name)
{
	for (size_t i = 0; i < json_count(names); i++)
		if (same(json_text(json_at(names, i), ""), name))
			return true;
	return false;
}

static struct sql_named *find_column(struct sql_columns_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (same(list->items[i].name, name))
			return &list->items[i];
	return NULL;
}

/* Columns that USING or NATURAL brings together stand once in the row, and mention both. */
static int add_join(struct sql_lineage *lineage, const struct json *node, struct sql_names *names,
		    struct sql_columns_list *row, struct error *err)
{
	struct sql_columns_list left = {.reference = SIZE_MAX}, right = left;
	const struct json *using = json_get(node, "using_columns");
	bool natural = same(text_of(node, "ref_type"), "NATURAL");
	TRY(sql_lineage_from(lineage, json_get(node, "left"), names, &left, err));
	TRY(sql_lineage_from(lineage, json_get(node, "right"), names, &right, err));
	TRY(sql_lineage_expression(lineage, json_get(node, "condition"), names, names->conditions,
				   false, err));
	size_t first = row->count;
	TRY(sql_lineage_append(lineage, row, &left, err));
	for (size_t i = 0; i < right.count; i++) {
		const struct sql_named *column = &right.items[i];
		struct sql_columns_list own = {.items = row->items + first, .count = left.count};
		struct sql_named *twin = left.count && (natural || is_listed(using, column->name))
						 ? find_column(&own, column->name)
						 : NULL;
		if (twin)
			TRY(sql_marks_join(lineage->arena, &twin->marks, &column->marks, false,
					   err));
		else
			TRY(sql_columns_copy(lineage->arena, row, column, err));
	}
	right.count = 0;
	row->is_ragged |= natural && (left.is_open || right.is_open);
	return sql_lineage_append(lineage, row, &right, err);
}

/* PIVOT and UNPIVOT: columns whose names are values. */
static int add_pivot(struct sql_lineage *lineage, const struct json *node, struct sql_names *names,
		     struct sql_columns_list *row, struct error *err)
{
	struct sql_names inner = *names;
	struct sql_columns_list source = {.reference = SIZE_MAX}, columns = source;
	inner.relations = NULL;
	TRY(sql_lineage_from(lineage, json_get(node, "source"), &inner, &source, err));
	TRY(sql_columns_all(lineage->arena, &source, &columns.other, false, err));
	columns.is_open = true;
	return add_relation(lineage, node, "", &columns, names, row, err);
}

int sql_lineage_from(struct sql_lineage *lineage, const struct json *node, struct sql_names *names,
		     struct sql_columns_list *row, struct error *err)
{
	static const struct {
		const char *type;
		int (*add)(struct sql_lineage *, const struct json *, struct sql_names *,
			   struct sql_columns_list *, struct error *);
	} kinds[] = {{"BASE_TABLE", add_table},
		     {"SUBQUERY", add_subquery},
		     {"JOIN", add_join},
		     {"TABLE_FUNCTION", add_function},
		     {"EXPRESSION_LIST", add_values},
		     {"PIVOT", add_pivot}};
	const char *type = text_of(node, "type");
	if (json_is_null(node) || text_equal(type, "EMPTY"))
		return 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (text_equal(type, kinds[i].type))
			return kinds[i].add(lineage, node, names, row, err);
	return sql_lineage_open_wide(lineage, row, err);
}
