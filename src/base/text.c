/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"

void text_done(struct text *t)
{
	free(t->data);
	*t = (struct text){.len_max = t->len_max};
}

void text_clear(struct text *t)
{
	t->len = 0;
	t->out_of_memory = t->too_long = false;
	if (t->data)
		t->data[0] = '\0';
}

/* Room for `more` bytes and the terminator; false, remembered, when there is none. */
static bool make_room(struct text *t, size_t more)
{
	if (t->out_of_memory || t->too_long)
		return false;
	size_t len_max = t->len_max ? t->len_max : TEXT_LEN_MAX;
	if (more > len_max || t->len > len_max - more) {
		t->too_long = true;
		return false;
	}
	struct error unused;
	if (mem_grow(&t->data, &t->capacity, t->len + more + 1, 1, &unused) < 0)
		t->out_of_memory = true;
	return !t->out_of_memory;
}

void text_add_bytes(struct text *t, const void *bytes, size_t len)
{
	if (!make_room(t, len))
		return;
	if (len)
		memcpy(t->data + t->len, bytes, len);
	t->len += len;
	t->data[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_add_bytes(t, s, strlen(s));
}

void text_add_char(struct text *t, char c)
{
	text_add_bytes(t, &c, 1);
}

void text_addv(struct text *t, const char *format, va_list args)
{
	va_list again;
	va_copy(again, args);
	int need = vsnprintf(NULL, 0, format, args);
	if (need >= 0 && make_room(t, (size_t)need)) {
		vsnprintf(t->data + t->len, (size_t)need + 1, format, again);
		t->len += (size_t)need;
	}
	va_end(again);
}

void text_addf(struct text *t, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	text_addv(t, format, args);
	va_end(args);
}

/* The length of the UTF-8 sequence at `s`, or 0 when it is not one (overlong, surrogate, cut). */
static size_t sequence_length(const unsigned char *s, size_t len)
{
	if (s[0] < 0x80)
		return 1;
	size_t need = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
	if (s[0] < 0xC2 || s[0] > 0xF4 || need > len)
		return 0;
	for (size_t i = 1; i < need; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
	    (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
		return 0;
	return need;
}

bool text_is_utf8(const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = sequence_length((const unsigned char *)s + i, len - i);
		if (!n)
			return false;
		i += n;
	}
	return true;
}

void text_add_json(struct text *t, const char *s, size_t len)
{
	text_add_char(t, '"');
	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)s[i];
		size_t n = sequence_length((const unsigned char *)s + i, len - i);
		if (c == '"' || c == '\\') {
			text_add_char(t, '\\');
			text_add_char(t, (char)c);
		} else if (c == '\n') {
			text_add(t, "\\n");
		} else if (c == '\t') {
			text_add(t, "\\t");
		} else if (c == '\r') {
			text_add(t, "\\r");
		} else if (c < 0x20 || c == 0x7F) {
			text_addf(t, "\\u%04x", c);
		} else if (!n) {
			text_add(t, "\\ufffd");
		} else {
			text_add_bytes(t, s + i, n);
		}
		i += n ? n : 1;
	}
	text_add_char(t, '"');
}

static void add_quoted(struct text *t, const char *s, char quote)
{
	text_add_char(t, quote);
	for (; *s; s++) {
		if (*s == quote)
			text_add_char(t, quote);
		text_add_char(t, *s);
	}
	text_add_char(t, quote);
}

void text_add_identifier(struct text *t, const char *name)
{
	add_quoted(t, name, '"');
}

void text_add_literal(struct text *t, const char *s)
{
	add_quoted(t, s, '\'');
}

int text_check(const struct text *t, struct error *err)
{
	if (t->out_of_memory)
		return err_memory(err);
	if (t->too_long)
		return err_set(err, ERR_LIMIT, "a text passes its maximum of %zu bytes",
			       t->len_max ? t->len_max : (size_t)TEXT_LEN_MAX);
	return 0;
}

char *text_take(struct text *t, struct error *err)
{
	text_add_bytes(t, "", 0);
	if (text_check(t, err) < 0) {
		text_done(t);
		return NULL;
	}
	char *data = t->data;
	*t = (struct text){.len_max = t->len_max};
	return data;
}

char *text_format(struct error *err, const char *format, ...)
{
	struct text t = {0};
	va_list args;
	va_start(args, format);
	text_addv(&t, format, args);
	va_end(args);
	return text_take(&t, err);
}

bool text_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool text_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *s, const char *suffix)
{
	size_t len = strlen(s), tail = strlen(suffix);
	return len >= tail && strcmp(s + len - tail, suffix) == 0;
}

bool text_is_name(const char *s)
{
	if (*s < 'a' || *s > 'z')
		return false;
	size_t len = 0;
	for (; s[len]; len++)
		if (!(s[len] >= 'a' && s[len] <= 'z') && !(s[len] >= '0' && s[len] <= '9') &&
		    s[len] != '_')
			return false;
	return len <= NAME_LEN_MAX;
}

