/* SPDX-License-Identifier: Apache-2.0 */
/* sql: one parse of a SQL text, on which all else stands: dependencies between models, the box for
 * user SQL, time travel, aliases, masking, the names that other engines need.
 *
 * DuckDB's own parser (json_serialize_sql, on a private empty database) says what the text means;
 * a small lexer says where each table's name stands. Nothing is bound, so unknown tables and
 * columns parse. Both must agree: a reference whose name is not found at the place the parser
 * gives is an error, never a guess. Positions are byte offsets into the text as it was given.
 *
 * Names of tables, schemas, functions and columns are given in lower case and without quotes, as
 * SQL compares them; the text itself is at their range. */
#ifndef VITRINE_ENGINE_SQL_H
#define VITRINE_ENGINE_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/own.h"

struct arena;
struct text;

/* ---- parsing ---- */

struct sql_parser;

/* A parser: an empty in-memory DuckDB of its own. Owner: caller, until sql_parser_close().
 * Safe from several threads, which take turns. Cost: about 10 ms. Fails: MEMORY, INTERNAL,
 * UNSUPPORTED (as engine_check_version()). */
int sql_parser_open(struct sql_parser **out, struct error *err);
void sql_parser_close(struct sql_parser *parser);
OWN_DEFINE(sql_parser, sql_parser_close)

struct sql_range {
	size_t begin, end; /* bytes of the text: [begin, end) */
};

enum sql_at { SQL_AT_NEWEST, SQL_AT_VERSION, SQL_AT_TIMESTAMP };

/* A table named in the text. Names of common table expressions that are in scope are no
 * references. A table named twice is two references. */
struct sql_reference {
	const char *catalog, *schema, *name; /* catalog, schema: "" when not written */
	const char *alias;                   /* "" = none */
	struct sql_range range;              /* the dotted name */
	enum sql_at at;                      /* from processing.orders o at (version => 12) */
	int64_t version;                     /* SQL_AT_VERSION */
	const char *timestamp;               /* SQL_AT_TIMESTAMP: the literal's content, else "" */
	struct sql_range at_range;           /* the clause, before or after the alias; else 0, 0 */
	bool is_literal;                     /* written as a string: from 'a.csv' */
	bool is_bare;                        /* no alias can follow: describe t, table t */
};

struct sql_function {
	const char *catalog, *schema, *name; /* catalog, schema: "" when not written */
	size_t position;                     /* SIZE_MAX = not known */
	bool is_table, is_operator;          /* from f(...); written as an operator */
};

enum sql_kind {
	SQL_SELECT, /* SELECT, WITH, VALUES, FROM ..., TABLE t, PIVOT, UNPIVOT */
	SQL_DESCRIBE,
	SQL_SUMMARIZE,
	SQL_SHOW_TABLES,
};

enum sql_explain { SQL_EXPLAIN_NONE, SQL_EXPLAIN_PLAN, SQL_EXPLAIN_ANALYZE };

struct sql_tree;

/* One SELECT-like statement. All memory is the statement's own. */
struct sql_statement {
	const char *text;
	size_t len;
	enum sql_kind kind;
	enum sql_explain explain;         /* EXPLAIN stands before it */
	struct sql_reference *references; /* in the order of the text */
	size_t reference_count;
	struct sql_function *functions; /* each use */
	size_t function_count;
	/* The first use of what gives another value each time (now(), current_date, random(), a
	 * sample without a seed) or reads what no version pins (read_csv()); NULL = none: the same
	 * tables give the same rows. */
	const char *volatile_name;
	size_t volatile_position;
	size_t parameter_count; /* $1, ?, $name */
	struct sql_tree *tree;  /* of sql and box alone */
};

/* Parse one SELECT-like statement; comments before and semicolons after it are fine.
 * Owner: caller, until sql_statement_free(); the text is copied.
 * Fails: SYNTAX with line and column (the offending token; a second statement), UNSUPPORTED (a
 * statement of another kind, by its name; PIVOT without IN), LIMIT (longer than
 * SQL_TEXT_LEN_MAX, or nested too deeply), MEMORY.
 * Cost: about 0.2 ms for a model of 50 lines. */
int sql_parse(struct sql_parser *parser, const char *text, struct sql_statement **out,
	      struct error *err);
void sql_statement_free(struct sql_statement *statement);
OWN_DEFINE(sql_statement, sql_statement_free)

/* The next statement of a script at or behind `from`, without the semicolon, blanks and comments
 * around it. 1, or 0 at the end. Any text can be cut; parsing is another matter. */
int sql_next_statement(const char *text, size_t len, size_t from, struct sql_range *out);

/* Line and column (1-based; the column counts characters) of a byte of the text. */
void sql_place(const char *text, size_t position, int *out_line, int *out_column);

/* ---- tables ---- */

