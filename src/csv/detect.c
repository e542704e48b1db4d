/* SPDX-License-Identifier: Apache-2.0 */
/* Three looks at a file: all its bytes for the encoding, its beginning for delimiter and quote, all
 * its records for the rest. The first record is kept aside: whether it is the header is decided
 * when it is known what stands below it. */
#include "csv/detect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "csv/detect_parts.h"
#include "csv/records.h"
#include "csv/split.h"

enum { PREFIX_MIN = 2, PREFIX_MAX = 3, PREFIXES = PREFIX_MAX - PREFIX_MIN + 1 };

struct column {
	struct csv_detect_values values;
	struct csv_detect_set distinct;
	struct text first; /* the first record's field */
	bool first_is_quoted;
	bool first_repeats; /* the same value stands in a later record too */
};

struct detection {
	const char *path;
	struct csv_dialect dialect;
	struct csv_detect_guess guess;
	struct column *columns;
	size_t count;
	struct csv_detect_set prefixes[PREFIXES];
	size_t bytes_left; /* for sets */
	int64_t records, damaged, misshapen, misencoded;
	bool has_first;
	size_t *ends;
	char *scratch;
	size_t scratch_size;
};

static void detection_done(struct detection *d)
{
	for (size_t i = 0; d->columns && i < d->count; i++) {
		csv_detect_set_done(&d->columns[i].distinct);
		text_done(&d->columns[i].first);
	}
	for (size_t i = 0; i < PREFIXES; i++)
		csv_detect_set_done(&d->prefixes[i]);
	free(d->columns);
	free(d->ends);
	free(d->scratch);
}
OWN_DEFINE_EMBEDDED(detection, detection_done)

void csv_found_done(struct csv_found *found)
{
	for (size_t i = 0; found->columns && i < found->count; i++)
		free(found->columns[i].header);
	free(found->columns);
	*found = (struct csv_found){.count = 0};
}

/* ---- all records ---- */

static int add_field(struct detection *d, size_t place, struct csv_field field, uint64_t *prefix,
		     struct error *err)
{
	struct column *column = &d->columns[place];
	csv_detect_values_add(&column->values, field.bytes, field.len, field.is_quoted);
	column->first_repeats |= field.len > 0 && field.len == column->first.len &&
				 memcmp(field.bytes, column->first.data, field.len) == 0;
	bool is_single = !column->distinct.has_repeats && !column->distinct.is_given_up;
	if (!is_single && place >= PREFIX_MAX)
		return 0;
	uint64_t hash = hash_bytes(field.bytes, field.len);
	if (field.len > 0)
		TRY(csv_detect_set_add(&column->distinct, hash, &d->bytes_left, err));
	*prefix = (*prefix ^ hash) * 0x9E3779B97F4A7C15 + place;
	size_t fields = place + 1;
	if (fields < PREFIX_MIN || fields > PREFIX_MAX)
		return 0;
	return csv_detect_set_add(&d->prefixes[fields - PREFIX_MIN], *prefix, &d->bytes_left, err);
}

static int keep_first(struct detection *d, size_t place, struct csv_field field, struct error *err)
{
	struct column *column = &d->columns[place];
	text_add_bytes(&column->first, field.bytes, field.len);
	column->first_is_quoted = field.is_quoted;
	return text_check(&column->first, err);
}

static int add_record(struct detection *d, const struct csv_split *split,
		      const struct csv_record *record, struct error *err)
{
	bool is_first = !d->has_first;
	uint64_t prefix = 0;
	if (record->field_count != d->count) {
		d->misshapen++;
		return 0;
	}
	const char *bytes = split->scan.bytes + record->begin;
	size_t len = record->end - record->begin;
	if (!text_is_utf8(bytes, len) || memchr(bytes, '\0', len)) {
		d->misencoded++; /* will be rejected, so its values prove nothing */
		return 0;
	}
	d->has_first = true;
	for (size_t i = 0; i < d->count; i++) {
		struct csv_field field = csv_split_field(split, record, i);
		csv_field_unquote(&field, d->dialect.quote, d->scratch);
		TRY(is_first ? keep_first(d, i, field, err) : add_field(d, i, field, &prefix, err));
	}
	return 0;
}

