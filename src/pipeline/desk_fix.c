/* SPDX-License-Identifier: Apache-2.0 */
/* desk_fix: from an export that a person edited to files that land.
 *
 * For each landed file of which a record was mended one file is made: its header, then the mended
 * texts, each on a line of its own, in UTF-8 with a byte-order mark (which overrules the contract's
 * encoding). Which of its lines stands for which line of the broken file is in the decisions, and
 * those are committed before the load, so that a file of mended records never lacks them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "csv/load.h"
#include "engine/csv_table.h"
#include "engine/engine.h"
#include "pipeline/context.h"
#include "pipeline/decisions.h"
#include "pipeline/delivery.h"
#include "pipeline/desk.h"
#include "pipeline/project.h"
#include "pipeline/reader.h"
#include "pipeline/reader_rows.h"
#include "pipeline/run.h"
#include "pipeline/source_load.h"
#include "store/store.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

struct fixing {
	struct context *context;
	const struct source *source;
	const char *path;      /* what the person edited */
	struct csv_load *load; /* of it; must outlive the session */
	struct reader *reader;
	struct engine_session *session; /* the reader's */
	struct arena *arena;
	char *staging;
	/* The file being written, and what it mends. */
	char *base_key, *file_path;
	FILE *file;
	int64_t line; /* of it, the next one to be written */
	char logical[PATH_LEN_MAX], base_sha256[HASH_HEX_SIZE];
	size_t first_row; /* of `rows`: this file's first value */
	struct reader_rows rows;
	struct delivery files;
};

static void fixing_done(struct fixing *fixing)
{
	struct error unused;
	reader_close(fixing->reader);
	csv_load_free(fixing->load);
	if (fixing->file)
		fclose(fixing->file);
	if (fixing->staging)
		(void)file_remove_tree(fixing->staging, &unused);
	free(fixing->staging);
	free(fixing->base_key);
	free(fixing->file_path);
	reader_rows_done(&fixing->rows);
	delivery_done(&fixing->files);
	arena_free(fixing->arena);
}
OWN_DEFINE_EMBEDDED(fixing, fixing_done)

/* ---- the person's file ---- */

static int on_unreadable(void *context, const struct csv_reject *reject, struct error *err)
{
	const struct fixing *fixing = context;
	err_set(err, ERR_REFUSED, "\"%s\" line %" PRId64 ": %s", fixing->path, reject->line,
		reject->message);
	return err_hint(err, "A text with a comma, a quote or a line break stands in quotes, each "
			     "quote in it twice; spreadsheets write it so.");
}

/* Spreadsheets write what their country is used to. */
static int find_encoding(const struct fixing *fixing, struct csv_dialect *out, struct error *err)
{
	OWNED_MEMORY char *bytes = NULL;
	size_t len;
	TRY(file_read(fixing->path, FIX_FILE_LEN_MAX, &bytes, &len, err));
	bool has_mark = len >= 2 &&
			(memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0);
	out->encoding = has_mark || text_is_utf8(bytes, len) ? CSV_UTF8 : CSV_WINDOWS1252;
	return 0;
}

static int place_of(char *const *header, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(header[i], name) == 0)
			return (int)i;
	return -1;
}

static int find_layout(const struct fixing *fixing, struct csv_dialect *out, int *out_id,
		       int *out_text, int *out_count, struct error *err)
{
	static const char delimiters[] = ",;\t";
	*out = (struct csv_dialect){.quote = '"', .decimal = '.', .header = true};
	TRY(find_encoding(fixing, out, err));
	for (const char *delimiter = delimiters; *delimiter; delimiter++) {
		OWNED_MEMORY char **header = NULL;
		size_t count;
		out->delimiter = *delimiter;
		TRY(csv_read_header(fixing->path, out, &header, &count, err));
		*out_id = place_of(header, count, "id");
		*out_text = place_of(header, count, "text");
		*out_count = (int)count;
		if (*out_id >= 0 && *out_text >= 0)
			return 0;
	}
	err_set(err, ERR_REFUSED, "\"%s\" has no columns \"id\" and \"text\"", fixing->path);
	return err_hint(err,
			"`vitrine rejects export %s -o FILE` writes a file to be mended; "
			"edit its column `text` and leave `id` as it is.",
			fixing->source->name);
}

static int open_given(struct fixing *fixing, struct error *err)
{
	struct csv_dialect dialect;
	int id, text, count;
	TRY(find_layout(fixing, &dialect, &id, &text, &count, err));
	struct csv_column columns[] = {{.name = "id", .type = {.kind = CSV_TEXT}, .field = id},
				       {.name = "text", .type = {.kind = CSV_TEXT}, .field = text}};
	struct csv_load_settings settings = {
		.path = fixing->path,
		.dialect = dialect,
		.columns = columns,
		.column_count = 2,
		.field_count = count,
		.time_zone = "UTC",
		.reject = on_unreadable,
		.reject_context = fixing,
	};
	TRY(csv_load_new(&settings, &fixing->load, err));
	return engine_session_add_csv(fixing->session, "_desk", "given", fixing->load, err);
}

