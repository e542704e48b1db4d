/* SPDX-License-Identifier: Apache-2.0 */
#include "csv/split.h"

#include <string.h>

void csv_split_init(struct csv_split *split, csv_scan_kernel *kernel, struct csv_scan_marks marks,
		    const char *bytes, size_t len, int64_t line, size_t *field_ends,
		    size_t field_ends_max)
{
	csv_scan_init(&split->scan, kernel, marks, bytes, len, true);
	split->starts = split->ends = 0;
	split->bits = (struct csv_scan_bits){0};
	split->lines = line - 1;
	split->begin_next = 0;
	split->line_next = line;
	split->is_done = len == 0;
	split->field_ends = field_ends;
	split->field_ends_max = field_ends_max;
}

/* The next block with anything in it; false at the end of the text. */
static bool next_block(struct csv_split *split)
{
	split->lines += csv_scan_count(split->bits.lines);
	if (!csv_scan_next(&split->scan, &split->bits))
		return false;
	split->starts = split->bits.starts;
	split->ends = split->bits.ends;
	if (split->bits.at == 0)
		split->starts &= ~(uint64_t)1; /* the first record is under way already */
	return true;
}

/* Note where a field ends; fields beyond the room are only counted. */
static inline void note_field(struct csv_split *split, struct csv_record *record, size_t end)
{
	if (record->field_count < split->field_ends_max)
		split->field_ends[record->field_count] = end;
	record->field_count++;
}

/* The record ends before `next`: take the line end off and count the last field. */
static void finish(struct csv_split *split, struct csv_record *record, size_t next)
{
	const char *bytes = split->scan.bytes;
	size_t end = next;
	if (end > record->begin && bytes[end - 1] == '\n')
		end--;
	if (end > record->begin && bytes[end - 1] == '\r')
		end--;
	record->end = end;
	record->next = next;
	record->is_blank = end == record->begin;
	note_field(split, record, end);
}

/* Where the start bit `bit` of the block lies, remembered as the next record's. */
static void note_start(struct csv_split *split, uint64_t bit)
{
	uint64_t up_to = bit | (bit - 1);
	split->begin_next = split->bits.at + (size_t)__builtin_ctzll(bit);
	split->line_next = split->lines + csv_scan_count(split->bits.lines & up_to);
}

bool csv_split_next(struct csv_split *split, struct csv_record *out)
{
	if (split->is_done)
		return false;
	out->begin = split->begin_next;
	out->line = split->line_next;
	out->field_count = 0;
	for (;;) {
		uint64_t start = split->starts & -split->starts; /* the lowest bit, or 0 */
		uint64_t fields = split->ends;
		if (start)
			fields &= start - 1;
		split->ends ^= fields;
		for (; fields; fields &= fields - 1)
			note_field(split, out, split->bits.at + (size_t)__builtin_ctzll(fields));
		if (start) {
			split->starts ^= start;
			note_start(split, start);
			finish(split, out, split->begin_next);
			return true;
		}
		if (!next_block(split))
			break;
	}
	split->is_done = true;
	finish(split, out, split->scan.len);
	return true;
}

size_t csv_field_take_quotes(struct csv_field *field, char quote, char *scratch)
{
	const char *from = field->bytes + 1, *end = field->bytes + field->len - 1;
	const char *doubled = memchr(from, quote, (size_t)(end - from));
	*field = (struct csv_field){from, (size_t)(end - from), true};
	if (!doubled)
		return 0;
	char *to = scratch;
	for (; doubled; doubled = memchr(from, quote, (size_t)(end - from))) {
		size_t len = (size_t)(doubled - from) + 1;
		memcpy(to, from, len);
		to += len;
		from = doubled + 2 < end ? doubled + 2 : end;
	}
	memcpy(to, from, (size_t)(end - from));
	to += end - from;
	*field = (struct csv_field){scratch, (size_t)(to - scratch), true};
	return field->len;
}
