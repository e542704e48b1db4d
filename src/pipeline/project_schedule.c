/* SPDX-License-Identifier: Apache-2.0 */
/* Five cron fields: minute, hour, day of the month, month, day of the week; each "*", numbers,
 * ranges and steps ("1-5", "0-30/10", "*" "/2"), listed with commas. */
#include <ctype.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "pipeline/project_settings.h"

struct field {
	const char *what;
	int min, max;
	const char *const *names; /* of min, min + 1, ...; NULL = numbers only */
};

static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul",
				     "aug", "sep", "oct", "nov", "dec", NULL};
static const char *const days[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};

enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELDS };
static const struct field fields[FIELDS] = {
	{"minute", 0, 59, NULL},           {"hour", 0, 23, NULL},
	{"day of the month", 1, 31, NULL}, {"month", 1, 12, months},
	{"day of the week", 0, 7, days},
};

/* Read a number or a name at `*s`, which moves behind it; -1 when there is none. */
static int read_value(const struct field *field, const char **s)
{
	if (isdigit((unsigned char)**s)) {
		int value = 0;
		for (; isdigit((unsigned char)**s) && value < 1000; (*s)++)
			value = value * 10 + **s - '0';
		return value;
	}
	for (int i = 0; field->names && field->names[i]; i++)
		if (strncasecmp(*s, field->names[i], 3) == 0) {
			*s += 3;
			return field->min + i;
		}
	return -1;
}

/* One of a field's list at `*s`; the values it means are added to `set`. */
static bool read_item(const struct field *field, const char **s, uint64_t *set)
{
	int first = field->min, last = field->max, step = 1;
	if (**s == '*') {
		++*s;
	} else {
		first = last = read_value(field, s);
		if (**s == '-') {
			++*s;
			last = read_value(field, s);
		} else if (**s == '/') {
			return false;
		}
	}
	if (**s == '/') {
		++*s;
		step = isdigit((unsigned char)**s) ? read_value(field, s) : 0;
	}
	if (first < 0 || first < field->min || last > field->max || first > last || step < 1)
		return false;
	for (int i = first; i <= last; i += step)
		*set |= (uint64_t)1 << i;
	return true;
}

static bool read_field(const struct field *field, const char *s, uint64_t *set)
{
	*set = 0;
	for (;; s++) {
		if (!read_item(field, &s, set))
			return false;
		if (*s != ',')
			return !*s;
	}
}

/* "0 0 30 2 *" asks for a day that no year has. Days of the week would come all the same. */
static bool ever_comes(const uint64_t sets[FIELDS], bool any_weekday)
{
	static const int lengths[] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	for (int month = 1; month <= 12; month++)
		if ((sets[MONTH] >> month & 1) &&
		    (sets[DAY] & (((uint64_t)1 << (lengths[month] + 1)) - 1)))
			return true;
	return !any_weekday;
}

static int refuse(const char *text, struct error *err)
{
	err_set(err, ERR_PROJECT, "\"%s\" is not a schedule of five cron fields", text);
	return err_hint(err, "Write minute, hour, day of the month, month and day of the week: "
			     "\"0 */2 * * *\" is every two hours.");
}

int project_check_schedule(const char *text, struct error *err)
{
	uint64_t sets[FIELDS];
	HELD(text) copy = {0};
	text_add(&copy, text);
	TRY(text_check(&copy, err));
	char *rest = NULL, *part = strtok_r(copy.data, " \t", &rest);
	bool any_weekday = false;
	for (int i = 0; i < FIELDS; i++, part = strtok_r(NULL, " \t", &rest)) {
		if (!part)
			return refuse(text, err);
		if (!read_field(&fields[i], part, &sets[i]))
			return err_set(err, ERR_PROJECT, "\"%s\" is no %s from %d to %d", part,
				       fields[i].what, fields[i].min, fields[i].max);
		any_weekday = i == WEEKDAY && strcmp(part, "*") == 0;
	}
	if (part)
		return refuse(text, err);
	if (!ever_comes(sets, any_weekday))
		return err_set(err, ERR_PROJECT, "the schedule \"%s\" never comes", text);
	return 0;
}
