/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/project_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/own.h"
#include "base/text.h"
#include "base/yaml.h"
#include "support/support.h"

static const char *const colours[] = {"red", "green", "blue", NULL};

struct thing {
	const char *text, *name;
	char mark;
	bool flag;
	int64_t count, bytes, duration_us;
	struct amount amount;
	struct column_type type;
	struct words words;
	int colour;
};

#define KEY(key, read, detail)                                                                     \
	{                                                                                          \
#key, read, offsetof(struct thing, key), detail, false                             \
	}

static const struct project_key keys[] = {
	KEY(text, project_read_text, NULL),
	KEY(name, project_read_name, NULL),
	KEY(mark, project_read_char, NULL),
	KEY(flag, project_read_bool, NULL),
	KEY(count, project_read_count, NULL),
	KEY(bytes, project_read_bytes, NULL),
	{"duration", project_read_duration, offsetof(struct thing, duration_us), NULL, false},
	KEY(amount, project_read_amount, NULL),
	KEY(type, project_read_type, NULL),
	KEY(words, project_read_words, NULL),
	KEY(colour, project_read_choice, colours),
	{"later", project_read_reserved, 0, NULL, false},
	{0},
};

static const struct project_key strict_keys[] = {
	{"text", project_read_text, offsetof(struct thing, text), NULL, true},
	{0},
};

static int read_with(const struct project_key *table, const char *yaml, struct arena *arena,
		     struct thing *out, struct error *err)
{
	OWNED(yaml) *document = NULL;
	struct project_reader reader = {.arena = arena, .expand = true};
	TRY(yaml_parse("thing.yaml", yaml, strlen(yaml), &document, err));
	return project_read_mapping(&reader, yaml_root(document), "a thing", table, out, err);
}

/* That reading `yaml` fails at the place, with the message and the hint (NULL = whatever). */
static void expect_failure(const char *yaml, int line, int column, const char *message,
			   const char *hint)
{
	OWNED(arena) *arena = arena_new();
	struct thing thing = {0};
	struct error err = {0};
	assert_int_equal(read_with(keys, yaml, arena, &thing, &err), -1);
	assert_string_equal(err.message, message);
	if (hint)
		assert_string_equal(err.hint, hint);
	assert_string_equal(err.file, "thing.yaml");
	assert_int_equal(err.line, line);
	assert_int_equal(err.column, column);
}

static void every_type_of_value_is_read(void **state)
{
	OWNED(arena) *arena = arena_new();
	struct thing t = {.colour = 1};
	struct error err;
	(void)state;
	assert_ok(read_with(keys,
			    "text: some words\nname: a_name1\nmark: ';'\nflag: yes\ncount: 12\n"
			    "bytes: 2 KiB\nduration: 45 s\namount: 0.5 %\ntype: decimal(10,3)\n"
			    "words: [a, 'b c', \"\"]\ncolour: blue\n",
			    arena, &t, &err),
		  &err);
	assert_string_equal(t.text, "some words");
	assert_string_equal(t.name, "a_name1");
	assert_int_equal(t.mark, ';');
	assert_true(t.flag);
	assert_int_equal(t.count, 12);
	assert_int_equal(t.bytes, 2048);
	assert_int_equal(t.duration_us, 45000000);
	assert_true(t.amount.is_percent && t.amount.value == 0.5);
	assert_int_equal(t.type.kind, COLUMN_DECIMAL);
	assert_int_equal(t.type.precision, 10);
	assert_int_equal(t.type.scale, 3);
	assert_int_equal(t.words.count, 3);
	assert_string_equal(t.words.items[1], "b c");
	assert_string_equal(t.words.items[2], "");
	assert_null(t.words.items[3]);
	assert_int_equal(t.colour, 2);
}

static void what_is_not_given_keeps_its_default(void **state)
{
	OWNED(arena) *arena = arena_new();
	struct thing t = {.colour = 1, .count = 7, .text = "old"};
	struct error err;
	(void)state;
	assert_ok(read_with(keys, "count:\ntext: ~\nflag: no\n", arena, &t, &err), &err);
	assert_int_equal(t.colour, 1);
	assert_int_equal(t.count, 7);
	assert_string_equal(t.text, "old");
}

static void one_text_is_a_list_of_one(void **state)
{
	OWNED(arena) *arena = arena_new();
	struct thing t = {0};
	struct error err;
	(void)state;
	assert_ok(read_with(keys, "words: alone\n", arena, &t, &err), &err);
	assert_int_equal(t.words.count, 1);
	assert_true(words_have(&t.words, "alone"));
	assert_false(words_have(&t.words, "al"));
	assert_ok(read_with(keys, "words: []\n", arena, &t, &err), &err);
	assert_int_equal(t.words.count, 0);
	assert_null(t.words.items);
	/* a word is its text, also where YAML has a meaning for it */
	assert_ok(read_with(keys, "words: [NULL, ~, yes]\n", arena, &t, &err), &err);
	assert_string_equal(t.words.items[0], "NULL");
	assert_string_equal(t.words.items[1], "~");
}

