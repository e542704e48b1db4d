/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/source_load.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "pipeline/source_name.h"

/* What is held while a header is matched. */
struct match {
	const struct source *source;
	char *const *header;
	size_t header_count;
	const char *file;
	struct arena *arena;
	struct source_load_plan *out;
	int *column_of; /* by field; -1 = no column of the contract */
	int *field_of;  /* by column; -1 = not in the file */
};

/* ---- the dialect and the types ---- */

int source_to_dialect(const struct source *source, struct csv_dialect *out, struct error *err)
{
	static const char *const encodings[] = {"utf-8",  "latin-1",  "windows-1252",
						"utf-16", "utf-16le", "utf-16be"};
	static const enum csv_encoding values[] = {CSV_UTF8,  CSV_LATIN1,  CSV_WINDOWS1252,
						   CSV_UTF16, CSV_UTF16LE, CSV_UTF16BE};
	const struct source_format *format = &source->format;
	*out = (struct csv_dialect){
		.delimiter = format->delimiter,
		.quote = format->quote,
		.decimal = format->decimal,
		.thousands = format->thousands,
		.date = strcmp(format->date, "dmy") == 0   ? CSV_DATE_DMY
			: strcmp(format->date, "mdy") == 0 ? CSV_DATE_MDY
							   : CSV_DATE_ISO,
		.header = format->header,
	};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (strcmp(format->encoding, encodings[i]) == 0) {
			out->encoding = values[i];
			return 0;
		}
	return err_set(err, ERR_PROJECT, "the encoding \"%s\" is not known", format->encoding);
}

static struct csv_type type_of(struct column_type type)
{
	static const enum csv_kind kinds[] = {
		[COLUMN_TEXT] = CSV_TEXT,       [COLUMN_BIGINT] = CSV_BIGINT,
		[COLUMN_INTEGER] = CSV_INTEGER, [COLUMN_DECIMAL] = CSV_DECIMAL,
		[COLUMN_DOUBLE] = CSV_DOUBLE,   [COLUMN_BOOLEAN] = CSV_BOOLEAN,
		[COLUMN_DATE] = CSV_DATE,       [COLUMN_TIMESTAMP] = CSV_TIMESTAMP,
	};
	return (struct csv_type){kinds[type.kind], type.precision, type.scale};
}

static int add_note(struct match *match, const char *note, struct error *err)
{
	if (!note)
		return err_memory(err);
	match->out->notes[match->out->note_count++] = note;
	return 0;
}

/* ---- which field is which column ---- */

static int twice(const struct match *match, size_t field, const char *column, struct error *err)
{
	err_set(err, ERR_REFUSED, "\"%s\" has two columns \"%s\"", match->file,
		match->header[field]);
	if (strcmp(column, match->header[field]) != 0)
		return err_hint(err, "Both would be the column %s of the contract.", column);
	return err_hint(err, "Which of them is meant cannot be told: send the file again with each "
			     "column named once.");
}

static int match_exactly(struct match *match, struct error *err)
{
	const struct source *source = match->source;
	OWNED(map) *columns = map_new();
	if (!columns)
		return err_memory(err);
	for (size_t i = 0; i < source->column_count; i++)
		TRY(map_put(columns, source->columns[i].header, NULL, err));
	for (size_t i = 0; i < match->header_count; i++) {
		int column = (int)map_find(columns, match->header[i]);
		if (column < 0)
			continue;
		if (match->field_of[column] >= 0)
			return twice(match, i, source->columns[column].name, err);
		match->field_of[column] = (int)i;
		match->column_of[i] = column;
	}
	return 0;
}

/* The columns still without a field, by what their headers read like; of two that read alike
 * neither is there. */
