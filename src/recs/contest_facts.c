/* SPDX-License-Identifier: Apache-2.0 */
/* contest_facts: what is to be said of an entry besides how good its lists are. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "recs/contest_work.h"
#include "recs/ease.h"
#include "recs/explicit.h"
#include "recs/ratings.h"
#include "recs/recipe_kinds.h"

/* Sums of squared errors, by class of persons, then of all. */
struct misses {
	double total[RECS_PERSONS_COUNT + 1];
	size_t count[RECS_PERSONS_COUNT + 1];
};

static void add_row(const struct recs_explicit *model, const struct recs_ratings *ratings,
		    uint32_t r, uint32_t class, struct misses *out)
{
	for (size_t i = ratings->starts[r]; i < ratings->starts[r + 1]; i++) {
		float guess = recs_explicit_predict(model, r, ratings->columns[i]);
		double miss = (double)(guess - ratings->values[i]);
		out->total[class] += miss * miss;
		out->count[class]++;
	}
}

/* How far predicted ratings are from those given afterwards, known pairs too. Who met nothing new
 * is of no class. */
static int find_rmse(const struct recs_work *work, const struct recs_explicit *model,
		     const struct recs_events *next, struct recs_entry *out, struct error *err)
{
	const struct recs_phase *phase = work->phase;
	const struct recs_ratings_options last = {.merge = RECS_MERGE_LAST};
	OWNED(recs_ratings) *given = NULL;
	struct misses misses = {0};
	TRY(recs_ratings_build(next, phase->shop.person_count, phase->shop.item_count, &last,
			       &given, err));
	for (uint32_t r = 0; r < given->row_count; r++) {
		add_row(model, given, r, RECS_PERSONS_ALL, &misses);
		if (phase->persons[r] < RECS_PERSONS_COUNT)
			add_row(model, given, r, phase->persons[r], &misses);
	}
	for (uint32_t c = 0; c <= RECS_PERSONS_COUNT; c++)
		if (misses.count[c])
			out->standings[c].rmse = sqrt(misses.total[c] / (double)misses.count[c]);
	return 0;
}

static bool is_kind(const struct recs_part *part, const char *name)
{
	return strcmp(part->kind->name, name) == 0;
}

/* Items that a bound leaves out are said so. */
static int note_bound(const struct recs_model *ease, uint32_t all, struct recs_entry *out,
		      struct error *err)
{
	uint32_t items = recs_ease_items(ease);
	if (out->note || items == all)
		return 0;
	out->note = text_format(err, "ease: the %u most popular of %u items take part", items, all);
	return out->note ? 0 : -1;
}

int recs_work_facts(struct recs_work *work, uint32_t entry, const struct recs_events *next,
		    struct error *err)
{
	struct recs_entry *out = &work->contest->entries[entry];
	if (work->phase->neighbours) /* each model is wrapped in its nearest items */
		return 0;
	for (uint32_t p = 0; p < out->recipe.count; p++) {
		const struct recs_part *part = &out->recipe.parts[p];
		const struct recs_trained *trained;
		TRY(recs_phase_train(work->phase, part, &work->train, &trained, err));
		if (trained->model && is_kind(part, "ease"))
			TRY(note_bound(trained->model, work->phase->shop.item_count, out, err));
		if (trained->model && is_kind(part, "explicit") && out->recipe.count == 1)
			TRY(find_rmse(work, (const struct recs_explicit *)trained->model, next, out,
				      err));
	}
	return 0;
}
