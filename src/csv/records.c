/* SPDX-License-Identifier: Apache-2.0 */
#include "csv/records.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "csv/input.h"
#include "csv/records_core.h"

enum { SPAN_BYTES = 1 << 20, SPAN_BYTES_MIN = CSV_SCAN_BLOCK };

void csv_span_done(struct csv_span *span)
{
	free(span->buffer);
	*span = (struct csv_span){0};
}

/* ---- reading on from the start of a record ---- */

/* One reading of the text from the window's beginning on. */
struct reading {
	struct csv_scan scan;
	size_t stop_at; /* stop at the first record that starts here or later */
	size_t record_len_max;
	size_t last; /* where the newest record starts */
	bool is_last_blank;
	int64_t last_line; /* line starts up to there */
	int64_t starts, blanks, lines;
	bool is_stopped, is_broken, is_unclosed;
	size_t broken;
};

/* The reading breaks because a record passes the maximum: either a quote that never closes, or a
 * long line. */
static bool break_by_length(struct reading *reading)
{
	reading->is_broken = reading->is_unclosed = true;
	reading->broken = reading->last + reading->record_len_max;
	return true;
}

/* Note the records that start in a block. */
static void note_starts(struct reading *reading, const struct csv_scan_bits *bits, uint64_t starts)
{
	int high = 63 - __builtin_clzll(starts);
	uint64_t up_to = ~(uint64_t)0 >> (63 - high);
	reading->last = bits->at + (size_t)high;
	reading->is_last_blank = bits->blank >> high & 1;
	reading->last_line = reading->lines + csv_scan_count(bits->lines & up_to);
	reading->starts += csv_scan_count(starts);
	reading->blanks += csv_scan_count(starts & bits->blank);
}

/* Take note of a block; true when the reading ends in it. */
static bool take_block(struct reading *reading, const struct csv_scan_bits *bits)
{
	size_t broken = csv_scan_broken(bits), max = reading->record_len_max;
	uint64_t bad = bits->bad_open | bits->bad_close, starts = bits->starts;
	if (bad)
		starts &= (bad & -bad) - 1;
	if (reading->stop_at < bits->at + CSV_SCAN_BLOCK) {
		size_t from = reading->stop_at > bits->at ? reading->stop_at - bits->at : 0;
		uint64_t hit = starts & (~(uint64_t)0 << from);
		hit &= -hit;
		reading->is_stopped = hit != 0;
		starts &= hit ? hit | (hit - 1) : ~(uint64_t)0;
	}
	if (starts) {
		size_t first = bits->at + (size_t)__builtin_ctzll(starts);
		if (first - reading->last > max)
			return break_by_length(reading);
		note_starts(reading, bits, starts);
	} else if (bad ? broken - reading->last >= max
		       : bits->at + bits->len - reading->last > max) {
		return break_by_length(reading);
	}
	reading->lines += csv_scan_count(bits->lines);
	if (bad && !reading->is_stopped) {
		reading->is_broken = true;
		reading->broken = broken;
	}
	return reading->is_stopped || reading->is_broken;
}

/* Read until the reading ends or the bytes that are there do. */
static void read_on(struct reading *reading)
{
	struct csv_scan_bits bits;
	while (csv_scan_next(&reading->scan, &bits))
		if (take_block(reading, &bits))
			return;
	if (reading->scan.is_whole && csv_scan_is_inside(&reading->scan)) {
		reading->is_broken = reading->is_unclosed = true;
		reading->broken = reading->scan.len;
	}
}

/* ---- spans ---- */

/* Hand out the bytes before `len`, which begins a record or is the end of the text. */
static int hand_out(struct csv_records *records, const struct reading *reading, size_t len,
		    struct csv_span *out, struct error *err)
{
	struct csv_window *window = &records->window;
	bool is_cut = len == reading->last; /* else at the end of the text */
	int64_t starts = reading->starts - is_cut;
	int64_t blanks = reading->blanks - (is_cut && reading->is_last_blank);
	int64_t lines = is_cut ? reading->last_line - 1 : reading->lines;
	out->kind = window->offset < records->suspect_until ? CSV_SPAN_AMBIGUOUS : CSV_SPAN_RECORDS;
	out->offset = window->offset;
	out->line = window->line;
	out->len = len;
	out->text_len = (int64_t)len;
	TRY(csv_window_take(window, len, &out->buffer, &out->capacity, &out->bytes, err));
	window->line += lines;
	records->counts.records += starts - blanks;
	records->counts.blank_lines += blanks;
	records->counts.bytes += (int64_t)len;
	return 1;
}

