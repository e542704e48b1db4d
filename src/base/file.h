/* SPDX-License-Identifier: Apache-2.0 */
/* file: the local file system, for settings, caches and temporary folders. What belongs to the
 * lake goes through store/ instead. Every function that fails says NOT_FOUND, DENIED, DISK_FULL or
 * IO with the path in its message. */
#ifndef VITRINE_BASE_FILE_H
#define VITRINE_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

struct file_info {
	int64_t size, mtime_us;
	bool is_directory;
};

/* 1 and `out` filled, 0 when there is no such file, -1 on failure. Follows symbolic links. */
int file_stat(const char *path, struct file_info *out, struct error *err);

/* The whole content, terminated by a NUL not counted in `out_len` (which may be NULL).
 * Fails also: LIMIT when it is longer than `len_max`. Owner: caller. */
int file_read(const char *path, size_t len_max, char **out, size_t *out_len, struct error *err);

/* Write all of it, however often the system takes only a part; `path` is for messages. */
int file_write_fd(int fd, const char *path, const void *bytes, size_t len, struct error *err);

/* Write to a temporary neighbour, fsync, rename, fsync the folder: readers see the old content or
 * the new. */
int file_write(const char *path, const void *bytes, size_t len, struct error *err);

/* Make a folder and what is missing above it. */
int file_make_folders(const char *path, int mode, struct error *err);
/* Remove a folder and all below it; nothing there is no failure. Symbolic links are removed, not
 * followed. */
int file_remove_tree(const char *path, struct error *err);
/* A new empty folder "<below>/<prefix>XXXXXX". Owner of `out`: caller. */
int file_make_temporary(const char *below, const char *prefix, char **out, struct error *err);

/* Rename, or copy and remove when the two lie on different disks. */
int file_move(const char *from, const char *to, struct error *err);

/* fsync a file or folder by path. A failure is final: what was written may be lost. */
int file_sync(const char *path, struct error *err);

/* "<folder>/<name>", or `name` itself when it is absolute. NULL with MEMORY. Owner: caller. */
char *file_join(const char *folder, const char *name, struct error *err);
/* The part after the last '/'. Borrowed. */
const char *file_name(const char *path);

/* Free bytes for us on the file system that holds `path` (or its nearest existing parent). */
int file_free_bytes(const char *path, int64_t *out, struct error *err);

/* Names in a folder, sorted bytewise, without "." and "..": an array ended by NULL, one block to
 * free with file_free_names(). */
int file_list(const char *path, char ***out, struct error *err);
void file_free_names(char **names);

#endif
