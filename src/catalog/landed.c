/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/landed.h"

#include <stdio.h>

#include "base/error.h"
#include "catalog/catalog.h"
#include "catalog/db.h"

int catalog_landed_mark(struct catalog *catalog, const char *table, int64_t *out_version,
			struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	*out_version = -1;
	return db_get_int(catalog, out_version, err,
			  "select version from landed_marks where table_name = ?1", "t", table);
}

int catalog_landed_set_mark(struct catalog *catalog, const char *table, int64_t version,
			    struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	return db_run(catalog, err, "insert or replace into landed_marks values (?1, ?2)", "ti",
		      table, version);
}

int catalog_landed_forget(struct catalog *catalog, const char *table, struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	return db_run(catalog, err, "delete from landed_files where table_name = ?1", "t", table);
}

int catalog_landed_put(struct catalog *catalog, const struct catalog_landed *file,
		       struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	return db_run(catalog, err,
		      "insert or replace into landed_files "
		      "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		      "titttittiiiii", file->table, file->version, file->logical, file->sha256,
		      file->key, file->size, file->run_id, file->attempt, file->landed_us,
		      file->records, file->loaded, file->rejected, (int64_t)file->is_replaced);
}

int catalog_landed_replace(struct catalog *catalog, const char *table, const char *logical,
			   int64_t version, struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	return db_run(catalog, err,
		      "update landed_files set is_replaced = 1 where table_name = ?1 "
		      "and version < ?2 and (?3 is null or logical = ?3)",
		      "tit", table, version, logical);
}

int catalog_landed_each(struct catalog *catalog, const char *table, bool only_current,
			catalog_each_landed *each, void *context, struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	HELD(db_statement) s = {0};
	TRY(db_prepare(catalog, &s, err,
		       "select version, logical, sha256, key, size, run_id, attempt, landed_us, "
		       "records, loaded, rejected, is_replaced from landed_files "
		       "where table_name = ?1 and is_replaced <= ?2 order by version, logical",
		       "ti", table, (int64_t)!only_current));
	int more;
	while ((more = db_step(&s, err)) == 1) {
		struct catalog_landed file = {
			.table = table,
			.version = db_int(&s, 0, 0),
			.logical = db_text(&s, 1),
			.sha256 = db_text(&s, 2),
			.key = db_text(&s, 3),
			.size = db_int(&s, 4, 0),
			.run_id = db_text(&s, 5),
			.attempt = db_text(&s, 6),
			.landed_us = db_int(&s, 7, 0),
			.records = db_int(&s, 8, 0),
			.loaded = db_int(&s, 9, 0),
			.rejected = db_int(&s, 10, 0),
			.is_replaced = db_int(&s, 11, 0) != 0,
		};
		TRY(db_row_check(&s, err));
		int stop = each(context, &file, err);
		if (stop != 0)
			return stop < 0 ? stop : 0;
	}
	return more;
}

int catalog_seen_get(struct catalog *catalog, const char *path, int64_t size, int64_t mtime_us,
		     char out[HASH_HEX_SIZE], struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	HELD(db_statement) s = {0};
	TRY(db_prepare(
		catalog, &s, err,
		"select sha256 from seen_files where path = ?1 and size = ?2 and mtime_us = ?3",
		"tii", path, size, mtime_us));
	int found = db_step(&s, err);
	if (found <= 0)
		return found;
	const char *sha256 = db_text(&s, 0);
	TRY(db_row_check(&s, err));
	snprintf(out, HASH_HEX_SIZE, "%s", sha256 ? sha256 : "");
	return 1;
}

int catalog_seen_put(struct catalog *catalog, const char *path, int64_t size, int64_t mtime_us,
		     const char *sha256, struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	return db_run(catalog, err, "insert or replace into seen_files values (?1, ?2, ?3, ?4)",
		      "tiit", path, size, mtime_us, sha256);
}
