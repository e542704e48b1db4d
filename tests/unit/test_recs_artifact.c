/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "recs/artifact_view.h"
#include "recs/holder.h"
#include "support/shop.h"

enum { PERSONS = 40, ITEMS = 30, EVENTS = 300 };

static struct support_shop shop;
static char *folder;

static int make_shop(void **state)
{
	(void)state;
	support_shop_init(&shop, PERSONS, ITEMS, EVENTS);
	folder = support_make_folder();
	return 0;
}

static int remove_shop(void **state)
{
	(void)state;
	support_shop_done(&shop);
	support_remove_folder(folder);
	return 0;
}

static const char *path_of(const char *name)
{
	static char path[512];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static void assert_text(const struct recs_artifact *artifact, unsigned names, uint32_t number,
			const char *expected)
{
	size_t len;
	const char *text = recs_artifact_text(artifact, names, number, &len);
	assert_int_equal(len, strlen(expected));
	assert_memory_equal(text, expected, len);
	assert_int_equal(recs_artifact_find(artifact, names, expected, len), number);
}

static void what_is_written_is_read_back(void **state)
{
	(void)state;
	OWNED(recs_artifact) *artifact = support_shop_open(&shop, folder, "back");
	assert_int_equal(recs_artifact_count(artifact, RECS_ITEMS), ITEMS);
	assert_int_equal(recs_artifact_count(artifact, RECS_PERSONS), PERSONS);
	assert_text(artifact, RECS_ITEMS, 17, "i17");
	assert_text(artifact, RECS_PERSONS, PERSONS - 1, "p39");
	assert_text(artifact, RECS_SEGMENTS, 2, "s2");
	assert_text(artifact, RECS_LABELS, 0, "category");
	assert_text(artifact, RECS_LABEL_VALUES + 0, 3, "c3");
	assert_text(artifact, RECS_SOURCES, SHOP_TOGETHER, "bought together");
	assert_text(artifact, RECS_PREDICATES, 0, "even");
	assert_int_equal(recs_artifact_label(artifact, 0, 7), 3);
	assert_int_equal(recs_artifact_label(artifact, 5, 7), RECS_NONE);
	assert_int_equal(recs_artifact_price(artifact, 7), 700);
	assert_int_equal(recs_artifact_segment(artifact, 4), 1);
	size_t len;
	const char *meta = recs_artifact_meta(artifact, &len);
	assert_memory_equal(meta, shop.parts.meta, len);
}

static void lists_and_histories_are_those_given(void **state)
{
	(void)state;
	OWNED(recs_artifact) *artifact = support_shop_open(&shop, folder, "lists");
	for (uint32_t p = 0; p < PERSONS; p++) {
		const uint32_t *items;
		const int64_t *times;
		const float *scores;
		const uint8_t *sources;
		size_t start = shop.ratings->starts[p];
		size_t len = recs_artifact_history(artifact, p, &items, &times);
		assert_int_equal(len, recs_ratings_row_len(shop.ratings, p));
		if (len) {
			assert_memory_equal(items, shop.ratings->columns + start, len * 4);
			assert_memory_equal(times, shop.ratings->times_us + start, len * 8);
		}
		size_t listed = recs_artifact_list(artifact, p, &items, &scores, &sources);
		start = shop.parts.lists.starts[p];
		assert_int_equal(listed, p % 2 ? 0 : shop.parts.lists.starts[p + 1] - start);
		if (listed)
			assert_memory_equal(scores, shop.parts.lists.scores + start, listed * 4);
	}
}

static void a_name_never_seen_is_not_found(void **state)
{
	(void)state;
	OWNED(recs_artifact) *artifact = support_shop_open(&shop, folder, "names");
	assert_int_equal(recs_artifact_find(artifact, RECS_ITEMS, "i30", 3), RECS_NONE);
	assert_int_equal(recs_artifact_find(artifact, RECS_ITEMS, "", 0), RECS_NONE);
	assert_int_equal(recs_artifact_find(artifact, RECS_NAMES_COUNT, "i3", 2), RECS_NONE);
	assert_int_equal(recs_artifact_find(artifact, RECS_LABEL_VALUES + 7, "i3", 2), RECS_NONE);
}

static void an_artifact_of_nothing_opens(void **state)
{
	(void)state;
	struct error err;
	struct recs_artifact_parts none = {0};
	OWNED(recs_artifact) *artifact = NULL;
	assert_ok(recs_artifact_write(path_of("none"), &none, &err), &err);
	assert_ok(recs_artifact_open(path_of("none"), &artifact, &err), &err);
	assert_int_equal(recs_artifact_count(artifact, RECS_ITEMS), 0);
	assert_int_equal(recs_artifact_find(artifact, RECS_PERSONS, "p", 1), RECS_NONE);
}

static void what_is_there_is_never_written_over(void **state)
{
	(void)state;
	struct error err;
	support_write_file(folder, "there", "mine");
	assert_fails(recs_artifact_write(path_of("there"), &shop.parts, &err), &err, ERR_IO);
	OWNED_MEMORY char *kept = support_read_file(folder, "there");
	assert_string_equal(kept, "mine");
}

static void parts_that_do_not_fit_are_refused_and_leave_no_file(void **state)
{
	(void)state;
	struct error err;
	struct recs_artifact_parts parts = shop.parts;
	parts.segments = shop.categories; /* 4 segments, lists for 3 */
	assert_fails(recs_artifact_write(path_of("unfit"), &parts, &err), &err, ERR_USAGE);
	uint32_t segments[PERSONS] = {99};
	parts = shop.parts;
	parts.segment_of_person = segments;
	assert_fails(recs_artifact_write(path_of("unfit"), &parts, &err), &err, ERR_USAGE);
	assert_non_null(strstr(err.message, "persons.segments"));
	struct recs_source twice[] = {{"a", 0}, {"a", 0}};
	parts = shop.parts;
	parts.sources = twice;
	parts.source_count = 2;
	assert_fails(recs_artifact_write(path_of("unfit"), &parts, &err), &err, ERR_USAGE);
	assert_int_not_equal(access(path_of("unfit"), F_OK), 0);
}

/* The bytes of a good artifact, for damaging. Owner: caller. */
static char *good_bytes(size_t *out_len)
{
	struct error err;
	char *bytes = NULL;
	if (access(path_of("good"), F_OK) != 0)
		assert_ok(recs_artifact_write(path_of("good"), &shop.parts, &err), &err);
	assert_ok(file_read(path_of("good"), 1 << 24, &bytes, out_len, &err), &err);
	return bytes;
}

/* Into the same file again and again, nothing made durable: there are thousands. */
static int open_bytes(const char *bytes, size_t len, struct error *err)
{
	OWNED(recs_artifact) *artifact = NULL;
	OWNED_FD fd = open(path_of("damaged"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, 0), len);
	assert_int_equal(ftruncate(fd, (off_t)len), 0);
	return recs_artifact_open(path_of("damaged"), &artifact, err);
}

/* Every byte of header and contents, and one in eight of each section; a section's name is said. */
static void a_flipped_byte_is_found_wherever_it_is(void **state)
{
	(void)state;
	struct error err;
	size_t len;
	OWNED_MEMORY char *bytes = good_bytes(&len);
	const struct artifact_header *header = (const void *)bytes;
	size_t contents = sizeof *header + header->section_count * sizeof(struct artifact_section);
	for (size_t at = 0; at < len; at += at < contents ? 1 : 7) {
		bytes[at] ^= 0x10;
		if (open_bytes(bytes, len, &err) >= 0)
			fail_msg("byte %zu of %zu changed, and nobody minds", at, len);
		assert_true(err.kind == ERR_CORRUPT || err.kind == ERR_UNSUPPORTED);
		assert_non_null(strstr(err.hint, "vitrine recommend train"));
		if (at >= contents)
			assert_non_null(strstr(err.message, "\""));
		bytes[at] ^= 0x10;
	}
	assert_ok(open_bytes(bytes, len, &err), &err);
}

static void a_damaged_section_is_named(void **state)
{
	(void)state;
	struct error err;
	size_t len;
	OWNED_MEMORY char *bytes = good_bytes(&len);
	const struct artifact_header *header = (const void *)bytes;
	const struct artifact_section *sections = (const void *)(bytes + sizeof *header);
	for (uint32_t s = 0; s < header->section_count; s++) {
		if (!sections[s].len)
			continue;
		bytes[sections[s].offset] ^= 1;
		assert_fails(open_bytes(bytes, len, &err), &err, ERR_CORRUPT);
		if (!strstr(err.message, sections[s].name))
			fail_msg("%s was damaged, but: %s", sections[s].name, err.message);
		bytes[sections[s].offset] ^= 1;
	}
}

static void a_file_cut_short_is_refused_wherever_it_is_cut(void **state)
{
	(void)state;
	struct error err;
	size_t len;
	OWNED_MEMORY char *bytes = good_bytes(&len);
	const struct artifact_header *header = (const void *)bytes;
	const struct artifact_section *sections = (const void *)(bytes + sizeof *header);
	for (uint32_t s = 0; s < header->section_count; s++)
		assert_fails(open_bytes(bytes, sections[s].offset, &err), &err, ERR_CORRUPT);
	for (size_t cut = 0; cut < 200; cut++)
		assert_fails(open_bytes(bytes, cut, &err), &err, ERR_CORRUPT);
	assert_fails(open_bytes(bytes, len - 1, &err), &err, ERR_CORRUPT);
	assert_non_null(strstr(err.message, "cut short"));
	OWNED_MEMORY char *longer = mem_copy_bytes(bytes, len);
	longer = mem_resize(longer, len + 64);
	memset(longer + len, 0, 64);
	assert_fails(open_bytes(longer, len + 64, &err), &err, ERR_CORRUPT);
}

static void other_formats_are_refused_with_what_to_do(void **state)
{
	(void)state;
	struct error err;
	size_t len;
	OWNED_MEMORY char *bytes = good_bytes(&len);
	struct artifact_header *header = (void *)bytes;
	header->format = RECS_ARTIFACT_FORMAT + 1;
	assert_fails(open_bytes(bytes, len, &err), &err, ERR_UNSUPPORTED);
	assert_non_null(strstr(err.hint, "newer Vitrine"));
	header->format = RECS_ARTIFACT_FORMAT - 1;
	assert_fails(open_bytes(bytes, len, &err), &err, ERR_UNSUPPORTED);
	assert_non_null(strstr(err.hint, "make it anew"));
	header->format = RECS_ARTIFACT_FORMAT;
	header->byte_order = 0x04030201;
	assert_fails(open_bytes(bytes, len, &err), &err, ERR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "byte order"));
	assert_fails(open_bytes("PAR1", 4, &err), &err, ERR_CORRUPT);
	support_write_file(folder, "damaged", "");
	OWNED(recs_artifact) *artifact = NULL;
	assert_fails(recs_artifact_open(path_of("damaged"), &artifact, &err), &err, ERR_CORRUPT);
	assert_fails(recs_artifact_open(path_of("absent"), &artifact, &err), &err, ERR_NOT_FOUND);
	assert_fails(recs_artifact_open(folder, &artifact, &err), &err, ERR_IO);
}

