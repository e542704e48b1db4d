/* SPDX-License-Identifier: Apache-2.0 */
/* support: what every unit test needs: cmocka's includes in the order it wants them, a temporary
 * folder, the sweep over allocation failures. Tests are named as sentences. */
#ifndef VITRINE_TESTS_SUPPORT_H
#define VITRINE_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"

/* A new empty folder below TMPDIR; free with support_remove_folder(), which removes all in it. */
char *support_make_folder(void);
void support_remove_folder(char *folder);

/* Remove the files in `below` of the folder, which may be missing; folders stay. */
void support_empty_folder(const char *folder, const char *below);

/* Write a file of text; fails the test when it cannot. */
void support_write_file(const char *folder, const char *name, const char *text);
void support_write_bytes(const char *folder, const char *name, const void *bytes, size_t len);
/* The content of a file, or NULL. Owner: caller. */
char *support_read_file(const char *folder, const char *name);

/* Call `work` with the 1st, 2nd, ... allocation refused, until it succeeds without a refusal.
 * Each refused round must return negative with MEMORY in `err` (or succeed, where the refusal is
 * harmless), and leak nothing (the sanitizers look). */
void support_sweep_allocations(int (*work)(void *context, struct error *err), void *context);
/* The same of every `step`-th allocation, of work that makes too many of them. */
void support_sweep_some_allocations(int (*work)(void *context, struct error *err), void *context,
				    size_t step);

/* assert_int_equal(result, 0) that shows the error's text when it is not. */
#define assert_ok(result, err)                                                                     \
	do {                                                                                       \
		if ((result) < 0)                                                                  \
			fail_msg("%s (hint: %s)", (err)->message, (err)->hint);                    \
	} while (0)
#define assert_fails(result, err, expected_kind)                                                   \
	do {                                                                                       \
		assert_true((result) < 0);                                                         \
		if ((err)->kind != (expected_kind))                                                \
			fail_msg("kind %s: %s", err_word((err)->kind), (err)->message);            \
	} while (0)

#endif
