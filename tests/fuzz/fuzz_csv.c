/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a CSV file: records and damage as the plain reference finds them, whatever the span
 * size and the vector instructions; loads that agree with each other and prove their counts.
 * Three bytes come first: the dialect, the span size, the longest record. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "csv/input.h"
#include "support/csv_reference.h"
#include "support/load_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHOICES = 3, FIELDS = 3, TEXT_MAX = 1 << 16 };

static const struct csv_dialect dialects[] = {
	{.delimiter = ',', .quote = '"', .decimal = '.'},
	{.delimiter = ';', .quote = '"', .decimal = ',', .thousands = '.', .header = true},
	{.delimiter = '\t', .quote = '\0', .decimal = '.'},
	{.delimiter = '|', .quote = '\'', .decimal = '.', .encoding = CSV_LATIN1},
	{.delimiter = ',', .quote = '"', .decimal = '.', .encoding = CSV_UTF16},
};

static const struct csv_column columns[FIELDS] = {
	{.name = "a", .type = {CSV_BIGINT}, .field = 0},
	{.name = "b", .type = {CSV_TEXT}, .required = true, .field = 1},
	{.name = "c", .type = {CSV_DECIMAL, 9, 2}, .field = 2},
};

static void stop_with(const char *what, const char *got, const char *expected)
{
	fprintf(stderr, "%s:\n%s\nexpected:\n%s\n", what, got, expected);
	abort();
}

/* The text as the reader sees it; false when it is no text (a broken gzip file). */
static bool read_text(const char *path, const struct csv_dialect *dialect, char *text, size_t *len)
{
	struct error err;
	OWNED(csv_input) *input = NULL;
	if (csv_input_open(path, dialect->encoding, &input, &err) < 0)
		return false;
	int64_t got = csv_input_read(input, text, TEXT_MAX, &err);
	*len = got < 0 ? 0 : (size_t)got;
	return got >= 0 && *len < TEXT_MAX;
}

static void check_records(const char *path, const struct csv_dialect *dialect, const char *text,
			  size_t len, const uint8_t *choices)
{
	struct error err;
	OWNED(csv_records) *records = NULL;
	struct reference reference;
	struct csv_records_settings settings = {.path = path,
						.dialect = *dialect,
						.field_count = FIELDS,
						.span_bytes = CSV_SCAN_BLOCK + choices[1],
						.record_len_max = CSV_SCAN_BLOCK + choices[2] * 8,
						.kernel = csv_scan_for(choices[1] % 3)};
	struct reference_rules rules = {
		{dialect->delimiter, dialect->quote}, FIELDS, settings.record_len_max};
	if (csv_records_open(&settings, &records, &err) < 0)
		abort();
	reference_split(text, len, &rules, &reference);
	OWNED_MEMORY char *expected = reference_print(&reference);
	csv_scan_kernel *kernel = csv_scan_for(choices[2] % 3);
	OWNED_MEMORY char *got =
		reference_print_records(records, kernel ? kernel : csv_scan_portable, rules.marks);
	free(reference.pieces);
	if (strcmp(got, expected) != 0)
		stop_with("records", got, expected);
}

static void check_loads(const char *path, const struct csv_dialect *dialect, const uint8_t *choices)
{
	struct error err, err_small;
	HELD(loaded) whole = {0};
	HELD(loaded) small = {0};
	struct csv_load_settings settings = {.path = path,
					     .dialect = *dialect,
					     .columns = columns,
					     .column_count = FIELDS,
					     .field_count = FIELDS,
					     .shape_discard_value = choices[0] & 64,
					     .type_discard_value = choices[0] & 128};
	int result = load_text(settings, 1, 2048, &whole, &err);
	settings.span_bytes = CSV_SCAN_BLOCK + choices[1];
	if (load_text(settings, 1, 1 + choices[2], &small, &err_small) != result)
		stop_with("load", result < 0 ? "succeeds" : err_small.message,
			  result < 0 ? err.message : "success");
	if (result < 0 && err.kind != ERR_REFUSED) /* a damaged header */
		stop_with("load", err.message, "success");
	if (strcmp(whole.rows, small.rows) != 0)
		stop_with("rows", small.rows, whole.rows);
	if (strcmp(whole.rejects, small.rejects) != 0)
		stop_with("rejects", small.rejects, whole.rejects);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[TEXT_MAX];
	char path[64];
	size_t len;
	if (size < CHOICES || size > TEXT_MAX / 4)
		return 0;
	const struct csv_dialect *dialect =
		&dialects[data[0] % (sizeof dialects / sizeof *dialects)];
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data + CHOICES, size - CHOICES) != (ssize_t)(size - CHOICES))
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (read_text(path, dialect, text, &len)) {
		check_records(path, dialect, text, len, data);
		check_loads(path, dialect, data);
	}
	close(fd);
	return 0;
}
