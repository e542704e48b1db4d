/* SPDX-License-Identifier: Apache-2.0 */
/* typing_parts: what typing.c is made of; private to this folder. Fields come without
 * blanks around them and are not empty. Nothing is written to `out` unless OK is returned. */
#ifndef VITRINE_CSV_TYPING_PARTS_H
#define VITRINE_CSV_TYPING_PARTS_H

#include "csv/typing.h"

/* Whole numbers, then the rest of what typing_number.c reads. */
enum csv_typed csv_typing_bigint(const struct csv_dialect *dialect, const char *s, size_t len,
				 int64_t *out);
enum csv_typed csv_typing_integer(const struct csv_dialect *dialect, const char *s, size_t len,
				  int32_t *out);
enum csv_typed csv_typing_decimal(const struct csv_typing *typing, const char *s, size_t len,
				  void *out);
enum csv_typed csv_typing_double(const struct csv_dialect *dialect, const char *s, size_t len,
				 double *out);

/* How a number is written: for detection. */
struct csv_number_shape {
	int64_t whole,
		places; /* digits before the decimal mark, without zeros in front, and after */
	bool has_exponent;
};
/* False: it is no number that the dialect's marks explain ("inf" and "nan" are none). */
bool csv_typing_number_shape(const struct csv_dialect *dialect, const char *s, size_t len,
			     struct csv_number_shape *out);

/* Dates and times: typing_time.c. */
enum csv_typed csv_typing_date(const struct csv_typing *typing, const char *s, size_t len,
			       int32_t *out);
enum csv_typed csv_typing_timestamp(const struct csv_typing *typing, const char *s, size_t len,
				    int64_t *out);

static inline bool csv_typing_is_digit(char c)
{
	return (unsigned char)(c - '0') <= 9;
}

#endif