static int map_folded(const struct match *match, struct map *out, struct error *err)
{
	const struct source *source = match->source;
	static char unsure;
	HELD(text) folded = {0};
	for (size_t i = 0; i < source->column_count; i++) {
		text_clear(&folded);
		source_name_fold(source->columns[i].header, &folded);
		TRY(text_check(&folded, err));
		if (match->field_of[i] >= 0 || !folded.len)
			continue;
		bool is_known = map_find(out, folded.data) >= 0;
		TRY(map_put(out, folded.data,
			    is_known ? (void *)&unsure : (void *)&source->columns[i], err));
	}
	for (size_t i = 0; i < map_count(out); i++)
		if (map_value_at(out, i) == &unsure)
			TRY(map_put(out, map_key_at(out, i), NULL, err));
	return 0;
}

static int match_folded(struct match *match, struct error *err)
{
	OWNED(map) *columns = map_new();
	HELD(text) folded = {0};
	if (!columns)
		return err_memory(err);
	TRY(map_folded(match, columns, err));
	for (size_t i = 0; i < match->header_count; i++) {
		if (match->column_of[i] >= 0)
			continue;
		text_clear(&folded);
		source_name_fold(match->header[i], &folded);
		TRY(text_check(&folded, err));
		const struct source_column *column =
			folded.len ? map_get(columns, folded.data) : NULL;
		if (!column)
			continue;
		size_t place = (size_t)(column - match->source->columns);
		if (match->field_of[place] >= 0)
			return twice(match, i, column->name, err);
		match->field_of[place] = (int)i;
		match->column_of[i] = (int)place;
		TRY(add_note(match,
			     arena_format(match->arena, "the header \"%s\" is taken for \"%s\"",
					  match->header[i], column->header),
			     err));
	}
	return 0;
}

static void match_by_place(struct match *match)
{
	for (size_t i = 0; i < match->source->column_count; i++)
		match->field_of[i] = (int)i;
}

/* ---- what the file lacks ---- */

/* The header of the file that looks most like the one that is missing, among those that are no
 * column; NULL when none does. */
static const char *nearest_stranger(const struct match *match, const char *header)
{
	const char **strangers =
		arena_alloc_array(match->arena, match->header_count + 1, sizeof *strangers);
	size_t count = 0;
	for (size_t i = 0; strangers && i < match->header_count; i++)
		if (match->column_of[i] < 0)
			strangers[count++] = match->header[i];
	return strangers ? text_nearest(header, strangers) : NULL;
}

/* A delimiter at which the file's header would part into columns of the contract, as it does not at
 * the contract's own; NULL when none does. */
static const char *other_delimiter(const struct match *match)
{
	static const char *const words[] = {",", ";", "tab", "|"};
	static const char delimiters[] = ",;\t|";
	for (size_t i = 0; match->header_count == 1 && i < sizeof words / sizeof *words; i++) {
		const char *rest = match->header[0];
		size_t len = strcspn(rest, (char[]){delimiters[i], '\0'});
		for (; rest[len]; len = strcspn(rest, (char[]){delimiters[i], '\0'})) {
			for (size_t j = 0; j < match->source->column_count; j++) {
				const char *header = match->source->columns[j].header;
				if (strlen(header) == len && memcmp(header, rest, len) == 0)
					return words[i];
			}
			rest += len + 1;
		}
	}
	return NULL;
}

static int refuse_stranger(const struct match *match, struct error *err)
{
	const char *delimiter = other_delimiter(match);
	err_set(err, ERR_REFUSED, "\"%s\" has no column of the contract %s", match->file,
		match->source->path);
	if (delimiter)
		return err_hint(err,
				"Its first line is one column \"%s\": it may be written with "
				"`format: {delimiter: \"%s\"}`. Send it as the contract says, or "
				"change the contract.",
				match->header[0], delimiter);
	return err_hint(err, "Is it the right file? Its first line is read as the names of "
			     "its columns; `format: {header: no}` says that it has none.");
}

static bool is_required(const struct source *source, const struct source_column *column)
{
	return column->required ||
	       (source->load == LOAD_MERGE && words_have(&source->key, column->name));
}

