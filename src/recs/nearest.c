/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/nearest.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/links.h"
#include "recs/rank.h"
#include "recs/serve.h"

struct nearest {
	struct recs_model model;
	struct recs_model *base;
	uint32_t neighbours;
};

static void nearest_free(struct recs_model *model)
{
	struct nearest *nearest = (struct nearest *)model;
	recs_model_free(nearest->base);
	free(nearest);
}

/* The base's scores, the best of them, the base's own scratch. */
static size_t nearest_scratch_size(const struct recs_model *model, size_t count)
{
	const struct nearest *nearest = (const struct nearest *)model;
	(void)count;
	return recs_model_stride(model) * sizeof(float) +
	       RECS_LINKS_MAX * sizeof(struct recs_ranked) +
	       nearest->base->kind->scratch_size(nearest->base, 1);
}

static void add_neighbours(const struct nearest *nearest, uint32_t item, float *row, void *scratch)
{
	const struct recs_model *base = nearest->base;
	static const float one = 1;
	struct recs_profile alone = {
		.person = RECS_NOBODY, .count = 1, .items = &item, .weights = &one};
	float *scores = scratch;
	struct recs_ranked *best = (void *)(scores + recs_model_stride(base));
	base->kind->score(base, &alone, 1, scores, recs_model_stride(base), best + RECS_LINKS_MAX);
	scores[item] = RECS_NO_SCORE;
	size_t count = recs_rank_top(scores, base->item_count, nearest->neighbours, best);
	for (size_t i = 0; i < count && best[i].score > 0; i++)
		row[best[i].item] += best[i].score;
}

static void nearest_score(const struct recs_model *model, const struct recs_profile *profiles,
			  size_t count, float *scores, size_t stride, void *scratch)
{
	const struct nearest *nearest = (const struct nearest *)model;
	for (size_t p = 0; p < count; p++) {
		float *row = scores + p * stride;
		size_t items = profiles[p].count < RECS_SERVE_HISTORY_MAX ? profiles[p].count
									  : RECS_SERVE_HISTORY_MAX;
		memset(row, 0, model->item_count * sizeof *row);
		for (size_t i = 0; i < items; i++)
			add_neighbours(nearest, profiles[p].items[i], row, scratch);
		for (uint32_t i = 0; i < model->item_count; i++)
			row[i] = row[i] > 0 ? row[i] : RECS_NO_SCORE;
	}
}

static const struct recs_model_kind nearest_kind = {"nearest", nearest_scratch_size, nearest_score,
						    nearest_free};

int recs_nearest_new(struct recs_model *base, uint32_t neighbours, struct recs_model **out,
		     struct error *err)
{
	OWNED(recs_model) *held = base;
	if (neighbours < 1 || neighbours > RECS_LINKS_MAX)
		return err_set(err, ERR_USAGE, "%u neighbours are not between 1 and %d", neighbours,
			       RECS_LINKS_MAX);
	struct nearest *nearest = mem_alloc(sizeof *nearest);
	if (!nearest)
		return err_memory(err);
	*nearest = (struct nearest){
		{&nearest_kind, base->item_count}, (struct recs_model *)TAKE(held), neighbours};
	*out = &nearest->model;
	return 0;
}
