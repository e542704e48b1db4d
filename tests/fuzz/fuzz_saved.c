/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the models that a run kept: they are refused as damage, or they make lists of items
 * that there are, and saved and read again they are the same. The first byte says which recipe won
 * the contest that they are read for. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "recs/rank.h"
#include "recs/ratings.h"
#include "recs/saved.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PERSONS = 6, ITEMS_MAX = 4096, K = 5 };

/* Every kind of model that can be kept. New ones go behind: the corpus names them by number. */
static const char *const recipes[] = {"popularity:segment=1",
				      "knn",
				      "walk",
				      "knn+walk:to=0.5",
				      "popularity:half_life=3+knn",
				      "ease",
				      "spectral:rank=3",
				      "session:age=10",
				      "content",
				      "repeat",
				      "als:width=4",
				      "als:width=2+session+content"};

/* The recipe of this number serves who bought something, a popularity the others. */
static struct recs_contest *won_by(uint8_t number)
{
	struct error err;
	OWNED(recs_contest) *contest = calloc(1, sizeof *contest);
	const char *texts[] = {recipes[0], recipes[number % (sizeof recipes / sizeof *recipes)]};
	contest->entries = calloc(2, sizeof *contest->entries);
	for (; contest->count < 2; contest->count++) {
		struct recs_entry *entry = &contest->entries[contest->count];
		if (recs_recipe_parse(texts[contest->count], &entry->recipe, &err) < 0 ||
		    !(entry->text = recs_recipe_text(&entry->recipe, &err)))
			abort();
	}
	contest->entries[0].simple = true;
	for (int c = RECS_PERSONS_ONE; c <= RECS_PERSONS_ALL; c++)
		contest->winners[c] = 1;
	return TAKE(contest);
}

/* Person n has n items, as far as there are so many. */
static struct recs_ratings *histories(uint32_t items)
{
	struct error err;
	struct recs_ratings *ratings;
	uint32_t step = items > PERSONS ? items / PERSONS : 1;
	size_t count = 0;
	if (recs_ratings_new(PERSONS, items, (size_t)PERSONS * PERSONS, true, &ratings, &err) < 0)
		abort();
	for (uint32_t person = 0; person < PERSONS; person++) {
		for (uint32_t i = 0; i < person && i * step < items; i++, count++) {
			ratings->columns[count] = i * step;
			ratings->values[count] = 1;
			ratings->times_us[count] = (int64_t)count * 3600000000;
		}
		ratings->starts[person + 1] = count;
	}
	return ratings;
}

static void rank(const struct recs_chooser *chooser)
{
	static const uint32_t segments[PERSONS] = {0, 1, 2, 3, 4, 5};
	const struct recs_rank_options options = {
		.k = K, .segments = segments, .threads = 1, .keep_seen = true, .fold = true};
	struct error err;
	HELD(recs_lists) lists = {0};
	OWNED_MEMORY uint8_t *sources = NULL;
	OWNED(recs_ratings) *ratings = histories(chooser->model.item_count);
	if (recs_chooser_rank(chooser, ratings, &options, &lists, &sources, &err) < 0)
		abort();
	for (size_t i = 0; i < (size_t)PERSONS * K; i++)
		if (sources[i] != RECS_NO_SOURCE && (sources[i] >= chooser->source_count ||
						     lists.at[i].item >= chooser->model.item_count))
			abort();
}

static void save_again(const struct recs_contest *contest, const struct recs_chooser *chooser,
		       size_t len)
{
	struct error err;
	struct recs_chooser *read;
	HELD(text) first = {0};
	HELD(text) second = {0};
	uint64_t first_len, second_len;
	if (recs_saved_write(contest, chooser, &first, &first_len) || first.len != len ||
	    recs_saved_read(contest, first.data, first.len, ITEMS_MAX, &read, &err) < 0)
		abort();
	OWNED(recs_model) *held = &read->model;
	if (recs_saved_write(contest, read, &second, &second_len) || second.len != len ||
	    memcmp(first.data, second.data, len) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err;
	struct recs_chooser *chooser;
	if (size == 0)
		return 0;
	OWNED(recs_contest) *contest = won_by(data[0]);
	OWNED_MEMORY char *bytes = malloc(size); /* aligned, and reading past it is found */
	memcpy(bytes, data + 1, size - 1);
	if (recs_saved_read(contest, bytes, size - 1, ITEMS_MAX, &chooser, &err) < 0) {
		if (err.kind != ERR_CORRUPT && err.kind != ERR_UNSUPPORTED)
			abort();
		return 0;
	}
	OWNED(recs_model) *held = &chooser->model;
	save_again(contest, chooser, size - 1);
	rank(chooser);
	return 0;
}
