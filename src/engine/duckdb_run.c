/* SPDX-License-Identifier: Apache-2.0 */
/* Running statements, and what DuckDB says when one fails. */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "engine/duckdb_core.h"
#include "engine/sql.h"
#include "engine/sql_lex.h"
#include "engine/sql_tree.h"

/* ---- errors ---- */

static const struct {
	const char *exception;
	duckdb_error_type type;
	enum error_kind kind;
} kinds[] = {
	{"Parser", DUCKDB_ERROR_PARSER, ERR_SYNTAX},
	{"Syntax", DUCKDB_ERROR_SYNTAX, ERR_SYNTAX},
	{"Catalog", DUCKDB_ERROR_CATALOG, ERR_UNDEFINED},
	{"Interrupted", DUCKDB_ERROR_INTERRUPT, ERR_CANCELED},
	{"INTERRUPT", DUCKDB_ERROR_INTERRUPT, ERR_CANCELED},
	{"IO", DUCKDB_ERROR_IO, ERR_IO},
	{"Out of Memory", DUCKDB_ERROR_OUT_OF_MEMORY, ERR_LIMIT},
	{"Permission", DUCKDB_ERROR_PERMISSION, ERR_DENIED},
	{"Not implemented", DUCKDB_ERROR_NOT_IMPLEMENTED, ERR_UNSUPPORTED},
	{"Missing Extension", DUCKDB_ERROR_MISSING_EXTENSION, ERR_UNSUPPORTED},
	{"FATAL", DUCKDB_ERROR_FATAL, ERR_INTERNAL},
	{"INTERNAL", DUCKDB_ERROR_INTERNAL, ERR_INTERNAL},
	{"Serialization", DUCKDB_ERROR_SERIALIZATION, ERR_INTERNAL},
	{"TransactionContext", DUCKDB_ERROR_TRANSACTION, ERR_INTERNAL},
};

/* All others (conversions, ranges, binding, ...) are what is wrong with the query. */
static enum error_kind kind_of(const char *exception, duckdb_error_type type)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (exception ? strcmp(exception, kinds[i].exception) == 0 : kinds[i].type == type)
			return kinds[i].kind;
	return ERR_QUERY;
}

static const char CASTS[] = ". You might need to add explicit type casts";

/* What only the message tells. */
static enum error_kind refine(enum error_kind kind, const char *message)
{
	if (kind == ERR_IO && strstr(message, "No space left on device"))
		return ERR_DISK_FULL;
	if (kind == ERR_IO && strstr(message, "Disk quota exceeded"))
		return ERR_DISK_FULL;
	if (kind == ERR_IO && strstr(message, "Permission denied"))
		return ERR_DENIED;
	if (kind == ERR_IO && (text_starts(message, "No files found") ||
			       strstr(message, "No such file or directory")))
		return ERR_NOT_FOUND;
	if (kind == ERR_QUERY && (strstr(message, "No magic bytes found") ||
				  strstr(message, "too small to be a Parquet file")))
		return ERR_CORRUPT;
	return kind;
}

/* What stands behind `label` on a line of its own, or NULL. */
static const char *find_line(const char *message, const char *label, int *out_len)
{
	const char *line = strstr(message, label);
	if (!line)
		return NULL;
	line += strlen(label);
	*out_len = (int)strcspn(line, "\n");
	return line;
}

static void add_hint(enum error_kind kind, const char *message, struct error *err)
{
	int len = 0;
	const char *found;
	if (kind == ERR_DENIED && strstr(message, "Permission denied"))
		error_hint_denied(err);
	else if (kind == ERR_LIMIT)
		err_hint(err, "Give it more memory (memory in vitrine.yaml), or fewer rows.");
	else if ((found = find_line(message, "\nDid you mean ", &len)))
		err_hint(err, "Did you mean %.*s", len, found);
	else if ((found = find_line(message, "\nCandidate bindings: ", &len)) ||
		 (found = find_line(message, "\nCandidate tables: ", &len)))
		err_hint(err, "Did you mean %.*s?", len, found);
	else if ((found = find_line(message, "\nEither add it ", &len)))
		err_hint(err, "Either add it %.*s", len, found);
	else if (strstr(message, CASTS))
		err_hint(err, "Say which type is meant, as in cast(x as integer).");
}

