/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/rows.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/blend.h"
#include "recs/content.h"
#include "recs/links.h"
#include "recs/matrix.h"
#include "recs/rank.h"
#include "recs/ratings.h"

void recs_rows_done(struct recs_rows *rows)
{
	free(rows->starts);
	free(rows->items);
	free(rows->scores);
	*rows = (struct recs_rows){0};
}

static int rows_init(struct recs_rows *rows, uint32_t row_count, size_t count, struct error *err)
{
	rows->row_count = row_count;
	rows->starts = mem_alloc_array((size_t)row_count + 1, sizeof *rows->starts);
	rows->items = mem_alloc_array(count, sizeof *rows->items);
	rows->scores = mem_alloc_array(count, sizeof *rows->scores);
	return rows->starts && rows->items && rows->scores ? 0 : err_memory(err);
}

static struct recs_rows rows_take(struct recs_rows *from)
{
	struct recs_rows taken = *from;
	*from = (struct recs_rows){0};
	return taken;
}

static size_t listed(const struct recs_lists *lists)
{
	size_t total = 0, all = (size_t)lists->row_count * lists->k;
	for (size_t i = 0; i < all; i++)
		total += lists->at[i].item != RECS_NO_ITEM;
	return total;
}

int recs_rows_sources(const struct recs_lists *lists, const uint8_t *sources, uint8_t **out,
		      struct error *err)
{
	size_t at = 0, all = (size_t)lists->row_count * lists->k;
	uint8_t *packed = mem_alloc(listed(lists));
	if (!packed)
		return err_memory(err);
	for (size_t i = 0; i < all; i++)
		if (lists->at[i].item != RECS_NO_ITEM)
			packed[at++] = sources[i];
	*out = packed;
	return 0;
}

int recs_rows_of_lists(const struct recs_lists *lists, struct recs_rows *out, struct error *err)
{
	size_t total = listed(lists);
	HELD(recs_rows) rows = {0};
	TRY(rows_init(&rows, lists->row_count, total, err));
	for (size_t r = 0, at = 0; r < lists->row_count; r++) {
		const struct recs_ranked *list = lists->at + r * lists->k;
		for (size_t i = 0; i < lists->k && list[i].item != RECS_NO_ITEM; i++, at++) {
			rows.items[at] = list[i].item;
			rows.scores[at] = list[i].score;
		}
		rows.starts[r + 1] = at;
	}
	*out = rows_take(&rows);
	return 0;
}

int recs_rows_of_links(const struct recs_links *links, struct recs_rows *out, struct error *err)
{
	uint32_t count = links->model.item_count;
	HELD(recs_rows) rows = {0};
	TRY(rows_init(&rows, count, links->starts[count], err));
	for (size_t r = 0; r <= count; r++)
		rows.starts[r] = links->starts[r];
	memcpy(rows.items, links->items, links->starts[count] * sizeof *rows.items);
	memcpy(rows.scores, links->weights, links->starts[count] * sizeof *rows.scores);
	*out = rows_take(&rows);
	return 0;
}

/* Links are lists of neighbours, best first. */
static int cut_links(const struct recs_links *links, uint32_t k, struct recs_rows *out,
		     struct error *err)
{
	uint32_t count = links->model.item_count;
	size_t at = 0;
	HELD(recs_rows) rows = {0};
	TRY(rows_init(&rows, count, links->starts[count], err));
	for (uint32_t r = 0; r < count; r++) {
		size_t start = links->starts[r], end = links->starts[r + 1];
		for (size_t l = start; l < end && l < start + k; l++, at++) {
			rows.items[at] = links->items[l];
			rows.scores[at] = links->weights[l];
		}
		rows.starts[r + 1] = at;
	}
	*out = rows_take(&rows);
	return 0;
}

/* Histories of one item each: of all items, or of the first of those that are `alike`, which are
 * numbered as they come. */
static int make_singles(const uint32_t *alike, uint32_t count, struct recs_ratings **out,
			struct error *err)
{
	uint32_t rows = 0;
	for (uint32_t i = 0; i < count; i++)
		rows += !alike || alike[i] == rows;
	TRY(recs_ratings_new(rows, count, rows, true, out, err));
	struct recs_ratings *single = *out;
	for (uint32_t i = 0, r = 0; i < count; i++) {
		if (alike && alike[i] != r)
			continue;
		single->columns[r] = i;
		single->values[r] = 1;
		r++;
		single->starts[r] = r;
	}
	return 0;
}

