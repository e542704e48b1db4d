/* SPDX-License-Identifier: Apache-2.0 */
/* recipe_kinds: the models that recipes can name, with their settings, how they are trained, and
 * how one that was saved (recs_model_kind.save) is made again. */
#ifndef VITRINE_RECS_RECIPE_KINDS_H
#define VITRINE_RECS_RECIPE_KINDS_H

#include "recs/arrays.h"
#include "recs/links.h"
#include "recs/recipe.h"

struct recs_recipe_kind {
	const char *name;
	bool simple;
	bool needs_history; /* says nothing of persons without one */
	struct recs_recipe_setting settings[RECS_SETTINGS_MAX]; /* the first without a name ends */
	int (*train)(const struct recs_part *part, const struct recs_shop *shop,
		     const struct recs_train_options *options, struct recs_model **out,
		     struct error *err);
	/* Of the part that trained it, for so many items; whatever the bytes, the model does no
	 * harm. NULL = it cannot be kept. Owner: caller. Fails: CORRUPT, MEMORY. */
	int (*load)(const struct recs_part *part, uint32_t item_count, struct recs_arrays_in *in,
		    struct recs_model **out, struct error *err);
};

/* How a history's items count, of the models made of links. */
struct recs_links_options recs_part_scoring(const struct recs_part *part);

/* One without a name ends them. */
extern const struct recs_recipe_kind recs_recipe_kinds[];

#endif
