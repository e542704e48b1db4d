/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"
#include "pipeline/project.h"
#include "pipeline/source.h"
#include "pipeline/source_write.h"
#include "support/support.h"

static void read_contract(struct arena *arena, const char *yaml, struct source *out)
{
	OWNED(yaml) *document = NULL;
	struct error err = {0};
	const struct project_reader reader = {.arena = arena, .expand = true};
	int result = yaml_parse("c.yaml", yaml, strlen(yaml), &document, &err);
	if (result >= 0)
		result = source_read(&reader, document, "orders", "sources/orders.yaml", out, &err);
	if (result < 0)
		fail_msg("%d:%d: %s\n%s", err.line, err.column, err.message, yaml);
}

static void expect_same_words(const struct words *a, const struct words *b)
{
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++)
		assert_string_equal(a->items[i], b->items[i]);
}

static void expect_same_text(const char *a, const char *b)
{
	if (!text_equal(a, b))
		fail_msg("\"%s\" is not \"%s\"", a ? a : "NULL", b ? b : "NULL");
}

static void expect_same_amount(struct amount a, struct amount b)
{
	assert_true(a.value == b.value);
	assert_int_equal(a.is_percent, b.is_percent);
}

static void expect_same_check(const struct check *a, const struct check *b)
{
	assert_int_equal(a->kind, b->kind);
	expect_same_text(a->name, b->name);
	expect_same_text(a->description, b->description);
	assert_int_equal(a->severity, b->severity);
	expect_same_amount(a->tolerance, b->tolerance);
	expect_same_words(&a->columns, &b->columns);
	expect_same_text(a->table, b->table);
	expect_same_words(&a->to, &b->to);
	expect_same_words(&a->values, &b->values);
	expect_same_text(a->min, b->min);
	expect_same_text(a->max, b->max);
	expect_same_text(a->regex, b->regex);
	assert_int_equal(a->rows_min, b->rows_min);
	assert_int_equal(a->rows_max, b->rows_max);
	expect_same_amount(a->change, b->change);
	assert_int_equal(a->max_age_us, b->max_age_us);
	expect_same_text(a->sum, b->sum);
	expect_same_text(a->where, b->where);
}

static void expect_same_column(const struct source_column *a, const struct source_column *b)
{
	expect_same_text(a->name, b->name);
	expect_same_text(a->header, b->header);
	expect_same_text(a->description, b->description);
	assert_int_equal(a->type.kind, b->type.kind);
	assert_int_equal(a->type.precision, b->type.precision);
	assert_int_equal(a->type.scale, b->type.scale);
	assert_int_equal(a->required, b->required);
	assert_int_equal(a->personal, b->personal);
	assert_int_equal(a->round, b->round);
}

static void expect_same_format(const struct source_format *a, const struct source_format *b)
{
	expect_same_text(a->type, b->type);
	expect_same_text(a->encoding, b->encoding);
	expect_same_text(a->date, b->date);
	assert_int_equal(a->delimiter, b->delimiter);
	assert_int_equal(a->quote, b->quote);
	assert_int_equal(a->decimal, b->decimal);
	assert_int_equal(a->thousands, b->thousands);
	assert_int_equal(a->header, b->header);
	expect_same_words(&a->null, &b->null);
}

static void expect_same_source(const struct source *a, const struct source *b)
{
	expect_same_text(a->description, b->description);
	expect_same_words(&a->tags, &b->tags);
	expect_same_text(a->files, b->files);
	expect_same_format(&a->format, &b->format);
	expect_same_words(&a->key, &b->key);
	assert_int_equal(a->load, b->load);
	assert_int_equal(a->resend, b->resend);
	expect_same_text(a->newest_by, b->newest_by);
	assert_memory_equal(&a->drift, &b->drift, sizeof a->drift);
	expect_same_amount(a->max_rejects, b->max_rejects);
	expect_same_amount(a->min_rows, b->min_rows);
	assert_int_equal(a->settle_us, b->settle_us);
	expect_same_text(a->subject, b->subject);
	assert_int_equal(a->column_count, b->column_count);
	for (size_t i = 0; i < a->column_count; i++)
		expect_same_column(&a->columns[i], &b->columns[i]);
	assert_int_equal(a->checks.count, b->checks.count);
	assert_int_equal(a->checks_derived, b->checks_derived);
	for (size_t i = 0; i < a->checks.count; i++)
		expect_same_check(&a->checks.items[i], &b->checks.items[i]);
}

