/* SPDX-License-Identifier: Apache-2.0 */
/* reader_rejects: vitrine.rejects, refused and decisions: what became of every record.
 *
 * A reject is shown when the commit of a source's table names the attempt that found it; what was
 * decided of it is looked up by the file's content and the line. So both tables are only added to,
 * and what is shown follows from what the sources' tables hold. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "catalog/landed.h"
#include "csv/load.h"
#include "delta/delta.h"
#include "delta/schema.h"
#include "engine/csv_table.h"
#include "engine/engine.h"
#include "pipeline/context.h"
#include "pipeline/decisions.h"
#include "pipeline/delivery.h"
#include "pipeline/ledger.h"
#include "pipeline/project.h"
#include "pipeline/reader_parts.h"
#include "pipeline/reader_rows.h"
#include "pipeline/rejects.h"
#include "pipeline/set.h"

#define PARTS READER_PARTS_SCHEMA

/* A table of no rows under the columns that the catalog tells. */
static int show_nothing(struct reader *reader, const char *schema, const char *name,
			struct error *err)
{
	HELD(reader_rows) rows = {.arena = reader->arena};
	TRY(reader_rows_columns(&rows, reader_vitrine_table(name)->columns, err));
	return reader_rows_show(&rows, reader->session, schema, name, err);
}

static int show_all_rejects(struct reader *reader, struct error *err)
{
	OWNED(delta_snapshot) *snapshot = NULL;
	struct store *store = context_store(reader->context);
	int64_t version;
	int exists = delta_newest_version(store, REJECTS_TABLE, &version, err);
	TRY(exists);
	if (!exists)
		return show_nothing(reader, PARTS, "rejects", err);
	TRY(delta_snapshot_open(store, REJECTS_TABLE, version, context_parquet(reader->context),
				&snapshot, err));
	return engine_session_add_table(reader->session, PARTS, "rejects", store, snapshot, err);
}

/* Decisions that came about. */
static int show_all_decisions(struct reader *reader, struct error *err)
{
	int exists = decisions_show(reader->context, reader->session, PARTS, "decided", err);
	TRY(exists);
	if (!exists)
		return show_nothing(reader, PARTS, "decisions", err);
	return engine_session_add_view(
		reader->session, PARTS, "decisions",
		"select decision_id, decided, decided_by, decision, why, source, file, sha256, "
		"line, "
		"kind, \"column\", fixed_key, fixed_line, fixed_lines from " PARTS ".decided where "
		"decision = 'waive' or fixed_key in (select key from " PARTS ".files)",
		err);
}

/* One row for each record of which something was decided, as far as it holds now. */
static int show_outcomes(struct reader *reader, struct error *err)
{
	return engine_session_add_view(
		reader->session, PARTS, "outcomes",
		"select source, sha256, line, "
		"min(case decision when 'fix' then 'fixed' else 'waived' end) as outcome "
		"from " PARTS ".decisions where decision = 'waive' or fixed_key in "
		"(select key from " PARTS ".files where status <> 'replaced') group by all",
		err);
}

static int show_kept_rejects(struct reader *reader, struct error *err)
{
	return engine_session_add_view(
		reader->session, PARTS, "kept",
		"select r.source, r.run_id, r.attempt, r.file, r.sha256, r.key, r.line, "
		"r.\"offset\", r.kind, r.\"column\", r.reason, r.text, r.length, "
		"case when f.is_replaced then 'replaced' else coalesce(o.outcome, 'open') end as "
		"status from " PARTS ".rejects as r "
		"join (select attempt, sha256, bool_and(status = 'replaced') as is_replaced "
		"from " PARTS ".files where rejected > 0 group by all) as f "
		"on f.attempt = r.attempt and f.sha256 = r.sha256 "
		"left join " PARTS ".outcomes as o "
		"on o.source = r.source and o.sha256 = r.sha256 and o.line = r.line",
		err);
}

static int show_parts(struct reader *reader, struct error *err)
{
	if (reader->has_rejects)
		return 0;
	TRY(reader_show_ledger(reader, err));
	TRY(show_all_rejects(reader, err));
	TRY(show_all_decisions(reader, err));
	TRY(show_outcomes(reader, err));
	TRY(show_kept_rejects(reader, err));
	reader->has_rejects = true;
	return 0;
}

/* ---- the tables people see ---- */

static int show_rejects(struct reader *reader, struct error *err)
{
	return engine_session_add_view(reader->session, "vitrine", "rejects",
				       "select * from " PARTS ".kept", err);
}

static int show_decisions(struct reader *reader, struct error *err)
{
	return engine_session_add_view(reader->session, "vitrine", "decisions",
				       "select * from " PARTS ".decisions", err);
}

/* ---- what was refused as a whole, kept below the state folder ---- */

static int show_spool(struct reader *reader, const char *path, struct text *sql, struct error *err)
{
	char name[32];
	struct csv_load *load;
	TRY(mem_grow(&reader->loads, &reader->load_capacity, reader->load_count + 1,
		     sizeof *reader->loads, err));
	snprintf(name, sizeof name, "file_%zu", reader->load_count);
	TRY(rejects_open_kept(path, &load, err));
	reader->loads[reader->load_count++] = load;
	text_add(sql, sql->len ? " union all " : "");
	text_addf(sql, "select * exclude (_line, _offset) from " PARTS ".%s", name);
	return engine_session_add_csv(reader->session, PARTS, name, load, err);
}

static int show_run(struct reader *reader, const char *folder, struct text *sql, struct error *err)
{
	char **sources = NULL;
	TRY(file_list(folder, &sources, err));
	int result = 0;
	for (size_t i = 0; result >= 0 && sources[i]; i++) {
		struct file_info info;
		OWNED_MEMORY char *path = text_format(err, "%s/%s/rejects.csv", folder, sources[i]);
		result = path ? file_stat(path, &info, err) : -1;
		if (result == 1)
			result = show_spool(reader, path, sql, err);
	}
	file_free_names(sources);
	return result;
}

static int show_refused(struct reader *reader, struct error *err)
{
	OWNED_MEMORY char *folder = NULL;
	HELD(text) sql = {0};
	char **runs = NULL;
	TRY(context_folder(reader->context, "refused", &folder, err));
	TRY(file_list(folder, &runs, err));
	int result = 0;
	for (size_t i = 0; result >= 0 && runs[i]; i++) {
		OWNED_MEMORY char *run = file_join(folder, runs[i], err);
		result = run ? show_run(reader, run, &sql, err) : -1;
	}
	file_free_names(runs);
	TRY(result);
	TRY(text_check(&sql, err));
	return sql.len ? engine_session_add_view(reader->session, "vitrine", "refused", sql.data,
						 err)
		       : show_nothing(reader, "vitrine", "refused", err);
}

/* ---- all of them ---- */

int reader_show_rejects(struct reader *reader, const char *name, struct error *err)
{
	static const struct {
		const char *name;
		int (*show)(struct reader *reader, struct error *err);
	} shows[] = {{"files", reader_show_files},
		     {"rejects", show_rejects},
		     {"decisions", show_decisions},
		     {"refused", show_refused}};
	for (size_t i = 0; i < sizeof shows / sizeof *shows; i++) {
		if (strcmp(shows[i].name, name) != 0)
			continue;
		TRY(show_parts(reader, err));
		TRY(shows[i].show(reader, err));
		return 1;
	}
	return 0;
}
