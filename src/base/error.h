/* SPDX-License-Identifier: Apache-2.0 */
/* error: what went wrong, where, and what to do about it.
 *
 * A function that can fail returns a negative int and takes `struct error *err` last. The caller
 * owns the struct; it is never NULL and is written only on failure. Its size is fixed, so reporting
 * a failure never allocates. A message names the object and the cause, lower case, no full stop;
 * a hint is a whole sentence that says what to do. Low layers never log and never exit. */
#ifndef VITRINE_BASE_ERROR_H
#define VITRINE_BASE_ERROR_H

#include <stddef.h>

enum error_kind {
#define ERROR_KIND(name, sqlstate, http, exit, word) ERR_##name,
#include "base/errors.def"
#undef ERROR_KIND
	ERR_KIND_COUNT
};

enum { ERROR_MESSAGE_SIZE = 1024, ERROR_HINT_SIZE = 512, ERROR_FILE_SIZE = 512 };

struct error {
	enum error_kind kind;
	int line, column; /* 1-based; 0 = not known */
	char message[ERROR_MESSAGE_SIZE];
	char hint[ERROR_HINT_SIZE]; /* "" = none */
	char file[ERROR_FILE_SIZE]; /* "" = none */
};

/* The codes of a kind, from errors.def. */
const char *err_sqlstate(enum error_kind kind);
int err_http_status(enum error_kind kind);
int err_exit_status(enum error_kind kind);
const char *err_word(enum error_kind kind);

/* All of these are used as functions that return -1, so that `return err_set(...)` reads well;
 * they are macros so that compilers and analysers see that -1 is certain. */

/* Fill `err` anew: no hint, no place. (err, kind, format, ...) */
#define err_set(...) (error_set(__VA_ARGS__), err_minus_one())

/* The same, with the system's text for `errnum` appended; ENOSPC and EDQUOT become DISK_FULL,
 * EACCES, EPERM and EROFS DENIED (with a hint), ENOENT NOT_FOUND, ENOMEM MEMORY, all else IO.
 * (err, errnum, format, ...) */
#define err_errno(...) (error_set_errno(__VA_ARGS__), err_minus_one())

/* Out of memory: SQLSTATE 53200. */
#define err_memory(err) (error_set_memory(err), err_minus_one())

/* Put "<format>: " before the message already there. (err, format, ...) */
#define err_within(...) (error_within(__VA_ARGS__), err_minus_one())

/* Say what to do about it (replaces the hint). (err, format, ...) */
#define err_hint(...) (error_hint(__VA_ARGS__), err_minus_one())

/* Say where it is; `file` may be NULL to keep the one there. */
#define err_at(err, file, line, column) (error_at(err, file, line, column), err_minus_one())

static inline int err_minus_one(void)
{
	return -1;
}

void error_set(struct error *err, enum error_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void error_set_errno(struct error *err, int errnum, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void error_set_memory(struct error *err);
void error_within(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
void error_hint(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The hint at what the system denies, also where a library has met it. */
void error_hint_denied(struct error *err);
void error_at(struct error *err, const char *file, int line, int column);

#endif
