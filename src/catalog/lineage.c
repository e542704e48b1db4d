/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/lineage.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "catalog/catalog.h"
#include "catalog/db.h"

/* How exact "lately used" is: a hit younger than this writes nothing. */
static const int64_t TOUCH_AFTER_US = INT64_C(24) * 3600 * 1000000;

static int copy_column(const struct db_statement *s, int column, char **out, struct error *err)
{
	const char *text = db_text(s, column);
	TRY(db_row_check(s, err));
	*out = mem_copy_text(text);
	return text && !*out ? err_memory(err) : 0;
}

static int touch(struct catalog *catalog, const char *sql_hash, int64_t used_us, struct error *err)
{
	int64_t now = clock_now_us();
	if (now - used_us < TOUCH_AFTER_US)
		return 0;
	return db_run(catalog, err, "update lineage set used_us = ?2 where sql_hash = ?1", "ti",
		      sql_hash, now);
}

int catalog_lineage_get(struct catalog *catalog, const char *sql_hash, const char *parser,
			char **out_references_json, char **out_columns_json, struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	HELD(db_statement) s = {0};
	OWNED_MEMORY char *references = NULL, *columns = NULL;
	TRY(db_prepare(catalog, &s, err,
		       "select references_json, columns_json, used_us from lineage "
		       "where sql_hash = ?1 and parser = ?2",
		       "tt", sql_hash, parser));
	int found = db_step(&s, err);
	if (found <= 0)
		return found;
	TRY(copy_column(&s, 0, &references, err));
	TRY(copy_column(&s, 1, &columns, err));
	int64_t used_us = db_int(&s, 2, 0);
	db_statement_done(&s);
	TRY(touch(catalog, sql_hash, used_us, err));
	*out_references_json = TAKE(references);
	*out_columns_json = TAKE(columns);
	return 1;
}

static int put(struct catalog *catalog, const char *sql_hash, const char *parser,
	       const char *references_json, const char *columns_json, struct error *err)
{
	TRY(db_run(catalog, err, "insert or replace into lineage values (?, ?, ?, ?, ?)", "tttti",
		   sql_hash, parser, references_json, columns_json, clock_now_us()));
	return db_run(catalog, err,
		      "delete from lineage where sql_hash in (select sql_hash from lineage "
		      "order by used_us desc, sql_hash limit -1 offset ?1)",
		      "i", (int64_t)LINEAGE_CACHE_MAX);
}

int catalog_lineage_put(struct catalog *catalog, const char *sql_hash, const char *parser,
			const char *references_json, const char *columns_json, struct error *err)
{
	TRY(catalog_begin(catalog, err));
	int result = put(catalog, sql_hash, parser, references_json, columns_json, err);
	result = catalog_end(catalog, result, err);
	return result < 0 ? result : 0;
}
