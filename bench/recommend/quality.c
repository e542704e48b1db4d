/* SPDX-License-Identifier: Apache-2.0 */
/* quality: holds a contest on a published data set and prints what it found.
 *
 *	quality [-t TRIALS] [-s SEED] [-a RECIPE] SET FOLDER [RECIPE ...]
 *
 * SET is gowalla, ml-100k, ml-100k-last, ml-100k-ratings, beauty, olist, olist-baskets or
 * olist-last; FOLDER holds the files. Without recipes the usual ones of the set. With -t the
 * settings that a recipe does not say are searched on validation. All are compared, person by
 * person, with the best popularity and with the recipe of -a (else the first of knn). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "load.h"
#include "recs/contest.h"
#include "recs/explicit.h"
#include "recs/ids.h"
#include "recs/ratings.h"
#include "report.h"

enum { SPLITS = 5, SEED = 1, GOWALLA_PERSONS = 10000 };

/* What the command line says. */
struct request {
	const char *folder;
	const char *const *recipes;
	uint32_t recipe_count;
	int trials;
	uint64_t seed;
	const char *rival;
};

/* The place of the recipe that all are compared with, from 1; 0 = there is none. */
static int find_rival(const struct request *request, uint32_t *out, struct error *err)
{
	for (uint32_t r = 0; r < request->recipe_count && !*out; r++) {
		const char *recipe = request->recipes[r];
		if (request->rival ? strcmp(recipe, request->rival) == 0
				   : strcspn(recipe, ":+") == 3 && strncmp(recipe, "knn", 3) == 0)
			*out = r + 1;
	}
	if (request->rival && !*out)
		return err_set(err, ERR_USAGE, "\"%s\" is none of the recipes", request->rival);
	return 0;
}

static int hold(const struct recs_shop *shop, struct recs_contest_options options,
		const struct request *request, struct error *err)
{
	OWNED(recs_contest) *contest = NULL;
	TRY(find_rival(request, &options.rival, err));
	options.recipes = request->recipes;
	options.recipe_count = request->recipe_count;
	options.trials = request->trials;
	options.seed = request->seed;
	options.progress = report_progress;
	TRY(recs_contest_hold(shop, &options, &contest, err));
	TRY(report_contest(contest, options.rival, err));
	printf("seed %llu, %d trials a recipe; processor time: %.0f s\n",
	       (unsigned long long)request->seed, request->trials,
	       (double)clock() / CLOCKS_PER_SEC);
	return 0;
}

static struct recs_shop shop_of(const struct recs_events *events)
{
	return (struct recs_shop){.events = events,
				  .person_count = events->person_count,
				  .item_count = events->item_count};
}

/* The test is fixed; a tenth of the training data validates. */
static int run_gowalla(const struct request *request, struct error *err)
{
	HELD(recs_events) train = {0};
	HELD(recs_split) split = {0};
	TRY(load_lines(request->folder, "train.txt", &train, err));
	TRY(recs_split_random(&train, 0.1, 0, request->seed, &split, err));
	TRY(load_lines(request->folder, "test.txt", &split.test, err));
	struct recs_shop shop = shop_of(&train);
	if (split.test.item_count > shop.item_count)
		shop.item_count = split.test.item_count;
	struct recs_contest_options options = {
		.k = 20, .split = &split, .persons_max = GOWALLA_PERSONS};
	return hold(&shop, options, request, err);
}

/* Most persons of the test are new: recipes are judged as they would serve. */
static int run_movielens(const struct request *request, struct error *err)
{
	HELD(recs_events) all = {0};
	TRY(load_movielens(request->folder, &all, err));
	struct recs_shop shop = shop_of(&all);
	struct recs_contest_options options = {.validation = 0.1, .test = 0.2, .completed = true};
	return hold(&shop, options, request, err);
}

/* Each person's last five, and the five before. */
static int run_movielens_last(const struct request *request, struct error *err)
{
	HELD(recs_events) all = {0};
	HELD(recs_split) split = {0};
	TRY(load_movielens(request->folder, &all, err));
	TRY(recs_split_last(&all, 5, 5, &split, err));
	struct recs_shop shop = shop_of(&all);
	return hold(&shop, (struct recs_contest_options){.split = &split}, request, err);
}

