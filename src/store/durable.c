/* SPDX-License-Identifier: Apache-2.0 */
#include "store/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/own.h"

int durable_init(struct durable *durable, struct error *err)
{
	*durable = (struct durable){.folders = map_new()};
	pthread_mutex_init(&durable->mutex, NULL);
	return durable->folders ? 0 : err_memory(err);
}

void durable_done(struct durable *durable)
{
	map_free(durable->folders);
	pthread_mutex_destroy(&durable->mutex);
}

int durable_check(const struct durable *durable, struct error *err)
{
	int why = atomic_load(&durable->broken);
	if (!why)
		return 0;
	err_errno(err, why, "\"%s\" takes no writes after a failed fsync", durable->root);
	return err_hint(err, "Check the disk and the system's log, then start again.");
}

int durable_sync_fd(struct durable *durable, int fd, const char *path, struct error *err)
{
	if (fsync(fd) == 0)
		return 0;
	int why = errno;
	atomic_store(&durable->broken, why);
	return err_errno(err, why, "cannot make \"%s\" durable", path);
}

int durable_sync_path(struct durable *durable, const char *path, struct error *err)
{
	OWNED_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, errno, "cannot open \"%s\"", path);
	return durable_sync_fd(durable, fd, path, err);
}

static char *parent_of(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char *parent = mem_copy_bytes(path, slash == path ? 1 : (size_t)(slash - path));
	if (!parent)
		err_memory(err);
	return parent;
}

int durable_sync_parent(struct durable *durable, const char *path, struct error *err)
{
	OWNED_MEMORY char *parent = parent_of(path, err);
	return parent ? durable_sync_path(durable, parent, err) : -1;
}

/* Make `folder` and what is missing above it, and make each name up to the root durable. That a
 * folder is there does not say that its name is durable: whoever made it may not be done. */
static int make_durable_folder(struct durable *durable, const char *folder, struct error *err)
{
	if (strlen(folder) <= strlen(durable->root) || map_find(durable->folders, folder) >= 0)
		return 0;
	OWNED_MEMORY char *parent = parent_of(folder, err);
	if (!parent)
		return -1;
	TRY(make_durable_folder(durable, parent, err));
	if (mkdir(folder, 0777) < 0 && errno != EEXIST)
		return err_errno(err, errno, "cannot make the folder \"%s\"", folder);
	TRY(durable_sync_path(durable, parent, err));
	return map_put(durable->folders, folder, NULL, err);
}

static int prepare_parent(struct durable *durable, const char *path, struct error *err)
{
	OWNED_MEMORY char *parent = parent_of(path, err);
	if (!parent)
		return -1;
	pthread_mutex_lock(&durable->mutex);
	int result = make_durable_folder(durable, parent, err);
	pthread_mutex_unlock(&durable->mutex);
	return result;
}

/* Whether link(2) made the name although it said EEXIST, as NFS does when an answer is lost. */
static bool linked_after_all(const char *aside)
{
	struct stat st;
	return stat(aside, &st) == 0 && st.st_nlink > 1;
}

/* Give the durable file `aside` the name `path`, unless that is taken: 1 or 0. */
static int publish_if_absent(const char *aside, const char *path, struct error *err)
{
	int result = link(aside, path);
	if (result < 0 && (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS))
		result = renameat2(AT_FDCWD, aside, AT_FDCWD, path, RENAME_NOREPLACE);
	if (result == 0)
		return 1;
	if (errno == EEXIST)
		return linked_after_all(aside);
	return err_errno(err, errno, "cannot create \"%s\"", path);
}

int durable_publish(struct durable *durable, const char *aside, const char *path,
		    bool only_if_absent, struct error *err)
{
	TRY(prepare_parent(durable, path, err));
	if (only_if_absent) {
		int won = publish_if_absent(aside, path, err);
		if (won <= 0)
			return won;
	} else if (rename(aside, path) < 0) {
		return err_errno(err, errno, "cannot rename \"%s\" to \"%s\"", aside, path);
	}
	TRY(durable_sync_parent(durable, path, err));
	if (only_if_absent)
		unlink(aside);
	return 1;
}
