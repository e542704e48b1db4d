/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/source_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "support/support.h"

/* NULL = it does not match; else the logical name. */
static void expect_match(const char *pattern, const char *path, const char *logical)
{
	struct error err = {0};
	char *found = NULL;
	int result = source_match(pattern, path, &found, &err);
	assert_ok(result, &err);
	if (!logical && result)
		fail_msg("%s matches %s", pattern, path);
	if (logical && !result)
		fail_msg("%s does not match %s", pattern, path);
	if (logical)
		assert_string_equal(found, logical);
	assert_int_equal(source_match(pattern, path, NULL, &err), result);
	free(found);
}

static void a_plain_path_matches_itself(void **state)
{
	(void)state;
	expect_match("in/orders.csv", "in/orders.csv", "orders.csv");
	expect_match("orders.csv", "orders.csv", "orders.csv");
	expect_match("./in//orders.csv", "in/./orders.csv", "orders.csv");
	expect_match("/data/in/orders.csv", "/data/in/orders.csv", "orders.csv");
	expect_match("in/orders.csv", "in/Orders.csv", NULL);
	expect_match("in/orders.csv", "orders.csv", NULL);
	expect_match("in/orders.csv", "in/orders.csv/x", NULL);
	expect_match("in/orders.csv", "/in/orders.csv", NULL);
	expect_match("/in/orders.csv", "in/orders.csv", NULL);
	expect_match("in/orders.csv", "", NULL);
	expect_match("in/*", "in/", NULL);
}

static void stars_stay_within_a_part(void **state)
{
	(void)state;
	expect_match("in/*.csv", "in/a.csv", "a.csv");
	expect_match("in/*.csv", "in/b/a.csv", NULL);
	expect_match("in/*/a.csv", "in/b/a.csv", "b/a.csv");
	expect_match("in/o*r*s.csv", "in/orders.csv", "orders.csv");
	expect_match("in/*a*b*c*", "in/xxaxxbxxbxxc", "xxaxxbxxbxxc");
	expect_match("in/*a*b*c", "in/abcabcab", NULL);
	expect_match("in/?.csv", "in/a.csv", "a.csv");
	expect_match("in/?.csv", "in/é.csv", "é.csv");
	expect_match("in/?.csv", "in/.csv", NULL);
	expect_match("in/?.csv", "in/ab.csv", NULL);
	expect_match("*", "a", "a");
}

static void two_stars_mean_any_folders(void **state)
{
	(void)state;
	expect_match("in/**/a.csv", "in/a.csv", "a.csv");
	expect_match("in/**/a.csv", "in/x/y/a.csv", "x/y/a.csv");
	expect_match("**/a.csv", "a.csv", "a.csv");
	expect_match("/**/a.csv", "/x/a.csv", "x/a.csv");
	expect_match("in/**/x/*.csv", "in/x/y/x/a.csv", "x/y/x/a.csv");
	expect_match("in/**/x/**/*.csv", "in/q/x/w/e/a.csv", "q/x/w/e/a.csv");
	expect_match("in/**/x/*.csv", "in/x/y/a.csv", NULL);
	expect_match("**/*", "a/b/c", "a/b/c");
}

static void captures_are_the_logical_name(void **state)
{
	(void)state;
	expect_match("in/{state}-{day}.csv", "in/SP-2026-01-05.csv", "SP-2026-01-05");
	expect_match("in/{day}/orders*.csv", "in/2026-01-05/orders-sent-twice.csv", "2026-01-05");
	expect_match("{year}/{month}/o_*_{part}.csv", "2026/01/o_x_7.csv", "2026-01-7");
	expect_match("in/a{x}b.csv", "in/ab.csv", NULL);
	expect_match("in/a{x}b.csv", "in/abb.csv", "b");
	expect_match("in/{x}a{y}.csv", "in/aaa.csv", "a-a");
	expect_match("in/**/{x}.csv", "in/p/q/é.csv", "é");
	expect_match("in/*{x}", "in/abc", "abc");
}

