/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <math.h>
#include <string.h>

#include "recs/content.h"
#include "recs/rows.h"
#include "recs/serve.h"
#include "support/shop.h"

enum { PERSONS = 60, ITEMS = 40, EVENTS = 400, K = 8 };

static const struct recs_source sources[] = {
	{"together", RECS_REASON_TOGETHER},
	{"content", RECS_REASON_SIMILAR},
	{"popular", RECS_REASON_POPULAR},
};

/* Two sets of links, what is bought together and what is alike, mixed for baskets of any length. */
struct mixed {
	struct support_shop shop;
	struct recs_links_part links[2];
	struct recs_class_part class;
};

static void mixed_init(struct mixed *mixed)
{
	struct error err;
	OWNED(recs_ratings) *attributes = support_ratings(5, ITEMS, 9, 90, RECS_MERGE_ONE);
	OWNED(recs_model) *content = NULL;
	struct recs_content_options options = {0};
	support_shop_init(&mixed->shop, PERSONS, ITEMS, EVENTS);
	assert_ok(recs_content_train(attributes, &options, &content, &err), &err);
	assert_ok(recs_rows_of_neighbours(&mixed->shop.links->model, K, 1, &mixed->links[0].rows,
					  &err),
		  &err);
	assert_ok(recs_rows_of_neighbours(content, K, 1, &mixed->links[1].rows, &err), &err);
	mixed->links[1].source = 1;
	mixed->class = (struct recs_class_part){
		.from = 1, .mixed = true, .step_count = 2, .steps = {1, 0}, .weights = {1, 0.5f}};
	struct recs_artifact_parts *parts = &mixed->shop.parts;
	parts->sources = sources;
	parts->source_count = 3;
	parts->list_sources = NULL;
	parts->factors = NULL;
	parts->links = mixed->links;
	parts->link_count = 2;
	parts->classes = &mixed->class;
	parts->class_count = 1;
	parts->similar_count = 0;
	parts->available = NULL;
	parts->popular_source = parts->popular_segment_source = parts->popular_label_source = 2;
}

static void mixed_done(struct mixed *mixed)
{
	recs_rows_done(&mixed->links[0].rows);
	recs_rows_done(&mixed->links[1].rows);
	support_shop_done(&mixed->shop);
}

static void rows_are_mixed_as_similar_items_are_answered(void **state)
{
	(void)state;
	struct error err;
	struct mixed mixed = {0};
	HELD(recs_rows) rows = {0};
	OWNED_MEMORY uint8_t *sets = NULL;
	HELD(recs_serve_scratch) scratch = {0};
	char *folder = support_make_folder();
	mixed_init(&mixed);
	const struct recs_rows of[] = {mixed.links[1].rows, mixed.links[0].rows};
	assert_ok(recs_rows_mix(of, mixed.class.weights, 2, K, &rows, &sets, &err), &err);
	OWNED(recs_artifact) *artifact = support_shop_open(&mixed.shop, folder, "mixed");
	size_t by_set[2] = {0};
	for (uint32_t i = 0; i < ITEMS; i++) {
		struct recs_served served[K];
		struct recs_answer answer;
		struct recs_request request = recs_request(RECS_SIMILAR_TO);
		size_t start = (size_t)rows.starts[i], len = (size_t)rows.starts[i + 1] - start;
		request.items = &i;
		request.item_count = 1;
		request.k = K;
		assert_ok(recs_serve(artifact, &request, &scratch, served, &answer, &err), &err);
		assert_true(len <= answer.count);
		for (size_t l = 0; l < len; l++) {
			assert_int_equal(served[l].item, rows.items[start + l]);
			assert_true(fabsf(served[l].score - rows.scores[start + l]) < 1e-4f);
			assert_int_equal(served[l].source, sets[start + l] ? 0 : 1);
			assert_int_equal(served[l].because, i);
			by_set[sets[start + l]]++;
		}
	}
	assert_true(by_set[0] > 0 && by_set[1] > 0);
	mixed_done(&mixed);
	support_remove_folder(folder);
}

static void links_are_cut_to_the_best(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_rows) all = {0};
	HELD(recs_rows) cut = {0};
	struct support_shop shop;
	support_shop_init(&shop, PERSONS, ITEMS, EVENTS);
	assert_ok(recs_rows_of_links(shop.links, &all, &err), &err);
	assert_ok(recs_rows_of_neighbours(&shop.links->model, 3, 1, &cut, &err), &err);
	for (uint32_t i = 0; i < ITEMS; i++) {
		size_t len = (size_t)(cut.starts[i + 1] - cut.starts[i]);
		assert_true(len <= 3);
		assert_memory_equal(cut.items + cut.starts[i], all.items + all.starts[i],
				    len * sizeof *cut.items);
	}
	support_shop_done(&shop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_mixed_as_similar_items_are_answered),
		cmocka_unit_test(links_are_cut_to_the_best),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
