/* SPDX-License-Identifier: Apache-2.0 */
/* clock: instants, durations and civil dates. Instants are microseconds since 1970-01-01 UTC;
 * civil times use the same count with the digits of the project's own time zone. */
#ifndef VITRINE_BASE_CLOCK_H
#define VITRINE_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { CLOCK_TEXT_SIZE = 40 };

int64_t clock_now_us(void);       /* wall clock, UTC */
int64_t clock_monotonic_us(void); /* for durations and deadlines */
void clock_sleep_ms(int ms);

/* Days since 1970-01-01 in the proleptic Gregorian calendar, and back.
 * Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms". */
int32_t clock_days_from_civil(int year, int month, int day);
void clock_civil_from_days(int32_t days, int *year, int *month, int *day);
bool clock_is_date(int year, int month, int day);

/* "2026-11-24T13:05:09.123Z" (UTC, milliseconds) and back; the fraction may be absent. */
const char *clock_format_iso(int64_t us, char out[CLOCK_TEXT_SIZE]);
bool clock_parse_iso(const char *s, int64_t *out_us);
/* "2026-11-24 13:05:09" with ".123456" when there is a fraction. */
const char *clock_format_civil(int64_t us, char out[CLOCK_TEXT_SIZE]);
/* "2026-11-24" */
const char *clock_format_date(int32_t days, char out[CLOCK_TEXT_SIZE]);
/* "1.2 s", "340 ms", "2 min 5 s": for people. */
const char *clock_format_duration(int64_t us, char out[CLOCK_TEXT_SIZE]);

/* The civil time of an instant in an IANA zone ("America/Sao_Paulo"). False when the zone is not
 * known. Cost: the first use of a zone reads its file in /usr/share/zoneinfo, kept for the life of
 * the process. Safe from several threads. */
bool clock_to_civil(const char *zone, int64_t utc_us, int64_t *out_civil_us);
bool clock_zone_is_known(const char *zone);
/* The instant of a civil time in a zone. Of two (clocks set back) the later; a civil time that was
 * skipped (clocks set forward) is taken by the offset before. False when the zone is not known. */
bool clock_from_civil(const char *zone, int64_t civil_us, int64_t *out_utc_us);

#endif
