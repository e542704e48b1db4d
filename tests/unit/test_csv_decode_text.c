/* SPDX-License-Identifier: Apache-2.0 */
#include "support/input_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

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

static void check(const char *folder, enum csv_encoding encoding, const char *bytes, size_t len,
		  const char *expected)
{
	support_write_bytes(folder, "f", bytes, len);
	check_text(folder, "f", encoding, expected, strlen(expected));
}

static void latin1_is_the_first_256_characters(void **state)
{
	check(*state, CSV_LATIN1, "S\xE3o Paulo \xA0\xFF\x80\x9F", 14,
	      "S\xC3\xA3o Paulo \xC2\xA0\xC3\xBF\xC2\x80\xC2\x9F");
	char all[256], expected[512 + 1];
	size_t len = 0;
	for (int i = 0; i < 256; i++) {
		all[i] = (char)i;
		if (i >= 0x80)
			expected[len++] = (char)(0xC0 | i >> 6);
		expected[len++] = (char)(i < 0x80 ? i : 0x80 | (i & 0x3F));
	}
	support_write_bytes(*state, "all", all, sizeof all);
	check_text(*state, "all", CSV_LATIN1, expected, len);
}

static void windows1252_has_characters_where_latin1_has_controls(void **state)
{
	check(*state, CSV_WINDOWS1252, "\x80 10 \x93\x8A\x94 \x85\x9F\xE7", 12,
	      "\xE2\x82\xAC 10 \xE2\x80\x9C\xC5\xA0\xE2\x80\x9D \xE2\x80\xA6\xC5\xB8\xC3\xA7");
	check(*state, CSV_WINDOWS1252, "\x81\x8D\x8F\x90\x9D", 5, "\xFF\xFF\xFF\xFF\xFF");
	int defined = 0;
	for (int i = 0x80; i < 0xA0; i++) {
		struct error err;
		char byte = (char)i;
		size_t len;
		support_write_bytes(*state, "one", &byte, 1);
		char *text = input_text(*state, "one", CSV_WINDOWS1252, 8, &len, &err);
		defined += text_is_utf8(text, len);
		free(text);
	}
	assert_int_equal(defined, 27);
}

static void utf16_is_read_in_either_order(void **state)
{
	check(*state, CSV_UTF16LE, "a\0\xE7\0\xAC\x20=\xD8\0\xDE\n\0", 12,
	      "a\xC3\xA7\xE2\x82\xAC\xF0\x9F\x98\x80\n");
	check(*state, CSV_UTF16, "a\0\xE7\0\xAC\x20=\xD8\0\xDE\n\0", 12,
	      "a\xC3\xA7\xE2\x82\xAC\xF0\x9F\x98\x80\n");
	check(*state, CSV_UTF16BE, "\0a\0\xE7\x20\xAC\xD8=\xDE\0\0\n", 12,
	      "a\xC3\xA7\xE2\x82\xAC\xF0\x9F\x98\x80\n");
	check(*state, CSV_UTF16LE, "\0\xD8\0\xDC\xFF\xDB\xFF\xDF", 8,
	      "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
	check(*state, CSV_UTF16LE, "\xFF\xD7\0\xE0\x7F\0\x80\0\xFF\x07\0\x08", 12,
	      "\xED\x9F\xBF\xEE\x80\x80\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80");
}

static void what_utf16_cannot_hold_is_never_valid(void **state)
{
	/* A high surrogate before something else, a low one alone, two highs, ends within. */
	check(*state, CSV_UTF16LE,
	      "=\xD8"
	      "a\0",
	      4,
	      "\xFF"
	      "a");
	check(*state, CSV_UTF16LE,
	      "\0\xDE"
	      "a\0",
	      4,
	      "\xFF"
	      "a");
	check(*state, CSV_UTF16LE, "=\xD8=\xD8\0\xDE", 6, "\xFF\xF0\x9F\x98\x80");
	check(*state, CSV_UTF16LE, "a\0=\xD8", 4, "a\xFF");
	check(*state, CSV_UTF16LE, "a\0b", 3, "a\xFF");
	check(*state, CSV_UTF16LE, "a\0=\xD8\0", 5, "a\xFF\xFF");
	check(*state, CSV_UTF16BE, "\0", 1, "\xFF");
}

/* Longer than the buffers inside, so that characters lie across their ends at every phase. */
static void characters_across_buffers_stay_whole(void **state)
{
	for (size_t phase = 0; phase < 4; phase++) {
		HELD(text) in = {0};
		HELD(text) expected = {0};
		for (size_t i = 0; i < phase; i++) {
			text_add_bytes(&in, "x\0", 2);
			text_add_char(&expected, 'x');
		}
		for (int i = 0; i < 6000; i++) {
			text_add_bytes(&in, "=\xD8\0\xDE\xE7\0", 6);
			text_add(&expected, "\xF0\x9F\x98\x80\xC3\xA7");
		}
		support_write_bytes(*state, "f", in.data, in.len);
		check_text(*state, "f", CSV_UTF16LE, expected.data, expected.len);
	}
}

static void long_ascii_runs_stay_as_they_are(void **state)
{
	HELD(text) in = {0};
	HELD(text) expected = {0};
	for (int i = 0; i < 3000; i++) {
		for (int n = 0; n < i % 37; n++) {
			text_add_char(&in, (char)('!' + n));
			text_add_char(&expected, (char)('!' + n));
		}
		text_add(&in, "\x80");
		text_add(&expected, "\xE2\x82\xAC");
	}
	support_write_bytes(*state, "f", in.data, in.len);
	check_text(*state, "f", CSV_WINDOWS1252, expected.data, expected.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(latin1_is_the_first_256_characters),
		cmocka_unit_test(windows1252_has_characters_where_latin1_has_controls),
		cmocka_unit_test(utf16_is_read_in_either_order),
		cmocka_unit_test(what_utf16_cannot_hold_is_never_valid),
		cmocka_unit_test(characters_across_buffers_stay_whole),
		cmocka_unit_test(long_ascii_runs_stay_as_they_are),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
