/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "csv/load.h"
#include "support/load_text.h"

static char *folder;
static char path[600];

static int set_up(void **state)
{
	(void)state;
	folder = support_make_folder();
	snprintf(path, sizeof path, "%s/load.csv", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	support_remove_folder(folder);
	return 0;
}

static const struct csv_column columns[] = {
	{.name = "id", .type = {CSV_BIGINT}, .required = true, .field = 0},
	{.name = "note", .type = {CSV_TEXT}, .field = 1},
	{.name = "price", .type = {CSV_DECIMAL, 18, 2}, .field = 2},
};

static const struct csv_load_settings plain = {
	.path = path,
	.dialect = {.delimiter = ',', .quote = '"', .decimal = '.', .header = true},
	.columns = columns,
	.column_count = 3,
	.field_count = 3};

static void write_file(struct text *t)
{
	struct error err;
	assert_ok(text_check(t, &err), &err);
	support_write_bytes(folder, "load.csv", t->data, t->len);
	text_done(t);
}

/* ---- counting loads, for large files ---- */

static int count_reject(void *context, const struct csv_reject *reject, struct error *err)
{
	(void)err;
	int64_t *problems = context;
	problems[reject->problem]++;
	return 0;
}

static int load_rows(struct csv_load *load, int64_t *out_sum, struct error *err)
{
	OWNED(csv_worker) *worker = NULL;
	int64_t ids[2048];
	uint64_t validity[32];
	TRY(csv_worker_new(load, &worker, err));
	for (;;) {
		struct csv_vector vectors[3] = {{.values = ids, .validity = validity}};
		memset(validity, 0xFF, sizeof validity);
		int64_t got = csv_worker_next(worker, 2048, vectors, NULL, NULL, NULL, err);
		if (got <= 0)
			return (int)got;
		for (int64_t i = 0; i < got; i++)
			*out_sum += ids[i];
	}
}

/* Load without looking at the values; the sum of the first column is a check of them. */
static int try_load_counting(struct csv_load_settings settings, struct csv_load_counts *out,
			     int64_t *out_sum, struct error *err)
{
	OWNED(csv_load) *load = NULL;
	int64_t problems[CSV_PROBLEM_COUNT] = {0};
	atomic_llong file_bytes = 0;
	struct stat file;
	settings.reject = count_reject;
	settings.reject_context = problems;
	settings.file_bytes = &file_bytes;
	*out_sum = 0;
	TRY(csv_load_new(&settings, &load, err));
	TRY(csv_load_begin(load, err));
	TRY(load_rows(load, out_sum, err));
	TRY(csv_load_finish(load, out, err));
	assert_true(out->is_complete);
	assert_int_equal(stat(settings.path, &file), 0);
	assert_int_equal(file_bytes, file.st_size); /* as it lies packed */
	assert_memory_equal(problems, out->problems, sizeof problems);
	return 0;
}

static void load_counting(struct csv_load_settings settings, struct csv_load_counts *out,
			  int64_t *out_sum)
{
	struct error err;
	assert_ok(try_load_counting(settings, out, out_sum, &err), &err);
}

/* ---- independence ---- */

/* Good records, damaged ones, wrong ones, blank lines, long ones. */
static void write_mixed_file(int records)
{
	struct text t = {0};
	text_add(&t, "id,note,price\r\n");
	for (int i = 0; i < records; i++) {
		if (i % 97 == 13)
			text_addf(&t, "%d,\"never closed,1.00\r\n", i);
		else if (i % 89 == 5)
			text_addf(&t, "%d,5\" disk,1.00\n", i);
		else if (i % 61 == 7)
			text_addf(&t, "%d,fine,1.001\n\n", i);
		else if (i % 53 == 3)
			text_addf(&t, "%d,\"lines\r\nand \"\"quotes\"\"\n7,fake,1.00\n\",2.00\r",
				  i);
		else if (i % 47 == 2)
			text_addf(&t, "%d,%0300d,3\n", i, i);
		else
			text_addf(&t, "%d,note %d,%d.%02d\n", i, i, i, i % 100);
	}
	write_file(&t);
}

static void the_result_does_not_depend_on_threads_spans_or_batches(void **state)
{
	(void)state;
	static const struct {
		int threads;
		size_t span_bytes, rows_max;
	} ways[] = {{1, 64, 1}, {2, 64, 7}, {4, 300, 64}, {3, 5000, 100}, {8, 20000, 2048}};
	struct error err;
	HELD(loaded) expected = {0};
	write_mixed_file(3000);
	assert_ok(load_text(plain, 1, 2048, &expected, &err), &err);
	assert_true(expected.counts.loaded > 2500 && expected.counts.rejected > 60);
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		HELD(loaded) loaded = {0};
		struct csv_load_settings settings = plain;
		settings.span_bytes = ways[i].span_bytes;
		assert_ok(load_text(settings, ways[i].threads, ways[i].rows_max, &loaded, &err),
			  &err);
		assert_string_equal(loaded.rows, expected.rows);
		assert_string_equal(loaded.rejects, expected.rejects);
		assert_memory_equal(&loaded.counts, &expected.counts, sizeof loaded.counts);
	}
}

