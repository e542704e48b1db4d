/* SPDX-License-Identifier: Apache-2.0 */
/* The list of places against the state's tables, and against the folders of the lake that the
 * sources name. What a project really leaves on disk is held against it by tests/cli/places.test.
 */
#include "support/support.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "base/file.h"
#include "base/own.h"
#include "base/text.h"
#include "catalog/catalog.h"

enum { NAME_SIZE = 64 };

static const struct {
	const char *home, *name, *holds, *erase;
} places[] = {
#define PLACE(home, name, holds, erase) {#home, name, #holds, #erase},
#include "catalog/places.def"
#undef PLACE
};
enum { PLACE_COUNT = sizeof places / sizeof *places };

static bool is_listed(const char *home, const char *name)
{
	for (size_t i = 0; i < PLACE_COUNT; i++)
		if (strcmp(places[i].home, home) == 0 && strcmp(places[i].name, name) == 0)
			return true;
	return false;
}

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

static void each_row_is_of_known_words_and_there_once(void **state)
{
	(void)state;
	static const char *const homes[] = {"PROJECT", "LAKE", "STATE", NULL};
	static const char *const holds[] = {"ROWS", "VALUES", "NONE", NULL};
	static const char *const erase[] = {"REWRITE", "REMOVE", "REDACT", "KEEP", NULL};
	for (size_t i = 0; i < PLACE_COUNT; i++) {
		assert_true(is_one_of(places[i].home, homes));
		assert_true(is_one_of(places[i].holds, holds));
		assert_true(is_one_of(places[i].erase, erase));
		/* What holds something of a person may not be kept as it is. */
		assert_true((strcmp(places[i].holds, "NONE") == 0) ==
			    (strcmp(places[i].erase, "KEEP") == 0));
		for (size_t j = 0; j < i; j++)
			assert_false(strcmp(places[i].home, places[j].home) == 0 &&
				     strcmp(places[i].name, places[j].name) == 0);
	}
}

/* ---- the state ---- */

static int note_table(void *context, int count, char **values, char **names)
{
	(void)count;
	(void)names;
	++*(size_t *)context;
	if (!is_listed("STATE", values[0]))
		fail_msg("src/catalog/places.def does not list the table \"%s\"", values[0]);
	return 0;
}

static void the_tables_of_the_state_are_those_listed(void **state)
{
	(void)state;
	struct error err;
	sqlite3 *db;
	size_t found = 0, listed = 0;
	OWNED_MEMORY char *folder = support_make_folder();
	OWNED(catalog) *catalog = NULL;
	assert_ok(catalog_open(folder, &catalog, &err), &err);
	OWNED_MEMORY char *path = file_join(folder, "state.db", &err);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				      "select name from sqlite_master where type = 'table' and "
				      "name not like 'sqlite_%'",
				      note_table, &found, NULL),
			 SQLITE_OK);
	sqlite3_close(db);
	for (size_t i = 0; i < PLACE_COUNT; i++)
		listed += strcmp(places[i].home, "STATE") == 0;
	assert_int_equal(found, listed);
}

/* ---- the sources ---- */

static size_t look(const char *where, const char *text, const char *before, const char *row)
{
	size_t count = 0, len = strlen(before);
	for (const char *at = text; (at = strstr(at, before));) {
		char word[NAME_SIZE] = "", name[NAME_SIZE * 2];
		at += len;
		size_t end = strspn(at, "abcdefghijklmnopqrstuvwxyz_");
		if (end == 0) /* all that lies there */
			continue;
		count++;
		assert_in_range(end, 1, NAME_SIZE - 1);
		memcpy(word, at, end);
		snprintf(name, sizeof name, "%s%s", row, word);
		if (!is_listed("LAKE", name))
			fail_msg("%s names \"%s\", which src/catalog/places.def does not list",
				 where, name);
	}
	return count;
}

static size_t look_into(const char *folder)
{
	size_t count = 0;
	DIR *dir = opendir(folder);
	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));) {
		struct error err;
		size_t len;
		if (!text_ends(entry->d_name, ".c") && !text_ends(entry->d_name, ".h"))
			continue;
		OWNED_MEMORY char *path = file_join(folder, entry->d_name, &err), *text = NULL;
		assert_ok(file_read(path, 16 << 20, &text, &len, &err), &err);
		count += look(entry->d_name, text, "\"_vitrine/", "_vitrine/");
		count += look(entry->d_name, text, "\"landing/%s/_", "landing/<source>/_");
	}
	closedir(dir);
	return count;
}

static void the_folders_of_the_lake_that_the_sources_name_are_listed(void **state)
{
	(void)state;
	size_t count = 0;
	static const char *const folders[] = {"app",    "catalog",  "delta",
					      "engine", "pipeline", "store"};
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		struct error err;
		OWNED_MEMORY char *folder =
			text_format(&err, TEST_SOURCE_ROOT "/src/%s", folders[i]);
		count += look_into(folder);
	}
	assert_in_range(count, 6, 1000); /* else it is this test that does not see them */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_is_of_known_words_and_there_once),
		cmocka_unit_test(the_tables_of_the_state_are_those_listed),
		cmocka_unit_test(the_folders_of_the_lake_that_the_sources_name_are_listed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