static int open_session(struct fixing *fixing, struct error *err)
{
	HELD(text) sql = {0};
	HELD(reader_query) query = {0};
	struct desk_filter filter = {.source = fixing->source->name};
	text_add(&sql, "select " DESK_ID " as id, key, file, sha256, line, kind, \"column\", text");
	TRY(desk_add_from(fixing->context, &filter, &sql, err));
	TRY(reader_open(fixing->context, NULL, &fixing->reader, err));
	TRY(reader_prepare(fixing->reader, sql.data, &query, err));
	fixing->session = query.session;
	return engine_session_add_view(fixing->session, "_desk", "open", query.sql, err);
}

/* The first row of `sql`, a line and an id, is a mistake. */
static int refuse_if_any(const struct fixing *fixing, const char *sql, const char *what,
			 const char *hint, struct error *err)
{
	OWNED(engine_result) *result = NULL;
	TRY(engine_session_query(fixing->session, sql, &result, err));
	int any = engine_result_next(result, err);
	if (any <= 0)
		return any;
	const char *id = engine_result_text(result, 1, NULL);
	err_set(err, ERR_REFUSED, "\"%s\" line %" PRId64 ": %s \"%s\"", fixing->path,
		engine_result_int(result, 0), what, id ? id : "");
	return err_hint(err, "%s", hint);
}

static int check_given(const struct fixing *fixing, struct error *err)
{
	TRY(refuse_if_any(fixing,
			  "select _line, id from _desk.given where id is null or id not in "
			  "(select id from _desk.open) order by _line limit 1",
			  "no open reject of this source has the id",
			  "It may be mended or waived already: export them again.", err));
	TRY(refuse_if_any(fixing,
			  "select max(_line), id from _desk.given group by id having count(*) > 1 "
			  "order by 1 limit 1",
			  "twice the same id",
			  "Leave one line for each record; a text may hold several lines.", err));
	return refuse_if_any(fixing,
			     "select _line, id from _desk.given where coalesce(text, '') = '' "
			     "order by _line limit 1",
			     "no text for the id",
			     "Leave the whole line out to leave the record open, or give it up "
			     "with `vitrine rejects waive`.",
			     err);
}

/* ---- one file of mended records ---- */

static int write_bytes(struct fixing *fixing, const char *bytes, size_t len, struct error *err)
{
	if (fwrite(bytes, 1, len, fixing->file) == len)
		return 0;
	return err_errno(err, errno, "cannot write \"%s\"", fixing->file_path);
}

static int64_t count_lines(const char *text, size_t len)
{
	int64_t lines = 1;
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n' || (text[i] == '\r' && text[i + 1] != '\n');
	return lines;
}

static void add_field(struct text *line, const struct csv_dialect *dialect, const char *field)
{
	char special[] = {dialect->delimiter, dialect->quote, '\n', '\r', '\0'};
	if (!dialect->quote || (*field && !strpbrk(field, special))) {
		text_add(line, field);
		return;
	}
	text_add_char(line, dialect->quote);
	for (; *field; field++) {
		text_add_char(line, *field);
		if (*field == dialect->quote)
			text_add_char(line, *field);
	}
	text_add_char(line, dialect->quote);
}

static int write_header(struct fixing *fixing, struct error *err)
{
	struct csv_dialect dialect;
	OWNED_MEMORY char *path = NULL;
	OWNED_MEMORY char **header = NULL;
	HELD(text) line = {0};
	size_t count;
	TRY(source_to_dialect(fixing->source, &dialect, err));
	text_add(&line, BYTE_ORDER_MARK);
	if (dialect.header) {
		TRY(store_local_path(context_store(fixing->context), fixing->base_key, &path, err));
		TRY(csv_read_header(path, &dialect, &header, &count, err));
		for (size_t i = 0; i < count; i++) {
			if (i)
				text_add_char(&line, dialect.delimiter);
			add_field(&line, &dialect, header[i]);
		}
		text_add_char(&line, '\n');
		fixing->line = count_lines(line.data, line.len);
	}
	TRY(text_check(&line, err));
	return write_bytes(fixing, line.data, line.len, err);
}

static int begin_file(struct fixing *fixing, struct engine_result *row, struct error *err)
{
	free(fixing->base_key);
	free(fixing->file_path);
	fixing->base_key = mem_copy_text(engine_result_text(row, 0, NULL));
	fixing->file_path = text_format(err, "%s/%zu", fixing->staging, fixing->files.count);
	if (!fixing->base_key || !fixing->file_path)
		return err_memory(err);
	snprintf(fixing->logical, sizeof fixing->logical, "%s", engine_result_text(row, 1, NULL));
	snprintf(fixing->base_sha256, sizeof fixing->base_sha256, "%s",
		 engine_result_text(row, 2, NULL));
	fixing->first_row = fixing->rows.count;
	fixing->line = 1;
	fixing->file = fopen(fixing->file_path, "we");
	if (!fixing->file)
		return err_errno(err, errno, "cannot make \"%s\"", fixing->file_path);
	return write_header(fixing, err);
}

