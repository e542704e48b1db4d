/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/own.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "catalog/filesystem.h"
#include "catalog/runs.h"

static mode_t mode_of(const char *folder, const char *name)
{
	struct error err;
	struct stat st;
	OWNED_MEMORY char *path = file_join(folder, name, &err);
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 0777;
}

static void execute(const char *folder, const char *sql)
{
	struct error err;
	sqlite3 *db;
	OWNED_MEMORY char *path = file_join(folder, "state.db", &err);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void open_and_close(const char *folder)
{
	struct error err;
	OWNED(catalog) *catalog = NULL;
	assert_ok(catalog_open(folder, &catalog, &err), &err);
	assert_ok(catalog_check(catalog, &err), &err);
}

static void the_state_is_closed_to_others(void **state)
{
	(void)state;
	struct error err;
	OWNED(catalog) *catalog = NULL;
	char *folder = support_make_folder();
	OWNED_MEMORY char *below = text_format(&err, "%s/.vitrine", folder);
	mode_t mask = umask(0);
	assert_ok(catalog_open(below, &catalog, &err), &err);
	umask(mask);
	assert_int_equal(mode_of(below, "."), 0700);
	assert_int_equal(mode_of(below, "state.db"), 0600);
	assert_int_equal(mode_of(below, "state.db-wal"), 0600);
	catalog_close(TAKE(catalog));
	support_remove_folder(folder);
}

static void a_mode_that_is_too_open_is_tightened(void **state)
{
	(void)state;
	struct error err;
	char *folder = support_make_folder();
	open_and_close(folder);
	OWNED_MEMORY char *path = file_join(folder, "state.db", &err);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(chmod(folder, 0755), 0);
	open_and_close(folder);
	assert_int_equal(mode_of(folder, "state.db"), 0600);
	assert_int_equal(mode_of(folder, "."), 0700);
	support_remove_folder(folder);
}

static void a_symbolic_link_is_not_followed(void **state)
{
	(void)state;
	struct error err;
	OWNED(catalog) *catalog = NULL;
	char *folder = support_make_folder();
	OWNED_MEMORY char *path = file_join(folder, "state.db", &err);
	assert_int_equal(symlink("elsewhere", path), 0);
	assert_fails(catalog_open(folder, &catalog, &err), &err, ERR_IO);
	support_remove_folder(folder);
}

static void a_newer_schema_is_refused(void **state)
{
	(void)state;
	struct error err;
	OWNED(catalog) *catalog = NULL;
	char *folder = support_make_folder();
	open_and_close(folder);
	execute(folder, "pragma user_version = 99");
	assert_fails(catalog_open(folder, &catalog, &err), &err, ERR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "schema version 99"));
	support_remove_folder(folder);
}

static void what_is_no_database_of_ours_is_refused(void **state)
{
	(void)state;
	struct error err;
	OWNED(catalog) *catalog = NULL;
	char *folder = support_make_folder();
	execute(folder, "create table t (x); pragma user_version = 1");
	assert_fails(catalog_open(folder, &catalog, &err), &err, ERR_CORRUPT);
	support_write_file(folder, "state.db",
			   "this is a text, and a long enough one to be read "
			   "as the header of a database, which it is not, as "
			   "SQLite will say when it looks at it closely enough");
	assert_fails(catalog_open(folder, &catalog, &err), &err, ERR_CORRUPT);
	assert_true(err.hint[0] != '\0');
	support_remove_folder(folder);
}

static void a_schema_half_made_is_made_anew(void **state)
{
	(void)state;
	char *folder = support_make_folder();
	support_write_file(folder, "state.db", "");
	open_and_close(folder);
	execute(folder, "pragma integrity_check");
	open_and_close(folder);
	support_remove_folder(folder);
}

static void opening_takes_milliseconds(void **state)
{
	(void)state;
	char *folder = support_make_folder();
	open_and_close(folder);
	int64_t best = INT64_MAX;
	for (int i = 0; i < 5; i++) {
		struct error err;
		int64_t start = clock_monotonic_us();
		OWNED(catalog) *catalog = NULL;
		assert_ok(catalog_open(folder, &catalog, &err), &err);
		int64_t took = clock_monotonic_us() - start;
		best = took < best ? took : best;
	}
	print_message("opened in %lld us\n", (long long)best);
	assert_true(best < 20000); /* with sanitizers, on a busy machine */
	support_remove_folder(folder);
}

static void make_in_several_processes(const char *folder)
{
	enum { PROCESSES = 6 };
	pid_t children[PROCESSES];
	for (int i = 0; i < PROCESSES; i++)
		if ((children[i] = fork()) == 0) {
			struct error err = {0};
			struct catalog *catalog = NULL;
			int result = catalog_open(folder, &catalog, &err);
			if (result == 0)
				result = catalog_check(catalog, &err);
			if (result < 0)
				fprintf(stderr, "%s\n", err.message);
			_exit(result < 0);
		}
	for (int i = 0; i < PROCESSES; i++) {
		int status;
		waitpid(children[i], &status, 0);
		assert_int_equal(status, 0);
	}
}

/* Many rounds: one process in a few hundred saw the version of another's commit without the
 * application's number. */
