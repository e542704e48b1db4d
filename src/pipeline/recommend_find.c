/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/recommend_find.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "pipeline/recommend_carry.h"
#include "recs/artifact.h"
#include "recs/rank.h"
#include "recs/ratings.h"
#include "recs/saved.h"

enum { POPULAR_MAX = RECS_RANK_MAX, BY_CATEGORY_MAX = 100, SEGMENTS_JUDGED_MAX = 1000 };

static void lists_done(struct recommend_lists *lists)
{
	free(lists->persons);
	free(lists->items);
	free(lists->because);
	free(lists->segments);
	free(lists->sources);
	free(lists->ranks);
	free(lists->is_popular);
	free(lists->scores);
}

static void similar_done(struct recommend_similar *similar)
{
	free(similar->items);
	free(similar->others);
	free(similar->sources);
	free(similar->ranks);
	free(similar->scores);
}

void recommend_found_done(struct recommend_found *found)
{
	recs_contest_free(found->contest);
	text_done(&found->models);
	if (found->chooser)
		recs_model_free(&found->chooser->model);
	recs_ratings_free(found->histories);
	recommend_factors_done(&found->factors);
	recommend_basket_done(&found->basket);
	recs_rows_done(&found->popular);
	recs_rows_done(&found->by_segment);
	recs_rows_done(&found->by_category);
	lists_done(&found->lists);
	similar_done(&found->similar);
	*found = (struct recommend_found){0};
}

/* ---- the contest ---- */

int recommend_tell(void *context, const struct recs_contest_progress *progress, struct error *err)
{
	const struct recommend_options *options = context;
	return options->tick ? options->tick(options->context, progress->what, progress->done,
					     progress->total, err)
			     : 0;
}

/* The simple entry that serves who is new, or else the best of the simple ones. */
static uint32_t popular_entry(const struct recs_contest *contest)
{
	uint32_t winner = contest->winners[RECS_PERSONS_NEW];
	return contest->entries[winner].simple ? winner : contest->simple;
}

int recommend_contest(const struct recommender *recommender, const struct recommend_input *input,
		      const struct recommend_options *options, struct recommend_found *out,
		      struct error *err)
{
	struct recs_shop shop;
	recommend_input_shop(input, &shop);
	struct recs_contest_options contest = {
		.k = (uint32_t)recommender->length,
		.protocol = options->protocol,
		.recipes = recommender->models.items,
		.recipe_count = (uint32_t)recommender->models.count,
		.trials = (int)recommender->trials,
		.search_us = recommender->trials_within_us,
		.seed = (uint64_t)recommender->seed,
		.threads = options->threads,
		.keep_seen = recommender->keep_seen,
		.segments = recs_ids_count(input->segments) <= SEGMENTS_JUDGED_MAX,
		.allowed = input->offered,
		.progress = recommend_tell,
		.context = (void *)(uintptr_t)options,
	};
	recs_contest_free(TAKE(out->contest));
	recommend_basket_done(&out->basket);
	out->is_held = true;
	TRY(recs_contest_hold(&shop, &contest, &out->contest, err));
	const char *popular = out->contest->entries[popular_entry(out->contest)].text;
	return recommend_basket_contest(recommender, input, options, popular, &out->basket, err);
}

/* ---- models ---- */

static int on_tick(void *context, struct error *err)
{
	const struct recommend_options *options = context;
	return options->tick ? options->tick(options->context, "train", 0, 0, err) : 0;
}

static bool is_by_segment(const struct recs_entry *entry)
{
	return entry->simple && recs_part_value(&entry->recipe.parts[0], "segment") > 0;
}

/* Row s of `rows` is of segment s - 1, row 0 of persons without: cut that off. */
static int of_named(struct recs_rows *rows, struct error *err)
{
	uint64_t first = rows->starts[1], count = rows->starts[rows->row_count] - first;
	struct recs_rows named = {.row_count = rows->row_count - 1};
	named.starts = mem_alloc_array((size_t)named.row_count + 1, sizeof *named.starts);
	named.items = mem_alloc_array(count, sizeof *named.items);
	named.scores = mem_alloc_array(count, sizeof *named.scores);
	if (!named.starts || !named.items || !named.scores) {
		recs_rows_done(&named);
		return err_memory(err);
	}
	for (uint32_t r = 0; r <= named.row_count; r++)
		named.starts[r] = rows->starts[r + 1] - first;
	memcpy(named.items, rows->items + first, count * sizeof *named.items);
	memcpy(named.scores, rows->scores + first, count * sizeof *named.scores);
	recs_rows_done(rows);
	*rows = named;
	return 0;
}

