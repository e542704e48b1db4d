/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/select.h"

#include <float.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"

enum { SORTED_BY_INSERTION = 12 };

/* Bits of floats above 0 rise as they do. */
static uint64_t key_of(uint32_t item, float weight)
{
	uint32_t bits;
	memcpy(&bits, &weight, sizeof bits);
	return (uint64_t)bits << 32 | (uint32_t)~item;
}

static struct recs_ranked ranked_of(uint64_t key)
{
	uint32_t bits = (uint32_t)(key >> 32);
	struct recs_ranked ranked = {.item = ~(uint32_t)key};
	memcpy(&ranked.score, &bits, sizeof bits);
	return ranked;
}

static void swap(uint64_t *a, uint64_t *b)
{
	uint64_t hold = *a;
	*a = *b;
	*b = hold;
}

/* Put the greater keys before the others without a branch on what they are; returns the place of
 * the pivot, the median of three. count ≥ 3. */
static size_t part(uint64_t *keys, size_t count)
{
	uint64_t *first = keys, *middle = keys + count / 2, *last = keys + count - 1;
	if (*first < *middle)
		swap(first, middle);
	if (*middle < *last)
		swap(middle, last);
	if (*first < *middle)
		swap(first, middle);
	uint64_t pivot = *middle;
	swap(middle, last);
	size_t greater = 0;
	for (size_t i = 0; i < count - 1; i++) {
		uint64_t key = keys[i];
		keys[i] = keys[greater];
		keys[greater] = key;
		greater += key > pivot;
	}
	swap(keys + greater, last);
	return greater;
}

/* The greatest k come first, in any order. */
static void keep_greatest(uint64_t *keys, size_t count, size_t k)
{
	while (count > 2 && k < count) {
		size_t greater = part(keys, count);
		if (greater >= k) {
			count = greater;
		} else {
			keys += greater + 1;
			count -= greater + 1;
			k -= greater + 1;
		}
	}
	if (count == 2 && k == 1 && keys[0] < keys[1])
		swap(keys, keys + 1);
}

static void sort_by_insertion(uint64_t *keys, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		uint64_t key = keys[i];
		size_t at = i;
		for (; at > 0 && keys[at - 1] < key; at--)
			keys[at] = keys[at - 1];
		keys[at] = key;
	}
}

/* The smaller part by recursion, so that its depth is at most log2 count. */
static void sort_falling(uint64_t *keys, size_t count) // NOLINT(misc-no-recursion)
{
	while (count > SORTED_BY_INSERTION) {
		size_t greater = part(keys, count), smaller = count - greater - 1;
		if (greater < smaller) {
			sort_falling(keys, greater);
			keys += greater + 1;
			count = smaller;
		} else {
			sort_falling(keys + greater + 1, smaller);
			count = greater;
		}
	}
	sort_by_insertion(keys, count);
}

void recs_select_done(struct recs_select *select)
{
	free(select->keys);
	*select = (struct recs_select){0};
}

int recs_select_init(struct recs_select *select, size_t k, size_t peaks, struct error *err)
{
	size_t room = 2 * k + RECS_SELECT_BLOCK;
	select->keys = mem_alloc_array(room < peaks ? peaks : room, sizeof *select->keys);
	return select->keys ? 0 : err_memory(err);
}

void recs_select_begin(struct recs_select *select, size_t k)
{
	select->k = k;
	select->count = 0;
	select->bar = FLT_TRUE_MIN;
}

/* The bar is the k-th greatest of `count` ≥ k keys; the greatest k come first. */
static void set_bar(struct recs_select *select, size_t count)
{
	uint64_t least = UINT64_MAX;
	keep_greatest(select->keys, count, select->k);
	for (size_t i = 0; i < select->k; i++)
		least = select->keys[i] < least ? select->keys[i] : least;
	select->bar = ranked_of(least).score;
}

static void shrink(struct recs_select *select)
{
	set_bar(select, select->count);
	select->count = select->k;
}

void recs_select_raise(struct recs_select *select, const float *peaks, size_t count)
{
	size_t above = 0;
	for (size_t p = 0; p < count; p++) {
		select->keys[above] = key_of(0, peaks[p]);
		above += peaks[p] > 0;
	}
	if (select->k && above >= select->k)
		set_bar(select, above);
}

void recs_select_offer(struct recs_select *select, uint32_t first, const float *weights, size_t n)
{
	size_t count = select->count;
	for (uint32_t i = 0; i < n; i++) {
		select->keys[count] = key_of(first + i, weights[i]);
		count += weights[i] >= select->bar;
	}
	select->count = count;
	if (count >= 2 * select->k)
		shrink(select);
}

size_t recs_select_end(struct recs_select *select, struct recs_ranked *out)
{
	if (select->count > select->k)
		shrink(select);
	sort_falling(select->keys, select->count);
	for (size_t i = 0; i < select->count; i++)
		out[i] = ranked_of(select->keys[i]);
	return select->count;
}
