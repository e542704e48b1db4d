/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/generate_csv.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

enum { BUFFER_SIZE = 256 << 10 };

static const char passing[] = ".part";

int generate_csv_open(struct generate_csv *csv, const char *folder, const char *name,
		      const char *heading, struct error *err)
{
	csv->path = text_format(err, "%s/%s%s", folder, name, passing);
	if (!csv->path)
		return -1;
	csv->file = fopen(csv->path, "we");
	if (!csv->file)
		return err_errno(err, errno, "cannot write \"%s\"", csv->path);
	setvbuf(csv->file, NULL, _IOFBF, BUFFER_SIZE);
	csv->bytes = (int64_t)strlen(heading);
	if (fputs(heading, csv->file) < 0)
		csv->errnum = errno;
	return 0;
}

void generate_csv_done(struct generate_csv *csv)
{
	if (csv->file)
		(void)fclose(csv->file);
	if (csv->path)
		(void)unlink(csv->path);
	free(csv->path);
	*csv = (struct generate_csv){0};
}

/* ---- fields ---- */

static void add(struct generate_csv *csv, const char *bytes, size_t len)
{
	assert(csv->len + len <= sizeof csv->row); /* rows are ours, and short */
	memcpy(csv->row + csv->len, bytes, len);
	csv->len += len;
}

static void add_char(struct generate_csv *csv, char c)
{
	add(csv, &c, 1);
}

static void part_from_last(struct generate_csv *csv)
{
	if (csv->len > 0)
		add_char(csv, ',');
}

static void add_quoted(struct generate_csv *csv, const char *text)
{
	add_char(csv, '"');
	for (; *text; text++) {
		if (*text == '"')
			add_char(csv, '"');
		add_char(csv, *text);
	}
	add_char(csv, '"');
}

void generate_csv_quoted(struct generate_csv *csv, const char *text)
{
	part_from_last(csv);
	add_quoted(csv, text);
}

void generate_csv_text(struct generate_csv *csv, const char *text)
{
	part_from_last(csv);
	if (strpbrk(text, ",\"\r\n"))
		add_quoted(csv, text);
	else
		add(csv, text, strlen(text));
}

void generate_csv_id(struct generate_csv *csv, const char *id)
{
	part_from_last(csv);
	if (id[0] >= '0' && id[0] <= '9')
		add_quoted(csv, id);
	else
		add(csv, id, strlen(id));
}

/* The last `digits` decimal digits of `value`, or all when it has more. */
static void add_digits(struct generate_csv *csv, uint64_t value, int digits)
{
	char text[20];
	int at = (int)sizeof text;
	while (value > 0 || digits > 0) {
		text[--at] = (char)('0' + value % 10);
		value /= 10;
		digits--;
	}
	add(csv, text + at, sizeof text - (size_t)at);
}

void generate_csv_int(struct generate_csv *csv, int64_t value)
{
	part_from_last(csv);
	if (value < 0)
		add_char(csv, '-');
	add_digits(csv, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);
}

void generate_csv_money(struct generate_csv *csv, int32_t centavos)
{
	part_from_last(csv);
	add_digits(csv, (uint64_t)centavos / 100, 1);
	add_char(csv, '.');
	add_digits(csv, (uint64_t)centavos % 100, 2);
}

void generate_csv_time(struct generate_csv *csv, int64_t seconds)
{
	part_from_last(csv);
	if (seconds == GENERATE_NO_TIME)
		return;
	int year, month, day, of_day = (int)(seconds % 86400);
	clock_civil_from_days((int32_t)(seconds / 86400), &year, &month, &day);
	const struct {
		int value, digits;
		char before;
	} parts[] = {{year, 4, 0},
		     {month, 2, '-'},
		     {day, 2, '-'},
		     {of_day / 3600, 2, ' '},
		     {of_day / 60 % 60, 2, ':'},
		     {of_day % 60, 2, ':'}};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (parts[i].before)
			add_char(csv, parts[i].before);
		add_digits(csv, (uint64_t)parts[i].value, parts[i].digits);
	}
}

void generate_csv_empty(struct generate_csv *csv)
{
	part_from_last(csv);
}

/* ---- rows ---- */

static void put(struct generate_csv *csv, const char *bytes, size_t len)
{
	if (fwrite(bytes, 1, len, csv->file) != len && csv->errnum == 0)
		csv->errnum = errno;
	csv->bytes += (int64_t)len;
}

void generate_csv_end_row(struct generate_csv *csv)
{
	if (csv->ends_between)
		put(csv, "\r\n", 2);
	put(csv, csv->row, csv->len);
	if (!csv->ends_between)
		put(csv, "\n", 1);
	csv->last_len = csv->len;
	csv->len = 0;
	csv->records++;
}

void generate_csv_broken(struct generate_csv *csv, const char *bytes, size_t len)
{
	put(csv, bytes, len);
	csv->broken++;
}

int generate_csv_close(struct generate_csv *csv, struct error *err)
{
	if (fclose(csv->file) != 0 && csv->errnum == 0)
		csv->errnum = errno;
	csv->file = NULL;
	if (csv->errnum)
		return err_errno(err, csv->errnum, "cannot write \"%s\"", csv->path);
	return 0;
}

int generate_csv_keep(struct generate_csv *csv, struct error *err)
{
	size_t len = strlen(csv->path) - (sizeof passing - 1);
	OWNED_MEMORY char *name = text_format(err, "%.*s", (int)len, csv->path);
	if (!name)
		return -1;
	if (rename(csv->path, name) < 0)
		return err_errno(err, errno, "cannot write \"%s\"", name);
	free(TAKE(csv->path));
	return 0;
}
