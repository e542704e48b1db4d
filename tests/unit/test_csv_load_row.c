/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/load_text.h"

static char *folder;

static int set_up(void **state)
{
	(void)state;
	folder = support_make_folder();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	support_remove_folder(folder);
	return 0;
}

static const struct csv_column three[] = {
	{.name = "id", .type = {CSV_BIGINT}, .required = true, .field = 0},
	{.name = "name", .type = {CSV_TEXT}, .field = 1},
	{.name = "price", .type = {CSV_DECIMAL, 18, 2}, .field = 2},
};

static struct csv_load_settings settings_of(const struct csv_column *columns, size_t count)
{
	return (struct csv_load_settings){
		.dialect = {.delimiter = ',', .quote = '"', .decimal = '.', .header = true},
		.columns = columns,
		.column_count = count,
		.field_count = (int)count};
}

static void assert_rows(const char *text, struct csv_load_settings settings, const char *expected)
{
	HELD(loaded) loaded = {0};
	load_string(folder, text, settings, &loaded);
	assert_string_equal(loaded.rows, expected);
}

static void every_type_is_filled(void **state)
{
	(void)state;
	static const struct csv_column all[] = {
		{.name = "a", .type = {CSV_BIGINT}, .field = 0},
		{.name = "b", .type = {CSV_INTEGER}, .field = 1},
		{.name = "c", .type = {CSV_DECIMAL, 4, 1}, .field = 2},
		{.name = "d", .type = {CSV_DECIMAL, 9, 0}, .field = 3},
		{.name = "e", .type = {CSV_DECIMAL, 18, 2}, .field = 4},
		{.name = "f", .type = {CSV_DECIMAL, 38, 3}, .field = 5},
		{.name = "g", .type = {CSV_DOUBLE}, .field = 6},
		{.name = "h", .type = {CSV_BOOLEAN}, .field = 7},
		{.name = "i", .type = {CSV_DATE}, .field = 8},
		{.name = "j", .type = {CSV_TIMESTAMP}, .field = 9},
		{.name = "k", .type = {CSV_TEXT}, .field = 10},
	};
	struct csv_load_settings settings = settings_of(all, 11);
	settings.time_zone = "America/Sao_Paulo";
	assert_rows("a,b,c,d,e,f,g,h,i,j,k\n"
		    "-9,8,12.5,7,-0.05,\"12345678901234567890.5\",1e3,yes,2018-01-02,"
		    "2018-01-02T03:04:05Z, x \n",
		    settings,
		    "2@22: -9|8|12.5|7|-0.05|12345678901234567890.500|1000|true|2018-01-02|"
		    "2018-01-02 01:04:05| x \n");
}

static void an_empty_field_is_null_and_a_quoted_one_a_text(void **state)
{
	(void)state;
	static const char *const nulls[] = {"NA", "\\N", NULL};
	struct csv_load_settings settings = settings_of(three, 3);
	settings.nulls = nulls;
	assert_rows("id,name,price\n1,,\n2,\"\",\"\"\n3,NA,NA\n4,\"NA\",\\N\n", settings,
		    "2@14: 1|NULL|NULL\n3@18: 2||NULL\n4@26: 3|NULL|NULL\n5@34: 4|NA|NULL\n");
}

static void quotes_and_line_ends_within_quotes_are_content(void **state)
{
	(void)state;
	assert_rows("id,name,price\n1,\"say \"\"hi\"\"\r\nnow\",\"1.5\"\n2,é,2\n",
		    settings_of(three, 3), "2@14: 1|say \"hi\"\r\nnow|1.50\n4@40: 2|é|2.00\n");
}

static void columns_come_from_their_fields_in_any_order(void **state)
{
	(void)state;
	static const struct csv_column columns[] = {
		{.name = "last", .type = {CSV_TEXT}, .field = 3},
		{.name = "missing", .type = {CSV_BIGINT}, .field = -1},
		{.name = "first", .type = {CSV_BIGINT}, .field = 0},
	};
	struct csv_load_settings settings = settings_of(columns, 3);
	settings.field_count = 4;
	assert_rows("a,b,c,d\n1,x,y,z\n", settings, "2@8: z|NULL|1\n");
}

