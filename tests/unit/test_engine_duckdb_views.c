/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "delta/schema.h"
#include "engine/engine.h"
#include "store/store.h"
#include "support/engine.h"

#define TABLE "processing/t"

struct fixture {
	char *folder;
	struct store *store;
	struct engine *engine;
	struct engine_session *session;
	struct delta_snapshot *snapshot;
};

/* The folder's name has what patterns and literals would trip over. */
static int set_up(void **state)
{
	struct error err;
	struct fixture *f = mem_alloc(sizeof *f);
	f->folder = support_make_folder();
	OWNED_MEMORY char *lake = file_join(f->folder, "it's [a] l*k? \xc3\xa9", &err);
	assert_ok(store_open(lake, &f->store, &err), &err);
	f->engine = support_engine(2);
	f->session = support_session(f->engine);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	delta_snapshot_free(f->snapshot);
	engine_session_close(f->session);
	engine_close(f->engine);
	store_free(f->store);
	support_remove_folder(f->folder);
	free(f);
	return 0;
}

/* Write the rows of `select` as data file `name` of the table. */
static void put_file(struct fixture *f, const char *name, const char *select)
{
	struct error err;
	OWNED_MEMORY char *staging = NULL;
	assert_ok(store_make_staging(f->store, &staging, &err), &err);
	OWNED_MEMORY char *path = text_format(&err, "%s/x.parquet", staging);
	OWNED_MEMORY char *key = text_format(&err, TABLE "/%s", name);
	HELD(text) sql = {0};
	text_addf(&sql, "copy (%s) to ", select);
	text_add_literal(&sql, path);
	text_add(&sql, " (format parquet)");
	assert_ok(engine_session_execute(f->session, sql.data, &err), &err);
	assert_ok(store_put_file(f->store, key, path, &err), &err);
}

struct commit {
	const char *schema; /* "name type, name type" */
	const char *partition_by;
	struct {
		const char *path, *partition, *stats;
	} files[4];
};

static void parse_schema(const char *text, struct delta_schema *out)
{
	struct error err;
	OWNED_MEMORY char *copy = mem_copy_text(text);
	char *rest = copy, *part;
	while ((part = strsep(&rest, ";"))) {
		char *type = part + strcspn(part, " ");
		*type++ = '\0';
		assert_ok(delta_schema_add(out, part, type, "", &err), &err);
	}
}

/* Commit as version 0 and show it as processing.t. */
static int show(struct fixture *f, const struct commit *commit, struct error *err)
{
	HELD(delta_schema) schema = {0};
	struct delta_file files[4] = {0};
	struct delta_value values[4];
	const char *const partition_columns[] = {commit->partition_by, NULL};
	size_t count = 0;
	parse_schema(commit->schema, &schema);
	for (; count < 4 && commit->files[count].path; count++) {
		values[count] =
			(struct delta_value){(char *)(uintptr_t)commit->partition_by,
					     (char *)(uintptr_t)commit->files[count].partition};
		files[count] = (struct delta_file){
			.path = (char *)(uintptr_t)commit->files[count].path,
			.size = 1000,
			.rows = -1,
			.partition = &values[count],
			.partition_count = commit->partition_by != NULL,
			.stats_json = (char *)(uintptr_t)commit->files[count].stats};
	}
	struct delta_commit change = {.table = TABLE,
				      .read_version = -1,
				      .schema = &schema,
				      .partition_columns = partition_columns,
				      .adds = files,
				      .add_count = count,
				      .data_change = true,
				      .operation = "WRITE"};
	int64_t version;
	TRY(delta_commit(f->store, &change, NULL, &version, err));
	TRY(delta_snapshot_open(f->store, TABLE, -1, NULL, &f->snapshot, err));
	return engine_session_add_table(f->session, "processing", "t", f->store, f->snapshot, err);
}

static void times_are_shown_with_the_digits_that_were_stored(void **state)
{
	struct fixture *f = *state;
	struct error err;
	put_file(f, "a.parquet",
		 "select 1::bigint as id, timestamptz '2018-01-02 03:04:05.123456+00' as moment, "
		 "date '2018-01-02' as day, 1.5::decimal(18,2) as price");
	assert_ok(show(f,
		       &(struct commit){"id long;moment timestamp;day date;price decimal(18,2)",
					NULL,
					{{"a.parquet", NULL, NULL}}},
		       &err),
		  &err);
	support_expect_rows(f->session, "from processing.t",
			    "1,2018-01-02 03:04:05.123456,2018-01-02,1.50");
	support_expect_rows(f->session, "select column_type from (describe processing.t)",
			    "BIGINT TIMESTAMP DATE DECIMAL(18,2)");
	support_expect_rows(
		f->session,
		"select id from processing.t where moment > timestamp '2018-01-02 03:04'", "1");
}