/* Popularity as rows: what `popular` and `popular in SP` are answered from. */
static int find_popular(const struct recs_shop *shop, const struct recs_train_options *train,
			struct recommend_found *out, struct error *err)
{
	OWNED(recs_model) *model = NULL;
	const struct recs_entry *entry = &out->contest->entries[popular_entry(out->contest)];
	TRY(recs_recipe_train(&entry->recipe, shop, train, &model, err));
	TRY(recs_rows_of_segments(model, 1, POPULAR_MAX, &out->popular, err));
	if (shop->segment_count < 2 || !is_by_segment(entry))
		return 0;
	TRY(recs_rows_of_segments(model, shop->segment_count, POPULAR_MAX, &out->by_segment, err));
	return of_named(&out->by_segment, err);
}

static void name_sources(struct recommend_found *out)
{
	const struct recs_chooser *chooser = out->chooser;
	for (uint32_t s = 0; s < chooser->source_count; s++) {
		bool is_one = true;
		for (uint32_t o = 0; o < chooser->source_count; o++)
			is_one &= o == s || strcmp(chooser->names[o], chooser->names[s]) != 0;
		out->names[s] = is_one ? chooser->names[s] : chooser->texts[s];
	}
}

static int train_chosen(const struct recommender *recommender, const struct recommend_input *input,
			const struct recs_shop *shop, const struct recs_train_options *train,
			struct recommend_found *out, struct error *err)
{
	if (!out->is_kept)
		TRY(recs_contest_train(out->contest, shop, train, &out->chooser, err));
	return recommend_basket_train(recommender, input, shop->ratings, train, &out->basket, err);
}

/* Where it does not go they are trained anew next time. */
static void save_models(struct recommend_found *out)
{
	uint64_t len;
	const char *unable = recs_saved_write(out->contest, out->chooser, &out->models, &len);
	char *why = out->why_not_kept;
	size_t room = sizeof out->why_not_kept;
	if (unable)
		snprintf(why, room, "%s needs more than a history to score by", unable);
	else if (out->models.too_long)
		snprintf(why, room, "they would take %" PRIu64 " MiB, more than %" PRIu64,
			 len >> 20, RECS_SAVED_MAX >> 20);
	else if (out->models.out_of_memory)
		snprintf(why, room, "there was no memory to write them");
	if (!*why)
		return;
	text_done(&out->models);
	out->models = (struct text){0};
}

/* What was chosen on a shop may have nothing to learn from on this one: attributes are gone. */
static int train_winners(const struct recommender *recommender, const struct recommend_input *input,
			 const struct recommend_options *options, const struct recs_shop *shop,
			 const struct recs_train_options *train, struct recommend_found *out,
			 struct error *err)
{
	int trained = -1;
	if (out->contest)
		trained = train_chosen(recommender, input, shop, train, out, err);
	if (out->contest && trained < 0 && err->kind != ERR_USAGE)
		return -1;
	if (trained < 0) {
		if (out->chooser)
			recs_model_free(&TAKE(out->chooser)->model);
		out->is_kept = false;
		TRY(recommend_contest(recommender, input, options, out, err));
		TRY(train_chosen(recommender, input, shop, train, out, err));
	}
	name_sources(out);
	if (recommender->train_after_us > 0)
		save_models(out);
	return 0;
}

static int train_models(const struct recommend_input *input,
			const struct recs_train_options *options, const struct recs_shop *shop,
			struct recommend_found *out, struct error *err)
{
	TRY(find_popular(shop, options, out, err));
	uint32_t categories = (uint32_t)recs_ids_count(input->categories);
	return categories > 0 ? recs_rows_by_value(&out->popular, input->category_of_item,
						   input->item_count, categories, BY_CATEGORY_MAX,
						   &out->by_category, err)
			      : 0;
}

/* ---- lists ---- */

