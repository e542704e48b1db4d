/* SPDX-License-Identifier: Apache-2.0 */
/* scan: a delimited text as bitmaps, 64 bytes at a time: where records and physical lines start,
 * where fields end, and where the text breaks the grammar of quotes.
 *
 * The grammar is strict: a quote may open only at the start of a record or behind a delimiter, and
 * what follows a closing one is a delimiter, a line end, the end of the text or a second quote
 * (which stands for one in the text). LF, CRLF and a lone CR end a line; one outside quotes ends a
 * record. A scan begins at the start of a record. Only the bitmaps of single bytes and the running
 * parity of quotes are made by vector instructions (scan_*.c), all else here is made of them. */
#ifndef VITRINE_CSV_SCAN_H
#define VITRINE_CSV_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/process.h"

enum { CSV_SCAN_BLOCK = 64, CSV_SCAN_AHEAD = 64 /* blocks that are looked at in one go */ };

struct csv_scan_marks {
	char delimiter;
	char quote; /* '\0' = none */
};

/* Bit i = byte i of the block. */
struct csv_scan_block {
	uint64_t quote;
	uint64_t inside; /* within quotes: from an opening quote to the byte before its closing */
	uint64_t delimiter, newline, carriage;
};

/* The bitmaps of `count` blocks. `inside` is carried from call to call: 0, or all ones when the
 * byte before lies within quotes. */
typedef void csv_scan_kernel(const char *bytes, size_t count, struct csv_scan_marks marks,
			     uint64_t *inside, struct csv_scan_block *out);

csv_scan_kernel csv_scan_portable;
#if defined(__x86_64__)
csv_scan_kernel csv_scan_avx2, csv_scan_avx512;
#endif

/* The one that process_simd() chose. */
csv_scan_kernel *csv_scan_chosen(void);
/* The one of a width; NULL when this processor lacks it. For tests. */
csv_scan_kernel *csv_scan_for(enum process_simd simd);

/* What a block of a text means. */
struct csv_scan_bits {
	size_t at; /* of the block within the text */
	size_t len;
	uint64_t starts;              /* first bytes of records, those of blank lines too */
	uint64_t lines;               /* first bytes of physical lines, within quotes too */
	uint64_t blank;               /* those of `starts` that are blank lines */
	uint64_t ends;                /* delimiters outside quotes */
	uint64_t bad_open, bad_close; /* the opening quote; the byte behind the closing one */
};

struct csv_scan {
	csv_scan_kernel *kernel;
	struct csv_scan_marks marks;
	const char *bytes;
	size_t len, at;
	bool is_whole; /* nothing follows bytes[len - 1]: the last block may be a short one */
	uint64_t inside;
	uint64_t was_newline, was_carriage, was_inside, was_mark, was_closing; /* the byte before */
	size_t next, filled;
	struct csv_scan_block blocks[CSV_SCAN_AHEAD];
};

/* Start at bytes[0], the start of a record. */
void csv_scan_init(struct csv_scan *scan, csv_scan_kernel *kernel, struct csv_scan_marks marks,
		   const char *bytes, size_t len, bool is_whole);
/* When csv_scan_next() has returned false: the same text has moved or grown. */
void csv_scan_extend(struct csv_scan *scan, const char *bytes, size_t len, bool is_whole);
/* The next block; false when no more whole one is there (or no more at all, for a whole text). */
bool csv_scan_next(struct csv_scan *scan, struct csv_scan_bits *out);
/* Whether the text so far ends within quotes. */
static inline bool csv_scan_is_inside(const struct csv_scan *scan)
{
	return scan->was_inside != 0;
}
/* How many bits are set; quick for the few that line ends set, where the processor's own
 * instruction cannot be counted on. */
static inline int64_t csv_scan_count(uint64_t bits)
{
	int64_t count = 0;
	for (; bits; bits &= bits - 1)
		count++;
	return count;
}
/* Where the text first breaks the grammar: the place of the quote; SIZE_MAX = not in this block. */
size_t csv_scan_broken(const struct csv_scan_bits *bits);

#endif
