/* SPDX-License-Identifier: Apache-2.0 */
/* Checksums prove that a file is as it was written, not that what wrote it was right, or well
 * meaning. So each number that serving follows is looked at here, once. The loops have no branch
 * inside and run at the speed of memory. */
#include <assert.h>
#include <stdio.h>

#include "base/own.h"
#include "recs/als.h"
#include "recs/artifact_view.h"
#include "recs/matrix.h"

struct check {
	struct recs_artifact *artifact;
	const char *path;
};

static int bad(const struct check *check, const char *section, const char *what, struct error *err)
{
	return artifact_damaged(err, check->path, "section \"%s\" %s", section, what);
}

static const struct artifact_section *find(const struct check *check, const char *name)
{
	const struct recs_artifact *artifact = check->artifact;
	for (uint32_t s = 0; s < artifact->section_count; s++)
		if (strcmp(artifact->sections[s].name, name) == 0)
			return &artifact->sections[s];
	return NULL;
}

enum { ANY = -1 };

/* The elements of a section, of the size and number expected (ANY = as many as there are);
 * 1 = found, 0 = not there. `out` is a pointer to a pointer to them. */
static int take(const struct check *check, const char *name, size_t element_size, int64_t count,
		void *out, size_t *out_count, struct error *err)
{
	const struct artifact_section *section = find(check, name);
	if (!section)
		return 0;
	if (section->element_size != element_size || section->len % element_size)
		return bad(check, name, "has elements of another size", err);
	size_t found = section->len / element_size;
	if (count != ANY && found != (size_t)count)
		return bad(check, name, "has another length", err);
	*(const void **)out = check->artifact->map + section->offset;
	if (out_count)
		*out_count = found;
	return 1;
}

static int need(const struct check *check, const char *name, size_t element_size, int64_t count,
		void *out, size_t *out_count, struct error *err)
{
	int found = take(check, name, element_size, count, out, out_count, err);
	return found ? found : bad(check, name, "is missing", err);
}

static bool below(const uint32_t *numbers, size_t count, uint32_t bound, bool or_none)
{
	uint32_t outside = 0;
	assert(numbers);
	for (size_t i = 0; i < count; i++)
		outside |= (numbers[i] >= bound) & !(or_none & (numbers[i] == RECS_NONE));
	return !outside;
}

static bool finite_numbers(const float *numbers, size_t count)
{
	uint32_t wrong = 0;
	for (size_t i = 0; i < count; i++) {
		uint32_t bits;
		memcpy(&bits, &numbers[i], sizeof bits);
		wrong |= (bits & 0x7f800000u) == 0x7f800000u;
	}
	return !wrong;
}

static bool rising(const uint64_t *ends, size_t count, uint64_t last)
{
	uint64_t wrong = count && ends[count - 1] != last;
	for (size_t i = 1; i < count; i++)
		wrong |= ends[i] < ends[i - 1];
	return !wrong;
}

static int take_numbers(const struct check *check, const char *name, size_t count, uint32_t bound,
			bool or_none, const uint32_t **out, struct error *err)
{
	int found = take(check, name, sizeof **out, (int64_t)count, (void *)out, NULL, err);
	if (found > 0 && !below(*out, count, bound, or_none))
		return bad(check, name, "points outside", err);
	return found;
}

static int take_floats(const struct check *check, const char *name, size_t count, const float **out,
		       struct error *err)
{
	int found = take(check, name, sizeof **out, (int64_t)count, (void *)out, NULL, err);
	if (found > 0 && !finite_numbers(*out, count))
		return bad(check, name, "holds what is no number", err);
	return found;
}

/* `row_count` + 1 starts, and as many items and scores as they say. */
static int take_rows(const struct check *check, const char *name, size_t row_count,
		     struct artifact_rows *out, struct error *err)
{
	char part[ARTIFACT_NAME_SIZE];
	struct artifact_rows rows = {.row_count = (uint32_t)row_count};
	size_t total;
	snprintf(part, sizeof part, "%s.starts", name);
	int found = take(check, part, sizeof *rows.starts, (int64_t)row_count + 1,
			 (void *)&rows.starts, NULL, err);
	if (found <= 0)
		return found;
	assert(rows.starts);
	snprintf(part, sizeof part, "%s.items", name);
	TRY(need(check, part, sizeof *rows.items, ANY, (void *)&rows.items, &total, err));
	if (!below(rows.items, total, check->artifact->settings.item_count, false))
		return bad(check, part, "points outside the items", err);
	if (rows.starts[0] != 0 || !rising(rows.starts, row_count + 1, total))
		return bad(check, name, "has rows that overlap", err);
	snprintf(part, sizeof part, "%s.scores", name);
	TRY(need(check, part, sizeof *rows.scores, (int64_t)total, (void *)&rows.scores, NULL,
		 err));
	if (!finite_numbers(rows.scores, total))
		return bad(check, part, "holds what is no number", err);
	*out = rows;
	return 1;
}

