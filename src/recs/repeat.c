/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/repeat.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/arrays.h"
#include "recs/events.h"

enum { TIMES_MAX = 4 }; /* purchases told apart: 1, 2, 3, 4 and more */
#define DAY_US ((int64_t)86400 * 1000000)

struct item {
	float chance;       /* of being bought again */
	float mean, spread; /* of ln waiting time in days */
};

struct repeat {
	struct recs_model model;
	int64_t now_us;
	struct item *items;
	float raised[TIMES_MAX]; /* log odds after so many purchases against after one */
};

static void repeat_free(struct recs_model *model)
{
	free(((struct repeat *)model)->items);
	free(model);
}

static size_t repeat_scratch_size(const struct recs_model *model, size_t count)
{
	(void)model;
	(void)count;
	return 0;
}

static float score_item(const struct repeat *repeat, uint32_t number, float purchases,
			int64_t last_us)
{
	const struct item *item = &repeat->items[number];
	if (!(item->chance > 0) || last_us >= repeat->now_us)
		return RECS_NO_SCORE;
	uint64_t elapsed_us = (uint64_t)repeat->now_us - (uint64_t)last_us;
	int times = purchases < TIMES_MAX ? (int)lrintf(purchases) : TIMES_MAX;
	float odds =
		item->chance / (1 - item->chance) * expf(repeat->raised[times > 1 ? times - 1 : 0]);
	float off =
		(logf((float)((double)elapsed_us / (double)DAY_US)) - item->mean) / item->spread;
	return odds / (1 + odds) * expf(-0.5f * off * off);
}

static void repeat_score(const struct recs_model *model, const struct recs_profile *profiles,
			 size_t count, float *scores, size_t stride, void *scratch)
{
	(void)scratch;
	const struct repeat *repeat = (const struct repeat *)model;
	for (size_t p = 0; p < count; p++) {
		const struct recs_profile *profile = &profiles[p];
		for (size_t i = 0; i < model->item_count; i++)
			scores[p * stride + i] = RECS_NO_SCORE;
		for (size_t h = 0; profile->times_us && h < profile->count; h++)
			scores[p * stride + profile->items[h]] =
				score_item(repeat, profile->items[h], profile->weights[h],
					   profile->times_us[h]);
	}
}

static void repeat_save(const struct recs_model *model, struct recs_arrays_out *out)
{
	const struct repeat *repeat = (const struct repeat *)model;
	recs_arrays_put(out, &repeat->now_us, 1, sizeof repeat->now_us);
	recs_arrays_put(out, repeat->items, model->item_count, sizeof *repeat->items);
	recs_arrays_put(out, repeat->raised, TIMES_MAX, sizeof *repeat->raised);
}

static const struct recs_model_kind repeat_kind = {"repeat", repeat_scratch_size, repeat_score,
						   repeat_free, repeat_save};

/* What is counted of an item, and of the shop. */
struct count {
	double buyers, came_back, gaps, sum, squares; /* of ln waiting time in days */
	double reached[TIMES_MAX + 1]; /* persons of at least so many + 1 purchases */
};

static void add_gap(struct count *count, int64_t gap_us)
{
	double days = log((double)gap_us / (double)DAY_US);
	count->gaps++;
	count->sum += days;
	count->squares += days * days;
}

static int compare_events(const void *a, const void *b)
{
	const struct recs_event *x = a, *y = b;
	if (x->item != y->item)
		return x->item > y->item ? 1 : -1;
	if (x->person != y->person)
		return x->person > y->person ? 1 : -1;
	return (x->time_us > y->time_us) - (x->time_us < y->time_us);
}

/* One person's purchases of one item, `count` events by time. */
static void count_purchases(const struct recs_event *events, size_t count, int64_t gap_min_us,
			    struct count *item, struct count *shop)
{
	size_t purchases = 1;
	for (size_t e = 1, last = 0; e < count; e++) {
		int64_t gap_us = events[e].time_us - events[last].time_us;
		if (gap_us < gap_min_us)
			continue;
		add_gap(item, gap_us);
		add_gap(shop, gap_us);
		purchases++;
		last = e;
	}
	item->buyers++;
	shop->buyers++;
	item->came_back += purchases > 1;
	shop->came_back += purchases > 1;
	for (size_t t = 0; t <= TIMES_MAX; t++)
		shop->reached[t] += purchases > t;
}

