/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <pthread.h>
#include <stdbool.h>

#include "base/mem.h"
#include "base/text.h"
#include "recs/serve.h"
#include "support/shop.h"

enum { PERSONS = 40, ITEMS = 60, EVENTS = 400, K = 10 };

static struct support_shop shop;
static char *folder;
static struct recs_artifact *artifact;
static struct recs_serve_scratch scratch;
static struct recs_served served[RECS_SERVE_MAX];
static struct recs_answer answer;

static int make_shop(void **state)
{
	(void)state;
	support_shop_init(&shop, PERSONS, ITEMS, EVENTS);
	folder = support_make_folder();
	artifact = support_shop_open(&shop, folder, "shop");
	return 0;
}

static int remove_shop(void **state)
{
	(void)state;
	recs_artifact_close(artifact);
	recs_serve_scratch_done(&scratch);
	support_shop_done(&shop);
	support_remove_folder(folder);
	return 0;
}

/* Ask, and look at what holds of every answer. */
static void ask(const struct recs_request *request)
{
	struct error err;
	assert_ok(recs_serve(artifact, request, &scratch, served, &answer, &err), &err);
	assert_true(answer.count <= request->k);
	for (size_t i = 0; i < answer.count; i++) {
		assert_true(served[i].item < ITEMS);
		assert_true(served[i].source < SHOP_SOURCES);
		assert_int_equal(served[i].reason, support_shop_sources[served[i].source].reason);
		if (!request->filters.keep_unavailable)
			assert_true(shop.available[served[i].item]);
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(served[i].item, served[j].item);
	}
}

static struct recs_request for_person(uint32_t person)
{
	struct recs_request request = recs_request(RECS_FOR_PERSON);
	request.person = person;
	return request;
}

static struct recs_request for_items(const uint32_t *items, size_t count)
{
	struct recs_request request = recs_request(RECS_FOR_ITEMS);
	request.items = items;
	request.item_count = count;
	return request;
}

static bool has(uint32_t person, uint32_t item)
{
	return support_value(shop.ratings, person, item) > 0;
}

static size_t place_of(uint32_t item)
{
	for (size_t i = 0; i < answer.count; i++)
		if (served[i].item == item)
			return i + 1;
	return 0;
}

static void a_person_gets_the_list_made_ahead_then_what_goes_on(void **state)
{
	(void)state;
	for (uint32_t p = 0; p < PERSONS; p += 2) {
		struct recs_request request = for_person(p);
		ask(&request);
		assert_int_equal(answer.count, K);
		assert_true(answer.personal);
		size_t at = 0, start = shop.parts.lists.starts[p];
		for (size_t i = start; i < shop.parts.lists.starts[p + 1]; i++) {
			if (!shop.available[shop.parts.lists.items[i]])
				continue;
			assert_int_equal(served[at].item, shop.parts.lists.items[i]);
			assert_true(served[at].score == shop.parts.lists.scores[i]);
			assert_int_equal(served[at++].source, SHOP_TASTE);
		}
		for (size_t i = 0; i < answer.count; i++)
			assert_false(has(p, served[i].item));
	}
}

static void a_person_without_a_list_is_answered_from_the_history(void **state)
{
	(void)state;
	struct recs_request request = for_person(1);
	assert_true(recs_ratings_row_len(shop.ratings, 1) >= 4);
	ask(&request);
	assert_int_equal(answer.count, K);
	assert_true(answer.personal);
	assert_true(served[0].source == SHOP_TASTE || served[0].source == SHOP_TOGETHER);
	assert_true(has(1, served[0].because));
}

