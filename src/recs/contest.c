/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/contest_work.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/rank.h"
#include "recs/ratings.h"

enum { TELLING_SIZE = 512 };

void recs_contest_free(struct recs_contest *contest)
{
	if (!contest)
		return;
	for (uint32_t e = 0; contest->entries && e < contest->count; e++) {
		free(contest->entries[e].text);
		free(contest->entries[e].withdrawn);
		free(contest->entries[e].note);
		free(contest->entries[e].by_segment);
	}
	free(contest->entries);
	free(contest->served);
	free(contest);
}

static int fill_in(const struct recs_contest_options *given, struct recs_contest_options *out,
		   struct error *err)
{
	*out = *given;
	out->k = given->k ? given->k : 10;
	if (given->validation == 0 && given->test == 0)
		out->validation = out->test = 0.1;
	out->persons_max = given->persons_max ? given->persons_max : 2000;
	out->persons_min = given->persons_min ? given->persons_min : 50;
	out->resamples = given->resamples ? given->resamples : 1000;
	if (out->k > RECS_RANK_MAX)
		return err_set(err, ERR_USAGE, "lists of %u are not between 1 and %d", out->k,
			       RECS_RANK_MAX);
	if (out->reference > out->recipe_count || out->rival > out->recipe_count)
		return err_set(err, ERR_USAGE, "the reference is none of the recipes");
	if (out->recipe_count + 2 > RECS_CONTEST_ENTRIES_MAX)
		return err_set(err, ERR_USAGE, "more than %d recipes in one contest",
			       RECS_CONTEST_ENTRIES_MAX - 2);
	return 0;
}

static int add_entry(struct recs_contest *contest, const char *recipe, struct error *err)
{
	struct recs_entry *entry = &contest->entries[contest->count];
	TRY(recs_recipe_parse(recipe, &entry->recipe, err));
	entry->simple = recs_recipe_is_simple(&entry->recipe);
	entry->text = recs_recipe_text(&entry->recipe, err);
	if (!entry->text)
		return -1;
	contest->count++;
	return 0;
}

static int add_entries(struct recs_contest *contest, const struct recs_shop *shop,
		       const struct recs_contest_options *options, struct error *err)
{
	const char *usual[RECS_CONTEST_ENTRIES_MAX];
	const char *const *recipes = options->recipe_count ? options->recipes : usual;
	uint32_t count = options->recipe_count ? options->recipe_count
					       : recs_contest_choose_recipes(shop, options, usual);
	bool simple = false;
	contest->entries = mem_alloc_array(RECS_CONTEST_ENTRIES_MAX, sizeof *contest->entries);
	contest->served = mem_alloc_array(RECS_CONTEST_ENTRIES_MAX, sizeof *contest->served);
	if (!contest->entries || !contest->served)
		return err_memory(err);
	for (uint32_t r = 0; r < count; r++) {
		TRY(add_entry(contest, recipes[r], err));
		simple = simple || contest->entries[r].simple;
	}
	return simple ? 0 : add_entry(contest, "popularity", err);
}

/* What would serve, as an entry behind the others. */
static int add_chooser(struct recs_contest *contest, struct error *err)
{
	struct recs_entry *entry = &contest->entries[contest->count];
	entry->text = mem_copy_text("chooser");
	if (!entry->text)
		return err_memory(err);
	contest->count++;
	return 0;
}

int recs_work_tell(struct recs_work *work, const char *verb, const char *what, struct error *err)
{
	char telling[TELLING_SIZE];
	if (!work->options.progress)
		return 0;
	snprintf(telling, sizeof telling, "%s %s", verb, what);
	struct recs_contest_progress progress = {telling, work->steps_done, work->steps_total};
	int result = work->options.progress(work->options.context, &progress, err);
	return result < 0 ? -1 : 0;
}

/* While something trains: the same again. */
static int tick(void *context, struct error *err)
{
	struct recs_work *work = context;
	if (!work->options.progress)
		return 0;
	struct recs_contest_progress progress = {"train", work->steps_done, work->steps_total};
	return work->options.progress(work->options.context, &progress, err) < 0 ? -1 : 0;
}

static int withdraw_all_but_simple(struct recs_contest *contest, uint32_t reference,
				   struct error *err)
{
	for (uint32_t e = 0; e < contest->count; e++) {
		struct recs_entry *entry = &contest->entries[e];
		if (entry->simple || e + 1 == reference)
			continue;
		entry->withdrawn = mem_copy_text("there is nothing to compare on");
		if (!entry->withdrawn)
			return err_memory(err);
	}
	return 0;
}

