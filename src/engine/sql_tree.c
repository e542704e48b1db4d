/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over DuckDB's tree that finds what the statement uses. Every object is looked at by the
 * members it has, so a kind of node that this file does not know is still searched. */
#include "engine/sql_tree.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/sql.h"

struct collector {
	struct sql_statement *statement;
	struct sql_tree *tree;
	struct sql_reference *references; /* freed by sql_collect */
	struct sql_function *functions;
	size_t reference_capacity, function_capacity;
};

bool sql_scope_has(const struct sql_scope *scope, const char *schema, const char *name)
{
	if (schema[0] && strcasecmp(schema, "recurring") != 0)
		return false;
	for (; scope; scope = scope->outer)
		if (strcasecmp(scope->name, name) == 0)
			return true;
	return false;
}

size_t sql_node_position(const struct json *node)
{
	int64_t position = json_int(json_get(node, "query_location"), -1);
	return position < 0 ? SIZE_MAX : (size_t)position;
}

size_t sql_find_reference(const struct sql_statement *statement, size_t begin)
{
	for (size_t i = 0; i < statement->reference_count; i++)
		if (statement->references[i].range.begin == begin)
			return i;
	return SIZE_MAX;
}

static const char *lower(struct arena *arena, const char *s, struct error *err)
{
	char *copy = arena_copy_text(arena, s);
	if (!copy) {
		err_memory(err);
		return NULL;
	}
	for (char *c = copy; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return copy;
}

static const char *lower_member(struct collector *c, const struct json *node, const char *key,
				struct error *err)
{
	return lower(c->tree->arena, json_text(json_get(node, key), ""), err);
}

static size_t find_token(const struct sql_tree *tree, size_t begin)
{
	size_t low = 0, high = tree->token_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (tree->tokens[middle].begin < begin)
			low = middle + 1;
		else
			high = middle;
	}
	return low < tree->token_count && tree->tokens[low].begin == begin ? low : SIZE_MAX;
}

/* Whether the token stands for this name. */
static int match_name(struct collector *c, size_t token, const char *name, struct error *err)
{
	const struct sql_token t = c->tree->tokens[token];
	if (t.kind != SQL_TOKEN_WORD && t.kind != SQL_TOKEN_NAME)
		return 0;
	const char *value = sql_token_value(c->statement->text, t, c->tree->arena);
	if (!value)
		return err_memory(err);
	return strcasecmp(value, name) == 0;
}

/* Find the dotted name of a table in the text, where the parser says it stands: the place of its
 * last token, SIZE_MAX when the text has something else there, or negative in `*status`. */
static size_t match_table(struct collector *c, const struct json *node, size_t first, int *status,
			  struct error *err)
{
	static const char *const keys[] = {"catalog_name", "schema_name", "table_name"};
	if (first == SIZE_MAX)
		return SIZE_MAX;
	if (c->tree->tokens[first].kind == SQL_TOKEN_STRING)
		return first;
	size_t token = first;
	for (size_t i = 0; i < 3; i++) {
		const char *name = json_text(json_get(node, keys[i]), "");
		if (!name[0] && i < 2)
			continue;
		*status = match_name(c, token, name, err);
		if (*status <= 0)
			return SIZE_MAX;
		if (i == 2)
			return token;
		if (!sql_token_is(c->statement->text, c->tree->tokens[token + 1], "."))
			return SIZE_MAX;
		token += 2;
	}
	return SIZE_MAX;
}

static bool take_clause(struct collector *c, size_t token, struct sql_reference *reference,
			struct error *err, int *status)
{
	struct sql_tree *tree = c->tree;
	size_t i = 0;
	while (i < tree->clause_count && tree->clauses[i].first != token)
		i++;
	if (i == tree->clause_count)
		return false;
	struct sql_clause *clause = &tree->clauses[i];
	char *literal =
		sql_token_value(c->statement->text, tree->tokens[clause->literal], tree->arena);
	clause->is_taken = true;
	reference->at = clause->is_version ? SQL_AT_VERSION : SQL_AT_TIMESTAMP;
	reference->at_range.begin = tree->tokens[clause->first].begin;
	reference->at_range.end = tree->tokens[clause->last].end;
	if (!literal) {
		*status = err_memory(err);
	} else if (!clause->is_version) {
		reference->timestamp = literal;
	} else if (!text_to_int64(literal, &reference->version)) {
		err_set(err, ERR_SYNTAX, "\"%s\" is not a version", literal);
		*status = sql_error_at(c->statement, tree->tokens[clause->literal].begin, err);
	}
	return true;
}

