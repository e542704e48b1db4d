/* SPDX-License-Identifier: Apache-2.0 */
#include "support/typing_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

const struct csv_dialect plain = {.delimiter = ',', .quote = '"', .decimal = '.'};
const struct csv_dialect brazil = {
	.delimiter = ';', .decimal = ',', .thousands = '.', .date = CSV_DATE_DMY};
const struct csv_dialect american = {.decimal = '.', .thousands = ',', .date = CSV_DATE_MDY};
const struct csv_dialect french = {.decimal = ',', .thousands = ' ', .date = CSV_DATE_DMY};
const struct csv_type bigint = {CSV_BIGINT, 0, 0}, integer = {CSV_INTEGER, 0, 0},
		      money = {CSV_DECIMAL, 18, 2}, real = {CSV_DOUBLE, 0, 0},
		      boolean = {CSV_BOOLEAN, 0, 0}, date = {CSV_DATE, 0, 0},
		      timestamp = {CSV_TIMESTAMP, 0, 0};

enum csv_typed type_as(struct csv_type type, const struct csv_dialect *dialect, const char *text,
		       void *out)
{
	struct csv_typing typing = {
		.type = type, .dialect = dialect, .time_zone = "America/Sao_Paulo"};
	/* A copy of the exact size, so that reading beyond the field is seen. */
	size_t len = strlen(text);
	char *exact = malloc(len + (len == 0));
	assert_non_null(exact);
	memcpy(exact, text, len);
	enum csv_typed typed = csv_type_field(&typing, exact, len, out);
	free(exact);
	return typed;
}

/* The value as a text, or why there is none. */
const char *shown(struct csv_type type, const struct csv_dialect *dialect, const char *text)
{
	static char out[CLOCK_TEXT_SIZE];
	static const char *const why[] = {"", "wrong", "precision", "range"};
	union {
		int64_t bigint;
		int32_t integer;
		uint8_t boolean;
		double real;
	} value;
	memset(&value, 0x5A, sizeof value);
	enum csv_typed typed = type_as(type, dialect, text, &value);
	if (typed != CSV_TYPED_OK) {
		assert_int_equal(value.bigint, 0x5A5A5A5A5A5A5A5A);
		return why[typed];
	}
	if (type.kind == CSV_DATE)
		return clock_format_date(value.integer, out);
	if (type.kind == CSV_TIMESTAMP)
		return clock_format_civil(value.bigint, out);
	if (type.kind == CSV_BIGINT || type.kind == CSV_DECIMAL)
		snprintf(out, sizeof out, "%" PRId64, value.bigint);
	else if (type.kind == CSV_INTEGER)
		snprintf(out, sizeof out, "%d", value.integer);
	else if (type.kind == CSV_BOOLEAN)
		snprintf(out, sizeof out, "%s", value.boolean ? "true" : "false");
	else
		snprintf(out, sizeof out, "%.17g", value.real);
	return out;
}

void check_rows(struct csv_type type, const struct csv_dialect *dialect, const struct row *rows)
{
	for (; rows->text; rows++) {
		const char *got = shown(type, dialect, rows->text);
		if (strcmp(got, rows->expected) != 0)
			fail_msg("\"%s\": %s instead of %s", rows->text, got, rows->expected);
	}
}
