/* SPDX-License-Identifier: Apache-2.0 */
/* blend: several models as one. For each profile the scores of a source are divided by their
 * standard deviation over all items (no score counts 0), which puts all sources on one scale, and
 * summed with weights, which may differ by the length of the history: with few items known other
 * sources are right than with many. An item has a score where any source of a weight has one.
 *
 * The weights are learnt on what persons of a validation period did: coordinate ascent on the mean
 * NDCG@k itself, over the candidates that the sources put on top. Source: D. Metzler, W. B. Croft,
 * "Linear Feature-based Models for Information Retrieval", 2007, section 4. */
#ifndef VITRINE_RECS_BLEND_H
#define VITRINE_RECS_BLEND_H

#include <stdbool.h>

#include "recs/model.h"

struct error;
struct recs_ratings;

enum { RECS_SOURCES_MAX = 16, RECS_CLASSES_MAX = 8 };

struct recs_blend {
	struct recs_model model;
	/* They must live as long as the blend: borrowed, or freed with it when `owned`. */
	const struct recs_model *sources[RECS_SOURCES_MAX];
	uint32_t source_count;
	bool owned;
	/* Class c holds histories of class_starts[c] .. class_starts[c + 1] - 1 items; the first
	 * starts at 0. */
	uint32_t class_starts[RECS_CLASSES_MAX];
	uint32_t class_count;
	float weights[RECS_CLASSES_MAX][RECS_SOURCES_MAX]; /* ≥ 0 */
};

/* All weights 1, one class. Owner: caller, by recs_model_free(&out->model).
 * Fails: USAGE (none or too many sources, or not of the same items), MEMORY. */
int recs_blend_new(const struct recs_model *const *sources, uint32_t count, struct recs_blend **out,
		   struct error *err);
/* Classes of histories that start at these lengths (rising, the first 0).
 * Fails: USAGE. Weights of all classes become the first's. */
int recs_blend_classes(struct recs_blend *blend, const uint32_t *starts, uint32_t count,
		       struct error *err);

/* The class of a history of `len` items. */
uint32_t recs_blend_class(const struct recs_blend *blend, size_t len);
/* What a source's scores are multiplied by before its weight: 1 / their standard deviation, or 0
 * when they are all the same. */
float recs_blend_scale(const float *scores, size_t count);
/* The same of the scores that are there, `listed` of `count`. */
float recs_blend_scale_listed(const float *scores, size_t listed, size_t count);

struct recs_blend_learn_options {
	uint32_t k;               /* NDCG at this */
	uint32_t candidates;      /* of each source, per person */
	uint32_t persons_max;     /* looked at, spread evenly; per class as well */
	uint32_t persons_min;     /* a class of fewer has the weights of all */
	bool keep_seen;           /* items of the history may be recommended again */
	bool fold;                /* as in rank.h: no row was in training */
	const uint8_t *allowed;   /* per item, 0 = never recommended; NULL = all */
	const uint32_t *segments; /* per row; NULL = none */
	int threads;
};

/* Set the weights by what the rows of `histories` wanted next (same rows in `wanted`; rows without
 * wanted items are passed over). Sources must not have been trained on `wanted`. `out_ndcg` (may
 * be NULL) gets the mean NDCG reached on the rows looked at. Deterministic.
 * Fails: USAGE (sizes, k), MEMORY (persons_max × candidates × sources² numbers). */
int recs_blend_learn(struct recs_blend *blend, const struct recs_ratings *histories,
		     const struct recs_ratings *wanted,
		     const struct recs_blend_learn_options *options, double *out_ndcg,
		     struct error *err);

#endif