static void an_unknown_key_names_the_one_meant(void **state)
{
	(void)state;
	expect_failure("text: a\n  \nconut: 3\n", 3, 1, "a thing has no key \"conut\"",
		       "Did you mean \"count\"?");
	expect_failure("nonsense_of_all_kinds: 3\n", 1, 1,
		       "a thing has no key \"nonsense_of_all_kinds\"",
		       "Its keys are text, name, mark, flag, count, bytes, duration, amount, type, "
		       "words, colour, later.");
}

static void a_key_twice_is_an_error_at_the_second(void **state)
{
	OWNED(arena) *arena = arena_new();
	struct thing t = {0};
	struct error err = {0};
	(void)state;
	assert_fails(read_with(keys, "count: 1\ntext: a\ncount: 2\n", arena, &t, &err), &err,
		     ERR_PROJECT);
	assert_int_equal(err.line, 3);
	assert_int_equal(err.column, 1);
	assert_non_null(strstr(err.message, "count"));
}

static void a_wrong_value_is_an_error_at_its_place(void **state)
{
	(void)state;
	expect_failure("count: -1\n", 1, 8, "\"-1\" is not a whole number, 0 or more", "");
	expect_failure("count: 1.5\n", 1, 8, "\"1.5\" is not a whole number, 0 or more", "");
	expect_failure("flag: maybe\n", 1, 7, "\"maybe\" is not yes or no", "");
	expect_failure("mark: ab\n", 1, 7,
		       "\"ab\" is not one ASCII character (a tab is written tab)", NULL);
	expect_failure("bytes: 2 apples\n", 1, 8,
		       "\"2 apples\" is not a size like \"512 MiB\" or \"2 GB\"", NULL);
	expect_failure("duration: soon\n", 1, 11,
		       "\"soon\" is not a duration like \"45 s\", \"2 h\" or \"7 days\"", NULL);
	expect_failure("amount: 1e3\n", 1, 9,
		       "\"1e3\" is not a number like 20 or a share like 0.5 %", NULL);
	expect_failure("amount: 3 %%\n", 1, 9,
		       "\"3 %%\" is not a number like 20 or a share like 0.5 %", NULL);
	expect_failure("name: Upper\n", 1, 7, "\"Upper\" is not a name", NULL);
	expect_failure("colour: gren\n", 1, 9, "\"gren\" is not red, green or blue",
		       "Did you mean \"green\"?");
	expect_failure("type: string\n", 1, 7, "\"string\" is not a type",
		       "Did you mean \"text\"?");
	expect_failure("type: decimal(39,2)\n", 1, 7, "\"decimal(39,2)\" is not a type", NULL);
	expect_failure("text: [a]\n", 1, 7, "a text was expected, not a list", NULL);
	expect_failure("words: {a: b}\n", 1, 8, "a list was expected, not a mapping", NULL);
	expect_failure("words: [a, [b]]\n", 1, 12, "a text was expected, not a list", NULL);
	expect_failure("words: [a, {b: 1}]\n", 1, 12, "a text was expected, not a mapping", NULL);
	expect_failure("[a]\n", 1, 1, "a thing is a mapping of keys to values, not a list", NULL);
	expect_failure("later: 1\n", 1, 8,
		       "\"later\" is kept for a later release and does nothing yet", NULL);
}

static void a_list_has_no_empty_elements(void **state)
{
	OWNED(arena) *arena = arena_new();
	struct thing t = {0};
	struct error err = {0};
	(void)state;
	assert_fails(read_with(keys, "words:\n  - a\n  -\n  - b\n", arena, &t, &err), &err,
		     ERR_PROJECT);
	assert_string_equal(err.message, "a list has an element with nothing in it");
}

static void a_required_key_must_have_a_value(void **state)
{
	OWNED(arena) *arena = arena_new();
	struct thing t = {0};
	struct error err = {0};
	(void)state;
	assert_fails(read_with(strict_keys, "{}\n", arena, &t, &err), &err, ERR_PROJECT);
	assert_string_equal(err.message, "a thing lacks the key \"text\"");
	assert_int_equal(err.line, 1);
	assert_fails(read_with(strict_keys, "text:\n", arena, &t, &err), &err, ERR_PROJECT);
	assert_string_equal(err.message, "a thing lacks the key \"text\"");
}