static int refuse_missing(const struct match *match, const struct source_column *column,
			  const char *why, struct error *err)
{
	bool none = true;
	for (size_t i = 0; i < match->source->column_count; i++)
		none = none && match->field_of[i] < 0;
	if (none)
		return refuse_stranger(match, err);
	err_set(err, ERR_REFUSED, "\"%s\" lacks the column \"%s\"%s", match->file, column->header,
		why);
	const char *nearest = nearest_stranger(match, column->header);
	if (nearest)
		return err_hint(err,
				"It has \"%s\": if that is it, write `header: \"%s\"` at "
				"column %s in %s.",
				nearest, nearest, column->name, match->source->path);
	if (is_required(match->source, column))
		return err_hint(err,
				"Send the file again with it; or, if rows may lack it, take "
				"it out of the key and `null: no` off it in %s.",
				match->source->path);
	return err_hint(err, "`drift: {missing_column: evolve}` in %s reads it as NULL.",
			match->source->path);
}

static int plan_missing(struct match *match, const struct source_column *column, struct error *err)
{
	struct source_load_plan *out = match->out;
	const struct source *source = match->source;
	if (source->drift.missing_column == DRIFT_FREEZE)
		return refuse_missing(match, column, "", err);
	if (source->drift.missing_column == DRIFT_DISCARD_ROW) {
		if (!out->discard_all)
			out->discard_all = arena_format(
				match->arena, "the file lacks the column \"%s\"", column->header);
		return out->discard_all ? 0 : err_memory(err);
	}
	if (is_required(source, column))
		return refuse_missing(match, column, ", which must have a value", err);
	return add_note(match,
			arena_format(match->arena, "the column \"%s\" is missing and reads as NULL",
				     column->header),
			err);
}

static int plan_columns(struct match *match, struct error *err)
{
	struct source_load_plan *out = match->out;
	const struct source *source = match->source;
	for (size_t i = 0; i < source->column_count; i++) {
		const struct source_column *column = &source->columns[i];
		if (match->field_of[i] < 0)
			TRY(plan_missing(match, column, err));
		out->columns[out->column_count++] = (struct csv_column){
			.name = column->name,
			.type = type_of(column->type),
			.required = is_required(source, column),
			.round = column->round,
			.field = match->field_of[i],
		};
	}
	return 0;
}

/* ---- what the file has besides ---- */

static int refuse_extra(const struct match *match, size_t field, struct error *err)
{
	err_set(err, ERR_REFUSED, "\"%s\" has a column \"%s\", which the contract %s lacks",
		match->file, match->header[field], match->source->path);
	return err_hint(err, "Add it to the columns, or set `drift: {new_column: evolve}` to take "
			     "new columns in as text, `discard_value` to leave them out.");
}

/* The name of an extra column. It must be free: a name that depends on what else is in a file
 * would mean this today and that tomorrow. */
static int name_extra(const struct match *match, size_t field, const char **out, struct error *err)
{
	char name[SOURCE_NAME_SIZE];
	const struct source_load_plan *plan = match->out;
	source_name_of(match->header[field], field + 1, name);
	for (size_t i = 0; i < plan->column_count; i++) {
		if (strcmp(plan->columns[i].name, name) != 0)
			continue;
		err_set(err, ERR_REFUSED,
			"\"%s\" has a new column \"%s\", whose name %s is taken by another",
			match->file, match->header[field], name);
		return err_hint(err,
				"Give it a name: add `- {name: ..., header: \"%s\"}` to the "
				"columns in %s.",
				match->header[field], match->source->path);
	}
	if (!(*out = arena_copy_text(match->arena, name)))
		return err_memory(err);
	return 0;
}

