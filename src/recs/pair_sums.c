/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/pair_sums.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "recs/ratings.h"

enum {
	PERSONS_A_BLOCK = 1024,
	NARROW_MAX = UINT16_MAX + 1,
	/* Histories on the way from memory, and how much of each. */
	AHEAD = 6,
	LINE = 64,
	FETCHED = 8 * LINE,
};

/* A person's places stand from `start` on. */
struct recs_history {
	size_t start;
	uint32_t count;
	float scale; /* what each pair counts; × both values, where these differ */
};

void recs_pair_sums_done(struct recs_pair_sums *pairs)
{
	recs_ratings_free(pairs->turned);
	free(pairs->items);
	free(pairs->places);
	free(pairs->histories);
	recs_matrix_done(&pairs->places_of_histories);
	recs_heads_done(&pairs->heads);
	*pairs = (struct recs_pair_sums){0};
}

/* ---- order ---- */

static int order_items(struct recs_pair_sums *pairs, struct error *err)
{
	uint32_t count = pairs->turned->row_count;
	TRY(recs_ratings_order(pairs->turned, &pairs->items, err));
	pairs->places = mem_alloc_array(count, sizeof *pairs->places);
	if (!pairs->places)
		return err_memory(err);
	for (uint32_t place = 0; place < count; place++)
		pairs->places[pairs->items[place]] = place;
	return 0;
}

/* ---- histories ---- */

/* Whether every pair counts the same, but for the lengths of histories. */
static bool look_at_values(struct recs_pair_sums *pairs)
{
	const struct recs_ratings *ratings = pairs->ratings;
	size_t count = recs_ratings_count(ratings);
	float first = count ? ratings->values[0] : 1;
	bool all_same = true;
	for (uint32_t p = 0; p < ratings->row_count; p++) {
		size_t start = ratings->starts[p], n = recs_ratings_row_len(ratings, p);
		const float *values = ratings->values + start;
		for (size_t e = 0; e < n; e++) {
			pairs->valued |= values[e] != values[0];
			all_same &= values[e] == first;
		}
		pairs->additions += (double)n * (double)n / ((double)count + 1);
	}
	pairs->unit = first * first;
	return all_same;
}

struct describing {
	struct recs_pair_sums *pairs;
	const struct recs_pair_sums_options *options;
};

static void measure_histories(void *context, int thread, size_t first, size_t last)
{
	(void)thread;
	const struct describing *describing = context;
	const struct recs_pair_sums *pairs = describing->pairs;
	const struct recs_ratings *ratings = pairs->ratings;
	for (size_t p = first; p < last; p++) {
		size_t start = ratings->starts[p], end = ratings->starts[p + 1], n = end - start;
		double scale =
			pow(n ? (double)n : 1, -(double)describing->options->person_exponent);
		double value = pairs->valued || !n ? 1 : (double)ratings->values[start];
		uint32_t count = 0;
		for (size_t e = start; e < end; e++)
			count += pairs->places[ratings->columns[e]] >= pairs->heads.count;
		pairs->histories[p] = (struct recs_history){
			.count = count, .scale = (float)(scale * value * value)};
	}
}

static void fill_histories(void *context, int thread, size_t first, size_t last)
{
	(void)thread;
	const struct describing *describing = context;
	const struct recs_pair_sums *pairs = describing->pairs;
	const struct recs_ratings *ratings = pairs->ratings;
	for (size_t p = first; p < last; p++) {
		size_t at = pairs->histories[p].start;
		for (size_t e = ratings->starts[p]; e < ratings->starts[p + 1]; e++) {
			uint32_t place = pairs->places[ratings->columns[e]];
			if (place < pairs->heads.count)
				continue;
			if (pairs->narrow)
				pairs->narrow[at++] = (uint16_t)(place - pairs->heads.count);
			else
				pairs->wide[at++] = place - pairs->heads.count;
		}
	}
}

