/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include "csv/typing.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_type_has_a_name_and_a_size),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
