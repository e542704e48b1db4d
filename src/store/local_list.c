/* SPDX-License-Identifier: Apache-2.0 */
#include "store/local_list.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/own.h"
#include "base/text.h"
#include "store/session.h"
#include "store/store.h"

struct walk {
	const char *root, *prefix, *after;
	struct store_list *out;
};

static int visit_folder(const struct walk *walk, const char *key, struct error *err);

/* Whether a folder's keys can be wanted: "<key>/" and the prefix agree as far as both go, and
 * `after` does not lie behind all of them. */
static bool can_hold(const struct walk *walk, const char *key)
{
	size_t len = strlen(key), prefix_len = strlen(walk->prefix);
	size_t both = len < prefix_len ? len : prefix_len;
	if (memcmp(key, walk->prefix, both) != 0)
		return false;
	if (prefix_len > len && walk->prefix[len] != '/')
		return false;
	if (!walk->after)
		return true;
	int order = strncmp(key, walk->after, len);
	return order > 0 || (order == 0 && walk->after[len] <= '/');
}

static bool is_wanted(const struct walk *walk, const char *key)
{
	return text_starts(key, walk->prefix) && (!walk->after || strcmp(key, walk->after) > 0);
}

/* One name of a folder. */
static int visit(const struct walk *walk, const char *key, struct error *err)
{
	OWNED_MEMORY char *path = file_join(walk->root, key, err);
	if (!path)
		return -1;
	struct stat st;
	int result = lstat(path, &st);
	bool is_link = result == 0 && S_ISLNK(st.st_mode);
	if (is_link)
		result = stat(path, &st);
	if (result < 0)
		return errno == ENOENT ? 0 : err_errno(err, errno, "cannot look at \"%s\"", path);
	if (S_ISDIR(st.st_mode))
		return is_link || !can_hold(walk, key) ? 0 : visit_folder(walk, key, err);
	if (!S_ISREG(st.st_mode) || !is_wanted(walk, key))
		return 0;
	int64_t modified_us = st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000;
	return store_list_add(walk->out, key, st.st_size, modified_us, err);
}

static int visit_names(const struct walk *walk, const char *folder, char **names, struct error *err)
{
	for (char **name = names; *name; name++) {
		if (!*folder && strcmp(*name, STORE_STAGING) == 0)
			continue;
		OWNED_MEMORY char *key =
			text_format(err, "%s%s%s", folder, *folder ? "/" : "", *name);
		if (!key)
			return -1;
		TRY(visit(walk, key, err));
	}
	return 0;
}

static int visit_folder(const struct walk *walk, const char *key, struct error *err)
{
	OWNED_MEMORY char *path =
		*key ? file_join(walk->root, key, err) : text_format(err, "%s", walk->root);
	if (!path)
		return -1;
	char **names;
	if (file_list(path, &names, err) < 0)
		return err->kind == ERR_NOT_FOUND ? 0 : -1;
	int result = visit_names(walk, key, names, err);
	file_free_names(names);
	return result;
}

int local_list_objects(const char *root, const char *prefix, const char *after,
		       struct store_list *out, struct error *err)
{
	struct walk walk = {.root = root, .prefix = prefix, .after = after, .out = out};
	const char *slash = strrchr(prefix, '/');
	if (!slash)
		return visit_folder(&walk, "", err);
	OWNED_MEMORY char *folder = mem_copy_bytes(prefix, (size_t)(slash - prefix));
	if (!folder)
		return err_memory(err);
	OWNED_MEMORY char *path = file_join(root, folder, err);
	if (!path)
		return -1;
	struct file_info info;
	int found = store_is_key(folder) ? file_stat(path, &info, err) : 0;
	if (found <= 0 || !info.is_directory)
		return found < 0 ? found : 0;
	return visit_folder(&walk, folder, err);
}
