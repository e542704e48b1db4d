/* SPDX-License-Identifier: Apache-2.0 */
#include "support/typing_rows.h"

#include <string.h>

#include "base/clock.h"

static void a_date_is_a_day_of_the_calendar(void **state)
{
	static const struct row rows[] = {
		{"2018-01-31", "2018-01-31"},
		{"2018/01/31", "2018-01-31"},
		{"20180131", "2018-01-31"},
		{"2018-1-5", "2018-01-05"},
		{" 2018-01-31 ", "2018-01-31"},
		{"0001-01-01", "0001-01-01"},
		{"1969-12-31", "1969-12-31"},
		{"9999-12-31", "9999-12-31"},
		{"0000-01-01", "range"},
		{"00000101", "range"},
		{"2020-02-29", "2020-02-29"},
		{"2000-02-29", "2000-02-29"},
		{"2019-02-29", "wrong"},
		{"1900-02-29", "wrong"},
		{"2018-04-31", "wrong"},
		{"2018-00-10", "wrong"},
		{"2018-13-10", "wrong"},
		{"2018-01-00", "wrong"},
		{"2018-01-32", "wrong"},
		{"2018-01/31", "wrong"},
		{"2018.01.31", "wrong"},
		{"2018-001-1", "wrong"},
		{"18-01-31", "wrong"},
		{"31/01/2018", "wrong"},
		{"01/02/2018", "wrong"},
		{"2018-01", "wrong"},
		{"2018-01-31x", "wrong"},
		{"2018-01-311", "wrong"},
		{"201801311", "wrong"},
		{"2018013", "wrong"},
		{"-2018-01-31", "wrong"},
		{"2018-01-31 00:00:00", "2018-01-31"},
		{"2018-01-31T00:00", "2018-01-31"},
		{"2018-01-31 00:00:00.000000000", "2018-01-31"},
		{"2018-01-31 00:00:01", "wrong"},
		{"2018-01-31 00:00:00.0000001", "wrong"},
		{"2018-01-31T03:00:00Z", "wrong"}, /* summer: 01:00 in São Paulo */
		{"2018-01-31T02:00:00Z", "2018-01-31"},
		{"1960-01-31 00:00", "1960-01-31"},
		{"1960-01-31 12:00", "wrong"},
		{NULL, NULL},
	};
	(void)state;
	check_rows(date, &plain, rows);
}

static void days_and_months_stand_in_the_dialects_order(void **state)
{
	static const struct row dmy[] = {
		{"31/01/2018", "2018-01-31"},
		{"31-01-2018", "2018-01-31"},
		{"31.01.2018", "2018-01-31"},
		{"01/02/2018", "2018-02-01"},
		{"1/2/2018", "2018-02-01"},
		{"2018-02-01", "2018-02-01"},
		{"29/02/2019", "wrong"},
		{"01/13/2018", "wrong"},
		{"31/01-2018", "wrong"},
		{"31/01/18", "wrong"},
		{"311/1/2018", "wrong"},
		{"31/01/20180", "wrong"},
		{"31/01/0000", "range"},
		{"31 01 2018", "wrong"},
		{NULL, NULL},
	};
	static const struct row mdy[] = {
		{"01/31/2018", "2018-01-31"},
		{"1/2/2018", "2018-01-02"},
		{"13/01/2018", "wrong"},
		{"2018/01/31", "2018-01-31"},
		{NULL, NULL},
	};
	(void)state;
	check_rows(date, &brazil, dmy);
	check_rows(date, &american, mdy);
	assert_string_equal(shown(timestamp, &brazil, "31/12/2017 9:05"), "2017-12-31 09:05:00");
}

static void a_timestamp_is_a_date_and_perhaps_a_time(void **state)
{
	static const struct row rows[] = {
		{"2018-01-31 13:05:09", "2018-01-31 13:05:09"},
		{"2018-01-31T13:05:09", "2018-01-31 13:05:09"},
		{"2018-01-31 13:05", "2018-01-31 13:05:00"},
		{"2018-01-31", "2018-01-31 00:00:00"},
		{"20180131", "2018-01-31 00:00:00"},
		{"20180131 13:05:09", "2018-01-31 13:05:09"},
		{"2018-01-31 13:05:09.5", "2018-01-31 13:05:09.500000"},
		{"2018-01-31 13:05:09.123456", "2018-01-31 13:05:09.123456"},
		{"2018-01-31 13:05:09.123456000", "2018-01-31 13:05:09.123456"},
		{"2018-01-31 13:05:09.1234567", "precision"},
		{"1950-01-31 13:05:09", "1950-01-31 13:05:09"},
		{"0001-01-01 00:00:00", "0001-01-01 00:00:00"},
		{"9999-12-31 23:59:59.999999", "9999-12-31 23:59:59.999999"},
		{"0000-12-31 23:59:59", "range"},
		{"2018-01-31 24:00:00", "wrong"},
		{"2018-01-31 23:60:00", "wrong"},
		{"2018-01-31 23:59:60", "wrong"},
		{"2018-02-30 13:05:09", "wrong"},
		{"2018-01-31 13:05:9", "wrong"},
		{"2018-01-31 13:5:09", "wrong"},
		{"2018-01-31 13", "wrong"},
		{"2018-01-31 13:05:09.", "wrong"},
		{"2018-01-31 13:05.5", "wrong"},
		{"2018-01-31  13:05:09", "wrong"},
		{"2018-01-31_13:05:09", "wrong"},
		{"2018-01-31 13:05:0x", "wrong"},
		{"2018-01-31 13-05-09", "wrong"},
		{"2018-01-31 01:05 PM", "wrong"},
		{"13:05:09", "wrong"},
		{NULL, NULL},
	};
	struct csv_typing rounding = {.type = timestamp, .dialect = &plain, .round = true};
	static const char *const cut[] = {"2018-01-31 23:59:59.9999995", "2018-02-01 00:00:00",
					  "2018-01-31 23:59:59.9999994",
					  "2018-01-31 23:59:59.999999"};
	(void)state;
	check_rows(timestamp, &plain, rows);
	for (int i = 0; i < 4; i += 2) {
		int64_t us;
		char out[CLOCK_TEXT_SIZE];
		assert_int_equal(csv_type_field(&rounding, cut[i], strlen(cut[i]), &us), 0);
		assert_string_equal(clock_format_civil(us, out), cut[i + 1]);
	}
}

