/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/serve.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/als_rows.h"
#include "recs/matrix.h"
#include "recs/serve_parts.h"

enum { LINE = 64, TILE = 32 };

static size_t lines(size_t bytes)
{
	return (bytes + LINE - 1) / LINE * LINE;
}

/* The parts of a scratch one after the other; with `block` NULL only their size. */
static size_t lay_out(const struct recs_artifact *artifact, char *block, struct serving *out)
{
	size_t items = artifact->settings.item_count, d = artifact->factors_stride, at = 0;
	size_t padded = (items + TILE - 1) / TILE * TILE;
	struct {
		void *part;
		size_t size;
	} parts[] = {
		{&out->marks, items},
		{&out->marked, items * sizeof *out->marked},
		{&out->known, RECS_SERVE_HISTORY_MAX * sizeof *out->known},
		{&out->known_rows, RECS_SERVE_HISTORY_MAX * sizeof *out->known_rows},
		{&out->known_weights, RECS_SERVE_HISTORY_MAX * sizeof *out->known_weights},
		{&out->scores, padded * sizeof *out->scores},
		{&out->other, padded * sizeof *out->other},
		{&out->most, padded * sizeof *out->most},
		{&out->step_of, items},
		{&out->pool, POOL * sizeof *out->pool},
		{&out->factors, d * sizeof *out->factors},
		{&out->turned, d * sizeof *out->turned},
		{&out->solve_block, d ? recs_als_scratch_size(d, 0) : 0},
	};
	for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
		char *start = block ? block + at : NULL;
		memcpy(parts[p].part, &start, sizeof start);
		at += lines(parts[p].size);
	}
	return at;
}

int recs_serve_scratch_fit(struct recs_serve_scratch *scratch, const struct recs_artifact *artifact,
			   struct error *err)
{
	struct serving sizes;
	size_t size = lay_out(artifact, NULL, &sizes) + LINE;
	if (scratch->size >= size)
		return 0;
	void *block = mem_alloc(size);
	if (!block)
		return err_memory(err);
	free(scratch->block);
	*scratch = (struct recs_serve_scratch){block, size, 0};
	return 0;
}

void recs_serve_scratch_done(struct recs_serve_scratch *scratch)
{
	free(scratch->block);
	*scratch = (struct recs_serve_scratch){0};
}

struct recs_request recs_request(enum recs_ask ask)
{
	return (struct recs_request){
		.ask = ask,
		.k = 10,
		.person = RECS_NONE,
		.segment = RECS_NONE,
		.label_value = RECS_NONE,
	};
}

static void know(struct serving *serving, uint32_t item, float weight)
{
	if (serving->known_count == RECS_SERVE_HISTORY_MAX)
		return;
	serving->known[serving->known_count] = item;
	serving->known_weights[serving->known_count++] = weight;
}

/* From the newest to the oldest, each once. */
static void know_items(struct serving *serving)
{
	const struct recs_request *request = serving->request;
	for (size_t i = request->item_count; i-- > 0;) {
		uint32_t item = request->items[i];
		if (item >= serving->artifact->settings.item_count) {
			serving->answer->ignored++;
			continue;
		}
		if (serving->marks[item] & MARK_SEEN)
			continue;
		serving_mark(serving, item, MARK_SEEN);
		know(serving, item, 1);
	}
	serving->fresh = serving->known_count > 0;
}

/* The newest of the history, newest first: by the distance from the newest in float32, so that
 * what lies together within 1/10,000,000 of the whole stretch may change places. */
static void know_history(struct serving *serving)
{
	const struct recs_artifact *artifact = serving->artifact;
	const uint32_t *items;
	const int64_t *times;
	size_t len = recs_artifact_history(artifact, serving->request->person, &items, &times);
	size_t start = len ? (size_t)artifact->histories.starts[serving->request->person] : 0;
	size_t room = RECS_SERVE_HISTORY_MAX - serving->known_count, kept = 0;
	int64_t newest = INT64_MIN;
	for (size_t h = 0; times && h < len; h++)
		newest = times[h] > newest ? times[h] : newest;
	for (size_t h = 0; h < len && room; h++) {
		if (serving->marks[items[h]] & MARK_SEEN)
			continue;
		float score = times ? -(float)((uint64_t)newest - (uint64_t)times[h]) : 0;
		kept = recs_rank_offer(serving->pool, kept, room,
				       (struct recs_ranked){(uint32_t)h, score});
	}
	recs_rank_sort(serving->pool, kept);
	for (size_t i = 0; i < kept; i++) {
		size_t at = serving->pool[i].item;
		know(serving, items[at], artifact->histories.scores[start + at]);
	}
	for (size_t h = 0; h < len; h++)
		serving_mark(serving, items[h], MARK_SEEN);
}

static void begin(struct serving *serving)
{
	const struct recs_request *request = serving->request;
	const struct recs_filters *filters = &request->filters;
	uint32_t items = serving->artifact->settings.item_count;
	know_items(serving);
	if (request->ask == RECS_FOR_PERSON)
		know_history(serving);
	serving->segment = request->segment;
	if (request->ask == RECS_FOR_PERSON && request->segment == RECS_NONE)
		serving->segment = recs_artifact_segment(serving->artifact, request->person);
	for (size_t i = 0; i < filters->excluded_count; i++)
		if (filters->excluded[i] < items)
			serving_mark(serving, filters->excluded[i], MARK_EXCLUDED);
}