static int add_span(struct detection *d, const struct csv_span *span, struct error *err)
{
	struct csv_scan_marks marks = {d->dialect.delimiter, d->dialect.quote};
	struct csv_split split;
	struct csv_record record;
	if (span->kind == CSV_SPAN_DAMAGED || span->kind == CSV_SPAN_TOO_LONG) {
		d->damaged++;
		return 0;
	}
	TRY(mem_grow(&d->scratch, &d->scratch_size, span->len, 1, err));
	csv_split_init(&split, csv_scan_chosen(), marks, span->bytes, span->len, span->line,
		       d->ends, COLUMNS_MAX);
	while (csv_split_next(&split, &record))
		if (!record.is_blank) {
			d->records++;
			TRY(add_record(d, &split, &record, err));
		}
	return 0;
}

static int add_all(struct detection *d, struct error *err)
{
	OWNED(csv_records) *records = NULL;
	HELD(csv_span) span = {0};
	struct csv_records_settings settings = {
		.path = d->path, .dialect = d->dialect, .field_count = d->count};
	d->columns = mem_alloc_array(d->count, sizeof *d->columns);
	d->ends = mem_alloc_array(COLUMNS_MAX, sizeof *d->ends);
	if (!d->columns || !d->ends)
		return err_memory(err);
	for (size_t i = 0; i < d->count; i++)
		csv_detect_values_init(&d->columns[i].values);
	TRY(csv_records_open(&settings, &records, err));
	for (;;) {
		int got = csv_records_next(records, &span, NULL, err);
		TRY(got);
		if (got == 0)
			return 0;
		TRY(add_span(d, &span, err));
	}
}

/* ---- marks of numbers, order of dates ---- */

/* How many columns only the style explains as numbers: plain digits say nothing about it. */
static size_t count_numbers(const struct detection *d, size_t style)
{
	size_t count = 0;
	for (size_t i = 0; i < d->count; i++) {
		const struct csv_detect_values *values = &d->columns[i].values;
		count += values->has_marks && (values->numbers & 1u << style);
	}
	return count;
}

static size_t count_dates(const struct detection *d, enum csv_date_order order)
{
	size_t count = 0;
	for (size_t i = 0; i < d->count; i++) {
		const struct csv_detect_values *values = &d->columns[i].values;
		count += values->has_dates && (values->dates & 1u << order);
	}
	return count;
}

/* Between commas a comma within a number is more likely America's thousands mark. */
static size_t choose_style(const struct detection *d)
{
	static const size_t between_commas[CSV_DETECT_STYLES] = {0, 3, 1, 2, 4, 5, 6, 7};
	static const size_t otherwise[CSV_DETECT_STYLES] = {0, 1, 2, 3, 4, 5, 6, 7};
	const size_t *order = d->dialect.delimiter == ',' ? between_commas : otherwise;
	size_t best = order[0];
	for (size_t i = 1; i < CSV_DETECT_STYLES; i++)
		if (count_numbers(d, order[i]) > count_numbers(d, best))
			best = order[i];
	return best;
}

static enum csv_date_order choose_order(const struct detection *d, bool *out_unsure)
{
	size_t plain = count_dates(d, CSV_DATE_ISO), day = count_dates(d, CSV_DATE_DMY),
	       month = count_dates(d, CSV_DATE_MDY);
	*out_unsure = false;
	if (plain >= day && plain >= month)
		return CSV_DATE_ISO;
	if (day != month)
		return day > month ? CSV_DATE_DMY : CSV_DATE_MDY;
	if (d->dialect.delimiter == ';' || d->dialect.decimal == ',')
		return CSV_DATE_DMY;
	*out_unsure = true;
	return CSV_DATE_ISO;
}

