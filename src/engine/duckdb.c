/* SPDX-License-Identifier: Apache-2.0 */
/* duckdb: the instance and its sessions. Every session has a catalog of its own, an attached
 * in-memory database, so that sessions of one instance share memory and threads and see none of
 * each other's views. */
#include "engine/duckdb_core.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/text.h"
#include "engine/duckdb_select.h"

/* ---- the library ---- */

static char library_version[32];

static void read_library_version(void)
{
	const char *version = duckdb_library_version();
	snprintf(library_version, sizeof library_version, "duckdb %s", version + (*version == 'v'));
}

const char *engine_library_version(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, read_library_version);
	return library_version;
}

const char *engine_version(const struct engine *engine)
{
	return engine->version;
}

int engine_check_version(const char *version, struct error *err)
{
	int major = 0, minor = 0, patch = 0;
	int count = sscanf(version, "duckdb %d.%d.%d", &major, &minor, &patch);
	if (count == 3 && major == 1 && minor == 5 && patch >= 5)
		return 0;
	bool is_old = count == 3 && (major < 1 || (major == 1 && minor <= 5));
	err_set(err, ERR_UNSUPPORTED, "%s is %s: 1.5 from 1.5.5 on is needed", version,
		is_old ? "too old" : "not known to this release");
	if (is_old)
		return err_hint(err, "Older ones follow links out of the folders that they are "
				     "locked to.");
	return err_hint(err, "Another release may parse SQL into another tree, on which the box "
			     "rests. Use libduckdb 1.5, or a vitrine that knows this one.");
}

/* ---- the instance ---- */

struct setting {
	const char *name;
	char value[64];
};

static int set_all(duckdb_config config, const struct engine_settings *settings, struct error *err)
{
	int64_t memory =
		settings->memory_bytes ? settings->memory_bytes : process_memory_bytes() / 4 * 3;
	struct setting all[] = {
		{"autoinstall_known_extensions", "false"},
		{"autoload_known_extensions", "false"},
		{"allow_community_extensions", "false"},
		{"allow_persistent_secrets", "false"},
		{"errors_as_json", "true"},
		{"threads", ""},
		{"memory_limit", ""},
		{"max_temp_directory_size", ""},
	};
	size_t count = sizeof all / sizeof *all - !settings->temporary_bytes;
	snprintf(all[5].value, sizeof all[5].value, "%d",
		 settings->threads > 0 ? settings->threads : process_cpu_count());
	snprintf(all[6].value, sizeof all[6].value, "%lldB", (long long)memory);
	snprintf(all[7].value, sizeof all[7].value, "%lldB", (long long)settings->temporary_bytes);
	for (size_t i = 0; i < count; i++)
		if (duckdb_set_config(config, all[i].name, all[i].value) != DuckDBSuccess)
			return err_set(err, ERR_INTERNAL, "DuckDB does not know the setting %s",
				       all[i].name);
	if (!settings->temporary)
		return 0;
	TRY(file_make_folders(settings->temporary, 0700, err));
	if (duckdb_set_config(config, "temp_directory", settings->temporary) != DuckDBSuccess)
		return err_set(err, ERR_INTERNAL, "DuckDB does not take the temporary folder");
	return 0;
}

static int open_database(struct engine *engine, const struct engine_settings *settings,
			 struct error *err)
{
	duckdb_config config = NULL;
	char *why = NULL;
	if (duckdb_create_config(&config) != DuckDBSuccess)
		return err_memory(err);
	int result = set_all(config, settings, err);
	if (result == 0 &&
	    duckdb_open_ext(NULL, &engine->database, config, &why) != DuckDBSuccess) {
		result = err_set(err, ERR_INTERNAL, "cannot start DuckDB: %s", why ? why : "");
		duckdb_free(why);
	}
	duckdb_destroy_config(&config);
	return result;
}

/* The sessions' own settings stay free to change: where names are looked up, whether progress is
 * counted, and whether order is kept. All others are locked for good. */
static int lock_down(struct engine *engine, const struct engine_settings *settings,
		     struct error *err)
{
	HELD(text) sql = {0};
	/* Files of the lake never change, so what was read of their ends stays true. */
	text_add(&sql, "set global timezone = 'UTC'; set global parquet_metadata_cache = true;");
	if (settings->folders) {
		text_add(&sql, "set global allowed_directories = [");
		for (size_t i = 0; settings->folders[i]; i++) {
			text_add(&sql, i ? ", " : "");
			text_add_literal(&sql, settings->folders[i]);
		}
		text_add(&sql, "]; set global enable_external_access = false;");
	}
	text_add(&sql, "set global allowed_configs = ['search_path', 'schema', "
		       "'enable_progress_bar', 'enable_progress_bar_print', "
		       "'preserve_insertion_order']; set global lock_configuration = true");
	TRY(text_check(&sql, err));
	duckdb_connection connection = NULL;
	if (duckdb_connect(engine->database, &connection) != DuckDBSuccess)
		return err_set(err, ERR_INTERNAL, "cannot connect to DuckDB");
	int result = duckdb_run(connection, sql.data, NULL, err);
	duckdb_disconnect(&connection);
	return result;
}

