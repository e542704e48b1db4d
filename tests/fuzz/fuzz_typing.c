/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a value of each type, under each way to write numbers and dates: what one type takes
 * the types that hold more must take too, as the same value. The first byte chooses the dialect. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "csv/typing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LEN_MAX = 200 };

static const struct csv_dialect dialects[] = {
	{.delimiter = ',', .decimal = '.'},
	{.delimiter = ';', .decimal = ',', .thousands = '.', .date = CSV_DATE_DMY},
	{.delimiter = ',', .decimal = '.', .thousands = ',', .date = CSV_DATE_MDY},
	{.delimiter = '\t', .decimal = ',', .thousands = ' ', .date = CSV_DATE_DMY},
};

struct value {
	const struct csv_dialect *dialect;
	const char *bytes;
	size_t len;
};

static enum csv_typed take(const struct value *value, struct csv_type type, void *out)
{
	const struct csv_typing typing = {
		.type = type, .dialect = value->dialect, .time_zone = "America/Sao_Paulo"};
	return csv_type_field(&typing, value->bytes, value->len, out);
}

static void check_whole(const struct value *value)
{
	int32_t small;
	int64_t large, fixed;
	enum csv_typed as_large = take(value, (struct csv_type){CSV_BIGINT}, &large);
	if (take(value, (struct csv_type){CSV_INTEGER}, &small) == CSV_TYPED_OK &&
	    (as_large != CSV_TYPED_OK || large != small))
		abort();
	if (as_large == CSV_TYPED_OK && llabs(large) < 1000000000000000000 &&
	    (take(value, (struct csv_type){CSV_DECIMAL, 18, 0}, &fixed) != CSV_TYPED_OK ||
	     fixed != large))
		abort();
}

static void check_decimal(const struct value *value)
{
	int64_t coarse;
	__int128 fine;
	double real;
	if (take(value, (struct csv_type){CSV_DECIMAL, 18, 2}, &coarse) != CSV_TYPED_OK)
		return;
	if (take(value, (struct csv_type){CSV_DECIMAL, 38, 4}, &fine) != CSV_TYPED_OK ||
	    fine != (__int128)coarse * 100)
		abort();
	if (take(value, (struct csv_type){CSV_DOUBLE}, &real) != CSV_TYPED_OK ||
	    fabs(real - (double)coarse / 100) > 1e-12 * fabs(real))
		abort();
}

static void check_time(const struct value *value)
{
	int32_t days;
	int64_t moment;
	enum csv_typed as_moment = take(value, (struct csv_type){CSV_TIMESTAMP}, &moment);
	if (take(value, (struct csv_type){CSV_DATE}, &days) == CSV_TYPED_OK &&
	    as_moment == CSV_TYPED_OK && moment / 86400000000 != days &&
	    llabs(moment / 86400000000 - days) > 1) /* an offset may move it over midnight */
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char copy[LEN_MAX];
	uint8_t yes = 2;
	if (size < 1 || size > LEN_MAX)
		return 0;
	memcpy(copy, data + 1, size - 1);
	const struct value value = {&dialects[data[0] % (sizeof dialects / sizeof *dialects)], copy,
				    size - 1};
	check_whole(&value);
	check_decimal(&value);
	check_time(&value);
	if (take(&value, (struct csv_type){CSV_BOOLEAN}, &yes) == CSV_TYPED_OK ? yes > 1 : yes != 2)
		abort();
	return 0;
}
