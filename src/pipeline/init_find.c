/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "pipeline/init_parts.h"

enum { DEPTH_MAX = 8 }; /* folders below each other */

struct finder {
	const char *from;
	bool skip_own;
	struct arena *arena;
	struct map *series; /* shape of a path -> its place in `list`, plus one */
	struct init_series_list *list;
};

void init_series_list_done(struct init_series_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].paths);
	free(list->items);
}

/* ---- which files ---- */

static const char *const packings[] = {".gz", ".zst", ".zstd"};
static const char *const sure_endings[] = {".csv", ".tsv", ".tab", ".psv"};
static const char *const perhaps_endings[] = {".txt", ".dat"};
enum { PACKINGS = 3, SURE_ENDINGS = 4, PERHAPS_ENDINGS = 2 };

/* The length of `name` without the ending, when it has one of these. */
static size_t without(const char *name, size_t len, const char *const *endings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t ending = strlen(endings[i]);
		if (len > ending && strncasecmp(name + len - ending, endings[i], ending) == 0)
			return len - ending;
	}
	return len;
}

/* The length of a file's name without endings; `len` itself: it is no delimited file by its name.
 */
static size_t stem_len(const char *name, bool *out_sure)
{
	size_t len = strlen(name), unpacked = without(name, len, packings, PACKINGS);
	size_t stem = without(name, unpacked, sure_endings, SURE_ENDINGS);
	*out_sure = stem < unpacked;
	if (stem == unpacked)
		stem = without(name, unpacked, perhaps_endings, PERHAPS_ENDINGS);
	return stem < unpacked ? stem : len;
}

static bool is_candidate(const char *name, bool *out_sure)
{
	return *name != '.' && stem_len(name, out_sure) < strlen(name);
}

static bool is_own_folder(const char *name)
{
	static const char *const own[] = {"lake", "models", "sources", "checks", NULL};
	for (size_t i = 0; own[i]; i++)
		if (strcmp(name, own[i]) == 0)
			return true;
	return text_starts(name, "lake-"); /* another target's */
}

/* ---- series ---- */

/* The path with each run of digits as '#'. */
static int shape_of(const char *path, struct text *out, struct error *err)
{
	for (const char *p = path; *p; p++) {
		bool is_digit = *p >= '0' && *p <= '9';
		if (!is_digit)
			text_add_char(out, *p);
		else if (p == path || p[-1] < '0' || p[-1] > '9')
			text_add_char(out, '#');
	}
	return text_check(out, err);
}

static int new_series(struct finder *finder, const char *shape, bool is_sure, struct error *err)
{
	struct init_series_list *list = finder->list;
	TRY(mem_grow(&list->items, &list->capacity, list->count + 1, sizeof *list->items, err));
	list->items[list->count] = (struct init_series){.is_sure = is_sure};
	TRY(map_put(finder->series, shape, (void *)(list->count + 1), err));
	list->count++;
	return 0;
}

static int add_file(struct finder *finder, const char *path, bool is_sure, struct error *err)
{
	HELD(text) shape = {0};
	TRY(shape_of(path, &shape, err));
	if (!map_get(finder->series, shape.data))
		TRY(new_series(finder, shape.data, is_sure, err));
	size_t place = (size_t)map_get(finder->series, shape.data) - 1;
	struct init_series *series = &finder->list->items[place];
	if (series->count == SOURCE_FILES_MAX)
		return err_set(err, ERR_LIMIT, "more than %d files like \"%s\"", SOURCE_FILES_MAX,
			       path);
	TRY(mem_grow(&series->paths, &series->capacity, series->count + 1, sizeof *series->paths,
		     err));
	const char *copy = arena_copy_text(finder->arena, path);
	if (!copy)
		return err_memory(err);
	series->paths[series->count++] = copy;
	return 0;
}

/* ---- folders ---- */

static int look_into(struct finder *finder, const char *below, int depth, struct error *err);

