/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/own.h"
#include "base/process.h"
#include "base/text.h"
#include "pipeline/generate.h"

static int set_up(void **state)
{
	*state = support_make_folder();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	support_remove_folder(*state);
	process_set_interrupted(false);
	return 0;
}

static int generate(const char *folder, int64_t orders, uint64_t seed, bool damage,
		    struct generate_report *out, struct error *err)
{
	const struct generate_settings settings = {
		.folder = folder, .orders = orders, .seed = seed, .damage = damage};
	return generate_write(&settings, out, err);
}

/* One digest of all nine files. */
static void digest(const char *folder, char out[HASH_HEX_SIZE])
{
	OWNED(hash) *hash = hash_new();
	assert_non_null(hash);
	for (int i = 0; i < GENERATE_FILES; i++) {
		OWNED_MEMORY char *bytes = support_read_file(folder, generate_file_name(i));
		assert_non_null(bytes);
		hash_add(hash, bytes, strlen(bytes));
	}
	hash_end(hash, out);
}

static void digest_of(const char *folder, int64_t orders, uint64_t seed, char out[HASH_HEX_SIZE])
{
	struct generate_report report;
	struct error err;
	assert_ok(generate(folder, orders, seed, false, &report, &err), &err);
	digest(folder, out);
}

/* The digest was the same when built by gcc and by clang, with and without optimisation. What
 * changes it changes everybody's made-up data: say so in the change log. */
static void the_bytes_follow_from_the_seed_on_any_machine(void **state)
{
	char hex[HASH_HEX_SIZE];
	digest_of(*state, 300, 1, hex);
	assert_string_equal(hex,
			    "bf4a2a192a11796207058af92c0ea66322dc08927f3d418730d90f45126a90aa");
}

static void another_seed_gives_other_data(void **state)
{
	char one[HASH_HEX_SIZE], again[HASH_HEX_SIZE], other[HASH_HEX_SIZE];
	digest_of(*state, 200, 5, one);
	digest_of(*state, 200, 5, again);
	digest_of(*state, 200, 6, other);
	assert_string_equal(one, again);
	assert_string_not_equal(one, other);
}

static int64_t count_of(const char *text, char c)
{
	int64_t count = 0;
	while ((text = strchr(text, c))) {
		count++;
		text++;
	}
	return count;
}

static void the_report_says_what_is_in_the_files(void **state)
{
	struct generate_report report;
	struct error err;
	assert_ok(generate(*state, 500, 3, false, &report, &err), &err);
	assert_int_equal(report.files[GENERATE_ORDERS].records, 500);
	assert_int_equal(report.files[GENERATE_CUSTOMERS].records, 500);
	for (int i = 0; i < GENERATE_FILES; i++) {
		OWNED_MEMORY char *bytes = support_read_file(*state, generate_file_name(i));
		assert_int_equal(report.files[i].bytes, strlen(bytes));
		assert_int_equal(report.files[i].broken, 0);
		if (i != GENERATE_REVIEWS) /* whose comments hold line ends */
			assert_int_equal(count_of(bytes, '\n') - (i != GENERATE_TRANSLATION),
					 report.files[i].records);
	}
}

static void the_translation_has_a_mark_crlf_and_no_last_line_end(void **state)
{
	struct generate_report report;
	struct error err;
	assert_ok(generate(*state, 1, 1, false, &report, &err), &err);
	OWNED_MEMORY char *bytes =
		support_read_file(*state, "product_category_name_translation.csv");
	assert_true(text_starts(bytes, "\xEF\xBB\xBFproduct_category_name,"
				       "product_category_name_english\r\n"));
	assert_false(text_ends(bytes, "\n"));
	assert_int_equal(count_of(bytes, '\r'), count_of(bytes, '\n'));
}

static void reviews_hold_line_ends_and_doubled_quotes(void **state)
{
	struct generate_report report;
	struct error err;
	assert_ok(generate(*state, 2000, 1, false, &report, &err), &err);
	OWNED_MEMORY char *bytes = support_read_file(*state, "olist_order_reviews_dataset.csv");
	int64_t lines = count_of(bytes, '\n') - 1;
	assert_true(lines > report.files[GENERATE_REVIEWS].records + 50);
	assert_true(count_of(bytes, '\r') > 20);
	assert_non_null(strstr(bytes, "\"\""));
}

/* Walk both files: each line of the whole one comes in the damaged one in the same order; what is
 * left over is what the report calls broken. */
