/* SPDX-License-Identifier: Apache-2.0 */
/* Where damage ends. A broken text has only two readings between quotes, inside and outside; the
 * first broke, so the other is tried from the physical lines behind the damaged record's first. */
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "csv/records_core.h"
#include "csv/split.h"

/* Where a reading from `from` on breaks, if that is at or before `last`; else SIZE_MAX. */
static size_t find_break(const struct csv_records *records, size_t from, size_t last)
{
	const struct csv_window *window = &records->window;
	size_t len = csv_window_len(window), until = last + 2 < len ? last + 2 : len;
	struct csv_scan scan;
	struct csv_scan_bits bits;
	csv_scan_init(&scan, records->kernel, records->marks, csv_window_bytes(window) + from,
		      until - from, true);
	while (csv_scan_next(&scan, &bits)) {
		size_t broken = csv_scan_broken(&bits);
		if (broken != SIZE_MAX)
			return from + broken <= last ? from + broken : SIZE_MAX;
	}
	bool is_text_end = window->is_end && last == len;
	return is_text_end && csv_scan_is_inside(&scan) ? last : SIZE_MAX;
}

/* Whether the records before the one that holds `broken`, at least one, all have the header's
 * number of fields. */
static bool has_evidence(const struct csv_records *records, size_t from, size_t broken)
{
	struct csv_split split;
	struct csv_record record;
	int64_t count = 0;
	csv_split_init(&split, records->kernel, records->marks,
		       csv_window_bytes(&records->window) + from, broken - from, 1, NULL, 0);
	while (csv_split_next(&split, &record) && record.next < broken - from) {
		if (record.is_blank)
			continue;
		if (records->field_count && record.field_count != records->field_count)
			return false;
		count++;
	}
	return count > 0;
}

static int64_t count_lines(const char *bytes, size_t len)
{
	int64_t lines = 0;
	for (size_t i = 0; i < len; i++)
		lines += bytes[i] == '\n' ||
			 (bytes[i] == '\r' && !(i + 1 < len && bytes[i + 1] == '\n'));
	return lines;
}

/* Pass over what is rejected: up to `end`, or, when that is SIZE_MAX, to the end of the line that
 * `from` lies in, which is too long to be held. Returns how many bytes that were. */
static int64_t pass_over(struct csv_window *window, size_t from, size_t end, struct error *err)
{
	size_t len = end == SIZE_MAX ? from : end;
	window->line += count_lines(csv_window_bytes(window), len);
	csv_window_skip(window, len);
	if (end != SIZE_MAX)
		return (int64_t)len;
	int64_t rest = csv_window_skip_line(window, err);
	return rest < 0 ? rest : rest + (int64_t)len;
}

/* Hand out the bytes up to there as one record. */
static int reject(struct csv_records *records, size_t from, size_t end, struct csv_span *out,
		  struct error *err)
{
	struct csv_window *window = &records->window;
	/* An end beyond the maximum is not known yet, but so many bytes are held. */
	size_t kept = end < records->record_len_max ? end : records->record_len_max;
	if (kept > REJECT_TEXT_LEN_MAX)
		kept = REJECT_TEXT_LEN_MAX;
	if (out->capacity < kept) {
		char *larger = mem_resize(out->buffer, kept);
		if (!larger)
			return err_memory(err);
		out->buffer = larger;
		out->capacity = kept;
	}
	memcpy(out->buffer, csv_window_bytes(window), kept);
	out->bytes = out->buffer;
	out->len = kept;
	out->offset = window->offset;
	out->line = window->line;
	int64_t text_len = pass_over(window, from, end, err);
	if (text_len < 0)
		return -1;
	out->text_len = text_len;
	out->kind =
		text_len > (int64_t)records->record_len_max ? CSV_SPAN_TOO_LONG : CSV_SPAN_DAMAGED;
	records->counts.records++;
	records->counts.bytes += text_len;
	return 1;
}

int csv_records_bound_damage(struct csv_records *records, size_t broken, bool is_unclosed,
			     struct csv_span *out, struct error *err)
{
	struct csv_window *window = &records->window;
	size_t max = records->record_len_max, from = 0, end;
	bool is_suspect = false;
	out->broken_at = is_unclosed ? -1 : (int64_t)broken;
	TRY(csv_window_line_behind(window, from, max, &end, err));
	TRY(csv_window_read(window, broken + 2, err));
	while (end <= broken) {
		from = find_break(records, end, broken);
		if (from == SIZE_MAX)
			break;
		is_suspect = true;
		if (has_evidence(records, end, from))
			break;
		TRY(csv_window_line_behind(window, from, max, &end, err));
	}
	if (is_suspect && window->offset + (int64_t)broken >= records->suspect_until)
		records->suspect_until = window->offset + (int64_t)broken + 1;
	return reject(records, from, end, out, err);
}
