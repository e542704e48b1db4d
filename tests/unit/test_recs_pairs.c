/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <math.h>

#include "recs/cooccurrence.h"
#include "recs/pair_sums.h"
#include "recs/pairs.h"
#include "recs/rank.h"
#include "recs/walk.h"
#include "support/ratings.h"

enum { PERSONS = 70, ITEMS = 63, EVENTS = 900 };

/* Plain sums of a pair in double precision. */
struct plain {
	double sum, mass_from, mass_to, count_from, count_to, persons;
};

static struct plain sum_plainly(const struct recs_ratings *ratings, uint32_t from, uint32_t to,
				double person_exponent)
{
	struct plain plain = {0};
	for (uint32_t p = 0; p < ratings->row_count; p++) {
		double n = (double)recs_ratings_row_len(ratings, p);
		double scale = n > 0 ? pow(n, -person_exponent) : 0;
		double a = support_value(ratings, p, from), b = support_value(ratings, p, to);
		plain.sum += scale * a * b;
		plain.mass_from += scale * a * a;
		plain.mass_to += scale * b * b;
		plain.count_from += a > 0;
		plain.count_to += b > 0;
		plain.persons += n > 0;
	}
	return plain;
}

static double similarity(enum recs_similarity kind, const struct plain *p)
{
	double c = p->sum;
	switch (kind) {
	case RECS_COSINE:
		return c / sqrt(p->mass_from * p->mass_to);
	case RECS_JACCARD:
		return c / (p->mass_from + p->mass_to - c);
	case RECS_LIFT:
		return c * p->persons / (p->mass_from * p->mass_to);
	default:
		return c;
	}
}

static double link_weight(const struct recs_links *links, uint32_t from, uint32_t to)
{
	for (size_t l = links->starts[from]; l < links->starts[from + 1]; l++)
		if (links->items[l] == to)
			return (double)links->weights[l];
	return 0;
}

static void check_similarity(enum recs_similarity kind, enum recs_merge merge, float exponent)
{
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(1, PERSONS, ITEMS, EVENTS, merge);
	struct recs_cooccurrence_options options = {.similarity = kind,
						    .neighbours = ITEMS,
						    .shrinkage = 2,
						    .person_exponent = exponent,
						    .threads = 2};
	struct recs_links *links = NULL;
	assert_ok(recs_cooccurrence_train(ratings, &options, &links, &err), &err);
	for (uint32_t i = 0; i < ITEMS; i++)
		for (uint32_t j = 0; j < ITEMS; j++) {
			struct plain plain = sum_plainly(ratings, i, j, (double)exponent);
			double wanted =
				i == j || plain.sum == 0
					? 0
					: similarity(kind, &plain) * plain.sum / (plain.sum + 2);
			double got = link_weight(links, i, j);
			if (fabs(got - wanted) > 1e-5 * (1 + wanted))
				fail_msg("%u -> %u is %g instead of %g", i, j, got, wanted);
		}
	recs_model_free(&links->model);
}

static void similarities_agree_with_plain_sums(void **state)
{
	(void)state;
	for (enum recs_similarity kind = RECS_COUNT; kind <= RECS_LIFT; kind++) {
		check_similarity(kind, RECS_MERGE_ONE, 0);
		check_similarity(kind, RECS_MERGE_SUM, 0.5f);
	}
}

/* So many items that two bytes do not number them, and so few events that most of a row is 0. */
static void check_sparse(uint32_t items, enum recs_merge merge, int threads)
{
	enum { FEW = 12, SOME = 240 };
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(8, FEW, items, SOME, merge);
	struct recs_cooccurrence_options options = {
		.similarity = RECS_COSINE, .neighbours = RECS_LINKS_MAX, .threads = threads};
	struct recs_links *links = NULL;
	assert_ok(recs_cooccurrence_train(ratings, &options, &links, &err), &err);
	size_t met = 0;
	for (size_t e = 0; e < recs_ratings_count(ratings); e++)
		for (size_t f = 0; f < recs_ratings_count(ratings); f += 7) {
			uint32_t from = ratings->columns[e], to = ratings->columns[f];
			struct plain plain = sum_plainly(ratings, from, to, 0);
			double wanted =
				from == to || plain.sum == 0 ? 0 : similarity(RECS_COSINE, &plain);
			assert_true(fabs(link_weight(links, from, to) - wanted) < 1e-6);
			met += wanted > 0;
		}
	assert_true(met > SOME);
	recs_model_free(&links->model);
}

