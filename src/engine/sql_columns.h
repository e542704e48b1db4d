/* SPDX-License-Identifier: Apache-2.0 */
/* sql_columns: what lineage is counted in: sets of mentions, and lists of columns that have one
 * each. Private to sql. All memory is the lineage's arena; failure to get some is an error. */
#ifndef VITRINE_ENGINE_SQL_COLUMNS_H
#define VITRINE_ENGINE_SQL_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

/* A set of mentions: two bits for each number (sql_lineage.c knows which column it is). */
struct sql_marks {
	uint64_t *plain, *counted;
	size_t words;
};

/* Add one; `counted` = it reaches here only through count(). */
int sql_marks_add(struct arena *arena, struct sql_marks *marks, size_t number, bool counted,
		  struct error *err);
/* Add all of `from`, as counted when `counted`. */
int sql_marks_join(struct arena *arena, struct sql_marks *marks, const struct sql_marks *from,
		   bool counted, struct error *err);
bool sql_marks_has(const struct sql_marks *marks, size_t number, bool *out_counted);

struct sql_named {
	const char *name; /* "" = none that is known */
	struct sql_marks marks;
};

/* Columns in order. */
struct sql_columns_list {
	struct sql_named *items;
	size_t count, capacity;
	bool is_open;           /* there are others, each of which mentions `other` */
	bool is_ragged;         /* more are listed than there are: places mean nothing */
	struct sql_marks other; /* also of an open table: its "*" */
	size_t reference;       /* of an open table: each of its columns is a mention of its own;
				   SIZE_MAX = `other` is all that is known */
};

struct sql_named *sql_columns_add(struct arena *arena, struct sql_columns_list *list,
				  const char *name, struct error *err);
int sql_columns_copy(struct arena *arena, struct sql_columns_list *list,
		     const struct sql_named *column, struct error *err);
/* What any of the columns mentions. */
int sql_columns_all(struct arena *arena, const struct sql_columns_list *list,
		    struct sql_marks *marks, bool counted, struct error *err);

#endif
