/* SPDX-License-Identifier: Apache-2.0 */
#include "support/input_text.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/file.h"
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

/* Add one gzip member to `out`. */
static void pack(struct text *out, const void *bytes, size_t len)
{
	z_stream stream = {0};
	assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, 0), Z_OK);
	size_t most = deflateBound(&stream, len);
	unsigned char *packed = malloc(most);
	assert_non_null(packed);
	stream.next_in = (unsigned char *)(uintptr_t)bytes;
	stream.avail_in = (unsigned)len;
	stream.next_out = packed;
	stream.avail_out = (unsigned)most;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	text_add_bytes(out, packed, stream.total_out);
	deflateEnd(&stream);
	free(packed);
}

static void add_lines(struct text *out, int count)
{
	for (int i = 0; i < count; i++)
		text_addf(out, "%d,%x,\"a line of text\"\n", i, (unsigned)i * 2654435761u);
}

static void members_follow_each_other(void **state)
{
	HELD(text) packed = {0};
	HELD(text) expected = {0};
	add_lines(&expected, 5000);
	for (size_t at = 0, some = 1; at < expected.len; at += some, some = some * 3 + 1) {
		if (some > expected.len - at)
			some = expected.len - at;
		pack(&packed, expected.data + at, some);
		pack(&packed, "", 0); /* a member may be empty */
	}
	support_write_bytes(*state, "f.csv", packed.data, packed.len);
	check_text(*state, "f.csv", CSV_UTF8, expected.data, expected.len);
	text_add_bytes(&packed, "\0\0\0\0\0\0\0\0", 8); /* tapes are filled with zeros */
	support_write_bytes(*state, "f.csv", packed.data, packed.len);
	check_text(*state, "f.csv", CSV_UTF8, expected.data, expected.len);
	pack(&packed, "end", 3);
	text_add(&expected, "end");
	support_write_bytes(*state, "f.csv", packed.data, packed.len);
	check_text(*state, "f.csv", CSV_UTF8, expected.data, expected.len);
}

static void what_is_packed_may_be_marked_and_encoded(void **state)
{
	HELD(text) marked = {0};
	HELD(text) wide = {0};
	HELD(text) empty = {0};
	pack(&marked,
	     "\xEF\xBB\xBF"
	     "a,b\n",
	     7);
	support_write_bytes(*state, "marked", marked.data, marked.len);
	check_text(*state, "marked", CSV_UTF8, "a,b\n", 4);
	pack(&wide, "\xFF\xFE=\xD8\0\xDE\n\0", 8);
	support_write_bytes(*state, "wide", wide.data, wide.len);
	check_text(*state, "wide", CSV_UTF8, "\xF0\x9F\x98\x80\n", 5);
	pack(&empty, "", 0);
	support_write_bytes(*state, "empty", empty.data, empty.len);
	check_text(*state, "empty", CSV_UTF8, "", 0);
}

static void a_file_cut_off_anywhere_is_told(void **state)
{
	HELD(text) packed = {0};
	char end[96];
	pack(&packed, "one,two\n1,2\n", 12);
	size_t first = packed.len;
	pack(&packed, "3,4\n", 4);
	for (size_t len = 3; len < packed.len; len++) { /* two bytes are not yet gzip's */
		if (len == first)
			continue;
		support_write_bytes(*state, "cut.gz", packed.data, len);
		snprintf(end, sizeof end, "ends in the middle of its gzip stream, at byte %zu",
			 len);
		check_text_fails(*state, "cut.gz", ERR_CORRUPT, end);
	}
}

static void damage_is_told_with_file_and_place(void **state)
{
	HELD(text) lines = {0};
	HELD(text) packed = {0};
	add_lines(&lines, 5000);
	pack(&packed, lines.data, lines.len);
	memset(packed.data + packed.len / 2, 0x55, 200);
	support_write_bytes(*state, "bad.gz", packed.data, packed.len);
	check_text_fails(*state, "bad.gz", ERR_CORRUPT, "bad.gz\" is damaged: its gzip stream is");
	packed.len = 0;
	pack(&packed, "one\n", 4);
	packed.data[packed.len - 6] ^= 1; /* in the checksum */
	support_write_bytes(*state, "sum.gz", packed.data, packed.len);
	check_text_fails(*state, "sum.gz", ERR_CORRUPT, "(incorrect data check)");
	packed.len = 0;
	pack(&packed, "one\n", 4);
	text_add(&packed, "rubbish");
	support_write_bytes(*state, "tail.gz", packed.data, packed.len);
	check_text_fails(*state, "tail.gz", ERR_CORRUPT, "(incorrect header check)");
}

static int read_all(void *context, struct error *err)
{
	OWNED(csv_input) *input = NULL;
	char bytes[100];
	TRY(csv_input_open(context, CSV_UTF8, &input, err));
	return csv_input_read(input, bytes, sizeof bytes, err) < 0 ? -1 : 0;
}

static void every_refused_allocation_is_told(void **state)
{
	struct error err;
	HELD(text) packed = {0};
	pack(&packed, "one\n", 4);
	support_write_bytes(*state, "f.gz", packed.data, packed.len);
	OWNED_MEMORY char *path = file_join(*state, "f.gz", &err);
	support_sweep_allocations(read_all, path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_follow_each_other),
		cmocka_unit_test(what_is_packed_may_be_marked_and_encoded),
		cmocka_unit_test(a_file_cut_off_anywhere_is_told),
		cmocka_unit_test(damage_is_told_with_file_and_place),
		cmocka_unit_test(every_refused_allocation_is_told),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
