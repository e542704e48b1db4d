/* SPDX-License-Identifier: Apache-2.0 */
/* artifact: everything that answering needs, in one file that is mapped, not read: ids, attributes,
 * histories, neighbours, factors, popular items, lists made ahead. docs/internals/artifact.md has
 * the format byte by byte.
 *
 * A file is written once and never changed. Opening looks at every byte: checksums, and that each
 * number inside points inside; what is damaged, cut short, or of another format is refused with
 * what to do. Once open it is never written, so all threads may use it. It is counted: hold() and
 * close() let a server exchange one for the next while requests still use the old (holder.h). */
#ifndef VITRINE_RECS_ARTIFACT_H
#define VITRINE_RECS_ARTIFACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "recs/blend.h"
#include "recs/rows.h"

struct recs_als;
struct recs_ids;
struct recs_ratings;

#define RECS_NONE     UINT32_MAX /* no item, value, segment */
#define RECS_NO_PRICE ((int64_t)-1)

enum {
	RECS_ARTIFACT_FORMAT = 3,
	RECS_LABELS_MAX = 8,
	RECS_PREDICATES_MAX = 64,
	RECS_LINK_SETS_MAX = 8,
	RECS_STEPS_MAX = 8,
	RECS_BANDS_MAX = 64,
	RECS_ARTIFACT_SOURCES_MAX = 64,
};

/* Why an item is in an answer; what `because` of a result then is. */
enum recs_reason {
	RECS_REASON_POPULAR,         /* in the whole shop */
	RECS_REASON_POPULAR_SEGMENT, /* among persons like this one: a segment */
	RECS_REASON_POPULAR_LABEL,   /* among items alike: a label's value */
	RECS_REASON_TOGETHER,        /* bought together with: an item */
	RECS_REASON_SIMILAR,         /* similar to: an item */
	RECS_REASON_TASTE,           /* fits the history, most of all: an item */
	RECS_REASON_SESSION,         /* others who looked at: an item */
	RECS_REASON_REPEAT,          /* bought before, due again */
	RECS_REASON_COUNT
};

struct recs_source {
	const char *name; /* as tables and answers show it, unique */
	enum recs_reason reason;
};

/* One attribute of items with named values: category, seller, state. */
struct recs_label_part {
	const char *name;
	const struct recs_ids *values;
	const uint32_t *of_item;  /* per item, a value or RECS_NONE */
	struct recs_rows popular; /* row = value; starts NULL = none */
};

/* An SQL predicate over the items, answered when the artifact was made. */
struct recs_predicate_part {
	const char *name;
	const uint8_t *items; /* per item, 0 = no */
};

struct recs_links_part {
	struct recs_rows rows; /* row = item: what goes with it */
	uint32_t source;
	float place_decay; /* of a basket's items, × this a place behind the newest; 0 = never */
};

enum { RECS_BY_FACTORS = RECS_LINK_SETS_MAX }; /* a step by ALS; below: by that set of links */

/* What answers for a basket, or a person without a list, of at least `from` known items: the steps
 * in order, each going on where the one before ran out; or, mixed, their sum with weights after
 * each was divided by its scores' standard deviation (blend.h). */
struct recs_class_part {
	uint32_t from;
	bool mixed;
	uint32_t step_count;
	uint32_t steps[RECS_STEPS_MAX];
	float weights[RECS_STEPS_MAX]; /* when mixed */
};

/* What goes into an artifact. All borrowed; what is NULL or 0 is not there. Per item means as many
 * as `items` has, per person as many as `persons`. */
struct recs_artifact_parts {
	const char *meta;   /* JSON: model version, when trained, events, settings */
	const void *models; /* for whoever trained: saved.h; NULL = none. Serving looks at none */
	size_t models_len;
	const struct recs_ids *items, *persons;
	const struct recs_source *sources;
	uint32_t source_count;

	const struct recs_label_part *labels; /* the first should be the category */
	uint32_t label_count;
	const int64_t *prices_cents; /* per item, or RECS_NO_PRICE */
	const uint8_t *available;    /* per item, 0 = withdrawn; NULL = all are available */
	const struct recs_predicate_part *predicates;
	uint32_t predicate_count;

	const struct recs_ids *segments;
	const uint32_t *segment_of_person;    /* per person, or RECS_NONE */
	const struct recs_ratings *histories; /* rows = persons, columns = items */
	const int64_t *band_edges_cents;      /* rising, band_count - 1: band b ends below edge b */
	const float *affinity;                /* persons × bands: shares of what was bought */
	uint32_t band_count;

