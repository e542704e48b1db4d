/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "csv/load.h"
#include "support/load_text.h"

static char *folder;

static int set_up(void **state)
{
	(void)state;
	folder = support_make_folder();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	support_remove_folder(folder);
	return 0;
}

static const struct csv_column columns[] = {
	{.name = "id", .type = {CSV_INTEGER}, .required = true, .field = 0},
	{.name = "price", .type = {CSV_DECIMAL, 18, 2}, .field = 1},
};

static const struct csv_load_settings plain = {
	.dialect = {.delimiter = ',', .quote = '"', .decimal = '.', .header = true},
	.columns = columns,
	.column_count = 2,
	.field_count = 2};

static void assert_rejects(const char *text, const char *expected)
{
	HELD(loaded) loaded = {0};
	load_string(folder, text, plain, &loaded);
	assert_string_equal(loaded.rejects, expected);
}

static void every_problem_of_a_value_is_said_in_words(void **state)
{
	(void)state;
	assert_rejects(
		"id,price\n"
		"x,1\n"
		",1\n"
		"99999999999,1\n"
		"1,\"12,5x\"\n"
		"1,1.234\n"
		"1,99999999999999999999\n",
		"2@9 type id: \"x\" is not an integer <x,1>\n"
		"3@13 required id: no value where one is required <,1>\n"
		"4@16 range id: \"99999999999\" does not fit into an integer <99999999999,1>\n"
		"5@30 type price: \"12,5x\" is not a decimal(18,2) <1,\"12,5x\">\n"
		"6@40 precision price: \"1.234\" has more decimal places than decimal(18,2) "
		"<1,1.234>\n"
		"7@48 range price: \"99999999999999999999\" does not fit into a decimal(18,2) "
		"<1,99999999999999999999>\n");
}

static void damage_is_said_in_words(void **state)
{
	(void)state;
	assert_rejects("id,price\n1,2\"\r\n2,\"3\n4,5\n",
		       "2@9 damaged_quote -: a quote where none may stand, at byte 4 of the record "
		       "<1,2\">\n"
		       "3@15 damaged_quote -: a quoted text opens and does not close <2,\"3>\n");
	assert_rejects(
		"id,price\n1,\"2\n3,4\n5\",6\"7\n",
		"2@9 damaged_quote -: a quoted text opens, and the next quote cannot close it "
		"<1,\"2>\n"
		"3@14 ambiguous -: may be a record of its own, or part of the damaged text "
		"before <3,4>\n"
		"4@18 damaged_quote -: a quote where none may stand, at byte 2 of the record "
		"<5\",6\"7>\n");
}

static void a_long_value_is_shown_by_its_beginning(void **state)
{
	(void)state;
	HELD(loaded) loaded = {0};
	char text[400];
	snprintf(text, sizeof text, "id,price\n%0100d%s,1\n", 7, "\xC3\xA9");
	load_string(folder, text, plain, &loaded);
	assert_non_null(strstr(loaded.rejects, "00000000\"... is not an integer <0000"));
	memset(text + 9, 'x', 79);
	memcpy(text + 9 + 79, "\xC3\xA9", 2); /* a letter over the border */
	loaded_done(&loaded);
	load_string(folder, text, plain, &loaded);
	assert_non_null(strstr(loaded.rejects, "xxx\"... is not"));
}

struct kept {
	size_t text_len;
	int64_t record_len;
	int count;
};

static int keep(void *context, const struct csv_reject *reject, struct error *err)
{
	(void)err;
	struct kept *kept = context;
	assert_true(text_is_utf8(reject->text, reject->text_len));
	kept->text_len = reject->text_len;
	kept->record_len = reject->record_len;
	kept->count++;
	return 0;
}

static int load_all(const struct csv_load_settings *settings, struct error *err)
{
	OWNED(csv_load) *load = NULL;
	OWNED(csv_worker) *worker = NULL;
	struct csv_vector vectors[2] = {{0}};
	struct csv_load_counts counts;
	TRY(csv_load_new(settings, &load, err));
	TRY(csv_load_begin(load, err));
	TRY(csv_worker_new(load, &worker, err));
	for (;;) {
		int64_t got = csv_worker_next(worker, 100, vectors, NULL, NULL, NULL, err);
		if (got < 0)
			return -1;
		if (got == 0)
			return csv_load_finish(load, &counts, err);
	}
}

static void a_long_text_is_kept_by_its_beginning(void **state)
{
	(void)state;
	struct error err;
	char path[600];
	enum { LEN = REJECT_TEXT_LEN_MAX * 2 };
	for (char odd = 0; odd < 2; odd++) { /* valid two-byte letters, then bytes that are none */
		struct kept kept = {0};
		char *text = malloc(LEN);
		memcpy(text, "id,price\n", 9);
		for (size_t i = 9; i < LEN; i++)
			text[i] = odd ? '\xFF' : i % 2 ? '\xC3' : '\xA9';
		support_write_bytes(folder, "long.csv", text, LEN);
		free(text);
		snprintf(path, sizeof path, "%s/long.csv", folder);
		struct csv_load_settings settings = plain;
		settings.path = path;
		settings.reject = keep;
		settings.reject_context = &kept;
		assert_ok(load_all(&settings, &err), &err);
		assert_int_equal(kept.count, 1);
		assert_int_equal(kept.record_len, LEN - 9);
		assert_true(kept.text_len <= REJECT_TEXT_LEN_MAX);
		assert_true(kept.text_len >= REJECT_TEXT_LEN_MAX - 4);
	}
}

static int refuse(void *context, const struct csv_reject *reject, struct error *err)
{
	(void)context;
	return err_set(err, ERR_DISK_FULL, "no room for line %lld", (long long)reject->line);
}

static void the_listener_can_stop_the_load(void **state)
{
	(void)state;
	struct error err;
	char path[600];
	support_write_file(folder, "load.csv", "id,price\n1,1\n2\n");
	snprintf(path, sizeof path, "%s/load.csv", folder);
	struct csv_load_settings settings = plain;
	settings.path = path;
	settings.reject = refuse;
	assert_fails(load_all(&settings, &err), &err, ERR_DISK_FULL);
	assert_string_equal(err.message, "no room for line 3");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(every_problem_of_a_value_is_said_in_words),
		CASE(damage_is_said_in_words),
		CASE(a_long_value_is_shown_by_its_beginning),
		CASE(a_long_text_is_kept_by_its_beginning),
		CASE(the_listener_can_stop_the_load),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
