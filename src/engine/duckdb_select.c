/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/duckdb_select.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/duckdb_core.h"

void select_columns_free(struct select_columns *columns)
{
	if (!columns)
		return;
	for (size_t i = 0; columns->items && i < columns->count; i++) {
		free(columns->items[i].name);
		free(columns->items[i].sql_type);
		free(columns->items[i].delta);
	}
	free(columns->items);
	free(columns);
}

/* ---- columns ---- */

static int read_type(struct select_column *column, duckdb_logical_type type, struct error *err)
{
	char delta[TYPE_SIZE];
	HELD(text) sql_type = {0};
	column->id = duckdb_get_type_id(type);
	if (column->id == DUCKDB_TYPE_DECIMAL) {
		column->width = duckdb_decimal_width(type);
		column->scale = duckdb_decimal_scale(type);
	}
	types_add_name(type, &sql_type);
	column->sql_type = text_take(&sql_type, err);
	if (!column->sql_type)
		return -1;
	TRY(types_of_result(type, column->name, delta, err));
	column->delta = mem_copy_text(delta);
	return column->delta ? 0 : err_memory(err);
}

/* Parquet readers of Delta tables refuse these characters in names. */
static int check_name(const struct select_columns *columns, size_t place, struct error *err)
{
	const char *name = columns->items[place].name;
	if (!*name || strpbrk(name, " ,;{}()\n\t=")) {
		err_set(err, ERR_QUERY,
			"column %zu is called \"%s\", which is no name for a column", place + 1,
			name);
		return err_hint(err, "Give it one in the SELECT: ... as name.");
	}
	for (size_t i = 0; i < place; i++)
		if (strcasecmp(columns->items[i].name, name) == 0)
			return err_set(err, ERR_QUERY, "two columns are called \"%s\"", name);
	return 0;
}

static int read_columns(duckdb_prepared_statement prepared, struct select_columns *out,
			struct error *err)
{
	duckdb_statement_type kind = duckdb_prepared_statement_type(prepared);
	if (kind != DUCKDB_STATEMENT_TYPE_SELECT)
		return err_set(err, ERR_QUERY, "only a SELECT gives rows to store");
	size_t count = duckdb_prepared_statement_column_count(prepared);
	if (count > COLUMNS_MAX)
		return err_set(err, ERR_LIMIT, "the SELECT gives more than %d columns",
			       COLUMNS_MAX);
	out->items = mem_alloc_array(count, sizeof *out->items);
	if (!out->items)
		return err_memory(err);
	for (; out->count < count; out->count++) {
		struct select_column *column = &out->items[out->count];
		const char *name = duckdb_prepared_statement_column_name(prepared, out->count);
		column->name = mem_copy_text(name ? name : "");
		duckdb_free((void *)(uintptr_t)name);
		if (!column->name)
			return err_memory(err);
		duckdb_logical_type type =
			duckdb_prepared_statement_column_logical_type(prepared, out->count);
		int result = check_name(out, out->count, err);
		if (result == 0)
			result = read_type(column, type, err);
		duckdb_destroy_logical_type(&type);
		if (result < 0) {
			out->count++; /* what it has is freed with the others */
			return result;
		}
	}
	return 0;
}

void select_forget(struct engine_session *session)
{
	select_columns_free(session->described);
	free(session->described_sql);
	session->described = NULL;
	session->described_sql = NULL;
}

static int describe(struct engine_session *session, const char *sql, struct select_columns *out,
		    struct error *err)
{
	duckdb_prepared_statement prepared = NULL;
	struct duckdb_place place = {sql, 0};
	int result;
	if (duckdb_prepare(session->connection, sql, &prepared) == DuckDBSuccess)
		result = read_columns(prepared, out, err);
	else
		result = duckdb_error(duckdb_prepare_error(prepared), DUCKDB_ERROR_INVALID, &place,
				      err);
	duckdb_destroy_prepare(&prepared);
	return result;
}

