/* SPDX-License-Identifier: Apache-2.0 */
#include "support/typing_rows.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void whole_numbers_reach_to_the_ends_of_their_types(void **state)
{
	static const struct row rows[] = {
		{"0", "0"},
		{"-0", "0"},
		{"+7", "7"},
		{"007", "7"},
		{" 12\t", "12"},
		{"999999999999999999", "999999999999999999"},
		{"-999999999999999999", "-999999999999999999"},
		{"9223372036854775807", "9223372036854775807"},
		{"9223372036854775808", "range"},
		{"-9223372036854775808", "-9223372036854775808"},
		{"-9223372036854775809", "range"},
		{"18446744073709551616", "range"},
		{"000000000000000000000000000000000000000000000005", "5"},
		{"99999999999999999999999999999999999999999999999999", "range"},
		{"", "wrong"},
		{" ", "wrong"},
		{"-", "wrong"},
		{"+", "wrong"},
		{"--1", "wrong"},
		{"1-", "wrong"},
		{"1 2", "wrong"},
		{"12.0", "wrong"},
		{"12.", "wrong"},
		{"1,234", "wrong"},
		{"1e3", "wrong"},
		{"0x10", "wrong"},
		{"12a", "wrong"},
		{"99999999999999999999x", "wrong"},
		{"\xC2\xB2", "wrong"},
		{NULL, NULL},
	};
	static const struct row small[] = {
		{"2147483647", "2147483647"},
		{"2147483648", "range"},
		{"-2147483648", "-2147483648"},
		{"-2147483649", "range"},
		{"9223372036854775808", "range"},
		{"x", "wrong"},
		{NULL, NULL},
	};
	(void)state;
	check_rows(bigint, &plain, rows);
	check_rows(integer, &plain, small);
}

static void thousands_marks_stand_at_every_third_digit_or_nowhere(void **state)
{
	static const struct row rows[] = {
		{"1.234", "1234"},
		{"12.345", "12345"},
		{"123.456.789", "123456789"},
		{"1234567", "1234567"},
		{"-1.234", "-1234"},
		{"9.223.372.036.854.775.807", "9223372036854775807"},
		{"1234.567", "wrong"},
		{"1.23", "wrong"},
		{"1.2345", "wrong"},
		{".123", "wrong"},
		{"1..234", "wrong"},
		{"1.234.", "wrong"},
		{"1.234.5", "wrong"},
		{"1.234567", "wrong"},
		{"0.123", "wrong"},
		{"012.345", "wrong"},
		{"1,234", "wrong"},
		{NULL, NULL},
	};
	static const struct row money_rows[] = {
		{"1.234,56", "123456"},         {"1.234", "123400"},   {"1234,56", "123456"},
		{"-1.234.567,8", "-123456780"}, {"0,5", "50"},         {",5", "50"},
		{"1.234,567", "precision"},     {"1,234.56", "wrong"}, {"1,234,56", "wrong"},
		{"1234.56", "wrong"},           {"1,2.3", "wrong"},    {NULL, NULL},
	};
	static const struct row blanks[] = {
		{"1 234", "1234"},
		{"1\xC2\xA0"
		 "234",
		 "1234"},
		{"1\xE2\x80\xAF"
		 "234",
		 "1234"},
		{"1  234", "wrong"},
		{"1 234 ", "1234"},
		{"1\xC2"
		 "234",
		 "wrong"},
		{"1\xC2", "wrong"},
		{NULL, NULL},
	};
	static const struct csv_dialect swiss = {.decimal = '.', .thousands = '\''};
	(void)state;
	check_rows(bigint, &brazil, rows);
	check_rows(money, &brazil, money_rows);
	check_rows(bigint, &french, blanks);
	assert_string_equal(shown(money, &swiss, "1'234.50"), "123450");
	assert_string_equal(shown(money, &american, "1,234.50"), "123450");
	assert_string_equal(shown(real, &american, "-1,234.5e2"), "-123450");
}

static void a_decimal_keeps_every_place_or_says_so(void **state)
{
	static const struct row rows[] = {
		{"58.90", "5890"},
		{"58.9", "5890"},
		{"58", "5800"},
		{"58.", "5800"},
		{".5", "50"},
		{"-.5", "-50"},
		{"+0.01", "1"},
		{"-0.00", "0"},
		{"1.230", "123"},
		{"1.2300000000000000000000000000000", "123"},
		{"1.231", "precision"},
		{"1.23000000000000000000000000000001", "precision"},
		{"9999999999999999.99", "999999999999999999"},
		{"-9999999999999999.99", "-999999999999999999"},
		{"00000000000000000000009999999999999999.99", "999999999999999999"},
		{"10000000000000000.00", "range"},
		{"10000000000000000", "range"},
		{"99999999999999999.001", "range"},
		{"99999999999999999999999999999999999999999999", "range"},
		{".", "wrong"},
		{"-.", "wrong"},
		{"1.2.3", "wrong"},
		{"1e2", "wrong"},
		{"R$ 10", "wrong"},
		{"10%", "wrong"},
		{"(10)", "wrong"},
		{"NaN", "wrong"},
		{"99999999999999999999999x", "wrong"},
		{NULL, NULL},
	};
	(void)state;
	check_rows(money, &plain, rows);
	static const struct row pure_fraction[] = {
		{"0.12", "1200000000"},
		{".12", "1200000000"},
		{"000.12", "1200000000"},
		{"1.12", "range"},
		{"1", "range"},
		{"0", "0"},
		{"-0.9999999999", "-9999999999"},
		{NULL, NULL},
	};
	check_rows((struct csv_type){CSV_DECIMAL, 10, 10}, &plain, pure_fraction);
}

