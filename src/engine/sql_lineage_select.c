/* SPDX-License-Identifier: Apache-2.0 */
/* From which columns of which tables a query's columns come. Follows DuckDB's tree from FROM to the
 * select list, innermost query first; each node is looked at once. */
#include <stdlib.h>
#include <strings.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "engine/sql_lineage.h"
#include "engine/sql_tree.h"

static bool same(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

static const char *text_of(const struct json *node, const char *key)
{
	return json_text(json_get(node, key), "");
}

/* ---- * and its EXCLUDE, REPLACE, RENAME ---- */

/* A name in one of these lists is a text, or an object that holds one. */
static const char *listed_name(const struct json *entry)
{
	const struct json *key = json_get(entry, "key");
	const char *in_key = json_text(key, json_text(json_get(key, "column"), ""));
	return json_text(entry, json_text(json_get(entry, "column"), in_key));
}

static const struct json *find_listed(const struct json *list, const char *name)
{
	for (size_t i = 0; i < json_count(list); i++)
		if (same(listed_name(json_at(list, i)), name))
			return json_at(list, i);
	return NULL;
}

static int expand_column(struct sql_lineage *lineage, const struct json *star,
			 const struct sql_named *column, struct sql_names *names,
			 struct sql_columns_list *out, struct error *err)
{
	if (find_listed(json_get(star, "exclude_list"), column->name) ||
	    find_listed(json_get(star, "qualified_exclude_list"), column->name))
		return 0;
	const struct json *renamed = find_listed(json_get(star, "rename_list"), column->name);
	const struct json *replaced = find_listed(json_get(star, "replace_list"), column->name);
	TRY(sql_columns_copy(lineage->arena, out, column, err));
	struct sql_named *copy = &out->items[out->count - 1];
	if (renamed)
		copy->name = text_of(renamed, "value");
	if (!replaced)
		return 0;
	copy->marks = (struct sql_marks){0};
	return sql_lineage_expression(lineage, json_get(replaced, "value"), names, &copy->marks,
				      false, err);
}

static int expand_star(struct sql_lineage *lineage, const struct json *star,
		       struct sql_names *names, struct sql_columns_list *out, struct error *err)
{
	const char *of = text_of(star, "relation_name");
	const struct sql_columns_list *columns = *of ? NULL : &names->row;
	for (const struct sql_relation *r = names->relations; r && !columns; r = r->next)
		if (same(r->name, of))
			columns = &r->columns;
	if (!columns) /* the fields of a struct */
		return sql_lineage_open_wide(lineage, out, err);
	for (size_t i = 0; i < columns->count; i++)
		TRY(expand_column(lineage, star, &columns->items[i], names, out, err));
	out->is_open |= columns->is_open;
	/* COLUMNS(...) picks some of them */
	out->is_ragged |= columns->is_ragged || json_bool(json_get(star, "columns"), false);
	struct sql_named *anything = NULL;
	if (columns->is_open && json_count(json_get(star, "replace_list")) &&
	    !(anything = sql_columns_add(lineage->arena, out, "", err)))
		return -1;
	if (anything)
		TRY(sql_lineage_expression(lineage, json_get(star, "replace_list"), names,
					   &anything->marks, false, err));
	return sql_marks_join(lineage->arena, &out->other, &columns->other, false, err);
}

/* ---- SELECT ---- */

static const char *name_of(const struct json *node)
{
	const char *alias = text_of(node, "alias");
	const struct json *parts = json_get(node, "column_names");
	return *alias ? alias : json_text(json_at(parts, json_count(parts) - 1), "");
}

static int add_selected(struct sql_lineage *lineage, const struct json *node,
			struct sql_names *names, struct sql_columns_list *out, struct error *err)
{
	if (text_equal(text_of(node, "class"), "STAR") && !*text_of(node, "alias"))
		return expand_star(lineage, node, names, out, err);
	struct sql_marks marks = {0};
	TRY(sql_lineage_expression(lineage, node, names, &marks, false, err));
	struct sql_named column = {json_count(json_get(node, "column_names")) ||
						   *text_of(node, "alias")
					   ? name_of(node)
					   : "",
				   marks};
	TRY(sql_columns_copy(lineage->arena, &names->aliases, &column, err));
	return sql_columns_copy(lineage->arena, out, &column, err);
}

/* All of a query's members but those that make its columns. */
static int add_conditions(struct sql_lineage *lineage, const struct json *node,
			  struct sql_names *names, struct error *err)
{
	static const char *const others[] = {"cte_map", "from_table", "select_list",
					     "left",    "right",      "children"};
	void *iterator = NULL;
	const char *key;
	const struct json *member;
	while (json_next(node, &iterator, &key, &member)) {
		bool is_other = false;
		for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
			is_other |= text_equal(key, others[i]);
		if (!is_other)
			TRY(sql_lineage_expression(lineage, member, names, names->conditions, false,
						   err));
	}
	return 0;
}

static int add_select(struct sql_lineage *lineage, const struct json *node, struct sql_names *names,
		      struct sql_columns_list *out, struct error *err)
{
	const struct json *list = json_get(node, "select_list");
	TRY(sql_lineage_from(lineage, json_get(node, "from_table"), names, &names->row, err));
	for (size_t i = 0; i < json_count(list); i++)
		TRY(add_selected(lineage, json_at(list, i), names, out, err));
	return add_conditions(lineage, node, names, err);
}

/* ---- set operations ---- */

static struct sql_named *find_column(struct sql_columns_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (same(list->items[i].name, name))
			return &list->items[i];
	return NULL;
}

/* What cannot be laid side by side: every column mentions all. */
static int mix(struct sql_lineage *lineage, const struct sql_columns_list *right,
	       struct sql_columns_list *out, struct error *err)
{
	struct sql_marks all = {0};
	TRY(sql_columns_all(lineage->arena, out, &all, false, err));
	TRY(sql_columns_all(lineage->arena, right, &all, false, err));
	for (size_t i = 0; i < out->count; i++)
		TRY(sql_marks_join(lineage->arena, &out->items[i].marks, &all, false, err));
	out->is_open = true;
	out->reference = SIZE_MAX;
	return sql_marks_join(lineage->arena, &out->other, &all, false, err);
}

static int combine(struct sql_lineage *lineage, const struct sql_columns_list *right, bool by_name,
		   struct sql_columns_list *out, struct error *err)
{
	bool is_loose = out->is_open || out->is_ragged || right->is_open || right->is_ragged;
	if (is_loose || (!by_name && out->count != right->count))
		return mix(lineage, right, out, err);
	for (size_t i = 0; i < right->count; i++) {
		const struct sql_named *column = &right->items[i];
		struct sql_named *twin = by_name ? find_column(out, column->name) : &out->items[i];
		if (by_name && !*column->name)
			return mix(lineage, right, out, err);
		TRY(twin ? sql_marks_join(lineage->arena, &twin->marks, &column->marks, false, err)
			 : sql_columns_copy(lineage->arena, out, column, err));
	}
	return 0;
}

static int add_set_operation(struct sql_lineage *lineage, const struct json *node,
			     struct sql_names *names, struct sql_columns_list *out,
			     struct error *err)
{
	struct sql_columns_list right = {.reference = SIZE_MAX};
	bool by_name = same(text_of(node, "setop_type"), "UNION_BY_NAME");
	TRY(sql_lineage_query(lineage, json_get(node, "left"), names->outer, names->ctes, out,
			      names->conditions, err));
	TRY(sql_lineage_query(lineage, json_get(node, "right"), names->outer, names->ctes, &right,
			      names->conditions, err));
	TRY(combine(lineage, &right, by_name, out, err));
	struct sql_relation rows = {.name = "", .columns = *out};
	names->relations = &rows;
	TRY(add_conditions(lineage, node, names, err));
	names->relations = NULL;
	return 0;
}

/* Rows come round again, so each column may hold what any column held. */
static int add_recursive(struct sql_lineage *lineage, const struct json *node,
			 struct sql_names *names, struct sql_columns_list *out, struct error *err)
{
	struct sql_columns_list right = {.reference = SIZE_MAX};
	struct sql_cte self = {.outer = names->ctes, .name = text_of(node, "cte_name")};
	TRY(sql_lineage_query(lineage, json_get(node, "left"), names->outer, names->ctes, out,
			      names->conditions, err));
	TRY(sql_lineage_rename(lineage, json_get(node, "aliases"), out, err));
	self.columns = *out;
	TRY(sql_lineage_query(lineage, json_get(node, "right"), names->outer, &self, &right,
			      names->conditions, err));
	struct sql_marks all = {0};
	TRY(sql_columns_all(lineage->arena, out, &all, false, err));
	TRY(sql_columns_all(lineage->arena, &right, &all, false, err));
	for (size_t i = 0; i < out->count; i++)
		TRY(sql_marks_join(lineage->arena, &out->items[i].marks, &all, false, err));
	return 0;
}

/* ---- queries ---- */

static int add_node(struct sql_lineage *lineage, const struct json *node, struct sql_names *names,
		    struct sql_columns_list *out, struct error *err)
{
	const char *type = text_of(node, "type");
	if (text_equal(type, "SELECT_NODE"))
		return add_select(lineage, node, names, out, err);
	if (text_equal(type, "SET_OPERATION_NODE") && json_get(node, "left"))
		return add_set_operation(lineage, node, names, out, err);
	if (text_equal(type, "RECURSIVE_CTE_NODE"))
		return add_recursive(lineage, node, names, out, err);
	return sql_lineage_open_wide(lineage, out, err);
}

/* Common table expressions from `i` on, each seeing those before it, then the query. */
static int add_ctes(struct sql_lineage *lineage, const struct json *node, size_t i,
		    struct sql_names *names, struct sql_columns_list *out, struct error *err)
{
	const struct json *map = json_get(json_get(node, "cte_map"), "map");
	if (i >= json_count(map))
		return add_node(lineage, node, names, out, err);
	const struct json *value = json_get(json_at(map, i), "value");
	struct sql_cte cte = {.outer = names->ctes,
			      .name = text_of(json_at(map, i), "key"),
			      .columns = {.reference = SIZE_MAX}};
	TRY(sql_lineage_query(lineage, json_get(json_get(value, "query"), "node"), names->outer,
			      names->ctes, &cte.columns, &cte.conditions, err));
	TRY(sql_lineage_rename(lineage, json_get(value, "aliases"), &cte.columns, err));
	names->ctes = &cte;
	int result = add_ctes(lineage, node, i + 1, names, out, err);
	names->ctes = cte.outer;
	return result;
}

int sql_lineage_query(struct sql_lineage *lineage, const struct json *node,
		      const struct sql_names *outer, const struct sql_cte *ctes,
		      struct sql_columns_list *out, struct sql_marks *conditions, struct error *err)
{
	struct sql_names names = {.outer = outer,
				  .ctes = ctes,
				  .row = {.reference = SIZE_MAX},
				  .aliases = {.reference = SIZE_MAX},
				  .conditions = conditions};
	return add_ctes(lineage, node, 0, &names, out, err);
}

/* ---- the whole ---- */

static int write_mentions(struct sql_lineage *lineage, const struct sql_marks *marks,
			  const struct sql_mention **out, size_t *out_count, struct error *err)
{
	bool counted;
	size_t count = 0;
	for (size_t i = 0; i < lineage->id_count; i++)
		count += sql_marks_has(marks, i, &counted);
	struct sql_mention *mentions =
		arena_alloc_array(lineage->arena, count + 1, sizeof(*mentions));
	if (!mentions)
		return err_memory(err);
	for (size_t i = 0; i < lineage->id_count; i++)
		if (sql_marks_has(marks, i, &counted))
			mentions[(*out_count)++] = (struct sql_mention){
				lineage->ids[i].reference, lineage->ids[i].column, counted};
	*out = mentions;
	return 0;
}

static int write_columns(struct sql_lineage *lineage, const struct sql_columns_list *list,
			 struct sql_columns *out, struct error *err)
{
	struct sql_marks all = {0};
	out->columns = arena_alloc_array(lineage->arena, list->count + 1, sizeof(*out->columns));
	if (!out->columns)
		return err_memory(err);
	for (size_t i = 0; i < list->count; i++) {
		struct sql_column *column = &out->columns[out->count++];
		column->name = arena_copy_text(lineage->arena, list->items[i].name);
		if (!column->name)
			return err_memory(err);
		TRY(write_mentions(lineage, &list->items[i].marks, &column->mentions,
				   &column->mention_count, err));
	}
	TRY(sql_columns_all(lineage->arena, list, &all, false, err));
	out->is_unsure = lineage->is_unsure || list->is_open || list->is_ragged;
	return write_mentions(lineage, &all, &out->all, &out->all_count, err);
}

int sql_lineage(const struct sql_statement *statement, const struct sql_catalog *catalog,
		struct sql_columns *out, struct error *err)
{
	HELD(sql_columns) built = {.arena = arena_new()};
	struct sql_lineage lineage = {
		.statement = statement, .catalog = catalog, .arena = built.arena};
	struct sql_columns_list columns = {.reference = SIZE_MAX};
	struct sql_marks conditions = {0};
	if (!built.arena)
		return err_memory(err);
	int result = sql_lineage_query(&lineage, statement->tree->query, NULL, NULL, &columns,
				       &conditions, err);
	if (result == 0)
		result = write_columns(&lineage, &columns, &built, err);
	free(lineage.ids);
	TRY(result);
	*out = built;
	built = (struct sql_columns){0};
	return 0;
}

void sql_columns_done(struct sql_columns *columns)
{
	arena_free(columns->arena);
	*columns = (struct sql_columns){0};
}
