/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/pairs.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "recs/matrix.h"
#include "recs/rank.h"
#include "recs/ratings.h"

enum { ITEMS_A_BLOCK = 8, CHUNK = 256 };
/* Entries are kept above this, so that no product vanishes: a sum of 0 means "not met yet". */
#define ENTRY_MIN 1e-18f

/* The best links that one thread has met: item i's are heaps[offsets[i]] on. */
struct best {
	struct recs_ranked *heaps;
	uint32_t *kept;
	float *least;      /* per item: what a link must reach to be kept; side by side, since it is
			      looked at for each pair, and most heaps are in no cache */
	float *sums;       /* per rank, all 0 between items */
	uint32_t *touched; /* ranks whose sum is not 0 */
};

struct pairs {
	const struct recs_pairs_options *options;
	struct recs_ratings *turned; /* items × persons */
	uint32_t *item_of_rank;
	/* The persons' histories by rising rank, and where each entry of `turned` stands there. */
	uint32_t *ranks;
	float *values;
	size_t *ends, *places;
	size_t *offsets; /* per item: room for its links */
	struct best *best;
	int threads;
};

static void pairs_done(struct pairs *pairs)
{
	for (int t = 0; pairs->best && t < pairs->threads; t++) {
		free(pairs->best[t].heaps);
		free(pairs->best[t].kept);
		free(pairs->best[t].least);
		free(pairs->best[t].sums);
		free(pairs->best[t].touched);
	}
	free(pairs->best);
	recs_ratings_free(pairs->turned);
	free(pairs->item_of_rank);
	free(pairs->ranks);
	free(pairs->values);
	free(pairs->ends);
	free(pairs->places);
	free(pairs->offsets);
}
OWN_DEFINE_EMBEDDED(pairs, pairs_done)

/* Items from the rarest to the most popular, of equal ones by number. */
static int order_items(struct pairs *pairs, size_t persons, struct error *err)
{
	const struct recs_ratings *turned = pairs->turned;
	OWNED_MEMORY uint32_t *starts = mem_alloc_array(persons + 2, sizeof *starts);
	pairs->item_of_rank = mem_alloc_array(turned->row_count, sizeof *pairs->item_of_rank);
	if (!starts || !pairs->item_of_rank)
		return err_memory(err);
	for (uint32_t i = 0; i < turned->row_count; i++)
		starts[recs_ratings_row_len(turned, i) + 1]++;
	for (size_t n = 0; n < persons + 1; n++)
		starts[n + 1] += starts[n];
	for (uint32_t i = 0; i < turned->row_count; i++)
		pairs->item_of_rank[starts[recs_ratings_row_len(turned, i)]++] = i;
	return 0;
}

/* Histories by rank: taking the items in that order, each person's entries come out sorted. */
static int order_histories(struct pairs *pairs, const struct recs_ratings *ratings,
			   struct error *err)
{
	size_t count = recs_ratings_count(ratings), persons = ratings->row_count;
	pairs->ranks = mem_alloc_array(count, sizeof *pairs->ranks);
	pairs->values = mem_alloc_array(count, sizeof *pairs->values);
	pairs->ends = mem_alloc_array(persons, sizeof *pairs->ends);
	pairs->places = mem_alloc_array(count, sizeof *pairs->places);
	OWNED_MEMORY float *scales = mem_alloc_array(persons, sizeof *scales);
	if (!pairs->ranks || !pairs->values || !pairs->ends || !pairs->places || !scales)
		return err_memory(err);
	for (uint32_t p = 0; p < persons; p++) {
		double n = (double)recs_ratings_row_len(ratings, p);
		pairs->ends[p] = ratings->starts[p];
		scales[p] = (float)pow(n > 0 ? n : 1, -0.5 * pairs->options->person_exponent);
	}
	const struct recs_ratings *turned = pairs->turned;
	for (uint32_t rank = 0; rank < turned->row_count; rank++) {
		uint32_t item = pairs->item_of_rank[rank];
		for (size_t e = turned->starts[item]; e < turned->starts[item + 1]; e++) {
			uint32_t person = turned->columns[e];
			size_t place = pairs->places[e] = pairs->ends[person]++;
			pairs->ranks[place] = rank;
			pairs->values[place] = fmaxf(turned->values[e] * scales[person], ENTRY_MIN);
		}
	}
	return 0;
}

/* An item cannot have more links than its persons have other items. */
static int make_room(struct pairs *pairs, const struct recs_ratings *ratings, struct error *err)
{
	const struct recs_ratings *turned = pairs->turned;
	size_t items = turned->row_count, most = pairs->options->neighbours;
	most = most < items ? most : items;
	pairs->offsets = mem_alloc_array(items + 1, sizeof *pairs->offsets);
	pairs->best = mem_alloc_array((size_t)pairs->threads, sizeof *pairs->best);
	if (!pairs->offsets || !pairs->best)
		return err_memory(err);
	for (size_t i = 0; i < items; i++) {
		size_t others = 0;
		for (size_t e = turned->starts[i]; e < turned->starts[i + 1] && others < most; e++)
			others += recs_ratings_row_len(ratings, turned->columns[e]) - 1;
		pairs->offsets[i + 1] = pairs->offsets[i] + (others < most ? others : most);
	}
	for (int t = 0; t < pairs->threads; t++) {
		struct best *best = &pairs->best[t];
		best->heaps = mem_alloc_array(pairs->offsets[items], sizeof *best->heaps);
		best->kept = mem_alloc_array(items, sizeof *best->kept);
		best->least = mem_alloc_array(items, sizeof *best->least);
		best->sums = mem_alloc_array(items, sizeof *best->sums);
		best->touched = mem_alloc_array(items + 1, sizeof *best->touched);
		if (!best->heaps || !best->kept || !best->least || !best->sums || !best->touched)
			return err_memory(err);
	}
	return 0;
}

