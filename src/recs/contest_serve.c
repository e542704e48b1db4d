/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/contest_work.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "recs/ratings.h"

uint32_t recs_contest_order(const struct recs_contest *contest, uint32_t persons,
			    uint32_t out[RECS_CONTEST_ORDER_MAX])
{
	const uint32_t all[RECS_CONTEST_ORDER_MAX] = {contest->winners[persons],
						      contest->winners[RECS_PERSONS_ALL],
						      contest->simple, contest->popularity};
	uint32_t count = 0;
	for (uint32_t i = 0; i < RECS_CONTEST_ORDER_MAX; i++) {
		bool there = contest->entries[all[i]].withdrawn;
		for (uint32_t o = 0; o < count; o++)
			there = there || out[o] == all[i];
		if (!there)
			out[count++] = all[i];
	}
	return count;
}

/* The source of an entry, or -1. */
static int64_t source_of(const struct recs_chooser *chooser, uint32_t entry)
{
	for (uint32_t s = 0; s < chooser->source_count; s++)
		if (chooser->labels[s] == entry)
			return s;
	return -1;
}

/* Makes the model of an entry that serves; an owned one where the chooser owns. */
typedef int make_model(void *context, uint32_t entry, struct recs_model **out, struct error *err);

static int add_source(const struct recs_contest *contest, uint32_t entry,
		      struct recs_chooser *chooser, make_model *make, void *context, uint32_t *out,
		      struct error *err)
{
	const struct recs_entry *from = &contest->entries[entry];
	struct recs_model *model = NULL;
	TRY(make(context, entry, &model, err));
	int result = recs_chooser_add(chooser, model, recs_recipe_name(&from->recipe), from->text,
				      entry, out, err);
	if (result < 0 && chooser->owned)
		recs_model_free(model);
	return result;
}

static int fill_chooser(const struct recs_contest *contest, struct recs_chooser *chooser,
			make_model *make, void *context, struct error *err)
{
	for (uint32_t c = 0; c < RECS_PERSONS_COUNT; c++) {
		uint32_t order[RECS_CONTEST_ORDER_MAX],
			count = recs_contest_order(contest, c, order);
		for (uint32_t o = 0; o < count; o++) {
			int64_t source = source_of(chooser, order[o]);
			uint32_t added = (uint32_t)source;
			if (source < 0)
				TRY(add_source(contest, order[o], chooser, make, context, &added,
					       err));
			recs_chooser_serve(chooser, (enum recs_persons)c, added);
		}
	}
	return 0;
}

static int lend(void *context, uint32_t entry, struct recs_model **out, struct error *err)
{
	const struct recs_model *const *models = context;
	(void)err;
	*out = (struct recs_model *)(uintptr_t)models[entry];
	return 0;
}

static void count_shares(const struct recs_work *work, const struct recs_chooser *chooser,
			 const uint8_t *sources)
{
	uint32_t k = work->options.k;
	for (uint32_t r = 0; r < work->phase->wanted->row_count; r++)
		for (uint32_t i = 0; i < k; i++) {
			uint8_t source = sources[(size_t)r * k + i];
			if (source == RECS_NO_SOURCE)
				continue;
			struct recs_share *share = &work->contest->served[chooser->labels[source]];
			share->items++;
			share->persons += i == 0;
		}
}

int recs_work_serve(struct recs_work *work, const struct recs_model *const *models,
		    struct error *err)
{
	const struct recs_phase *phase = work->phase;
	struct recs_chooser *chooser = NULL;
	HELD(recs_lists) lists = {0};
	OWNED_MEMORY uint8_t *sources = NULL;
	OWNED_MEMORY uint8_t *rows = mem_alloc_array(phase->wanted->row_count, 1);
	if (!rows)
		return err_memory(err);
	struct recs_rank_options options = recs_work_ranking(work);
	TRY(recs_chooser_new(phase->shop.item_count, options.fold, false, &chooser, err));
	OWNED(recs_model) *held = &chooser->model;
	TRY(fill_chooser(work->contest, chooser, lend, (void *)(uintptr_t)models, err));
	for (uint32_t r = 0; r < phase->wanted->row_count; r++)
		rows[r] = phase->persons[r] < RECS_PERSONS_COUNT;
	options.rows = rows;
	TRY(recs_chooser_rank(chooser, recs_phase_histories(phase), &options, &lists, &sources,
			      err));
	count_shares(work, chooser, sources);
	uint32_t last = work->contest->count - 1;
	TRY(recs_judge_lists(work, &lists, &work->judged[last], err));
	return recs_judge_report(work, last, err);
}

