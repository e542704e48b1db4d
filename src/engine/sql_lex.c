/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/sql_lex.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/own.h"
#include "engine/sql.h"

struct reader {
	const char *text;
	size_t len;
};

static int at(const struct reader *in, size_t place)
{
	return place < in->len ? (unsigned char)in->text[place] : -1;
}

static bool begins_word(int c)
{
	return c == '_' || c >= 0x80 || (c >= 0 && isalpha(c));
}

static bool continues_word(int c)
{
	return begins_word(c) || c == '$' || (c >= 0 && isdigit(c));
}

static bool is_operator(int c)
{
	return c > 0 && strchr("+-*/<>=~!@#%^&|`?", c);
}

size_t sql_lex_space(const char *text, size_t len, size_t from)
{
	static const char *const wide[] = {"\xc2\xa0",     "\xe2\x80\xaf", "\xe2\x81\x9f",
					   "\xe2\x81\xa0", "\xe3\x80\x80", "\xef\xbb\xbf"};
	const struct reader in = {text, len};
	int c = at(&in, from);
	if (c == ' ' || (c >= '\t' && c <= '\r'))
		return 1;
	if (c == 0xe2 && at(&in, from + 1) == 0x80 && at(&in, from + 2) >= 0x80 &&
	    at(&in, from + 2) <= 0x8d)
		return 3;
	for (size_t i = 0; i < sizeof(wide) / sizeof(*wide); i++) {
		size_t size = strlen(wide[i]);
		if (from + size <= len && memcmp(text + from, wide[i], size) == 0)
			return size;
	}
	return 0;
}

/* Behind a comment that begins at `from`, which nests when it is a block; else `from`. */
static size_t pass_comment(const struct reader *in, size_t from)
{
	if (at(in, from) == '-' && at(in, from + 1) == '-') {
		while (from < in->len && in->text[from] != '\n' && in->text[from] != '\r')
			from++;
		return from;
	}
	if (at(in, from) != '/' || at(in, from + 1) != '*')
		return from;
	size_t depth = 0;
	while (from < in->len) {
		if (at(in, from) == '/' && at(in, from + 1) == '*') {
			depth++;
			from += 2;
		} else if (at(in, from) == '*' && at(in, from + 1) == '/') {
			from += 2;
			if (--depth == 0)
				break;
		} else {
			from++;
		}
	}
	return from;
}

static size_t pass_blank(const struct reader *in, size_t from)
{
	for (;;) {
		size_t space = sql_lex_space(in->text, in->len, from);
		size_t behind = space ? from + space : pass_comment(in, from);
		if (behind == from)
			return from;
		from = behind;
	}
}

/* Behind the quoted text that begins at `from` with its quote. */
static size_t pass_quoted(const struct reader *in, size_t from, bool has_escapes)
{
	char quote = in->text[from++];
	while (from < in->len) {
		if (has_escapes && in->text[from] == '\\') {
			from += from + 1 < in->len ? 2 : 1;
		} else if (in->text[from] != quote) {
			from++;
		} else if (at(in, from + 1) == quote) {
			from += 2;
		} else {
			return from + 1;
		}
	}
	return from;
}

/* $1, $name or $tag$ ... $tag$ */
static struct sql_token lex_dollar(const struct reader *in, size_t begin)
{
	size_t end = begin + 1;
	while (at(in, end) != '$' && continues_word(at(in, end)))
		end++;
	if (at(in, end) != '$' || isdigit(at(in, begin + 1)))
		return (struct sql_token){SQL_TOKEN_PARAMETER, begin, end};
	size_t tag = end + 1 - begin;
	for (end++; end + tag <= in->len; end++)
		if (memcmp(in->text + end, in->text + begin, tag) == 0)
			return (struct sql_token){SQL_TOKEN_STRING, begin, end + tag};
	return (struct sql_token){SQL_TOKEN_STRING, begin, in->len};
}

static size_t pass_digits(const struct reader *in, size_t from, bool is_hex)
{
	while (at(in, from) == '_' ||
	       (at(in, from) >= 0 && (is_hex ? isxdigit(at(in, from)) : isdigit(at(in, from)))))
		from++;
	return from;
}

static struct sql_token lex_number(const struct reader *in, size_t begin)
{
	if (at(in, begin) == '0' && (at(in, begin + 1) | 0x20) == 'x')
		return (struct sql_token){SQL_TOKEN_NUMBER, begin,
					  pass_digits(in, begin + 2, true)};
	size_t end = pass_digits(in, begin, false);
	if (at(in, end) == '.')
		end = pass_digits(in, end + 1, false);
	if ((at(in, end) | 0x20) == 'e') {
		bool is_signed = at(in, end + 1) == '+' || at(in, end + 1) == '-';
		size_t digits = end + 1 + is_signed;
		if (at(in, digits) >= 0 && isdigit(at(in, digits)))
			end = pass_digits(in, digits, false);
	}
	return (struct sql_token){SQL_TOKEN_NUMBER, begin, end};
}