static int run_beauty(const struct request *request, struct error *err)
{
	HELD(recs_events) all = {0};
	TRY(load_lines(request->folder, "Beauty.txt", &all, err));
	struct recs_shop shop = shop_of(&all);
	return hold(&shop, (struct recs_contest_options){.protocol = RECS_PROTOCOL_LAST}, request,
		    err);
}

static struct recs_shop shop_of_olist(const struct olist *olist)
{
	return (struct recs_shop){
		.events = &olist->purchases,
		.person_count = (uint32_t)recs_ids_count(olist->persons),
		.item_count = (uint32_t)recs_ids_count(olist->items),
		.segments = olist->state_of_person,
		.segment_count = (uint32_t)recs_ids_count(olist->states) + 1,
		.attributes = olist->described,
	};
}

static int run_olist(const struct request *request, struct error *err)
{
	HELD(olist) olist = {0};
	TRY(olist_load(request->folder, &olist, err));
	struct recs_shop shop = shop_of_olist(&olist);
	return hold(&shop, (struct recs_contest_options){.keep_seen = true}, request, err);
}

/* Of each basket of the test period one item is asked for, given the others. */
static int run_olist_baskets(const struct request *request, struct error *err)
{
	HELD(olist) olist = {0};
	TRY(olist_load(request->folder, &olist, err));
	struct recs_shop shop = shop_of_olist(&olist);
	shop.events = &olist.baskets;
	shop.person_count = (uint32_t)recs_ids_count(olist.orders);
	shop.segments = NULL;
	struct recs_contest_options options = {
		.protocol = RECS_PROTOCOL_BASKET, .validation = 0.2, .test = 0.3};
	return hold(&shop, options, request, err);
}

/* The last order of persons with several: those of even number validate, the others test. */
static int split_orders(const struct recs_events *purchases, struct recs_split *out,
			struct error *err)
{
	OWNED_MEMORY int64_t *first = mem_alloc_array(purchases->person_count, sizeof *first);
	OWNED_MEMORY int64_t *last = mem_alloc_array(purchases->person_count, sizeof *last);
	if (!first || !last)
		return err_memory(err);
	for (size_t e = 0; e < purchases->count; e++) {
		uint32_t person = purchases->at[e].person;
		int64_t time_us = purchases->at[e].time_us;
		if (!first[person] || time_us < first[person])
			first[person] = time_us;
		if (time_us > last[person])
			last[person] = time_us;
	}
	for (size_t e = 0; e < purchases->count; e++) {
		const struct recs_event *event = &purchases->at[e];
		bool held = event->time_us == last[event->person] &&
			    first[event->person] < last[event->person];
		struct recs_events *to = !held               ? &out->train
					 : event->person % 2 ? &out->test
							     : &out->validation;
		TRY(recs_events_add(to, 1, &event->person, &event->item, &event->time_us,
				    &event->weight, err));
	}
	return 0;
}

static int run_olist_last(const struct request *request, struct error *err)
{
	HELD(olist) olist = {0};
	HELD(recs_split) split = {0};
	TRY(olist_load(request->folder, &olist, err));
	TRY(split_orders(&olist.purchases, &split, err));
	struct recs_shop shop = shop_of_olist(&olist);
	struct recs_contest_options options = {.split = &split, .keep_seen = true};
	return hold(&shop, options, request, err);
}

/* Five random splits: the error of predicted ratings. */
static int run_ratings(const struct request *request, struct error *err)
{
	HELD(recs_events) all = {0};
	struct recs_recipe recipe;
	TRY(load_movielens(request->folder, &all, err));
	TRY(recs_recipe_parse(request->recipes[0], &recipe, err));
	if (strcmp(recs_recipe_name(&recipe), "explicit") != 0)
		return err_set(err, ERR_USAGE, "only explicit predicts ratings");
	double sum = 0;
	struct recs_ratings_options build = {.merge = RECS_MERGE_LAST};
	struct recs_train_options train = {.seed = request->seed};
	for (uint64_t seed = 1; seed <= SPLITS; seed++) {
		HELD(recs_split) split = {0};
		OWNED(recs_ratings) *test = NULL;
		OWNED(recs_model) *model = NULL;
		struct recs_shop shop = shop_of(&all);
		TRY(recs_split_random(&all, 0, 0.2, seed, &split, err));
		TRY(recs_ratings_build(&split.test, all.person_count, all.item_count, &build, &test,
				       err));
		shop.events = &split.train;
		TRY(recs_recipe_train(&recipe, &shop, &train, &model, err));
		double rmse = recs_explicit_rmse((struct recs_explicit *)model, test);
		printf("split %d  rmse %.4f\n", (int)seed, rmse);
		sum += rmse;
	}
	printf("mean rmse %.4f  %s\n", sum / SPLITS, request->recipes[0]);
	return 0;
}