static void a_decimal_goes_into_the_integer_of_its_precision(void **state)
{
	struct {
		int16_t value, after;
	} two = {0, 77};
	struct {
		int32_t value, after;
	} four = {0, 77};
	struct {
		int64_t value, after;
	} eight = {0, 77};
	__int128 sixteen = 0;
	(void)state;
	assert_int_equal(type_as((struct csv_type){CSV_DECIMAL, 4, 1}, &plain, "-999.9", &two), 0);
	assert_int_equal(two.value, -9999);
	assert_int_equal(two.after, 77);
	assert_int_equal(type_as((struct csv_type){CSV_DECIMAL, 9, 2}, &plain, "1234567.89", &four),
			 0);
	assert_int_equal(four.value, 123456789);
	assert_int_equal(four.after, 77);
	assert_int_equal(type_as((struct csv_type){CSV_DECIMAL, 10, 0}, &plain, "-1", &eight), 0);
	assert_int_equal(eight.value, -1);
	assert_int_equal(eight.after, 77);
	assert_int_equal(type_as((struct csv_type){CSV_DECIMAL, 19, 1}, &plain, "-0.1", &sixteen),
			 0);
	assert_true(sixteen == -1);
	static const struct row ends[] = {
		{"9.99", "precision"}, {"999.9", ""}, {"1000", "range"}, {"-1000.0", "range"}};
	for (size_t i = 0; i < 4; i++) {
		static const char *const why[] = {"", "wrong", "precision", "range"};
		enum csv_typed typed =
			type_as((struct csv_type){CSV_DECIMAL, 4, 1}, &plain, ends[i].text, &two);
		assert_string_equal(why[typed], ends[i].expected);
	}
}

static void thirty_eight_digits_are_exact(void **state)
{
	static const char *const nines = "99999999999999999999999999999999999999";
	struct csv_type type = {CSV_DECIMAL, 38, 0};
	__int128 value = 0, expected = 0;
	char text[64];
	(void)state;
	for (int i = 0; i < 38; i++)
		expected = expected * 10 + 9;
	assert_int_equal(type_as(type, &plain, nines, &value), CSV_TYPED_OK);
	assert_true(value == expected);
	snprintf(text, sizeof text, "-%s.000", nines);
	assert_int_equal(type_as(type, &plain, text, &value), CSV_TYPED_OK);
	assert_true(value == -expected);
	snprintf(text, sizeof text, "1%038d", 0);
	assert_int_equal(type_as(type, &plain, text, &value), CSV_TYPED_RANGE);
	type.scale = 38;
	snprintf(text, sizeof text, "0.%s", nines);
	assert_int_equal(type_as(type, &plain, text, &value), CSV_TYPED_OK);
	assert_true(value == expected);
	struct csv_typing rounding = {.type = type, .dialect = &plain, .round = true};
	snprintf(text, sizeof text, "0.%s5", nines);
	assert_int_equal(csv_type_field(&rounding, text, strlen(text), &value), CSV_TYPED_RANGE);
	/* Arrays of 16-byte values need not be aligned. */
	char bytes[17];
	assert_int_equal(type_as((struct csv_type){CSV_DECIMAL, 38, 0}, &plain, "5", bytes + 1), 0);
	memcpy(&value, bytes + 1, sizeof value);
	assert_true(value == 5);
}

static void rounding_goes_half_away_from_zero(void **state)
{
	static const struct {
		const char *text;
		int64_t expected;
	} rows[] = {
		{"1.005", 101},   {"1.0049999999999999999999999", 100},
		{"-1.005", -101}, {"-1.004", -100},
		{"0.995", 100},   {"9.9950", 1000},
		{"2.675", 268},   {"-0.001", 0},
		{"1.23", 123},
	};
	struct csv_typing typing = {.type = money, .dialect = &plain, .round = true};
	int64_t value;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *text = rows[i].text;
		assert_int_equal(csv_type_field(&typing, text, strlen(text), &value), CSV_TYPED_OK);
		assert_int_equal(value, rows[i].expected);
	}
	const char *most = "9999999999999999.995";
	assert_int_equal(csv_type_field(&typing, most, strlen(most), &value), CSV_TYPED_RANGE);
}

static void check_double(const char *text, double expected)
{
	double value = 0;
	enum csv_typed typed = type_as(real, &plain, text, &value);
	if (typed != CSV_TYPED_OK || memcmp(&value, &expected, sizeof value) != 0)
		fail_msg("\"%.60s\": %d, %a instead of %a", text, typed, value, expected);
}

