/* SPDX-License-Identifier: Apache-2.0 */
/* Rows cut to a length: the other half of ratings.c. */
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/ratings.h"

size_t recs_ratings_longest(const struct recs_ratings *ratings)
{
	size_t longest = 0;
	for (uint32_t r = 0; r < ratings->row_count; r++) {
		size_t len = recs_ratings_row_len(ratings, r);
		longest = len > longest ? len : longest;
	}
	return longest;
}

static int compare_times(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* What a row keeps: all after `bar_us`, and of those at it `of_bar` out of `at_bar`. */
struct cut {
	int64_t bar_us;
	size_t at_bar, of_bar;
};

static struct cut find_cut(const struct recs_ratings *ratings, uint32_t row, size_t row_max,
			   int64_t *hold)
{
	size_t start = ratings->starts[row], len = recs_ratings_row_len(ratings, row);
	struct cut cut = {INT64_MIN, len, row_max < len ? row_max : len};
	if (!ratings->times_us || len <= row_max || !row_max)
		return cut;
	memcpy(hold, ratings->times_us + start, len * sizeof *hold);
	qsort(hold, len, sizeof *hold, compare_times);
	cut = (struct cut){.bar_us = hold[len - row_max], .of_bar = row_max};
	for (size_t i = 0; i < len; i++) {
		cut.of_bar -= hold[i] > cut.bar_us;
		cut.at_bar += hold[i] == cut.bar_us;
	}
	return cut;
}

static void copy_row(const struct recs_ratings *from, uint32_t row, const struct cut *cut,
		     struct recs_ratings *to, size_t *at)
{
	size_t met = 0;
	for (size_t e = from->starts[row]; e < from->starts[row + 1]; e++) {
		int64_t time_us = from->times_us && cut->bar_us != INT64_MIN ? from->times_us[e]
									     : cut->bar_us;
		if (time_us < cut->bar_us)
			continue;
		/* Every time the share crosses a whole number, one more is kept. */
		if (time_us == cut->bar_us) {
			size_t before = met * cut->of_bar / cut->at_bar;
			if (++met * cut->of_bar / cut->at_bar == before)
				continue;
		}
		to->columns[*at] = from->columns[e];
		to->values[*at] = from->values[e];
		if (to->times_us)
			to->times_us[*at] = from->times_us[e];
		(*at)++;
	}
}

int recs_ratings_trim(const struct recs_ratings *ratings, size_t row_max, struct recs_ratings **out,
		      struct error *err)
{
	size_t count = 0, at = 0;
	for (uint32_t r = 0; r < ratings->row_count; r++) {
		size_t len = recs_ratings_row_len(ratings, r);
		count += len < row_max ? len : row_max;
	}
	OWNED(recs_ratings) *trimmed = NULL;
	OWNED_MEMORY int64_t *hold = mem_alloc_array(recs_ratings_longest(ratings), sizeof *hold);
	TRY(recs_ratings_new(ratings->row_count, ratings->column_count, count,
			     ratings->times_us != NULL, &trimmed, err));
	if (!hold)
		return err_memory(err);
	for (uint32_t r = 0; r < ratings->row_count; r++) {
		if (recs_ratings_row_len(ratings, r)) {
			struct cut cut = find_cut(ratings, r, row_max, hold);
			copy_row(ratings, r, &cut, trimmed, &at);
		}
		trimmed->starts[r + 1] = at;
	}
	*out = TAKE(trimmed);
	return 0;
}
