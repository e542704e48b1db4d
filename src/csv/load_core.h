/* SPDX-License-Identifier: Apache-2.0 */
/* load_core: what the files of load share. A pass is one reading of the file: its finder, its
 * counts, its first failure. The load holds the newest; each worker holds the one it was made for,
 * so that two statements may read one file at the same time. */
#ifndef VITRINE_CSV_LOAD_CORE_H
#define VITRINE_CSV_LOAD_CORE_H

#include <pthread.h>

#include "base/error.h"
#include "base/text.h"
#include "csv/load.h"
#include "csv/records.h"
#include "csv/split.h"

struct arena;

/* What workers count; the finder counts for itself (records.h). */
struct csv_tally {
	int64_t loaded, rejected, problems[CSV_PROBLEM_COUNT], values_discarded, blank_lines;
	int64_t loaded_bytes, rejected_bytes, blank_bytes;
};

struct csv_pass {
	struct csv_load *load;
	struct csv_records *records;
	pthread_mutex_t lock; /* over all below */
	int references;
	struct csv_tally tally;
	bool has_failed;
	struct error failure;
};

/* How to fill one column, all in one place: it is looked at for every field. */
struct csv_plan {
	size_t place; /* of the column in the settings */
	int field;    /* -1 = the file lacks it */
	bool is_text, is_required;
	uint8_t size; /* of a value */
	struct csv_typing typing;
};

struct csv_load {
	struct arena *arena; /* holds the settings */
	struct csv_load_settings settings;
	struct csv_plan *plans; /* one a column, in the order of the record's fields */
	size_t field_ends_max;  /* fields of a record that anybody wants */
	int64_t size, mtime_us; /* of the file when it was first looked at */
	pthread_mutex_t lock;   /* over `pass` */
	pthread_mutex_t reject_lock;
	struct csv_pass *pass;
};

struct csv_worker {
	struct csv_load *load;
	struct csv_pass *pass;
	struct csv_span span;
	struct csv_split split;
	bool has_span;
	size_t *field_ends;
	struct csv_field *texts; /* one a column: the record's, until it is known to be whole */
	char *scratch;           /* texts with doubled quotes, unescaped */
	size_t scratch_capacity, scratch_len;
	struct csv_tally tally; /* since it was last added to the pass's */
	struct text message, text;
};

/* Why a record is rejected. */
struct csv_trouble {
	enum csv_problem problem;
	const struct csv_column *column; /* NULL = the record as a whole */
	struct csv_field field;          /* the value, unquoted */
};

/* One more reference; NULL gives NULL. */
struct csv_pass *csv_pass_share(struct csv_pass *pass);
void csv_pass_release(struct csv_pass *pass);
/* Remember the first failure; returns -1 with it in `err`, for whoever comes later too. */
int csv_pass_fail(struct csv_pass *pass, struct error *err);

/* Type a record into row `row` of the vectors. 1, or 0 and `out` when it must be rejected: the row
 * is then as it was. Fails: MEMORY. */
int csv_row_type(struct csv_worker *worker, const struct csv_record *record, size_t row,
		 struct csv_vector *vectors, struct csv_trouble *out, struct error *err);

/* Tell of a reject and count it: a record of the worker's span, or the span itself when it is
 * damage. Fails: as the load's reject function, MEMORY. */
int csv_reject_record(struct csv_worker *worker, const struct csv_record *record,
		      const struct csv_trouble *trouble, struct error *err);
int csv_reject_span(struct csv_worker *worker, struct error *err);

#endif
