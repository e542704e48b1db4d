/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/sql_columns.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"

enum { WORD_BITS = 64 };

static int make_room(struct arena *arena, struct sql_marks *marks, size_t words, struct error *err)
{
	if (words <= marks->words)
		return 0;
	uint64_t *both = arena_alloc_array(arena, 2 * words, sizeof(*both));
	if (!both)
		return err_memory(err);
	if (marks->words) {
		memcpy(both, marks->plain, marks->words * sizeof(*both));
		memcpy(both + words, marks->counted, marks->words * sizeof(*both));
	}
	*marks = (struct sql_marks){both, both + words, words};
	return 0;
}

int sql_marks_add(struct arena *arena, struct sql_marks *marks, size_t number, bool counted,
		  struct error *err)
{
	TRY(make_room(arena, marks, number / WORD_BITS + 1, err));
	uint64_t *bits = counted ? marks->counted : marks->plain;
	bits[number / WORD_BITS] |= UINT64_C(1) << number % WORD_BITS;
	return 0;
}

int sql_marks_join(struct arena *arena, struct sql_marks *marks, const struct sql_marks *from,
		   bool counted, struct error *err)
{
	TRY(make_room(arena, marks, from->words, err));
	for (size_t i = 0; i < from->words; i++) {
		marks->counted[i] |= from->counted[i] | (counted ? from->plain[i] : 0);
		marks->plain[i] |= counted ? 0 : from->plain[i];
	}
	return 0;
}

bool sql_marks_has(const struct sql_marks *marks, size_t number, bool *out_counted)
{
	size_t word = number / WORD_BITS;
	uint64_t bit = UINT64_C(1) << number % WORD_BITS;
	if (word >= marks->words)
		return false;
	*out_counted = !(marks->plain[word] & bit);
	return (marks->plain[word] | marks->counted[word]) & bit;
}

struct sql_named *sql_columns_add(struct arena *arena, struct sql_columns_list *list,
				  const char *name, struct error *err)
{
	if (list->count == SQL_LINEAGE_COLUMNS_MAX) {
		err_set(err, ERR_LIMIT, "a SELECT gives more than %d columns",
			SQL_LINEAGE_COLUMNS_MAX);
		return NULL;
	}
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? 2 * list->capacity : 16;
		struct sql_named *items = arena_alloc_array(arena, capacity, sizeof(*items));
		if (!items) {
			err_memory(err);
			return NULL;
		}
		if (list->count)
			memcpy(items, list->items, list->count * sizeof(*items));
		list->items = items;
		list->capacity = capacity;
	}
	list->items[list->count] = (struct sql_named){.name = name};
	return &list->items[list->count++];
}

int sql_columns_copy(struct arena *arena, struct sql_columns_list *list,
		     const struct sql_named *column, struct error *err)
{
	struct sql_named *copy = sql_columns_add(arena, list, column->name, err);
	return copy ? sql_marks_join(arena, &copy->marks, &column->marks, false, err) : -1;
}

int sql_columns_all(struct arena *arena, const struct sql_columns_list *list,
		    struct sql_marks *marks, bool counted, struct error *err)
{
	for (size_t i = 0; i < list->count; i++)
		TRY(sql_marks_join(arena, marks, &list->items[i].marks, counted, err));
	return sql_marks_join(arena, marks, &list->other, counted, err);
}
