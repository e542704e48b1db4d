/* SPDX-License-Identifier: Apache-2.0 */
/* Scores are products x·y, at most |x| |y| (Cauchy and Schwarz). Rows lie by falling length, so
 * the best are looked for from the start and no further than |x| times the longest row to come can
 * beat the worst of the best. */
#include <math.h>
#include <string.h>

#include "recs/als_rows.h"
#include "recs/kernels.h"
#include "recs/matrix.h"
#include "recs/serve_parts.h"

static struct recs_als_options solve_options(const struct artifact_settings *settings)
{
	return (struct recs_als_options){
		.width = settings->factors_width,
		.weight_scale = settings->weight_scale,
		.unobserved = settings->unobserved,
		.regularization = settings->regularization,
		.exponent = settings->exponent,
		.hu = settings->factors_hu != 0,
	};
}

static struct recs_matrix item_factors(const struct recs_artifact *artifact)
{
	return (struct recs_matrix){
		.data = (float *)artifact->factors, /* only read */
		.rows = artifact->settings.item_count,
		.width = artifact->settings.factors_width,
		.stride = artifact->factors_stride,
	};
}

bool serving_fold_in(struct serving *serving)
{
	const struct recs_artifact *artifact = serving->artifact;
	if (!artifact->factors || !serving->known_count)
		return false;
	struct recs_als_options options = solve_options(&artifact->settings);
	struct recs_matrix fixed = item_factors(artifact);
	struct recs_als_side side = {&options, &fixed, artifact->spectrum, fixed.rows};
	struct recs_als_scratch scratch;
	for (size_t place = 0; place < serving->known_count; place++)
		serving->known_rows[place] = artifact->factor_rows[serving->known[place]];
	recs_als_scratch_place(&scratch, serving->solve_block, fixed.stride, 0);
	memset(serving->factors, 0, fixed.stride * sizeof *serving->factors);
	recs_als_solve_row(&side, serving->known_rows, serving->known_weights, serving->known_count,
			   &scratch, serving->factors);
	float length = recs_kernels()->dot(serving->factors, serving->factors, fixed.stride);
	return length > 0 && isfinite(length);
}

/* Scores of the rows of a block; returns how many they are. */
static size_t score_block(const struct serving *serving, size_t first, float *out)
{
	const struct recs_artifact *artifact = serving->artifact;
	size_t left = artifact->settings.item_count - first, stride = artifact->factors_stride;
	size_t n = left < ARTIFACT_FACTOR_BLOCK ? left : ARTIFACT_FACTOR_BLOCK;
	recs_kernels()->dots(artifact->factors + first * stride, stride, n, stride,
			     serving->factors, out);
	return n;
}

/* As fill_pool() of serve_place.c, with scores made on the way: `*scored` rows have one. */
static size_t fill_pool(struct serving *serving, size_t len, size_t *scored)
{
	const struct recs_artifact *artifact = serving->artifact;
	const struct recs_kernels *kernels = recs_kernels();
	bool liked = serving_prices_matter(serving);
	float bar = RECS_NO_SCORE, *scores = serving->scores;
	float length =
		sqrtf(kernels->dot(serving->factors, serving->factors, artifact->factors_stride));
	size_t kept = 0, items = artifact->settings.item_count;
	for (size_t first = 0; first < items; first += ARTIFACT_FACTOR_BLOCK) {
		float bound = length * artifact->factor_bounds[first / ARTIFACT_FACTOR_BLOCK];
		if (bound == 0 || (!liked && bound <= bar)) /* 0: items that are not known */
			break;
		if (first >= *scored)
			*scored += score_block(serving, first, scores + first);
		size_t end = *scored - first < ARTIFACT_FACTOR_BLOCK
				     ? *scored
				     : first + ARTIFACT_FACTOR_BLOCK;
		if (!liked && !(kernels->max(scores + first, end - first) > bar))
			continue;
		for (size_t row = first; row < end; row++) {
			uint32_t item = artifact->factor_items[row];
			float score = scores[row];
			if (liked && score > 0)
				score *= serving_liking(serving, item);
			if (!(score > bar) || score == 0 || !serving_passes(serving, item))
				continue;
			kept = recs_rank_offer(serving->pool, kept, len,
					       (struct recs_ranked){item, score});
			if (kept == len)
				bar = serving->pool[0].score;
		}
	}
	return kept;
}

void serving_place_factors(struct serving *serving, const struct serving_why *why)
{
	size_t scored = 0;
	for (bool more = true; more && !serving_is_full(serving);) {
		size_t len = serving_pool_len(serving);
		size_t kept = fill_pool(serving, len, &scored);
		serving_place_pool(serving, kept, why);
		more = kept == len;
	}
}

void serving_score_factors(struct serving *serving, float *scores)
{
	const struct recs_artifact *artifact = serving->artifact;
	float block[ARTIFACT_FACTOR_BLOCK];
	for (size_t first = 0; first < artifact->settings.item_count;) {
		size_t n = score_block(serving, first, block);
		for (size_t r = 0; r < n; r++)
			scores[artifact->factor_items[first + r]] = block[r];
		first += n;
	}
}

static const float *row_of(const struct recs_artifact *artifact, uint32_t item)
{
	return artifact->factors + artifact->factor_rows[item] * artifact->factors_stride;
}

float serving_factor_score(const struct serving *serving, uint32_t item)
{
	const struct recs_artifact *artifact = serving->artifact;
	return recs_kernels()->dot(serving->factors, row_of(artifact, item),
				   artifact->factors_stride);
}

/* The score is a sum over what is known, since x = M⁻¹ Σ t_h y_h: the greatest part is named.
 * Source: Y. Hu, Y. Koren, C. Volinsky, 2008, section 5. M's factor is still in the scratch. */
void serving_because_of_factors(struct serving *serving, struct recs_served *served)
{
	const struct recs_artifact *artifact = serving->artifact;
	size_t d = artifact->factors_stride;
	struct recs_als_scratch scratch;
	recs_als_scratch_place(&scratch, serving->solve_block, d, 0);
	memcpy(serving->turned, row_of(artifact, served->item), d * sizeof *serving->turned);
	recs_kernels_solve(scratch.normal, d, serving->turned);
	float most = 0;
	for (size_t place = 0; place < serving->known_count; place++) {
		const float *known = row_of(artifact, serving->known[place]);
		float part = recs_kernels()->dot(serving->turned, known, d) *
			     serving->known_weights[place];
		if (part > most) {
			most = part;
			served->because = serving->known[place];
		}
	}
}
