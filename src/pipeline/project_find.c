/* SPDX-License-Identifier: Apache-2.0 */
/* project_find: where a project is, and its state folder. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "pipeline/project.h"

/* 1 when the folder holds vitrine.yaml. */
static int holds_project(const char *folder, struct error *err)
{
	OWNED_MEMORY char *path = file_join(folder, PROJECT_FILE, err);
	struct file_info info;
	if (!path)
		return -1;
	int found = file_stat(path, &info, err);
	return found == 1 ? !info.is_directory : found;
}

static int no_project(const char *where, bool upwards, struct error *err)
{
	err_set(err, ERR_NOT_FOUND, "no " PROJECT_FILE " in \"%s\"%s", where,
		upwards ? " or any folder above it" : "");
	return err_hint(err, "Go into a project's folder, name it by vitrine -C DIR, or make one: "
			     "vitrine init DIR.");
}

static int search_upwards(char *folder, struct error *err)
{
	OWNED_MEMORY char *start = mem_copy_text(folder);
	if (!start)
		return err_memory(err);
	for (;;) {
		int found = holds_project(folder, err);
		if (found)
			return found;
		char *slash = strrchr(folder, '/');
		if (!slash || !folder[1])
			return no_project(start, true, err);
		slash[slash == folder] = '\0';
	}
}

int project_find(const char *directory, char **out, struct error *err)
{
	const char *variable = getenv("VITRINE_PROJECT");
	const char *given = directory ? directory : variable && *variable ? variable : NULL;
	OWNED_MEMORY char *folder = realpath(given ? given : ".", NULL);
	if (!folder)
		return err_errno(err, errno, "cannot open the folder \"%s\"", given ? given : ".");
	int found = given ? holds_project(folder, err) : search_upwards(folder, err);
	TRY(found);
	if (!found)
		return no_project(folder, false, err);
	*out = TAKE(folder);
	return 0;
}

int project_make_state(const struct project *project, struct error *err)
{
	struct stat st;
	TRY(file_make_folders(project->state, 0700, err));
	if (stat(project->state, &st) < 0)
		return err_errno(err, errno, "cannot look at \"%s\"", project->state);
	if ((st.st_mode & 0777) != 0700 && chmod(project->state, 0700) < 0)
		return err_errno(err, errno, "cannot close \"%s\" to others", project->state);
	return 0;
}
