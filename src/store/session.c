/* SPDX-License-Identifier: Apache-2.0 */
/* session: the lock is on the folder itself, so that making, locking and finding need one thing
 * only. Whoever holds the lock may remove the folder; a maker who finds its new folder locked or
 * gone was taken for dead between mkdtemp and flock, and makes another. */
#include "store/session.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/own.h"
#include "base/text.h"
#include "store/store.h"

void session_init(struct session *session, const char *root)
{
	*session = (struct session){.root = root, .lock_fd = -1};
	pthread_mutex_init(&session->mutex, NULL);
}

void session_done(struct session *session)
{
	struct error ignored; /* what cannot be removed now is found by session_leftovers() */
	if (session->folder)
		file_remove_tree(session->folder, &ignored);
	free(session->folder);
	own_close_fd(&session->lock_fd);
	pthread_mutex_destroy(&session->mutex);
}

/* 1 = ours, 0 = another holds it or it is gone. A file system without locks counts as ours: then
 * session_leftovers() finds no lock either, and keeps everything. */
static int lock_new(const char *folder, int *out_fd, struct error *err)
{
	OWNED_FD fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : err_errno(err, errno, "cannot open \"%s\"", folder);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return 0;
	struct stat now;
	if (stat(folder, &now) < 0)
		return errno == ENOENT ? 0 : err_errno(err, errno, "cannot look at \"%s\"", folder);
	*out_fd = own_take_fd(&fd);
	return 1;
}

static int start(struct session *session, struct error *err)
{
	OWNED_MEMORY char *below = file_join(session->root, STORE_STAGING, err);
	if (!below)
		return -1;
	TRY(file_make_folders(below, 0777, err));
	for (;;) {
		OWNED_MEMORY char *folder = NULL;
		TRY(file_make_temporary(below, "", &folder, err));
		int locked = lock_new(folder, &session->lock_fd, err);
		if (locked < 0)
			return locked;
		if (!locked)
			continue;
		session->folder = TAKE(folder);
		return 0;
	}
}

int session_new_path(struct session *session, char **out, struct error *err)
{
	pthread_mutex_lock(&session->mutex);
	int result = session->folder ? 0 : start(session, err);
	int64_t number = session->next++;
	pthread_mutex_unlock(&session->mutex);
	if (result < 0)
		return result;
	*out = text_format(err, "%s/%lld", session->folder, (long long)number);
	return *out ? 0 : -1;
}

/* List the files below `<root>/<key>`, which nobody changes any more. */
static int list_dead(const char *root, const char *key, struct store_list *out, struct error *err)
{
	OWNED_MEMORY char *path = file_join(root, key, err);
	if (!path)
		return -1;
	struct stat st;
	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : err_errno(err, errno, "cannot look at \"%s\"", path);
	if (!S_ISDIR(st.st_mode))
		return store_list_add(out, key, st.st_size, st.st_mtim.tv_sec * 1000000, err);
	char **names;
	TRY(file_list(path, &names, err));
	int result = 0;
	for (char **name = names; *name && result == 0; name++) {
		OWNED_MEMORY char *below = text_format(err, "%s/%s", key, *name);
		result = below ? list_dead(root, below, out, err) : -1;
	}
	file_free_names(names);
	return result;
}

/* One session's folder: nothing when its lock is held (or cannot be asked for). */
static int visit(const char *root, const char *name, bool remove, struct store_list *out,
		 struct error *err)
{
	OWNED_MEMORY char *key = text_format(err, STORE_STAGING "/%s", name);
	OWNED_MEMORY char *path = key ? file_join(root, key, err) : NULL;
	if (!path)
		return -1;
	OWNED_FD fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno != ENOTDIR)
		return errno == ENOENT ? 0 : err_errno(err, errno, "cannot open \"%s\"", path);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
		return 0;
	TRY(list_dead(root, key, out, err));
	return remove ? file_remove_tree(path, err) : 0;
}

int session_leftovers(const char *root, bool remove, struct store_list *out, struct error *err)
{
	OWNED_MEMORY char *below = file_join(root, STORE_STAGING, err);
	if (!below)
		return -1;
	struct file_info info;
	int found = file_stat(below, &info, err);
	if (found <= 0)
		return found;
	char **names;
	TRY(file_list(below, &names, err));
	int result = 0;
	for (char **name = names; *name && result == 0; name++)
		result = visit(root, *name, remove, out, err);
	file_free_names(names);
	return result;
}