/* Make the checksums right again, as somebody who means harm would. */
static void seal(char *bytes)
{
	struct artifact_header *header = (void *)bytes;
	struct artifact_section *sections = (void *)(bytes + sizeof *header);
	for (uint32_t s = 0; s < header->section_count; s++)
		sections[s].checksum =
			artifact_checksum(bytes + sections[s].offset, sections[s].len);
	header->contents_checksum =
		artifact_checksum(sections, header->section_count * sizeof *sections);
	header->checksum = artifact_checksum(header, offsetof(struct artifact_header, checksum));
}

static char *section_of(char *bytes, const char *name)
{
	const struct artifact_header *header = (const void *)bytes;
	const struct artifact_section *sections = (const void *)(bytes + sizeof *header);
	for (uint32_t s = 0; s < header->section_count; s++)
		if (strcmp(sections[s].name, name) == 0)
			return bytes + sections[s].offset;
	fail_msg("no section %s", name);
	return NULL;
}

static void numbers_that_point_outside_are_refused_though_checksums_are_right(void **state)
{
	(void)state;
	static const char *const sections[] = {
		"items.ends",
		"items.slots",
		"persons.slots",
		"sources.reasons",
		"label0.of_item",
		"history.starts",
		"history.items",
		"lists.starts",
		"lists.items",
		"links0.items",
		"links0.scores",
		"links.settings",
		"persons.segments",
		"factors.items",
		"popular.starts",
		"popular_segment.items",
		"bands.affinity",
		"factors.spectrum",
		"label0.popular.starts",
	};
	struct error err;
	for (size_t s = 0; s < sizeof sections / sizeof *sections; s++) {
		size_t len;
		OWNED_MEMORY char *bytes = good_bytes(&len);
		/* As a number of items far outside; as a float no number; as an offset too far. */
		memset(section_of(bytes, sections[s]), 0xff, 8);
		section_of(bytes, sections[s])[0] = '\x7e';
		seal(bytes);
		if (open_bytes(bytes, len, &err) >= 0)
			fail_msg("%s points outside, and nobody minds", sections[s]);
		assert_int_equal(err.kind, ERR_CORRUPT);
	}
}

