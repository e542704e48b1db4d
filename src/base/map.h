/* SPDX-License-Identifier: Apache-2.0 */
/* map: texts to pointers. Keys are copied; values are borrowed. Iteration is in the order of
 * insertion, so that what is printed from a map does not change from run to run. */
#ifndef VITRINE_BASE_MAP_H
#define VITRINE_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

struct error;
struct map;

/* NULL when memory is refused. Owner: caller, until map_free(). */
struct map *map_new(void);
void map_free(struct map *map);
OWN_DEFINE(map, map_free)

/* Insert or replace. Returns 0, or -1 with MEMORY. A NULL value is allowed. */
int map_put(struct map *map, const char *key, void *value, struct error *err);
/* The value, or NULL when there is none. */
void *map_get(const struct map *map, const char *key);
/* The place of a key in insertion order, or -1. */
int64_t map_find(const struct map *map, const char *key);

size_t map_count(const struct map *map);
const char *map_key_at(const struct map *map, size_t place);
void *map_value_at(const struct map *map, size_t place);

/* 64-bit hash of bytes (FNV-1a with a final mix); not for untrusted sizes of input sets. */
uint64_t hash_bytes(const void *bytes, size_t len);

#endif
