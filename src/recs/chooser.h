/* SPDX-License-Identifier: Apache-2.0 */
/* chooser: several models, and which of them serves whom: by the class of a person, the first of
 * its sources that has anything to say; where its list is shorter than wanted the next fill it up.
 *
 * Classes go by occasions, the different times in a profile's history (two items of one order are
 * one occasion), or by items where the profile has no times or `by_items` is set (baskets). */
#ifndef VITRINE_RECS_CHOOSER_H
#define VITRINE_RECS_CHOOSER_H

#include <stdbool.h>

#include "recs/blend.h"
#include "recs/rank.h"

struct error;
struct recs_ratings;

enum recs_persons {
	RECS_PERSONS_NEW,     /* no history */
	RECS_PERSONS_ONE,     /* one occasion */
	RECS_PERSONS_SEVERAL, /* more */
	RECS_PERSONS_COUNT
};
/* "new", "one", "several"; "all" for RECS_PERSONS_COUNT. */
const char *recs_persons_name(uint32_t persons);
enum recs_persons recs_persons_class(const struct recs_profile *profile, bool by_items);

enum { RECS_NO_SOURCE = 255 };

struct recs_chooser {
	struct recs_model model; /* scores of one source: the first that has any for a profile */
	struct recs_model *sources[RECS_SOURCES_MAX];
	char *names[RECS_SOURCES_MAX];     /* short: "knn", "blend" */
	char *texts[RECS_SOURCES_MAX];     /* with settings */
	uint32_t labels[RECS_SOURCES_MAX]; /* whatever the maker numbers them by */
	uint32_t source_count;
	uint8_t order[RECS_PERSONS_COUNT][RECS_SOURCES_MAX]; /* sources, the first serves */
	uint8_t order_len[RECS_PERSONS_COUNT];
	bool by_items, owned; /* owned: sources are freed with it */
};

/* Without sources; `owned` as above. Owner: caller, by recs_model_free(&out->model).
 * Fails: MEMORY. */
int recs_chooser_new(uint32_t item_count, bool by_items, bool owned, struct recs_chooser **out,
		     struct error *err);
/* Add a source; taken (when owned) only on success. Its number goes to `out`.
 * Fails: USAGE (too many, other items), MEMORY. */
int recs_chooser_add(struct recs_chooser *chooser, struct recs_model *source, const char *name,
		     const char *text, uint32_t label, uint32_t *out, struct error *err);
/* Let `source` serve a class after those already there; a second time does nothing. */
void recs_chooser_serve(struct recs_chooser *chooser, enum recs_persons persons, uint32_t source);

/* Lists for all rows, filled up as said; `out_sources` [row × k + place] tells which source gave
 * the item, RECS_NO_SOURCE where there is none. Scores of different sources do not compare: lists
 * are in order of sources, then of scores.
 * Owner of both: caller (free()). Fails: as recs_rank_all(). */
int recs_chooser_rank(const struct recs_chooser *chooser, const struct recs_ratings *histories,
		      const struct recs_rank_options *options, struct recs_lists *out,
		      uint8_t **out_sources, struct error *err);

#endif