static int make_histories(struct recs_pair_sums *pairs,
			  const struct recs_pair_sums_options *options, struct error *err)
{
	size_t count = 0, persons = pairs->ratings->row_count;
	struct describing describing = {pairs, options};
	pairs->histories = mem_alloc_array(persons, sizeof *pairs->histories);
	if (!pairs->histories)
		return err_memory(err);
	parallel_run(options->threads, persons, PERSONS_A_BLOCK, measure_histories, &describing);
	for (size_t p = 0; p < persons; p++) {
		pairs->histories[p].start = count;
		count += pairs->histories[p].count;
	}
	bool narrow = pairs->ratings->column_count <= NARROW_MAX;
	size_t size = narrow ? sizeof *pairs->narrow : sizeof *pairs->wide;
	TRY(recs_matrix_init(&pairs->places_of_histories, 1, count * size / sizeof(float) + 1,
			     err));
	if (narrow)
		pairs->narrow = (uint16_t *)pairs->places_of_histories.data;
	else
		pairs->wide = (uint32_t *)pairs->places_of_histories.data;
	parallel_run(options->threads, persons, PERSONS_A_BLOCK, fill_histories, &describing);
	return 0;
}

static int choose_heads(struct recs_pair_sums *pairs, const struct recs_pair_sums_options *options,
			struct error *err)
{
	const struct recs_heads_input input = {pairs->ratings, pairs->turned, pairs->items,
					       pairs->places};
	double squares = pairs->additions * (double)recs_ratings_count(pairs->ratings);
	uint32_t heads = options->heads ? options->heads : recs_heads_that_pay(&input, squares);
	if (!heads)
		return 0;
	return recs_heads_init(&pairs->heads, &input, heads, options->threads, err);
}

int recs_pair_sums_init(struct recs_pair_sums *pairs, const struct recs_ratings *ratings,
			const struct recs_pair_sums_options *options, struct error *err)
{
	pairs->ratings = ratings;
	TRY(recs_ratings_transpose(ratings, options->threads, &pairs->turned, err));
	TRY(order_items(pairs, err));
	if (look_at_values(pairs) && options->person_exponent == 0)
		TRY(choose_heads(pairs, options, err));
	return make_histories(pairs, options, err);
}

/* ---- rows ---- */

void recs_pair_row_done(struct recs_pair_row *row)
{
	free(row->sums);
	free(row->counts);
	free(row->marks);
}

int recs_pair_row_init(struct recs_pair_row *row, const struct recs_pair_sums *pairs,
		       struct error *err)
{
	size_t items = pairs->turned->row_count;
	row->sums = mem_alloc_array(items + RECS_HEADS_ITEMS, sizeof *row->sums);
	row->counts = mem_alloc_array(pairs->heads.count ? items : 0, sizeof *row->counts);
	row->marks = mem_alloc_array(items / RECS_SELECT_BLOCK + 1, sizeof *row->marks);
	return row->sums && row->counts && row->marks ? 0 : err_memory(err);
}

static void count_narrow(const uint16_t *places, size_t n, uint16_t *counts)
{
	for (size_t i = 0; i < n; i++)
		counts[places[i]]++;
}

static void count_wide(const uint32_t *places, size_t n, uint16_t *counts)
{
	for (size_t i = 0; i < n; i++)
		counts[places[i]]++;
}

static void add_narrow(const uint16_t *places, size_t n, float weight, float *sums)
{
	for (size_t i = 0; i < n; i++)
		sums[places[i]] += weight;
}

static void add_wide(const uint32_t *places, size_t n, float weight, float *sums)
{
	for (size_t i = 0; i < n; i++)
		sums[places[i]] += weight;
}

static void add_narrow_values(const uint16_t *places, const float *values, size_t n, float weight,
			      float *sums)
{
	for (size_t i = 0; i < n; i++)
		sums[places[i]] += weight * values[i];
}

static void add_wide_values(const uint32_t *places, const float *values, size_t n, float weight,
			    float *sums)
{
	for (size_t i = 0; i < n; i++)
		sums[places[i]] += weight * values[i];
}

static void add_history(const struct recs_pair_sums *pairs, const struct recs_history *history,
			float value, struct recs_pair_row *row)
{
	size_t start = history->start, n = history->count;
	const float *values = pairs->ratings->values + start;
	float weight = history->scale * value;
	if (pairs->narrow) {
		const uint16_t *places = pairs->narrow + start;
		if (pairs->heads.count)
			count_narrow(places, n, row->counts);
		else if (pairs->valued)
			add_narrow_values(places, values, n, weight, row->sums);
		else
			add_narrow(places, n, history->scale, row->sums);
	} else {
		const uint32_t *places = pairs->wide + start;
		if (pairs->heads.count)
			count_wide(places, n, row->counts);
		else if (pairs->valued)
			add_wide_values(places, values, n, weight, row->sums);
		else
			add_wide(places, n, history->scale, row->sums);
	}
}