static void a_section_left_out_or_of_another_size_is_refused(void **state)
{
	(void)state;
	struct error err;
	size_t len;
	OWNED_MEMORY char *bytes = good_bytes(&len);
	struct artifact_header *header = (void *)bytes;
	struct artifact_section *sections = (void *)(bytes + sizeof *header);
	for (uint32_t s = 0; s < header->section_count; s++) {
		struct artifact_section before = sections[s];
		sections[s].element_size = 3;
		seal(bytes);
		assert_fails(open_bytes(bytes, len, &err), &err, ERR_CORRUPT);
		sections[s] = before;
		sections[s].element_size = 0;
		seal(bytes);
		assert_fails(open_bytes(bytes, len, &err), &err, ERR_CORRUPT);
		sections[s] = before;
		sections[s].offset += 64;
		header->contents_checksum =
			artifact_checksum(sections, header->section_count * sizeof *sections);
		header->checksum =
			artifact_checksum(header, offsetof(struct artifact_header, checksum));
		assert_fails(open_bytes(bytes, len, &err), &err, ERR_CORRUPT);
		sections[s] = before;
	}
}

static int write_and_open(void *context, struct error *err)
{
	OWNED(recs_artifact) *artifact = NULL;
	unlink(path_of("sweep"));
	TRY(recs_artifact_write(path_of("sweep"), context, err));
	return recs_artifact_open(path_of("sweep"), &artifact, err);
}

