/* SPDX-License-Identifier: Apache-2.0 */
/* catalog: what is known of a project on this machine beside what the lake itself says: runs,
 * steps, check results, measures of tables, the lineage cache. The one door to SQLite.
 *
 * It is `.vitrine/state.db`, mode 0600 in a folder of mode 0700. Losing it costs history only: no
 * result depends on it, and what commits of the lake tell of runs can be put back (see runs.h).
 * A process that dies at any moment leaves it valid, with every call that returned in it; a power
 * cut may take the last calls. Safe from several threads and processes: one writer at a time. */
#ifndef VITRINE_CATALOG_CATALOG_H
#define VITRINE_CATALOG_CATALOG_H

#include "base/own.h"

struct catalog;
struct error;

/* Open or make "<folder>/state.db" and bring it to this version's schema. The folder is made when
 * missing. Owner: caller, until catalog_close().
 * Fails: UNSUPPORTED (a network file system, where SQLite's locks cannot be trusted; or a newer
 * version's schema), CORRUPT (no database of ours), BUSY (10 s), DENIED, DISK_FULL, IO, MEMORY.
 * Cost: below 1 ms once it exists. */
int catalog_open(const char *folder, struct catalog **out, struct error *err);
void catalog_close(struct catalog *catalog);
OWN_DEFINE(catalog, catalog_close)

/* One transaction around several calls, for this thread; other threads wait. May be nested: the
 * outermost catalog_end() commits when every `result` was >= 0, else all is undone. Returns
 * `result`, or a failure of the commit.
 *
 *	TRY(catalog_begin(catalog, err));
 *	return catalog_end(catalog, work(catalog, err), err);
 */
int catalog_begin(struct catalog *catalog, struct error *err);
int catalog_end(struct catalog *catalog, int result, struct error *err);

/* Look over the whole file for damage. Fails: CORRUPT with what was found first.
 * Cost: reads the file once. */
int catalog_check(struct catalog *catalog, struct error *err);

#endif
