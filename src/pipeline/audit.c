/* SPDX-License-Identifier: Apache-2.0 */
/* audit: the checks between building and publishing. All counts of a table's checks come from one
 * statement; only a check that found something is asked for its rows, of which the first
 * CHECK_ROWS_KEPT_MAX are kept below the state folder's samples/<run>/<table>/. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "catalog/checks.h"
#include "delta/schema.h"
#include "engine/engine.h"
#include "pipeline/check_sql.h"
#include "pipeline/context.h"
#include "pipeline/run_state.h"

/* One check of the candidate: its SQL and what it found. */
struct audited {
	const struct check *check;
	char *sql;       /* NULL = nothing to compare with yet */
	int64_t failing; /* -1 = it could not be run */
	char *found;     /* of a check of the table as a whole: its one row; NULL = none */
	struct error err;
};

struct audit {
	struct run_state *state;
	const struct candidate *candidate;
	struct audited *items;
	size_t count;
};

static void audit_done(struct audit *audit)
{
	for (size_t i = 0; audit->items && i < audit->count; i++) {
		free(audit->items[i].sql);
		free(audit->items[i].found);
	}
	free(audit->items);
}
OWN_DEFINE_EMBEDDED(audit, audit_done)

/* The statement without its final semicolons, so that it can stand in parentheses. */
static void trim_statement(char *sql)
{
	size_t len = strlen(sql);
	while (len > 0 && strchr("; \t\r\n", sql[len - 1]))
		sql[--len] = '\0';
}

/* The newest value of the version before, for a check that compares with it; NULL when there is
 * none, or its files are gone. Owner: caller. */
static int find_newest(const struct audit *audit, const struct check *check, char **out,
		       struct error *err)
{
	static const char schema[] =
		"vitrine_before"; /* no database of a project has such a name */
	const struct candidate *candidate = audit->candidate;
	const char *name = strchr(candidate->name, '.') + 1;
	HELD(text) sql = {0};
	OWNED(engine_result) *result = NULL;
	if (!check->no_older || !candidate->before ||
	    !delta_schema_find(delta_snapshot_schema(candidate->before), check->columns.items[0]))
		return 0;
	if (engine_session_add_table(candidate->session, schema, name,
				     context_store(audit->state->context), candidate->before,
				     err) < 0)
		return err->kind == ERR_NOT_FOUND ? 0 : -1;
	OWNED_MEMORY char *table = text_format(err, "%s.%s", schema, name);
	if (!table)
		return -1;
	TRY(check_sql_newest(check, table, &sql, err));
	TRY(engine_session_query(candidate->session, sql.data, &result, err));
	int more = engine_result_next(result, err);
	TRY(more);
	const char *newest = more ? engine_result_text(result, 0, NULL) : NULL;
	if (newest && !(*out = mem_copy_text(newest)))
		return err_memory(err);
	return 0;
}

static int add_check(struct audit *audit, const struct check *check, struct error *err)
{
	const struct candidate *candidate = audit->candidate;
	char hash[CHECK_HASH_SIZE];
	if (candidate->seen) {
		TRY(check_hash(check, candidate->name, hash, err));
		if (map_find(candidate->seen, hash) >= 0)
			return 0;
	}
	HELD(text) sql = {0};
	OWNED_MEMORY char *newest = NULL;
	TRY(find_newest(audit, check, &newest, err));
	struct check_past past = {candidate->before ? delta_snapshot_rows(candidate->before) : -1,
				  audit->state->now, newest};
	int nothing = check_sql(check, candidate->name, &past, &sql, err);
	TRY(nothing);
	struct audited *item = &audit->items[audit->count++];
	item->check = check;
	if (nothing)
		return 0;
	if (!(item->sql = text_take(&sql, err)))
		return -1;
	trim_statement(item->sql);
	return 0;
}

static int collect(struct audit *audit, struct error *err)
{
	const struct project *project = context_project(audit->state->context);
	const struct checks *checks = audit->candidate->checks;
	audit->items = mem_alloc_array(checks->count + project->check_count, sizeof *audit->items);
	if (!audit->items)
		return err_memory(err);
	for (size_t i = 0; i < checks->count; i++)
		TRY(add_check(audit, &checks->items[i], err));
	for (size_t i = 0; i < project->check_count; i++)
		if (strcmp(project->checks[i].table, audit->candidate->name) == 0)
			TRY(add_check(audit, &project->checks[i], err));
	return 0;
}

