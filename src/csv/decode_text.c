/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "csv/decode.h"

/* No byte of valid UTF-8: what cannot be decoded is seen, and its record rejected. */
static const char invalid = (char)0xFF;

/* What windows-1252 has where latin-1 has control characters; 0 = nothing.
 * Source: the Unicode Consortium's mapping table of cp1252, which these are the facts of. */
static const uint16_t windows1252[32] = {
	0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
	0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
	0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

static char *put(char *out, uint32_t c)
{
	if (c < 0x80) {
		*out++ = (char)c;
		return out;
	}
	if (c < 0x800) {
		*out++ = (char)(0xC0 | c >> 6);
	} else if (c < 0x10000) {
		*out++ = (char)(0xE0 | c >> 12);
		*out++ = (char)(0x80 | (c >> 6 & 0x3F));
	} else {
		*out++ = (char)(0xF0 | c >> 18);
		*out++ = (char)(0x80 | (c >> 12 & 0x3F));
		*out++ = (char)(0x80 | (c >> 6 & 0x3F));
	}
	*out++ = (char)(0x80 | (c & 0x3F));
	return out;
}

/* Most bytes of most files are ASCII: copy them eight at a time. */
static size_t ascii_len(const unsigned char *bytes, size_t len)
{
	size_t i = 0;
	uint64_t eight;
	for (; i + sizeof eight <= len; i += sizeof eight) {
		memcpy(&eight, bytes + i, sizeof eight);
		if (eight & 0x8080808080808080)
			break;
	}
	while (i < len && bytes[i] < 0x80)
		i++;
	return i;
}

static char *decode_bytes(const uint16_t *table, const unsigned char *bytes, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++) {
		size_t plain = ascii_len(bytes + i, len - i);
		memcpy(out, bytes + i, plain);
		out += plain;
		i += plain;
		if (i == len)
			break;
		uint32_t c = table && bytes[i] < 0xA0 ? table[bytes[i] - 0x80] : bytes[i];
		if (c)
			out = put(out, c);
		else
			*out++ = invalid;
	}
	return out;
}

static char *decode_unit(struct csv_decoder *decoder, uint16_t unit, char *out)
{
	bool is_low = (unit & 0xFC00) == 0xDC00;
	if (decoder->has_high) {
		decoder->has_high = false;
		if (is_low)
			return put(out, 0x10000 + ((uint32_t)(decoder->high & 0x3FF) << 10) +
						(unit & 0x3FF));
		*out++ = invalid;
	}
	if ((unit & 0xFC00) == 0xD800) {
		decoder->has_high = true;
		decoder->high = unit;
		return out;
	}
	if (!is_low)
		return put(out, unit);
	*out++ = invalid;
	return out;
}

static char *decode_utf16(struct csv_decoder *decoder, const unsigned char *bytes, size_t len,
			  char *out)
{
	bool is_big = decoder->encoding == CSV_UTF16BE;
	for (size_t i = 0; i < len; i++) {
		if (!decoder->has_byte) {
			decoder->has_byte = true;
			decoder->byte = bytes[i];
			continue;
		}
		decoder->has_byte = false;
		unsigned unit =
			is_big ? decoder->byte << 8 | bytes[i] : bytes[i] << 8 | decoder->byte;
		out = decode_unit(decoder, (uint16_t)unit, out);
	}
	return out;
}

size_t csv_decode(struct csv_decoder *decoder, const unsigned char *bytes, size_t len, char *out)
{
	char *end;
	if (decoder->encoding == CSV_LATIN1)
		end = decode_bytes(NULL, bytes, len, out);
	else if (decoder->encoding == CSV_WINDOWS1252)
		end = decode_bytes(windows1252, bytes, len, out);
	else
		end = decode_utf16(decoder, bytes, len, out);
	return (size_t)(end - out);
}

size_t csv_decode_end(struct csv_decoder *decoder, char *out)
{
	size_t len = 0;
	if (decoder->has_high)
		out[len++] = invalid;
	if (decoder->has_byte)
		out[len++] = invalid;
	decoder->has_high = decoder->has_byte = false;
	return len;
}
