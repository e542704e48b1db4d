/* SPDX-License-Identifier: Apache-2.0 */
/* Results, streamed: DuckDB hands out vectors of up to 2,048 rows, of which one is held. Types that
 * have no text of ours are cast to VARCHAR in the statement itself: so they look as DuckDB prints
 * them. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/duckdb_core.h"
#include "engine/duckdb_format.h"
#include "engine/duckdb_types.h"

struct result_column {
	char *name, *sql_type;
	enum engine_type type;
	duckdb_type id;      /* of the vectors fetched */
	duckdb_type storage; /* of a decimal: how its digits are held */
	int scale;
	const void *values; /* of the chunk at hand */
	uint64_t *valid;    /* NULL = no NULLs */
	struct text text;   /* what engine_result_text() returned */
};

struct engine_result {
	struct engine_session *session;
	duckdb_prepared_statement prepared;
	duckdb_result result;
	bool is_running, is_ended, out_of_memory;
	duckdb_data_chunk chunk;
	idx_t row, row_count;
	struct result_column *columns;
	size_t count;
	char *given;               /* what the caller wrote */
	char *sql;                 /* what was sent */
	struct duckdb_place place; /* of the one in the other */
};

static void free_columns(struct engine_result *result)
{
	for (size_t i = 0; result->columns && i < result->count; i++) {
		free(result->columns[i].name);
		free(result->columns[i].sql_type);
		text_done(&result->columns[i].text);
	}
	free(result->columns);
}

void engine_result_close(struct engine_result *result)
{
	if (!result)
		return;
	duckdb_destroy_data_chunk(&result->chunk);
	if (result->is_running)
		duckdb_destroy_result(&result->result);
	duckdb_destroy_prepare(&result->prepared);
	free_columns(result);
	free(result->given);
	free(result->sql);
	result->session->streaming = false;
	free(result);
}

/* ---- columns ---- */

static enum engine_type type_of(duckdb_type id)
{
	switch (id) {
	case DUCKDB_TYPE_BOOLEAN:
		return ENGINE_BOOLEAN;
	case DUCKDB_TYPE_TINYINT:
	case DUCKDB_TYPE_SMALLINT:
	case DUCKDB_TYPE_INTEGER:
	case DUCKDB_TYPE_BIGINT:
	case DUCKDB_TYPE_HUGEINT:
	case DUCKDB_TYPE_UTINYINT:
	case DUCKDB_TYPE_USMALLINT:
	case DUCKDB_TYPE_UINTEGER:
	case DUCKDB_TYPE_UBIGINT:
	case DUCKDB_TYPE_UHUGEINT:
		return ENGINE_INTEGER;
	case DUCKDB_TYPE_FLOAT:
	case DUCKDB_TYPE_DOUBLE:
		return ENGINE_DOUBLE;
	case DUCKDB_TYPE_DECIMAL:
		return ENGINE_DECIMAL;
	case DUCKDB_TYPE_VARCHAR:
	case DUCKDB_TYPE_SQLNULL:
		return ENGINE_TEXT;
	case DUCKDB_TYPE_BLOB:
		return ENGINE_BINARY;
	case DUCKDB_TYPE_DATE:
		return ENGINE_DATE;
	case DUCKDB_TYPE_TIMESTAMP:
		return ENGINE_TIMESTAMP;
	default:
		return ENGINE_OTHER;
	}
}

/* Those that only DuckDB can print. */
static bool needs_cast(enum engine_type type)
{
	return type == ENGINE_OTHER || type == ENGINE_BINARY;
}