/* Count the rows of the checks first..last-1 in one statement. */
static int count_range(struct audit *audit, size_t first, size_t last, struct error *err)
{
	HELD(text) sql = {0};
	for (size_t i = first; i < last; i++)
		if (audit->items[i].sql)
			text_addf(&sql, "%sselect %zu as i, count(*) as n from (\n%s\n)",
				  sql.len ? "\nunion all " : "", i, audit->items[i].sql);
	TRY(text_check(&sql, err));
	if (sql.len == 0)
		return 0;
	OWNED(engine_result) *result = NULL;
	TRY(engine_session_query(audit->candidate->session, sql.data, &result, err));
	int more;
	while ((more = engine_result_next(result, err)) == 1)
		audit->items[engine_result_int(result, 0)].failing = engine_result_int(result, 1);
	return more;
}

/* All at once; when that fails, one by one, to name the check that cannot be run. */
static int count_all(struct audit *audit, struct error *err)
{
	if (count_range(audit, 0, audit->count, err) == 0)
		return 0;
	if (err->kind == ERR_CANCELED || err->kind == ERR_MEMORY || err->kind == ERR_LIMIT)
		return -1;
	for (size_t i = 0; i < audit->count; i++) {
		struct audited *item = &audit->items[i];
		if (count_range(audit, i, i + 1, &item->err) < 0) {
			if (item->err.kind == ERR_CANCELED)
				return err_set(err, ERR_CANCELED, "interrupted");
			item->failing = -1;
		}
	}
	return 0;
}

static bool is_of_whole_table(const struct check *check)
{
	return check->kind == CHECK_ROW_COUNT || check->kind == CHECK_FRESHNESS ||
	       check->kind == CHECK_SUMS_AGREE;
}

/* "rows_found 2, rows_min 3": a count of rows would say nothing of such a check. */
static int find_out(struct audit *audit, struct audited *item, struct error *err)
{
	HELD(text) t = {0};
	OWNED(engine_result) *result = NULL;
	if (item->failing <= 0 || !is_of_whole_table(item->check))
		return 0;
	TRY(engine_session_query(audit->candidate->session, item->sql, &result, err));
	int more = engine_result_next(result, err);
	TRY(more);
	for (size_t i = 0; more && i < engine_result_column_count(result); i++) {
		const char *value = engine_result_text(result, i, NULL);
		text_addf(&t, "%s%s %s", i ? ", " : "", engine_result_column_name(result, i),
			  value ? value : "none");
	}
	text_add(&t, "");
	item->found = text_take(&t, err);
	return item->found ? 0 : -1;
}

static int64_t allowed(const struct check *check, int64_t rows)
{
	if (check->kind == CHECK_SUMS_AGREE)
		return 0; /* its SQL has allowed the difference already */
	double amount = check->tolerance.is_percent ? check->tolerance.value / 100 * (double)rows
						    : check->tolerance.value;
	return (int64_t)floor(amount);
}

/* Keep the first failing rows as Parquet; the path, or NULL when they could not be kept. */
static char *keep_sample(struct audit *audit, const struct audited *item, int place)
{
	struct error err;
	struct run_state *state = audit->state;
	OWNED_MEMORY char *below = text_format(&err, "samples/%s/%s/%d", state->report->id,
					       audit->candidate->name, place);
	OWNED_MEMORY char *folder = NULL;
	HELD(text) sql = {0};
	text_addf(&sql, "select * from (\n%s\n) limit %d", item->sql, CHECK_ROWS_KEPT_MAX);
	if (!below || text_check(&sql, &err) < 0 ||
	    context_folder(state->context, below, &folder, &err) < 0)
		return NULL;
	struct engine_build what = {.sql = sql.data, .out_folder = folder};
	HELD(engine_output) output = {0};
	if (engine_session_build(audit->candidate->session, &what, &output, &err) < 0) {
		log_detail("%s: failing rows of %s not kept: %s", audit->candidate->name,
			   item->check->name, err.message);
		return NULL;
	}
	return TAKE(folder);
}

static void describe(const struct audited *item, int64_t rows, struct text *out)
{
	if (item->found)
		text_add(out, item->found);
	else if (item->failing < 0)
		text_add(out, item->err.message);
	else if (!item->sql)
		text_add(out, "there is no version before to compare with");
	else if (item->failing == 0)
		text_add(out, "");
	else if (item->check->kind == CHECK_SQL) /* its rows need not be the table's */
		text_addf(out, "%" PRId64 " %s", item->failing,
			  item->failing == 1 ? "row" : "rows");
	else
		text_addf(out, "%" PRId64 " of %" PRId64 " rows", item->failing, rows);
}

