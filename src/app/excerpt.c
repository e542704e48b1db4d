/* SPDX-License-Identifier: Apache-2.0 */
#include "app/excerpt.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

enum { BEFORE = 60, AFTER = 36 }; /* characters shown around the place */

static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static const char *find_line(const char *text, int line)
{
	for (; line > 1; line--) {
		text = strchr(text, '\n');
		if (!text)
			return NULL;
		text++;
	}
	return text;
}

/* Move over `count` characters, at most to the line's end. */
static const char *skip(const char *at, int count)
{
	while (count-- > 0 && *at && *at != '\n')
		do
			at++;
		while (continues(*at));
	return at;
}

void excerpt_make(const char *text, int line, int column, char out[APP_EXCERPT_SIZE])
{
	out[0] = '\0';
	const char *from = line > 0 && column > 0 ? find_line(text, line) : NULL;
	if (!from)
		return;
	const char *place = skip(from, column - 1);
	const char *begin = column > BEFORE ? skip(from, column - BEFORE) : from;
	const char *end = skip(place, AFTER);
	char shown[APP_EXCERPT_SIZE / 2];
	size_t len = 0, before = 0;
	for (const char *c = begin; c < end && len + 1 < sizeof shown; c++) {
		if (c == place)
			before = text_width(shown, len);
		shown[len++] = (char)((unsigned char)*c < 0x20 || *c == 0x7f ? ' ' : *c);
	}
	if (place == end)
		before = text_width(shown, len);
	snprintf(out, APP_EXCERPT_SIZE, "    %s%.*s%s\n    %*s^\n", begin > from ? "..." : "",
		 (int)len, shown, *end && *end != '\n' ? "..." : "",
		 (int)before + (begin > from ? 3 : 0), "");
}