int select_describe(struct engine_session *session, const char *sql,
		    const struct select_columns **out, struct error *err)
{
	if (!text_equal(session->described_sql, sql)) {
		select_forget(session);
		OWNED(select_columns) *columns = mem_alloc(sizeof *columns);
		OWNED_MEMORY char *copy = mem_copy_text(sql);
		if (!columns || !copy)
			return err_memory(err);
		TRY(describe(session, sql, columns, err));
		session->described = TAKE(columns);
		session->described_sql = TAKE(copy);
	}
	*out = session->described;
	return 0;
}

int engine_session_describe(struct engine_session *session, const char *sql,
			    struct delta_schema *out, struct error *err)
{
	const struct select_columns *columns;
	HELD(delta_schema) schema = {0};
	TRY(session_begin(session, err));
	TRY(select_describe(session, sql, &columns, err));
	for (size_t i = 0; i < columns->count; i++)
		TRY(delta_schema_add(&schema, columns->items[i].name, columns->items[i].delta, "",
				     err));
	*out = schema;
	schema = (struct delta_schema){0};
	return 0;
}

/* ---- casts ---- */

enum family { FAMILY_NUMBER, FAMILY_TEXT, FAMILY_BOOLEAN, FAMILY_BINARY, FAMILY_TIME };

/* A number's whole digits and decimal places; floating ones have neither. */
struct shape {
	enum family family;
	int digits, places;
	bool is_floating, is_double, is_date;
};

static struct shape shape_of_delta(const char *type)
{
	static const struct {
		const char *type;
		struct shape shape;
	} shapes[] = {
		{"byte", {FAMILY_NUMBER, 2, 0}},
		{"short", {FAMILY_NUMBER, 4, 0}},
		{"integer", {FAMILY_NUMBER, 9, 0}},
		{"long", {FAMILY_NUMBER, 18, 0}},
		{"float", {FAMILY_NUMBER, .is_floating = true}},
		{"double", {FAMILY_NUMBER, .is_floating = true, .is_double = true}},
		{"string", {FAMILY_TEXT}},
		{"boolean", {FAMILY_BOOLEAN}},
		{"binary", {FAMILY_BINARY}},
		{"date", {FAMILY_TIME, .is_date = true}},
		{"timestamp", {FAMILY_TIME}},
	};
	int precision, scale;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		if (strcmp(type, shapes[i].type) == 0)
			return shapes[i].shape;
	if (sscanf(type, "decimal(%2d,%2d)", &precision, &scale) == 2)
		return (struct shape){FAMILY_NUMBER, precision - scale, scale};
	return (struct shape){FAMILY_BINARY}; /* types_add_sql() has refused it */
}

/* The most digits that a value of the type may have: an INTEGER holds all numbers of 9 digits and
 * some of 10. */
static int digits_needed(const struct select_column *from)
{
	switch (from->id) {
	case DUCKDB_TYPE_TINYINT:
	case DUCKDB_TYPE_UTINYINT:
		return 3;
	case DUCKDB_TYPE_SMALLINT:
	case DUCKDB_TYPE_USMALLINT:
		return 5;
	case DUCKDB_TYPE_INTEGER:
	case DUCKDB_TYPE_UINTEGER:
		return 10;
	case DUCKDB_TYPE_BIGINT:
		return 19;
	case DUCKDB_TYPE_UBIGINT:
		return 20;
	case DUCKDB_TYPE_DECIMAL:
		return from->width - from->scale;
	default:
		return 39;
	}
}

static bool is_floating(duckdb_type id)
{
	return id == DUCKDB_TYPE_FLOAT || id == DUCKDB_TYPE_DOUBLE;
}

static bool number_fits(const struct select_column *from, struct shape to)
{
	if (to.is_floating) {
		int exact = to.is_double ? 15 : 6; /* decimal digits that every float has */
		return from->id == DUCKDB_TYPE_FLOAT ||
		       (from->id == DUCKDB_TYPE_DOUBLE && to.is_double) ||
		       (from->scale == 0 && digits_needed(from) <= exact);
	}
	return !is_floating(from->id) && digits_needed(from) <= to.digits &&
	       from->scale <= to.places;
}

enum verdict { CAST_SAFE, CAST_CHECKED, CAST_REFUSED };

