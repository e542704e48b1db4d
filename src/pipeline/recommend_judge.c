/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/recommend_judge.h"

/* Whether the rows from `a` and from `b` on are the same items for their persons. */
static bool same_list(const struct recommend_lists *lists, size_t a, size_t b)
{
	uint32_t person_a = lists->persons[a], person_b = lists->persons[b];
	for (;; a++, b++) {
		bool in_a = a < lists->count && lists->persons[a] == person_a;
		bool in_b = b < lists->count && lists->persons[b] == person_b;
		if (!in_a || !in_b)
			return in_a == in_b;
		if (lists->items[a] != lists->items[b])
			return false;
	}
}

static bool tells_apart(const struct recommend_found *found)
{
	const struct recs_chooser *chooser = found->chooser;
	for (uint32_t s = 0; s < chooser->source_count; s++) {
		const struct recs_entry *entry = &found->contest->entries[chooser->labels[s]];
		if (found->served[s] > 0 &&
		    (!entry->simple || recs_part_value(&entry->recipe.parts[0], "segment") > 0))
			return true;
	}
	return false;
}

void recommend_judge(const struct recommend_input *input, const struct recommend_found *found,
		     struct recommend_judged *out)
{
	const struct recommend_lists *lists = &found->lists;
	*out = (struct recommend_judged){.persons = input->person_count,
					 .rows = lists->count,
					 .tells_apart = tells_apart(found),
					 .overlap = -1};
	for (size_t i = 0; i < lists->count; i++) {
		out->popular += lists->is_popular[i] != 0;
		if (i > 0 && lists->persons[i] == lists->persons[i - 1])
			continue;
		out->listed++;
		if (out->lists < 2 && (out->lists == 0 || !same_list(lists, 0, i)))
			out->lists++;
	}
}
