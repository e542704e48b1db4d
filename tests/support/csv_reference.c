/* SPDX-License-Identifier: Apache-2.0 */
#include "support/csv_reference.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "csv/split.h"
#include "support/support.h"

struct reader {
	const char *text;
	size_t len;
	const struct reference_rules *rules;
	struct reference *out;
	size_t capacity;
	size_t suspect_until;
	int64_t line;
};

static bool is_quote(const struct reader *r, char c)
{
	return r->rules->marks.quote && c == r->rules->marks.quote;
}

static bool is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

/* The place behind the line end at `at`. */
static size_t behind_line_end(const struct reader *r, size_t at)
{
	bool is_pair = r->text[at] == '\r' && at + 1 < r->len && r->text[at + 1] == '\n';
	return at + (is_pair ? 2 : 1);
}

static size_t next_line(const struct reader *r, size_t from)
{
	for (size_t i = from; i < r->len; i++)
		if (is_line_end(r->text[i]))
			return behind_line_end(r, i);
	return r->len;
}

enum state { FIELD_START, PLAIN, QUOTED, QUOTE_SEEN };

/* Read the record at `from`: its piece, or where it breaks. */
static bool read_grammar(const struct reader *r, size_t from, struct reference_piece *out,
			 size_t *broken)
{
	enum state state = FIELD_START;
	*out = (struct reference_piece){.begin = from, .next = r->len, .end = r->len};
	out->field_count = 1;
	for (size_t i = from; i < r->len; i++) {
		char c = r->text[i];
		if (state == QUOTED) {
			state = is_quote(r, c) ? QUOTE_SEEN : QUOTED;
		} else if (is_quote(r, c)) {
			if (state == PLAIN) {
				*broken = i;
				return false;
			}
			state = QUOTED;
		} else if (c == r->rules->marks.delimiter) {
			out->field_count++;
			state = FIELD_START;
		} else if (is_line_end(c)) {
			out->end = i;
			out->next = behind_line_end(r, i);
			out->is_blank = i == from;
			return true;
		} else if (state == QUOTE_SEEN) {
			*broken = i - 1;
			return false;
		} else {
			state = PLAIN;
		}
	}
	*broken = r->len;
	return state != QUOTED;
}

/* The same, and no record may be longer than the maximum. */
static bool read_record(const struct reader *r, size_t from, struct reference_piece *out,
			size_t *broken)
{
	size_t max = r->rules->record_len_max;
	bool is_good = read_grammar(r, from, out, broken);
	if (is_good ? out->next - from <= max : *broken - from < max)
		return is_good;
	*broken = from + max;
	return false;
}

static void add(struct reader *r, struct reference_piece piece)
{
	if (r->out->count == r->capacity) {
		r->capacity = r->capacity ? r->capacity * 2 : 16;
		r->out->pieces = realloc(r->out->pieces, r->capacity * sizeof piece);
		assert_non_null(r->out->pieces);
	}
	piece.line = r->line;
	r->out->pieces[r->out->count++] = piece;
	for (size_t i = piece.begin; i < piece.next; i = next_line(r, i)) {
		size_t next = next_line(r, i);
		if (next > piece.next || !is_line_end(r->text[next - 1]))
			break;
		r->line++;
	}
}

/* Another reading from `from` on: whether it reaches past `last`, and if not, where it breaks and
 * whether what it read before speaks for it. */
static bool reaches(const struct reader *r, size_t from, size_t last, size_t *broken,
		    bool *has_evidence)
{
	struct reference_piece piece;
	size_t records = 0, wrong = 0;
	while (from <= last && from < r->len) {
		if (!read_grammar(r, from, &piece, broken)) {
			*has_evidence = records > 0 && wrong == 0;
			return *broken > last;
		}
		if (!piece.is_blank) {
			records++;
			wrong +=
				r->rules->field_count && piece.field_count != r->rules->field_count;
		}
		from = piece.next;
	}
	return true;
}

