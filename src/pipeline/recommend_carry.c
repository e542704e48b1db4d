/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/recommend_carry.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/artifact.h"
#include "recs/ratings.h"

void recommend_carry_done(struct recommend_carry *carry)
{
	free(carry->scored);
	free(carry->persons);
	free(carry->alike);
	recs_ratings_free(carry->histories);
	*carry = (struct recommend_carry){0};
}

/* Models know the first items only; columns rise within a row. */
static int cut_histories(const struct recs_ratings *all, uint32_t items, struct recs_ratings **out,
			 struct error *err)
{
	TRY(recs_ratings_new(all->row_count, items, recs_ratings_count(all), true, out, err));
	struct recs_ratings *cut = *out;
	size_t at = 0;
	for (uint32_t p = 0; p < all->row_count; p++) {
		cut->starts[p] = at;
		for (size_t i = all->starts[p]; i < all->starts[p + 1] && all->columns[i] < items;
		     i++, at++) {
			cut->columns[at] = all->columns[i];
			cut->values[at] = all->values[i];
			cut->times_us[at] = all->times_us[i];
		}
	}
	cut->starts[all->row_count] = at;
	return 0;
}

struct carrying {
	const struct recs_artifact *before;
	const struct recommend_input *input;
	const struct recommend_found *found;
	size_t length;
};

static bool is_same_history(const struct recs_artifact *before, uint32_t then,
			    const struct recs_ratings *histories, uint32_t now)
{
	const uint32_t *items;
	const int64_t *times;
	size_t len = recs_artifact_history(before, then, &items, &times);
	size_t start = histories->starts[now];
	return len > 0 && times && len == histories->starts[now + 1] - start &&
	       memcmp(items, histories->columns + start, len * sizeof *items) == 0 &&
	       memcmp(times, histories->times_us + start, len * sizeof *times) == 0;
}

/* What was written by us has no list that is longer or of another source. */
static bool is_list_offered(const struct carrying *c, uint32_t then)
{
	const uint32_t *items;
	const float *scores;
	const uint8_t *sources;
	size_t len = recs_artifact_list(c->before, then, &items, &scores, &sources);
	if (len == 0 || len > c->length || !sources)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!c->input->offered[items[i]] || sources[i] >= c->found->chooser->source_count)
			return false;
	return true;
}

static bool stays(const struct carrying *c, uint32_t then, uint32_t now)
{
	/* 0, no segment, becomes RECS_NONE */
	return then != RECS_NONE && is_same_history(c->before, then, c->found->histories, now) &&
	       recs_artifact_segment(c->before, then) == c->input->segment_of_person[now] - 1 &&
	       is_list_offered(c, then);
}

static bool is_any_back(const struct recs_artifact *before, const uint8_t *offered, uint32_t items)
{
	for (uint32_t i = 0; i < items; i++)
		if (offered[i] && !recs_artifact_is_available(before, i))
			return true;
	return false;
}

/* Nothing but the segment tells persons without a history apart. */
static int find_alike(const struct recommend_input *input, const struct recs_ratings *histories,
		      uint32_t *alike, struct error *err)
{
	size_t segments = recs_ids_count(input->segments) + 1;
	OWNED_MEMORY uint32_t *first = mem_alloc_array(segments, sizeof *first);
	if (!first)
		return err_memory(err);
	for (size_t s = 0; s < segments; s++)
		first[s] = RECS_NONE;
	for (uint32_t p = 0; p < input->person_count; p++) {
		uint32_t *known = &first[input->segment_of_person[p]];
		bool is_blank = histories->starts[p] == histories->starts[p + 1];
		alike[p] = is_blank ? *known : RECS_NONE;
		if (is_blank && *known == RECS_NONE)
			*known = p;
	}
	return 0;
}

int recommend_carry_find(const struct recs_artifact *before, const struct recommend_input *input,
			 const struct recommend_found *found, uint32_t length,
			 struct recommend_carry *out, struct error *err)
{
	const struct carrying carrying = {before, input, found, length};
	uint32_t items = found->chooser->model.item_count;
	bool all = is_any_back(before, input->offered, items);
	out->before = before;
	out->scored = mem_alloc_array(input->person_count, 1);
	out->persons = mem_alloc_array(input->person_count, sizeof *out->persons);
	out->alike = mem_alloc_array(input->person_count, sizeof *out->alike);
	if (!out->scored || !out->persons || !out->alike)
		return err_memory(err);
	TRY(find_alike(input, found->histories, out->alike, err));
	for (uint32_t p = 0; p < input->person_count; p++) {
		size_t len;
		const char *text = recs_ids_text(input->persons, p, &len);
		out->persons[p] = recs_artifact_find(before, RECS_PERSONS, text, len);
		out->scored[p] = out->alike[p] == RECS_NONE &&
				 (all || !stays(&carrying, out->persons[p], p));
		out->count += out->scored[p];
	}
	return cut_histories(found->histories, items, &out->histories, err);
}
