/* SPDX-License-Identifier: Apache-2.0 */
/* Each kind of number has two ways: a short one for what nearly every field is (no thousands mark,
 * few digits), in one loop over 64 bits; and a general one that first checks how the number is
 * written and then reads its digits. The short way gives up rather than decide: only the general
 * one says what is wrong. */
#include "csv/typing_parts.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	SHORT_DIGITS_MAX = 18, /* any number of so many digits fits 63 bits */
	/* A double half-way between two neighbours has at most 767 significant digits; with what
	 * follows these folded into one more digit, rounding cannot differ. */
	DOUBLE_DIGITS_MAX = 800,
	DOUBLE_EXPONENT_MAX = 99999 /* beyond it all is infinite or zero */
};

static const int64_t powers_of_ten[SHORT_DIGITS_MAX + 1] = {
	1,
	10,
	100,
	1000,
	10000,
	100000,
	1000000,
	10000000,
	100000000,
	1000000000,
	10000000000,
	100000000000,
	1000000000000,
	10000000000000,
	100000000000000,
	1000000000000000,
	10000000000000000,
	100000000000000000,
	1000000000000000000,
};

/* ---- the short way ---- */

struct short_number {
	bool negative;
	int64_t value; /* all digits, as if there were no decimal mark */
	int places;
};

static bool is_sign(char c)
{
	return c == '-' || c == '+';
}

static bool read_short(const char *s, size_t len, char decimal, struct short_number *out)
{
	out->negative = *s == '-';
	if (is_sign(*s)) {
		s++;
		len--;
	}
	if (len == 0 || len > SHORT_DIGITS_MAX)
		return false;
	int64_t value = 0;
	size_t mark = len;
	for (size_t i = 0; i < len; i++) {
		if (csv_typing_is_digit(s[i]))
			value = value * 10 + (s[i] - '0');
		else if (s[i] == decimal && mark == len && len > 1)
			mark = i;
		else
			return false;
	}
	out->value = value;
	out->places = mark == len ? 0 : (int)(len - 1 - mark);
	return true;
}

static bool read_short_whole(const char *s, size_t len, int64_t *out)
{
	bool negative = *s == '-';
	if (is_sign(*s)) {
		s++;
		len--;
	}
	if (len == 0 || len > SHORT_DIGITS_MAX)
		return false;
	int64_t value = 0;
	for (size_t i = 0; i < len; i++) {
		if (!csv_typing_is_digit(s[i]))
			return false;
		value = value * 10 + (s[i] - '0');
	}
	*out = negative ? -value : value;
	return true;
}

/* ---- the general way: how a number is written ---- */

struct written {
	bool negative;
	bool has_mark, has_exponent;
	const char *whole, *whole_end; /* with its thousands marks */
	const char *places, *places_end;
	int64_t exponent;
};

static const char *skip_digits(const char *p, const char *end)
{
	while (p < end && csv_typing_is_digit(*p))
		p++;
	return p;
}

/* Bytes of the thousands mark at `p`; 0 = there is none. A blank may be the no-break space U+00A0
 * or its narrow sister U+202F, which is what programs of many countries write. */
static size_t mark_len(const char *p, const char *end, char thousands)
{
	size_t left = (size_t)(end - p);
	if (!thousands || left == 0)
		return 0;
	if (*p == thousands)
		return 1;
	if (thousands == ' ' && left >= 2 && memcmp(p, "\xC2\xA0", 2) == 0)
		return 2;
	return thousands == ' ' && left >= 3 && memcmp(p, "\xE2\x80\xAF", 3) == 0 ? 3 : 0;
}

/* The end of a whole number: digits alone, or one to three digits (the first not 0) and then groups
 * of exactly three, each after a mark. NULL: marks stand where they may not. */
static const char *skip_whole(const char *p, const char *end, char thousands)
{
	const char *first = p;
	p = skip_digits(p, end);
	if (mark_len(p, end, thousands) == 0)
		return p;
	if (p == first || p - first > 3 || *first == '0')
		return NULL;
	for (size_t mark; (mark = mark_len(p, end, thousands)) > 0;) {
		const char *group = p + mark;
		p = skip_digits(group, end);
		if (p - group != 3)
			return NULL;
	}
	return p;
}

/* The digits after 'e'. Too great an exponent is kept as one that is still too great after a
 * field's worth of decimal places is taken from it. */
static const char *read_exponent(const char *p, const char *end, int64_t *out)
{
	static const int64_t enough = (int64_t)1 << 40;
	bool negative = p < end && *p == '-';
	if (p < end && is_sign(*p))
		p++;
	const char *first = p;
	for (*out = 0; p < end && csv_typing_is_digit(*p); p++)
		if (*out < enough)
			*out = *out * 10 + (*p - '0');
	if (negative)
		*out = -*out;
	return p > first ? p : NULL;
}

