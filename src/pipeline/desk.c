/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/desk.h"

#include <inttypes.h>

#include "base/error.h"
#include "base/process.h"
#include "base/text.h"
#include "catalog/runs.h"
#include "engine/engine.h"
#include "pipeline/context.h"
#include "pipeline/decisions.h"
#include "pipeline/land_pending.h"
#include "pipeline/project.h"
#include "pipeline/reader.h"

static void add_equal(struct text *sql, const char *column, const char *value)
{
	if (!value)
		return;
	text_addf(sql, " and %s = ", column);
	text_add_literal(sql, value);
}

/* Of each source the refused load that came last. */
static void add_last_refused(struct text *sql)
{
	text_add(sql, " and (source, run_id) in (select f.source, max_by(f.run_id, n.started) from "
		      "vitrine.refused as f join vitrine.runs as n on n.run_id = f.run_id "
		      "group by f.source)");
}

int desk_add_from(struct context *context, const struct desk_filter *filter, struct text *sql,
		  struct error *err)
{
	char run[PROCESS_ID_SIZE];
	if (filter->source)
		TRY(project_want_source(context_project(context), filter->source, err));
	if (filter->run)
		TRY(catalog_runs_find(context_catalog(context), filter->run, run, err));
	text_addf(sql, " from vitrine.%s where true", filter->refused ? "refused" : "rejects");
	add_equal(sql, "source", filter->source);
	add_equal(sql, "kind", filter->kind);
	add_equal(sql, "file", filter->file);
	add_equal(sql, "\"column\"", filter->column);
	add_equal(sql, "run_id", filter->run ? run : NULL);
	if (filter->line > 0)
		text_addf(sql, " and line = %" PRId64, filter->line);
	if (filter->refused && !filter->run)
		add_last_refused(sql);
	if (!filter->refused && !filter->with_decided)
		text_add(sql, " and status = 'open'");
	return text_check(sql, err);
}

int64_t desk_count(struct context *context, struct reader *reader, const struct desk_filter *filter,
		   struct error *err)
{
	HELD(text) sql = {0};
	HELD(reader_query) query = {0};
	OWNED(engine_result) *result = NULL;
	text_add(&sql, "select count(*)");
	TRY(desk_add_from(context, filter, &sql, err));
	TRY(reader_prepare(reader, sql.data, &query, err));
	TRY(engine_session_query(query.session, query.sql, &result, err));
	TRY(engine_result_next(result, err));
	return engine_result_int(result, 0);
}

static int64_t waive_refused(struct context *context, const struct desk_filter *filter,
			     const char *why, struct error *err)
{
	const struct project *project = context_project(context);
	TRY(project_want_source(project, filter->source, err));
	const struct source *source = project_source(project, filter->source);
	if (filter->file && source->load == LOAD_REPLACE) {
		err_set(err, ERR_USAGE, "the files of %s replace the table together", source->name);
		return err_hint(err,
				"Give up the whole load (without --file), or send \"%s\" again.",
				filter->file);
	}
	return land_pending_waive(context, filter->source, filter->file, why, err);
}

int64_t desk_waive(struct context *context, const struct desk_filter *filter, const char *why,
		   struct error *err)
{
	OWNED(reader) *reader = NULL;
	HELD(text) sql = {0};
	HELD(reader_query) query = {0};
	if (filter->refused)
		return waive_refused(context, filter, why, err);
	TRY(reader_open(context, NULL, &reader, err));
	int64_t count = desk_count(context, reader, filter, err);
	if (count <= 0)
		return count;
	text_add(&sql,
		 "select source, file, sha256, line, kind, \"column\", " DECISIONS_MEND_NOTHING);
	TRY(desk_add_from(context, filter, &sql, err));
	TRY(reader_prepare(reader, sql.data, &query, err));
	return decisions_add(context, query.session, "waive", why, query.sql, err);
}
