/* SPDX-License-Identifier: Apache-2.0 */
/* artifact_view: an open artifact from inside: pointers into the map. Once artifact_check() has let
 * it pass, every row lies within its arrays, every item, person, value, source and set of links is
 * below its count (or RECS_NONE where that may be), every number is finite. So what serves needs no
 * checks of its own. What is not in the file is NULL or has 0 rows. */
#ifndef VITRINE_RECS_ARTIFACT_VIEW_H
#define VITRINE_RECS_ARTIFACT_VIEW_H

#include <stdatomic.h>

#include "base/error.h"
#include "recs/artifact_format.h"

struct artifact_names {
	uint32_t count;
	const uint64_t *ends; /* where text n ends */
	const char *text;
	const uint64_t *slots; /* hash << 32 | number + 1; 0 = empty */
	uint64_t slot_count;   /* a power of two, at least one empty */
};

struct artifact_rows {
	uint32_t row_count;
	const uint64_t *starts;
	const uint32_t *items;
	const float *scores;
};

struct artifact_links {
	struct artifact_rows rows;
	uint32_t source;
	float place_decay;
};

struct recs_artifact {
	atomic_int holders;
	const char *map;
	size_t size;
	const struct artifact_section *sections;
	uint32_t section_count;

	struct artifact_settings settings;
	const char *meta;
	size_t meta_len;
	const void *models;
	size_t models_len;
	struct artifact_names names[RECS_NAMES_COUNT];
	const uint32_t *reasons; /* per source */

	const uint32_t *label_of_item[RECS_LABELS_MAX];
	struct artifact_rows label_popular[RECS_LABELS_MAX];
	const int64_t *prices_cents;
	const uint64_t *available; /* bits, as predicates */
	const uint64_t *predicates[RECS_PREDICATES_MAX];

	const uint32_t *segment_of_person;
	struct artifact_rows histories; /* scores are weights */
	const int64_t *history_times_us;
	const int64_t *band_edges_cents;
	const float *affinity;

	struct artifact_rows lists;
	const uint8_t *list_sources;
	const uint32_t *list_because;

	const float *factors; /* items × stride on lines of 64 bytes, the longest rows first */
	const uint32_t *factor_items; /* the item of each row */
	const uint32_t *factor_rows;  /* the row of each item */
	const float *factor_bounds;   /* of each block: no row in it or after it is longer */
	const float *spectrum;
	size_t factors_stride;
	struct artifact_links links[RECS_LINK_SETS_MAX];
	const struct artifact_class *classes, *person_classes;
	struct artifact_rows popular, popular_segment;
};

/* Find all sections and look at every number in them.
 * Fails: CORRUPT, naming the section. */
int artifact_check(struct recs_artifact *artifact, const char *path, struct error *err);

/* Fill `err` with CORRUPT and what to do; a macro that is -1, as err_set(). (err, path, format,
 * ...) */
#define artifact_damaged(...) (artifact_set_damaged(__VA_ARGS__), err_minus_one())
void artifact_set_damaged(struct error *err, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static inline size_t artifact_row_len(const struct artifact_rows *rows, size_t row)
{
	return row < rows->row_count ? (size_t)(rows->starts[row + 1] - rows->starts[row]) : 0;
}

static inline bool artifact_bit(const uint64_t *bits, size_t at)
{
	return bits[at / 64] >> at % 64 & 1;
}

static inline size_t artifact_bit_words(size_t count)
{
	return (count + 63) / 64;
}

#endif
