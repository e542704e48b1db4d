/* SPDX-License-Identifier: Apache-2.0 */
/* Matching needs no search tree. Within a part, and again between parts, only the last star may
 * ever have to take more: what an earlier star took is the least it can take, and more of it would
 * leave less to those behind it. So captures are as short as they can be, from the left, and the
 * cost is the product of both lengths. */
#include "pipeline/source_pattern.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "pipeline/source_files.h"

void pattern_done(struct pattern *pattern)
{
	free(pattern->copy);
	*pattern = (struct pattern){0};
}

/* ---- parsing ---- */

static int refuse(struct error *err, const char *pattern, const char *why)
{
	return err_set(err, ERR_PROJECT, "the pattern \"%s\" %s", pattern, why);
}

/* Braces come in pairs with a name between them, and no two captures touch: where one would end
 * and the next begin nobody could say. */
static int check_captures(const char *pattern, const char *part, size_t *captures,
			  struct error *err)
{
	for (const char *s = part; (s = strpbrk(s, "{}")); s++) {
		const char *end = strchr(s, '}');
		if (*s == '}' || !end)
			return refuse(err, pattern, "has a brace without its other half");
		OWNED_MEMORY char *name = mem_copy_bytes(s + 1, (size_t)(end - s - 1));
		if (!name)
			return err_memory(err);
		if (!text_is_name(name)) {
			refuse(err, pattern, "has a capture without a proper name");
			return err_hint(err, "Write a name in lower case between the braces: "
					     "{day}.");
		}
		if (end[1] == '{')
			return refuse(err, pattern, "has two captures with nothing between them");
		if (++*captures > SOURCE_CAPTURES_MAX)
			return refuse(err, pattern, "has too many captures");
		s = end;
	}
	return 0;
}

static int add_part(struct pattern *out, const char *pattern, const char *part, size_t *captures,
		    struct error *err)
{
	if (!*part || strcmp(part, ".") == 0)
		return 0;
	if (strcmp(part, "..") == 0) {
		refuse(err, pattern, "leads upwards by \"..\"");
		return err_hint(err, "Name the folder by its absolute path.");
	}
	bool is_any = strcmp(part, "**") == 0;
	if (!is_any && strstr(part, "**"))
		return refuse(err, pattern, "has \"**\" beside other characters of a part");
	if (out->count == SOURCE_PATTERN_PARTS_MAX)
		return err_set(err, ERR_LIMIT, "the pattern \"%s\" has more than %d parts", pattern,
			       SOURCE_PATTERN_PARTS_MAX);
	TRY(check_captures(pattern, part, captures, err));
	out->parts[out->count++] = (struct pattern_part){
		.text = part, .is_any = is_any, .is_literal = !strpbrk(part, "*?{")};
	return 0;
}

int pattern_parse(const char *text, struct pattern *out, struct error *err)
{
	HELD(pattern) pattern = {.copy = mem_copy_text(text), .is_absolute = *text == '/'};
	size_t captures = 0;
	if (!pattern.copy)
		return err_memory(err);
	if (strlen(text) >= PATH_LEN_MAX)
		return err_set(err, ERR_LIMIT, "a pattern is longer than %d bytes", PATH_LEN_MAX);
	for (char *s = pattern.copy, *next; s; s = next) {
		next = strchr(s, '/');
		if (next)
			*next++ = '\0';
		TRY(add_part(&pattern, text, s, &captures, err));
	}
	if (pattern.count == 0)
		return err_set(err, ERR_PROJECT, "the pattern is empty");
	if (text_ends(text, "/") || pattern.parts[pattern.count - 1].is_any) {
		refuse(err, text, "names folders, not files");
		return err_hint(err, "End it in the files' names: *.csv.");
	}
	while (pattern.fixed + 1 < pattern.count && pattern.parts[pattern.fixed].is_literal)
		pattern.fixed++;
	pattern.has_captures = captures > 0;
	*out = pattern;
	pattern = (struct pattern){0};
	return 0;
}

int source_pattern_check(const char *text, struct error *err)
{
	HELD(pattern) pattern = {0};
	return pattern_parse(text, &pattern, err);
}

/* ---- matching within one part ---- */

struct capture {
	const char *begin, *end;
};

struct captures {
	struct capture items[SOURCE_CAPTURES_MAX];
	size_t count;
};

static const char *next_character(const char *s)
{
	for (s++; ((unsigned char)*s & 0xC0) == 0x80; s++)
		;
	return s;
}

/* The place after a star or a capture. */
static const char *after_star(const char *p)
{
	return *p == '{' ? strchr(p, '}') + 1 : p + 1;
}

