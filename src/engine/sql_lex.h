/* SPDX-License-Identifier: Apache-2.0 */
/* sql_lex: SQL as a row of tokens, by DuckDB's lexical rules. Any bytes have tokens: what is not
 * closed reaches to the end, and the parser is left to say so. Private to sql. */
#ifndef VITRINE_ENGINE_SQL_LEX_H
#define VITRINE_ENGINE_SQL_LEX_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;

enum sql_token_kind {
	SQL_TOKEN_END,
	SQL_TOKEN_WORD,      /* keyword or plain name */
	SQL_TOKEN_NAME,      /* "quoted name" */
	SQL_TOKEN_STRING,    /* 'it''s', e'\n', $tag$...$tag$ */
	SQL_TOKEN_NUMBER,    /* 12, 1.5e3, 0xff, 1_000 */
	SQL_TOKEN_PARAMETER, /* $1, $name */
	SQL_TOKEN_SIGN,      /* one of ()[]{},;.: or an operator */
};

struct sql_token {
	enum sql_token_kind kind;
	size_t begin, end; /* bytes [begin, end) */
};

/* The first token at or behind `from`; white space and comments are passed over. At the end of
 * the text: END, with begin = end = len. */
struct sql_token sql_lex(const char *text, size_t len, size_t from);

/* All tokens, END last. Owner: the arena. Fails: MEMORY. */
int sql_lex_all(const char *text, size_t len, struct arena *arena, struct sql_token **out,
		size_t *out_count, struct error *err);

/* Bytes of the white space at `from` (also Unicode's wide ones), 0 = none. */
size_t sql_lex_space(const char *text, size_t len, size_t from);

/* Whether a token is this word (lower case, whatever the token's case) or sign. */
bool sql_token_is(const char *text, struct sql_token token, const char *word);

/* The name that a WORD or NAME stands for, without quotes, case kept; the content of a plain
 * STRING. Owner: the arena. NULL when memory is refused. */
char *sql_token_value(const char *text, struct sql_token token, struct arena *arena);

#endif