int serving_begin(struct serving *serving, const struct recs_artifact *artifact,
		  const struct recs_request *request, struct recs_serve_scratch *scratch,
		  struct error *err)
{
	if (request->k < 1 || request->k > RECS_SERVE_MAX)
		return err_set(err, ERR_USAGE, "%u recommendations are not between 1 and %d",
			       request->k, RECS_SERVE_MAX);
	TRY(serving_check_filters(artifact, request, err));
	TRY(recs_serve_scratch_fit(scratch, artifact, err));
	uintptr_t block = ((uintptr_t)scratch->block + LINE - 1) / LINE * LINE;
	lay_out(artifact, (char *)block, serving);
	/* The marks come first in the block and are 0 there as far as the last request knew. */
	if (scratch->item_count != artifact->settings.item_count)
		memset(serving->marks, 0, artifact->settings.item_count);
	scratch->item_count = artifact->settings.item_count;
	serving->artifact = artifact;
	serving->request = request;
	begin(serving);
	return 0;
}

void serving_end(struct serving *serving)
{
	for (size_t i = 0; i < serving->marked_count; i++)
		serving->marks[serving->marked[i]] = 0;
	serving->marked_count = 0;
}

static void find_in_list(struct serving *serving, const void *context, struct recs_served *served)
{
	const struct recs_artifact *artifact = serving->artifact;
	size_t start = artifact->lists.starts[serving->request->person];
	size_t at = start;
	(void)context;
	while (artifact->lists.items[at] != served->item)
		at++;
	served->source = artifact->list_sources ? artifact->list_sources[at] : 0;
	if (artifact->list_because)
		served->because = artifact->list_because[at];
	if (artifact->reasons[served->source] == RECS_REASON_POPULAR_SEGMENT)
		served->because = serving->segment;
	if (artifact->reasons[served->source] == RECS_REASON_POPULAR_LABEL)
		served->because = recs_artifact_label(artifact, 0, served->item);
}

static void place_list(struct serving *serving)
{
	const uint32_t *items;
	const float *scores;
	const uint8_t *sources;
	size_t before = serving->answer->count;
	size_t len = recs_artifact_list(serving->artifact, serving->request->person, &items,
					&scores, &sources);
	struct serving_why why = {.because = RECS_NONE, .find = find_in_list};
	serving_place_row(serving, items, scores, len, &why);
	serving->answer->personal |= serving->answer->count > before;
}

static void place_rows(struct serving *serving, const struct artifact_rows *rows, uint32_t row,
		       const struct serving_why *why)
{
	size_t len = artifact_row_len(rows, row);
	size_t start = len ? (size_t)rows->starts[row] : 0;
	if (len)
		serving_place_row(serving, rows->items + start, rows->scores + start, len, why);
}

static void place_popular(struct serving *serving)
{
	const struct recs_artifact *artifact = serving->artifact;
	struct serving_why segment = {.source = artifact->settings.popular_segment_source,
				      .because = serving->segment};
	struct serving_why all = {.source = artifact->settings.popular_source,
				  .because = RECS_NONE};
	if (serving->segment != RECS_NONE)
		place_rows(serving, &artifact->popular_segment, serving->segment, &segment);
	place_rows(serving, &artifact->popular, 0, &all);
}

static void place_label(struct serving *serving, uint32_t label, uint32_t value)
{
	const struct recs_artifact *artifact = serving->artifact;
	struct serving_why why = {.source = artifact->settings.popular_label_source,
				  .because = value,
				  .label = label};
	if (value != RECS_NONE)
		place_rows(serving, &artifact->label_popular[label], value, &why);
}

static void place_similar(struct serving *serving)
{
	const struct artifact_settings *settings = &serving->artifact->settings;
	if (!settings->similar_count)
		serving_place_steps(serving);
	for (uint32_t s = 0; s < settings->similar_count; s++)
		serving_place_links(serving, settings->similar_steps[s]);
	for (size_t i = 0; i < serving->known_count && settings->label_count; i++)
		place_label(serving, 0,
			    recs_artifact_label(serving->artifact, 0, serving->known[i]));
}

static void answer_request(struct serving *serving)
{
	const struct recs_request *request = serving->request;
	switch (request->ask) {
	case RECS_FOR_PERSON:
		/* What was chosen a minute ago says more than a list of last night. */
		if (serving->fresh)
			serving_place_steps(serving);
		place_list(serving);
		if (!serving->fresh)
			serving_place_steps(serving);
		break;
	case RECS_FOR_ITEMS:
		serving_place_steps(serving);
		break;
	case RECS_SIMILAR_TO:
		place_similar(serving);
		return;
	case RECS_POPULAR:
		place_label(serving, request->label, request->label_value);
		break;
	}
	place_popular(serving);
}

int recs_serve(const struct recs_artifact *artifact, const struct recs_request *request,
	       struct recs_serve_scratch *scratch, struct recs_served *out,
	       struct recs_answer *answer, struct error *err)
{
	struct serving serving = {.out = out, .answer = answer};
	*answer = (struct recs_answer){0};
	TRY(serving_begin(&serving, artifact, request, scratch, err));
	answer_request(&serving);
	serving_end(&serving);
	return 0;
}
