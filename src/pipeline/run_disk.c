/* SPDX-License-Identifier: Apache-2.0 */
/* run_disk: whether a step's files will fit, asked before it writes any. */
#include <stdint.h>

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "pipeline/context.h"
#include "pipeline/run_state.h"
#include "store/store.h"

static int used_bytes(struct store *store, int64_t *out, struct error *err)
{
	OWNED(store_list) *list = NULL;
	TRY(store_list_objects(store, "", NULL, &list, err));
	*out = 0;
	for (size_t i = 0; i < list->count; i++)
		*out += list->objects[i].size;
	return 0;
}

static double mib(int64_t bytes)
{
	return (double)bytes / (1 << 20);
}

int run_check_max_disk(struct run_state *state, int64_t bytes, struct error *err)
{
	int64_t used, max = context_project(state->context)->max_disk_bytes;
	if (max <= 0)
		return 0;
	TRY(used_bytes(context_store(state->context), &used, err));
	if (used + bytes <= max)
		return 0;
	err_set(err, ERR_DISK_FULL,
		"about %.1f MiB more would be kept, but the lake holds %.1f MiB of the %.1f MiB "
		"that max_disk allows",
		mib(bytes), mib(used), mib(max));
	return err_hint(err, "Raise `max_disk`, or free room with `vitrine table vacuum`.");
}

int run_check_disk(struct run_state *state, int64_t bytes, struct error *err)
{
	const struct project *project = context_project(state->context);
	const char *folder = project->lake[0] == '/' ? project->lake : project->state;
	int64_t free_bytes;
	TRY(run_check_max_disk(state, bytes, err));
	TRY(file_free_bytes(folder, &free_bytes, err));
	if (free_bytes - DISK_RESERVE >= bytes)
		return 0;
	err_set(err, ERR_DISK_FULL, "about %.1f MiB would be written, but \"%s\" has %.1f MiB free",
		mib(bytes) + mib(DISK_RESERVE), folder, mib(free_bytes));
	return err_hint(err, "Free room (`vitrine table vacuum` removes old versions), or move the "
			     "lake to a larger disk. Nothing was written.");
}
