/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <string.h>

#include "base/text.h"
#include "dag/graph.h"

static const char *const names[] = {"processing.raw", "processing.orders", "delivery.sales",
				    "delivery.report", "delivery.raw"};
enum { COUNT = sizeof names / sizeof *names };

/* raw <- orders <- sales <- report; delivery.raw alone. */
static struct graph *make_graph(void)
{
	struct error err;
	struct graph *graph = graph_new();
	for (size_t i = 0; i < COUNT; i++)
		assert_ok(graph_add_task(graph, names[i], &err), &err);
	for (size_t i = 1; i < 4; i++)
		assert_ok(graph_add_need(graph, i, i - 1, &err), &err);
	assert_ok(graph_add_tag(graph, 0, "source", &err), &err);
	assert_ok(graph_add_tag(graph, 2, "daily", &err), &err);
	assert_ok(graph_add_tag(graph, 4, "daily", &err), &err);
	return graph;
}

/* `expected`: a digit for the place of each task marked. */
static void expect_marks(const char *selection, const char *expected)
{
	struct error err;
	OWNED(graph) *graph = make_graph();
	bool marks[COUNT] = {false};
	assert_ok(graph_select(graph, selection, marks, &err), &err);
	char got[COUNT + 1] = "";
	for (size_t i = 0, len = 0; i < COUNT; i++)
		if (marks[i])
			got[len++] = (char)('0' + i);
	assert_string_equal(got, expected);
}

static void expect_failure(const char *selection, enum error_kind kind, const char *message,
			   const char *hint)
{
	struct error err;
	OWNED(graph) *graph = make_graph();
	bool marks[COUNT] = {false};
	assert_fails(graph_select(graph, selection, marks, &err), &err, kind);
	assert_string_equal(err.message, message);
	assert_string_equal(err.hint, hint);
}

static void a_name_selects_one_task(void **state)
{
	(void)state;
	expect_marks("processing.orders", "1");
	expect_marks("orders", "1");
	expect_marks("sales,orders", "12");
	expect_marks(" sales  orders,,report ", "123");
}

static void a_plus_takes_what_hangs_on_it(void **state)
{
	(void)state;
	expect_marks("orders+", "123");
	expect_marks("+orders", "01");
	expect_marks("+sales+", "0123");
	expect_marks("+delivery.raw+", "4");
}

static void a_tag_selects_all_that_carry_it(void **state)
{
	(void)state;
	expect_marks("tag:daily", "24");
	expect_marks("+tag:daily", "0124");
	expect_marks("tag:source+", "0123");
}

static void what_is_not_there_is_named_with_the_nearest(void **state)
{
	(void)state;
	expect_failure("ordrs", ERR_NOT_FOUND, "there is no step \"ordrs\"",
		       "Did you mean \"processing.orders\"?");
	expect_failure("delivery.slaes+", ERR_NOT_FOUND, "there is no step \"delivery.slaes\"",
		       "Did you mean \"delivery.sales\"?");
	expect_failure("zzzzzzz", ERR_NOT_FOUND, "there is no step \"zzzzzzz\"",
		       "`vitrine plan` lists the steps.");
	expect_failure("tag:dialy", ERR_NOT_FOUND, "no step has the tag \"dialy\"",
		       "Did you mean \"tag:daily\"?");
	expect_failure("tag:xxxxxxxxx", ERR_NOT_FOUND, "no step has the tag \"xxxxxxxxx\"", "");
}

static void a_short_name_that_fits_two_is_refused(void **state)
{
	(void)state;
	expect_failure("raw", ERR_NOT_FOUND, "\"raw\" may mean processing.raw or delivery.raw",
		       "Write one of them with its database.");
}

static void a_selection_of_nothing_is_a_usage_error(void **state)
{
	(void)state;
	static const char hint[] = "Write names such as orders, orders+, +orders or tag:daily, "
				   "separated by commas.";
	expect_failure("", ERR_USAGE, "an empty selection", "");
	expect_failure(" , ", ERR_USAGE, "an empty selection", "");
	expect_failure("+", ERR_USAGE, "a selection without a name", hint);
	expect_failure("++", ERR_USAGE, "a selection without a name", hint);
	expect_failure("orders++", ERR_USAGE, "a selection without a name", hint);
	expect_failure("tag:", ERR_USAGE, "a selection without a name", hint);
}

static void an_alias_finds_and_selects_its_task(void **state)
{
	struct error err;
	bool marks[COUNT] = {false};
	(void)state;
	OWNED(graph) *graph = make_graph();
	assert_ok(graph_add_alias(graph, 2, "delivery.shelf", &err), &err);
	assert_int_equal(graph_find(graph, "delivery.shelf"), 2);
	assert_ok(graph_select(graph, "shelf+", marks, &err), &err);
	assert_true(marks[2] && marks[3] && !marks[0] && !marks[1] && !marks[4]);
	assert_int_equal(graph_add_task(graph, "delivery.shelf", &err), -1);
	assert_int_equal(graph_add_alias(graph, 0, "delivery.sales", &err), -1);
	assert_int_equal(graph_select(graph, "shelv", marks, &err), -1);
	assert_string_equal(err.hint, "Did you mean \"delivery.shelf\"?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_selects_one_task),
		cmocka_unit_test(a_plus_takes_what_hangs_on_it),
		cmocka_unit_test(a_tag_selects_all_that_carry_it),
		cmocka_unit_test(what_is_not_there_is_named_with_the_nearest),
		cmocka_unit_test(a_short_name_that_fits_two_is_refused),
		cmocka_unit_test(an_alias_finds_and_selects_its_task),
		cmocka_unit_test(a_selection_of_nothing_is_a_usage_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
