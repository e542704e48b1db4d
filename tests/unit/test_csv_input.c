/* SPDX-License-Identifier: Apache-2.0 */
#include "support/input_text.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

static int set_up(void **state)
{
	*state = support_make_folder();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	support_remove_folder(*state);
	return 0;
}

static int64_t skipped(const char *folder, const char *name, enum csv_encoding encoding)
{
	struct error err;
	OWNED(csv_input) *input = NULL;
	OWNED_MEMORY char *path = file_join(folder, name, &err);
	assert_ok(csv_input_open(path, encoding, &input, &err), &err);
	return csv_input_skipped(input);
}

static void utf8_passes_byte_for_byte(void **state)
{
	static const char text[] = "a;b\r\n\"\xC3\xA7\n\";\xFF\xC3(\0x\xF0\x9F\x98\x80";
	support_write_bytes(*state, "f", text, sizeof text - 1);
	check_text(*state, "f", CSV_UTF8, text, sizeof text - 1);
	assert_int_equal(skipped(*state, "f", CSV_UTF8), 0);
	support_write_bytes(*state, "empty", "", 0);
	check_text(*state, "empty", CSV_UTF8, "", 0);
	for (size_t len = 1; len <= 5; len++) {
		support_write_bytes(*state, "short", text, len);
		check_text(*state, "short", CSV_UTF8, text, len);
	}
}

static void a_byte_order_mark_is_taken_off(void **state)
{
	support_write_bytes(*state, "f",
			    "\xEF\xBB\xBF"
			    "a,b\n",
			    7);
	check_text(*state, "f", CSV_UTF8, "a,b\n", 4);
	assert_int_equal(skipped(*state, "f", CSV_UTF8), 3);
	support_write_bytes(*state, "mark", "\xEF\xBB\xBF", 3);
	check_text(*state, "mark", CSV_UTF8, "", 0);
	support_write_bytes(*state, "half", "\xEF\xBB", 2);
	check_text(*state, "half", CSV_UTF8, "\xEF\xBB", 2);
	support_write_bytes(*state, "two", "\xEF\xBB\xBF\xEF\xBB\xBF", 6);
	check_text(*state, "two", CSV_UTF8, "\xEF\xBB\xBF", 3); /* only the first is a mark */
}

static void a_byte_order_mark_overrules_what_is_stated(void **state)
{
	support_write_bytes(*state, "8", "\xEF\xBB\xBF\xC3\xA7", 5);
	check_text(*state, "8", CSV_LATIN1, "\xC3\xA7", 2);
	check_text(*state, "8", CSV_UTF16LE, "\xC3\xA7", 2);
	support_write_bytes(*state, "le", "\xFF\xFE\xE7\0,\0", 6);
	check_text(*state, "le", CSV_UTF8, "\xC3\xA7,", 3);
	check_text(*state, "le", CSV_UTF16BE, "\xC3\xA7,", 3);
	assert_int_equal(skipped(*state, "le", CSV_UTF8), 0);
	support_write_bytes(*state, "be", "\xFE\xFF\0\xE7\0,", 6);
	check_text(*state, "be", CSV_WINDOWS1252, "\xC3\xA7,", 3);
	check_text(*state, "be", CSV_UTF16, "\xC3\xA7,", 3);
}

static void what_is_no_readable_file_is_refused(void **state)
{
	struct error err;
	OWNED(csv_input) *input = NULL;
	OWNED_MEMORY char *missing = file_join(*state, "missing", &err);
	OWNED_MEMORY char *pipe = file_join(*state, "pipe", &err);
	assert_fails(csv_input_open(missing, CSV_UTF8, &input, &err), &err, ERR_NOT_FOUND);
	assert_non_null(strstr(err.message, missing));
	assert_fails(csv_input_open(*state, CSV_UTF8, &input, &err), &err, ERR_IO);
	assert_int_equal(mkfifo(pipe, 0600), 0);
	assert_fails(csv_input_open(pipe, CSV_UTF8, &input, &err), &err, ERR_IO);
	assert_non_null(strstr(err.message, "is not a regular file"));
	if (geteuid() == 0)
		return; /* who may do all cannot be denied */
	support_write_file(*state, "secret", "a,b\n");
	OWNED_MEMORY char *secret = file_join(*state, "secret", &err);
	assert_int_equal(chmod(secret, 0), 0);
	assert_fails(csv_input_open(secret, CSV_UTF8, &input, &err), &err, ERR_DENIED);
}

static int open_and_read(void *context, struct error *err)
{
	OWNED(csv_input) *input = NULL;
	char bytes[100];
	TRY(csv_input_open(context, CSV_LATIN1, &input, err));
	return csv_input_read(input, bytes, sizeof bytes, err) < 0 ? -1 : 0;
}

static void every_refused_allocation_is_told(void **state)
{
	struct error err;
	support_write_bytes(*state, "f", "\xE7,b\n", 4);
	OWNED_MEMORY char *path = file_join(*state, "f", &err);
	support_sweep_allocations(open_and_read, path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(utf8_passes_byte_for_byte, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_byte_order_mark_is_taken_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_byte_order_mark_overrules_what_is_stated, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_readable_file_is_refused, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(every_refused_allocation_is_told, set_up,
						tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
