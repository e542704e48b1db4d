/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/blend.h"

#include <math.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/matrix.h"

enum { SUMS = 8 };

static void blend_free(struct recs_model *model)
{
	struct recs_blend *blend = (struct recs_blend *)model;
	for (uint32_t s = 0; blend->owned && s < blend->source_count; s++)
		recs_model_free((struct recs_model *)(uintptr_t)blend->sources[s]);
	free(blend);
}

/* Scratch: a source's scores, then its own scratch. */
static size_t scores_size(const struct recs_model *model, size_t count)
{
	return count * recs_model_stride(model) * sizeof(float);
}

static size_t blend_scratch_size(const struct recs_model *model, size_t count)
{
	const struct recs_blend *blend = (const struct recs_blend *)model;
	size_t most = 0;
	for (uint32_t s = 0; s < blend->source_count; s++) {
		const struct recs_model *source = blend->sources[s];
		size_t size = source->kind->scratch_size(source, count);
		most = size > most ? size : most;
	}
	return scores_size(model, count) + most;
}

uint32_t recs_blend_class(const struct recs_blend *blend, size_t len)
{
	uint32_t found = 0;
	for (uint32_t c = 1; c < blend->class_count && len >= blend->class_starts[c]; c++)
		found = c;
	return found;
}

float recs_blend_scale(const float *scores, size_t count)
{
	return recs_blend_scale_listed(scores, count, count);
}

float recs_blend_scale_listed(const float *scores, size_t listed, size_t count)
{
	/* Sums side by side, so that the compiler may use vectors. */
	double sums[SUMS] = {0}, squares[SUMS] = {0}, sum = 0, square = 0;
	for (size_t i = 0; i < listed; i += SUMS)
		for (size_t l = 0; l < SUMS && i + l < listed; l++) {
			double score = scores[i + l] > RECS_NO_SCORE ? (double)scores[i + l] : 0;
			sums[l] += score;
			squares[l] += score * score;
		}
	for (int l = 0; l < SUMS; l++) {
		sum += sums[l];
		square += squares[l];
	}
	double mean = count ? sum / (double)count : 0;
	double variance = count ? square / (double)count - mean * mean : 0;
	/* Below this the differences are rounding. */
	return variance > 1e-12 * mean * mean ? (float)(1 / sqrt(variance)) : 0;
}

static void add_source(const float *from, float factor, size_t count, float *row)
{
	for (size_t i = 0; i < count; i++) {
		float before = row[i] > RECS_NO_SCORE ? row[i] : 0;
		row[i] = from[i] > RECS_NO_SCORE ? before + factor * from[i] : row[i];
	}
}

/* Whether a source has a weight for any of these profiles. */
static bool is_heard(const struct recs_blend *blend, uint32_t source,
		     const struct recs_profile *profiles, size_t count)
{
	for (size_t p = 0; p < count; p++)
		if (blend->weights[recs_blend_class(blend, profiles[p].count)][source] > 0)
			return true;
	return false;
}

static void blend_score(const struct recs_model *model, const struct recs_profile *profiles,
			size_t count, float *scores, size_t stride, void *scratch)
{
	const struct recs_blend *blend = (const struct recs_blend *)model;
	size_t width = recs_model_stride(model);
	float *hold = scratch;
	void *rest = (char *)scratch + scores_size(model, count);
	for (size_t i = 0; i < count * stride; i++)
		scores[i] = RECS_NO_SCORE;
	for (uint32_t s = 0; s < blend->source_count; s++) {
		const struct recs_model *source = blend->sources[s];
		if (!is_heard(blend, s, profiles, count))
			continue;
		source->kind->score(source, profiles, count, hold, width, rest);
		for (size_t p = 0; p < count; p++) {
			uint32_t class = recs_blend_class(blend, profiles[p].count);
			float weight = blend->weights[class][s];
			const float *from = hold + p * width;
			if (weight > 0)
				add_source(from, weight * recs_blend_scale(from, model->item_count),
					   model->item_count, scores + p * stride);
		}
	}
}

static const struct recs_model_kind blend_kind = {"blend", blend_scratch_size, blend_score,
						  blend_free};

int recs_blend_new(const struct recs_model *const *sources, uint32_t count, struct recs_blend **out,
		   struct error *err)
{
	if (count < 1 || count > RECS_SOURCES_MAX)
		return err_set(err, ERR_USAGE, "blend: %u sources are not between 1 and %d", count,
			       RECS_SOURCES_MAX);
	for (uint32_t s = 1; s < count; s++)
		if (sources[s]->item_count != sources[0]->item_count)
			return err_set(err, ERR_USAGE, "blend: %s and %s are not of the same items",
				       sources[0]->kind->name, sources[s]->kind->name);
	struct recs_blend *blend = mem_alloc(sizeof *blend);
	if (!blend)
		return err_memory(err);
	blend->model = (struct recs_model){&blend_kind, sources[0]->item_count};
	blend->source_count = count;
	blend->class_count = 1;
	for (uint32_t s = 0; s < count; s++) {
		blend->sources[s] = sources[s];
		blend->weights[0][s] = 1;
	}
	*out = blend;
	return 0;
}

int recs_blend_classes(struct recs_blend *blend, const uint32_t *starts, uint32_t count,
		       struct error *err)
{
	bool right = count >= 1 && count <= RECS_CLASSES_MAX && starts[0] == 0;
	for (uint32_t c = 1; right && c < count; c++)
		right = starts[c] > starts[c - 1];
	if (!right)
		return err_set(err, ERR_USAGE,
			       "blend: at most %d classes whose starts rise from 0 are needed",
			       RECS_CLASSES_MAX);
	blend->class_count = count;
	for (uint32_t c = 0; c < count; c++) {
		blend->class_starts[c] = starts[c];
		for (uint32_t s = 0; s < blend->source_count; s++)
			blend->weights[c][s] = blend->weights[0][s];
	}
	return 0;
}
