/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/source.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "base/yaml.h"
#include "support/support.h"

static int read_contract(const char *yaml, struct arena *arena, struct source *out,
			 struct error *err)
{
	OWNED(yaml) *document = NULL;
	const struct project_reader reader = {.arena = arena, .expand = true};
	TRY(yaml_parse("sources/orders.yaml", yaml, strlen(yaml), &document, err));
	return source_read(&reader, document, "orders", "sources/orders.yaml", out, err);
}

static void a_short_contract_has_defaults(void **state)
{
	OWNED(arena) *arena = arena_new();
	struct source s;
	struct error err;
	(void)state;
	assert_ok(read_contract("columns: [id, price]\n", arena, &s, &err), &err);
	assert_string_equal(s.name, "orders");
	assert_string_equal(s.path, "sources/orders.yaml");
	assert_null(s.files);
	assert_string_equal(s.format.type, "csv");
	assert_int_equal(s.format.delimiter, ',');
	assert_int_equal(s.format.quote, '"');
	assert_string_equal(s.format.encoding, "utf-8");
	assert_int_equal(s.format.decimal, '.');
	assert_int_equal(s.format.thousands, 0);
	assert_string_equal(s.format.date, "iso");
	assert_true(s.format.header);
	assert_int_equal(s.load, LOAD_REPLACE);
	assert_int_equal(s.drift.new_column, DRIFT_EVOLVE);
	assert_int_equal(s.drift.missing_column, DRIFT_FREEZE);
	assert_int_equal(s.drift.type, DRIFT_DISCARD_ROW);
	assert_int_equal(s.drift.new_shape, DRIFT_DISCARD_ROW);
	assert_true(s.max_rejects.is_percent && s.max_rejects.value == 1);
	assert_true(s.min_rows.is_percent && s.min_rows.value == 50);
	assert_int_equal(s.settle_us, 5000000);
	assert_int_equal(s.column_count, 2);
	assert_int_equal(s.columns[0].type.kind, COLUMN_TEXT);
	assert_string_equal(s.columns[1].header, "price");
	assert_string_equal(s.columns[1].description, "");
	assert_int_equal(s.checks.count, 0);
}

static void every_key_is_read(void **state)
{
	OWNED(arena) *arena = arena_new();
	struct source s;
	struct error err;
	(void)state;
	assert_ok(read_contract(
			  "description: Orders.\n"
			  "tags: [sales, daily]\n"
			  "files: in/{day}/*.csv\n"
			  "format: {type: csv, delimiter: tab, quote: none, encoding: latin-1,\n"
			  "  decimal: ',', thousands: '.', date: dmy, header: no, null: [NA, "
			  "'\\N']}\n"
			  "key: [id]\n"
			  "load: merge\n"
			  "resend: error\n"
			  "newest_by: at\n"
			  "drift: {new_column: freeze, missing_column: evolve, type: freeze,\n"
			  "  new_shape: discard_value}\n"
			  "max_rejects: 20\n"
			  "min_rows: 0 %\n"
			  "settle: 1 min\n"
			  "subject: person\n"
			  "columns:\n"
			  "  - {name: id, header: ID, type: bigint, null: no}\n"
			  "  - {name: at, type: timestamp, null: yes}\n"
			  "  - name: person\n"
			  "    personal: yes\n"
			  "    description: Who bought.\n"
			  "  - {name: total, type: 'decimal(18,2)', round: yes}\n",
			  arena, &s, &err),
		  &err);
	assert_string_equal(s.files, "in/{day}/*.csv");
	assert_int_equal(s.format.delimiter, '\t');
	assert_int_equal(s.format.quote, 0);
	assert_string_equal(s.format.encoding, "latin-1");
	assert_int_equal(s.format.decimal, ',');
	assert_int_equal(s.format.thousands, '.');
	assert_string_equal(s.format.date, "dmy");
	assert_false(s.format.header);
	assert_true(words_have(&s.format.null, "\\N"));
	assert_int_equal(s.load, LOAD_MERGE);
	assert_int_equal(s.resend, RESEND_ERROR);
	assert_string_equal(s.newest_by, "at");
	assert_int_equal(s.drift.new_column, DRIFT_FREEZE);
	assert_int_equal(s.drift.missing_column, DRIFT_EVOLVE);
	assert_int_equal(s.drift.type, DRIFT_FREEZE);
	assert_int_equal(s.drift.new_shape, DRIFT_DISCARD_VALUE);
	assert_false(s.max_rejects.is_percent);
	assert_true(s.max_rejects.value == 20);
	assert_int_equal(s.settle_us, 60000000);
	assert_string_equal(s.subject, "person");
	assert_true(s.columns[0].required);
	assert_false(s.columns[1].required);
	assert_true(s.columns[2].personal);
	assert_true(s.columns[3].round);
	assert_int_equal(s.columns[2].line, 19);
	assert_ptr_equal(source_column_named(&s, "person"), &s.columns[2]);
	assert_null(source_column_named(&s, "nobody"));
}

