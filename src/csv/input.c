/* SPDX-License-Identifier: Apache-2.0 */
#include "csv/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "csv/decode.h"

enum { HEAD_SIZE = 4, UNDECODED_SIZE = 16 << 10 };

struct csv_input {
	struct csv_raw raw;
	struct csv_gzip *gzip; /* at most one of the two */
	struct csv_zstd *zstd;
	/* The first unpacked bytes, looked at for a byte-order mark and not yet handed out. */
	char head[HEAD_SIZE];
	size_t head_at, head_len;
	int64_t skipped;
	struct csv_decoder decoder;
	/* Decoded text not yet handed out; not used for UTF-8. */
	char *text;
	size_t text_at, text_len;
	bool is_at_end;
};

/* ---- the file ---- */

int64_t csv_raw_read(struct csv_raw *raw, void *bytes, size_t len, struct error *err)
{
	ssize_t got;
	do
		got = pread(raw->fd, bytes, len, raw->offset);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_errno(err, errno, "cannot read \"%s\" at byte %lld", raw->path,
				 (long long)raw->offset);
	raw->offset += got;
	return got;
}

int csv_raw_damaged(const struct csv_raw *raw, const char *format, const char *why, int64_t offset,
		    struct error *err)
{
	err_set(err, ERR_CORRUPT,
		"\"%s\" is damaged: its %s stream is broken before byte %lld (%s)", raw->path,
		format, (long long)offset, why);
	return err_hint(err, "Ask for the file again.");
}

int csv_raw_cut_off(const struct csv_raw *raw, const char *format, struct error *err)
{
	err_set(err, ERR_CORRUPT, "\"%s\" ends in the middle of its %s stream, at byte %lld",
		raw->path, format, (long long)raw->offset);
	return err_hint(err, "Ask for the file again, or wait until it is wholly there.");
}

int csv_input_about(const char *path, struct error *err)
{
	size_t len = strlen(path);
	bool is_named = *err->message == '"' && strncmp(err->message + 1, path, len) == 0 &&
			err->message[len + 1] == '"';
	return is_named ? -1 : err_within(err, "%s", path);
}

