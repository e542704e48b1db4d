/* SPDX-License-Identifier: Apache-2.0 */
/* saved: trained models as bytes, so that a later run can score with just the models of an earlier
 * one. Arrays follow one another: a length in bytes (u64), the bytes, 0s up to a multiple of 8; all
 * in the order of this machine, which the file that holds them checks.
 *
 *	format, items      then for each source of the chooser, for each part of its recipe:
 *	popularity         segments × items shares (f32)
 *	knn, walk          starts (u64, items + 1), items (u32), weights (f32)
 *
 * Settings, weights of blends and who is served by what are not in it: those are the contest's
 * choice (contest_choice.h). Other models are not saved: they are trained in every run. */
#ifndef VITRINE_RECS_SAVED_H
#define VITRINE_RECS_SAVED_H

#include "recs/contest.h"

struct text;

/* Add the chooser's models to `out` (failure is kept there). Returns false, with nothing added,
 * when one of them cannot be saved. */
bool recs_saved_write(const struct recs_contest *contest, const struct recs_chooser *chooser,
		      struct text *out);

/* The models of `contest` from bytes aligned to 8, which may come from anywhere; all is copied.
 * Owner: caller, by recs_model_free(&out->model). Fails: CORRUPT (not what was written for this
 * contest), MEMORY. */
int recs_saved_read(const struct recs_contest *contest, const void *bytes, size_t len,
		    struct recs_chooser **out, struct error *err);

#endif
