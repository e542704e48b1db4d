/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/tables.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/own.h"
#include "catalog/db.h"

#define FAILURE_COLUMNS                                                                            \
	{"error_kind", "VARCHAR", "kind of the error, when it failed"},                            \
		{"error_message", "VARCHAR", "what went wrong"},                                   \
		{"error_hint", "VARCHAR", "what to do about it"},                                  \
		{"error_file", "VARCHAR", "the file at fault"},                                    \
		{"error_line", "BIGINT", "its line"},                                              \
	{                                                                                          \
		"error_column", "BIGINT", "its column"                                             \
	}

static const struct catalog_table_column run_columns[] = {
	{"run", "BIGINT", "number of the run: 1, 2, ..."},
	{"run_id", "VARCHAR", "its UUID"},
	{"command", "VARCHAR", "the command line"},
	{"target", "VARCHAR", "target of vitrine.yaml"},
	{"code", "VARCHAR", "version of the program and of the project's files"},
	{"process", "VARCHAR", "machine and process"},
	{"business_date", "VARCHAR", "the day the run was for"},
	{"status", "VARCHAR", "running, ok, failed, canceled or died"},
	{"started", "TIMESTAMP", "when it started"},
	{"ended", "TIMESTAMP", "when it ended"},
	{"published_set", "BIGINT", "number of the set it published"},
	FAILURE_COLUMNS,
	{NULL},
};

static const struct catalog_table_column step_columns[] = {
	{"run", "BIGINT", "number of the run"},
	{"kind", "VARCHAR", "land, model, check, publish or recommend"},
	{"name", "VARCHAR", "the table or source it was for"},
	{"status", "VARCHAR", "running, ok, skipped, failed, blocked, canceled or died"},
	{"reason", "VARCHAR", "why it was run, skipped or blocked"},
	{"attempts", "BIGINT", "how often it was tried"},
	{"started", "TIMESTAMP", "when it started"},
	{"ended", "TIMESTAMP", "when it ended"},
	{"rows_in", "BIGINT", "rows read"},
	{"rows_out", "BIGINT", "rows written"},
	{"bytes", "BIGINT", "bytes written"},
	{"table_name", "VARCHAR", "the table it wrote"},
	{"table_version", "BIGINT", "the version it wrote"},
	{"fingerprint", "VARCHAR", "hash of all it depended on"},
	{"inputs", "VARCHAR", "versions of the tables it read, as JSON"},
	FAILURE_COLUMNS,
	{NULL},
};

static const struct catalog_table_column check_columns[] = {
	{"run", "BIGINT", "number of the run"},
	{"table_name", "VARCHAR", "the table checked"},
	{"check_name", "VARCHAR", "the check"},
	{"severity", "VARCHAR", "warning, or error: then nothing is published"},
	{"outcome", "VARCHAR", "passed, failed or not_run"},
	{"failing", "BIGINT", "offending rows"},
	{"total", "BIGINT", "rows looked at"},
	{"message", "VARCHAR", "what was found"},
	{"sample_path", "VARCHAR", "where offending rows are kept"},
	{"query", "VARCHAR", "the query that gives all offending rows"},
	{"checked", "TIMESTAMP", "when"},
	{NULL},
};

static const struct catalog_table_column log_columns[] = {
	{"run", "BIGINT", "number of the run"},
	{"kind", "VARCHAR", "kind of the step; NULL for the run as a whole"},
	{"step", "VARCHAR", "name of the step; NULL for the run as a whole"},
	{"line", "BIGINT", "1, 2, ... within the step"},
	{"time", "TIMESTAMP", "when"},
	{"level", "VARCHAR", "error, warning or info"},
	{"text", "VARCHAR", "what was said"},
	{NULL},
};

static const struct catalog_table_column freshness_columns[] = {
	{"target", "VARCHAR", "target of vitrine.yaml"},
	{"table_name", "VARCHAR", "the table"},
	{"run", "BIGINT", "the run that last wrote it"},
	{"version", "BIGINT", "the version it then had"},
	{"row_count", "BIGINT", "its rows"},
	{"bytes", "BIGINT", "its size"},
	{"newest", "TIMESTAMP", "newest value of its freshness column"},
	{"measured", "TIMESTAMP", "when this was measured"},
	{NULL},
};

