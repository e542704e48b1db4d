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

static int detect(const char *folder, const char *bytes, size_t len, enum csv_encoding *out,
		  struct error *err)
{
	support_write_bytes(folder, "f", bytes, len);
	OWNED_MEMORY char *path = file_join(folder, "f", err);
	return csv_detect_encoding(path, out, err);
}

static void check(const char *folder, const char *bytes, size_t len, enum csv_encoding expected)
{
	struct error err;
	enum csv_encoding found;
	assert_ok(detect(folder, bytes, len, &found, &err), &err);
	assert_int_equal(found, expected);
}

#define CHECK(folder, literal, expected) check(folder, literal, sizeof literal - 1, expected)

static void every_encoding_is_told(void **state)
{
	CHECK(*state, "a,b\n1,2\n", CSV_UTF8);
	CHECK(*state, "a,b\n1,S\xC3\xA3o \xE2\x82\xAC \xF0\x9F\x98\x80\n", CSV_UTF8);
	CHECK(*state,
	      "\xEF\xBB\xBF"
	      "a,b\n",
	      CSV_UTF8);
	CHECK(*state, "a,b\n1,S\xE3o\n", CSV_LATIN1);
	CHECK(*state, "a,b\n1,\x80 2\n", CSV_WINDOWS1252);
	CHECK(*state, "a,b\n1,\x81 2\n", CSV_LATIN1);
	CHECK(*state, "a\0,\0b\0\n\0001\0,\0\xE7\0\n\0", CSV_UTF16LE);
	CHECK(*state, "\0a\0,\0b\0\n\0001\0,\0\xE7\0\n", CSV_UTF16BE);
	CHECK(*state,
	      "\xFF\xFE"
	      "a\0,\0b\0\n\0",
	      CSV_UTF16);
	CHECK(*state, "\xFE\xFF\0a\0,\0b\0\n", CSV_UTF16);
}

static void what_utf8_forbids_is_not_utf8(void **state)
{
	CHECK(*state, "a\n\xC0\xAF\n", CSV_LATIN1);
	CHECK(*state, "a\n\xC1\xBF\n", CSV_LATIN1);
	CHECK(*state, "a\n\xE0\xA0\n", CSV_LATIN1);
	CHECK(*state, "a\n\xC3", CSV_LATIN1);
	CHECK(*state, "a\n\xF5\xBF\xBF\xBF", CSV_LATIN1);
	CHECK(*state, "a\n\xED\xA0\xA0 \xED\xA0\xA0", CSV_LATIN1); /* a surrogate */
}

/* The whole file counts, not only its beginning; and a few damaged bytes do not make UTF-8 another
 * encoding. */
static void all_bytes_are_looked_at(void **state)
{
	HELD(text) t = {0};
	while (t.len < 3 << 20)
		text_add(&t, "plain,text,and,nothing,else\n");
	size_t plain = t.len;
	text_add(&t, "S\xE3o");
	check(*state, t.data, t.len, CSV_LATIN1);
	t.len = plain;
	for (int i = 0; i < 10; i++)
		text_add(&t, "S\xC3\xA3o");
	check(*state, t.data, t.len, CSV_UTF8);
	text_add(&t, "S\xE3o");
	check(*state, t.data, t.len, CSV_UTF8);
}

static void characters_across_reads_stay_whole(void **state)
{
	for (size_t before = (256 << 10) - 4; before <= 256 << 10; before++) {
		HELD(text) t = {0};
		while (t.len < before)
			text_add_char(&t, "plain,text\n"[t.len % 11]);
		text_add(&t, "\xF0\x9F\x98\x80\n");
		check(*state, t.data, t.len, CSV_UTF8);
	}
}

static void what_is_no_text_is_refused_by_its_name(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *message;
	} rows[] = {
		{"", 0, "is empty"},
		{"\xEF\xBB\xBF", 3, "is empty"},
		{"PK\3\4rest", 8, "is a zip archive"},
		{"\xD0\xCF\x11\xE0\xA1", 5, "is an old Excel workbook"},
		{"%PDF-1.7", 8, "is a PDF document"},
		{"PAR1\x15", 5, "is a Parquet file"},
		{"a\1b\2c\3\4\5", 8, "is no text: 5 of its first 8 bytes are control characters"},
		{"\0\0\0\0", 4, "is no text: 4 of its first 4 bytes"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct error err;
		enum csv_encoding found;
		int result = detect(*state, rows[i].bytes, rows[i].len, &found, &err);
		assert_fails(result, &err, ERR_REFUSED);
		if (!strstr(err.message, rows[i].message))
			fail_msg("%s", err.message);
		assert_true(*err.hint != '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_encoding_is_told),
		cmocka_unit_test(what_utf8_forbids_is_not_utf8),
		cmocka_unit_test(all_bytes_are_looked_at),
		cmocka_unit_test(characters_across_reads_stay_whole),
		cmocka_unit_test(what_is_no_text_is_refused_by_its_name),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