/* East Asian wide and emoji blocks; enough to keep a table's columns straight. */
static bool is_wide(uint32_t c)
{
	return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) ||
	       (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
	       (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
	       (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD);
}

size_t text_width(const char *s, size_t len)
{
	size_t width = 0;
	for (size_t i = 0; i < len;) {
		const unsigned char *u = (const unsigned char *)s + i;
		size_t n = sequence_length(u, len - i);
		uint32_t c = n == 4 ? (uint32_t)(u[0] & 7) << 18 | (uint32_t)(u[1] & 63) << 12 |
					      (uint32_t)(u[2] & 63) << 6 | (u[3] & 63)
			     : n == 3 ? (uint32_t)(u[0] & 15) << 12 | (uint32_t)(u[1] & 63) << 6 |
						(u[2] & 63)
			     : n == 2 ? (uint32_t)(u[0] & 31) << 6 | (u[1] & 63)
				      : u[0];
		if (c < 0x300 || c > 0x36F) /* combining marks take no column */
			width += is_wide(c) ? 2 : 1;
		i += n ? n : 1;
	}
	return width;
}

size_t text_cut(const char *s, size_t width)
{
	size_t len = 0, end = 0, all = strlen(s);
	if (text_width(s, all) <= width)
		return all;
	while (text_width(s, len) < width) {
		end = len;
		for (len++; ((unsigned char)s[len] & 0xC0) == 0x80;)
			len++;
	}
	return end;
}

/* Damerau-Levenshtein (optimal string alignment) over at most NAME_LEN_MAX bytes. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t m = strlen(a), n = strlen(b);
	enum { SIDE = NAME_LEN_MAX + 1 };
	if (m >= SIDE || n >= SIDE)
		return SIDE;
	unsigned char d[SIDE][SIDE];
	for (size_t i = 0; i <= m; i++)
		d[i][0] = (unsigned char)i;
	for (size_t j = 0; j <= n; j++)
		d[0][j] = (unsigned char)j;
	for (size_t i = 1; i <= m; i++)
		for (size_t j = 1; j <= n; j++) {
			unsigned change = d[i - 1][j - 1] + (unsigned)(a[i - 1] != b[j - 1]);
			unsigned best = d[i - 1][j] + 1U;
			if (d[i][j - 1] + 1U < best)
				best = d[i][j - 1] + 1U;
			if (change < best)
				best = change;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1U < best)
				best = d[i - 2][j - 2] + 1U;
			d[i][j] = (unsigned char)best;
		}
	return d[m][n];
}

const char *text_nearest(const char *word, const char *const *words)
{
	size_t len = strlen(word), best_distance = len < 4 ? 1 : len < 8 ? 2 : 3;
	const char *best = NULL;
	for (; *words; words++) {
		size_t distance = edit_distance(word, *words);
		if (distance < best_distance + (best == NULL)) {
			best = *words;
			best_distance = distance;
		}
	}
	return best;
}

bool text_to_int64(const char *s, int64_t *out)
{
	char *end;
	errno = 0;
	long long value = strtoll(s, &end, 10);
	if (end == s || *end || errno || isspace((unsigned char)*s))
		return false;
	*out = value;
	return true;
}

struct unit {
	const char *name;
	double factor;
};

/* "<number> <unit>" by a table of units that ends with a NULL name. */
static bool to_quantity(const char *s, const struct unit *units, int64_t *out)
{
	char *end;
	double value = strtod(s, &end);
	if (end == s || !isfinite(value) || value < 0)
		return false;
	while (*end == ' ')
		end++;
	for (; units->name; units++)
		if (strcasecmp(end, units->name) == 0) {
			value *= units->factor;
			if (value > 9e18)
				return false;
			*out = (int64_t)(value + 0.5);
			return true;
		}
	return false;
}

bool text_to_bytes(const char *s, int64_t *out)
{
	static const struct unit units[] = {{"", 1},
					    {"B", 1},
					    {"kB", 1e3},
					    {"MB", 1e6},
					    {"GB", 1e9},
					    {"TB", 1e12},
					    {"KiB", 1024.},
					    {"MiB", 1048576.},
					    {"GiB", 1073741824.},
					    {"TiB", 1099511627776.},
					    {NULL, 0}};
	return to_quantity(s, units, out);
}

bool text_to_duration_us(const char *s, int64_t *out)
{
	static const struct unit units[] = {
		{"ms", 1e3},      {"s", 1e6},       {"sec", 1e6},      {"second", 1e6},
		{"seconds", 1e6}, {"m", 6e7},       {"min", 6e7},      {"minute", 6e7},
		{"minutes", 6e7}, {"h", 3.6e9},     {"hour", 3.6e9},   {"hours", 3.6e9},
		{"d", 8.64e10},   {"day", 8.64e10}, {"days", 8.64e10}, {NULL, 0}};
	return to_quantity(s, units, out);
}
