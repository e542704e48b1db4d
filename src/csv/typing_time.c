/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and times. What nearly every field is ("2018-01-31 13:05:09") is read at fixed places; all
 * else by a small reader that walks over the field once. */
#include "csv/typing_parts.h"

#include <string.h>

#include "base/clock.h"

static const int64_t SECOND = 1000000, DAY = 86400 * (int64_t)1000000;
enum { YEAR_MIN = 1, YEAR_MAX = 9999, OFFSET_HOURS_MAX = 18, FRACTION_DIGITS = 6 };

struct date {
	int year, month, day;
};

/* Microseconds since midnight, and whether digits that count were beyond them. */
struct time {
	int64_t us;
	bool is_cut, rounds_up;
};

/* ---- fixed places ---- */

static int read_two(const char *s, unsigned *bad)
{
	unsigned tens = (unsigned char)(s[0] - '0'), ones = (unsigned char)(s[1] - '0');
	*bad |= (tens > 9) | (ones > 9);
	return (int)(tens * 10 + ones);
}

static bool read_fixed_date(const char *s, struct date *out)
{
	unsigned bad = (s[4] != '-') | (s[7] != '-');
	out->year = read_two(s, &bad) * 100 + read_two(s + 2, &bad);
	out->month = read_two(s + 5, &bad);
	out->day = read_two(s + 8, &bad);
	return !bad && out->year >= YEAR_MIN && clock_is_date(out->year, out->month, out->day);
}

static bool read_fixed_time(const char *s, int64_t *out_seconds)
{
	unsigned bad = (s[2] != ':') | (s[5] != ':');
	int hour = read_two(s, &bad), minute = read_two(s + 3, &bad),
	    second = read_two(s + 6, &bad);
	*out_seconds = (hour * 60 + minute) * 60 + second;
	return !bad && hour < 24 && minute < 60 && second < 60;
}

/* ---- the reader: each function moves `*p` on, or returns false ---- */

static bool take_digits(const char **p, const char *end, int digits_min, int digits_max, int *out)
{
	int digits = 0;
	for (*out = 0; *p < end && csv_typing_is_digit(**p); ++*p) {
		if (++digits > digits_max)
			return false;
		*out = *out * 10 + (**p - '0');
	}
	return digits >= digits_min;
}

static bool take_char(const char **p, const char *end, char c)
{
	if (*p == end || **p != c)
		return false;
	++*p;
	return true;
}

static bool take_separator(const char **p, const char *end, const char *allowed, char *out)
{
	if (*p == end || **p == '\0' || !strchr(allowed, **p))
		return false;
	*out = *(*p)++;
	return true;
}

static bool take_compact_date(const char **p, struct date *out)
{
	unsigned bad = 0;
	out->year = read_two(*p, &bad) * 100 + read_two(*p + 2, &bad);
	out->month = read_two(*p + 4, &bad);
	out->day = read_two(*p + 6, &bad);
	*p += 8;
	return !bad;
}

static bool take_year_first(const char **p, const char *end, struct date *out)
{
	char separator;
	return take_digits(p, end, 4, 4, &out->year) && take_separator(p, end, "-/", &separator) &&
	       take_digits(p, end, 1, 2, &out->month) && take_char(p, end, separator) &&
	       take_digits(p, end, 1, 2, &out->day);
}

static bool take_year_last(const char **p, const char *end, enum csv_date_order order,
			   struct date *out)
{
	char separator;
	int first, second;
	if (order == CSV_DATE_ISO || !take_digits(p, end, 1, 2, &first) ||
	    !take_separator(p, end, "/-.", &separator) || !take_digits(p, end, 1, 2, &second) ||
	    !take_char(p, end, separator) || !take_digits(p, end, 4, 4, &out->year))
		return false;
	out->day = order == CSV_DATE_DMY ? first : second;
	out->month = order == CSV_DATE_DMY ? second : first;
	return true;
}

static bool take_date(const char **p, const char *end, enum csv_date_order order, struct date *out)
{
	size_t digits = 0;
	while (digits <= 8 && *p + digits < end && csv_typing_is_digit((*p)[digits]))
		digits++;
	bool taken = digits == 8   ? take_compact_date(p, out)
		     : digits == 4 ? take_year_first(p, end, out)
				   : take_year_last(p, end, order, out);
	return taken && clock_is_date(out->year, out->month, out->day);
}

static bool take_fraction(const char **p, const char *end, struct time *out)
{
	const char *first = *p;
	int64_t place = SECOND / 10;
	for (; *p < end && csv_typing_is_digit(**p); ++*p, place /= 10) {
		out->us += (**p - '0') * place;
		out->is_cut |= place == 0 && **p != '0';
		if (*p - first == FRACTION_DIGITS)
			out->rounds_up = **p >= '5';
	}
	return *p > first;
}

