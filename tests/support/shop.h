/* SPDX-License-Identifier: Apache-2.0 */
/* shop: a small made-up shop and all parts of an artifact of it. Item n is "i<n>" of category
 * "c<n % 4>" and state "s<n % 3>", costs n reais, and is withdrawn when n % 10 is 9; the predicate
 * "even" holds for even n. Person n is "p<n>" of segment "s<n % 3>"; even persons have a list made
 * ahead. Histories are those of support/ratings.h. */
#ifndef VITRINE_TESTS_SHOP_H
#define VITRINE_TESTS_SHOP_H

#include <stdio.h>

#include "recs/als.h"
#include "recs/artifact.h"
#include "recs/cooccurrence.h"
#include "recs/ids.h"
#include "recs/popularity.h"
#include "recs/rank.h"
#include "support/ratings.h"

enum { SHOP_BANDS = 3, SHOP_SEGMENTS = 3, SHOP_CATEGORIES = 4, SHOP_SOURCES = 5 };
enum { SHOP_TASTE, SHOP_TOGETHER, SHOP_POPULAR, SHOP_POPULAR_STATE, SHOP_POPULAR_CATEGORY };

struct support_shop {
	struct recs_ratings *ratings;
	struct recs_ids *items, *persons, *categories, *segments;
	uint32_t *category, *state, *segment;
	int64_t *prices;
	uint8_t *available, *even;
	float *affinity;
	struct recs_als *als;
	struct recs_links *links;
	struct recs_model *popularity, *by_segment;
	struct recs_label_part labels[2];
	struct recs_links_part link_part;
	struct recs_predicate_part predicate;
	struct recs_artifact_parts parts;
};

static const struct recs_source support_shop_sources[SHOP_SOURCES] = {
	{"taste", RECS_REASON_TASTE},
	{"bought together", RECS_REASON_TOGETHER},
	{"popular", RECS_REASON_POPULAR},
	{"popular in the state", RECS_REASON_POPULAR_SEGMENT},
	{"popular in the category", RECS_REASON_POPULAR_LABEL},
};

static const struct recs_class_part support_shop_classes[] = {
	{.from = 1, .step_count = 2, .steps = {0, RECS_BY_FACTORS}},
	{.from = 4, .mixed = true, .step_count = 2, .steps = {RECS_BY_FACTORS, 0}, {2, 1}},
};

static inline struct recs_ids *support_shop_ids(char first, uint32_t count)
{
	struct error err;
	struct recs_ids *ids = recs_ids_new();
	for (uint32_t n = 0, number; n < count; n++) {
		char text[16];
		snprintf(text, sizeof text, "%c%u", first, n);
		assert_ok(recs_ids_put(ids, text, strlen(text), &number, &err), &err);
	}
	return ids;
}

static inline void support_shop_attributes(struct support_shop *shop, uint32_t persons,
					   uint32_t items)
{
	shop->category = test_calloc(items, sizeof *shop->category);
	shop->state = test_calloc(items, sizeof *shop->state);
	shop->prices = test_calloc(items, sizeof *shop->prices);
	shop->available = test_calloc(items, 1);
	shop->even = test_calloc(items, 1);
	shop->segment = test_calloc(persons, sizeof *shop->segment);
	shop->affinity = test_calloc((size_t)persons * SHOP_BANDS, sizeof *shop->affinity);
	for (uint32_t i = 0; i < items; i++) {
		shop->category[i] = i % SHOP_CATEGORIES;
		shop->state[i] = i % SHOP_SEGMENTS;
		shop->prices[i] = (int64_t)i * 100;
		shop->available[i] = i % 10 != 9;
		shop->even[i] = i % 2 == 0;
	}
	for (uint32_t p = 0; p < persons; p++) {
		shop->segment[p] = p % SHOP_SEGMENTS;
		shop->affinity[p * SHOP_BANDS + 2] = 1;
	}
}

static inline void support_shop_models(struct support_shop *shop)
{
	struct error err;
	struct recs_als_options als = {.width = 8,
				       .epochs = 4,
				       .weight_scale = 1,
				       .unobserved = 0.1f,
				       .regularization = 0.1f,
				       .exponent = 0.5f,
				       .seed = 3,
				       .threads = 1};
	struct recs_cooccurrence_options together = {
		.similarity = RECS_COSINE, .neighbours = 12, .threads = 1};
	struct recs_popularity_options popular = {.segments = shop->segment,
						  .segment_count = SHOP_SEGMENTS};
	assert_ok(recs_als_train(shop->ratings, &als, NULL, &shop->als, &err), &err);
	assert_ok(recs_cooccurrence_train(shop->ratings, &together, &shop->links, &err), &err);
	assert_ok(recs_popularity_train(shop->ratings, &popular, &shop->by_segment, &err), &err);
	popular = (struct recs_popularity_options){0};
	assert_ok(recs_popularity_train(shop->ratings, &popular, &shop->popularity, &err), &err);
}

