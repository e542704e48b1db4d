/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include "pipeline/run_share.h"

#define assert_share(share, engine, wanted)                                                        \
	assert_float_equal(run_share_now(share, engine), wanted, 1e-9)

static void of_one_stretch_the_engine_is_asked(void **state)
{
	(void)state;
	struct run_share share = {0};
	assert_true(run_share_now(&share, -1) < 0);
	run_share_begin(&share, 0, 1, -1);
	assert_true(run_share_now(&share, -1) < 0);
	assert_share(&share, 0.25, 0.25);
	assert_share(&share, -1, 0.25);
	assert_share(&share, 1.5, 1);
}

static void what_the_step_counts_goes_first(void **state)
{
	(void)state;
	struct run_share share = {0};
	run_share_begin(&share, 0, 0.5, -1);
	atomic_store(&share.total, 200);
	assert_share(&share, 0.9, 0);
	atomic_store(&share.done, 100);
	assert_share(&share, 0.9, 0.25);
	atomic_store(&share.done, 300); /* a file that grew */
	assert_share(&share, 0.9, 0.5);
	run_share_begin(&share, 0.5, 1, -1); /* counts nothing */
	assert_share(&share, -1, 0.5);
	assert_share(&share, 0.5, 0.75);
}

static void the_next_statement_begins_where_the_last_ended(void **state)
{
	(void)state;
	struct run_share share = {0};
	run_share_begin(&share, 0, 0.8, -1);
	assert_share(&share, 1, 0.8);
	run_share_begin(&share, 0.8, 1, 1);
	assert_share(&share, 1, 0.8); /* said of the statement before */
	assert_share(&share, 0, 0.8);
	assert_share(&share, 0.5, 0.9);
	assert_share(&share, 1, 1);
}

static void it_never_falls(void **state)
{
	(void)state;
	struct run_share share = {0};
	run_share_begin(&share, 0, 0.5, -1);
	assert_share(&share, 0.8, 0.4);
	assert_share(&share, 0.1, 0.4); /* a second statement in one stretch */
	assert_share(&share, 0.9, 0.45);
	run_share_begin(&share, 0, 0.5, 0.9); /* the step is tried again */
	assert_share(&share, 0, 0.45);
	assert_share(&share, 1, 0.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_one_stretch_the_engine_is_asked),
		cmocka_unit_test(what_the_step_counts_goes_first),
		cmocka_unit_test(the_next_statement_begins_where_the_last_ended),
		cmocka_unit_test(it_never_falls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
