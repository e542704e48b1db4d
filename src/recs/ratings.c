/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/ratings.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "recs/events.h"

void recs_ratings_free(struct recs_ratings *ratings)
{
	if (!ratings)
		return;
	free(ratings->starts);
	free(ratings->columns);
	free(ratings->values);
	free(ratings->times_us);
	free(ratings);
}

int recs_ratings_new(uint32_t row_count, uint32_t column_count, size_t count, bool times,
		     struct recs_ratings **out, struct error *err)
{
	OWNED(recs_ratings) *new = mem_alloc(sizeof *new);
	if (!new)
		return err_memory(err);
	new->row_count = row_count;
	new->column_count = column_count;
	new->starts = mem_alloc_array((size_t)row_count + 1, sizeof *new->starts);
	new->columns = mem_alloc_array(count, sizeof *new->columns);
	new->values = mem_alloc_array(count, sizeof *new->values);
	if (times)
		new->times_us = mem_alloc_array(count, sizeof *new->times_us);
	if (!new->starts || !new->columns || !new->values || (times && !new->times_us))
		return err_memory(err);
	*out = TAKE(new);
	return 0;
}

/* Turn counts in starts[1 ..] into starts; fill() then moves starts[r + 1] on as it places. So
 * counts are kept one place further: starts[r + 2] counts row r until the sums are made. */
static void sum_starts(size_t *starts, uint32_t row_count)
{
	for (uint32_t r = 0; r < row_count; r++)
		starts[r + 1] += starts[r];
}

/* Starts as they were before placing: each start moved to the end of its own row. */
static void shift_starts(size_t *starts, uint32_t row_count)
{
	memmove(starts + 1, starts, row_count * sizeof *starts);
	starts[0] = 0;
}

/* ---- columns to rows ---- */

enum { PARTS_MAX = 16 };

/* Rows are placed in parts, each by one thread: where a part's entries of a column go follows from
 * how many the parts before it have. */
struct turning {
	const struct recs_ratings *ratings;
	struct recs_ratings *turned;
	size_t *places; /* per part, per column: first how many, then where the next one goes */
	uint32_t firsts[PARTS_MAX + 1]; /* the parts' rows */
};

static void count_part(void *context, int thread, size_t first, size_t last)
{
	(void)thread;
	const struct turning *turning = context;
	const struct recs_ratings *ratings = turning->ratings;
	for (size_t part = first; part < last; part++) {
		size_t *counts = turning->places + part * ratings->column_count;
		size_t end = ratings->starts[turning->firsts[part + 1]];
		for (size_t i = ratings->starts[turning->firsts[part]]; i < end; i++)
			counts[ratings->columns[i]]++;
	}
}

static void place_part(void *context, int thread, size_t first, size_t last)
{
	(void)thread;
	const struct turning *turning = context;
	const struct recs_ratings *ratings = turning->ratings;
	struct recs_ratings *turned = turning->turned;
	for (size_t part = first; part < last; part++) {
		size_t *places = turning->places + part * ratings->column_count;
		for (uint32_t r = turning->firsts[part]; r < turning->firsts[part + 1]; r++)
			for (size_t i = ratings->starts[r]; i < ratings->starts[r + 1]; i++) {
				size_t at = places[ratings->columns[i]]++;
				turned->columns[at] = r;
				turned->values[at] = ratings->values[i];
				if (turned->times_us)
					turned->times_us[at] = ratings->times_us[i];
			}
	}
}

/* Parts of about as many entries each. */
static void divide(struct turning *turning, size_t parts)
{
	const struct recs_ratings *ratings = turning->ratings;
	size_t count = recs_ratings_count(ratings);
	uint32_t row = 0;
	for (size_t part = 0; part < parts; part++) {
		while (row < ratings->row_count && ratings->starts[row] < count / parts * part)
			row++;
		turning->firsts[part] = row;
	}
	turning->firsts[parts] = ratings->row_count;
}

static void find_places(struct turning *turning, size_t parts)
{
	size_t at = 0, columns = turning->ratings->column_count;
	for (size_t c = 0; c < columns; c++) {
		turning->turned->starts[c] = at;
		for (size_t part = 0; part < parts; part++) {
			size_t count = turning->places[part * columns + c];
			turning->places[part * columns + c] = at;
			at += count;
		}
	}
	turning->turned->starts[columns] = at;
}

int recs_ratings_transpose(const struct recs_ratings *ratings, int threads,
			   struct recs_ratings **out, struct error *err)
{
	size_t parts = (size_t)parallel_threads(threads), count = recs_ratings_count(ratings);
	OWNED(recs_ratings) *turned = NULL;
	TRY(recs_ratings_new(ratings->column_count, ratings->row_count, count,
			     ratings->times_us != NULL, &turned, err));
	parts = parts < PARTS_MAX ? parts : PARTS_MAX;
	OWNED_MEMORY size_t *places =
		mem_alloc_array(parts * ratings->column_count, sizeof *places);
	if (!places)
		return err_memory(err);
	struct turning turning = {.ratings = ratings, .turned = turned, .places = places};
	divide(&turning, parts);
	parallel_run((int)parts, parts, 1, count_part, &turning);
	find_places(&turning, parts);
	parallel_run((int)parts, parts, 1, place_part, &turning);
	*out = TAKE(turned);
	return 0;
}

