/* SPDX-License-Identifier: Apache-2.0 */
/* input_text: files as csv/input gives them, for the tests of input.c and decode_*.c. */
#ifndef VITRINE_TESTS_INPUT_TEXT_H
#define VITRINE_TESTS_INPUT_TEXT_H

#include "support/support.h"

#include "csv/input.h"

/* All text of folder/name, read `step` bytes at a time and terminated; NULL with `err` when it
 * fails. Owner: caller. */
char *input_text(const char *folder, const char *name, enum csv_encoding encoding, size_t step,
		 size_t *out_len, struct error *err);

/* The text is `expected` whatever the step. */
void check_text(const char *folder, const char *name, enum csv_encoding encoding,
		const char *expected, size_t len);

/* Reading fails so, with what the message must hold, whatever the step. */
void check_text_fails(const char *folder, const char *name, enum error_kind kind,
		      const char *message);

#endif
