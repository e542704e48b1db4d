/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/duckdb_types.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"

/* ---- from Delta ---- */

static const struct {
	const char *delta, *sql;
} plain[] = {
	{"string", "VARCHAR"},      {"long", "BIGINT"},     {"integer", "INTEGER"},
	{"short", "SMALLINT"},      {"byte", "TINYINT"},    {"double", "DOUBLE"},
	{"float", "FLOAT"},         {"boolean", "BOOLEAN"}, {"binary", "BLOB"},
	{"timestamp", "TIMESTAMP"}, {"date", "DATE"},
};

static bool add_plain(const char *delta, struct text *out)
{
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (strcmp(delta, plain[i].delta) == 0) {
			text_add(out, plain[i].sql);
			return true;
		}
	int precision, scale, end = 0;
	if (sscanf(delta, "decimal(%2d,%2d)%n", &precision, &scale, &end) != 2 || !end ||
	    delta[end] || precision < 1 || precision > 38 || scale < 0 || scale > precision)
		return false;
	text_addf(out, "DECIMAL(%d,%d)", precision, scale);
	return true;
}

/* The depth is bounded by that of the JSON, which jansson bounds. */
static bool add_type(const struct json *type, struct text *out)
{
	const char *name = json_text(type, NULL);
	if (name)
		return add_plain(name, out);
	const char *kind = json_text(json_get(type, "type"), "");
	if (strcmp(kind, "array") == 0) {
		bool known = add_type(json_get(type, "elementType"), out);
		text_add(out, "[]");
		return known;
	}
	if (strcmp(kind, "map") == 0) {
		text_add(out, "MAP(");
		bool known = add_type(json_get(type, "keyType"), out);
		text_add(out, ", ");
		known = known && add_type(json_get(type, "valueType"), out);
		text_add(out, ")");
		return known;
	}
	const struct json *fields = json_get(type, "fields");
	if (strcmp(kind, "struct") != 0 || !json_count(fields))
		return false;
	text_add(out, "STRUCT(");
	for (size_t i = 0; i < json_count(fields); i++) {
		const struct json *field = json_at(fields, i);
		text_add(out, i ? ", " : "");
		text_add_identifier(out, json_text(json_get(field, "name"), ""));
		text_add_char(out, ' ');
		if (!add_type(json_get(field, "type"), out))
			return false;
	}
	text_add_char(out, ')');
	return true;
}

int types_add_sql(const char *delta, const char *column, struct text *out, struct error *err)
{
	if (*delta == '{') {
		OWNED(json) *document = NULL;
		if (json_parse(delta, strlen(delta), &document, err) < 0)
			return err_within(err, "the type of column \"%s\"", column);
		if (add_type(document, out))
			return 0;
	} else if (add_plain(delta, out)) {
		return 0;
	}
	return err_set(err, ERR_UNSUPPORTED,
		       "column \"%s\" has the type \"%.100s\", which cannot be read", column,
		       delta);
}

/* ---- from DuckDB ---- */

static const struct known_type {
	duckdb_type id;
	const char *sql;
	const char *delta; /* NULL = it has no type in a table */
	const char *cast;  /* what to write instead, when it has none */
} known[] = {
	{DUCKDB_TYPE_BOOLEAN, "BOOLEAN", "boolean", NULL},
	{DUCKDB_TYPE_TINYINT, "TINYINT", "byte", NULL},
	{DUCKDB_TYPE_SMALLINT, "SMALLINT", "short", NULL},
	{DUCKDB_TYPE_INTEGER, "INTEGER", "integer", NULL},
	{DUCKDB_TYPE_BIGINT, "BIGINT", "long", NULL},
	{DUCKDB_TYPE_HUGEINT, "HUGEINT", "long", NULL},
	{DUCKDB_TYPE_UTINYINT, "UTINYINT", "short", NULL},
	{DUCKDB_TYPE_USMALLINT, "USMALLINT", "integer", NULL},
	{DUCKDB_TYPE_UINTEGER, "UINTEGER", "long", NULL},
	{DUCKDB_TYPE_UBIGINT, "UBIGINT", "decimal(20,0)", NULL},
	{DUCKDB_TYPE_FLOAT, "FLOAT", "float", NULL},
	{DUCKDB_TYPE_DOUBLE, "DOUBLE", "double", NULL},
	{DUCKDB_TYPE_VARCHAR, "VARCHAR", "string", NULL},
	{DUCKDB_TYPE_BLOB, "BLOB", "binary", NULL},
	{DUCKDB_TYPE_DATE, "DATE", "date", NULL},
	{DUCKDB_TYPE_TIMESTAMP, "TIMESTAMP", "timestamp", NULL},
	{DUCKDB_TYPE_TIMESTAMP_S, "TIMESTAMP_S", "timestamp", NULL},
	{DUCKDB_TYPE_TIMESTAMP_MS, "TIMESTAMP_MS", "timestamp", NULL},
	{DUCKDB_TYPE_TIMESTAMP_NS, "TIMESTAMP_NS", NULL, "timestamp"},
	{DUCKDB_TYPE_TIMESTAMP_TZ, "TIMESTAMP WITH TIME ZONE", NULL, "timestamp"},
	{DUCKDB_TYPE_UHUGEINT, "UHUGEINT", NULL, "decimal(38,0)"},
	{DUCKDB_TYPE_UUID, "UUID", NULL, "varchar"},
	{DUCKDB_TYPE_ENUM, "ENUM", NULL, "varchar"},
	{DUCKDB_TYPE_TIME, "TIME", NULL, "varchar"},
	{DUCKDB_TYPE_TIME_TZ, "TIME WITH TIME ZONE", NULL, "varchar"},
	{DUCKDB_TYPE_INTERVAL, "INTERVAL", NULL, "varchar"},
	{DUCKDB_TYPE_BIT, "BIT", NULL, "varchar"},
	{DUCKDB_TYPE_BIGNUM, "BIGNUM", NULL, "decimal(38,0)"},
	{DUCKDB_TYPE_STRUCT, "STRUCT", NULL, "varchar"},
	{DUCKDB_TYPE_LIST, "LIST", NULL, "varchar"},
	{DUCKDB_TYPE_ARRAY, "ARRAY", NULL, "varchar"},
	{DUCKDB_TYPE_MAP, "MAP", NULL, "varchar"},
	{DUCKDB_TYPE_UNION, "UNION", NULL, "varchar"},
};