static void filters_that_eat_the_list_are_answered_by_what_follows(void **state)
{
	(void)state;
	struct recs_request request = for_person(0);
	request.k = RECS_SERVE_MAX;
	request.filters.keep_unavailable = true;
	ask(&request);
	size_t unseen = ITEMS - recs_ratings_row_len(shop.ratings, 0);
	size_t sold = 0;
	for (uint32_t i = 0; i < ITEMS; i++)
		for (uint32_t p = 0; p < PERSONS; p++)
			if (has(p, i)) {
				sold += !has(0, i);
				break;
			}
	/* Everything that anybody bought is found, or more by taste. */
	assert_true(answer.count >= sold && answer.count <= unseen);
	assert_int_equal(answer.filtered[RECS_FILTER_SEEN] + answer.count > 0, 1);
	uint32_t category = 2;
	struct recs_rule rule = {.label = 0, .values = &category, .count = 1};
	request.filters.rules = &rule;
	request.filters.rule_count = 1;
	ask(&request);
	assert_true(answer.count > 0);
	for (size_t i = 0; i < answer.count; i++)
		assert_int_equal(served[i].item % SHOP_CATEGORIES, 2);
	assert_true(answer.filtered[RECS_FILTER_RULE] > 0);
}

static void somebody_unknown_gets_what_is_popular_where_they_are(void **state)
{
	(void)state;
	struct recs_request request = for_person(RECS_NONE);
	request.segment = 2;
	ask(&request);
	assert_int_equal(answer.count, K);
	assert_false(answer.personal);
	size_t start = shop.parts.popular_segment.starts[2];
	assert_int_equal(served[0].item, shop.parts.popular_segment.items[start]);
	assert_int_equal(served[0].source, SHOP_POPULAR_STATE);
	assert_int_equal(served[0].because, 2);
	assert_int_equal(served[K - 1].source, SHOP_POPULAR);
	request.segment = RECS_NONE;
	ask(&request);
	assert_int_equal(served[0].item, shop.parts.popular.items[0]);
	request.person = PERSONS + 100;
	request.segment = 77;
	ask(&request);
	assert_int_equal(served[0].item, shop.parts.popular.items[0]);
}

static void a_basket_is_answered_by_what_goes_with_it(void **state)
{
	(void)state;
	uint32_t basket[] = {3, 6};
	struct recs_request request = for_items(basket, 2);
	ask(&request);
	assert_true(answer.personal);
	assert_int_equal(served[0].source, SHOP_TOGETHER);
	assert_true(served[0].because == 3 || served[0].because == 6);
	/* The newer item counts whole, the one before 0.9. */
	double expected = 0;
	const struct recs_rows *rows = &shop.link_part.rows;
	for (int b = 0; b < 2; b++)
		for (uint64_t l = rows->starts[basket[b]]; l < rows->starts[basket[b] + 1]; l++)
			if (rows->items[l] == served[0].item)
				expected += (double)rows->scores[l] * (b ? 1 : 0.9);
	assert_true(fabs(expected - (double)served[0].score) < 1e-5);
	assert_int_equal(place_of(3), 0);
	assert_int_equal(place_of(6), 0);
}

static void unknown_items_are_ignored_and_counted(void **state)
{
	(void)state;
	uint32_t known[] = {3}, mixed[] = {RECS_NONE, 3, ITEMS, 3}, none[] = {RECS_NONE, 999};
	struct recs_request request = for_items(known, 1);
	ask(&request);
	uint32_t first = served[0].item;
	request = for_items(mixed, 4);
	ask(&request);
	assert_int_equal(answer.ignored, 2);
	assert_int_equal(served[0].item, first);
	request = for_items(none, 2);
	request.segment = 1;
	ask(&request);
	assert_int_equal(answer.ignored, 2);
	assert_false(answer.personal);
	assert_int_equal(served[0].source, SHOP_POPULAR_STATE);
}

