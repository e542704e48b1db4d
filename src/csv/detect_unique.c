/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "csv/detect_parts.h"

enum { SLOTS_MIN = 1024 };

static void drop(struct csv_detect_set *set, size_t *bytes_left)
{
	*bytes_left += set->capacity * sizeof *set->slots;
	free(set->slots);
	set->slots = NULL;
	set->capacity = set->count = 0;
}

void csv_detect_set_done(struct csv_detect_set *set)
{
	free(set->slots);
	set->slots = NULL;
}

/* Put a hash that may be there: true when it was. A free slot exists. */
static bool put(uint64_t *slots, size_t capacity, uint64_t hash)
{
	size_t i = hash & (capacity - 1);
	for (; slots[i]; i = (i + 1) & (capacity - 1))
		if (slots[i] == hash)
			return true;
	slots[i] = hash;
	return false;
}

static int grow(struct csv_detect_set *set, size_t *bytes_left, struct error *err)
{
	size_t capacity = set->capacity ? set->capacity * 2 : SLOTS_MIN;
	size_t bytes = capacity * sizeof *set->slots;
	if (bytes > *bytes_left) {
		drop(set, bytes_left);
		set->is_given_up = true;
		return 0;
	}
	uint64_t *slots = mem_alloc(bytes);
	if (!slots)
		return err_memory(err);
	for (size_t i = 0; i < set->capacity; i++)
		if (set->slots[i])
			put(slots, capacity, set->slots[i]);
	size_t count = set->count;
	drop(set, bytes_left);
	*bytes_left -= bytes;
	set->slots = slots;
	set->capacity = capacity;
	set->count = count;
	return 0;
}

int csv_detect_set_add(struct csv_detect_set *set, uint64_t hash, size_t *bytes_left,
		       struct error *err)
{
	if (set->has_repeats || set->is_given_up)
		return 0;
	if (set->count * 2 >= set->capacity) {
		TRY(grow(set, bytes_left, err));
		if (set->is_given_up)
			return 0;
	}
	if (put(set->slots, set->capacity, hash ? hash : UINT64_MAX)) {
		drop(set, bytes_left);
		set->has_repeats = true;
	} else {
		set->count++;
	}
	return 0;
}
