/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "recs/random.h"
#include "recs/rank.h"
#include "recs/select.h"

enum { ITEMS = 3000 };

/* Weights with many equal ones, many that are no links, rising, falling or in no order. */
static void fill(float *weights, size_t count, int order)
{
	struct recs_random random = {7};
	for (size_t i = 0; i < count; i++) {
		float any = (float)recs_random_below(&random, 400) / 100 - 1;
		weights[i] = order == 0 ? any : order > 0 ? (float)i : (float)(count - i) * 1e-40f;
	}
}

static size_t select_best(struct recs_select *select, const float *weights, size_t count, size_t k,
			  bool raised, struct recs_ranked *out)
{
	float peaks[ITEMS / RECS_SELECT_BLOCK + 1];
	size_t blocks = 0;
	recs_select_begin(select, k);
	for (size_t i = 0; raised && i < count; i++) {
		blocks = i / RECS_SELECT_BLOCK + 1;
		if (i % RECS_SELECT_BLOCK == 0 || weights[i] > peaks[blocks - 1])
			peaks[blocks - 1] = weights[i];
	}
	recs_select_raise(select, peaks, blocks);
	for (size_t first = 0; first < count; first += RECS_SELECT_BLOCK) {
		size_t n = count - first < RECS_SELECT_BLOCK ? count - first : RECS_SELECT_BLOCK;
		if (!raised || peaks[first / RECS_SELECT_BLOCK] >= select->bar)
			recs_select_offer(select, (uint32_t)first, weights + first, n);
	}
	return recs_select_end(select, out);
}

/* Against a plain look for the best of what is left. */
static void check(const float *weights, size_t count, const struct recs_ranked *list, size_t kept,
		  size_t k)
{
	bool taken[ITEMS] = {false};
	for (size_t at = 0; at < k; at++) {
		size_t best = ITEMS;
		for (size_t i = 0; i < count; i++)
			if (!taken[i] && weights[i] > 0 &&
			    (best == ITEMS || weights[i] > weights[best]))
				best = i;
		if (best == ITEMS) {
			assert_int_equal(kept, at);
			return;
		}
		taken[best] = true;
		assert_int_equal(list[at].item, best);
		assert_true(list[at].score == weights[best]);
	}
	assert_int_equal(kept, k);
}

static void the_best_are_kept_in_order(void **state)
{
	(void)state;
	static float weights[ITEMS];
	static struct recs_ranked list[ITEMS];
	const size_t counts[] = {0, 1, 2, 3, 31, 32, 33, 500, ITEMS}, ks[] = {1, 2, 3, 10, 200};
	struct error err;
	HELD(recs_select) select = {0};
	assert_ok(recs_select_init(&select, 200, ITEMS / RECS_SELECT_BLOCK + 1, &err), &err);
	for (int order = -1; order <= 1; order++) {
		fill(weights, ITEMS, order);
		for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
			for (size_t k = 0; k < sizeof ks / sizeof *ks; k++) {
				for (int raised = 0; raised < 2; raised++) {
					size_t kept = select_best(&select, weights, counts[c],
								  ks[k], raised, list);
					check(weights, counts[c], list, kept, ks[k]);
				}
			}
	}
}

static int init(void *context, struct error *err)
{
	(void)context;
	HELD(recs_select) select = {0};
	return recs_select_init(&select, 10, 0, err);
}

static void refused_memory_is_an_error(void **state)
{
	(void)state;
	support_sweep_allocations(init, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_best_are_kept_in_order),
		cmocka_unit_test(refused_memory_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