static void similar_items_are_links_then_what_sells_in_the_category(void **state)
{
	(void)state;
	uint32_t item = 3;
	struct recs_request request = recs_request(RECS_SIMILAR_TO);
	request.items = &item;
	request.item_count = 1;
	request.k = 40;
	request.filters.keep_seen = true; /* itself is never similar */
	ask(&request);
	size_t start = shop.link_part.rows.starts[3];
	uint32_t first = shop.link_part.rows.items[start];
	assert_int_equal(served[0].item, shop.available[first] ? first : served[0].item);
	assert_int_equal(served[0].because, 3);
	assert_int_equal(place_of(3), 0);
	const struct recs_served *last = &served[answer.count - 1];
	assert_int_equal(last->source, SHOP_POPULAR_CATEGORY);
	assert_int_equal(last->item % SHOP_CATEGORIES, 3);
	assert_int_equal(last->because, 3);
}

static void popular_items_are_of_all_a_segment_or_a_category(void **state)
{
	(void)state;
	struct recs_request request = recs_request(RECS_POPULAR);
	ask(&request);
	assert_int_equal(served[0].item, shop.parts.popular.items[0]);
	request.segment = 1;
	ask(&request);
	assert_int_equal(served[0].because, 1);
	request.label = 0;
	request.label_value = 2;
	ask(&request);
	assert_int_equal(served[0].source, SHOP_POPULAR_CATEGORY);
	for (size_t i = 0; i < answer.count; i++)
		assert_int_equal(served[i].item % SHOP_CATEGORIES, 2);
}

static void every_filter_turns_away_what_it_says(void **state)
{
	(void)state;
	uint32_t excluded[] = {0, 3, 999}, predicate = 0, values[] = {0, 1};
	struct recs_rule without = {.label = 0, .without = true, .values = values, .count = 2};
	struct recs_request request = recs_request(RECS_POPULAR);
	request.k = ITEMS;
	request.filters.price_min_cents = 500;
	request.filters.price_max_cents = 3000;
	request.filters.excluded = excluded;
	request.filters.excluded_count = 3;
	request.filters.predicates = &predicate;
	request.filters.predicate_count = 1;
	request.filters.rules = &without;
	request.filters.rule_count = 1;
	ask(&request);
	assert_true(answer.count > 0);
	for (size_t i = 0; i < answer.count; i++) {
		uint32_t item = served[i].item;
		assert_true(item >= 5 && item <= 30 && item % 2 == 0 && item % 4 >= 2);
	}
	size_t turned_away = 0;
	for (int f = 1; f < RECS_FILTER_COUNT; f++)
		turned_away += answer.filtered[f];
	assert_int_equal(turned_away + answer.count, shop.parts.popular.starts[1]);
	request.filters = (struct recs_filters){.keep_unavailable = true};
	ask(&request);
	assert_int_equal(answer.count, shop.parts.popular.starts[1]);
}

static void at_most_so_many_of_one_category_and_the_best_of_them(void **state)
{
	(void)state;
	uint32_t basket[] = {3, 6};
	for (uint32_t most = 1; most <= 3; most++) {
		struct recs_request request = for_items(basket, 2);
		request.k = ITEMS;
		ask(&request);
		uint32_t all[ITEMS], count = 0, of[SHOP_CATEGORIES] = {0};
		for (size_t i = 0; i < answer.count; i++)
			if (of[served[i].item % SHOP_CATEGORIES]++ < most)
				all[count++] = served[i].item;
		request.diverse_most = most;
		ask(&request);
		assert_int_equal(answer.count, count);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(served[i].item, all[i]);
		assert_true(answer.filtered[RECS_FILTER_DIVERSITY] > 0);
	}
}

static void prices_a_person_likes_come_first(void **state)
{
	(void)state;
	for (uint32_t person = 0; person < 2; person++) { /* by list, by history */
		struct recs_request request = for_person(person);
		request.affinity = 1e6f; /* all persons here buy above 20 reais only */
		request.k = 3;
		ask(&request);
		uint32_t first = served[0].item;
		assert_true(first >= 20);
		request.affinity = 0.5f;
		request.k = K;
		ask(&request);
		assert_int_equal(answer.count, K);
		assert_true(place_of(first) > 0);
	}
}