static void a_column_that_nobody_wants_is_typed_all_the_same(void **state)
{
	(void)state;
	struct csv_load_counts counts;
	int64_t sum;
	support_write_file(folder, "load.csv", "id,note,price\n1,a,x\n2,b,3\n");
	load_counting(plain, &counts, &sum);
	assert_int_equal(counts.problems[CSV_TYPE], 1);
	assert_int_equal(sum, 2);
}

/* ---- damage, with its counts ---- */

static void add_good_records(struct text *t, int from, int to)
{
	for (int i = from; i < to; i++) {
		if (i % 3 == 0)
			text_addf(t, "%d,\"note, %d\",%d.50\n", i, i, i);
		else
			text_addf(t, "%d,note %d,%d.50\n", i, i, i);
	}
}

static void one_unclosed_quote_early_costs_one_record(void **state)
{
	(void)state;
	enum { RECORDS = 200000 };
	for (int with_quotes = 0; with_quotes < 2; with_quotes++) {
		struct text t = {0};
		struct csv_load_counts counts;
		int64_t sum;
		text_add(&t, "id,note,price\n0,\"unclosed,1\n");
		if (with_quotes)
			add_good_records(&t, 1, RECORDS);
		for (int i = 1; i < RECORDS && !with_quotes; i++)
			text_addf(&t, "%d,note %d,1\n", i, i);
		write_file(&t);
		load_counting(plain, &counts, &sum);
		assert_int_equal(counts.loaded, RECORDS - 1);
		assert_int_equal(counts.problems[CSV_DAMAGED], 1);
		assert_int_equal(sum, (int64_t)RECORDS * (RECORDS - 1) / 2);
	}
}

static void one_unclosed_quote_in_a_thousand_costs_only_itself(void **state)
{
	(void)state;
	enum { RECORDS = 200000, EACH = 1000 };
	struct text t = {0};
	struct csv_load_counts counts;
	int64_t sum;
	text_add(&t, "id,note,price\n");
	for (int i = 0; i < RECORDS; i += EACH) {
		text_addf(&t, "%d,\"unclosed,1\n", i);
		add_good_records(&t, i + 1, i + EACH);
	}
	write_file(&t);
	load_counting(plain, &counts, &sum);
	assert_int_equal(counts.loaded, RECORDS - RECORDS / EACH);
	assert_int_equal(counts.problems[CSV_DAMAGED], RECORDS / EACH);
	assert_int_equal(counts.problems[CSV_AMBIGUOUS], 0);
}

static uint64_t seed = 3;

static unsigned draw(unsigned below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % below;
}

