/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/catalog.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "catalog/db.h"
#include "catalog/filesystem.h"
#include "catalog/schema.h"

enum {
	APPLICATION_ID = 0x56745269, /* "VtRi": PRAGMA application_id of ours */
	FOLDER_MODE = 0700,
	FILE_MODE = 0600,
};

/* ---- the file ---- */

static int close_to_others(int fd, const char *path, mode_t mode, struct error *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_errno(err, errno, "cannot look at \"%s\"", path);
	if ((st.st_mode & 077) && fchmod(fd, mode) < 0)
		return err_errno(err, errno, "cannot close \"%s\" to other users", path);
	return 0;
}

static int prepare_folder(const char *folder, struct error *err)
{
	TRY(file_make_folders(folder, FOLDER_MODE, err));
	OWNED_FD fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, errno, "cannot open the folder \"%s\"", folder);
	TRY(close_to_others(fd, folder, FOLDER_MODE, err));
	return filesystem_check_local(folder, err);
}

/* SQLite gives its side files the mode of the database, so only that one is made here. */
static int prepare_file(const char *path, struct error *err)
{
	OWNED_FD fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (fd < 0)
		return err_errno(err, errno, "cannot open \"%s\"", path);
	return close_to_others(fd, path, FILE_MODE, err);
}

/* ---- the schema ---- */

static int64_t newest_version(void)
{
	int64_t version = 0;
	while (catalog_schema[version])
		version++;
	return version;
}

/* The version is read first: both are set by one commit, and one that falls between the two reads
 * must not show a version without its application. */
static int read_version(struct catalog *catalog, int64_t *out, struct error *err)
{
	int64_t application = 0;
	TRY(db_get_int(catalog, out, err, "pragma user_version", ""));
	TRY(db_get_int(catalog, &application, err, "pragma application_id", ""));
	if ((application || *out) && application != APPLICATION_ID)
		return err_set(err, ERR_CORRUPT, "\"%s\" is a database, but not Vitrine's",
			       catalog->path);
	if (*out <= newest_version())
		return 0;
	err_set(err, ERR_UNSUPPORTED,
		"\"%s\" is of schema version %lld; this program knows versions up to %lld",
		catalog->path, (long long)*out, (long long)newest_version());
	return err_hint(err, "Use the newer Vitrine that wrote it.");
}

/* In one transaction, so that a death in the middle leaves the old version. */
static int migrate_within(struct catalog *catalog, struct error *err)
{
	int64_t version;
	char done[100];
	TRY(read_version(catalog, &version, err)); /* another process may have come first */
	for (; catalog_schema[version]; version++)
		TRY(db_execute(catalog, catalog_schema[version], err));
	snprintf(done, sizeof done, "pragma application_id = %d; pragma user_version = %lld",
		 APPLICATION_ID, (long long)version);
	return db_execute(catalog, done, err);
}

static int migrate(struct catalog *catalog, struct error *err)
{
	int64_t version;
	TRY(read_version(catalog, &version, err));
	if (version == newest_version())
		return 0;
	TRY(catalog_begin(catalog, err));
	return catalog_end(catalog, migrate_within(catalog, err), err);
}

/* ---- opening ---- */

static int enter_wal(struct catalog *catalog, struct error *err)
{
	HELD(db_statement) statement = {0};
	TRY(db_prepare(catalog, &statement, err, "pragma journal_mode = wal", ""));
	TRY(db_step(&statement, err));
	const char *mode = db_text(&statement, 0);
	if (mode && strcmp(mode, "wal") == 0)
		return 0;
	TRY(db_row_check(&statement, err));
	return err_set(err, ERR_BUSY, "\"%s\" cannot be switched to its write-ahead log",
		       catalog->path);
}

/* Two processes that make the database at once meet in the switch to WAL, for which SQLite does not
 * wait by itself. */
static int enter_wal_patiently(struct catalog *catalog, struct error *err)
{
	int64_t deadline = clock_monotonic_us() + CATALOG_BUSY_MS * INT64_C(1000);
	int result;
	while ((result = enter_wal(catalog, err)) < 0 && err->kind == ERR_BUSY &&
	       clock_monotonic_us() < deadline)
		clock_sleep_ms(5);
	return result;
}

