/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/other_lake.h"

#include "base/error.h"
#include "base/file.h"
#include "pipeline/project.h"
#include "pipeline/set.h"
#include "store/store.h"

/* A folder that is missing would be made by opening it. */
static int is_missing(const char *lake, struct error *err)
{
	struct file_info info;
	if (*lake != '/')
		return 0;
	int found = file_stat(lake, &info, err);
	return found < 0 ? found : !found;
}

int other_lake_open(const struct project *project, struct store **out_store, struct set **out_set,
		    struct error *err)
{
	OWNED(store) *store = NULL;
	*out_store = NULL;
	*out_set = NULL;
	if (!project->reads_lake)
		return 0;
	int missing = is_missing(project->reads_lake, err);
	if (missing)
		return missing < 0 ? missing : 0;
	TRY(store_open(project->reads_lake, &store, err));
	TRY(set_read_newest(store, out_set, err));
	*out_store = TAKE(store);
	return 0;
}