static void key_and_required_columns_are_checks(void **state)
{
	OWNED(arena) *arena = arena_new();
	struct source s;
	struct error err;
	(void)state;
	assert_ok(read_contract("key: id\n"
				"columns:\n"
				"  - {name: id, null: no}\n"
				"  - {name: a, null: no}\n"
				"  - {name: b, null: no}\n"
				"checks:\n"
				"  - unique: [a, b]\n",
				arena, &s, &err),
		  &err);
	assert_int_equal(s.checks.count, 4);
	assert_int_equal(s.checks_derived, 3);
	assert_string_equal(s.checks.items[0].name, "not_null(a, b)");
	assert_int_equal(s.checks.items[0].kind, CHECK_NOT_NULL);
	assert_int_equal(s.checks.items[0].columns.count, 2);
	assert_int_equal(s.checks.items[0].line, 4);
	assert_string_equal(s.checks.items[0].file, "sources/orders.yaml");
	assert_string_equal(s.checks.items[3].name, "unique(a, b)");
	/* said by hand as well: one check */
	assert_ok(read_contract("columns:\n  - {name: a, null: no}\nchecks:\n  - not_null: [a]\n",
				arena, &s, &err),
		  &err);
	assert_int_equal(s.checks.count, 1);
	assert_int_equal(s.checks_derived, 0);
}

static void expect_wrong(const char *yaml, int line, int column, const char *message,
			 const char *hint)
{
	OWNED(arena) *arena = arena_new();
	struct source s;
	struct error err = {0};
	assert_fails(read_contract(yaml, arena, &s, &err), &err, ERR_PROJECT);
	assert_string_equal(err.message, message);
	assert_string_equal(err.file, "sources/orders.yaml");
	assert_int_equal(err.line, line);
	assert_int_equal(err.column, column);
	if (hint)
		assert_string_equal(err.hint, hint);
}

static void wrong_contracts_are_told_with_their_place(void **state)
{
	(void)state;
	expect_wrong("", 1, 1, "the contract of source \"orders\" is empty", NULL);
	expect_wrong("files: a.csv\n", 1, 1, "a source contract lacks the key \"columns\"", NULL);
	expect_wrong("columns: []\n", 1, 10, "columns is a list of columns, not nothing", NULL);
	expect_wrong("columns: id\n", 1, 10, "columns is a list of columns, not nothing", NULL);
	expect_wrong("columns: {id: text}\n", 1, 10, "columns is a list of columns, not a mapping",
		     NULL);
	expect_wrong("colums: [a]\n", 1, 1, "a source contract has no key \"colums\"",
		     "Did you mean \"columns\"?");
	expect_wrong("columns: [a]\nfiles: a/{}.csv\n", 2, 8,
		     "the pattern \"a/{}.csv\" has a capture without a proper name", NULL);
	expect_wrong("columns: [a]\nformat: {delimiter: none}\n", 2, 21,
		     "there must be a delimiter", NULL);
	expect_wrong("columns: [a]\nformat: {decimal: x}\n", 2, 19,
		     "\"x\" cannot be the decimal mark", NULL);
	expect_wrong("columns: [a]\nformat: {decimal: ',', thousands: ','}\n", 2, 9,
		     "decimal and thousands are the same", NULL);
	expect_wrong("columns: [a]\nformat: {delimiter: '\"'}\n", 2, 9,
		     "delimiter and quote are the same", NULL);
	expect_wrong("columns: [a]\nformat: {encoding: latin1}\n", 2, 20,
		     "\"latin1\" is not utf-8, latin-1, windows-1252, utf-16, utf-16le or utf-16be",
		     "Did you mean \"latin-1\"?");
	expect_wrong("columns:\n- {name: a}\n- {name: a}\n", 3, 3, "column \"a\" is there twice",
		     NULL);
	expect_wrong("columns:\n- {name: a}\n- {name: b, header: a}\n", 3, 3,
		     "the header \"a\" stands for two columns", NULL);
	expect_wrong("columns: [{name: a, type: text, round: yes}]\n", 1, 11,
		     "column \"a\" is no decimal, so there is nothing to round", NULL);
	expect_wrong("columns: [{header: a}]\n", 1, 11, "a column lacks the key \"name\"", NULL);
	expect_wrong("columns: [_file]\n", 1, 11, "\"_file\" is not a name", NULL);
	expect_wrong("columns: [order_id]\nkey: [order_di]\n", 2, 7,
		     "there is no column \"order_di\"", "Did you mean \"order_id\"?");
	expect_wrong("columns: [a]\nkey: [a, a]\n", 2, 10, "the key holds \"a\" twice", NULL);
	expect_wrong("columns: [a]\nload: merge\n", 2, 7, "a merge needs a key", NULL);
	expect_wrong("columns: [a]\nload: apend\n", 2, 7,
		     "\"apend\" is not replace, append or merge", "Did you mean \"append\"?");
	expect_wrong("columns: [a]\nnewest_by: a\n", 2, 12,
		     "newest_by has a meaning for \"load: merge\" only", NULL);
	expect_wrong("columns: [a]\nresend: new\n", 2, 9,
		     "resend has a meaning for \"load: append\" and \"load: merge\" only", NULL);
	expect_wrong("columns: [a]\nkey: a\nload: merge\nnewest_by: b\n", 4, 12,
		     "there is no column \"b\"", NULL);
	expect_wrong("columns: [a]\nsubject: b\n", 2, 10, "there is no column \"b\"", NULL);
	expect_wrong("columns: [a]\ndrift: {type: evolve}\n", 2, 15,
		     "\"type\" cannot evolve by itself", NULL);
	expect_wrong("columns: [a]\nmax_rejects: 101 %\n", 2, 14,
		     "\"101 %\" is more than the whole", NULL);
	expect_wrong("columns: [price]\nchecks:\n  - unique: prise\n", 3, 0,
		     "check \"unique(prise)\" names the column \"prise\", which the table lacks",
		     "Did you mean \"price\"?");
}

