/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "csv/records.h"
#include "support/csv_reference.h"

static const struct csv_dialect COMMAS = {.delimiter = ',', .quote = '"'};
static const struct csv_scan_marks MARKS = {',', '"'};

struct fixture {
	char *folder, path[512];
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	fixture->folder = support_make_folder();
	snprintf(fixture->path, sizeof fixture->path, "%s/t.csv", fixture->folder);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	support_remove_folder(fixture->folder);
	free(fixture);
	return 0;
}

/* What the reader makes of a text, with spans of `span_bytes`. */
static char *read_text(struct fixture *fixture, const char *text, size_t len,
		       struct csv_records_settings settings)
{
	struct error err;
	OWNED(csv_records) *records = NULL;
	support_write_bytes(fixture->folder, "t.csv", text, len);
	settings.path = fixture->path;
	assert_ok(csv_records_open(&settings, &records, &err), &err);
	csv_scan_kernel *kernel = settings.kernel ? settings.kernel : csv_scan_chosen();
	char *got = reference_print_records(records, kernel, MARKS);
	struct csv_records_counts counts;
	csv_records_get_counts(records, &counts);
	assert_true(counts.is_complete);
	assert_int_equal(counts.bytes, len);
	return got;
}

static void assert_read(void **state, size_t field_count, const char *text, const char *expected)
{
	char *got = read_text(
		*state, text, strlen(text),
		(struct csv_records_settings){.dialect = COMMAS, .field_count = field_count});
	assert_string_equal(got, expected);
	free(got);
}

/* ---- what is a record ---- */

static void records_carry_their_physical_line(void **state)
{
	assert_read(state, 2, "a,b\n\"c\r\nd\",e\r\nf,g\rh,i",
		    "record 0+3/4 line 1 fields 2\n"
		    "record 4+8/10 line 2 fields 2\n"
		    "record 14+3/4 line 4 fields 2\n"
		    "record 18+3/3 line 5 fields 2\n");
}

static void blank_lines_belong_to_no_record(void **state)
{
	assert_read(state, 1, "\na\n\r\n\nb\n\n",
		    "blank 0+0/1 line 1 fields 1\n"
		    "record 1+1/2 line 2 fields 1\n"
		    "blank 3+0/2 line 3 fields 1\n"
		    "blank 5+0/1 line 4 fields 1\n"
		    "record 6+1/2 line 5 fields 1\n"
		    "blank 8+0/1 line 6 fields 1\n");
}

static void an_empty_text_has_none(void **state)
{
	assert_read(state, 1, "", "");
}

/* ---- damage ---- */

static void a_quote_within_a_field_costs_one_record(void **state)
{
	assert_read(state, 2, "1,a\n2,5\" disk\n3,never opened\"\n4,\"un\"x\n5,b\n",
		    "record 0+3/4 line 1 fields 2\n"
		    "damage 4+10 line 2\n"
		    "damage 14+16 line 3\n"
		    "damage 30+8 line 4\n"
		    "record 38+3/4 line 5 fields 2\n");
}

static void an_unclosed_quote_costs_its_line_alone(void **state)
{
	assert_read(state, 2, "1,\"a\n2,b\n3,\"c\"\n",
		    "damage 0+5 line 1\n"
		    "record 5+3/4 line 2 fields 2\n"
		    "record 9+5/6 line 3 fields 2\n");
	assert_read(state, 2, "1,\"a\n2,b\n3,c\n",
		    "damage 0+5 line 1\n"
		    "record 5+3/4 line 2 fields 2\n"
		    "record 9+3/4 line 3 fields 2\n");
	assert_read(state, 2, "1,b\n2,\"a",
		    "record 0+3/4 line 1 fields 2\n"
		    "damage 4+4 line 2\n");
}

/* The text that broke holds a line that could be a record: syntax cannot tell, so it is kept
 * apart. */
static void a_record_within_damage_is_ambiguous(void **state)
{
	assert_read(state, 3, "1,\"text\n7,fake,row\nsaid \"hi\",3\n8,b,c\n",
		    "damage 0+8 line 1\n"
		    "ambiguous 8+10/11 line 2 fields 3\n"
		    "damage 19+12 line 3\n"
		    "record 31+5/6 line 4 fields 3\n");
}

/* The other reading breaks too, but before that it read nothing that looks like records. */
static void lines_that_are_no_records_stay_part_of_the_damage(void **state)
{
	assert_read(state, 3, "1,\"text\nfree words\nsaid \"hi\",3\n8,b,c\n",
		    "damage 0+31 line 1\n"
		    "record 31+5/6 line 4 fields 3\n");
}

/* What follows the first break, up to where the first reading broke, is as doubtful. */
static void doubt_reaches_to_where_the_first_reading_broke(void **state)
{
	assert_read(state, 3, "5,\"one\n7,fake,row\nlast\",\"two\n8,fake,row\nfoo\"x,9\n9,b,c\n",
		    "damage 0+7 line 1\n"
		    "ambiguous 7+10/11 line 2 fields 3\n"
		    "damage 18+11 line 3\n"
		    "ambiguous 29+10/11 line 4 fields 3\n"
		    "damage 40+8 line 5\n"
		    "record 48+5/6 line 6 fields 3\n");
}