static void damage_adds_records_and_changes_none(void **state)
{
	struct generate_report whole, damaged;
	struct error err;
	OWNED_MEMORY char *a = file_join(*state, "whole", &err);
	OWNED_MEMORY char *b = file_join(*state, "damaged", &err);
	assert_ok(generate(a, 5000, 1, false, &whole, &err), &err);
	assert_ok(generate(b, 5000, 1, true, &damaged, &err), &err);
	for (int i = 0; i < GENERATE_FILES; i++) {
		OWNED_MEMORY char *good = support_read_file(a, generate_file_name(i));
		OWNED_MEMORY char *mixed = support_read_file(b, generate_file_name(i));
		int64_t extra = 0;
		const char *at = good;
		for (const char *line = mixed; *line;) {
			size_t len = strcspn(line, "\n");
			len += line[len] == '\n';
			if (strncmp(at, line, len) == 0)
				at += len;
			else
				extra++;
			line += len;
		}
		assert_int_equal(*at, '\0');
		assert_int_equal(extra, damaged.files[i].broken);
		assert_int_equal(whole.files[i].records, damaged.files[i].records);
	}
	assert_true(damaged.files[GENERATE_ORDERS].broken >= 8);
	assert_true(damaged.files[GENERATE_ITEMS].broken >= 8);
	assert_true(damaged.files[GENERATE_PAYMENTS].broken >= 8);
	assert_true(damaged.files[GENERATE_REVIEWS].broken >= 8);
	assert_int_equal(damaged.files[GENERATE_CUSTOMERS].broken, 0);
}

static void files_that_are_there_are_counted(void **state)
{
	struct generate_report report;
	struct error err;
	int present;
	assert_ok(generate_count_present(*state, &present, &err), &err);
	assert_int_equal(present, 0);
	support_write_file(*state, "olist_orders_dataset.csv", "mine\n");
	assert_ok(generate_count_present(*state, &present, &err), &err);
	assert_int_equal(present, 1);
	assert_ok(generate(*state, 1, 1, false, &report, &err), &err);
	assert_ok(generate_count_present(*state, &present, &err), &err);
	assert_int_equal(present, 9);
}

static void assert_only_mine_is_left(const char *folder)
{
	struct error err;
	char **names = NULL;
	assert_ok(file_list(folder, &names, &err), &err);
	for (char **name = names; *name; name++)
		assert_true(strcmp(*name, "olist_orders_dataset.csv") == 0 ||
			    strcmp(*name, "olist_sellers_dataset.csv.part") == 0);
	file_free_names(names);
	OWNED_MEMORY char *mine = support_read_file(folder, "olist_orders_dataset.csv");
	assert_string_equal(mine, "mine\n");
}

static void a_failure_replaces_nothing_and_leaves_nothing(void **state)
{
	struct generate_report report;
	struct error err;
	support_write_file(*state, "olist_orders_dataset.csv", "mine\n");
	OWNED_MEMORY char *in_the_way = file_join(*state, "olist_sellers_dataset.csv.part", &err);
	assert_int_equal(mkdir(in_the_way, 0755), 0);
	assert_fails(generate(*state, 10, 1, false, &report, &err), &err, ERR_IO);
	assert_only_mine_is_left(*state);
}

static void a_full_disk_is_told(void **state)
{
	struct generate_report report;
	struct error err;
	if (access("/dev/full", W_OK) != 0)
		skip();
	support_write_file(*state, "olist_orders_dataset.csv", "mine\n");
	OWNED_MEMORY char *full = file_join(*state, "olist_order_items_dataset.csv.part", &err);
	assert_int_equal(symlink("/dev/full", full), 0);
	assert_fails(generate(*state, 3000, 1, false, &report, &err), &err, ERR_DISK_FULL);
	assert_non_null(strstr(err.message, "olist_order_items_dataset.csv"));
	assert_only_mine_is_left(*state);
}

static void an_interrupt_leaves_nothing(void **state)
{
	struct generate_report report;
	struct error err;
	support_write_file(*state, "olist_orders_dataset.csv", "mine\n");
	process_set_interrupted(true);
	assert_fails(generate(*state, 10, 1, false, &report, &err), &err, ERR_CANCELED);
	assert_only_mine_is_left(*state);
}

static int work(void *context, struct error *err)
{
	struct generate_report report;
	return generate(context, 3, 1, false, &report, err);
}

static void refused_memory_is_told(void **state)
{
	support_sweep_allocations(work, *state);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_bytes_follow_from_the_seed_on_any_machine),
		CASE(another_seed_gives_other_data),
		CASE(the_report_says_what_is_in_the_files),
		CASE(the_translation_has_a_mark_crlf_and_no_last_line_end),
		CASE(reviews_hold_line_ends_and_doubled_quotes),
		CASE(damage_adds_records_and_changes_none),
		CASE(files_that_are_there_are_counted),
		CASE(a_failure_replaces_nothing_and_leaves_nothing),
		CASE(a_full_disk_is_told),
		CASE(an_interrupt_leaves_nothing),
		CASE(refused_memory_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
