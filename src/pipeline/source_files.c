/* SPDX-License-Identifier: Apache-2.0 */
/* A walk goes down with the set of the pattern's parts that may come next, so that it enters no
 * folder below which nothing can match. */
#include "pipeline/source_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "pipeline/source_pattern.h"

void source_files_done(struct source_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->items[i].path);
		free(files->items[i].logical);
	}
	free(files->items);
	*files = (struct source_files){0};
}

static void close_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}

/* ---- which parts may come next: a bit for each place in the pattern ---- */

_Static_assert(SOURCE_PATTERN_PARTS_MAX < 64, "a set of parts is one word");

/* A "**" may stand for nothing: what comes after it may come next as well. */
static uint64_t with_nothing_for_any(const struct pattern *pattern, uint64_t next)
{
	for (size_t i = 0; i < pattern->count; i++)
		if ((next >> i & 1) && pattern->parts[i].is_any)
			next |= (uint64_t)1 << (i + 1);
	return next;
}

static uint64_t below_folder(const struct pattern *pattern, uint64_t next, const char *name)
{
	uint64_t below = 0;
	for (size_t i = 0; i + 1 < pattern->count; i++)
		if ((next >> i & 1) && pattern_part_matches(&pattern->parts[i], name, false))
			below |= (uint64_t)1 << (pattern->parts[i].is_any ? i : i + 1);
	return with_nothing_for_any(pattern, below);
}

/* ---- the walk ---- */

struct walk {
	const struct pattern *pattern;
	struct source_files *out;
	struct text path; /* of the folder being read, then of an entry in it */
	size_t root_len;  /* of what stands before the part that is matched */
	int folders_deep;
};

static int add_file(struct walk *walk, const struct stat *st, struct error *err)
{
	struct source_files *out = walk->out;
	OWNED_MEMORY char *logical = NULL;
	int matches = pattern_match(walk->pattern, walk->path.data + walk->root_len, &logical, err);
	if (matches <= 0)
		return matches;
	if (out->count == SOURCE_FILES_MAX)
		return err_set(err, ERR_LIMIT, "the pattern finds more than %d files",
			       SOURCE_FILES_MAX);
	TRY(mem_grow(&out->items, &out->capacity, out->count + 1, sizeof *out->items, err));
	char *path = mem_copy_text(walk->path.data);
	if (!path)
		return err_memory(err);
	out->items[out->count++] = (struct source_file){
		.path = path,
		.logical = TAKE(logical),
		.size = st->st_size,
		.mtime_us = st->st_mtim.tv_sec * 1000000 + st->st_mtim.tv_nsec / 1000,
	};
	return 0;
}

static int walk_folder(struct walk *walk, uint64_t next, struct error *err);

static int look_failed(const struct walk *walk, struct error *err)
{
	if (errno == ENOENT || errno == ENOTDIR) /* it went while we looked, or was never there */
		return 0;
	return err_errno(err, errno, "cannot look at \"%s\"", walk->path.data);
}

/* An entry that the pattern may mean. Links are followed to files only: a link to a folder may
 * lead round in a circle. */
static int visit(struct walk *walk, uint64_t next, const char *name, struct error *err)
{
	const struct pattern *pattern = walk->pattern;
	uint64_t below = below_folder(pattern, next, name);
	bool may_be_file = (next >> (pattern->count - 1) & 1) &&
			   pattern_part_matches(&pattern->parts[pattern->count - 1], name, true);
	struct stat st;
	if (!below && !may_be_file)
		return 0;
	if (lstat(walk->path.data, &st) < 0)
		return look_failed(walk, err);
	if (S_ISDIR(st.st_mode))
		return below ? walk_folder(walk, below, err) : 0;
	if (may_be_file && S_ISLNK(st.st_mode) && stat(walk->path.data, &st) < 0)
		return look_failed(walk, err);
	return may_be_file && S_ISREG(st.st_mode) ? add_file(walk, &st, err) : 0;
}

static void cut(struct text *path, size_t len)
{
	path->len = len;
	path->data[len] = '\0';
}

static int read_entries(struct walk *walk, DIR *folder, uint64_t next, struct error *err)
{
	size_t len = walk->path.len;
	const struct dirent *entry;
	while (errno = 0, (entry = readdir(folder))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		text_addf(&walk->path, "%s%s", len && walk->path.data[len - 1] != '/' ? "/" : "",
			  entry->d_name);
		TRY(text_check(&walk->path, err));
		TRY(visit(walk, next, entry->d_name, err));
		cut(&walk->path, len);
	}
	if (errno)
		return err_errno(err, errno, "cannot read the folder \"%s\"", walk->path.data);
	return 0;
}

static int walk_folder(struct walk *walk, uint64_t next, struct error *err)
{
	if (walk->folders_deep == SOURCE_FOLDERS_DEEP_MAX)
		return err_set(err, ERR_LIMIT, "folders lie more than %d deep at \"%s\"",
			       SOURCE_FOLDERS_DEEP_MAX, walk->path.data);
	__attribute__((cleanup(close_folder))) DIR *folder = opendir(walk->path.data);
	if (!folder)
		return look_failed(walk, err);
	walk->folders_deep++;
	TRY(read_entries(walk, folder, next, err));
	walk->folders_deep--;
	return 0;
}

/* The folder that the pattern's fixed part leads to. */
static int begin_path(struct walk *walk, const char *root, struct error *err)
{
	const struct pattern *pattern = walk->pattern;
	text_add(&walk->path, pattern->is_absolute ? "/" : root);
	TRY(text_check(&walk->path, err));
	bool has_slash = text_ends(walk->path.data, "/");
	walk->root_len = pattern->is_absolute ? 0 : walk->path.len + !has_slash;
	for (size_t i = 0; i < pattern->fixed; i++) {
		text_addf(&walk->path, "%s%s", has_slash ? "" : "/", pattern->parts[i].text);
		has_slash = false;
	}
	return text_check(&walk->path, err);
}

static int by_path(const void *a, const void *b)
{
	const struct source_file *x = a, *y = b;
	return strcmp(x->path, y->path);
}

static int expand(const char *root, const char *pattern_text, struct source_files *out,
		  struct walk *walk, struct error *err)
{
	HELD(pattern) pattern = {0};
	TRY(pattern_parse(pattern_text, &pattern, err));
	walk->pattern = &pattern;
	walk->out = out;
	TRY(begin_path(walk, root, err));
	uint64_t first = (uint64_t)1 << pattern.fixed;
	TRY(walk_folder(walk, with_nothing_for_any(&pattern, first), err));
	if (out->count)
		qsort(out->items, out->count, sizeof *out->items, by_path);
	return 0;
}

int source_expand(const char *root, const char *pattern, struct source_files *out,
		  struct error *err)
{
	struct walk walk = {0};
	HELD(source_files) found = {0};
	int result = expand(root, pattern, &found, &walk, err);
	text_done(&walk.path);
	TRY(result);
	*out = found;
	found = (struct source_files){0};
	return 0;
}

/* ---- whether a file is finished ---- */

bool source_is_settled(const struct source_sighting *now, const struct source_sighting *before,
		       bool ok_exists, int64_t settle_us)
{
	if (ok_exists || settle_us <= 0)
		return true;
	bool stood = before && before->size == now->size && before->mtime_us == now->mtime_us;
	if (stood && now->at_us - before->at_us >= settle_us)
		return true;
	if (before && !stood)
		return false;
	return now->mtime_us <= now->at_us && now->at_us - now->mtime_us >= settle_us;
}
