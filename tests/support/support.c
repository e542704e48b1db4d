/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/own.h"

char *support_make_folder(void)
{
	struct error err;
	char *folder = NULL;
	const char *below = getenv("TMPDIR");
	assert_ok(file_make_temporary(below ? below : "/tmp", "vitrine-test-", &folder, &err),
		  &err);
	return folder;
}

void support_remove_folder(char *folder)
{
	struct error err;
	assert_ok(file_remove_tree(folder, &err), &err);
	free(folder);
}

void support_write_bytes(const char *folder, const char *name, const void *bytes, size_t len)
{
	struct error err;
	char *path = file_join(folder, name, &err);
	assert_non_null(path);
	char *parent = mem_copy_bytes(path, (size_t)(file_name(path) - path));
	assert_ok(file_make_folders(parent, 0755, &err), &err);
	assert_ok(file_write(path, bytes, len, &err), &err);
	free(parent);
	free(path);
}

void support_empty_folder(const char *folder, const char *below)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", folder, below);
	DIR *files = opendir(path);
	for (const struct dirent *entry; files && (entry = readdir(files));)
		unlinkat(dirfd(files), entry->d_name, 0);
	if (files)
		closedir(files);
}

void support_write_file(const char *folder, const char *name, const char *text)
{
	support_write_bytes(folder, name, text, strlen(text));
}

char *support_read_file(const char *folder, const char *name)
{
	struct error err;
	char *bytes = NULL, *path = file_join(folder, name, &err);
	if (path && file_read(path, 1 << 30, &bytes, NULL, &err) < 0)
		bytes = NULL;
	free(path);
	return bytes;
}

void support_sweep_allocations(int (*work)(void *context, struct error *err), void *context)
{
	support_sweep_some_allocations(work, context, 1);
}

void support_sweep_some_allocations(int (*work)(void *context, struct error *err), void *context,
				    size_t step)
{
	for (size_t n = 1; n < 100000; n += step) {
		struct error err = {0};
		mem_fail_at(n);
		int result = work(context, &err);
		bool refused = mem_failed();
		mem_fail_at(0);
		if (!refused) {
			assert_ok(result, &err);
			return;
		}
		if (result < 0 && err.kind != ERR_MEMORY)
			fail_msg("allocation %zu refused, but the error is: %s", n, err.message);
	}
	fail_msg("never succeeded");
}
