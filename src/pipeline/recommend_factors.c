/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/recommend_factors.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/als.h"
#include "recs/recipe.h"

enum { NEIGHBOURS = 200 }; /* of links: as many as `knn` has if nothing is said */

void recommend_factors_done(struct recommend_factors *factors)
{
	for (uint32_t s = 0; s < factors->set_count; s++) {
		recs_rows_done(&factors->sets[s].rows);
		free(factors->sets[s].name);
	}
	*factors = (struct recommend_factors){0};
}

struct finding {
	const struct recs_contest *contest;
	const struct recs_chooser *chooser;
	const struct recommend_basket *basket;
	uint32_t item_count;
	int threads;
	struct recs_part als; /* whose factors there are */
	struct recommend_factors *out;
};

static const char *kind_of(const struct recs_part *part)
{
	const struct recs_recipe recipe = {.parts = {*part}, .count = 1};
	return recs_recipe_name(&recipe);
}

static bool is_als(const struct recs_part *part)
{
	return strcmp(kind_of(part), "als") == 0;
}

/* Its score is a sum over the items of a history, or near to one. */
static bool has_links(const struct recs_part *part)
{
	static const char *const kinds[] = {"knn", "walk", "ease", "spectral", "content"};
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
		if (strcmp(kinds[k], kind_of(part)) == 0)
			return true;
	return false;
}

static const struct recs_model *model_of(const struct finding *finding, uint32_t entry, uint32_t p)
{
	const struct recs_chooser *chooser = finding->chooser;
	uint32_t source = 0;
	while (chooser->labels[source] != entry)
		source++;
	if (finding->contest->entries[entry].recipe.count == 1)
		return chooser->sources[source];
	return ((const struct recs_blend *)chooser->sources[source])->sources[p];
}

static uint32_t class_of_contest(uint32_t from)
{
	return from > 1 ? RECS_PERSONS_SEVERAL : RECS_PERSONS_ONE;
}

/* The entries that serve a class before what is popular does; returns how many. */
static uint32_t order_of(const struct finding *finding, uint32_t persons,
			 uint32_t out[RECS_CONTEST_ORDER_MAX])
{
	uint32_t count = recs_contest_order(finding->contest, persons, out), personal = 0;
	while (personal < count && !finding->contest->entries[out[personal]].simple)
		personal++;
	return personal;
}

/* The first ALS of a class; an artifact has the factors of one. */
static void find_als(struct finding *finding, uint32_t persons)
{
	uint32_t order[RECS_CONTEST_ORDER_MAX], count = order_of(finding, persons, order);
	for (uint32_t o = 0; o < count; o++) {
		const struct recs_recipe *recipe = &finding->contest->entries[order[o]].recipe;
		for (uint32_t p = 0; p < recipe->count && !finding->out->als; p++)
			if (is_als(&recipe->parts[p])) {
				finding->als = recipe->parts[p];
				finding->out->als =
					(const struct recs_als *)model_of(finding, order[o], p);
			}
	}
}

static float weight_of(const struct recs_recipe *recipe, uint32_t len, uint32_t part)
{
	uint32_t class = 0;
	for (uint32_t c = 1; c < recipe->class_count && len >= recipe->class_starts[c]; c++)
		class = c;
	return recipe->class_count ? recipe->weights[class][part] : 1;
}

/* ---- sets of links ---- */

/* Items that the model does not know lead nowhere. */
static int lengthen(struct recs_rows *rows, uint32_t item_count, struct error *err)
{
	uint64_t *starts = mem_resize(rows->starts, ((size_t)item_count + 1) * sizeof *starts);
	if (!starts)
		return err_memory(err);
	for (uint32_t i = rows->row_count; i < item_count; i++)
		starts[i + 1] = starts[rows->row_count];
	rows->starts = starts;
	rows->row_count = item_count;
	return 0;
}

