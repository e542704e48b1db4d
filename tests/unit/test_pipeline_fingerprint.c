/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include "base/text.h"
#include "pipeline/fingerprint.h"

static void fill(struct fingerprint *f, const char *sql, const char *settings, int64_t version)
{
	struct error err;
	assert_ok(fingerprint_set(f, sql, settings, "duckdb 1.5.6", &err), &err);
	assert_ok(fingerprint_add_input(f, "processing.orders", version, NULL, &err), &err);
}

/* What a commit would record of `f`. */
static char *record(const struct fingerprint *f)
{
	struct error err;
	struct text t = {0};
	text_add(&t, "{\"run\": \"r1\", ");
	fingerprint_write(f, &t);
	text_add_char(&t, '}');
	char *json = text_take(&t, &err);
	assert_non_null(json);
	return json;
}

static void expect(const struct fingerprint *now, const char *recorded, int same, const char *why)
{
	struct error err;
	HELD(text) reason = {0};
	int result = fingerprint_compare(now, recorded, &reason, &err);
	assert_ok(result, &err);
	assert_int_equal(result, same);
	if (why)
		assert_string_equal(reason.data, why);
}

static void what_was_recorded_is_the_same_again(void **state)
{
	(void)state;
	HELD(fingerprint) f = {0};
	fill(&f, "select 1", "", 3);
	OWNED_MEMORY char *recorded = record(&f);
	expect(&f, recorded, 1, NULL);
}

static void each_difference_is_told_in_words(void **state)
{
	(void)state;
	HELD(fingerprint) before = {0};
	fill(&before, "select 1", "", 3);
	OWNED_MEMORY char *recorded = record(&before);
	HELD(fingerprint) sql = {0};
	fill(&sql, "select 2", "", 3);
	expect(&sql, recorded, 0, "its definition changed");
	HELD(fingerprint) settings = {0};
	fill(&settings, "select 1", "partition_by", 3);
	expect(&settings, recorded, 0, "its settings changed");
	HELD(fingerprint) input = {0};
	fill(&input, "select 1", "", 4);
	expect(&input, recorded, 0, "processing.orders changed (version 3 to 4)");
	HELD(fingerprint) more = {0};
	fill(&more, "select 1", "", 3);
	struct error err;
	assert_ok(fingerprint_add_input(&more, "processing.items", 1, NULL, &err), &err);
	expect(&more, recorded, 0, "it reads other tables");
}

static void an_input_of_another_lake_is_another_input(void **state)
{
	(void)state;
	struct error err;
	HELD(fingerprint) own = {0};
	HELD(fingerprint) other = {0};
	HELD(fingerprint) third = {0};
	fill(&own, "select 1", "", 3);
	assert_ok(fingerprint_add_input(&own, "processing.items", 1, NULL, &err), &err);
	fill(&other, "select 1", "", 3);
	assert_ok(fingerprint_add_input(&other, "processing.items", 1, "/prod \"1\"", &err), &err);
	fill(&third, "select 1", "", 3);
	assert_ok(fingerprint_add_input(&third, "processing.items", 1, "/else", &err), &err);
	OWNED_MEMORY char *of_own = record(&own);
	OWNED_MEMORY char *of_other = record(&other);
	expect(&other, of_other, 1, NULL);
	expect(&own, of_other, 0, "processing.items is in the target's own lake now");
	expect(&other, of_own, 0, "processing.items is read from another lake now");
	expect(&third, of_other, 0, "processing.items is read from another lake now");
}

static void a_commit_of_another_program_is_never_the_same(void **state)
{
	(void)state;
	HELD(fingerprint) f = {0};
	fill(&f, "select 1", "", 3);
	expect(&f, NULL, 0, "it was last written by another program");
}

static int compare_once(void *context, struct error *err)
{
	(void)context;
	HELD(fingerprint) f = {0};
	TRY(fingerprint_set(&f, "select 1", "", "duckdb 1.5.6", err));
	TRY(fingerprint_add_input(&f, "processing.orders", 1, NULL, err));
	HELD(text) recorded = {0};
	text_add(&recorded, "{");
	fingerprint_write(&f, &recorded);
	text_add(&recorded, "}");
	TRY(text_check(&recorded, err));
	HELD(text) reason = {0};
	return fingerprint_compare(&f, recorded.data, &reason, err);
}

static void every_refused_allocation_is_reported(void **state)
{
	(void)state;
	support_sweep_allocations(compare_once, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_recorded_is_the_same_again),
		cmocka_unit_test(each_difference_is_told_in_words),
		cmocka_unit_test(an_input_of_another_lake_is_another_input),
		cmocka_unit_test(a_commit_of_another_program_is_never_the_same),
		cmocka_unit_test(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
