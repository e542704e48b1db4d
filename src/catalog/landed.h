/* SPDX-License-Identifier: Apache-2.0 */
/* landed: which files are in which version of a source's table. A cache of what the tables' commits
 * say, read from there up to a mark; losing it costs one reading of the logs. */
#ifndef VITRINE_CATALOG_LANDED_H
#define VITRINE_CATALOG_LANDED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"

struct catalog;
struct error;

struct catalog_landed {
	const char *table;   /* "processing.olist_orders" */
	int64_t version;     /* of the table: the commit that loaded the file */
	const char *logical; /* the file's logical name */
	const char *sha256;
	const char *key; /* where it lies in the lake */
	const char *run_id, *attempt;
	int64_t size, landed_us;
	int64_t records, loaded, rejected; /* records = loaded + rejected */
	bool is_replaced;                  /* a later commit took its rows out again */
};

/* How far the table's log was read; -1 = not at all. */
int catalog_landed_mark(struct catalog *catalog, const char *table, int64_t *out_version,
			struct error *err);
int catalog_landed_set_mark(struct catalog *catalog, const char *table, int64_t version,
			    struct error *err);
/* Forget every file of a table. */
int catalog_landed_forget(struct catalog *catalog, const char *table, struct error *err);
/* Insert or replace. */
int catalog_landed_put(struct catalog *catalog, const struct catalog_landed *file,
		       struct error *err);
/* Mark what is in the table, but for files of `version`, as replaced: all of it, or the file of one
 * logical name. */
int catalog_landed_replace(struct catalog *catalog, const char *table, const char *logical,
			   int64_t version, struct error *err);

/* Files of a table, oldest version first, then by logical name: those in it now, or all. 0 goes
 * on, 1 stops, negative fails. */
typedef int catalog_each_landed(void *context, const struct catalog_landed *file,
				struct error *err);
int catalog_landed_each(struct catalog *catalog, const char *table, bool only_current,
			catalog_each_landed *each, void *context, struct error *err);

/* 1 and the hash of the file at `path` when it was seen with this size and time, else 0. */
int catalog_seen_get(struct catalog *catalog, const char *path, int64_t size, int64_t mtime_us,
		     char out[HASH_HEX_SIZE], struct error *err);
int catalog_seen_put(struct catalog *catalog, const char *path, int64_t size, int64_t mtime_us,
		     const char *sha256, struct error *err);

#endif