static void sparse_rows_agree_with_plain_sums(void **state)
{
	(void)state;
	check_sparse(20000, RECS_MERGE_ONE, 1);
	check_sparse(20000, RECS_MERGE_SUM, 2);
	check_sparse(70000, RECS_MERGE_ONE, 2);
	check_sparse(70000, RECS_MERGE_SUM, 1);
}

/* An item so old that its mass is no float above 0 must not hide those beside it. */
static void an_item_that_decayed_away_hides_no_other(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(9, PERSONS, ITEMS, EVENTS, RECS_MERGE_ONE);
	for (size_t e = 0; e < recs_ratings_count(ratings); e++)
		if (ratings->columns[e] == 0)
			ratings->values[e] = 1e-30f;
	for (enum recs_similarity kind = RECS_COUNT; kind <= RECS_LIFT; kind++) {
		struct recs_cooccurrence_options options = {
			.similarity = kind, .neighbours = ITEMS, .threads = 1};
		struct recs_links *links = NULL;
		assert_ok(recs_cooccurrence_train(ratings, &options, &links, &err), &err);
		for (uint32_t i = 1; i < ITEMS; i++)
			for (uint32_t j = 1; j < ITEMS; j++) {
				struct plain plain = sum_plainly(ratings, i, j, 0);
				double wanted =
					i == j || plain.sum == 0 ? 0 : similarity(kind, &plain);
				double got = link_weight(links, i, j);
				assert_true(fabs(got - wanted) <= 1e-5 * (1 + wanted));
			}
		recs_model_free(&links->model);
	}
}

static float take_sums(const void *context, uint32_t from, uint32_t first, const float *sums,
		       size_t n, float *out)
{
	float most = 0;
	(void)context;
	(void)from;
	(void)first;
	for (size_t i = 0; i < n; i++) {
		out[i] = sums[i];
		most = sums[i] > most ? sums[i] : most;
	}
	return most;
}

/* Sums of every two items, each person's pairs one by one; `out` is items × items. */
static void sum_all_plainly(const struct recs_ratings *ratings, float *out)
{
	for (uint32_t p = 0; p < ratings->row_count; p++)
		for (size_t e = ratings->starts[p]; e < ratings->starts[p + 1]; e++)
			for (size_t f = ratings->starts[p]; f < ratings->starts[p + 1]; f++)
				if (e != f)
					out[(size_t)ratings->columns[e] * ratings->column_count +
					    ratings->columns[f]] +=
						ratings->values[e] * ratings->values[f];
}

/* Of the first `among` items every link, and no other. */
static void check_sums(const struct recs_ratings *ratings, const struct recs_links *links,
		       uint32_t among)
{
	uint32_t items = ratings->column_count;
	float *wanted = test_calloc((size_t)items * items, sizeof *wanted);
	sum_all_plainly(ratings, wanted);
	for (uint32_t i = 0; i < among; i++) {
		float *row = wanted + (size_t)i * items;
		for (size_t l = links->starts[i]; l < links->starts[i + 1]; l++) {
			assert_true(links->weights[l] == row[links->items[l]]);
			row[links->items[l]] = 0;
		}
		for (uint32_t j = 0; j < items; j++)
			assert_true(row[j] == 0);
	}
	test_free(wanted);
}

static struct recs_links *sums_of(const struct recs_ratings *ratings, uint32_t heads, int threads)
{
	static const struct recs_model_kind kind = RECS_LINKS_KIND("sums");
	struct error err;
	struct recs_links *links = NULL;
	struct recs_pairs_options options = {.neighbours = RECS_LINKS_MAX,
					     .heads = heads,
					     .threads = threads,
					     .weigh = take_sums};
	assert_ok(recs_pairs_links(ratings, &options, &kind, &links, &err), &err);
	return links;
}

static void items_that_most_have_are_counted_as_plainly(void **state)
{
	(void)state;
	for (uint32_t heads = RECS_HEADS_STEP; heads <= 1024; heads += RECS_HEADS_STEP)
		for (int threads = 1; threads <= 3; threads += 2) {
			OWNED(recs_ratings) *ratings =
				support_ratings(6, 40, 1101, 3000, RECS_MERGE_ONE);
			for (size_t e = 0; threads > 1 && e < recs_ratings_count(ratings); e++)
				ratings->values[e] = 2;
			struct recs_links *links = sums_of(ratings, heads, threads);
			check_sums(ratings, links, ratings->column_count);
			recs_model_free(&links->model);
		}
}

