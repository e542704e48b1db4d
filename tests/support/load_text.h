/* SPDX-License-Identifier: Apache-2.0 */
/* load_text: what csv/load makes of a file, as texts to compare, whatever the order in which
 * threads came upon it. */
#ifndef VITRINE_TESTS_LOAD_TEXT_H
#define VITRINE_TESTS_LOAD_TEXT_H

#include "base/own.h"
#include "csv/load.h"
#include "support/support.h"

struct loaded {
	char *rows;    /* "line@offset: value|value|NULL" in the order of the file, one a line */
	char *rejects; /* "line@offset problem column: message <text>" likewise */
	struct csv_load_counts counts;
};

void loaded_done(struct loaded *loaded);
OWN_DEFINE_EMBEDDED(loaded, loaded_done)

/* Load with so many threads, in batches of `rows_max`. Fails as the load does. */
int load_text(struct csv_load_settings settings, int threads, size_t rows_max, struct loaded *out,
	      struct error *err);

/* How a test loads: the text is written to folder/name, and the load must succeed and be
 * complete. */
void load_string(const char *folder, const char *text, struct csv_load_settings settings,
		 struct loaded *out);

#endif