enum { USUAL_MAX = 16 };

/* The usual recipes of each set, the simplest first; none: those a contest chooses itself. */
static const struct {
	const char *name;
	int (*run)(const struct request *request, struct error *err);
	const char *usual[USUAL_MAX];
} sets[] = {
	{"gowalla",
	 run_gowalla,
	 {"popularity:half_life=0", "knn:neighbours=667,shrinkage=0.3853,person=0.6762",
	  "ease:reg=85.74,dropout=0.4577",
	  "als:width=64,epochs=16,unobserved=0.01031,reg=0.01116,exponent=0.7936",
	  "als:width=256,epochs=16,unobserved=0.01031,reg=0.01116,exponent=0.7936",
	  "als:width=256,epochs=16,unobserved=0.02,reg=0.005",
	  "walk:person=0.7887,from=0.2468,to=0.2156,neighbours=888", "walk:place_decay=1",
	  "spectral:rank=512", "walk:place_decay=1+spectral:rank=512"}},
	{"ml-100k",
	 run_movielens,
	 {"popularity:half_life=0", "popularity", "knn:place_decay=1", "knn", "walk", "spectral",
	  "ease", "als:width=32", "als:width=64", "als", "session", "popularity+ease+als"}},
	{"ml-100k-last",
	 run_movielens_last,
	 {"popularity:half_life=0", "popularity", "knn:place_decay=1", "knn", "walk", "spectral",
	  "ease", "als:width=32", "als:width=64", "als", "session", "session+ease+als"}},
	{"ml-100k-ratings", run_ratings, {"explicit"}},
	{"beauty",
	 run_beauty,
	 {"popularity:half_life=0", "knn:place_decay=1", "knn", "walk", "session",
	  "ease:reg=100,dropout=0,items=12101", "spectral", "als:width=64", "als:width=256",
	  "session+walk+knn"}},
	{"olist", run_olist, {NULL}},
	{"olist-baskets", run_olist_baskets, {NULL}},
	{"olist-last", run_olist_last, {NULL}},
};

static int run_set(const char *name, struct request *request, struct error *err)
{
	for (size_t s = 0; s < sizeof sets / sizeof *sets; s++) {
		if (strcmp(sets[s].name, name) != 0)
			continue;
		if (!request->recipe_count) {
			request->recipes = sets[s].usual;
			while (sets[s].usual[request->recipe_count])
				request->recipe_count++;
		}
		return sets[s].run(request, err);
	}
	return err_set(err, ERR_USAGE, "no data set \"%s\"", name);
}

static int run(int count, char **arguments, struct error *err)
{
	struct request request = {.seed = SEED};
	bool known = true;
	for (int option; (option = getopt(count, arguments, "+t:s:a:")) != -1;) {
		if (option == 't')
			request.trials = atoi(optarg);
		else if (option == 's')
			request.seed = strtoull(optarg, NULL, 10);
		else if (option == 'a')
			request.rival = optarg;
		else
			known = false;
	}
	int at = optind;
	if (!known || count < at + 2)
		return err_set(err, ERR_USAGE,
			       "usage: quality [-t TRIALS] [-s SEED] [-a RECIPE] SET FOLDER "
			       "[RECIPE ...]");
	request.folder = arguments[at + 1];
	request.recipes = (const char *const *)arguments + at + 2;
	request.recipe_count = (uint32_t)(count - at - 2);
	return run_set(arguments[at], &request, err);
}

int main(int count, char **arguments)
{
	struct error err;
	if (run(count, arguments, &err) == 0)
		return 0;
	fprintf(stderr, "quality: %s\n", err.message);
	return err_exit_status(err.kind);
}
