/* SPDX-License-Identifier: Apache-2.0 */
/* arena: memory for one task, freed all at once.
 *
 * Everything taken from an arena lives until arena_free(); nothing is freed singly. Blocks are
 * zeroed and aligned for any type. Not for use from several threads at once. */
#ifndef VITRINE_BASE_ARENA_H
#define VITRINE_BASE_ARENA_H

#include <stddef.h>

#include "base/own.h"

struct arena;

/* NULL when memory is refused. Owner: caller, until arena_free(). */
struct arena *arena_new(void);
void arena_free(struct arena *arena);
OWN_DEFINE(arena, arena_free)

/* NULL when memory is refused. Owner: the arena. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_alloc_array(struct arena *arena, size_t count, size_t size);
char *arena_copy_text(struct arena *arena, const char *s);
char *arena_copy_bytes(struct arena *arena, const void *bytes, size_t len);
char *arena_format(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
