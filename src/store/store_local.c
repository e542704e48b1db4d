/* SPDX-License-Identifier: Apache-2.0 */
/* store_local: invariants:
 * 1. Bytes are durable before their name exists; the name is durable before a write returns 0.
 * 2. A name, once there, only ever changes by store_put()'s rename, as a whole.
 * 3. After a failed fsync nothing is written any more (durable.h).
 * 4. Folders are made when needed and never removed: another writer may be about to use one. */
#include "store/store_local.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/durable.h"
#include "store/local_list.h"
#include "store/session.h"
#include "store/store.h"

struct store_local {
	struct store base;
	char *root; /* absolute, without a final '/' but for "/" itself */
	struct session session;
	struct durable durable;
};

static struct store_local *local(struct store *store)
{
	return (struct store_local *)store;
}

static char *path_of(struct store *store, const char *key, struct error *err)
{
	return file_join(local(store)->root, key, err);
}

/* ---- writing ---- */

/* A new file in the session's folder. */
static int create_aside(struct store *store, char **out_path, int *out_fd, struct error *err)
{
	OWNED_MEMORY char *path = NULL;
	TRY(session_new_path(&local(store)->session, &path, err));
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_errno(err, errno, "cannot create \"%s\"", path);
	*out_path = TAKE(path);
	*out_fd = fd;
	return 0;
}

static int local_put(struct store *store, const char *key, const void *bytes, size_t len,
		     bool only_if_absent, struct error *err)
{
	TRY(durable_check(&local(store)->durable, err));
	OWNED_MEMORY char *path = path_of(store, key, err), *aside = NULL;
	OWNED_FD fd = -1;
	if (!path)
		return -1;
	TRY(create_aside(store, &aside, &fd, err));
	int result = file_write_fd(fd, aside, bytes, len, err);
	if (result == 0)
		result = durable_sync_fd(&local(store)->durable, fd, aside, err);
	if (result == 0)
		result = durable_publish(&local(store)->durable, aside, path, only_if_absent, err);
	if (result <= 0)
		unlink(aside);
	return result;
}

/* Copy what is left of `from`, sharing blocks where the file system can. */
static int copy_bytes(int from, int to, const char *path, struct error *err)
{
	ssize_t n;
	do {
		n = copy_file_range(from, NULL, to, NULL, 1 << 30, 0);
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n == 0)
		return 0;
	if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
		return err_errno(err, errno, "cannot copy \"%s\"", path);
	char block[64 << 10];
	while ((n = read(from, block, sizeof block)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, errno, "cannot read \"%s\"", path);
		TRY(file_write_fd(to, path, block, (size_t)n, err));
	}
	return 0;
}

/* A durable copy of the file at `path` in the session's folder. */
static int copy_aside(struct store *store, const char *path, char **out_aside, struct error *err)
{
	OWNED_FD from = open(path, O_RDONLY | O_CLOEXEC);
	OWNED_FD to = -1;
	if (from < 0)
		return err_errno(err, errno, "cannot open \"%s\"", path);
	OWNED_MEMORY char *aside = NULL;
	TRY(create_aside(store, &aside, &to, err));
	int result = copy_bytes(from, to, path, err);
	if (result == 0)
		result = durable_sync_fd(&local(store)->durable, to, aside, err);
	if (result < 0) {
		unlink(aside);
		return result;
	}
	*out_aside = TAKE(aside);
	return 0;
}

static int same_bytes(const char *a, const char *b, bool *out, struct error *err)
{
	OWNED_FD first = open(a, O_RDONLY | O_CLOEXEC);
	OWNED_FD second = open(b, O_RDONLY | O_CLOEXEC);
	if (first < 0 || second < 0)
		return err_errno(err, errno, "cannot open \"%s\"", first < 0 ? a : b);
	char left[16 << 10], right[16 << 10];
	for (off_t at = 0;; at += (off_t)sizeof left) {
		ssize_t n = pread(first, left, sizeof left, at);
		ssize_t m = pread(second, right, sizeof right, at);
		if (n < 0 || m < 0)
			return err_errno(err, errno, "cannot read \"%s\"", n < 0 ? a : b);
		*out = n == m && memcmp(left, right, (size_t)n) == 0;
		if (!*out || n < (ssize_t)sizeof left)
			return 0;
	}
}

/* The name was taken: the same object put again, or a mistake. */
static int accept_same(struct store *store, const char *key, const char *aside, const char *path,
		       struct error *err)
{
	bool same;
	TRY(same_bytes(aside, path, &same, err));
	if (!same)
		return err_set(err, ERR_CONFLICT, "\"%s\" is already in the lake with other bytes",
			       key);
	TRY(durable_sync_path(&local(store)->durable, path, err));
	return durable_sync_parent(&local(store)->durable, path, err);
}

static bool is_staged(struct store *store, const char *path)
{
	const char *root = local(store)->root;
	size_t len = strlen(root);
	return strncmp(path, root, len) == 0 && text_starts(path + len, "/" STORE_STAGING "/");
}

static int local_put_file(struct store *store, const char *key, const char *from, struct error *err)
{
	TRY(durable_check(&local(store)->durable, err));
	OWNED_MEMORY char *path = path_of(store, key, err), *aside = NULL;
	if (!path)
		return -1;
	if (is_staged(store, from)) {
		aside = mem_copy_text(from);
		if (!aside)
			return err_memory(err);
		TRY(durable_sync_path(&local(store)->durable, aside, err));
	} else {
		TRY(copy_aside(store, from, &aside, err));
	}
	int result = durable_publish(&local(store)->durable, aside, path, true, err);
	if (result == 0)
		result = accept_same(store, key, aside, path, err);
	if (result == 0 || (result < 0 && !is_staged(store, from)))
		unlink(aside);
	return result < 0 ? result : 0;
}

