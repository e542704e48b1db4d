/* SPDX-License-Identifier: Apache-2.0 */
/* model: what every recommender looks like once trained: something that scores all items for a
 * few profiles at a time. A trained model never changes, so all threads may use it, each with
 * scratch of its own. Models that were trained embed `struct recs_model` first. */
#ifndef VITRINE_RECS_MODEL_H
#define VITRINE_RECS_MODEL_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

/* The score of an item that the model has no reason to recommend. */
#define RECS_NO_SCORE (-INFINITY)
enum { RECS_NOBODY = -1 };

/* What is known of one person (or basket, or session) when asked. All borrowed. */
struct recs_profile {
	int64_t person;   /* the row in training, or RECS_NOBODY: then only the items below count */
	uint32_t segment; /* for models by segment; 0 = none */
	size_t count;     /* items of the history, each once */
	const uint32_t *items;
	const float *weights;
	const int64_t *times_us; /* NULL when not known */
};

struct recs_arrays_out;
struct recs_model;

struct recs_model_kind {
	const char *name;
	/* Bytes of scratch to score up to `count` profiles at once; may be 0. */
	size_t (*scratch_size)(const struct recs_model *model, size_t count);
	/* scores[p * stride + item] for each profile p and item < item_count; `stride` is at least
	 * recs_model_stride(). Entries past item_count are undefined. Allocates nothing. */
	void (*score)(const struct recs_model *model, const struct recs_profile *profiles,
		      size_t count, float *scores, size_t stride, void *scratch);
	void (*free)(struct recs_model *model);
	/* All that scoring profiles of nobody needs and the recipe does not say, for the loader
	 * beside the trainer (recipe_kinds.h); NULL = it is never kept. */
	void (*save)(const struct recs_model *model, struct recs_arrays_out *out);
};

struct recs_model {
	const struct recs_model_kind *kind;
	uint32_t item_count;
};

static inline void recs_model_free(struct recs_model *model)
{
	if (model)
		model->kind->free(model);
}
OWN_DEFINE(recs_model, recs_model_free)

/* Items rounded up, so that kernels may write whole tiles. */
static inline size_t recs_model_stride(const struct recs_model *model)
{
	return ((size_t)model->item_count + 31) / 32 * 32;
}

/* For models whose scores are products with a vector per profile (`width` numbers): a profile of
 * which nothing is known has the vector 0, all its scores are 0, and it gets no scores instead of
 * the items in the order of their numbers. */
static inline void recs_model_forget_unknown(const struct recs_model *model, const float *vectors,
					     size_t width, size_t count, float *scores,
					     size_t stride)
{
	for (size_t p = 0; p < count; p++) {
		size_t zeros = 0;
		while (zeros < width && vectors[p * width + zeros] == 0)
			zeros++;
		for (size_t i = 0; zeros == width && i < model->item_count; i++)
			scores[p * stride + i] = RECS_NO_SCORE;
	}
}

#endif
