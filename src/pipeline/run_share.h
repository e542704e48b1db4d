/* SPDX-License-Identifier: Apache-2.0 */
/* run_share: how much of a step is done, 0 to 1, as one number that never falls.
 *
 * A step's work is several stretches, each a part of the whole: reading, building, checking. Within
 * one the step counts what it does, or else what the engine says of its statement is taken. The
 * engine goes on saying what it said of the last statement until the next begins, and begins again
 * at 0: so what it said when a stretch began counts for nothing, and what was told is the least
 * that is told. Everything but the counts is the caller's to lock. */
#ifndef VITRINE_PIPELINE_RUN_SHARE_H
#define VITRINE_PIPELINE_RUN_SHARE_H

#include <stdatomic.h>
#include <stdbool.h>

/* Of one step; all 0 = one stretch, the whole. */
struct run_share {
	bool is_running;
	double from, to; /* the stretch */
	double told;     /* the most that was told */
	double stale;    /* what the engine said when the stretch began; below 0 = nothing */
	atomic_llong done,
		total; /* counted in this stretch, from any thread; total 0 = it does not */
};

/* Begin the stretch from..to of the whole; `engine` is what the engine says now, 0 to 1, or below
 * 0. What was counted starts at 0. */
void run_share_begin(struct run_share *share, double from, double to, double engine);
/* How much is done, `engine` as above; below 0 = nothing is known. */
double run_share_now(struct run_share *share, double engine);

#endif
