/* SPDX-License-Identifier: Apache-2.0 */
#include "query/run.h"

#include "base/clock.h"
#include "base/error.h"
#include "pipeline/reader.h"

/* Rows to the sink, up to the bound; then perhaps only counted. */
static int write_rows(const struct reader_query *query, struct engine_result *result,
		      const struct query_settings *settings, const struct output_sink *sink,
		      struct query_outcome *outcome, struct error *err)
{
	OWNED(output) *output = NULL;
	bool is_drawing = query->is_plan && settings->format == OUTPUT_TABLE;
	TRY(output_new(is_drawing ? OUTPUT_PLAN : settings->format, result, sink, &output, err));
	output_fit(output, settings->width);
	int more;
	while ((more = engine_result_next(result, err)) > 0) {
		if (settings->rows_max && outcome->rows == settings->rows_max) {
			outcome->rows_more++;
			if (settings->count_rest)
				continue;
			outcome->rows_more = -1;
			break;
		}
		TRY(output_row(output, result, err));
		outcome->rows++;
	}
	TRY(more);
	return output_end(output, outcome->rows_more, err);
}

static int run_rewritten(struct reader_query *query, const struct query_settings *settings,
			 const struct output_sink *sink, struct query_outcome *outcome,
			 struct error *err)
{
	OWNED(engine_result) *result = NULL;
	if (engine_session_query(query->session, query->sql, &result, err) < 0)
		return reader_query_error(query, err);
	if (write_rows(query, result, settings, sink, outcome, err) < 0)
		return reader_query_error(query, err);
	return 0;
}

static int explain_stop(int verdict, const struct query_settings *settings, struct error *err)
{
	if (verdict == ERR_CANCELED)
		return err_set(err, ERR_CANCELED, "canceled");
	char limit[CLOCK_TEXT_SIZE];
	clock_format_duration(settings->timeout_ms * 1000, limit);
	err_set(err, ERR_TIMEOUT, "the statement took longer than %s and was stopped", limit);
	return err_hint(err, "Ask for fewer rows or columns, or allow more time with --timeout.");
}

int query_run(struct reader *reader, const char *sql, const struct query_settings *settings,
	      const struct output_sink *sink, struct query_outcome *out, struct error *err)
{
	struct query_outcome outcome = {0};
	int64_t began_us = clock_monotonic_us();
	HELD(reader_query) query = {0};
	TRY(reader_prepare(reader, sql, &query, err));
	if (query.statement->parameter_count) {
		err_set(err, ERR_UNSUPPORTED,
			"the statement has parameters ($1, ?), and nothing gives "
			"them values");
		return err_hint(err, "Write the values into the statement.");
	}
	OWNED(watchdog) *watchdog = NULL;
	TRY(watchdog_start(query.session, settings->timeout_ms, &watchdog, err));
	int result = run_rewritten(&query, settings, sink, &outcome, err);
	int verdict = watchdog_verdict(watchdog);
	if (result < 0 && err->kind == ERR_CANCELED && verdict)
		return explain_stop(verdict, settings, err);
	outcome.duration_us = clock_monotonic_us() - began_us;
	if (out)
		*out = outcome;
	return result;
}
