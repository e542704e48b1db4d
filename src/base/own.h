/* SPDX-License-Identifier: Apache-2.0 */
/* own: who frees what, written where the pointer is.
 *
 *	OWNED(delta_snapshot) *snapshot = NULL;     freed when the block ends, however it ends
 *	TRY(delta_snapshot_open(..., &snapshot, err));
 *	*out = TAKE(snapshot);                      handed on: the block no longer frees it
 *
 * A type joins by OWN_DEFINE(type, free_function) in its header, after the declaration of
 * `void free_function(struct type *)`. Destructors take NULL and half-built objects. Embedded
 * structs with init/done join by OWN_DEFINE_EMBEDDED and are declared as HELD(text) t = {0}. */
#ifndef VITRINE_BASE_OWN_H
#define VITRINE_BASE_OWN_H

#include <stdlib.h>

#define OWN_DEFINE(type, free_function)                                                            \
	static inline void own_free_##type(struct type **owned)                                    \
	{                                                                                          \
		free_function(*owned);                                                             \
	}

#define OWN_DEFINE_EMBEDDED(type, done_function)                                                   \
	static inline void own_done_##type(struct type *held)                                      \
	{                                                                                          \
		done_function(held);                                                               \
	}

/* What is only held is a variable that is never read: hence `unused`. */
#define OWNED(type) __attribute__((cleanup(own_free_##type), unused)) struct type
#define HELD(type)  __attribute__((cleanup(own_done_##type), unused)) struct type

/* Memory from mem_alloc and friends with no destructor of its own, such as char *. */
static inline void own_free_memory(void *owned)
{
	free(*(void **)owned);
}
#define OWNED_MEMORY __attribute__((cleanup(own_free_memory)))

/* An open file descriptor; -1 is none. */
void own_close_fd(int *fd);
#define OWNED_FD __attribute__((cleanup(own_close_fd))) int

/* The descriptor, and the variable forgets it. */
static inline int own_take_fd(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}

/* The value, and the variable forgets it. */
#define TAKE(pointer)                                                                              \
	({                                                                                         \
		__typeof__(pointer) own_taken = (pointer);                                         \
		(pointer) = NULL;                                                                  \
		own_taken;                                                                         \
	})

/* Return on failure; use only where everything held is OWNED or HELD. */
#define TRY(expression)                                                                            \
	do {                                                                                       \
		int own_result = (expression);                                                     \
		if (own_result < 0)                                                                \
			return own_result;                                                         \
	} while (0)

#endif
