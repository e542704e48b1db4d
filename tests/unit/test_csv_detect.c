/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "csv/detect.h"

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

static void detect(const char *folder, const struct text *t, struct csv_found *out)
{
	struct error err;
	support_write_bytes(folder, "f", t->data, t->len);
	OWNED_MEMORY char *path = file_join(folder, "f", &err);
	assert_ok(csv_detect(path, out, &err), &err);
}

/* "name type, name type, ...": a '*' behind the type of a unique column, '?' where NULLs are. */
static void check_columns(const struct csv_found *found, const char *expected)
{
	HELD(text) t = {0};
	for (size_t i = 0; i < found->count; i++) {
		const struct csv_found_column *column = &found->columns[i];
		char name[CSV_TYPE_NAME_SIZE];
		text_addf(&t, "%s%s %s%s%s", i ? ", " : "", column->header,
			  csv_type_name(column->type, name), column->is_unique ? "*" : "",
			  column->nulls ? "?" : "");
	}
	assert_string_equal(t.data, expected);
}

static void a_plain_file_is_found(void **state)
{
	HELD(text) t = {0};
	HELD(csv_found) found = {0};
	text_add(&t, "order_id,n,zip,price,paid,at,note\r\n");
	for (int i = 0; i < 100; i++)
		text_addf(&t,
			  "\"%032d\",%d,0%d,%d.%02d,%s,2024-01-%02d 10:%02d:00,\"a "
			  "\"\"b\"\"\n%s\"\r\n",
			  i, i % 7, 1000 + i % 5, i % 3, i % 100, i % 2 ? "true" : "", i % 28 + 1,
			  i % 60, i % 2 ? "x" : "y");
	detect(*state, &t, &found);
	check_columns(&found, "order_id text*, n bigint, zip text, price decimal(18,2)*, "
			      "paid boolean?, at timestamp*, note text");
	assert_int_equal(found.records, 100);
	assert_int_equal(found.columns[4].values, 50);
	assert_int_equal(found.columns[4].nulls, 50);
	assert_true(found.columns[2].has_leading_zeros);
	assert_true(found.dialect.header);
	assert_true(found.is_dialect_sure);
	assert_int_equal(found.damaged + found.misshapen, 0);
	assert_int_equal(found.unique_prefix, 0);
}

static void a_file_as_brazil_writes_it_is_found(void **state)
{
	HELD(text) t = {0};
	HELD(csv_found) found = {0};
	text_add(&t, "Data da Venda;A\xE7\xE3o;Valor Total (R$);CEP\r\n");
	for (int i = 0; i < 60; i++)
		text_addf(&t, "%02d/01/2024;a\xE7\xE3o;%d.%03d,%02d;%d\r\n", i % 12 + 1, i % 9 + 1,
			  i * 7, i, 10000 + i);
	detect(*state, &t, &found);
	check_columns(&found, "Data da Venda date, A\xC3\xA7\xC3\xA3o text, "
			      "Valor Total (R$) decimal(18,2)*, CEP text*");
	assert_int_equal(found.dialect.delimiter, ';');
	assert_int_equal(found.dialect.encoding, CSV_LATIN1);
	assert_int_equal(found.dialect.decimal, ',');
	assert_int_equal(found.dialect.thousands, '.');
	assert_int_equal(found.dialect.date,
			 CSV_DATE_DMY); /* never past 12: by what else is there */
	assert_false(found.has_unsure_dates);
}

static void a_file_as_america_writes_it_is_found(void **state)
{
	HELD(text) t = {0};
	HELD(csv_found) found = {0};
	text_add(&t, "Order ID,Date,Amount,Count\n");
	for (int i = 0; i < 60; i++)
		text_addf(&t, "%d,%d/%d/2024,\"%d,%03d.50\",\"%d,%03d\"\n", i, i % 12 + 1,
			  i % 28 + 1, i % 9 + 1, i * 7, i % 9 + 1, i);
	detect(*state, &t, &found);
	check_columns(&found, "Order ID bigint*, Date date*, Amount decimal(18,2)*, Count bigint*");
	assert_int_equal(found.dialect.decimal, '.');
	assert_int_equal(found.dialect.thousands, ',');
	assert_int_equal(found.dialect.date, CSV_DATE_MDY);
}

