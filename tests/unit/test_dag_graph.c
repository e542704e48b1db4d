/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "dag/graph.h"

/* "a>b" for "a needs b", separated by blanks; tasks are those of `names`, one letter each. */
static struct graph *make_graph(const char *names, const char *needs)
{
	struct error err;
	struct graph *graph = graph_new();
	assert_non_null(graph);
	for (const char *c = names; *c; c++)
		assert_ok(graph_add_task(graph, (char[]){*c, 0}, &err), &err);
	for (const char *c = needs; *c; c++) {
		if (*c != '>')
			continue;
		assert_ok(graph_add_need(graph, (size_t)graph_find(graph, (char[]){c[-1], 0}),
					 (size_t)graph_find(graph, (char[]){c[1], 0}), &err),
			  &err);
	}
	return graph;
}

static void expect_order(const char *names, const char *needs, const char *expected)
{
	struct error err;
	OWNED(graph) *graph = make_graph(names, needs);
	const size_t *order;
	assert_ok(graph_order(graph, &order, &err), &err);
	HELD(text) got = {0};
	for (size_t i = 0; i < graph_count(graph); i++)
		text_add(&got, graph_name(graph, order[i]));
	assert_string_equal(got.data, expected);
}

static void expect_cycle(const char *names, const char *needs, const char *expected)
{
	struct error err;
	OWNED(graph) *graph = make_graph(names, needs);
	const size_t *order;
	assert_fails(graph_order(graph, &order, &err), &err, ERR_PROJECT);
	assert_string_equal(err.message, expected);
}

static void what_is_needed_comes_first_and_else_what_was_added_first(void **state)
{
	(void)state;
	expect_order("abc", "", "abc");
	expect_order("abc", "a>b b>c", "cba");
	expect_order("abcd", "a>c b>d", "cadb");
	expect_order("abcdef", "f>a a>e", "bcdeaf");
	expect_order("hgfedcba", "h>a g>h f>a f>h", "edcbahgf");
}

static void needing_twice_is_needing_once(void **state)
{
	(void)state;
	OWNED(graph) *graph = make_graph("ab", "a>b a>b a>b");
	size_t count;
	const size_t *needs = graph_needs(graph, 0, &count);
	assert_int_equal(count, 1);
	assert_int_equal(needs[0], 1);
	assert_int_equal(graph_needed_by(graph, 1, &count)[0], 0);
	assert_int_equal(count, 1);
}

static void a_cycle_is_written_out(void **state)
{
	(void)state;
	expect_cycle("a", "a>a", "a cycle: a needs a");
	expect_cycle("abcd", "a>b b>c c>a d>a", "a cycle: a needs b, b needs c, c needs a");
	/* Tasks that only hang on the cycle are not named. */
	expect_cycle("xyabc", "x>y y>b b>c c>b a>x", "a cycle: b needs c, c needs b");
	expect_cycle("abcdefghijklmn", "a>b b>c c>d d>e e>f f>g g>h h>i i>j j>k k>l l>m m>n n>a",
		     "a cycle: a needs b, b needs c, c needs d, d needs e, e needs f, f needs g, "
		     "g needs h, h needs i, i needs j, j needs k, k needs l, l needs m, and so on "
		     "through 14 steps");
}

static void an_edge_added_later_is_ordered_again(void **state)
{
	(void)state;
	struct error err;
	OWNED(graph) *graph = make_graph("ab", "");
	const size_t *order;
	assert_ok(graph_order(graph, &order, &err), &err);
	assert_ok(graph_add_need(graph, 0, 1, &err), &err);
	assert_ok(graph_order(graph, &order, &err), &err);
	assert_int_equal(order[0], 1);
	assert_ok(graph_add_need(graph, 1, 0, &err), &err);
	assert_fails(graph_order(graph, &order, &err), &err, ERR_PROJECT);
}

static void a_name_is_taken_once(void **state)
{
	(void)state;
	struct error err;
	OWNED(graph) *graph = make_graph("ab", "");
	assert_fails(graph_add_task(graph, "b", &err), &err, ERR_PROJECT);
	assert_int_equal(graph_count(graph), 2);
	assert_int_equal(graph_find(graph, "b"), 1);
	assert_int_equal(graph_find(graph, "c"), -1);
}

static void marking_goes_all_the_way_and_keeps_marks(void **state)
{
	(void)state;
	struct error err;
	OWNED(graph) *graph = make_graph("abcdef", "a>b b>c c>d e>b");
	bool marks[6] = {false};
	marks[2] = true; /* already marked: still walked through */
	assert_ok(graph_mark_ancestors(graph, 0, marks, &err), &err);
	assert_memory_equal(marks, ((bool[]){false, true, true, true, false, false}), 6);
	bool after[6] = {false};
	assert_ok(graph_mark_descendants(graph, 2, after, &err), &err);
	assert_memory_equal(after, ((bool[]){true, true, false, false, true, false}), 6);
}

static int build_and_order(void *context, struct error *err)
{
	(void)context;
	OWNED(graph) *graph = graph_new();
	if (!graph)
		return err_memory(err);
	for (int i = 0; i < 20; i++) {
		char name[8] = {(char)('a' + i)};
		TRY(graph_add_task(graph, name, err));
		TRY(graph_add_tag(graph, (size_t)i, "daily", err));
		if (i > 0)
			TRY(graph_add_need(graph, (size_t)i, 0, err));
	}
	const size_t *order;
	TRY(graph_order(graph, &order, err));
	bool marks[20] = {false};
	TRY(graph_mark_descendants(graph, 0, marks, err));
	TRY(graph_select(graph, "+b, tag:daily", marks, err));
	TRY(graph_add_need(graph, 0, 5, err));
	struct error cycle;
	if (graph_order(graph, &order, &cycle) < 0 && cycle.kind == ERR_MEMORY)
		return err_memory(err);
	return 0;
}

static void every_refused_allocation_is_reported(void **state)
{
	(void)state;
	support_sweep_allocations(build_and_order, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_needed_comes_first_and_else_what_was_added_first),
		cmocka_unit_test(needing_twice_is_needing_once),
		cmocka_unit_test(a_cycle_is_written_out),
		cmocka_unit_test(an_edge_added_later_is_ordered_again),
		cmocka_unit_test(a_name_is_taken_once),
		cmocka_unit_test(marking_goes_all_the_way_and_keeps_marks),
		cmocka_unit_test(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
