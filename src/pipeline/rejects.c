/* SPDX-License-Identifier: Apache-2.0 */
/* The spool is a CSV file of our own dialect, read back by the same reader as any landed file: one
 * way to read records is enough. */
#include "pipeline/rejects.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/text.h"
#include "delta/delta.h"
#include "engine/csv_table.h"
#include "engine/engine.h"
#include "pipeline/append.h"
#include "pipeline/context.h"
#include "pipeline/delivery.h"
#include "pipeline/run_state.h"
#include "store/store.h"

struct rejects {
	const char *run_id, *source; /* borrowed */
	char attempt[PROCESS_ID_SIZE];
	char *path;
	FILE *spool;
	const struct delivery_file *file;
	int64_t count, count_of_file;
	char example[256];
	int64_t example_line;
	struct text line; /* the record being written, kept for its room */
};

static const struct {
	const char *name;
	struct csv_type type;
	const char *delta, *comment;
} fields[] = {
	{"source", {.kind = CSV_TEXT}, "string", "The source whose file it is"},
	{"run_id", {.kind = CSV_TEXT}, "string", "The run that read it"},
	{"attempt", {.kind = CSV_TEXT}, "string", "The attempt at loading that found it"},
	{"file", {.kind = CSV_TEXT}, "string", "The file's logical name"},
	{"sha256", {.kind = CSV_TEXT}, "string", "The file's content"},
	{"key", {.kind = CSV_TEXT}, "string", "Where the file lies in the lake"},
	{"line", {.kind = CSV_BIGINT}, "long", "Where the record begins, counted from 1"},
	{"offset", {.kind = CSV_BIGINT}, "long", "The same in bytes"},
	{"kind", {.kind = CSV_TEXT}, "string", "What is wrong, in one word"},
	{"column", {.kind = CSV_TEXT}, "string", "The column; NULL = the whole record"},
	{"reason", {.kind = CSV_TEXT}, "string", "What is wrong, in words"},
	{"text", {.kind = CSV_TEXT}, "string", "The record as it came (its first 64 KiB)"},
	{"length", {.kind = CSV_BIGINT}, "long", "Bytes of the whole record"},
};
enum { FIELD_COUNT = sizeof fields / sizeof *fields };

int rejects_new(const char *folder, const char *run_id, const char *source, struct rejects **out,
		struct error *err)
{
	OWNED(rejects) *rejects = mem_alloc(sizeof *rejects);
	if (!rejects)
		return err_memory(err);
	rejects->run_id = run_id;
	rejects->source = source;
	TRY(process_new_uuid(rejects->attempt, err));
	if (!(rejects->path = file_join(folder, "rejects.csv", err)))
		return -1;
	*out = TAKE(rejects);
	return 0;
}

void rejects_free(struct rejects *rejects)
{
	if (!rejects)
		return;
	if (rejects->spool)
		fclose(rejects->spool);
	text_done(&rejects->line);
	free(rejects->path);
	free(rejects);
}

const char *rejects_attempt(const struct rejects *rejects)
{
	return rejects->attempt;
}

void rejects_begin_file(struct rejects *rejects, const struct delivery_file *file)
{
	rejects->file = file;
	rejects->count_of_file = 0;
	rejects->example[0] = '\0';
}

int64_t rejects_count(const struct rejects *rejects)
{
	return rejects->count;
}

int64_t rejects_count_of_file(const struct rejects *rejects)
{
	return rejects->count_of_file;
}

const char *rejects_example(const struct rejects *rejects)
{
	return rejects->example;
}

static void add_quoted(struct text *t, const char *bytes, size_t len)
{
	text_add_char(t, '"');
	for (const char *end = bytes + len; bytes < end;) {
		const char *quote = memchr(bytes, '"', (size_t)(end - bytes));
		const char *stop = quote ? quote + 1 : end;
		text_add_bytes(t, bytes, (size_t)(stop - bytes));
		if (quote)
			text_add_char(t, '"');
		bytes = stop;
	}
	text_add_char(t, '"');
}

static void add_field(struct text *t, const char *s)
{
	if (s)
		add_quoted(t, s, strlen(s));
	text_add_char(t, ',');
}

static int write_record(struct rejects *rejects, struct error *err)
{
	TRY(text_check(&rejects->line, err));
	if (!rejects->spool) {
		rejects->spool = fopen(rejects->path, "we");
		if (!rejects->spool)
			return err_errno(err, errno, "cannot make \"%s\"", rejects->path);
	}
	if (fwrite(rejects->line.data, 1, rejects->line.len, rejects->spool) != rejects->line.len)
		return err_errno(err, errno, "cannot write \"%s\"", rejects->path);
	return 0;
}

