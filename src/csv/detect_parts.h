/* SPDX-License-Identifier: Apache-2.0 */
/* detect_parts: what detect.c is made of; private to this folder. */
#ifndef VITRINE_CSV_DETECT_PARTS_H
#define VITRINE_CSV_DETECT_PARTS_H

#include "csv/detect.h"

/* ---- the encoding, from all bytes: detect_encoding.c ----
 * Fails: REFUSED (empty; no text), as csv_input_read(). Cost: reads the file once. */
int csv_detect_encoding(const char *path, enum csv_encoding *out, struct error *err);

/* ---- delimiter and quote, from the beginning: detect_dialect.c ---- */
struct csv_detect_guess {
	char delimiter, quote;
	size_t fields;          /* of most records */
	int64_t records, alike; /* alike: with so many fields */
	int64_t damaged;
	bool is_first_alike; /* the first record has as many */
	bool is_sure;
};
/* `dialect` says the encoding and gets the rest. Fails: REFUSED (no guess explains half). */
int csv_detect_guess(const char *path, struct csv_dialect *dialect, struct csv_detect_guess *out,
		     struct error *err);

/* A delimiter for people: "tabs", or itself within quotes. */
enum { CSV_DETECT_SHOWN_SIZE = 8 };
const char *csv_detect_show(char delimiter, char out[CSV_DETECT_SHOWN_SIZE]);

/* ---- what the values of a column can be: detect_values.c ----
 * Each value rules out what it is not; what is left at the end was proven by all of them. */

/* Ways to write numbers: a decimal mark and a thousands mark. */
enum { CSV_DETECT_STYLES = 8 };
extern const char csv_detect_styles[CSV_DETECT_STYLES][2];

struct csv_detect_values {
	int64_t values, nulls, empties; /* empties: quoted and empty; values: all else but words */
	int64_t words[CSV_NULL_WORDS];  /* how often each null word stands there unquoted */
	bool is_dead;                   /* nothing but text is left */
	bool has_digits;                /* whole numbers without a mark */
	bool has_marks;                 /* numbers with one: which style matters */
	bool has_leading_zeros;
	bool has_exponent;
	bool can_be_boolean, can_be_compact_date;
	unsigned char numbers; /* a bit for each style that explains all numbers */
	unsigned char dates;   /* a bit for each enum csv_date_order that explains all dates */
	bool has_dates, has_times, has_offsets;
	int64_t whole_max[CSV_DETECT_STYLES], places_max[CSV_DETECT_STYLES];
	int64_t digits_max; /* of whole numbers without a mark */
	size_t len_min, len_max;
};

void csv_detect_values_init(struct csv_detect_values *values);
void csv_detect_values_add(struct csv_detect_values *values, const char *bytes, size_t len,
			   bool is_quoted);
/* The type under a style and an order of dates; `header` may be NULL. */
struct csv_type csv_detect_values_type(const struct csv_detect_values *values, size_t style,
				       enum csv_date_order order, const char *header);
/* The words that a contract may list, ended by NULL. */
extern const char *const csv_detect_null_words[CSV_NULL_WORDS + 1];

/* ---- which columns are unique: detect_unique.c ----
 * Sets of 64-bit hashes, all of them within one budget of bytes; a set that would pass it is given
 * up. Two values with one hash would be taken for one: 1 in 10^7 for a million values. */
struct csv_detect_set {
	uint64_t *slots; /* 0 = free */
	size_t capacity, count;
	bool has_repeats;
	bool is_given_up;
};
void csv_detect_set_done(struct csv_detect_set *set);
int csv_detect_set_add(struct csv_detect_set *set, uint64_t hash, size_t *bytes_left,
		       struct error *err);

#endif
