/* SPDX-License-Identifier: Apache-2.0 */
/* recommend_input: what a recommender learns from, read from the lake's tables into memory: 24
 * bytes an event, as many again where baskets are named, and each id once. Rows are streamed from
 * the engine and never held as a whole.
 *
 * Left out and counted, never guessed at: rows without a person, an item or a time; events of
 * persons who declined; what recs/events.h refuses (weights that are no numbers, the future). An
 * item that `items` lacks or says is not available is learnt from, but not offered. */
#ifndef VITRINE_PIPELINE_RECOMMEND_INPUT_H
#define VITRINE_PIPELINE_RECOMMEND_INPUT_H

#include "pipeline/recommender.h"
#include "recs/events.h"
#include "recs/ids.h"
#include "recs/ratings.h"

struct engine_session;
struct recs_artifact;
struct recs_shop;

struct recommend_input {
	struct recs_events events;
	/* The same with baskets, numbered as they come, in the place of persons: those of a basket.
	 * Empty where none is named. */
	struct recs_events basket_events;
	uint32_t basket_count;
	struct recs_ids *persons, *items, *segments, *categories, *sellers;
	/* Per person; each 0 = none, else a segment's number + 1. Who declined has none. */
	uint32_t *segment_of_person;
	int32_t *declined; /* per person */
	/* Per item; RECS_NONE of recs/artifact.h where not known. */
	uint32_t *category_of_item, *seller_of_item;
	int64_t *price_cents; /* or RECS_NO_PRICE: of `items`, else the newest that was paid */
	uint8_t *offered;     /* 0 = not to be offered */
	uint8_t *listed; /* 0 = `items` lacks it (or, where it is not given, no event has it) */
	uint8_t *filters[RECOMMENDER_FILTERS_MAX];
	struct recs_ratings *attributes; /* items × what is known of them; NULL = nothing is */
	uint32_t person_count, item_count;
	size_t person_capacity, item_capacity;
	size_t without_basket; /* of the events that are learnt from, where baskets are named */
	size_t without_ids, of_declined, rows;
};

void recommend_input_done(struct recommend_input *input);
OWN_DEFINE_EMBEDDED(recommend_input, recommend_input_done)

/* Read all inputs in a session that shows their tables. Events after `now_us` (civil) are refused.
 * Items and segments of `before` (may be NULL) keep their numbers; those that are no more are there
 * without anything known of them, and are not offered.
 * Fails: as queries do, at the input's place in vitrine.yaml; LIMIT, MEMORY, CANCELED. */
int recommend_input_read(const struct recommender *recommender, struct engine_session *session,
			 int64_t now_us, const struct recs_artifact *before,
			 struct recommend_input *out, struct error *err);

/* The shop that recommenders are trained on, or the one whose persons are baskets; borrows the
 * input. Without ratings. */
void recommend_input_shop(const struct recommend_input *input, struct recs_shop *out);
void recommend_input_basket_shop(const struct recommend_input *input, struct recs_shop *out);

#endif
