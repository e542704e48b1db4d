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

struct csv_found {
	struct csv_dialect dialect;
	struct csv_found_column *columns;
	size_t count;
	int64_t records;
	int64_t damaged, misshapen; /* records that the dialect does not explain */
	bool is_dialect_sure;       /* no other dialect explains as many records */
};

void csv_found_done(struct csv_found *found);
OWN_DEFINE_EMBEDDED(csv_found, csv_found_done)

/* Find and prove. Reads the file about twice. Numbers are DECIMAL with the places seen (at least
 * decimal(18,2) where all have at most two) unless they have an exponent. A column of nothing but
 * NULLs is TEXT.
 * Owner of `out`: caller. Fails: REFUSED (an empty file, binary garbage: no dialect explains it),
 * as csv_input_read(). Memory: bounded, some MB whatever the file. */
int csv_detect(const char *path, struct csv_found *out, struct error *err);

#endif
