/* SPDX-License-Identifier: Apache-2.0 */
/* lake: an empty store in a folder of its own. */
#ifndef VITRINE_TESTS_LAKE_H
#define VITRINE_TESTS_LAKE_H

#include "store/store.h"
#include "support/support.h"

struct support_lake {
	char *folder;
	struct store *store;
};

/* Set-up and tear-down of cmocka; the state is a struct support_lake. */
static inline int support_lake_open(void **state)
{
	static struct support_lake lake;
	struct error err;
	lake.folder = support_make_folder();
	assert_ok(store_open(lake.folder, &lake.store, &err), &err);
	*state = &lake;
	return 0;
}

static inline int support_lake_close(void **state)
{
	struct support_lake *lake = *state;
	store_free(lake->store);
	support_remove_folder(lake->folder);
	return 0;
}

#endif