/* What a caller knows of tables. */
struct sql_catalog {
	void *context;
	/* 1 when the table exists, 0 when not, negative on failure. `*out_columns`: its column
	 * names in order, NULL-terminated, borrowed until the next call (sql copies); NULL = not
	 * known. `schema` is "" for a name without one; search path and aliases are the
	 * caller's. */
	int (*find)(void *context, const char *schema, const char *name,
		    const char *const **out_columns, struct error *err);
	/* All tables as "schema.name", NULL-terminated, borrowed; NULL = no suggestions. */
	const char *const *names;
	/* What to do about a table that is not there, borrowed; NULL = that is not known. May be
	 * NULL itself. */
	const char *(*hint)(void *context, const char *schema, const char *name);
	/* The one catalog name that may be written before a schema; NULL = none. */
	const char *project;
};

/* Whether every reference names a table of the catalog. Fails: UNDEFINED with line, column and
 * the nearest name as the hint; whatever `find` fails with. */
int sql_check_tables(const struct sql_statement *statement, const struct sql_catalog *catalog,
		     struct error *err);

/* Whether the statement gives the same rows for the same input. Fails: UNSUPPORTED with the
 * function's name, line and column. */
int sql_check_repeatable(const struct sql_statement *statement, struct error *err);

/* ---- rewriting ---- */

struct sql_edit {
	struct sql_range from, to; /* in the statement's text; in the rewritten text */
};

struct sql_rewritten {
	char *text;
	size_t len;
	struct sql_edit *edits; /* in order */
	size_t edit_count;
	const char *original; /* borrowed from the statement */
};

void sql_rewritten_done(struct sql_rewritten *rewritten);
OWN_DEFINE_EMBEDDED(sql_rewritten, sql_rewritten_done)

/* Replace references: `replace` is called for each in the order of the text and returns 1 with the
 * new name (or a subquery in parentheses, or a table function) added to `out`, 0 to keep the
 * reference as it stands, negative on failure. A replaced reference loses its AT clause and, when
 * it had no alias, gets its old table name as one, so that "orders.price" still means it;
 * "processing.orders.price" is shortened to match. All other bytes stay.
 * `out` must not outlive the statement. Owner: caller, until sql_rewritten_done(). */
int sql_rewrite(const struct sql_statement *statement,
		int (*replace)(void *context, const struct sql_reference *reference,
			       struct text *out, struct error *err),
		void *context, struct sql_rewritten *out, struct error *err);

/* The byte of the original that a byte of the rewritten text stands for; within a replacement,
 * the begin of what was replaced. */
size_t sql_map_position(const struct sql_rewritten *rewritten, size_t position);

/* Move the place of an error about the rewritten text to where it stands in the original; an error
 * without a place, or about a file, stays as it is. Returns -1. */
int sql_map_error(const struct sql_rewritten *rewritten, struct error *err);

/* Turn what DuckDB said of the rewritten text into an error about the original: the "LINE n: ..."
 * excerpt with its caret becomes line and column, the rest one plain message. Returns -1 with
 * `kind`. `rewritten` may be NULL when `text` was run as it stands. */
int sql_error(const struct sql_rewritten *rewritten, const char *text, enum error_kind kind,
	      const char *message, struct error *err);

/* The text with what does not change its meaning taken out, for fingerprints: comments, white
 * space, the case of keywords and function names, trailing semicolons. Literals, quoted
 * identifiers and the case of other names stay. Needs no parser; any text has one. */
int sql_canonical(const char *text, char **out, struct error *err);

/* ---- lineage of columns ---- */

struct sql_mention {
	size_t reference;   /* place in statement->references */
	const char *column; /* "*" = any of its columns (they are not known) */
	bool is_counted;    /* reaches the output only through count() */
};

struct sql_column {
	const char *name;
	const struct sql_mention *mentions;
	size_t mention_count;
};

/* The output columns in order. Where the shape cannot be told without binding (PIVOT, a table of
 * unknown columns under *), `is_unsure` is set, `columns` may lack some, and each output column
 * must be taken to mention all of `all`. */
struct sql_columns {
	struct sql_column *columns;
	size_t count;
	bool is_unsure;
	const struct sql_mention *all; /* every column that any part of the output mentions */
	size_t all_count;
	struct arena *arena;
};

void sql_columns_done(struct sql_columns *columns);
OWN_DEFINE_EMBEDDED(sql_columns, sql_columns_done)

/* Which columns of which references each output column mentions: through subqueries, common table
 * expressions, joins, set operations, * and USING. A mention is a column used in the expression
 * that makes the output value (a condition in WHERE is none; a subquery's conditions are); what
 * cannot be told apart mentions all it might. Owner: caller, until sql_columns_done().
 * Fails: UNDEFINED (a table the catalog lacks), LIMIT, MEMORY. */
int sql_lineage(const struct sql_statement *statement, const struct sql_catalog *catalog,
		struct sql_columns *out, struct error *err);

#endif