/* Each item's list, which is that of those alike, without itself. */
static int spread(const struct recs_lists *lists, const uint32_t *alike, uint32_t count, uint32_t k,
		  struct recs_rows *out, struct error *err)
{
	size_t at = 0;
	HELD(recs_rows) rows = {0};
	TRY(rows_init(&rows, count, (size_t)count * k, err));
	for (uint32_t i = 0; i < count; i++) {
		const struct recs_ranked *list =
			lists->at + (size_t)(alike ? alike[i] : i) * lists->k;
		size_t end = at + k;
		for (uint32_t l = 0; l < lists->k && list[l].item != RECS_NO_ITEM && at < end;
		     l++) {
			if (list[l].item == i)
				continue;
			rows.items[at] = list[l].item;
			rows.scores[at++] = list[l].score;
		}
		rows.starts[i + 1] = at;
	}
	*out = rows_take(&rows);
	return 0;
}

int recs_rows_of_neighbours(const struct recs_model *model, uint32_t k, int threads,
			    struct recs_rows *out, struct error *err)
{
	uint32_t count = model->item_count;
	const uint32_t *alike = recs_content_alike(model);
	if (model->kind->score == recs_links_score)
		return cut_links((const struct recs_links *)model, k, out, err);
	OWNED(recs_ratings) *single = NULL;
	TRY(make_singles(alike, count, &single, err));
	struct recs_rank_options options = {
		.k = k + 1, .fold = true, .keep_seen = true, .threads = threads};
	HELD(recs_lists) lists = {0};
	TRY(recs_rank_all(model, single, &options, &lists, err));
	return spread(&lists, alike, count, k, out, err);
}

/* What is being summed, per item, and which items it is of. */
struct mixture {
	float *scores, *most;
	uint8_t *sets;
	uint32_t *items;
	size_t count;
	struct recs_ranked *best;
};

static void mixture_done(struct mixture *mixture)
{
	free(mixture->scores);
	free(mixture->most);
	free(mixture->sets);
	free(mixture->items);
	free(mixture->best);
}
OWN_DEFINE_EMBEDDED(mixture, mixture_done)

static int mixture_init(struct mixture *mixture, uint32_t item_count, uint32_t k, struct error *err)
{
	mixture->scores = mem_alloc_array(item_count, sizeof *mixture->scores);
	mixture->most = mem_alloc_array(item_count, sizeof *mixture->most);
	mixture->sets = mem_alloc_array(item_count, 1);
	mixture->items = mem_alloc_array(item_count, sizeof *mixture->items);
	mixture->best = mem_alloc_array(k, sizeof *mixture->best);
	bool all = mixture->scores && mixture->most && mixture->sets && mixture->items &&
		   mixture->best;
	return all ? 0 : err_memory(err);
}

static void mix_row(const struct recs_rows *rows, uint32_t row, float weight, uint8_t set,
		    struct mixture *mixture)
{
	size_t start = (size_t)rows->starts[row], len = (size_t)rows->starts[row + 1] - start;
	float factor = weight * recs_blend_scale_listed(rows->scores + start, len, rows->row_count);
	for (size_t i = start; factor > 0 && i < start + len; i++) {
		uint32_t item = rows->items[i];
		float part = factor * rows->scores[i];
		if (!(part > 0))
			continue;
		if (mixture->scores[item] == 0)
			mixture->items[mixture->count++] = item;
		if (part > mixture->most[item]) {
			mixture->most[item] = part;
			mixture->sets[item] = set;
		}
		mixture->scores[item] += part;
	}
}

/* The best of the mixture, which is then empty; returns how many. */
static size_t take_best(struct mixture *mixture, uint32_t k)
{
	size_t kept = 0;
	for (size_t i = 0; i < mixture->count; i++) {
		uint32_t item = mixture->items[i];
		kept = recs_rank_offer(mixture->best, kept, k,
				       (struct recs_ranked){item, mixture->scores[item]});
		mixture->scores[item] = mixture->most[item] = 0;
	}
	mixture->count = 0;
	recs_rank_sort(mixture->best, kept);
	return kept;
}

int recs_rows_mix(const struct recs_rows *sets, const float *weights, uint32_t set_count,
		  uint32_t k, struct recs_rows *out, uint8_t **out_sets, struct error *err)
{
	uint32_t count = sets[0].row_count;
	size_t most = 0, at = 0;
	for (uint32_t s = 0; s < set_count; s++)
		most += (size_t)sets[s].starts[count];
	HELD(mixture) mixture = {0};
	HELD(recs_rows) rows = {0};
	OWNED_MEMORY uint8_t *of = mem_alloc(most);
	if (!of)
		return err_memory(err);
	TRY(mixture_init(&mixture, count, k, err));
	TRY(rows_init(&rows, count, most, err));
	for (uint32_t r = 0; r < count; r++) {
		for (uint32_t s = 0; s < set_count; s++)
			mix_row(&sets[s], r, weights[s], (uint8_t)s, &mixture);
		size_t kept = take_best(&mixture, k);
		for (size_t i = 0; i < kept; i++, at++) {
			rows.items[at] = mixture.best[i].item;
			rows.scores[at] = mixture.best[i].score;
			of[at] = mixture.sets[mixture.best[i].item];
		}
		rows.starts[r + 1] = at;
	}
	*out = rows_take(&rows);
	*out_sets = TAKE(of);
	return 0;
}

