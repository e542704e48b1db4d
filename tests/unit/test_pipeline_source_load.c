/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/source_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "base/yaml.h"
#include "support/support.h"

/* A contract, its plan for a header, and what they hang on. */
struct world {
	struct arena *arena;
	struct source source;
	struct source_load_plan plan;
};

static void read_contract(struct world *w, const char *yaml)
{
	OWNED(yaml) *document = NULL;
	struct error err;
	w->arena = arena_new();
	const struct project_reader reader = {.arena = w->arena};
	assert_ok(yaml_parse("c", yaml, strlen(yaml), &document, &err), &err);
	assert_ok(source_read(&reader, document, "orders", "sources/orders.yaml", &w->source, &err),
		  &err);
}

/* `header` is its fields parted by '|'. */
static int plan(struct world *w, const char *header, struct error *err)
{
	char copy[512], *fields[64], *rest = copy;
	size_t count = 0;
	snprintf(copy, sizeof copy, "%s", header);
	while ((fields[count] = strsep(&rest, "|")))
		count++;
	return source_load_plan(&w->source, fields, count, "x.csv", w->arena, &w->plan, err);
}

static void begin(struct world *w, const char *yaml, const char *header)
{
	struct error err;
	read_contract(w, yaml);
	assert_ok(plan(w, header, &err), &err);
}

static void end(struct world *w)
{
	arena_free(w->arena);
}

/* "id=0 total=-1": the columns and their fields. */
static void expect_columns(const struct world *w, const char *expected)
{
	struct text t = {0};
	for (size_t i = 0; i < w->plan.column_count; i++)
		text_addf(&t, "%s%s=%d", i ? " " : "", w->plan.columns[i].name,
			  w->plan.columns[i].field);
	assert_string_equal(t.data, expected);
	text_done(&t);
}

static void expect_note(const struct world *w, size_t place, const char *note)
{
	assert_true(place < w->plan.note_count);
	assert_string_equal(w->plan.notes[place], note);
}

static void expect_refused(const char *yaml, const char *header, const char *message,
			   const char *hint)
{
	struct world w;
	struct error err = {0};
	read_contract(&w, yaml);
	assert_fails(plan(&w, header, &err), &err, ERR_REFUSED);
	assert_string_equal(err.message, message);
	if (hint)
		assert_string_equal(err.hint, hint);
	end(&w);
}

static const char PLAIN[] =
	"columns:\n"
	"  - {name: id, type: bigint, null: no}\n"
	"  - {name: total, header: \"Valor Total (R$)\", type: \"decimal(18,2)\"}\n"
	"  - {name: day, type: date}\n";

static void a_header_as_agreed_needs_no_word(void **state)
{
	struct world w;
	(void)state;
	begin(&w, PLAIN, "id|Valor Total (R$)|day");
	expect_columns(&w, "id=0 total=1 day=2");
	assert_int_equal(w.plan.field_count, 3);
	assert_int_equal(w.plan.note_count, 0);
	assert_int_equal(w.plan.extra_count, 0);
	assert_null(w.plan.discard_all);
	assert_true(w.plan.columns[0].required);
	assert_false(w.plan.columns[1].required);
	assert_int_equal(w.plan.columns[0].type.kind, CSV_BIGINT);
	assert_int_equal(w.plan.columns[1].type.kind, CSV_DECIMAL);
	assert_int_equal(w.plan.columns[1].type.precision, 18);
	assert_int_equal(w.plan.columns[1].type.scale, 2);
	assert_int_equal(w.plan.columns[2].type.kind, CSV_DATE);
	end(&w);
}

static void order_does_not_matter(void **state)
{
	struct world w;
	(void)state;
	begin(&w, PLAIN, "day|id|Valor Total (R$)");
	expect_columns(&w, "id=1 total=2 day=0");
	assert_int_equal(w.plan.note_count, 0);
	end(&w);
}

