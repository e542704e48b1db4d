/* SPDX-License-Identifier: Apache-2.0 */
/* links: a model that knows, for each item, a bounded list of items that go with it, best first.
 * An item's score for a profile is the sum of the weights of the links that lead to it from the
 * profile's items. Co-occurrence, random walks and whatever else ends in such lists share it. */
#ifndef VITRINE_RECS_LINKS_H
#define VITRINE_RECS_LINKS_H

#include <stdbool.h>

#include "recs/model.h"

struct error;
struct recs_arrays_in;

enum { RECS_LINKS_MAX = 4096 }; /* of one item */

/* How a profile's items count; zero = each the same. */
struct recs_links_options {
	bool weighted;        /* by the profile's weights */
	int64_t half_life_us; /* half as much for each such time before the newest; 0 = never */
	float place_decay;    /* × this for each place behind the newest; 0 = never. Needs times */
};

struct recs_links {
	struct recs_model model;
	struct recs_links_options options;
	size_t *starts; /* item i's links are starts[i] .. starts[i + 1] - 1 */
	uint32_t *items;
	float *weights; /* > 0 */
};

/* `count` links, to be filled by the caller; starts are 0. `name` is the kind's, a constant.
 * Owner: caller, by recs_model_free(). Fails: MEMORY. */
int recs_links_new(const struct recs_model_kind *kind, uint32_t item_count, size_t count,
		   struct recs_links **out, struct error *err);

/* Turn lists of what an item leads to into lists of what leads to it; the other way round after the
 * next call. Lists that were bounded one way are then not the other way. Each list best first.
 * Fails: MEMORY (the links stand as they were). */
int recs_links_turn(struct recs_links *links, struct error *err);
/* Make the weights of each item's list add up to 1. */
void recs_links_normalize(struct recs_links *links);
/* Saved links. Owner: caller. Fails: CORRUPT, MEMORY. */
int recs_links_load(struct recs_arrays_in *in, uint32_t item_count,
		    const struct recs_links_options *options, struct recs_model **out,
		    struct error *err);

/* For the kinds of models that are made of links. */
size_t recs_links_scratch_size(const struct recs_model *model, size_t count);
void recs_links_score(const struct recs_model *model, const struct recs_profile *profiles,
		      size_t count, float *scores, size_t stride, void *scratch);
void recs_links_free(struct recs_model *model);
void recs_links_save(const struct recs_model *model, struct recs_arrays_out *out);
#define RECS_LINKS_KIND(name)                                                                      \
	{                                                                                          \
		name, recs_links_scratch_size, recs_links_score, recs_links_free, recs_links_save  \
	}

#endif