/* Two bytes do not number these items. */
static void heads_and_seventy_thousand_items_give_the_same_links_as_without(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(7, 9, 70000, 2500, RECS_MERGE_ONE);
	struct recs_links *with = sums_of(ratings, RECS_HEADS_STEP, 2), *without;
	static const struct recs_model_kind kind = RECS_LINKS_KIND("sums");
	struct recs_pairs_options options = {.neighbours = RECS_LINKS_MAX,
					     .person_exponent = 1e-30f, /* every pair counts 1 */
					     .threads = 1,
					     .weigh = take_sums};
	assert_ok(recs_pairs_links(ratings, &options, &kind, &without, &err), &err);
	size_t count = with->starts[70000];
	assert_true(count > 100000);
	assert_int_equal(without->starts[70000], count);
	assert_memory_equal(with->items, without->items, count * sizeof *with->items);
	assert_memory_equal(with->weights, without->weights, count * sizeof *with->weights);
	recs_model_free(&with->model);
	recs_model_free(&without->model);
}

static void heads_are_used_where_they_pay(void **state)
{
	(void)state;
	struct error err;
	const struct recs_pair_sums_options options = {.threads = 2};
	OWNED(recs_ratings) *large = support_ratings(6, 1500, 700, 150000, RECS_MERGE_ONE);
	OWNED(recs_ratings) *small = support_ratings(6, 1500, 700, 9000, RECS_MERGE_ONE);
	HELD(recs_pair_sums) of_large = {0};
	HELD(recs_pair_sums) of_small = {0};
	assert_ok(recs_pair_sums_init(&of_large, large, &options, &err), &err);
	assert_ok(recs_pair_sums_init(&of_small, small, &options, &err), &err);
	assert_int_equal(of_large.heads.count, RECS_HEADS_STEP);
	assert_int_equal(of_small.heads.count, 0);
	struct recs_links *links = sums_of(large, 0, 2);
	check_sums(large, links, 700);
	recs_model_free(&links->model);
}

static void of_equal_links_the_more_popular_item_comes_first(void **state)
{
	(void)state;
	OWNED(recs_ratings) *ratings = support_ratings(3, PERSONS, ITEMS, 250, RECS_MERGE_ONE);
	uint32_t persons[ITEMS] = {0};
	for (size_t e = 0; e < recs_ratings_count(ratings); e++)
		persons[ratings->columns[e]]++;
	struct recs_links *links = sums_of(ratings, 0, 1);
	for (uint32_t i = 0; i < ITEMS; i++)
		for (size_t l = links->starts[i]; l + 1 < links->starts[i + 1]; l++) {
			uint32_t a = links->items[l], b = links->items[l + 1];
			assert_true(links->weights[l] >= links->weights[l + 1]);
			if (links->weights[l] == links->weights[l + 1])
				assert_true(persons[a] > persons[b] ||
					    (persons[a] == persons[b] && a < b));
		}
	recs_model_free(&links->model);
}

static void walks_agree_with_plain_sums_in_both_directions(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(2, PERSONS, ITEMS, EVENTS, RECS_MERGE_ONE);
	struct recs_walk_options options = {.person_exponent = 0.6f,
					    .from_exponent = 0.9f,
					    .to_exponent = 0.3f,
					    .neighbours = ITEMS,
					    .threads = 2};
	struct recs_links *links = NULL;
	assert_ok(recs_walk_train(ratings, &options, &links, &err), &err);
	for (uint32_t i = 0; i < ITEMS; i++)
		for (uint32_t j = 0; j < ITEMS; j++) {
			struct plain plain = sum_plainly(ratings, i, j, 0.6);
			double wanted = i == j || plain.sum == 0
						? 0
						: plain.sum * pow(plain.count_from, -0.9) *
							  pow(plain.count_to, -0.3);
			assert_true(fabs(link_weight(links, i, j) - wanted) < 1e-5);
		}
	recs_model_free(&links->model);
}

static struct recs_links *bounded(const struct recs_ratings *ratings, uint32_t neighbours,
				  int threads)
{
	struct error err;
	struct recs_links *links = NULL;
	struct recs_cooccurrence_options options = {
		.similarity = RECS_COSINE, .neighbours = neighbours, .threads = threads};
	assert_ok(recs_cooccurrence_train(ratings, &options, &links, &err), &err);
	return links;
}