int rejects_add(struct rejects *rejects, const struct csv_reject *reject, const char *kind,
		struct error *err)
{
	struct text *t = &rejects->line;
	text_clear(t);
	add_field(t, rejects->source);
	add_field(t, rejects->run_id);
	add_field(t, rejects->attempt);
	add_field(t, rejects->file->logical);
	add_field(t, rejects->file->sha256);
	add_field(t, rejects->file->key);
	text_addf(t, "%" PRId64 ",%" PRId64 ",", reject->line, reject->offset);
	add_field(t, kind);
	add_field(t, reject->column);
	add_field(t, reject->message);
	add_quoted(t, reject->text, reject->text_len);
	text_addf(t, ",%" PRId64 "\n", reject->record_len);
	TRY(write_record(rejects, err));
	if (rejects->count_of_file++ == 0 || reject->line < rejects->example_line) {
		rejects->example_line = reject->line;
		snprintf(rejects->example, sizeof rejects->example, "line %" PRId64 ": %s",
			 reject->line, reject->message);
	}
	rejects->count++;
	return 0;
}

int rejects_schema(struct delta_schema *out, struct error *err)
{
	for (size_t i = 0; i < FIELD_COUNT; i++)
		TRY(delta_schema_add(out, fields[i].name, fields[i].delta, fields[i].comment, err));
	return 0;
}

/* ---- from the spool to the table ---- */

int rejects_open_kept(const char *path, struct csv_load **out, struct error *err)
{
	struct csv_column columns[FIELD_COUNT];
	for (int i = 0; i < FIELD_COUNT; i++)
		columns[i] = (struct csv_column){
			.name = fields[i].name, .type = fields[i].type, .field = i};
	struct csv_load_settings settings = {
		.path = path,
		.dialect = {.delimiter = ',', .quote = '"', .decimal = '.'},
		.columns = columns,
		.column_count = FIELD_COUNT,
		.field_count = FIELD_COUNT,
		.time_zone = "UTC",
	};
	return csv_load_new(&settings, out, err);
}

static int build(struct engine_session *session, const char *folder, struct engine_output *out,
		 struct error *err)
{
	HELD(delta_schema) schema = {0};
	TRY(rejects_schema(&schema, err));
	HELD(text) sql = {0};
	text_add(&sql, "select ");
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		text_add(&sql, i ? ", " : "");
		text_add_identifier(&sql, fields[i].name);
	}
	text_add(&sql, " from spool.rejects order by file, line");
	TRY(text_check(&sql, err));
	struct engine_build what = {.sql = sql.data, .out_folder = folder, .schema = &schema};
	return engine_session_build(session, &what, out, err);
}

static int commit_spool(struct run_state *state, struct engine_session *session,
			struct rejects *rejects, const char *staging, struct error *err)
{
	HELD(engine_output) output = {0};
	TRY(build(session, staging, &output, err));
	if (output.rows != rejects->count)
		return err_set(err, ERR_INTERNAL,
			       "%" PRId64 " rejects were found but %" PRId64 " would be kept",
			       rejects->count, output.rows);
	static const struct append_table table = {REJECTS_TABLE, "Records that could not be loaded",
						  rejects_schema};
	return append_output(state->context, &table, &output, err);
}

int rejects_commit(struct run_state *state, size_t node, struct rejects *rejects, struct error *err)
{
	if (rejects->count == 0)
		return 0;
	FILE *spool = TAKE(rejects->spool);
	if (fclose(spool) != 0)
		return err_errno(err, errno, "cannot write \"%s\"", rejects->path);
	OWNED(csv_load) *load = NULL;
	OWNED_MEMORY char *staging = NULL;
	struct engine_session *session = NULL;
	TRY(rejects_open_kept(rejects->path, &load, err));
	TRY(store_make_staging(context_store(state->context), &staging, err));
	int result = run_open_session(state, node, &session, err);
	if (result == 0)
		result = engine_session_add_csv(session, "spool", "rejects", load, err);
	if (result == 0)
		result = commit_spool(state, session, rejects, staging, err);
	if (session)
		run_close_session(state, node, session);
	struct error unused;
	(void)file_remove_tree(staging, &unused);
	return result < 0 ? err_within(err, "while keeping rejects") : 0;
}

char *rejects_keep(struct rejects *rejects, const char *folder)
{
	struct error unused;
	if (rejects->spool) {
		fclose(rejects->spool);
		rejects->spool = NULL;
	}
	if (rejects->count == 0)
		return NULL;
	OWNED_MEMORY char *to = file_join(folder, "rejects.csv", &unused);
	if (!to || file_move(rejects->path, to, &unused) < 0)
		return NULL;
	return TAKE(to);
}