/* Write what was read, and read what was written. Owner of the text: caller. */
static char *expect_round_trip(const char *yaml)
{
	OWNED(arena) *arena = arena_new();
	struct source first, second;
	struct text t = {0};
	struct error err;
	read_contract(arena, yaml, &first);
	assert_ok(source_write(&first, &t, &err), &err);
	read_contract(arena, t.data, &second);
	expect_same_source(&first, &second);
	return text_take(&t, &err);
}

static void a_plain_contract_reads_well(void **state)
{
	char *text = expect_round_trip(
		"files: incoming/orders-*.csv\n"
		"description: One row per order.\n"
		"format: {delimiter: ';', decimal: ','}\n"
		"key: [order_id]\n"
		"columns:\n"
		"  - {name: order_id, null: no, description: \"The order: one.\"}\n"
		"  - {name: total, header: Valor Total (R$), type: 'decimal(18,2)'}\n"
		"  - name: day\n"
		"    type: date\n"
		"checks:\n"
		"  - range: {column: total, min: 0}\n"
		"    severity: warn\n");
	(void)state;
	assert_string_equal(
		text,
		"# What the files of \"orders\" look like, and what becomes of them. They are "
		"published as the table\n"
		"# processing.orders. This file is yours to change: docs/reference/"
		"source-contract.md says what can\n"
		"# be set; lines that begin with \"#\" show what holds unless it is.\n"
		"\n"
		"description: One row per order.\n"
		"files: incoming/orders-*.csv\n"
		"format: {delimiter: \";\", decimal: \",\"}\n"
		"\n"
		"# What tells one row from another: always there, never twice.\n"
		"key: [order_id]\n"
		"# load: replace               # replace: the newest files are the whole table; "
		"append; merge (by key)\n"
		"# max_rejects: 1 %            # records of a file that may be rejected before all "
		"of it is\n"
		"# min_rows: 50 %              # rows that a replaced table must keep, of the "
		"version before\n"
		"# settle: 5 s                 # how long a file must stand still before it is "
		"taken\n"
		"# What happens when a file differs from this contract: evolve, freeze (the file "
		"is "
		"refused),\n"
		"# discard_row or discard_value.\n"
		"# drift: {new_column: evolve, missing_column: freeze, type: discard_row, "
		"new_shape: "
		"discard_row}\n"
		"\n"
		"# Types are text, bigint, integer, decimal(18,2), double, boolean, date, "
		"timestamp. "
		"`header` is the\n"
		"# name in the file; `null: no` rejects a record without a value; `personal: yes` "
		"hides what is\n"
		"# private; `round: yes` rounds a number that has more places than its column.\n"
		"columns:\n"
		"  - {name: order_id, type: text,            null: no, description: \"The order: "
		"one.\"}\n"
		"  - {name: total,    type: \"decimal(18,2)\", header: \"Valor Total (R$)\"}\n"
		"  - {name: day,      type: date}\n"
		"\n"
		"checks:\n"
		"  - range: {column: total, min: 0}\n"
		"    severity: warn\n");
	free(text);
}

/* What is shown as a comment must be right when its "# " is taken away. */
static void commented_settings_can_be_uncommented(void **state)
{
	char *text = expect_round_trip("columns: [a]\n");
	static const char *const keys[] = {
		"# format:", "# load:", "# max_rejects:", "# min_rows:", "# settle:", "# drift:"};
	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		char *place = strstr(text, keys[i]);
		assert_non_null(place);
		memmove(place, place + 2, strlen(place + 2) + 1);
	}
	free(expect_round_trip(text));
	free(text);
}

