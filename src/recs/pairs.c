/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/pairs.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "recs/ratings.h"
#include "recs/select.h"

enum {
	ITEMS_A_BLOCK = 8,
	PERSONS_A_BLOCK = 1024,
	BLOCK = RECS_SELECT_BLOCK, /* items that are weighed and offered together */
	NARROW_MAX = UINT16_MAX + 1,
	/* Histories on the way from memory, and how much of each. */
	AHEAD = 3,
	LINE = 64,
	FETCHED = 8 * LINE,
};

/* A person's items stand from `start` on. */
struct history {
	size_t start;
	uint32_t count;
	float scale; /* what each pair counts; × both values, where these differ */
};

/* What one thread needs for a row. */
struct row {
	float *sums;    /* per item, all 0 between rows */
	uint8_t *marks; /* per block of items: additions reached it */
	struct recs_select best;
};

struct pairs {
	const struct recs_pairs_options *options;
	const struct recs_ratings *ratings; /* persons × items, histories not too long */
	struct recs_ratings *turned;
	struct history *histories;
	uint16_t *narrow; /* the columns of `ratings`, where two bytes suffice, or NULL */
	bool valued;      /* values differ within a history */
	double additions; /* per entry, on the average */
	size_t neighbours;
	struct row *rows; /* per thread */
	int threads;
	/* Item i's links are links[offsets[i]] on, as many as kept[i]. */
	size_t *offsets;
	uint32_t *kept;
	struct recs_ranked *links;
};

static void pairs_done(struct pairs *pairs)
{
	for (int t = 0; pairs->rows && t < pairs->threads; t++) {
		free(pairs->rows[t].sums);
		free(pairs->rows[t].marks);
		recs_select_done(&pairs->rows[t].best);
	}
	free(pairs->rows);
	recs_ratings_free(pairs->turned);
	free(pairs->histories);
	free(pairs->narrow);
	free(pairs->offsets);
	free(pairs->kept);
	free(pairs->links);
}
OWN_DEFINE_EMBEDDED(pairs, pairs_done)

/* ---- histories ---- */

static bool values_differ(const struct recs_ratings *ratings)
{
	for (uint32_t p = 0; p < ratings->row_count; p++)
		for (size_t e = ratings->starts[p]; e < ratings->starts[p + 1]; e++)
			if (ratings->values[e] != ratings->values[ratings->starts[p]])
				return true;
	return false;
}

static void describe_histories(void *context, int thread, size_t first, size_t last)
{
	(void)thread;
	const struct pairs *pairs = context;
	const struct recs_ratings *ratings = pairs->ratings;
	for (size_t p = first; p < last; p++) {
		size_t start = ratings->starts[p], n = ratings->starts[p + 1] - start;
		double scale = pow(n ? (double)n : 1, -(double)pairs->options->person_exponent);
		double value = pairs->valued || !n ? 1 : (double)ratings->values[start];
		pairs->histories[p] =
			(struct history){start, (uint32_t)n, (float)(scale * value * value)};
		for (size_t e = start; pairs->narrow && e < start + n; e++)
			pairs->narrow[e] = (uint16_t)ratings->columns[e];
	}
}

static int make_histories(struct pairs *pairs, struct error *err)
{
	const struct recs_ratings *ratings = pairs->ratings;
	size_t count = recs_ratings_count(ratings);
	pairs->valued = values_differ(ratings);
	pairs->histories = mem_alloc_array(ratings->row_count, sizeof *pairs->histories);
	if (!pairs->histories)
		return err_memory(err);
	if (ratings->column_count <= NARROW_MAX) {
		pairs->narrow = mem_alloc_array(count, sizeof *pairs->narrow);
		if (!pairs->narrow)
			return err_memory(err);
	}
	parallel_run(pairs->threads, ratings->row_count, PERSONS_A_BLOCK, describe_histories,
		     pairs);
	for (uint32_t p = 0; p < ratings->row_count; p++)
		pairs->additions += (double)pairs->histories[p].count *
				    (double)pairs->histories[p].count / (double)(count + 1);
	return 0;
}

/* ---- rows ---- */

