/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "pipeline/decisions.h"
#include "pipeline/land_pending.h"
#include "store/store.h"
#include "support/landing.h"

enum { NOTED_US = 1000 }; /* when what put_pending() writes was taken */

/* "name:content@time ..." added to a delivery: a content's hash is its letter, 64 times; @time is
 * when it was loaded. What was loaded, and what `in_lake`, lies at "landing/<name>". */
static void fill(struct delivery *delivery, const char *files, bool in_lake)
{
	struct error err;
	char name[16], content;
	int used;
	for (; sscanf(files, " %15[^:]:%c%n", name, &content, &used) == 2; files += used) {
		char sha256[HASH_HEX_SIZE] = {0}, key[32];
		memset(sha256, content, HASH_HEX_SIZE - 1);
		snprintf(key, sizeof key, "landing/%s", name);
		assert_ok(delivery_add(delivery, name, sha256, in_lake ? NULL : "path",
				       in_lake ? key : NULL, 1, &err),
			  &err);
		if (files[used] == '@')
			delivery->files[delivery->count - 1].landed_us =
				strtoll(files + used + 1, NULL, 10);
		used += (int)strcspn(files + used, " ");
	}
}

/* "name:content key ..." in the order in which they are. */
static void expect_files(const struct delivery *got, const char *wanted)
{
	HELD(text) t = {0};
	text_add(&t, "");
	for (size_t i = 0; i < got->count; i++)
		text_addf(&t, "%s%s:%c%s", i ? " " : "", got->files[i].logical,
			  got->files[i].sha256[0], got->files[i].key ? "" : "!");
	assert_string_equal(t.data, wanted);
}

static void put_text(struct support_landing *shop, const char *name, const char *text)
{
	struct error err;
	HELD(text) key = {0};
	text_addf(&key, "_vitrine/pending/orders/%s.json", name);
	assert_ok(store_put(context_store(shop->in.context), key.data, text, strlen(text), &err),
		  &err);
}

static void put_pending(struct support_landing *shop, const char *name, int64_t time_us,
			const char *files)
{
	HELD(text) t = {0};
	HELD(delivery) delivery = {0};
	fill(&delivery, files, true);
	text_addf(&t, "{\"time_us\": %lld, \"later\": {\"x\": 1}, \"files\": [",
		  (long long)time_us);
	for (size_t i = 0; i < delivery.count; i++)
		text_addf(&t,
			  "%s{\"logical\": \"%s\", \"sha256\": \"%s\", \"key\": \"%s\", "
			  "\"size\": 1, \"more\": true}",
			  i ? ", " : "", delivery.files[i].logical, delivery.files[i].sha256,
			  delivery.files[i].key);
	text_add(&t, "]}");
	put_text(shop, name, t.data);
}

/* ---- what is written ---- */

static void what_is_noted_is_read_back(void **state)
{
	struct support_landing *shop = *state;
	struct error err;
	HELD(landing) landing = {.state = &shop->state, .source = &shop->source};
	HELD(delivery) got = {0};
	assert_ok(delivery_add(&landing.files, "a \"b\"\n\xc3\xa7.csv",
			       "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
			       NULL, "landing/orders/a\\b", 77, &err),
		  &err);
	assert_ok(land_pending_note(&landing, false, &err), &err);
	assert_ok(land_pending_read(shop->in.context, "orders", &got, &err), &err);
	assert_int_equal(got.count, 1);
	assert_string_equal(got.files[0].logical, "a \"b\"\n\xc3\xa7.csv");
	assert_string_equal(got.files[0].sha256, landing.files.files[0].sha256);
	assert_string_equal(got.files[0].key, "landing/orders/a\\b");
	assert_int_equal(got.files[0].size, 77);
	assert_true(got.files[0].landed_us > 0);
	HELD(delivery) other = {0};
	assert_ok(land_pending_read(shop->in.context, "stoc", &other, &err), &err);
	assert_int_equal(other.count, 0);
}

static void a_note_takes_the_place_of_those_before(void **state)
{
	struct support_landing *shop = *state;
	struct error err;
	HELD(landing) landing = {.state = &shop->state, .source = &shop->source};
	HELD(delivery) got = {0}, none = {0};
	put_pending(shop, "1", 1, "old:1");
	put_pending(shop, "2", 2, "older:2");
	fill(&landing.files, "a:a loaded:b@5 c:c", true);
	assert_ok(land_pending_note(&landing, false, &err), &err);
	assert_ok(land_pending_read(shop->in.context, "orders", &got, &err), &err);
	expect_files(&got, "a:a c:c");
	land_pending_clear(&landing);
	assert_ok(land_pending_read(shop->in.context, "orders", &none, &err), &err);
	assert_int_equal(none.count, 0);
}