/* A view's or subquery's name before the column: DuckDB speaks of a "values list" then, and
 * suggests nothing. */
static bool set_no_column(enum error_kind kind, const char *message, struct error *err)
{
	static const char before[] = "Values list ", between[] = " does not have a column named ";
	const char *column = strstr(message, between);
	if (!text_starts(message, before) || !column)
		return false;
	const char *table = message + strlen(before);
	err_set(err, kind, "%.*s has no column %.*s", (int)(column - table), table,
		(int)strcspn(column + strlen(between), "\n"), column + strlen(between));
	return true;
}

/* The binder counts bytes, the parser characters. */
static void add_place(const struct duckdb_place *place, int64_t position, bool in_characters,
		      struct error *err)
{
	if (!place || !place->sql || position < (int64_t)place->offset)
		return;
	size_t at = (size_t)position - place->offset, i = 0;
	if (in_characters) {
		for (size_t left = at; place->sql[i]; i++)
			if (((unsigned char)place->sql[i] & 0xc0) != 0x80 && left-- == 0)
				break;
		at = i;
	}
	if (at > strlen(place->sql))
		return;
	int line, column;
	sql_place(place->sql, at, &line, &column);
	error_at(err, NULL, line, column);
}

static int explain(const char *exception, const char *message, duckdb_error_type type,
		   struct error *err)
{
	enum error_kind kind = refine(kind_of(exception, type), message);
	if (kind == ERR_CANCELED)
		return err_set(err, kind, "interrupted");
	size_t len = strcspn(message, "\n");
	const char *casts = memmem(message, len, CASTS, strlen(CASTS));
	len = casts ? (size_t)(casts - message) : len;
	len -= len && strchr("!.", message[len - 1]);
	if (!set_no_column(kind, message, err))
		err_set(err, kind, "%.*s", (int)len, message);
	sql_lower_first(err);
	add_hint(kind, message, err);
	return -1;
}

int duckdb_error(const char *message, duckdb_error_type type, const struct duckdb_place *place,
		 struct error *err)
{
	OWNED(json) *document = NULL;
	message = message ? message : "DuckDB does not say why";
	const char *begin = strchr(message, '{');
	struct error unused;
	if (!begin || json_parse(begin, strlen(begin), &document, &unused) < 0)
		return explain(NULL, message, type, err);
	const char *exception = json_text(json_get(document, "exception_type"), "");
	explain(exception, json_text(json_get(document, "exception_message"), message), type, err);
	int64_t position;
	if (text_to_int64(json_text(json_get(document, "position"), ""), &position))
		add_place(place, position, strcmp(exception, "Parser") == 0, err);
	return -1;
}

/* ---- statements ---- */

/* All but the last; `*out` is the last one's rows. */
static int run_extracted(duckdb_connection connection, duckdb_extracted_statements statements,
			 idx_t count, const struct duckdb_place *place, duckdb_result *out,
			 struct error *err)
{
	for (idx_t i = 0; i < count; i++) {
		duckdb_prepared_statement prepared = NULL;
		if (duckdb_prepare_extracted_statement(connection, statements, i, &prepared) !=
		    DuckDBSuccess) {
			duckdb_error(duckdb_prepare_error(prepared), DUCKDB_ERROR_INVALID, place,
				     err);
			duckdb_destroy_prepare(&prepared);
			return -1;
		}
		duckdb_state state = duckdb_execute_prepared(prepared, out);
		duckdb_destroy_prepare(&prepared);
		if (state != DuckDBSuccess) {
			duckdb_error(duckdb_result_error(out), duckdb_result_error_type(out), place,
				     err);
			duckdb_destroy_result(out);
			return -1;
		}
		if (i + 1 < count)
			duckdb_destroy_result(out);
	}
	return 0;
}

