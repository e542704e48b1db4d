/* SPDX-License-Identifier: Apache-2.0 */
/* land_files: finding a source's files, and keeping them in the lake as they came. */
#ifndef VITRINE_PIPELINE_LAND_FILES_H
#define VITRINE_PIPELINE_LAND_FILES_H

#include <stdbool.h>

#include "pipeline/delivery.h"
#include "pipeline/run_state.h"

/* Every file there is for a source: what its pattern finds on this machine, and what lies in the
 * lake's landing/<source>/ though no version ever held it: others put it there. `known` are the
 * files that were ever loaded. Files still being written are left out; `*out_waiting` counts them.
 * The hash of a file seen before with the same size and time is not computed again. Fails: as
 * source_expand() and hash_of_file() do. */
int land_find_files(struct run_state *state, const struct source *source,
		    const struct delivery *known, struct delivery *out, int *out_waiting,
		    struct error *err);

/* Copy a file to its key, or without one to landing/<source>/<date>/<sha12>-<name>, sharing blocks
 * where the disk can, and note the key in `file`. Nothing to do when it has no path: then it lies
 * in the lake. */
int land_copy_file(struct run_state *state, const struct source *source, struct delivery_file *file,
		   struct error *err);

/* Whether an object below "landing/" is a copy that we made, by its key. */
bool land_is_copy(const char *key);

#endif