static void a_record_longer_than_the_maximum_is_passed_over(void **state)
{
	char text[400];
	memset(text, 'x', sizeof text);
	memcpy(text, "a\n", 2);
	memcpy(text + 300, "\r\nb\n\"", 6);
	memcpy(text + 396, "\"\nc\n", 4);
	for (size_t span = 64; span < 500; span += 37) {
		char *got = read_text(*state, text, sizeof text,
				      (struct csv_records_settings){.dialect = COMMAS,
								    .field_count = 1,
								    .span_bytes = span,
								    .record_len_max = 80});
		assert_string_equal(got, "record 0+1/2 line 1 fields 1\n"
					 "long 2+300 line 2\n"
					 "record 302+1/2 line 3 fields 1\n"
					 "long 304+94 line 4\n"
					 "record 398+1/2 line 5 fields 1\n");
		free(got);
	}
}

/* ---- against the plain reference ---- */

static uint64_t seed = 7;

static unsigned draw(unsigned below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % below;
}

/* Any bytes that matter, in any order. */
static size_t make_noise(char *out, size_t len)
{
	static const char letters[] = "ab,,\"\"\n\n\r\0\xC3";
	unsigned kinds = 4 + draw(sizeof letters - 4);
	for (size_t i = 0; i < len; i++)
		out[i] = letters[draw(kinds)];
	return len;
}

static size_t add_field(char *out)
{
	static const char *const fields[] = {
		"1",           "word",       "\"q\"",
		"\"a,b\"",     "\"l1\nl2\"", "\"l1\r\n7,fake,row\r\nl3\"",
		"\"in \"\"\"", "",           "\"\""};
	const char *field = fields[draw(sizeof fields / sizeof *fields)];
	memcpy(out, field, strlen(field));
	return strlen(field);
}

/* Good records of three fields with, now and then, a quote put in or taken out. */
static size_t make_damaged(char *out, size_t len_max)
{
	static const char *const line_ends[] = {"\n", "\r\n", "\r"};
	size_t len = 0, line_end = draw(4);
	while (len + 200 < len_max) {
		size_t begin = len;
		for (int field = 0; field < 3; field++) {
			len += add_field(out + len);
			out[len++] = ',';
		}
		const char *end = line_ends[line_end < 3 ? line_end : draw(3)];
		len--;
		memcpy(out + len, end, strlen(end));
		len += strlen(end);
		if (draw(12) == 0) {
			size_t at = begin + draw((unsigned)(len - begin));
			char *quote = memchr(out + begin, '"', len - begin);
			if (draw(2) && quote)
				*quote = 'x';
			else
				out[at] = '"';
		}
	}
	return len;
}

static void assert_same_as_reference(struct fixture *fixture, const char *text, size_t len,
				     size_t record_len_max)
{
	static const size_t spans[] = {64, 100, 1000, 0};
	struct reference reference;
	struct reference_rules rules = {MARKS, 3, record_len_max};
	reference_split(text, len, &rules, &reference);
	char *expected = reference_print(&reference);
	for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
		csv_scan_kernel *kernel = csv_scan_for((enum process_simd)(i % 3));
		char *got =
			read_text(fixture, text, len,
				  (struct csv_records_settings){.dialect = COMMAS,
								.field_count = 3,
								.span_bytes = spans[i],
								.record_len_max = record_len_max,
								.kernel = kernel});
		if (strcmp(got, expected) != 0) {
			support_write_bytes("/tmp", "vitrine-records.csv", text, len);
			fail_msg("span %zu, longest %zu: got\n%s\nexpected\n%s", spans[i],
				 record_len_max, got, expected);
		}
		free(got);
	}
	free(expected);
	free(reference.pieces);
}

static void noise_gives_what_the_reference_gives(void **state)
{
	char *text = malloc(4096);
	for (int round = 0; round < 400; round++)
		assert_same_as_reference(*state, text,
					 make_noise(text, draw(round < 200 ? 60 : 800)),
					 64 + draw(300));
	free(text);
}

static void damage_gives_what_the_reference_gives(void **state)
{
	char *text = malloc(8192);
	for (int round = 0; round < 400; round++) {
		size_t max = draw(3) ? 1 << 20 : 64 + draw(200);
		assert_same_as_reference(*state, text, make_damaged(text, 300 + draw(6000)), max);
	}
	free(text);
}

/* ---- the header ---- */

