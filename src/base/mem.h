/* SPDX-License-Identifier: Apache-2.0 */
/* mem: the one place where memory is asked for, so that every refusal can be tested.
 *
 * Each function returns NULL (or -1) when memory is refused; the caller answers with
 * err_memory(err). Blocks are freed with free(). Tests make the n-th request fail by
 * mem_fail_at(n) and sweep n until a whole operation succeeds. */
#ifndef VITRINE_BASE_MEM_H
#define VITRINE_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

struct error;

/* `size` bytes, zeroed. A size of 0 gives a block of one byte. Owner: caller. */
void *mem_alloc(size_t size) __attribute__((malloc, warn_unused_result));

/* `count` zeroed elements of `size` bytes; NULL also when the product overflows. Owner: caller. */
void *mem_alloc_array(size_t count, size_t size) __attribute__((malloc, warn_unused_result));

/* As realloc; the new part is not zeroed. On NULL the old block still stands. */
void *mem_resize(void *block, size_t size) __attribute__((warn_unused_result));

/* A copy of `text` (NULL gives NULL, which callers tell from a refusal by their argument). */
char *mem_copy_text(const char *text) __attribute__((warn_unused_result));
char *mem_copy_bytes(const void *bytes, size_t len) __attribute__((warn_unused_result));

/* Make room for `need` elements of `size` bytes in the array at `*array`; capacity at least
 * doubles. Returns 0, or -1 with MEMORY in `err`; on failure the array stands as it was. */
int mem_grow(void *array, size_t *capacity, size_t need, size_t size, struct error *err);

/* Tests only: the n-th request from now on this thread is refused (1 = the next); 0 = never. */
void mem_fail_at(size_t n);
/* Whether the refusal asked for has happened. */
bool mem_failed(void);

#endif
