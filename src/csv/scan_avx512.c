/* SPDX-License-Identifier: Apache-2.0 */
/* The bitmaps by AVX-512, a block at a time, the parity of quotes by one carry-less product. */
#include "csv/scan.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,pclmul")))

static inline __attribute__((always_inline)) TARGET uint64_t prefix_xor(uint64_t bits)
{
	__m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)bits),
					       _mm_set1_epi8((char)0xFF), 0);
	return (uint64_t)_mm_cvtsi128_si64(product);
}

TARGET void csv_scan_avx512(const char *bytes, size_t count, struct csv_scan_marks marks,
			    uint64_t *inside, struct csv_scan_block *out)
{
	const __m512i quote = _mm512_set1_epi8(marks.quote);
	const __m512i delimiter = _mm512_set1_epi8(marks.delimiter);
	const __m512i newline = _mm512_set1_epi8('\n'), carriage = _mm512_set1_epi8('\r');
	const uint64_t has_quote = marks.quote ? ~(uint64_t)0 : 0;
	uint64_t carried = *inside;
	for (size_t i = 0; i < count; i++, bytes += CSV_SCAN_BLOCK, out++) {
		__m512i block = _mm512_loadu_si512(bytes);
		out->quote = _mm512_cmpeq_epi8_mask(block, quote) & has_quote;
		out->inside = prefix_xor(out->quote) ^ carried;
		out->delimiter = _mm512_cmpeq_epi8_mask(block, delimiter);
		out->newline = _mm512_cmpeq_epi8_mask(block, newline);
		out->carriage = _mm512_cmpeq_epi8_mask(block, carriage);
		carried = 0 - (out->inside >> 63);
	}
	*inside = carried;
}

#endif