static bool slots_are_right(const struct artifact_names *table)
{
	uint64_t wrong = 0, empty = 0;
	for (uint64_t s = 0; s < table->slot_count; s++) {
		wrong |= (table->slots[s] & UINT32_MAX) > table->count;
		wrong |= table->slots[s] && !(table->slots[s] & UINT32_MAX);
		empty += !table->slots[s];
	}
	return !wrong && empty && (table->slot_count & (table->slot_count - 1)) == 0;
}

static int take_names(const struct check *check, unsigned which, const char *name, size_t count,
		      struct error *err)
{
	struct artifact_names *table = &check->artifact->names[which];
	char part[ARTIFACT_NAME_SIZE];
	size_t text_len, slot_count;
	snprintf(part, sizeof part, "%s.ends", name);
	if (!count && !find(check, part))
		return 0;
	TRY(need(check, part, sizeof *table->ends, (int64_t)count, (void *)&table->ends, NULL,
		 err));
	snprintf(part, sizeof part, "%s.text", name);
	TRY(need(check, part, 1, ANY, (void *)&table->text, &text_len, err));
	if (!rising(table->ends, count, text_len))
		return bad(check, name, "has names that overlap", err);
	snprintf(part, sizeof part, "%s.slots", name);
	TRY(need(check, part, sizeof *table->slots, ANY, (void *)&table->slots, &slot_count, err));
	table->slot_count = slot_count;
	table->count = (uint32_t)count;
	if (!slots_are_right(table))
		return bad(check, part, "points outside the names", err);
	return 0;
}

/* How many names of a kind there are, for those whose number stands nowhere else. */
static size_t count_names(const struct check *check, const char *part)
{
	const struct artifact_section *section = find(check, part);
	size_t count = section ? section->len / sizeof(uint64_t) : 0;
	return count < RECS_NONE ? count : RECS_NONE - 1;
}

static int check_settings(const struct check *check, struct error *err)
{
	struct recs_artifact *artifact = check->artifact;
	const struct artifact_settings *s;
	TRY(need(check, "settings", sizeof *s, 1, (void *)&s, NULL, err));
	TRY(need(check, "meta", 1, ANY, (void *)&artifact->meta, &artifact->meta_len, err));
	TRY(take(check, "models", 1, ANY, (void *)&artifact->models, &artifact->models_len, err));
	artifact->settings = *s;
	if (s->item_count == RECS_NONE || s->person_count == RECS_NONE ||
	    s->source_count > RECS_ARTIFACT_SOURCES_MAX || s->label_count > RECS_LABELS_MAX ||
	    s->predicate_count > RECS_PREDICATES_MAX || s->link_count > RECS_LINK_SETS_MAX ||
	    s->class_count > RECS_CLASSES_MAX || s->person_class_count > RECS_CLASSES_MAX ||
	    s->band_count > RECS_BANDS_MAX || s->similar_count > RECS_STEPS_MAX ||
	    s->factors_width > RECS_ALS_WIDTH_MAX)
		return bad(check, "settings", "has a count that is too high", err);
	uint32_t sources = s->source_count ? s->source_count : 1;
	if (s->popular_source >= sources || s->popular_segment_source >= sources ||
	    s->popular_label_source >= sources || s->factors_source >= sources)
		return bad(check, "settings", "names a source that is not there", err);
	for (uint32_t i = 0; i < s->similar_count; i++)
		if (s->similar_steps[i] >= s->link_count)
			return bad(check, "settings", "names links that are not there", err);
	TRY(take_names(check, RECS_SOURCES, "sources", s->source_count, err));
	TRY(need(check, "sources.reasons", sizeof *artifact->reasons, s->source_count,
		 (void *)&artifact->reasons, NULL, err));
	if (!below(artifact->reasons, s->source_count, RECS_REASON_COUNT, false))
		return bad(check, "sources.reasons", "holds an unknown reason", err);
	return 0;
}

