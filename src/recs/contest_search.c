/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/contest_work.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/ratings.h"
#include "recs/recipe_kinds.h"
#include "recs/search.h"

enum { BLEND_CANDIDATES = 150, BLEND_PERSONS_MIN = 200, NUMBER_SIZE = 32 };

/* A search of one part's open settings. */
struct searching {
	struct recs_work *work;
	struct recs_part part;
	uint8_t *rows; /* who is looked at */
	struct recs_setting settings[RECS_SETTINGS_MAX];
	int places[RECS_SETTINGS_MAX]; /* of the settings in the part */
	uint32_t count;
};

/* Persons spread evenly. Models that live on histories are searched on those who have one. */
static int choose_rows(const struct recs_work *work, bool histories, uint8_t **out,
		       struct error *err)
{
	const struct recs_phase *phase = work->phase;
	size_t all = phase->counts[RECS_PERSONS_ALL], without = phase->counts[RECS_PERSONS_NEW];
	bool known = histories && without < all;
	size_t from = known ? all - without : all, most = work->options.persons_max, met = 0;
	uint8_t *rows = mem_alloc_array(phase->wanted->row_count, 1);
	if (!rows)
		return err_memory(err);
	for (uint32_t r = 0; r < phase->wanted->row_count; r++) {
		uint8_t persons = phase->persons[r];
		if (persons == RECS_PERSONS_COUNT || (known && persons == RECS_PERSONS_NEW))
			continue;
		rows[r] = from <= most || (met + 1) * most / from != met * most / from;
		met++;
	}
	*out = rows;
	return 0;
}

/* To four digits, so that a recipe's text says all of it. */
static double rounded(double value)
{
	char text[NUMBER_SIZE];
	snprintf(text, sizeof text, "%.4g", value);
	return strtod(text, NULL);
}

static void set_values(const struct searching *searching, const double *values,
		       struct recs_part *out)
{
	*out = searching->part;
	for (uint32_t s = 0; s < searching->count; s++) {
		out->values[searching->places[s]] = rounded(values[s]);
		out->given |= 1u << searching->places[s];
	}
}

/* Mean NDCG of the rows looked at; -INFINITY for what cannot be trained. */
static int try_part(struct searching *searching, const struct recs_part *part, double *out,
		    struct error *err)
{
	struct recs_work *work = searching->work;
	OWNED(recs_model) *model = NULL;
	HELD(recs_lists) lists = {0};
	HELD(recs_evaluation) found = {0};
	*out = -INFINITY;
	int result = recs_phase_make(work->phase, part, &work->train, &model, err);
	if (result < 0)
		return recs_phase_is_withdrawal(err) ? 0 : result;
	struct recs_rank_options rank = recs_work_ranking(work);
	struct recs_evaluate_options judge = {.k = work->options.k, .rows = searching->rows};
	rank.rows = searching->rows;
	TRY(recs_rank_all(model, recs_phase_histories(work->phase), &rank, &lists, err));
	TRY(recs_evaluate(&lists, work->phase->ratings, work->phase->wanted, &judge, &found, err));
	*out = found.means[RECS_NDCG];
	return 0;
}

static int try_values(void *context, const double *values, double best, double *out,
		      struct error *err)
{
	struct searching *searching = context;
	struct recs_part part;
	(void)best;
	TRY(searching->work->train.tick(searching->work->train.context, err));
	set_values(searching, values, &part);
	return try_part(searching, &part, out, err);
}

static void choose_settings(struct searching *searching)
{
	uint32_t count;
	const struct recs_recipe_setting *all = recs_part_settings(&searching->part, &count);
	for (uint32_t s = 0; s < count; s++) {
		if (!all[s].searched || searching->part.given >> s & 1)
			continue;
		searching->places[searching->count] = (int)s;
		searching->settings[searching->count++] = all[s].range;
	}
}

/* The values of before the search, where it may begin: all lie where it looks. */
static bool first_values(const struct searching *searching, double *out)
{
	for (uint32_t s = 0; s < searching->count; s++) {
		const struct recs_setting *range = &searching->settings[s];
		out[s] = searching->part.values[searching->places[s]];
		if (out[s] < range->low || out[s] > range->high)
			return false;
	}
	return true;
}

