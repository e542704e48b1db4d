/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pipeline/source_write.h"

/* Words that YAML's readers, ours or others, take for something else than a text. */
static bool is_special(const char *s)
{
	static const char *const words[] = {"null", "yes", "no", "true", "false",
					    "on",   "off", "y",  "n",    "none"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasecmp(s, words[i]) == 0)
			return true;
	return false;
}

static bool is_number(const char *s)
{
	static const char digits[] = "0123456789";
	s += *s == '-';
	size_t len = strspn(s, digits);
	if (len == 0 || s[len] != '.')
		return len > 0 && !s[len];
	s += len + 1;
	return *s && !s[strspn(s, digits)];
}

static bool is_plain(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	static const char others[] = "0123456789 -./*?";
	size_t len = strlen(s);
	if (is_number(s))
		return true;
	if (!*s || !strchr(letters, *s) || s[len - 1] == ' ' || is_special(s))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!strchr(letters, s[i]) && !strchr(others, s[i]))
			return false;
	return true;
}

size_t source_write_must_escape(const unsigned char *s, unsigned *out)
{
	if (s[0] == 0xC2 && s[1] >= 0x80 && s[1] < 0xA0) {
		*out = s[1];
		return 2;
	}
	if (s[0] < 0xE0 || (s[1] & 0xC0) != 0x80 || (s[2] & 0xC0) != 0x80)
		return 0;
	*out = (s[0] & 15U) << 12 | (s[1] & 63U) << 6 | (s[2] & 63U);
	return *out == 0x2028 || *out == 0x2029 || *out == 0xFEFF || *out >= 0xFFFE ? 3 : 0;
}

static void add_quoted(struct text *out, const char *s)
{
	HELD(text) json = {0};
	text_add_json(&json, s, strlen(s));
	out->out_of_memory |= json.out_of_memory;
	for (const unsigned char *at = (const unsigned char *)json.data; at && *at;) {
		unsigned c;
		size_t len = source_write_must_escape(at, &c);
		if (len)
			text_addf(out, "\\u%04x", c);
		else
			text_add_char(out, (char)*at);
		at += len ? len : 1;
	}
}

void source_write_scalar(struct text *out, const char *s)
{
	HELD(text) escaped = {0};
	project_escape(s, &escaped);
	out->out_of_memory |= escaped.out_of_memory;
	if (is_plain(s))
		text_add(out, s);
	else if (escaped.data)
		add_quoted(out, escaped.data);
	else
		text_add(out, "\"\"");
}

void source_write_words(struct text *out, const struct words *words)
{
	text_add_char(out, '[');
	for (size_t i = 0; i < words->count; i++) {
		text_add(out, i ? ", " : "");
		source_write_scalar(out, words->items[i]);
	}
	text_add_char(out, ']');
}

/* The shortest that reads back as the same number. */
void source_write_amount(struct text *out, struct amount amount)
{
	for (int digits = 6; digits <= 17; digits++) {
		HELD(text) t = {0};
		text_addf(&t, "%.*g", digits, amount.value);
		out->out_of_memory |= t.out_of_memory;
		if (!t.data || (digits < 17 && strtod(t.data, NULL) != amount.value))
			continue;
		text_addf(out, "%s%s", t.data, amount.is_percent ? " %" : "");
		return;
	}
}

void source_write_duration(struct text *out, int64_t us)
{
	static const struct {
		int64_t us;
		const char *name;
	} units[] = {{86400000000, "days"}, {3600000000, "h"}, {60000000, "min"}, {1000000, "s"}};
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (us >= units[i].us && us % units[i].us == 0) {
			text_addf(out, "%lld %s", (long long)(us / units[i].us), units[i].name);
			return;
		}
	if (us % 1000000 == 0)
		text_addf(out, "%lld s", (long long)(us / 1000000));
	else
		text_addf(out, "%lld.%06lld s", (long long)(us / 1000000),
			  (long long)(us % 1000000));
}
