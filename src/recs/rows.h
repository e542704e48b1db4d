/* SPDX-License-Identifier: Apache-2.0 */
/* rows: lists of items with scores, one list a row, one after the other in memory: the form in
 * which neighbours, popular items and lists made ahead go into the serving artifact. */
#ifndef VITRINE_RECS_ROWS_H
#define VITRINE_RECS_ROWS_H

#include <stdint.h>

#include "base/own.h"

struct error;
struct recs_links;
struct recs_lists;
struct recs_model;

struct recs_rows {
	uint32_t row_count;
	uint64_t *starts; /* row r is starts[r] .. starts[r + 1] - 1 */
	uint32_t *items;
	float *scores; /* falling within a row */
};

void recs_rows_done(struct recs_rows *rows);
OWN_DEFINE_EMBEDDED(recs_rows, recs_rows_done)

/* `out` is empty before, as for all of these. Fails: MEMORY. */
int recs_rows_of_lists(const struct recs_lists *lists, struct recs_rows *out, struct error *err);
/* The source of each entry of those rows, from one for each place of the lists.
 * Owner: caller (free()). Fails: MEMORY. */
int recs_rows_sources(const struct recs_lists *lists, const uint8_t *sources, uint8_t **out,
		      struct error *err);
int recs_rows_of_links(const struct recs_links *links, struct recs_rows *out, struct error *err);

/* For each item the `k` that `model` recommends to somebody of whom only that item is known: any
 * model as neighbours. Fails: USAGE (k), MEMORY. Cost: scores all pairs of items; of content, once
 * for items of the same attributes; of links, a copy. */
int recs_rows_of_neighbours(const struct recs_model *model, uint32_t k, int threads,
			    struct recs_rows *out, struct error *err);

/* Row r: the best `k` of the sum of rows r of all sets, each divided by its scores' standard
 * deviation over all items and weighed, as serving mixes them (a struct recs_class_part that is
 * mixed). `out_sets` tells for each entry which set gave most of it. All sets have a row an item.
 * Owner of `out_sets`: caller (free()). Fails: MEMORY. */
int recs_rows_mix(const struct recs_rows *sets, const float *weights, uint32_t set_count,
		  uint32_t k, struct recs_rows *out, uint8_t **out_sets, struct error *err);

/* For each segment 0 .. segment_count - 1 the `k` that `model` recommends to somebody of whom only
 * the segment is known; k = 0 takes all items that have a score. Of a model trained without
 * segments, with segment_count 1: the list for all. Fails: MEMORY. */
int recs_rows_of_segments(const struct recs_model *model, uint32_t segment_count, uint32_t k,
			  struct recs_rows *out, struct error *err);

/* Row v: the items of row 0 of `from` whose value in `of_item` is v, at most k, in their order.
 * `of_item` has item_count values. Fails: MEMORY. */
int recs_rows_by_value(const struct recs_rows *from, const uint32_t *of_item, uint32_t item_count,
		       uint32_t value_count, uint32_t k, struct recs_rows *out, struct error *err);

#endif