/* What explains the most columns goes into the dialect; returns the style. */
static size_t choose_marks(struct detection *d, bool *out_unsure)
{
	size_t style = choose_style(d);
	d->dialect.decimal = csv_detect_styles[style][0];
	d->dialect.thousands = csv_detect_styles[style][1];
	d->dialect.date = choose_order(d, out_unsure);
	return style;
}

/* ---- the header ---- */

static bool fits(const struct detection *d, const struct column *column, struct csv_type type)
{
	struct csv_typing typing = {.type = type, .dialect = &d->dialect, .round = true};
	__int128 value;
	return csv_type_field(&typing, column->first.data, column->first.len, &value) ==
	       CSV_TYPED_OK;
}

/* A value that no column would be called by. */
static bool looks_like_a_value(const struct detection *d, const struct column *column)
{
	return column->first.len == 0 || fits(d, column, (struct csv_type){CSV_DOUBLE, 0, 0}) ||
	       fits(d, column, (struct csv_type){CSV_TIMESTAMP, 0, 0});
}

/* Above 0: the field is unlike what stands below it; below 0: it is like that. */
static int weigh_first(const struct detection *d, const struct column *column, struct csv_type type)
{
	enum { TELLING_LEN = 8 };
	if (column->first.len == 0)
		return 0;
	if (type.kind != CSV_TEXT)
		return fits(d, column, type) ? -1 : 1;
	if (column->first_repeats)
		return -1;
	const struct csv_detect_values *values = &column->values;
	bool is_uniform = values->values > 1 && values->len_min == values->len_max &&
			  values->len_min >= TELLING_LEN;
	return is_uniform ? (column->first.len == values->len_min ? -1 : 1) : 0;
}

static bool first_is_header(const struct detection *d, size_t style)
{
	int weight = 0;
	size_t values = 0;
	for (size_t i = 0; i < d->count; i++) {
		struct csv_type type =
			csv_detect_values_type(&d->columns[i].values, style, d->dialect.date, NULL);
		weight += weigh_first(d, &d->columns[i], type);
		values += looks_like_a_value(d, &d->columns[i]);
	}
	return weight > 0 || (weight == 0 && values * 2 <= d->count && values < d->count);
}

/* ---- the result ---- */

static int name_column(const struct detection *d, size_t place, char **out, struct error *err)
{
	const struct text *first = &d->columns[place].first;
	if (!d->dialect.header) {
		*out = text_format(err, "column_%zu", place + 1);
		return *out ? 0 : -1;
	}
	*out = mem_copy_bytes(first->len ? first->data : "", first->len);
	return *out ? 0 : err_memory(err);
}

/* Whether a word stands for NULL: where it is found in a column of another type than text; \N
 * everywhere. */
static bool is_null_word(size_t word, struct csv_type type)
{
	return type.kind != CSV_TEXT || *csv_detect_null_words[word] == '\\';
}

static int fill_column(const struct detection *d, size_t style, size_t place,
		       struct csv_found_column *out, struct error *err)
{
	const struct column *column = &d->columns[place];
	const struct csv_detect_values *values = &column->values;
	TRY(name_column(d, place, &out->header, err));
	out->type = csv_detect_values_type(values, style, d->dialect.date, out->header);
	out->values = values->values;
	out->nulls = values->nulls;
	*(out->type.kind == CSV_TEXT ? &out->values : &out->nulls) += values->empties;
	for (size_t i = 0; i < CSV_NULL_WORDS; i++)
		*(is_null_word(i, out->type) ? &out->nulls : &out->values) += values->words[i];
	out->is_unique = !column->distinct.has_repeats && values->empties < 2;
	out->is_unique_sure = column->distinct.has_repeats || !column->distinct.is_given_up;
	out->has_leading_zeros = values->has_leading_zeros;
	return 0;
}