static void refused_memory_is_an_error_and_leaks_nothing(void **state)
{
	(void)state;
	support_sweep_allocations(write_and_open, &shop.parts);
}

static void a_model_becomes_neighbours_of_every_item(void **state)
{
	(void)state;
	struct error err;
	HELD(recs_rows) rows = {0};
	assert_ok(recs_rows_of_neighbours(&shop.als->model, 5, 1, &rows, &err), &err);
	assert_int_equal(rows.row_count, ITEMS);
	for (uint32_t i = 0; i < ITEMS; i++) {
		assert_int_equal(rows.starts[i + 1] - rows.starts[i], 5);
		for (uint64_t l = rows.starts[i]; l < rows.starts[i + 1]; l++)
			assert_int_not_equal(rows.items[l], i);
	}
}

static void popular_rows_fall_and_keep_to_their_value(void **state)
{
	(void)state;
	const struct recs_rows *rows = &shop.labels[0].popular;
	assert_int_equal(rows->row_count, SHOP_CATEGORIES);
	size_t total = rows->starts[SHOP_CATEGORIES];
	assert_int_equal(total, shop.parts.popular.starts[1]);
	for (uint32_t v = 0; v < SHOP_CATEGORIES; v++)
		for (uint64_t l = rows->starts[v]; l < rows->starts[v + 1]; l++) {
			assert_int_equal(rows->items[l] % SHOP_CATEGORIES, v);
			if (l > rows->starts[v])
				assert_true(rows->scores[l] <= rows->scores[l - 1]);
		}
}

