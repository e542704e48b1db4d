/* SPDX-License-Identifier: Apache-2.0 */
/* reader_files: vitrine.files: what became of every file: in a table, out of it again, or waiting
 * in the lake for a load that was refused or stopped. */
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "catalog/landed.h"
#include "delta/delta.h"
#include "delta/schema.h"
#include "engine/engine.h"
#include "pipeline/context.h"
#include "pipeline/delivery.h"
#include "pipeline/land_pending.h"
#include "pipeline/ledger.h"
#include "pipeline/project.h"
#include "pipeline/reader_parts.h"
#include "pipeline/reader_rows.h"
#include "pipeline/set.h"

#define PARTS READER_PARTS_SCHEMA

struct files {
	struct reader *reader;
	struct reader_rows *rows;
};

/* ---- the ledger ---- */

static int take_file(void *context, const struct catalog_landed *file, struct error *err)
{
	struct files *files = context;
	struct reader_rows *rows = files->rows;
	const char *status = file->is_replaced              ? "replaced"
			     : delivery_fix_base(file->key) ? "fix"
							    : "loaded";
	TRY(reader_rows_add(rows, strchr(file->table, '.') + 1, err));
	TRY(reader_rows_add(rows, file->logical, err));
	TRY(reader_rows_add(rows, status, err));
	TRY(reader_rows_add_int(rows, file->records, err));
	TRY(reader_rows_add_int(rows, file->loaded, err));
	TRY(reader_rows_add_int(rows, file->rejected, err));
	TRY(reader_rows_add_int(rows, file->records - file->loaded - file->rejected, err));
	TRY(reader_rows_add_int(rows, 0, err));
	TRY(reader_rows_add_int(rows, 0, err));
	TRY(reader_rows_add_int(rows, file->size, err));
	TRY(reader_rows_add_time(rows, file->landed_us,
				 context_project(files->reader->context)->time_zone, err));
	TRY(reader_rows_add(rows, file->table, err));
	TRY(reader_rows_add_int(rows, file->version, err));
	TRY(reader_rows_add(rows, file->run_id, err));
	TRY(reader_rows_add(rows, file->attempt, err));
	TRY(reader_rows_add(rows, file->sha256, err));
	return reader_rows_add(rows, file->key, err);
}

static int each_source(struct files *files, const char *table, const char *key, struct error *err)
{
	struct reader *reader = files->reader;
	TRY(ledger_catch_up(reader->context, table, key, err));
	return catalog_landed_each(context_catalog(reader->context), table, false, take_file, files,
				   err);
}

/* Tables of the set that a source made, also one whose contract is gone; and those of contracts
 * whose table is in no set yet. */
static int each_file(struct files *files, struct error *err)
{
	const struct set *set = files->reader->set;
	const struct project *project = context_project(files->reader->context);
	for (size_t i = 0; i < set->count; i++)
		if (text_starts(set->tables[i].name, "processing."))
			TRY(each_source(files, set->tables[i].name, set->tables[i].key, err));
	for (size_t i = 0; i < project->source_count; i++) {
		const char *name = project->sources[i].name;
		OWNED_MEMORY char *table = text_format(err, "processing.%s", name);
		OWNED_MEMORY char *key = text_format(err, "processing/%s", name);
		if (!table || !key)
			return -1;
		if (!set_find(set, table))
			TRY(each_source(files, table, key, err));
	}
	return 0;
}

int reader_show_ledger(struct reader *reader, struct error *err)
{
	HELD(reader_rows) rows = {.arena = reader->arena};
	struct files files = {reader, &rows};
	TRY(reader_rows_columns(&rows, reader_vitrine_table("files")->columns, err));
	TRY(each_file(&files, err));
	return reader_rows_show(&rows, reader->session, PARTS, "files", err);
}

/* The rows that a merged table has of each file, added to `sql`. */
static int count_rows(struct reader *reader, const struct set_table *table, struct text *sql,
		      struct error *err)
{
	OWNED(delta_snapshot) *snapshot = NULL;
	struct store *store = context_store(reader->context);
	if (delta_snapshot_open(store, table->key, table->version, context_parquet(reader->context),
				&snapshot, err) < 0)
		return set_say_lost(table, err);
	if (!delta_schema_find(delta_snapshot_schema(snapshot), "_file"))
		return 0; /* its contract says merge, and no run did yet */
	TRY(engine_session_add_table(reader->session, PARTS, table->name, store, snapshot, err));
	text_add(sql, sql->len ? " union all select " : "select ");
	text_add_literal(sql, table->name);
	text_add(sql, " as table_name, _file as file, count(*) as row_count from " PARTS ".");
	text_add_identifier(sql, table->name);
	text_add(sql, " group by _file");
	return text_check(sql, err);
}

static int show_counts(struct reader *reader, struct error *err)
{
	const struct project *project = context_project(reader->context);
	HELD(text) sql = {0};
	for (size_t i = 0; i < project->source_count; i++) {
		OWNED_MEMORY char *name =
			text_format(err, "processing.%s", project->sources[i].name);
		if (!name)
			return -1;
		const struct set_table *table = set_find(reader->set, name);
		if (table && project->sources[i].load == LOAD_MERGE)
			TRY(count_rows(reader, table, &sql, err));
	}
	if (!sql.len)
		text_add(&sql, "select '' as table_name, '' as file, 0 as row_count where false");
	TRY(text_check(&sql, err));
	return engine_session_add_view(reader->session, PARTS, "row_counts", sql.data, err);
}