static int read_column(struct engine_result *result, size_t i, struct error *err)
{
	struct result_column *column = &result->columns[i];
	duckdb_logical_type type =
		duckdb_prepared_statement_column_logical_type(result->prepared, i);
	const char *name = duckdb_prepared_statement_column_name(result->prepared, i);
	HELD(text) sql_type = {0};
	types_add_name(type, &sql_type);
	column->id = duckdb_get_type_id(type);
	column->type = type_of(column->id);
	if (column->id == DUCKDB_TYPE_DECIMAL) {
		column->storage = duckdb_decimal_internal_type(type);
		column->scale = duckdb_decimal_scale(type);
	}
	duckdb_destroy_logical_type(&type);
	column->name = mem_copy_text(name ? name : "");
	duckdb_free((void *)(uintptr_t)name);
	column->sql_type = text_take(&sql_type, err);
	return column->name && column->sql_type ? 0 : err_memory(err);
}

static int prepare(struct engine_result *result, struct error *err)
{
	if (duckdb_prepare(result->session->connection, result->sql, &result->prepared) ==
	    DuckDBSuccess)
		return 0;
	return duckdb_error(duckdb_prepare_error(result->prepared), DUCKDB_ERROR_INVALID,
			    &result->place, err);
}

static int read_columns(struct engine_result *result, struct error *err)
{
	result->count = duckdb_prepared_statement_column_count(result->prepared);
	result->columns = mem_alloc_array(result->count, sizeof *result->columns);
	if (!result->columns)
		return err_memory(err);
	for (size_t i = 0; i < result->count; i++)
		TRY(read_column(result, i, err));
	return 0;
}

/* Prepare the statement again within one that casts; the columns keep their own types. */
static int cast_columns(struct engine_result *result, const char *sql, struct error *err)
{
	HELD(text) all = {0};
	bool any = false;
	text_add(&all, "select ");
	for (size_t i = 0; i < result->count; i++) {
		struct result_column *column = &result->columns[i];
		bool cast = needs_cast(column->type);
		text_addf(&all, cast ? "%scast(c%zu as varchar)" : "%sc%zu", i ? ", " : "", i);
		any |= cast;
		if (cast)
			column->id = DUCKDB_TYPE_VARCHAR;
	}
	if (!any)
		return 0;
	text_add(&all, " from (\n");
	result->place.offset = all.len;
	text_add_bytes(&all, sql, sql_statement_length(sql));
	text_add(&all, "\n) as t(");
	for (size_t i = 0; i < result->count; i++)
		text_addf(&all, "%sc%zu", i ? ", " : "", i);
	text_add_char(&all, ')');
	free(result->sql);
	result->sql = text_take(&all, err);
	if (!result->sql)
		return -1;
	duckdb_destroy_prepare(&result->prepared);
	return prepare(result, err);
}

/* ---- running ---- */

static int start_once(struct engine_result *result, struct error *err)
{
	duckdb_pending_result pending = NULL;
	TRY(session_check(result->session, err));
	if (duckdb_pending_prepared_streaming(result->prepared, &pending) != DuckDBSuccess) {
		duckdb_error(duckdb_pending_error(pending), DUCKDB_ERROR_INVALID, &result->place,
			     err);
		duckdb_destroy_pending(&pending);
		return -1;
	}
	duckdb_state state = duckdb_execute_pending(pending, &result->result);
	duckdb_destroy_pending(&pending);
	result->is_running = true;
	if (state == DuckDBSuccess)
		return 0;
	return duckdb_error(duckdb_result_error(&result->result),
			    duckdb_result_error_type(&result->result), &result->place, err);
}

/* Run again, for the reason alone. Returns -1. */
static int find_reason(struct engine_result *result, struct error *err)
{
	for (int i = 0; i < RUN_AGAIN_MAX && session_lost_reason(result->session, err); i++) {
		if (result->is_running)
			duckdb_destroy_result(&result->result);
		result->is_running = false;
		if (start_once(result, err) < 0)
			continue;
		duckdb_data_chunk chunk;
		while ((chunk = duckdb_fetch_chunk(result->result)))
			duckdb_destroy_data_chunk(&chunk);
		const char *why = duckdb_result_error(&result->result);
		if (why && *why)
			duckdb_error(why, duckdb_result_error_type(&result->result), &result->place,
				     err);
	}
	return session_lost_reason(result->session, err) ? session_no_reason(err) : -1;
}