static void bounded_lists_hold_the_best_in_order_whatever_the_threads(void **state)
{
	(void)state;
	OWNED(recs_ratings) *ratings = support_ratings(3, PERSONS, ITEMS, 250, RECS_MERGE_ONE);
	struct recs_links *all = bounded(ratings, ITEMS, 1), *few = bounded(ratings, 4, 1),
			  *three = bounded(ratings, 4, 3);
	for (uint32_t i = 0; i < ITEMS; i++) {
		size_t n = all->starts[i + 1] - all->starts[i], kept = n < 4 ? n : 4;
		assert_int_equal(few->starts[i + 1] - few->starts[i], kept);
		for (size_t l = 0; l < kept; l++) {
			assert_int_equal(few->items[few->starts[i] + l],
					 all->items[all->starts[i] + l]);
			assert_true(few->weights[few->starts[i] + l] ==
				    all->weights[all->starts[i] + l]);
		}
	}
	size_t count = few->starts[ITEMS];
	assert_int_equal(three->starts[ITEMS], count);
	assert_memory_equal(three->items, few->items, count * sizeof *few->items);
	assert_memory_equal(three->weights, few->weights, count * sizeof *few->weights);
	recs_model_free(&all->model);
	recs_model_free(&few->model);
	recs_model_free(&three->model);
}

static void long_histories_take_part_with_their_newest_items(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(4, 3, ITEMS, 150, RECS_MERGE_ONE);
	OWNED(recs_ratings) *trimmed = NULL;
	assert_true(recs_ratings_longest(ratings) > 10);
	assert_ok(recs_ratings_trim(ratings, 10, &trimmed, &err), &err);
	for (uint32_t p = 0; p < 3; p++) {
		assert_int_equal(recs_ratings_row_len(trimmed, p), 10);
		int64_t oldest = INT64_MAX;
		for (size_t e = trimmed->starts[p]; e < trimmed->starts[p + 1]; e++)
			oldest = trimmed->times_us[e] < oldest ? trimmed->times_us[e] : oldest;
		size_t newer = 0;
		for (size_t e = ratings->starts[p]; e < ratings->starts[p + 1]; e++)
			newer += ratings->times_us[e] >= oldest;
		assert_int_equal(newer, 10);
	}
	struct recs_cooccurrence_options options = {.neighbours = 20, .history_max = 10};
	struct recs_links *a = NULL, *b = NULL;
	assert_ok(recs_cooccurrence_train(ratings, &options, &a, &err), &err);
	options.history_max = 0;
	assert_ok(recs_cooccurrence_train(trimmed, &options, &b, &err), &err);
	assert_int_equal(a->starts[ITEMS], b->starts[ITEMS]);
	assert_memory_equal(a->items, b->items, a->starts[ITEMS] * sizeof *a->items);
	recs_model_free(&a->model);
	recs_model_free(&b->model);
}

static void without_times_long_histories_are_thinned_evenly(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(4, 3, ITEMS, 150, RECS_MERGE_ONE);
	free(ratings->times_us);
	ratings->times_us = NULL;
	OWNED(recs_ratings) *trimmed = NULL;
	assert_ok(recs_ratings_trim(ratings, 7, &trimmed, &err), &err);
	for (uint32_t p = 0; p < 3; p++) {
		size_t len = recs_ratings_row_len(ratings, p);
		assert_int_equal(recs_ratings_row_len(trimmed, p), len < 7 ? len : 7);
		uint32_t middle = ratings->columns[ratings->starts[p] + len / 2];
		assert_true(trimmed->columns[trimmed->starts[p] + 1] < middle);
		assert_true(trimmed->columns[trimmed->starts[p + 1] - 1] > middle);
	}
}

static void scores_sum_the_links_of_the_history_newer_ones_more(void **state)
{
	(void)state;
	OWNED(recs_ratings) *ratings = support_ratings(5, PERSONS, ITEMS, EVENTS, RECS_MERGE_SUM);
	struct recs_links *links = bounded(ratings, 10, 2);
	links->options = (struct recs_links_options){.weighted = true, .half_life_us = 200000000};
	struct recs_profile profile = support_profile(ratings, 7);
	float scores[64];
	support_score(&links->model, &profile, scores);
	int64_t newest = 0;
	for (size_t h = 0; h < profile.count; h++)
		newest = profile.times_us[h] > newest ? profile.times_us[h] : newest;
	for (uint32_t i = 0; i < ITEMS; i++) {
		double wanted = 0;
		for (size_t h = 0; h < profile.count; h++)
			wanted += link_weight(links, profile.items[h], i) *
				  (double)profile.weights[h] *
				  exp2((double)(profile.times_us[h] - newest) / 2e8);
		if (wanted == 0)
			assert_true(scores[i] == RECS_NO_SCORE);
		else
			assert_true(fabs((double)scores[i] - wanted) < 1e-5);
	}
	recs_model_free(&links->model);
}

