/* SPDX-License-Identifier: Apache-2.0 */
/* examples/olist as a project: that it reads, and that it says all that an analyst needs. What its
 * SQL computes is tests/olist's matter. */
#include "support/support.h"

#include <string.h>

#include "engine/sql.h"
#include "pipeline/project.h"

static int set_up(void **state)
{
	struct error err;
	struct project *project = NULL;
	assert_ok(project_open(TEST_SOURCE_ROOT "/examples/olist", NULL, &project, &err), &err);
	*state = project;
	return 0;
}

static int tear_down(void **state)
{
	project_close(*state);
	return 0;
}

static void every_source_and_table_is_there(void **state)
{
	static const char *const delivery[] = {"aggregate",
					       "baskets",
					       "cohort_retention",
					       "customers",
					       "delivery_performance",
					       "order_items_enriched",
					       "payments_mix",
					       "price_band_affinity",
					       "products_performance",
					       "recommendations",
					       "recommender_report",
					       "reviews_summary",
					       "sales_by_category",
					       "sales_by_state",
					       "sales_daily",
					       "sales_monthly",
					       "sellers_performance",
					       "similar_products"};
	static const char *const processing[] = {"aggregate",   "customers", "geolocation",
						 "order_items", "orders",    "payments",
						 "products",    "reviews",   "sellers"};
	const struct project *project = *state;
	assert_int_equal(project->source_count, 9);
	for (size_t i = 0; i < sizeof delivery / sizeof *delivery; i++)
		assert_non_null(project_model(project, "delivery", delivery[i]));
	for (size_t i = 0; i < sizeof processing / sizeof *processing; i++)
		assert_non_null(project_model(project, "processing", processing[i]));
}

static void every_table_and_column_is_described(void **state)
{
	const struct project *project = *state;
	for (size_t i = 0; i < project->source_count; i++) {
		const struct source *source = &project->sources[i];
		assert_true(strlen(source->description) > 20);
		for (size_t j = 0; j < source->column_count; j++)
			if (strlen(source->columns[j].description) < 5)
				fail_msg("%s.%s", source->name, source->columns[j].name);
	}
	for (size_t i = 0; i < project->model_count; i++) {
		const struct model *model = &project->models[i];
		assert_true(strlen(model->summary) > 20);
		assert_true(model->column_count >= 4);
		assert_true(model->checks.count > 0);
		for (size_t j = 0; j < model->column_count; j++)
			if (strlen(model->columns[j].description) < 3)
				fail_msg("%s.%s", model->name, model->columns[j].name);
	}
	for (size_t i = 0; i < project->check_count; i++)
		assert_non_null(project->checks[i].description);
}

static void persons_are_marked_as_personal(void **state)
{
	const struct source *customers = project_source(*state, "olist_customers");
	assert_true(source_column_named(customers, "customer_unique_id")->personal);
	assert_true(source_column_named(customers, "customer_zip_code_prefix")->personal);
	assert_false(source_column_named(customers, "customer_state")->personal);
	assert_string_equal(customers->subject, "customer_unique_id");
	const struct source *reviews = project_source(*state, "olist_order_reviews");
	assert_true(source_column_named(reviews, "review_comment_message")->personal);
}

/* What a model reads must follow from its inputs alone. */
static void no_model_depends_on_the_day_it_runs(void **state)
{
	const struct project *project = *state;
	OWNED(sql_parser) *parser = NULL;
	struct error err;
	assert_ok(sql_parser_open(&parser, &err), &err);
	for (size_t i = 0; i < project->model_count; i++) {
		OWNED(sql_statement) *statement = NULL;
		assert_ok(sql_parse(parser, project->models[i].sql, &statement, &err), &err);
		if (statement->volatile_name)
			fail_msg("%s: %s", project->models[i].path, statement->volatile_name);
		for (size_t j = 0; j < statement->reference_count; j++)
			assert_string_not_equal(statement->references[j].schema, "");
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_source_and_table_is_there),
		CASE(every_table_and_column_is_described),
		CASE(persons_are_marked_as_personal),
		CASE(no_model_depends_on_the_day_it_runs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
