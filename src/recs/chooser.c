/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/chooser.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/ratings.h"

const char *recs_persons_name(uint32_t persons)
{
	static const char *const names[] = {"new", "one", "several", "all"};
	return names[persons];
}

enum recs_persons recs_persons_class(const struct recs_profile *profile, bool by_items)
{
	if (!profile->count)
		return RECS_PERSONS_NEW;
	for (size_t h = 1; h < profile->count; h++)
		if (by_items || !profile->times_us || profile->times_us[h] != profile->times_us[0])
			return RECS_PERSONS_SEVERAL;
	return RECS_PERSONS_ONE;
}

static void chooser_free(struct recs_model *model)
{
	struct recs_chooser *chooser = (struct recs_chooser *)model;
	for (uint32_t s = 0; s < chooser->source_count; s++) {
		if (chooser->owned)
			recs_model_free(chooser->sources[s]);
		free(chooser->names[s]);
		free(chooser->texts[s]);
	}
	free(chooser);
}

static size_t chooser_scratch_size(const struct recs_model *model, size_t count)
{
	const struct recs_chooser *chooser = (const struct recs_chooser *)model;
	size_t most = 0;
	(void)count;
	for (uint32_t s = 0; s < chooser->source_count; s++) {
		size_t size = chooser->sources[s]->kind->scratch_size(chooser->sources[s], 1);
		most = size > most ? size : most;
	}
	return most;
}

static bool has_any(const float *scores, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (scores[i] > RECS_NO_SCORE)
			return true;
	return false;
}

static void forget(float *scores, size_t count)
{
	for (size_t i = 0; i < count; i++)
		scores[i] = RECS_NO_SCORE;
}

static void chooser_score(const struct recs_model *model, const struct recs_profile *profiles,
			  size_t count, float *scores, size_t stride, void *scratch)
{
	const struct recs_chooser *chooser = (const struct recs_chooser *)model;
	for (size_t p = 0; p < count; p++) {
		enum recs_persons persons = recs_persons_class(&profiles[p], chooser->by_items);
		float *row = scores + p * stride;
		forget(row, model->item_count);
		for (uint8_t o = 0; o < chooser->order_len[persons]; o++) {
			const struct recs_model *source =
				chooser->sources[chooser->order[persons][o]];
			source->kind->score(source, &profiles[p], 1, row, stride, scratch);
			if (has_any(row, model->item_count))
				break;
		}
	}
}

static const struct recs_model_kind chooser_kind = {"chooser", chooser_scratch_size, chooser_score,
						    chooser_free};

int recs_chooser_new(uint32_t item_count, bool by_items, bool owned, struct recs_chooser **out,
		     struct error *err)
{
	struct recs_chooser *chooser = mem_alloc(sizeof *chooser);
	if (!chooser)
		return err_memory(err);
	chooser->model = (struct recs_model){&chooser_kind, item_count};
	chooser->by_items = by_items;
	chooser->owned = owned;
	*out = chooser;
	return 0;
}

int recs_chooser_add(struct recs_chooser *chooser, struct recs_model *source, const char *name,
		     const char *text, uint32_t label, uint32_t *out, struct error *err)
{
	if (chooser->source_count == RECS_SOURCES_MAX)
		return err_set(err, ERR_USAGE, "chooser: more than %d sources", RECS_SOURCES_MAX);
	if (source->item_count != chooser->model.item_count)
		return err_set(err, ERR_USAGE, "chooser: %s is not of the same items", name);
	OWNED_MEMORY char *own_name = mem_copy_text(name);
	OWNED_MEMORY char *own_text = mem_copy_text(text);
	if (!own_name || !own_text)
		return err_memory(err);
	uint32_t s = chooser->source_count++;
	chooser->sources[s] = source;
	chooser->names[s] = TAKE(own_name);
	chooser->texts[s] = TAKE(own_text);
	chooser->labels[s] = label;
	*out = s;
	return 0;
}

void recs_chooser_serve(struct recs_chooser *chooser, enum recs_persons persons, uint32_t source)
{
	uint8_t *order = chooser->order[persons];
	if (!memchr(order, (int)source, chooser->order_len[persons]))
		order[chooser->order_len[persons]++] = (uint8_t)source;
}

/* Lists that are being filled up. */
struct filling {
	const struct recs_chooser *chooser;
	const struct recs_ratings *histories;
	const struct recs_rank_options *options;
	struct recs_lists lists;
	uint8_t *sources; /* of each item listed */
	uint8_t *persons; /* class by row; RECS_PERSONS_COUNT = no list is wanted */
	uint8_t *rows;    /* who is asked for now */
};

