/* SPDX-License-Identifier: Apache-2.0 */
/* Every known way out of a query, and the walls that stop it: the box (which no statement of a
 * person gets around), the engine (statements that only read), DuckDB's own locks (files outside of
 * the folders, settings, extensions). The later walls are tried as if the earlier did not stand. */
#include "support/support.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/box.h"
#include "engine/engine.h"

enum wall {
	BOX = 1,    /* as a person's statement */
	ENGINE = 2, /* as a query of the engine, when the box is bypassed */
	LOCKS = 4,  /* as a statement of our own, when the engine is bypassed */
	ALL = 7
};

static char *folder, *lake, *outside;
static struct engine *engine;
static struct sql_parser *parser;

static int set_up(void **state)
{
	struct error err;
	(void)state;
	folder = support_make_folder();
	lake = text_format(&err, "%s/lake", folder);
	outside = text_format(&err, "%s/outside", folder);
	support_write_file(lake, "inside.csv", "a\n1\n");
	support_write_file(outside, "secret.csv", "a\n42\n");
	OWNED_MEMORY char *secret = text_format(&err, "%s/secret.csv", outside);
	OWNED_MEMORY char *link = text_format(&err, "%s/link.csv", lake);
	assert_int_equal(symlink(secret, link), 0);
	OWNED_MEMORY char *folder_link = text_format(&err, "%s/linked", lake);
	assert_int_equal(symlink(outside, folder_link), 0);
	const char *folders[] = {lake, NULL};
	struct engine_settings settings = {
		.threads = 1, .memory_bytes = 1 << 30, .folders = folders};
	assert_ok(engine_open(&settings, &engine, &err), &err);
	assert_ok(sql_parser_open(&parser, &err), &err);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sql_parser_close(parser);
	engine_close(engine);
	support_remove_folder(folder);
	free(lake);
	free(outside);
	return 0;
}

static int find_nothing(void *context, const char *schema, const char *name,
			const char *const **out_columns, struct error *err)
{
	(void)context;
	(void)schema;
	(void)name;
	(void)out_columns;
	(void)err;
	return 0;
}

static bool box_stops(const char *sql)
{
	struct error err;
	OWNED(sql_statement) *statement = NULL;
	struct sql_catalog catalog = {.find = find_nothing};
	return sql_parse(parser, sql, &statement, &err) < 0 ||
	       box_check(statement, &catalog, &err) < 0;
}

static bool engine_stops(const char *sql)
{
	struct error err;
	OWNED(engine_session) *session = NULL;
	OWNED(engine_result) *result = NULL;
	assert_ok(engine_session_open(engine, &session, &err), &err);
	int more = engine_session_query(session, sql, &result, &err);
	while (more >= 0 && (more = engine_result_next(result, &err)) == 1)
		;
	return more < 0;
}

static bool locks_stop(const char *sql)
{
	struct error err;
	OWNED(engine_session) *session = NULL;
	assert_ok(engine_session_open(engine, &session, &err), &err);
	if (engine_session_execute(session, sql, &err) == 0)
		return false;
	/* by the lock, not by chance */
	static const char *const reasons[] = {"disabled by configuration", "has been locked",
					      "disabled through configuration",
					      "secrets are disabled", "exists in the httpfs"};
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (strstr(err.message, reasons[i]))
			return true;
	print_error("%s: %s\n", sql, err.message);
	return false;
}

/* "@" in `pattern` is the lake, "#" the folder outside. */
static char *fill(const char *pattern)
{
	struct error err;
	struct text sql = {0};
	for (; *pattern; pattern++)
		if (*pattern == '@')
			text_add(&sql, lake);
		else if (*pattern == '#')
			text_add(&sql, outside);
		else
			text_add_char(&sql, *pattern);
	return text_take(&sql, &err);
}

