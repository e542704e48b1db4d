/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/pairs.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "recs/pair_sums.h"
#include "recs/ratings.h"
#include "recs/select.h"

enum {
	PLACES_A_BLOCK = RECS_HEADS_ITEMS,
	HEADS_A_BLOCK = 8,
	BLOCK = RECS_SELECT_BLOCK, /* items that are weighed and offered together */
};

struct worker {
	struct recs_pair_row row;
	struct recs_select best;
	/* Blocks of the row that have links: their first places and greatest weights. */
	uint32_t *firsts;
	float *peaks;
};

struct pairs {
	const struct recs_pairs_options *options;
	struct recs_pair_sums sums;
	size_t neighbours;
	struct worker *workers;
	int threads;
	/* The links of the item at place p are links[offsets[p]] on, as many as kept[p]; they name
	 * places. */
	size_t *offsets;
	uint32_t *kept;
	struct recs_ranked *links;
};

static void pairs_done(struct pairs *pairs)
{
	for (int t = 0; pairs->workers && t < pairs->threads; t++) {
		recs_pair_row_done(&pairs->workers[t].row);
		recs_select_done(&pairs->workers[t].best);
		free(pairs->workers[t].firsts);
		free(pairs->workers[t].peaks);
	}
	free(pairs->workers);
	recs_pair_sums_done(&pairs->sums);
	free(pairs->offsets);
	free(pairs->kept);
	free(pairs->links);
}
OWN_DEFINE_EMBEDDED(pairs, pairs_done)

static uint32_t item_count(const struct pairs *pairs)
{
	return pairs->sums.ratings->column_count;
}

static float weigh_block(const struct pairs *pairs, uint32_t place, uint32_t first,
			 const float *sums, float *weights)
{
	uint32_t left = item_count(pairs) - first;
	const struct recs_pairs_options *options = pairs->options;
	return options->weigh(options->context, place, first, sums + first,
			      left < BLOCK ? left : BLOCK, weights);
}

/* Weighs twice, the second time what may be among the best: cheaper than to keep all weights. */
static void offer_row(const struct pairs *pairs, uint32_t place, struct worker *worker)
{
	const struct recs_pair_row *row = &worker->row;
	uint32_t items = item_count(pairs);
	float weights[BLOCK] = {0};
	size_t count = 0;
	for (uint32_t first = 0; first < items; first += BLOCK) {
		if (!row->dense && !row->marks[first / BLOCK])
			continue;
		worker->firsts[count] = first;
		worker->peaks[count] = weigh_block(pairs, place, first, row->sums, weights);
		count += worker->peaks[count] > 0;
	}
	recs_select_raise(&worker->best, worker->peaks, count);
	for (size_t b = 0; b < count; b++) {
		uint32_t first = worker->firsts[b], left = items - first;
		if (!(worker->peaks[b] >= worker->best.bar))
			continue;
		weigh_block(pairs, place, first, row->sums, weights);
		recs_select_offer(&worker->best, first, weights, left < BLOCK ? left : BLOCK);
	}
}

static void find_row(const struct pairs *pairs, uint32_t place, struct worker *worker)
{
	size_t at = pairs->offsets[place], room = pairs->offsets[place + 1] - at;
	if (!room)
		return;
	recs_pair_row_make(&pairs->sums, place, &worker->row);
	recs_select_begin(&worker->best, room);
	offer_row(pairs, place, worker);
	recs_pair_row_clear(&pairs->sums, &worker->row);
	pairs->kept[place] = (uint32_t)recs_select_end(&worker->best, pairs->links + at);
}

static void find_heads(void *context, int thread, size_t first, size_t last)
{
	const struct pairs *pairs = context;
	for (size_t place = first; place < last; place++)
		find_row(pairs, (uint32_t)place, &pairs->workers[thread]);
}

static void find_others(void *context, int thread, size_t first, size_t last)
{
	const struct pairs *pairs = context;
	uint32_t heads = pairs->sums.heads.count;
	for (size_t place = first; place < last; place++)
		find_row(pairs, heads + (uint32_t)place, &pairs->workers[thread]);
}