static void places_behind_the_newest_are_counted(void **state)
{
	(void)state;
	const uint32_t items[] = {0, 1, 2};
	const int64_t times[] = {50, 90, 50};
	struct recs_profile profile = {.count = 3, .items = items, .times_us = times};
	OWNED(recs_ratings) *ratings = support_ratings(5, PERSONS, ITEMS, EVENTS, RECS_MERGE_ONE);
	struct recs_links *links = bounded(ratings, 10, 2);
	links->options.place_decay = 0.5f;
	float scores[64];
	support_score(&links->model, &profile, scores);
	for (uint32_t i = 0; i < ITEMS; i++) {
		double wanted = link_weight(links, 1, i) + 0.5 * link_weight(links, 2, i) +
				0.25 * link_weight(links, 0, i);
		assert_true(wanted == 0 || fabs((double)scores[i] - wanted) < 1e-6);
	}
	recs_model_free(&links->model);
}

static void turned_links_keep_the_best_that_lead_to_an_item(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(7, PERSONS, ITEMS, EVENTS, RECS_MERGE_ONE);
	struct recs_walk_options options = {.person_exponent = 0.6f,
					    .from_exponent = 0.9f,
					    .to_exponent = 0.3f,
					    .neighbours = ITEMS,
					    .threads = 2};
	struct recs_links *all = NULL, *few = NULL;
	assert_ok(recs_walk_train(ratings, &options, &all, &err), &err);
	options.neighbours = 5;
	options.by_target = options.normalize = true;
	assert_ok(recs_walk_train(ratings, &options, &few, &err), &err);
	for (uint32_t i = 0; i < ITEMS; i++) {
		double sum = 0;
		for (uint32_t j = 0; j < ITEMS; j++)
			sum += link_weight(few, i, j) > 0 ? link_weight(all, i, j) : 0;
		for (uint32_t j = 0; j < ITEMS; j++) {
			double weight = link_weight(all, i, j);
			size_t better = 0; /* links that lead to j more strongly */
			for (uint32_t k = 0; k < ITEMS; k++)
				better += link_weight(all, k, j) > weight ||
					  (link_weight(all, k, j) == weight && k < i);
			double wanted = better < 5 && weight > 0 ? weight / sum : 0;
			assert_true(fabs(link_weight(few, i, j) - wanted) < 1e-5);
		}
		for (size_t l = few->starts[i]; l + 1 < few->starts[i + 1]; l++)
			assert_true(few->weights[l] >= few->weights[l + 1]);
	}
	recs_model_free(&all->model);
	recs_model_free(&few->model);
}

static int train(void *context, struct error *err)
{
	struct recs_walk_options options = {
		.neighbours = 3, .by_target = true, .history_max = 4, .threads = 1};
	struct recs_links *links = NULL;
	TRY(recs_walk_train(context, &options, &links, err));
	recs_model_free(&links->model);
	return 0;
}

static void refused_memory_is_an_error_and_leaks_nothing(void **state)
{
	(void)state;
	OWNED(recs_ratings) *ratings = support_ratings(6, 10, 9, 60, RECS_MERGE_ONE);
	support_sweep_allocations(train, ratings);
}

static void wrong_options_are_refused(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(6, 10, 9, 60, RECS_MERGE_ONE);
	struct recs_links *links = NULL;
	struct recs_cooccurrence_options options = {.neighbours = 0};
	assert_fails(recs_cooccurrence_train(ratings, &options, &links, &err), &err, ERR_USAGE);
	options = (struct recs_cooccurrence_options){.neighbours = 5, .shrinkage = -1};
	assert_fails(recs_cooccurrence_train(ratings, &options, &links, &err), &err, ERR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(similarities_agree_with_plain_sums),
		cmocka_unit_test(sparse_rows_agree_with_plain_sums),
		cmocka_unit_test(an_item_that_decayed_away_hides_no_other),
		cmocka_unit_test(items_that_most_have_are_counted_as_plainly),
		cmocka_unit_test(heads_and_seventy_thousand_items_give_the_same_links_as_without),
		cmocka_unit_test(heads_are_used_where_they_pay),
		cmocka_unit_test(of_equal_links_the_more_popular_item_comes_first),
		cmocka_unit_test(walks_agree_with_plain_sums_in_both_directions),
		cmocka_unit_test(bounded_lists_hold_the_best_in_order_whatever_the_threads),
		cmocka_unit_test(long_histories_take_part_with_their_newest_items),
		cmocka_unit_test(without_times_long_histories_are_thinned_evenly),
		cmocka_unit_test(scores_sum_the_links_of_the_history_newer_ones_more),
		cmocka_unit_test(places_behind_the_newest_are_counted),
		cmocka_unit_test(turned_links_keep_the_best_that_lead_to_an_item),
		cmocka_unit_test(refused_memory_is_an_error_and_leaks_nothing),
		cmocka_unit_test(wrong_options_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
