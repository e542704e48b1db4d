/* SPDX-License-Identifier: Apache-2.0 */
/* records: the one serial pass that finds where records begin, and what is none.
 *
 * It hands out spans of the text, one after the other and without a gap, each a run of whole
 * records (blank lines among them) or one piece of damage. What a span holds depends on the text
 * alone; only how many whole records share one depends on the span size. A reader that is handed a
 * span owns its bytes until it asks for the next.
 *
 * Where a text breaks the grammar of quotes (scan.h), docs/internals/landing.md tells how the
 * damage is bounded. Memory: one window of a span, more only for a record that is longer. */
#ifndef VITRINE_CSV_RECORDS_H
#define VITRINE_CSV_RECORDS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "csv/dialect.h"
#include "csv/scan.h"

struct error;
struct csv_records;

struct csv_records_settings {
	const char *path;
	struct csv_dialect dialect;
	size_t field_count;       /* of a whole record; 0 = not known: then no evidence is weak */
	size_t span_bytes;        /* 0 = 1 MiB */
	size_t record_len_max;    /* 0 = CSV_RECORD_LEN_MAX; for tests */
	csv_scan_kernel *kernel;  /* NULL = csv_scan_chosen() */
	atomic_llong *file_bytes; /* grows with what is read of the file; NULL = nobody looks */
};

enum csv_span_kind {
	CSV_SPAN_RECORDS,
	CSV_SPAN_AMBIGUOUS, /* whole records that may be a part of the damage before them */
	CSV_SPAN_DAMAGED,   /* one record to reject: its quotes break the grammar */
	CSV_SPAN_TOO_LONG   /* one record to reject: longer than the maximum */
};

/* Starts as {0}; used again for each span. */
struct csv_span {
	enum csv_span_kind kind;
	const char *bytes; /* of damage at most REJECT_TEXT_LEN_MAX */
	size_t len;
	int64_t text_len;  /* of the text that it stands for; more than `len` when that was cut */
	int64_t offset;    /* of its first byte in the text */
	int64_t line;      /* physical, of its first byte */
	int64_t broken_at; /* of damage: place of the quote in it; -1 = a quote never closes */
	char *buffer;
	size_t capacity;
};

void csv_span_done(struct csv_span *span);
OWN_DEFINE_EMBEDDED(csv_span, csv_span_done)

struct csv_records_counts {
	int64_t records, blank_lines; /* without the header */
	int64_t bytes;                /* of text, header included */
	int64_t header_bytes;         /* of the header and blank lines before it */
	bool is_complete;
};

/* Owner: caller, until csv_records_close(). Copies the settings. Fails: as csv_input_open(). */
int csv_records_open(const struct csv_records_settings *settings, struct csv_records **out,
		     struct error *err);
void csv_records_close(struct csv_records *records);
OWN_DEFINE(csv_records, csv_records_close)

/* Take the first record that is no blank line, before any other call: it is then neither handed
 * out nor counted. Returns 1, or 0 for a text without a record. Fails: REFUSED (it is damaged or
 * too long), as csv_input_read(). */
int csv_records_header(struct csv_records *records, struct csv_span *out, struct error *err);

/* The next span; from any thread, several at once. Returns 1, or 0 at the end. Polls `*stop` (may
 * be NULL) between reads. Fails: CANCELED, as csv_input_read(). */
int csv_records_next(struct csv_records *records, struct csv_span *out, const atomic_bool *stop,
		     struct error *err);

void csv_records_get_counts(struct csv_records *records, struct csv_records_counts *out);
/* As csv_input_skipped(). */
int64_t csv_records_skipped(const struct csv_records *records);

#endif
