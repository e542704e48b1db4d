/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/kernels.h"
#include "recs/serve_parts.h"

enum { BLOCK = 64 };

static uint32_t band_of(const struct recs_artifact *artifact, int64_t price)
{
	uint32_t band = 0;
	while (band + 1 < artifact->settings.band_count &&
	       price >= artifact->band_edges_cents[band])
		band++;
	return band;
}

float serving_liking(const struct serving *serving, uint32_t item)
{
	const struct recs_artifact *artifact = serving->artifact;
	int64_t price = recs_artifact_price(artifact, item);
	if (price < 0)
		return 1;
	size_t at = (size_t)serving->request->person * artifact->settings.band_count;
	return 1 + serving->request->affinity * artifact->affinity[at + band_of(artifact, price)];
}

bool serving_prices_matter(const struct serving *serving)
{
	const struct recs_request *request = serving->request;
	return request->affinity > 0 && request->ask == RECS_FOR_PERSON &&
	       serving->artifact->affinity &&
	       request->person < serving->artifact->settings.person_count;
}

/* Whether the answer has room for one more item of this one's value. */
static bool is_diverse(const struct serving *serving, uint32_t item)
{
	const struct recs_request *request = serving->request;
	if (!request->diverse_most)
		return true;
	const uint32_t *values = serving->artifact->label_of_item[request->diverse_label];
	uint32_t alike = 0;
	for (size_t i = 0; i < serving->answer->count; i++)
		alike += values[serving->out[i].item] == values[item];
	return values[item] == RECS_NONE || alike < request->diverse_most;
}

bool serving_passes(struct serving *serving, uint32_t item)
{
	if (serving->marks[item] & MARK_DONE)
		return false;
	enum recs_filter filter = serving_filter(serving, item);
	if (filter == RECS_PASSES && !is_diverse(serving, item))
		filter = RECS_FILTER_DIVERSITY;
	if (filter == RECS_PASSES)
		return true;
	serving->answer->filtered[filter]++;
	serving_mark(serving, item, MARK_DONE);
	return false;
}

/* An item that passes() goes into the answer, unless diversity forbids. */
static void place(struct serving *serving, uint32_t item, float score,
		  const struct serving_why *why)
{
	serving_mark(serving, item, MARK_DONE);
	if (!is_diverse(serving, item)) {
		serving->answer->filtered[RECS_FILTER_DIVERSITY]++;
		return;
	}
	struct recs_served *served = &serving->out[serving->answer->count++];
	*served = (struct recs_served){
		.item = item,
		.score = score,
		.source = why->source,
		.because = why->because,
		.label = why->label,
	};
	if (why->find)
		why->find(serving, why->context, served);
	served->reason = (enum recs_reason)serving->artifact->reasons[served->source];
}

void serving_place_pool(struct serving *serving, size_t count, const struct serving_why *why)
{
	recs_rank_sort(serving->pool, count);
	for (size_t i = 0; i < count && !serving_is_full(serving); i++)
		place(serving, serving->pool[i].item, serving->pool[i].score, why);
}

/* Lists longer than the pool are put in the new order a pool at a time. */
static void place_liked(struct serving *serving, const uint32_t *items, const float *scores,
			size_t count, const struct serving_why *why)
{
	for (size_t first = 0; first < count && !serving_is_full(serving); first += POOL) {
		size_t kept = 0, end = count - first < POOL ? count : first + POOL;
		for (size_t i = first; i < end; i++) {
			if (!serving_passes(serving, items[i]))
				continue;
			float score = scores[i] > 0 ? scores[i] * serving_liking(serving, items[i])
						    : scores[i];
			kept = recs_rank_offer(serving->pool, kept, POOL,
					       (struct recs_ranked){items[i], score});
		}
		serving_place_pool(serving, kept, why);
	}
}

void serving_place_row(struct serving *serving, const uint32_t *items, const float *scores,
		       size_t count, const struct serving_why *why)
{
	if (serving_prices_matter(serving)) {
		place_liked(serving, items, scores, count, why);
		return;
	}
	for (size_t i = 0; i < count && !serving_is_full(serving); i++)
		if (serving_passes(serving, items[i]))
			place(serving, items[i], scores[i], why);
}

size_t serving_pool_len(const struct serving *serving)
{
	size_t wanted = serving->request->k - serving->answer->count;
	size_t len = serving->request->diverse_most ? 4 * wanted : wanted;
	return len > POOL ? POOL : len;
}

/* The best `len` of the scores that pass the filters; NaN compares false and is never taken. */
static size_t fill_pool(struct serving *serving, size_t len)
{
	const struct recs_kernels *kernels = recs_kernels();
	size_t kept = 0, items = serving->artifact->settings.item_count;
	float bar = RECS_NO_SCORE;
	for (size_t first = 0; first < items; first += BLOCK) {
		size_t n = items - first < BLOCK ? items - first : BLOCK;
		if (!(kernels->max(serving->scores + first, n) > bar))
			continue;
		for (size_t i = first; i < first + n; i++) {
			float score = serving->scores[i];
			if (!(score > bar) || !serving_passes(serving, (uint32_t)i))
				continue;
			kept = recs_rank_offer(serving->pool, kept, len,
					       (struct recs_ranked){(uint32_t)i, score});
			if (kept == len)
				bar = serving->pool[0].score;
		}
	}
	return kept;
}

void serving_place_scores(struct serving *serving, const struct serving_why *why)
{
	size_t items = serving->artifact->settings.item_count;
	if (serving_prices_matter(serving))
		for (size_t i = 0; i < items; i++)
			if (serving->scores[i] > 0)
				serving->scores[i] *= serving_liking(serving, (uint32_t)i);
	for (bool more = true; more && !serving_is_full(serving);) {
		size_t len = serving_pool_len(serving);
		size_t kept = fill_pool(serving, len);
		serving_place_pool(serving, kept, why);
		more = kept == len;
	}
}