/* What a file gave a merged table and what is there of it now; a name that several of the files
 * have which count does not tell. */
static int show_superseded(struct reader *reader, struct error *err)
{
	return engine_session_add_view(
		reader->session, PARTS, "superseded",
		"select f.table_name, f.file, case when count(*) = 1 then "
		"any_value(f.loaded) - coalesce(any_value(n.row_count), 0) end as superseded "
		"from " PARTS ".files as f left join " PARTS ".row_counts as n "
		"on n.table_name = f.table_name and n.file = f.file where status <> 'replaced' "
		"and f.table_name in (select table_name from " PARTS ".row_counts) "
		"group by all",
		err);
}

/* ---- files whose rows are in no table ---- */

static int add_waiting(const char *source, const struct delivery_file *file,
		       struct reader_rows *rows, struct error *err)
{
	OWNED_MEMORY char *table = text_format(err, "processing.%s", source);
	if (!table)
		return -1;
	TRY(reader_rows_add(rows, source, err));
	TRY(reader_rows_add(rows, file->logical, err));
	TRY(reader_rows_add(rows, file->is_refused ? "refused" : "pending", err));
	TRY(reader_rows_add(rows, NULL, err)); /* records: it may not have been read to its end */
	TRY(reader_rows_add_int(rows, 0, err));
	for (int i = 0; i < 4; i++) /* rejected, waived, fixed, superseded */
		TRY(reader_rows_add(rows, NULL, err));
	TRY(reader_rows_add_int(rows, file->size, err));
	TRY(reader_rows_add(rows, NULL, err)); /* landed */
	TRY(reader_rows_add(rows, table, err));
	for (int i = 0; i < 3; i++) /* version, run_id, attempt */
		TRY(reader_rows_add(rows, NULL, err));
	TRY(reader_rows_add(rows, file->sha256, err));
	return reader_rows_add(rows, file->key, err);
}

static int show_waiting(struct reader *reader, struct error *err)
{
	const struct project *project = context_project(reader->context);
	HELD(reader_rows) rows = {.arena = reader->arena};
	TRY(reader_rows_columns(&rows, reader_vitrine_table("files")->columns, err));
	for (size_t s = 0; s < project->source_count; s++) {
		const struct source *source = &project->sources[s];
		HELD(delivery) ever = {0};
		HELD(delivery) waiting = {0};
		OWNED_MEMORY char *table = text_format(err, "processing.%s", source->name);
		if (!table)
			return -1;
		TRY(ledger_files(reader->context, table, false, &ever, err));
		TRY(land_pending_waiting(reader->context, source, &ever, &waiting, err));
		for (size_t i = 0; i < waiting.count; i++)
			TRY(add_waiting(source->name, &waiting.files[i], &rows, err));
	}
	return reader_rows_show(&rows, reader->session, PARTS, "waiting", err);
}

/* Of loads that people gave up, unless the same content came again. */
static const char given_up[] =
	"select distinct d.source, d.file, 'waived', cast(null as bigint), 0, cast(null as "
	"bigint), "
	"cast(null as bigint), cast(null as bigint), cast(null as bigint), cast(null as bigint), "
	"cast(null as timestamp), 'processing.' || d.source, cast(null as bigint), "
	"cast(null as varchar), cast(null as varchar), d.sha256, cast(null as varchar) "
	"from " PARTS ".decisions as d where d.kind = 'refused' and d.line is null and not exists "
	"(from " PARTS
	".files as f where f.source = d.source and f.sha256 = d.sha256) and not exists "
	"(from " PARTS ".waiting as w where w.source = d.source and w.sha256 = d.sha256)";

int reader_show_files(struct reader *reader, struct error *err)
{
	TRY(show_counts(reader, err));
	TRY(show_superseded(reader, err));
	TRY(show_waiting(reader, err));
	HELD(text) sql = {0};
	text_add(&sql, "select f.* replace (f.rejected - coalesce(c.waived, 0) as rejected, "
		       "f.waived + coalesce(c.waived, 0) as waived, coalesce(c.fixed, 0) as fixed, "
		       "case when f.status = 'replaced' then null when s.file is null then 0 "
		       "else s.superseded end as superseded, "
		       "case when f.status = 'loaded' and f.loaded > 0 and s.superseded = f.loaded "
		       "then 'superseded' else f.status end as status) "
		       "from " PARTS ".files as f left join (select attempt, sha256, "
		       "count(*) filter (status = 'waived') as waived, "
		       "count(*) filter (status = 'fixed') as fixed "
		       "from " PARTS ".kept where status in ('waived', 'fixed') group by all) as c "
		       "on c.attempt = f.attempt and c.sha256 = f.sha256 "
		       "left join " PARTS ".superseded as s "
		       "on s.table_name = f.table_name and s.file = f.file "
		       "union all from " PARTS ".waiting union all ");
	text_add(&sql, given_up);
	TRY(text_check(&sql, err));
	return engine_session_add_view(reader->session, "vitrine", "files", sql.data, err);
}
