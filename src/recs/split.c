/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/split.h"

#include "base/error.h"
#include "base/mem.h"
#include "recs/random.h"
#include "recs/ratings.h"

void recs_split_done(struct recs_split *split)
{
	recs_events_done(&split->train);
	recs_events_done(&split->validation);
	recs_events_done(&split->test);
}

static int check_shares(double validation, double test, struct error *err)
{
	if (!(validation >= 0) || !(test >= 0) || !(validation + test <= 1))
		return err_set(err, ERR_USAGE,
			       "split: shares must not be below 0 or above 1 together");
	return 0;
}

static int add(struct recs_events *to, const struct recs_event *event, struct error *err)
{
	return recs_events_add(to, 1, &event->person, &event->item, &event->time_us, &event->weight,
			       err);
}

int recs_split_time(const struct recs_events *events, double validation, double test,
		    struct recs_split *out, struct error *err)
{
	TRY(check_shares(validation, test, err));
	HELD(recs_split) split = {0};
	TRY(recs_events_time_at(events, 1 - validation - test, &split.validation_us, err));
	TRY(recs_events_time_at(events, 1 - test, &split.test_us, err));
	for (size_t e = 0; e < events->count; e++) {
		const struct recs_event *event = &events->at[e];
		struct recs_events *to = event->time_us < split.validation_us ? &split.train
					 : event->time_us < split.test_us     ? &split.validation
									      : &split.test;
		TRY(add(to, event, err));
	}
	*out = split;
	split = (struct recs_split){0};
	return 0;
}

int recs_split_random(const struct recs_events *events, double validation, double test,
		      uint64_t seed, struct recs_split *out, struct error *err)
{
	TRY(check_shares(validation, test, err));
	HELD(recs_split) split = {0};
	struct recs_random random = {seed};
	for (size_t e = 0; e < events->count; e++) {
		double draw = recs_random_unit(&random);
		struct recs_events *to = draw < test                ? &split.test
					 : draw < test + validation ? &split.validation
								    : &split.train;
		TRY(add(to, &events->at[e], err));
	}
	*out = split;
	split = (struct recs_split){0};
	return 0;
}

struct moment {
	uint32_t person;
	size_t event;
	int64_t time_us;
};

static int compare_moments(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;
	if (x->person != y->person)
		return x->person > y->person ? 1 : -1;
	if (x->time_us != y->time_us)
		return x->time_us > y->time_us ? 1 : -1;
	return (x->event > y->event) - (x->event < y->event);
}

/* How many of the same person's events come after each. */
static int count_later(const struct recs_events *events, size_t *later, size_t *whole,
		       struct error *err)
{
	OWNED_MEMORY struct moment *order = mem_alloc_array(events->count, sizeof *order);
	if (!order)
		return err_memory(err);
	for (size_t e = 0; e < events->count; e++)
		order[e] = (struct moment){events->at[e].person, e, events->at[e].time_us};
	qsort(order, events->count, sizeof *order, compare_moments);
	for (size_t first = 0, last; first < events->count; first = last) {
		for (last = first;
		     last < events->count && order[last].person == order[first].person; last++)
			continue;
		for (size_t o = first; o < last; o++) {
			later[order[o].event] = last - 1 - o;
			whole[order[o].event] = last - first;
		}
	}
	return 0;
}

int recs_split_last(const struct recs_events *events, uint32_t validation, uint32_t test,
		    struct recs_split *out, struct error *err)
{
	HELD(recs_split) split = {0};
	OWNED_MEMORY size_t *later = mem_alloc_array(events->count, sizeof *later);
	OWNED_MEMORY size_t *whole = mem_alloc_array(events->count, sizeof *whole);
	if (!later || !whole)
		return err_memory(err);
	TRY(count_later(events, later, whole, err));
	size_t held = (size_t)validation + test;
	for (size_t e = 0; e < events->count; e++) {
		bool keep = whole[e] <= held || later[e] >= held;
		struct recs_events *to = keep              ? &split.train
					 : later[e] < test ? &split.test
							   : &split.validation;
		TRY(add(to, &events->at[e], err));
	}
	*out = split;
	split = (struct recs_split){0};
	return 0;
}

static void copy_entry(const struct recs_ratings *from, size_t at, struct recs_ratings *to,
		       size_t *end)
{
	to->columns[*end] = from->columns[at];
	to->values[*end] = from->values[at];
	if (from->times_us)
		to->times_us[*end] = from->times_us[at];
	(*end)++;
}

int recs_split_one_out(const struct recs_ratings *baskets, uint64_t seed,
		       struct recs_ratings **out_histories, struct recs_ratings **out_wanted,
		       struct error *err)
{
	size_t count = 0, wide = 0, history_end = 0, wanted_end = 0;
	for (uint32_t r = 0; r < baskets->row_count; r++) {
		size_t len = recs_ratings_row_len(baskets, r);
		count += len > 1 ? len - 1 : 0;
		wide += len > 1;
	}
	OWNED(recs_ratings) *histories = NULL;
	OWNED(recs_ratings) *wanted = NULL;
	bool times = baskets->times_us != NULL;
	TRY(recs_ratings_new(baskets->row_count, baskets->column_count, count, times, &histories,
			     err));
	TRY(recs_ratings_new(baskets->row_count, baskets->column_count, wide, times, &wanted, err));
	struct recs_random random = {seed};
	for (uint32_t r = 0; r < baskets->row_count; r++) {
		size_t start = baskets->starts[r], len = recs_ratings_row_len(baskets, r);
		size_t out = start + (len > 1 ? recs_random_below(&random, (uint32_t)len) : 0);
		for (size_t e = start; len > 1 && e < start + len; e++) {
			if (e == out)
				copy_entry(baskets, e, wanted, &wanted_end);
			else
				copy_entry(baskets, e, histories, &history_end);
		}
		histories->starts[r + 1] = history_end;
		wanted->starts[r + 1] = wanted_end;
	}
	*out_histories = TAKE(histories);
	*out_wanted = TAKE(wanted);
	return 0;
}