static void a_refusal_is_noted_until_the_next_try(void **state)
{
	struct support_landing *shop = *state;
	struct error err;
	HELD(landing) landing = {.state = &shop->state, .source = &shop->source};
	shop->source.load = LOAD_APPEND;
	for (int refused = 0; refused < 4; refused++) {
		HELD(delivery) ever = {0};
		HELD(delivery) waiting = {0};
		delivery_done(&landing.files);
		landing.files = (struct delivery){0};
		fill(&landing.files, "a:a b:b", true);
		fill(&ever, "b:c@9000000000000000", true);
		assert_ok(land_pending_note(&landing, refused % 2, &err), &err);
		assert_ok(land_pending_waiting(shop->in.context, &shop->source, &ever, &waiting,
					       &err),
			  &err);
		expect_files(&waiting, "a:a"); /* b was loaded later, with other content */
		assert_int_equal(waiting.files[0].is_refused, refused % 2);
	}
}

static void a_load_of_what_was_loaded_notes_nothing(void **state)
{
	struct support_landing *shop = *state;
	struct error err;
	HELD(landing) landing = {.state = &shop->state, .source = &shop->source};
	HELD(delivery) got = {0};
	put_pending(shop, "1", 1, "waits:1");
	fill(&landing.files, "loaded:b@5", true);
	assert_ok(land_pending_note(&landing, false, &err), &err);
	assert_ok(land_pending_read(shop->in.context, "orders", &got, &err), &err);
	expect_files(&got, "waits:1");
}

static void the_newest_come_first(void **state)
{
	struct support_landing *shop = *state;
	struct error err;
	HELD(delivery) got = {0};
	put_pending(shop, "1", 20, "b:b");
	put_pending(shop, "2", 30, "c:c");
	put_pending(shop, "3", 10, "a:a");
	assert_ok(land_pending_read(shop->in.context, "orders", &got, &err), &err);
	expect_files(&got, "c:c b:b a:a");
	assert_int_equal(got.files[2].landed_us, 10);
}

static void a_damaged_note_is_told_with_its_key(void **state)
{
	static const char *const damaged[] = {
		"",
		"{",
		"{}",
		"[]",
		"{\"files\": {}}",
		"{\"files\": [{}]}",
		"{\"files\": [1]}",
		"{\"files\": [{\"logical\": \"a\", \"key\": \"k\", \"sha256\": \"0123\"}]}",
		"{\"files\": [{\"logical\": \"a\", \"sha256\": "
		"\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}]}",
		"{\"files\": [{\"key\": \"k\", \"sha256\": "
		"\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}]}",
	};
	struct support_landing *shop = *state;
	for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
		struct error err;
		HELD(delivery) got = {0};
		put_text(shop, "broken", damaged[i]);
		assert_fails(land_pending_read(shop->in.context, "orders", &got, &err), &err,
			     ERR_CORRUPT);
		assert_non_null(strstr(err.message, "_vitrine/pending/orders/broken.json"));
	}
}

/* ---- what is tried again ---- */

/* What is pending, taken at NOTED_US, was refused; then `found` lies there. `ever` was loaded, and
 * is in the table when it is `current`. Afterwards landing->found and given_way are as wanted;
 * what is to be copied yet is marked by "!". */
static void expect(struct support_landing *shop, const char *pending, const char *found,
		   const char *ever, const char *current, const char *wanted,
		   const char *wanted_gone)
{
	struct error err;
	HELD(landing) landing = {.state = &shop->state, .source = &shop->source};
	put_pending(shop, "1", NOTED_US, pending);
	fill(&landing.found, found, false);
	fill(&landing.ever, ever, true);
	fill(&landing.current, current, true);
	assert_ok(land_pending_find(&landing, &landing.ever, &err), &err);
	assert_true(landing.has_pending);
	expect_files(&landing.found, wanted);
	expect_files(&landing.given_way, wanted_gone);
}

static void what_is_pending_is_tried_again_without_its_original(void **state)
{
	struct support_landing *shop = *state;
	shop->source.load = LOAD_APPEND;
	expect(shop, "a:a b:b", "", "", "", "a:a b:b", "");
	expect(shop, "a:a b:b", "c:c", "", "", "c:c! a:a b:b", "");
	expect(shop, "a:a b:b", "a:a", "", "", "a:a b:b", ""); /* taken from its copy */
}

