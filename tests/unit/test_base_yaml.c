/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/yaml.h"

static void expect_refusal(const char *bytes, enum error_kind kind, int line, int column,
			   const char *message)
{
	struct error err = {0};
	OWNED(yaml) *document = NULL;
	assert_fails(yaml_parse("shop.yaml", bytes, strlen(bytes), &document, &err), &err, kind);
	if (!strstr(err.message, message) || err.line != line || err.column != column ||
	    strcmp(err.file, "shop.yaml") != 0)
		fail_msg("%s:%d:%d: %s", err.file, err.line, err.column, err.message);
}

static void a_document_becomes_a_tree_with_places(void **state)
{
	(void)state;
	static const char text[] = "# a shop\n"
				   "name: olist\n"
				   "format:\n"
				   "  null: [\"\", NA]\n"
				   "  header: true\n"
				   "columns:\n"
				   "  - name: \xc3\xa9t\xc3\xa9  # its name\n"
				   "    type: 'decimal(18,2)'\n"
				   "  - {name: b, type: date}\n";
	struct error err;
	OWNED(yaml) *document = NULL;
	assert_ok(yaml_parse("a.yaml", text, strlen(text), &document, &err), &err);
	const struct yaml_node *root = yaml_root(document);
	assert_int_equal(yaml_kind(root), YAML_MAPPING);
	assert_int_equal(yaml_count(root), 3);
	assert_string_equal(yaml_text(yaml_key_at(root, 1)), "format");
	assert_string_equal(yaml_file(root), "a.yaml");
	const struct yaml_node *null = yaml_get(yaml_get(root, "format"), "null");
	assert_int_equal(yaml_count(null), 2);
	assert_true(yaml_is_quoted(yaml_at(null, 0)));
	assert_false(yaml_is_null(yaml_at(null, 0)));
	assert_string_equal(yaml_text(yaml_at(null, 1)), "NA");
	assert_int_equal(yaml_line(yaml_at(null, 1)), 4);
	assert_int_equal(yaml_column(yaml_at(null, 1)), 14);
	const struct yaml_node *columns = yaml_get(root, "columns");
	assert_string_equal(yaml_kind_name(columns), "a list");
	assert_string_equal(yaml_text(yaml_get(yaml_at(columns, 0), "name")), "\xc3\xa9t\xc3\xa9");
	assert_string_equal(yaml_text(yaml_get(yaml_at(columns, 0), "type")), "decimal(18,2)");
	assert_int_equal(yaml_line(yaml_get(yaml_at(columns, 1), "type")), 9);
	assert_int_equal(yaml_column(yaml_get(yaml_at(columns, 1), "type")), 21);
	assert_null(yaml_get(columns, "name"));
	assert_null(yaml_get(NULL, "name"));
	assert_null(yaml_get(root, "nome"));
}

static void a_scalar_is_its_text_and_nothing_is_guessed(void **state)
{
	(void)state;
	static const char flow[] =
		"- no\n- 012\n- 1e3\n- ~\n- null\n- Null\n-\n- 'null'\n- |\n  a\n"
		"  b\n- >-\n  a\n  b\n";
	static const struct {
		const char *text;
		bool is_null, is_quoted;
		int line;
	} expected[] = {
		{"no", false, false, 1},  {"012", false, false, 2}, {"1e3", false, false, 3},
		{"~", true, false, 4},    {"null", true, false, 5}, {"Null", false, false, 6},
		{"", true, false, 1},     {"null", false, true, 8}, {"a\nb\n", false, true, 10},
		{"a b", false, true, 13},
	};
	struct error err;
	OWNED(yaml) *document = NULL;
	assert_ok(yaml_parse("a", flow, strlen(flow), &document, &err), &err);
	assert_int_equal(yaml_count(yaml_root(document)), sizeof expected / sizeof *expected);
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		const struct yaml_node *node = yaml_at(yaml_root(document), i);
		assert_string_equal(yaml_text(node), expected[i].text);
		assert_int_equal(yaml_is_null(node), expected[i].is_null);
		assert_int_equal(yaml_is_quoted(node), expected[i].is_quoted);
		assert_int_equal(yaml_line(node), expected[i].line);
	}
}

static void a_value_left_out_is_found_at_its_key(void **state)
{
	(void)state;
	static const char text[] = "b: 1\n\nkey:\n\nc: 2\n";
	struct error err;
	OWNED(yaml) *document = NULL;
	assert_ok(yaml_parse("a", text, strlen(text), &document, &err), &err);
	const struct yaml_node *value = yaml_get(yaml_root(document), "key");
	assert_true(yaml_is_null(value));
	assert_int_equal(yaml_line(value), 3);
}

static void nothing_but_comments_has_no_root(void **state)
{
	(void)state;
	static const char *const texts[] = {"",      "\n\n",       "# only this\n",
					    "---\n", "---\n...\n", "\xef\xbb\xbf# mark\n"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct error err;
		OWNED(yaml) *document = NULL;
		assert_ok(yaml_parse("a", texts[i], strlen(texts[i]), &document, &err), &err);
		assert_null(yaml_root(document));
	}
}

