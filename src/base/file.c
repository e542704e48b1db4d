/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/own.h"
#include "base/text.h"

int file_stat(const char *path, struct file_info *out, struct error *err)
{
	struct stat st;
	if (stat(path, &st) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		return err_errno(err, errno, "cannot look at \"%s\"", path);
	}
	*out = (struct file_info){.size = st.st_size,
				  .mtime_us =
					  st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000,
				  .is_directory = S_ISDIR(st.st_mode)};
	return 1;
}

int file_read(const char *path, size_t len_max, char **out, size_t *out_len, struct error *err)
{
	OWNED_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, errno, "cannot open \"%s\"", path);
	OWNED_MEMORY char *bytes = NULL;
	size_t len = 0, capacity = 0;
	for (;;) {
		TRY(mem_grow(&bytes, &capacity, len + 4096, 1, err));
		ssize_t n = read(fd, bytes + len, capacity - len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, errno, "cannot read \"%s\"", path);
		if (n == 0)
			break;
		len += (size_t)n;
		if (len > len_max)
			return err_set(err, ERR_LIMIT, "\"%s\" is longer than %zu bytes", path,
				       len_max);
	}
	bytes[len] = '\0';
	*out = TAKE(bytes);
	if (out_len)
		*out_len = len;
	return 0;
}

int file_sync(const char *path, struct error *err)
{
	OWNED_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, errno, "cannot open \"%s\"", path);
	if (fsync(fd) < 0)
		return err_errno(err, errno, "cannot make \"%s\" durable", path);
	return 0;
}

static int sync_parent(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	OWNED_MEMORY char *parent =
		slash ? mem_copy_bytes(path, (size_t)(slash - path) + (slash == path))
		      : mem_copy_text(".");
	if (!parent)
		return err_memory(err);
	return file_sync(parent, err);
}

int file_write_fd(int fd, const char *path, const void *bytes, size_t len, struct error *err)
{
	const char *at = bytes;
	while (len > 0) {
		ssize_t n = write(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, errno, "cannot write \"%s\"", path);
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_durably(int fd, const char *path, const void *bytes, size_t len, struct error *err)
{
	TRY(file_write_fd(fd, path, bytes, len, err));
	if (fsync(fd) < 0)
		return err_errno(err, errno, "cannot make \"%s\" durable", path);
	return 0;
}

int file_write(const char *path, const void *bytes, size_t len, struct error *err)
{
	OWNED_MEMORY char *aside = text_format(err, "%s.XXXXXX.tmp", path);
	if (!aside)
		return -1;
	OWNED_FD fd = mkostemps(aside, 4, O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, errno, "cannot create a file beside \"%s\"", path);
	int result = write_durably(fd, aside, bytes, len, err);
	if (result == 0 && fchmod(fd, 0644) < 0)
		result = err_errno(err, errno, "cannot set the mode of \"%s\"", aside);
	if (result == 0 && rename(aside, path) < 0)
		result = err_errno(err, errno, "cannot rename \"%s\" to \"%s\"", aside, path);
	if (result < 0) {
		unlink(aside);
		return result;
	}
	return sync_parent(path, err);
}

static int copy_content(int from, int to, const char *path, struct error *err)
{
	for (;;) {
		ssize_t n = copy_file_range(from, NULL, to, NULL, 1 << 30, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, errno, "cannot copy to \"%s\"", path);
		if (n == 0)
			return 0;
	}
}

int file_move(const char *from, const char *to, struct error *err)
{
	if (rename(from, to) == 0)
		return 0;
	if (errno != EXDEV)
		return err_errno(err, errno, "cannot rename \"%s\" to \"%s\"", from, to);
	OWNED_FD in = open(from, O_RDONLY | O_CLOEXEC);
	OWNED_FD out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (in < 0 || out < 0)
		return err_errno(err, errno, "cannot copy \"%s\" to \"%s\"", from, to);
	TRY(copy_content(in, out, to, err));
	if (unlink(from) < 0)
		return err_errno(err, errno, "cannot remove \"%s\"", from);
	return 0;
}

int file_make_folders(const char *path, int mode, struct error *err)
{
	OWNED_MEMORY char *part = mem_copy_text(path);
	if (!part)
		return err_memory(err);
	for (char *slash = part + 1;; slash++) {
		if (*slash && *slash != '/')
			continue;
		char kept = *slash;
		*slash = '\0';
		if (mkdir(part, (mode_t)mode) < 0 && errno != EEXIST)
			return err_errno(err, errno, "cannot make the folder \"%s\"", part);
		*slash = kept;
		if (!kept)
			break;
	}
	struct file_info info;
	if (file_stat(path, &info, err) == 1 && !info.is_directory)
		return err_set(err, ERR_IO, "\"%s\" is a file where a folder is needed", path);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *place)
{
	(void)st;
	(void)kind;
	(void)place;
	return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

int file_remove_tree(const char *path, struct error *err)
{
	if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
		return err_errno(err, errno, "cannot remove \"%s\"", path);
	return 0;
}

int file_make_temporary(const char *below, const char *prefix, char **out, struct error *err)
{
	OWNED_MEMORY char *path = text_format(err, "%s/%sXXXXXX", below, prefix);
	if (!path)
		return -1;
	if (!mkdtemp(path))
		return err_errno(err, errno, "cannot make a folder in \"%s\"", below);
	*out = TAKE(path);
	return 0;
}

char *file_join(const char *folder, const char *name, struct error *err)
{
	if (*name == '/' || !*folder || strcmp(folder, ".") == 0)
		return text_format(err, "%s", name);
	return text_format(err, "%s%s%s", folder, text_ends(folder, "/") ? "" : "/", name);
}

const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

int file_free_bytes(const char *path, int64_t *out, struct error *err)
{
	OWNED_MEMORY char *part = mem_copy_text(path);
	if (!part)
		return err_memory(err);
	struct statvfs fs;
	while (statvfs(part, &fs) < 0) {
		char *slash = strrchr(part, '/');
		if (errno != ENOENT)
			return err_errno(err, errno, "cannot ask for the free space of \"%s\"",
					 path);
		if (!slash)
			strcpy(part, ".");
		else
			slash[slash == part] = '\0';
	}
	*out = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	return 0;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void file_free_names(char **names)
{
	for (char **name = names; name && *name; name++)
		free(*name);
	free(names);
}

static int collect(DIR *dir, char ***out, struct error *err)
{
	char **names = NULL;
	size_t count = 0, capacity = 0;
	for (const struct dirent *entry; (entry = readdir(dir));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		char *name = NULL;
		if (mem_grow(&names, &capacity, count + 2, sizeof *names, err) < 0 ||
		    !(name = mem_copy_text(entry->d_name))) {
			if (names)
				names[count] = NULL;
			file_free_names(names);
			return err_memory(err);
		}
		names[count++] = name;
		names[count] = NULL;
	}
	if (!names && !(names = mem_alloc(sizeof *names)))
		return err_memory(err);
	qsort(names, count, sizeof *names, by_bytes);
	*out = names;
	return 0;
}

int file_list(const char *path, char ***out, struct error *err)
{
	DIR *dir = opendir(path);
	if (!dir)
		return err_errno(err, errno, "cannot list \"%s\"", path);
	int result = collect(dir, out, err);
	closedir(dir);
	return result;
}