static void fill_nulls(const struct detection *d, struct csv_found *out)
{
	size_t count = 0;
	for (size_t word = 0; word < CSV_NULL_WORDS; word++) {
		bool is_null = false;
		for (size_t i = 0; i < d->count; i++)
			is_null |= d->columns[i].values.words[word] > 0 &&
				   is_null_word(word, out->columns[i].type);
		if (is_null)
			out->nulls[count++] = csv_detect_null_words[word];
	}
}

static size_t find_unique_prefix(const struct detection *d, const struct csv_found *found)
{
	for (size_t fields = 1; fields <= PREFIX_MAX && fields <= d->count; fields++) {
		const struct csv_found_column *column = &found->columns[fields - 1];
		if (column->nulls > 0 || d->columns[fields - 1].values.empties > 0)
			return 0;
		if (fields == 1 && column->is_unique)
			return 0;
		if (fields < PREFIX_MIN)
			continue;
		const struct csv_detect_set *set = &d->prefixes[fields - PREFIX_MIN];
		if (!set->has_repeats && !set->is_given_up && d->records > 1)
			return fields;
	}
	return 0;
}

static int fill_found(struct detection *d, size_t style, struct csv_found *out, struct error *err)
{
	out->columns = mem_alloc_array(d->count, sizeof *out->columns);
	if (!out->columns)
		return err_memory(err);
	out->count = d->count;
	for (size_t i = 0; i < d->count; i++)
		TRY(fill_column(d, style, i, &out->columns[i], err));
	fill_nulls(d, out);
	out->unique_prefix = find_unique_prefix(d, out);
	out->dialect = d->dialect;
	out->records = d->records + d->damaged - d->dialect.header;
	out->damaged = d->damaged;
	out->misshapen = d->misshapen;
	out->misencoded = d->misencoded;
	out->is_dialect_sure = d->guess.is_sure;
	return 0;
}

/* The first record is a value like the others: it may rule out a type yet. */
static int add_first(struct detection *d, struct error *err)
{
	uint64_t prefix = 0;
	for (size_t i = 0; i < d->count; i++) {
		struct text first = d->columns[i].first;
		d->columns[i].first = (struct text){0};
		struct csv_field field = {first.data, first.len, d->columns[i].first_is_quoted};
		int added = add_field(d, i, field, &prefix, err);
		d->columns[i].first = first;
		TRY(added);
	}
	return 0;
}

static int check_share(const struct detection *d, struct error *err)
{
	int64_t all = d->records + d->damaged, unlike = d->misshapen + d->damaged;
	if (unlike * 2 <= all)
		return 0;
	char delimiter[CSV_DETECT_SHOWN_SIZE];
	err_set(err, ERR_REFUSED,
		"\"%s\": only %lld of its %lld records have the %zu fields between %s that its "
		"beginning has",
		d->path, (long long)(all - unlike), (long long)all, d->count,
		csv_detect_show(d->dialect.delimiter, delimiter));
	return err_hint(err, "Look at where it changes, or write its contract by hand.");
}

int csv_detect(const char *path, struct csv_found *out, struct error *err)
{
	HELD(detection) d = {.path = path, .bytes_left = CSV_UNIQUE_MAX};
	HELD(csv_found) found = {.count = 0};
	TRY(csv_detect_encoding(path, &d.dialect.encoding, err));
	TRY(csv_detect_guess(path, &d.dialect, &d.guess, err));
	d.count = d.guess.fields;
	TRY(add_all(&d, err));
	TRY(check_share(&d, err));
	size_t style = choose_marks(&d, &found.has_unsure_dates);
	d.dialect.header = first_is_header(&d, style);
	if (!d.dialect.header) {
		TRY(add_first(&d, err));
		style = choose_marks(&d, &found.has_unsure_dates);
	}
	TRY(fill_found(&d, style, &found, err));
	*out = found;
	found = (struct csv_found){.count = 0};
	return 0;
}