/* Behind the name: [[AS] alias [(columns)]] with an AT clause before or after it. */
static int find_clause(struct collector *c, size_t last, struct sql_reference *reference,
		       struct error *err)
{
	const char *text = c->statement->text;
	const struct sql_token *tokens = c->tree->tokens;
	int status = 0;
	size_t next = last + 1;
	if (take_clause(c, next, reference, err, &status) || !reference->alias[0])
		return status;
	if (sql_token_is(text, tokens[next], "as"))
		next++;
	if (tokens[next].kind == SQL_TOKEN_END)
		return 0;
	next++;
	if (sql_token_is(text, tokens[next], "("))
		while (tokens[next].kind != SQL_TOKEN_END &&
		       !sql_token_is(text, tokens[next++], ")"))
			continue;
	take_clause(c, next, reference, err, &status);
	return status;
}

static bool is_bare(const struct collector *c, size_t first)
{
	static const char *const words[] = {"table", "describe", "desc", "summarize", "show"};
	for (size_t i = 0; first > 0 && i < sizeof(words) / sizeof(*words); i++)
		if (sql_token_is(c->statement->text, c->tree->tokens[first - 1], words[i]))
			return true;
	return false;
}

static int fill_reference(struct collector *c, const struct json *node, size_t first, size_t last,
			  struct sql_reference *out, struct error *err)
{
	const struct sql_token *tokens = c->tree->tokens;
	*out = (struct sql_reference){
		.catalog = lower_member(c, node, "catalog_name", err),
		.schema = lower_member(c, node, "schema_name", err),
		.name = lower_member(c, node, "table_name", err),
		.alias = lower_member(c, node, "alias", err),
		.range = {tokens[first].begin, tokens[last].end},
		.timestamp = "",
		.is_literal = tokens[first].kind == SQL_TOKEN_STRING,
		.is_bare = is_bare(c, first),
	};
	if (!out->catalog || !out->schema || !out->name || !out->alias)
		return -1;
	return find_clause(c, last, out, err);
}

static int add_table(struct collector *c, const struct json *node, const struct sql_scope *scope,
		     struct error *err)
{
	struct sql_statement *statement = c->statement;
	const char *name = json_text(json_get(node, "table_name"), "");
	size_t position = sql_node_position(node);
	if (!json_is_null(json_get(node, "at_clause"))) {
		err_set(err, ERR_SYNTAX, "AT takes a number or a quoted time");
		err_hint(err, "Write it as: from processing.orders o at (version => 12), or at "
			      "(timestamp => '2018-01-31 12:00').");
		return sql_error_at(statement, position, err);
	}
	if (sql_scope_has(scope, json_text(json_get(node, "schema_name"), ""), name))
		return 0;
	/* The parser copies expressions in places (CASE x WHEN ...), with the tables in them. */
	if (sql_find_reference(statement, position) != SIZE_MAX)
		return 0;
	int status = 0;
	size_t first = find_token(c->tree, position);
	size_t last = match_table(c, node, first, &status, err);
	if (status < 0)
		return status;
	if (last == SIZE_MAX) {
		err_set(err, ERR_UNSUPPORTED, "the name of table \"%s\" is not found in the text",
			name);
		return sql_error_at(statement, position, err);
	}
	TRY(mem_grow(&c->references, &c->reference_capacity, statement->reference_count + 1,
		     sizeof(*c->references), err));
	statement->references = c->references;
	TRY(fill_reference(c, node, first, last, &c->references[statement->reference_count], err));
	statement->reference_count++;
	return 0;
}