/* Now that its content is known, so is its name; its rows learn it. */
static int end_file(struct fixing *fixing, struct error *err)
{
	char sha256[HASH_HEX_SIZE];
	struct file_info info;
	if (!fixing->file)
		return 0;
	if (fclose(TAKE(fixing->file)) != 0)
		return err_errno(err, errno, "cannot write \"%s\"", fixing->file_path);
	TRY(hash_of_file(fixing->file_path, sha256, err));
	TRY(file_stat(fixing->file_path, &info, err));
	const char *key = arena_format(fixing->arena, "landing/%s/_fixes/%.12s-%.12s",
				       fixing->source->name, fixing->base_sha256, sha256);
	if (!key)
		return err_memory(err);
	for (size_t i = fixing->first_row + 6; i < fixing->rows.count;
	     i += fixing->rows.column_count)
		fixing->rows.values[i] = key;
	return delivery_add(&fixing->files, fixing->logical, sha256, fixing->file_path, key,
			    info.size, err);
}

static int add_record(struct fixing *fixing, struct engine_result *row, struct error *err)
{
	size_t len;
	struct reader_rows *rows = &fixing->rows;
	if (!fixing->file || strcmp(engine_result_text(row, 0, NULL), fixing->base_key) != 0) {
		TRY(end_file(fixing, err));
		TRY(begin_file(fixing, row, err));
	}
	TRY(reader_rows_add(rows, fixing->source->name, err));
	for (size_t column = 1; column < 6; column++)
		TRY(reader_rows_add(rows, engine_result_text(row, column, NULL), err));
	TRY(reader_rows_add(rows, NULL, err));
	TRY(reader_rows_add_int(rows, fixing->line, err));
	const char *text = engine_result_text(row, 6, &len);
	TRY(reader_rows_add_int(rows, count_lines(text, len), err));
	fixing->line += count_lines(text, len);
	TRY(write_bytes(fixing, text, len, err));
	return write_bytes(fixing, "\n", 1, err);
}

/* ---- all of them ---- */

static int make_files(struct fixing *fixing, struct error *err)
{
	OWNED(engine_result) *result = NULL;
	int more;
	TRY(engine_session_query(
		fixing->session,
		"select o.key, o.file, o.sha256, o.line, o.kind, o.\"column\", g.text "
		"from _desk.given as g join _desk.open as o on o.id = g.id "
		"where g.text <> o.text order by o.key, o.line",
		&result, err));
	while ((more = engine_result_next(result, err)) == 1)
		TRY(add_record(fixing, result, err));
	TRY(more);
	return end_file(fixing, err);
}

static int init_rows(struct fixing *fixing, struct error *err)
{
	static const struct {
		const char *name, *type;
	} columns[] = {
		{"source", "VARCHAR"},    {"file", "VARCHAR"},      {"sha256", "VARCHAR"},
		{"line", "BIGINT"},       {"kind", "VARCHAR"},      {"column", "VARCHAR"},
		{"fixed_key", "VARCHAR"}, {"fixed_line", "BIGINT"}, {"fixed_lines", "BIGINT"}};
	fixing->rows.arena = fixing->arena;
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		TRY(reader_rows_column(&fixing->rows, columns[i].name, columns[i].type, err));
	return 0;
}

static int prepare(struct fixing *fixing, struct desk_fixes *out, struct error *err)
{
	OWNED(engine_result) *result = NULL;
	fixing->arena = arena_new();
	if (!fixing->arena)
		return err_memory(err);
	TRY(store_make_staging(context_store(fixing->context), &fixing->staging, err));
	TRY(init_rows(fixing, err));
	TRY(open_session(fixing, err));
	TRY(open_given(fixing, err));
	TRY(check_given(fixing, err));
	TRY(make_files(fixing, err));
	TRY(engine_session_query(fixing->session, "select count(*) from _desk.given", &result,
				 err));
	TRY(engine_result_next(result, err));
	out->mended = (int64_t)(fixing->rows.count / fixing->rows.column_count);
	out->unchanged = engine_result_int(result, 0) - out->mended;
	return 0;
}

int desk_fix(struct context *context, const char *source, const char *path, const char *why,
	     struct run_request *request, struct desk_fixes *out, struct run_report **out_report,
	     struct error *err)
{
	HELD(fixing)
	fixing = {.context = context,
		  .source = project_source(context_project(context), source),
		  .path = path};
	*out_report = NULL;
	TRY(project_want_source(context_project(context), source, err));
	TRY(prepare(&fixing, out, err));
	if (out->mended == 0)
		return 0;
	TRY(reader_rows_show(&fixing.rows, fixing.session, "_desk", "mended", err));
	TRY(decisions_add(context, fixing.session, "fix", why, "select * from _desk.mended", err));
	request->only_land = true;
	request->selection = source;
	request->fixes = &fixing.files;
	return run_pipeline(context, request, out_report, err);
}