static void mark_history(const struct recs_pair_sums *pairs, const struct recs_history *history,
			 uint8_t *marks)
{
	size_t start = history->start;
	for (size_t i = start; i < start + history->count; i++)
		marks[(pairs->narrow ? pairs->narrow[i] : pairs->wide[i]) / RECS_SELECT_BLOCK] = 1;
}

static void fetch(const void *from, size_t size)
{
	for (size_t at = 0; at < size && at < FETCHED; at += LINE)
		__builtin_prefetch((const char *)from + at);
}

static void fetch_history(const struct recs_pair_sums *pairs, const struct recs_history *history)
{
	size_t start = history->start, n = history->count;
	if (pairs->valued)
		fetch(pairs->ratings->values + start, n * sizeof *pairs->ratings->values);
	if (pairs->narrow)
		fetch(pairs->narrow + start, n * sizeof *pairs->narrow);
	else
		fetch(pairs->wide + start, n * sizeof *pairs->wide);
}

static void add_histories(const struct recs_pair_sums *pairs, uint32_t item,
			  struct recs_pair_row *row)
{
	const struct recs_ratings *turned = pairs->turned;
	const struct recs_history *histories = pairs->histories;
	size_t end = turned->starts[item + 1];
	for (size_t e = turned->starts[item]; e < end; e++) {
		if (e + 2 * AHEAD < end)
			__builtin_prefetch(&histories[turned->columns[e + 2 * AHEAD]]);
		if (e + AHEAD < end)
			fetch_history(pairs, &histories[turned->columns[e + AHEAD]]);
		const struct recs_history *history = &histories[turned->columns[e]];
		add_history(pairs, history, turned->values[e], row);
		if (!row->dense)
			mark_history(pairs, history, row->marks);
	}
}

static void scale_counts(const uint16_t *restrict counts, size_t n, float unit,
			 float *restrict sums)
{
	for (size_t i = 0; i < n; i++)
		sums[i] = (float)counts[i] * unit;
}

static void count_row(const struct recs_pair_sums *pairs, uint32_t place, struct recs_pair_row *row)
{
	uint32_t item = pairs->items[place], heads = pairs->heads.count;
	size_t start = pairs->turned->starts[item], rest = pairs->turned->row_count - heads;
	if (place >= heads) {
		add_histories(pairs, item, row);
		scale_counts(row->counts, rest, pairs->unit, row->sums + heads);
		memset(row->counts, 0, rest * sizeof *row->counts);
	}
	recs_heads_count(&pairs->heads, place, pairs->turned->columns + start,
			 recs_ratings_row_len(pairs->turned, item), pairs->turned->row_count,
			 pairs->unit, row->sums);
}

void recs_pair_row_make(const struct recs_pair_sums *pairs, uint32_t place,
			struct recs_pair_row *row)
{
	uint32_t item = pairs->items[place];
	double entries = (double)recs_ratings_row_len(pairs->turned, item);
	row->dense =
		pairs->heads.count || entries * pairs->additions > pairs->turned->row_count / 8.0;
	if (pairs->heads.count)
		count_row(pairs, place, row);
	else
		add_histories(pairs, item, row);
	row->sums[place] = 0;
}

void recs_pair_row_clear(const struct recs_pair_sums *pairs, struct recs_pair_row *row)
{
	size_t items = pairs->turned->row_count;
	if (pairs->heads.count) /* the next row overwrites all of it */
		return;
	if (row->dense) {
		memset(row->sums, 0, items * sizeof *row->sums);
		return;
	}
	for (size_t first = 0; first < items; first += RECS_SELECT_BLOCK)
		if (row->marks[first / RECS_SELECT_BLOCK]) {
			size_t n = items - first < RECS_SELECT_BLOCK ? items - first
								     : RECS_SELECT_BLOCK;
			memset(row->sums + first, 0, n * sizeof *row->sums);
			row->marks[first / RECS_SELECT_BLOCK] = 0;
		}
}