static void folding_in_agrees_with_the_model(void **state)
{
	(void)state;
	uint32_t basket[] = {5}, more[] = {5, 14, 23};
	struct recs_request request = for_items(basket, 1);
	request.k = ITEMS;
	request.filters.keep_unavailable = true;
	for (int round = 0; round < 2; round++) {
		if (round) {
			request.items = more;
			request.item_count = 3;
		}
		float ones[] = {1, 1, 1}, scores[64];
		uint32_t newest_first[] = {23, 14, 5};
		struct recs_profile profile = {.person = RECS_NOBODY,
					       .count = request.item_count,
					       .items = round ? newest_first : basket,
					       .weights = ones};
		support_score(&shop.als->model, &profile, scores);
		ask(&request);
		size_t compared = 0;
		for (size_t i = 0; i < answer.count; i++)
			if (served[i].source == SHOP_TASTE) {
				assert_true(fabsf(served[i].score - scores[served[i].item]) <
					    1e-5f);
				compared++;
			}
		assert_true(compared > 5);
	}
}

/* Class of four and more: 2 × factors + 1 × links, each by its deviation, as the blend does. */
static void a_mixture_agrees_with_the_blend(void **state)
{
	(void)state;
	struct error err;
	uint32_t basket[] = {0, 3, 6, 12, 15};
	float ones[] = {1, 1, 1, 1, 1}, scores[64];
	struct recs_links_part flat = shop.link_part;
	flat.place_decay = 0;
	struct recs_artifact_parts parts = shop.parts;
	parts.links = &flat;
	char path[512];
	snprintf(path, sizeof path, "%s/flat", folder);
	OWNED(recs_artifact) *other = NULL;
	assert_ok(recs_artifact_write(path, &parts, &err), &err);
	assert_ok(recs_artifact_open(path, &other, &err), &err);
	const struct recs_model *sources[] = {&shop.als->model, &shop.links->model};
	struct recs_blend *blend = NULL;
	assert_ok(recs_blend_new(sources, 2, &blend, &err), &err);
	blend->weights[0][0] = 2;
	struct recs_profile profile = {
		.person = RECS_NOBODY, .count = 5, .items = basket, .weights = ones};
	support_score(&blend->model, &profile, scores);
	recs_model_free(&blend->model);
	struct recs_request request = for_items(basket, 5);
	request.k = 20;
	assert_ok(recs_serve(other, &request, &scratch, served, &answer, &err), &err);
	assert_int_equal(answer.count, 20);
	for (size_t i = 0; i < answer.count; i++)
		assert_true(fabsf(served[i].score - scores[served[i].item]) < 1e-4f);
	for (size_t i = 1; i < answer.count; i++)
		assert_true(served[i].score <= served[i - 1].score);
}

static void items_of_a_session_count_before_the_list_made_ahead(void **state)
{
	(void)state;
	uint32_t session[] = {7};
	struct recs_request request = for_person(0);
	request.items = session;
	request.item_count = 1;
	ask(&request);
	assert_int_equal(place_of(7), 0);
	struct recs_request basket = for_items(session, 1);
	ask(&basket);
	assert_int_not_equal(served[0].item, shop.parts.lists.items[0]);
}

static void seen_items_may_be_kept(void **state)
{
	(void)state;
	struct recs_request request = for_person(1);
	request.k = ITEMS;
	request.filters.keep_seen = true;
	ask(&request);
	size_t seen = 0;
	for (size_t i = 0; i < answer.count; i++)
		seen += has(1, served[i].item);
	assert_true(seen > 0);
}