static int take_extra(struct match *match, size_t field, struct error *err)
{
	struct source_load_plan *out = match->out;
	struct source_extra *extra = &out->extras[out->extra_count];
	*extra = (struct source_extra){.field = (int)field};
	TRY(name_extra(match, field, &extra->name, err));
	if (!(extra->header = arena_copy_text(match->arena, match->header[field])))
		return err_memory(err);
	out->extra_count++;
	out->columns[out->column_count++] = (struct csv_column){
		.name = extra->name, .type = {.kind = CSV_TEXT}, .field = (int)field};
	return add_note(match,
			arena_format(match->arena,
				     "the column \"%s\" is new: it becomes %s, as text",
				     extra->header, extra->name),
			err);
}

static int plan_extras(struct match *match, struct error *err)
{
	struct source_load_plan *out = match->out;
	for (size_t i = 0; i < match->header_count; i++) {
		if (match->column_of[i] >= 0)
			continue;
		switch (match->source->drift.new_column) {
		case DRIFT_FREEZE:
			return refuse_extra(match, i, err);
		case DRIFT_EVOLVE:
			TRY(take_extra(match, i, err));
			break;
		case DRIFT_DISCARD_VALUE:
			TRY(add_note(match,
				     arena_format(match->arena,
						  "the column \"%s\" is new and left out",
						  match->header[i]),
				     err));
			break;
		default:
			if (!out->discard_all)
				out->discard_all = arena_format(
					match->arena,
					"the file has a column \"%s\", which the contract lacks",
					match->header[i]);
			if (!out->discard_all)
				return err_memory(err);
		}
	}
	return 0;
}

/* ---- the whole ---- */

static int make_room(struct match *match, struct error *err)
{
	size_t columns = match->source->column_count, fields = match->header_count;
	struct source_load_plan *out = match->out;
	match->column_of = arena_alloc_array(match->arena, fields + 1, sizeof *match->column_of);
	match->field_of = arena_alloc_array(match->arena, columns + 1, sizeof *match->field_of);
	out->columns = arena_alloc_array(match->arena, columns + fields + 1, sizeof *out->columns);
	out->extras = arena_alloc_array(match->arena, fields + 1, sizeof *out->extras);
	out->notes = arena_alloc_array(match->arena, 2 * fields + columns + 1, sizeof *out->notes);
	if (!match->column_of || !match->field_of || !out->columns || !out->extras || !out->notes)
		return err_memory(err);
	for (size_t i = 0; i < fields; i++)
		match->column_of[i] = -1;
	for (size_t i = 0; i < columns; i++)
		match->field_of[i] = -1;
	return 0;
}

int source_load_plan(const struct source *source, char *const *header, size_t header_count,
		     const char *file, struct arena *arena, struct source_load_plan *out,
		     struct error *err)
{
	bool named = source->format.header && header;
	struct match match = {.source = source,
			      .header = header,
			      .header_count = named ? header_count : 0,
			      .file = file,
			      .arena = arena,
			      .out = out};
	*out = (struct source_load_plan){
		.nulls = source->format.null.items,
		.field_count = (int)(named ? header_count : source->column_count),
		.shape_discard_value = source->drift.new_shape == DRIFT_DISCARD_VALUE,
		.type_discard_value = source->drift.type == DRIFT_DISCARD_VALUE,
		.refuse_shape = source->drift.new_shape == DRIFT_FREEZE,
		.refuse_type = source->drift.type == DRIFT_FREEZE,
	};
	if (header_count > COLUMNS_MAX)
		return err_set(err, ERR_LIMIT, "\"%s\" has more than %d columns", file,
			       COLUMNS_MAX);
	TRY(source_to_dialect(source, &out->dialect, err));
	TRY(make_room(&match, err));
	if (named) {
		TRY(match_exactly(&match, err));
		TRY(match_folded(&match, err));
	} else {
		match_by_place(&match);
	}
	TRY(plan_columns(&match, err));
	return plan_extras(&match, err);
}

char *source_name_from_header(const char *header, struct error *err)
{
	char name[SOURCE_NAME_SIZE];
	char *copy = mem_copy_text(source_name_of(header, 1, name));
	if (!copy)
		err_memory(err);
	return copy;
}
