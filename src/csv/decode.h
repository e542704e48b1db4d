/* SPDX-License-Identifier: Apache-2.0 */
/* decode: the layers that input.c puts on each other: a file's bytes, unpacked, in UTF-8. Private
 * to input.c and the files decode_*.c. */
#ifndef VITRINE_CSV_DECODE_H
#define VITRINE_CSV_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "csv/dialect.h"

struct error;
struct csv_gzip;
struct csv_zstd;

/* ---- a file's bytes: input.c ---- */
struct csv_raw {
	int fd;
	char *path;
	int64_t offset; /* of the next byte to read */
};

/* Up to `len` bytes; returns the count, 0 at the end. Fails: IO. */
int64_t csv_raw_read(struct csv_raw *raw, void *bytes, size_t len, struct error *err);
/* CORRUPT: the packed file is damaged or cut off at `offset`. Returns -1. */
int csv_raw_damaged(const struct csv_raw *raw, const char *format, const char *why, int64_t offset,
		    struct error *err);
int csv_raw_cut_off(const struct csv_raw *raw, const char *format, struct error *err);

/* ---- unpacked ----
 * open: borrows `raw`; owner: caller, until close. Fails: MEMORY.
 * read: up to `len` bytes, 0 at the end. Fails: CORRUPT, IO, MEMORY; zstd also LIMIT. */
int csv_gzip_open(struct csv_raw *raw, struct csv_gzip **out, struct error *err);
int64_t csv_gzip_read(struct csv_gzip *gzip, char *bytes, size_t len, struct error *err);
void csv_gzip_close(struct csv_gzip *gzip);
OWN_DEFINE(csv_gzip, csv_gzip_close)

int csv_zstd_open(struct csv_raw *raw, struct csv_zstd **out, struct error *err);
int64_t csv_zstd_read(struct csv_zstd *zstd, char *bytes, size_t len, struct error *err);
void csv_zstd_close(struct csv_zstd *zstd);
OWN_DEFINE(csv_zstd, csv_zstd_close)

/* ---- in UTF-8: decode_text.c ---- */
struct csv_decoder {
	enum csv_encoding encoding; /* any but CSV_UTF8 */
	bool has_byte, has_high;    /* UTF-16: half a unit, half a pair, from the call before */
	unsigned char byte;
	uint16_t high;
};

/* Bytes that `len` bytes may become at most. */
#define CSV_DECODED_LEN_MAX(len) (3 * (len) + 8)

/* Decode all of `bytes`; returns the count of bytes written to `out`. */
size_t csv_decode(struct csv_decoder *decoder, const unsigned char *bytes, size_t len, char *out);
/* What is left when the file ends within a character. */
size_t csv_decode_end(struct csv_decoder *decoder, char *out);

#endif