static const struct {
	const char *sql;
	int walls; /* that stop it */
} escapes[] = {
	/* files outside of the folders */
	{"select * from read_csv('#/secret.csv')", ALL},
	{"select * from '#/secret.csv'", ALL},
	{"select * from read_text('#/secret.csv')", ALL},
	{"select * from read_blob('/etc/passwd')", ALL},
	{"select * from read_text('@/../outside/secret.csv')", ALL},
	{"select * from read_text('@/link.csv')", ALL},
	{"select * from read_text('@/linked/secret.csv')", ALL},
	{"select * from read_text('file://#/secret.csv')", ALL},
	{"select * from read_text('/proc/self/environ')", ALL},
	{"select * from read_text('/dev/stdin')", ALL},
	{"select * from glob('#/*')", ALL},
	{"select * from glob('/etc/*')", ALL},
	{"select * from sniff_csv('#/secret.csv')", ALL},
	{"select * from parquet_metadata('#/x.parquet')", ALL},
	{"select * from parquet_schema('#/x.parquet')", ALL},
	{"select * from parquet_kv_metadata('#/x.parquet')", ALL},
	{"select * from parquet_file_metadata('#/x.parquet')", ALL},
	{"select * from read_json('#/x.json')", ALL},
	{"select * from read_ndjson_objects('#/x.json')", ALL},
	{"select * from read_duckdb('#/x.db')", ALL},
	{"select * from query('select * from read_text(''/etc/passwd'')')", ALL},
	{"select * from query_table('#/secret.csv')", ALL},
	{"select (select content from read_text('/etc/passwd')) as x", ALL},
	{"with f as (select * from read_text('/etc/passwd')) select * from f", ALL},
	{"explain analyze select * from read_text('/etc/passwd')", ALL},
	{"describe select * from read_csv('#/secret.csv')", ALL},
	{"summarize select * from read_csv('#/secret.csv')", ALL},
	/* the network */
	{"select * from 'https://example.org/x.parquet'", ALL},
	{"select * from read_parquet('s3://bucket/x.parquet')", ALL},
	/* files of the lake that the person may not see: only the box knows which */
	{"select * from read_csv('@/inside.csv')", BOX},
	{"select * from '@/inside.csv'", BOX},
	{"select * from read_text('@/inside.csv')", BOX},
	{"select * from glob('@/*')", BOX},
	{"select * from query('select * from read_text(''@/inside.csv'')')", BOX},
	/* what tells of the machine and of other sessions: only the box */
	{"select * from duckdb_settings()", BOX},
	{"select * from duckdb_databases()", BOX},
	{"select * from duckdb_secrets()", BOX},
	{"select * from pragma_database_list()", BOX},
	{"select * from s1.information_schema.tables", BOX},
	{"select * from information_schema.tables", BOX},
	{"show databases", BOX},
	{"select current_setting('temp_directory')", BOX},
	/* writing: the engine takes only what reads; DuckDB itself would write into the folders */
	{"copy (select 1) to '#/x.csv'", ALL},
	{"copy (select 1) to '@/x.csv'", BOX | ENGINE},
	{"copy (select 1) to '@/linked/x.csv'", ALL},
	{"explain analyze copy (select 1) to '@/x.csv'", BOX | ENGINE},
	{"explain (analyze) copy (select 1) to '@/x.csv'", BOX | ENGINE},
	{"export database '#/dump'", ALL},
	{"export database '@/dump'", BOX | ENGINE},
	{"import database '#/dump'", ALL},
	{"attach '#/x.db' as x", ALL},
	{"attach '@/x.db' as x", BOX | ENGINE},
	{"attach ':memory:' as x", BOX | ENGINE},
	{"create table x as select 1 as a", BOX | ENGINE},
	{"explain analyze create table x as select 1 as a", BOX | ENGINE},
	{"with w as (select 1) insert into main.x select * from w", BOX | ENGINE},
	{"create macro m() as 1", BOX | ENGINE},
	{"prepare p as select 1", BOX | ENGINE},
	{"begin transaction", BOX | ENGINE},
	{"checkpoint", BOX | ENGINE},
	{"set variable v = 1", BOX | ENGINE},
	{"use memory", BOX | ENGINE},
	{"select 1; copy (select 1) to '@/x.csv'", BOX | ENGINE},
	/* extensions and secrets */
	{"load httpfs", ALL},
	{"install httpfs", ALL},
	{"load '#/x.duckdb_extension'", ALL},
	{"create secret (type s3)", ALL},
	{"create persistent secret (type http)", ALL},
	/* settings */
	{"set threads = 64", ALL},
	{"set memory_limit = '1TB'", ALL},
	{"set enable_external_access = true", ALL},
	{"set allowed_directories = ['/']", ALL},
	{"set allowed_configs = ['threads']", ALL},
	{"set lock_configuration = false", ALL},
	{"reset lock_configuration", ALL},
	{"set temp_directory = '#'", ALL},
	{"set autoload_known_extensions = true", ALL},
	{"set custom_extension_repository = 'http://example.org'", ALL},
	{"set timezone = 'America/Sao_Paulo'", ALL},
	{"set log_query_path = '#/log'", ALL},
	{"pragma enable_profiling = 'json'", BOX | ENGINE},
	{"set profiling_output = '#/profile'", ALL},
};

static void every_escape_is_stopped(void **state)
{
	int open = 0;
	(void)state;
	for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
		OWNED_MEMORY char *sql = fill(escapes[i].sql);
		int stopped = (box_stops(sql) ? BOX : 0) | (engine_stops(sql) ? ENGINE : 0);
		if (escapes[i].walls & LOCKS && locks_stop(sql))
			stopped |= LOCKS;
		if ((stopped & escapes[i].walls) == escapes[i].walls)
			continue;
		print_error("%s: stopped by %d, not %d\n", escapes[i].sql, stopped,
			    escapes[i].walls);
		open++;
	}
	assert_int_equal(open, 0);
}

/* None of them left a file, and what should be readable is. */
static void nothing_was_written(void **state)
{
	struct error err;
	char **names;
	(void)state;
	assert_ok(file_list(outside, &names, &err), &err);
	assert_string_equal(names[0], "secret.csv");
	assert_null(names[1]);
	file_free_names(names);
	assert_ok(file_list(lake, &names, &err), &err);
	assert_string_equal(names[0], "inside.csv");
	assert_string_equal(names[1], "link.csv");
	assert_string_equal(names[2], "linked");
	assert_null(names[3]);
	file_free_names(names);
	OWNED_MEMORY char *sql = fill("select * from read_csv('@/inside.csv')");
	assert_false(engine_stops(sql));
	assert_false(locks_stop(sql));
	assert_false(engine_stops("explain analyze select 1"));
	assert_false(engine_stops("explain (format json) with a as (select 1) from a"));
	assert_false(engine_stops("explain (select 1)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_escape_is_stopped),
		cmocka_unit_test(nothing_was_written),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