static void unfinished_and_hidden_files_never_match(void **state)
{
	(void)state;
	expect_match("in/*", "in/.a.csv", NULL);
	expect_match("in/.a.csv", "in/.a.csv", NULL);
	expect_match("in/*", "in/a.part", NULL);
	expect_match("in/a.tmp", "in/a.tmp", NULL);
	expect_match("in/*", "in/a.csv.ok", NULL);
	expect_match("in/*", "in/a.parts", "a.parts");
	expect_match("in/*/a", "in/.x/a", NULL);
	expect_match("in/**/a", "in/.x/a", NULL);
	expect_match("in/**/a", "in/x/.y/z/a", NULL);
	expect_match("in/?x/a", "in/.x/a", NULL);
	expect_match("in/.x/a", "in/.x/a", "a");
	expect_match("in/.*/a", "in/.x/a", ".x/a");
}

static void expect_refused(const char *pattern, enum error_kind kind)
{
	struct error err = {0};
	if (source_pattern_check(pattern, &err) >= 0)
		fail_msg("%s is taken", pattern);
	if (err.kind != kind)
		fail_msg("%s: %s", pattern, err.message);
}

static void malformed_patterns_are_refused(void **state)
{
	static const char *const wrong[] = {"",        "/",    ".",    "a/../b",  "..",
					    "a/{x",    "a/x}", "a/{}", "a/{X}",   "a/{x}{y}",
					    "a/b**/c", "a/**", "a/",   "a/{x/y}", "**"};
	char deep[512] = "a";
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		expect_refused(wrong[i], ERR_PROJECT);
	for (int i = 0; i < 60; i++)
		strcat(deep, "/a");
	expect_refused(deep, ERR_LIMIT);
}

/* ---- on disk ---- */

static char *list(const char *root, const char *pattern)
{
	HELD(source_files) files = {0};
	struct error err;
	struct text t = {0};
	assert_ok(source_expand(root, pattern, &files, &err), &err);
	for (size_t i = 0; i < files.count; i++) {
		assert_true(text_starts(files.items[i].path, root));
		text_addf(&t, "%s=%s ", files.items[i].path + strlen(root) + 1,
			  files.items[i].logical);
	}
	return text_take(&t, &err);
}

static void expect_list(const char *root, const char *pattern, const char *expected)
{
	char *found = list(root, pattern);
	assert_string_equal(found, expected);
	free(found);
}

static void files_are_found_in_order(void **state)
{
	char *root = support_make_folder();
	static const char *const names[] = {
		"in/b.csv",      "in/a.csv",      "in/x/c.csv",  "in/x/y/d.csv", "in/.hidden.csv",
		"in/.git/e.csv", "in/f.csv.part", "in/a.csv.ok", "in/other.txt", "out/g.csv"};
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		support_write_file(root, names[i], "x");
	expect_list(root, "in/*.csv", "in/a.csv=a.csv in/b.csv=b.csv ");
	expect_list(root, "in/**/*.csv",
		    "in/a.csv=a.csv in/b.csv=b.csv in/x/c.csv=x/c.csv in/x/y/d.csv=x/y/d.csv ");
	expect_list(root, "*/{name}.csv", "in/a.csv=a in/b.csv=b out/g.csv=g ");
	expect_list(root, "in/.git/*.csv", "in/.git/e.csv=e.csv ");
	expect_list(root, "in/a.csv", "in/a.csv=a.csv ");
	expect_list(root, "in/none.csv", "");
	expect_list(root, "nowhere/*.csv", "");
	expect_list(root, "in/a.csv/*.csv", "");
	expect_list(root, "in/x", "");
	support_remove_folder(root);
}

static void an_absolute_pattern_needs_no_root(void **state)
{
	char *root = support_make_folder(), pattern[512];
	HELD(source_files) files = {0};
	struct error err;
	(void)state;
	support_write_file(root, "in/a.csv", "12345");
	snprintf(pattern, sizeof pattern, "%s/*/a.csv", root);
	assert_ok(source_expand("/nowhere", pattern, &files, &err), &err);
	assert_int_equal(files.count, 1);
	assert_string_equal(files.items[0].logical, "in/a.csv");
	assert_int_equal(files.items[0].size, 5);
	assert_true(files.items[0].mtime_us > 1000000000000000);
	support_remove_folder(root);
}

static void make_link(const char *root, const char *to, const char *name)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", root, name);
	assert_int_equal(symlink(to, path), 0);
}

