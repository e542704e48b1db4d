/* SPDX-License-Identifier: Apache-2.0 */
/* window: the part of a text that the pass over its records looks at. Places are counted from its
 * beginning, which moves forward only. Private to records. */
#ifndef VITRINE_CSV_WINDOW_H
#define VITRINE_CSV_WINDOW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

struct csv_input;
struct error;

struct csv_window {
	struct csv_input *input; /* owned */
	char *buffer;
	size_t capacity, begin, filled;
	size_t span_bytes, capacity_max; /* how much is read at a time; the most that is held */
	bool is_end;                     /* the text ends with bytes[filled - 1] */
	int64_t offset;                  /* of the beginning in the text */
	int64_t line;                    /* physical, that the beginning lies in */
	const atomic_bool *stop;         /* NULL = nobody can */
};

void csv_window_done(struct csv_window *window);

static inline const char *csv_window_bytes(const struct csv_window *window)
{
	return window->buffer + window->begin;
}

static inline size_t csv_window_len(const struct csv_window *window)
{
	return window->filled - window->begin;
}

/* Read until there are `len` bytes or the text ends; bytes move. `len` is at most capacity_max.
 * Fails: CANCELED, MEMORY, as csv_input_read(). */
int csv_window_read(struct csv_window *window, size_t len, struct error *err);

/* The first byte of the physical line behind the one that `from` lies in, or the text's end;
 * SIZE_MAX when it does not come within `len_max` bytes. */
int csv_window_line_behind(struct csv_window *window, size_t from, size_t len_max, size_t *out,
			   struct error *err);

/* Move the beginning; the caller keeps `line`. */
void csv_window_skip(struct csv_window *window, size_t len);

/* Move the beginning to the next line, however far it is, and count the lines. Returns how many
 * bytes that were, negative on failure. */
int64_t csv_window_skip_line(struct csv_window *window, struct error *err);

/* Move `len` bytes from the beginning into the buffer at `*buffer`, by exchanging buffers where
 * less is left than taken. `*out` points at them within it. */
int csv_window_take(struct csv_window *window, size_t len, char **buffer, size_t *capacity,
		    const char **out, struct error *err);

#endif
