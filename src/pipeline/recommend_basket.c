/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/recommend_basket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "pipeline/recommend_find.h"

/* Neighbours kept of each item, in proportion to the lists: filters take some away. */
enum { NEIGHBOURS_MIN = 50, NEIGHBOURS_PER_PLACE = 2, RECIPES = 5, RECIPE_SIZE = 96 };

void recommend_basket_done(struct recommend_basket *basket)
{
	recs_contest_free(basket->contest);
	for (uint32_t s = 0; s < basket->set_count; s++) {
		recs_rows_done(&basket->sets[s].rows);
		free(basket->sets[s].name);
	}
	recs_rows_done(&basket->similar);
	free(basket->similar_sets);
	*basket = (struct recommend_basket){0};
}

static uint32_t neighbours(const struct recommender *recommender)
{
	uint32_t wanted = (uint32_t)recommender->length * NEIGHBOURS_PER_PLACE;
	return wanted > NEIGHBOURS_MIN ? wanted : NEIGHBOURS_MIN;
}

static int parse_together(const struct recommender *recommender, struct recs_recipe *out,
			  struct error *err)
{
	char text[RECIPE_SIZE];
	snprintf(text, sizeof text, "knn:neighbours=%u", neighbours(recommender));
	return recs_recipe_parse(text, out, err);
}

/* ---- the contest ---- */

/* Finding the nearest by content costs items times what they have in common with others. */
enum { CONTENT_ITEMS_MAX = 200000 };

/* What competes, RECOMMEND_TOGETHER as said. */
static uint32_t choose_recipes(const struct recommender *recommender, bool content,
			       const char *popular, char texts[RECIPES][RECIPE_SIZE],
			       const char **out)
{
	uint32_t n = neighbours(recommender), count = 0;
	snprintf(texts[count++], RECIPE_SIZE, "%s", popular);
	snprintf(texts[count++], RECIPE_SIZE, "knn:neighbours=%u", n);
	snprintf(texts[count++], RECIPE_SIZE, "knn:similarity=count,neighbours=%u", n);
	if (content) {
		snprintf(texts[count++], RECIPE_SIZE, "content");
		snprintf(texts[count++], RECIPE_SIZE, "content+knn:neighbours=%u", n);
	}
	for (uint32_t i = 0; i < count; i++)
		out[i] = texts[i];
	return count;
}

int recommend_basket_contest(const struct recommender *recommender,
			     const struct recommend_input *input,
			     const struct recommend_options *options, const char *popular,
			     struct recommend_basket *out, struct error *err)
{
	char texts[RECIPES][RECIPE_SIZE];
	const char *recipes[RECIPES];
	struct recs_shop shop;
	if (!recommender->inputs[RECOMMENDER_EVENTS].basket)
		return 0;
	recommend_input_basket_shop(input, &shop);
	bool content = input->attributes && input->item_count <= CONTENT_ITEMS_MAX;
	uint32_t count = choose_recipes(recommender, content, popular, texts, recipes);
	const struct recs_contest_options contest = {
		.k = (uint32_t)recommender->length,
		.protocol = RECS_PROTOCOL_BASKET,
		.neighbours = neighbours(recommender),
		.reference = RECOMMEND_TOGETHER + 1,
		.recipes = recipes,
		.recipe_count = count,
		.trials = (int)recommender->trials,
		.seed = (uint64_t)recommender->seed,
		.threads = options->threads,
		.allowed = input->offered,
		.progress = recommend_tell,
		.context = (void *)(uintptr_t)options,
	};
	return recs_contest_hold(&shop, &contest, &out->contest, err);
}

/* ---- sets of links ---- */

struct training {
	const struct recs_shop *shop;
	const struct recs_train_options *options;
	uint32_t neighbours;
	struct recommend_basket *basket;
};

bool recommend_same_part(const struct recs_part *a, const struct recs_part *b)
{
	for (int s = 0; s < RECS_SETTINGS_MAX; s++)
		if (a->values[s] != b->values[s])
			return false;
	return a->kind == b->kind;
}

static bool name_is_taken(const struct recommend_basket *basket, const char *name)
{
	for (uint32_t s = 0; s < basket->set_count; s++)
		if (strcmp(basket->sets[s].name, name) == 0)
			return true;
	return false;
}

/* The model's name, or all of its recipe where two share one. */
static char *name_set(const struct recommend_basket *basket, const struct recs_recipe *recipe,
		      struct error *err)
{
	const char *name = basket->set_count ? recs_recipe_name(recipe) : "together";
	if (name_is_taken(basket, name) || strcmp(name, "knn") == 0)
		return recs_recipe_text(recipe, err);
	char *copy = mem_copy_text(name);
	if (!copy)
		err_memory(err);
	return copy;
}

static int train_set(const struct training *training, const struct recs_recipe *recipe,
		     struct recommend_set *out, struct error *err)
{
	OWNED(recs_model) *model = NULL;
	bool knn = strcmp(recs_recipe_name(recipe), "knn") == 0;
	out->part = recipe->parts[0];
	out->reason = knn ? RECS_REASON_TOGETHER : RECS_REASON_SIMILAR;
	TRY(recs_recipe_train(recipe, training->shop, training->options, &model, err));
	return recs_rows_of_neighbours(model, training->neighbours, training->options->threads,
				       &out->rows, err);
}

