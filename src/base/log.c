/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum log_level threshold = LOG_NORMAL;

void log_set_level(enum log_level level)
{
	threshold = level;
}

enum log_level log_level(void)
{
	return threshold;
}

bool log_is_colored(void)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");
	return isatty(STDERR_FILENO) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

static void write_line(enum log_level level, const char *prefix, const char *format, va_list args)
{
	if (level > threshold)
		return;
	char line[4096];
	int n = snprintf(line, sizeof line, "%s", prefix);
	int m = vsnprintf(line + n, sizeof line - (size_t)n, format, args);
	size_t len = (size_t)n + (size_t)(m < 0 ? 0 : m);
	if (len > sizeof line - 2)
		len = sizeof line - 2;
	line[len++] = '\n';
	(void)!write(STDERR_FILENO, line, len); /* nowhere to report that stderr is gone */
}

void log_warning(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	write_line(LOG_WARNING, "warning: ", format, args);
	va_end(args);
}

void log_info(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	write_line(LOG_NORMAL, "", format, args);
	va_end(args);
}

void log_detail(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	write_line(LOG_VERBOSE, "", format, args);
	va_end(args);
}
