/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/source_name.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* U+00C0 to U+017F without their accents; of two letters in one the first. */
static const char folded[] = "AAAAAAACEEEEIIIIDNOOOOO OUUUUYTsaaaaaaaceeeeiiiidnooooo ouuuuyty"
			     "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlL"
			     "lLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

/* The second of two letters in one: AE, OE, IJ, thorn, sharp s. */
static char second_letter(uint32_t c)
{
	switch (c) {
	case 0xC6:
	case 0xE6:
	case 0x152:
	case 0x153:
		return 'e';
	case 0xDE:
	case 0xFE:
		return 'h';
	case 0xDF:
		return 's';
	case 0x132:
	case 0x133:
		return 'j';
	default:
		return 0;
	}
}

/* The character at `*s`, which moves on; 0xFFFD for what is no UTF-8. */
static uint32_t next_character(const unsigned char **s)
{
	uint32_t c = *(*s)++;
	int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
	if (c < 0x80)
		return c;
	c &= 0x3FU >> more;
	for (; more && (**s & 0xC0) == 0x80; more--)
		c = c << 6 | (*(*s)++ & 0x3FU);
	return more ? 0xFFFD : c;
}

/* The letter or digit that `c` is without its accent, ' ' for what parts words, or 0 for what is
 * left out: an accent that stands alone, as decomposed text has them. */
static char fold(uint32_t c)
{
	if (c < 0x80)
		return isalnum((int)c) ? (char)c : ' ';
	if (c >= 0xC0 && c < 0x180)
		return folded[c - 0xC0];
	return c >= 0x300 && c < 0x370 ? 0 : ' ';
}

struct name {
	char *text;
	size_t len;
};

static void add(struct name *name, char c)
{
	if (name->len < NAME_LEN_MAX)
		name->text[name->len++] = c;
}

const char *source_name_of(const char *header, size_t place, char out[SOURCE_NAME_SIZE])
{
	struct name name = {.text = out};
	char before = 0;
	for (const unsigned char *s = (const unsigned char *)header; *s;) {
		uint32_t c = next_character(&s);
		char letter = fold(c);
		if (letter == 0)
			continue;
		bool begins_word = before == ' ' || (islower((unsigned char)before) &&
						     isupper((unsigned char)letter));
		if (letter != ' ' && name.len > 0 && begins_word)
			add(&name, '_');
		if (letter != ' ' && name.len == 0 && isdigit((unsigned char)letter)) {
			add(&name, 'c');
			add(&name, '_');
		}
		if (letter != ' ')
			add(&name, (char)tolower((unsigned char)letter));
		if (letter != ' ' && second_letter(c))
			add(&name, second_letter(c));
		before = letter;
	}
	while (name.len > 0 && out[name.len - 1] == '_')
		name.len--;
	out[name.len] = '\0';
	if (name.len == 0)
		snprintf(out, SOURCE_NAME_SIZE, "column_%zu", place);
	return out;
}

void source_name_fold(const char *header, struct text *out)
{
	bool blank = false;
	size_t begin = out->len;
	for (const unsigned char *s = (const unsigned char *)header, *at = s; *s; at = s) {
		uint32_t c = next_character(&s);
		char letter = fold(c);
		if (c == ' ' || c == '\t' || c == 0xA0) {
			blank = true;
			continue;
		}
		if (blank && out->len > begin)
			text_add_char(out, ' ');
		blank = false;
		if (letter && letter != ' ')
			text_add_char(out, (char)tolower((unsigned char)letter));
		else if (letter) /* what is no letter counts as it stands */
			text_add_bytes(out, at, (size_t)(s - at));
		if (letter && letter != ' ' && second_letter(c))
			text_add_char(out, second_letter(c));
	}
}
