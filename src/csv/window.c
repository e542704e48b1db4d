/* SPDX-License-Identifier: Apache-2.0 */
#include "csv/window.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "csv/input.h"

void csv_window_done(struct csv_window *window)
{
	csv_input_close(window->input);
	free(window->buffer);
	*window = (struct csv_window){0};
}

static int make_room(char **buffer, size_t *capacity, size_t need, struct error *err)
{
	if (need <= *capacity)
		return 0;
	char *larger = mem_resize(*buffer, need);
	if (!larger)
		return err_memory(err);
	*buffer = larger;
	*capacity = need;
	return 0;
}

/* How far to fill the window: a span, or twice and twice again as much for a long record, so that
 * its bytes are moved seldom. */
static size_t fill_to(const struct csv_window *window, size_t len)
{
	size_t size = window->span_bytes;
	while (size < len)
		size *= 2;
	return size < window->capacity_max ? size : window->capacity_max;
}

int csv_window_read(struct csv_window *window, size_t len, struct error *err)
{
	if (csv_window_len(window) >= len || window->is_end)
		return 0;
	if (window->stop && atomic_load(window->stop))
		return err_set(err, ERR_CANCELED, "interrupted");
	if (window->begin) {
		memmove(window->buffer, csv_window_bytes(window), csv_window_len(window));
		window->filled -= window->begin;
		window->begin = 0;
	}
	size_t size = fill_to(window, len), room = size - window->filled;
	TRY(make_room(&window->buffer, &window->capacity, size, err));
	int64_t got = csv_input_read(window->input, window->buffer + window->filled, room, err);
	if (got < 0)
		return -1;
	window->filled += (size_t)got;
	window->is_end = (size_t)got < room;
	return 0;
}

/* The place behind the first line end at or behind `from`; SIZE_MAX when there is none. CR at the
 * very end of what was read is left for when its neighbour is known. */
static size_t find_line(const struct csv_window *window, size_t from)
{
	const char *bytes = csv_window_bytes(window);
	size_t len = csv_window_len(window);
	for (size_t i = from; i < len; i++) {
		if (bytes[i] == '\n')
			return i + 1;
		if (bytes[i] != '\r' || (i + 1 == len && !window->is_end))
			continue;
		return i + 1 < len && bytes[i + 1] == '\n' ? i + 2 : i + 1;
	}
	return window->is_end ? len : SIZE_MAX;
}

int csv_window_line_behind(struct csv_window *window, size_t from, size_t len_max, size_t *out,
			   struct error *err)
{
	for (;;) {
		size_t len = csv_window_len(window);
		*out = find_line(window, from);
		if (*out != SIZE_MAX || len >= len_max + 2)
			break;
		from = len > from + 1 ? len - 1 : from; /* the last byte may be the CR of a CRLF */
		TRY(csv_window_read(window, len + 1, err));
	}
	if (*out > len_max)
		*out = SIZE_MAX;
	return 0;
}

void csv_window_skip(struct csv_window *window, size_t len)
{
	window->begin += len;
	window->offset += (int64_t)len;
}

int64_t csv_window_skip_line(struct csv_window *window, struct error *err)
{
	int64_t skipped = 0;
	for (;;) {
		size_t len = csv_window_len(window), next = find_line(window, 0);
		if (next == SIZE_MAX && len > 1) {
			csv_window_skip(window, len - 1);
			skipped += (int64_t)len - 1;
		} else if (next != SIZE_MAX) {
			csv_window_skip(window, next);
			window->line++;
			return skipped + (int64_t)next;
		}
		TRY(csv_window_read(window, csv_window_len(window) + 1, err));
	}
}

int csv_window_take(struct csv_window *window, size_t len, char **buffer, size_t *capacity,
		    const char **out, struct error *err)
{
	size_t rest = csv_window_len(window) - len;
	bool is_exchanged = rest < len;
	TRY(make_room(buffer, capacity, is_exchanged ? window->capacity : len, err));
	if (!is_exchanged) {
		memcpy(*buffer, csv_window_bytes(window), len);
		*out = *buffer;
		csv_window_skip(window, len);
		return 0;
	}
	char *taken = window->buffer;
	size_t taken_capacity = window->capacity, begin = window->begin;
	memcpy(*buffer, taken + begin + len, rest);
	window->buffer = *buffer;
	window->capacity = *capacity;
	window->begin = 0;
	window->filled = rest;
	window->offset += (int64_t)len;
	*buffer = taken;
	*capacity = taken_capacity;
	*out = taken + begin;
	return 0;
}
