/* SPDX-License-Identifier: Apache-2.0 */
/* recipe: a recommender as a line of text, "knn:similarity=jaccard,shrinkage=10", or several whose
 * scores are blended, "popularity:half_life=30+knn": what vitrine.yaml and reports say, what a
 * contest compares, and all that training needs beside the shop.
 *
 * A setting that is not written has its default and may be searched; one that is written stands.
 * Units: half_life, window and age are days. docs/internals/recommend.md lists all. */
#ifndef VITRINE_RECS_RECIPE_H
#define VITRINE_RECS_RECIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recs/blend.h"
#include "recs/search.h"

struct error;
struct recs_events;
struct recs_ratings;

enum { RECS_RECIPE_TEXT_SIZE = 1024 };

/* What recommenders learn from. All borrowed; may be baskets or sessions instead of persons. */
struct recs_shop {
	const struct recs_events *events;
	uint32_t person_count, item_count;  /* at least the events' */
	const struct recs_ratings *ratings; /* of the events, by recs_shop_ratings() */
	const uint32_t *segments; /* per person, 0 = not known; NULL = none. Such as states */
	uint32_t segment_count;   /* segments are below it */
	const struct recs_ratings *attributes; /* items × attributes; NULL = none */
};

/* Each person's items once, with the newest times. Owner: caller. Fails: MEMORY, USAGE. */
int recs_shop_ratings(const struct recs_shop *shop, struct recs_ratings **out, struct error *err);

struct recs_recipe_setting {
	struct recs_setting range; /* name, and where a search looks */
	double otherwise;          /* the default */
	double least, most;        /* what may be written */
	bool searched;
	const char *const *words; /* names of the values 0, 1, ...; NULL = numbers */
};

struct recs_recipe_kind;

/* One model of a recipe. */
struct recs_part {
	const struct recs_recipe_kind *kind;
	double values[RECS_SETTINGS_MAX]; /* by recs_part_settings() */
	uint32_t given;                   /* bit s: setting s was written */
};

struct recs_recipe {
	struct recs_part parts[RECS_SOURCES_MAX];
	uint32_t count; /* more than one are blended */
	/* The blend's weights by length of history; class_count 0 = all 1. */
	uint32_t class_count, class_starts[RECS_CLASSES_MAX];
	float weights[RECS_CLASSES_MAX][RECS_SOURCES_MAX];
};

/* Fails: USAGE: an unknown model or setting (the nearest is named), a value out of range, too many
 * parts. */
int recs_recipe_parse(const char *text, struct recs_recipe *out, struct error *err);
/* The text again, with every setting that is not its default: parsing it gives the same recipe but
 * for the weights of a blend. Owner: caller. Fails: MEMORY. */
char *recs_recipe_text(const struct recs_recipe *recipe, struct error *err);

/* "knn"; of a blend "blend": for a column that says where an item came from. */
const char *recs_recipe_name(const struct recs_recipe *recipe);
/* Popularity alone: what every other recipe has to beat. */
bool recs_recipe_is_simple(const struct recs_recipe *recipe);
/* It has nothing to say to persons without a history. */
bool recs_recipe_needs_history(const struct recs_recipe *recipe);

const struct recs_recipe_setting *recs_part_settings(const struct recs_part *part,
						     uint32_t *out_count);
/* The value of a setting by name; 0 when the model has none of that name. */
double recs_part_value(const struct recs_part *part, const char *name);

struct recs_train_options {
	uint64_t seed;
	int threads; /* 0 = all */
	/* Called now and then where training takes long; negative = stop, with the error in err. */
	int (*tick)(void *context, struct error *err);
	void *context;
};

/* Train on a shop with ratings; a blend owns its sources. The same for the same seed and threads.
 * Owner: caller. Fails: USAGE (content without attributes), what training says. */
int recs_recipe_train(const struct recs_recipe *recipe, const struct recs_shop *shop,
		      const struct recs_train_options *options, struct recs_model **out,
		      struct error *err);
/* The same of models that are made in another way. */
struct recs_part_maker {
	int (*make)(void *context, const struct recs_part *part, struct recs_model **out,
		    struct error *err);
	void *context;
};
int recs_recipe_make(const struct recs_recipe *recipe, const struct recs_part_maker *maker,
		     struct recs_model **out, struct error *err);
int recs_part_train(const struct recs_part *part, const struct recs_shop *shop,
		    const struct recs_train_options *options, struct recs_model **out,
		    struct error *err);
/* Give a blend of the recipe's parts the recipe's weights, where it has any. */
void recs_recipe_set_weights(const struct recs_recipe *recipe, struct recs_blend *blend);

#endif
