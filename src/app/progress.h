/* SPDX-License-Identifier: Apache-2.0 */
/* progress: what runs now, on stderr: bars on a terminal, one plain line a finished task otherwise,
 * nothing when quiet. Several tasks may run at once, reported from several threads. The screen is
 * redrawn at most ten times a second, and only by the calls below: no thread of its own. */
#ifndef VITRINE_APP_PROGRESS_H
#define VITRINE_APP_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/own.h"

struct app;
struct progress;

/* Start showing on `out`; `total` tasks are expected (0 = not known). NULL when memory is refused,
 * which every function below takes as "show nothing". Owner: caller; freeing removes the bars. */
struct progress *progress_new(const struct app *app, FILE *out, int total);
void progress_free(struct progress *progress);
OWN_DEFINE(progress, progress_free)

/* Whether it shows how far tasks are. */
bool progress_has_bars(const struct progress *progress);

/* A task begins. Returns its handle, or -1 when too many run to show them all (harmless below). */
int progress_begin(struct progress *progress, const char *name);
/* How far it is, 0 to 1; negative = not known. */
void progress_set(struct progress *progress, int task, double share);
/* It ended: print one line that stays: mark ("ok", "failed", "skipped", ...), name, what came of
 * it. Also for tasks that never began (`task` -1): skipped and blocked ones. */
void progress_end(struct progress *progress, int task, const char *name, const char *mark,
		  const char *result);
/* A line that stays, above the bars: for messages while tasks run. */
void progress_line(struct progress *progress, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
