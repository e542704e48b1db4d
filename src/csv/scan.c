/* SPDX-License-Identifier: Apache-2.0 */
#include "csv/scan.h"

#include <string.h>

static bool has_avx2(void)
{
#if defined(__x86_64__)
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul");
#else
	return false;
#endif
}

static bool has_avx512(void)
{
#if defined(__x86_64__)
	return has_avx2() && __builtin_cpu_supports("avx512f") &&
	       __builtin_cpu_supports("avx512bw");
#else
	return false;
#endif
}

csv_scan_kernel *csv_scan_for(enum process_simd simd)
{
#if defined(__x86_64__)
	if (simd == SIMD_AVX512)
		return has_avx512() ? csv_scan_avx512 : NULL;
	if (simd == SIMD_AVX2)
		return has_avx2() ? csv_scan_avx2 : NULL;
#else
	if (simd != SIMD_PORTABLE || has_avx2() || has_avx512())
		return NULL;
#endif
	return csv_scan_portable;
}

csv_scan_kernel *csv_scan_chosen(void)
{
	csv_scan_kernel *chosen = csv_scan_for(process_simd());
	return chosen ? chosen : csv_scan_portable;
}

void csv_scan_init(struct csv_scan *scan, csv_scan_kernel *kernel, struct csv_scan_marks marks,
		   const char *bytes, size_t len, bool is_whole)
{
	/* The blocks are left as they are: they are large, and written before they are read. */
	scan->kernel = kernel;
	scan->marks = marks;
	scan->at = 0;
	scan->next = scan->filled = 0;
	scan->inside = 0;
	scan->was_carriage = scan->was_inside = scan->was_closing = 0;
	scan->was_newline = scan->was_mark = 1; /* as behind the end of another record */
	csv_scan_extend(scan, bytes, len, is_whole);
}

void csv_scan_extend(struct csv_scan *scan, const char *bytes, size_t len, bool is_whole)
{
	scan->bytes = bytes;
	scan->len = len;
	scan->is_whole = is_whole;
}

/* Look at the next blocks; false when there is none. */
static bool fill(struct csv_scan *scan)
{
	size_t left = scan->len - scan->at, count = left / CSV_SCAN_BLOCK;
	if (count > CSV_SCAN_AHEAD)
		count = CSV_SCAN_AHEAD;
	scan->next = 0;
	scan->filled = count;
	if (count) {
		scan->kernel(scan->bytes + scan->at, count, scan->marks, &scan->inside,
			     scan->blocks);
		return true;
	}
	if (!left || !scan->is_whole)
		return false;
	char rest[CSV_SCAN_BLOCK] = {0};
	memcpy(rest, scan->bytes + scan->at, left);
	scan->kernel(rest, 1, scan->marks, &scan->inside, scan->blocks);
	scan->filled = 1;
	return true;
}

/* Each bit moved to the byte behind it, over the border between blocks. */
static inline uint64_t behind(uint64_t bits, uint64_t *carried)
{
	uint64_t moved = bits << 1 | *carried;
	*carried = bits >> 63;
	return moved;
}

bool csv_scan_next(struct csv_scan *scan, struct csv_scan_bits *out)
{
	if (scan->next == scan->filled && !fill(scan))
		return false;
	const struct csv_scan_block *block = &scan->blocks[scan->next++];
	size_t left = scan->len - scan->at;
	uint64_t valid = left < CSV_SCAN_BLOCK ? ((uint64_t)1 << left) - 1 : ~(uint64_t)0;
	uint64_t line_end = block->newline | block->carriage;
	uint64_t mark = block->quote | block->delimiter | line_end;
	uint64_t opening = block->quote & block->inside, closing = block->quote & ~block->inside;

	/* A line starts behind LF, and behind CR unless that is the CR of a CRLF. */
	out->lines = behind(block->newline, &scan->was_newline) |
		     (behind(block->carriage, &scan->was_carriage) & ~block->newline);
	out->lines &= valid;
	out->starts = out->lines & ~behind(block->inside, &scan->was_inside);
	out->blank = out->starts & line_end;
	out->ends = block->delimiter & ~block->inside;
	out->bad_open = opening & ~behind(mark, &scan->was_mark);
	out->bad_close = behind(closing, &scan->was_closing) & ~mark & valid;
	out->at = scan->at;
	out->len = left < CSV_SCAN_BLOCK ? left : CSV_SCAN_BLOCK;
	scan->at += out->len;
	return true;
}

size_t csv_scan_broken(const struct csv_scan_bits *bits)
{
	uint64_t bad = bits->bad_open | bits->bad_close;
	if (!bad)
		return SIZE_MAX;
	size_t first = (size_t)__builtin_ctzll(bad);
	return bits->at + first - (bits->bad_close >> first & 1);
}
