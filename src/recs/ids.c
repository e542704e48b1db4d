/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/ids.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"

struct recs_ids {
	char *pool; /* all texts one after the other */
	size_t pool_capacity;
	uint64_t *ends; /* ends[n]: where text n ends in the pool */
	size_t ends_capacity;
	uint32_t *tags; /* low half of each text's hash: rehashing reads no text */
	size_t tags_capacity;
	uint32_t *slots;   /* number + 1; 0 = empty */
	size_t slot_count; /* a power of two */
	size_t count;
};

enum { FIRST_SLOTS = 64 };

struct recs_ids *recs_ids_new(void)
{
	OWNED(recs_ids) *ids = mem_alloc(sizeof *ids);
	if (!ids)
		return NULL;
	ids->slots = mem_alloc_array(FIRST_SLOTS, sizeof *ids->slots);
	if (!ids->slots)
		return NULL;
	ids->slot_count = FIRST_SLOTS;
	return TAKE(ids);
}

void recs_ids_free(struct recs_ids *ids)
{
	if (!ids)
		return;
	free(ids->pool);
	free(ids->ends);
	free(ids->tags);
	free(ids->slots);
	free(ids);
}

size_t recs_ids_count(const struct recs_ids *ids)
{
	return ids->count;
}

const char *recs_ids_text(const struct recs_ids *ids, uint32_t number, size_t *out_len)
{
	assert(number < ids->count);
	uint64_t start = number ? ids->ends[number - 1] : 0;
	*out_len = (size_t)(ids->ends[number] - start);
	return *out_len ? ids->pool + start : "";
}

/* The slot that holds the text, or the empty one where it belongs. */
static size_t find_slot(const struct recs_ids *ids, const char *text, size_t len, uint32_t tag)
{
	size_t mask = ids->slot_count - 1, at = tag & mask;
	for (; ids->slots[at]; at = (at + 1) & mask) {
		uint32_t number = ids->slots[at] - 1;
		if (ids->tags[number] != tag)
			continue;
		size_t there_len;
		const char *there = recs_ids_text(ids, number, &there_len);
		if (there_len == len && (!len || memcmp(there, text, len) == 0))
			break;
	}
	return at;
}

static int widen_slots(struct recs_ids *ids, struct error *err)
{
	size_t wider = ids->slot_count * 2, mask = wider - 1;
	uint32_t *slots = mem_alloc_array(wider, sizeof *slots);
	if (!slots)
		return err_memory(err);
	for (size_t n = 0; n < ids->count; n++) {
		size_t at = ids->tags[n] & mask;
		while (slots[at])
			at = (at + 1) & mask;
		slots[at] = (uint32_t)n + 1;
	}
	free(ids->slots);
	ids->slots = slots;
	ids->slot_count = wider;
	return 0;
}

static int append(struct recs_ids *ids, const char *text, size_t len, uint32_t tag,
		  struct error *err)
{
	size_t pool_len = ids->count ? (size_t)ids->ends[ids->count - 1] : 0;
	TRY(mem_grow(&ids->ends, &ids->ends_capacity, ids->count + 1, sizeof *ids->ends, err));
	TRY(mem_grow(&ids->tags, &ids->tags_capacity, ids->count + 1, sizeof *ids->tags, err));
	if (len) {
		TRY(mem_grow(&ids->pool, &ids->pool_capacity, pool_len + len, 1, err));
		memcpy(ids->pool + pool_len, text, len);
	}
	ids->ends[ids->count] = pool_len + len;
	ids->tags[ids->count] = tag;
	ids->count++;
	return 0;
}

int recs_ids_put(struct recs_ids *ids, const char *text, size_t len, uint32_t *out,
		 struct error *err)
{
	uint32_t tag = (uint32_t)hash_bytes(text, len);
	size_t at = find_slot(ids, text, len, tag);
	if (!ids->slots[at]) {
		if (ids->count >= RECS_IDS_MAX)
			return err_set(err, ERR_LIMIT, "more than %zu different ids", RECS_IDS_MAX);
		if ((ids->count + 1) * 2 > ids->slot_count) {
			TRY(widen_slots(ids, err));
			at = find_slot(ids, text, len, tag);
		}
		TRY(append(ids, text, len, tag, err));
		ids->slots[at] = (uint32_t)ids->count;
	}
	*out = ids->slots[at] - 1;
	return 0;
}

int64_t recs_ids_find(const struct recs_ids *ids, const char *text, size_t len)
{
	size_t at = find_slot(ids, text, len, (uint32_t)hash_bytes(text, len));
	return ids->slots[at] ? (int64_t)ids->slots[at] - 1 : RECS_IDS_NONE;
}
