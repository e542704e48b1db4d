/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "csv/detect_parts.h"
#include "csv/input.h"

enum {
	BUFFER_SIZE = 256 << 10,
	HEAD_LEN_MAX = 1 << 20,    /* so many first bytes tell text from garbage */
	CONTROLS_PER_CENT_MAX = 2, /* more of these: garbage; random bytes have 11 */
	ZERO_SHARE_MIN = 8,        /* UTF-16: at least every 8th byte is 0, on one side */
	ZERO_SIDES_MIN = 10        /* and there 10 times as often as on the other */
};

struct census {
	int64_t bytes;
	/* of the first HEAD_LEN_MAX bytes */
	int64_t head, controls, zeros[2]; /* zeros at even and at odd offsets */
	/* of all */
	int64_t sequences, invalid;   /* as UTF-8: characters of several bytes; bytes of none */
	int64_t undefined, controls1; /* bytes that windows-1252 lacks; latin-1's controls */
	/* UTF-8 that goes on in the next bytes */
	unsigned missing, low, high;
};

/* ---- counting ---- */

static void count_head(struct census *census, const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len && census->head < HEAD_LEN_MAX; i++, census->head++) {
		unsigned char c = bytes[i];
		if (c == 0)
			census->zeros[census->head & 1]++;
		else if ((c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f') || c == 0x7F)
			census->controls++;
	}
}

/* A byte that begins a character: how many follow it, and what the first of these may be.
 * Source: the Unicode Standard, table 3-7. */
static void begin_sequence(struct census *census, unsigned char c)
{
	census->low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
	census->high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
	if (c >= 0xC2 && c <= 0xDF)
		census->missing = 1;
	else if (c >= 0xE0 && c <= 0xEF)
		census->missing = 2;
	else if (c >= 0xF0 && c <= 0xF4)
		census->missing = 3;
	else
		census->invalid++;
}

static void count_byte(struct census *census, unsigned char c)
{
	if (c >= 0x80 && c <= 0x9F) {
		census->controls1++;
		census->undefined += c == 0x81 || c == 0x8D || c == 0x8F || c == 0x90 || c == 0x9D;
	}
	if (census->missing > 0 && c >= census->low && c <= census->high) {
		census->low = 0x80;
		census->high = 0xBF;
		census->sequences += --census->missing == 0;
		return;
	}
	if (census->missing > 0)
		census->invalid++;
	census->missing = 0;
	if (c >= 0x80)
		begin_sequence(census, c);
}

static void count(struct census *census, const unsigned char *bytes, size_t len)
{
	count_head(census, bytes, len);
	census->bytes += (int64_t)len;
	for (size_t i = 0; i < len;) {
		uint64_t eight;
		if (census->missing == 0 && i + sizeof eight <= len) {
			memcpy(&eight, bytes + i, sizeof eight);
			if ((eight & 0x8080808080808080) == 0) {
				i += sizeof eight;
				continue;
			}
		}
		count_byte(census, bytes[i++]);
	}
}

/* ---- judging ---- */

static const struct {
	const char *magic;
	size_t len;
	const char *what;
} formats[] = {
	{"PK\3\4", 4, "a zip archive, perhaps a workbook of Excel or LibreOffice"},
	{"\xD0\xCF\x11\xE0", 4, "an old Excel workbook or other Office document"},
	{"%PDF-", 5, "a PDF document"},
	{"PAR1", 4, "a Parquet file"},
	{"SQLite format 3", 15, "an SQLite database"},
	{"BZh", 3, "packed by bzip2"},
	{"\xFD"
	 "7zXZ",
	 5, "packed by xz"},
	{"7z\xBC\xAF", 4, "a 7-Zip archive"},
	{"Rar!", 4, "a RAR archive"},
	{"\x89PNG", 4, "a picture"},
	{"\xFF\xD8\xFF", 3, "a picture"},
	{"GIF8", 4, "a picture"},
};

static int refuse_known(const char *path, const char *bytes, size_t len, struct error *err)
{
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (len >= formats[i].len && memcmp(bytes, formats[i].magic, formats[i].len) == 0) {
			err_set(err, ERR_REFUSED, "\"%s\" is %s, not a delimited text", path,
				formats[i].what);
			return err_hint(err, "Save it as CSV (or unpack it) first.");
		}
	return 0;
}

static bool is_utf16(const struct census *census, int side)
{
	return census->zeros[side] * ZERO_SHARE_MIN >= census->head &&
	       census->zeros[side] >= census->zeros[!side] * ZERO_SIDES_MIN;
}

/* Where a single byte is meant, chance rarely makes it a sequence of UTF-8: a file with many of
 * these and few invalid bytes is UTF-8 with damage. */
static enum csv_encoding judge_bytes(const struct census *census)
{
	if (census->invalid == 0 || census->sequences > census->invalid * 4)
		return CSV_UTF8;
	return census->controls1 > 0 && census->undefined == 0 ? CSV_WINDOWS1252 : CSV_LATIN1;
}

static int judge(const char *path, const struct census *census, enum csv_encoding *out,
		 struct error *err)
{
	if (census->head > 1 && (is_utf16(census, 1) || is_utf16(census, 0))) {
		*out = is_utf16(census, 1) ? CSV_UTF16LE : CSV_UTF16BE;
		return 0;
	}
	int64_t odd = census->controls + census->zeros[0] + census->zeros[1];
	if (odd * 100 > census->head * CONTROLS_PER_CENT_MAX) {
		err_set(err, ERR_REFUSED,
			"\"%s\" is no text: %lld of its first %lld bytes are control characters",
			path, (long long)odd, (long long)census->head);
		return err_hint(
			err,
			"Vitrine reads delimited text (CSV), plain or packed by gzip or zstd.");
	}
	*out = judge_bytes(census);
	return 0;
}

static int take_census(const char *path, struct csv_input *input, struct census *census,
		       struct error *err)
{
	OWNED_MEMORY char *bytes = mem_alloc(BUFFER_SIZE);
	if (!bytes)
		return err_memory(err);
	for (;;) {
		int64_t got = csv_input_read(input, bytes, BUFFER_SIZE, err);
		TRY((int)(got < 0 ? -1 : 0));
		if (got == 0)
			break;
		if (census->bytes == 0)
			TRY(refuse_known(path, bytes, (size_t)got, err));
		count(census, (unsigned char *)bytes, (size_t)got);
	}
	census->invalid += census->missing > 0;
	return 0;
}

int csv_detect_encoding(const char *path, enum csv_encoding *out, struct error *err)
{
	OWNED(csv_input) *input = NULL;
	struct census census = {0};
	TRY(csv_input_open(path, CSV_UTF8, &input, err));
	TRY(take_census(path, input, &census, err));
	if (census.bytes == 0) {
		err_set(err, ERR_REFUSED, "\"%s\" is empty", path);
		return err_hint(
			err, "A file without records still needs the line that names its columns.");
	}
	TRY(judge(path, &census, out, err));
	if (csv_input_encoding(input) != CSV_UTF8)
		*out = CSV_UTF16; /* by its mark: what was counted is decoded already */
	return 0;
}
