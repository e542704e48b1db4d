/* SPDX-License-Identifier: Apache-2.0 */
/* reader_catalog: vitrine.tables and vitrine.columns: what there is to query. Each table of the
 * lake costs one reading of its log. */
#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"
#include "catalog/tables.h"
#include "delta/delta.h"
#include "pipeline/context.h"
#include "pipeline/personal_mark.h"
#include "pipeline/project.h"
#include "pipeline/reader_parts.h"
#include "pipeline/reader_rows.h"
#include "pipeline/set.h"

static int open_table(struct reader *reader, const struct reader_table *table,
		      struct delta_snapshot **out, struct error *err)
{
	if (delta_snapshot_open(table->store, table->published->key, table->published->version,
				context_parquet(reader->context), out, err) < 0)
		return set_say_lost(table->published, err);
	return 0;
}

static const struct reader_table *table_at(const struct reader *reader, size_t place)
{
	return map_value_at(reader->tables, place);
}

/* ---- what is shown of schema vitrine ---- */

static const struct catalog_table_column file_columns[] = {
	{"source", "VARCHAR", "the source"},
	{"file", "VARCHAR", "the file's logical name"},
	{"status", "VARCHAR",
	 "loaded; fix (holds records of that file that people mended). Without a row in the table: "
	 "superseded (later records of load: merge took the place of all of them), replaced (a "
	 "later load took them out), refused (its load was; the next run tries again), pending "
	 "(copied, and its load did not come to an end), waived (a refused load, given up)"},
	{"records", "BIGINT",
	 "records in the file; records = loaded + rejected + waived. NULL = not known: nothing of "
	 "it was loaded"},
	{"loaded", "BIGINT", "records that became rows"},
	{"rejected", "BIGINT", "records that could not be loaded: see vitrine.rejects"},
	{"waived", "BIGINT", "records that people gave up; of a fix also those no longer needed"},
	{"fixed", "BIGINT", "of `rejected`: those whose mended text a fix has brought in"},
	{"superseded", "BIGINT",
	 "of `loaded`: rows that are gone because a later record had their key (load: merge); NULL "
	 "= "
	 "not known, as of two files of one name"},
	{"bytes", "BIGINT", "size of the file"},
	{"landed", "TIMESTAMP", "when it was loaded; NULL = it was not"},
	{"table_name", "VARCHAR", "the table"},
	{"version", "BIGINT", "the version of the table that its rows came with"},
	{"run_id", "VARCHAR", "the run"},
	{"attempt", "VARCHAR", "the attempt, as in vitrine.rejects"},
	{"sha256", "VARCHAR", "its content"},
	{"key", "VARCHAR", "where it lies in the lake"},
	{NULL},
};

static const struct catalog_table_column reject_columns[] = {
	{"source", "VARCHAR", "the source"},
	{"run_id", "VARCHAR", "the run that read the file"},
	{"attempt", "VARCHAR", "the attempt at loading that found it"},
	{"file", "VARCHAR", "the file's logical name"},
	{"sha256", "VARCHAR", "the file's content"},
	{"key", "VARCHAR", "where the file lies in the lake"},
	{"line", "BIGINT", "where the record begins, counted from 1"},
	{"offset", "BIGINT", "the same in bytes"},
	{"kind", "VARCHAR", "what is wrong, in one word"},
	{"column", "VARCHAR", "the column; NULL for the record as a whole"},
	{"reason", "VARCHAR", "what is wrong, in words"},
	{"text", "VARCHAR", "the record as it came (its first 64 KiB)"},
	{"length", "BIGINT", "bytes of the whole record"},
	{"status", "VARCHAR",
	 "open; fixed or waived by people; replaced (a later load took the file's rows out again)"},
	{NULL},
};

static const struct catalog_table_column refused_columns[] = {
	{"source", "VARCHAR", "the source"},
	{"run_id", "VARCHAR", "the run that was refused"},
	{"attempt", "VARCHAR", "the attempt at loading"},
	{"file", "VARCHAR", "the file's logical name"},
	{"sha256", "VARCHAR", "the file's content"},
	{"key", "VARCHAR", "where the file lies in the lake"},
	{"line", "BIGINT", "where the record begins, counted from 1"},
	{"offset", "BIGINT", "the same in bytes"},
	{"kind", "VARCHAR", "what is wrong, in one word"},
	{"column", "VARCHAR", "the column; NULL for the record as a whole"},
	{"reason", "VARCHAR", "what is wrong, in words"},
	{"text", "VARCHAR", "the record as it came (its first 64 KiB)"},
	{"length", "BIGINT", "bytes of the whole record"},
	{NULL},
};

