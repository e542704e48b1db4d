/* SPDX-License-Identifier: Apache-2.0 */
#include "delta/uri.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"

static bool is_plain(unsigned char c)
{
	return c < 0x80 && (isalnum(c) || strchr("-._~/=", c));
}

void delta_uri_encode(const char *path, struct text *out)
{
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;
		if (is_plain(c))
			text_add_char(out, (char)c);
		else
			text_addf(out, "%%%02X", c);
	}
}

static int digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

char *delta_uri_decode(struct arena *arena, const char *uri)
{
	char *decoded = arena_copy_text(arena, uri);
	if (!decoded)
		return NULL;
	char *out = decoded;
	for (const char *in = uri; *in; in++) {
		int high = *in == '%' ? digit(in[1]) : -1;
		int low = high >= 0 ? digit(in[2]) : -1;
		bool is_code = low >= 0 && (high || low); /* "%00" would cut the name */
		*out++ = is_code ? (char)(high << 4 | low) : *in;
		in += is_code ? 2 : 0;
	}
	*out = '\0';
	return decoded;
}

bool delta_uri_is_absolute(const char *uri)
{
	const char *end = uri;
	while (isalnum((unsigned char)*end) || (*end && strchr("+-.", *end)))
		end++;
	return *uri == '/' || (isalpha((unsigned char)*uri) && text_starts(end, ":/"));
}