static bool read_written(const struct csv_dialect *dialect, const char *s, size_t len,
			 struct written *out)
{
	const char *p = s, *end = s + len;
	*out = (struct written){.negative = *s == '-'};
	if (is_sign(*p))
		p++;
	out->whole = p;
	p = skip_whole(p, end, dialect->thousands);
	if (!p)
		return false;
	out->whole_end = out->places = out->places_end = p;
	if (p < end && *p == dialect->decimal) {
		out->has_mark = true;
		out->places = ++p;
		out->places_end = p = skip_digits(p, end);
	}
	if (out->whole == out->whole_end && out->places == out->places_end)
		return false;
	if (p < end && (*p == 'e' || *p == 'E')) {
		out->has_exponent = true;
		p = read_exponent(p + 1, end, &out->exponent);
	}
	return p == end;
}

bool csv_typing_number_shape(const struct csv_dialect *dialect, const char *s, size_t len,
			     struct csv_number_shape *out)
{
	struct written written;
	if (!read_written(dialect, s, len, &written))
		return false;
	*out = (struct csv_number_shape){.places = written.places_end - written.places,
					 .has_exponent = written.has_exponent};
	for (const char *p = written.whole; p < written.whole_end; p++)
		out->whole += csv_typing_is_digit(*p) && (out->whole > 0 || *p != '0');
	return true;
}

/* ---- whole numbers ---- */

/* The number that the digits of the whole part make. False: more than `digits_max` of them, zeros
 * in front not counted. */
static bool read_digits(const struct written *written, int digits_max, unsigned __int128 *out)
{
	int digits = 0;
	*out = 0;
	for (const char *p = written->whole; p < written->whole_end; p++) {
		if (!csv_typing_is_digit(*p) || (digits == 0 && *p == '0'))
			continue;
		if (++digits > digits_max)
			return false;
		*out = *out * 10 + (unsigned)(*p - '0');
	}
	return true;
}

static enum csv_typed read_bigint(const struct csv_dialect *dialect, const char *s, size_t len,
				  int64_t *out)
{
	struct written written;
	if (!read_written(dialect, s, len, &written) || written.has_mark || written.has_exponent)
		return CSV_TYPED_WRONG;
	unsigned __int128 value;
	if (!read_digits(&written, SHORT_DIGITS_MAX + 1, &value) ||
	    value > (unsigned __int128)INT64_MAX + written.negative)
		return CSV_TYPED_RANGE;
	*out = (int64_t)(written.negative ? -(__int128)value : (__int128)value);
	return CSV_TYPED_OK;
}

enum csv_typed csv_typing_bigint(const struct csv_dialect *dialect, const char *s, size_t len,
				 int64_t *out)
{
	return read_short_whole(s, len, out) ? CSV_TYPED_OK : read_bigint(dialect, s, len, out);
}

enum csv_typed csv_typing_integer(const struct csv_dialect *dialect, const char *s, size_t len,
				  int32_t *out)
{
	int64_t value;
	enum csv_typed typed = csv_typing_bigint(dialect, s, len, &value);
	if (typed != CSV_TYPED_OK)
		return typed;
	if (value < INT32_MIN || value > INT32_MAX)
		return CSV_TYPED_RANGE;
	*out = (int32_t)value;
	return CSV_TYPED_OK;
}

/* ---- decimals ---- */

static void store_decimal(int precision, __int128 value, void *out)
{
	if (precision <= 4)
		*(int16_t *)out = (int16_t)value;
	else if (precision <= 9)
		*(int32_t *)out = (int32_t)value;
	else if (precision <= 18)
		*(int64_t *)out = (int64_t)value;
	else
		memcpy(out, &value, sizeof value); /* callers' arrays need not be aligned to 16 */
}

static bool read_short_decimal(const struct csv_typing *typing, const char *s, size_t len,
			       int64_t *out)
{
	struct csv_type type = typing->type;
	struct short_number number;
	if (type.precision > SHORT_DIGITS_MAX ||
	    !read_short(s, len, typing->dialect->decimal, &number))
		return false;
	int missing = type.scale - number.places;
	if (missing < 0 || number.value >= powers_of_ten[type.precision - missing])
		return false;
	number.value *= powers_of_ten[missing];
	*out = number.negative ? -number.value : number.value;
	return true;
}

/* The digits after the mark, of which `scale` are kept; `*out_up`: what is dropped rounds up. */
static enum csv_typed add_places(const struct written *written, int scale, bool round,
				 unsigned __int128 *value, bool *out_up)
{
	const char *p = written->places, *end = written->places_end;
	for (int i = 0; i < scale; i++)
		*value = *value * 10 + (unsigned)(p < end ? *p++ - '0' : 0);
	*out_up = round && p < end && *p >= '5';
	while (p < end && *p == '0')
		p++;
	return p < end && !round ? CSV_TYPED_PRECISION : CSV_TYPED_OK;
}

