/* SPDX-License-Identifier: Apache-2.0 */
/* saved: trained models as bytes, so that a later run can score with just the models of an earlier
 * one. They are arrays (arrays.h):
 *
 *	format, items      then for each source of the chooser, for each part of its recipe, what
 *	                   its kind saves: `save` beside each model's trainer, and its loader there
 *
 * Settings, weights of blends and who is served by what are not in it: those are the contest's
 * choice (contest_choice.h). Models that are read know no persons: they score by the history alone,
 * so whoever keeps models ranks by `fold` (rank.h) from the first list on. */
#ifndef VITRINE_RECS_SAVED_H
#define VITRINE_RECS_SAVED_H

#include "recs/contest.h"

struct text;

/* Of all models together: they lie in every artifact that follows, and each opening looks at them.
 * EASE of 11,500 items, or ALS of 2 million at width 64. */
#define RECS_SAVED_MAX ((uint64_t)512 << 20)

/* Add the chooser's models to `out`, as far as RECS_SAVED_MAX, or its len_max when that is set
 * (failure is kept there). The bytes they take go to `out_len`, also those there is no room for.
 * Returns NULL, or, with nothing added, what kind of model of them is never kept. */
const char *recs_saved_write(const struct recs_contest *contest, const struct recs_chooser *chooser,
			     struct text *out, uint64_t *out_len);

/* The models of `contest` from bytes aligned to 8, which may come from anywhere; all is copied.
 * They may know up to `items_max` items.
 * Owner: caller, by recs_model_free(&out->model). Fails: UNSUPPORTED (another format), CORRUPT (not
 * what was written for this contest), MEMORY. */
int recs_saved_read(const struct recs_contest *contest, const void *bytes, size_t len,
		    uint32_t items_max, struct recs_chooser **out, struct error *err);

#endif
