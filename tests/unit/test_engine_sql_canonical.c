/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdlib.h>

#include "engine/sql.h"

static void assert_canonical(const char *text, const char *expected)
{
	struct error err;
	char *canonical;
	assert_ok(sql_canonical(text, &canonical, &err), &err);
	assert_string_equal(canonical, expected);
	free(canonical);
}

static void comments_space_and_case_of_keywords_do_not_count(void **state)
{
	(void)state;
	assert_canonical("-- what it is\nSELECT  a,\n\tb /* two */ From t Group  BY a, b;;\n",
			 "select a , b from t group by a , b");
	assert_canonical("Sum(x) over (partition BY y)", "sum ( x ) over ( partition by y )");
}

static void names_literals_and_quotes_stay(void **state)
{
	(void)state;
	assert_canonical("select Price as By, 'A  b', \"Two Words\", $$ x $$ from T",
			 "select Price as By , 'A  b' , \"Two Words\" , $$ x $$ from T");
}

static void a_semicolon_within_stays(void **state)
{
	(void)state;
	assert_canonical("select ';' ;", "select ';'");
	assert_canonical("", "");
	assert_canonical("-- only this", "");
}

static int canonical(void *context, struct error *err)
{
	char *text = NULL;
	(void)context;
	int result = sql_canonical("select a, b from t where x > 1.5 -- end", &text, err);
	free(text);
	return result;
}

static void refused_memory_is_told(void **state)
{
	(void)state;
	support_sweep_allocations(canonical, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comments_space_and_case_of_keywords_do_not_count),
		cmocka_unit_test(names_literals_and_quotes_stay),
		cmocka_unit_test(a_semicolon_within_stays),
		cmocka_unit_test(refused_memory_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