static bool take_time(const char **p, const char *end, struct time *out)
{
	int hour, minute, second = 0;
	*out = (struct time){.us = 0};
	if (!take_digits(p, end, 1, 2, &hour) || !take_char(p, end, ':') ||
	    !take_digits(p, end, 2, 2, &minute))
		return false;
	bool has_seconds = take_char(p, end, ':');
	if (has_seconds && !take_digits(p, end, 2, 2, &second))
		return false;
	out->us = ((hour * 60 + minute) * 60 + second) * SECOND;
	if (has_seconds && take_char(p, end, '.') && !take_fraction(p, end, out))
		return false;
	return hour < 24 && minute < 60 && second < 60;
}

/* 'Z', "UTC" or an offset up to the end. */
static bool take_offset(const char **p, const char *end, int64_t *out_us)
{
	char sign;
	int hours, minutes = 0;
	*out_us = 0;
	if ((end - *p == 1 && **p == 'Z') || (end - *p == 3 && memcmp(*p, "UTC", 3) == 0)) {
		*p = end;
		return true;
	}
	if (!take_separator(p, end, "+-", &sign) || end - *p < 2)
		return false;
	unsigned bad = 0;
	hours = read_two(*p, &bad);
	*p += 2;
	if (*p < end) {
		take_char(p, end, ':');
		if (!take_digits(p, end, 2, 2, &minutes))
			return false;
	}
	*out_us = (hours * 60 + minutes) * 60 * (sign == '-' ? -SECOND : SECOND);
	return !bad && hours <= OFFSET_HOURS_MAX && minutes < 60 && *p == end;
}

/* ---- dates and times ---- */

static enum csv_typed check_range(int64_t us)
{
	int64_t first = clock_days_from_civil(YEAR_MIN, 1, 1) * DAY;
	int64_t end = clock_days_from_civil(YEAR_MAX + 1, 1, 1) * DAY;
	return us >= first && us < end ? CSV_TYPED_OK : CSV_TYPED_RANGE;
}

/* `*p` stands after the date; what follows is read to the field's end. */
static enum csv_typed read_after_date(const struct csv_typing *typing, const char *p,
				      const char *end, int64_t days_us, int64_t *out)
{
	struct time time = {.us = 0};
	char separator;
	if (p == end) {
		*out = days_us;
		return check_range(days_us);
	}
	if (!take_separator(&p, end, " T", &separator) || !take_time(&p, end, &time))
		return CSV_TYPED_WRONG;
	int64_t us = days_us + time.us + (typing->round && time.rounds_up);
	if (p < end) {
		int64_t offset_us;
		take_char(&p, end, ' ');
		const char *zone = typing->time_zone ? typing->time_zone : "UTC";
		if (!take_offset(&p, end, &offset_us) || !clock_to_civil(zone, us - offset_us, &us))
			return CSV_TYPED_WRONG;
	}
	if (time.is_cut && !typing->round)
		return CSV_TYPED_PRECISION;
	enum csv_typed typed = check_range(us);
	if (typed == CSV_TYPED_OK)
		*out = us;
	return typed;
}

static enum csv_typed read_timestamp(const struct csv_typing *typing, const char *s, size_t len,
				     int64_t *out)
{
	const char *p = s, *end = s + len;
	struct date date;
	if (!take_date(&p, end, typing->dialect->date, &date))
		return CSV_TYPED_WRONG;
	int64_t days_us = clock_days_from_civil(date.year, date.month, date.day) * DAY;
	return read_after_date(typing, p, end, days_us, out);
}

enum csv_typed csv_typing_timestamp(const struct csv_typing *typing, const char *s, size_t len,
				    int64_t *out)
{
	struct date date;
	int64_t seconds;
	if (len != 19 || (s[10] != ' ' && s[10] != 'T') || !read_fixed_date(s, &date) ||
	    !read_fixed_time(s + 11, &seconds))
		return read_timestamp(typing, s, len, out);
	*out = clock_days_from_civil(date.year, date.month, date.day) * DAY + seconds * SECOND;
	return CSV_TYPED_OK;
}

enum csv_typed csv_typing_date(const struct csv_typing *typing, const char *s, size_t len,
			       int32_t *out)
{
	struct date date;
	if (len == 10 && read_fixed_date(s, &date)) {
		*out = clock_days_from_civil(date.year, date.month, date.day);
		return CSV_TYPED_OK;
	}
	struct csv_typing exact = *typing;
	exact.round = false;
	int64_t us;
	enum csv_typed typed = read_timestamp(&exact, s, len, &us);
	if (typed == CSV_TYPED_PRECISION || (typed == CSV_TYPED_OK && us % DAY != 0))
		return CSV_TYPED_WRONG;
	if (typed == CSV_TYPED_OK)
		*out = (int32_t)(us / DAY);
	return typed;
}
