/* SPDX-License-Identifier: Apache-2.0 */
/* The bitmaps by AVX2, 32 bytes at a time, the parity of quotes by one carry-less product. */
#include "csv/scan.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,pclmul")))
#define INLINE static inline __attribute__((always_inline)) TARGET

INLINE uint64_t equal(__m256i low, __m256i high, __m256i wanted)
{
	uint32_t a = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted));
	uint32_t b = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted));
	return (uint64_t)b << 32 | a;
}

INLINE uint64_t prefix_xor(uint64_t bits)
{
	__m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)bits),
					       _mm_set1_epi8((char)0xFF), 0);
	return (uint64_t)_mm_cvtsi128_si64(product);
}

TARGET void csv_scan_avx2(const char *bytes, size_t count, struct csv_scan_marks marks,
			  uint64_t *inside, struct csv_scan_block *out)
{
	const __m256i quote = _mm256_set1_epi8(marks.quote);
	const __m256i delimiter = _mm256_set1_epi8(marks.delimiter);
	const __m256i newline = _mm256_set1_epi8('\n'), carriage = _mm256_set1_epi8('\r');
	const uint64_t has_quote = marks.quote ? ~(uint64_t)0 : 0;
	uint64_t carried = *inside;
	for (size_t i = 0; i < count; i++, bytes += CSV_SCAN_BLOCK, out++) {
		__m256i low = _mm256_loadu_si256((const void *)bytes);
		__m256i high = _mm256_loadu_si256((const void *)(bytes + 32));
		out->quote = equal(low, high, quote) & has_quote;
		out->inside = prefix_xor(out->quote) ^ carried;
		out->delimiter = equal(low, high, delimiter);
		out->newline = equal(low, high, newline);
		out->carriage = equal(low, high, carriage);
		carried = 0 - (out->inside >> 63);
	}
	*inside = carried;
}

#endif