static void add_narrow(const uint16_t *items, size_t n, float weight, float *sums)
{
	for (size_t i = 0; i < n; i++)
		sums[items[i]] += weight;
}

static void add_wide(const uint32_t *items, size_t n, float weight, float *sums)
{
	for (size_t i = 0; i < n; i++)
		sums[items[i]] += weight;
}

static void add_values(const uint32_t *items, const float *values, size_t n, float weight,
		       float *sums)
{
	for (size_t i = 0; i < n; i++)
		sums[items[i]] += weight * values[i];
}

static void add_history(const struct pairs *pairs, const struct history *history, float value,
			float *sums)
{
	size_t start = history->start, n = history->count;
	const uint32_t *items = pairs->ratings->columns + start;
	if (pairs->valued)
		add_values(items, pairs->ratings->values + start, n, history->scale * value, sums);
	else if (pairs->narrow)
		add_narrow(pairs->narrow + start, n, history->scale, sums);
	else
		add_wide(items, n, history->scale, sums);
}

static void mark_history(const struct pairs *pairs, const struct history *history, uint8_t *marks)
{
	const uint32_t *items = pairs->ratings->columns + history->start;
	for (size_t i = 0; i < history->count; i++)
		marks[items[i] / BLOCK] = 1;
}

static void fetch(const void *from, size_t size)
{
	for (size_t at = 0; at < size && at < FETCHED; at += LINE)
		__builtin_prefetch((const char *)from + at);
}

static void fetch_history(const struct pairs *pairs, const struct history *history)
{
	size_t start = history->start, n = history->count;
	if (pairs->valued)
		fetch(pairs->ratings->values + start, n * sizeof *pairs->ratings->values);
	if (pairs->narrow && !pairs->valued)
		fetch(pairs->narrow + start, n * sizeof *pairs->narrow);
	else
		fetch(pairs->ratings->columns + start, n * sizeof *pairs->ratings->columns);
}

/* Whether so many additions reach the row that all of it is looked at. */
static bool is_dense(const struct pairs *pairs, uint32_t item)
{
	double entries = (double)recs_ratings_row_len(pairs->turned, item);
	return entries * pairs->additions > pairs->turned->row_count / 8.0;
}

static void sum_row(const struct pairs *pairs, uint32_t item, bool dense, struct row *row)
{
	const struct recs_ratings *turned = pairs->turned;
	const struct history *histories = pairs->histories;
	size_t end = turned->starts[item + 1];
	for (size_t e = turned->starts[item]; e < end; e++) {
		if (e + 2 * AHEAD < end)
			__builtin_prefetch(&histories[turned->columns[e + 2 * AHEAD]]);
		if (e + AHEAD < end)
			fetch_history(pairs, &histories[turned->columns[e + AHEAD]]);
		const struct history *history = &histories[turned->columns[e]];
		add_history(pairs, history, turned->values[e], row->sums);
		if (!dense)
			mark_history(pairs, history, row->marks);
	}
	row->sums[item] = 0;
}

/* Leaves the row's sums 0. */
static void offer_row(const struct pairs *pairs, uint32_t item, bool dense, struct row *row)
{
	uint32_t items = pairs->turned->row_count;
	float weights[BLOCK];
	for (uint32_t first = 0; first < items; first += BLOCK) {
		if (!dense && !row->marks[first / BLOCK])
			continue;
		size_t n = items - first < BLOCK ? items - first : BLOCK;
		pairs->options->weigh(pairs->options->context, item, first, row->sums + first, n,
				      weights);
		recs_select_offer(&row->best, first, weights, n);
		memset(row->sums + first, 0, n * sizeof *row->sums);
		row->marks[first / BLOCK] = 0;
	}
}

static void find_links(void *context, int thread, size_t first, size_t last)
{
	const struct pairs *pairs = context;
	struct row *row = &pairs->rows[thread];
	for (size_t item = first; item < last; item++) {
		size_t at = pairs->offsets[item], room = pairs->offsets[item + 1] - at;
		if (!room)
			continue;
		bool dense = is_dense(pairs, (uint32_t)item);
		sum_row(pairs, (uint32_t)item, dense, row);
		recs_select_begin(&row->best, room);
		offer_row(pairs, (uint32_t)item, dense, row);
		pairs->kept[item] = (uint32_t)recs_select_end(&row->best, pairs->links + at);
	}
}