static const struct catalog_table_column decision_columns[] = {
	{"decision_id", "VARCHAR", "one of each command that decided"},
	{"decided", "TIMESTAMP", "when"},
	{"decided_by", "VARCHAR", "who, as the machine knows them"},
	{"decision", "VARCHAR", "fix or waive"},
	{"why", "VARCHAR", "what they said"},
	{"source", "VARCHAR", "the source whose record it is"},
	{"file", "VARCHAR", "the file's logical name"},
	{"sha256", "VARCHAR", "the file's content"},
	{"line", "BIGINT", "where the record begins, counted from 1"},
	{"kind", "VARCHAR", "what was wrong, in one word"},
	{"column", "VARCHAR", "the column; NULL for the record as a whole"},
	{"fixed_key", "VARCHAR", "where the file with the mended text lies in the lake"},
	{"fixed_line", "BIGINT", "where the mended record begins in it"},
	{"fixed_lines", "BIGINT", "how many lines it takes"},
	{NULL},
};

static const struct catalog_table_column this_run_columns[] = {
	{"run_id", "VARCHAR", "the run's UUID"},
	{"business_date", "DATE", "the day it was for"},
	{NULL},
};

static const struct catalog_table_column table_columns[] = {
	{"database", "VARCHAR", "landing, processing, delivery or vitrine"},
	{"name", "VARCHAR", "the table"},
	{"kind", "VARCHAR",
	 "source, model or orphan (nothing defines it any more); files (a source's, as they came); "
	 "candidate (built and not published); system"},
	{"version", "BIGINT", "the published version"},
	{"row_count", "BIGINT", "its rows"},
	{"bytes", "BIGINT", "size of its files"},
	{"files", "BIGINT", "how many they are"},
	{"description", "VARCHAR", "what it is"},
	{NULL},
};

static const struct catalog_table_column column_columns[] = {
	{"database", "VARCHAR", "landing, processing, delivery or vitrine"},
	{"table_name", "VARCHAR", "the table"},
	{"position", "BIGINT", "1, 2, ..."},
	{"name", "VARCHAR", "the column"},
	{"type", "VARCHAR", "its SQL type"},
	{"personal", "BOOLEAN", "whether it tells of a person; NULL = nobody said"},
	{"description", "VARCHAR", "what it holds"},
	{NULL},
};

const struct catalog_table reader_vitrine_tables[] = {
	{"files", "Landed files: records, loaded, rejected, waived.", file_columns, NULL},
	{"rejects", "Records that could not be loaded, with text and reason.", reject_columns,
	 NULL},
	{"refused", "The same of loads that were refused as a whole, for as long as they are kept.",
	 refused_columns, NULL},
	{"decisions", "What people decided of rejects.", decision_columns, NULL},
	{"run", "One row: the run that published what is read.", this_run_columns, NULL},
	{"tables", "All that can be queried.", table_columns, NULL},
	{"columns", "Columns of the tables, with descriptions.", column_columns, NULL},
	{NULL},
};

const struct catalog_table *reader_vitrine_table(const char *name)
{
	const struct catalog_table *lists[] = {reader_vitrine_tables, catalog_tables};
	for (size_t i = 0; i < 2; i++)
		for (const struct catalog_table *table = lists[i]; table->name; table++)
			if (strcmp(table->name, name) == 0)
				return table;
	return NULL;
}

/* ---- tables ---- */

static int add_lake_table(struct reader *reader, struct reader_rows *rows,
			  const struct reader_table *table, struct error *err)
{
	OWNED(delta_snapshot) *snapshot = NULL;
	TRY(open_table(reader, table, &snapshot, err));
	int64_t row_count = delta_snapshot_rows(snapshot);
	TRY(reader_rows_add(rows, table->published->definition, err));
	TRY(reader_rows_add_int(rows, table->published->version, err));
	TRY(row_count < 0 ? reader_rows_add(rows, NULL, err)
			  : reader_rows_add_int(rows, row_count, err));
	TRY(reader_rows_add_int(rows, delta_snapshot_bytes(snapshot), err));
	TRY(reader_rows_add_int(rows, (int64_t)delta_snapshot_file_count(snapshot), err));
	return reader_rows_add(rows, delta_snapshot_description(snapshot), err);
}