static void case_accents_and_blanks_do_not_matter_but_are_said(void **state)
{
	struct world w;
	(void)state;
	begin(&w, PLAIN, " ID |VALOR  TOTAL (R$)|d\xC3\xA1y");
	expect_columns(&w, "id=0 total=1 day=2");
	assert_int_equal(w.plan.note_count, 3);
	expect_note(&w, 0, "the header \" ID \" is taken for \"id\"");
	expect_note(&w, 1, "the header \"VALOR  TOTAL (R$)\" is taken for \"Valor Total (R$)\"");
	end(&w);
}

static void other_signs_make_another_header(void **state)
{
	(void)state;
	expect_refused(PLAIN, "id|Valor Total (R%)|day",
		       "\"x.csv\" lacks the column \"Valor Total (R$)\"",
		       "It has \"Valor Total (R%)\": if that is it, write `header: \"Valor Total "
		       "(R%)\"` at column total in sources/orders.yaml.");
}

static void an_exact_header_comes_before_a_similar_one(void **state)
{
	struct world w;
	(void)state;
	begin(&w, "columns: [id, {name: other, header: ID}]\n", "ID|id");
	expect_columns(&w, "id=1 other=0");
	assert_int_equal(w.plan.note_count, 0);
	end(&w);
	/* which of the two "Id" is cannot be told */
	expect_refused("columns: [id, {name: other, header: ID}]\n", "Id|x",
		       "\"x.csv\" has no column of the contract sources/orders.yaml", NULL);
}

static void a_column_twice_is_refused(void **state)
{
	(void)state;
	expect_refused(PLAIN, "id|id|Valor Total (R$)|day", "\"x.csv\" has two columns \"id\"",
		       "Which of them is meant cannot be told: send the file again with each "
		       "column named once.");
	expect_refused(PLAIN, "Id|ID|Valor Total (R$)|day", "\"x.csv\" has two columns \"ID\"",
		       "Both would be the column id of the contract.");
}

static void a_missing_column_is_refused_when_frozen(void **state)
{
	(void)state;
	expect_refused(
		PLAIN, "id|day", "\"x.csv\" lacks the column \"Valor Total (R$)\"",
		"`drift: {missing_column: evolve}` in sources/orders.yaml reads it as NULL.");
	expect_refused(PLAIN, "1|2.50|2026-01-05",
		       "\"x.csv\" has no column of the contract sources/orders.yaml",
		       "Is it the right file? Its first line is read as the names of its columns; "
		       "`format: {header: no}` says that it has none.");
}

static void another_delimiter_is_told(void **state)
{
	(void)state;
	expect_refused(
		PLAIN, "id;day;Valor Total (R$)",
		"\"x.csv\" has no column of the contract sources/orders.yaml",
		"Its first line is one column \"id;day;Valor Total (R$)\": it may be written "
		"with `format: {delimiter: \";\"}`. Send it as the contract says, or change "
		"the contract.");
	expect_refused(
		PLAIN, "other\tday\tx",
		"\"x.csv\" has no column of the contract sources/orders.yaml",
		"Its first line is one column \"other\tday\tx\": it may be written with "
		"`format: {delimiter: \"tab\"}`. Send it as the contract says, or change the "
		"contract.");
	expect_refused(PLAIN, "identity;daylight",
		       "\"x.csv\" has no column of the contract sources/orders.yaml",
		       "Is it the right file? Its first line is read as the names of its columns; "
		       "`format: {header: no}` says that it has none.");
}

static void a_missing_column_may_be_null(void **state)
{
	static const char *const ways[] = {"evolve", "discard_value"};
	char yaml[512];
	struct world w;
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		snprintf(yaml, sizeof yaml, "drift: {missing_column: %s}\n%s", ways[i], PLAIN);
		begin(&w, yaml, "id|day");
		expect_columns(&w, "id=0 total=-1 day=1");
		assert_int_equal(w.plan.field_count, 2);
		expect_note(&w, 0, "the column \"Valor Total (R$)\" is missing and reads as NULL");
		end(&w);
		expect_refused(yaml, "Valor Total (R$)|day",
			       "\"x.csv\" lacks the column \"id\", which must have a value", NULL);
	}
}