static int check_labels(const struct check *check, struct error *err)
{
	struct recs_artifact *artifact = check->artifact;
	const struct artifact_settings *s = &artifact->settings;
	TRY(take_names(check, RECS_LABELS, "labels", s->label_count, err));
	for (uint32_t l = 0; l < s->label_count; l++) {
		char name[ARTIFACT_NAME_SIZE];
		snprintf(name, sizeof name, "label%u.values.ends", l);
		size_t count = count_names(check, name);
		snprintf(name, sizeof name, "label%u.values", l);
		TRY(take_names(check, RECS_LABEL_VALUES + l, name, count, err));
		snprintf(name, sizeof name, "label%u.of_item", l);
		int found = take_numbers(check, name, s->item_count, (uint32_t)count, true,
					 &artifact->label_of_item[l], err);
		if (found <= 0)
			return found < 0 ? found : bad(check, name, "is missing", err);
		snprintf(name, sizeof name, "label%u.popular", l);
		TRY(take_rows(check, name, count, &artifact->label_popular[l], err));
	}
	return 0;
}

static int check_items(const struct check *check, struct error *err)
{
	struct recs_artifact *artifact = check->artifact;
	const struct artifact_settings *s = &artifact->settings;
	int64_t words = (int64_t)artifact_bit_words(s->item_count);
	TRY(take_names(check, RECS_ITEMS, "items", s->item_count, err));
	TRY(check_labels(check, err));
	TRY(take(check, "items.prices", sizeof(int64_t), s->item_count,
		 (void *)&artifact->prices_cents, NULL, err));
	TRY(take(check, "items.available", sizeof(uint64_t), words, (void *)&artifact->available,
		 NULL, err));
	TRY(take_names(check, RECS_PREDICATES, "predicates", s->predicate_count, err));
	for (uint32_t p = 0; p < s->predicate_count; p++) {
		char name[ARTIFACT_NAME_SIZE];
		snprintf(name, sizeof name, "predicate%u", p);
		TRY(need(check, name, sizeof(uint64_t), words, (void *)&artifact->predicates[p],
			 NULL, err));
	}
	return 0;
}

static int check_bands(const struct check *check, struct error *err)
{
	struct recs_artifact *artifact = check->artifact;
	const struct artifact_settings *s = &artifact->settings;
	if (!s->band_count)
		return 0;
	TRY(need(check, "bands.edges", sizeof(int64_t), s->band_count - 1,
		 (void *)&artifact->band_edges_cents, NULL, err));
	return take_floats(check, "bands.affinity", (size_t)s->person_count * s->band_count,
			   &artifact->affinity, err);
}

static int check_lists(const struct check *check, struct error *err)
{
	struct recs_artifact *artifact = check->artifact;
	const struct artifact_settings *s = &artifact->settings;
	int found = take_rows(check, "lists", s->person_count, &artifact->lists, err);
	if (found <= 0)
		return found;
	size_t total = artifact->lists.starts[s->person_count];
	if (total && !s->source_count)
		return bad(check, "lists", "has no sources", err);
	TRY(take(check, "lists.sources", 1, (int64_t)total, (void *)&artifact->list_sources, NULL,
		 err));
	uint32_t outside = 0;
	for (size_t i = 0; artifact->list_sources && i < total; i++)
		outside |= artifact->list_sources[i] >= s->source_count;
	if (outside)
		return bad(check, "lists.sources", "points outside the sources", err);
	return take_numbers(check, "lists.because", total, s->item_count, true,
			    &artifact->list_because, err);
}

static int check_persons(const struct check *check, struct error *err)
{
	struct recs_artifact *artifact = check->artifact;
	const struct artifact_settings *s = &artifact->settings;
	size_t segments = count_names(check, "segments.ends");
	TRY(take_names(check, RECS_PERSONS, "persons", s->person_count, err));
	TRY(take_names(check, RECS_SEGMENTS, "segments", segments, err));
	TRY(take_numbers(check, "persons.segments", s->person_count, (uint32_t)segments, true,
			 &artifact->segment_of_person, err));
	if (take_rows(check, "history", s->person_count, &artifact->histories, err) < 0)
		return -1;
	if (artifact->histories.starts)
		TRY(take(check, "history.times", sizeof(int64_t),
			 (int64_t)artifact->histories.starts[s->person_count],
			 (void *)&artifact->history_times_us, NULL, err));
	TRY(check_bands(check, err));
	return check_lists(check, err);
}