/* Sum the pairs of one item with all more popular ones; returns how many there are. */
static size_t sum_pairs(const struct pairs *pairs, uint32_t item, struct best *best)
{
	const struct recs_ratings *turned = pairs->turned;
	float *sums = best->sums;
	uint32_t *touched = best->touched;
	size_t count = 0;
	for (size_t e = turned->starts[item]; e < turned->starts[item + 1]; e++) {
		size_t place = pairs->places[e], end = pairs->ends[turned->columns[e]];
		float value = pairs->values[place];
		while (++place < end) {
			uint32_t rank = pairs->ranks[place];
			float before = sums[rank];
			sums[rank] = before + value * pairs->values[place];
			touched[count] = rank;
			count += before == 0;
		}
	}
	return count;
}

static void offer(const struct pairs *pairs, struct best *best, uint32_t from, uint32_t to,
		  float weight)
{
	/* Equal weights must reach the heap: which of them stays is its own rule. */
	if (!(weight > 0) || weight < best->least[from])
		return;
	struct recs_ranked *heap = best->heaps + pairs->offsets[from];
	size_t room = pairs->offsets[from + 1] - pairs->offsets[from];
	best->kept[from] = (uint32_t)recs_rank_offer(heap, best->kept[from], room,
						     (struct recs_ranked){to, weight});
	if (best->kept[from] == room)
		best->least[from] = heap[0].score;
}

static void pair_items(void *context, int thread, size_t first, size_t last)
{
	const struct pairs *pairs = context;
	struct best *best = &pairs->best[thread];
	uint32_t to[CHUNK];
	float sums[CHUNK], there[CHUNK], back[CHUNK];
	for (size_t rank = first; rank < last; rank++) {
		uint32_t from = pairs->item_of_rank[rank];
		size_t count = sum_pairs(pairs, from, best);
		for (size_t done = 0; done < count; done += CHUNK) {
			size_t n = count - done < CHUNK ? count - done : CHUNK;
			for (size_t i = 0; i < n; i++) {
				uint32_t other = best->touched[done + i];
				to[i] = pairs->item_of_rank[other];
				sums[i] = best->sums[other];
				best->sums[other] = 0;
			}
			pairs->options->weigh(pairs->options->context, from, to, sums, n, there,
					      back);
			for (size_t i = 0; i < n; i++) {
				offer(pairs, best, from, to[i], there[i]);
				offer(pairs, best, to[i], from, back[i]);
			}
		}
	}
}

/* All threads' lists of an item become the first thread's, best first. */
static void merge_item(void *context, int thread, size_t first, size_t last)
{
	(void)thread;
	const struct pairs *pairs = context;
	for (size_t i = first; i < last; i++) {
		struct recs_ranked *into = pairs->best[0].heaps + pairs->offsets[i];
		size_t room = pairs->offsets[i + 1] - pairs->offsets[i];
		size_t kept = pairs->best[0].kept[i];
		for (int t = 1; t < pairs->threads; t++)
			for (uint32_t l = 0; l < pairs->best[t].kept[i]; l++)
				kept = recs_rank_offer(into, kept, room,
						       pairs->best[t].heaps[pairs->offsets[i] + l]);
		recs_rank_sort(into, kept);
		pairs->best[0].kept[i] = (uint32_t)kept;
	}
}

static int gather_links(const struct pairs *pairs, const struct recs_model_kind *kind,
			struct recs_links **out, struct error *err)
{
	uint32_t items = pairs->turned->row_count;
	const struct best *best = &pairs->best[0];
	size_t count = 0;
	for (uint32_t i = 0; i < items; i++)
		count += best->kept[i];
	TRY(recs_links_new(kind, items, count, out, err));
	struct recs_links *links = *out;
	for (uint32_t i = 0; i < items; i++) {
		size_t at = links->starts[i];
		for (uint32_t l = 0; l < best->kept[i]; l++, at++) {
			links->items[at] = best->heaps[pairs->offsets[i] + l].item;
			links->weights[at] = best->heaps[pairs->offsets[i] + l].score;
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
	HELD(pairs)
	pairs = {.options = options, .threads = parallel_threads(options->threads)};
	OWNED(recs_ratings) *trimmed = NULL;
	size_t history_max = options->history_max ? options->history_max : RECS_HISTORY_MAX;
	if (recs_ratings_longest(ratings) > history_max) {
		TRY(recs_ratings_trim(ratings, history_max, &trimmed, err));
		ratings = trimmed;
	}
	TRY(recs_ratings_transpose(ratings, &pairs.turned, err));
	TRY(order_items(&pairs, ratings->row_count, err));
	TRY(order_histories(&pairs, ratings, err));
	TRY(make_room(&pairs, ratings, err));
	parallel_run(pairs.threads, ratings->column_count, ITEMS_A_BLOCK, pair_items, &pairs);
	parallel_run(pairs.threads, ratings->column_count, CHUNK, merge_item, &pairs);
	return gather_links(&pairs, kind, out, err);
}