static int local_remove(struct store *store, const char *key, struct error *err)
{
	TRY(durable_check(&local(store)->durable, err));
	OWNED_MEMORY char *path = path_of(store, key, err);
	if (!path)
		return -1;
	if (unlink(path) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		return err_errno(err, errno, "cannot remove \"%s\"", path);
	}
	return durable_sync_parent(&local(store)->durable, path, err);
}

/* ---- reading ---- */

/* Open an object: a regular file, so that a folder's name is no key. */
static int open_object(struct store *store, const char *key, int *out_fd, struct stat *out_stat,
		       struct error *err)
{
	OWNED_MEMORY char *path = path_of(store, key, err);
	if (!path)
		return -1;
	OWNED_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
		return err_errno(err, errno, "cannot open \"%s\"", path);
	if (fd >= 0 && fstat(fd, out_stat) < 0)
		return err_errno(err, errno, "cannot look at \"%s\"", path);
	if (fd < 0 || !S_ISREG(out_stat->st_mode))
		return err_set(err, ERR_NOT_FOUND, "there is no \"%s\" in the lake", key);
	*out_fd = own_take_fd(&fd);
	return 0;
}

static int read_at(int fd, char *bytes, size_t len, int64_t offset, const char *key, size_t *out,
		   struct error *err)
{
	size_t have = 0;
	while (have < len) {
		ssize_t n = pread(fd, bytes + have, len - have, offset + (int64_t)have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, errno, "cannot read \"%s\"", key);
		if (n == 0)
			break;
		have += (size_t)n;
	}
	*out = have;
	return 0;
}

static int local_get(struct store *store, const char *key, int64_t offset, int64_t len, char **out,
		     size_t *out_len, struct error *err)
{
	OWNED_FD fd = -1;
	struct stat st;
	TRY(open_object(store, key, &fd, &st, err));
	if (offset < 0)
		offset = offset + st.st_size < 0 ? 0 : offset + st.st_size;
	int64_t left = offset < st.st_size ? st.st_size - offset : 0;
	size_t want = (size_t)(len < left ? len : left);
	OWNED_MEMORY char *bytes = mem_alloc(want + 1);
	if (!bytes)
		return err_memory(err);
	TRY(read_at(fd, bytes, want, offset, key, out_len, err));
	bytes[*out_len] = '\0';
	*out = TAKE(bytes);
	return 0;
}

static int local_size(struct store *store, const char *key, int64_t *out, struct error *err)
{
	OWNED_MEMORY char *path = path_of(store, key, err);
	if (!path)
		return -1;
	struct stat st;
	if (stat(path, &st) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		return err_errno(err, errno, "cannot look at \"%s\"", path);
	}
	*out = st.st_size;
	return S_ISREG(st.st_mode);
}

static int local_list(struct store *store, const char *prefix, const char *after,
		      struct store_list *out, struct error *err)
{
	return local_list_objects(local(store)->root, prefix, after, out, err);
}

static int local_local_path(struct store *store, const char *key, char **out, struct error *err)
{
	int64_t size;
	int found = local_size(store, key, &size, err);
	if (found < 0)
		return found;
	if (!found)
		return err_set(err, ERR_NOT_FOUND, "there is no \"%s\" in the lake", key);
	*out = path_of(store, key, err);
	return *out ? 0 : -1;
}

static int local_staging(struct store *store, char **out_folder, struct error *err)
{
	TRY(durable_check(&local(store)->durable, err));
	OWNED_MEMORY char *folder = NULL;
	TRY(session_new_path(&local(store)->session, &folder, err));
	if (mkdir(folder, 0777) < 0)
		return err_errno(err, errno, "cannot make the folder \"%s\"", folder);
	*out_folder = TAKE(folder);
	return 0;
}

static int local_leftovers(struct store *store, bool remove, struct store_list *out,
			   struct error *err)
{
	return session_leftovers(local(store)->root, remove, out, err);
}

/* ---- life ---- */

static void local_free(struct store *store)
{
	struct store_local *s = local(store);
	session_done(&s->session);
	durable_done(&s->durable);
	free(s->root);
	free(s->base.uri);
	free(s);
}

static const struct store_ops local_ops = {
	.get = local_get,
	.size = local_size,
	.put = local_put,
	.put_file = local_put_file,
	.list = local_list,
	.remove = local_remove,
	.local_path = local_local_path,
	.staging = local_staging,
	.leftovers = local_leftovers,
	.free = local_free,
};

/* The folder's absolute path, so that a later chdir() changes nothing. */
static int find_root(const char *path, char **out, struct error *err)
{
	TRY(file_make_folders(path, 0777, err));
	OWNED_MEMORY char *real = realpath(path, NULL);
	if (!real)
		return err_errno(err, errno, "cannot find \"%s\"", path);
	*out = mem_copy_text(real);
	return *out ? 0 : err_memory(err);
}

int store_local_open(const char *uri, const char *path, struct store **out, struct error *err)
{
	if (!*path)
		return err_set(err, ERR_USAGE, "the lake's path is empty");
	struct store_local *s = mem_alloc(sizeof *s);
	if (!s)
		return err_memory(err);
	s->base.ops = &local_ops;
	session_init(&s->session, NULL);
	int result = durable_init(&s->durable, err);
	OWNED(store) *store = &s->base;
	TRY(result);
	s->base.uri = mem_copy_text(uri);
	if (!s->base.uri)
		return err_memory(err);
	TRY(find_root(path, &s->root, err));
	s->durable.root = s->session.root = s->root;
	*out = TAKE(store);
	return 0;
}