/* All scores of somebody of whom only the segment is known, the best k sorted into `best`. */
static size_t rank_segment(const struct recs_model *model, uint32_t segment, size_t k,
			   struct recs_matrix *memory, struct recs_ranked *best)
{
	struct recs_profile profile = {.person = RECS_NOBODY, .segment = segment};
	float *scores = recs_matrix_row(memory, 0);
	size_t kept = 0;
	model->kind->score(model, &profile, 1, scores, memory->stride, recs_matrix_row(memory, 1));
	for (uint32_t i = 0; i < model->item_count; i++)
		if (scores[i] > RECS_NO_SCORE)
			kept = recs_rank_offer(best, kept, k, (struct recs_ranked){i, scores[i]});
	recs_rank_sort(best, kept);
	return kept;
}

static int append(struct recs_rows *rows, size_t *items_capacity, size_t *scores_capacity,
		  const struct recs_ranked *best, size_t count, struct error *err)
{
	size_t at = (size_t)rows->starts[rows->row_count];
	TRY(mem_grow(&rows->items, items_capacity, at + count, sizeof *rows->items, err));
	TRY(mem_grow(&rows->scores, scores_capacity, at + count, sizeof *rows->scores, err));
	for (size_t i = 0; i < count; i++) {
		rows->items[at + i] = best[i].item;
		rows->scores[at + i] = best[i].score;
	}
	rows->starts[++rows->row_count] = at + count;
	return 0;
}

int recs_rows_of_segments(const struct recs_model *model, uint32_t segment_count, uint32_t k,
			  struct recs_rows *out, struct error *err)
{
	size_t len = k && k < model->item_count ? k : model->item_count;
	size_t items_capacity = 0, scores_capacity = 0;
	size_t stride = recs_model_stride(model), size = model->kind->scratch_size(model, 1);
	size_t width = size / sizeof(float) > stride ? size / sizeof(float) + 1 : stride;
	HELD(recs_matrix) memory = {0};
	HELD(recs_rows) rows = {0};
	TRY(recs_matrix_init(&memory, 2, width, err));
	OWNED_MEMORY struct recs_ranked *best = mem_alloc_array(len, sizeof *best);
	rows.starts = mem_alloc_array((size_t)segment_count + 1, sizeof *rows.starts);
	if (!best || !rows.starts)
		return err_memory(err);
	for (uint32_t s = 0; s < segment_count; s++) {
		size_t kept = rank_segment(model, s, len, &memory, best);
		TRY(append(&rows, &items_capacity, &scores_capacity, best, kept, err));
	}
	*out = rows_take(&rows);
	return 0;
}

int recs_rows_by_value(const struct recs_rows *from, const uint32_t *of_item, uint32_t item_count,
		       uint32_t value_count, uint32_t k, struct recs_rows *out, struct error *err)
{
	size_t len = from->row_count ? (size_t)from->starts[1] : 0;
	OWNED_MEMORY uint64_t *kept = mem_alloc_array((size_t)value_count + 1, sizeof *kept);
	if (!kept)
		return err_memory(err);
	for (size_t i = 0; i < len; i++) {
		uint32_t item = from->items[i];
		uint32_t value = item < item_count ? of_item[item] : value_count;
		if (value < value_count && kept[value] < k)
			kept[value]++;
	}
	size_t total = 0;
	for (uint32_t v = 0; v < value_count; v++) {
		total += kept[v];
		kept[v] = total - kept[v];
	}
	HELD(recs_rows) rows = {0};
	TRY(rows_init(&rows, value_count, total, err));
	for (uint32_t v = 0; v < value_count; v++)
		rows.starts[v + 1] = v + 1 < value_count ? kept[v + 1] : total;
	for (size_t i = 0; i < len; i++) {
		uint32_t item = from->items[i];
		uint32_t value = item < item_count ? of_item[item] : value_count;
		if (value >= value_count || kept[value] == rows.starts[value + 1])
			continue;
		rows.items[kept[value]] = item;
		rows.scores[kept[value]++] = from->scores[i];
	}
	*out = rows_take(&rows);
	return 0;
}
