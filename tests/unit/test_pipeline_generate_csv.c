/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "pipeline/generate_csv.h"
#include "pipeline/generate_damage.h"

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

static void open_csv(struct generate_csv *csv, const char *folder)
{
	struct error err;
	*csv = (struct generate_csv){0};
	assert_ok(generate_csv_open(csv, folder, "a.csv", "a,b\n", &err), &err);
}

static void close_and_compare(struct generate_csv *csv, const char *folder, const char *expected)
{
	struct error err;
	assert_ok(generate_csv_close(csv, &err), &err);
	assert_ok(generate_csv_keep(csv, &err), &err);
	generate_csv_done(csv);
	char *bytes = support_read_file(folder, "a.csv");
	assert_string_equal(bytes, expected);
	free(bytes);
}

static void fields_are_quoted_only_where_they_must_be(void **state)
{
	static struct generate_csv csv;
	open_csv(&csv, *state);
	generate_csv_text(&csv, "plain text");
	generate_csv_text(&csv, "a,b");
	generate_csv_text(&csv, "say \"no\"");
	generate_csv_text(&csv, "two\r\nlines");
	generate_csv_quoted(&csv, "01001");
	generate_csv_empty(&csv);
	generate_csv_end_row(&csv);
	generate_csv_id(&csv, "0f");
	generate_csv_id(&csv, "f0");
	generate_csv_end_row(&csv);
	assert_int_equal(csv.records, 2);
	close_and_compare(&csv, *state,
			  "a,b\nplain text,\"a,b\",\"say \"\"no\"\"\",\"two\r\nlines\",\"01001\",\n"
			  "\"0f\",f0\n");
}

static void numbers_and_times_have_one_form(void **state)
{
	static struct generate_csv csv;
	open_csv(&csv, *state);
	generate_csv_int(&csv, 0);
	generate_csv_int(&csv, -42);
	generate_csv_int(&csv, INT64_MIN);
	generate_csv_money(&csv, 5);
	generate_csv_money(&csv, 123456);
	generate_csv_time(&csv, 0);
	generate_csv_time(&csv, 1519776000 + 86399);
	generate_csv_time(&csv, GENERATE_NO_TIME);
	generate_csv_end_row(&csv);
	close_and_compare(&csv, *state,
			  "a,b\n0,-42,-9223372036854775808,0.05,1234.56,1970-01-01 00:00:00,"
			  "2018-02-28 23:59:59,\n");
}

static void a_file_not_kept_is_removed(void **state)
{
	static struct generate_csv csv;
	struct error err;
	struct file_info info;
	open_csv(&csv, *state);
	char *path = strdup(csv.path);
	assert_int_equal(file_stat(path, &info, &err), 1);
	generate_csv_done(&csv);
	assert_int_equal(file_stat(path, &info, &err), 0);
	free(path);
}

/* One broken record of each kind, in their order. */
static void every_kind_of_damage_takes_its_turn(void **state)
{
	static struct generate_csv csv;
	open_csv(&csv, *state);
	for (int i = 0; i < 8; i++) {
		generate_csv_text(&csv, "abcd");
		generate_csv_text(&csv, "x");
		generate_csv_money(&csv, 100);
		generate_csv_end_row(&csv);
		csv.broken_due = 0;
		generate_damage_after(&csv, true);
	}
	assert_int_equal(csv.broken, 8);
	assert_int_equal(csv.records, 8);
	close_and_compare(&csv, *state,
			  "a,b\n"
			  "abcd,x,1.00\nabcd,x\n"
			  "abcd,x,1.00\nabcd,x,1.00,surplus\n"
			  "abcd,x,1.00\nab\"cd,x,1.00\n"
			  "abcd,x,1.00\n\"abcd,x,1.00\n"
			  "abcd,x,1.00\nabcd,x,n/a\n"
			  "abcd,x,1.00\nabcd,x,12.345\n"
			  "abcd,x,1.00\n\xff\xc3(abcd,x,1.00\n"
			  "abcd,x,1.00\n,x,1.00\n");
}

static void records_with_quotes_are_not_damaged(void **state)
{
	static struct generate_csv csv;
	open_csv(&csv, *state);
	generate_csv_quoted(&csv, "abcd");
	generate_csv_int(&csv, 1);
	generate_csv_end_row(&csv);
	generate_damage_after(&csv, true);
	assert_int_equal(csv.broken, 0);
	generate_csv_text(&csv, "abcd");
	generate_csv_int(&csv, 1);
	generate_csv_end_row(&csv);
	generate_damage_after(&csv, true);
	assert_int_equal(csv.broken, 1);
	generate_csv_done(&csv);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(fields_are_quoted_only_where_they_must_be),
		CASE(numbers_and_times_have_one_form),
		CASE(a_file_not_kept_is_removed),
		CASE(every_kind_of_damage_takes_its_turn),
		CASE(records_with_quotes_are_not_damaged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