static const char *kind_of(const struct reader_table *table)
{
	return table->kind == READER_LANDING ? "files" : table->candidate ? "candidate" : "system";
}

static const char *description_of(const struct reader_table *table)
{
	if (table->kind == READER_VITRINE)
		return reader_vitrine_table(table->name)->description;
	return table->source ? table->source->description : NULL;
}

int reader_fill_tables(struct reader *reader, struct reader_rows *rows, struct error *err)
{
	for (size_t i = 0; i < map_count(reader->tables); i++) {
		const struct reader_table *table = table_at(reader, i);
		TRY(reader_rows_add(rows, table->schema, err));
		TRY(reader_rows_add(rows, table->name, err));
		if (table->published) {
			TRY(add_lake_table(reader, rows, table, err));
			continue;
		}
		TRY(reader_rows_add(rows, kind_of(table), err));
		for (int j = 0; j < 4; j++)
			TRY(reader_rows_add(rows, NULL, err));
		TRY(reader_rows_add(rows, description_of(table), err));
	}
	return 0;
}

/* ---- columns ---- */

static int add_column(struct reader_rows *rows, const struct reader_table *table, size_t place,
		      const char *name, const char *type, const char *personal,
		      const char *description, struct error *err)
{
	TRY(reader_rows_add(rows, table->schema, err));
	TRY(reader_rows_add(rows, table->name, err));
	TRY(reader_rows_add_int(rows, (int64_t)place + 1, err));
	TRY(reader_rows_add(rows, name, err));
	TRY(reader_rows_add(rows, type, err));
	TRY(reader_rows_add(rows, personal, err));
	return reader_rows_add(rows, description && *description ? description : NULL, err);
}

/* Delta writes decimals in lower case; all other names are translated. */
static int add_delta_column(struct reader_rows *rows, const struct reader_table *table,
			    size_t place, const struct delta_column *column, struct error *err)
{
	char upper[32];
	const char *type = reader_sql_type(column->type);
	if (strncmp(type, "decimal(", strlen("decimal(")) == 0 && strlen(type) < sizeof upper) {
		size_t i = 0;
		for (; type[i]; i++)
			upper[i] = (char)toupper((unsigned char)type[i]);
		upper[i] = '\0';
		type = upper;
	}
	return add_column(rows, table, place, column->name, type,
			  personal_is_marked(column) ? "true" : "false", column->comment, err);
}

static int add_lake_columns(struct reader *reader, struct reader_rows *rows,
			    const struct reader_table *table, struct error *err)
{
	OWNED(delta_snapshot) *snapshot = NULL;
	TRY(open_table(reader, table, &snapshot, err));
	const struct delta_schema *schema = delta_snapshot_schema(snapshot);
	for (size_t i = 0; i < schema->count; i++)
		TRY(add_delta_column(rows, table, i, &schema->columns[i], err));
	return 0;
}

static int add_landing_columns(struct reader_rows *rows, const struct reader_table *table,
			       struct error *err)
{
	const struct source *source = table->source;
	size_t i = 0;
	for (; i < source->column_count; i++)
		TRY(add_column(rows, table, i, source->columns[i].name, "VARCHAR",
			       source->columns[i].personal ? "true" : "false",
			       source->columns[i].description, err));
	TRY(add_column(rows, table, i, "_file", "VARCHAR", "false", "The file the record is from.",
		       err));
	return add_column(rows, table, i + 1, "_line", "BIGINT", "false",
			  "The line where the record begins, counted from 1.", err);
}

static int add_system_columns(struct reader_rows *rows, const struct reader_table *table,
			      struct error *err)
{
	const struct catalog_table_column *columns = reader_vitrine_table(table->name)->columns;
	for (size_t i = 0; columns[i].name; i++)
		TRY(add_column(rows, table, i, columns[i].name, columns[i].type, NULL,
			       columns[i].description, err));
	return 0;
}

int reader_fill_columns(struct reader *reader, struct reader_rows *rows, struct error *err)
{
	for (size_t i = 0; i < map_count(reader->tables); i++) {
		const struct reader_table *table = table_at(reader, i);
		if (table->published)
			TRY(add_lake_columns(reader, rows, table, err));
		else if (table->kind == READER_LANDING)
			TRY(add_landing_columns(rows, table, err));
		else if (table->kind == READER_VITRINE)
			TRY(add_system_columns(rows, table, err));
	}
	return 0;
}
