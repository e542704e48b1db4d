/* SPDX-License-Identifier: Apache-2.0 */
/* sql_tree: what a parsed statement holds besides its public face: DuckDB's syntax tree and the
 * text's tokens. Private to sql and box. */
#ifndef VITRINE_ENGINE_SQL_TREE_H
#define VITRINE_ENGINE_SQL_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/sql_lex.h"

struct arena;
struct error;
struct json;
struct sql_statement;

/* An AT clause taken out of the text before DuckDB parses it. */
struct sql_clause {
	size_t first, last; /* its tokens: AT and the closing parenthesis */
	bool is_version, is_taken;
	size_t literal; /* the token of its value */
};

struct sql_tree {
	struct arena *arena;      /* holds the statement, and all below but `document` */
	struct json *document;    /* of json_serialize_sql() */
	const struct json *query; /* the one statement's top node */
	struct sql_token *tokens; /* END last */
	size_t token_count;
	struct sql_clause *clauses; /* in order */
	size_t clause_count;
};

/* Common table expressions in scope, innermost first. */
struct sql_scope {
	const struct sql_scope *outer;
	const char *name;
};
bool sql_scope_has(const struct sql_scope *scope, const char *schema, const char *name);

/* Find references, functions, parameters and the first volatile use in the tree, and fill the
 * statement. Fails: SYNTAX (an AT clause behind no table), INTERNAL (tree and text disagree),
 * MEMORY. */
int sql_collect(struct sql_statement *statement, struct error *err);

/* The place in statement->references of the table that begins at this byte, or SIZE_MAX. */
size_t sql_find_reference(const struct sql_statement *statement, size_t begin);

/* A node's query_location; SIZE_MAX when the parser gave none. */
size_t sql_node_position(const struct json *node);

/* Fill in line and column of a byte of the statement's text; returns -1. */
int sql_error_at(const struct sql_statement *statement, size_t position, struct error *err);

/* "Table x" begins as our messages do: "table x"; "SELECT x" stays. */
void sql_lower_first(struct error *err);

/* What functions.def says of a function; names in lower case. */
enum sql_function_class {
	SQL_FUNCTION_UNKNOWN, /* not in the list: never allowed in the box */
	SQL_FUNCTION_PURE,
	SQL_FUNCTION_VOLATILE, /* gives another value each time, allowed in the box */
	SQL_FUNCTION_TABLE,    /* pure, and may stand in FROM */
};
enum sql_function_class sql_function_class(const char *name);
/* The nearest name of the list, or NULL. */
const char *sql_function_nearest(const char *name);

#endif