static int open_raw(const char *path, struct csv_raw *out, struct error *err)
{
	struct stat info;
	out->path = mem_copy_text(path);
	if (!out->path)
		return err_memory(err);
	/* Without O_NONBLOCK a named pipe would wait here for somebody to write. */
	out->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (out->fd < 0)
		return err_errno(err, errno, "cannot open \"%s\"", path);
	if (fstat(out->fd, &info) < 0)
		return err_errno(err, errno, "cannot look at \"%s\"", path);
	if (!S_ISREG(info.st_mode))
		return err_set(err, ERR_IO, "\"%s\" is not a regular file", path);
	posix_fadvise(out->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return 0;
}

/* ---- unpacked ---- */

static bool is_zstd(const unsigned char *magic)
{
	static const unsigned char frame[] = {0x28, 0xB5, 0x2F, 0xFD};
	static const unsigned char skippable[] = {0x2A, 0x4D, 0x18}; /* after 0x50 to 0x5F */
	return memcmp(magic, frame, 4) == 0 ||
	       ((magic[0] & 0xF0) == 0x50 && memcmp(magic + 1, skippable, 3) == 0);
}

static int open_packing(struct csv_input *input, struct error *err)
{
	static const unsigned char gzip[] = {0x1F, 0x8B, 0x08};
	unsigned char magic[4] = {0};
	if (csv_raw_read(&input->raw, magic, sizeof magic, err) < 0)
		return -1;
	input->raw.offset = 0;
	if (memcmp(magic, gzip, sizeof gzip) == 0)
		return csv_gzip_open(&input->raw, &input->gzip, err);
	return is_zstd(magic) ? csv_zstd_open(&input->raw, &input->zstd, err) : 0;
}

/* Fewer than `len` bytes only at the end. */
static int64_t read_unpacked(struct csv_input *input, char *bytes, size_t len, struct error *err)
{
	size_t done = input->head_len - input->head_at;
	done = done < len ? done : len;
	memcpy(bytes, input->head + input->head_at, done);
	input->head_at += done;
	while (done < len) {
		size_t wanted = len - done;
		int64_t got = input->gzip   ? csv_gzip_read(input->gzip, bytes + done, wanted, err)
			      : input->zstd ? csv_zstd_read(input->zstd, bytes + done, wanted, err)
					    : csv_raw_read(&input->raw, bytes + done, wanted, err);
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (int64_t)done;
}

/* ---- decoded ---- */

static enum csv_encoding find_mark(const char *head, size_t len, enum csv_encoding stated,
				   size_t *out_len)
{
	*out_len = 0;
	if (len >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0) {
		*out_len = 3;
		return CSV_UTF8;
	}
	if (len >= 2 && (memcmp(head, "\xFF\xFE", 2) == 0 || memcmp(head, "\xFE\xFF", 2) == 0)) {
		*out_len = 2;
		return *head == '\xFF' ? CSV_UTF16LE : CSV_UTF16BE;
	}
	return stated == CSV_UTF16 ? CSV_UTF16LE : stated;
}

static int open_text(struct csv_input *input, enum csv_encoding stated, struct error *err)
{
	char head[HEAD_SIZE];
	int64_t got = read_unpacked(input, head, sizeof head, err);
	if (got < 0)
		return -1;
	memcpy(input->head, head, (size_t)got);
	input->head_len = (size_t)got;
	input->decoder.encoding = find_mark(head, (size_t)got, stated, &input->head_at);
	if (input->decoder.encoding == CSV_UTF8) {
		input->skipped = (int64_t)input->head_at;
		return 0;
	}
	input->text = mem_alloc(CSV_DECODED_LEN_MAX(UNDECODED_SIZE));
	return input->text ? 0 : err_memory(err);
}

static int decode_more(struct csv_input *input, struct error *err)
{
	unsigned char bytes[UNDECODED_SIZE];
	int64_t got = read_unpacked(input, (char *)bytes, sizeof bytes, err);
	if (got < 0)
		return -1;
	input->text_at = 0;
	input->text_len = csv_decode(&input->decoder, bytes, (size_t)got, input->text);
	if (got == 0) {
		input->is_at_end = true;
		input->text_len = csv_decode_end(&input->decoder, input->text);
	}
	return 0;
}

static int64_t read_decoded(struct csv_input *input, char *bytes, size_t len, struct error *err)
{
	size_t done = 0;
	while (done < len) {
		size_t some = input->text_len - input->text_at;
		if (some == 0 && input->is_at_end)
			break;
		if (some == 0) {
			TRY(decode_more(input, err));
			continue;
		}
		some = some < len - done ? some : len - done;
		memcpy(bytes + done, input->text + input->text_at, some);
		input->text_at += some;
		done += some;
	}
	return (int64_t)done;
}

/* ---- input ---- */

int csv_input_open(const char *path, enum csv_encoding encoding, struct csv_input **out,
		   struct error *err)
{
	OWNED(csv_input) *input = mem_alloc(sizeof *input);
	if (!input)
		return err_memory(err);
	input->raw.fd = -1;
	TRY(open_raw(path, &input->raw, err));
	TRY(open_packing(input, err));
	TRY(open_text(input, encoding, err));
	*out = TAKE(input);
	return 0;
}

void csv_input_close(struct csv_input *input)
{
	if (!input)
		return;
	csv_gzip_close(input->gzip);
	csv_zstd_close(input->zstd);
	if (input->raw.fd >= 0)
		close(input->raw.fd);
	free(input->raw.path);
	free(input->text);
	free(input);
}

int64_t csv_input_read(struct csv_input *input, char *bytes, size_t len, struct error *err)
{
	return input->decoder.encoding == CSV_UTF8 ? read_unpacked(input, bytes, len, err)
						   : read_decoded(input, bytes, len, err);
}

int64_t csv_input_file_bytes(const struct csv_input *input)
{
	return input->raw.offset;
}

int64_t csv_input_skipped(const struct csv_input *input)
{
	return input->skipped;
}

enum csv_encoding csv_input_encoding(const struct csv_input *input)
{
	return input->decoder.encoding;
}