/* Newer libraries have types that the header does not: they are read as text. */
static const struct known_type *find(duckdb_type id)
{
	static const struct known_type other = {DUCKDB_TYPE_INVALID, "OTHER", NULL, "varchar"};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].id == id)
			return &known[i];
	return &other;
}

static void add_child(duckdb_logical_type child, struct text *out)
{
	types_add_name(child, out);
	duckdb_destroy_logical_type(&child);
}

static void add_fields(duckdb_logical_type type, bool is_union, struct text *out)
{
	idx_t count = is_union ? duckdb_union_type_member_count(type)
			       : duckdb_struct_type_child_count(type);
	text_add(out, is_union ? "UNION(" : "STRUCT(");
	for (idx_t i = 0; i < count; i++) {
		char *name = is_union ? duckdb_union_type_member_name(type, i)
				      : duckdb_struct_type_child_name(type, i);
		text_add(out, i ? ", " : "");
		if (text_is_name(name))
			text_add(out, name);
		else
			text_add_identifier(out, name);
		duckdb_free(name);
		text_add_char(out, ' ');
		add_child(is_union ? duckdb_union_type_member_type(type, i)
				   : duckdb_struct_type_child_type(type, i),
			  out);
	}
	text_add_char(out, ')');
}

static bool add_nested(duckdb_type id, duckdb_logical_type type, struct text *out)
{
	if (id == DUCKDB_TYPE_LIST) {
		add_child(duckdb_list_type_child_type(type), out);
		text_add(out, "[]");
	} else if (id == DUCKDB_TYPE_ARRAY) {
		add_child(duckdb_array_type_child_type(type), out);
		text_addf(out, "[%llu]", (unsigned long long)duckdb_array_type_array_size(type));
	} else if (id == DUCKDB_TYPE_MAP) {
		text_add(out, "MAP(");
		add_child(duckdb_map_type_key_type(type), out);
		text_add(out, ", ");
		add_child(duckdb_map_type_value_type(type), out);
		text_add_char(out, ')');
	} else if (id == DUCKDB_TYPE_STRUCT || id == DUCKDB_TYPE_UNION) {
		add_fields(type, id == DUCKDB_TYPE_UNION, out);
	} else {
		return false;
	}
	return true;
}

void types_add_name(duckdb_logical_type type, struct text *out)
{
	duckdb_type id = duckdb_get_type_id(type);
	char *alias = duckdb_logical_type_get_alias(type); /* JSON */
	if (alias)
		text_add(out, alias);
	else if (id == DUCKDB_TYPE_DECIMAL)
		text_addf(out, "DECIMAL(%d,%d)", duckdb_decimal_width(type),
			  duckdb_decimal_scale(type));
	else if (!add_nested(id, type, out))
		text_add(out, find(id)->sql);
	duckdb_free(alias);
}

int types_of_result(duckdb_logical_type type, const char *column, char out[TYPE_SIZE],
		    struct error *err)
{
	duckdb_type id = duckdb_get_type_id(type);
	if (id == DUCKDB_TYPE_DECIMAL) {
		snprintf(out, TYPE_SIZE, "decimal(%d,%d)", duckdb_decimal_width(type),
			 duckdb_decimal_scale(type));
		return 0;
	}
	const struct known_type *found = find(id);
	if (found->delta) {
		snprintf(out, TYPE_SIZE, "%s", found->delta);
		return 0;
	}
	err_set(err, ERR_QUERY, "column \"%s\" has the type %s, which a table cannot hold", column,
		found->sql);
	return err_hint(err, "Write cast(... as %s) as %s in the SELECT.", found->cast, column);
}
