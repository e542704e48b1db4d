/* SPDX-License-Identifier: Apache-2.0 */
#include "support/project.h"

#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "pipeline/run_state.h"

static void what_the_disk_has_no_room_for_is_refused(void **state)
{
	(void)state;
	struct error err;
	struct support_project in;
	int64_t free_bytes;
	support_project_make(&in, "name: shop\n");
	struct run_state run = {.context = in.context};
	assert_ok(file_free_bytes(in.folder, &free_bytes, &err), &err);
	assert_true(free_bytes > 2 * (int64_t)DISK_RESERVE);
	assert_ok(run_check_disk(&run, 0, &err), &err);
	assert_ok(run_check_disk(&run, free_bytes / 2 - DISK_RESERVE, &err), &err);
	assert_fails(run_check_disk(&run, 2 * free_bytes, &err), &err, ERR_DISK_FULL);
	assert_non_null(strstr(err.message, in.folder));
	assert_fails(run_check_disk(&run, INT64_MAX, &err), &err, ERR_DISK_FULL);
	assert_ok(run_check_max_disk(&run, INT64_MAX, &err), &err); /* no bound is set */
	support_project_remove(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_disk_has_no_room_for_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