static int start(struct engine_result *result, struct error *err)
{
	return start_once(result, err) < 0 ? find_reason(result, err) : 0;
}

int engine_session_query(struct engine_session *session, const char *sql,
			 struct engine_result **out, struct error *err)
{
	TRY(session_begin(session, err));
	OWNED(engine_result) *result = mem_alloc(sizeof *result);
	if (!result)
		return err_memory(err);
	result->session = session;
	session->streaming = true;
	result->given = mem_copy_text(sql);
	result->sql = mem_copy_text(sql);
	if (!result->given || !result->sql)
		return err_memory(err);
	result->place = (struct duckdb_place){result->given, 0};
	TRY(duckdb_check_word(session->connection, sql, err));
	TRY(prepare(result, err));
	TRY(duckdb_check_reads(session->connection, sql, result->prepared, err));
	TRY(read_columns(result, err));
	TRY(cast_columns(result, sql, err));
	TRY(session_explain(session, start(result, err), err));
	*out = TAKE(result);
	return 0;
}

static int next_chunk(struct engine_result *result, struct error *err)
{
	duckdb_destroy_data_chunk(&result->chunk);
	result->row_count = 0;
	do {
		duckdb_destroy_data_chunk(&result->chunk);
		result->chunk = duckdb_fetch_chunk(result->result);
		if (!result->chunk) {
			/* an error in the middle looks like the end */
			const char *why = duckdb_result_error(&result->result);
			if (why && *why) {
				duckdb_error(why, duckdb_result_error_type(&result->result),
					     &result->place, err);
				return find_reason(result, err);
			}
			result->is_ended = true;
			return session_check(result->session, err);
		}
		result->row_count = duckdb_data_chunk_get_size(result->chunk);
	} while (result->row_count == 0);
	for (size_t i = 0; i < result->count; i++) {
		duckdb_vector vector = duckdb_data_chunk_get_vector(result->chunk, i);
		result->columns[i].values = duckdb_vector_get_data(vector);
		result->columns[i].valid = duckdb_vector_get_validity(vector);
	}
	return 0;
}

int engine_result_next(struct engine_result *result, struct error *err)
{
	if (result->out_of_memory)
		return err_memory(err);
	if (result->row + 1 < result->row_count) {
		result->row++;
		return 1;
	}
	if (result->is_ended)
		return 0;
	TRY(session_explain(result->session, next_chunk(result, err), err));
	result->row = 0;
	return result->row_count > 0;
}

/* ---- values ---- */

size_t engine_result_column_count(const struct engine_result *result)
{
	return result->count;
}

const char *engine_result_column_name(const struct engine_result *result, size_t column)
{
	return result->columns[column].name;
}

enum engine_type engine_result_column_type(const struct engine_result *result, size_t column)
{
	return result->columns[column].type;
}

const char *engine_result_column_sql_type(const struct engine_result *result, size_t column)
{
	return result->columns[column].sql_type;
}

bool engine_result_is_null(struct engine_result *result, size_t column)
{
	const struct result_column *c = &result->columns[column];
	return c->id == DUCKDB_TYPE_SQLNULL ||
	       (c->valid && !duckdb_validity_row_is_valid(c->valid, result->row));
}

#define VALUE(type) (((const type *)c->values)[row])

static __int128 whole(const duckdb_hugeint *value)
{
	return (__int128)(((unsigned __int128)(uint64_t)value->upper << 64) | value->lower);
}