static void dates_that_could_be_read_both_ways_stay_text(void **state)
{
	HELD(text) t = {0};
	HELD(csv_found) found = {0};
	text_add(&t, "id,day\n");
	for (int i = 0; i < 60; i++)
		text_addf(&t, "%d,%02d/%02d/2024\n", i, i % 12 + 1, (i + 3) % 12 + 1);
	detect(*state, &t, &found);
	check_columns(&found, "id bigint*, day text");
	assert_true(found.has_unsure_dates);
	assert_int_equal(found.dialect.date, CSV_DATE_ISO);
}

static void the_last_record_counts_as_the_first_does(void **state)
{
	HELD(text) t = {0};
	HELD(csv_found) found = {0};
	text_add(&t, "id,n,v,day\n");
	for (int i = 0; i < 70000; i++)
		text_addf(&t, "%d,%d,%d,2024-01-01\n", i, i, i);
	text_add(&t, "69999,x1,1.555,31/12/2024\n");
	detect(*state, &t, &found);
	check_columns(&found, "id bigint, n text*, v decimal(18,3)*, day date");
	assert_int_equal(found.dialect.date, CSV_DATE_DMY);
	assert_int_equal(found.records, 70001);
}

static void a_header_is_told_from_values(void **state)
{
	static const struct {
		const char *first, *line, *expected;
	} rows[] = {
		{"", "%d,SP,1.5\n", "column_1 bigint*, column_2 text, column_3 decimal(18,2)"},
		{"", "%032d,SP\n", "column_1 text*, column_2 text"},
		{"id,state\n", "%032d,SP\n", "id text*, state text"},
		{"state,2024\n", "SP%d,x\n", "state text*, 2024 text"},
		{",name\n", "%d,x\n", " bigint*, name text"}, /* as pandas writes its index */
		{"name,city\n", "Ana%d,S\xC3\xA3o Paulo\n", "name text*, city text"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		HELD(text) t = {0};
		HELD(csv_found) found = {0};
		text_add(&t, rows[i].first);
		for (int n = 1; n <= 40; n++)
			text_addf(&t, rows[i].line, n);
		detect(*state, &t, &found);
		check_columns(&found, rows[i].expected);
		assert_int_equal(found.records, 40);
	}
}

static void a_header_alone_is_a_table_without_rows(void **state)
{
	HELD(text) t = {0};
	HELD(csv_found) found = {0};
	text_add(&t, "id;name;price");
	detect(*state, &t, &found);
	assert_int_equal(found.records, 0);
	assert_true(found.dialect.header);
	check_columns(&found, "id text*, name text*, price text*");
}

static void the_first_columns_may_be_unique_together(void **state)
{
	static const struct {
		const char *line;
		int divisor;
		size_t expected;
	} rows[] = {
		{"%d,%d,x\n", 3, 2},                       /* (0,0), (0,1), (0,2), (1,0), ... */
		{"%d,%d,x\n", 1, 0},                       /* the first alone */
		{"%d,0,x%d\n", 3, 3}, {"%d,,x%d\n", 3, 0}, /* a key has no NULL */
		{"%d,0,x\n", 3, 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		HELD(text) t = {0};
		HELD(csv_found) found = {0};
		text_add(&t, "order_id,line,x\n");
		for (int n = 0; n < 90; n++)
			text_addf(&t, rows[i].line, n / rows[i].divisor, n % rows[i].divisor);
		detect(*state, &t, &found);
		assert_int_equal(found.unique_prefix, rows[i].expected);
	}
}

static void words_for_null_are_found(void **state)
{
	HELD(text) t = {0};
	HELD(csv_found) found = {0};
	text_add(&t, "id,n,code\n");
	for (int i = 0; i < 30; i++)
		text_addf(&t, "%d,%s,%s\n", i, i % 3 ? "1.5" : "NULL", i % 5 ? "BR" : "NA");
	detect(*state, &t, &found);
	check_columns(&found, "id bigint*, n decimal(18,2)?, code text");
	assert_string_equal(found.nulls[0], "NULL");
	assert_null(found.nulls[1]); /* NA may be Namibia */
	assert_int_equal(found.columns[1].nulls, 10);
	assert_int_equal(found.columns[2].values, 30);
}

static void damage_and_odd_shapes_are_counted(void **state)
{
	HELD(text) t = {0};
	HELD(csv_found) found = {0};
	text_add(&t, "id,t\n");
	for (int i = 0; i < 60; i++)
		text_addf(&t,
			  i == 20   ? "%d,\"never closed\n"
			  : i == 40 ? "%d\n"
				    : "%d,\"x,y\"\n",
			  i);
	detect(*state, &t, &found);
	assert_int_equal(found.damaged, 1);
	assert_int_equal(found.misshapen, 1);
	assert_int_equal(found.records, 60);
	check_columns(&found, "id bigint*, t text");
}

static void few_bytes_of_another_encoding_are_counted(void **state)
{
	HELD(text) t = {0};
	HELD(csv_found) found = {0};
	text_add(&t, "id,city\n");
	for (int i = 0; i < 60; i++)
		text_addf(&t, "%d,S\xC3\xA3o\n", i);
	text_add(&t, "x,S\xE3o\n"); /* rejected, so its id does not make ids text */
	detect(*state, &t, &found);
	assert_int_equal(found.misencoded, 1);
	assert_int_equal(found.records, 61);
	assert_int_equal(found.dialect.encoding, CSV_UTF8);
	check_columns(&found, "id bigint*, city text");
}

static void a_file_that_changes_half_way_is_refused(void **state)
{
	struct error err;
	HELD(csv_found) found = {0};
	HELD(text) t = {0};
	for (int i = 0; i < 50000; i++)
		text_addf(&t, "%d,one,two\n", i);
	for (int i = 0; i < 60000; i++)
		text_addf(&t, "%d,one\n", i);
	support_write_bytes(*state, "f", t.data, t.len);
	OWNED_MEMORY char *path = file_join(*state, "f", &err);
	assert_fails(csv_detect(path, &found, &err), &err, ERR_REFUSED);
	if (!strstr(err.message, "only 50000 of its 110000 records have the 3 fields"))
		fail_msg("%s", err.message);
}

static void every_encoding_goes_the_whole_way(void **state)
{
	HELD(text) t = {0};
	HELD(csv_found) found = {0};
	text_add_bytes(&t, "\xFF\xFE", 2);
	for (const char *p = "id\tn\n1\ta\n2\tb\n"; *p; p++) {
		text_add_char(&t, *p);
		text_add_char(&t, '\0');
	}
	detect(*state, &t, &found);
	check_columns(&found, "id bigint*, n text*");
	assert_int_equal(found.dialect.encoding, CSV_UTF16);
}

static int detect_file(void *context, struct error *err)
{
	HELD(csv_found) found = {0};
	return csv_detect(context, &found, err);
}

static void every_refused_allocation_is_told(void **state)
{
	struct error err;
	support_write_file(*state, "f", "id,name\n1,\"a \"\"b\"\"\"\n2,b\n");
	OWNED_MEMORY char *path = file_join(*state, "f", &err);
	support_sweep_allocations(detect_file, path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_file_is_found),
		cmocka_unit_test(a_file_as_brazil_writes_it_is_found),
		cmocka_unit_test(a_file_as_america_writes_it_is_found),
		cmocka_unit_test(dates_that_could_be_read_both_ways_stay_text),
		cmocka_unit_test(the_last_record_counts_as_the_first_does),
		cmocka_unit_test(a_header_is_told_from_values),
		cmocka_unit_test(a_header_alone_is_a_table_without_rows),
		cmocka_unit_test(the_first_columns_may_be_unique_together),
		cmocka_unit_test(words_for_null_are_found),
		cmocka_unit_test(damage_and_odd_shapes_are_counted),
		cmocka_unit_test(few_bytes_of_another_encoding_are_counted),
		cmocka_unit_test(a_file_that_changes_half_way_is_refused),
		cmocka_unit_test(every_encoding_goes_the_whole_way),
		cmocka_unit_test(every_refused_allocation_is_told),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