static void what_cannot_be_asked_is_refused(void **state)
{
	(void)state;
	struct error err;
	struct recs_request request = recs_request(RECS_POPULAR);
	request.k = 0;
	assert_fails(recs_serve(artifact, &request, &scratch, served, &answer, &err), &err,
		     ERR_USAGE);
	request.k = RECS_SERVE_MAX + 1;
	assert_fails(recs_serve(artifact, &request, &scratch, served, &answer, &err), &err,
		     ERR_USAGE);
	request = recs_request(RECS_POPULAR);
	struct recs_rule rule = {.label = 9};
	request.filters.rules = &rule;
	request.filters.rule_count = 1;
	assert_fails(recs_serve(artifact, &request, &scratch, served, &answer, &err), &err,
		     ERR_USAGE);
	request = recs_request(RECS_POPULAR);
	uint32_t predicate = 5;
	request.filters.predicates = &predicate;
	request.filters.predicate_count = 1;
	assert_fails(recs_serve(artifact, &request, &scratch, served, &answer, &err), &err,
		     ERR_USAGE);
}

static void reasons_are_said_in_words(void **state)
{
	(void)state;
	static const struct {
		struct recs_served served;
		const char *expected;
	} cases[] = {
		{{.reason = RECS_REASON_POPULAR, .because = RECS_NONE}, "popular"},
		{{.reason = RECS_REASON_POPULAR_SEGMENT, .because = 1}, "popular in s1"},
		{{.reason = RECS_REASON_POPULAR_SEGMENT, .because = RECS_NONE}, "popular"},
		{{.reason = RECS_REASON_POPULAR_LABEL, .because = 3}, "popular in c3"},
		{{.reason = RECS_REASON_TOGETHER, .because = 12}, "bought together with i12"},
		{{.reason = RECS_REASON_SIMILAR, .because = 12}, "similar to i12"},
		{{.reason = RECS_REASON_TASTE, .because = RECS_NONE},
		 "fits what was bought before"},
		{{.reason = RECS_REASON_SESSION, .because = 2}, "chosen by others who chose i2"},
		{{.reason = RECS_REASON_REPEAT}, "bought before, due again"},
	};
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		HELD(text) out = {0};
		recs_serve_reason(artifact, &cases[c].served, &out);
		assert_string_equal(out.data, cases[c].expected);
	}
}

static struct recs_explanation explain(const struct recs_request *request, uint32_t item)
{
	struct error err;
	struct recs_explanation out;
	assert_ok(recs_serve_explain(artifact, request, item, &scratch, &out, &err), &err);
	return out;
}

static void an_explanation_says_where_a_score_comes_from(void **state)
{
	(void)state;
	uint32_t basket[] = {3, 6};
	struct recs_request request = for_items(basket, 2);
	ask(&request);
	uint32_t item = served[0].item;
	float score = served[0].score;
	struct recs_explanation out = explain(&request, item);
	assert_int_equal(out.answer_place, 1);
	assert_int_equal(out.answered.item, item);
	assert_int_equal(out.filtered, RECS_PASSES);
	assert_true(out.share_count >= 1 && out.by_factors);
	float weights = 0, shares = 0;
	for (size_t s = 0; s < out.share_count; s++) {
		weights += out.shares[s].weight;
		shares += out.shares[s].share;
		assert_true(out.shares[s].from == 3 || out.shares[s].from == 6);
	}
	assert_true(fabsf(weights - score) < 1e-5f && fabsf(shares - 1) < 1e-5f);
	out = explain(&request, 3);
	assert_int_equal(out.filtered, RECS_FILTER_SEEN);
	assert_int_equal(out.answer_place, 0);
	out = explain(&request, 19);
	assert_int_equal(out.filtered, RECS_FILTER_UNAVAILABLE);
	request = for_person(0);
	out = explain(&request, shop.parts.lists.items[1]);
	assert_int_equal(out.list_place, 2);
	assert_int_equal(out.list_source, SHOP_TASTE);
	out = explain(&request, shop.parts.popular.items[4]);
	assert_int_equal(out.popular_place, 5);
	struct error err;
	assert_fails(recs_serve_explain(artifact, &request, ITEMS, &scratch, &out, &err), &err,
		     ERR_NOT_FOUND);
}

