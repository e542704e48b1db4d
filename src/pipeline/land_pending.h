/* SPDX-License-Identifier: Apache-2.0 */
/* land_pending: files that are in the lake for a load that has not come to its commit: it was
 * refused, or stopped.
 *
 * Before files are read an object `_vitrine/pending/<source>/<attempt>.json` says what they are
 * called and where they lie, and after a refusal that it was one; it goes when their rows are
 * committed. So a file that was taken is
 * tried again though its original is gone, until it is loaded, something newer of its name comes,
 * or a person gives it up. */
#ifndef VITRINE_PIPELINE_LAND_PENDING_H
#define VITRINE_PIPELINE_LAND_PENDING_H

#include <stdint.h>

#include "pipeline/land_load.h"

struct context;

/* All that is pending of a source, the newest first; `landed_us` of each is when it was taken. Adds
 * to `out`. Fails: CORRUPT, as listing and reading objects do. */
int land_pending_read(struct context *context, const char *source, struct delivery *out,
		      struct error *err);
/* Add to landing->found what is pending and not overtaken; a file found that lies in the lake
 * already is taken from there. `ever` are the files that were ever loaded. Fails: CORRUPT, as
 * listing and reading objects do. */
int land_pending_find(struct landing *landing, const struct delivery *ever, struct error *err);
/* The files of a source that the next run tries again unless something newer comes; `ever` are
 * those that were ever loaded. Adds to `out`. Fails: as land_pending_read(). */
int land_pending_waiting(struct context *context, const struct source *source,
			 const struct delivery *ever, struct delivery *out, struct error *err);
/* The files of the load are pending now, `refused` or about to be read, and nothing else of the
 * source is. */
int land_pending_note(struct landing *landing, bool refused, struct error *err);
/* Nothing is pending any more. A failure to say so is made good by the next run. */
void land_pending_clear(struct landing *landing);

/* Give up what is pending of a source, or (unless NULL) only what has the logical name `file`,
 * because of `why`. Returns how many files; 0 = none were. */
int64_t land_pending_waive(struct context *context, const char *source, const char *file,
			   const char *why, struct error *err);

#endif
