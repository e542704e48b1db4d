/* SPDX-License-Identifier: Apache-2.0 */
/* source_pattern: a pattern of file paths, cut into its parts. Private to source_pattern.c and
 * source_files.c; what a pattern means is said in source_files.h. */
#ifndef VITRINE_PIPELINE_SOURCE_PATTERN_H
#define VITRINE_PIPELINE_SOURCE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/limits.h"
#include "base/own.h"

struct error;

struct pattern_part {
	const char *text; /* into the pattern's copy */
	bool is_literal;  /* no wildcard in it */
	bool is_any;      /* "**" */
};

struct pattern {
	char *copy; /* parts are terminated in it */
	bool is_absolute;
	bool has_captures;
	struct pattern_part parts[SOURCE_PATTERN_PARTS_MAX];
	size_t count;
	size_t fixed; /* parts before the first with a wildcard; never the last */
};

void pattern_done(struct pattern *pattern);
OWN_DEFINE_EMBEDDED(pattern, pattern_done)

/* Owner of `out`: caller. Fails: PROJECT, LIMIT, MEMORY. */
int pattern_parse(const char *text, struct pattern *out, struct error *err);

/* Whether a file or folder may be called `name` at `part`. */
bool pattern_part_matches(const struct pattern_part *part, const char *name, bool is_file);

/* As source_match(). */
int pattern_match(const struct pattern *pattern, const char *path, char **out_logical,
		  struct error *err);

#endif