struct training {
	const struct recs_contest *contest;
	const struct recs_shop *shop;
	const struct recs_train_options *options;
};

static int train(void *context, uint32_t entry, struct recs_model **out, struct error *err)
{
	const struct training *training = context;
	return recs_recipe_train(&training->contest->entries[entry].recipe, training->shop,
				 training->options, out, err);
}

int recs_contest_train(const struct recs_contest *contest, const struct recs_shop *shop,
		       const struct recs_train_options *options, struct recs_chooser **out,
		       struct error *err)
{
	OWNED(recs_ratings) *ratings = NULL;
	struct recs_shop whole = *shop;
	struct recs_chooser *chooser = NULL;
	if (!shop->ratings) {
		TRY(recs_shop_ratings(shop, &ratings, err));
		whole.ratings = ratings;
	}
	struct training training = {contest, &whole, options};
	TRY(recs_chooser_new(shop->item_count, contest->fold, true, &chooser, err));
	OWNED(recs_model) *held = &chooser->model;
	TRY(fill_chooser(contest, chooser, train, &training, err));
	*out = (struct recs_chooser *)TAKE(held);
	return 0;
}

static const char *many(const struct recs_contest *contest)
{
	return contest->fold ? "baskets" : "persons";
}

const char *recs_contest_class_name(const struct recs_contest *contest, uint32_t persons)
{
	static const char *const baskets[] = {"basket_empty", "basket_one", "basket_several",
					      "basket"};
	return contest->fold ? baskets[persons] : recs_persons_name(persons);
}

struct assembling {
	const struct recs_contest *contest;
	const struct recs_part_maker *maker;
};

static int assemble(void *context, uint32_t entry, struct recs_model **out, struct error *err)
{
	const struct assembling *assembling = context;
	return recs_recipe_make(&assembling->contest->entries[entry].recipe, assembling->maker, out,
				err);
}

int recs_contest_assemble(const struct recs_contest *contest, uint32_t item_count,
			  const struct recs_part_maker *maker, struct recs_chooser **out,
			  struct error *err)
{
	struct assembling assembling = {contest, maker};
	struct recs_chooser *chooser = NULL;
	TRY(recs_chooser_new(item_count, contest->fold, true, &chooser, err));
	OWNED(recs_model) *held = &chooser->model;
	TRY(fill_chooser(contest, chooser, assemble, &assembling, err));
	*out = (struct recs_chooser *)TAKE(held);
	return 0;
}

static void add_gain(struct text *text, const struct recs_contest *contest,
		     const struct recs_standing *standing, uint32_t entry)
{
	if (standing->persons == 0) {
		text_addf(text, " (test: no %s to judge by)", many(contest));
		return;
	}
	text_addf(text, " (test: NDCG@%u %.4f, %zu %s", contest->k,
		  standing->metrics[RECS_NDCG].value, standing->persons, many(contest));
	if (entry != contest->simple)
		text_addf(text, "; %+.4f [%+.4f, %+.4f] over %s", standing->gain.value,
			  standing->gain.low, standing->gain.high,
			  contest->entries[contest->simple].text);
	text_add_char(text, ')');
}

char *recs_contest_verdict(const struct recs_contest *contest, uint32_t persons, struct error *err)
{
	HELD(text) text = {0};
	uint32_t winner = contest->winners[persons];
	const struct recs_entry *entry = &contest->entries[winner];
	text_addf(&text, "%s: %s ", recs_contest_class_name(contest, persons), entry->text);
	if (contest->shown[persons])
		text_add(&text, "wins");
	else if (!contest->validated[RECS_PERSONS_ALL])
		text_add(&text, "serves: there was nothing to compare on");
	else if (winner == contest->simple)
		text_add(&text, "serves: no other was shown to be better");
	else
		text_addf(&text, "serves as for all: %zu %s are too few to say",
			  contest->validated[persons], many(contest));
	add_gain(&text, contest, &entry->standings[persons], winner);
	return text_take(&text, err);
}
