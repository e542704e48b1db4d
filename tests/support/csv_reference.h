/* SPDX-License-Identifier: Apache-2.0 */
/* csv_reference: the grammar of records and the bounding of damage once more, as plain as can be:
 * one character at a time over a text in memory. What src/csv finds must be the same. */
#ifndef VITRINE_TESTS_CSV_REFERENCE_H
#define VITRINE_TESTS_CSV_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "csv/records.h"

struct reference_piece {
	enum csv_span_kind kind;
	size_t begin, next; /* its bytes, line end included */
	size_t end;         /* without the line end; of whole records only */
	int64_t line;
	size_t field_count;
	bool is_blank;
};

struct reference {
	struct reference_piece *pieces;
	size_t count;
};

struct reference_rules {
	struct csv_scan_marks marks;
	size_t field_count, record_len_max;
};

/* Owner: caller, free(out->pieces). */
void reference_split(const char *text, size_t len, const struct reference_rules *rules,
		     struct reference *out);

/* What the pieces and their fields come to, as one text to compare. Owner: caller. */
char *reference_print(const struct reference *reference);
/* The same of what the reader makes of a file. */
char *reference_print_records(struct csv_records *records, csv_scan_kernel *kernel,
			      struct csv_scan_marks marks);

#endif