static void a_table_without_files_has_types_and_no_rows(void **state)
{
	struct fixture *f = *state;
	struct error err;
	assert_ok(show(f,
		       &(struct commit){"id long;moment timestamp;s string;n "
					"{\"type\":\"array\",\"elementType\":\"date\","
					"\"containsNull\":true}"},
		       &err),
		  &err);
	support_expect_rows(f->session, "select count(*) from processing.t", "0");
	support_expect_rows(f->session, "select column_type from (describe processing.t)",
			    "BIGINT TIMESTAMP VARCHAR DATE[]");
}

static void files_that_lack_a_newer_column_read_null_there(void **state)
{
	struct fixture *f = *state;
	struct error err;
	put_file(f, "new.parquet",
		 "select 2::bigint as id, 'x' as s, "
		 "timestamptz '2018-01-02 00:00:00+00' as moment");
	put_file(f, "old.parquet", "select 1::bigint as id");
	put_file(f, "older.parquet", "select 3::bigint as id, 'gone' as dropped, 'y' as s");
	assert_ok(show(f,
		       &(struct commit){"id long;s string;moment timestamp;never double",
					NULL,
					{{"old.parquet", NULL, "{\"nullCount\":{\"id\":0}}"},
					 {"new.parquet", NULL, NULL},
					 {"older.parquet", NULL, "no json"}}},
		       &err),
		  &err);
	support_expect_rows(f->session, "from processing.t order by id",
			    "1,NULL,NULL,NULL 2,x,2018-01-02 00:00:00,NULL 3,y,NULL,NULL");
	support_expect_rows(f->session,
			    "select id from processing.t where never is null and s = 'y'", "3");
}

static void whole_files_and_those_that_lack_columns_are_mixed(void **state)
{
	struct fixture *f = *state;
	struct error err;
	put_file(f, "new.parquet", "select 2::bigint as id, 'x' as s");
	put_file(f, "old.parquet", "select 1::bigint as id");
	assert_ok(
		show(f,
		     &(struct commit){"id long;s string",
				      NULL,
				      {{"new.parquet", NULL, "{\"nullCount\":{\"id\":0,\"s\":0}}"},
				       {"old.parquet", NULL, "{\"nullCount\":{\"id\":0}}"}}},
		     &err),
		&err);
	support_expect_rows(f->session, "from processing.t order by id", "1,NULL 2,x");
}

static void partition_values_come_from_the_log(void **state)
{
	struct fixture *f = *state;
	struct error err;
	put_file(f, "a.parquet", "select 1::bigint as id");
	put_file(f, "day=2001-01-01/b%20.parquet", "select 2::bigint as id");
	put_file(f, "c.parquet", "select 3::bigint as id");
	static const char stats[] = "{\"nullCount\":{\"id\":0}}";
	assert_ok(show(f,
		       &(struct commit){"day date;id long",
					"day",
					{{"a.parquet", "2018-01-02", stats},
					 {"day=2001-01-01/b%20.parquet", "2018-01-03", stats},
					 {"c.parquet", NULL, stats}}},
		       &err),
		  &err);
	support_expect_rows(f->session, "select day, id from processing.t order by id",
			    "2018-01-02,1 2018-01-03,2 NULL,3");
	support_expect_rows(f->session, "select id from processing.t where day = date '2018-01-03'",
			    "2");
	support_expect_rows(f->session, "select id from processing.t where day is null", "3");
	support_expect_rows(f->session, "select * from processing.t where id = 1", "2018-01-02,1");
}

static void partition_values_of_any_text_are_shown(void **state)
{
	struct fixture *f = *state;
	struct error err;
	put_file(f, "a.parquet", "select 1::bigint as id");
	put_file(f, "b.parquet", "select 2::bigint as id");
	assert_ok(show(f,
		       &(struct commit){"p string;id long",
					"p",
					{{"a.parquet", "it's 50%/\xc3\xa9=\"", NULL},
					 {"b.parquet", "NULL", NULL}}},
		       &err),
		  &err);
	support_expect_rows(f->session, "select id, p from processing.t order by id",
			    "1,it's 50%/\xc3\xa9=\" 2,NULL");
	support_expect_rows(f->session,
			    "select id from processing.t where p is not null and p = 'NULL'", "2");
}

