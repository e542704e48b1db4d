/* SPDX-License-Identifier: Apache-2.0 */
/* rebuild: the history of runs made again from what the lake says of them.
 *
 * The lake's commits and sets name the run that made them, so runs, their steps and the files they
 * landed can be put back when state.db is lost or damaged. What only state.db held is gone: logs,
 * results of checks, runs that failed before they committed anything. */
#ifndef VITRINE_PIPELINE_REBUILD_H
#define VITRINE_PIPELINE_REBUILD_H

#include <stdint.h>

#include "base/own.h"

struct error;
struct project;

struct rebuild_report {
	int64_t tables, runs, steps; /* looked at; put back */
	char *damaged; /* where a damaged state.db was moved to; NULL = it was sound or missing */
};

void rebuild_report_done(struct rebuild_report *report);
OWN_DEFINE_EMBEDDED(rebuild_report, rebuild_report_done)

/* Put back what is not known; what is known stays as it is. Holds the lake's lease meanwhile.
 * Fails: BUSY (a run is going on), CORRUPT (a table's log is damaged), as the store, the log and
 * the catalog do. Cost: reads every commit of every table, and every set. */
int rebuild_catalog(const struct project *project, struct rebuild_report *out, struct error *err);

#endif
