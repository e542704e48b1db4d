/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <string.h>

#include "csv/detect_parts.h"

enum { POINT, COMMA, COMMA_POINT, POINT_COMMA, COMMA_BLANK };

/* The type of values parted by '|' under a style and an order. */
static const char *type_of(const char *values, size_t style, enum csv_date_order order,
			   const char *header)
{
	static char name[CSV_TYPE_NAME_SIZE];
	struct csv_detect_values found;
	csv_detect_values_init(&found);
	for (const char *p = values; *p;) {
		size_t len = strcspn(p, "|");
		csv_detect_values_add(&found, p, len, false);
		p += len + (p[len] == '|');
	}
	return csv_type_name(csv_detect_values_type(&found, style, order, header), name);
}

static void check(const char *values, const char *expected)
{
	const char *got = type_of(values, POINT, CSV_DATE_ISO, NULL);
	if (strcmp(got, expected) != 0)
		fail_msg("%s: %s instead of %s", values, got, expected);
}

static void a_type_is_what_all_values_are(void **state)
{
	(void)state;
	check("1|2|-3", "bigint");
	check("0|1|0", "bigint");
	check("1|2.5", "decimal(18,2)");
	check("1|2.125", "decimal(18,3)");
	check("1.5|x", "text");
	check("", "text");
	check("true|FALSE", "boolean");
	check("true|maybe", "text");
	check("true|1", "text");
	check("t|f", "text"); /* as likely words of another kind */
	check("2024-01-31|2024-02-01", "date");
	check("2024-01-31 00:00:00|2024-02-01 00:00", "date");
	check("2024-01-31|2024-02-01 10:00", "timestamp");
	check("2024-01-31T00:00:00Z", "timestamp");
	check("2024-01-31|2024-02-30", "text");
	check("2024-01-31|17", "text");
	check(" 7 | 8", "bigint");
	check("7| ", "text");
	check("a|1|2024-01-01", "text");
}

static void digits_with_leading_zeros_are_identifiers(void **state)
{
	(void)state;
	check("01001|99999", "text");
	check("0|1|20", "bigint");
	check("123456789012345678", "bigint");
	check("1234567890123456789", "text");
	assert_string_equal(type_of("12345|67890", POINT, CSV_DATE_ISO, "customer_zip_code"),
			    "text");
	assert_string_equal(type_of("12345|67890", POINT, CSV_DATE_ISO, "CEP"), "text");
	assert_string_equal(type_of("12345|67890", POINT, CSV_DATE_ISO, "zipped_files"), "bigint");
	assert_string_equal(type_of("12345|67890", POINT, CSV_DATE_ISO, "exception"), "bigint");
}

static void floating_point_is_double_and_money_is_not(void **state)
{
	(void)state;
	check("1.5e3|2", "double");
	check("-23.549291999999|1.5", "double");
	check("inf|1.5", "double");
	check("1.123456789", "decimal(18,9)");
	check("1234567890123456.78", "decimal(38,2)");
	check("12345678901234.78", "decimal(18,2)");
	check("123456789012345678901234567890123456.12", "decimal(38,2)");
	check("1234567890123456789012345678901234567.12", "text");
}

static void eight_digits_are_a_date_where_the_header_says_so(void **state)
{
	(void)state;
	check("20240131|20240201", "bigint");
	assert_string_equal(type_of("20240131|20240201", POINT, CSV_DATE_ISO, "ship_date"), "date");
	assert_string_equal(type_of("20240131|20240201", POINT, CSV_DATE_ISO, "Data"), "date");
	assert_string_equal(type_of("20240131|20240231", POINT, CSV_DATE_ISO, "date"), "bigint");
	assert_string_equal(type_of("20240131|10000101", POINT, CSV_DATE_ISO, "date"), "bigint");
	assert_string_equal(type_of("20240131|20240201", POINT, CSV_DATE_ISO, "updates"), "bigint");
}

static void marks_of_numbers_are_tried_side_by_side(void **state)
{
	(void)state;
	assert_string_equal(type_of("1.234,56|7", COMMA_POINT, CSV_DATE_ISO, NULL),
			    "decimal(18,2)");
	assert_string_equal(type_of("1.234,56|7", COMMA, CSV_DATE_ISO, NULL), "text");
	assert_string_equal(type_of("1,5|7", COMMA, CSV_DATE_ISO, NULL), "decimal(18,2)");
	assert_string_equal(type_of("1,234|7", POINT_COMMA, CSV_DATE_ISO, NULL), "bigint");
	assert_string_equal(type_of("1,234|7", COMMA, CSV_DATE_ISO, NULL), "decimal(18,3)");
	assert_string_equal(type_of("1 234,5", COMMA_BLANK, CSV_DATE_ISO, NULL), "decimal(18,2)");
}

static void orders_of_dates_are_tried_side_by_side(void **state)
{
	(void)state;
	assert_string_equal(type_of("31/01/2024|01/02/2024", POINT, CSV_DATE_DMY, NULL), "date");
	assert_string_equal(type_of("31/01/2024|01/02/2024", POINT, CSV_DATE_MDY, NULL), "text");
	assert_string_equal(type_of("31/01/2024|01/02/2024", POINT, CSV_DATE_ISO, NULL), "text");
	assert_string_equal(type_of("01/02/2024 10:00|2024-01-31", POINT, CSV_DATE_MDY, NULL),
			    "timestamp");
}

static void null_words_rule_nothing_out(void **state)
{
	struct csv_detect_values found;
	(void)state;
	check("NULL|1|\\N|NaN", "bigint");
	check("NULL", "text");
	check("null|1", "text"); /* only as databases write it */
	csv_detect_values_init(&found);
	csv_detect_values_add(&found, "", 0, false);
	csv_detect_values_add(&found, "", 0, true);
	csv_detect_values_add(&found, "NULL", 4, false);
	csv_detect_values_add(&found, "NULL", 4, true);
	assert_int_equal(found.nulls, 1);
	assert_int_equal(found.empties, 1);
	assert_int_equal(found.words[0], 1);
	assert_int_equal(found.values, 1);
	assert_true(found.is_dead);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_type_is_what_all_values_are),
		cmocka_unit_test(digits_with_leading_zeros_are_identifiers),
		cmocka_unit_test(floating_point_is_double_and_money_is_not),
		cmocka_unit_test(eight_digits_are_a_date_where_the_header_says_so),
		cmocka_unit_test(marks_of_numbers_are_tried_side_by_side),
		cmocka_unit_test(orders_of_dates_are_tried_side_by_side),
		cmocka_unit_test(null_words_rule_nothing_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
