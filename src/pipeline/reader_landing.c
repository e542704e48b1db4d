/* SPDX-License-Identifier: Apache-2.0 */
/* reader_landing: landing.<source>: the files whose rows are in the source's table now, as they
 * came: every field a text, under the contract's names where the header is known to it. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "csv/load.h"
#include "engine/csv_table.h"
#include "engine/engine.h"
#include "pipeline/context.h"
#include "pipeline/delivery.h"
#include "pipeline/ledger.h"
#include "pipeline/project.h"
#include "pipeline/reader_parts.h"
#include "pipeline/source_load.h"
#include "store/store.h"

/* ---- one file's columns ---- */

struct layout {
	struct csv_column *columns; /* the contract's, then what the file has besides */
	size_t count;
	int field_count;
};

static int field_of(const struct source_column *column, size_t place, char *const *header,
		    size_t header_count)
{
	if (!header)
		return (int)place;
	for (size_t i = 0; i < header_count; i++)
		if (strcmp(header[i], column->header) == 0)
			return (int)i;
	for (size_t i = 0; i < header_count; i++)
		if (strcasecmp(header[i], column->header) == 0)
			return (int)i;
	return -1;
}

static bool is_named(const struct layout *layout, const char *name)
{
	for (size_t i = 0; i < layout->count; i++)
		if (strcasecmp(layout->columns[i].name, name) == 0)
			return true;
	return false;
}

/* A column that the contract lacks keeps its header as its name; of two the first is shown. */
static int add_extra(struct reader *reader, struct layout *layout, const char *header, int field,
		     struct error *err)
{
	for (size_t i = 0; i < layout->count; i++)
		if (layout->columns[i].field == field)
			return 0;
	const char *name = arena_copy_text(reader->arena, header);
	if (!name)
		return err_memory(err);
	if (*name && !is_named(layout, name))
		layout->columns[layout->count++] = (struct csv_column){
			.name = name, .type = {.kind = CSV_TEXT}, .field = field};
	return 0;
}

static int lay_out(struct reader *reader, const struct source *source, char *const *header,
		   size_t header_count, struct layout *out, struct error *err)
{
	out->columns = arena_alloc_array(reader->arena, source->column_count + header_count,
					 sizeof *out->columns);
	if (!out->columns)
		return err_memory(err);
	for (size_t i = 0; i < source->column_count; i++)
		out->columns[out->count++] = (struct csv_column){
			.name = source->columns[i].name,
			.type = {.kind = CSV_TEXT},
			.field = field_of(&source->columns[i], i, header, header_count)};
	for (size_t i = 0; i < header_count; i++)
		TRY(add_extra(reader, out, header[i], (int)i, err));
	out->field_count = (int)(header ? header_count : source->column_count);
	return 0;
}

/* ---- one file ---- */

static int open_load(struct reader *reader, const struct source *source, const char *path,
		     struct csv_load **out, struct error *err)
{
	struct csv_dialect dialect;
	OWNED_MEMORY char **header = NULL;
	size_t header_count = 0;
	struct layout layout = {0};
	TRY(source_to_dialect(source, &dialect, err));
	if (dialect.header)
		TRY(csv_read_header(path, &dialect, &header, &header_count, err));
	TRY(lay_out(reader, source, header, header_count, &layout, err));
	struct csv_load_settings settings = {
		.path = path,
		.dialect = dialect,
		.columns = layout.columns,
		.column_count = layout.count,
		.field_count = layout.field_count,
		.shape_discard_value = true,
		.time_zone = "UTC",
	};
	return csv_load_new(&settings, out, err);
}

static int show_file(struct reader *reader, const struct reader_table *table, const char *key,
		     const char *name, struct error *err)
{
	OWNED_MEMORY char *path = NULL;
	TRY(mem_grow(&reader->loads, &reader->load_capacity, reader->load_count + 1,
		     sizeof *reader->loads, err));
	TRY(store_local_path(context_store(reader->context), key, &path, err));
	struct csv_load *load = NULL;
	TRY(open_load(reader, table->source, path, &load, err));
	reader->loads[reader->load_count++] = load;
	return engine_session_add_csv(reader->session, READER_PARTS_SCHEMA, name, load, err);
}

/* ---- all of them ---- */

static int list_files(struct reader *reader, const struct source *source, struct delivery *out,
		      struct error *err)
{
	OWNED_MEMORY char *table = text_format(err, "processing.%s", source->name);
	OWNED_MEMORY char *key = text_format(err, "processing/%s", source->name);
	if (!table || !key)
		return -1;
	TRY(ledger_catch_up(reader->context, table, key, err));
	TRY(ledger_files(reader->context, table, true, out, err));
	if (out->count <= LANDING_FILES_SHOWN_MAX)
		return 0;
	err_set(err, ERR_LIMIT, "landing.%s has %zu files, more than %d can be read at once",
		source->name, out->count, LANDING_FILES_SHOWN_MAX);
	return err_hint(err,
			"Query %s instead; its columns _file and _line say where a row is "
			"from.",
			table);
}

/* No file: no rows, under the contract's names. */
static void add_nothing(const struct source *source, struct text *sql)
{
	text_add(sql, "select ");
	for (size_t i = 0; i < source->column_count; i++) {
		text_add(sql, "cast(NULL as varchar) as ");
		text_add_identifier(sql, source->columns[i].name);
		text_add(sql, ", ");
	}
	text_add(sql, "cast(NULL as varchar) as _file, cast(NULL as bigint) as _line where false");
}

static int add_file(struct reader *reader, const struct reader_table *table,
		    const struct delivery_file *file, struct text *sql, struct error *err)
{
	char name[32];
	snprintf(name, sizeof name, "file_%zu", reader->load_count);
	if (show_file(reader, table, file->key, name, err) < 0)
		return err_within(err, "%s", file->logical);
	text_add(sql, "select * exclude (_line, _offset), ");
	text_add_literal(sql, file->logical);
	text_addf(sql, " as _file, _line from " READER_PARTS_SCHEMA ".%s", name);
	return 0;
}

int reader_show_landing(struct reader *reader, const struct reader_table *table, struct error *err)
{
	HELD(delivery) files = {0};
	HELD(text) sql = {0};
	TRY(list_files(reader, table->source, &files, err));
	for (size_t i = 0; i < files.count; i++) {
		text_add(&sql, i ? " union all by name " : "");
		TRY(add_file(reader, table, &files.files[i], &sql, err));
	}
	if (files.count == 0)
		add_nothing(table->source, &sql);
	TRY(text_check(&sql, err));
	return engine_session_add_view(reader->session, table->schema, table->name, sql.data, err);
}
