/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/process.h"
#include "base/text.h"
#include "pipeline/lease.h"
#include "store/store.h"
#include "support/lake.h"

static void a_second_run_is_told_who_holds_it(void **state)
{
	struct support_lake *lake = *state;
	struct error err;
	struct lease *first = NULL, *second = NULL;
	assert_ok(lease_take(lake->store, "r-first", false, &first, &err), &err);
	assert_fails(lease_take(lake->store, "r-second", false, &second, &err), &err, ERR_BUSY);
	char us[PROCESS_NAME_SIZE];
	assert_non_null(strstr(err.message, "r-first"));
	assert_non_null(strstr(err.message, process_name(us)));
	lease_release(first);
	assert_ok(lease_take(lake->store, "r-second", false, &second, &err), &err);
	assert_true(lease_is_held(second));
	lease_release(second);
}

static void put_lease(struct store *store, const char *holder, int64_t renewed_us)
{
	struct error err;
	HELD(text) t = {0};
	text_addf(&t,
		  "{\"lease\": 1, \"renewed_us\": %lld, \"released\": false, \"holder\": \"%s\", "
		  "\"run\": \"r\"}",
		  (long long)renewed_us, holder);
	assert_ok(store_put(store, "_vitrine/lease/00000000000000000001.json", t.data, t.len, &err),
		  &err);
}

static void a_lease_without_renewal_is_taken_over(void **state)
{
	struct support_lake *lake = *state;
	struct error err;
	struct lease *lease = NULL;
	put_lease(lake->store, "elsewhere:1", clock_now_us() - 61 * 1000000LL);
	assert_ok(lease_take(lake->store, "r", false, &lease, &err), &err);
	lease_release(lease);
	put_lease(lake->store, "elsewhere:1", clock_now_us());
	/* the newest lease counts, not the one put back */
	assert_ok(lease_take(lake->store, "r", false, &lease, &err), &err);
	lease_release(lease);
}

/* The newest lease is that of a process of this machine that is no more. */
static void put_dead_lease(struct store *store)
{
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
	char us[PROCESS_NAME_SIZE], dead[2 * PROCESS_NAME_SIZE];
	process_name(us);
	*strrchr(us, ':') = '\0';
	snprintf(dead, sizeof dead, "%s:%ld", us, (long)child);
	put_lease(store, dead, clock_now_us());
}

static void a_lease_of_a_dead_process_is_taken_over_at_once(void **state)
{
	struct support_lake *lake = *state;
	struct error err;
	put_dead_lease(lake->store);
	struct lease *lease = NULL;
	assert_ok(lease_take(lake->store, "r", false, &lease, &err), &err);
	lease_release(lease);
}

/* Take the lease and let it go: whether it said that a sweep is due; with `swept`, say it is done.
 */
static bool pass_on(struct store *store, bool swept)
{
	struct error err;
	struct lease *lease = NULL;
	assert_ok(lease_take(store, "r", false, &lease, &err), &err);
	bool due = lease_needs_sweep(lease);
	if (swept)
		lease_note_swept(lease, true);
	lease_release(lease);
	return due;
}

static void a_dead_holders_litter_is_remembered_until_it_is_swept(void **state)
{
	struct support_lake *lake = *state;
	put_dead_lease(lake->store);
	assert_true(pass_on(lake->store, false));
	assert_true(pass_on(lake->store, true));
	assert_false(pass_on(lake->store, false));
}

static void who_waits_gets_it_when_it_is_free(void **state)
{
	struct support_lake *lake = *state;
	struct error err;
	put_lease(lake->store, "elsewhere:1", clock_now_us() - 59600 * 1000LL);
	struct lease *lease = NULL;
	assert_ok(lease_take(lake->store, "r", true, &lease, &err), &err);
	lease_release(lease);
}

static void interrupting_ends_the_wait(void **state)
{
	struct support_lake *lake = *state;
	struct error err;
	put_lease(lake->store, "elsewhere:1", clock_now_us());
	process_set_interrupted(true);
	struct lease *lease = NULL;
	assert_fails(lease_take(lake->store, "r", true, &lease, &err), &err, ERR_CANCELED);
	process_set_interrupted(false);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, support_lake_open, support_lake_close)
	const struct CMUnitTest tests[] = {
		TEST(a_second_run_is_told_who_holds_it),
		TEST(a_lease_without_renewal_is_taken_over),
		TEST(a_lease_of_a_dead_process_is_taken_over_at_once),
		TEST(a_dead_holders_litter_is_remembered_until_it_is_swept),
		TEST(who_waits_gets_it_when_it_is_free),
		TEST(interrupting_ends_the_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
