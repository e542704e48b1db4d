/* SPDX-License-Identifier: Apache-2.0 */
/* What we print is what DuckDB prints. */
#include "support/support.h"

#include <duckdb.h>
#include <math.h>
#include <string.h>

#include "engine/duckdb_format.h"

static uint64_t random_bits(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void assert_prints(duckdb_value value, const char *ours)
{
	char *theirs = duckdb_get_varchar(value);
	if (strcmp(theirs, ours) != 0)
		fail_msg("theirs %s, ours %s", theirs, ours);
	duckdb_free(theirs);
	duckdb_destroy_value(&value);
}

static void check_double(double value)
{
	char out[FORMAT_SIZE];
	size_t len = format_double(value, out);
	assert_int_equal(len, strlen(out));
	assert_prints(duckdb_create_double(value), out);
}

static void check_float(float value)
{
	char out[FORMAT_SIZE];
	size_t len = format_float(value, out);
	assert_int_equal(len, strlen(out));
	assert_prints(duckdb_create_float(value), out);
}

static void doubles_have_the_shortest_digits(void **state)
{
	(void)state;
	static const double some[] = {0,
				      -0.0,
				      1,
				      -1,
				      0.1,
				      1e15,
				      1e16,
				      1e17,
				      1e-4,
				      1e-5,
				      100,
				      123456.75,
				      5e-324,
				      1.7976931348623157e308,
				      NAN,
				      INFINITY,
				      -INFINITY,
				      9007199254740994,
				      1e22,
				      1e23,
				      0.30000000000000004,
				      123456789012345680};
	for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
		check_double(some[i]);
		check_float((float)some[i]);
	}
	for (int i = 0; i < 20000; i++) {
		uint64_t bits = random_bits();
		uint32_t half = (uint32_t)bits;
		double d;
		float f;
		memcpy(&d, &bits, sizeof d);
		memcpy(&f, &half, sizeof f);
		if (isfinite(d))
			check_double(d);
		if (isfinite(f))
			check_float(f);
		check_double((double)(int64_t)(bits % 2000000) / 100);
		check_float((float)(bits % 2000000) / 100);
	}
}

static void decimals_are_exact(void **state)
{
	(void)state;
	static const struct {
		__int128 unscaled;
		int scale;
		const char *text;
	} cases[] = {
		{0, 0, "0"},        {0, 2, "0.00"},    {5, 2, "0.05"},  {-5, 2, "-0.05"},
		{1230, 2, "12.30"}, {-123, 0, "-123"}, {50, 2, "0.50"}, {5, 1, "0.5"},
	};
	char out[FORMAT_SIZE];
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(format_decimal(cases[i].unscaled, cases[i].scale, out),
				 strlen(cases[i].text));
		assert_string_equal(out, cases[i].text);
	}
	__int128 most =
		(__int128)9999999999999999999ULL * 10000000000000000000ULL + 9999999999999999999ULL;
	format_decimal(-most, 38, out);
	assert_string_equal(out, "-0.99999999999999999999999999999999999999");
	format_int128(-((__int128)1 << 126) * 2, out);
	assert_string_equal(out, "-170141183460469231731687303715884105728");
}

static void times_are_civil(void **state)
{
	(void)state;
	static const int64_t some[] = {0,
				       1,
				       -1,
				       999999,
				       1514862245123456,
				       1514862245120000,
				       -62135596800000000,
				       -62135596800000001,
				       253402300799999999,
				       253402300800000000,
				       INT64_MAX,
				       -INT64_MAX};
	char out[FORMAT_SIZE];
	for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
		format_timestamp(some[i], out);
		assert_prints(duckdb_create_timestamp((duckdb_timestamp){some[i]}), out);
	}
	for (int i = 0; i < 20000; i++) {
		int64_t us = (int64_t)(random_bits() % 400000000000000000) - 200000000000000000;
		int32_t days = (int32_t)(us / 80000000000);
		format_timestamp(us, out);
		assert_prints(duckdb_create_timestamp((duckdb_timestamp){us}), out);
		format_date(days, out);
		assert_prints(duckdb_create_date((duckdb_date){days}), out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_have_the_shortest_digits),
		cmocka_unit_test(decimals_are_exact),
		cmocka_unit_test(times_are_civil),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
