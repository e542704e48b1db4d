/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "recs/rank.h"
#include "recs/session.h"
#include "support/ratings.h"

enum { PERSONS = 50, ITEMS = 36, EVENTS = 400 };

/* Entries of a row by time, of equal times by number: `out` gets columns. Returns how many. */
static size_t in_order(const struct recs_ratings *ratings, uint32_t row, uint32_t *out)
{
	size_t start = ratings->starts[row], len = recs_ratings_row_len(ratings, row);
	for (size_t i = 0; i < len; i++) {
		size_t before = 0;
		for (size_t j = 0; j < len; j++)
			before += ratings->times_us[start + j] < ratings->times_us[start + i] ||
				  (ratings->times_us[start + j] == ratings->times_us[start + i] &&
				   j < i);
		out[before] = ratings->columns[start + i];
	}
	return len;
}

static int64_t end_of(const struct recs_ratings *ratings, uint32_t row)
{
	int64_t end = INT64_MIN;
	for (size_t e = ratings->starts[row]; e < ratings->starts[row + 1]; e++)
		end = ratings->times_us[e] > end ? ratings->times_us[e] : end;
	return end;
}

/* How alike session s is to the profile of row p, and where their newest shared item is in s. */
static double likeness(const struct recs_ratings *ratings, uint32_t p, uint32_t s,
		       const struct recs_session_options *options, size_t *out_shared)
{
	uint32_t mine[ITEMS], theirs[ITEMS];
	size_t len = in_order(ratings, p, mine), their_len = in_order(ratings, s, theirs);
	double sum = 0;
	for (size_t place = 0; place < len; place++)
		for (size_t t = 0; t < their_len; t++) {
			if (theirs[t] != mine[len - 1 - place])
				continue;
			double with = 0;
			for (uint32_t r = 0; r < PERSONS; r++)
				with += support_value(ratings, r, theirs[t]) > 0;
			*out_shared = sum == 0 ? t : *out_shared;
			sum += pow((double)options->place_decay, (double)place) *
			       (options->rarity ? log1p(PERSONS / (with + 1)) : 1);
		}
	double age = fabs((double)(end_of(ratings, p) - end_of(ratings, s)));
	return sum / sqrt((double)len * (double)their_len) *
	       (options->age_scale_us ? exp(-age / (double)options->age_scale_us) : 1);
}

static void check(const struct recs_session_options *options)
{
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(1, PERSONS, ITEMS, EVENTS, RECS_MERGE_ONE);
	OWNED(recs_model) *model = NULL;
	assert_ok(recs_session_train(ratings, options, &model, &err), &err);
	for (uint32_t p = 0; p < PERSONS; p++) {
		double alike[PERSONS] = {0}, wanted[ITEMS] = {0};
		size_t shared[PERSONS] = {0};
		for (uint32_t s = 0; s < PERSONS; s++)
			if (s != p && recs_ratings_row_len(ratings, s))
				alike[s] = likeness(ratings, p, s, options, &shared[s]);
		for (uint32_t s = 0; s < PERSONS; s++) {
			size_t better = 0;
			for (uint32_t o = 0; o < PERSONS; o++)
				better += alike[o] > alike[s];
			if (!(alike[s] > 0) || better >= options->neighbours)
				continue;
			uint32_t theirs[ITEMS];
			size_t len = in_order(ratings, s, theirs);
			for (size_t t = 0; t < len; t++)
				wanted[theirs[t]] +=
					alike[s] /
					(1 + (double)options->distance *
						     fabs((double)t - (double)shared[s]));
		}
		float scores[64];
		struct recs_profile profile = support_profile(ratings, p);
		support_score(model, &profile, scores);
		for (uint32_t i = 0; i < ITEMS; i++) {
			double got = scores[i] > RECS_NO_SCORE ? (double)scores[i] : 0;
			if (fabs(got - wanted[i]) > 1e-4 * (1 + wanted[i]))
				fail_msg("score %u of %u is %g instead of %g", i, p, got,
					 wanted[i]);
		}
	}
}

static void scores_agree_with_a_plain_reading_of_the_papers(void **state)
{
	(void)state;
	struct recs_session_options all = {.sample = 1000, .neighbours = 1000, .place_decay = 1};
	check(&all);
	all.place_decay = 0.7f;
	all.rarity = true;
	check(&all);
	all.distance = 0.5f;
	all.age_scale_us = 300000000;
	check(&all);
	all.neighbours = 7; /* likenesses with an age do not tie */
	check(&all);
}

static const struct recs_session_options usual = {
	.sample = 100, .neighbours = 10, .place_decay = 0.8f, .distance = 0.2f, .rarity = true};

