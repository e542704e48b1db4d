/* SPDX-License-Identifier: Apache-2.0 */
/* Sections are first listed with where their bytes are (borrowed from the parts, or made in an
 * arena), then checksummed and written in one pass. The file is at last opened as a reader would,
 * so that what a reader refuses is never handed out. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/map.h"
#include "recs/als.h"
#include "recs/artifact_view.h"
#include "recs/ids.h"
#include "recs/kernels.h"
#include "recs/ratings.h"

struct plan {
	struct arena *arena;
	const struct recs_artifact_parts *parts;
	uint32_t items, persons;
	struct artifact_section sections[ARTIFACT_SECTIONS_MAX];
	const void *bytes[ARTIFACT_SECTIONS_MAX];
	uint32_t count;
};

static void add(struct plan *plan, const void *bytes, size_t count, size_t element_size,
		const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The most there can be is far below ARTIFACT_SECTIONS_MAX: an assertion of the format's limits. */
_Static_assert(RECS_LABELS_MAX * 7 + RECS_LINK_SETS_MAX * 3 + RECS_PREDICATES_MAX + 60 <
		       ARTIFACT_SECTIONS_MAX,
	       "room for all sections");

static void add(struct plan *plan, const void *bytes, size_t count, size_t element_size,
		const char *format, ...)
{
	struct artifact_section *section = &plan->sections[plan->count];
	va_list args;
	va_start(args, format);
	vsnprintf(section->name, sizeof section->name, format, args);
	va_end(args);
	section->len = count * element_size;
	section->element_size = element_size;
	plan->bytes[plan->count++] = bytes;
}

static int unfit(struct error *err, const char *what)
{
	return err_set(err, ERR_USAGE, "the artifact's %s do not fit its other parts", what);
}

/* The table to find a name by, and the names themselves. */
static int add_names(struct plan *plan, const struct recs_ids *ids, const char *name,
		     struct error *err)
{
	size_t count = recs_ids_count(ids), slot_count = 2, text_len = 0, len;
	while (slot_count < count * 2)
		slot_count *= 2;
	uint64_t *ends = arena_alloc_array(plan->arena, count, sizeof *ends);
	uint64_t *slots = arena_alloc_array(plan->arena, slot_count, sizeof *slots);
	if (!ends || !slots)
		return err_memory(err);
	for (size_t n = 0; n < count; n++) {
		const char *text = recs_ids_text(ids, (uint32_t)n, &len);
		uint64_t tag = hash_bytes(text, len) & UINT32_MAX;
		size_t at = tag & (slot_count - 1);
		while (slots[at])
			at = (at + 1) & (slot_count - 1);
		slots[at] = tag << 32 | (n + 1);
		ends[n] = text_len += len;
	}
	char *all = arena_alloc(plan->arena, text_len);
	if (!all)
		return err_memory(err);
	for (size_t n = 0; n < count; n++) {
		const char *text = recs_ids_text(ids, (uint32_t)n, &len);
		if (len)
			memcpy(all + ends[n] - len, text, len);
	}
	add(plan, ends, count, sizeof *ends, "%s.ends", name);
	add(plan, all, text_len, 1, "%s.text", name);
	add(plan, slots, slot_count, sizeof *slots, "%s.slots", name);
	return 0;
}

/* Names that are the first fields of structs, `step` bytes apart. */
static int add_names_of(struct plan *plan, const void *first, size_t step, size_t count,
			const char *name, struct error *err)
{
	OWNED(recs_ids) *ids = recs_ids_new();
	if (!ids)
		return err_memory(err);
	for (size_t i = 0; i < count; i++) {
		const char *text = *(const char *const *)((const char *)first + i * step);
		uint32_t number;
		TRY(recs_ids_put(ids, text, strlen(text), &number, err));
		if (number != i)
			return err_set(err, ERR_USAGE, "the artifact's %s name \"%s\" twice", name,
				       text);
	}
	return add_names(plan, ids, name, err);
}

