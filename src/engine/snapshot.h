/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot: one published set of table versions as a session's catalog, for all who read.
 *
 * Every table is a view over the explicit file list of one version, so all statements of the
 * session see the same data however long it lives. The old systems' database names resolve
 * (dl_landing_zone, dl_processing_zone, dl_delivery_zone); unqualified names are looked up in
 * delivery, then in processing. */
#ifndef VITRINE_ENGINE_SNAPSHOT_H
#define VITRINE_ENGINE_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"

struct error;
struct store;

struct snapshot_table {
	const char *schema, *name; /* as SQL sees it: "processing", "orders" */
	const char *table;         /* the Delta table's prefix in the store: "processing/orders" */
	int64_t version;           /* -1 = the newest */
};

struct snapshot_view {
	const char *schema, *name;
	const char *sql; /* one SELECT over the tables, rows and earlier views */
};

struct snapshot_contents {
	struct store *store;
	const struct snapshot_table
		*tables; /* only those that will be read: each costs a log read */
	size_t table_count;
	const struct engine_rows *rows; /* vitrine.files and the like */
	size_t rows_count;
	const struct snapshot_view *views;
	size_t view_count;
};

/* Open a session that shows `contents`. Borrows nothing of it.
 * Owner: caller, until engine_session_close(). Fails: as delta_snapshot_open() and the
 * engine_session_add functions do; the message names the table. */
int snapshot_open(struct engine *engine, const struct snapshot_contents *contents,
		  struct engine_session **out, struct error *err);

/* Show one more table, such as an older version under a name of its own for
 * `from orders at (version => 12)`. */
int snapshot_add_table(struct engine_session *session, struct store *store,
		       const struct snapshot_table *table, struct error *err);

#endif
