/* SPDX-License-Identifier: Apache-2.0 */
/* A thread's share of a load: spans from the finder, records out of spans, rows out of records. */
#include <string.h>

#include "base/mem.h"
#include "csv/input.h"
#include "csv/load_core.h"

/* Takes a reference of `pass` over, also on failure. */
static int worker_new(struct csv_pass *pass, struct csv_worker **out, struct error *err)
{
	OWNED(csv_worker) *worker = mem_alloc(sizeof *worker);
	if (!worker) {
		csv_pass_release(pass);
		return err_memory(err);
	}
	struct csv_load *load = pass->load;
	worker->pass = pass;
	worker->load = load;
	worker->field_ends = mem_alloc_array(load->field_ends_max, sizeof *worker->field_ends);
	worker->texts = mem_alloc_array(load->settings.column_count, sizeof *worker->texts);
	if (!worker->field_ends || !worker->texts)
		return err_memory(err);
	*out = TAKE(worker);
	return 0;
}

int csv_worker_new(struct csv_load *load, struct csv_worker **out, struct error *err)
{
	pthread_mutex_lock(&load->lock);
	struct csv_pass *pass = csv_pass_share(load->pass);
	pthread_mutex_unlock(&load->lock);
	if (!pass)
		return err_set(err, ERR_INTERNAL, "a worker of a load that was not begun");
	return worker_new(pass, out, err);
}

int csv_worker_new_beside(const struct csv_worker *worker, struct csv_worker **out,
			  struct error *err)
{
	return worker_new(csv_pass_share(worker->pass), out, err);
}

void csv_worker_free(struct csv_worker *worker)
{
	if (!worker)
		return;
	csv_pass_release(worker->pass);
	csv_span_done(&worker->span);
	text_done(&worker->message);
	text_done(&worker->text);
	free(worker->field_ends);
	free(worker->texts);
	free(worker->scratch);
	free(worker);
}

/* Add what was counted since the last time to the pass's counts. Fails: as the pass did before, so
 * that all its workers stop soon after one. */
static int add_tally(struct csv_worker *worker, struct error *err)
{
	struct csv_pass *pass = worker->pass;
	struct csv_tally *from = &worker->tally, *to = &pass->tally;
	pthread_mutex_lock(&pass->lock);
	to->loaded += from->loaded;
	to->rejected += from->rejected;
	for (int i = 0; i < CSV_PROBLEM_COUNT; i++)
		to->problems[i] += from->problems[i];
	to->values_discarded += from->values_discarded;
	to->blank_lines += from->blank_lines;
	to->loaded_bytes += from->loaded_bytes;
	to->rejected_bytes += from->rejected_bytes;
	to->blank_bytes += from->blank_bytes;
	bool has_failed = pass->has_failed;
	if (has_failed)
		*err = pass->failure;
	pthread_mutex_unlock(&pass->lock);
	*from = (struct csv_tally){0};
	return has_failed ? -1 : 0;
}

/* Fetch a span with records in it; damage is told of at once. Returns 1, or 0 at the end. */
static int next_span(struct csv_worker *worker, const atomic_bool *stop, struct error *err)
{
	struct csv_load *load = worker->load;
	struct csv_span *span = &worker->span;
	for (;;) {
		if (stop && atomic_load(stop))
			return err_set(err, ERR_CANCELED, "interrupted");
		int got = csv_records_next(worker->pass->records, span, stop, err);
		if (got < 0)
			return csv_input_about(load->settings.path, err);
		if (got == 0)
			return 0;
		if (span->kind == CSV_SPAN_RECORDS || span->kind == CSV_SPAN_AMBIGUOUS)
			break;
		TRY(csv_reject_span(worker, err));
		TRY(add_tally(worker, err));
	}
	struct csv_scan_marks marks = {load->settings.dialect.delimiter,
				       load->settings.dialect.quote};
	csv_split_init(&worker->split, csv_scan_chosen(), marks, span->bytes, span->len, span->line,
		       worker->field_ends, load->field_ends_max);
	worker->has_span = true;
	return 1;
}

/* Make a row of a record or reject it. Returns how many rows that gave. */
static int take_record(struct csv_worker *worker, const struct csv_record *record, size_t row,
		       struct csv_vector *vectors, struct error *err)
{
	struct csv_trouble trouble = {.problem = CSV_AMBIGUOUS};
	int64_t bytes = (int64_t)(record->next - record->begin);
	if (record->is_blank) {
		worker->tally.blank_lines++;
		worker->tally.blank_bytes += bytes;
		return 0;
	}
	int typed = 0;
	if (worker->span.kind == CSV_SPAN_RECORDS)
		typed = csv_row_type(worker, record, row, vectors, &trouble, err);
	if (typed == 0)
		return csv_reject_record(worker, record, &trouble, err);
	worker->tally.loaded += typed > 0;
	worker->tally.loaded_bytes += bytes;
	return typed;
}

static int64_t fill_rows(struct csv_worker *worker, size_t rows_max, struct csv_vector *vectors,
			 int64_t *lines, int64_t *offsets, const atomic_bool *stop,
			 struct error *err)
{
	size_t rows = 0;
	struct csv_record record;
	int64_t skipped = csv_records_skipped(worker->pass->records);
	while (rows < rows_max) {
		if (!worker->has_span) {
			int got = next_span(worker, stop, err);
			if (got <= 0)
				return got < 0 ? got : (int64_t)rows;
		}
		if (!csv_split_next(&worker->split, &record)) {
			worker->has_span = false;
			continue;
		}
		if (stop && atomic_load(stop))
			return err_set(err, ERR_CANCELED, "interrupted");
		int taken = take_record(worker, &record, rows, vectors, err);
		if (taken < 0)
			return taken;
		if (taken && lines)
			lines[rows] = record.line;
		if (taken && offsets)
			offsets[rows] = skipped + worker->span.offset + (int64_t)record.begin;
		rows += (size_t)taken;
	}
	return (int64_t)rows;
}

int64_t csv_worker_next(struct csv_worker *worker, size_t rows_max, struct csv_vector *vectors,
			int64_t *lines, int64_t *offsets, const atomic_bool *stop,
			struct error *err)
{
	int64_t rows = fill_rows(worker, rows_max, vectors, lines, offsets, stop, err);
	if (rows < 0)
		return csv_pass_fail(worker->pass, err);
	TRY(add_tally(worker, err));
	return rows;
}
