/* SPDX-License-Identifier: Apache-2.0 */
/* ids: text ids of persons and items to dense numbers 0, 1, 2, ... in order of first sight.
 *
 * Numbers never change and nothing is removed. A text may hold any bytes, also none. Cost per id:
 * its bytes + 20 to 28 bytes; finding one is a probe or two in an open table (linear probing, at
 * most half full). Reading from several threads at once is safe while nobody adds. */
#ifndef VITRINE_RECS_IDS_H
#define VITRINE_RECS_IDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

struct error;

enum { RECS_IDS_NONE = -1 };
#define RECS_IDS_MAX ((size_t)1 << 30)

struct recs_ids;

/* NULL when memory is refused. Owner: caller. */
struct recs_ids *recs_ids_new(void);
void recs_ids_free(struct recs_ids *ids);
OWN_DEFINE(recs_ids, recs_ids_free)

/* The number of a text, given a new one when it was never seen.
 * Fails: MEMORY, LIMIT (RECS_IDS_MAX); the ids stand as they were. */
int recs_ids_put(struct recs_ids *ids, const char *text, size_t len, uint32_t *out,
		 struct error *err);
/* The number of a text, or RECS_IDS_NONE. */
int64_t recs_ids_find(const struct recs_ids *ids, const char *text, size_t len);

size_t recs_ids_count(const struct recs_ids *ids);
/* The text of `number` < count, not terminated. Borrowed until the next put. */
const char *recs_ids_text(const struct recs_ids *ids, uint32_t number, size_t *out_len);

#endif
