/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "store/store.h"

/* Takes the place of the C library's: the n-th call fails, and so do all that follow. */
static atomic_int fsync_calls, fsync_fails_at;

int fsync(int fd)
{
	int call = atomic_fetch_add(&fsync_calls, 1) + 1, at = atomic_load(&fsync_fails_at);
	if (at && call >= at) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

struct lake {
	char *folder;
	struct store *store;
};

static int set_up(void **state)
{
	struct error err;
	struct lake *lake = calloc(1, sizeof *lake);
	lake->folder = support_make_folder();
	assert_ok(store_open(lake->folder, &lake->store, &err), &err);
	*state = lake;
	return 0;
}

static int tear_down(void **state)
{
	struct lake *lake = *state;
	atomic_store(&fsync_fails_at, 0);
	store_free(lake->store);
	support_remove_folder(lake->folder);
	free(lake);
	return 0;
}

static struct store *store_of(void **state)
{
	return ((struct lake *)*state)->store;
}

static void put(struct store *store, const char *key, const char *text)
{
	struct error err;
	assert_ok(store_put(store, key, text, strlen(text), &err), &err);
}

static void assert_object(struct store *store, const char *key, const char *text)
{
	struct error err;
	OWNED_MEMORY char *bytes = NULL;
	size_t len;
	assert_ok(store_get(store, key, &bytes, &len, &err), &err);
	assert_int_equal(len, strlen(text));
	assert_string_equal(bytes, text);
}

static void assert_listed(struct store *store, const char *prefix, const char *after,
			  const char *expected)
{
	struct error err;
	OWNED(store_list) *list = NULL;
	assert_ok(store_list_objects(store, prefix, after, &list, &err), &err);
	char keys[512] = "";
	for (size_t i = 0; i < list->count; i++)
		strcat(strcat(keys, list->objects[i].key), " ");
	assert_string_equal(keys, expected);
}

static void what_is_put_is_got(void **state)
{
	struct store *store = store_of(state);
	put(store, "a/b/c.json", "one");
	assert_object(store, "a/b/c.json", "one");
	put(store, "a/b/c.json", "two");
	assert_object(store, "a/b/c.json", "two");
	struct error err;
	int64_t size;
	assert_int_equal(store_size(store, "a/b/c.json", &size, &err), 1);
	assert_int_equal(size, 3);
	assert_int_equal(store_size(store, "a/b", &size, &err), 0);
	assert_int_equal(store_size(store, "a/b/c.json/d", &size, &err), 0);
	char *bytes;
	assert_fails(store_get(store, "a/b", &bytes, NULL, &err), &err, ERR_NOT_FOUND);
	assert_fails(store_get(store, "a/x", &bytes, NULL, &err), &err, ERR_NOT_FOUND);
}

static void ranges_are_cut_at_the_ends(void **state)
{
	struct store *store = store_of(state);
	put(store, "k", "0123456789");
	static const struct {
		int64_t offset, len;
		const char *expected;
	} cases[] = {{2, 3, "234"}, {8, 9, "89"}, {-3, 9, "789"}, {-99, 2, "01"}, {10, 1, ""}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err;
		OWNED_MEMORY char *bytes = NULL;
		size_t len;
		assert_ok(store_get_range(store, "k", cases[i].offset, cases[i].len, &bytes, &len,
					  &err),
			  &err);
		assert_string_equal(bytes, cases[i].expected);
		assert_int_equal(len, strlen(cases[i].expected));
	}
}

static void keys_that_leave_the_lake_are_refused(void **state)
{
	static const char *const keys[] = {"",     "/etc/passwd", "..",         "a/../b",  "./a",
					   "a//b", "a/",          "_staging/x", "_staging"};
	struct error err;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		char *out;
		assert_fails(store_put(store_of(state), keys[i], "x", 1, &err), &err, ERR_USAGE);
		assert_fails(store_get(store_of(state), keys[i], &out, NULL, &err), &err,
			     ERR_USAGE);
		assert_fails(store_local_path(store_of(state), keys[i], &out, &err), &err,
			     ERR_USAGE);
	}
	assert_true(store_is_key("..a/.b/c..d"));
	assert_true(store_is_key("_staging2/x"));
}