static void an_empty_artifact_answers_nothing(void **state)
{
	(void)state;
	struct error err;
	struct recs_artifact_parts none = {0};
	OWNED(recs_artifact) *empty = NULL;
	char path[512];
	snprintf(path, sizeof path, "%s/empty", folder);
	assert_ok(recs_artifact_write(path, &none, &err), &err);
	assert_ok(recs_artifact_open(path, &empty, &err), &err);
	uint32_t items[] = {0, 5};
	for (int what = RECS_FOR_PERSON; what <= RECS_POPULAR; what++) {
		struct recs_request request = recs_request((enum recs_ask)what);
		request.person = 0;
		request.items = items;
		request.item_count = 2;
		assert_ok(recs_serve(empty, &request, &scratch, served, &answer, &err), &err);
		assert_int_equal(answer.count, 0);
	}
}

static void one_scratch_serves_artifacts_of_all_sizes_in_turn(void **state)
{
	(void)state;
	struct error err;
	struct support_shop small;
	support_shop_init(&small, 1, 6, 1); /* one event */
	struct recs_request request = for_person(0);
	ask(&request);
	uint32_t first = served[0].item;
	OWNED(recs_artifact) *other = support_shop_open(&small, folder, "small");
	for (int round = 0; round < 4; round++) {
		assert_ok(recs_serve(other, &request, &scratch, served, &answer, &err), &err);
		assert_true(answer.count <= 6);
		ask(&request);
		assert_int_equal(answer.count, K);
		assert_int_equal(served[0].item, first);
	}
	support_shop_done(&small);
}

/* All items of a large shop, bought at rising times: the newest 2,000 count. */
static void a_person_with_a_hundred_thousand_events_is_answered(void **state)
{
	(void)state;
	struct error err;
	enum { MANY = 100000, OTHERS = 50 };
	struct recs_ids *items = support_shop_ids('i', MANY + OTHERS);
	struct recs_ids *persons = support_shop_ids('p', 1);
	OWNED(recs_ratings) *history = NULL;
	assert_ok(recs_ratings_new(1, MANY, MANY, true, &history, &err), &err);
	HELD(recs_rows) links = {.row_count = MANY + OTHERS};
	links.starts = mem_alloc_array(MANY + OTHERS + 1, sizeof *links.starts);
	links.items = mem_alloc_array(MANY, sizeof *links.items);
	links.scores = mem_alloc_array(MANY, sizeof *links.scores);
	for (uint32_t i = 0; i < MANY; i++) {
		history->columns[i] = links.items[i] = i;
		history->values[i] = links.scores[i] = 1;
		/* The item met last leads to the last of the others, and so on. */
		links.items[i] = MANY + i % OTHERS;
		history->times_us[i] = (int64_t)i * 1000000;
		links.starts[i + 1] = i + 1;
	}
	for (uint32_t i = MANY; i < MANY + OTHERS; i++)
		links.starts[i + 1] = MANY;
	history->starts[1] = MANY;
	struct recs_links_part link_part = {
		.rows = links, .source = SHOP_TOGETHER, .place_decay = 0.5f};
	struct recs_class_part class = {.from = 1, .step_count = 1};
	struct recs_artifact_parts parts = {
		.items = items,
		.persons = persons,
		.sources = support_shop_sources,
		.source_count = SHOP_SOURCES,
		.histories = history,
		.links = &link_part,
		.link_count = 1,
		.classes = &class,
		.class_count = 1,
	};
	char path[512];
	snprintf(path, sizeof path, "%s/many", folder);
	OWNED(recs_artifact) *many = NULL;
	assert_ok(recs_artifact_write(path, &parts, &err), &err);
	assert_ok(recs_artifact_open(path, &many, &err), &err);
	struct recs_request request = for_person(0);
	assert_ok(recs_serve(many, &request, &scratch, served, &answer, &err), &err);
	assert_int_equal(answer.count, K);
	assert_int_equal(served[0].item, MANY + OTHERS - 1);
	assert_int_equal(served[0].because, MANY - 1);
	assert_true(fabsf(served[0].score - 1) < 1e-6f);
	assert_int_equal(served[1].item, MANY + OTHERS - 2);
	assert_true(fabsf(served[1].score - 0.5f) < 1e-6f);
	recs_ids_free(items);
	recs_ids_free(persons);
}