/* 400 of 200,000 records get a quote put in or taken out; every other record must load. */
static void untouched_records_survive_damage_around_them(void **state)
{
	(void)state;
	enum { RECORDS = 200000, DAMAGED = 400 };
	struct text t = {0};
	struct csv_load_counts counts;
	int64_t sum, touched = 0, untouched_sum = 0;
	text_add(&t, "id,note,price\n");
	for (int i = 0; i < RECORDS; i++) {
		size_t begin = t.len;
		add_good_records(&t, i, i + 1);
		if (i % (RECORDS / DAMAGED) != 77) {
			untouched_sum += i;
			continue;
		}
		touched++;
		char *quote = memchr(t.data + begin, '"', t.len - begin);
		if (quote && draw(2))
			*quote = 'x';
		else /* within the note, where it is damage whatever comes next */
			*(strstr(t.data + begin, "note") + 1 + draw(3)) = '"';
	}
	write_file(&t);
	load_counting(plain, &counts, &sum);
	assert_int_equal(touched, DAMAGED);
	assert_int_equal(counts.loaded, RECORDS - DAMAGED);
	assert_int_equal(counts.rejected, DAMAGED);
	assert_int_equal(sum, untouched_sum);
}

static void many_broken_lines_among_good_ones_are_each_one_reject(void **state)
{
	(void)state;
	enum { BROKEN = 100000 };
	struct text t = {0};
	struct csv_load_counts counts;
	int64_t sum;
	text_add(&t, "id,note,price\n");
	for (int i = 0; i < BROKEN; i++)
		text_addf(&t, "%d,bro\"ken,1\n%d,good,2\nonly one field\n", i, i);
	write_file(&t);
	load_counting(plain, &counts, &sum);
	assert_int_equal(counts.loaded, BROKEN);
	assert_int_equal(counts.problems[CSV_DAMAGED], BROKEN);
	assert_int_equal(counts.problems[CSV_SHAPE], BROKEN);
}

static void a_line_of_50_mb_is_one_reject(void **state)
{
	(void)state;
	struct csv_load_counts counts;
	int64_t sum;
	enum { LONG = 50 << 20 };
	static const char before[] = "id,note,price\n1,a,1\n2,\"", after[] = "\",2\n3,c,3\n";
	size_t len = sizeof before + sizeof after - 2 + LONG;
	char *text = malloc(len);
	memset(text, 'x', len);
	memcpy(text, before, sizeof before - 1);
	memcpy(text + len - (sizeof after - 1), after, sizeof after - 1);
	support_write_bytes(folder, "load.csv", text, len);
	free(text);
	load_counting(plain, &counts, &sum);
	assert_int_equal(counts.loaded, 2);
	assert_int_equal(counts.problems[CSV_TOO_LONG], 1);
	assert_int_equal(sum, 4);
}

/* ---- shapes of real files ---- */

static void a_bom_crlf_and_no_final_newline_are_no_matter(void **state)
{
	(void)state;
	static const struct csv_column two[] = {
		{.name = "product_category_name", .type = {CSV_TEXT}, .field = 0},
		{.name = "product_category_name_english", .type = {CSV_TEXT}, .field = 1},
	};
	HELD(loaded) loaded = {0};
	struct csv_load_settings settings = plain;
	settings.columns = two;
	settings.column_count = 2;
	settings.field_count = 2;
	load_string(folder,
		    "\xEF\xBB\xBFproduct_category_name,product_category_name_english\r\n"
		    "beleza_saude,health_beauty\r\nflores,flowers",
		    settings, &loaded);
	assert_string_equal(loaded.rows,
			    "2@56: beleza_saude|health_beauty\n3@84: flores|flowers\n");
}

static void ids_may_be_quoted_here_and_not_there(void **state)
{
	(void)state;
	static const struct csv_column two[] = {
		{.name = "id", .type = {CSV_TEXT}, .required = true, .field = 0},
		{.name = "zip", .type = {CSV_TEXT}, .field = 1},
	};
	HELD(loaded) loaded = {0};
	struct csv_load_settings settings = plain;
	settings.columns = two;
	settings.column_count = 2;
	settings.field_count = 2;
	load_string(folder, "id,zip\n\"0a1\",\"01409\"\nb2c,\"09790\"\n", settings, &loaded);
	assert_string_equal(loaded.rows, "2@7: 0a1|01409\n3@21: b2c|09790\n");
}