enum { READERS = 3, TAKES = 2000 };

static void *read_on(void *context)
{
	for (int i = 0; i < TAKES; i++) {
		OWNED(recs_artifact) *artifact = recs_holder_take(context);
		if (recs_artifact_count(artifact, RECS_ITEMS) != ITEMS ||
		    recs_artifact_find(artifact, RECS_ITEMS, "i7", 2) != 7)
			return context;
	}
	return NULL;
}

static void artifacts_are_swapped_while_others_read(void **state)
{
	(void)state;
	struct error err;
	OWNED(recs_holder) *holder = recs_holder_new();
	assert_null(recs_holder_take(holder));
	recs_holder_swap(holder, support_shop_open(&shop, folder, "swap"));
	pthread_t threads[READERS];
	for (int t = 0; t < READERS; t++)
		assert_int_equal(pthread_create(&threads[t], NULL, read_on, holder), 0);
	for (int i = 0; i < 50; i++) {
		struct recs_artifact *next = NULL;
		assert_ok(recs_artifact_open(path_of("swap"), &next, &err), &err);
		recs_holder_swap(holder, next);
	}
	for (int t = 0; t < READERS; t++) {
		void *wrong;
		assert_int_equal(pthread_join(threads[t], &wrong), 0);
		assert_null(wrong);
	}
}

static void one_taken_outlives_the_swap_the_file_and_the_holder(void **state)
{
	(void)state;
	struct recs_holder *holder = recs_holder_new();
	recs_holder_swap(holder, support_shop_open(&shop, folder, "outlive"));
	OWNED(recs_artifact) *taken = recs_holder_take(holder);
	unlink(path_of("outlive"));
	recs_holder_swap(holder, NULL);
	recs_holder_free(holder);
	assert_text(taken, RECS_ITEMS, 17, "i17");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(lists_and_histories_are_those_given),
		cmocka_unit_test(a_name_never_seen_is_not_found),
		cmocka_unit_test(an_artifact_of_nothing_opens),
		cmocka_unit_test(what_is_there_is_never_written_over),
		cmocka_unit_test(parts_that_do_not_fit_are_refused_and_leave_no_file),
		cmocka_unit_test(a_flipped_byte_is_found_wherever_it_is),
		cmocka_unit_test(a_damaged_section_is_named),
		cmocka_unit_test(a_file_cut_short_is_refused_wherever_it_is_cut),
		cmocka_unit_test(other_formats_are_refused_with_what_to_do),
		cmocka_unit_test(numbers_that_point_outside_are_refused_though_checksums_are_right),
		cmocka_unit_test(a_section_left_out_or_of_another_size_is_refused),
		cmocka_unit_test(refused_memory_is_an_error_and_leaks_nothing),
		cmocka_unit_test(a_model_becomes_neighbours_of_every_item),
		cmocka_unit_test(popular_rows_fall_and_keep_to_their_value),
		cmocka_unit_test(artifacts_are_swapped_while_others_read),
		cmocka_unit_test(one_taken_outlives_the_swap_the_file_and_the_holder),
	};
	return cmocka_run_group_tests(tests, make_shop, remove_shop);
}