/* Opened from parts of the shop's; the answer goes to `served` and `answer`. */
static void ask_other(const struct recs_artifact_parts *parts, const char *name,
		      const struct recs_request *request)
{
	struct error err;
	char path[512];
	OWNED(recs_artifact) *other = NULL;
	HELD(recs_serve_scratch) own = {0};
	snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_ok(recs_artifact_write(path, parts, &err), &err);
	assert_ok(recs_artifact_open(path, &other, &err), &err);
	assert_ok(recs_serve(other, request, &own, served, &answer, &err), &err);
}

static void persons_may_have_steps_of_their_own(void **state)
{
	(void)state;
	const struct recs_class_part by_factors = {
		.from = 1, .step_count = 1, .steps = {RECS_BY_FACTORS}};
	const struct recs_class_part by_links = {.from = 1, .step_count = 1};
	struct recs_artifact_parts parts = shop.parts;
	const uint32_t basket[] = {3};
	parts.classes = &by_links;
	parts.person_classes = &by_factors;
	parts.class_count = parts.person_class_count = 1;
	struct recs_request request = for_items(basket, 1);
	ask_other(&parts, "basket_of_two", &request);
	assert_int_equal(served[0].source, SHOP_TOGETHER);
	request = for_person(2);
	request.items = basket;
	request.item_count = 1;
	ask_other(&parts, "person_of_two", &request);
	assert_int_equal(served[0].source, SHOP_TASTE);
	parts.person_class_count = 0;
	ask_other(&parts, "person_of_one", &request);
	assert_int_equal(served[0].source, SHOP_TOGETHER);
	parts.person_class_count = RECS_CLASSES_MAX + 1;
	struct error err;
	char path[512];
	snprintf(path, sizeof path, "%s/too_many", folder);
	assert_fails(recs_artifact_write(path, &parts, &err), &err, ERR_USAGE);
}

/* As when the models are kept and items came since. */
static void items_that_factors_do_not_know_are_not_offered_by_them(void **state)
{
	(void)state;
	enum { LAST = 5 };
	const struct recs_class_part by_factors = {
		.from = 1, .step_count = 1, .steps = {RECS_BY_FACTORS}};
	struct recs_artifact_parts parts = shop.parts;
	struct recs_als few = *shop.als;
	const uint32_t basket[] = {3}, unknown[] = {ITEMS - 1};
	few.items.rows = ITEMS - LAST;
	parts.factors = &few;
	parts.classes = &by_factors;
	parts.class_count = 1;
	struct recs_request request = for_items(basket, 1);
	request.k = ITEMS;
	request.filters.keep_unavailable = true;
	ask_other(&parts, "few", &request);
	size_t by_taste = 0,
	       known = 0; /* all that were bought by somebody, but the one asked with */
	for (uint32_t i = 0; i < ITEMS - LAST; i++)
		known += i != basket[0] && recs_matrix_row(&few.items, i)[0] != 0;
	for (size_t i = 0; i < answer.count; i++) {
		by_taste += served[i].source == SHOP_TASTE;
		assert_true(served[i].source != SHOP_TASTE || served[i].item < ITEMS - LAST);
	}
	assert_true(known > ITEMS / 2);
	assert_int_equal(by_taste, known);
	request.items = unknown;
	ask_other(&parts, "unknown", &request);
	assert_true(answer.count > 0);
	assert_false(answer.personal);
}

