/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/duckdb_format.h"

#include <duckdb.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* ---- numbers ---- */

/* `out` has room for 39 digits and the end. */
static size_t print_digits(unsigned __int128 value, char *out)
{
	char digits[40];
	size_t len = 0;
	do
		digits[len++] = (char)('0' + (int)(value % 10));
	while (value /= 10);
	for (size_t i = 0; i < len; i++)
		out[i] = digits[len - 1 - i];
	out[len] = '\0';
	return len;
}

size_t format_uint128(unsigned __int128 value, char out[FORMAT_SIZE])
{
	return print_digits(value, out);
}

size_t format_int128(__int128 value, char out[FORMAT_SIZE])
{
	if (value >= 0)
		return print_digits((unsigned __int128)value, out);
	out[0] = '-';
	return 1 + print_digits(-(unsigned __int128)value, out + 1);
}

size_t format_decimal(__int128 unscaled, int scale, char out[FORMAT_SIZE])
{
	char digits[FORMAT_SIZE];
	size_t sign = unscaled < 0;
	size_t len = print_digits(sign ? -(unsigned __int128)unscaled : (unsigned __int128)unscaled,
				  digits);
	size_t places = (size_t)scale, zeros = len <= places ? places + 1 - len : 0;
	size_t whole = len + zeros - places, at = 0;
	if (sign)
		out[at++] = '-';
	for (size_t i = 0; i < len + zeros; i++) {
		if (i == whole)
			out[at++] = '.';
		out[at++] = i < zeros ? '0' : digits[i - zeros];
	}
	out[at] = '\0';
	return at;
}

/* "d.ddde+xx" with the fewest digits that read back as the same number, trailing zeros aside. That
 * they come from a correctly rounding printf makes them the nearest of their length. What is too
 * small to have all the type's digits is tried from one digit on. */
static void shortest(double value, char out[FORMAT_SIZE])
{
	for (int digits = value < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
		snprintf(out, FORMAT_SIZE, "%.*e", digits - 1, value);
		if (strtod(out, NULL) == value)
			return;
	}
}

/* Lay out digits and exponent: plain from 0.0001 up to 16 whole digits, else with an exponent. */
static size_t lay_out(const char *digits, size_t count, int exponent, char *out)
{
	size_t at = 0;
	if (exponent < -4 || exponent >= 16) {
		out[at++] = digits[0];
		if (count > 1) {
			out[at++] = '.';
			memcpy(out + at, digits + 1, count - 1);
			at += count - 1;
		}
		return at + (size_t)sprintf(out + at, "e%+03d", exponent);
	}
	int first = exponent < 0 ? exponent : 0;
	int last = (int)count - 1 > exponent + 1 ? (int)count - 1 : exponent + 1;
	for (int i = first; i <= last; i++) {
		if (i == (exponent < 0 ? first : exponent) + 1)
			out[at++] = '.';
		out[at++] = i < 0 || i >= (int)count ? '0' : digits[i];
	}
	out[at] = '\0';
	return at;
}

size_t format_double(double value, char out[FORMAT_SIZE])
{
	if (!isfinite(value)) {
		const char *word = isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
		return (size_t)snprintf(out, FORMAT_SIZE, "%s", word);
	}
	char printed[FORMAT_SIZE] = "", digits[20] = "0";
	size_t count = 0, sign = signbit(value) != 0;
	shortest(fabs(value), printed);
	char *e = strchr(printed, 'e');
	for (const char *c = printed; c < e; c++)
		if (*c != '.')
			digits[count++] = *c;
	while (count > 1 && digits[count - 1] == '0')
		count--;
	out[0] = '-';
	return sign + lay_out(digits, count, atoi(e + 1), out + sign);
}

/* DuckDB's own text: for floats, of which it writes all whole digits, also those behind the
 * shortest, and for years before 1 and after 9999. */
static size_t print_value(duckdb_value value, char out[FORMAT_SIZE])
{
	char *text = duckdb_get_varchar(value);
	size_t len = (size_t)snprintf(out, FORMAT_SIZE, "%s", text ? text : "");
	duckdb_free(text);
	duckdb_destroy_value(&value);
	return len;
}

size_t format_float(float value, char out[FORMAT_SIZE])
{
	return print_value(duckdb_create_float(value), out);
}

/* ---- times ---- */

static const int32_t YEAR_1 = -719162, YEAR_10000 = 2932897; /* days */
static const int64_t DAY_US = INT64_C(86400000000);

size_t format_date(int32_t days, char out[FORMAT_SIZE])
{
	if (days < YEAR_1 || days >= YEAR_10000)
		return print_value(duckdb_create_date((duckdb_date){days}), out);
	return strlen(clock_format_date(days, out));
}

size_t format_timestamp(int64_t us, char out[FORMAT_SIZE])
{
	if (us < YEAR_1 * DAY_US || us >= YEAR_10000 * DAY_US)
		return print_value(duckdb_create_timestamp((duckdb_timestamp){us}), out);
	size_t len = strlen(clock_format_civil(us, out));
	if (strchr(out, '.'))
		while (out[len - 1] == '0')
			out[--len] = '\0';
	return len;
}