static int connect(struct catalog *catalog, struct error *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
		    SQLITE_OPEN_NOFOLLOW;
	int code = sqlite3_open_v2(catalog->path, &catalog->db, flags, NULL);
	if (code != SQLITE_OK)
		return db_fail(catalog, code, err);
	sqlite3_busy_timeout(catalog->db, CATALOG_BUSY_MS);
	TRY(enter_wal_patiently(catalog, err));
	TRY(db_execute(catalog,
		       "pragma synchronous = normal; pragma foreign_keys = on;"
		       "pragma trusted_schema = off; pragma journal_size_limit = 16777216",
		       err));
	return migrate(catalog, err);
}

static struct catalog *new_catalog(void)
{
	struct catalog *catalog = mem_alloc(sizeof *catalog);
	pthread_mutexattr_t attributes;
	if (!catalog)
		return NULL;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&catalog->lock, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return catalog;
}

/* SQLite refuses a path with a symbolic link anywhere in it (NOFOLLOW); only the last name must
 * not be one. */
static int locate(const char *folder, char **out, struct error *err)
{
	char *real = realpath(folder, NULL);
	if (!real)
		return err_errno(err, errno, "cannot open the folder \"%s\"", folder);
	*out = file_join(real, "state.db", err);
	free(real);
	return *out ? 0 : -1;
}

int catalog_open(const char *folder, struct catalog **out, struct error *err)
{
	OWNED(catalog) *catalog = new_catalog();
	if (!catalog)
		return err_memory(err);
	TRY(prepare_folder(folder, err));
	TRY(locate(folder, &catalog->path, err));
	TRY(prepare_file(catalog->path, err));
	TRY(connect(catalog, err));
	*out = TAKE(catalog);
	return 0;
}

void catalog_close(struct catalog *catalog)
{
	if (!catalog)
		return;
	assert(catalog->depth == 0);
	sqlite3_close(catalog->db);
	pthread_mutex_destroy(&catalog->lock);
	free(catalog->path);
	free(catalog);
}

/* ---- transactions ---- */

int catalog_begin(struct catalog *catalog, struct error *err)
{
	pthread_mutex_lock(&catalog->lock);
	if (catalog->depth == 0 && db_execute(catalog, "begin immediate", err) < 0) {
		pthread_mutex_unlock(&catalog->lock);
		return -1;
	}
	catalog->depth++;
	return 0;
}

/* SQLite itself rolls back after some failures (disk full, out of memory); then there is nothing
 * left to undo. */
static void roll_back(struct catalog *catalog)
{
	if (!sqlite3_get_autocommit(catalog->db))
		sqlite3_exec(catalog->db, "rollback", NULL, NULL, NULL);
}

int catalog_end(struct catalog *catalog, int result, struct error *err)
{
	assert(catalog->depth > 0);
	if (result < 0)
		catalog->doomed = true;
	if (--catalog->depth == 0) {
		if (catalog->doomed && result >= 0)
			result = err_set(err, ERR_INTERNAL, "a part of the transaction failed");
		else if (!catalog->doomed && db_execute(catalog, "commit", err) < 0)
			result = -1;
		if (result < 0)
			roll_back(catalog);
		catalog->doomed = false;
	}
	pthread_mutex_unlock(&catalog->lock);
	return result;
}

int catalog_check(struct catalog *catalog, struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	HELD(db_statement) statement = {0};
	TRY(db_prepare(catalog, &statement, err, "pragma integrity_check(1)", ""));
	TRY(db_step(&statement, err));
	const char *found = db_text(&statement, 0);
	TRY(db_row_check(&statement, err));
	if (found && strcmp(found, "ok") == 0)
		return 0;
	err_set(err, ERR_CORRUPT, "\"%s\" is damaged: %s", catalog->path, found ? found : "?");
	return err_hint(err,
			"`vitrine catalog rebuild` moves it away and makes a new one from what "
			"the lake says of its runs.");
}
