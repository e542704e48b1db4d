/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/land_files.h"
#include "store/store.h"
#include "support/landing.h"

static int open_shop(void **state)
{
	support_landing_make(state);
	struct support_landing *shop = *state;
	support_write_file(shop->in.folder, "incoming/a.csv", "id\n1\n");
	support_write_file(shop->in.folder, "incoming/b.csv", "id\n2\n");
	snprintf(shop->state.now, sizeof shop->state.now, "2026-01-02 03:04:05");
	return 0;
}

static int find_and_copy(struct support_landing *shop, struct delivery *out, struct error *err)
{
	HELD(land_watch) watch = {0};
	const struct delivery known = {0};
	int waiting;
	TRY(land_find_files(&shop->state, &shop->source, &known, &watch, out, &waiting, err));
	return land_copy_files(&shop->state, &shop->source, out, err);
}

static void files_are_found_and_copied_under_their_hash(void **state)
{
	struct support_landing *shop = *state;
	struct error err;
	HELD(delivery) files = {0};
	assert_ok(find_and_copy(shop, &files, &err), &err);
	assert_int_equal(files.count, 2);
	for (size_t i = 0; i < files.count; i++) {
		int64_t size;
		const struct delivery_file *file = &files.files[i];
		assert_true(land_is_copy(file->key));
		assert_non_null(strstr(file->key, i ? "-b.csv" : "-a.csv"));
		assert_int_equal(
			store_size(context_store(shop->in.context), file->key, &size, &err), 1);
		assert_int_equal(size, 5);
	}
}

static int work(void *context, struct error *err)
{
	HELD(delivery) files = {0};
	return find_and_copy(context, &files, err);
}

static void every_refused_allocation_is_reported(void **state)
{
	support_sweep_allocations(work, *state);
}

#define test(name) cmocka_unit_test_setup_teardown(name, open_shop, support_landing_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(files_are_found_and_copied_under_their_hash),
		test(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
