/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <string.h>

#include "base/text.h"

static void identifiers_and_literals_are_quoted(void **state)
{
	(void)state;
	struct error err;
	HELD(text) t = {0};
	text_add_identifier(&t, "we \"ird");
	text_add_literal(&t, "it's");
	assert_ok(text_check(&t, &err), &err);
	assert_string_equal(t.data, "\"we \"\"ird\"'it''s'");
}

static void json_strings_escape_what_json_forbids(void **state)
{
	(void)state;
	HELD(text) t = {0};
	text_add_json(&t, "a\"\\\n\x01\xff\xc3\xa9", 8);
	assert_string_equal(t.data, "\"a\\\"\\\\\\n\\u0001\\ufffd\xc3\xa9\"");
}

static void a_text_past_its_maximum_is_an_error_once(void **state)
{
	(void)state;
	struct error err;
	HELD(text) t = {.len_max = 4};
	text_add(&t, "abc");
	text_add(&t, "de");
	text_add(&t, "f");
	assert_fails(text_check(&t, &err), &err, ERR_LIMIT);
	assert_string_equal(t.data, "abc");
}

static void invalid_utf8_is_seen(void **state)
{
	(void)state;
	assert_true(text_is_utf8("ação", 6));
	assert_false(text_is_utf8("\xc0\x80", 2));
	assert_false(text_is_utf8("\xed\xa0\x80", 3));
	assert_false(text_is_utf8("\xe2\x82", 2));
}

static void the_nearest_word_is_a_plausible_slip_or_none(void **state)
{
	(void)state;
	static const char *const words[] = {"delimiter", "encoding", "header", NULL};
	assert_string_equal(text_nearest("delimeter", words), "delimiter");
	assert_string_equal(text_nearest("haeder", words), "header");
	assert_null(text_nearest("columns", words));
}

static void sizes_and_durations_are_read_with_their_units(void **state)
{
	(void)state;
	int64_t n;
	assert_true(text_to_bytes("1.5 GiB", &n));
	assert_int_equal(n, 1610612736);
	assert_true(text_to_bytes("512", &n));
	assert_int_equal(n, 512);
	assert_false(text_to_bytes("12 parsecs", &n));
	assert_true(text_to_duration_us("7 days", &n));
	assert_int_equal(n, 7LL * 86400 * 1000000);
	assert_false(text_to_duration_us("-1 s", &n));
}

static int build_a_text(void *context, struct error *err)
{
	(void)context;
	OWNED_MEMORY char *s = text_format(err, "%s %d", "a longer text than the first room", 7);
	return s ? 0 : -1;
}

static void every_refused_allocation_is_reported(void **state)
{
	(void)state;
	support_sweep_allocations(build_a_text, NULL);
}

static void a_text_is_cut_where_it_no_longer_fits(void **state)
{
	(void)state;
	assert_int_equal(text_cut("", 0), 0);
	assert_int_equal(text_cut("abc", 3), 3);
	assert_int_equal(text_cut("abc", 2), 1); /* "a…" */
	assert_int_equal(text_cut("abc", 0), 0);
	assert_int_equal(text_cut("a\xc3\xa7\xc3\xa3o", 4), 6);
	assert_int_equal(text_cut("a\xc3\xa7\xc3\xa3o", 3), 3);       /* whole characters */
	assert_int_equal(text_cut("\xe6\x9d\xb1\xe4\xba\xac", 3), 3); /* each two wide */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identifiers_and_literals_are_quoted),
		cmocka_unit_test(json_strings_escape_what_json_forbids),
		cmocka_unit_test(a_text_past_its_maximum_is_an_error_once),
		cmocka_unit_test(invalid_utf8_is_seen),
		cmocka_unit_test(the_nearest_word_is_a_plausible_slip_or_none),
		cmocka_unit_test(sizes_and_durations_are_read_with_their_units),
		cmocka_unit_test(every_refused_allocation_is_reported),
		cmocka_unit_test(a_text_is_cut_where_it_no_longer_fits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
