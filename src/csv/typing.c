/* SPDX-License-Identifier: Apache-2.0 */
#include "csv/typing.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "csv/typing_parts.h"

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

static enum csv_typed read_boolean(const char *s, size_t len, uint8_t *out)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"true", true}, {"false", false}, {"1", true},  {"0", false},  {"t", true},
		     {"f", false},   {"y", true},      {"n", false}, {"yes", true}, {"no", false}};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if ((*s | 0x20) == *words[i].word && len == strlen(words[i].word) &&
		    strncasecmp(s, words[i].word, len) == 0) {
			*out = words[i].value;
			return CSV_TYPED_OK;
		}
	return CSV_TYPED_WRONG;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

enum csv_typed csv_type_field(const struct csv_typing *typing, const char *bytes, size_t len,
			      void *out)
{
	while (len > 0 && is_blank(*bytes)) {
		bytes++;
		len--;
	}
	while (len > 0 && is_blank(bytes[len - 1]))
		len--;
	if (len == 0)
		return CSV_TYPED_WRONG;
	switch (typing->type.kind) {
	case CSV_BIGINT:
		return csv_typing_bigint(typing->dialect, bytes, len, out);
	case CSV_INTEGER:
		return csv_typing_integer(typing->dialect, bytes, len, out);
	case CSV_DECIMAL:
		return csv_typing_decimal(typing, bytes, len, out);
	case CSV_DOUBLE:
		return csv_typing_double(typing->dialect, bytes, len, out);
	case CSV_BOOLEAN:
		return read_boolean(bytes, len, out);
	case CSV_DATE:
		return csv_typing_date(typing, bytes, len, out);
	case CSV_TIMESTAMP:
		return csv_typing_timestamp(typing, bytes, len, out);
	case CSV_TEXT:
		break;
	}
	assert(!"a text is taken as it is, never typed");
	return CSV_TYPED_WRONG;
}
