/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include "delta/schema.h"
#include "pipeline/personal_mark.h"

static void a_mark_comes_and_goes_and_leaves_the_rest(void **state)
{
	(void)state;
	struct error err;
	HELD(delta_schema) schema = {0};
	assert_ok(delta_schema_parse("{\"type\":\"struct\",\"fields\":[{\"name\":\"a\",\"type\":"
				     "\"long\",\"nullable\":true,\"metadata\":{\"comment\":\"A.\","
				     "\"x\":[1],\"vitrine.personal\":false}}]}",
				     &schema, &err),
		  &err);
	struct delta_column *column = &schema.columns[0];
	assert_false(personal_is_marked(column));
	assert_ok(personal_mark(column, true, &err), &err);
	assert_true(personal_is_marked(column));
	assert_string_equal(column->metadata_json, "{\"vitrine.personal\":\"true\",\"x\":[1]}");
	assert_string_equal(column->comment, "A.");
	assert_ok(personal_mark(column, false, &err), &err);
	assert_string_equal(column->metadata_json, "{\"x\":[1]}");
}

static void columns_are_marked_like_those_of_the_same_name(void **state)
{
	(void)state;
	struct error err;
	HELD(delta_schema) schema = {0};
	HELD(delta_schema) like = {0};
	assert_ok(delta_schema_add(&schema, "a", "long", "", &err), &err);
	assert_ok(delta_schema_add(&schema, "b", "long", "", &err), &err);
	assert_ok(delta_schema_add(&like, "b", "long", "", &err), &err);
	assert_int_equal(personal_mark_like(&schema, &like, &err), 0);
	assert_ok(personal_mark(&like.columns[0], true, &err), &err);
	assert_ok(personal_mark(&schema.columns[0], true, &err), &err);
	assert_int_equal(personal_mark_like(&schema, &like, &err), 1);
	assert_true(personal_is_marked(&schema.columns[0]));
	assert_true(personal_is_marked(&schema.columns[1]));
	assert_ok(personal_mark(&schema.columns[1], false, &err), &err);
	assert_null(schema.columns[1].metadata_json);
}

static int mark_once(void *context, struct error *err)
{
	(void)context;
	HELD(delta_schema) schema = {0};
	TRY(delta_schema_add(&schema, "a", "long", "", err));
	TRY(personal_mark(&schema.columns[0], true, err));
	return personal_mark(&schema.columns[0], false, err);
}

static void every_refused_allocation_is_reported(void **state)
{
	(void)state;
	support_sweep_allocations(mark_once, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mark_comes_and_goes_and_leaves_the_rest),
		cmocka_unit_test(columns_are_marked_like_those_of_the_same_name),
		cmocka_unit_test(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