static void the_first_problem_in_the_record_names_the_reject(void **state)
{
	(void)state;
	static const struct csv_column columns[] = {
		{.name = "c", .type = {CSV_BIGINT}, .field = 2},
		{.name = "gone", .type = {CSV_BIGINT}, .required = true, .field = -1},
		{.name = "b", .type = {CSV_BIGINT}, .field = 1},
	};
	HELD(loaded) loaded = {0};
	load_string(folder, "a,b,c\n1,x,y\n1,2,3\n", settings_of(columns, 3), &loaded);
	assert_string_equal(loaded.rejects,
			    "2@6 type b: \"x\" is not a bigint <1,x,y>\n"
			    "3@12 required gone: no value where one is required <1,2,3>\n");
	assert_string_equal(loaded.rows, "");
}

static void a_rejected_row_leaves_no_nulls_behind(void **state)
{
	(void)state;
	HELD(loaded) loaded = {0};
	load_string(folder, "id,name,price\n1,,x\n2,b,2\n", settings_of(three, 3), &loaded);
	assert_string_equal(loaded.rows, "3@19: 2|b|2.00\n");
}

static void texts_must_be_valid_and_without_nul(void **state)
{
	(void)state;
	struct error err;
	char path[600];
	HELD(loaded) loaded = {0};
	static const char text[] =
		"id,name,price\n1,a\0b,1\n2,caf\xE9,2\n3,long enough \xC3\xA9,3\n"
		"4,a long text with one \xFF,4\n";
	support_write_bytes(folder, "load.csv", text, sizeof text - 1);
	snprintf(path, sizeof path, "%s/load.csv", folder);
	struct csv_load_settings settings = settings_of(three, 3);
	settings.path = path;
	assert_ok(load_text(settings, 1, 100, &loaded, &err), &err);
	assert_string_equal(loaded.rows, "4@31: 3|long enough é|3.00\n");
	assert_string_equal(loaded.rejects,
			    "2@14 encoding name: a NUL byte, which no text can hold "
			    "<1,a\xEF\xBF\xBD"
			    "b,1>\n"
			    "3@22 encoding name: bytes that are not valid utf-8 "
			    "<2,caf\xEF\xBF\xBD,2>\n"
			    "5@50 encoding name: bytes that are not valid utf-8 "
			    "<4,a long text with one \xEF\xBF\xBD,4>\n");
	assert_int_equal(loaded.counts.problems[CSV_ENCODING], 3);
}

static void another_number_of_fields_is_a_reject_or_discarded(void **state)
{
	(void)state;
	HELD(loaded) strict = {0};
	HELD(loaded) loose = {0};
	struct csv_load_settings settings = settings_of(three, 3);
	const char *text = "id,name,price\n1,a\n2,b,2,x,y\n3,c,3\n";
	load_string(folder, text, settings, &strict);
	assert_string_equal(strict.rows, "4@28: 3|c|3.00\n");
	assert_string_equal(strict.rejects, "2@14 shape -: 2 fields instead of 3 <1,a>\n"
					    "3@18 shape -: 5 fields instead of 3 <2,b,2,x,y>\n");
	settings.shape_discard_value = true;
	load_string(folder, text, settings, &loose);
	assert_string_equal(loose.rows, "2@14: 1|a|NULL\n3@18: 2|b|2.00\n4@28: 3|c|3.00\n");
	assert_int_equal(loose.counts.values_discarded, 2);
}

static void a_wrong_value_may_be_discarded_unless_it_is_required(void **state)
{
	(void)state;
	HELD(loaded) loaded = {0};
	struct csv_load_settings settings = settings_of(three, 3);
	settings.type_discard_value = true;
	load_string(folder, "id,name,price\n1,a,x\nx,b,1\n2,c,1.234\n", settings, &loaded);
	assert_string_equal(loaded.rows, "2@14: 1|a|NULL\n4@26: 2|c|NULL\n");
	assert_string_equal(loaded.rejects, "3@20 type id: \"x\" is not a bigint <x,b,1>\n");
	assert_int_equal(loaded.counts.values_discarded, 2);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(every_type_is_filled),
		CASE(an_empty_field_is_null_and_a_quoted_one_a_text),
		CASE(quotes_and_line_ends_within_quotes_are_content),
		CASE(columns_come_from_their_fields_in_any_order),
		CASE(the_first_problem_in_the_record_names_the_reject),
		CASE(a_rejected_row_leaves_no_nulls_behind),
		CASE(texts_must_be_valid_and_without_nul),
		CASE(another_number_of_fields_is_a_reject_or_discarded),
		CASE(a_wrong_value_may_be_discarded_unless_it_is_required),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
