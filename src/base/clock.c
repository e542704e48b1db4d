/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <endian.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

static const int64_t SECOND = 1000000, DAY = 86400 * (int64_t)1000000;

static int64_t now(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return t.tv_sec * SECOND + t.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
	return now(CLOCK_REALTIME);
}

int64_t clock_monotonic_us(void)
{
	return now(CLOCK_MONOTONIC);
}

void clock_sleep_ms(int ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
	nanosleep(&t, NULL);
}

int32_t clock_days_from_civil(int year, int month, int day)
{
	year -= month <= 2;
	int era = (year >= 0 ? year : year - 399) / 400;
	int year_of_era = year - era * 400;
	int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * 146097 + day_of_era - 719468;
}

void clock_civil_from_days(int32_t days, int *year, int *month, int *day)
{
	days += 719468;
	int era = (days >= 0 ? days : days - 146096) / 146097;
	int day_of_era = days - era * 146097;
	int year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int shifted = (5 * day_of_year + 2) / 153;
	*day = day_of_year - (153 * shifted + 2) / 5 + 1;
	*month = shifted + (shifted < 10 ? 3 : -9);
	*year = year_of_era + era * 400 + (*month <= 2);
}

bool clock_is_date(int year, int month, int day)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (month < 1 || month > 12 || day < 1 || year < 0 || year > 9999)
		return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return day <= days[month - 1] + (month == 2 && leap);
}

struct parts {
	int year, month, day, hour, minute, second, us;
};

static struct parts split(int64_t us)
{
	int64_t days = us / DAY - (us % DAY < 0), rest = us - days * DAY;
	struct parts p;
	clock_civil_from_days((int32_t)days, &p.year, &p.month, &p.day);
	p.hour = (int)(rest / (3600 * SECOND));
	p.minute = (int)(rest / (60 * SECOND) % 60);
	p.second = (int)(rest / SECOND % 60);
	p.us = (int)(rest % SECOND);
	return p;
}

const char *clock_format_iso(int64_t us, char out[CLOCK_TEXT_SIZE])
{
	struct parts p = split(us);
	snprintf(out, CLOCK_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", p.year, p.month,
		 p.day, p.hour, p.minute, p.second, p.us / 1000);
	return out;
}

const char *clock_format_civil(int64_t us, char out[CLOCK_TEXT_SIZE])
{
	struct parts p = split(us);
	int n = snprintf(out, CLOCK_TEXT_SIZE, "%04d-%02d-%02d %02d:%02d:%02d", p.year, p.month,
			 p.day, p.hour, p.minute, p.second);
	if (p.us)
		snprintf(out + n, (size_t)(CLOCK_TEXT_SIZE - n), ".%06d", p.us);
	return out;
}

const char *clock_format_date(int32_t days, char out[CLOCK_TEXT_SIZE])
{
	int year, month, day;
	clock_civil_from_days(days, &year, &month, &day);
	snprintf(out, CLOCK_TEXT_SIZE, "%04d-%02d-%02d", year, month, day);
	return out;
}

const char *clock_format_duration(int64_t us, char out[CLOCK_TEXT_SIZE])
{
	if (us < SECOND)
		snprintf(out, CLOCK_TEXT_SIZE, "%d ms", (int)((us + 500) / 1000));
	else if (us < 100 * SECOND)
		snprintf(out, CLOCK_TEXT_SIZE, "%.1f s", (double)us / 1e6);
	else if (us < 2 * 3600 * SECOND)
		snprintf(out, CLOCK_TEXT_SIZE, "%d min %d s", (int)(us / (60 * SECOND)),
			 (int)(us / SECOND % 60));
	else if (us < 48 * 3600 * SECOND)
		snprintf(out, CLOCK_TEXT_SIZE, "%d h %d min", (int)(us / (3600 * SECOND)),
			 (int)(us / (60 * SECOND) % 60));
	else if (us / (3600 * SECOND) % 24 > 0)
		snprintf(out, CLOCK_TEXT_SIZE, "%d days %d h", (int)(us / DAY),
			 (int)(us / (3600 * SECOND) % 24));
	else
		snprintf(out, CLOCK_TEXT_SIZE, "%d days", (int)(us / DAY));
	return out;
}

bool clock_parse_iso(const char *s, int64_t *out_us)
{
	struct parts p = {0};
	int used = 0;
	if (sscanf(s, "%4d-%2d-%2d%*1[T ]%2d:%2d:%2d%n", &p.year, &p.month, &p.day, &p.hour,
		   &p.minute, &p.second, &used) != 6 ||
	    !clock_is_date(p.year, p.month, p.day) || p.hour > 23 || p.minute > 59 || p.second > 59)
		return false;
	s += used;
	if (*s == '.')
		for (int place = 100000; *++s >= '0' && *s <= '9'; place /= 10)
			p.us += (*s - '0') * place;
	if (*s == 'Z')
		s++;
	*out_us = clock_days_from_civil(p.year, p.month, p.day) * DAY +
		  ((p.hour * 60 + p.minute) * 60 + p.second) * SECOND + p.us;
	return *s == '\0';
}

