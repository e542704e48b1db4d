/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/duckdb_stats.h"
#include "engine/engine.h"
#include "support/engine.h"

struct fixture {
	char *out;
	struct engine *engine;
	struct engine_session *session;
};

static int set_up(void **state)
{
	struct fixture *f = mem_alloc(sizeof *f);
	f->out = support_make_folder();
	f->engine = support_engine(2);
	f->session = support_session(f->engine);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	engine_session_close(f->session);
	engine_close(f->engine);
	support_remove_folder(f->out);
	free(f);
	return 0;
}

/* The statement counts what should not be. */
static void assert_none(struct fixture *f, const char *sql)
{
	struct error err;
	OWNED(engine_result) *result = NULL;
	assert_ok(engine_session_query(f->session, sql, &result, &err), &err);
	assert_ok(engine_result_next(result, &err), &err);
	if (engine_result_int(result, 0) != 0)
		fail_msg("%s: %s", sql, engine_result_text(result, 0, NULL));
}

/* Every bound must hold for every row, compared by DuckDB itself: rows out of bounds are counted.
 */
static void check_bounds(struct fixture *f, const struct engine_file *file,
			 const struct delta_schema *schema, size_t *bounds)
{
	struct error err;
	OWNED(json) *stats = NULL;
	assert_ok(json_parse(file->file.stats_json, strlen(file->file.stats_json), &stats, &err),
		  &err);
	assert_int_equal(json_int(json_get(stats, "numRecords"), -1), file->file.rows);
	for (size_t i = 0; i < schema->count; i++) {
		const char *name = schema->columns[i].name;
		HELD(text) sql = {0};
		text_addf(&sql, "select (select count(*) from read_parquet(");
		text_add_literal(&sql, file->path);
		text_addf(&sql, ") where %s is null) - %lld", name,
			  (long long)json_int(json_get(json_get(stats, "nullCount"), name), -1));
		assert_none(f, sql.data);
		for (int is_max = 0; is_max < 2; is_max++) {
			const struct json *bound =
				json_get(json_get(stats, is_max ? "maxValues" : "minValues"), name);
			HELD(text) value = {0};
			if (!bound)
				continue;
			if (json_is_text(bound))
				text_add_literal(&value, json_text(bound, ""));
			else
				json_write(bound, &value);
			text_clear(&sql);
			text_add(&sql, "select count(*) from read_parquet(");
			text_add_literal(&sql, file->path);
			text_addf(&sql, ") where %s %s cast(%s as %s)", name, is_max ? ">" : "<",
				  value.data,
				  strcmp(schema->columns[i].type, "timestamp") == 0 ? "timestamptz"
				  : strcmp(schema->columns[i].type, "float") == 0   ? "double"
				  : strcmp(schema->columns[i].type, "long") == 0    ? "bigint"
				  : strcmp(schema->columns[i].type, "string") == 0
					  ? "varchar"
					  : schema->columns[i].type);
			assert_none(f, sql.data);
			++*bounds;
		}
	}
}

static void bounds_hold_for_every_row(void **state)
{
	struct fixture *f = *state;
	struct error err;
	HELD(engine_output) output = {0};
	struct engine_build what = {
		.sql = "select nullif(i, 7) as id, "
		       "timestamp '1965-01-01' + to_microseconds((hash(i) % "
		       "300000000000000000)::bigint) "
		       "as t, date '1900-01-01' + (hash(i + 1) % 80000)::int as d, "
		       "(hash(i + 2) % 1000000 / 7)::float as f, hash(i + 3) / 3 - 1e18 as g, "
		       "((hash(i + 4) % 100000)::bigint - 50000) / 100::decimal(18,2) as m, "
		       "(i - 100000) * 1234567890123.4567::decimal(38,4) as long_money, "
		       "md5(i::varchar) as s, "
		       "repeat('x', (i % 300)::int) || i as long_text, "
		       "chr((hash(i + 5) % 50000 + 65)::int) as u, "
		       "case when i % 1000 = 0 then 'nan'::double else i end as nan_some, "
		       "null::int as nothing, i % 2 = 0 as yes, "
		       "md5(i::varchar)::blob as bytes from range(200000) r(i)",
		.out_folder = f->out,
		.file_bytes = 4 << 20};
	assert_ok(engine_session_build(f->session, &what, &output, &err), &err);
	assert_true(output.count > 1);
	for (size_t i = 0; i < output.count; i++) {
		size_t bounds = 0;
		check_bounds(f, &output.files[i], &output.schema, &bounds);
		/* all but three have both; t may lack its most */
		assert_in_range(bounds, 21, 22);
	}
}

static void what_has_no_bounds_has_none(void **state)
{
	struct fixture *f = *state;
	struct error err;
	HELD(engine_output) output = {0};
	struct engine_build what = {
		.sql = "select 'nan'::double as a, '-inf'::double as b, repeat(chr(1114111), 300) "
		       "as c, 'x'::blob as e, null::bigint as f, "
		       "repeat(chr(233), 300) as g, timestamp '12018-01-01' as h, "
		       "7 as i",
		.out_folder = f->out};
	assert_ok(engine_session_build(f->session, &what, &output, &err), &err);
	assert_string_equal(output.files[0].file.stats_json,
			    "{\"numRecords\":1,\"minValues\":{\"i\":7},\"maxValues\":{\"i\":7},"
			    "\"nullCount\":{\"a\":0,\"b\":0,\"c\":0,\"e\":0,\"f\":1,\"g\":0,"
			    "\"h\":0,\"i\":0}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bounds_hold_for_every_row, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_has_no_bounds_has_none, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
