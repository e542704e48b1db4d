/* SPDX-License-Identifier: Apache-2.0 */
/* records_core: what finding records (records.c) and bounding damage (records_damage.c) share. */
#ifndef VITRINE_CSV_RECORDS_CORE_H
#define VITRINE_CSV_RECORDS_CORE_H

#include <pthread.h>

#include "csv/records.h"
#include "csv/window.h"

struct csv_records {
	csv_scan_kernel *kernel;
	struct csv_scan_marks marks;
	size_t field_count, record_len_max;
	int64_t skipped;      /* bytes of the file before the text */
	pthread_mutex_t lock; /* over all below */
	struct csv_window window;
	/* Whole records that begin before this offset are ambiguous: they lie within what a
	 * reading of damage before them took for a quoted text. */
	int64_t suspect_until;
	struct csv_records_counts counts;
	atomic_llong *file_bytes; /* of the settings */
	int64_t file_bytes_told;  /* our part of it */
};

/* The record at the window's beginning breaks the grammar by the quote at `broken`, counted from
 * there (for one without an end: where the text or the longest record ends). Hand out what is to be
 * rejected as one record. */
int csv_records_bound_damage(struct csv_records *records, size_t broken, bool is_unclosed,
			     struct csv_span *out, struct error *err);

#endif