static void set_volatile(struct collector *c, const char *name, size_t position)
{
	if (c->statement->volatile_name && position >= c->statement->volatile_position)
		return;
	c->statement->volatile_name = name;
	c->statement->volatile_position = position;
}

static int add_function(struct collector *c, const struct json *node, bool is_table,
			struct error *err)
{
	struct sql_statement *statement = c->statement;
	TRY(mem_grow(&c->functions, &c->function_capacity, statement->function_count + 1,
		     sizeof(*c->functions), err));
	struct sql_function *function = &c->functions[statement->function_count];
	*function = (struct sql_function){
		.catalog = lower_member(c, node, "catalog", err),
		.schema = lower_member(c, node, "schema", err),
		.name = lower_member(c, node, "function_name", err),
		.position = sql_node_position(node),
		.is_table = is_table,
		.is_operator = json_bool(json_get(node, "is_operator"), false),
	};
	if (!function->catalog || !function->schema || !function->name)
		return -1;
	statement->function_count++;
	enum sql_function_class class = sql_function_class(function->name);
	bool reads_clock =
		text_equal(function->name, "age") && json_count(json_get(node, "children")) == 1;
	if (class == SQL_FUNCTION_UNKNOWN || class == SQL_FUNCTION_VOLATILE || reads_clock ||
	    (is_table && class != SQL_FUNCTION_TABLE))
		set_volatile(c, function->name, function->position);
	return 0;
}

/* current_date and its kin are parsed as columns. */
static void look_at_column(struct collector *c, const struct json *node)
{
	static const char *const clocks[] = {"current_date", "current_time", "current_timestamp",
					     "localtime", "localtimestamp"};
	const struct json *names = json_get(node, "column_names");
	const char *name = json_text(json_at(names, 0), "");
	for (size_t i = 0; json_count(names) == 1 && i < sizeof(clocks) / sizeof(*clocks); i++)
		if (strcasecmp(name, clocks[i]) == 0)
			set_volatile(c, clocks[i], sql_node_position(node));
}

static int walk(struct collector *c, const struct json *value, const struct sql_scope *scope,
		struct error *err);

static int walk_members(struct collector *c, const struct json *object, const char *but,
			const struct sql_scope *scope, struct error *err)
{
	void *iterator = NULL;
	const char *key;
	const struct json *value;
	while (json_next(object, &iterator, &key, &value))
		if (!but || !text_equal(key, but))
			TRY(walk(c, value, scope, err));
	return 0;
}

static int walk_recursive(struct collector *c, const struct json *node,
			  const struct sql_scope *scope, struct error *err)
{
	struct sql_scope inner = {scope, json_text(json_get(node, "cte_name"), "")};
	TRY(walk(c, json_get(node, "left"), scope, err));
	TRY(walk(c, json_get(node, "right"), &inner, err));
	TRY(walk(c, json_get(node, "modifiers"), &inner, err));
	return walk(c, json_get(node, "key_targets"), &inner, err);
}

/* Common table expressions from `i` on, each in the scope of those before it, then the query. */
static int walk_query(struct collector *c, const struct json *node, size_t i,
		      const struct sql_scope *scope, struct error *err)
{
	const struct json *map = json_get(json_get(node, "cte_map"), "map");
	if (i < json_count(map)) {
		const struct json *entry = json_at(map, i);
		TRY(walk(c, json_get(entry, "value"), scope, err));
		struct sql_scope inner = {scope, json_text(json_get(entry, "key"), "")};
		return walk_query(c, node, i + 1, &inner, err);
	}
	if (text_equal(json_text(json_get(node, "type"), ""), "RECURSIVE_CTE_NODE"))
		return walk_recursive(c, node, scope, err);
	return walk_members(c, node, "cte_map", scope, err);
}

