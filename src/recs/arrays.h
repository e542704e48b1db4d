/* SPDX-License-Identifier: Apache-2.0 */
/* arrays: numbers as bytes and back: what trained models are saved as. Arrays follow one another: a
 * length in bytes (u64), the bytes, 0s up to a multiple of 8; all in the order of this machine,
 * which the file that holds them checks. A matrix is two arrays: {rows, width} (u64), its rows
 * without padding.
 *
 * What is read may come from anywhere: each taker checks lengths, those of models that numbers
 * inside lead nowhere else. */
#ifndef VITRINE_RECS_ARRAYS_H
#define VITRINE_RECS_ARRAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct recs_matrix;
struct text;

/* Failure is kept in the text; `len` counts on when the text is full. */
struct recs_arrays_out {
	struct text *text;
	uint64_t len;
};

void recs_arrays_put(struct recs_arrays_out *out, const void *array, size_t count, size_t size);
void recs_arrays_put_matrix(struct recs_arrays_out *out, const struct recs_matrix *matrix);

/* What is left to be read, aligned to 8. Borrowed. */
struct recs_arrays_in {
	const char *at;
	size_t left;
};

enum { RECS_ARRAYS_ANY = -1 };

/* The next array, of `count` elements of `size` bytes, or of ANY number, which `out_count` (may be
 * NULL) gets. Borrowed. NULL with CORRUPT in err when it is not there or of another length. */
const void *recs_arrays_take(struct recs_arrays_in *in, size_t size, int64_t count,
			     size_t *out_count, struct error *err);
/* The same of float32 that are all finite. */
const float *recs_arrays_take_floats(struct recs_arrays_in *in, int64_t count, size_t *out_count,
				     struct error *err);
/* The next array as starts of rows: `count` + 1 (or ANY) that begin with 0, do not fall, and end
 * where as many bytes could be left. `out_count` is that of the rows. */
const size_t *recs_arrays_take_starts(struct recs_arrays_in *in, int64_t count, size_t *out_count,
				      struct error *err);
/* `count` (or ANY) numbers that are all below `end`. */
const uint32_t *recs_arrays_take_numbers(struct recs_arrays_in *in, int64_t count, uint32_t end,
					 size_t *out_count, struct error *err);
/* A copy with its padding; `rows` and `width` may be ANY, finite or not is for the caller to look.
 * Owner: caller. Fails: CORRUPT, MEMORY. */
int recs_arrays_take_matrix(struct recs_arrays_in *in, int64_t rows, int64_t width,
			    struct recs_matrix *out, struct error *err);
/* -1, with CORRUPT and what is wrong with the saved models. */
int recs_arrays_refuse(const char *what, struct error *err);

bool recs_arrays_are_finite(const float *numbers, size_t count);

#endif
