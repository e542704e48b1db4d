/* SPDX-License-Identifier: Apache-2.0 */
/* source_files: which files a source's pattern means, and what they are called.
 *
 * A pattern is a path, relative to the project or absolute, with `*` and `?` (within one part),
 * `**` (any parts, also none) and `{name}` (one or more characters of one part, a capture).
 * Letters are matched by case. Files that begin with a dot, or end in .part, .tmp or .ok, never
 * match, nor does anything below a folder that begins with a dot (unless the pattern names it).
 *
 * A file's logical name is what stays the same when it is sent again: the captures if the pattern
 * has any ("{state}-{day}" gives "SP-2026-01-05"), else the path below the pattern's fixed part. */
#ifndef VITRINE_PIPELINE_SOURCE_FILES_H
#define VITRINE_PIPELINE_SOURCE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

struct error;

struct source_file {
	char *path;    /* as the pattern leads to it: absolute, or below `root` */
	char *logical; /* the logical name */
	int64_t size, mtime_us;
};

/* Sorted bytewise by path. */
struct source_files {
	struct source_file *items;
	size_t count, capacity;
};
void source_files_done(struct source_files *files);
OWN_DEFINE_EMBEDDED(source_files, source_files_done)

/* Whether the pattern is well formed. Fails: PROJECT (an unclosed or empty capture, "..", an empty
 * pattern), without a place. */
int source_pattern_check(const char *pattern, struct error *err);

/* Whether `path` (both relative, or both absolute) matches. 1, and the logical name in
 * `out_logical` (may be NULL; owner: caller), or 0. Fails: MEMORY. Cost: the product of both
 * lengths at worst. */
int source_match(const char *pattern, const char *path, char **out_logical, struct error *err);

/* All files below `root` that match. Follows symbolic links to files, not to folders.
 * Fails: DENIED, IO, LIMIT (more than SOURCE_FILES_MAX), MEMORY. A missing folder is no failure.
 * Cost: reads the folders below the pattern's fixed part, no deeper than the pattern can match. */
int source_expand(const char *root, const char *pattern, struct source_files *out,
		  struct error *err);

/* What was seen of a file, to tell a finished one from one that is still being written. */
struct source_sighting {
	int64_t size, mtime_us;
	int64_t at_us; /* when it was seen */
};

/* Whether the file may be taken: "<file>.ok" exists, or size and mtime have stood still for
 * `settle_us`. `before` is an earlier sighting or NULL; without one the age of mtime decides. A
 * mtime in the future is no age: only a sighting tells then. */
bool source_is_settled(const struct source_sighting *now, const struct source_sighting *before,
		       bool ok_exists, int64_t settle_us);

#endif