/* A zone's changes of offset, read from its TZif file (RFC 8536, version 2 or later). After the
 * last change the last offset goes on; Brazil, for which this was made, has no summer time now. */
struct zone {
	struct zone *next;
	char name[64];
	size_t count;
	int64_t *since;  /* seconds UTC */
	int32_t *offset; /* seconds east, from `since` on */
	int32_t first_offset;
};

static struct zone *zones;
static pthread_mutex_t zones_lock = PTHREAD_MUTEX_INITIALIZER;

struct tzif_counts {
	uint32_t isutc, isstd, leap, time, type, chars;
};

static bool read_counts(FILE *f, struct tzif_counts *out)
{
	unsigned char head[44];
	if (fread(head, sizeof head, 1, f) != 1 || memcmp(head, "TZif", 4) != 0 || head[4] < '2')
		return false;
	uint32_t n[6];
	memcpy(n, head + 20, sizeof n);
	*out = (struct tzif_counts){be32toh(n[0]), be32toh(n[1]), be32toh(n[2]),
				    be32toh(n[3]), be32toh(n[4]), be32toh(n[5])};
	return out->type > 0 && out->time < 100000 && out->type < 256;
}

static bool read_changes(FILE *f, const struct tzif_counts *c, struct zone *z)
{
	unsigned char types[256][6];
	z->count = c->time;
	z->since = mem_alloc_array(c->time, sizeof *z->since);
	z->offset = mem_alloc_array(c->time, sizeof *z->offset);
	unsigned char *kind = mem_alloc(c->time);
	bool ok = z->since && z->offset && kind && fread(z->since, 8, c->time, f) == c->time &&
		  fread(kind, 1, c->time, f) == c->time && fread(types, 6, c->type, f) == c->type;
	for (size_t i = 0; ok && i <= c->time; i++) { /* the last round: the offset before all */
		unsigned at = i < c->time ? kind[i] : 0;
		uint32_t east;
		memcpy(&east, types[at], 4);
		ok = at < c->type;
		if (i < c->time) {
			z->since[i] = (int64_t)be64toh((uint64_t)z->since[i]);
			z->offset[i] = (int32_t)be32toh(east);
		} else {
			z->first_offset = (int32_t)be32toh(east);
		}
	}
	free(kind);
	return ok;
}

static struct zone *load_zone(const char *name)
{
	char path[128];
	if (strlen(name) >= sizeof((struct zone *)0)->name || strstr(name, "..") || *name == '/')
		return NULL;
	snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
	FILE *f = fopen(path, "rb");
	if (!f)
		return NULL;
	struct zone *z = mem_alloc(sizeof *z);
	struct tzif_counts c;
	bool ok = z && read_counts(f, &c) &&
		  fseek(f,
			(long)c.time * 5 + (long)c.type * 6 + (long)c.leap * 8 + (long)c.chars +
				(long)c.isstd + (long)c.isutc,
			SEEK_CUR) == 0 &&
		  read_counts(f, &c) && read_changes(f, &c, z);
	fclose(f);
	if (!ok) {
		if (z) {
			free(z->since);
			free(z->offset);
		}
		free(z);
		return NULL;
	}
	strcpy(z->name, name);
	z->next = zones;
	return zones = z;
}

static const struct zone *get_zone(const char *name)
{
	pthread_mutex_lock(&zones_lock);
	struct zone *z = zones;
	while (z && strcmp(z->name, name) != 0)
		z = z->next;
	if (!z)
		z = load_zone(name);
	pthread_mutex_unlock(&zones_lock);
	return z;
}

bool clock_zone_is_known(const char *zone)
{
	return strcmp(zone, "UTC") == 0 || get_zone(zone) != NULL;
}

bool clock_to_civil(const char *zone, int64_t utc_us, int64_t *out_civil_us)
{
	*out_civil_us = utc_us;
	if (strcmp(zone, "UTC") == 0)
		return true;
	const struct zone *z = get_zone(zone);
	if (!z)
		return false;
	int64_t second = utc_us / SECOND - (utc_us % SECOND < 0);
	size_t low = 0, high = z->count; /* the first change after `second` */
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (z->since[middle] <= second)
			low = middle + 1;
		else
			high = middle;
	}
	*out_civil_us += (low ? z->offset[low - 1] : z->first_offset) * SECOND;
	return true;
}

bool clock_from_civil(const char *zone, int64_t civil_us, int64_t *out_utc_us)
{
	int64_t before, after, again;
	if (!clock_to_civil(zone, civil_us - DAY, &before) ||
	    !clock_to_civil(zone, civil_us + DAY, &after))
		return false;
	int64_t by_before = civil_us - (before - (civil_us - DAY));
	int64_t by_after = civil_us - (after - (civil_us + DAY));
	clock_to_civil(zone, by_after, &again);
	*out_utc_us = again == civil_us ? by_after : by_before;
	return true;
}
