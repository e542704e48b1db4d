/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/box.h"

#include "base/json.h"
#include "base/text.h"
#include "engine/sql_tree.h"

static bool is_among(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (text_equal(word, *words))
			return true;
	return false;
}

bool box_allows_function(const char *name)
{
	return sql_function_class(name) != SQL_FUNCTION_UNKNOWN;
}

static int refuse_node(const struct sql_statement *statement, const struct json *node,
		       const char *what, struct error *err)
{
	err_set(err, ERR_DENIED, "%s is not allowed in a query", what);
	return sql_error_at(statement, sql_node_position(node), err);
}

static int check_expression(const struct sql_statement *statement, const struct json *node,
			    const char *class, struct error *err)
{
	static const char *const allowed[] = {"BETWEEN",
					      "CASE",
					      "CAST",
					      "COLLATE",
					      "COLUMN_REF",
					      "COMPARISON",
					      "CONSTANT",
					      "FUNCTION",
					      "LAMBDA",
					      "OPERATOR",
					      "CONJUNCTION",
					      "PARAMETER",
					      "STAR",
					      "SUBQUERY",
					      "WINDOW",
					      "LAMBDA_REF",
					      "POSITIONAL_REFERENCE",
					      NULL};
	return is_among(class, allowed) ? 0 : refuse_node(statement, node, class, err);
}

/* SHOW DATABASES, SHOW TABLES FROM s and their like tell of more than the catalog; SHOW TABLES
 * itself may stand alone, where the caller answers it. */
static int check_show(const struct sql_statement *statement, const struct json *node,
		      struct error *err)
{
	static const char *const lists[] = {"\"tables\"", "__show_tables_expanded", NULL};
	const char *of = json_text(json_get(node, "table_name"), "");
	const char *show = json_text(json_get(node, "show_type"), "");
	if (!json_is_null(json_get(node, "query")))
		return 0;
	if (statement->kind == SQL_SHOW_TABLES && text_equal(show, "SHOW_UNQUALIFIED") &&
	    is_among(of, lists))
		return 0;
	refuse_node(statement, node, "this kind of SHOW", err);
	return err_hint(err, "SHOW TABLES, DESCRIBE and SUMMARIZE are allowed.");
}

static int check_table_node(const struct sql_statement *statement, const struct json *node,
			    const char *type, struct error *err)
{
	static const char *const allowed[] = {"BASE_TABLE",     "SUBQUERY",        "JOIN", "EMPTY",
					      "TABLE_FUNCTION", "EXPRESSION_LIST", NULL};
	if (text_equal(type, "SHOW_REF"))
		return check_show(statement, node, err);
	if (!text_equal(type, "PIVOT"))
		return is_among(type, allowed) ? 0 : refuse_node(statement, node, type, err);
	const struct json *pivots = json_get(node, "pivots");
	for (size_t i = 0; i < json_count(pivots); i++) {
		if (!json_text(json_get(json_at(pivots, i), "pivot_enum"), "")[0])
			continue;
		refuse_node(statement, node, "PIVOT on an enumeration", err);
		return err_hint(err, "Write the values out: in ('a', 'b').");
	}
	return 0;
}

static int check_query_node(const struct sql_statement *statement, const struct json *node,
			    const char *type, struct error *err)
{
	static const char *const allowed[] = {"SELECT_NODE", "SET_OPERATION_NODE",
					      "RECURSIVE_CTE_NODE", "CTE_NODE", NULL};
	return is_among(type, allowed) ? 0 : refuse_node(statement, node, type, err);
}

/* Expressions have a class, queries a map of common table expressions, tables a sample. */
static int check_node(const struct sql_statement *statement, const struct json *node,
		      struct error *err)
{
	const char *type = json_text(json_get(node, "type"), "");
	const char *class = json_text(json_get(node, "class"), NULL);
	if (class)
		return check_expression(statement, node, class, err);
	if (json_get(node, "cte_map"))
		return check_query_node(statement, node, type, err);
	if (json_get(node, "sample"))
		return check_table_node(statement, node, type, err);
	return 0;
}

static int check_nodes(const struct sql_statement *statement, const struct json *value,
		       struct error *err)
{
	if (json_is_object(value)) {
		void *iterator = NULL;
		const char *key;
		const struct json *member;
		TRY(check_node(statement, value, err));
		while (json_next(value, &iterator, &key, &member))
			TRY(check_nodes(statement, member, err));
		return 0;
	}
	for (size_t i = 0; json_is_array(value) && i < json_count(value); i++)
		TRY(check_nodes(statement, json_at(value, i), err));
	return 0;
}

/* Which functions DuckDB has changes with its releases, so what is on no list may be misspelt or
 * refused: the box cannot tell, and says what may be meant, or how to find out. */
static void hint_at_function(const struct sql_function *function, struct error *err)
{
	const char *nearest = sql_function_nearest(function->name);
	if (nearest)
		error_hint(err, "Did you mean %s()?", nearest);
	else
		error_hint(err, "Only functions that compute from their arguments may be called, "
				"such as sum(), coalesce() and date_trunc().");
}

static void hint_at_table_function(const struct sql_function *function, struct error *err)
{
	static const char *const allowed[] = {"range", "generate_series", "unnest", "repeat", NULL};
	const char *nearest = text_nearest(function->name, allowed);
	if (nearest)
		error_hint(err, "Did you mean %s()?", nearest);
	else
		error_hint(err, "Only tables, range(), generate_series(), unnest() and repeat() "
				"can stand behind FROM.");
}

static int check_function(const struct sql_statement *statement,
			  const struct sql_function *function, struct error *err)
{
	enum sql_function_class class = sql_function_class(function->name);
	bool is_ours = !function->schema[0] || text_equal(function->schema, "main");
	if (function->catalog[0] || !is_ours) {
		err_set(err, ERR_DENIED, "function \"%s\" may not be called by the schema \"%s\"",
			function->name, function->schema);
	} else if (function->is_table && class != SQL_FUNCTION_TABLE) {
		err_set(err, ERR_DENIED, "table function \"%s\" may not be called here",
			function->name);
		hint_at_table_function(function, err);
	} else if (class == SQL_FUNCTION_UNKNOWN) {
		err_set(err, ERR_DENIED, "function \"%s\" is unknown or may not be called here",
			function->name);
		hint_at_function(function, err);
	} else {
		return 0;
	}
	return sql_error_at(statement, function->position, err);
}

int box_check(const struct sql_statement *statement, const struct sql_catalog *catalog,
	      struct error *err)
{
	TRY(check_nodes(statement, statement->tree->query, err));
	for (size_t i = 0; i < statement->function_count; i++)
		TRY(check_function(statement, &statement->functions[i], err));
	return sql_check_tables(statement, catalog, err);
}
