/* SPDX-License-Identifier: Apache-2.0 */
/* study: one data set under one protocol: models are trained and chosen on the validation phase,
 * trained again on all before the test, and judged there once. */
#ifndef VITRINE_BENCH_STUDY_H
#define VITRINE_BENCH_STUDY_H

#include "recs/events.h"
#include "recs/ratings.h"

enum { STUDY_K = 20 };

/* What may be learnt from, and what is wanted of it. */
struct phase {
	struct recs_events events;
	struct recs_ratings *ratings;   /* of the events */
	struct recs_ratings *histories; /* NULL = the ratings */
	struct recs_ratings *wanted;
};

void phase_done(struct phase *phase);
OWN_DEFINE_EMBEDDED(phase, phase_done)

struct study {
	struct phase validation, test;
	const uint32_t *segments; /* per row, borrowed; NULL = none */
	uint32_t segment_count;
	const struct recs_ratings *attributes; /* of items, borrowed; NULL = none */
	bool fold;                             /* histories are no rows of training: baskets */
	bool keep_seen;
};

void study_done(struct study *study);
OWN_DEFINE_EMBEDDED(study, study_done)

/* Ratings and wanted items of both phases from the events of three parts, which become the
 * study's: validation learns from `train`, the test from `train` and `validation`.
 * Fails: MEMORY. */
int study_fill(struct study *study, struct recs_events *train, struct recs_events *validation,
	       struct recs_events *test, uint32_t row_count, uint32_t column_count,
	       struct error *err);

/* Train, validate and test each model ("name:setting=value,...", a blend of them "name+name") and
 * print what was found. Fails: what training says. */
int study_run(const struct study *study, const char *const *specs, struct error *err);

#endif
