/* SPDX-License-Identifier: Apache-2.0 */
/* land_files: finding a source's files, and keeping them in the lake as they came. */
#ifndef VITRINE_PIPELINE_LAND_FILES_H
#define VITRINE_PIPELINE_LAND_FILES_H

#include <stdbool.h>

#include "pipeline/delivery.h"
#include "pipeline/run_state.h"
#include "pipeline/source_files.h"

/* The files that a run has seen and not yet taken, and when: one whose own time says nothing (it
 * lies in the future, a clock is wrong) is taken when it stood still while the run looked. */
struct land_watch {
	struct source_files files; /* sorted by path */
	int64_t since_us;          /* 0 = nothing was looked at yet */
};
void land_watch_done(struct land_watch *watch);
OWN_DEFINE_EMBEDDED(land_watch, land_watch_done)

/* Every file there is for a source: what its pattern finds on this machine, and what lies in the
 * lake's landing/<source>/ though no version ever held it: others put it there. `known` are the
 * files that were ever loaded. Files still being written are left out; `*out_waiting` counts them,
 * and `watch` remembers those of the first look, for the next. The hash of a file seen before with
 * the same size and time is not computed again. Fails: as source_expand() and hash_of_file() do. */
int land_find_files(struct run_state *state, const struct source *source,
		    const struct delivery *known, struct land_watch *watch, struct delivery *out,
		    int *out_waiting, struct error *err);

/* Copy files to their keys, or without one to landing/<source>/<date>/<sha12>-<name>, sharing
 * blocks where the disk can, and note the keys in them. A file without a path lies in the lake; so
 * does one that a run that was stopped on another day copied. Cost: one list of the source's
 * landing folder. */
int land_copy_files(struct run_state *state, const struct source *source, struct delivery *files,
		    struct error *err);

/* Whether an object below "landing/" is a copy that we made, by its key. */
bool land_is_copy(const char *key);

#endif