	/* Lists made ahead, row = person. Leave a row empty where popular items win: they are
	 * answered by segment from `popular_segment`, and need no copy for each person. */
	struct recs_rows lists;
	const uint8_t *list_sources;  /* per entry; NULL = source 0 */
	const uint32_t *list_because; /* per entry, or RECS_NONE; NULL = none */

	const struct recs_als *factors; /* may know the first items only */
	uint32_t factors_source;
	const struct recs_links_part *links;
	uint32_t link_count;
	const struct recs_class_part *classes; /* by rising `from` */
	uint32_t class_count;
	/* For persons, with what they have and what came with the request; none = `classes`. */
	const struct recs_class_part *person_classes;
	uint32_t person_class_count;
	/* Sets of links, in order, that answer "similar items"; none = as a basket of the item. */
	const uint32_t *similar_steps;
	uint32_t similar_count;

	/* What sells: one row, all items that sell; row = segment; both in falling order. */
	struct recs_rows popular, popular_segment;
	uint32_t popular_source, popular_segment_source, popular_label_source;
};

/* Write to `path`, a file that is not there yet, durably; on failure nothing is left.
 * Fails: USAGE (a part that does not fit the others, named), IO, DISK_FULL, DENIED, MEMORY. */
int recs_artifact_write(const char *path, const struct recs_artifact_parts *parts,
			struct error *err);

struct recs_artifact;

/* Map and verify. Owner: caller, until close. The file may be unlinked, not changed, meanwhile.
 * Fails: NOT_FOUND, DENIED, IO, MEMORY, CORRUPT (no artifact, cut short, a section damaged),
 * UNSUPPORTED (another format, the other byte order); the hint says what to do.
 * Cost: reads the file once; docs/measurements.md has the figure. */
int recs_artifact_open(const char *path, struct recs_artifact **out, struct error *err);
/* One holder more. Returns `artifact`. */
struct recs_artifact *recs_artifact_hold(struct recs_artifact *artifact);
/* One holder less; the last unmaps. NULL is fine. */
void recs_artifact_close(struct recs_artifact *artifact);
OWN_DEFINE(recs_artifact, recs_artifact_close)

/* All that has a name, by number 0 .. count - 1. */
enum recs_names {
	RECS_ITEMS,
	RECS_PERSONS,
	RECS_SEGMENTS,
	RECS_SOURCES,
	RECS_PREDICATES,
	RECS_LABELS,       /* "category", "seller" */
	RECS_LABEL_VALUES, /* + n: the values of label n */
	RECS_NAMES_COUNT = RECS_LABEL_VALUES + RECS_LABELS_MAX
};

uint32_t recs_artifact_count(const struct recs_artifact *artifact, unsigned names);
/* The number of a text, or RECS_NONE. */
uint32_t recs_artifact_find(const struct recs_artifact *artifact, unsigned names, const char *text,
			    size_t len);
/* The text of `number` < count, not terminated. Borrowed. */
const char *recs_artifact_text(const struct recs_artifact *artifact, unsigned names,
			       uint32_t number, size_t *out_len);

/* The JSON that was given, not terminated. Borrowed. */
const char *recs_artifact_meta(const struct recs_artifact *artifact, size_t *out_len);
/* The models that were given, on a multiple of 64; NULL = none. Borrowed. Whoever reads them does
 * not trust them. */
const void *recs_artifact_models(const struct recs_artifact *artifact, size_t *out_len);
bool recs_artifact_is_available(const struct recs_artifact *artifact, uint32_t item);
size_t recs_artifact_size(const struct recs_artifact *artifact);         /* bytes */
uint32_t recs_artifact_band_count(const struct recs_artifact *artifact); /* price bands; or 0 */
/* Per item or person; RECS_NONE or RECS_NO_PRICE when not known. */
uint32_t recs_artifact_label(const struct recs_artifact *artifact, uint32_t label, uint32_t item);
int64_t recs_artifact_price(const struct recs_artifact *artifact, uint32_t item);
uint32_t recs_artifact_segment(const struct recs_artifact *artifact, uint32_t person);
/* A person's list made ahead, and history (rising by item); counts of 0 when there is none. */
size_t recs_artifact_list(const struct recs_artifact *artifact, uint32_t person,
			  const uint32_t **out_items, const float **out_scores,
			  const uint8_t **out_sources);
size_t recs_artifact_history(const struct recs_artifact *artifact, uint32_t person,
			     const uint32_t **out_items, const int64_t **out_times_us);

#endif