static void links_lead_to_files_not_to_folders(void **state)
{
	char *root = support_make_folder(), path[512];
	(void)state;
	support_write_file(root, "in/real/a.csv", "x");
	make_link(root, "real/a.csv", "in/link.csv");
	make_link(root, "nothing", "in/dangling.csv");
	make_link(root, "real", "in/linked");
	make_link(root, "..", "in/round");
	make_link(root, "in", "named");
	snprintf(path, sizeof path, "%s/in/pipe.csv", root);
	assert_int_equal(mkfifo(path, 0600), 0);
	expect_list(root, "in/**/*.csv", "in/link.csv=link.csv in/real/a.csv=real/a.csv ");
	expect_list(root, "named/real/*.csv", "named/real/a.csv=a.csv "); /* said by name */
	support_remove_folder(root);
}

static void a_folder_that_may_not_be_read_is_an_error(void **state)
{
	char *root = support_make_folder(), path[512];
	HELD(source_files) files = {0};
	struct error err = {0};
	(void)state;
	support_write_file(root, "in/shut/a.csv", "x");
	snprintf(path, sizeof path, "%s/in/shut", root);
	chmod(path, 0);
	if (geteuid() != 0) {
		assert_fails(source_expand(root, "in/*/a.csv", &files, &err), &err, ERR_DENIED);
		assert_int_equal(files.count, 0);
	}
	chmod(path, 0700);
	support_remove_folder(root);
}

static void folders_too_deep_are_an_error(void **state)
{
	char *root = support_make_folder();
	HELD(source_files) files = {0};
	HELD(text) name = {0};
	struct error err = {0};
	(void)state;
	for (int i = 0; i < 101; i++)
		text_add(&name, "d/");
	text_add(&name, "a.csv");
	support_write_file(root, name.data, "x");
	assert_fails(source_expand(root, "**/a.csv", &files, &err), &err, ERR_LIMIT);
	expect_list(root, "*/a.csv", ""); /* only as deep as the pattern */
	support_remove_folder(root);
}

static int expand_some(void *context, struct error *err)
{
	HELD(source_files) files = {0};
	return source_expand(context, "**/{x}.csv", &files, err);
}

static void refused_memory_is_told(void **state)
{
	char *root = support_make_folder();
	(void)state;
	support_write_file(root, "in/a.csv", "x");
	support_write_file(root, "in/b.csv", "x");
	support_sweep_allocations(expand_some, root);
	support_remove_folder(root);
}

/* ---- whether a file is finished ---- */

static void a_file_is_settled_when_it_stood_still(void **state)
{
	const int64_t s = 1000000, now = 1000 * s;
	struct source_sighting seen = {.size = 5, .mtime_us = now - 3 * s, .at_us = now};
	struct source_sighting before = seen;
	(void)state;
	assert_true(source_is_settled(&seen, NULL, false, 3 * s));
	assert_false(source_is_settled(&seen, NULL, false, 4 * s));
	assert_true(source_is_settled(&seen, NULL, true, 4 * s)); /* its .ok is there */
	assert_true(source_is_settled(&seen, NULL, false, 0));
	before.at_us = now - 4 * s;
	assert_true(source_is_settled(&seen, &before, false, 4 * s));
	before.size = 4;
	assert_false(source_is_settled(&seen, &before, false, 3 * s));
	before.size = 5;
	before.mtime_us--;
	assert_false(source_is_settled(&seen, &before, false, 3 * s));
}

static void a_time_in_the_future_is_no_age(void **state)
{
	const int64_t s = 1000000, now = 1000 * s;
	struct source_sighting seen = {.size = 5, .mtime_us = now + 60 * s, .at_us = now};
	struct source_sighting before = seen;
	(void)state;
	assert_false(source_is_settled(&seen, NULL, false, s));
	before.at_us = now - 2 * s;
	assert_true(source_is_settled(&seen, &before, false, s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_path_matches_itself),
		cmocka_unit_test(stars_stay_within_a_part),
		cmocka_unit_test(two_stars_mean_any_folders),
		cmocka_unit_test(captures_are_the_logical_name),
		cmocka_unit_test(unfinished_and_hidden_files_never_match),
		cmocka_unit_test(malformed_patterns_are_refused),
		cmocka_unit_test(files_are_found_in_order),
		cmocka_unit_test(an_absolute_pattern_needs_no_root),
		cmocka_unit_test(links_lead_to_files_not_to_folders),
		cmocka_unit_test(a_folder_that_may_not_be_read_is_an_error),
		cmocka_unit_test(folders_too_deep_are_an_error),
		cmocka_unit_test(refused_memory_is_told),
		cmocka_unit_test(a_file_is_settled_when_it_stood_still),
		cmocka_unit_test(a_time_in_the_future_is_no_age),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
