/* SPDX-License-Identifier: Apache-2.0 */
/* The bitmaps by 64-bit arithmetic, eight bytes at a time. */
#include <string.h>

#include "csv/scan.h"

#define EACH_BYTE(byte) ((uint64_t)(unsigned char)(byte)*0x0101010101010101u)

/* Eight bits: which bytes of the word equal those of `wanted`. The first byte is bit 0. */
static inline uint64_t equal(uint64_t word, uint64_t wanted)
{
	const uint64_t low = EACH_BYTE(0x7F);
	uint64_t differs = word ^ wanted;
	uint64_t zero = ~(((differs & low) + low) | differs | low); /* 0x80 where a byte is 0 */
	return (zero >> 7) * 0x0102040810204080u >> 56;
}

static inline uint64_t load(const char *bytes)
{
	uint64_t word;
	memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/* Bit i = parity of bits 0 to i. */
static inline uint64_t prefix_xor(uint64_t bits)
{
	for (int by = 1; by < 64; by *= 2)
		bits ^= bits << by;
	return bits;
}

void csv_scan_portable(const char *bytes, size_t count, struct csv_scan_marks marks,
		       uint64_t *inside, struct csv_scan_block *out)
{
	const uint64_t quote = EACH_BYTE(marks.quote), delimiter = EACH_BYTE(marks.delimiter);
	const uint64_t has_quote = marks.quote ? ~(uint64_t)0 : 0;
	for (size_t i = 0; i < count; i++, out++) {
		struct csv_scan_block block = {0};
		for (int part = 0; part < CSV_SCAN_BLOCK; part += 8, bytes += 8) {
			uint64_t word = load(bytes);
			block.quote |= equal(word, quote) << part;
			block.delimiter |= equal(word, delimiter) << part;
			block.newline |= equal(word, EACH_BYTE('\n')) << part;
			block.carriage |= equal(word, EACH_BYTE('\r')) << part;
		}
		block.quote &= has_quote;
		block.inside = prefix_xor(block.quote) ^ *inside;
		*inside = 0 - (block.inside >> 63);
		*out = block;
	}
}
