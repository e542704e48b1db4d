/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/contest_work.h"

#include "base/error.h"

enum { EASE_ITEMS_MAX = 4000, SMALL = 200000, MIDDLE = 2000000 };

static bool has_any(const uint32_t *segments, uint32_t count)
{
	for (uint32_t p = 0; segments && p < count; p++)
		if (segments[p])
			return true;
	return false;
}

/* Simple ones first. Baskets have no day by day taste, persons no basket. */
uint32_t recs_contest_choose_recipes(const struct recs_shop *shop,
				     const struct recs_contest_options *options, const char **out)
{
	uint32_t n = 0;
	bool baskets = options->protocol == RECS_PROTOCOL_BASKET, content = shop->attributes;
	size_t events = shop->events->count;
	out[n++] = "popularity";
	out[n++] = "popularity:half_life=90";
	out[n++] = "popularity:half_life=30";
	out[n++] = "popularity:half_life=10";
	if (has_any(shop->segments, shop->person_count)) {
		out[n++] = "popularity:half_life=90,segment=1,prior=500";
		out[n++] = "popularity:half_life=30,segment=1,prior=200";
	}
	out[n++] = "knn";
	out[n++] = "walk";
	out[n++] = shop->item_count <= EASE_ITEMS_MAX ? "ease" : "ease:items=2500";
	out[n++] = events < SMALL ? "spectral:rank=64" : "spectral:rank=256";
	out[n++] = events < SMALL ? "als:width=32" : events < MIDDLE ? "als:width=64" : "als";
	out[n++] = "session";
	if (content)
		out[n++] = "content";
	if (options->keep_seen && !baskets)
		out[n++] = "repeat";
	if (options->keep_seen && !baskets)
		out[n++] = content ? "popularity:half_life=30+repeat+walk+session+content"
				   : "popularity:half_life=30+repeat+walk+session";
	else
		out[n++] = content ? "popularity:half_life=30+walk+session+content"
				   : "popularity:half_life=30+walk+session";
	return n;
}
