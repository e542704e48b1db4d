/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "csv/split.h"

enum { FIELDS_MAX = 8 };

/* Records as "line:[field][field]..." , quoted fields in <>; blank lines as "line:-". */
static char *split_text(const char *bytes, size_t len, struct csv_scan_marks marks)
{
	struct error err;
	struct text t = {0};
	struct csv_split split;
	struct csv_record record;
	size_t ends[FIELDS_MAX];
	char *scratch = malloc(len + 1);
	csv_split_init(&split, csv_scan_chosen(), marks, bytes, len, 1, ends, FIELDS_MAX);
	while (csv_split_next(&split, &record)) {
		text_addf(&t, "%lld:", (long long)record.line);
		for (size_t i = 0; i < record.field_count && !record.is_blank; i++) {
			struct csv_field field = csv_split_field(&split, &record, i);
			csv_field_unquote(&field, marks.quote, scratch);
			text_add_char(&t, field.is_quoted ? '<' : '[');
			text_add_bytes(&t, field.bytes, field.len);
			text_add_char(&t, field.is_quoted ? '>' : ']');
		}
		text_add(&t, record.is_blank ? "- " : " ");
	}
	free(scratch);
	text_add(&t, "");
	return text_take(&t, &err);
}

static void assert_split(const char *text, const char *expected)
{
	char *got = split_text(text, strlen(text), (struct csv_scan_marks){',', '"'});
	assert_string_equal(got, expected);
	free(got);
}

static void fields_are_what_lies_between_delimiters(void **state)
{
	(void)state;
	assert_split("a,b,c\n", "1:[a][b][c] ");
	assert_split("a,b,c", "1:[a][b][c] ");
	assert_split(",,\n,a,\n", "1:[][][] 2:[][a][] ");
	assert_split("a\n", "1:[a] ");
	assert_split("", "");
}

static void quotes_are_taken_off_and_doubled_ones_halved(void **state)
{
	(void)state;
	assert_split("\"a\",\"\",\"b,c\"\n", "1:<a><><b,c> ");
	assert_split("\"a\"\"b\",\"\"\"\",\"\"\"\"\"\"\n", "1:<a\"b><\"><\"\"> ");
	assert_split("\"\"\"a\",\"b\"\"\"\n", "1:<\"a><b\"> ");
}

static void lines_are_physical_whatever_ends_them(void **state)
{
	(void)state;
	assert_split("a\nb\r\nc\rd", "1:[a] 2:[b] 3:[c] 4:[d] ");
	assert_split("\"a\nb\r\nc\rd\",e\nf", "1:<a\nb\r\nc\rd>[e] 5:[f] ");
	assert_split("a\n\n\r\n\rb\n", "1:[a] 2:- 3:- 4:- 5:[b] ");
	assert_split("a\r\r\nb", "1:[a] 2:- 3:[b] ");
}

static void without_a_quote_every_quote_is_content(void **state)
{
	(void)state;
	const char *text = "5\" disk,\"a\nb\",c\n";
	char *got = split_text(text, strlen(text), (struct csv_scan_marks){',', '\0'});
	assert_string_equal(got, "1:[5\" disk][\"a] 2:[b\"][c] ");
	free(got);
}

static void a_nul_byte_is_content(void **state)
{
	(void)state;
	char *got = split_text("a\0b,c\n", 6, (struct csv_scan_marks){',', '"'});
	assert_memory_equal(got, "1:[a\0b][c] ", 11);
	free(got);
}

static void fields_beyond_the_room_are_counted(void **state)
{
	(void)state;
	struct csv_split split;
	struct csv_record record;
	size_t ends[2];
	csv_split_init(&split, csv_scan_chosen(), (struct csv_scan_marks){',', '"'}, "a,b,c,d\ne",
		       9, 1, ends, 2);
	assert_true(csv_split_next(&split, &record));
	assert_int_equal(record.field_count, 4);
	assert_int_equal(csv_split_field(&split, &record, 1).bytes[0], 'b');
	assert_int_equal(csv_split_field(&split, &record, 1).len, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_what_lies_between_delimiters),
		cmocka_unit_test(quotes_are_taken_off_and_doubled_ones_halved),
		cmocka_unit_test(lines_are_physical_whatever_ends_them),
		cmocka_unit_test(without_a_quote_every_quote_is_content),
		cmocka_unit_test(a_nul_byte_is_content),
		cmocka_unit_test(fields_beyond_the_room_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