static int count_all(const struct recs_events *events, int64_t gap_min_us, struct count *items,
		     struct count *shop, struct error *err)
{
	OWNED_MEMORY struct recs_event *sorted = mem_alloc_array(events->count, sizeof *sorted);
	if (!sorted)
		return err_memory(err);
	for (size_t e = 0; e < events->count; e++)
		sorted[e] = events->at[e];
	qsort(sorted, events->count, sizeof *sorted, compare_events);
	for (size_t first = 0, last; first < events->count; first = last) {
		for (last = first + 1;
		     last < events->count && sorted[last].item == sorted[first].item &&
		     sorted[last].person == sorted[first].person;
		     last++)
			continue;
		count_purchases(sorted + first, last - first, gap_min_us,
				&items[sorted[first].item], shop);
	}
	return 0;
}

/* The shop's mean and variance, by which items are drawn; without any gap a month, widely. */
static void judge_item(const struct count *count, const struct count *shop, double prior,
		       struct item *out)
{
	double mean = log(30), variance = 1;
	if (shop->gaps > 0) {
		mean = shop->sum / shop->gaps;
		variance = shop->squares / shop->gaps - mean * mean;
	}
	variance = variance > 0.05 ? variance : 0.05;
	double back = shop->buyers > 0 ? shop->came_back / shop->buyers : 0;
	out->chance = (float)((count->came_back + prior * back) / (count->buyers + prior));
	out->chance = out->chance < 0.999f ? out->chance : 0.999f;
	double total = count->gaps + prior, drawn = (count->sum + prior * mean) / total;
	/* Σ (x - drawn)² of the item's own and of the prior's imagined gaps. */
	double squares = count->squares - 2 * drawn * count->sum + count->gaps * drawn * drawn +
			 prior * (variance + (mean - drawn) * (mean - drawn));
	out->mean = (float)drawn;
	out->spread = (float)sqrt(squares / total);
}

static double log_odds(double yes, double all)
{
	return log((yes + 0.5) / (all - yes + 0.5));
}

int recs_repeat_train(const struct recs_events *events, uint32_t item_count,
		      const struct recs_repeat_options *options, struct recs_model **out,
		      struct error *err)
{
	if (!(options->prior > 0) || options->gap_min_us < 0 || item_count < events->item_count)
		return err_set(err, ERR_USAGE,
			       "repeat: prior must be above 0, gap_min_us not below, and events "
			       "of known items");
	struct repeat *repeat = mem_alloc(sizeof *repeat);
	if (!repeat)
		return err_memory(err);
	repeat->model = (struct recs_model){&repeat_kind, item_count};
	OWNED(recs_model) *model = &repeat->model;
	OWNED_MEMORY struct count *counts = mem_alloc_array(item_count, sizeof *counts);
	repeat->items = mem_alloc_array(item_count, sizeof *repeat->items);
	if (!counts || !repeat->items)
		return err_memory(err);
	struct count shop = {0};
	TRY(count_all(events, options->gap_min_us ? options->gap_min_us : DAY_US, counts, &shop,
		      err));
	for (uint32_t i = 0; i < item_count; i++)
		judge_item(&counts[i], &shop, (double)options->prior, &repeat->items[i]);
	for (size_t t = 1; t < TIMES_MAX; t++)
		repeat->raised[t] = (float)(log_odds(shop.reached[t + 1], shop.reached[t]) -
					    log_odds(shop.reached[1], shop.reached[0]));
	repeat->now_us = options->now_us;
	for (size_t e = 0; e < events->count && !options->now_us; e++)
		repeat->now_us = events->at[e].time_us > repeat->now_us ? events->at[e].time_us
									: repeat->now_us;
	*out = TAKE(model);
	return 0;
}

static bool are_right(const struct item *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!(items[i].chance >= 0 && items[i].chance < 1) || !isfinite(items[i].mean) ||
		    !(items[i].spread > 0) || !isfinite(items[i].spread))
			return false;
	return true;
}

int recs_repeat_load(struct recs_arrays_in *in, uint32_t item_count, struct recs_model **out,
		     struct error *err)
{
	struct repeat *repeat = mem_alloc(sizeof *repeat);
	if (!repeat)
		return err_memory(err);
	repeat->model = (struct recs_model){&repeat_kind, item_count};
	OWNED(recs_model) *model = &repeat->model;
	const int64_t *now_us = recs_arrays_take(in, sizeof *now_us, 1, NULL, err);
	const struct item *items =
		now_us ? recs_arrays_take(in, sizeof *items, item_count, NULL, err) : NULL;
	const float *raised = items ? recs_arrays_take_floats(in, TIMES_MAX, NULL, err) : NULL;
	if (!raised)
		return -1;
	if (!are_right(items, item_count))
		return recs_arrays_refuse("a chance that is none", err);
	repeat->now_us = *now_us;
	repeat->items = mem_alloc_array(item_count, sizeof *items);
	if (!repeat->items)
		return err_memory(err);
	memcpy(repeat->items, items, item_count * sizeof *items);
	memcpy(repeat->raised, raised, sizeof repeat->raised);
	*out = TAKE(model);
	return 0;
}