static void somebody_new_is_served_from_the_items_alone(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(2, PERSONS, ITEMS, EVENTS, RECS_MERGE_ONE);
	OWNED(recs_model) *model = NULL;
	assert_ok(recs_session_train(ratings, &usual, &model, &err), &err);
	const uint32_t items[] = {3};
	const float weights[] = {1};
	struct recs_profile profile = {
		.person = RECS_NOBODY, .count = 1, .items = items, .weights = weights};
	float scores[64];
	support_score(model, &profile, scores);
	struct recs_ranked top[4];
	assert_int_equal(recs_rank_top(scores, ITEMS, 4, top), 4);
	int right = 0;
	for (int i = 0; i < 4; i++)
		right += top[i].item % 3 == 0;
	assert_true(right >= 3); /* the group of item 3 */
	profile.count = 0;
	support_score(model, &profile, scores);
	assert_int_equal(recs_rank_top(scores, ITEMS, 4, top), 0);
}

static void only_the_newest_items_and_sessions_are_looked_at(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(3, PERSONS, ITEMS, EVENTS, RECS_MERGE_ONE);
	struct recs_session_options options = usual;
	options.items_max = options.sample = options.neighbours = 1;
	options.distance = 0;
	OWNED(recs_model) *model = NULL;
	assert_ok(recs_session_train(ratings, &options, &model, &err), &err);
	uint32_t row = 4, order[ITEMS], newest = UINT32_MAX;
	size_t len = in_order(ratings, row, order);
	for (uint32_t s = 0; s < PERSONS; s++)
		if (s != row && support_value(ratings, s, order[len - 1]) > 0 &&
		    (newest == UINT32_MAX || end_of(ratings, s) > end_of(ratings, newest)))
			newest = s;
	float scores[64];
	struct recs_profile profile = support_profile(ratings, row);
	support_score(model, &profile, scores);
	for (uint32_t i = 0; i < ITEMS; i++)
		assert_int_equal(scores[i] > RECS_NO_SCORE, support_value(ratings, newest, i) > 0);
}

static void without_times_or_with_wrong_options_it_is_refused(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_ratings) *ratings = support_ratings(3, PERSONS, ITEMS, EVENTS, RECS_MERGE_ONE);
	OWNED(recs_model) *model = NULL;
	struct recs_session_options wrong = usual;
	wrong.neighbours = 101;
	assert_fails(recs_session_train(ratings, &wrong, &model, &err), &err, ERR_USAGE);
	wrong = usual;
	wrong.place_decay = 0;
	assert_fails(recs_session_train(ratings, &wrong, &model, &err), &err, ERR_USAGE);
	free(ratings->times_us);
	ratings->times_us = NULL;
	assert_fails(recs_session_train(ratings, &usual, &model, &err), &err, ERR_USAGE);
}

/* The session that shares but the oldest items has no likeness left; to meet it for each of them
 * would fill more room than there is. */
static void a_likeness_that_decayed_to_nothing_meets_nobody(void **state)
{
	(void)state;
	enum { NEW = 30, OLD = 20, ALL = NEW + OLD };
	struct error err;
	HELD(recs_events) events = {0};
	OWNED(recs_ratings) *ratings = NULL;
	OWNED(recs_model) *model = NULL;
	uint32_t items[ALL];
	float weights[ALL], scores[64];
	int64_t times_us[ALL];
	for (uint32_t i = 0; i < ALL; i++) {
		const uint32_t person = 0;
		items[i] = i;
		weights[i] = 1;
		times_us[i] = i;
		if (i < OLD)
			assert_ok(
				recs_events_add(&events, 1, &person, &i, &times_us[i], NULL, &err),
				&err);
	}
	struct recs_ratings_options build = {.merge = RECS_MERGE_ONE, .times = true};
	assert_ok(recs_ratings_build(&events, 1, ALL, &build, &ratings, &err), &err);
	struct recs_session_options options = usual;
	options.place_decay = 0.01f;
	assert_ok(recs_session_train(ratings, &options, &model, &err), &err);
	const struct recs_profile profile = {.person = RECS_NOBODY,
					     .count = ALL,
					     .items = items,
					     .weights = weights,
					     .times_us = times_us};
	support_score(model, &profile, scores);
	for (uint32_t i = 0; i < ALL; i++)
		assert_false(scores[i] > RECS_NO_SCORE);
}

static int train(void *context, struct error *err)
{
	OWNED(recs_model) *model = NULL;
	return recs_session_train(context, &usual, &model, err);
}

static void refused_memory_is_an_error_and_leaks_nothing(void **state)
{
	(void)state;
	OWNED(recs_ratings) *ratings = support_ratings(3, 10, 9, 60, RECS_MERGE_ONE);
	support_sweep_allocations(train, ratings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scores_agree_with_a_plain_reading_of_the_papers),
		cmocka_unit_test(somebody_new_is_served_from_the_items_alone),
		cmocka_unit_test(only_the_newest_items_and_sessions_are_looked_at),
		cmocka_unit_test(without_times_or_with_wrong_options_it_is_refused),
		cmocka_unit_test(a_likeness_that_decayed_to_nothing_meets_nobody),
		cmocka_unit_test(refused_memory_is_an_error_and_leaks_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