/* Match a whole part; captures are added to `out`. */
static bool match_text(const char *p, const char *s, struct captures *out)
{
	const char *star = NULL, *resume = NULL; /* the last star, and where it ends so far */
	size_t first = out->count, at_star = out->count;
	for (;;) {
		if (*p == '*' || (*p == '{' && *s)) {
			star = p;
			at_star = out->count;
			resume = *p == '{' ? next_character(s) : s;
			if (*p == '{')
				out->items[out->count++] = (struct capture){s, resume};
			p = after_star(p);
			s = resume;
		} else if (*s && *p && (*p == '?' || *p == *s) && *p != '{') {
			s = *p == '?' ? next_character(s) : s + 1;
			p++;
		} else if (!*s && !*p) {
			return true;
		} else if (star && *resume) {
			resume = next_character(resume);
			out->count = at_star;
			if (*star == '{')
				out->items[out->count++].end = resume;
			p = after_star(star);
			s = resume;
		} else {
			out->count = first;
			return false;
		}
	}
}

static bool is_unfinished(const char *name)
{
	return text_ends(name, ".part") || text_ends(name, ".tmp") || text_ends(name, ".ok");
}

static bool match_part(const struct pattern_part *part, const char *name, bool is_file,
		       struct captures *out)
{
	if (*name == '.' && (is_file || *part->text != '.'))
		return false;
	if (is_file && is_unfinished(name))
		return false;
	return part->is_any || match_text(part->text, name, out);
}

bool pattern_part_matches(const struct pattern_part *part, const char *name, bool is_file)
{
	struct captures unused = {.count = 0};
	return match_part(part, name, is_file, &unused);
}

/* ---- matching a path ---- */

struct path {
	char *copy; /* parts are terminated in it */
	char *parts[SOURCE_PATTERN_PARTS_MAX + SOURCE_FOLDERS_DEEP_MAX];
	size_t count;
};

static void path_done(struct path *path)
{
	free(path->copy);
}
OWN_DEFINE_EMBEDDED(path, path_done)

/* 1, or 0 when it has more parts than any pattern matches. */
static int split_path(const char *text, struct path *out, struct error *err)
{
	if (!(out->copy = mem_copy_text(text)))
		return err_memory(err);
	char *rest = out->copy;
	for (char *part; (part = strsep(&rest, "/"));) {
		if (!*part || strcmp(part, ".") == 0)
			continue;
		if (out->count == sizeof out->parts / sizeof *out->parts)
			return 0;
		out->parts[out->count++] = part;
	}
	return out->count > 0;
}

static bool match_path(const struct pattern *pattern, const struct path *path, struct captures *out)
{
	size_t p = 0, s = 0, resume = 0, at_star = 0;
	bool starred = false;
	size_t star = 0;
	for (;;) {
		bool is_file = s + 1 == path->count;
		if (p == pattern->count && s == path->count)
			return true;
		if (p < pattern->count && pattern->parts[p].is_any) {
			starred = true;
			star = ++p;
			resume = s;
			at_star = out->count;
		} else if (p < pattern->count && s < path->count &&
			   is_file == (p + 1 == pattern->count) &&
			   match_part(&pattern->parts[p], path->parts[s], is_file, out)) {
			p++;
			s++;
		} else if (starred && resume + 1 < path->count && *path->parts[resume] != '.') {
			s = ++resume;
			p = star;
			out->count = at_star;
		} else {
			return false;
		}
	}
}

static char *join_captures(const struct captures *captures, struct error *err)
{
	struct text t = {0};
	for (size_t i = 0; i < captures->count; i++) {
		const struct capture *capture = &captures->items[i];
		if (i > 0)
			text_add_char(&t, '-');
		text_add_bytes(&t, capture->begin, (size_t)(capture->end - capture->begin));
	}
	return text_take(&t, err);
}

static char *join_parts(const struct path *path, size_t first, struct error *err)
{
	struct text t = {0};
	for (size_t i = first; i < path->count; i++)
		text_addf(&t, "%s%s", i > first ? "/" : "", path->parts[i]);
	return text_take(&t, err);
}

int pattern_match(const struct pattern *pattern, const char *text, char **out_logical,
		  struct error *err)
{
	HELD(path) path = {0};
	struct captures captures = {.count = 0};
	if (pattern->is_absolute != (*text == '/') || text_ends(text, "/"))
		return 0;
	int fits = split_path(text, &path, err);
	TRY(fits);
	if (!fits || !match_path(pattern, &path, &captures))
		return 0;
	if (!out_logical)
		return 1;
	*out_logical = pattern->has_captures ? join_captures(&captures, err)
					     : join_parts(&path, pattern->fixed, err);
	return *out_logical ? 1 : -1;
}

int source_match(const char *pattern_text, const char *path, char **out_logical, struct error *err)
{
	HELD(pattern) pattern = {0};
	TRY(pattern_parse(pattern_text, &pattern, err));
	return pattern_match(&pattern, path, out_logical, err);
}