int recs_ratings_order(const struct recs_ratings *ratings, uint32_t **out, struct error *err)
{
	uint32_t rows = ratings->row_count;
	size_t longest = recs_ratings_longest(ratings);
	OWNED_MEMORY uint32_t *order = mem_alloc_array(rows, sizeof *order);
	OWNED_MEMORY uint32_t *starts = mem_alloc_array(longest + 2, sizeof *starts);
	if (!order || !starts)
		return err_memory(err);
	for (uint32_t r = 0; r < rows; r++)
		starts[longest - recs_ratings_row_len(ratings, r) + 1]++;
	for (size_t b = 0; b <= longest; b++)
		starts[b + 1] += starts[b];
	for (uint32_t r = 0; r < rows; r++)
		order[starts[longest - recs_ratings_row_len(ratings, r)]++] = r;
	*out = TAKE(order);
	return 0;
}

/* ---- of events ---- */

struct build {
	const struct recs_ratings_options *options;
	int64_t newest_us; /* decay counts back from here */
	struct recs_ratings *ratings;
};

static bool in_range(const struct recs_ratings_options *options, int64_t time_us)
{
	if (!options->from_us && !options->to_us)
		return true;
	return time_us >= options->from_us && time_us < options->to_us;
}

static float weight_of(const struct build *build, const struct recs_event *event)
{
	if (build->options->merge == RECS_MERGE_ONE && !build->options->half_life_us)
		return 1;
	if (!build->options->half_life_us)
		return event->weight;
	double age = (double)build->newest_us - (double)event->time_us;
	double decay = exp2(-age / (double)build->options->half_life_us);
	return (float)(decay * (build->options->merge == RECS_MERGE_ONE ? 1 : event->weight));
}

/* Item-major first, so that a stable second pass by person leaves each row's columns rising.
 * `order` gets the places of events in that order. */
static int order_by_item(const struct recs_events *events, const struct build *build,
			 uint32_t **out_order, size_t *out_count, struct error *err)
{
	size_t columns = build->ratings->column_count;
	OWNED_MEMORY size_t *starts = mem_alloc_array(columns + 1, sizeof *starts);
	OWNED_MEMORY uint32_t *order = mem_alloc_array(events->count, sizeof *order);
	if (!starts || !order)
		return err_memory(err);
	for (size_t i = 0; i < events->count; i++)
		if (in_range(build->options, events->at[i].time_us))
			starts[events->at[i].item + 1]++;
	for (size_t c = 0; c < columns; c++)
		starts[c + 1] += starts[c];
	*out_count = starts[columns];
	for (size_t i = 0; i < events->count; i++)
		if (in_range(build->options, events->at[i].time_us))
			order[starts[events->at[i].item]++] = (uint32_t)i;
	*out_order = TAKE(order);
	return 0;
}

static void place(const struct recs_events *events, const uint32_t *order, size_t count,
		  struct build *build)
{
	struct recs_ratings *to = build->ratings;
	for (size_t i = 0; i < count; i++)
		to->starts[events->at[order[i]].person + 1]++;
	sum_starts(to->starts, to->row_count);
	for (size_t i = 0; i < count; i++) {
		const struct recs_event *event = &events->at[order[i]];
		size_t at = to->starts[event->person]++;
		to->columns[at] = event->item;
		to->values[at] = weight_of(build, event);
		to->times_us[at] = event->time_us;
	}
	shift_starts(to->starts, to->row_count);
}

static void merge_into(struct recs_ratings *r, size_t at, size_t from, enum recs_merge merge)
{
	bool newer = r->times_us[from] >= r->times_us[at];
	if (merge == RECS_MERGE_SUM)
		r->values[at] += r->values[from];
	else if (newer)
		r->values[at] = r->values[from];
	if (newer)
		r->times_us[at] = r->times_us[from];
}

/* Equal columns of a row lie side by side: fold them, and close the gaps. */
static void merge_duplicates(struct recs_ratings *r, enum recs_merge merge)
{
	size_t kept = 0;
	for (uint32_t row = 0; row < r->row_count; row++) {
		size_t from = r->starts[row], first = kept;
		r->starts[row] = kept;
		for (; from < r->starts[row + 1]; from++) {
			if (kept > first && r->columns[kept - 1] == r->columns[from]) {
				merge_into(r, kept - 1, from, merge);
				continue;
			}
			r->columns[kept] = r->columns[from];
			r->values[kept] = r->values[from];
			r->times_us[kept] = r->times_us[from];
			kept++;
		}
	}
	r->starts[r->row_count] = kept;
}

static int64_t newest_time(const struct recs_events *events,
			   const struct recs_ratings_options *options)
{
	int64_t newest = INT64_MIN;
	for (size_t i = 0; i < events->count; i++)
		if (in_range(options, events->at[i].time_us) && events->at[i].time_us > newest)
			newest = events->at[i].time_us;
	return options->to_us ? options->to_us : newest;
}

int recs_ratings_build(const struct recs_events *events, uint32_t row_count, uint32_t column_count,
		       const struct recs_ratings_options *options, struct recs_ratings **out,
		       struct error *err)
{
	if (row_count < events->person_count || column_count < events->item_count)
		return err_set(err, ERR_USAGE, "ratings of %u × %u cannot hold events of %u × %u",
			       row_count, column_count, events->person_count, events->item_count);
	OWNED(recs_ratings) *ratings = NULL;
	TRY(recs_ratings_new(row_count, column_count, events->count, true, &ratings, err));
	struct build build = {options, newest_time(events, options), ratings};
	OWNED_MEMORY uint32_t *order = NULL;
	size_t count = 0;
	TRY(order_by_item(events, &build, &order, &count, err));
	place(events, order, count, &build);
	merge_duplicates(ratings, options->merge);
	if (!options->times) {
		free(ratings->times_us);
		ratings->times_us = NULL;
	}
	*out = TAKE(ratings);
	return 0;
}
