/* SPDX-License-Identifier: Apache-2.0 */
/* local_list: the walk behind listing a local store. */
#ifndef VITRINE_STORE_LOCAL_LIST_H
#define VITRINE_STORE_LOCAL_LIST_H

struct error;
struct store_list;

/* Add every regular file below `root` whose key starts with `prefix` and comes after `after`
 * (NULL = all), in no order, leaving out the sessions' folder. A symbolic link to a file counts as
 * a file; one to a folder is not followed. Files that vanish meanwhile are left out.
 * Fails: DENIED, IO, MEMORY. Cost: reads only the folders that can hold such keys. */
int local_list_objects(const char *root, const char *prefix, const char *after,
		       struct store_list *out, struct error *err);

#endif