static enum verdict judge(const struct select_column *from, const char *type)
{
	if (strcmp(from->delta, type) == 0)
		return from->id == DUCKDB_TYPE_HUGEINT ? CAST_CHECKED : CAST_SAFE;
	struct shape own = shape_of_delta(from->delta), to = shape_of_delta(type);
	if (to.family == FAMILY_TEXT && own.family != FAMILY_BINARY)
		return CAST_SAFE;
	if (to.family != own.family)
		return CAST_REFUSED;
	if (to.family == FAMILY_TIME)
		return to.is_date ? CAST_CHECKED : CAST_SAFE;
	return number_fits(from, to) ? CAST_SAFE : CAST_CHECKED;
}

static int refuse(const struct select_column *from, const char *type, const char *sql_type,
		  struct error *err)
{
	err_set(err, ERR_QUERY, "column \"%s\" is %s in the SELECT and %s in the table", from->name,
		from->sql_type, type);
	return err_hint(err, "Write cast(... as %s) as %s in the SELECT.", sql_type, from->name);
}

/* error() with the column, the value and why it is not taken. */
static void add_error(const struct select_column *from, const char *value, const char *why,
		      struct text *sql)
{
	HELD(text) before = {0}, after = {0};
	text_addf(&before, "column \"%s\": the value ", from->name);
	text_addf(&after, " %s", why);
	text_add(sql, "error(");
	text_add_literal(sql, before.data ? before.data : "");
	text_addf(sql, " || left(cast(%s as varchar), 100) || ", value);
	text_add_literal(sql, after.data ? after.data : "");
	text_add_char(sql, ')');
	if (before.out_of_memory || after.out_of_memory)
		sql->out_of_memory = true;
}

/* There and back must give the value again. */
static void add_checked(const struct select_column *from, const char *value, const char *sql_type,
			struct text *sql)
{
	HELD(text) why = {0};
	text_addf(&why, "cannot be %s without losing something", sql_type);
	text_addf(sql,
		  "case when %s is null or try_cast(try_cast(%s as %s) as %s) is not distinct from "
		  "%s then cast(%s as %s) else ",
		  value, value, sql_type, from->sql_type, value, value, sql_type);
	add_error(from, value, why.data ? why.data : "", sql);
	text_add(sql, " end");
	sql->out_of_memory |= why.out_of_memory;
}

/* Infinite times have no place in a table: another reader would see a day far off. */
static void add_finite(const struct select_column *from, const char *value, const char *stored,
		       struct text *sql)
{
	text_addf(sql, "case when %s is null or isfinite(%s) then %s else ", value, value, stored);
	add_error(from, value, "has no place in a table", sql);
	text_add(sql, " end");
}

static void add_time(const struct select_column *from, const char *value, bool to_date,
		     bool is_partition, struct text *sql)
{
	HELD(text) stored = {0};
	if (to_date || is_partition)
		text_addf(&stored, "cast(%s as %s)", value, to_date ? "date" : "timestamp");
	else /* the same digits, labelled UTC; no time zone is consulted */
		text_addf(&stored, "make_timestamptz(epoch_us(cast(%s as timestamp)))", value);
	add_finite(from, value, stored.data ? stored.data : "", sql);
	sql->out_of_memory |= stored.out_of_memory;
}

int select_add_cast(const struct select_column *from, size_t place, const char *type,
		    bool is_partition, struct text *sql, struct error *err)
{
	char value[32];
	HELD(text) sql_type = {0};
	TRY(types_add_sql(type, from->name, &sql_type, err));
	TRY(text_check(&sql_type, err));
	snprintf(value, sizeof value, "c%zu", place);
	enum verdict verdict = *type == '{' ? CAST_REFUSED : judge(from, type);
	if (verdict == CAST_REFUSED)
		return refuse(from, type, sql_type.data, err);
	struct shape to = shape_of_delta(type);
	if (verdict == CAST_CHECKED)
		add_checked(from, value, sql_type.data, sql);
	else if (to.family == FAMILY_TIME)
		add_time(from, value, to.is_date, is_partition, sql);
	else if (strcmp(from->sql_type, sql_type.data) == 0)
		text_add(sql, value);
	else
		text_addf(sql, "cast(%s as %s)", value, sql_type.data);
	return 0;
}