/* An item cannot have more links than its persons have other items. */
static int make_room(struct pairs *pairs, struct error *err)
{
	const struct recs_ratings *turned = pairs->turned;
	size_t items = turned->row_count, most = pairs->neighbours;
	pairs->offsets = mem_alloc_array(items + 1, sizeof *pairs->offsets);
	pairs->kept = mem_alloc_array(items, sizeof *pairs->kept);
	if (!pairs->offsets || !pairs->kept)
		return err_memory(err);
	for (size_t i = 0; i < items; i++) {
		size_t others = 0;
		for (size_t e = turned->starts[i]; e < turned->starts[i + 1] && others < most; e++)
			others += pairs->histories[turned->columns[e]].count - 1;
		pairs->offsets[i + 1] = pairs->offsets[i] + (others < most ? others : most);
	}
	pairs->links = mem_alloc_array(pairs->offsets[items], sizeof *pairs->links);
	return pairs->links ? 0 : err_memory(err);
}

static int make_rows(struct pairs *pairs, struct error *err)
{
	size_t items = pairs->turned->row_count;
	pairs->rows = mem_alloc_array((size_t)pairs->threads, sizeof *pairs->rows);
	if (!pairs->rows)
		return err_memory(err);
	for (int t = 0; t < pairs->threads; t++) {
		struct row *row = &pairs->rows[t];
		row->sums = mem_alloc_array(items, sizeof *row->sums);
		row->marks = mem_alloc_array(items / BLOCK + 1, sizeof *row->marks);
		if (!row->sums || !row->marks)
			return err_memory(err);
		TRY(recs_select_init(&row->best, pairs->neighbours, err));
	}
	return 0;
}

static int gather_links(const struct pairs *pairs, const struct recs_model_kind *kind,
			struct recs_links **out, struct error *err)
{
	uint32_t items = pairs->turned->row_count;
	size_t count = 0;
	for (uint32_t i = 0; i < items; i++)
		count += pairs->kept[i];
	TRY(recs_links_new(kind, items, count, out, err));
	struct recs_links *links = *out;
	for (uint32_t i = 0; i < items; i++) {
		size_t at = links->starts[i];
		for (uint32_t l = 0; l < pairs->kept[i]; l++, at++) {
			links->items[at] = pairs->links[pairs->offsets[i] + l].item;
			links->weights[at] = pairs->links[pairs->offsets[i] + l].score;
		}
		links->starts[i + 1] = at;
	}
	return 0;
}

int recs_pairs_links(const struct recs_ratings *ratings, const struct recs_pairs_options *options,
		     const struct recs_model_kind *kind, struct recs_links **out, struct error *err)
{
	if (options->neighbours < 1 || options->neighbours > RECS_LINKS_MAX)
		return err_set(err, ERR_USAGE, "%s: %u neighbours are not between 1 and %d",
			       kind->name, options->neighbours, RECS_LINKS_MAX);
	size_t items = ratings->column_count;
	HELD(pairs)
	pairs = {.options = options,
		 .neighbours = options->neighbours < items ? options->neighbours : items,
		 .threads = parallel_threads(options->threads)};
	OWNED(recs_ratings) *trimmed = NULL;
	size_t history_max = options->history_max ? options->history_max : RECS_HISTORY_MAX;
	if (recs_ratings_longest(ratings) > history_max)
		TRY(recs_ratings_trim(ratings, history_max, &trimmed, err));
	pairs.ratings = trimmed ? trimmed : ratings;
	TRY(recs_ratings_transpose(pairs.ratings, &pairs.turned, err));
	TRY(make_histories(&pairs, err));
	TRY(make_room(&pairs, err));
	TRY(make_rows(&pairs, err));
	parallel_run(pairs.threads, items, ITEMS_A_BLOCK, find_links, &pairs);
	return gather_links(&pairs, kind, out, err);
}