static void a_review_may_run_over_lines_of_both_kinds(void **state)
{
	(void)state;
	HELD(loaded) loaded = {0};
	load_string(folder, "id,note,price\n1,\"Bom\r\n\r\nmas \"\"caro\"\"\n\",5\n2,,4\n", plain,
		    &loaded);
	assert_string_equal(loaded.rows, "2@14: 1|Bom\r\n\r\nmas \"caro\"\n|5.00\n"
					 "6@41: 2|NULL|4.00\n");
}

static void an_empty_file_and_a_bare_header_have_no_records(void **state)
{
	(void)state;
	HELD(loaded) empty = {0};
	HELD(loaded) bare = {0};
	load_string(folder, "", plain, &empty);
	assert_string_equal(empty.rows, "");
	load_string(folder, "id,note,price", plain, &bare);
	assert_string_equal(bare.rows, "");
	assert_int_equal(bare.counts.records, 0);
	assert_int_equal(bare.counts.bytes, 13);
}

/* ---- failures ---- */

static void write_gzip(const char *text, int copies, size_t cut)
{
	gzFile file = gzopen(path, "wb");
	for (int i = 0; i < copies; i++)
		gzputs(file, text);
	gzclose(file);
	char *bytes = support_read_file(folder, "load.csv");
	FILE *back = fopen(path, "rb");
	fseek(back, 0, SEEK_END);
	size_t len = (size_t)ftell(back);
	free(bytes);
	bytes = malloc(len);
	rewind(back);
	assert_int_equal(fread(bytes, 1, len, back), len);
	fclose(back);
	support_write_bytes(folder, "load.csv", bytes, len - cut);
	free(bytes);
}

static void a_packed_file_is_read_and_a_cut_one_is_corrupt(void **state)
{
	(void)state;
	struct error err;
	HELD(loaded) whole = {0};
	HELD(loaded) cut = {0};
	struct csv_load_settings settings = plain;
	settings.dialect.header = false;
	write_gzip("1,a,2\n2,\"b\nc\",3\n", 5000, 0);
	assert_ok(load_text(settings, 2, 100, &whole, &err), &err);
	assert_int_equal(whole.counts.loaded, 10000);
	write_gzip("1,a,2\n2,\"b\nc\",3\n", 5000, 20);
	assert_fails(load_text(settings, 2, 100, &cut, &err), &err, ERR_CORRUPT);
	assert_non_null(strstr(err.message, "load.csv"));
}

static void a_file_that_changed_is_a_conflict(void **state)
{
	(void)state;
	struct error err;
	OWNED(csv_load) *load = NULL;
	support_write_file(folder, "load.csv", "id,note,price\n1,a,1\n");
	assert_ok(csv_load_new(&plain, &load, &err), &err);
	support_write_file(folder, "load.csv", "id,note,price\n1,a,1\n2,b,2\n");
	assert_fails(csv_load_begin(load, &err), &err, ERR_CONFLICT);
}

static void a_missing_file_and_an_unknown_zone_are_refused(void **state)
{
	(void)state;
	struct error err;
	OWNED(csv_load) *load = NULL;
	struct csv_load_settings settings = plain;
	assert_fails(csv_load_new(&settings, &load, &err), &err, ERR_NOT_FOUND);
	support_write_file(folder, "load.csv", "id,note,price\n");
	settings.time_zone = "Nowhere/City";
	assert_fails(csv_load_new(&settings, &load, &err), &err, ERR_UNSUPPORTED);
}

static void loading_stops_when_told(void **state)
{
	(void)state;
	struct error err;
	OWNED(csv_load) *load = NULL;
	OWNED(csv_worker) *worker = NULL;
	struct csv_vector vectors[3] = {{0}};
	atomic_bool stop = true;
	support_write_file(folder, "load.csv", "id,note,price\n1,a,1\n");
	assert_ok(csv_load_new(&plain, &load, &err), &err);
	assert_ok(csv_load_begin(load, &err), &err);
	assert_ok(csv_worker_new(load, &worker, &err), &err);
	assert_fails(csv_worker_next(worker, 10, vectors, NULL, NULL, &stop, &err), &err,
		     ERR_CANCELED);
}