static int add_bits(struct plan *plan, const uint8_t *items, const char *name, struct error *err)
{
	size_t words = artifact_bit_words(plan->items);
	uint64_t *bits = arena_alloc_array(plan->arena, words, sizeof *bits);
	if (!bits)
		return err_memory(err);
	for (size_t i = 0; i < plan->items; i++)
		bits[i / 64] |= (uint64_t)(items[i] != 0) << i % 64;
	add(plan, bits, words, sizeof *bits, "%s", name);
	return 0;
}

static int add_rows(struct plan *plan, const struct recs_rows *rows, size_t row_count,
		    const char *name, struct error *err)
{
	if (!rows->starts)
		return 0;
	if (rows->row_count != row_count)
		return unfit(err, name);
	size_t total = rows->starts[row_count];
	add(plan, rows->starts, row_count + 1, sizeof *rows->starts, "%s.starts", name);
	add(plan, rows->items, total, sizeof *rows->items, "%s.items", name);
	add(plan, rows->scores, total, sizeof *rows->scores, "%s.scores", name);
	return 0;
}

static int add_labels(struct plan *plan, struct error *err)
{
	const struct recs_artifact_parts *parts = plan->parts;
	if (parts->label_count > RECS_LABELS_MAX)
		return unfit(err, "labels");
	TRY(add_names_of(plan, parts->labels, sizeof *parts->labels, parts->label_count, "labels",
			 err));
	for (uint32_t l = 0; l < parts->label_count; l++) {
		const struct recs_label_part *label = &parts->labels[l];
		char name[ARTIFACT_NAME_SIZE];
		snprintf(name, sizeof name, "label%u.values", l);
		TRY(add_names(plan, label->values, name, err));
		add(plan, label->of_item, plan->items, sizeof *label->of_item, "label%u.of_item",
		    l);
		snprintf(name, sizeof name, "label%u.popular", l);
		TRY(add_rows(plan, &label->popular, recs_ids_count(label->values), name, err));
	}
	return 0;
}

static int add_items(struct plan *plan, struct error *err)
{
	const struct recs_artifact_parts *parts = plan->parts;
	if (parts->items)
		TRY(add_names(plan, parts->items, "items", err));
	TRY(add_labels(plan, err));
	if (parts->prices_cents)
		add(plan, parts->prices_cents, plan->items, sizeof *parts->prices_cents,
		    "items.prices");
	if (parts->available)
		TRY(add_bits(plan, parts->available, "items.available", err));
	if (parts->predicate_count > RECS_PREDICATES_MAX)
		return unfit(err, "predicates");
	TRY(add_names_of(plan, parts->predicates, sizeof *parts->predicates, parts->predicate_count,
			 "predicates", err));
	for (uint32_t p = 0; p < parts->predicate_count; p++) {
		char name[ARTIFACT_NAME_SIZE];
		snprintf(name, sizeof name, "predicate%u", p);
		TRY(add_bits(plan, parts->predicates[p].items, name, err));
	}
	return 0;
}

static int add_histories(struct plan *plan, struct error *err)
{
	const struct recs_ratings *histories = plan->parts->histories;
	if (!histories)
		return 0;
	if (histories->row_count != plan->persons || histories->column_count > plan->items)
		return unfit(err, "histories");
	size_t total = recs_ratings_count(histories);
	add(plan, histories->starts, (size_t)plan->persons + 1, sizeof *histories->starts,
	    "history.starts");
	add(plan, histories->columns, total, sizeof *histories->columns, "history.items");
	add(plan, histories->values, total, sizeof *histories->values, "history.scores");
	if (histories->times_us)
		add(plan, histories->times_us, total, sizeof *histories->times_us, "history.times");
	return 0;
}

