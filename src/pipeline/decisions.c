/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/decisions.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/text.h"
#include "delta/delta.h"
#include "engine/engine.h"
#include "pipeline/append.h"
#include "pipeline/context.h"
#include "pipeline/project.h"
#include "store/store.h"

static const struct {
	const char *name, *type, *comment;
} fields[] = {
	{"decision_id", "string", "One of each command that decided"},
	{"decided", "timestamp", "When, as civil time of the project"},
	{"decided_by", "string", "Who: the name by which the machine knows them"},
	{"decision", "string", "fix or waive"},
	{"why", "string", "What they said"},
	{"source", "string", "The source whose record it is"},
	{"file", "string", "The file's logical name"},
	{"sha256", "string", "The file's content"},
	{"line", "long", "Where the record begins, counted from 1"},
	{"kind", "string", "What was wrong, in one word"},
	{"column", "string", "The column; NULL = the whole record"},
	{"fixed_key", "string", "Where the file with the mended text lies in the lake"},
	{"fixed_line", "long", "Where the mended record begins in it"},
	{"fixed_lines", "long", "How many lines it takes"},
};
enum { FIELD_COUNT = sizeof fields / sizeof *fields };

int decisions_schema(struct delta_schema *out, struct error *err)
{
	for (size_t i = 0; i < FIELD_COUNT; i++)
		TRY(delta_schema_add(out, fields[i].name, fields[i].type, fields[i].comment, err));
	return 0;
}

static void add_text(struct text *sql, const char *value, const char *name)
{
	text_add(sql, "cast(");
	if (value)
		text_add_literal(sql, value);
	else
		text_add(sql, "null");
	text_addf(sql, " as varchar) as %s, ", name);
}

static int write_select(struct context *context, const char *decision, const char *why,
			const char *select, struct text *sql, struct error *err)
{
	char id[PROCESS_ID_SIZE], who[PROCESS_NAME_SIZE];
	int64_t now_us = clock_now_us(), civil_us = now_us;
	TRY(process_new_uuid(id, err));
	clock_to_civil(context_project(context)->time_zone, now_us, &civil_us);
	text_add(sql, "select ");
	add_text(sql, id, "decision_id");
	text_addf(sql, "make_timestamp(%" PRId64 ") as decided, ", civil_us);
	add_text(sql, process_user(who), "decided_by");
	add_text(sql, decision, "decision");
	add_text(sql, why, "why");
	text_addf(sql, "* from (%s) order by file, line", select);
	return text_check(sql, err);
}

static int64_t add(struct context *context, struct engine_session *session, const char *sql,
		   const char *staging, struct error *err)
{
	static const struct append_table table = {
		DECISIONS_TABLE, "What people decided of records that could not be loaded",
		decisions_schema};
	HELD(delta_schema) schema = {0};
	HELD(engine_output) output = {0};
	TRY(decisions_schema(&schema, err));
	struct engine_build what = {.sql = sql, .out_folder = staging, .schema = &schema};
	TRY(engine_session_build(session, &what, &output, err));
	if (output.rows > 0)
		TRY(append_output(context, &table, &output, err));
	return output.rows;
}

int64_t decisions_add(struct context *context, struct engine_session *session, const char *decision,
		      const char *why, const char *select, struct error *err)
{
	HELD(text) sql = {0};
	OWNED_MEMORY char *staging = NULL;
	struct error unused;
	TRY(write_select(context, decision, why, select, &sql, err));
	TRY(store_make_staging(context_store(context), &staging, err));
	int64_t count = add(context, session, sql.data, staging, err);
	(void)file_remove_tree(staging, &unused);
	return count < 0 ? err_within(err, "while keeping decisions") : count;
}

/* ---- reading ---- */

static int read_lines(struct engine_result *result, struct decisions_line **out, size_t *out_count,
		      struct error *err)
{
	size_t capacity = 0;
	int more;
	while ((more = engine_result_next(result, err)) == 1) {
		TRY(mem_grow(out, &capacity, *out_count + 1, sizeof **out, err));
		(*out)[(*out_count)++] = (struct decisions_line){engine_result_int(result, 0),
								 engine_result_int(result, 1),
								 engine_result_int(result, 2)};
	}
	return more;
}

int decisions_show(struct context *context, struct engine_session *session, const char *schema,
		   const char *name, struct error *err)
{
	OWNED(delta_snapshot) *snapshot = NULL;
	struct store *store = context_store(context);
	int64_t version;
	int exists = delta_newest_version(store, DECISIONS_TABLE, &version, err);
	TRY(exists);
	if (!exists)
		return 0;
	TRY(delta_snapshot_open(store, DECISIONS_TABLE, version, context_parquet(context),
				&snapshot, err));
	TRY(engine_session_add_table(session, schema, name, store, snapshot, err));
	return 1;
}

int decisions_lines(struct engine_session *session, const char *table, const char *fixed_key,
		    struct decisions_line **out, size_t *out_count, struct error *err)
{
	OWNED(engine_result) *result = NULL;
	OWNED_MEMORY struct decisions_line *lines = NULL;
	HELD(text) sql = {0};
	size_t count = 0;
	/* A fix that was tried again after a stop is there more than once. */
	text_addf(&sql, "select fixed_line, max(fixed_lines), max(line) from %s where fixed_key = ",
		  table);
	text_add_literal(&sql, fixed_key);
	text_add(&sql, " group by fixed_line order by fixed_line");
	TRY(text_check(&sql, err));
	TRY(engine_session_query(session, sql.data, &result, err));
	TRY(read_lines(result, &lines, &count, err));
	if (count == 0)
		return err_set(err, ERR_CORRUPT,
			       "no decision says where the records of \"%s\" come from", fixed_key);
	*out = TAKE(lines);
	*out_count = count;
	return 0;
}