static size_t bound_damage(struct reader *r, size_t from, size_t broken)
{
	size_t again = 0, end = next_line(r, from);
	bool is_suspect = false, has_evidence = false;
	while (end <= broken && !reaches(r, end, broken, &again, &has_evidence)) {
		is_suspect = true;
		if (has_evidence)
			break;
		end = next_line(r, again);
	}
	if (is_suspect && broken + 1 > r->suspect_until)
		r->suspect_until = broken + 1;
	bool is_long = end - from > r->rules->record_len_max;
	add(r, (struct reference_piece){.kind = is_long ? CSV_SPAN_TOO_LONG : CSV_SPAN_DAMAGED,
					.begin = from,
					.next = end});
	return end;
}

void reference_split(const char *text, size_t len, const struct reference_rules *rules,
		     struct reference *out)
{
	struct reader r = {.text = text, .len = len, .rules = rules, .out = out, .line = 1};
	*out = (struct reference){0};
	for (size_t at = 0; at < len;) {
		struct reference_piece piece;
		size_t broken;
		if (!read_record(&r, at, &piece, &broken)) {
			at = bound_damage(&r, at, broken);
			continue;
		}
		piece.kind = at < r.suspect_until ? CSV_SPAN_AMBIGUOUS : CSV_SPAN_RECORDS;
		add(&r, piece);
		at = piece.next;
	}
}

/* ---- printing ---- */

static void print_damage(struct text *t, enum csv_span_kind kind, size_t begin, size_t len,
			 int64_t line)
{
	text_addf(t, "%s %zu+%zu line %lld\n", kind == CSV_SPAN_TOO_LONG ? "long" : "damage", begin,
		  len, (long long)line);
}

static void print_record(struct text *t, const struct reference_piece *piece)
{
	text_addf(t, "%s %zu+%zu/%zu line %lld fields %zu\n",
		  piece->is_blank                     ? "blank"
		  : piece->kind == CSV_SPAN_AMBIGUOUS ? "ambiguous"
						      : "record",
		  piece->begin, piece->end - piece->begin, piece->next - piece->begin,
		  (long long)piece->line, piece->is_blank ? 1 : piece->field_count);
}

static char *take(struct text *t)
{
	struct error err;
	text_add(t, "");
	char *taken = text_take(t, &err);
	assert_non_null(taken);
	return taken;
}

char *reference_print(const struct reference *reference)
{
	struct text t = {0};
	for (size_t i = 0; i < reference->count; i++) {
		const struct reference_piece *piece = &reference->pieces[i];
		if (piece->kind == CSV_SPAN_RECORDS || piece->kind == CSV_SPAN_AMBIGUOUS)
			print_record(&t, piece);
		else
			print_damage(&t, piece->kind, piece->begin, piece->next - piece->begin,
				     piece->line);
	}
	return take(&t);
}

static void print_span(struct text *t, const struct csv_span *span, csv_scan_kernel *kernel,
		       struct csv_scan_marks marks)
{
	struct csv_split split;
	struct csv_record record;
	csv_split_init(&split, kernel, marks, span->bytes, span->len, span->line, NULL, 0);
	while (csv_split_next(&split, &record)) {
		struct reference_piece piece = {.kind = span->kind,
						.begin = (size_t)span->offset + record.begin,
						.end = (size_t)span->offset + record.end,
						.next = (size_t)span->offset + record.next,
						.line = record.line,
						.field_count = record.field_count,
						.is_blank = record.is_blank};
		print_record(t, &piece);
	}
}

char *reference_print_records(struct csv_records *records, csv_scan_kernel *kernel,
			      struct csv_scan_marks marks)
{
	struct error err;
	struct text t = {0};
	HELD(csv_span) span = {0};
	for (;;) {
		int got = csv_records_next(records, &span, NULL, &err);
		assert_ok(got, &err);
		if (got == 0)
			return take(&t);
		if (span.kind == CSV_SPAN_RECORDS || span.kind == CSV_SPAN_AMBIGUOUS)
			print_span(&t, &span, kernel, marks);
		else
			print_damage(&t, span.kind, (size_t)span.offset, (size_t)span.text_len,
				     span.line);
	}
}
