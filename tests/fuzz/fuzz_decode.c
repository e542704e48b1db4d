/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file in any encoding, packed or not: the text does not depend on how much is asked
 * for at a time, and but for plain UTF-8 it is valid UTF-8 with a byte 0xFF for what is none. The
 * first byte chooses the encoding, the second how much is read at a time. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "csv/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHOICES = 2, TEXT_MAX = 1 << 20 };

struct read {
	char *text;
	size_t len;
	int result; /* 0, or the error's kind, negative */
	enum csv_encoding encoding;
};

static void read_all(const char *path, enum csv_encoding encoding, size_t step, struct read *out)
{
	struct error err;
	OWNED(csv_input) *input = NULL;
	out->len = 0;
	out->result = csv_input_open(path, encoding, &input, &err);
	out->encoding = encoding;
	if (out->result == 0)
		out->encoding = csv_input_encoding(input);
	while (out->result == 0 && out->len < TEXT_MAX) {
		size_t room = TEXT_MAX - out->len;
		int64_t n = csv_input_read(input, out->text + out->len, step < room ? step : room,
					   &err);
		if (n == 0)
			return;
		if (n < 0)
			out->result = -1;
		else
			out->len += (size_t)n;
	}
	if (out->result < 0)
		out->result = -(int)err.kind;
}

static void check_text(const struct read *read)
{
	for (size_t at = 0; at < read->len;) {
		size_t len = 0;
		while (at + len < read->len && (unsigned char)read->text[at + len] != 0xFF)
			len++;
		if (!text_is_utf8(read->text + at, len))
			abort();
		at += len + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char whole_text[TEXT_MAX], parts_text[TEXT_MAX];
	struct read whole = {.text = whole_text}, parts = {.text = parts_text};
	char path[64];
	if (size < CHOICES)
		return 0;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data + CHOICES, size - CHOICES) != (ssize_t)(size - CHOICES))
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	enum csv_encoding encoding = (enum csv_encoding)(data[0] % (CSV_UTF16BE + 1));
	read_all(path, encoding, TEXT_MAX, &whole);
	read_all(path, encoding, 1 + data[1], &parts);
	close(fd);
	if (whole.result != parts.result || whole.encoding != parts.encoding)
		abort();
	if (whole.result == 0 &&
	    (whole.len != parts.len || memcmp(whole.text, parts.text, whole.len) != 0))
		abort();
	if (whole.result == 0 && whole.len < TEXT_MAX && whole.encoding != CSV_UTF8)
		check_text(&whole);
	return 0;
}