static void without_a_header_headers_may_repeat(void **state)
{
	OWNED(arena) *arena = arena_new();
	struct source s;
	struct error err;
	(void)state;
	assert_ok(read_contract("format: {header: no}\n"
				"columns: [{name: a, header: x}, {name: b, header: x}]\n",
				arena, &s, &err),
		  &err);
}

static void increments_are_not_there_yet(void **state)
{
	OWNED(arena) *arena = arena_new();
	struct source s;
	struct error err = {0};
	(void)state;
	assert_fails(read_contract("columns: [a]\nincremental: yes\n", arena, &s, &err), &err,
		     ERR_UNSUPPORTED);
	assert_int_equal(err.line, 2);
	assert_int_equal(err.column, 14);
}

static void too_many_columns_are_a_limit(void **state)
{
	OWNED(arena) *arena = arena_new();
	HELD(text) yaml = {0};
	struct source s;
	struct error err = {0};
	(void)state;
	text_add(&yaml, "columns:\n");
	for (int i = 0; i < 4097; i++)
		text_addf(&yaml, "- c%d\n", i);
	assert_fails(read_contract(yaml.data, arena, &s, &err), &err, ERR_LIMIT);
}

static void the_schema_follows_the_columns(void **state)
{
	OWNED(arena) *arena = arena_new();
	HELD(delta_schema) plain = {0};
	HELD(delta_schema) merged = {0};
	struct source s;
	struct error err;
	(void)state;
	assert_ok(read_contract("key: id\nload: merge\ncolumns:\n"
				"  - {name: id, type: bigint, description: Which.}\n"
				"  - {name: total, type: 'decimal(18,2)'}\n",
				arena, &s, &err),
		  &err);
	assert_ok(source_to_schema(&s, &merged, &err), &err);
	assert_int_equal(merged.count, 4);
	assert_string_equal(merged.columns[0].name, "id");
	assert_string_equal(merged.columns[0].type, "long");
	assert_string_equal(merged.columns[0].comment, "Which.");
	assert_string_equal(merged.columns[1].type, "decimal(18,2)");
	assert_string_equal(merged.columns[2].name, "_file");
	assert_string_equal(merged.columns[3].type, "long");
	s.load = LOAD_REPLACE;
	assert_ok(source_to_schema(&s, &plain, &err), &err);
	assert_int_equal(plain.count, 2);
}

static int read_once(void *context, struct error *err)
{
	OWNED(arena) *arena = arena_new();
	HELD(delta_schema) schema = {0};
	struct source s;
	if (!arena)
		return err_memory(err);
	TRY(read_contract(context, arena, &s, err));
	return source_to_schema(&s, &schema, err);
}

static void refused_memory_is_told(void **state)
{
	static char yaml[] = "files: a.csv\nkey: [id]\nload: append\ncolumns:\n"
			     "  - {name: id, header: ID, type: bigint}\n  - {name: b, null: no}\n"
			     "checks:\n  - unique: b\n";
	(void)state;
	support_sweep_allocations(read_once, yaml);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_short_contract_has_defaults),
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(key_and_required_columns_are_checks),
		cmocka_unit_test(wrong_contracts_are_told_with_their_place),
		cmocka_unit_test(without_a_header_headers_may_repeat),
		cmocka_unit_test(increments_are_not_there_yet),
		cmocka_unit_test(too_many_columns_are_a_limit),
		cmocka_unit_test(the_schema_follows_the_columns),
		cmocka_unit_test(refused_memory_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
