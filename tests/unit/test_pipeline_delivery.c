/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>

#include "pipeline/delivery.h"

/* "name:content name:content ..." as a delivery; a content's hash is its letter, 64 times. */
static void fill(struct delivery *delivery, const char *files)
{
	struct error err;
	char name[16], content;
	int used;
	for (; sscanf(files, " %15[^:]:%c%n", name, &content, &used) == 2; files += used) {
		char sha256[HASH_HEX_SIZE] = {0};
		memset(sha256, content, HASH_HEX_SIZE - 1);
		assert_ok(delivery_add(delivery, name, sha256, "path", NULL, 1, &err), &err);
	}
}

/* What is to be loaded, by name in order; a resend is marked with '*'. */
static void expect(const char *found, const char *current, enum source_load load,
		   enum source_resend resend, bool has_captures, const char *wanted)
{
	struct error err;
	HELD(delivery) there = {0};
	HELD(delivery) loaded = {0};
	fill(&there, found);
	fill(&loaded, current);
	assert_ok(delivery_decide(&there, &loaded, load, resend, has_captures, &err), &err);
	char got[256] = "";
	for (size_t i = 0; i < there.count; i++)
		if (there.files[i].is_new)
			snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s%s",
				 *got ? " " : "", there.files[i].logical,
				 there.files[i].is_resend ? "*" : "");
	assert_string_equal(got, wanted);
}

static void what_is_loaded_is_not_loaded_again(void **state)
{
	(void)state;
	expect("a:1 b:2", "a:1", LOAD_APPEND, RESEND_NEW, false, "b");
	expect("a:1", "a:1", LOAD_REPLACE, RESEND_NEW, false, "");
	expect("", "a:1", LOAD_APPEND, RESEND_NEW, false, "");
}

static void the_same_content_under_another_name_is_already_loaded(void **state)
{
	(void)state;
	expect("renamed:1", "a:1", LOAD_APPEND, RESEND_NEW, false, "");
	expect("renamed:1", "a:1", LOAD_REPLACE, RESEND_NEW, false, "");
	expect("a:1 copy:1", "", LOAD_APPEND, RESEND_NEW, false, "a");
}

static void replacing_takes_the_whole_newest_delivery(void **state)
{
	(void)state;
	expect("a:1 b:3", "a:1 b:2", LOAD_REPLACE, RESEND_NEW, false, "a b");
	expect("a:1", "a:1 b:2", LOAD_REPLACE, RESEND_NEW, false, "a");
}

static void with_captures_the_greatest_is_the_newest_delivery(void **state)
{
	(void)state;
	expect("day-02:2 day-01:1", "day-01:1", LOAD_REPLACE, RESEND_NEW, true, "day-02");
	expect("day-02:2 day-01:1", "day-02:2", LOAD_REPLACE, RESEND_NEW, true, "");
}

static void a_known_name_with_other_content_is_a_resend(void **state)
{
	(void)state;
	expect("a:2", "a:1", LOAD_APPEND, RESEND_NEW, false, "a*");
	expect("a:2", "a:1", LOAD_MERGE, RESEND_REPLACE, false, "a*");
	struct error err;
	HELD(delivery) there = {0};
	HELD(delivery) loaded = {0};
	fill(&there, "a:2");
	fill(&loaded, "a:1");
	assert_fails(delivery_decide(&there, &loaded, LOAD_APPEND, RESEND_ERROR, false, &err), &err,
		     ERR_REFUSED);
}

static void two_contents_under_one_name_are_refused(void **state)
{
	(void)state;
	struct error err;
	HELD(delivery) there = {0};
	HELD(delivery) loaded = {0};
	fill(&there, "a:1 a:2");
	assert_fails(delivery_decide(&there, &loaded, LOAD_APPEND, RESEND_NEW, false, &err), &err,
		     ERR_REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_loaded_is_not_loaded_again),
		cmocka_unit_test(the_same_content_under_another_name_is_already_loaded),
		cmocka_unit_test(replacing_takes_the_whole_newest_delivery),
		cmocka_unit_test(with_captures_the_greatest_is_the_newest_delivery),
		cmocka_unit_test(a_known_name_with_other_content_is_a_resend),
		cmocka_unit_test(two_contents_under_one_name_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
