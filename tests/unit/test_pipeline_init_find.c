/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "pipeline/init_parts.h"
#include "pipeline/source_files.h"

static int set_up(void **state)
{
	*state = support_make_folder();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	support_remove_folder(*state);
	return 0;
}

static void write_below(const char *folder, const char *path)
{
	struct error err;
	OWNED_MEMORY char *full = file_join(folder, path, &err);
	char *slash = strrchr(full, '/');
	*slash = '\0';
	assert_ok(file_make_folders(full, 0700, &err), &err);
	support_write_file(full, slash + 1, "a,b\n1,2\n");
}

/* "path+path path": series parted by blanks, their files by "+". */
static void check_found(const char *folder, bool skip_own, const char *expected)
{
	struct error err;
	HELD(text) t = {0};
	HELD(init_series_list) list = {0};
	OWNED(arena) *arena = arena_new();
	assert_ok(init_find_files(folder, skip_own, arena, &list, &err), &err);
	for (size_t i = 0; i < list.count; i++)
		for (size_t n = 0; n < list.items[i].count; n++)
			text_addf(&t, "%s%s", n ? "+" : i ? " " : "", list.items[i].paths[n]);
	assert_string_equal(t.data ? t.data : "", expected);
}

static void files_are_found_by_their_endings(void **state)
{
	static const char *const paths[] = {"a.csv",     "b.TSV",     "c.csv.gz",      "d.txt.zst",
					    "e.json",    "f",         ".g.csv",        "h.csv.part",
					    ".csv",      "x/y/i.psv", ".hidden/j.csv", "k.csv.ok",
					    "README.md", "l.parquet"};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		write_below(*state, paths[i]);
	check_found(*state, false, "a.csv b.TSV c.csv.gz d.txt.zst x/y/i.psv");
}

static void a_projects_own_folders_are_passed_over(void **state)
{
	static const char *const paths[] = {"lake/landing/a.csv", "models/b.csv", "lake-dev/c.csv",
					    "in/lake/d.csv", "sources/e.csv"};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		write_below(*state, paths[i]);
	check_found(*state, true, "in/lake/d.csv");
}

static void links_to_folders_are_not_followed(void **state)
{
	struct error err;
	OWNED_MEMORY char *link = file_join(*state, "circle", &err);
	OWNED_MEMORY char *file = file_join(*state, "link.csv", &err);
	write_below(*state, "a.csv");
	assert_int_equal(symlink(*state, link), 0);
	assert_int_equal(symlink("a.csv", file), 0);
	check_found(*state, false, "a.csv link.csv");
}

static void names_that_differ_in_digits_are_a_series(void **state)
{
	static const char *const paths[] = {"orders-2024-01.csv", "orders-2024-02.csv",
					    "orders-2023-12.csv", "orders.csv", "items1.csv"};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		write_below(*state, paths[i]);
	check_found(
		*state, false,
		"items1.csv orders-2023-12.csv+orders-2024-01.csv+orders-2024-02.csv orders.csv");
}

static void a_series_has_one_pattern_and_one_name(void **state)
{
	static const struct {
		const char *paths[3];
		const char *pattern, *name;
	} rows[] = {
		{{"orders.csv"}, "orders.csv", "orders"},
		{{"in/orders_2024.csv.gz"}, "in/orders_2024.csv.gz", "orders_2024"},
		{{"orders-2024-01.csv", "orders-2024-02.csv"},
		 "orders-2024-{part}.csv",
		 "orders-2024-"},
		{{"orders-2023-12.csv", "orders-2024-02.csv"}, "orders-{part}.csv", "orders-"},
		{{"orders19.csv", "orders109.csv"}, "orders{part}.csv", "orders"},
		{{"2023/orders.csv", "2024/orders.csv"}, "{part}/orders.csv", "orders"},
		{{"2023/12/o.csv", "2024/01/o.csv"}, "{part1}/{part2}/o.csv", "o"},
		{{"a1b1.csv", "a2b2.csv"}, "a{part}.csv", "a"},
		{{"1.csv", "2.csv"}, "{part}.csv", "1"},
		{{"odd {x}*.csv"}, "odd ?x??.csv", "odd {x}*"},
	};
	OWNED(arena) *arena = arena_new();
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct init_series series = {.paths = (const char **)(uintptr_t)rows[i].paths};
		while (series.count < 3 && rows[i].paths[series.count])
			series.count++;
		const char *pattern = init_pattern(&series, arena);
		assert_string_equal(pattern, rows[i].pattern);
		assert_string_equal(init_name(&series, arena), rows[i].name);
		for (size_t n = 0; n < series.count; n++) {
			struct error err;
			assert_int_equal(source_match(pattern, series.paths[n], NULL, &err), 1);
		}
	}
}

static int find(void *context, struct error *err)
{
	HELD(init_series_list) list = {0};
	OWNED(arena) *arena = arena_new();
	if (!arena)
		return err_memory(err);
	return init_find_files(context, false, arena, &list, err);
}

static void every_refused_allocation_is_told(void **state)
{
	write_below(*state, "a1.csv");
	write_below(*state, "x/a2.csv");
	support_sweep_allocations(find, *state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(files_are_found_by_their_endings, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_projects_own_folders_are_passed_over, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(links_to_folders_are_not_followed, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(names_that_differ_in_digits_are_a_series, set_up,
						tear_down),
		cmocka_unit_test(a_series_has_one_pattern_and_one_name),
		cmocka_unit_test_setup_teardown(every_refused_allocation_is_told, set_up,
						tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