int duckdb_run_rows(duckdb_connection connection, const char *sql, const struct duckdb_place *place,
		    duckdb_result *out, struct error *err)
{
	*out = (duckdb_result){0};
	duckdb_extracted_statements statements = NULL;
	idx_t count = duckdb_extract_statements(connection, sql, &statements);
	int result;
	if (count == 0)
		result = duckdb_error(duckdb_extract_statements_error(statements),
				      DUCKDB_ERROR_PARSER, place, err);
	else
		result = run_extracted(connection, statements, count, place, out, err);
	duckdb_destroy_extracted(&statements);
	return result;
}

/* Without extracting, which costs a second parse: DuckDB runs all and gives the first one's rows.
 */
int duckdb_run(duckdb_connection connection, const char *sql, const struct duckdb_place *place,
	       struct error *err)
{
	duckdb_result result = {0};
	int state = 0;
	if (duckdb_query(connection, sql, &result) != DuckDBSuccess)
		state = duckdb_error(duckdb_result_error(&result),
				     duckdb_result_error_type(&result), place, err);
	duckdb_destroy_result(&result);
	return state;
}

/* Behind EXPLAIN, ANALYZE and their options in parentheses. */
static const char *explained(const char *sql)
{
	size_t len = strlen(sql);
	struct sql_token token = sql_lex(sql, len, 0);
	if (!sql_token_is(sql, token, "explain"))
		return sql;
	token = sql_lex(sql, len, token.end);
	if (sql_token_is(sql, token, "analyze"))
		token = sql_lex(sql, len, token.end);
	struct sql_token option = sql_lex(sql, len, token.end);
	if (sql_token_is(sql, token, "(") &&
	    (sql_token_is(sql, option, "format") || sql_token_is(sql, option, "analyze"))) {
		while (token.kind != SQL_TOKEN_END && !sql_token_is(sql, token, ")"))
			token = sql_lex(sql, len, token.end);
		token = sql_lex(sql, len, token.end);
	}
	return sql + token.begin;
}

static int refuse(struct error *err)
{
	return err_set(err, ERR_DENIED, "only what reads may run here, such as a SELECT");
}

int duckdb_check_word(duckdb_connection connection, const char *sql, struct error *err)
{
	static const char *const words[] = {"(",      "select",    "from",     "with",
					    "values", "table",     "describe", "desc",
					    "show",   "summarize", "pivot",    "unpivot"};
	const char *begin = explained(sql);
	size_t len = strlen(begin);
	struct sql_token first = sql_lex(begin, len, 0);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (sql_token_is(begin, first, words[i]))
			return 0;
	duckdb_extracted_statements statements = NULL;
	struct duckdb_place place = {sql, 0};
	if (duckdb_extract_statements(connection, sql, &statements))
		refuse(err);
	else
		duckdb_error(duckdb_extract_statements_error(statements), DUCKDB_ERROR_PARSER,
			     &place, err);
	duckdb_destroy_extracted(&statements);
	return -1;
}

int duckdb_check_reads(duckdb_connection connection, const char *sql,
		       duckdb_prepared_statement prepared, struct error *err)
{
	duckdb_statement_type type = duckdb_prepared_statement_type(prepared);
	if (type == DUCKDB_STATEMENT_TYPE_EXPLAIN) {
		duckdb_prepared_statement inner = NULL;
		if (duckdb_prepare(connection, explained(sql), &inner) == DuckDBSuccess)
			type = duckdb_prepared_statement_type(inner);
		duckdb_destroy_prepare(&inner);
	}
	if (type == DUCKDB_STATEMENT_TYPE_SELECT)
		return 0;
	return refuse(err);
}

size_t sql_statement_length(const char *sql)
{
	size_t len = strlen(sql), end = 0;
	for (size_t from = 0;;) {
		struct sql_token token = sql_lex(sql, len, from);
		if (token.kind == SQL_TOKEN_END)
			return end;
		if (!sql_token_is(sql, token, ";"))
			end = token.end;
		from = token.end;
	}
}
