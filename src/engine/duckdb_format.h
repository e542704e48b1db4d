/* SPDX-License-Identifier: Apache-2.0 */
/* duckdb_format: values of results as text, as DuckDB's own cast to VARCHAR prints them; but a
 * decimal below one has its zero ("0.50"). */
#ifndef VITRINE_ENGINE_DUCKDB_FORMAT_H
#define VITRINE_ENGINE_DUCKDB_FORMAT_H

#include <stddef.h>
#include <stdint.h>

enum { FORMAT_SIZE = 64 };

/* Each returns the length; `out` is terminated. */
size_t format_int128(__int128 value, char out[FORMAT_SIZE]);
size_t format_uint128(unsigned __int128 value, char out[FORMAT_SIZE]);
size_t format_decimal(__int128 unscaled, int scale, char out[FORMAT_SIZE]);
/* The shortest digits that give the same number back. */
size_t format_double(double value, char out[FORMAT_SIZE]);
size_t format_float(float value, char out[FORMAT_SIZE]);
size_t format_date(int32_t days, char out[FORMAT_SIZE]);
size_t format_timestamp(int64_t us, char out[FORMAT_SIZE]);

#endif