#define OF_RUN " join runs on runs.id = run_id "

const struct catalog_table catalog_tables[] = {
	{"runs", "Runs of this project on this machine.", run_columns,
	 "select number, id, command, target, code, process, business_date, status, started_us, "
	 "ended_us, set_number, error_kind, error_message, error_hint, error_file, error_line, "
	 "error_column from runs order by number desc"},
	{"steps", "Steps of the runs: one table's or source's part each.", step_columns,
	 "select runs.number, kind, name, s.status, reason, attempts, s.started_us, s.ended_us, "
	 "rows_in, rows_out, bytes, table_name, table_version, fingerprint, inputs, s.error_kind, "
	 "s.error_message, s.error_hint, s.error_file, s.error_line, s.error_column "
	 "from steps s" OF_RUN "order by runs.number desc, s.started_us, name, kind"},
	{"check_results", "Results of the checks, passes too.", check_columns,
	 "select number, table_name, check_name, severity, outcome, failing, total, message, "
	 "sample_path, query, checked_us from check_results" OF_RUN
	 "order by number desc, table_name, check_name"},
	{"logs", "What the steps said.", log_columns,
	 "select runs.number, nullif(kind, ''), nullif(step, ''), l.number, time_us, "
	 "case level when 0 then 'error' when 1 then 'warning' else 'info' end, text "
	 "from logs l" OF_RUN "order by runs.number desc, time_us, step, kind, l.number"},
	{"freshness", "What each table was when it was last written.", freshness_columns,
	 "select m.target, table_name, number, version, row_count, bytes, newest_us, measured_us "
	 "from measures m" OF_RUN "where measured_us = (select max(measured_us) from measures o "
	 "where o.target = m.target and o.table_name = m.table_name) "
	 "order by m.target, table_name"},
	{NULL},
};

static const struct catalog_table *find_table(const char *name)
{
	for (const struct catalog_table *table = catalog_tables; table->name; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

enum { COLUMNS = 24 }; /* more than any table has */

struct row {
	const char *values[COLUMNS];
	char times[COLUMNS][CLOCK_TEXT_SIZE];
};

/* `newest` alone is civil time already: it is a value of the shop's own. */
static const char *read_time(const struct db_statement *s, int column, const char *name,
			     const char *zone, char out[CLOCK_TEXT_SIZE])
{
	int64_t us = db_int(s, column, INT64_MIN), civil = us;
	if (us == INT64_MIN)
		return NULL;
	if (strcmp(name, "newest") != 0)
		clock_to_civil(zone, us, &civil);
	return clock_format_civil(civil, out);
}

static int read_row(const struct db_statement *s, const struct catalog_table *table,
		    const char *zone, struct row *row, size_t *out_count, struct error *err)
{
	size_t count = 0;
	for (const struct catalog_table_column *c = table->columns; c->name; c++, count++)
		row->values[count] =
			strcmp(c->type, "TIMESTAMP") == 0
				? read_time(s, (int)count, c->name, zone, row->times[count])
				: db_text(s, (int)count);
	*out_count = count;
	return db_row_check(s, err);
}

int catalog_query_rows(struct catalog *catalog, const char *name, const char *zone,
		       catalog_each_row *each, void *context, struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	HELD(db_statement) s = {0};
	struct row row;
	size_t count;
	int result = 1;
	const struct catalog_table *table = find_table(name);
	if (!table)
		return err_set(err, ERR_UNDEFINED, "no table \"%s\" in the catalog", name);
	TRY(db_prepare(catalog, &s, err, table->sql, ""));
	for (int64_t n = 0; n < CATALOG_ROWS_MAX && (result = db_step(&s, err)) > 0; n++) {
		TRY(read_row(&s, table, zone, &row, &count, err));
		TRY(result = each(context, row.values, count, err));
		if (result > 0)
			return 0;
	}
	return result < 0 ? result : 0;
}
