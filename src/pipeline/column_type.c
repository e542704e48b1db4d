/* SPDX-License-Identifier: Apache-2.0 */
/* column_type: one type in the words of contracts, of Delta and of SQL. */
#include <stdio.h>
#include <string.h>

#include "pipeline/project_read.h"

struct type_words {
	const char *contract, *delta, *sql;
};

/* By enum column_kind; COLUMN_DECIMAL is followed by its precision and scale everywhere. */
static const struct type_words type_words[] = {
	[COLUMN_TEXT] = {"text", "string", "varchar"},
	[COLUMN_BIGINT] = {"bigint", "long", "bigint"},
	[COLUMN_INTEGER] = {"integer", "integer", "integer"},
	[COLUMN_DECIMAL] = {"decimal", "decimal", "decimal"},
	[COLUMN_DOUBLE] = {"double", "double", "double"},
	[COLUMN_BOOLEAN] = {"boolean", "boolean", "boolean"},
	[COLUMN_DATE] = {"date", "date", "date"},
	[COLUMN_TIMESTAMP] = {"timestamp", "timestamp", "timestamp"},
};
enum { KINDS = sizeof type_words / sizeof *type_words };

enum { DECIMAL_DIGITS_MAX = 38 };

static bool parse_decimal(const char *s, struct column_type *out)
{
	int precision, scale, end = 0;
	if (sscanf(s, "decimal(%2d,%2d)%n", &precision, &scale, &end) != 2 &&
	    sscanf(s, "decimal(%2d, %2d)%n", &precision, &scale, &end) != 2)
		return false;
	if (end == 0 || s[end] || precision < 1 || precision > DECIMAL_DIGITS_MAX || scale < 0 ||
	    scale > precision)
		return false;
	*out = (struct column_type){COLUMN_DECIMAL, precision, scale};
	return true;
}

bool column_type_parse(const char *s, struct column_type *out)
{
	for (int kind = 0; kind < KINDS; kind++)
		if (kind != COLUMN_DECIMAL && strcmp(s, type_words[kind].contract) == 0) {
			*out = (struct column_type){.kind = (enum column_kind)kind};
			return true;
		}
	return parse_decimal(s, out);
}

static const char *format(const char *word, struct column_type type, char out[COLUMN_TYPE_SIZE])
{
	if (type.kind == COLUMN_DECIMAL)
		snprintf(out, COLUMN_TYPE_SIZE, "%s(%d,%d)", word, type.precision, type.scale);
	else
		snprintf(out, COLUMN_TYPE_SIZE, "%s", word);
	return out;
}

const char *column_type_format(struct column_type type, char out[COLUMN_TYPE_SIZE])
{
	return format(type_words[type.kind].contract, type, out);
}

const char *column_type_delta(struct column_type type, char out[COLUMN_TYPE_SIZE])
{
	return format(type_words[type.kind].delta, type, out);
}

const char *column_type_words(const char *delta)
{
	for (int kind = 0; kind < KINDS; kind++)
		if (kind != COLUMN_DECIMAL && strcmp(delta, type_words[kind].delta) == 0)
			return type_words[kind].contract;
	return delta; /* decimals are written alike; others no contract has */
}

const char *column_type_sql(struct column_type type, char out[COLUMN_TYPE_SIZE])
{
	return format(type_words[type.kind].sql, type, out);
}
