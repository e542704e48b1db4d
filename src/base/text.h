/* SPDX-License-Identifier: Apache-2.0 */
/* text: a growing text, and small questions about texts.
 *
 * A `struct text` starts as {0}. Adding never fails on the spot: a refused allocation or the
 * maximum passed is remembered, and text_take() or text_check() reports it once, at the end.
 * `data` is always terminated and never NULL after the first addition; it may hold NUL bytes. */
#ifndef VITRINE_BASE_TEXT_H
#define VITRINE_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

struct error;

struct text {
	char *data;
	size_t len, capacity;
	size_t len_max; /* 0 = TEXT_LEN_MAX of limits.h */
	bool out_of_memory, too_long;
};

void text_done(struct text *t);
OWN_DEFINE_EMBEDDED(text, text_done)

void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const void *bytes, size_t len);
void text_add_char(struct text *t, char c);
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_addv(struct text *t, const char *format, va_list args);
/* As a JSON string with its quotes: control characters and invalid UTF-8 are escaped. */
void text_add_json(struct text *t, const char *s, size_t len);
/* As a quoted SQL identifier ("a""b") or literal ('it''s'). */
void text_add_identifier(struct text *t, const char *name);
void text_add_literal(struct text *t, const char *s);

/* Forget the content, keep the room. */
void text_clear(struct text *t);
/* 0, or -1 with MEMORY or LIMIT. */
int text_check(const struct text *t, struct error *err);
/* The content, which the caller now owns; `t` is empty again. NULL with `err` set on failure. */
char *text_take(struct text *t, struct error *err);

/* A new text printed by `format`; NULL with MEMORY in `err`. Owner: caller. */
char *text_format(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3), warn_unused_result));

bool text_equal(const char *a, const char *b); /* NULL equals only NULL */
bool text_starts(const char *s, const char *prefix);
bool text_ends(const char *s, const char *suffix);
/* [a-z][a-z0-9_]*, at most 63 bytes: what a table, column or source may be called. */
bool text_is_name(const char *s);
bool text_is_utf8(const char *s, size_t len);
/* How many columns of a terminal `s` takes, counting characters, wide ones twice. */
size_t text_width(const char *s, size_t len);
/* How many bytes of `s` are shown where only `width` columns are free: all, or as many as leave
 * room for a "…" behind them. */
size_t text_cut(const char *s, size_t width);

/* The entry of `words` (NULL-terminated) nearest to `word` by edit distance, or NULL when none
 * is near enough to be a plausible slip. For "did you mean ...?". */
const char *text_nearest(const char *word, const char *const *words);

/* Whole decimal text to a number; false when it is anything else or out of range. */
bool text_to_int64(const char *s, int64_t *out);
/* "512", "64 KiB", "2GB", "1.5 GiB" to bytes. */
bool text_to_bytes(const char *s, int64_t *out);
/* "45 s", "10 min", "2h", "7 days" to microseconds. */
bool text_to_duration_us(const char *s, int64_t *out);

#endif