/* As PostgreSQL's scanner: the longest row of operator signs that holds no begin of a comment,
 * and that ends in + or - only when it has a sign that standard SQL's operators lack. */
static struct sql_token lex_operator(const struct reader *in, size_t begin)
{
	size_t end = begin;
	bool is_own = false;
	while (is_operator(at(in, end))) {
		if (end > begin && pass_comment(in, end) != end)
			break;
		is_own = is_own || strchr("~!@#%^&|`?", in->text[end]);
		end++;
	}
	while (!is_own && end > begin + 1 && strchr("+-", in->text[end - 1]))
		end--;
	return (struct sql_token){SQL_TOKEN_SIGN, begin, end};
}

static struct sql_token lex_word(const struct reader *in, size_t begin)
{
	size_t end = begin;
	while (continues_word(at(in, end)) && !sql_lex_space(in->text, in->len, end))
		end++;
	int prefix = in->text[begin] | 0x20;
	if (end == begin + 1 && at(in, end) == '\'' && strchr("exbn", prefix))
		return (struct sql_token){SQL_TOKEN_STRING, begin,
					  pass_quoted(in, end, prefix == 'e')};
	return (struct sql_token){SQL_TOKEN_WORD, begin, end};
}

struct sql_token sql_lex(const char *text, size_t len, size_t from)
{
	const struct reader in = {text, len};
	size_t begin = pass_blank(&in, from);
	int c = at(&in, begin);
	if (c < 0)
		return (struct sql_token){SQL_TOKEN_END, len, len};
	if (c == '\'')
		return (struct sql_token){SQL_TOKEN_STRING, begin, pass_quoted(&in, begin, false)};
	if (c == '"')
		return (struct sql_token){SQL_TOKEN_NAME, begin, pass_quoted(&in, begin, false)};
	if (c == '$')
		return lex_dollar(&in, begin);
	if (isdigit(c) || (c == '.' && at(&in, begin + 1) >= 0 && isdigit(at(&in, begin + 1))))
		return lex_number(&in, begin);
	if (begins_word(c))
		return lex_word(&in, begin);
	if (is_operator(c))
		return lex_operator(&in, begin);
	size_t end = begin +
		     (c == ':' && (at(&in, begin + 1) == ':' || at(&in, begin + 1) == '=') ? 2 : 1);
	return (struct sql_token){SQL_TOKEN_SIGN, begin, end};
}

int sql_lex_all(const char *text, size_t len, struct arena *arena, struct sql_token **out,
		size_t *out_count, struct error *err)
{
	OWNED_MEMORY struct sql_token *tokens = NULL;
	size_t count = 0, capacity = 0, from = 0;
	do {
		TRY(mem_grow(&tokens, &capacity, count + 1, sizeof(*tokens), err));
		tokens[count] = sql_lex(text, len, from);
		from = tokens[count].end;
	} while (tokens[count++].kind != SQL_TOKEN_END);
	char *copy = arena_copy_bytes(arena, (const char *)tokens, count * sizeof(*tokens));
	if (!copy)
		return err_memory(err);
	*out = (struct sql_token *)(void *)copy;
	*out_count = count;
	return 0;
}

bool sql_token_is(const char *text, struct sql_token token, const char *word)
{
	size_t len = token.end - token.begin;
	return (token.kind == SQL_TOKEN_WORD || token.kind == SQL_TOKEN_SIGN) &&
	       len == strlen(word) && strncasecmp(text + token.begin, word, len) == 0;
}

char *sql_token_value(const char *text, struct sql_token token, struct arena *arena)
{
	const char *s = text + token.begin;
	size_t len = token.end - token.begin;
	if ((*s != '"' && *s != '\'') || len < 2)
		return arena_copy_bytes(arena, s, len);
	char *value = arena_copy_bytes(arena, s + 1, len - 2);
	if (!value)
		return NULL;
	size_t kept = 0;
	for (size_t i = 0; i < len - 2; i++) {
		value[kept++] = value[i];
		if (value[i] == *s && value[i + 1] == *s)
			i++;
	}
	value[kept] = 0;
	return value;
}

int sql_next_statement(const char *text, size_t len, size_t from, struct sql_range *out)
{
	bool any = false;
	for (;;) {
		struct sql_token token = sql_lex(text, len, from);
		bool is_end = token.kind == SQL_TOKEN_END || sql_token_is(text, token, ";");
		if (is_end && (any || token.kind == SQL_TOKEN_END))
			return any;
		from = token.end;
		if (is_end)
			continue; /* a statement of nothing */
		out->begin = any ? out->begin : token.begin;
		out->end = token.end;
		any = true;
	}
}