static void doubles_are_correctly_rounded(void **state)
{
	(void)state;
	check_double("0", 0.0);
	check_double("-0", -0.0);
	check_double("-23.5489", -23.5489);
	check_double("0.1", 0.1);
	check_double("123456789012345678", 123456789012345678.0);
	check_double("9007199254740993", 9007199254740992.0); /* half-way: to even */
	check_double("9007199254740993.0000000000000000000000000000001", 9007199254740994.0);
	check_double("1e22", 1e22);
	check_double("1E+23", 1e23);
	check_double("8.41e21", 8.41e21);
	check_double("2.2250738585072011e-308", 2.2250738585072011e-308);
	check_double("4.9406564584124654e-324", DBL_TRUE_MIN);
	check_double("2.4703282292062327e-324", 0.0);
	check_double("2.4703282292062328e-324", DBL_TRUE_MIN);
	check_double("1.7976931348623157e308", DBL_MAX);
	check_double("1e-99999999999999999999", 0.0);
	check_double("-1e-400", -0.0);
	check_double("0e99999999999999999999", 0.0);
	check_double(".5e1", 5.0);
	check_double("5.", 5.0);
	check_double("inf", INFINITY);
	check_double("-Infinity", -INFINITY);
	double value;
	assert_int_equal(type_as(real, &plain, "NaN", &value), CSV_TYPED_OK);
	assert_true(isnan(value));
	check_rows(real, &plain,
		   (const struct row[]){{"1.7976931348623159e308", "range"},
					{"-1e309", "range"},
					{"1e99999999999999999999999", "range"},
					{"1e", "wrong"},
					{"1e+", "wrong"},
					{"e5", "wrong"},
					{".e5", "wrong"},
					{"1e5.0", "wrong"},
					{"infinit", "wrong"},
					{"in", "wrong"},
					{"nan(1)", "wrong"},
					{"0x1p3", "wrong"},
					{"1,5", "wrong"},
					{NULL, NULL}});
	assert_string_equal(shown(real, &brazil, "1.234,5"), "1234.5");
}

/* Rounding may hang on a digit thousands of places behind, and leading zeros must not crowd it out
 * of the buffer. */
static void doubles_of_any_length_are_correctly_rounded(void **state)
{
	enum { ZEROS = 5000 };
	static char text[2 * ZEROS + 64];
	(void)state;
	int n = snprintf(text, sizeof text, "9007199254740993.%0*d", ZEROS, 0);
	check_double(text, 9007199254740992.0);
	text[n - 1] = '1';
	check_double(text, 9007199254740994.0);
	n = snprintf(text, sizeof text, "%0*d.5", ZEROS, 7);
	check_double(text, 7.5);
	n = snprintf(text, sizeof text, "0.%0*d", ZEROS, 7);
	check_double(text, 0.0);
	snprintf(text + n, sizeof text - (size_t)n, "e%d", ZEROS);
	check_double(text, 7.0);
	n = snprintf(text, sizeof text, "7%0*d", ZEROS, 0);
	snprintf(text + n, sizeof text - (size_t)n, "e-%d", ZEROS);
	check_double(text, 7.0);
}

static void random_doubles_survive_the_way_through_text(void **state)
{
	uint64_t seed = 0x9E3779B97F4A7C15;
	(void)state;
	for (int i = 0; i < 20000; i++) {
		double value;
		char text[64];
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		uint64_t bits = seed ^ (seed >> 29);
		memcpy(&value, &bits, sizeof value);
		if (!isfinite(value))
			continue;
		snprintf(text, sizeof text, "%.17g", value);
		check_double(text, value);
		snprintf(text, sizeof text, "%.3f", fmod(value, 1e12));
		check_double(text, strtod(text, NULL));
	}
}

static void a_locale_with_a_decimal_comma_changes_nothing(void **state)
{
	(void)state;
	const char *was = setlocale(LC_NUMERIC, "pt_BR.UTF-8");
	if (!was)
		was = setlocale(LC_NUMERIC, "de_DE.UTF-8"); /* neither: nothing is shown */
	check_double("1.7976931348623157e308", DBL_MAX);
	setlocale(LC_NUMERIC, "C");
	(void)was;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers_reach_to_the_ends_of_their_types),
		cmocka_unit_test(thousands_marks_stand_at_every_third_digit_or_nowhere),
		cmocka_unit_test(a_decimal_keeps_every_place_or_says_so),
		cmocka_unit_test(a_decimal_goes_into_the_integer_of_its_precision),
		cmocka_unit_test(thirty_eight_digits_are_exact),
		cmocka_unit_test(rounding_goes_half_away_from_zero),
		cmocka_unit_test(doubles_are_correctly_rounded),
		cmocka_unit_test(doubles_of_any_length_are_correctly_rounded),
		cmocka_unit_test(random_doubles_survive_the_way_through_text),
		cmocka_unit_test(a_locale_with_a_decimal_comma_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
