/* SPDX-License-Identifier: Apache-2.0 */
/* split: whole records one after the other, and their fields. No memory is asked for; the text is
 * borrowed. What breaks the grammar of quotes is not noticed here: records.h has seen to that. */
#ifndef VITRINE_CSV_SPLIT_H
#define VITRINE_CSV_SPLIT_H

#include "csv/scan.h"

struct csv_record {
	size_t begin, end; /* its bytes without the line end */
	size_t next;       /* the first byte behind the line end */
	int64_t line;      /* physical, of its first byte */
	size_t field_count;
	bool is_blank; /* a line without a byte: no record at all */
};

struct csv_split {
	struct csv_scan scan;
	struct csv_scan_bits bits;
	uint64_t starts, ends; /* those of the block that are still to come */
	int64_t lines;         /* line starts before the block */
	size_t begin, begin_next;
	int64_t line, line_next;
	bool is_done;
	size_t *field_ends; /* of the current record's first `field_ends_max` fields */
	size_t field_ends_max;
};

/* Start at bytes[0], which begins a record and lies in the physical line `line`. `field_ends` has
 * room for `field_ends_max` and stays the caller's. */
void csv_split_init(struct csv_split *split, csv_scan_kernel *kernel, struct csv_scan_marks marks,
		    const char *bytes, size_t len, int64_t line, size_t *field_ends,
		    size_t field_ends_max);
/* Step to the next record, blank lines too; false at the end. */
bool csv_split_next(struct csv_split *split, struct csv_record *out);

struct csv_field {
	const char *bytes;
	size_t len;
	bool is_quoted;
};

/* A field of the record that csv_split_next() gave last, as it is written; `place` is less than
 * its field_count and field_ends_max. */
static inline struct csv_field csv_split_field(const struct csv_split *split,
					       const struct csv_record *record, size_t place)
{
	size_t from = place ? split->field_ends[place - 1] + 1 : record->begin;
	return (struct csv_field){split->scan.bytes + from, split->field_ends[place] - from, false};
}

/* Take the quotes off. A text with doubled quotes is written to `scratch`, which has room for
 * field->len bytes; returns how many of them were used. */
size_t csv_field_take_quotes(struct csv_field *field, char quote, char *scratch);
static inline size_t csv_field_unquote(struct csv_field *field, char quote, char *scratch)
{
	if (field->len < 2 || !quote || field->bytes[0] != quote)
		return 0;
	return csv_field_take_quotes(field, quote, scratch);
}

#endif
