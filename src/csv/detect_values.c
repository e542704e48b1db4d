/* SPDX-License-Identifier: Apache-2.0 */
/* Nearly all values are plain digits, or a date or time as ISO writes it: those say nothing about
 * marks and orders and are counted at once. Only the others are tried under what is still possible,
 * and a column for which nothing is left is not looked at any more. */
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "csv/detect_parts.h"
#include "csv/typing_parts.h"

const char csv_detect_styles[CSV_DETECT_STYLES][2] = {
	{'.', '\0'}, {',', '\0'}, {',', '.'}, {'.', ','},
	{',', ' '},  {'.', '\''}, {'.', ' '}, {',', '\''},
};
const char *const csv_detect_null_words[CSV_NULL_WORDS + 1] = {"NULL", "\\N",  "N/A", "NA",
							       "NaN",  "None", NULL};

enum {
	BIGINT_DIGITS_MAX = 18, /* more are identifiers: nobody counts so far */
	MONEY_PRECISION = 18,
	MONEY_SCALE = 2,
	DECIMAL_PRECISION_MAX = 38,
	PLACES_MAX = 9, /* more are how programs print floating point */
	ROOM = 2,       /* digits that later files may have more */
	COMPACT_YEAR_MIN = 1900,
	COMPACT_YEAR_MAX = 2100
};
static const int64_t DAY = 86400 * (int64_t)1000000;
static const unsigned char all_styles = (1u << CSV_DETECT_STYLES) - 1;
static const unsigned char iso = 1u << CSV_DATE_ISO, all_orders = 7;

void csv_detect_values_init(struct csv_detect_values *values)
{
	*values = (struct csv_detect_values){.can_be_boolean = true,
					     .can_be_compact_date = true,
					     .numbers = all_styles,
					     .dates = all_orders,
					     .len_min = SIZE_MAX};
}

static bool is_word(const char *s, size_t len, const char *word)
{
	return len == strlen(word) && strncasecmp(s, word, len) == 0;
}

static size_t find_null_word(const char *s, size_t len)
{
	for (size_t i = 0; i < CSV_NULL_WORDS; i++)
		if (len == strlen(csv_detect_null_words[i]) &&
		    memcmp(s, csv_detect_null_words[i], len) == 0)
			return i;
	return CSV_NULL_WORDS;
}

static int64_t greater(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* ---- whole numbers ---- */

static bool is_digits(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!csv_typing_is_digit(s[i]))
			return false;
	return len > 0;
}

static bool is_compact_date(const char *s, size_t len)
{
	static const struct csv_dialect dialect = {.date = CSV_DATE_ISO};
	struct csv_typing typing = {.dialect = &dialect};
	int32_t days;
	int year = 0;
	if (len != 8 || csv_typing_date(&typing, s, len, &days) != CSV_TYPED_OK)
		return false;
	for (int i = 0; i < 4; i++)
		year = year * 10 + (s[i] - '0');
	return year >= COMPACT_YEAR_MIN && year <= COMPACT_YEAR_MAX;
}

/* False: it is no whole number without marks. */
static bool add_digits(struct csv_detect_values *values, const char *s, size_t len)
{
	size_t sign = *s == '-' || *s == '+';
	if (!is_digits(s + sign, len - sign))
		return false;
	values->has_digits = true;
	values->has_leading_zeros |= sign == 0 && len > 1 && *s == '0';
	values->digits_max = greater(values->digits_max, (int64_t)(len - sign));
	values->can_be_boolean = false;
	values->can_be_compact_date &= is_compact_date(s, len);
	values->dates = 0;
	return true;
}

/* ---- numbers with marks ---- */

static void add_number(struct csv_detect_values *values, const char *s, size_t len)
{
	bool is_one = false;
	if (is_word(s, len, "inf") || is_word(s, len, "-inf")) {
		values->has_exponent = true; /* a double, like what else programs print */
		return;
	}
	for (size_t i = 0; i < CSV_DETECT_STYLES; i++) {
		struct csv_dialect dialect = {.decimal = csv_detect_styles[i][0],
					      .thousands = csv_detect_styles[i][1]};
		struct csv_number_shape shape;
		unsigned bit = 1u << i;
		if (!(values->numbers & bit))
			continue;
		if (!csv_typing_number_shape(&dialect, s, len, &shape)) {
			values->numbers &= (unsigned char)~bit;
			continue;
		}
		is_one = true;
		values->has_exponent |= shape.has_exponent;
		values->whole_max[i] = greater(values->whole_max[i], shape.whole);
		values->places_max[i] = greater(values->places_max[i], shape.places);
	}
	values->has_marks |= is_one;
}

/* ---- dates and times ---- */

/* Whether a zone follows the time: "Z", "UTC" or a sign behind the first colon. */
static bool has_offset(const char *s, size_t len)
{
	const char *colon = memchr(s, ':', len);
	size_t left = colon ? (size_t)(s + len - colon) : 0;
	return colon && (memchr(colon, '+', left) || memchr(colon, '-', left) ||
			 memchr(colon, 'Z', left) || memchr(colon, 'U', left));
}

static bool is_date(enum csv_date_order order, const char *s, size_t len, int64_t *out)
{
	struct csv_dialect dialect = {.date = order};
	struct csv_typing typing = {.dialect = &dialect};
	return csv_typing_timestamp(&typing, s, len, out) == CSV_TYPED_OK;
}

