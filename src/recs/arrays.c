/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/arrays.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "recs/matrix.h"

enum { STEP = 8 };

/* ---- writing ---- */

static size_t padding(uint64_t len)
{
	return (STEP - len % STEP) % STEP;
}

static void put_bytes(struct recs_arrays_out *out, const void *bytes, size_t len)
{
	text_add_bytes(out->text, bytes, len);
	out->len += len;
}

static void begin(struct recs_arrays_out *out, uint64_t len)
{
	put_bytes(out, &len, sizeof len);
}

static void end(struct recs_arrays_out *out, uint64_t len)
{
	static const char zeros[STEP] = {0};
	put_bytes(out, zeros, padding(len));
}

void recs_arrays_put(struct recs_arrays_out *out, const void *array, size_t count, size_t size)
{
	begin(out, count * size);
	put_bytes(out, array, count * size);
	end(out, count * size);
}

void recs_arrays_put_matrix(struct recs_arrays_out *out, const struct recs_matrix *matrix)
{
	const uint64_t sides[] = {matrix->rows, matrix->width};
	size_t row = matrix->width * sizeof *matrix->data, len = matrix->rows * row;
	recs_arrays_put(out, sides, 2, sizeof *sides);
	begin(out, len);
	for (size_t r = 0; r < matrix->rows; r++)
		put_bytes(out, recs_matrix_row(matrix, r), row);
	end(out, len);
}

/* ---- reading ---- */

int recs_arrays_refuse(const char *what, struct error *err)
{
	return err_set(err, ERR_CORRUPT, "the saved models: %s", what);
}

static const void *refuse(const char *what, struct error *err)
{
	(void)recs_arrays_refuse(what, err);
	return NULL;
}

const void *recs_arrays_take(struct recs_arrays_in *in, size_t size, int64_t count,
			     size_t *out_count, struct error *err)
{
	uint64_t len = 0;
	const void *out;
	if (in->left < sizeof len)
		return refuse("they end too soon", err);
	memcpy(&len, in->at, sizeof len);
	in->at += sizeof len;
	in->left -= sizeof len;
	if (len > in->left || padding(len) > in->left - len)
		return refuse("they end too soon", err);
	if (len % size || (count != RECS_ARRAYS_ANY && len / size != (uint64_t)count))
		return refuse("an array has another length", err);
	out = in->at;
	if (out_count)
		*out_count = len / size;
	in->at += len + padding(len);
	in->left -= len + padding(len);
	return out;
}

bool recs_arrays_are_finite(const float *numbers, size_t count)
{
	uint32_t odd = 0;
	for (size_t i = 0; i < count; i++)
		odd |= !isfinite(numbers[i]);
	return !odd;
}

const float *recs_arrays_take_floats(struct recs_arrays_in *in, int64_t count, size_t *out_count,
				     struct error *err)
{
	size_t taken = 0;
	const float *floats = recs_arrays_take(in, sizeof *floats, count, &taken, err);
	if (floats && !recs_arrays_are_finite(floats, taken))
		return refuse("a number that is none", err);
	if (out_count)
		*out_count = taken;
	return floats;
}

const size_t *recs_arrays_take_starts(struct recs_arrays_in *in, int64_t count, size_t *out_count,
				      struct error *err)
{
	size_t taken = 0;
	int64_t wanted = count == RECS_ARRAYS_ANY ? count : count + 1;
	const size_t *starts = recs_arrays_take(in, sizeof *starts, wanted, &taken, err);
	if (!starts)
		return NULL;
	if (!taken || starts[0] != 0)
		return refuse("rows that do not begin", err);
	for (size_t i = 1; i < taken; i++)
		if (starts[i] < starts[i - 1])
			return refuse("rows out of order", err);
	if (starts[taken - 1] > in->left)
		return refuse("rows that end too late", err);
	if (out_count)
		*out_count = taken - 1;
	return starts;
}

const uint32_t *recs_arrays_take_numbers(struct recs_arrays_in *in, int64_t count, uint32_t end,
					 size_t *out_count, struct error *err)
{
	size_t taken = 0;
	uint32_t outside = 0;
	const uint32_t *numbers = recs_arrays_take(in, sizeof *numbers, count, &taken, err);
	for (size_t i = 0; numbers && i < taken; i++)
		outside |= numbers[i] >= end;
	if (numbers && outside)
		return refuse("a number of no item", err);
	if (out_count)
		*out_count = taken;
	return numbers;
}

int recs_arrays_take_matrix(struct recs_arrays_in *in, int64_t rows, int64_t width,
			    struct recs_matrix *out, struct error *err)
{
	size_t count;
	const uint64_t *sides = recs_arrays_take(in, sizeof *sides, 2, NULL, err);
	const float *data =
		sides ? recs_arrays_take(in, sizeof *data, RECS_ARRAYS_ANY, &count, err) : NULL;
	if (!data)
		return -1;
	bool fits = (rows == RECS_ARRAYS_ANY || sides[0] == (uint64_t)rows) &&
		    (width == RECS_ARRAYS_ANY || sides[1] == (uint64_t)width) &&
		    (sides[0] ? count % sides[0] == 0 && count / sides[0] == sides[1] : !count);
	if (!fits || sides[0] > UINT32_MAX || sides[1] > UINT32_MAX)
		return recs_arrays_refuse("a matrix of other sides", err);
	TRY(recs_matrix_init(out, sides[0], sides[1], err));
	for (size_t r = 0; count && r < out->rows; r++)
		memcpy(recs_matrix_row(out, r), data + r * out->width, out->width * sizeof *data);
	return 0;
}