static void a_missing_column_may_cost_the_rows(void **state)
{
	char yaml[512];
	struct world w;
	(void)state;
	snprintf(yaml, sizeof yaml, "drift: {missing_column: discard_row}\n%s", PLAIN);
	begin(&w, yaml, "Valor Total (R$)|day");
	expect_columns(&w, "id=-1 total=0 day=1");
	assert_string_equal(w.plan.discard_all, "the file lacks the column \"id\"");
	end(&w);
}

static void a_new_column_evolves_by_default(void **state)
{
	struct world w;
	(void)state;
	begin(&w, PLAIN, "id|Situa\xC3\xA7\xC3\xA3o do Pedido|Valor Total (R$)|day|");
	expect_columns(&w, "id=0 total=2 day=3 situacao_do_pedido=1 column_5=4");
	assert_int_equal(w.plan.field_count, 5);
	assert_int_equal(w.plan.extra_count, 2);
	assert_string_equal(w.plan.extras[0].name, "situacao_do_pedido");
	assert_string_equal(w.plan.extras[0].header, "Situa\xC3\xA7\xC3\xA3o do Pedido");
	assert_int_equal(w.plan.extras[0].field, 1);
	assert_int_equal(w.plan.columns[3].type.kind, CSV_TEXT);
	assert_false(w.plan.columns[3].required);
	expect_note(&w, 0,
		    "the column \"Situa\xC3\xA7\xC3\xA3o do Pedido\" is new: it becomes "
		    "situacao_do_pedido, as text");
	end(&w);
}

static void a_new_column_needs_a_free_name(void **state)
{
	(void)state;
	expect_refused(
		PLAIN, "id|Total!|Valor Total (R$)|day",
		"\"x.csv\" has a new column \"Total!\", whose name total is taken by another",
		"Give it a name: add `- {name: ..., header: \"Total!\"}` to the columns in "
		"sources/orders.yaml.");
	expect_refused(PLAIN, "id|a|a|Valor Total (R$)|day",
		       "\"x.csv\" has a new column \"a\", whose name a is taken by another", NULL);
}

static void a_new_column_may_be_refused_or_left_out(void **state)
{
	char yaml[512];
	struct world w;
	(void)state;
	snprintf(yaml, sizeof yaml, "drift: {new_column: freeze}\n%s", PLAIN);
	expect_refused(yaml, "id|Valor Total (R$)|day|x",
		       "\"x.csv\" has a column \"x\", which the contract sources/orders.yaml lacks",
		       NULL);
	snprintf(yaml, sizeof yaml, "drift: {new_column: discard_value}\n%s", PLAIN);
	begin(&w, yaml, "id|Valor Total (R$)|x|x|day");
	expect_columns(&w, "id=0 total=1 day=4");
	assert_int_equal(w.plan.field_count, 5);
	expect_note(&w, 0, "the column \"x\" is new and left out");
	end(&w);
	snprintf(yaml, sizeof yaml, "drift: {new_column: discard_row}\n%s", PLAIN);
	begin(&w, yaml, "id|Valor Total (R$)|x|y|day");
	expect_columns(&w, "id=0 total=1 day=4");
	assert_string_equal(w.plan.discard_all,
			    "the file has a column \"x\", which the contract lacks");
	end(&w);
}

