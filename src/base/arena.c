/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* Blocks double, so that an arena that holds little is small. */
enum { BLOCK_SIZE_FIRST = 1 << 10, BLOCK_SIZE_MAX = 64 << 10 };

struct block {
	struct block *next;
	size_t used, size;
	alignas(max_align_t) char data[];
};

struct arena {
	struct block *newest;
};

struct arena *arena_new(void)
{
	return mem_alloc(sizeof(struct arena));
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	for (struct block *b = arena->newest, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	free(arena);
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + align - 1) / align * align;
	struct block *b = arena->newest;
	if (!b || b->size - b->used < size) {
		size_t room = b ? 2 * b->size : BLOCK_SIZE_FIRST;
		room = room > BLOCK_SIZE_MAX ? BLOCK_SIZE_MAX : room;
		room = size > room ? size : room;
		b = mem_alloc(sizeof *b + room);
		if (!b)
			return NULL;
		b->size = room;
		b->next = arena->newest;
		arena->newest = b;
	}
	void *out = b->data + b->used;
	b->used += size;
	return out;
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		return NULL;
	return arena_alloc(arena, count * size);
}

char *arena_copy_bytes(struct arena *arena, const void *bytes, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);
	if (copy && len)
		memcpy(copy, bytes, len);
	return copy;
}

char *arena_copy_text(struct arena *arena, const char *s)
{
	return arena_copy_bytes(arena, s, strlen(s));
}

char *arena_format(struct arena *arena, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int need = vsnprintf(NULL, 0, format, args);
	char *out = need < 0 ? NULL : arena_alloc(arena, (size_t)need + 1);
	if (out)
		vsnprintf(out, (size_t)need + 1, format, again);
	va_end(again);
	va_end(args);
	return out;
}
