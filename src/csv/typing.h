/* SPDX-License-Identifier: Apache-2.0 */
/* typing: from a field's bytes to a typed value, or the reason why there is none. Pure: no memory
 * is asked for, no state is kept, safe from any thread.
 *
 * C values by type: TEXT none (taken as bytes); BIGINT int64_t; INTEGER int32_t; DECIMAL the
 * unscaled number as int16_t up to 4 digits, int32_t up to 9, int64_t up to 18, __int128 up to 38;
 * DOUBLE double; BOOLEAN uint8_t; DATE int32_t days since 1970; TIMESTAMP int64_t microseconds
 * since 1970, civil. */
#ifndef VITRINE_CSV_TYPING_H
#define VITRINE_CSV_TYPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "csv/dialect.h"

enum csv_kind {
	CSV_TEXT,
	CSV_BIGINT,
	CSV_INTEGER,
	CSV_DECIMAL,
	CSV_DOUBLE,
	CSV_BOOLEAN,
	CSV_DATE,
	CSV_TIMESTAMP
};

struct csv_type {
	enum csv_kind kind;
	int precision, scale; /* of DECIMAL: 1..38, 0..precision */
};

/* Bytes of one C value; 0 for TEXT. */
size_t csv_type_size(struct csv_type type);
/* "decimal(18,2)", "bigint", ...: CSV_TYPE_NAME_SIZE bytes at `out`, which is returned. */
enum { CSV_TYPE_NAME_SIZE = 24 };
const char *csv_type_name(struct csv_type type, char out[CSV_TYPE_NAME_SIZE]);

enum csv_typed {
	CSV_TYPED_OK,
	CSV_TYPED_WRONG,     /* not of the type */
	CSV_TYPED_PRECISION, /* more decimal places than the type has */
	CSV_TYPED_RANGE      /* of the type, but too great or too small for it */
};

struct csv_typing {
	struct csv_type type;
	const struct csv_dialect *dialect; /* decimal, thousands, order of dates */
	const char *time_zone;             /* for times with an offset; NULL = UTC */
	bool round;
};

/* Type one field, unquoted and unescaped; blanks and tabs around the value are no part of it, and a
 * field of nothing else is WRONG. The value goes to `out`, which keeps what it had unless OK is
 * returned. What is taken:
 *   BIGINT, INTEGER  [+-]digits, with the dialect's thousands mark at every third digit or nowhere;
 *                    a blank as mark may be a no-break space (U+00A0, U+202F)
 *   DECIMAL          the same with the dialect's decimal mark; an exponent is not taken; trailing
 *                    zeros beyond the scale are no loss; what does not fit the digits before the
 *                    mark is RANGE whatever follows it
 *   DOUBLE           the same and an exponent, inf, infinity and nan in any case; correctly rounded
 *                    (so what is nearer to zero than the least double is zero)
 *   BOOLEAN          true/false, t/f, yes/no, y/n, 1/0 in any case
 *   DATE             yyyy-mm-dd, yyyy/mm/dd, yyyymmdd; dd/mm/yyyy, dd-mm-yyyy, dd.mm.yyyy by the
 *                    order; days and months of one digit; a time of midnight may follow
 *   TIMESTAMP        a date, then ' ' or 'T' and hh:mm[:ss[.ffffff]], then nothing, 'Z', "UTC" or
 *                    an offset (+03, +0300, +03:00), perhaps after a blank: the civil time in
 *                    `time_zone`; a date alone is midnight. Leap seconds are not taken.
 * Years are 1 to 9999; others are RANGE. A day that no calendar has is WRONG.
 * Never called for TEXT. */
enum csv_typed csv_type_field(const struct csv_typing *typing, const char *bytes, size_t len,
			      void *out);

#endif
