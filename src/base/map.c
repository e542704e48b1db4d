/* SPDX-License-Identifier: Apache-2.0 */
/* map: open addressing over an array of entries kept in insertion order. */
#include "base/map.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"

struct entry {
	char *key;
	void *value;
	uint64_t hash;
};

struct map {
	struct entry *entries;
	size_t count, capacity;
	uint32_t *slots;   /* place + 1; 0 = free */
	size_t slot_count; /* a power of two, more than twice `count` */
};

uint64_t hash_bytes(const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	uint64_t h = 0xcbf29ce484222325u;
	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	return h ^ h >> 32;
}

struct map *map_new(void)
{
	return mem_alloc(sizeof(struct map));
}

void map_free(struct map *map)
{
	if (!map)
		return;
	for (size_t i = 0; i < map->count; i++)
		free(map->entries[i].key);
	free(map->entries);
	free(map->slots);
	free(map);
}

/* The slot where `key` stands or would stand. */
static size_t slot_of(const struct map *map, const char *key, uint64_t hash)
{
	size_t mask = map->slot_count - 1, slot = hash & mask;
	for (; map->slots[slot]; slot = (slot + 1) & mask) {
		const struct entry *e = &map->entries[map->slots[slot] - 1];
		if (e->hash == hash && strcmp(e->key, key) == 0)
			break;
	}
	return slot;
}

static int widen_slots(struct map *map, struct error *err)
{
	if (map->slot_count > 2 * (map->count + 1))
		return 0;
	size_t wider = map->slot_count ? map->slot_count * 2 : 16;
	uint32_t *slots = mem_alloc_array(wider, sizeof *slots);
	if (!slots)
		return err_memory(err);
	free(map->slots);
	map->slots = slots;
	map->slot_count = wider;
	for (size_t i = 0; i < map->count; i++)
		slots[slot_of(map, map->entries[i].key, map->entries[i].hash)] = (uint32_t)i + 1;
	return 0;
}

int map_put(struct map *map, const char *key, void *value, struct error *err)
{
	TRY(widen_slots(map, err));
	uint64_t hash = hash_bytes(key, strlen(key));
	size_t slot = slot_of(map, key, hash);
	if (map->slots[slot]) {
		map->entries[map->slots[slot] - 1].value = value;
		return 0;
	}
	TRY(mem_grow(&map->entries, &map->capacity, map->count + 1, sizeof *map->entries, err));
	char *copy = mem_copy_text(key);
	if (!copy)
		return err_memory(err);
	map->entries[map->count++] = (struct entry){copy, value, hash};
	map->slots[slot] = (uint32_t)map->count;
	return 0;
}

int64_t map_find(const struct map *map, const char *key)
{
	if (map->count == 0)
		return -1;
	size_t slot = slot_of(map, key, hash_bytes(key, strlen(key)));
	return (int64_t)map->slots[slot] - 1;
}

void *map_get(const struct map *map, const char *key)
{
	int64_t place = map_find(map, key);
	return place < 0 ? NULL : map->entries[place].value;
}

size_t map_count(const struct map *map)
{
	return map->count;
}

const char *map_key_at(const struct map *map, size_t place)
{
	return map->entries[place].key;
}

void *map_value_at(const struct map *map, size_t place)
{
	return map->entries[place].value;
}