int engine_open(const struct engine_settings *settings, struct engine **out, struct error *err)
{
	OWNED(engine) *engine = mem_alloc(sizeof *engine);
	if (!engine)
		return err_memory(err);
	pthread_mutex_init(&engine->lock, NULL);
	snprintf(engine->version, sizeof engine->version, "%s", engine_library_version());
	TRY(engine_check_version(engine->version, err));
	TRY(open_database(engine, settings, err));
	TRY(lock_down(engine, settings, err));
	*out = TAKE(engine);
	return 0;
}

void engine_close(struct engine *engine)
{
	if (!engine)
		return;
	if (engine->database)
		duckdb_close(&engine->database);
	pthread_mutex_destroy(&engine->lock);
	free(engine);
}

/* ---- sessions ---- */

int engine_session_open(struct engine *engine, struct engine_session **out, struct error *err)
{
	OWNED(engine_session) *session = mem_alloc(sizeof *session);
	if (!session)
		return err_memory(err);
	session->engine = engine;
	pthread_mutex_init(&session->lock, NULL);
	if (duckdb_connect(engine->database, &session->connection) != DuckDBSuccess)
		return err_set(err, ERR_INTERNAL, "cannot connect to DuckDB");
	char sql[192], catalog[sizeof session->catalog];
	snprintf(catalog, sizeof catalog, "s%u", atomic_fetch_add(&engine->sessions, 1) + 1);
	snprintf(sql, sizeof sql, "attach ':memory:' as %s; use %s", catalog, catalog);
	TRY(duckdb_run(session->connection, sql, NULL, err));
	memcpy(session->catalog, catalog, sizeof catalog);
	*out = TAKE(session);
	return 0;
}

static void detach(struct engine_session *session)
{
	struct error unused; /* what stays attached goes with the instance */
	char sql[64];
	snprintf(sql, sizeof sql, "use memory; detach %s", session->catalog);
	(void)duckdb_run(session->connection, sql, NULL, &unused);
}

void engine_session_close(struct engine_session *session)
{
	if (!session)
		return;
	if (*session->catalog)
		detach(session);
	if (session->connection)
		duckdb_disconnect(&session->connection);
	csv_table_forget(session);
	array_table_forget(session);
	pthread_mutex_destroy(&session->lock);
	for (size_t i = 0; i < session->relation_count; i++) {
		free(session->relations[i].schema);
		free(session->relations[i].name);
	}
	for (size_t i = 0; i < session->alias_count; i++) {
		free(session->aliases[i].alias);
		free(session->aliases[i].schema);
	}
	select_forget(session);
	free(session->relations);
	free(session->aliases);
	free(session);
}

int session_begin(struct engine_session *session, struct error *err)
{
	if (session->streaming)
		return err_set(err, ERR_USAGE, "the session's last result is still open");
	atomic_store(&session->interrupted, false);
	session->has_failure = false;
	return 0;
}

int session_check(struct engine_session *session, struct error *err)
{
	if (atomic_load(&session->interrupted))
		return err_set(err, ERR_CANCELED, "interrupted");
	return 0;
}

void session_note_failure(struct engine_session *session, const struct error *err)
{
	pthread_mutex_lock(&session->lock);
	if (!session->has_failure)
		session->failure = *err;
	session->has_failure = true;
	pthread_mutex_unlock(&session->lock);
}

int session_explain(struct engine_session *session, int result, struct error *err)
{
	pthread_mutex_lock(&session->lock);
	if (result < 0 && session->has_failure)
		*err = session->failure;
	pthread_mutex_unlock(&session->lock);
	return result;
}

bool session_lost_reason(struct engine_session *session, const struct error *err)
{
	pthread_mutex_lock(&session->lock);
	bool is_known = session->has_failure;
	pthread_mutex_unlock(&session->lock);
	return err->kind == ERR_CANCELED && !is_known && !atomic_load(&session->interrupted);
}

int session_no_reason(struct error *err)
{
	err_set(err, ERR_QUERY, "the statement failed, and the engine lost the reason");
	return err_hint(err, "Run it again, with one thread if need be (threads in vitrine.yaml).");
}

int engine_session_count_progress(struct engine_session *session, struct error *err)
{
	TRY(session_begin(session, err));
	return duckdb_run(session->connection,
			  "set enable_progress_bar = true; set enable_progress_bar_print = false",
			  NULL, err);
}

int engine_session_only_describes(struct engine_session *session, struct error *err)
{
	TRY(session_begin(session, err));
	return duckdb_run(session->connection, "pragma disable_optimizer", NULL, err);
}

int engine_session_execute(struct engine_session *session, const char *sql, struct error *err)
{
	TRY(session_begin(session, err));
	select_forget(session);
	int result = duckdb_run(session->connection, sql, &(struct duckdb_place){sql, 0}, err);
	return session_explain(session, result, err);
}

/* DuckDB forgets an interrupt that comes before a statement has begun; the flag does not. */
void engine_session_interrupt(struct engine_session *session)
{
	atomic_store(&session->interrupted, true);
	duckdb_interrupt(session->connection);
}

bool engine_session_is_interrupted(struct engine_session *session)
{
	return atomic_load(&session->interrupted);
}

double engine_session_progress(struct engine_session *session)
{
	return duckdb_query_progress(session->connection).percentage;
}
