/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/links.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/arrays.h"
#include "recs/profile.h"
#include "recs/rank.h"

int recs_links_new(const struct recs_model_kind *kind, uint32_t item_count, size_t count,
		   struct recs_links **out, struct error *err)
{
	struct recs_links *links = mem_alloc(sizeof *links);
	if (!links)
		return err_memory(err);
	links->model = (struct recs_model){kind, item_count};
	OWNED(recs_model) *model = &links->model;
	links->starts = mem_alloc_array((size_t)item_count + 1, sizeof *links->starts);
	links->items = mem_alloc_array(count, sizeof *links->items);
	links->weights = mem_alloc_array(count, sizeof *links->weights);
	if (!links->starts || !links->items || !links->weights)
		return err_memory(err);
	*out = (struct recs_links *)TAKE(model);
	return 0;
}

struct turning {
	uint32_t *items;
	float *weights;
	size_t *starts;
	struct recs_ranked *hold;
};

static void turning_done(struct turning *turning)
{
	free(turning->items);
	free(turning->weights);
	free(turning->starts);
	free(turning->hold);
}
OWN_DEFINE_EMBEDDED(turning, turning_done)

static void sort_list(struct turning *turning, size_t start, size_t end)
{
	size_t kept = 0;
	for (size_t l = start; l < end; l++)
		kept = recs_rank_offer(
			turning->hold, kept, end - start,
			(struct recs_ranked){turning->items[l], turning->weights[l]});
	recs_rank_sort(turning->hold, kept);
	for (size_t l = start; l < end; l++) {
		turning->items[l] = turning->hold[l - start].item;
		turning->weights[l] = turning->hold[l - start].score;
	}
}

static void swap(struct recs_links *links, struct turning *turning)
{
	struct turning old = {
		.items = links->items, .weights = links->weights, .starts = links->starts};
	links->items = turning->items;
	links->weights = turning->weights;
	links->starts = turning->starts;
	turning->items = old.items;
	turning->weights = old.weights;
	turning->starts = old.starts;
}

int recs_links_turn(struct recs_links *links, struct error *err)
{
	uint32_t count = links->model.item_count;
	size_t total = links->starts[count];
	HELD(turning) turning = {0};
	turning.items = mem_alloc_array(total, sizeof *turning.items);
	turning.weights = mem_alloc_array(total, sizeof *turning.weights);
	turning.starts = mem_alloc_array((size_t)count + 2, sizeof *turning.starts);
	turning.hold = mem_alloc_array(count, sizeof *turning.hold);
	if (!turning.items || !turning.weights || !turning.starts || !turning.hold)
		return err_memory(err);
	/* Counted two places on: after the sums, starts[i + 1] is where item i's next goes. */
	for (size_t l = 0; l < total; l++)
		turning.starts[links->items[l] + 2]++;
	for (uint32_t i = 0; i < count; i++)
		turning.starts[i + 2] += turning.starts[i + 1];
	for (uint32_t i = 0; i < count; i++)
		for (size_t l = links->starts[i]; l < links->starts[i + 1]; l++) {
			size_t at = turning.starts[links->items[l] + 1]++;
			turning.items[at] = i;
			turning.weights[at] = links->weights[l];
		}
	for (uint32_t i = 0; i < count; i++)
		sort_list(&turning, turning.starts[i], turning.starts[i + 1]);
	swap(links, &turning);
	return 0;
}

void recs_links_normalize(struct recs_links *links)
{
	for (uint32_t i = 0; i < links->model.item_count; i++) {
		double sum = 0;
		for (size_t l = links->starts[i]; l < links->starts[i + 1]; l++)
			sum += (double)links->weights[l];
		for (size_t l = links->starts[i]; l < links->starts[i + 1]; l++)
			links->weights[l] = (float)((double)links->weights[l] / sum);
	}
}

void recs_links_free(struct recs_model *model)
{
	struct recs_links *links = (struct recs_links *)model;
	free(links->starts);
	free(links->items);
	free(links->weights);
	free(links);
}

size_t recs_links_scratch_size(const struct recs_model *model, size_t count)
{
	(void)model;
	(void)count;
	return 0;
}

static void follow(const struct recs_links *links, const struct recs_profile *profile, float *row)
{
	const struct recs_links_options *options = &links->options;
	struct recs_recency recency =
		recs_recency(profile, options->half_life_us, options->place_decay);
	for (size_t h = 0; h < profile->count; h++) {
		float weight = recs_recency_weight(&recency, profile, h);
		if (options->weighted)
			weight *= profile->weights[h];
		size_t end = links->starts[profile->items[h] + 1];
		for (size_t l = links->starts[profile->items[h]]; l < end; l++)
			row[links->items[l]] += weight * links->weights[l];
	}
}

void recs_links_score(const struct recs_model *model, const struct recs_profile *profiles,
		      size_t count, float *scores, size_t stride, void *scratch)
{
	(void)scratch;
	for (size_t p = 0; p < count; p++) {
		float *row = scores + p * stride;
		memset(row, 0, model->item_count * sizeof *row);
		follow((const struct recs_links *)model, &profiles[p], row);
		for (size_t i = 0; i < model->item_count; i++)
			row[i] = row[i] > 0 ? row[i] : RECS_NO_SCORE;
	}
}

void recs_links_save(const struct recs_model *model, struct recs_arrays_out *out)
{
	const struct recs_links *links = (const struct recs_links *)model;
	size_t count = links->starts[model->item_count];
	recs_arrays_put(out, links->starts, (size_t)model->item_count + 1, sizeof *links->starts);
	recs_arrays_put(out, links->items, count, sizeof *links->items);
	recs_arrays_put(out, links->weights, count, sizeof *links->weights);
}

static bool are_above_0(const float *weights, size_t count)
{
	for (size_t l = 0; l < count; l++)
		if (!(weights[l] > 0))
			return false;
	return true;
}

int recs_links_load(struct recs_arrays_in *in, uint32_t item_count,
		    const struct recs_links_options *options, struct recs_model **out,
		    struct error *err)
{
	static const struct recs_model_kind kind = RECS_LINKS_KIND("links");
	struct recs_links *links;
	const size_t *starts = recs_arrays_take_starts(in, item_count, NULL, err);
	if (!starts)
		return -1;
	size_t count = starts[item_count];
	const uint32_t *items = recs_arrays_take_numbers(in, (int64_t)count, item_count, NULL, err);
	const float *weights =
		items ? recs_arrays_take_floats(in, (int64_t)count, NULL, err) : NULL;
	if (!weights)
		return -1;
	if (!are_above_0(weights, count))
		return recs_arrays_refuse("a link of no weight", err);
	TRY(recs_links_new(&kind, item_count, count, &links, err));
	memcpy(links->starts, starts, ((size_t)item_count + 1) * sizeof *starts);
	memcpy(links->items, items, count * sizeof *items);
	memcpy(links->weights, weights, count * sizeof *weights);
	links->options = *options;
	*out = &links->model;
	return 0;
}