/* Blends come last: they take what was found for their parts. */
static int validate_all(struct recs_work *work, bool blends, struct error *err)
{
	struct recs_contest *contest = work->contest;
	for (uint32_t e = 0; e < contest->count; e++) {
		struct recs_entry *entry = &contest->entries[e];
		OWNED(recs_model) *blend = NULL;
		const struct recs_model *model;
		if (entry->withdrawn || (entry->recipe.count > 1) != blends)
			continue;
		TRY(recs_work_search(work, entry, err));
		TRY(recs_work_build(work, entry, true, &blend, &model, err));
		work->steps_done++;
		if (model)
			TRY(recs_judge_entry(work, e, model, NULL, err));
		free(entry->text);
		entry->text = recs_recipe_text(&entry->recipe, err);
		if (!entry->text)
			return -1;
	}
	return 0;
}

/* The entries' models of one phase, and what is judged of them. */
struct tested {
	const struct recs_model *models[RECS_CONTEST_ENTRIES_MAX];
	struct recs_model *blends[RECS_CONTEST_ENTRIES_MAX];
	struct recs_judged *judged;
	uint32_t count;
};

static void tested_done(struct tested *tested)
{
	for (uint32_t e = 0; e < tested->count; e++) {
		recs_model_free(tested->blends[e]);
		recs_judged_done(&tested->judged[e]);
	}
	free(tested->judged);
}
OWN_DEFINE_EMBEDDED(tested, tested_done)

static int tested_init(struct tested *tested, struct recs_work *work, struct recs_phase *phase,
		       struct error *err)
{
	tested->judged = mem_alloc_array(RECS_CONTEST_ENTRIES_MAX, sizeof *tested->judged);
	if (!tested->judged)
		return err_memory(err);
	tested->count = RECS_CONTEST_ENTRIES_MAX;
	work->judged = tested->judged;
	work->judged_count = work->contest->count;
	work->phase = phase;
	return 0;
}

static int choose(struct recs_work *work, struct recs_phase *phase, struct error *err)
{
	HELD(tested) tested = {0};
	memcpy(work->contest->validated, phase->counts, sizeof phase->counts);
	TRY(tested_init(&tested, work, phase, err));
	if (!phase->counts[RECS_PERSONS_ALL])
		TRY(withdraw_all_but_simple(work->contest, work->options.reference, err));
	TRY(validate_all(work, false, err));
	TRY(validate_all(work, true, err));
	return recs_judge_winners(work, err);
}

static int test(struct recs_work *work, struct recs_phase *phase, const struct recs_events *next,
		struct error *err)
{
	HELD(tested) tested = {0};
	struct recs_contest *contest = work->contest;
	TRY(tested_init(&tested, work, phase, err));
	for (uint32_t e = 0; e < contest->count; e++) {
		struct recs_entry *entry = &contest->entries[e];
		if (entry->withdrawn)
			continue;
		TRY(recs_work_build(work, entry, false, &tested.blends[e], &tested.models[e], err));
		work->steps_done++;
	}
	const struct recs_model *behind =
		work->options.completed ? tested.models[contest->popularity] : NULL;
	for (uint32_t e = 0; e < contest->count; e++)
		if (tested.models[e])
			TRY(recs_judge_entry(work, e, tested.models[e], behind, err));
	for (uint32_t e = 0; e < contest->count; e++) {
		if (contest->entries[e].withdrawn)
			continue;
		TRY(recs_judge_report(work, e, err));
		TRY(recs_work_facts(work, e, next, err));
	}
	TRY(add_chooser(contest, err));
	return recs_work_serve(work, tested.models, err);
}

int recs_contest_hold(const struct recs_shop *shop, const struct recs_contest_options *given,
		      struct recs_contest **out, struct error *err)
{
	struct recs_work work = {0};
	struct recs_contest_options *options = &work.options;
	TRY(fill_in(given, options, err));
	OWNED(recs_contest) *contest = mem_alloc(sizeof *contest);
	if (!contest)
		return err_memory(err);
	contest->protocol = options->protocol;
	contest->k = options->k;
	contest->segment_count = options->segments && shop->segments ? shop->segment_count : 0;
	contest->keep_seen = options->keep_seen;
	contest->fold = options->protocol == RECS_PROTOCOL_BASKET;
	TRY(add_entries(contest, shop, options, err));
	work.contest = contest;
	work.steps_total = 2 * contest->count;
	work.train = (struct recs_train_options){options->seed, options->threads, tick, &work};
	HELD(recs_split) split = {0};
	HELD(recs_phase) first = {0};
	HELD(recs_phase) second = {0};
	TRY(recs_phase_split(shop, options, &split, err));
	contest->validation_us = split.validation_us;
	contest->test_us = split.test_us;
	contest->train_events = split.train.count;
	contest->validation_events = split.validation.count;
	contest->test_events = split.test.count;
	first.neighbours = second.neighbours = options->neighbours;
	TRY(recs_phase_fill(&first, shop, options, &split.train, &split.validation, err));
	TRY(choose(&work, &first, err));
	recs_phase_done(&first);
	TRY(recs_phase_join(&split, err));
	TRY(recs_phase_fill(&second, shop, options, &split.train, &split.test, err));
	TRY(test(&work, &second, &split.test, err));
	*out = TAKE(contest);
	return 0;
}