static void add_date(struct csv_detect_values *values, const char *s, size_t len)
{
	int64_t us = 0;
	bool is_one = is_date(CSV_DATE_ISO, s, len, &us);
	if (!is_one) { /* what ISO explains the others do too */
		for (enum csv_date_order order = CSV_DATE_DMY; order <= CSV_DATE_MDY; order++) {
			if (is_date(order, s, len, &us))
				is_one = true;
			else
				values->dates &= (unsigned char)~(1u << order);
		}
		values->dates &= (unsigned char)~iso;
	}
	values->has_dates |= is_one;
	values->has_times |= is_one && us % DAY != 0;
	values->has_offsets |= is_one && has_offset(s, len);
}

/* ---- all of it ---- */

static void add_value(struct csv_detect_values *values, const char *s, size_t len)
{
	while (len > 0 && (*s == ' ' || *s == '\t')) {
		s++;
		len--;
	}
	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	if (len == 0)
		values->numbers = values->dates = 0;
	if (len == 0 || !add_digits(values, s, len)) {
		values->can_be_compact_date = false;
		values->can_be_boolean &= is_word(s, len, "true") || is_word(s, len, "false");
		if (values->numbers)
			add_number(values, s, len);
		if (values->dates)
			add_date(values, s, len);
	}
	values->is_dead = !values->can_be_boolean && !values->numbers && !values->dates;
}

void csv_detect_values_add(struct csv_detect_values *values, const char *bytes, size_t len,
			   bool is_quoted)
{
	if (len == 0) {
		*(is_quoted ? &values->empties : &values->nulls) += 1;
		return;
	}
	size_t word = is_quoted ? CSV_NULL_WORDS : find_null_word(bytes, len);
	if (word < CSV_NULL_WORDS) {
		values->words[word]++;
		return;
	}
	values->values++;
	values->len_min = len < values->len_min ? len : values->len_min;
	values->len_max = len > values->len_max ? len : values->len_max;
	if (!values->is_dead)
		add_value(values, bytes, len);
}

/* ---- the type ---- */

/* Whether one of the words (ended by NULL) stands in a header: "Data da Venda", "order_date". */
static bool mentions(const char *header, const char *const *words)
{
	for (; header && *words; words++) {
		size_t len = strlen(*words);
		for (const char *p = header; (p = strcasestr(p, *words)); p++) {
			bool begins =
				p == header || !((p[-1] | 0x20) >= 'a' && (p[-1] | 0x20) <= 'z');
			bool ends = !((p[len] | 0x20) >= 'a' && (p[len] | 0x20) <= 'z');
			if (begins && ends)
				return true;
		}
	}
	return false;
}

static bool is_named_like_an_identifier(const char *header)
{
	static const char *const words[] = {"zip",  "cep",   "postal", "postcode", "plz",     "cpf",
					    "cnpj", "phone", "fone",   "telefone", "celular", "tel",
					    "ean",  "gtin",  "isbn",   "barcode",  "ncm",     NULL};
	return mentions(header, words);
}

static bool is_named_like_a_date(const char *header)
{
	static const char *const words[] = {"date", "day",   "data",  "dia",
					    "dt",   "datum", "fecha", NULL};
	return mentions(header, words);
}

static struct csv_type text_type(void)
{
	return (struct csv_type){CSV_TEXT, 0, 0};
}

static struct csv_type whole_type(const struct csv_detect_values *values, const char *header)
{
	if (values->can_be_compact_date && is_named_like_a_date(header))
		return (struct csv_type){CSV_DATE, 0, 0};
	if (values->digits_max > BIGINT_DIGITS_MAX || is_named_like_an_identifier(header))
		return text_type();
	return (struct csv_type){CSV_BIGINT, 0, 0};
}

static struct csv_type number_type(const struct csv_detect_values *values, size_t style,
				   const char *header)
{
	if (values->has_leading_zeros)
		return text_type();
	if (!values->has_marks && !values->has_exponent)
		return whole_type(values, header);
	int64_t places = values->places_max[style];
	int64_t whole = greater(values->whole_max[style], values->digits_max);
	if (values->has_exponent || places > PLACES_MAX)
		return (struct csv_type){CSV_DOUBLE, 0, 0};
	if (places == 0 && whole <= BIGINT_DIGITS_MAX) /* thousands marks only */
		return (struct csv_type){CSV_BIGINT, 0, 0};
	int scale = places > MONEY_SCALE ? (int)places : MONEY_SCALE;
	if (whole + scale + ROOM <= MONEY_PRECISION)
		return (struct csv_type){CSV_DECIMAL, MONEY_PRECISION, scale};
	if (whole + scale <= DECIMAL_PRECISION_MAX)
		return (struct csv_type){CSV_DECIMAL, DECIMAL_PRECISION_MAX, scale};
	return text_type();
}

struct csv_type csv_detect_values_type(const struct csv_detect_values *values, size_t style,
				       enum csv_date_order order, const char *header)
{
	if (values->values == 0)
		return text_type();
	if (values->can_be_boolean)
		return (struct csv_type){CSV_BOOLEAN, 0, 0};
	if (values->numbers & 1u << style)
		return number_type(values, style, header);
	if (values->dates & 1u << order)
		return (struct csv_type){
			values->has_times || values->has_offsets ? CSV_TIMESTAMP : CSV_DATE, 0, 0};
	return text_type();
}