static void without_a_header_fields_go_by_place(void **state)
{
	struct world w;
	struct error err;
	(void)state;
	read_contract(&w, "format: {header: no, delimiter: ';', null: [NA], encoding: utf-16le,\n"
			  "  date: dmy, decimal: ',', thousands: '.'}\n"
			  "drift: {type: discard_value, new_shape: freeze}\ncolumns: [a, b]\n");
	assert_ok(source_load_plan(&w.source, NULL, 0, "x.csv", w.arena, &w.plan, &err), &err);
	expect_columns(&w, "a=0 b=1");
	assert_int_equal(w.plan.field_count, 2);
	assert_string_equal(w.plan.nulls[0], "NA");
	assert_null(w.plan.nulls[1]);
	assert_int_equal(w.plan.dialect.delimiter, ';');
	assert_int_equal(w.plan.dialect.encoding, CSV_UTF16LE);
	assert_int_equal(w.plan.dialect.date, CSV_DATE_DMY);
	assert_int_equal(w.plan.dialect.decimal, ',');
	assert_int_equal(w.plan.dialect.thousands, '.');
	assert_false(w.plan.dialect.header);
	assert_true(w.plan.type_discard_value);
	assert_false(w.plan.shape_discard_value);
	assert_true(w.plan.refuse_shape);
	assert_false(w.plan.refuse_type);
	end(&w);
}

static void the_key_of_a_merge_must_have_values(void **state)
{
	struct world w;
	(void)state;
	begin(&w, "key: [a]\nload: merge\ncolumns: [a, b]\n", "a|b");
	assert_true(w.plan.columns[0].required);
	assert_false(w.plan.columns[1].required);
	end(&w);
	begin(&w, "key: [a]\nload: append\ncolumns: [a, b]\n", "a|b");
	assert_false(w.plan.columns[0].required);
	end(&w);
}

static void too_many_fields_are_a_limit(void **state)
{
	static char *fields[4097];
	struct world w;
	struct error err = {0};
	(void)state;
	for (size_t i = 0; i < 4097; i++)
		fields[i] = (char[]){"a"};
	read_contract(&w, PLAIN);
	assert_fails(source_load_plan(&w.source, fields, 4097, "x.csv", w.arena, &w.plan, &err),
		     &err, ERR_LIMIT);
	end(&w);
}

static void a_name_comes_from_a_header(void **state)
{
	struct error err;
	char *name = source_name_from_header("Pre\xC3\xA7o (R$)", &err);
	(void)state;
	assert_string_equal(name, "preco_r");
	free(name);
}

static int plan_once(void *context, struct error *err)
{
	struct world *w = context;
	OWNED(arena) *own = arena_new();
	if (!own)
		return err_memory(err);
	static char id[] = "ID ", extra[] = "extra", total[] = "Valor Total (R$)";
	char *fields[] = {id, extra, total};
	return source_load_plan(&w->source, fields, 3, "x.csv", own, &w->plan, err);
}

static void refused_memory_is_told(void **state)
{
	char yaml[512];
	struct world w;
	(void)state;
	snprintf(yaml, sizeof yaml, "drift: {missing_column: evolve}\n%s", PLAIN);
	read_contract(&w, yaml);
	support_sweep_allocations(plan_once, &w);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_as_agreed_needs_no_word),
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(case_accents_and_blanks_do_not_matter_but_are_said),
		cmocka_unit_test(other_signs_make_another_header),
		cmocka_unit_test(an_exact_header_comes_before_a_similar_one),
		cmocka_unit_test(a_column_twice_is_refused),
		cmocka_unit_test(a_missing_column_is_refused_when_frozen),
		cmocka_unit_test(another_delimiter_is_told),
		cmocka_unit_test(a_missing_column_may_be_null),
		cmocka_unit_test(a_missing_column_may_cost_the_rows),
		cmocka_unit_test(a_new_column_evolves_by_default),
		cmocka_unit_test(a_new_column_needs_a_free_name),
		cmocka_unit_test(a_new_column_may_be_refused_or_left_out),
		cmocka_unit_test(without_a_header_fields_go_by_place),
		cmocka_unit_test(the_key_of_a_merge_must_have_values),
		cmocka_unit_test(too_many_fields_are_a_limit),
		cmocka_unit_test(a_name_comes_from_a_header),
		cmocka_unit_test(refused_memory_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