static int check_factors(const struct check *check, struct error *err)
{
	struct recs_artifact *artifact = check->artifact;
	const struct artifact_settings *s = &artifact->settings;
	if (!s->factors_width)
		return 0;
	const float numbers[] = {s->unobserved, s->regularization, s->exponent, s->weight_scale};
	if (!finite_numbers(numbers, 4) || !(s->unobserved > 0) || !(s->regularization > 0))
		return bad(check, "settings", "has factors without a ridge", err);
	size_t stride = recs_matrix_stride(s->factors_width);
	int found = take_floats(check, "factors.rows", (size_t)s->item_count * stride,
				&artifact->factors, err);
	if (found > 0)
		found = take_numbers(check, "factors.items", s->item_count, s->item_count, false,
				     &artifact->factor_items, err);
	if (found > 0)
		found = take_numbers(check, "factors.row_of_item", s->item_count, s->item_count,
				     false, &artifact->factor_rows, err);
	if (found > 0)
		found = take_floats(check, "factors.bounds", artifact_factor_blocks(s->item_count),
				    &artifact->factor_bounds, err);
	if (found > 0)
		found = take_floats(check, "factors.spectrum", stride, &artifact->spectrum, err);
	if (found <= 0)
		return found < 0 ? found : bad(check, "factors", "is missing", err);
	artifact->factors_stride = stride;
	return 0;
}

static int check_links(const struct check *check, struct error *err)
{
	struct recs_artifact *artifact = check->artifact;
	const struct artifact_settings *s = &artifact->settings;
	const struct artifact_link_settings *settings;
	TRY(need(check, "links.settings", sizeof *settings, s->link_count, (void *)&settings, NULL,
		 err));
	for (uint32_t l = 0; l < s->link_count; l++) {
		struct artifact_links *links = &artifact->links[l];
		char name[ARTIFACT_NAME_SIZE];
		snprintf(name, sizeof name, "links%u", l);
		int found = take_rows(check, name, s->item_count, &links->rows, err);
		if (found <= 0)
			return found < 0 ? found : bad(check, name, "is missing", err);
		links->source = settings[l].source;
		links->place_decay = settings[l].place_decay;
		if (links->source >= s->source_count || !(links->place_decay >= 0) ||
		    links->place_decay > 1)
			return bad(check, "links.settings", "holds what cannot be", err);
	}
	return 0;
}

static bool step_is_there(const struct recs_artifact *artifact, uint32_t step)
{
	return step == RECS_BY_FACTORS ? artifact->factors && artifact->settings.source_count
				       : step < artifact->settings.link_count;
}

static int check_classes(const struct check *check, const char *name, uint32_t count,
			 const struct artifact_class **out, struct error *err)
{
	TRY(need(check, name, sizeof **out, count, (void *)out, NULL, err));
	assert(*out || !count);
	for (uint32_t c = 0; c < count; c++) {
		const struct artifact_class *class = &(*out)[c];
		if (class->step_count > RECS_STEPS_MAX ||
		    (c && class->from <= (*out)[c - 1].from) ||
		    !finite_numbers(class->weights, RECS_STEPS_MAX))
			return bad(check, name, "holds what cannot be", err);
		for (uint32_t s = 0; s < class->step_count; s++)
			if (!step_is_there(check->artifact, class->steps[s]))
				return bad(check, name, "names a step that is not there", err);
	}
	return 0;
}

int artifact_check(struct recs_artifact *artifact, const char *path, struct error *err)
{
	struct check check = {artifact, path};
	TRY(check_settings(&check, err));
	TRY(check_items(&check, err));
	TRY(check_persons(&check, err));
	TRY(check_factors(&check, err));
	TRY(check_links(&check, err));
	const struct artifact_settings *s = &artifact->settings;
	TRY(check_classes(&check, "classes", s->class_count, &artifact->classes, err));
	if (s->person_class_count > 0)
		TRY(check_classes(&check, "classes.persons", s->person_class_count,
				  &artifact->person_classes, err));
	TRY(take_rows(&check, "popular", 1, &artifact->popular, err));
	TRY(take_rows(&check, "popular_segment", artifact->names[RECS_SEGMENTS].count,
		      &artifact->popular_segment, err));
	bool popular = artifact->popular.starts || artifact->popular_segment.starts;
	for (uint32_t l = 0; l < artifact->settings.label_count; l++)
		popular |= artifact->label_popular[l].starts != NULL;
	return popular && !artifact->settings.source_count ? bad(&check, "sources", "is empty", err)
							   : 0;
}