static int add_persons(struct plan *plan, struct error *err)
{
	const struct recs_artifact_parts *parts = plan->parts;
	if (parts->persons)
		TRY(add_names(plan, parts->persons, "persons", err));
	if (parts->segments)
		TRY(add_names(plan, parts->segments, "segments", err));
	if (parts->segments && parts->segment_of_person)
		add(plan, parts->segment_of_person, plan->persons, sizeof *parts->segment_of_person,
		    "persons.segments");
	TRY(add_histories(plan, err));
	if (parts->band_count > RECS_BANDS_MAX)
		return unfit(err, "price bands");
	if (parts->band_count) {
		add(plan, parts->band_edges_cents, parts->band_count - 1,
		    sizeof *parts->band_edges_cents, "bands.edges");
		add(plan, parts->affinity, (size_t)plan->persons * parts->band_count,
		    sizeof *parts->affinity, "bands.affinity");
	}
	TRY(add_rows(plan, &parts->lists, plan->persons, "lists", err));
	if (!parts->lists.starts)
		return 0;
	size_t total = parts->lists.starts[plan->persons];
	if (parts->list_sources)
		add(plan, parts->list_sources, total, sizeof *parts->list_sources, "lists.sources");
	if (parts->list_because)
		add(plan, parts->list_because, total, sizeof *parts->list_because, "lists.because");
	return 0;
}

static int add_links(struct plan *plan, struct error *err)
{
	const struct recs_artifact_parts *parts = plan->parts;
	if (parts->link_count > RECS_LINK_SETS_MAX)
		return unfit(err, "links");
	struct artifact_link_settings *settings =
		arena_alloc_array(plan->arena, parts->link_count, sizeof *settings);
	if (!settings)
		return err_memory(err);
	for (uint32_t l = 0; l < parts->link_count; l++) {
		const struct recs_links_part *links = &parts->links[l];
		char name[ARTIFACT_NAME_SIZE];
		snprintf(name, sizeof name, "links%u", l);
		if (!links->rows.starts)
			return unfit(err, "links");
		TRY(add_rows(plan, &links->rows, plan->items, name, err));
		settings[l] = (struct artifact_link_settings){links->source, links->place_decay};
	}
	add(plan, settings, parts->link_count, sizeof *settings, "links.settings");
	return 0;
}

static int add_classes(struct plan *plan, const struct recs_class_part *parts, uint32_t count,
		       const char *name, struct error *err)
{
	if (count > RECS_CLASSES_MAX)
		return unfit(err, name);
	struct artifact_class *classes = arena_alloc_array(plan->arena, count, sizeof *classes);
	if (!classes)
		return err_memory(err);
	for (uint32_t c = 0; c < count; c++) {
		const struct recs_class_part *part = &parts[c];
		classes[c].from = part->from;
		classes[c].mixed = part->mixed;
		classes[c].step_count = part->step_count;
		memcpy(classes[c].steps, part->steps, sizeof part->steps);
		memcpy(classes[c].weights, part->weights, sizeof part->weights);
	}
	add(plan, classes, count, sizeof *classes, "%s", name);
	return 0;
}

struct norm {
	float squared;
	uint32_t item;
};

static int longer_first(const void *a, const void *b)
{
	const struct norm *x = a, *y = b;
	if (x->squared != y->squared)
		return x->squared < y->squared ? 1 : -1;
	return (x->item > y->item) - (x->item < y->item);
}

/* Rows by falling length, so that looking for the best scores can stop early. */
static int order_factors(struct plan *plan, const struct recs_matrix *factors, uint32_t *order,
			 uint32_t *rows, float *bounds, struct error *err)
{
	struct norm *norms = arena_alloc_array(plan->arena, plan->items, sizeof *norms);
	if (!norms)
		return err_memory(err);
	for (uint32_t i = 0; i < plan->items; i++) {
		norms[i] = (struct norm){0, i};
		if (i >= factors->rows) /* it came after the training */
			continue;
		const float *row = recs_matrix_row(factors, i);
		norms[i].squared = recs_kernels()->dot(row, row, factors->stride);
	}
	qsort(norms, plan->items, sizeof *norms, longer_first);
	for (uint32_t r = 0; r < plan->items; r++) {
		order[r] = norms[r].item;
		rows[norms[r].item] = r;
		if (r % ARTIFACT_FACTOR_BLOCK == 0) /* rounded up: a bound */
			bounds[r / ARTIFACT_FACTOR_BLOCK] = sqrtf(norms[r].squared) * 1.0001f;
	}
	return 0;
}