static void a_taken_key_stays_as_it_was(void **state)
{
	struct error err;
	struct store *store = store_of(state);
	assert_int_equal(store_put_if_absent(store, "t/0.json", "mine", 4, &err), 1);
	assert_int_equal(store_put_if_absent(store, "t/0.json", "yours", 5, &err), 0);
	assert_object(store, "t/0.json", "mine");
}

static void listing_is_sorted_by_bytes_and_honours_after(void **state)
{
	struct store *store = store_of(state);
	put(store, "a/b", "");
	put(store, "a-b", "");
	put(store, "a/b2/x", "");
	put(store, "a/a/y", "");
	put(store, "b", "");
	char *staging = NULL;
	struct error err;
	assert_ok(store_make_staging(store, &staging, &err), &err);
	support_write_file(staging, "part.parquet", "x");
	assert_listed(store, "", NULL, "a-b a/a/y a/b a/b2/x b ");
	assert_listed(store, "a/", NULL, "a/a/y a/b a/b2/x ");
	assert_listed(store, "a/b", NULL, "a/b a/b2/x ");
	assert_listed(store, "", "a/a/y", "a/b a/b2/x b ");
	assert_listed(store, "a/", "a/b", "a/b2/x ");
	assert_listed(store, "a/", "a/b2/", "a/b2/x ");
	assert_listed(store, "a/b/", NULL, "");
	assert_listed(store, "none/", NULL, "");
	assert_listed(store, "_staging/", NULL, "");
	assert_listed(store, "../", NULL, "");
	free(staging);
}

static void removing_twice_is_no_failure(void **state)
{
	struct error err;
	put(store_of(state), "x/y", "1");
	assert_ok(store_remove(store_of(state), "x/y", &err), &err);
	assert_ok(store_remove(store_of(state), "x/y", &err), &err);
	assert_ok(store_remove(store_of(state), "x/y/z", &err), &err);
	assert_listed(store_of(state), "", NULL, "");
}

static void a_staged_file_is_moved_and_another_copied(void **state)
{
	struct error err;
	struct lake *lake = *state;
	OWNED_MEMORY char *staging = NULL;
	assert_ok(store_make_staging(lake->store, &staging, &err), &err);
	support_write_file(staging, "part", "staged");
	OWNED_MEMORY char *path = file_join(staging, "part", &err);
	assert_ok(store_put_file(lake->store, "t/part", path, &err), &err);
	assert_object(lake->store, "t/part", "staged");
	assert_int_equal(access(path, F_OK), -1);

	char *outside = support_make_folder();
	support_write_file(outside, "in.csv", "landed");
	OWNED_MEMORY char *csv = file_join(outside, "in.csv", &err);
	assert_ok(store_put_file(lake->store, "landing/in.csv", csv, &err), &err);
	assert_ok(store_put_file(lake->store, "landing/in.csv", csv, &err), &err);
	assert_object(lake->store, "landing/in.csv", "landed");
	assert_int_equal(access(csv, F_OK), 0);
	support_write_file(outside, "in.csv", "other!");
	assert_fails(store_put_file(lake->store, "landing/in.csv", csv, &err), &err, ERR_CONFLICT);
	assert_object(lake->store, "landing/in.csv", "landed");
	support_remove_folder(outside);
}

static void nothing_is_written_after_a_failed_fsync(void **state)
{
	struct store *store = store_of(state);
	put(store, "t/before", "1");
	struct error err;
	for (int at = 1; at <= 2; at++) { /* of the bytes, of the folder */
		struct store *again;
		assert_ok(store_open(store->uri, &again, &err), &err);
		put(again, "t/warm", "1");
		atomic_store(&fsync_fails_at, atomic_load(&fsync_calls) + at);
		assert_fails(store_put(again, "t/new", "2", 1, &err), &err, ERR_IO);
		int calls = atomic_load(&fsync_calls);
		assert_fails(store_put(again, "t/new", "2", 1, &err), &err, ERR_IO);
		assert_fails(store_remove(again, "t/before", &err), &err, ERR_IO);
		assert_int_equal(atomic_load(&fsync_calls), calls);
		atomic_store(&fsync_fails_at, 0);
		assert_object(again, "t/before", "1");
		store_free(again);
	}
}

enum { THREADS = 8, ROUNDS = 100 };

static atomic_int wins;