static void every_setting_comes_back(void **state)
{
	setenv("VITRINE_TEST_VARIABLE", "no", 1);
	(void)state;
	free(expect_round_trip(
		"description: 'With \"quotes\", a\n\n  line break, ${x y} and "
		"$${VITRINE_TEST_VARIABLE}'\n"
		"tags: [a, 'b c', 'null', 'yes', '1', '']\n"
		"files: '/data/*/{day}/x: y.csv'\n"
		"format: {delimiter: tab, quote: none, encoding: utf-16le, decimal: ',', "
		"thousands: "
		"\"'\", date: mdy, header: no, null: [NA, \"\\\\N\", '-', ~]}\n"
		"key: [id, at]\nload: merge\nresend: replace\nnewest_by: at\nsubject: id\n"
		"drift: {new_column: freeze, missing_column: discard_row, type: discard_value, "
		"new_shape: freeze}\n"
		"max_rejects: 0.1 %\nmin_rows: 3\nsettle: 90 s\n"
		"columns:\n"
		"  - {name: id, header: \"\\x92 \\u2028 \\uFEFF # - {}\", null: no, personal: "
		"yes}\n"
		"  - {name: at, type: timestamp, header: 'At', description: ' with blanks '}\n"
		"  - {name: total, type: 'decimal(38,10)', round: yes, null: no}\n"
		"checks:\n"
		"  - not_null: [at]\n"
		"    name: 'at: always'\n"
		"  - unique: [id]\n"
		"    tolerance: 0.3333333333333333 %\n"
		"  - unique: [id]\n"
		"    where: \"total > 0 and id <> 'x: y'\"\n"
		"    description: Again.\n"
		"  - references: {columns: [id, at], table: processing.people, to: [x, y]}\n"
		"  - references: {columns: [id], table: people}\n"
		"  - accepted_values: {column: id, values: ['1', a, 'no', \"it's\"]}\n"
		"  - range: {column: total, min: -1.5, max: 10}\n"
		"  - range: {column: at, max: '2026-01-05'}\n"
		"  - pattern: {column: id, regex: '^[0-9]{5}\\.$'}\n"
		"  - row_count: {min: 1, max: 1000, change: 12.5 %}\n"
		"  - freshness: {column: at, max_age: 36 h}\n"
		"    severity: warn\n"
		"  - sums_agree: {column: total, table: delivery.x, sum: 'sum(a) + 1'}\n"
		"    tolerance: 0.01\n"));
	free(expect_round_trip("columns: [a]\nsettle: 0 s\nmax_rejects: 0\n"));
	free(expect_round_trip("columns: [a]\nsettle: 250 ms\nload: append\n"));
	free(expect_round_trip("columns: [a]\nformat: {delimiter: '\\', quote: \"'\"}\n"));
}

static void a_long_description_is_folded(void **state)
{
	char *text = expect_round_trip(
		"columns: [a]\ndescription: >-\n  It says a great deal about what the rows are: "
		"where "
		"they come from, # who wrote them, 'and' why there are as many of them as there "
		"are, with \xC3\xA9 and more.\n");
	(void)state;
	assert_non_null(strstr(text, "description: >-\n  It says"));
	free(text);
	text = expect_round_trip(
		"columns: [a]\ndescription: "
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b\n");
	free(text);
}

static void the_example_comes_back(void **state)
{
	OWNED(project) *project = NULL;
	struct error err;
	(void)state;
	assert_ok(project_open(TEST_SOURCE_ROOT "/examples/olist", NULL, &project, &err), &err);
	for (size_t i = 0; i < project->source_count; i++) {
		HELD(text) t = {0};
		struct source again;
		assert_ok(source_write(&project->sources[i], &t, &err), &err);
		read_contract(project->arena, t.data, &again);
		expect_same_source(&project->sources[i], &again);
	}
}

static int write_once(void *context, struct error *err)
{
	HELD(text) t = {0};
	return source_write(context, &t, err);
}

static void refused_memory_is_told(void **state)
{
	OWNED(arena) *arena = arena_new();
	struct source source;
	(void)state;
	read_contract(arena,
		      "key: a\nformat: {null: [x]}\n"
		      "columns: [{name: a, header: A b}, {name: b, null: no}]\n"
		      "checks: [{unique: b}, {row_count: {min: 1, change: 3 %}}]\n",
		      &source);
	support_sweep_allocations(write_once, &source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_contract_reads_well),
		cmocka_unit_test(commented_settings_can_be_uncommented),
		cmocka_unit_test(every_setting_comes_back),
		cmocka_unit_test(a_long_description_is_folded),
		cmocka_unit_test(the_example_comes_back),
		cmocka_unit_test(refused_memory_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
