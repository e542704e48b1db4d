/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "csv/scan.h"

enum { BLOCKS = 16, LEN = BLOCKS * CSV_SCAN_BLOCK };
static const char letters[] = "a,\"\n\r;\0\xC3\xFFz";

static uint64_t seed = 1;

static unsigned draw(unsigned below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % below;
}

/* The bitmaps one byte at a time. */
static void scan_plainly(const char *bytes, struct csv_scan_marks marks, struct csv_scan_block *out)
{
	bool inside = false;
	for (size_t i = 0; i < LEN; i++) {
		struct csv_scan_block *block = &out[i / CSV_SCAN_BLOCK];
		uint64_t bit = (uint64_t)1 << i % CSV_SCAN_BLOCK;
		bool is_quote = marks.quote && bytes[i] == marks.quote;
		inside ^= is_quote;
		block->quote |= is_quote ? bit : 0;
		block->inside |= inside ? bit : 0;
		block->delimiter |= bytes[i] == marks.delimiter ? bit : 0;
		block->newline |= bytes[i] == '\n' ? bit : 0;
		block->carriage |= bytes[i] == '\r' ? bit : 0;
	}
}

static void every_kernel_gives_the_same_bitmaps(void **state)
{
	(void)state;
	static const struct csv_scan_marks marks[] = {{',', '"'}, {';', '\''}, {'\t', '\0'}};
	char *bytes = malloc(LEN + 1);
	for (int round = 0; round < 200; round++) {
		for (size_t i = 0; i <= LEN; i++)
			bytes[i] = round % 2 ? letters[draw(sizeof letters - 1)] : (char)draw(256);
		const char *from = bytes + round % 2; /* not aligned */
		struct csv_scan_block plain[BLOCKS] = {{0}};
		scan_plainly(from, marks[round % 3], plain);
		for (int simd = SIMD_PORTABLE; simd <= SIMD_AVX512; simd++) {
			csv_scan_kernel *kernel = csv_scan_for((enum process_simd)simd);
			if (!kernel)
				continue;
			struct csv_scan_block blocks[BLOCKS];
			uint64_t inside = 0;
			size_t first = draw(BLOCKS);
			kernel(from, first, marks[round % 3], &inside, blocks);
			kernel(from + first * CSV_SCAN_BLOCK, BLOCKS - first, marks[round % 3],
			       &inside, blocks + first);
			assert_memory_equal(blocks, plain, sizeof plain);
		}
	}
	free(bytes);
}

static void the_portable_kernel_exists_everywhere(void **state)
{
	(void)state;
	assert_non_null(csv_scan_for(SIMD_PORTABLE));
	assert_non_null(csv_scan_chosen());
}

/* Scan a short text and say where its first quote that breaks the grammar is. */
static size_t broken_at(const char *text)
{
	struct csv_scan scan;
	struct csv_scan_bits bits;
	csv_scan_init(&scan, csv_scan_chosen(), (struct csv_scan_marks){',', '"'}, text,
		      strlen(text), true);
	while (csv_scan_next(&scan, &bits))
		if (csv_scan_broken(&bits) != SIZE_MAX)
			return csv_scan_broken(&bits);
	return SIZE_MAX;
}

static void quotes_open_and_close_only_beside_delimiters(void **state)
{
	(void)state;
	assert_int_equal(broken_at("\"a\",\"b,\nc\"\r\n\"\",\"\"\"d\"\"\"\r\"e\""), SIZE_MAX);
	assert_int_equal(broken_at("a,b\"c"), 3);
	assert_int_equal(broken_at("5\" disk"), 1);
	assert_int_equal(broken_at("a,never opened\""), 14);
	assert_int_equal(broken_at("a,\"b\"x,c"), 4);
	assert_int_equal(broken_at("a,\"b\" ,c"), 4);
	assert_int_equal(broken_at("a, \"b\",c"), 3);
}

static void a_break_is_found_over_the_border_of_blocks(void **state)
{
	(void)state;
	for (size_t before = 50; before < 140; before++) {
		char text[256];
		memset(text, 'x', before);
		strcpy(text + before, ",\"y\"z");
		assert_int_equal(broken_at(text), before + 3);
		strcpy(text + before, "\"");
		assert_int_equal(broken_at(text), before);
	}
}

static void lines_and_records_start_behind_every_kind_of_line_end(void **state)
{
	(void)state;
	struct csv_scan scan;
	struct csv_scan_bits bits;
	const char *text = "a\nb\r\nc\rd\n\n\"e\nf\"\n";
	csv_scan_init(&scan, csv_scan_chosen(), (struct csv_scan_marks){',', '"'}, text,
		      strlen(text), true);
	assert_true(csv_scan_next(&scan, &bits));
	assert_int_equal(bits.lines, 1 | 1 << 2 | 1 << 5 | 1 << 7 | 1 << 9 | 1 << 10 | 1 << 13);
	assert_int_equal(bits.starts, 1 | 1 << 2 | 1 << 5 | 1 << 7 | 1 << 9 | 1 << 10);
	assert_int_equal(bits.blank, 1 << 9);
	assert_false(csv_scan_next(&scan, &bits));
	assert_false(csv_scan_is_inside(&scan));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kernel_gives_the_same_bitmaps),
		cmocka_unit_test(the_portable_kernel_exists_everywhere),
		cmocka_unit_test(quotes_open_and_close_only_beside_delimiters),
		cmocka_unit_test(a_break_is_found_over_the_border_of_blocks),
		cmocka_unit_test(lines_and_records_start_behind_every_kind_of_line_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
