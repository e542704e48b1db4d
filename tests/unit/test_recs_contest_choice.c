/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "recs/contest_choice.h"

/* A contest in which a blend with learnt weights serves who bought several times. */
static struct recs_contest *decided(void)
{
	static const char *const recipes[] = {"popularity:half_life=30", "ease", "knn+walk:to=0.5"};
	struct error err;
	struct recs_contest *contest = calloc(1, sizeof *contest);
	contest->entries = calloc(3, sizeof *contest->entries);
	for (; contest->count < 3; contest->count++) {
		struct recs_entry *entry = &contest->entries[contest->count];
		assert_ok(recs_recipe_parse(recipes[contest->count], &entry->recipe, &err), &err);
		entry->text = recs_recipe_text(&entry->recipe, &err);
		entry->simple = contest->count == 0;
	}
	struct recs_recipe *blend = &contest->entries[2].recipe;
	blend->parts[0].values[2] += 1.0 / 3; /* knn's shrinkage, as a search finds it */
	blend->class_count = 2;
	blend->class_starts[1] = 4;
	for (int c = 0; c < 2; c++)
		for (int p = 0; p < 2; p++)
			blend->weights[c][p] = 0.1f + (float)c + (float)p / 3;
	contest->winners[RECS_PERSONS_SEVERAL] = 2;
	return contest;
}

static struct recs_contest *again(const char *text)
{
	struct error err;
	struct recs_contest *out = NULL;
	OWNED(json) *json = NULL;
	assert_ok(json_parse(text, strlen(text), &json, &err), &err);
	if (recs_contest_choice_read(json, &out, &err) < 0) {
		assert_int_equal(err.kind, ERR_CORRUPT);
		return NULL;
	}
	return out;
}

static void a_choice_is_read_as_it_was_written(void **state)
{
	(void)state;
	HELD(text) text = {0};
	OWNED(recs_contest) *contest = decided();
	recs_contest_choice_write(contest, &text);
	OWNED(recs_contest) *read = again(text.data);
	assert_non_null(read);
	assert_int_equal(read->count, 2); /* ease serves nobody */
	assert_int_equal(read->winners[RECS_PERSONS_SEVERAL], 1);
	assert_int_equal(read->winners[RECS_PERSONS_ALL], 0);
	assert_int_equal(read->simple, 0);
	assert_int_equal(read->popularity, 0);
	assert_true(read->entries[0].simple);
	assert_string_equal(read->entries[0].text, "popularity:half_life=30");
	const struct recs_recipe *a = &contest->entries[2].recipe, *b = &read->entries[1].recipe;
	for (uint32_t p = 0; p < 2; p++) {
		assert_memory_equal(a->parts[p].values, b->parts[p].values,
				    sizeof a->parts[p].values);
		assert_int_equal(a->parts[p].given, b->parts[p].given);
	}
	assert_int_equal(b->class_count, 2);
	assert_int_equal(b->class_starts[1], 4);
	assert_memory_equal(a->weights, b->weights, sizeof a->weights);
}

#define WINNERS               "\"winners\": [0, 0, 0, 0]"
#define FIRST(recipe, values) "{\"entries\": [{\"recipe\": \"" recipe "\", \"values\": " values

static void what_is_no_choice_is_refused(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"{}",
		"[]",
		"{\"entries\": {}, " WINNERS ", \"simple\": 0, \"popularity\": 0}",
		FIRST("divination", "[[]]") "}], " WINNERS ", \"simple\": 0, \"popularity\": 0}",
		FIRST("popularity", "[[0]]") "}], " WINNERS ", \"simple\": 0, \"popularity\": 0}",
		FIRST("popularity", "[[-1, 0, 0, 0]]") "}], " WINNERS
						       ", \"simple\": 0, \"popularity\": 0}",
		FIRST("popularity", "[[0, 0, 0, \"x\"]]") "}], " WINNERS
							  ", \"simple\": 0, \"popularity\": 0}",
		FIRST("popularity", "[[0, 0, 0, 0]]") "}], " WINNERS
						      ", \"simple\": 1, \"popularity\": 0}",
		FIRST("popularity", "[[0, 0, 0, 0]]") "}], \"winners\": [0, 0, -1, 0], \"simple\": "
						      "0, \"popularity\": 0}",
		FIRST("popularity", "[[0, 0, 0, 0]]") "}], \"winners\": [0, 0, 0], \"simple\": 0, "
						      "\"popularity\": 0}",
		FIRST("popularity", "[[0, 0, 0, 0]]") ", \"classes\": [{\"from\": 1, "
						      "\"weights\": [1]}]}], " WINNERS
						      ", \"simple\": 0, \"popularity\": 0}",
		FIRST("popularity", "[[0, 0, 0, 0]]") ", \"classes\": [{\"from\": 0, "
						      "\"weights\": [-1]}]}], " WINNERS
						      ", \"simple\": 0, \"popularity\": 0}",
		FIRST("popularity", "[[0, 0, 0, 0]]") ", \"classes\": [{\"from\": 0, "
						      "\"weights\": [1, 1]}]}], " WINNERS
						      ", \"simple\": 0, \"popularity\": 0}",
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_null(again(wrong[i]));
	OWNED(recs_contest) *right =
		again(FIRST("popularity", "[[0, 0, 0, 0]]") "}], " WINNERS
							    ", \"simple\": 0, \"popularity\": 0}");
	assert_non_null(right);
}

static int write_and_read(void *context, struct error *err)
{
	HELD(text) text = {0};
	OWNED(json) *json = NULL;
	OWNED(recs_contest) *read = NULL;
	recs_contest_choice_write(context, &text);
	TRY(text_check(&text, err));
	TRY(json_parse(text.data, text.len, &json, err));
	return recs_contest_choice_read(json, &read, err);
}

static void every_refused_allocation_is_reported(void **state)
{
	(void)state;
	OWNED(recs_contest) *contest = decided();
	support_sweep_allocations(write_and_read, contest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_choice_is_read_as_it_was_written),
		cmocka_unit_test(what_is_no_choice_is_refused),
		cmocka_unit_test(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
