/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "csv/detect_parts.h"

static int set_up(void **state)
{
	*state = support_make_folder();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	support_remove_folder(*state);
	return 0;
}

/* A header and `line` 50 times. */
static int guess(const char *folder, const char *header, const char *line,
		 struct csv_detect_guess *out, struct error *err)
{
	struct csv_dialect dialect = {.encoding = CSV_UTF8};
	HELD(text) t = {0};
	text_add(&t, header);
	for (int i = 0; i < 50; i++)
		text_add(&t, line);
	support_write_bytes(folder, "f", t.data, t.len);
	OWNED_MEMORY char *path = file_join(folder, "f", err);
	return csv_detect_guess(path, &dialect, out, err);
}

static void check(const char *folder, const char *header, const char *line, char delimiter,
		  char quote, size_t fields)
{
	struct error err;
	struct csv_detect_guess found;
	assert_ok(guess(folder, header, line, &found, &err), &err);
	assert_int_equal(found.delimiter, delimiter);
	assert_int_equal(found.quote, quote);
	assert_int_equal(found.fields, fields);
}

static void the_delimiter_gives_all_records_the_same_shape(void **state)
{
	check(*state, "a,b,c\n", "1,2,3\n", ',', '"', 3);
	check(*state, "a;b;c\r\n", "1;2;3\r\n", ';', '"', 3);
	check(*state, "a\tb\n", "1\t2\n", '\t', '"', 2);
	check(*state, "a|b\r", "1|2\r", '|', '"', 2);
	check(*state, "a:b\n", "1:2\n", ':', '"', 2);
	check(*state, "a;b\n", "1,5;2,5\n", ';', '"', 2);
	check(*state, "", "1,5;2,5\n", ';', '"', 2);
	check(*state, "t,n\n", "2024-01-01 10:00:00,1\n", ',', '"', 2);
	check(*state, "", "2024-01-01 10:00:00,1\n", ',', '"', 2);
	check(*state, "a,b\n", "\"x;y;z\",\"1\n2\"\n", ',', '"', 2);
	check(*state, "mail\n", "a@b.c\n", ',', '"', 1);
}

static void quotes_are_content_only_where_that_explains_more(void **state)
{
	check(*state, "a,b\n", "1,5\" disk\n", ',', '\0', 2);
	check(*state, "a,b\n", "1,\"x, y\"\n", ',', '"', 2);
	check(*state, "a,b\n1,\"broken\n", "1,\"x\"\n", ',', '"', 2);
	check(*state, "a,b\n", "1,'x, y'\n", ',', '\'', 2);
	check(*state, "a,b\n", "1,it's\n", ',', '"', 2);
}

static void few_odd_records_do_not_matter(void **state)
{
	struct error err;
	struct csv_detect_guess found;
	assert_ok(guess(*state, "a,b\n1\n2\n1,2,3\n", "1,2\n", &found, &err), &err);
	assert_int_equal(found.alike, 51);
	assert_int_equal(found.records, 54);
	assert_true(found.is_sure);
}

static void what_no_delimiter_explains_is_refused(void **state)
{
	static const struct {
		const char *header, *line, *message;
	} rows[] = {
		{"", "one\n\nand, then\n a, little, more\n",
		 "no delimiter gives its lines the same"},
		{"", "\n\r\n", "holds nothing but blank lines"},
		{"Report of May\n\na;b;c\n", "1;2;3\n",
		 "does not begin with its header: most records have 3"},
		{"", "1,2\n1,2,3\n1,2,3,4\n1,2,3,4,5\n",
		 "only 50 of its first 200 records have the same number"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct error err;
		struct csv_detect_guess found;
		int result = guess(*state, rows[i].header, rows[i].line, &found, &err);
		assert_fails(result, &err, ERR_REFUSED);
		if (!strstr(err.message, rows[i].message))
			fail_msg("%s", err.message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_delimiter_gives_all_records_the_same_shape),
		cmocka_unit_test(quotes_are_content_only_where_that_explains_more),
		cmocka_unit_test(few_odd_records_do_not_matter),
		cmocka_unit_test(what_no_delimiter_explains_is_refused),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
