/* SPDX-License-Identifier: Apache-2.0 */
/* detect: how a file is written, found from its beginning and then proven on all of it: every
 * record has the same number of fields, every value fits the types found. What the proof does not
 * bear out is widened (date to text, bigint to decimal to double to text), never kept as a guess.
 * For `vitrine init` and for warnings at landing. */
#ifndef VITRINE_CSV_DETECT_H
#define VITRINE_CSV_DETECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "csv/dialect.h"
#include "csv/typing.h"

struct error;

struct csv_found_column {
	char *header; /* as the file writes it; "column_3" without a header */
	struct csv_type type;
	int64_t values, nulls;
	bool is_unique;         /* no value occurs twice, as far as was kept track of (see below) */
	bool is_unique_sure;    /* false: too many values to keep track of */
	bool has_leading_zeros; /* digits that begin with 0: an identifier, so text */
};

enum { CSV_NULL_WORDS = 6 };

struct csv_found {
	struct csv_dialect dialect;
	/* Words like "NULL" that stand where numbers, dates or booleans stand otherwise: contracts
	 * say so by `null:`. Ended by NULL. */
	const char *nulls[CSV_NULL_WORDS + 1];
	struct csv_found_column *columns;
	size_t count;
	size_t unique_prefix; /* 2 or 3: so many first columns together are unique and never NULL,
				 fewer are not; 0: not so */
	int64_t records;
	int64_t damaged, misshapen; /* records that the dialect does not explain */
	int64_t misencoded;         /* records that the encoding does not explain */
	bool is_dialect_sure;       /* no other dialect explains as many records */
	bool has_unsure_dates;      /* dates that may be day/month or month/day: taken as text */
};

void csv_found_done(struct csv_found *found);
OWN_DEFINE_EMBEDDED(csv_found, csv_found_done)

/* Find and prove. Reads the file about twice. What a person should know of what is chosen:
 * - The encoding: a byte-order mark; UTF-16 by its zero bytes; UTF-8 where the file is that but for
 *   a few bytes; windows-1252 where it uses what latin-1 lacks; else latin-1.
 * - Whole numbers are BIGINT; with leading zeros or more than 18 digits TEXT, for they are
 *   identifiers; so are those of columns named like a postal code, telephone or document. 0 and 1
 *   stay BIGINT; BOOLEAN is true and false only.
 * - Other numbers are DECIMAL with the places seen (at least decimal(18,2)); with an exponent or
 * more than nine places, as programs print floating point, they are DOUBLE.
 * - Dates whose day never passes 12 could be read both ways: where the file is otherwise written as
 *   in countries with a decimal comma, dd/mm; else they are TEXT and has_unsure_dates is true.
 * Eight digits are a DATE only in a column named like one.
 * - A column of times that are all midnight is DATE. One of nothing but NULLs is TEXT.
 * Owner of `out`: caller. Fails: REFUSED (an empty file, no text, no dialect that explains at least
 * half of it; the message says which), LIMIT (more than COLUMNS_MAX fields), as csv_input_read().
 * Memory: bounded, some MB, whatever the file; uniqueness takes up to CSV_UNIQUE_MAX more. */
int csv_detect(const char *path, struct csv_found *out, struct error *err);

#endif
