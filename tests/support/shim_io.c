/* SPDX-License-Identifier: Apache-2.0 */
/* shim_io: preloaded into any program, it counts the calls that change files below one folder and
 * lets the n-th fail, or ends the process at it as `kill -9` does. So every place at which a disk
 * can fill up or a machine can stop is reached without a hook in the program.
 *
 *	SHIM_BELOW   the folder, without links; calls on other files are not counted
 *	SHIM_MATCH   counts only calls whose name and path match, as in the shell: "f*sync
 **.parquet" SHIM_AT      the call that is struck, counted from 1; 0 or nothing = none SHIM_DO
 *"kill", or what errno becomes: "ENOSPC", "EIO" SHIM_STICKY  "1": later calls that need room fail
 *too (the disk stays full) SHIM_LOG     a file that takes one line a call: number, name, path, what
 *was done */
/* Both names of a call are ours, not one for two. */
#undef _FILE_OFFSET_BITS
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long count;

static const char *setting(const char *name)
{
	const char *value = getenv(name);
	return value ? value : "";
}

static bool is_below(const char *path)
{
	const char *below = setting("SHIM_BELOW");
	size_t len = strlen(below);
	return len > 0 && strncmp(path, below, len) == 0 && (path[len] == '/' || !path[len]);
}

static void say(const char *name, const char *path, const char *done)
{
	char line[PATH_MAX + 128];
	int len = snprintf(line, sizeof line, "%ld %s %s %s\n", count, name, path, done);
	int fd = (int)syscall(SYS_openat, AT_FDCWD, setting("SHIM_LOG"),
			      O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return;
	(void)!syscall(SYS_write, fd, line, len);
	syscall(SYS_close, fd);
}

static bool is_counted(const char *name, const char *path)
{
	char call[PATH_MAX + 32];
	const char *pattern = setting("SHIM_MATCH");
	snprintf(call, sizeof call, "%s %s", name, path);
	return is_below(path) && (!*pattern || fnmatch(pattern, call, 0) == 0);
}

/* Count one call; true when it must fail, with errno set. */
static bool strikes(bool needs_room, const char *name, const char *path)
{
	const char *what = setting("SHIM_DO");
	int kept = errno;
	if (!is_counted(name, path))
		return false;
	pthread_mutex_lock(&mutex);
	long at = atol(setting("SHIM_AT"));
	bool sticks = needs_room && *setting("SHIM_STICKY") == '1';
	bool strike = ++count == at || (sticks && at > 0 && count > at);
	say(name, path, strike ? what : "-");
	if (strike && strcmp(what, "kill") == 0)
		kill(getpid(), SIGKILL);
	pthread_mutex_unlock(&mutex);
	errno = strike ? (strcmp(what, "EIO") == 0 ? EIO : ENOSPC) : kept;
	return strike;
}

static bool strikes_fd(bool needs_room, const char *name, int fd)
{
	char link[64], path[PATH_MAX];
	int kept = errno;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t len = readlink(link, path, sizeof path - 1);
	errno = kept;
	if (len <= 0)
		return false;
	path[len] = '\0';
	return strikes(needs_room, name, path);
}

/* The function that would have been called without us. */
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define OPENS(name)                                                                                \
	int name(const char *path, int flags, ...)                                                 \
	{                                                                                          \
		mode_t mode = 0;                                                                   \
		va_list args;                                                                      \
		va_start(args, flags);                                                             \
		if (flags & (O_CREAT | O_TMPFILE))                                                 \
			mode = va_arg(args, mode_t);                                               \
		va_end(args);                                                                      \
		if ((flags & O_CREAT) && strikes(true, #name, path))                               \
			return -1;                                                                 \
		return NEXT(name)(path, flags, mode);                                              \
	}
OPENS(open)
OPENS(open64)

ssize_t write(int fd, const void *bytes, size_t len)
{
	return strikes_fd(true, "write", fd) ? -1 : NEXT(write)(fd, bytes, len);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
	return strikes_fd(true, "pwrite", fd) ? -1 : NEXT(pwrite)(fd, bytes, len, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t offset)
{
	return strikes_fd(true, "pwrite64", fd) ? -1 : NEXT(pwrite64)(fd, bytes, len, offset);
}

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t len,
			unsigned int flags)
{
	if (strikes_fd(true, "copy_file_range", to))
		return -1;
	return NEXT(copy_file_range)(from, from_at, to, to_at, len, flags);
}

int fsync(int fd)
{
	return strikes_fd(false, "fsync", fd) ? -1 : NEXT(fsync)(fd);
}

int fdatasync(int fd)
{
	return strikes_fd(false, "fdatasync", fd) ? -1 : NEXT(fdatasync)(fd);
}

int ftruncate64(int fd, off64_t len)
{
	return strikes_fd(true, "ftruncate64", fd) ? -1 : NEXT(ftruncate64)(fd, len);
}

int mkdir(const char *path, mode_t mode)
{
	bool is_new =
		syscall(SYS_faccessat, AT_FDCWD, path, F_OK) < 0; /* else it changes nothing */
	return is_new && strikes(true, "mkdir", path) ? -1 : NEXT(mkdir)(path, mode);
}

int link(const char *from, const char *to)
{
	return strikes(true, "link", to) ? -1 : NEXT(link)(from, to);
}

int rename(const char *from, const char *to)
{
	return strikes(true, "rename", to) ? -1 : NEXT(rename)(from, to);
}

int unlink(const char *path)
{
	return strikes(false, "unlink", path) ? -1 : NEXT(unlink)(path);
}