static void *race(void *context)
{
	struct error err;
	for (int i = 0; i < ROUNDS; i++) {
		char key[32];
		snprintf(key, sizeof key, "log/%d.json", i);
		int won = store_put_if_absent(context, key, "x", 1, &err);
		if (won < 0)
			return context;
		atomic_fetch_add(&wins, won);
	}
	return NULL;
}

static void of_many_who_put_at_once_one_wins(void **state)
{
	pthread_t threads[THREADS];
	atomic_store(&wins, 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, race, store_of(state)), 0);
	for (int i = 0; i < THREADS; i++) {
		void *failed;
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	assert_int_equal(atomic_load(&wins), ROUNDS);
}

static size_t count_leftovers(struct store *store, bool remove)
{
	struct error err;
	OWNED(store_list) *list = NULL;
	assert_ok(store_leftovers(store, remove, &list, &err), &err);
	return list->count;
}

/* A child process stages a file, says so, and waits to be killed. */
static pid_t start_writer(const char *folder)
{
	int ready[2];
	assert_int_equal(pipe(ready), 0);
	pid_t child = fork();
	if (child == 0) {
		struct error err;
		struct store *store;
		char *staging;
		if (store_open(folder, &store, &err) < 0 ||
		    store_make_staging(store, &staging, &err) < 0)
			_exit(1);
		support_write_file(staging, "part.parquet", "half");
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	char byte;
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return child;
}

static void leftovers_are_those_of_killed_writers_only(void **state)
{
	struct lake *lake = *state;
	put(lake->store, "mine", "1");
	pid_t child = start_writer(lake->folder);
	assert_int_equal(count_leftovers(lake->store, true), 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(count_leftovers(lake->store, false), 1);
	assert_int_equal(count_leftovers(lake->store, true), 1);
	assert_int_equal(count_leftovers(lake->store, false), 0);
	put(lake->store, "mine", "2");
}

static void a_closed_store_leaves_nothing_behind(void **state)
{
	struct lake *lake = *state;
	struct error err;
	struct store *other;
	assert_ok(store_open(lake->folder, &other, &err), &err);
	put(other, "x", "1");
	OWNED_MEMORY char *staging = NULL;
	assert_ok(store_make_staging(other, &staging, &err), &err);
	store_free(other);
	OWNED_MEMORY char *below = file_join(lake->folder, STORE_STAGING, &err);
	char **names;
	assert_ok(file_list(below, &names, &err), &err);
	assert_null(names[0]);
	file_free_names(names);
}

static void a_uri_names_a_folder_and_other_schemes_are_refused(void **state)
{
	struct lake *lake = *state;
	struct error err;
	struct store *store;
	char uri[512];
	snprintf(uri, sizeof uri, "file://%s/new/lake", lake->folder);
	assert_ok(store_open(uri, &store, &err), &err);
	put(store, "k", "v");
	store_free(store);
	assert_object(lake->store, "new/lake/k", "v");
	assert_fails(store_open("ftp://x/y", &store, &err), &err, ERR_UNSUPPORTED);
	assert_fails(store_open("", &store, &err), &err, ERR_USAGE);
}

static int write_and_list(void *context, struct error *err)
{
	OWNED(store) *store = NULL;
	OWNED(store_list) *list = NULL;
	TRY(store_open(context, &store, err));
	TRY(store_put(store, "a/b", "1", 1, err));
	TRY(store_put_if_absent(store, "a/c", "1", 1, err));
	TRY(store_list_objects(store, "a/", NULL, &list, err));
	return 0;
}

static void every_refused_allocation_is_reported(void **state)
{
	support_sweep_allocations(write_and_list, ((struct lake *)*state)->folder);
	assert_int_equal(count_leftovers(store_of(state), false), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_put_is_got),
		CASE(ranges_are_cut_at_the_ends),
		CASE(keys_that_leave_the_lake_are_refused),
		CASE(a_taken_key_stays_as_it_was),
		CASE(listing_is_sorted_by_bytes_and_honours_after),
		CASE(removing_twice_is_no_failure),
		CASE(a_staged_file_is_moved_and_another_copied),
		CASE(nothing_is_written_after_a_failed_fsync),
		CASE(of_many_who_put_at_once_one_wins),
		CASE(leftovers_are_those_of_killed_writers_only),
		CASE(a_closed_store_leaves_nothing_behind),
		CASE(a_uri_names_a_folder_and_other_schemes_are_refused),
		CASE(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