static void several_processes_may_make_it_at_once(void **state)
{
	(void)state;
	for (int round = 0; round < 40; round++) {
		char *folder = support_make_folder();
		make_in_several_processes(folder);
		support_remove_folder(folder);
	}
}

static int64_t start_run(struct catalog *catalog, const char *id)
{
	struct error err;
	int64_t number = 0;
	struct catalog_run run = {.id = id,
				  .command = "run",
				  .target = "prod",
				  .code = "1",
				  .process = "here:1",
				  .started_us = 1};
	assert_ok(catalog_runs_start(catalog, &run, &number, &err), &err);
	return number;
}

static int count_run(void *context, const struct catalog_run *run, struct error *err)
{
	(void)run;
	(void)err;
	++*(int *)context;
	return 0;
}

static int count_runs(struct catalog *catalog)
{
	struct error err;
	int count = 0;
	assert_ok(catalog_runs_each(catalog, NULL, 100, count_run, &count, &err), &err);
	return count;
}

static void a_transaction_stays_whole_or_not_at_all(void **state)
{
	(void)state;
	struct error err;
	char *folder = support_make_folder();
	OWNED(catalog) *catalog = NULL;
	assert_ok(catalog_open(folder, &catalog, &err), &err);
	assert_ok(catalog_begin(catalog, &err), &err);
	start_run(catalog, "a");
	assert_int_equal(catalog_end(catalog, -1, &err), -1);
	assert_int_equal(count_runs(catalog), 0);
	assert_ok(catalog_begin(catalog, &err), &err);
	start_run(catalog, "a");
	assert_ok(catalog_begin(catalog, &err), &err);
	start_run(catalog, "b");
	assert_int_equal(catalog_end(catalog, 7, &err), 7);
	assert_int_equal(catalog_end(catalog, 8, &err), 8);
	assert_int_equal(count_runs(catalog), 2);
	catalog_close(TAKE(catalog));
	support_remove_folder(folder);
}

static void a_failed_inner_part_undoes_the_whole(void **state)
{
	(void)state;
	struct error err;
	char *folder = support_make_folder();
	OWNED(catalog) *catalog = NULL;
	assert_ok(catalog_open(folder, &catalog, &err), &err);
	assert_ok(catalog_begin(catalog, &err), &err);
	start_run(catalog, "a");
	assert_ok(catalog_begin(catalog, &err), &err);
	catalog_end(catalog, -1, &err);
	assert_fails(catalog_end(catalog, 0, &err), &err, ERR_INTERNAL);
	assert_int_equal(count_runs(catalog), 0);
	catalog_close(TAKE(catalog));
	support_remove_folder(folder);
}

static void damage_is_found_by_the_check(void **state)
{
	(void)state;
	struct error err;
	char *folder = support_make_folder();
	OWNED(catalog) *catalog = NULL;
	open_and_close(folder);
	OWNED_MEMORY char *path = file_join(folder, "state.db", &err);
	OWNED_FD fd = open(path, O_RDWR);
	char junk[512];
	memset(junk, 0x5a, sizeof junk);
	for (off_t page = 1; page < 8; page++)
		assert_int_equal(pwrite(fd, junk, sizeof junk, page * 4096), sizeof junk);
	assert_ok(catalog_open(folder, &catalog, &err), &err);
	assert_fails(catalog_check(catalog, &err), &err, ERR_CORRUPT);
	catalog_close(TAKE(catalog));
	support_remove_folder(folder);
}

static void network_file_systems_are_known_by_their_numbers(void **state)
{
	(void)state;
	char type[32];
	assert_string_equal(filesystem_network_name(0x6969), "nfs");
	assert_string_equal(filesystem_network_name(0xFF534D42), "cifs");
	assert_string_equal(filesystem_network_name(0x65735546), "fuse");
	assert_null(filesystem_network_name(0xEF53));     /* ext4 */
	assert_null(filesystem_network_name(0x794C7630)); /* overlayfs */
	static const char mountinfo[] =
		"22 28 0:21 / /proc rw - proc proc rw\n"
		"36 35 0:98 / /mnt/a rw,noatime shared:1 - fuse.sshfs me@there: rw\n"
		"37 35 8:17 / /mnt/b rw - fuseblk /dev/sdb1 rw\n"
		"broken line\n";
	filesystem_type_of(mountinfo, 0, 98, type);
	assert_string_equal(type, "fuse.sshfs");
	filesystem_type_of(mountinfo, 8, 17, type);
	assert_string_equal(type, "fuseblk");
	filesystem_type_of(mountinfo, 9, 9, type);
	assert_string_equal(type, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_state_is_closed_to_others),
		cmocka_unit_test(a_mode_that_is_too_open_is_tightened),
		cmocka_unit_test(a_symbolic_link_is_not_followed),
		cmocka_unit_test(a_newer_schema_is_refused),
		cmocka_unit_test(what_is_no_database_of_ours_is_refused),
		cmocka_unit_test(a_schema_half_made_is_made_anew),
		cmocka_unit_test(opening_takes_milliseconds),
		cmocka_unit_test(several_processes_may_make_it_at_once),
		cmocka_unit_test(a_transaction_stays_whole_or_not_at_all),
		cmocka_unit_test(a_failed_inner_part_undoes_the_whole),
		cmocka_unit_test(damage_is_found_by_the_check),
		cmocka_unit_test(network_file_systems_are_known_by_their_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
