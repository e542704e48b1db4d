/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "csv/input.h"
#include "csv/load.h"
#include "csv/records.h"
#include "csv/split.h"

/* The fields one after the other behind their pointers, in one block. */
static char **copy_fields(const struct csv_split *split, const struct csv_record *record,
			  char quote)
{
	size_t pointers = (record->field_count + 1) * sizeof(char *);
	char **names = mem_alloc(pointers + record->end - record->begin + record->field_count + 1);
	if (!names)
		return NULL;
	char *at = (char *)names + pointers;
	for (size_t i = 0; i < record->field_count; i++) {
		struct csv_field field = csv_split_field(split, record, i);
		size_t written = csv_field_unquote(&field, quote, at);
		if (!written)
			memcpy(at, field.bytes, field.len);
		names[i] = at;
		at[field.len] = '\0';
		at += field.len + 1;
	}
	return names;
}

static int check_fields(const struct csv_record *record, const char *bytes, struct error *err)
{
	if (record->field_count > COLUMNS_MAX)
		return err_set(err, ERR_LIMIT, "the header has %zu fields, more than %d",
			       record->field_count, COLUMNS_MAX);
	if (memchr(bytes + record->begin, 0, record->end - record->begin))
		return err_set(err, ERR_REFUSED, "the header holds a NUL byte");
	return 0;
}

static int read_header(const struct csv_records_settings *settings, char ***out, size_t *out_count,
		       struct error *err)
{
	OWNED(csv_records) *records = NULL;
	HELD(csv_span) span = {0};
	OWNED_MEMORY size_t *ends = NULL;
	struct csv_split split;
	struct csv_record record = {0};
	TRY(csv_records_open(settings, &records, err));
	int got = csv_records_header(records, &span, err);
	TRY(got);
	ends = mem_alloc_array(COLUMNS_MAX, sizeof *ends);
	if (!ends)
		return err_memory(err);
	struct csv_scan_marks marks = {settings->dialect.delimiter, settings->dialect.quote};
	if (got == 1) {
		csv_split_init(&split, csv_scan_chosen(), marks, span.bytes, span.len, span.line,
			       ends, COLUMNS_MAX);
		csv_split_next(&split, &record);
		TRY(check_fields(&record, span.bytes, err));
	}
	*out = copy_fields(&split, &record, marks.quote);
	*out_count = record.field_count;
	return *out ? 0 : err_memory(err);
}

int csv_read_header(const char *path, const struct csv_dialect *dialect, char ***out,
		    size_t *out_count, struct error *err)
{
	struct csv_records_settings settings = {.path = path, .dialect = *dialect};
	if (read_header(&settings, out, out_count, err) < 0)
		return csv_input_about(path, err);
	return 0;
}
