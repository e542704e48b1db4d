/* SPDX-License-Identifier: Apache-2.0 */
#include "support/input_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/limits.h"
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

/* Add one frame with a checksum to `out`; `window_log` 0 = as the level has it. */
static void pack(struct text *out, const void *bytes, size_t len, int window_log)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	size_t most = ZSTD_compressBound(len) + 64;
	char *packed = malloc(most);
	assert_non_null(packed);
	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
	if (window_log)
		ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
	ZSTD_inBuffer in = {bytes, len, 0};
	ZSTD_outBuffer to = {packed, most, 0};
	assert_int_equal(ZSTD_compressStream2(context, &to, &in, ZSTD_e_flush), 0);
	assert_int_equal(ZSTD_compressStream2(context, &to, &in, ZSTD_e_end), 0);
	text_add_bytes(out, packed, to.pos);
	ZSTD_freeCCtx(context);
	free(packed);
}

static void add_lines(struct text *out, int count)
{
	for (int i = 0; i < count; i++)
		text_addf(out, "%d,%x,\"a line of text\"\n", i, (unsigned)i * 2654435761u);
}

static void frames_follow_each_other(void **state)
{
	HELD(text) packed = {0};
	HELD(text) expected = {0};
	add_lines(&expected, 5000);
	text_add_bytes(&packed, "\x50\x2A\x4D\x18\x03\0\0\0abc", 11); /* to be skipped */
	for (size_t at = 0, some = 1; at < expected.len; at += some, some = some * 3 + 1) {
		if (some > expected.len - at)
			some = expected.len - at;
		pack(&packed, expected.data + at, some, 0);
		pack(&packed, "", 0, 0);
	}
	support_write_bytes(*state, "f.csv", packed.data, packed.len);
	check_text(*state, "f.csv", CSV_UTF8, expected.data, expected.len);
}

/* Little packed, much unpacked: the last bytes come out after the last have gone in. */
static void what_is_packed_well_comes_out_whole(void **state)
{
	HELD(text) packed = {0};
	size_t len = 3000000;
	char *expected = malloc(len);
	assert_non_null(expected);
	memset(expected, 'x', len);
	pack(&packed, expected, len, 0);
	support_write_bytes(*state, "f", packed.data, packed.len);
	struct error err;
	size_t got_len = 0;
	for (size_t step = 4093; step < 5000000; step *= 31) {
		char *got = input_text(*state, "f", CSV_UTF8, step, &got_len, &err);
		assert_non_null(got);
		assert_int_equal(got_len, len);
		assert_memory_equal(got, expected, len);
		free(got);
	}
	free(expected);
}

static void what_is_packed_may_be_encoded(void **state)
{
	HELD(text) packed = {0};
	pack(&packed, "S\xE3o\n", 4, 0);
	support_write_bytes(*state, "f", packed.data, packed.len);
	check_text(*state, "f", CSV_LATIN1, "S\xC3\xA3o\n", 5);
}

static void a_file_cut_off_anywhere_is_told(void **state)
{
	HELD(text) packed = {0};
	char end[96];
	pack(&packed, "one,two\n1,2\n", 12, 0);
	size_t first = packed.len;
	pack(&packed, "3,4\n", 4, 0);
	for (size_t len = 4; len < packed.len; len++) { /* three bytes are not yet zstd's */
		if (len == first)
			continue;
		support_write_bytes(*state, "cut.zst", packed.data, len);
		snprintf(end, sizeof end, "ends in the middle of its zstd stream, at byte %zu",
			 len);
		check_text_fails(*state, "cut.zst", ERR_CORRUPT, end);
	}
}

static void damage_is_told_with_file_and_place(void **state)
{
	HELD(text) lines = {0};
	HELD(text) packed = {0};
	add_lines(&lines, 5000);
	pack(&packed, lines.data, lines.len, 0);
	packed.data[packed.len / 2] ^= 0x55;
	support_write_bytes(*state, "bad.zst", packed.data, packed.len);
	check_text_fails(*state, "bad.zst", ERR_CORRUPT,
			 "bad.zst\" is damaged: its zstd stream is");
	packed.len = 0;
	pack(&packed, "one\n", 4, 0);
	text_add(&packed, "rubbish");
	support_write_bytes(*state, "tail.zst", packed.data, packed.len);
	check_text_fails(*state, "tail.zst", ERR_CORRUPT, "(Unknown frame descriptor)");
}

static void a_window_greater_than_allowed_is_refused(void **state)
{
	HELD(text) packed = {0};
	pack(&packed, "one\n", 4, ZSTD_WINDOW_LOG_MAX + 1);
	support_write_bytes(*state, "long.zst", packed.data, packed.len);
	check_text_fails(*state, "long.zst", ERR_LIMIT, "needs more than 128 MiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_follow_each_other),
		cmocka_unit_test(what_is_packed_well_comes_out_whole),
		cmocka_unit_test(what_is_packed_may_be_encoded),
		cmocka_unit_test(a_file_cut_off_anywhere_is_told),
		cmocka_unit_test(damage_is_told_with_file_and_place),
		cmocka_unit_test(a_window_greater_than_allowed_is_refused),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
