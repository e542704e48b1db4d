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

/* Fill `err` anew (no hint, no place) and return -1, so that `return err_set(...)` reads well. */
int err_set(struct error *err, enum error_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same, with the system's text for `errnum` appended; ENOSPC and EDQUOT become DISK_FULL,
 * EACCES and EPERM become DENIED, ENOENT NOT_FOUND, ENOMEM MEMORY, all else `IO`. */
int err_errno(struct error *err, int errnum, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Out of memory: SQLSTATE 53200. */
int err_memory(struct error *err);

/* Put "<format>: " before the message already there; returns -1. */
int err_within(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Say what to do about it (replaces the hint); returns -1. */
int err_hint(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Say where it is; returns -1. `file` may be NULL to keep the one there. */
int err_at(struct error *err, const char *file, int line, int column);

#endif