enum { SERVERS = 4, ASKED = 300 };

static void *serve_on(void *context)
{
	struct error err;
	HELD(recs_serve_scratch) own = {0};
	struct recs_served mine[K];
	struct recs_answer got;
	uint32_t *first = context;
	for (uint32_t i = 0; i < ASKED; i++) {
		struct recs_request request = for_person(i % PERSONS);
		if (recs_serve(artifact, &request, &own, mine, &got, &err) < 0 || got.count != K ||
		    mine[0].item != first[i % PERSONS])
			return context;
	}
	return NULL;
}

static void many_threads_get_the_same_answers(void **state)
{
	(void)state;
	uint32_t first[PERSONS];
	for (uint32_t p = 0; p < PERSONS; p++) {
		struct recs_request request = for_person(p);
		ask(&request);
		first[p] = served[0].item;
	}
	pthread_t threads[SERVERS];
	for (int t = 0; t < SERVERS; t++)
		assert_int_equal(pthread_create(&threads[t], NULL, serve_on, first), 0);
	for (int t = 0; t < SERVERS; t++) {
		void *wrong;
		assert_int_equal(pthread_join(threads[t], &wrong), 0);
		assert_null(wrong);
	}
}

static int serve_once(void *context, struct error *err)
{
	HELD(recs_serve_scratch) own = {0};
	TRY(recs_serve_scratch_fit(&own, artifact, err));
	return recs_serve(artifact, context, &own, served, &answer, err);
}

static void refused_memory_is_an_error_and_requests_take_none(void **state)
{
	(void)state;
	struct error err;
	struct recs_request request = for_person(1);
	support_sweep_allocations(serve_once, &request);
	mem_fail_at(1);
	ask(&request);
	assert_ok(recs_serve(artifact, &request, &scratch, served, &answer, &err), &err);
	assert_false(mem_failed());
	mem_fail_at(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_person_gets_the_list_made_ahead_then_what_goes_on),
		cmocka_unit_test(a_person_without_a_list_is_answered_from_the_history),
		cmocka_unit_test(filters_that_eat_the_list_are_answered_by_what_follows),
		cmocka_unit_test(somebody_unknown_gets_what_is_popular_where_they_are),
		cmocka_unit_test(a_basket_is_answered_by_what_goes_with_it),
		cmocka_unit_test(unknown_items_are_ignored_and_counted),
		cmocka_unit_test(similar_items_are_links_then_what_sells_in_the_category),
		cmocka_unit_test(popular_items_are_of_all_a_segment_or_a_category),
		cmocka_unit_test(every_filter_turns_away_what_it_says),
		cmocka_unit_test(at_most_so_many_of_one_category_and_the_best_of_them),
		cmocka_unit_test(prices_a_person_likes_come_first),
		cmocka_unit_test(folding_in_agrees_with_the_model),
		cmocka_unit_test(a_mixture_agrees_with_the_blend),
		cmocka_unit_test(items_of_a_session_count_before_the_list_made_ahead),
		cmocka_unit_test(seen_items_may_be_kept),
		cmocka_unit_test(what_cannot_be_asked_is_refused),
		cmocka_unit_test(reasons_are_said_in_words),
		cmocka_unit_test(an_explanation_says_where_a_score_comes_from),
		cmocka_unit_test(an_empty_artifact_answers_nothing),
		cmocka_unit_test(one_scratch_serves_artifacts_of_all_sizes_in_turn),
		cmocka_unit_test(a_person_with_a_hundred_thousand_events_is_answered),
		cmocka_unit_test(persons_may_have_steps_of_their_own),
		cmocka_unit_test(items_that_factors_do_not_know_are_not_offered_by_them),
		cmocka_unit_test(many_threads_get_the_same_answers),
		cmocka_unit_test(refused_memory_is_an_error_and_requests_take_none),
	};
	return cmocka_run_group_tests(tests, make_shop, remove_shop);
}
