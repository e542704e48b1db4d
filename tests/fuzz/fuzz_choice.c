/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the choice kept of a contest: it is refused as damage, or written and read again it
 * is the same choice to the last bit. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "recs/contest_choice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct recs_contest *read_choice(const char *bytes, size_t len)
{
	struct error err;
	struct recs_contest *contest = NULL;
	OWNED(json) *json = NULL;
	if (json_parse(bytes, len, &json, &err) < 0)
		return NULL;
	if (recs_contest_choice_read(json, &contest, &err) < 0 && err.kind != ERR_CORRUPT)
		abort();
	return contest;
}

static void look(const struct recs_contest *contest)
{
	for (uint32_t persons = 0; persons < RECS_PERSONS_COUNT; persons++) {
		uint32_t order[RECS_CONTEST_ORDER_MAX];
		uint32_t count = recs_contest_order(contest, persons, order);
		for (uint32_t i = 0; i < count; i++)
			if (order[i] >= contest->count || !contest->entries[order[i]].text)
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	HELD(text) first = {0};
	HELD(text) second = {0};
	OWNED(recs_contest) *contest = read_choice((const char *)data, size);
	if (!contest)
		return 0;
	look(contest);
	recs_contest_choice_write(contest, &first);
	OWNED(recs_contest) *again = read_choice(first.data, first.len);
	if (!again)
		abort();
	look(again);
	recs_contest_choice_write(again, &second);
	if (first.len != second.len || memcmp(first.data, second.data, first.len) != 0)
		abort();
	return 0;
}
