/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/stats_bound.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"

void stats_add_number(const char *text, struct text *out)
{
	const char *digits = text + (*text == '-');
	if (*digits == '.') /* DuckDB writes .5 */
		text_addf(out, "%.*s0%s", (int)(digits - text), text, digits);
	else
		text_add(out, text);
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "-0123456789.") == strlen(text);
}

static bool add_whole(const char *text, struct text *out)
{
	if (!is_number(text))
		return false;
	stats_add_number(text, out);
	return true;
}

static bool add_boolean(const char *text, struct text *out)
{
	if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
		return false;
	text_add(out, *text == '1' ? "true" : "false");
	return true;
}

enum { DOUBLE_DIGITS = 15, DECIMAL_TEXT_SIZE = 64 };

/* What is beyond the digits that a double keeps becomes 0, as some readers go through one. `away`
 * from zero: then the last digit kept goes up by one. False: that would make one digit more. */
static bool round_digits(char *number, bool away)
{
	char *last = NULL;
	bool lost = false;
	int kept = 0;
	for (char *at = number; *at; at++) {
		if (!isdigit((unsigned char)*at) || (!kept && *at == '0'))
			continue;
		if (kept++ < DOUBLE_DIGITS) {
			last = at;
		} else {
			lost |= *at != '0';
			*at = '0';
		}
	}
	if (!lost || !away)
		return true;
	for (char *at = last; at >= number; at--) {
		if (!isdigit((unsigned char)*at))
			continue;
		if (*at != '9') {
			++*at;
			return true;
		}
		*at = '0';
	}
	return false;
}

static bool add_decimal(const char *text, bool is_max, struct text *out)
{
	char number[DECIMAL_TEXT_SIZE];
	size_t len = strlen(text);
	if (!is_number(text) || len >= sizeof number)
		return false;
	memcpy(number, text, len + 1);
	if (!round_digits(number, is_max == (*text != '-')))
		return false;
	stats_add_number(number, out);
	return true;
}

/* The whole text, or its beginning. Behind that of the most stands the greatest character, which no
 * text of the file can have there. */
static bool add_text(const char *text, size_t len, bool is_max, struct text *out)
{
	static const char greatest[4] = {'\xf4', '\x8f', '\xbf', '\xbf'}; /* U+10FFFF */
	char cut[STATISTIC_TEXT_LEN_MAX + sizeof greatest];
	size_t kept = len < STATISTIC_TEXT_LEN_MAX ? len : STATISTIC_TEXT_LEN_MAX;
	while (kept && kept < len && (text[kept] & 0xc0) == 0x80)
		kept--; /* never within a character */
	if (!text_is_utf8(text, kept) || (kept == 0 && len > 0))
		return false;
	memcpy(cut, text, kept);
	if (kept < len && is_max) {
		if (len - kept >= sizeof greatest &&
		    memcmp(text + kept, greatest, sizeof greatest) == 0)
			return false;
		memcpy(cut + kept, greatest, sizeof greatest);
		kept += sizeof greatest;
	}
	text_add_json(out, cut, kept);
	return true;
}

/* 17 digits tell a double exactly, and a float's value as the double that it is. */
static bool add_double(const char *text, bool is_float, struct text *out)
{
	char *end;
	double value = is_float ? (double)strtof(text, &end) : strtod(text, &end);
	if (end == text || *end || !isfinite(value))
		return false;
	text_addf(out, "%.17g", value);
	return true;
}

static bool is_plain_date(const char *text)
{
	return strlen(text) == 10 && text[4] == '-' && text[7] == '-' &&
	       strspn(text, "0123456789-") == 10;
}

/* "2018-01-02 03:04:05.123456+00": to milliseconds, the smallest down, the largest up. */
static bool add_timestamp(const char *text, bool is_max, struct text *out)
{
	int year, month, day, hour, minute, second, end = 0;
	char iso[CLOCK_TEXT_SIZE];
	if (strlen(text) < 19 || text[4] != '-' || text[10] != ' ' ||
	    sscanf(text, "%4d-%2d-%2d %2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second,
		   &end) != 6 ||
	    end != 19 || !clock_is_date(year, month, day))
		return false;
	int64_t us = 0, unit = 100000;
	const char *rest = text + end;
	if (*rest == '.')
		for (rest++; isdigit((unsigned char)*rest); rest++, unit /= 10)
			us += unit * (*rest - '0');
	if (*rest && strcmp(rest, "+00") != 0)
		return false;
	us += clock_days_from_civil(year, month, day) * INT64_C(86400000000) +
	      ((hour * 60 + minute) * 60 + second) * INT64_C(1000000);
	int64_t over = ((us % 1000) + 1000) % 1000;
	us += is_max && over ? 1000 - over : -over;
	text_addf(out, "\"%s\"", clock_format_iso(us, iso));
	return true;
}

bool stats_add_bound(const char *type, const char *text, size_t len, bool is_max, struct text *out)
{
	if (strlen(text) != len && strcmp(type, "string") != 0)
		return false;
	if (strcmp(type, "byte") == 0 || strcmp(type, "short") == 0 ||
	    strcmp(type, "integer") == 0 || strcmp(type, "long") == 0)
		return add_whole(text, out);
	if (text_starts(type, "decimal("))
		return add_decimal(text, is_max, out);
	if (strcmp(type, "boolean") == 0)
		return add_boolean(text, out);
	if (strcmp(type, "float") == 0 || strcmp(type, "double") == 0)
		return add_double(text, *type == 'f', out);
	if (strcmp(type, "date") == 0) {
		if (is_plain_date(text))
			text_add_json(out, text, len);
		return is_plain_date(text);
	}
	if (strcmp(type, "timestamp") == 0)
		return add_timestamp(text, is_max, out);
	return strcmp(type, "string") == 0 && add_text(text, len, is_max, out);
}