static int lists_room(struct recommend_lists *lists, size_t need, struct error *err)
{
	void *const arrays[] = {&lists->persons,    &lists->items,   &lists->because,
				&lists->segments,   &lists->sources, &lists->ranks,
				&lists->is_popular, &lists->scores};
	size_t capacity = lists->capacity;
	for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
		capacity = lists->capacity; /* all elements have four bytes */
		TRY(mem_grow(arrays[i], &capacity, need, sizeof(uint32_t), err));
	}
	lists->capacity = capacity;
	return 0;
}

/* The item of the history that goes best with `item`, or RECS_NONE. */
static uint32_t find_because(const struct recommend_found *found, uint32_t person, uint32_t item)
{
	const struct recs_rows *rows = &found->basket.sets[0].rows;
	const struct recs_ratings *histories = found->histories;
	uint32_t best = RECS_NONE;
	float best_score = 0;
	for (uint64_t i = rows->starts[item]; i < rows->starts[item + 1]; i++)
		for (size_t h = histories->starts[person]; h < histories->starts[person + 1]; h++)
			if (histories->columns[h] == rows->items[i] &&
			    rows->scores[i] > best_score) {
				best = rows->items[i];
				best_score = rows->scores[i];
			}
	return best;
}

static void add_list_row(const struct recommend_input *input, struct recommend_found *found,
			 uint32_t person, int32_t rank, struct recs_ranked ranked, uint8_t source)
{
	struct recommend_lists *lists = &found->lists;
	const struct recs_entry *entry = &found->contest->entries[found->chooser->labels[source]];
	uint32_t segment = input->segment_of_person[person];
	bool by_segment = segment > 0 && is_by_segment(entry);
	size_t at = lists->count++;
	lists->persons[at] = person;
	lists->items[at] = ranked.item;
	lists->because[at] = entry->simple ? RECS_NONE : find_because(found, person, ranked.item);
	lists->segments[at] = by_segment ? segment - 1 : RECS_NONE;
	lists->sources[at] = source;
	lists->ranks[at] = rank;
	lists->is_popular[at] = entry->simple;
	lists->scores[at] = ranked.score;
	found->served[source]++;
}

static void add_carried(const struct recommend_input *input, struct recommend_found *found,
			const struct recommend_carry *carry, uint32_t person)
{
	const uint32_t *items;
	const float *scores;
	const uint8_t *sources;
	size_t len = recs_artifact_list(carry->before, carry->persons[person], &items, &scores,
					&sources);
	for (size_t i = 0; i < len; i++)
		add_list_row(input, found, person, (int32_t)i + 1,
			     (struct recs_ranked){items[i], scores[i]}, sources[i]);
}

static int make_lists(const struct recommender *recommender, const struct recommend_input *input,
		      const struct recommend_options *given, struct recommend_found *found,
		      struct error *err)
{
	HELD(recommend_carry) carry = {0};
	HELD(recs_lists) lists = {0};
	OWNED_MEMORY uint8_t *sources = NULL;
	uint32_t k = (uint32_t)recommender->length;
	struct recs_rank_options options = {
		.k = k,
		.keep_seen = recommender->keep_seen,
		.allowed = input->offered,
		.segments = recs_ids_count(input->segments) ? input->segment_of_person : NULL,
		.threads = given->threads,
		/* As later runs, whose models know no persons. */
		.fold = found->models.len > 0,
	};
	const struct recs_ratings *histories = found->histories;
	found->scored = input->person_count;
	if (found->is_kept) {
		TRY(recommend_carry_find(given->before, input, found, k, &carry, err));
		histories = carry.histories;
		options.rows = carry.scored;
		options.fold = true; /* the bytes may be lost, the models are not */
		found->scored = carry.count;
	}
	TRY(recs_chooser_rank(found->chooser, histories, &options, &lists, &sources, err));
	TRY(lists_room(&found->lists, (size_t)lists.row_count * k, err));
	for (uint32_t p = 0; p < lists.row_count; p++) {
		bool is_alike = carry.scored && carry.alike[p] != RECS_NONE;
		if (carry.scored && !carry.scored[p] && !is_alike)
			add_carried(input, found, &carry, p);
		for (uint32_t i = 0; i < k; i++) {
			size_t at = (size_t)(is_alike ? carry.alike[p] : p) * k + i;
			if (lists.at[at].item != RECS_NO_ITEM)
				add_list_row(input, found, p, (int32_t)i + 1, lists.at[at],
					     sources[at]);
		}
	}
	for (uint32_t s = 0; s < found->chooser->source_count && found->lists.count; s++)
		found->shares[s] = (double)found->served[s] / (double)found->lists.count;
	return 0;
}