static void filling_done(struct filling *filling)
{
	recs_lists_done(&filling->lists);
	free(filling->sources);
	free(filling->persons);
	free(filling->rows);
}
OWN_DEFINE_EMBEDDED(filling, filling_done)

static int filling_init(struct filling *filling, struct error *err)
{
	const struct recs_ratings *histories = filling->histories;
	const uint8_t *wanted = filling->options->rows;
	uint32_t rows = histories->row_count, k = filling->options->k;
	filling->lists = (struct recs_lists){.row_count = rows, .k = k};
	filling->lists.at = mem_alloc_array((size_t)rows * k, sizeof *filling->lists.at);
	filling->sources = mem_alloc_array((size_t)rows * k, 1);
	filling->persons = mem_alloc_array(rows, 1);
	filling->rows = mem_alloc_array(rows, 1);
	if (!filling->lists.at || !filling->sources || !filling->persons || !filling->rows)
		return err_memory(err);
	memset(filling->sources, RECS_NO_SOURCE, (size_t)rows * k);
	for (size_t i = 0; i < (size_t)rows * k; i++)
		filling->lists.at[i] = (struct recs_ranked){RECS_NO_ITEM, RECS_NO_SCORE};
	for (uint32_t r = 0; r < rows; r++) {
		struct recs_profile profile = {
			.count = recs_ratings_row_len(histories, r),
			.times_us = histories->times_us ? histories->times_us + histories->starts[r]
							: NULL};
		filling->persons[r] =
			wanted && !wanted[r]
				? RECS_PERSONS_COUNT
				: recs_persons_class(&profile, filling->chooser->by_items);
	}
	return 0;
}

static size_t list_len(const struct recs_ranked *list, size_t k)
{
	size_t len = 0;
	while (len < k && list[len].item != RECS_NO_ITEM)
		len++;
	return len;
}

/* What is in `more` and not yet listed goes behind; `more` has at least as many new items as the
 * list lacks, or all there are. */
static void append(struct filling *filling, uint32_t row, const struct recs_ranked *more,
		   uint8_t source)
{
	size_t k = filling->lists.k, start = row * k;
	struct recs_ranked *list = filling->lists.at + start;
	size_t len = list_len(list, k), before = len;
	for (size_t i = 0; i < k && len < k && more[i].item != RECS_NO_ITEM; i++) {
		bool listed = false;
		for (size_t l = 0; l < before; l++)
			listed = listed || list[l].item == more[i].item;
		if (listed)
			continue;
		list[len] = more[i];
		filling->sources[start + len++] = source;
	}
}

/* Ask one source for those whose list lacks something and whose next source it is. */
static int fill_from(struct filling *filling, uint32_t place, uint32_t source, struct error *err)
{
	const struct recs_chooser *chooser = filling->chooser;
	HELD(recs_lists) more = {0};
	struct recs_rank_options options = *filling->options;
	size_t asked = 0, k = filling->lists.k;
	for (uint32_t r = 0; r < filling->lists.row_count; r++) {
		uint8_t persons = filling->persons[r];
		filling->rows[r] = persons < RECS_PERSONS_COUNT &&
				   place < chooser->order_len[persons] &&
				   chooser->order[persons][place] == source &&
				   list_len(filling->lists.at + r * k, k) < k;
		asked += filling->rows[r];
	}
	if (!asked)
		return 0;
	options.rows = filling->rows;
	TRY(recs_rank_all(chooser->sources[source], filling->histories, &options, &more, err));
	for (uint32_t r = 0; r < filling->lists.row_count; r++)
		if (filling->rows[r])
			append(filling, r, more.at + r * k, (uint8_t)source);
	return 0;
}

int recs_chooser_rank(const struct recs_chooser *chooser, const struct recs_ratings *histories,
		      const struct recs_rank_options *options, struct recs_lists *out,
		      uint8_t **out_sources, struct error *err)
{
	if (options->k < 1 || options->k > RECS_RANK_MAX)
		return err_set(err, ERR_USAGE, "lists of %u are not between 1 and %d", options->k,
			       RECS_RANK_MAX);
	HELD(filling)
	filling = {.chooser = chooser, .histories = histories, .options = options};
	TRY(filling_init(&filling, err));
	for (uint32_t place = 0; place < RECS_SOURCES_MAX; place++)
		for (uint32_t s = 0; s < chooser->source_count; s++)
			TRY(fill_from(&filling, place, s, err));
	*out = filling.lists;
	filling.lists = (struct recs_lists){0};
	*out_sources = TAKE(filling.sources);
	return 0;
}