/* The set of a part, made when it is the first time. */
static int find_set(const struct training *training, const struct recs_part *part, uint32_t *out,
		    struct error *err)
{
	struct recommend_basket *basket = training->basket;
	for (*out = 0; *out < basket->set_count; (*out)++)
		if (recommend_same_part(&basket->sets[*out].part, part))
			return 0;
	struct recommend_set *set = &basket->sets[basket->set_count];
	const struct recs_recipe recipe = {.parts = {*part}, .count = 1};
	if (basket->set_count == RECS_LINK_SETS_MAX)
		return err_set(err, ERR_INTERNAL, "more than %d sets of links", RECS_LINK_SETS_MAX);
	set->name = name_set(basket, &recipe, err);
	if (!set->name)
		return -1;
	basket->set_count++;
	return train_set(training, &recipe, set, err);
}

/* ---- who serves ---- */

static uint32_t class_of_blend(const struct recs_recipe *recipe, uint32_t len)
{
	uint32_t found = 0;
	for (uint32_t c = 1; c < recipe->class_count && len >= recipe->class_starts[c]; c++)
		found = c;
	return found;
}

void recommend_add_step(struct recs_class_part *class, uint32_t step, float weight)
{
	for (uint32_t s = 0; s < class->step_count; s++)
		if (class->steps[s] == step)
			return;
	if (weight > 0 && class->step_count < RECS_STEPS_MAX) {
		class->steps[class->step_count] = step;
		class->weights[class->step_count++] = weight;
	}
}

/* A blend's parts are mixed; what comes behind it is popular. Behind others the next comes. */
static int add_entry(const struct training *training, const struct recs_recipe *recipe,
		     struct recs_class_part *class, struct error *err)
{
	uint32_t blend = class_of_blend(recipe, class->from), set;
	bool first = class->step_count == 0;
	for (uint32_t p = 0; p < recipe->count; p++) {
		float weight = recipe->class_count ? recipe->weights[blend][p] : 1;
		TRY(find_set(training, &recipe->parts[p], &set, err));
		recommend_add_step(class, set, weight);
	}
	class->mixed = first && class->step_count > 1;
	return 0;
}

const uint32_t recommend_froms[RECOMMEND_FROMS] = {1, 2, 5, 20, 60}; /* contest_search.c's */

const struct recs_class_part *recommend_basket_class(const struct recommend_basket *basket,
						     uint32_t len)
{
	uint32_t found = 0;
	for (uint32_t c = 1; c < basket->class_count && basket->classes[c].from <= len; c++)
		found = c;
	return &basket->classes[found];
}

static int make_class(const struct training *training, struct recs_class_part *class,
		      struct error *err)
{
	const struct recs_contest *contest = training->basket->contest;
	uint32_t order[RECS_CONTEST_ORDER_MAX];
	uint32_t persons = class->from > 1 ? RECS_PERSONS_SEVERAL : RECS_PERSONS_ONE;
	uint32_t count = recs_contest_order(contest, persons, order);
	for (uint32_t o = 0; o < count && !class->mixed; o++) {
		const struct recs_entry *entry = &contest->entries[order[o]];
		if (entry->simple) /* popular items come behind all steps */
			break;
		TRY(add_entry(training, &entry->recipe, class, err));
	}
	return 0;
}

bool recommend_same_steps(const struct recs_class_part *a, const struct recs_class_part *b)
{
	size_t count = a->step_count;
	return a->mixed == b->mixed && count == b->step_count &&
	       memcmp(a->steps, b->steps, count * sizeof *a->steps) == 0 &&
	       memcmp(a->weights, b->weights, count * sizeof *a->weights) == 0;
}

/* From one item on; from two; and from where the weights of blends differ. */
static int make_classes(const struct training *training, struct error *err)
{
	struct recommend_basket *basket = training->basket;
	for (size_t f = 0; f < RECOMMEND_FROMS; f++) {
		struct recs_class_part class = {.from = recommend_froms[f]};
		if (basket->contest)
			TRY(make_class(training, &class, err));
		else
			recommend_add_step(&class, 0, 1);
		if (!f || !recommend_same_steps(&basket->classes[basket->class_count - 1], &class))
			basket->classes[basket->class_count++] = class;
	}
	return 0;
}

/* ---- items beside an item ---- */

static int mix_similar(const struct training *training, struct error *err)
{
	struct recommend_basket *basket = training->basket;
	const struct recs_class_part *class = &basket->classes[0];
	struct recs_rows rows[RECS_STEPS_MAX];
	if (!class->mixed)
		return 0;
	for (uint32_t s = 0; s < class->step_count; s++)
		rows[s] = basket->sets[class->steps[s]].rows;
	TRY(recs_rows_mix(rows, class->weights, class->step_count, training->neighbours,
			  &basket->similar, &basket->similar_sets, err));
	size_t total = (size_t)basket->similar.starts[basket->similar.row_count];
	for (size_t i = 0; i < total; i++)
		basket->similar_sets[i] = (uint8_t) class->steps[basket->similar_sets[i]];
	return 0;
}

/* ---- the whole ---- */

int recommend_basket_train(const struct recommender *recommender,
			   const struct recommend_input *input,
			   const struct recs_ratings *histories,
			   const struct recs_train_options *options,
			   struct recommend_basket *basket, struct error *err)
{
	OWNED(recs_ratings) *baskets = NULL;
	struct recs_recipe together;
	struct recs_shop shop;
	uint32_t unused;
	recommend_input_shop(input, &shop);
	shop.ratings = histories;
	TRY(parse_together(recommender, &together, err));
	if (basket->contest) {
		const struct recs_entry *reference =
			&basket->contest->entries[basket->contest->simple];
		if (!reference->simple) /* it took part */
			together = reference->recipe;
		recommend_input_basket_shop(input, &shop);
		TRY(recs_shop_ratings(&shop, &baskets, err));
		shop.ratings = baskets;
	}
	const struct training training = {&shop, options, neighbours(recommender), basket};
	TRY(find_set(&training, &together.parts[0], &unused, err));
	TRY(make_classes(&training, err));
	return mix_similar(&training, err);
}