int recs_work_search(struct recs_work *work, struct recs_entry *entry, struct error *err)
{
	struct searching searching = {.work = work, .part = entry->recipe.parts[0]};
	struct recs_search_result found;
	choose_settings(&searching);
	if (work->options.trials < 1 || !searching.count || entry->recipe.count > 1 ||
	    !work->phase->counts[RECS_PERSONS_ALL])
		return 0;
	TRY(recs_work_tell(work, "search", recs_recipe_name(&entry->recipe), err));
	OWNED_MEMORY uint8_t *rows = NULL;
	TRY(choose_rows(work, recs_recipe_needs_history(&entry->recipe), &rows, err));
	searching.rows = rows;
	struct recs_search_options options = {
		.settings = searching.settings,
		.setting_count = searching.count,
		.trials = work->options.trials,
		.time_us = work->options.search_us,
		.patience = work->options.trials / 2 + 1,
		.seed = work->options.seed,
		.try_values = try_values,
		.context = &searching,
	};
	double first[RECS_SETTINGS_MAX], usual = -INFINITY;
	bool begins = first_values(&searching, first);
	if (begins) {
		options.first = first;
		options.trials++;
	} else {
		TRY(try_part(&searching, &searching.part, &usual, err));
	}
	TRY(recs_search(&options, &found, err));
	entry->trials = found.trials + !begins;
	if (found.score > usual)
		set_values(&searching, found.values, &entry->recipe.parts[0]);
	return 0;
}

/* A part of a blend without settings is the entry of that name, as the search left it; of several
 * the one that did best. */
static void adopt_found(const struct recs_work *work, struct recs_recipe *recipe)
{
	for (uint32_t p = 0; p < recipe->count; p++) {
		double best = -INFINITY;
		bool open = !recipe->parts[p].given;
		for (uint32_t e = 0; e < work->contest->count && open; e++) {
			const struct recs_entry *entry = &work->contest->entries[e];
			const struct recs_evaluation *all =
				&work->judged[e].by_class[RECS_PERSONS_ALL];
			if (entry->recipe.count == 1 && entry->trials && !entry->withdrawn &&
			    entry->recipe.parts[0].kind == recipe->parts[p].kind &&
			    all->means[RECS_NDCG] > best) {
				best = all->means[RECS_NDCG];
				recipe->parts[p] = entry->recipe.parts[0];
			}
		}
	}
}

static int learn(struct recs_work *work, struct recs_blend *blend, struct recs_recipe *recipe,
		 struct error *err)
{
	static const uint32_t starts[] = {0, 1, 2, 5, 20, 60};
	struct recs_blend_learn_options options = {
		.k = work->options.k,
		.candidates =
			BLEND_CANDIDATES > work->options.k ? BLEND_CANDIDATES : work->options.k,
		.persons_max = (work->options.persons_max + 1) / 2,
		.persons_min = BLEND_PERSONS_MIN,
		.keep_seen = work->options.keep_seen,
		.fold = work->options.protocol == RECS_PROTOCOL_BASKET,
		.allowed = work->options.allowed,
		.segments = work->phase->shop.segments,
		.threads = work->options.threads,
	};
	TRY(recs_blend_classes(blend, starts, sizeof starts / sizeof *starts, err));
	TRY(recs_blend_learn(blend, recs_phase_histories(work->phase), work->phase->wanted,
			     &options, NULL, err));
	recipe->class_count = blend->class_count;
	memcpy(recipe->class_starts, blend->class_starts, sizeof recipe->class_starts);
	memcpy(recipe->weights, blend->weights, sizeof recipe->weights);
	return 0;
}

static int withdraw(struct recs_entry *entry, const char *why, struct error *err)
{
	entry->withdrawn = mem_copy_text(why);
	return entry->withdrawn ? 0 : err_memory(err);
}

static int build_blend(struct recs_work *work, struct recs_entry *entry,
		       const struct recs_model *const *parts, bool learning,
		       struct recs_model **out_blend, struct error *err)
{
	struct recs_blend *blend = NULL;
	struct recs_recipe *recipe = &entry->recipe;
	TRY(recs_blend_new(parts, recipe->count, &blend, err));
	*out_blend = &blend->model;
	if (learning) {
		TRY(recs_work_tell(work, "blend", entry->text, err));
		return learn(work, blend, recipe, err);
	}
	recs_recipe_set_weights(recipe, blend);
	return 0;
}

int recs_work_build(struct recs_work *work, struct recs_entry *entry, bool learning,
		    struct recs_model **out_blend, const struct recs_model **out, struct error *err)
{
	const struct recs_model *parts[RECS_SOURCES_MAX] = {0};
	*out = NULL;
	entry->seconds = 0;
	if (learning && entry->recipe.count > 1)
		adopt_found(work, &entry->recipe);
	for (uint32_t p = 0; p < entry->recipe.count; p++) {
		const struct recs_trained *trained;
		const struct recs_part *part = &entry->recipe.parts[p];
		TRY(recs_work_tell(work, "train", part->kind->name, err));
		TRY(recs_phase_train(work->phase, part, &work->train, &trained, err));
		if (!trained->model)
			return withdraw(entry, trained->why, err);
		parts[p] = trained->model;
		entry->seconds += trained->seconds;
	}
	if (entry->recipe.count > 1)
		TRY(build_blend(work, entry, parts, learning, out_blend, err));
	*out = *out_blend ? *out_blend : parts[0];
	return 0;
}