/* São Paulo: UTC-3, in summer UTC-2; local mean time -3:06:28 until 1914. Summer time began on
 * 15 October 2017 at 00:00 (= 03:00 UTC), ended on 18 February 2018 at 00:00 (= 02:00 UTC), and
 * was given up in 2019. */
static void a_time_with_an_offset_becomes_the_zones_civil_time(void **state)
{
	static const struct row rows[] = {
		{"2017-10-15T02:59:59Z", "2017-10-14 23:59:59"},
		{"2017-10-15T03:00:00Z", "2017-10-15 01:00:00"},
		{"2018-02-18T01:59:59Z", "2018-02-17 23:59:59"},
		{"2018-02-18T02:00:00Z", "2018-02-17 23:00:00"},
		{"2018-02-18T02:00:00.25Z", "2018-02-17 23:00:00.250000"},
		{"2019-12-25T12:00:00Z", "2019-12-25 09:00:00"},
		{"2026-01-15T12:00:00+00:00", "2026-01-15 09:00:00"},
		{"2026-01-15T12:00:00-03", "2026-01-15 12:00:00"},
		{"2026-01-15T12:00:00-0300", "2026-01-15 12:00:00"},
		{"2026-01-15T12:00:00-03:00", "2026-01-15 12:00:00"},
		{"2026-01-15 12:00:00 -0300", "2026-01-15 12:00:00"},
		{"2026-01-15 12:00:00 UTC", "2026-01-15 09:00:00"},
		{"2026-01-15 12:00+05:30", "2026-01-15 03:30:00"},
		{"2026-01-01T01:00:00+09:00", "2025-12-31 13:00:00"},
		{"1900-01-01T03:06:28Z", "1900-01-01 00:00:00"},
		{"0001-01-01T00:00:00Z", "range"},
		{"9999-12-31T23:59:59-18:00", "range"},
		{"2026-01-15T12:00:00-19:00", "wrong"},
		{"2026-01-15T12:00:00-03:60", "wrong"},
		{"2026-01-15T12:00:00-3", "wrong"},
		{"2026-01-15T12:00:00-03:0", "wrong"},
		{"2026-01-15T12:00:00-03:", "wrong"},
		{"2026-01-15T12:00:00-030", "wrong"},
		{"2026-01-15T12:00:00-", "wrong"},
		{"2026-01-15T12:00:00ZZ", "wrong"},
		{"2026-01-15T12:00:00 BRT", "wrong"},
		{"2026-01-15Z", "wrong"},
		{NULL, NULL},
	};
	struct csv_typing typing = {.type = timestamp, .dialect = &plain};
	int64_t us;
	(void)state;
	check_rows(timestamp, &plain, rows);
	assert_int_equal(csv_type_field(&typing, "1970-01-01T00:00:01Z", 20, &us), CSV_TYPED_OK);
	assert_int_equal(us, 1000000);
	typing.time_zone = "Mars/Olympus";
	assert_int_equal(csv_type_field(&typing, "1970-01-01T00:00:01Z", 20, &us), CSV_TYPED_WRONG);
}

static void every_day_of_two_centuries_is_read(void **state)
{
	(void)state;
	for (int32_t day = clock_days_from_civil(1890, 1, 1);
	     day < clock_days_from_civil(2101, 1, 1); day++) {
		char text[CLOCK_TEXT_SIZE];
		int32_t read = 0;
		int64_t us = 0;
		clock_format_date(day, text);
		assert_int_equal(type_as(date, &plain, text, &read), CSV_TYPED_OK);
		assert_int_equal(read, day);
		clock_format_civil(day * INT64_C(86400000000) + (day & 0xFFFF) * INT64_C(1000000),
				   text);
		assert_int_equal(type_as(timestamp, &plain, text, &us), CSV_TYPED_OK);
		assert_int_equal(us,
				 day * INT64_C(86400000000) + (day & 0xFFFF) * INT64_C(1000000));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_date_is_a_day_of_the_calendar),
		cmocka_unit_test(days_and_months_stand_in_the_dialects_order),
		cmocka_unit_test(a_timestamp_is_a_date_and_perhaps_a_time),
		cmocka_unit_test(a_time_with_an_offset_becomes_the_zones_civil_time),
		cmocka_unit_test(every_day_of_two_centuries_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
