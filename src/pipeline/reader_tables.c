/* SPDX-License-Identifier: Apache-2.0 */
/* reader_tables: tables of the lake in a reader's session: as published, as they were, as built
 * and not published. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "csv/typing.h"
#include "delta/delta.h"
#include "engine/engine.h"
#include "pipeline/context.h"
#include "pipeline/project.h"
#include "pipeline/reader_parts.h"
#include "pipeline/set.h"

/* ---- as published ---- */

static int show_version(struct reader *reader, const struct reader_table *table, int64_t version,
			const char *as, struct error *err)
{
	OWNED(delta_snapshot) *snapshot = NULL;
	if (delta_snapshot_open(table->store, table->published->key, version,
				context_parquet(reader->context), &snapshot, err) < 0)
		return version == table->published->version ? set_say_lost(table->published, err)
							    : -1;
	return engine_session_add_table(reader->session, table->schema, as, table->store, snapshot,
					err);
}

/* ---- as built ---- */

static int add_files(const char *folder, char **names, struct text *out, struct error *err)
{
	text_add(out, " from read_parquet([");
	for (size_t i = 0, count = 0; names[i]; i++) {
		OWNED_MEMORY char *path = file_join(folder, names[i], err);
		if (!path)
			return -1;
		if (!text_ends(path, ".parquet"))
			continue;
		text_add(out, count++ ? ", " : "");
		text_add_literal(out, path);
	}
	text_add(out, "], union_by_name = true)");
	return text_check(out, err);
}

/* Every column by name; civil times, which are stored labelled UTC, as what they are. */
static int add_columns(struct reader *reader, const char *files, struct text *out,
		       struct error *err)
{
	HELD(text) sql = {0};
	OWNED(engine_result) *result = NULL;
	text_addf(&sql, "select *%s limit 0", files);
	TRY(text_check(&sql, err));
	TRY(engine_session_query(reader->session, sql.data, &result, err));
	for (size_t i = 0; i < engine_result_column_count(result); i++) {
		bool is_time = text_equal(engine_result_column_sql_type(result, i),
					  "TIMESTAMP WITH TIME ZONE");
		text_add(out, i ? ", " : "select ");
		text_add(out, is_time ? "make_timestamp(epoch_us(" : "");
		text_add_identifier(out, engine_result_column_name(result, i));
		text_add(out, is_time ? ")) as " : "");
		if (is_time)
			text_add_identifier(out, engine_result_column_name(result, i));
	}
	return 0;
}

static int show_files(struct reader *reader, const struct reader_table *table, char **names,
		      struct error *err)
{
	HELD(text) files = {0}, sql = {0};
	TRY(add_files(table->candidate, names, &files, err));
	TRY(add_columns(reader, files.data, &sql, err));
	text_add(&sql, files.data);
	TRY(text_check(&sql, err));
	return engine_session_add_view(reader->session, table->schema, table->name, sql.data, err);
}

static int show_candidate(struct reader *reader, const struct reader_table *table,
			  struct error *err)
{
	char **names;
	TRY(file_list(table->candidate, &names, err));
	int result = show_files(reader, table, names, err);
	file_free_names(names);
	return result;
}

int reader_show(struct reader *reader, struct reader_table *table, struct error *err)
{
	if (table->is_shown)
		return 0;
	switch (table->kind) {
	case READER_LAKE:
		TRY(table->candidate ? show_candidate(reader, table, err)
				     : show_version(reader, table, table->published->version,
						    table->name, err));
		break;
	case READER_LANDING:
		TRY(reader_show_landing(reader, table, err));
		break;
	case READER_VITRINE:
		TRY(reader_show_vitrine(reader, table, err));
		break;
	}
	table->is_shown = true;
	return 0;
}

/* ---- as it was ---- */

int reader_time(const struct reader *reader, const char *text, int64_t *out_us, struct error *err)
{
	const char *zone = context_project(reader->context)->time_zone;
	static const struct csv_dialect plain = {.decimal = '.'};
	struct csv_typing typing = {
		.type = {.kind = CSV_TIMESTAMP}, .dialect = &plain, .time_zone = zone};
	int64_t civil;
	if (csv_type_field(&typing, text, strlen(text), &civil) == CSV_TYPED_OK &&
	    clock_from_civil(zone, civil, out_us))
		return 0;
	err_set(err, ERR_USAGE, "\"%s\" is not a time", text);
	return err_hint(err,
			"Write a day or a time of the project's time zone (%s), such as "
			"'2018-09-03' or '2018-09-03 14:30'.",
			zone);
}

static int hint_history(const struct reader_table *table, struct error *err)
{
	return err_hint(err, "`vitrine table history %s` lists its versions.",
			table->published->name);
}

static int check_version(const struct reader_table *table, int64_t version, struct error *err)
{
	int64_t newest;
	int exists = delta_newest_version(table->store, table->published->key, &newest, err);
	if (exists <= 0 || version <= newest)
		return exists < 0 ? -1 : 0;
	err_set(err, ERR_NOT_FOUND, "table \"%s\" has no version %lld: the newest is %lld",
		table->published->name, (long long)version, (long long)newest);
	return hint_history(table, err);
}

/* The version that was published at a time. */
static int version_at(struct reader *reader, const struct reader_table *table,
		      const char *timestamp, int64_t *out, struct error *err)
{
	OWNED(set) *set = NULL;
	int64_t at_us;
	TRY(reader_time(reader, timestamp, &at_us, err));
	int result = set_read_at(table->store, at_us, &set, err);
	if (result < 0 && err->kind != ERR_NOT_FOUND)
		return result;
	const struct set_table *was = set ? set_find(set, table->published->name) : NULL;
	if (!was) {
		err_set(err, ERR_NOT_FOUND, "table \"%s\" was not published yet at %s",
			table->published->name, timestamp);
		return hint_history(table, err);
	}
	*out = was->version;
	return 0;
}

int reader_show_at(struct reader *reader, struct reader_table *table,
		   const struct sql_reference *reference, struct text *out, struct error *err)
{
	int64_t version = reference->version;
	if (!table->published)
		return err_set(err, ERR_UNSUPPORTED, "table \"%s.%s\" has no versions",
			       table->schema, table->name);
	if (reference->at == SQL_AT_TIMESTAMP)
		TRY(version_at(reader, table, reference->timestamp, &version, err));
	OWNED_MEMORY char *as = text_format(err, "%s@%lld", table->name, (long long)version);
	if (!as)
		return -1;
	if (reference->at == SQL_AT_VERSION)
		TRY(check_version(table, version, err));
	/* Shown again when it is mentioned again: a log read more, a list of names less. */
	if (show_version(reader, table, version, as, err) < 0)
		return err->kind == ERR_NOT_FOUND ? hint_history(table, err) : -1;
	text_add_identifier(out, table->schema);
	text_add_char(out, '.');
	text_add_identifier(out, as);
	return 0;
}
