/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "csv/load.h"

static const struct csv_dialect commas = {.delimiter = ',', .quote = '"', .header = true};

/* The header's fields joined by '|', or the error's word. Valid until the next call. */
static const char *header_of(const char *text, const struct csv_dialect *dialect)
{
	static char joined[200];
	struct error err;
	OWNED_MEMORY char **names = NULL;
	size_t count;
	char path[600];
	char *folder = support_make_folder();
	support_write_file(folder, "h.csv", text);
	snprintf(path, sizeof path, "%s/h.csv", folder);
	int result = csv_read_header(path, dialect, &names, &count, &err);
	support_remove_folder(folder);
	if (result < 0)
		return err_word(err.kind);
	joined[0] = '\0';
	for (size_t i = 0; i < count; i++)
		strcat(strcat(joined, i ? "|" : ""), names[i]);
	assert_null(names[count]);
	return joined;
}

static void the_header_is_the_first_record(void **state)
{
	(void)state;
	assert_string_equal(header_of("id,name\n1,2\n", &commas), "id|name");
	assert_string_equal(header_of("id,name", &commas), "id|name");
	assert_string_equal(header_of("\xEF\xBB\xBF\r\n\"id\",\"a \"\"b\"\",c\",\r\n", &commas),
			    "id|a \"b\",c|");
}

static void an_empty_file_has_no_header(void **state)
{
	(void)state;
	assert_string_equal(header_of("", &commas), "");
	assert_string_equal(header_of("\n\n", &commas), "");
}

static void a_damaged_header_is_refused(void **state)
{
	(void)state;
	assert_string_equal(header_of("id,na\"me\n1,2\n", &commas), "refused");
	assert_string_equal(header_of("\"id,name\n1,2\n", &commas), "refused");
}

static void another_encoding_is_decoded(void **state)
{
	(void)state;
	struct csv_dialect dialect = {.delimiter = ';', .quote = '"', .encoding = CSV_LATIN1};
	assert_string_equal(header_of("pre\xE7o;b\n", &dialect), "preço|b");
}

static void a_missing_file_is_not_found(void **state)
{
	(void)state;
	struct error err;
	char **names;
	size_t count;
	assert_fails(csv_read_header("/nowhere/x.csv", &commas, &names, &count, &err), &err,
		     ERR_NOT_FOUND);
}

static int read_once(void *context, struct error *err)
{
	OWNED_MEMORY char **names = NULL;
	size_t count;
	return csv_read_header(context, &commas, &names, &count, err);
}

static void every_allocation_may_fail(void **state)
{
	(void)state;
	char path[600];
	char *folder = support_make_folder();
	support_write_file(folder, "h.csv", "id,name\n");
	snprintf(path, sizeof path, "%s/h.csv", folder);
	support_sweep_allocations(read_once, path);
	support_remove_folder(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_header_is_the_first_record),
		cmocka_unit_test(an_empty_file_has_no_header),
		cmocka_unit_test(a_damaged_header_is_refused),
		cmocka_unit_test(another_encoding_is_decoded),
		cmocka_unit_test(a_missing_file_is_not_found),
		cmocka_unit_test(every_allocation_may_fail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