static unsigned __int128 power_of_ten(int n)
{
	unsigned __int128 power = 1;
	while (n-- > 0)
		power *= 10;
	return power;
}

static enum csv_typed read_decimal(const struct csv_typing *typing, const char *s, size_t len,
				   void *out)
{
	struct csv_type type = typing->type;
	struct written written;
	if (!read_written(typing->dialect, s, len, &written) || written.has_exponent)
		return CSV_TYPED_WRONG;
	unsigned __int128 value;
	bool up;
	if (!read_digits(&written, type.precision - type.scale, &value))
		return CSV_TYPED_RANGE;
	enum csv_typed typed = add_places(&written, type.scale, typing->round, &value, &up);
	if (typed != CSV_TYPED_OK)
		return typed;
	value += up;
	if (value >= power_of_ten(type.precision))
		return CSV_TYPED_RANGE;
	store_decimal(type.precision, written.negative ? -(__int128)value : (__int128)value, out);
	return CSV_TYPED_OK;
}

enum csv_typed csv_typing_decimal(const struct csv_typing *typing, const char *s, size_t len,
				  void *out)
{
	int64_t value;
	if (!read_short_decimal(typing, s, len, &value))
		return read_decimal(typing, s, len, out);
	store_decimal(typing->type.precision, value, out);
	return CSV_TYPED_OK;
}

/* ---- doubles ---- */

/* Two exact doubles and one operation give the correctly rounded result.
 * Source: W. Clinger, "How to Read Floating Point Numbers Accurately", 1990, the easy case. */
static bool read_short_double(const struct csv_dialect *dialect, const char *s, size_t len,
			      double *out)
{
	struct short_number number;
	if (!read_short(s, len, dialect->decimal, &number) || number.value > (int64_t)1 << 53)
		return false;
	double value = (double)number.value / (double)powers_of_ten[number.places];
	*out = number.negative ? -value : value;
	return true;
}

static bool read_special_double(const char *s, size_t len, double *out)
{
	static const struct {
		const char *word;
		double value;
	} specials[] = {{"inf", INFINITY}, {"infinity", INFINITY}, {"nan", NAN}};
	bool negative = *s == '-';
	if (is_sign(*s)) {
		s++;
		len--;
	}
	for (size_t i = 0; i < sizeof specials / sizeof *specials; i++)
		if (len == strlen(specials[i].word) && strncasecmp(s, specials[i].word, len) == 0) {
			*out = negative ? -specials[i].value : specials[i].value;
			return true;
		}
	return false;
}

struct double_text {
	char digits[DOUBLE_DIGITS_MAX + 1];
	int len;
	bool is_sticky;  /* a digit beyond those kept is not 0 */
	int64_t dropped; /* digits beyond those kept */
};

static void add_double_digits(struct double_text *text, const char *p, const char *end)
{
	for (; p < end; p++) {
		if (!csv_typing_is_digit(*p) || (text->len == 0 && *p == '0'))
			continue;
		if (text->len < DOUBLE_DIGITS_MAX) {
			text->digits[text->len++] = *p;
		} else {
			text->is_sticky |= *p != '0';
			text->dropped++;
		}
	}
}

/* With the digits in a bounded buffer and no marks, by the C library's exact conversion. */
static double convert_double(const struct written *written)
{
	struct double_text text = {.len = 0};
	add_double_digits(&text, written->whole, written->whole_end);
	add_double_digits(&text, written->places, written->places_end);
	int64_t exponent =
		written->exponent - (written->places_end - written->places) + text.dropped;
	if (text.is_sticky) {
		text.digits[text.len++] = '1';
		exponent--;
	}
	if (exponent > DOUBLE_EXPONENT_MAX)
		exponent = DOUBLE_EXPONENT_MAX;
	if (exponent < -DOUBLE_EXPONENT_MAX)
		exponent = -DOUBLE_EXPONENT_MAX;
	char number[DOUBLE_DIGITS_MAX + 32];
	snprintf(number, sizeof number, "0%.*se%d", text.len, text.digits, (int)exponent);
	/* The C locale's object is static: nothing is asked for and nothing is to be freed. */
	return strtod_l(number, NULL, newlocale(LC_ALL_MASK, "C", (locale_t)0));
}

enum csv_typed csv_typing_double(const struct csv_dialect *dialect, const char *s, size_t len,
				 double *out)
{
	struct written written;
	if (read_short_double(dialect, s, len, out))
		return CSV_TYPED_OK;
	if (!read_written(dialect, s, len, &written))
		return read_special_double(s, len, out) ? CSV_TYPED_OK : CSV_TYPED_WRONG;
	double value = convert_double(&written);
	if (isinf(value))
		return CSV_TYPED_RANGE;
	*out = written.negative ? -value : value;
	return CSV_TYPED_OK;
}