static inline void support_shop_rows(struct support_shop *shop)
{
	struct error err;
	struct recs_artifact_parts *parts = &shop->parts;
	uint32_t items = shop->ratings->column_count, persons = shop->ratings->row_count;
	uint8_t *rows = test_calloc(persons, 1);
	for (uint32_t p = 0; p < persons; p += 2)
		rows[p] = 1;
	HELD(recs_lists) lists = {0};
	struct recs_rank_options rank = {.k = 6, .rows = rows, .threads = 1};
	assert_ok(recs_rank_all(&shop->als->model, shop->ratings, &rank, &lists, &err), &err);
	test_free(rows);
	assert_ok(recs_rows_of_lists(&lists, &parts->lists, &err), &err);
	assert_ok(recs_rows_of_links(shop->links, &shop->link_part.rows, &err), &err);
	assert_ok(recs_rows_of_segments(shop->by_segment, SHOP_SEGMENTS, 5, &parts->popular_segment,
					&err),
		  &err);
	assert_ok(recs_rows_of_segments(shop->popularity, 1, 0, &parts->popular, &err), &err);
	assert_ok(recs_rows_by_value(&parts->popular, shop->category, items, SHOP_CATEGORIES, 100,
				     &shop->labels[0].popular, &err),
		  &err);
}

/* Parts of `shop` that is filled and must not move. */
static inline void support_shop_init(struct support_shop *shop, uint32_t persons, uint32_t items,
				     int events)
{
	static const int64_t edges[SHOP_BANDS - 1] = {1000, 2000};
	static const uint32_t similar[] = {0};
	*shop = (struct support_shop){
		.ratings = support_ratings(7, persons, items, events, RECS_MERGE_SUM),
		.items = support_shop_ids('i', items),
		.persons = support_shop_ids('p', persons),
		.categories = support_shop_ids('c', SHOP_CATEGORIES),
		.segments = support_shop_ids('s', SHOP_SEGMENTS),
	};
	support_shop_attributes(shop, persons, items);
	shop->parts = (struct recs_artifact_parts){
		.meta = "{\"model\":\"m1\"}",
		.items = shop->items,
		.persons = shop->persons,
		.sources = support_shop_sources,
		.source_count = SHOP_SOURCES,
		.labels = shop->labels,
		.label_count = 2,
		.prices_cents = shop->prices,
		.available = shop->available,
		.predicates = &shop->predicate,
		.predicate_count = 1,
		.segments = shop->segments,
		.segment_of_person = shop->segment,
		.histories = shop->ratings,
		.band_edges_cents = edges,
		.affinity = shop->affinity,
		.band_count = SHOP_BANDS,
		.links = &shop->link_part,
		.link_count = 1,
		.classes = support_shop_classes,
		.class_count = 2,
		.similar_steps = similar,
		.similar_count = 1,
		.factors_source = SHOP_TASTE,
		.popular_source = SHOP_POPULAR,
		.popular_segment_source = SHOP_POPULAR_STATE,
		.popular_label_source = SHOP_POPULAR_CATEGORY,
	};
	support_shop_models(shop);
	shop->parts.factors = shop->als;
	shop->labels[0] = (struct recs_label_part){"category", shop->categories, shop->category};
	shop->labels[1] = (struct recs_label_part){"state", shop->segments, shop->state};
	shop->link_part = (struct recs_links_part){.source = SHOP_TOGETHER, .place_decay = 0.9f};
	shop->predicate = (struct recs_predicate_part){"even", shop->even};
	support_shop_rows(shop);
}

static inline void support_shop_done(struct support_shop *shop)
{
	recs_ratings_free(shop->ratings);
	recs_ids_free(shop->items);
	recs_ids_free(shop->persons);
	recs_ids_free(shop->categories);
	recs_ids_free(shop->segments);
	test_free(shop->category);
	test_free(shop->state);
	test_free(shop->segment);
	test_free(shop->prices);
	test_free(shop->available);
	test_free(shop->even);
	test_free(shop->affinity);
	recs_model_free(&shop->als->model);
	recs_model_free(&shop->links->model);
	recs_model_free(shop->popularity);
	recs_model_free(shop->by_segment);
	recs_rows_done(&shop->labels[0].popular);
	recs_rows_done(&shop->link_part.rows);
	recs_rows_done(&shop->parts.lists);
	recs_rows_done(&shop->parts.popular);
	recs_rows_done(&shop->parts.popular_segment);
}

/* The shop's artifact at <folder>/<name>, opened. */
static inline struct recs_artifact *support_shop_open(const struct support_shop *shop,
						      const char *folder, const char *name)
{
	struct error err;
	struct recs_artifact *artifact = NULL;
	char path[512];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_ok(recs_artifact_write(path, &shop->parts, &err), &err);
	assert_ok(recs_artifact_open(path, &artifact, &err), &err);
	return artifact;
}

#endif