static void begin_reading(const struct csv_records *records, size_t stop_at, struct reading *out)
{
	const struct csv_window *window = &records->window;
	csv_scan_init(&out->scan, records->kernel, records->marks, csv_window_bytes(window),
		      csv_window_len(window), window->is_end);
	out->record_len_max = records->record_len_max;
	out->stop_at = stop_at;
	out->last = out->broken = 0;
	out->starts = out->blanks = out->lines = out->last_line = 0;
	out->is_stopped = out->is_broken = out->is_unclosed = out->is_last_blank = false;
}

/* The next span up to the first record that starts at `stop_at` or later. */
static int next_span(struct csv_records *records, size_t stop_at, struct csv_span *out,
		     struct error *err)
{
	struct csv_window *window = &records->window;
	struct reading reading;
	begin_reading(records, stop_at, &reading);
	for (;;) {
		read_on(&reading);
		if (reading.last > 0)
			return hand_out(records, &reading, reading.last, out, err);
		if (reading.is_broken)
			return csv_records_bound_damage(records, reading.broken,
							reading.is_unclosed, out, err);
		size_t len = csv_window_len(window);
		if (reading.scan.is_whole && len == 0) {
			records->counts.is_complete = true;
			return 0;
		}
		if (reading.scan.is_whole)
			return hand_out(records, &reading, len, out, err);
		TRY(csv_window_read(window, len + 1, err));
		csv_scan_extend(&reading.scan, csv_window_bytes(window), csv_window_len(window),
				window->is_end);
	}
}

static void tell_bytes(struct csv_records *records)
{
	int64_t now = csv_input_file_bytes(records->window.input);
	if (records->file_bytes)
		atomic_fetch_add(records->file_bytes, now - records->file_bytes_told);
	records->file_bytes_told = now;
}

int csv_records_next(struct csv_records *records, struct csv_span *out, const atomic_bool *stop,
		     struct error *err)
{
	pthread_mutex_lock(&records->lock);
	records->window.stop = stop;
	int64_t suspect = records->suspect_until - records->window.offset;
	int result = next_span(records, suspect > 0 ? (size_t)suspect : SIZE_MAX, out, err);
	records->window.stop = NULL;
	tell_bytes(records);
	pthread_mutex_unlock(&records->lock);
	return result;
}

int csv_records_header(struct csv_records *records, struct csv_span *out, struct error *err)
{
	struct csv_records_counts *counts = &records->counts;
	do {
		int got = next_span(records, 1, out, err);
		if (got <= 0)
			return got;
		if (out->kind != CSV_SPAN_RECORDS)
			return err_set(err, ERR_REFUSED, "line %lld: the header %s",
				       (long long)out->line,
				       out->kind == CSV_SPAN_TOO_LONG
					       ? "is longer than any record may be"
					       : "has a quote where none may stand");
	} while (counts->records == 0);
	counts->records = counts->blank_lines = 0;
	counts->header_bytes = counts->bytes;
	return 1;
}

/* ---- life ---- */

int csv_records_open(const struct csv_records_settings *settings, struct csv_records **out,
		     struct error *err)
{
	OWNED(csv_records) *records = mem_alloc(sizeof *records);
	if (!records)
		return err_memory(err);
	pthread_mutex_init(&records->lock, NULL);
	records->kernel = settings->kernel ? settings->kernel : csv_scan_chosen();
	records->marks =
		(struct csv_scan_marks){settings->dialect.delimiter, settings->dialect.quote};
	records->field_count = settings->field_count;
	records->file_bytes = settings->file_bytes;
	records->record_len_max =
		settings->record_len_max ? settings->record_len_max : CSV_RECORD_LEN_MAX;
	struct csv_window *window = &records->window;
	window->line = 1;
	window->span_bytes = settings->span_bytes ? settings->span_bytes : SPAN_BYTES;
	if (window->span_bytes < SPAN_BYTES_MIN)
		window->span_bytes = SPAN_BYTES_MIN;
	window->capacity_max = records->record_len_max + window->span_bytes + 2 * CSV_SCAN_BLOCK;
	TRY(csv_input_open(settings->path, settings->dialect.encoding, &window->input, err));
	records->skipped = csv_input_skipped(window->input);
	*out = TAKE(records);
	return 0;
}

void csv_records_close(struct csv_records *records)
{
	if (!records)
		return;
	csv_window_done(&records->window);
	pthread_mutex_destroy(&records->lock);
	free(records);
}

void csv_records_get_counts(struct csv_records *records, struct csv_records_counts *out)
{
	pthread_mutex_lock(&records->lock);
	*out = records->counts;
	pthread_mutex_unlock(&records->lock);
}

int64_t csv_records_skipped(const struct csv_records *records)
{
	return records->skipped;
}