static void a_variable_is_a_whole_value(void **state)
{
	OWNED(arena) *arena = arena_new();
	struct thing t = {0};
	struct error err;
	(void)state;
	setenv("VITRINE_TEST_SIZE", "3 KiB", 1);
	unsetenv("VITRINE_TEST_NONE");
	assert_ok(read_with(keys, "bytes: ${VITRINE_TEST_SIZE}\ntext: \"${VITRINE_TEST_SIZE}\"\n",
			    arena, &t, &err),
		  &err);
	assert_int_equal(t.bytes, 3072);
	assert_string_equal(t.text, "3 KiB");
	assert_ok(read_with(keys, "text: a $5 {b} ${} ${1} $$${x} of $${y}\n", arena, &t, &err),
		  &err);
	assert_string_equal(t.text, "a $5 {b} ${} ${1} $${x} of ${y}");
	expect_failure("text: ${VITRINE_TEST_NONE}\n", 1, 7,
		       "the environment variable \"VITRINE_TEST_NONE\" is not set", "");
	expect_failure("text: in ${VITRINE_TEST_SIZE}\n", 1, 7,
		       "\"in ${VITRINE_TEST_SIZE}\" holds a variable as a part of it", NULL);
}

static void a_secret_is_never_shown(void **state)
{
	(void)state;
	setenv("VITRINE_TEST_SECRET", "hush", 1);
	expect_failure("count: ${VITRINE_TEST_SECRET}\n", 1, 8,
		       "\"${VITRINE_TEST_SECRET}\" is not a whole number, 0 or more", "");
	expect_failure("colour: ${VITRINE_TEST_SECRET}\n", 1, 9,
		       "\"${VITRINE_TEST_SECRET}\" is not red, green or blue", "");
	expect_failure("name: ${VITRINE_TEST_SECRET}%\n", 1, 7,
		       "\"${VITRINE_TEST_SECRET}%\" holds a variable as a part of it", NULL);
}

static void a_reader_that_does_not_expand_takes_the_text(void **state)
{
	OWNED(arena) *arena = arena_new();
	OWNED(yaml) *document = NULL;
	struct project_reader reader = {.arena = arena};
	struct thing t = {0};
	struct error err;
	const char *yaml = "text: $${A} ${B}\n";
	(void)state;
	assert_ok(yaml_parse("x", yaml, strlen(yaml), &document, &err), &err);
	assert_ok(project_read_mapping(&reader, yaml_root(document), "x", keys, &t, &err), &err);
	assert_string_equal(t.text, "$${A} ${B}");
}

static void types_have_their_names_everywhere(void **state)
{
	static const char *const names[][3] = {
		{"text", "string", "varchar"},
		{"bigint", "long", "bigint"},
		{"integer", "integer", "integer"},
		{"decimal(18,2)", "decimal(18,2)", "decimal(18,2)"},
		{"double", "double", "double"},
		{"boolean", "boolean", "boolean"},
		{"date", "date", "date"},
		{"timestamp", "timestamp", "timestamp"},
		{"decimal(38,38)", "decimal(38,38)", "decimal(38,38)"}};
	static const char *const wrong[] = {"",
					    "TEXT",
					    "decimal",
					    "decimal()",
					    "decimal(0,0)",
					    "decimal(5,6)",
					    "decimal(5)",
					    "decimal(5,2) ",
					    "decimal(5,-1)",
					    "decimal(5,2x)"};
	char out[COLUMN_TYPE_SIZE];
	struct column_type type;
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		assert_true(column_type_parse(names[i][0], &type));
		assert_string_equal(column_type_format(type, out), names[i][0]);
		assert_string_equal(column_type_delta(type, out), names[i][1]);
		assert_string_equal(column_type_sql(type, out), names[i][2]);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(column_type_parse(wrong[i], &type));
}

static int read_all(void *context, struct error *err)
{
	OWNED(arena) *arena = arena_new();
	struct thing t = {0};
	(void)context;
	if (!arena)
		return err_memory(err);
	return read_with(keys, "text: $${A}\nwords: [a, b]\nname: x\ntype: date\n", arena, &t, err);
}

static int read_unknown(void *context, struct error *err)
{
	int result = read_all(context, err);
	OWNED(arena) *arena = result < 0 ? NULL : arena_new();
	struct thing t = {0};
	if (result < 0 || !arena)
		return err_memory(err);
	result = read_with(keys, "unknown: 1\n", arena, &t, err);
	return result < 0 && err->kind == ERR_PROJECT ? 0 : result;
}

static void refused_memory_is_told(void **state)
{
	(void)state;
	support_sweep_allocations(read_unknown, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_of_value_is_read),
		cmocka_unit_test(what_is_not_given_keeps_its_default),
		cmocka_unit_test(one_text_is_a_list_of_one),
		cmocka_unit_test(an_unknown_key_names_the_one_meant),
		cmocka_unit_test(a_key_twice_is_an_error_at_the_second),
		cmocka_unit_test(a_wrong_value_is_an_error_at_its_place),
		cmocka_unit_test(a_list_has_no_empty_elements),
		cmocka_unit_test(a_required_key_must_have_a_value),
		cmocka_unit_test(a_variable_is_a_whole_value),
		cmocka_unit_test(a_secret_is_never_shown),
		cmocka_unit_test(a_reader_that_does_not_expand_takes_the_text),
		cmocka_unit_test(types_have_their_names_everywhere),
		cmocka_unit_test(refused_memory_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