/* The tree does not tell where a sample stands: the first of the text. */
static size_t sample_position(const struct collector *c)
{
	const char *text = c->statement->text;
	const struct sql_token *tokens = c->tree->tokens;
	for (size_t i = 0; tokens[i].kind != SQL_TOKEN_END; i++)
		if (sql_token_is(text, tokens[i], "tablesample") ||
		    (i > 0 && sql_token_is(text, tokens[i], "sample") &&
		     sql_token_is(text, tokens[i - 1], "using")))
			return tokens[i].begin;
	return SIZE_MAX;
}

static int walk_object(struct collector *c, const struct json *node, const struct sql_scope *scope,
		       struct error *err)
{
	const char *type = json_text(json_get(node, "type"), "");
	const char *class = json_text(json_get(node, "class"), "");
	if (json_is_object(json_get(node, "sample")) &&
	    json_int(json_get(json_get(node, "sample"), "seed"), -1) < 0)
		set_volatile(c, "sample", sample_position(c));
	if (json_get(node, "cte_map"))
		return walk_query(c, node, 0, scope, err);
	if (text_equal(type, "BASE_TABLE"))
		TRY(add_table(c, node, scope, err));
	if (text_equal(type, "TABLE_FUNCTION")) {
		const struct json *function = json_get(node, "function");
		TRY(add_function(c, function, true, err));
		return walk_members(c, function, NULL, scope, err);
	}
	if (text_equal(class, "FUNCTION") || text_equal(class, "WINDOW"))
		TRY(add_function(c, node, false, err));
	if (text_equal(class, "COLUMN_REF"))
		look_at_column(c, node);
	if (text_equal(class, "PARAMETER"))
		c->statement->parameter_count++;
	return walk_members(c, node, NULL, scope, err);
}

static int walk(struct collector *c, const struct json *value, const struct sql_scope *scope,
		struct error *err)
{
	if (json_is_object(value))
		return walk_object(c, value, scope, err);
	for (size_t i = 0; json_is_array(value) && i < json_count(value); i++)
		TRY(walk(c, json_at(value, i), scope, err));
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct sql_reference *left = a, *right = b;
	return (left->range.begin > right->range.begin) - (left->range.begin < right->range.begin);
}

static enum sql_kind kind_of(const struct json *query)
{
	const struct json *from = json_get(query, "from_table");
	const char *show = json_text(json_get(from, "show_type"), "");
	if (!text_equal(json_text(json_get(from, "type"), ""), "SHOW_REF"))
		return SQL_SELECT;
	if (json_is_null(json_get(from, "query")))
		return SQL_SHOW_TABLES;
	return text_equal(show, "SUMMARY") ? SQL_SUMMARIZE : SQL_DESCRIBE;
}

/* Move what grew on the heap into the arena. */
static int keep(struct collector *c, struct error *err)
{
	struct sql_statement *statement = c->statement;
	struct arena *arena = c->tree->arena;
	statement->references = (void *)arena_copy_bytes(
		arena, c->references, statement->reference_count * sizeof(*c->references));
	statement->functions = (void *)arena_copy_bytes(
		arena, c->functions, statement->function_count * sizeof(*c->functions));
	if (!statement->references || !statement->functions)
		return err_memory(err);
	qsort(statement->references, statement->reference_count, sizeof(*statement->references),
	      by_place);
	return 0;
}

static int check_clauses(const struct sql_statement *statement, struct error *err)
{
	const struct sql_tree *tree = statement->tree;
	for (size_t i = 0; i < tree->clause_count; i++) {
		if (tree->clauses[i].is_taken)
			continue;
		err_set(err, ERR_SYNTAX, "AT stands behind no table");
		return sql_error_at(statement, tree->tokens[tree->clauses[i].first].begin, err);
	}
	return 0;
}

int sql_collect(struct sql_statement *statement, struct error *err)
{
	struct collector c = {.statement = statement, .tree = statement->tree};
	statement->kind = kind_of(statement->tree->query);
	int status = walk(&c, statement->tree->query, NULL, err);
	if (status == 0)
		status = keep(&c, err);
	free(c.references);
	free(c.functions);
	return status < 0 ? status : check_clauses(statement, err);
}
