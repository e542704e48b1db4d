/* SPDX-License-Identifier: Apache-2.0 */
#include "csv/typing.h"

#include <assert.h>
#include <stdio.h>

static size_t decimal_size(int precision)
{
	if (precision <= 4)
		return sizeof(int16_t);
	if (precision <= 9)
		return sizeof(int32_t);
	return precision <= 18 ? sizeof(int64_t) : sizeof(__int128);
}

size_t csv_type_size(struct csv_type type)
{
	switch (type.kind) {
	case CSV_TEXT:
		return 0;
	case CSV_BIGINT:
	case CSV_TIMESTAMP:
		return sizeof(int64_t);
	case CSV_INTEGER:
	case CSV_DATE:
		return sizeof(int32_t);
	case CSV_DECIMAL:
		return decimal_size(type.precision);
	case CSV_DOUBLE:
		return sizeof(double);
	case CSV_BOOLEAN:
		return sizeof(uint8_t);
	}
	assert(!"a kind of type that is not in the list");
	return 0;
}

const char *csv_type_name(struct csv_type type, char out[CSV_TYPE_NAME_SIZE])
{
	static const char *const names[] = {"text",   "bigint",  "integer", "decimal",
					    "double", "boolean", "date",    "timestamp"};
	if (type.kind == CSV_DECIMAL)
		snprintf(out, CSV_TYPE_NAME_SIZE, "decimal(%d,%d)", type.precision, type.scale);
	else
		snprintf(out, CSV_TYPE_NAME_SIZE, "%s", names[type.kind]);
	return out;
}
