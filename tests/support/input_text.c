/* SPDX-License-Identifier: Apache-2.0 */
#include "support/input_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

static const size_t steps[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,    10,
			       11, 12, 13, 14, 15, 16, 17, 61, 4096, 1 << 20};
enum { STEPS = sizeof steps / sizeof *steps };

char *input_text(const char *folder, const char *name, enum csv_encoding encoding, size_t step,
		 size_t *out_len, struct error *err)
{
	OWNED(csv_input) *input = NULL;
	OWNED_MEMORY char *path = file_join(folder, name, err);
	OWNED_MEMORY char *part = malloc(step); /* exact, so that writing beyond it is seen */
	HELD(text) text = {0};
	int64_t got = (int64_t)step;
	assert_non_null(part);
	if (!path || csv_input_open(path, encoding, &input, err) < 0)
		return NULL;
	while (got == (int64_t)step) {
		got = csv_input_read(input, part, step, err);
		if (got < 0)
			return NULL;
		assert_true(got <= (int64_t)step);
		text_add_bytes(&text, part, (size_t)got);
	}
	char last;
	assert_int_equal(csv_input_read(input, &last, 1, err), 0); /* the end stays the end */
	*out_len = text.len;
	return text_take(&text, err);
}

void check_text(const char *folder, const char *name, enum csv_encoding encoding,
		const char *expected, size_t len)
{
	for (size_t i = 0; i < STEPS; i++) {
		struct error err = {0};
		size_t got_len = 0;
		OWNED_MEMORY char *got =
			input_text(folder, name, encoding, steps[i], &got_len, &err);
		if (!got)
			fail_msg("%s, %zu bytes a time: %s", name, steps[i], err.message);
		assert_int_equal(got_len, len);
		assert_memory_equal(got, expected, len);
	}
}

void check_text_fails(const char *folder, const char *name, enum error_kind kind,
		      const char *message)
{
	for (size_t i = 0; i < STEPS; i++) {
		struct error err = {0};
		size_t len;
		OWNED_MEMORY char *got = input_text(folder, name, CSV_UTF8, steps[i], &len, &err);
		if (got)
			fail_msg("%s is read without an error", name);
		if (err.kind != kind || !strstr(err.message, message))
			fail_msg("%s: %s: %s", name, err_word(err.kind), err.message);
	}
}
