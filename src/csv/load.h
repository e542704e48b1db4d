/* SPDX-License-Identifier: Apache-2.0 */
/* load: one landed file as typed rows. The one definition of a record: what is loaded, what is
 * rejected and what is counted all come from here.
 *
 *	records == loaded + rejected, and every byte after the header lies in exactly one loaded
 *	record, one reject or one blank line; csv_load_finish() proves both at the end of the file.
 *
 * Records are found by one serial pass (records.h), handed out in spans of whole records, and typed
 * by as many threads as ask. What comes out does not depend on the number of threads, the size of
 * the spans, or the vector instructions used. A file is read with pread into bounded buffers. */
#ifndef VITRINE_CSV_LOAD_H
#define VITRINE_CSV_LOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "csv/dialect.h"
#include "csv/typing.h"

struct error;
struct csv_load;

/* Why a record, or a value, is not loaded. */
enum csv_problem {
	CSV_DAMAGED,   /* a quote that opens or closes where it may not, or never closes */
	CSV_AMBIGUOUS, /* between damage: may be a record of its own, or part of a text */
	CSV_TOO_LONG,  /* more than CSV_RECORD_LEN_MAX bytes */
	CSV_SHAPE,     /* another number of fields than the header's */
	CSV_ENCODING,  /* not valid in the file's encoding */
	CSV_TYPE,      /* a value that is not of its column's type */
	CSV_PRECISION, /* more decimal places than its column has */
	CSV_RANGE,     /* a number or date that its type cannot hold */
	CSV_REQUIRED,  /* no value where one is required */
	CSV_PROBLEM_COUNT
};
/* "damaged_quote", "ambiguous", "too_long", "shape", "encoding", "type", ... */
const char *csv_problem_word(enum csv_problem problem);

struct csv_column {
	const char *name;
	struct csv_type type;
	bool required; /* NULL is a reject */
	bool round;    /* more decimal places are rounded (half away from zero), not rejected */
	int field;     /* its place in the file's records; -1 = the file lacks it: always NULL */
};

struct csv_reject {
	enum csv_problem problem;
	int64_t line;        /* physical, 1-based, where the record begins */
	int64_t offset;      /* of its first byte in the decoded text (the file itself if UTF-8) */
	const char *column;  /* NULL = the record as a whole */
	const char *message; /* "\"12,5x\" is not a decimal(18,2)" */
	const char *text;    /* the record without its newline; at most REJECT_TEXT_LEN_MAX bytes */
	size_t text_len;
	int64_t record_len; /* all of it */
};

struct csv_load_settings {
	const char *path; /* plain, gzip or zstd, told by its first bytes */
	struct csv_dialect dialect;
	const char *const *nulls; /* unquoted fields that mean NULL besides the empty one;
				     NULL-terminated or NULL */
	const struct csv_column *columns;
	size_t column_count;
	int field_count;          /* of a whole record */
	bool shape_discard_value; /* too few fields: the rest is NULL; too many: dropped; instead of
				     a reject CSV_SHAPE */
	bool type_discard_value;  /* a value of the wrong type is NULL instead of a reject */
	const char *time_zone;    /* times with an offset become civil times here */
	size_t span_bytes;        /* 0 = 1 MiB; for tests */
	atomic_llong *file_bytes; /* grows with what is read of the file; NULL = nobody looks */
	/* Told of every reject, one call at a time, in no certain order. Negative stops the load
	 * with its error. NULL = nobody listens. */
	int (*reject)(void *context, const struct csv_reject *reject, struct error *err);
	void *reject_context;
};

struct csv_load_counts {
	int64_t records, loaded, rejected; /* without the header */
	int64_t problems[CSV_PROBLEM_COUNT];
	int64_t values_discarded; /* by the two *_discard_value settings */
	int64_t blank_lines;
	int64_t bytes;    /* of decoded text, header included */
	bool is_complete; /* the scan reached the end of the file */
};

/* Check the settings and look at the file; reads none of its records. Copies the settings but for
 * reject_context. Owner: caller, until csv_load_free(), which must come after whoever scans it is
 * done. Fails: NOT_FOUND, DENIED, IO, UNSUPPORTED (a time zone not known), MEMORY. */
int csv_load_new(const struct csv_load_settings *settings, struct csv_load **out,
		 struct error *err);
void csv_load_free(struct csv_load *load);
OWN_DEFINE(csv_load, csv_load_free)

size_t csv_load_column_count(const struct csv_load *load);
const struct csv_column *csv_load_column(const struct csv_load *load, size_t place);
int64_t csv_load_file_bytes(const struct csv_load *load); /* of the file as it lies there */

/* ---- scanning: begin once, then each thread fills batches with a worker of its own ---- */
struct csv_worker;

/* Start at the file's first record; the counts start at 0. Fails: as opening does, and CONFLICT
 * (the file's size or time changed since csv_load_new()). */
int csv_load_begin(struct csv_load *load, struct error *err);
int csv_worker_new(struct csv_load *load, struct csv_worker **out, struct error *err);
/* One more for the same reading of the file as `worker`, though the load was begun anew since. */
int csv_worker_new_beside(const struct csv_worker *worker, struct csv_worker **out,
			  struct error *err);
void csv_worker_free(struct csv_worker *worker);
OWN_DEFINE(csv_worker, csv_worker_free)

/* Where a batch's values go: for each column an array of the type's C values (typing.h) and bits
 * that say which are not NULL. */
struct csv_vector {
	void *values; /* NULL = the caller does not want this column (it is typed all the same) */
	uint64_t *validity; /* all ones when the call begins; a bit is cleared for NULL */
	/* Take a text value for `row` (texts only; bytes are valid UTF-8). */
	void (*set_text)(void *context, size_t row, const char *bytes, size_t len);
	void *context;
};

/* Fill up to `rows_max` rows. `vectors`: one a column; `lines` and `offsets` may be NULL. Returns
 * the count; 0 = the file is read to its end. Rejected records take no row. Polls `*stop` (may be
 * NULL) between records. Fails: CORRUPT (a broken gzip or zstd file), CANCELED, IO, MEMORY, what
 * `reject` says. */
int64_t csv_worker_next(struct csv_worker *worker, size_t rows_max, struct csv_vector *vectors,
			int64_t *lines, int64_t *offsets, const atomic_bool *stop,
			struct error *err);

/* The counts so far. After every worker saw the end: proves the identities above. Fails: INTERNAL
 * (they do not hold: a mistake of ours, and nothing of the file may be published). */
int csv_load_finish(struct csv_load *load, struct csv_load_counts *out, struct error *err);

/* Close the file and give its buffers back once no worker reads it; the counts are gone too. It may
 * be begun again. */
void csv_load_rest(struct csv_load *load);

/* ---- the header ---- */

/* The first record's fields, in the file's order, decoded; NULL-terminated. An empty file gives
 * none. Owner of `out`: caller; one block for free(). Fails: REFUSED (the header itself is damaged
 * or too long), as csv_load_begin(). */
int csv_read_header(const char *path, const struct csv_dialect *dialect, char ***out,
		    size_t *out_count, struct error *err);

#endif