static void the_header_is_taken_and_not_counted(void **state)
{
	struct error err;
	struct fixture *fixture = *state;
	OWNED(csv_records) *records = NULL;
	HELD(csv_span) span = {0};
	struct csv_records_counts counts;
	const char *text = "\nid,\"na\nme\"\n1,a\n";
	support_write_file(fixture->folder, "t.csv", text);
	struct csv_records_settings settings = {.path = fixture->path, .dialect = COMMAS};
	assert_ok(csv_records_open(&settings, &records, &err), &err);
	assert_int_equal(csv_records_header(records, &span, &err), 1);
	assert_int_equal(span.line, 2);
	assert_memory_equal(span.bytes, "id,\"na\nme\"\n", span.len);
	char *got = reference_print_records(records, csv_scan_chosen(), MARKS);
	assert_string_equal(got, "record 12+3/4 line 4 fields 2\n");
	free(got);
	csv_records_get_counts(records, &counts);
	assert_int_equal(counts.records, 1);
	assert_int_equal(counts.blank_lines, 0);
	assert_int_equal(counts.header_bytes, 12);
	assert_int_equal(counts.bytes, strlen(text));
}

static void a_damaged_header_is_refused(void **state)
{
	struct error err;
	struct fixture *fixture = *state;
	OWNED(csv_records) *records = NULL;
	HELD(csv_span) span = {0};
	support_write_file(fixture->folder, "t.csv", "id,na\"me\n1,a\n");
	struct csv_records_settings settings = {.path = fixture->path, .dialect = COMMAS};
	assert_ok(csv_records_open(&settings, &records, &err), &err);
	assert_fails(csv_records_header(records, &span, &err), &err, ERR_REFUSED);
}

/* ---- bounds ---- */

static void reading_stops_when_told(void **state)
{
	struct error err;
	struct fixture *fixture = *state;
	OWNED(csv_records) *records = NULL;
	HELD(csv_span) span = {0};
	atomic_bool stop = true;
	support_write_file(fixture->folder, "t.csv", "a\n");
	struct csv_records_settings settings = {.path = fixture->path, .dialect = COMMAS};
	assert_ok(csv_records_open(&settings, &records, &err), &err);
	assert_fails(csv_records_next(records, &span, &stop, &err), &err, ERR_CANCELED);
}

static void a_line_of_50_mb_is_not_held_in_memory(void **state)
{
	struct error err;
	struct fixture *fixture = *state;
	OWNED(csv_records) *records = NULL;
	HELD(csv_span) span = {0};
	enum { LONG = 50 << 20 };
	char *text = malloc(LONG + 4);
	memset(text, 'x', LONG);
	memcpy(text, "a\n", 2);
	memcpy(text + LONG, "\nb\n", 3);
	support_write_bytes(fixture->folder, "t.csv", text, LONG + 3);
	free(text);
	struct csv_records_settings settings = {.path = fixture->path, .dialect = COMMAS};
	assert_ok(csv_records_open(&settings, &records, &err), &err);
	assert_int_equal(csv_records_next(records, &span, NULL, &err), 1);
	assert_int_equal(csv_records_next(records, &span, NULL, &err), 1);
	assert_int_equal(span.kind, CSV_SPAN_TOO_LONG);
	assert_int_equal(span.text_len, LONG - 1);
	assert_true(span.len <= 64 << 10);
	assert_true(span.capacity <= 2 << 20);
	assert_int_equal(csv_records_next(records, &span, NULL, &err), 1);
	assert_int_equal(span.kind, CSV_SPAN_RECORDS);
	assert_int_equal(span.line, 3);
}

static int read_everything(void *context, struct error *err)
{
	OWNED(csv_records) *records = NULL;
	HELD(csv_span) span = {0};
	struct csv_records_settings settings = {
		.path = context, .dialect = COMMAS, .field_count = 2, .span_bytes = 64};
	TRY(csv_records_open(&settings, &records, err));
	for (;;) {
		int got = csv_records_next(records, &span, NULL, err);
		if (got <= 0)
			return got;
	}
}

static void every_allocation_may_fail(void **state)
{
	struct fixture *fixture = *state;
	char text[1000];
	memset(text, 'x', sizeof text);
	memcpy(text, "1,\"a\n2,b\n", 9);
	memcpy(text + 997, "\n,", 3);
	support_write_bytes(fixture->folder, "t.csv", text, sizeof text);
	support_sweep_allocations(read_everything, fixture->path);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(records_carry_their_physical_line),
		CASE(blank_lines_belong_to_no_record),
		CASE(an_empty_text_has_none),
		CASE(a_quote_within_a_field_costs_one_record),
		CASE(an_unclosed_quote_costs_its_line_alone),
		CASE(a_record_within_damage_is_ambiguous),
		CASE(lines_that_are_no_records_stay_part_of_the_damage),
		CASE(doubt_reaches_to_where_the_first_reading_broke),
		CASE(a_record_longer_than_the_maximum_is_passed_over),
		CASE(noise_gives_what_the_reference_gives),
		CASE(damage_gives_what_the_reference_gives),
		CASE(the_header_is_taken_and_not_counted),
		CASE(a_damaged_header_is_refused),
		CASE(reading_stops_when_told),
		CASE(a_line_of_50_mb_is_not_held_in_memory),
		CASE(every_allocation_may_fail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
