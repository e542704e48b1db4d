/* SPDX-License-Identifier: Apache-2.0 */
/* Each delimiter is tried with each way of quoting on the file's beginning; the right one gives all
 * records, the first included, the same number of fields, two or more. A text without any delimiter
 * is one column when a comma (which would then be content) is as good as absent from it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "csv/detect_parts.h"
#include "csv/records.h"
#include "csv/split.h"

enum {
	SAMPLE_BYTES = 256 << 10,
	SURE_MARGIN = 10, /* per cent of the records that the second best explains less */
	ALIKE_MIN = 50,   /* per cent of the records that the best must explain */
	ONE_COLUMN_MIN = 95
};

/* In the order in which they are taken when several explain as much: the rarer a character is in
 * texts, numbers and times, the more it says. */
static const char delimiters[] = {'\t', ';', '|', ',', ':'};
static const char quotes[] = {'"', '\0', '\''};
enum { DELIMITERS = sizeof delimiters, QUOTES = sizeof quotes };

struct tally {
	struct csv_detect_guess guess;
	int64_t wrapped;     /* fields within double quotes, counted where quotes are content */
	int64_t apostrophed; /* and fields that begin with a single one */
	uint32_t counts[COLUMNS_MAX + 1]; /* records by number of fields; [0]: with more */
	size_t first;                     /* fields of the first record */
	size_t ends[COLUMNS_MAX];
};

static bool is_wrapped(struct csv_field field)
{
	return field.len >= 2 && field.bytes[0] == '"' && field.bytes[field.len - 1] == '"';
}

static void tally_span(struct tally *tally, const struct csv_span *span)
{
	struct csv_scan_marks marks = {tally->guess.delimiter, tally->guess.quote};
	struct csv_split split;
	struct csv_record record;
	csv_split_init(&split, csv_scan_chosen(), marks, span->bytes, span->len, span->line,
		       tally->ends, COLUMNS_MAX);
	while (csv_split_next(&split, &record)) {
		if (record.is_blank)
			continue;
		if (tally->guess.records++ == 0)
			tally->first = record.field_count;
		tally->counts[record.field_count <= COLUMNS_MAX ? record.field_count : 0]++;
		for (size_t i = 0; i < record.field_count && i < COLUMNS_MAX; i++) {
			struct csv_field field = csv_split_field(&split, &record, i);
			tally->wrapped += is_wrapped(field);
			tally->apostrophed += field.len > 0 && *field.bytes == '\'';
		}
	}
}

static void sum_up(struct tally *tally)
{
	struct csv_detect_guess *guess = &tally->guess;
	for (size_t fields = 1; fields <= COLUMNS_MAX; fields++)
		if (tally->counts[fields] > guess->alike) {
			guess->alike = tally->counts[fields];
			guess->fields = fields;
		}
	guess->is_first_alike = tally->first == guess->fields;
}

static int try_guess(const char *path, const struct csv_dialect *dialect, struct tally *tally,
		     struct error *err)
{
	OWNED(csv_records) *records = NULL;
	HELD(csv_span) span = {0};
	struct csv_records_settings settings = {
		.path = path, .dialect = *dialect, .span_bytes = SAMPLE_BYTES / 4};
	settings.dialect.delimiter = tally->guess.delimiter;
	settings.dialect.quote = tally->guess.quote;
	TRY(csv_records_open(&settings, &records, err));
	for (int64_t seen = 0; seen < SAMPLE_BYTES; seen += span.text_len) {
		int got = csv_records_next(records, &span, NULL, err);
		TRY(got);
		if (got == 0)
			break;
		if (span.kind == CSV_SPAN_RECORDS)
			tally_span(tally, &span);
		else
			tally->guess.damaged++;
	}
	sum_up(tally);
	return 0;
}

/* Per cent of the records that a guess explains. Where the first record is not like the others the
 * guess is probably wrong. */
static int64_t score(const struct csv_detect_guess *guess)
{
	int64_t all = guess->records + guess->damaged;
	if (all == 0 || guess->fields < 2)
		return 0;
	return guess->alike * (guess->is_first_alike ? 100 : 50) / all;
}