/* Numbers that are whole but for their scale. */
static __int128 integer(const struct result_column *c, duckdb_type id, idx_t row)
{
	switch (id) {
	case DUCKDB_TYPE_BOOLEAN:
		return VALUE(bool);
	case DUCKDB_TYPE_TINYINT:
		return VALUE(int8_t);
	case DUCKDB_TYPE_SMALLINT:
		return VALUE(int16_t);
	case DUCKDB_TYPE_INTEGER:
	case DUCKDB_TYPE_DATE:
		return VALUE(int32_t);
	case DUCKDB_TYPE_BIGINT:
	case DUCKDB_TYPE_TIMESTAMP:
		return VALUE(int64_t);
	case DUCKDB_TYPE_UTINYINT:
		return VALUE(uint8_t);
	case DUCKDB_TYPE_USMALLINT:
		return VALUE(uint16_t);
	case DUCKDB_TYPE_UINTEGER:
		return VALUE(uint32_t);
	case DUCKDB_TYPE_UBIGINT:
		return VALUE(uint64_t);
	case DUCKDB_TYPE_HUGEINT:
		return whole(&VALUE(duckdb_hugeint));
	case DUCKDB_TYPE_DECIMAL:
		return integer(c, c->storage, row);
	default:
		return 0;
	}
}

static size_t format(const struct result_column *c, idx_t row, char out[FORMAT_SIZE])
{
	switch (c->id) {
	case DUCKDB_TYPE_BOOLEAN:
		strcpy(out, VALUE(bool) ? "true" : "false");
		return strlen(out);
	case DUCKDB_TYPE_FLOAT:
		return format_float(VALUE(float), out);
	case DUCKDB_TYPE_DOUBLE:
		return format_double(VALUE(double), out);
	case DUCKDB_TYPE_DECIMAL:
		return format_decimal(integer(c, c->storage, row), c->scale, out);
	case DUCKDB_TYPE_DATE:
		return format_date(VALUE(int32_t), out);
	case DUCKDB_TYPE_TIMESTAMP:
		return format_timestamp(VALUE(int64_t), out);
	case DUCKDB_TYPE_UHUGEINT:
		return format_uint128((unsigned __int128)whole(&VALUE(duckdb_hugeint)), out);
	default:
		return format_int128(integer(c, c->id, row), out);
	}
}

const char *engine_result_text(struct engine_result *result, size_t column, size_t *out_len)
{
	struct result_column *c = &result->columns[column];
	char formatted[FORMAT_SIZE];
	if (engine_result_is_null(result, column))
		return NULL;
	text_clear(&c->text);
	if (c->id == DUCKDB_TYPE_VARCHAR) {
		idx_t row = result->row;
		duckdb_string_t *s = &((duckdb_string_t *)(uintptr_t)c->values)[row];
		text_add_bytes(&c->text, duckdb_string_t_data(s), duckdb_string_t_length(*s));
	} else {
		size_t len = format(c, result->row, formatted);
		text_add_bytes(&c->text, formatted, len);
	}
	/* There is no error to fill here: the next step reports it. */
	result->out_of_memory |= c->text.out_of_memory || c->text.too_long;
	if (out_len)
		*out_len = c->text.len;
	return c->text.data ? c->text.data : "";
}

double engine_result_double(struct engine_result *result, size_t column)
{
	const struct result_column *c = &result->columns[column];
	idx_t row = result->row;
	if (engine_result_is_null(result, column))
		return 0;
	if (c->id == DUCKDB_TYPE_DOUBLE)
		return VALUE(double);
	if (c->id == DUCKDB_TYPE_FLOAT)
		return VALUE(float);
	if (c->id == DUCKDB_TYPE_UHUGEINT)
		return (double)(unsigned __int128)whole(&VALUE(duckdb_hugeint));
	return (double)integer(c, c->id, row) / pow(10, c->scale);
}

int64_t engine_result_int(struct engine_result *result, size_t column)
{
	const struct result_column *c = &result->columns[column];
	if (engine_result_is_null(result, column))
		return 0;
	if (c->id == DUCKDB_TYPE_DOUBLE || c->id == DUCKDB_TYPE_FLOAT) {
		double value = engine_result_double(result, column);
		return value >= -0x1p63 && value < 0x1p63 ? (int64_t)value : 0;
	}
	__int128 value = integer(c, c->id, result->row);
	for (int i = 0; i < c->scale; i++)
		value /= 10;
	return value >= INT64_MIN && value <= INT64_MAX ? (int64_t)value : 0;
}
