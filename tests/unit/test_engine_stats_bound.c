/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "engine/stats_bound.h"

/* NULL = left out. */
static void assert_bound(const char *type, const char *text, bool is_max, const char *expected)
{
	HELD(text) out = {0};
	bool kept = stats_add_bound(type, text, strlen(text), is_max, &out);
	if (kept != (expected != NULL))
		fail_msg("%s %s: %s", type, text, kept ? out.data : "left out");
	if (kept)
		assert_string_equal(out.data, expected);
}

static void numbers_are_json_numbers(void **state)
{
	(void)state;
	assert_bound("long", "-9223372036854775808", false, "-9223372036854775808");
	assert_bound("byte", "7", true, "7");
	assert_bound("long", "12a", true, NULL);
	assert_bound("decimal(18,2)", "12.30", true, "12.30");
	assert_bound("decimal(2,2)", ".50", true, "0.50");
	assert_bound("decimal(2,2)", "-.50", true, "-0.50");
	assert_bound("double", "0.1", false, "0.10000000000000001");
	assert_bound("float", "0.1", false, "0.10000000149011612");
	assert_bound("double", "1e+20", false, "1e+20");
	assert_bound("double", "nan", false, NULL);
	assert_bound("double", "-inf", false, NULL);
}

static void times_are_bounded_by_whole_milliseconds(void **state)
{
	(void)state;
	assert_bound("timestamp", "2018-01-02 03:04:05.123456+00", false,
		     "\"2018-01-02T03:04:05.123Z\"");
	assert_bound("timestamp", "2018-01-02 03:04:05.123456+00", true,
		     "\"2018-01-02T03:04:05.124Z\"");
	assert_bound("timestamp", "2018-01-02 03:04:05.123+00", true,
		     "\"2018-01-02T03:04:05.123Z\"");
	assert_bound("timestamp", "2017-12-31 23:59:59.9991+00", true,
		     "\"2018-01-01T00:00:00.000Z\"");
	assert_bound("timestamp", "1969-12-31 23:59:59.9999+00", false,
		     "\"1969-12-31T23:59:59.999Z\"");
	assert_bound("timestamp", "1969-12-31 23:59:59.9999+00", true,
		     "\"1970-01-01T00:00:00.000Z\"");
	assert_bound("timestamp", "infinity", true, NULL);
	assert_bound("timestamp", "12018-01-02 03:04:05+00", true, NULL);
	assert_bound("timestamp", "0044-03-15 (BC) 00:00:00+00", false, NULL);
	assert_bound("timestamp", "2018-01-02 03:04:05+01", false, NULL);
	assert_bound("date", "2018-01-02", true, "\"2018-01-02\"");
	assert_bound("date", "0044-03-15 (BC)", true, NULL);
	assert_bound("date", "infinity", true, NULL);
}

static void decimals_are_bounded_by_fifteen_digits(void **state)
{
	(void)state;
	const char *type = "decimal(18,2)";
	assert_bound(type, "1234567890123456.78", false, "1234567890123450.00");
	assert_bound(type, "1234567890123456.78", true, "1234567890123460.00");
	assert_bound(type, "-1234567890123456.78", false, "-1234567890123460.00");
	assert_bound(type, "-1234567890123456.78", true, "-1234567890123450.00");
	assert_bound(type, "1234567890123450.00", true, "1234567890123450.00");
	assert_bound(type, "1299999999999999.99", true, "1300000000000000.00");
	assert_bound(type, "9999999999999999.99", false, "9999999999999990.00");
	assert_bound(type, "9999999999999999.99", true, NULL);
	assert_bound(type, "-9999999999999999.99", false, NULL);
	assert_bound("decimal(18,17)", "0.00123456789012345678", true, "0.00123456789012346000");
	assert_bound("decimal(17,16)", "0.9999999999999999", true, "1.0000000000000000");
	assert_bound("decimal(16,16)", ".9999999999999999", true, NULL);
}

static void check_long_text(const char *character, int beginning, const char *rest)
{
	HELD(text) text = {0};
	HELD(text) least = {0};
	HELD(text) most = {0};
	text_add_char(&least, '"');
	for (int i = 0; i < beginning; i++) {
		text_add(&text, character);
		text_add(&least, character);
	}
	text_add(&text, rest);
	text_add_bytes(&most, least.data, least.len);
	text_add(&least, "\"");
	text_add(&most, "\xf4\x8f\xbf\xbf\"");
	assert_bound("string", text.data, false, least.data);
	assert_bound("string", text.data, true, most.data);
}

static void texts_are_kept_when_they_are_short(void **state)
{
	(void)state;
	char text[STATISTIC_TEXT_LEN_MAX + 1] = {0};
	memset(text, 'x', STATISTIC_TEXT_LEN_MAX);
	HELD(text) whole = {0};
	text_addf(&whole, "\"%s\"", text);
	assert_bound("string", "it's \"\xc3\xa9\"\n", true, "\"it's \\\"\xc3\xa9\\\"\\n\"");
	assert_bound("string", "", false, "\"\"");
	assert_bound("string", text, true, whole.data);
	assert_bound("string", "\xc3", false, NULL);
}

static void long_texts_are_bounded_by_their_beginning(void **state)
{
	(void)state;
	check_long_text("x", STATISTIC_TEXT_LEN_MAX, "y");
	check_long_text("x", STATISTIC_TEXT_LEN_MAX, "\xc3\xa9 and more");           /* two bytes */
	check_long_text("\xe2\x82\xac", STATISTIC_TEXT_LEN_MAX / 3, "\xe2\x82\xac"); /* three */
	check_long_text("\xf0\x9f\x98\x80", STATISTIC_TEXT_LEN_MAX / 4, "a");
	/* cut by COPY within a character, far behind what is kept */
	check_long_text("\xf0\x9f\x98\x80", STATISTIC_TEXT_LEN_MAX / 4, "a\xf0\x9f");
	/* nothing is greater than the greatest character */
	HELD(text) greatest = {0};
	for (int i = 0; i < STATISTIC_TEXT_LEN_MAX; i++)
		text_add(&greatest, "\xf4\x8f\xbf\xbf");
	assert_bound("string", greatest.data, true, NULL);
}

static void booleans_are_true_or_false(void **state)
{
	(void)state;
	assert_bound("boolean", "0", false, "false");
	assert_bound("boolean", "1", true, "true");
	assert_bound("boolean", "2", true, NULL);
}

static void what_has_no_order_is_left_out(void **state)
{
	(void)state;
	assert_bound("binary", "AB", false, NULL);
	assert_bound("{\"type\":\"array\"}", "1", false, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_json_numbers),
		cmocka_unit_test(times_are_bounded_by_whole_milliseconds),
		cmocka_unit_test(decimals_are_bounded_by_fifteen_digits),
		cmocka_unit_test(texts_are_kept_when_they_are_short),
		cmocka_unit_test(long_texts_are_bounded_by_their_beginning),
		cmocka_unit_test(booleans_are_true_or_false),
		cmocka_unit_test(what_has_no_order_is_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
