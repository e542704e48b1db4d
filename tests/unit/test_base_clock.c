/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include "base/clock.h"

static int64_t instant(const char *iso)
{
	int64_t us;
	assert_true(clock_parse_iso(iso, &us));
	return us;
}

static void expect(const char *zone, const char *civil, const char *utc)
{
	int64_t us;
	char text[CLOCK_TEXT_SIZE];
	assert_true(clock_from_civil(zone, instant(civil), &us));
	assert_string_equal(clock_format_iso(us, text), utc);
}

static void a_civil_time_has_an_instant(void **state)
{
	(void)state;
	expect("UTC", "2018-01-02T03:04:05", "2018-01-02T03:04:05.000Z");
	expect("America/Sao_Paulo", "2018-01-02T03:04:05", "2018-01-02T05:04:05.000Z");
	expect("America/Sao_Paulo", "2018-07-02T03:04:05", "2018-07-02T06:04:05.000Z");
	expect("Asia/Kolkata", "2018-07-02T03:04:05", "2018-07-01T21:34:05.000Z");
}

static void where_clocks_change_there_is_still_one_answer(void **state)
{
	(void)state;
	/* set back at 2018-02-18 00:00 (-02) to 2018-02-17 23:00 (-03) */
	expect("America/Sao_Paulo", "2018-02-17T22:30:00", "2018-02-18T00:30:00.000Z");
	expect("America/Sao_Paulo", "2018-02-17T23:30:00", "2018-02-18T02:30:00.000Z");
	expect("America/Sao_Paulo", "2018-02-18T00:30:00", "2018-02-18T03:30:00.000Z");
	/* set forward at 2018-11-04 00:00 (-03) to 01:00 (-02) */
	expect("America/Sao_Paulo", "2018-11-03T23:30:00", "2018-11-04T02:30:00.000Z");
	expect("America/Sao_Paulo", "2018-11-04T00:30:00", "2018-11-04T03:30:00.000Z");
	expect("America/Sao_Paulo", "2018-11-04T01:30:00", "2018-11-04T03:30:00.000Z");
}

static void an_unknown_zone_is_said(void **state)
{
	(void)state;
	int64_t us;
	assert_false(clock_from_civil("Mars/Olympus", 0, &us));
	assert_false(clock_zone_is_known("../../etc/passwd"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_civil_time_has_an_instant),
		cmocka_unit_test(where_clocks_change_there_is_still_one_answer),
		cmocka_unit_test(an_unknown_zone_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