/* Of one delimiter: quotes as content only where that explains more, and not for the sake of a few
 * broken records in a file that quotes its fields otherwise. */
static int try_delimiter(const char *path, const struct csv_dialect *dialect, char delimiter,
			 struct csv_detect_guess *out, struct error *err)
{
	OWNED_MEMORY struct tally *tally = mem_alloc_array(QUOTES, sizeof *tally);
	if (!tally)
		return err_memory(err);
	for (size_t i = 0; i < QUOTES; i++) {
		tally[i].guess =
			(struct csv_detect_guess){.delimiter = delimiter, .quote = quotes[i]};
		TRY(try_guess(path, dialect, &tally[i], err));
	}
	const struct tally *quoted = &tally[0], *bare = &tally[1], *apostrophed = &tally[2];
	const struct tally *best = quoted;
	int64_t broken = quoted->guess.damaged + quoted->guess.records - quoted->guess.alike;
	if (score(&bare->guess) > score(&quoted->guess) && bare->wrapped <= broken)
		best = bare;
	if (bare->apostrophed * 2 >= bare->guess.records && bare->wrapped == 0 &&
	    score(&apostrophed->guess) >= score(&best->guess))
		best = apostrophed;
	*out = best->guess;
	return 0;
}

const char *csv_detect_show(char delimiter, char out[CSV_DETECT_SHOWN_SIZE])
{
	if (delimiter == '\t')
		snprintf(out, CSV_DETECT_SHOWN_SIZE, "tabs");
	else
		snprintf(out, CSV_DETECT_SHOWN_SIZE, "\"%c\"", delimiter);
	return out;
}

static int refuse(const char *path, const struct csv_detect_guess *best, struct error *err)
{
	char shown[CSV_DETECT_SHOWN_SIZE];
	if (best->records + best->damaged == 0)
		return err_set(err, ERR_REFUSED, "\"%s\" holds nothing but blank lines", path);
	if (score(best) == 0)
		err_set(err, ERR_REFUSED,
			"\"%s\" is no delimited text: no delimiter gives its lines "
			"the same number of fields",
			path);
	else
		err_set(err, ERR_REFUSED,
			"\"%s\" is no delimited text: between %s, the best delimiter, only %lld of "
			"its "
			"first %lld records have the same number of fields",
			path, csv_detect_show(best->delimiter, shown), (long long)best->alike,
			(long long)(best->records + best->damaged));
	return err_hint(err, "If it is one all the same, write its contract by hand.");
}

/* Lines above the header: titles, dates of the report. */
static int refuse_title(const char *path, const struct csv_detect_guess *best, struct error *err)
{
	err_set(err, ERR_REFUSED,
		"\"%s\" does not begin with its header: most records have %zu fields, the first "
		"has "
		"another number",
		path, best->fields);
	return err_hint(err, "Take off the lines above the header.");
}

int csv_detect_guess(const char *path, struct csv_dialect *dialect, struct csv_detect_guess *out,
		     struct error *err)
{
	struct csv_detect_guess guesses[DELIMITERS], *best = &guesses[0];
	for (size_t i = 0; i < DELIMITERS; i++) {
		TRY(try_delimiter(path, dialect, delimiters[i], &guesses[i], err));
		if (score(&guesses[i]) > score(best))
			best = &guesses[i];
	}
	best->is_sure = true;
	for (size_t i = 0; i < DELIMITERS; i++)
		if (&guesses[i] != best && score(&guesses[i]) + SURE_MARGIN > score(best))
			best->is_sure = false;
	const struct csv_detect_guess *comma = &guesses[3];
	if (score(best) == 0 && comma->fields == 1 && comma->records > 0 &&
	    comma->alike * 100 >= (comma->records + comma->damaged) * ONE_COLUMN_MIN)
		best = &guesses[3];
	else if (best->fields >= 2 && !best->is_first_alike && best->records > 2 &&
		 best->alike * 100 >= best->records * ALIKE_MIN)
		return refuse_title(path, best, err);
	else if (score(best) < ALIKE_MIN)
		return refuse(path, best, err);
	dialect->delimiter = best->delimiter;
	dialect->quote = best->quote;
	*out = *best;
	return 0;
}
