/* SPDX-License-Identifier: Apache-2.0 */
/* What an expression mentions. Where a name may mean several things, it means all of them. */
#include <strings.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "engine/sql_lineage.h"

static bool same(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

/* ---- names ---- */

/* 1 when the columns have one of this name; an open list may always have it. */
static int find_column(struct sql_lineage *lineage, const struct sql_columns_list *columns,
		       const char *name, struct sql_marks *marks, bool counted, struct error *err)
{
	int found = 0;
	for (size_t i = 0; i < columns->count; i++) {
		if (!same(columns->items[i].name, name))
			continue;
		TRY(sql_marks_join(lineage->arena, marks, &columns->items[i].marks, counted, err));
		found = 1;
	}
	if (found || !columns->is_open)
		return found;
	if (columns->reference == SIZE_MAX) {
		TRY(sql_marks_join(lineage->arena, marks, &columns->other, counted, err));
		return 1;
	}
	size_t number;
	TRY(sql_lineage_number(lineage, columns->reference, name, &number, err));
	TRY(sql_marks_add(lineage->arena, marks, number, counted, err));
	return 1;
}

/* A name by itself, in this SELECT: a column; else what the select list calls so; else a whole
 * row. */
static int find_here(struct sql_lineage *lineage, const struct sql_names *names, const char *name,
		     struct sql_marks *marks, bool counted, struct error *err)
{
	int found = 0;
	for (const struct sql_relation *r = names->relations; r; r = r->next) {
		int here = find_column(lineage, &r->columns, name, marks, counted, err);
		TRY(here);
		found |= here && !r->columns.is_open;
	}
	if (!found)
		TRY(found = find_column(lineage, &names->aliases, name, marks, counted, err));
	for (const struct sql_relation *r = names->relations; r && !found; r = r->next) {
		if (!same(r->name, name))
			continue;
		TRY(sql_columns_all(lineage->arena, &r->columns, marks, counted, err));
		found = 1;
	}
	return found;
}

static bool has_open(const struct sql_names *names)
{
	for (const struct sql_relation *r = names->relations; r; r = r->next)
		if (r->columns.is_open)
			return true;
	return false;
}

static bool is_parameter(const struct sql_names *names, const char *name)
{
	for (const struct sql_lambda *l = names->lambdas; l; l = l->outer) {
		const struct json *one = json_get(l->parameters, "column_names");
		const struct json *several = json_get(l->parameters, "children");
		if (same(json_text(json_at(one, 0), ""), name))
			return true;
		for (size_t i = 0; i < json_count(several); i++)
			if (same(json_text(
					 json_at(json_get(json_at(several, i), "column_names"), 0),
					 ""),
				 name))
				return true;
	}
	return false;
}

/* Nothing is called so: it is an error, or there is something that we do not know. */
static int mention_all(struct sql_lineage *lineage, const struct sql_names *names,
		       struct sql_marks *marks, bool counted, struct error *err)
{
	for (const struct sql_names *n = names; n; n = n->outer)
		for (const struct sql_relation *r = n->relations; r; r = r->next)
			TRY(sql_columns_all(lineage->arena, &r->columns, marks, counted, err));
	return 0;
}

static int add_name(struct sql_lineage *lineage, const struct sql_names *names, const char *name,
		    struct sql_marks *marks, bool counted, struct error *err)
{
	bool may_be = false;
	for (const struct sql_names *n = names; n; n = n->outer) {
		int found = find_here(lineage, n, name, marks, counted, err);
		if (found)
			return found < 0 ? -1 : 0;
		may_be |= has_open(n) || is_parameter(n, name);
	}
	return may_be ? 0 : mention_all(lineage, names, marks, counted, err);
}

/* [schema.]table.column[.field], or column.field. */
static int add_dotted(struct sql_lineage *lineage, const struct sql_names *names,
		      const struct json *parts, struct sql_marks *marks, bool counted,
		      struct error *err)
{
	int found = 0;
	for (const struct sql_names *n = names; n && !found; n = n->outer)
		for (const struct sql_relation *r = n->relations; r; r = r->next)
			for (size_t i = 0; i + 1 < json_count(parts); i++) {
				if (!same(r->name, json_text(json_at(parts, i), "")))
					continue;
				const char *column = json_text(json_at(parts, i + 1), "");
				int here = find_column(lineage, &r->columns, column, marks, counted,
						       err);
				TRY(here);
				found |= here;
			}
	return found ? 0
		     : add_name(lineage, names, json_text(json_at(parts, 0), ""), marks, counted,
				err);
}

/* ---- expressions ---- */

static int add_members(struct sql_lineage *lineage, const struct json *node, const char *but,
		       struct sql_names *names, struct sql_marks *marks, bool counted,
		       struct error *err)
{
	void *iterator = NULL;
	const char *key;
	const struct json *member;
	while (json_next(node, &iterator, &key, &member))
		if (!but || !text_equal(key, but))
			TRY(sql_lineage_expression(lineage, member, names, marks, counted, err));
	return 0;
}

/* A subquery's value depends on its conditions too. */
static int add_subquery(struct sql_lineage *lineage, const struct json *node,
			struct sql_names *names, struct sql_marks *marks, bool counted,
			struct error *err)
{
	struct sql_columns_list columns = {.reference = SIZE_MAX};
	struct sql_marks conditions = {0};
	TRY(sql_lineage_query(lineage, json_get(json_get(node, "subquery"), "node"), names,
			      names->ctes, &columns, &conditions, err));
	TRY(sql_columns_all(lineage->arena, &columns, marks, counted, err));
	TRY(sql_marks_join(lineage->arena, marks, &conditions, counted, err));
	return add_members(lineage, node, "subquery", names, marks, counted, err);
}

static int add_lambda(struct sql_lineage *lineage, const struct json *node, struct sql_names *names,
		      struct sql_marks *marks, bool counted, struct error *err)
{
	struct sql_lambda lambda = {names->lambdas, json_get(node, "lhs")};
	names->lambdas = &lambda;
	int result = add_members(lineage, node, NULL, names, marks, counted, err);
	names->lambdas = lambda.outer;
	return result;
}

/* In an expression: any column; COLUMNS() makes several of the one. */
static int add_star(struct sql_lineage *lineage, const struct json *node, struct sql_names *names,
		    struct sql_marks *marks, bool counted, struct error *err)
{
	lineage->is_unsure |= json_bool(json_get(node, "columns"), false);
	TRY(mention_all(lineage, names, marks, counted, err));
	return add_members(lineage, node, NULL, names, marks, counted, err);
}

static bool only_counts(const struct json *node)
{
	static const char *const counts[] = {"count", "count_star", "approx_count_distinct"};
	const char *name = json_text(json_get(node, "function_name"), "");
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		if (same(name, counts[i]))
			return true;
	return false;
}

/* A count in an order is a rank, which says more. */
static int add_count(struct sql_lineage *lineage, const struct json *node, struct sql_names *names,
		     struct sql_marks *marks, bool counted, struct error *err)
{
	TRY(add_members(lineage, node, "orders", names, marks, true, err));
	return sql_lineage_expression(lineage, json_get(node, "orders"), names, marks, counted,
				      err);
}

static int add_place(struct sql_lineage *lineage, const struct json *node, struct sql_names *names,
		     struct sql_marks *marks, bool counted, struct error *err)
{
	int64_t place = json_int(json_get(node, "index"), 0);
	if (names->row.is_open || names->row.is_ragged || place < 1 ||
	    place > (int64_t)names->row.count)
		return mention_all(lineage, names, marks, counted, err);
	return sql_marks_join(lineage->arena, marks, &names->row.items[place - 1].marks, counted,
			      err);
}

static int add_object(struct sql_lineage *lineage, const struct json *node, struct sql_names *names,
		      struct sql_marks *marks, bool counted, struct error *err)
{
	const char *class = json_text(json_get(node, "class"), "");
	const struct json *parts = json_get(node, "column_names");
	if (text_equal(class, "COLUMN_REF") && json_count(parts) == 1)
		return add_name(lineage, names, json_text(json_at(parts, 0), ""), marks, counted,
				err);
	if (text_equal(class, "COLUMN_REF"))
		return add_dotted(lineage, names, parts, marks, counted, err);
	if (text_equal(class, "SUBQUERY"))
		return add_subquery(lineage, node, names, marks, counted, err);
	if (text_equal(class, "LAMBDA"))
		return add_lambda(lineage, node, names, marks, counted, err);
	if (text_equal(class, "STAR"))
		return add_star(lineage, node, names, marks, counted, err);
	if (text_equal(class, "POSITIONAL_REFERENCE"))
		return add_place(lineage, node, names, marks, counted, err);
	if ((text_equal(class, "FUNCTION") || text_equal(class, "WINDOW")) && only_counts(node))
		return add_count(lineage, node, names, marks, counted, err);
	return add_members(lineage, node, NULL, names, marks, counted, err);
}

int sql_lineage_expression(struct sql_lineage *lineage, const struct json *node,
			   struct sql_names *names, struct sql_marks *marks, bool counted,
			   struct error *err)
{
	if (json_is_object(node))
		return add_object(lineage, node, names, marks, counted, err);
	for (size_t i = 0; json_is_array(node) && i < json_count(node); i++)
		TRY(sql_lineage_expression(lineage, json_at(node, i), names, marks, counted, err));
	return 0;
}
