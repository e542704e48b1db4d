/* SPDX-License-Identifier: Apache-2.0 */
/* input: a landed file as one stream of UTF-8, whatever it is packed and encoded in. The door to
 * zlib and zstd is decode_gzip.c and decode_zstd.c beside it.
 *
 * gzip (several members too) and zstd (several frames too) are told by their first bytes, never by
 * the name. A byte-order mark is taken off and overrules `encoding` when it contradicts it. Plain
 * UTF-8 is passed through byte for byte, also where it is invalid (typing finds that, per record);
 * of the other encodings every byte sequence becomes valid UTF-8, and what cannot be decoded (an
 * unpaired surrogate, a byte windows-1252 leaves undefined) becomes a byte 0xFF, which is never
 * valid, so that the record is rejected and not silently changed. */
#ifndef VITRINE_CSV_INPUT_H
#define VITRINE_CSV_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "csv/dialect.h"

struct error;
struct csv_input;

/* Looks at the first bytes. Owner: caller, until csv_input_close(). Fails: NOT_FOUND, DENIED, IO
 * (also what is no regular file), CORRUPT and LIMIT as reading does, MEMORY. */
int csv_input_open(const char *path, enum csv_encoding encoding, struct csv_input **out,
		   struct error *err);
void csv_input_close(struct csv_input *input);
OWN_DEFINE(csv_input, csv_input_close)

/* Fill `bytes` with up to `len` bytes of text; fewer only at the end. Returns the count; 0 at the
 * end. Fails: CORRUPT (a broken or cut off gzip or zstd file), LIMIT (zstd with a window of more
 * than 2^ZSTD_WINDOW_LOG_MAX bytes), IO, MEMORY. Afterwards the input can only be closed. */
int64_t csv_input_read(struct csv_input *input, char *bytes, size_t len, struct error *err);

/* Say which file a failure is about, when it does not begin with its name. Returns -1. */
int csv_input_about(const char *path, struct error *err);

/* Bytes of the file that come before the text: 3 for a UTF-8 byte-order mark, else 0. Offsets that
 * people see are offsets of the text plus this. */
int64_t csv_input_skipped(const struct csv_input *input);
/* Bytes of the file, as it lies packed on disk, that were read so far. */
int64_t csv_input_file_bytes(const struct csv_input *input);
/* The encoding in use: as stated, or as the byte-order mark says; never CSV_UTF16. */
enum csv_encoding csv_input_encoding(const struct csv_input *input);

#endif
