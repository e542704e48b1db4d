/* SPDX-License-Identifier: Apache-2.0 */
/* sql_canonical: a text's tokens, one blank apart, with the case of reserved words and function
 * names taken out. Two texts with the same tokens mean the same; a name that is no reserved word
 * keeps its case, since it may name an output column. */
#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/sql.h"
#include "engine/sql_lex.h"

/* Words that no unquoted column can be called: DuckDB's reserved ones, and those that can only be
 * functions or types. Sorted. */
static const char *const reserved[] = {
	"all",      "and",         "any",    "array",   "as",       "asc",     "asof",
	"both",     "case",        "cast",   "collate", "cross",    "default", "desc",
	"distinct", "else",        "end",    "except",  "false",    "fetch",   "for",
	"from",     "full",        "glob",   "group",   "having",   "ilike",   "in",
	"inner",    "intersect",   "is",     "isnull",  "join",     "lateral", "leading",
	"left",     "like",        "limit",  "natural", "not",      "notnull", "null",
	"offset",   "on",          "or",     "order",   "outer",    "pivot",   "positional",
	"qualify",  "right",       "select", "semi",    "similar",  "some",    "symmetric",
	"table",    "tablesample", "then",   "to",      "trailing", "true",    "union",
	"unpivot",  "using",       "when",   "where",   "window",   "with",
};

static int compare(const void *word, const void *entry)
{
	return strcmp(word, *(const char *const *)entry);
}

static bool is_reserved(const char *bytes, size_t len)
{
	char word[16];
	if (len >= sizeof word)
		return false;
	for (size_t i = 0; i < len; i++)
		word[i] = (char)tolower((unsigned char)bytes[i]);
	word[len] = '\0';
	return bsearch(word, reserved, sizeof reserved / sizeof *reserved, sizeof *reserved,
		       compare);
}

/* `by` is a name wherever it does not end one of these. */
static bool is_by(const char *text, const struct sql_token *tokens, size_t i)
{
	return i > 0 && sql_token_is(text, tokens[i], "by") &&
	       (sql_token_is(text, tokens[i - 1], "group") ||
		sql_token_is(text, tokens[i - 1], "order") ||
		sql_token_is(text, tokens[i - 1], "partition"));
}

static void add_token(const char *text, const struct sql_token *token, bool fold, struct text *out)
{
	if (out->len)
		text_add_char(out, ' ');
	if (!fold) {
		text_add_bytes(out, text + token->begin, token->end - token->begin);
		return;
	}
	for (size_t i = token->begin; i < token->end; i++)
		text_add_char(out, (char)tolower((unsigned char)text[i]));
}

int sql_canonical(const char *text, char **out, struct error *err)
{
	OWNED(arena) *arena = arena_new();
	HELD(text) t = {0};
	struct sql_token *tokens;
	size_t count;
	if (!arena)
		return err_memory(err);
	TRY(sql_lex_all(text, strlen(text), arena, &tokens, &count, err));
	count--; /* END */
	while (count > 0 && sql_token_is(text, tokens[count - 1], ";"))
		count--;
	text_add(&t, "");
	for (size_t i = 0; i < count; i++) {
		bool is_word = tokens[i].kind == SQL_TOKEN_WORD;
		bool is_call = i + 1 < count && sql_token_is(text, tokens[i + 1], "(");
		size_t len = tokens[i].end - tokens[i].begin;
		add_token(text, &tokens[i],
			  is_word && (is_call || is_reserved(text + tokens[i].begin, len) ||
				      is_by(text, tokens, i)),
			  &t);
	}
	*out = text_take(&t, err);
	return *out ? 0 : -1;
}