static int make_set(const struct finding *finding, const struct recs_part *part,
		    const struct recs_model *model, struct error *err)
{
	struct recommend_factors *out = finding->out;
	struct recommend_set *set = &out->sets[out->set_count];
	set->part = *part;
	set->reason =
		strcmp(kind_of(part), "knn") == 0 ? RECS_REASON_TOGETHER : RECS_REASON_SIMILAR;
	set->name = mem_copy_text(kind_of(part));
	if (!set->name)
		return err_memory(err);
	out->set_count++;
	TRY(recs_rows_of_neighbours(model, NEIGHBOURS, finding->threads, &set->rows, err));
	return lengthen(&set->rows, finding->item_count, err);
}

/* The step of a part; 0 when it is none. */
static int find_step(const struct finding *finding, uint32_t entry, uint32_t p, uint32_t *out,
		     struct error *err)
{
	const struct recs_part *part = &finding->contest->entries[entry].recipe.parts[p];
	struct recommend_factors *factors = finding->out;
	*out = RECS_BY_FACTORS;
	if (recommend_same_part(part, &finding->als))
		return 1;
	if (!has_links(part))
		return 0;
	for (uint32_t s = 0; s < factors->set_count; s++)
		if (recommend_same_part(&factors->sets[s].part, part)) {
			*out = finding->basket->set_count + s;
			return 1;
		}
	*out = finding->basket->set_count + factors->set_count;
	if (*out >= RECS_LINK_SETS_MAX)
		return 0;
	TRY(make_set(finding, part, model_of(finding, entry, p), err));
	return 1;
}

/* ---- classes ---- */

static bool takes_part(const struct finding *finding, uint32_t from)
{
	uint32_t order[RECS_CONTEST_ORDER_MAX];
	uint32_t count = order_of(finding, class_of_contest(from), order);
	for (uint32_t o = 0; o < count; o++) {
		const struct recs_recipe *recipe = &finding->contest->entries[order[o]].recipe;
		for (uint32_t p = 0; p < recipe->count; p++)
			if (recommend_same_part(&recipe->parts[p], &finding->als) &&
			    weight_of(recipe, from, p) > 0)
				return true;
	}
	return false;
}

/* Behind a blend comes what is popular, behind others the next. */
static int make_class(const struct finding *finding, struct recs_class_part *class,
		      struct error *err)
{
	uint32_t order[RECS_CONTEST_ORDER_MAX], step;
	uint32_t count = order_of(finding, class_of_contest(class->from), order);
	for (uint32_t o = 0; o < count && !class->mixed; o++) {
		const struct recs_recipe *recipe = &finding->contest->entries[order[o]].recipe;
		bool first = class->step_count == 0;
		for (uint32_t p = 0; p < recipe->count; p++) {
			float weight = weight_of(recipe, class->from, p);
			int is_step = weight > 0 ? find_step(finding, order[o], p, &step, err) : 0;
			TRY(is_step);
			if (is_step)
				recommend_add_step(class, step, weight);
		}
		class->mixed = first && class->step_count > 1;
	}
	return 0;
}

static int make_classes(const struct finding *finding, struct error *err)
{
	struct recommend_factors *out = finding->out;
	for (size_t f = 0; f < RECOMMEND_FROMS; f++) {
		struct recs_class_part class = {.from = recommend_froms[f]};
		if (takes_part(finding, class.from))
			TRY(make_class(finding, &class, err));
		else
			class = *recommend_basket_class(finding->basket, class.from);
		class.from = recommend_froms[f];
		if (!f || !recommend_same_steps(&out->classes[out->class_count - 1], &class))
			out->classes[out->class_count++] = class;
	}
	return 0;
}

int recommend_factors_find(const struct recs_contest *contest, const struct recs_chooser *chooser,
			   const struct recommend_basket *basket, uint32_t item_count, int threads,
			   struct recommend_factors *out, struct error *err)
{
	struct finding finding = {.contest = contest,
				  .chooser = chooser,
				  .basket = basket,
				  .item_count = item_count,
				  .threads = threads,
				  .out = out};
	find_als(&finding, RECS_PERSONS_SEVERAL);
	find_als(&finding, RECS_PERSONS_ONE);
	return out->als ? make_classes(&finding, err) : 0;
}