static void what_is_pending_is_overtaken(void **state)
{
	struct support_landing *shop = *state;
	shop->source.load = LOAD_APPEND;
	expect(shop, "a:a b:b", "a:x", "", "", "a:x! b:b", "");   /* by its name */
	expect(shop, "a:a b:b", "", "z:a@1", "z:a@1", "b:b", ""); /* its content was loaded */
	expect(shop, "a:a b:b", "", "a:x@2000", "", "b:b", "");   /* its name was, later */
	expect(shop, "a:a b:b", "", "a:x@1", "", "a:a b:b", "");  /* its name was, before */
}

static void a_delivery_that_replaces_joins_no_other(void **state)
{
	struct support_landing *shop = *state;
	expect(shop, "a:a b:b", "", "", "", "a:a b:b", "");
	expect(shop, "a:a b:b", "c:c", "", "", "c:c!", "a:a b:b");
	expect(shop, "a:a b:b", "old:o", "old:o@1", "old:o@1", "a:a b:b", "");
	expect(shop, "a:a b:b", "", "n:n@2000", "n:n@2000", "", ""); /* a later one was loaded */
}

static void what_lies_there_is_the_delivery_that_replaces(void **state)
{
	struct support_landing *shop = *state;
	expect(shop, "a:a b:b", "a:a b:b c:c", "", "", "a:a b:b c:c!", "");
	expect(shop, "a:a b:b", "b:b", "", "", "b:b", "a:a");
	expect(shop, "a:a b:b", "b:b c:c", "", "", "b:b c:c!", "a:a");
	expect(shop, "a:a b:b", "a:x", "", "", "a:x! b:b", ""); /* mended: b is part of it still */
}

static void known_content_is_part_of_the_delivery_that_replaces(void **state)
{
	struct support_landing *shop = *state;
	expect(shop, "a:a b:b", "", "a:a@1", "a:a@1", "a:a b:b", "");
}

static void with_captures_names_say_which_delivery_is_the_newest(void **state)
{
	struct support_landing *shop = *state;
	shop->source.files = "incoming/{day}.csv";
	expect(shop, "b:b", "a:a", "", "", "a:a! b:b", "");
}

/* ---- memory ---- */

/* What a refused round left would make every round longer than the one before. */
static void forget_notes(const struct support_landing *shop)
{
	support_empty_folder(shop->in.folder, "lake/_vitrine/pending/orders");
}

static int note_and_find(void *context, struct error *err)
{
	struct support_landing *shop = context;
	forget_notes(shop);
	HELD(landing) landing = {.state = &shop->state, .source = &shop->source};
	static const char sha256[] =
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	TRY(delivery_add(&landing.files, "a", sha256, NULL, "landing/a", 1, err));
	TRY(land_pending_note(&landing, false, err));
	HELD(delivery) waiting = {0};
	TRY(land_pending_waiting(shop->in.context, &shop->source, &landing.ever, &waiting, err));
	TRY(delivery_add(&landing.found, "b", sha256, "path", NULL, 1, err));
	TRY(land_pending_find(&landing, &landing.ever, err));
	land_pending_clear(&landing);
	return 0;
}

static int note_and_waive(void *context, struct error *err)
{
	struct support_landing *shop = context;
	support_empty_folder(shop->in.folder, "lake/" DECISIONS_TABLE "/_delta_log");
	forget_notes(shop);
	static const char note[] = "{\"time_us\": 1, \"files\": [{\"logical\": \"a\", \"sha256\": "
				   "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789"
				   "abcdef\", \"key\": \"k\", \"size\": 1}]}";
	TRY(store_put(context_store(shop->in.context), "_vitrine/pending/orders/1.json", note,
		      sizeof note - 1, err));
	return land_pending_waive(shop->in.context, "orders", "a", "why", err) < 0 ? -1 : 0;
}

static void every_refused_allocation_is_reported(void **state)
{
	support_sweep_allocations(note_and_find, *state);
	support_sweep_some_allocations(note_and_waive, *state, 37);
}

#define test(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, support_landing_make, support_landing_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(what_is_noted_is_read_back),
		test(a_note_takes_the_place_of_those_before),
		test(a_refusal_is_noted_until_the_next_try),
		test(a_load_of_what_was_loaded_notes_nothing),
		test(the_newest_come_first),
		test(a_damaged_note_is_told_with_its_key),
		test(what_is_pending_is_tried_again_without_its_original),
		test(what_is_pending_is_overtaken),
		test(a_delivery_that_replaces_joins_no_other),
		test(what_lies_there_is_the_delivery_that_replaces),
		test(known_content_is_part_of_the_delivery_that_replaces),
		test(with_captures_names_say_which_delivery_is_the_newest),
		test(every_refused_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