static void what_is_dangerous_or_surprising_is_refused_with_its_place(void **state)
{
	(void)state;
	expect_refusal("a: 1\nb: 2\n\"a\": 3\n", ERR_PROJECT, 3, 1,
		       "\"a\" is already given in line 1");
	expect_refusal("x: {k: 1, k: 2}\n", ERR_PROJECT, 1, 11, "already given");
	expect_refusal("a: &x 1\n", ERR_PROJECT, 1, 4, "anchors");
	expect_refusal("a: 1\nb: *x\n", ERR_PROJECT, 2, 4, "aliases");
	expect_refusal("a: !!str 1\n", ERR_PROJECT, 1, 4, "tags");
	expect_refusal("a: ! 1\n", ERR_PROJECT, 1, 4, "tags");
	expect_refusal("? [a, b]\n: 1\n", ERR_PROJECT, 1, 3, "key must be");
	expect_refusal("? {a: b}\n: 1\n", ERR_PROJECT, 1, 3, "key must be");
	expect_refusal("&x a: 1\n", ERR_PROJECT, 1, 1, "anchors");
	expect_refusal(": 1\n", ERR_PROJECT, 1, 1, "key is missing");
	expect_refusal("a: 1\n---\nb: 2\n", ERR_PROJECT, 2, 1, "second document");
	expect_refusal("a: \"x\\0y\"\n", ERR_PROJECT, 1, 4, "NUL");
	expect_refusal("a: 1\nb: \xff\n", ERR_PROJECT, 2, 1, "UTF-8");
}

static void what_is_no_yaml_is_refused_with_its_place(void **state)
{
	(void)state;
	expect_refusal("a: [1, 2\nb: 3\n", ERR_PROJECT, 3, 1, "not valid YAML");
	expect_refusal("a: 1\n  b: 2\n", ERR_PROJECT, 1, 4, "not valid YAML");
	expect_refusal("a: \"x\n", ERR_PROJECT, 1, 5, "not valid YAML");
	expect_refusal("a:\n\t- b\n", ERR_PROJECT, 2, 1, "not valid YAML");
	expect_refusal("a: 1\nb\n", ERR_PROJECT, 2, 1, "not valid YAML");
	expect_refusal("}", ERR_PROJECT, 1, 1, "not valid YAML");
}

static void more_than_the_depth_allowed_is_refused(void **state)
{
	(void)state;
	char text[2 * YAML_DEPTH_MAX + 3] = "";
	memset(text, '[', YAML_DEPTH_MAX);
	memset(text + YAML_DEPTH_MAX, ']', YAML_DEPTH_MAX);
	struct error err;
	OWNED(yaml) *document = NULL;
	assert_ok(yaml_parse("a", text, strlen(text), &document, &err), &err);
	memset(text, '[', YAML_DEPTH_MAX + 1);
	memset(text + YAML_DEPTH_MAX + 1, ']', YAML_DEPTH_MAX + 1);
	expect_refusal(text, ERR_LIMIT, 1, YAML_DEPTH_MAX + 1, "deep");
}

static void a_file_too_long_is_refused(void **state)
{
	(void)state;
	HELD(text) text = {0};
	while (text.len <= SETTINGS_FILE_LEN_MAX)
		text_add(&text, "# a line of nothing but a comment\n");
	expect_refusal(text.data, ERR_LIMIT, 0, 0, "longer than");
}

static void a_file_of_many_keys_is_read_in_time(void **state)
{
	(void)state;
	HELD(text) text = {0};
	for (int i = 0; text.len < SETTINGS_FILE_LEN_MAX - 16; i++)
		text_addf(&text, "k%d:\n", i);
	struct error err;
	OWNED(yaml) *document = NULL;
	assert_ok(yaml_parse("a", text.data, text.len, &document, &err), &err);
	assert_true(yaml_count(yaml_root(document)) > 100000);
}

static void a_file_is_read_under_its_name(void **state)
{
	(void)state;
	char *folder = support_make_folder();
	support_write_file(folder, "a.yaml", "a: [\n");
	struct error err;
	OWNED(yaml) *document = NULL;
	OWNED_MEMORY char *path = text_format(&err, "%s/a.yaml", folder);
	assert_fails(yaml_read(path, "sources/a.yaml", &document, &err), &err, ERR_PROJECT);
	assert_string_equal(err.file, "sources/a.yaml");
	OWNED_MEMORY char *absent = text_format(&err, "%s/b.yaml", folder);
	assert_fails(yaml_read(absent, "sources/b.yaml", &document, &err), &err, ERR_NOT_FOUND);
	support_remove_folder(folder);
}

static int parse_something(void *context, struct error *err)
{
	(void)context;
	static const char text[] = "a: [1, 2, {b: c}, 4, 5, 6, 7, 8, 9, 10]\nd: e\n";
	OWNED(yaml) *document = NULL;
	return yaml_parse("a", text, strlen(text), &document, err);
}

static void every_refused_allocation_is_reported(void **state)
{
	(void)state;
	support_sweep_allocations(parse_something, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_becomes_a_tree_with_places),
		cmocka_unit_test(a_scalar_is_its_text_and_nothing_is_guessed),
		cmocka_unit_test(a_value_left_out_is_found_at_its_key),
		cmocka_unit_test(nothing_but_comments_has_no_root),
		cmocka_unit_test(what_is_dangerous_or_surprising_is_refused_with_its_place),
		cmocka_unit_test(what_is_no_yaml_is_refused_with_its_place),
		cmocka_unit_test(more_than_the_depth_allowed_is_refused),
		cmocka_unit_test(a_file_too_long_is_refused),
		cmocka_unit_test(a_file_of_many_keys_is_read_in_time),
		cmocka_unit_test(a_file_is_read_under_its_name),
		cmocka_unit_test(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