static int look_at(struct finder *finder, const char *below, const char *name, int depth,
		   struct error *err)
{
	struct stat info;
	bool is_sure;
	OWNED_MEMORY char *path =
		*below ? text_format(err, "%s/%s", below, name) : mem_copy_text(name);
	OWNED_MEMORY char *full = path ? file_join(finder->from, path, err) : NULL;
	if (!path)
		return err_memory(err);
	if (!full)
		return -1;
	if (lstat(full, &info) < 0)
		return errno == ENOENT ? 0 : err_errno(err, errno, "cannot look at \"%s\"", full);
	if (S_ISDIR(info.st_mode)) /* links to folders are not followed: no circles */
		return depth < DEPTH_MAX ? look_into(finder, path, depth + 1, err) : 0;
	if (!is_candidate(name, &is_sure) || stat(full, &info) < 0 || !S_ISREG(info.st_mode))
		return 0;
	return add_file(finder, path, is_sure, err);
}

static int look_into(struct finder *finder, const char *below, int depth, struct error *err)
{
	char **names = NULL;
	OWNED_MEMORY char *folder =
		*below ? file_join(finder->from, below, err) : mem_copy_text(finder->from);
	if (!folder)
		return err_memory(err);
	TRY(file_list(folder, &names, err));
	int result = 0;
	for (size_t i = 0; names[i] && result == 0; i++) {
		bool is_own = finder->skip_own && depth == 0 && is_own_folder(names[i]);
		if (*names[i] != '.' && !is_own)
			result = look_at(finder, below, names[i], depth, err);
	}
	file_free_names(names);
	return result;
}

int init_find_files(const char *from, bool skip_own, struct arena *arena,
		    struct init_series_list *out, struct error *err)
{
	OWNED(map) *series = map_new();
	if (!series)
		return err_memory(err);
	struct finder finder = {from, skip_own, arena, series, out};
	return look_into(&finder, "", 0, err);
}

/* ---- what they are called ---- */

static size_t common_begin(const struct init_series *series)
{
	size_t len = strlen(series->paths[0]);
	for (size_t i = 1; i < series->count; i++)
		for (size_t n = 0; n < len; n++)
			if (series->paths[i][n] != series->paths[0][n])
				len = n;
	return len;
}

static size_t common_end(const struct init_series *series)
{
	size_t first = strlen(series->paths[0]), len = first;
	for (size_t i = 1; i < series->count; i++) {
		size_t other = strlen(series->paths[i]);
		for (size_t n = 0; n < len; n++)
			if (n == other ||
			    series->paths[i][other - 1 - n] != series->paths[0][first - 1 - n])
				len = n;
	}
	return len;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What the paths of several files have in common before and after the digits in which they differ,
 * whole runs of digits taken. */
static void find_difference(const struct init_series *series, size_t *out_begin, size_t *out_end)
{
	const char *path = series->paths[0];
	size_t len = strlen(path), begin = common_begin(series), end = common_end(series);
	if (series->count == 1) {
		*out_begin = *out_end = len;
		return;
	}
	while (begin > 0 && is_digit(path[begin - 1]))
		begin--;
	while (end > 0 && is_digit(path[len - end]))
		end--;
	*out_begin = begin;
	*out_end = len - end;
}

static void add_literally(struct text *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		text_add_char(out, strchr("*?{}", s[i]) && s[i] ? '?' : s[i]);
}

/* What differs, between the same characters: one capture for each part of the path. */
static void add_captures(struct text *out, const char *s, size_t len)
{
	int number = 0;
	bool has_several = memchr(s, '/', len) != NULL;
	for (size_t i = 0; i < len;) {
		size_t part = i;
		while (part < len && s[part] != '/')
			part++;
		if (part > i)
			text_addf(out, has_several ? "{part%d}" : "{part}", ++number);
		if (part < len)
			text_add_char(out, '/');
		i = part + 1;
	}
}

const char *init_pattern(const struct init_series *series, struct arena *arena)
{
	HELD(text) t = {0};
	const char *path = series->paths[0];
	size_t begin, end;
	find_difference(series, &begin, &end);
	add_literally(&t, path, begin);
	add_captures(&t, path + begin, end - begin);
	add_literally(&t, path + end, strlen(path + end));
	return t.out_of_memory ? NULL : arena_copy_text(arena, t.data);
}

const char *init_name(const struct init_series *series, struct arena *arena)
{
	const char *path = series->paths[0], *name = file_name(path);
	size_t begin, end, at = (size_t)(name - path);
	bool is_sure;
	find_difference(series, &begin, &end);
	size_t len = stem_len(name, &is_sure);
	if (begin > at && begin < at + len)
		len = begin - at; /* before what differs */
	return arena_copy_bytes(arena, name, len);
}