static int add_factors(struct plan *plan, const struct recs_als *als, struct error *err)
{
	size_t blocks = artifact_factor_blocks(plan->items), stride = als->items.stride;
	float *sorted = arena_alloc_array(plan->arena, plan->items, stride * sizeof *sorted);
	uint32_t *order = arena_alloc_array(plan->arena, plan->items, sizeof *order);
	uint32_t *rows = arena_alloc_array(plan->arena, plan->items, sizeof *rows);
	float *bounds = arena_alloc_array(plan->arena, blocks, sizeof *bounds);
	if (als->items.rows > plan->items)
		return unfit(err, "factors");
	if (!sorted || !order || !rows || !bounds)
		return err_memory(err);
	TRY(order_factors(plan, &als->items, order, rows, bounds, err));
	for (size_t r = 0; r < plan->items; r++) {
		if (order[r] < als->items.rows)
			memcpy(sorted + r * stride, recs_matrix_row(&als->items, order[r]),
			       stride * sizeof *sorted);
		else
			memset(sorted + r * stride, 0, stride * sizeof *sorted);
	}
	add(plan, sorted, plan->items * stride, sizeof *sorted, "factors.rows");
	add(plan, order, plan->items, sizeof *order, "factors.items");
	add(plan, rows, plan->items, sizeof *rows, "factors.row_of_item");
	add(plan, bounds, blocks, sizeof *bounds, "factors.bounds");
	add(plan, als->spectrum, stride, sizeof *als->spectrum, "factors.spectrum");
	return 0;
}

static int add_models(struct plan *plan, struct error *err)
{
	const struct recs_artifact_parts *parts = plan->parts;
	if (parts->factors)
		TRY(add_factors(plan, parts->factors, err));
	TRY(add_links(plan, err));
	TRY(add_classes(plan, parts->classes, parts->class_count, "classes", err));
	if (parts->person_class_count > 0)
		TRY(add_classes(plan, parts->person_classes, parts->person_class_count,
				"classes.persons", err));
	TRY(add_rows(plan, &parts->popular, 1, "popular", err));
	return add_rows(plan, &parts->popular_segment,
			parts->segments ? recs_ids_count(parts->segments) : 0, "popular_segment",
			err);
}

static int add_settings(struct plan *plan, struct error *err)
{
	const struct recs_artifact_parts *parts = plan->parts;
	struct artifact_settings *s = arena_alloc(plan->arena, sizeof *s);
	uint32_t *reasons = arena_alloc_array(plan->arena, parts->source_count, sizeof *reasons);
	if (!s || !reasons)
		return err_memory(err);
	if (parts->source_count > RECS_ARTIFACT_SOURCES_MAX ||
	    parts->similar_count > RECS_STEPS_MAX)
		return unfit(err, "sources or steps");
	*s = (struct artifact_settings){
		.item_count = plan->items,
		.person_count = plan->persons,
		.source_count = parts->source_count,
		.label_count = parts->label_count,
		.predicate_count = parts->predicate_count,
		.link_count = parts->link_count,
		.class_count = parts->class_count,
		.person_class_count = parts->person_class_count,
		.band_count = parts->band_count,
		.factors_source = parts->factors_source,
		.similar_count = parts->similar_count,
		.popular_source = parts->popular_source,
		.popular_segment_source = parts->popular_segment_source,
		.popular_label_source = parts->popular_label_source,
	};
	if (parts->factors) {
		const struct recs_als_options *options = &parts->factors->options;
		s->factors_width = options->width;
		s->factors_hu = options->hu;
		s->unobserved = options->unobserved;
		s->regularization = options->regularization;
		s->exponent = options->exponent;
		s->weight_scale = options->weight_scale;
	}
	for (uint32_t i = 0; i < parts->similar_count; i++)
		s->similar_steps[i] = parts->similar_steps[i];
	for (uint32_t i = 0; i < parts->source_count; i++)
		reasons[i] = parts->sources[i].reason;
	add(plan, s, 1, sizeof *s, "settings");
	add(plan, reasons, parts->source_count, sizeof *reasons, "sources.reasons");
	TRY(add_names_of(plan, parts->sources, sizeof *parts->sources, parts->source_count,
			 "sources", err));
	const char *meta = parts->meta ? parts->meta : "{}";
	add(plan, meta, strlen(meta), 1, "meta");
	if (parts->models)
		add(plan, parts->models, parts->models_len, 1, "models");
	return 0;
}

