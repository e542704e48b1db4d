/* SPDX-License-Identifier: Apache-2.0 */
/* init_parts: what init.c is made of; private to init*.c. */
#ifndef VITRINE_PIPELINE_INIT_PARTS_H
#define VITRINE_PIPELINE_INIT_PARTS_H

#include "csv/detect.h"
#include "pipeline/init.h"
#include "pipeline/source.h"

struct text;

/* ---- the files: init_find.c ---- */

/* Files that may be one source: their names differ in digits only. */
struct init_series {
	const char **paths; /* below `from`, in the order of their names */
	size_t count, capacity;
	bool is_sure; /* the ending of the name says that it is delimited */
};

struct init_series_list {
	struct init_series *items;
	size_t count, capacity;
};
void init_series_list_done(struct init_series_list *list);
OWN_DEFINE_EMBEDDED(init_series_list, init_series_list_done)

/* `skip_own`: `from` is the project's folder, whose own folders are passed over. */
int init_find_files(const char *from, bool skip_own, struct arena *arena,
		    struct init_series_list *out, struct error *err);

/* The pattern that means these files, without what stands before them: what differs becomes {part}.
 * What would be a sign of patterns is matched by '?'. NULL = MEMORY. */
const char *init_pattern(const struct init_series *series, struct arena *arena);
/* A name for the source: what all names of the files begin with, without endings. */
const char *init_name(const struct init_series *series, struct arena *arena);

/* ---- from what was found to a contract: init_source.c ---- */

/* Whether both files can be one source: the same columns and no two ways to write a number. */
bool init_is_alike(const struct csv_found *a, const struct csv_found *b);
/* What explains both goes into `a`; they are alike. */
void init_merge(struct csv_found *a, const struct csv_found *b);

/* `source` has a name and a pattern. `is_series`: of several files, whose rows all belong to the
 * table. REFUSED: two columns of one name. */
int init_fill_source(const struct csv_found *found, bool is_series, struct arena *arena,
		     struct source *source, struct error *err);
/* What differs from a plain CSV file, for people. NULL = MEMORY. */
const char *init_format(const struct csv_found *found, struct arena *arena);
/* What a person should look at. NULL = MEMORY. */
const char *init_note(const struct csv_found *found, struct arena *arena);

/* ---- the other files of a project: init_text.c ---- */

void init_write_settings(const char *name, const char *time_zone, struct text *out);
/* How well the source lends itself to an example: 0 = not at all. */
int init_example_score(const struct source *source);
void init_write_example(const struct source *source, struct text *out);

#endif
