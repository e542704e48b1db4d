/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/reader_rows.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "engine/engine.h"

void reader_rows_done(struct reader_rows *rows)
{
	free(rows->values);
	*rows = (struct reader_rows){0};
}

int reader_rows_column(struct reader_rows *rows, const char *name, const char *type,
		       struct error *err)
{
	assert(rows->column_count < READER_COLUMNS_MAX && rows->count == 0);
	rows->names[rows->column_count] = arena_copy_text(rows->arena, name);
	rows->types[rows->column_count] = type;
	return rows->names[rows->column_count++] ? 0 : err_memory(err);
}

int reader_rows_columns(struct reader_rows *rows, const struct catalog_table_column *columns,
			struct error *err)
{
	for (const struct catalog_table_column *c = columns; c->name; c++)
		TRY(reader_rows_column(rows, c->name, c->type, err));
	return 0;
}

int reader_rows_add(struct reader_rows *rows, const char *value, struct error *err)
{
	if (rows->count == CATALOG_ROWS_MAX * rows->column_count)
		return err_set(err, ERR_LIMIT, "more than %d rows", CATALOG_ROWS_MAX);
	TRY(mem_grow(&rows->values, &rows->capacity, rows->count + 1, sizeof *rows->values, err));
	const char *copy = value ? arena_copy_text(rows->arena, value) : NULL;
	if (value && !copy)
		return err_memory(err);
	rows->values[rows->count++] = copy;
	return 0;
}

int reader_rows_add_int(struct reader_rows *rows, int64_t value, struct error *err)
{
	char text[24];
	snprintf(text, sizeof text, "%" PRId64, value);
	return reader_rows_add(rows, text, err);
}

int reader_rows_add_time(struct reader_rows *rows, int64_t us, const char *zone, struct error *err)
{
	char text[CLOCK_TEXT_SIZE];
	int64_t civil = us;
	clock_to_civil(zone, us, &civil);
	return reader_rows_add(rows, clock_format_civil(civil, text), err);
}

int reader_rows_show(const struct reader_rows *rows, struct engine_session *session,
		     const char *schema, const char *name, struct error *err)
{
	struct engine_rows shown = {.schema = schema,
				    .name = name,
				    .column_count = rows->column_count,
				    .row_count = rows->count / rows->column_count,
				    .names = rows->names,
				    .types = rows->types,
				    .values = rows->values};
	return engine_session_add_rows(session, &shown, err);
}

const char *reader_sql_type(const char *delta_type)
{
	static const char *const names[][2] = {
		{"string", "VARCHAR"},      {"long", "BIGINT"},     {"integer", "INTEGER"},
		{"short", "SMALLINT"},      {"byte", "TINYINT"},    {"double", "DOUBLE"},
		{"float", "FLOAT"},         {"boolean", "BOOLEAN"}, {"date", "DATE"},
		{"timestamp", "TIMESTAMP"}, {"binary", "BLOB"},
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i][0], delta_type) == 0)
			return names[i][1];
	return delta_type;
}