static void a_missing_file_is_named(void **state)
{
	struct error err;
	assert_fails(show(*state, &(struct commit){"id long", NULL, {{"gone.parquet", NULL, NULL}}},
			  &err),
		     &err, ERR_CORRUPT);
	assert_non_null(strstr(err.message, "processing.t"));
	assert_non_null(strstr(err.message, "gone.parquet"));
}

static void a_type_that_we_lack_is_named(void **state)
{
	struct fixture *f = *state;
	struct error err;
	static const char lines[] =
		"{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}\n"
		"{\"metaData\":{\"id\":\"x\",\"format\":{\"provider\":\"parquet\"},"
		"\"schemaString\":\"{\\\"type\\\":\\\"struct\\\",\\\"fields\\\":[{"
		"\\\"name\\\":\\\"v\\\",\\\"type\\\":\\\"void\\\",\\\"nullable\\\":true,"
		"\\\"metadata\\\":{}}]}\",\"partitionColumns\":[],\"configuration\":{}}}\n";
	assert_ok(store_put(f->store, TABLE "/_delta_log/00000000000000000000.json", lines,
			    strlen(lines), &err),
		  &err);
	assert_ok(delta_snapshot_open(f->store, TABLE, -1, NULL, &f->snapshot, &err), &err);
	assert_fails(engine_session_add_table(f->session, "processing", "t", f->store, f->snapshot,
					      &err),
		     &err, ERR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "\"void\""));
}

static void describe(struct engine_session *session, const char *sql, struct text *out)
{
	struct error err;
	HELD(delta_schema) schema = {0};
	text_clear(out);
	if (engine_session_describe(session, sql, &schema, &err) < 0)
		text_addf(out, "%d:%d %s; %s", err.line, err.column, err.message, err.hint);
	else
		delta_schema_write(&schema, out);
}

/* What is bound against columns alone must be told of as it would be by the table itself. */
static void columns_alone_bind_as_the_table_does(void **state)
{
	static const char *const statements[] = {
		"select * from processing.t",
		"select t, amount * 2 as twice from processing.t where \"order\" is null",
		"select rowid from processing.t",
		"select t.amont from processing.t t",
		"select amont from processing.t",
		"select x.id from processing.t t",
		"select sum(t) as s from processing.t",
		"select * from processing.t where regexp_matches(s, '[')",
		"select s from processing.t limit 'x'",
		"select date_trunc('foo', t) as d from processing.t",
		"select (select max(u.id) from processing.t u where u.t > t.t) m from processing.t",
	};
	struct fixture *f = *state;
	struct error err;
	HELD(text) whole = {0}, alone = {0};
	OWNED(engine_session) *session = NULL;
	assert_ok(show(f,
		       &(struct commit){
			       "id long;s string;t timestamp;amount decimal(18,2);order date",
			       NULL,
			       {{NULL}}},
		       &err),
		  &err);
	assert_ok(engine_session_open(f->engine, &session, &err), &err);
	assert_ok(engine_session_only_describes(session, &err), &err);
	assert_ok(engine_session_add_columns(session, "processing", "t",
					     delta_snapshot_schema(f->snapshot), &err),
		  &err);
	for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
		describe(f->session, statements[i], &whole);
		describe(session, statements[i], &alone);
		assert_string_equal(alone.data, whole.data);
	}
}

static int show_again(void *context, struct error *err)
{
	struct fixture *f = context;
	TRY(engine_session_add_columns(f->session, "delivery", "t",
				       delta_snapshot_schema(f->snapshot), err));
	return engine_session_add_table(f->session, "processing", "t", f->store, f->snapshot, err);
}

static void every_refused_allocation_is_reported(void **state)
{
	struct fixture *f = *state;
	struct error err;
	put_file(f, "a.parquet", "select 1::bigint as id");
	put_file(f, "b.parquet", "select 1::bigint as id, 'x' as s");
	static const char stats[] = "{\"nullCount\":{\"id\":0,\"s\":0}}";
	assert_ok(show(f,
		       &(struct commit){"p string;id long;s string",
					"p",
					{{"a.parquet", "x", NULL}, {"b.parquet", "y", stats}}},
		       &err),
		  &err);
	support_sweep_allocations(show_again, f);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(times_are_shown_with_the_digits_that_were_stored),
		CASE(a_table_without_files_has_types_and_no_rows),
		CASE(files_that_lack_a_newer_column_read_null_there),
		CASE(whole_files_and_those_that_lack_columns_are_mixed),
		CASE(partition_values_come_from_the_log),
		CASE(partition_values_of_any_text_are_shown),
		CASE(a_missing_file_is_named),
		CASE(a_type_that_we_lack_is_named),
		CASE(columns_alone_bind_as_the_table_does),
		CASE(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