static int record(struct audit *audit, size_t place, bool *out_passed, struct error *err)
{
	struct audited *item = &audit->items[place];
	const struct candidate *candidate = audit->candidate;
	TRY(find_out(audit, item, err));
	bool passed = item->failing >= 0 && item->failing <= allowed(item->check, candidate->rows);
	OWNED_MEMORY char *sample = item->failing > 0 ? keep_sample(audit, item, (int)place) : NULL;
	HELD(text) message = {0};
	describe(item, candidate->rows, &message);
	TRY(text_check(&message, err));
	struct catalog_check result = {
		.run_id = audit->state->report->id,
		.table = candidate->name,
		.name = item->check->name,
		.severity = item->check->severity == CHECK_WARN ? CATALOG_WARNING : CATALOG_ERROR,
		.outcome = item->failing < 0 || !item->sql ? CATALOG_NOT_RUN
			   : passed                        ? CATALOG_PASSED
							   : CATALOG_DID_NOT_PASS,
		.failing = item->failing,
		.total = candidate->rows,
		.message = message.len ? message.data : NULL,
		.sample_path = sample,
		.query = item->sql,
		.checked_us = clock_now_us(),
	};
	*out_passed = passed;
	return catalog_checks_put(context_catalog(audit->state->context), &result, err);
}

/* Of a published table: the next run need not ask this check again. */
static int note(struct run_state *state, const struct candidate *candidate,
		const struct check *check, struct error *err)
{
	char hash[CHECK_HASH_SIZE];
	if (!candidate->is_published)
		return 0;
	TRY(check_hash(check, candidate->name, hash, err));
	return catalog_checks_note(context_catalog(state->context),
				   context_project(state->context)->target, candidate->name,
				   candidate->version, hash, err);
}

static const char *what_to_do(const struct audit *audit)
{
	if (audit->state->is_check)
		return "";
	if (audit->candidate->is_published)
		return " The table is published already and readers keep it: mend the data or the "
		       "check, and run again.";
	return " Mend the data or the check, and run again; readers keep the version before.";
}

static int fail(const struct audit *audit, const struct audited *item, struct error *err)
{
	const struct candidate *candidate = audit->candidate;
	const char *name = item->check->name;
	if (item->failing < 0) {
		err_set(err, item->err.kind, "check \"%s\" of %s cannot be run: %s", name,
			candidate->name, item->err.message);
		return err_at(err, item->check->file, item->check->line, 0);
	}
	HELD(text) what = {0};
	describe(item, candidate->rows, &what);
	err_set(err, ERR_CHECK, "check \"%s\" of %s does not hold: %s", name, candidate->name,
		what.data ? what.data : "");
	err_hint(err, "`vitrine check %s --rows '%s'` shows the rows.%s", candidate->name, name,
		 what_to_do(audit));
	return err_at(err, item->check->file, item->check->line, 0);
}

int audit_candidate(struct run_state *state, const struct candidate *candidate, struct step *step,
		    struct error *err)
{
	HELD(audit) audit = {.state = state, .candidate = candidate};
	TRY(collect(&audit, err));
	TRY(count_all(&audit, err));
	const struct audited *first = NULL;
	for (size_t i = 0; i < audit.count; i++) {
		bool passed;
		TRY(record(&audit, i, &passed, err));
		const struct audited *item = &audit.items[i];
		if (passed) {
			step->checks_passed++;
		} else if (item->check->severity == CHECK_WARN && item->failing >= 0) {
			step->checks_warned++;
		} else {
			step->checks_failed++;
			first = first ? first : item;
			continue;
		}
		TRY(note(state, candidate, item->check, err));
	}
	return first ? fail(&audit, first, err) : 0;
}

void audit_keep(struct run_state *state, const char *name, struct engine_output *const *outputs,
		size_t count)
{
	struct error err;
	OWNED_MEMORY char *below = text_format(&err, "candidates/%s/%s", state->report->id, name);
	OWNED_MEMORY char *folder = NULL;
	if (!below || context_folder(state->context, below, &folder, &err) < 0) {
		log_warning("the failed build of %s was not kept: %s", name, err.message);
		return;
	}
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < outputs[i]->count; j++) {
			const struct engine_file *file = &outputs[i]->files[j];
			OWNED_MEMORY char *to = file_join(folder, file_name(file->path), &err);
			if (!to || file_move(file->path, to, &err) < 0)
				log_warning("a file of the failed build of %s was not kept: %s",
					    name, err.message);
		}
}
