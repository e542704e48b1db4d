/* SPDX-License-Identifier: Apache-2.0 */
/* dependencies: which tables a model's SQL reads. Found by parsing, never declared; kept in the
 * catalog's lineage cache by the hash of the text, so that an unchanged project is not parsed. */
#ifndef VITRINE_PIPELINE_DEPENDENCIES_H
#define VITRINE_PIPELINE_DEPENDENCIES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/own.h"

struct context;
struct error;
struct map;

struct dependencies {
	char **names; /* "processing.orders", each once, in the order of the text */
	size_t count, capacity;
	bool reads_run; /* reads vitrine.run: the run's business date is an input */
};

void dependencies_done(struct dependencies *dependencies);
OWN_DEFINE_EMBEDDED(dependencies, dependencies_done)
/* Add a name unless it is there. Fails: MEMORY. */
int dependencies_add(struct dependencies *dependencies, const char *name, struct error *err);

struct dependencies_source {
	struct context *context;  /* its parser, which starts when it is first needed; its cache */
	const struct map *tables; /* every table of the project and of the base set, by full name */
};

/* Find what `sql`, the text of `file`, reads. Fails, with file, line and column: SYNTAX, UNDEFINED
 * (a table that does not exist; the nearest is the hint), UNSUPPORTED (a volatile function, time
 * travel in a model), MEMORY. */
int dependencies_find(const struct dependencies_source *source, const char *sql, const char *file,
		      struct dependencies *out, struct error *err);

/* The full name that a reference means: aliases of databases resolved, names without one searched
 * in delivery, then processing. 1 and the name in `out` (NAME_FULL_SIZE bytes), else 0. */
enum { NAME_FULL_SIZE = 160 };
int dependencies_resolve(const struct map *tables, const char *schema, const char *name,
			 char out[NAME_FULL_SIZE]);

/* Hint at the table whose name is nearest to `written`, which may lack its database. */
void dependencies_hint(const struct map *tables, const char *written, struct error *err);

#endif
