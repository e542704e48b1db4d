/* SPDX-License-Identifier: Apache-2.0 */
/* error: see error.h. Everything here works on fixed buffers; long texts are cut at a character. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *sqlstate;
	int http, exit;
	const char *word;
} kinds[ERR_KIND_COUNT] = {
#define ERROR_KIND(name, sqlstate, http, exit, word) [ERR_##name] = {sqlstate, http, exit, word},
#include "base/errors.def"
#undef ERROR_KIND
};

const char *err_sqlstate(enum error_kind kind)
{
	return kinds[kind].sqlstate;
}

int err_http_status(enum error_kind kind)
{
	return kinds[kind].http;
}

int err_exit_status(enum error_kind kind)
{
	return kinds[kind].exit;
}

const char *err_word(enum error_kind kind)
{
	return kinds[kind].word;
}

/* A cut must not end inside a UTF-8 sequence: drop the incomplete tail. */
static void cut_at_character(char *text, size_t size)
{
	size_t len = strlen(text);
	if (len + 1 < size)
		return;
	size_t start = len;
	while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
		start--;
	if (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0xC0)
		text[start - 1] = '\0';
}

static void format_into(char *out, size_t size, const char *format, va_list args)
{
	vsnprintf(out, size, format, args);
	cut_at_character(out, size);
}

static void reset(struct error *err, enum error_kind kind)
{
	err->kind = kind;
	err->line = err->column = 0;
	err->message[0] = err->hint[0] = err->file[0] = '\0';
}

void error_set(struct error *err, enum error_kind kind, const char *format, ...)
{
	char message[ERROR_MESSAGE_SIZE]; /* apart, so that `err`'s own texts may be arguments */
	va_list args;
	va_start(args, format);
	format_into(message, sizeof message, format, args);
	va_end(args);
	reset(err, kind);
	memcpy(err->message, message, sizeof message);
}

static enum error_kind kind_of_errno(int errnum)
{
	switch (errnum) {
	case ENOSPC:
	case EDQUOT:
		return ERR_DISK_FULL;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_DENIED;
	case ENOENT:
		return ERR_NOT_FOUND;
	case ENOMEM:
		return ERR_MEMORY;
	default:
		return ERR_IO;
	}
}

void error_hint_denied(struct error *err)
{
	error_hint(err,
		   "The user that runs vitrine (uid %ld) may not: give it the right with chmod or "
		   "chown, or run vitrine as the owner.",
		   (long)geteuid());
}

void error_set_errno(struct error *err, int errnum, const char *format, ...)
{
	char what[ERROR_MESSAGE_SIZE];
	va_list args;
	va_start(args, format);
	format_into(what, sizeof what, format, args);
	va_end(args);
	char reason[128];
	const char *text = strerror_r(errnum, reason, sizeof reason);
	error_set(err, kind_of_errno(errnum), "%s: %s", what, text);
	if (errnum == EACCES || errnum == EPERM)
		error_hint_denied(err);
	else if (errnum == EROFS)
		error_hint(err, "The file system is mounted for reading only.");
}

void error_set_memory(struct error *err)
{
	error_set(err, ERR_MEMORY, "out of memory");
	error_hint(err, "Give the machine more memory, or lower \"memory\" in vitrine.yaml.");
}

void error_within(struct error *err, const char *format, ...)
{
	char context[ERROR_MESSAGE_SIZE], message[ERROR_MESSAGE_SIZE];
	va_list args;
	va_start(args, format);
	format_into(context, sizeof context, format, args);
	va_end(args);
	memcpy(message, err->message, sizeof message);
	int need = snprintf(err->message, sizeof err->message, "%s: %s", context, message);
	if (need >= (int)sizeof err->message)
		cut_at_character(err->message, sizeof err->message);
}

void error_hint(struct error *err, const char *format, ...)
{
	char hint[ERROR_HINT_SIZE];
	va_list args;
	va_start(args, format);
	format_into(hint, sizeof hint, format, args);
	va_end(args);
	memcpy(err->hint, hint, sizeof hint);
}

void error_at(struct error *err, const char *file, int line, int column)
{
	if (file)
		snprintf(err->file, sizeof err->file, "%s", file);
	err->line = line;
	err->column = column;
}