static void what_was_read_in_part_is_not_complete(void **state)
{
	(void)state;
	struct error err;
	OWNED(csv_load) *load = NULL;
	OWNED(csv_worker) *worker = NULL;
	struct csv_vector vectors[3] = {{0}};
	struct csv_load_counts counts;
	support_write_file(folder, "load.csv", "id,note,price\n1,a,1\n2,b,2\n");
	assert_ok(csv_load_new(&plain, &load, &err), &err);
	assert_ok(csv_load_begin(load, &err), &err);
	assert_ok(csv_worker_new(load, &worker, &err), &err);
	assert_int_equal(csv_worker_next(worker, 1, vectors, NULL, NULL, NULL, &err), 1);
	assert_ok(csv_load_finish(load, &counts, &err), &err);
	assert_false(counts.is_complete);
}

/* Two statements may read one file: what one began, the other does not take away. */
static void a_second_pass_leaves_the_first_alone(void **state)
{
	(void)state;
	struct error err;
	OWNED(csv_load) *load = NULL;
	OWNED(csv_worker) *first = NULL;
	OWNED(csv_worker) *second = NULL;
	OWNED(csv_worker) *beside = NULL;
	struct csv_vector vectors[3] = {{0}};
	support_write_file(folder, "load.csv", "id,note,price\n1,a,1\n2,b,2\n");
	assert_ok(csv_load_new(&plain, &load, &err), &err);
	assert_ok(csv_load_begin(load, &err), &err);
	assert_ok(csv_worker_new(load, &first, &err), &err);
	assert_ok(csv_load_begin(load, &err), &err);
	assert_ok(csv_worker_new(load, &second, &err), &err);
	assert_int_equal(csv_worker_next(second, 10, vectors, NULL, NULL, NULL, &err), 2);
	assert_ok(csv_worker_new_beside(first, &beside, &err), &err);
	assert_int_equal(csv_worker_next(beside, 10, vectors, NULL, NULL, NULL, &err), 2);
	assert_int_equal(csv_worker_next(first, 10, vectors, NULL, NULL, NULL, &err), 0);
}

static int load_everything(void *context, struct error *err)
{
	(void)context;
	struct csv_load_counts counts;
	int64_t sum;
	struct csv_load_settings settings = plain;
	settings.span_bytes = 64;
	settings.time_zone = "UTC";
	settings.nulls = (const char *const[]){"NA", NULL};
	return try_load_counting(settings, &counts, &sum, err);
}

static void every_allocation_may_fail(void **state)
{
	(void)state;
	write_mixed_file(60);
	support_sweep_allocations(load_everything, NULL);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(the_result_does_not_depend_on_threads_spans_or_batches),
		CASE(a_column_that_nobody_wants_is_typed_all_the_same),
		CASE(one_unclosed_quote_early_costs_one_record),
		CASE(one_unclosed_quote_in_a_thousand_costs_only_itself),
		CASE(untouched_records_survive_damage_around_them),
		CASE(many_broken_lines_among_good_ones_are_each_one_reject),
		CASE(a_line_of_50_mb_is_one_reject),
		CASE(a_bom_crlf_and_no_final_newline_are_no_matter),
		CASE(ids_may_be_quoted_here_and_not_there),
		CASE(a_review_may_run_over_lines_of_both_kinds),
		CASE(an_empty_file_and_a_bare_header_have_no_records),
		CASE(a_packed_file_is_read_and_a_cut_one_is_corrupt),
		CASE(a_file_that_changed_is_a_conflict),
		CASE(a_missing_file_and_an_unknown_zone_are_refused),
		CASE(loading_stops_when_told),
		CASE(what_was_read_in_part_is_not_complete),
		CASE(a_second_pass_leaves_the_first_alone),
		CASE(every_allocation_may_fail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
