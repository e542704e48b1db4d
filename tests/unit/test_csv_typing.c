/* SPDX-License-Identifier: Apache-2.0 */
#include "support/typing_rows.h"

static void a_type_has_a_name_and_a_size(void **state)
{
	static const struct {
		struct csv_type type;
		const char *name;
		size_t size;
	} rows[] = {
		{{CSV_TEXT, 0, 0}, "text", 0},
		{{CSV_BIGINT, 0, 0}, "bigint", 8},
		{{CSV_INTEGER, 0, 0}, "integer", 4},
		{{CSV_DECIMAL, 4, 4}, "decimal(4,4)", 2},
		{{CSV_DECIMAL, 5, 0}, "decimal(5,0)", 4},
		{{CSV_DECIMAL, 9, 2}, "decimal(9,2)", 4},
		{{CSV_DECIMAL, 10, 2}, "decimal(10,2)", 8},
		{{CSV_DECIMAL, 18, 2}, "decimal(18,2)", 8},
		{{CSV_DECIMAL, 19, 2}, "decimal(19,2)", 16},
		{{CSV_DECIMAL, 38, 10}, "decimal(38,10)", 16},
		{{CSV_DOUBLE, 0, 0}, "double", 8},
		{{CSV_BOOLEAN, 0, 0}, "boolean", 1},
		{{CSV_DATE, 0, 0}, "date", 4},
		{{CSV_TIMESTAMP, 0, 0}, "timestamp", 8},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char name[CSV_TYPE_NAME_SIZE];
		assert_string_equal(csv_type_name(rows[i].type, name), rows[i].name);
		assert_int_equal(csv_type_size(rows[i].type), rows[i].size);
	}
}

static void booleans_have_five_pairs_of_words(void **state)
{
	static const struct row rows[] = {
		{"true", "true"}, {"FALSE", "false"}, {"t", "true"},      {"F", "false"},
		{"Yes", "true"},  {"nO", "false"},    {"y", "true"},      {"N", "false"},
		{"1", "true"},    {"0", "false"},     {" true ", "true"}, {"01", "wrong"},
		{"tr", "wrong"},  {"truee", "wrong"}, {"2", "wrong"},     {"on", "wrong"},
		{"", "wrong"},    {"-1", "wrong"},    {"\x11", "wrong"},  {NULL, NULL},
	};
	(void)state;
	check_rows(boolean, &plain, rows);
}

static void a_byte_zero_is_no_digit_and_no_mark(void **state)
{
	struct csv_typing typing = {.type = bigint, .dialect = &plain};
	int64_t value = 0;
	double number = 0;
	(void)state;
	assert_int_equal(csv_type_field(&typing, "1\0002", 3, &value), CSV_TYPED_WRONG);
	assert_int_equal(csv_type_field(&typing, "\0", 1, &value), CSV_TYPED_WRONG);
	typing.type = money;
	assert_int_equal(csv_type_field(&typing, "1\0002", 3, &value), CSV_TYPED_WRONG);
	typing.type = timestamp;
	assert_int_equal(csv_type_field(&typing, "2018-01-31\00013:05:09", 19, &value),
			 CSV_TYPED_WRONG);
	assert_int_equal(csv_type_field(&typing, "2018\00001\00031", 10, &value), CSV_TYPED_WRONG);
	typing.type = real;
	assert_int_equal(csv_type_field(&typing, "1\000", 2, &number), CSV_TYPED_WRONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_type_has_a_name_and_a_size),
		cmocka_unit_test(booleans_have_five_pairs_of_words),
		cmocka_unit_test(a_byte_zero_is_no_digit_and_no_mark),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