/* An item cannot have more links than its persons have other items. */
static int make_room(struct pairs *pairs, struct error *err)
{
	const struct recs_ratings *turned = pairs->sums.turned, *ratings = pairs->sums.ratings;
	size_t items = turned->row_count, most = pairs->neighbours;
	pairs->offsets = mem_alloc_array(items + 1, sizeof *pairs->offsets);
	pairs->kept = mem_alloc_array(items, sizeof *pairs->kept);
	if (!pairs->offsets || !pairs->kept)
		return err_memory(err);
	for (size_t place = 0; place < items; place++) {
		uint32_t item = pairs->sums.items[place];
		size_t others = 0, end = turned->starts[item + 1];
		for (size_t e = turned->starts[item]; e < end && others < most; e++)
			others += recs_ratings_row_len(ratings, turned->columns[e]) - 1;
		pairs->offsets[place + 1] = pairs->offsets[place] + (others < most ? others : most);
	}
	pairs->links = mem_alloc_array(pairs->offsets[items], sizeof *pairs->links);
	return pairs->links ? 0 : err_memory(err);
}

static int make_workers(struct pairs *pairs, struct error *err)
{
	pairs->workers = mem_alloc_array((size_t)pairs->threads, sizeof *pairs->workers);
	if (!pairs->workers)
		return err_memory(err);
	size_t blocks = item_count(pairs) / BLOCK + 1;
	for (int t = 0; t < pairs->threads; t++) {
		struct worker *worker = &pairs->workers[t];
		TRY(recs_pair_row_init(&worker->row, &pairs->sums, err));
		TRY(recs_select_init(&worker->best, pairs->neighbours, blocks, err));
		worker->firsts = mem_alloc_array(blocks, sizeof *worker->firsts);
		worker->peaks = mem_alloc_array(blocks, sizeof *worker->peaks);
		if (!worker->firsts || !worker->peaks)
			return err_memory(err);
	}
	return 0;
}

static int place_known(const struct pairs *pairs, struct error *err)
{
	uint32_t items = item_count(pairs);
	OWNED_MEMORY float *placed = mem_alloc_array(items, sizeof *placed);
	if (!placed)
		return err_memory(err);
	for (int k = 0; k < RECS_PAIRS_KNOWN_MAX; k++) {
		float *known = pairs->options->known[k];
		if (!known)
			continue;
		for (uint32_t place = 0; place < items; place++)
			placed[place] = known[pairs->sums.items[place]];
		memcpy(known, placed, items * sizeof *known);
	}
	return 0;
}

static int gather_links(const struct pairs *pairs, const struct recs_model_kind *kind,
			struct recs_links **out, struct error *err)
{
	uint32_t items = item_count(pairs);
	size_t count = 0;
	for (uint32_t i = 0; i < items; i++)
		count += pairs->kept[i];
	TRY(recs_links_new(kind, items, count, out, err));
	struct recs_links *links = *out;
	for (uint32_t i = 0; i < items; i++) {
		uint32_t place = pairs->sums.places[i];
		const struct recs_ranked *from = pairs->links + pairs->offsets[place];
		size_t at = links->starts[i];
		for (uint32_t l = 0; l < pairs->kept[place]; l++, at++) {
			links->items[at] = pairs->sums.items[from[l].item];
			links->weights[at] = from[l].score;
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
	const struct recs_pair_sums_options sums = {options->person_exponent, options->heads,
						    pairs.threads};
	TRY(recs_pair_sums_init(&pairs.sums, trimmed ? trimmed : ratings, &sums, err));
	TRY(place_known(&pairs, err));
	TRY(make_room(&pairs, err));
	TRY(make_workers(&pairs, err));
	uint32_t heads = pairs.sums.heads.count;
	parallel_run(pairs.threads, items - heads, PLACES_A_BLOCK, find_others, &pairs);
	parallel_run(pairs.threads, heads, HEADS_A_BLOCK, find_heads, &pairs);
	return gather_links(&pairs, kind, out, err);
}
