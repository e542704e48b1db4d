/* SPDX-License-Identifier: Apache-2.0 */
/* report: what a contest found, printed. */
#ifndef VITRINE_BENCH_REPORT_H
#define VITRINE_BENCH_REPORT_H

#include "recs/contest.h"

/* A table of all persons and one of NDCG by class, one of the differences to the contest's `rival`
 * (from 1; 0 = none), the winners, what serves whom. Fails: MEMORY. */
int report_contest(const struct recs_contest *contest, uint32_t rival, struct error *err);
/* As recs_contest_options.progress: lines on standard error. */
int report_progress(void *context, const struct recs_contest_progress *progress, struct error *err);

#endif