/* ---- items beside items ---- */

static int similar_room(struct recommend_similar *similar, size_t need, struct error *err)
{
	void *const arrays[] = {&similar->items, &similar->others, &similar->sources,
				&similar->ranks, &similar->scores};
	size_t capacity = similar->capacity;
	for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
		capacity = similar->capacity;
		TRY(mem_grow(arrays[i], &capacity, need, sizeof(uint32_t), err));
	}
	similar->capacity = capacity;
	return 0;
}

/* Add what of a row is not there yet, while there is room; returns the next rank. It is of
 * `source`, or of what `sources` has for each entry. */
static int32_t add_similar(const struct recommend_input *input, struct recommend_similar *out,
			   uint32_t item, const struct recs_rows *rows, uint32_t row,
			   const uint8_t *sources, uint32_t source, int32_t rank, int32_t most)
{
	size_t first = out->count - (size_t)(rank - 1);
	for (uint64_t i = rows->starts[row]; i < rows->starts[row + 1] && rank <= most; i++) {
		uint32_t other = rows->items[i];
		bool there = other == item || !input->offered[other];
		for (size_t j = first; j < out->count && !there; j++)
			there = out->others[j] == other;
		if (there)
			continue;
		size_t at = out->count++;
		out->items[at] = item;
		out->others[at] = other;
		out->sources[at] = sources ? sources[i] : source;
		out->ranks[at] = rank++;
		out->scores[at] = rows->scores[i];
	}
	return rank;
}

/* As a basket of the item is answered; where that is by what is popular, what is bought together.
 */
static int32_t add_nearest(const struct recommend_input *input,
			   const struct recommend_basket *basket, uint32_t item, int32_t most,
			   struct recommend_similar *out)
{
	const struct recs_class_part *class = &basket->classes[0];
	int32_t rank = 1;
	if (class->mixed)
		return add_similar(input, out, item, &basket->similar, item, basket->similar_sets,
				   0, rank, most);
	for (uint32_t s = 0; s < class->step_count || s == 0; s++) {
		uint32_t set = class->step_count ? class->steps[s] : 0;
		rank = add_similar(input, out, item, &basket->sets[set].rows, item, NULL, set, rank,
				   most);
	}
	return rank;
}

static int make_similar(const struct recommender *recommender, const struct recommend_input *input,
			struct recommend_found *found, struct error *err)
{
	struct recommend_similar *out = &found->similar;
	int32_t most = (int32_t)recommender->length;
	for (uint32_t item = 0; item < input->item_count; item++) {
		if (!input->listed[item]) /* nobody can look at it */
			continue;
		TRY(similar_room(out, out->count + (size_t)most, err));
		uint32_t category = input->category_of_item[item];
		int32_t rank = add_nearest(input, &found->basket, item, most, out);
		if (category != RECS_NONE)
			add_similar(input, out, item, &found->by_category, category, NULL,
				    found->basket.set_count, rank, most);
	}
	return 0;
}

/* ---- the whole ---- */

int recommend_find(const struct recommender *recommender, const struct recommend_input *input,
		   const struct recommend_options *options, struct recommend_found *out,
		   struct error *err)
{
	struct recs_shop shop;
	recommend_input_shop(input, &shop);
	struct recs_train_options train = {
		.seed = (uint64_t)recommender->seed,
		.threads = options->threads,
		.tick = on_tick,
		.context = (void *)(uintptr_t)options,
	};
	TRY(recs_shop_ratings(&shop, &out->histories, err));
	shop.ratings = out->histories;
	out->is_kept = out->chooser;
	TRY(train_winners(recommender, input, options, &shop, &train, out, err));
	TRY(train_models(input, &train, &shop, out, err));
	TRY(make_lists(recommender, input, options, out, err));
	TRY(recommend_factors_find(out->contest, out->chooser, &out->basket, input->item_count,
				   options->threads, &out->factors, err));
	return make_similar(recommender, input, out, err);
}
