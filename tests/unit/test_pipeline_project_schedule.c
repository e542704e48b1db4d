/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/project_settings.h"

#include "support/support.h"

static void expect(const char *text, const char *message)
{
	struct error err = {0};
	int result = project_check_schedule(text, &err);
	if (!message)
		assert_ok(result, &err);
	else
		assert_fails(result, &err, ERR_PROJECT);
	if (message)
		assert_string_equal(err.message, message);
}

static void five_fields_are_a_schedule(void **state)
{
	static const char *const good[] = {"* * * * *",         "0 */2 * * *",  "0,30 6-22 * * 1-5",
					   "15 3 1 jan,jul *",  "0 0 * * sun",  "59 23 31 12 7",
					   "0-30/10 0 1 2 Mon", " 0\t0 * * * ", "0 0 29 2 *",
					   "0 0 30 2 1"};
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		expect(good[i], NULL);
}

static void a_wrong_field_is_named(void **state)
{
	(void)state;
	expect("60 * * * *", "\"60\" is no minute from 0 to 59");
	expect("* 24 * * *", "\"24\" is no hour from 0 to 23");
	expect("* * 0 * *", "\"0\" is no day of the month from 1 to 31");
	expect("* * * 13 *", "\"13\" is no month from 1 to 12");
	expect("* * * * 8", "\"8\" is no day of the week from 0 to 7");
	expect("*/0 * * * *", "\"*/0\" is no minute from 0 to 59");
	expect("5-1 * * * *", "\"5-1\" is no minute from 0 to 59");
	expect("1- * * * *", "\"1-\" is no minute from 0 to 59");
	expect("5/2 * * * *", "\"5/2\" is no minute from 0 to 59");
	expect("1,,2 * * * *", "\"1,,2\" is no minute from 0 to 59");
	expect("99999999999999999999 * * * *",
	       "\"99999999999999999999\" is no minute from 0 to 59");
}

static void other_shapes_are_refused(void **state)
{
	(void)state;
	expect("@daily", "\"@daily\" is no minute from 0 to 59");
	expect("", "\"\" is not a schedule of five cron fields");
	expect("0 * * *", "\"0 * * *\" is not a schedule of five cron fields");
	expect("0 * * * * *", "\"0 * * * * *\" is not a schedule of five cron fields");
	expect("0 0 31 4,jun *", "the schedule \"0 0 31 4,jun *\" never comes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(five_fields_are_a_schedule),
		cmocka_unit_test(a_wrong_field_is_named),
		cmocka_unit_test(other_shapes_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