static void place(struct plan *plan, struct artifact_header *header)
{
	uint64_t at = sizeof *header + plan->count * sizeof *plan->sections;
	for (uint32_t s = 0; s < plan->count; s++) {
		struct artifact_section *section = &plan->sections[s];
		section->offset = at;
		section->checksum = artifact_checksum(plan->bytes[s], section->len);
		at += artifact_padded(section->len);
	}
	*header = (struct artifact_header){
		.magic = ARTIFACT_MAGIC,
		.format = RECS_ARTIFACT_FORMAT,
		.byte_order = ARTIFACT_BYTE_ORDER,
		.size = at,
		.section_count = plan->count,
		.contents_checksum =
			artifact_checksum(plan->sections, plan->count * sizeof *plan->sections),
	};
	header->checksum = artifact_checksum(header, offsetof(struct artifact_header, checksum));
}

static int put(FILE *file, const void *bytes, size_t len, const char *path, struct error *err)
{
	static const char zeros[ARTIFACT_ALIGN];
	size_t gap = artifact_padded(len) - len;
	if ((len && fwrite(bytes, 1, len, file) != len) || fwrite(zeros, 1, gap, file) != gap)
		return err_errno(err, errno, "cannot write \"%s\"", path);
	return 0;
}

static int put_all(const struct plan *plan, const struct artifact_header *header, FILE *file,
		   const char *path, struct error *err)
{
	TRY(put(file, header, sizeof *header, path, err));
	TRY(put(file, plan->sections, plan->count * sizeof *plan->sections, path, err));
	for (uint32_t s = 0; s < plan->count; s++)
		TRY(put(file, plan->bytes[s], plan->sections[s].len, path, err));
	if (fflush(file) != 0 || fsync(fileno(file)) < 0)
		return err_errno(err, errno, "cannot make \"%s\" durable", path);
	return 0;
}

static int write_file(const struct plan *plan, const struct artifact_header *header,
		      const char *path, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file)
		return err_errno(err, errno, "cannot create \"%s\"", path);
	int result = put_all(plan, header, file, path, err);
	if (fclose(file) != 0 && result == 0)
		result = err_errno(err, errno, "cannot write \"%s\"", path);
	OWNED(recs_artifact) *artifact = NULL;
	if (result == 0 && recs_artifact_open(path, &artifact, err) < 0) {
		if (err->kind == ERR_CORRUPT)
			err->kind = ERR_USAGE;
		result = err_within(err, "the parts of a new artifact");
	}
	if (result < 0)
		unlink(path);
	return result;
}

int recs_artifact_write(const char *path, const struct recs_artifact_parts *parts,
			struct error *err)
{
	OWNED(arena) *arena = arena_new();
	struct plan *plan = arena ? arena_alloc(arena, sizeof *plan) : NULL;
	if (!plan)
		return err_memory(err);
	plan->arena = arena;
	plan->parts = parts;
	plan->items = parts->items ? (uint32_t)recs_ids_count(parts->items) : 0;
	plan->persons = parts->persons ? (uint32_t)recs_ids_count(parts->persons) : 0;
	TRY(add_settings(plan, err));
	TRY(add_items(plan, err));
	TRY(add_persons(plan, err));
	TRY(add_models(plan, err));
	struct artifact_header header;
	place(plan, &header);
	return write_file(plan, &header, path, err);
}
