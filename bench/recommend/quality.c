/* SPDX-License-Identifier: Apache-2.0 */
/* quality: trains models on a published data set and says how good their lists are.
 *
 *	quality SET FOLDER [MODEL ...]
 *
 * SET is gowalla, ml-100k, ml-100k-last, ml-100k-ratings, beauty, olist, olist-baskets or
 * olist-last; FOLDER holds the files. Without models the usual ones of the set. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "load.h"
#include "models.h"
#include "recs/explicit.h"
#include "recs/ids.h"
#include "recs/split.h"
#include "study.h"

enum { SPLITS = 5 };

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static int fill_from_split(struct study *study, struct recs_split *split, struct error *err)
{
	const struct recs_events *parts[] = {&split->train, &split->validation, &split->test};
	uint32_t rows = 0, columns = 0;
	for (int p = 0; p < 3; p++) {
		rows = larger(rows, parts[p]->person_count);
		columns = larger(columns, parts[p]->item_count);
	}
	return study_fill(study, &split->train, &split->validation, &split->test, rows, columns,
			  err);
}

/* The test is fixed; a tenth of the training data validates. */
static int run_gowalla(const char *folder, const char *const *specs, struct error *err)
{
	HELD(recs_events) train = {0};
	HELD(recs_split) split = {0};
	HELD(study) study = {0};
	TRY(load_lines(folder, "train.txt", &train, err));
	TRY(recs_split_random(&train, 0.1, 0, 1, &split, err));
	TRY(load_lines(folder, "test.txt", &split.test, err));
	TRY(fill_from_split(&study, &split, err));
	return study_run(&study, specs, err);
}

/* By the clock, or each person's last tenth. */
static int run_movielens(const char *folder, const char *const *specs, struct error *err)
{
	HELD(recs_events) all = {0};
	HELD(recs_split) split = {0};
	HELD(study) study = {0};
	TRY(load_movielens(folder, &all, err));
	TRY(recs_split_time(&all, 0.1, 0.2, &split, err));
	TRY(fill_from_split(&study, &split, err));
	return study_run(&study, specs, err);
}

static int run_movielens_last(const char *folder, const char *const *specs, struct error *err)
{
	HELD(recs_events) all = {0};
	HELD(recs_split) split = {0};
	HELD(study) study = {0};
	TRY(load_movielens(folder, &all, err));
	TRY(recs_split_last(&all, 5, 5, &split, err));
	TRY(fill_from_split(&study, &split, err));
	return study_run(&study, specs, err);
}

static int run_beauty(const char *folder, const char *const *specs, struct error *err)
{
	HELD(recs_events) all = {0};
	HELD(recs_split) split = {0};
	HELD(study) study = {0};
	TRY(load_lines(folder, "Beauty.txt", &all, err));
	TRY(recs_split_last(&all, 1, 1, &split, err));
	TRY(fill_from_split(&study, &split, err));
	return study_run(&study, specs, err);
}

static void know_olist(struct study *study, const struct olist *olist)
{
	study->segments = olist->state_of_person;
	study->segment_count = (uint32_t)recs_ids_count(olist->states) + 1;
	study->attributes = olist->described;
}

static int run_olist(const char *folder, const char *const *specs, struct error *err)
{
	HELD(olist) olist = {0};
	HELD(recs_split) split = {0};
	HELD(study) study = {.keep_seen = true};
	TRY(olist_load(folder, &olist, err));
	TRY(recs_split_time(&olist.purchases, 0.1, 0.1, &split, err));
	know_olist(&study, &olist);
	TRY(study_fill(&study, &split.train, &split.validation, &split.test,
		       (uint32_t)recs_ids_count(olist.persons),
		       (uint32_t)recs_ids_count(olist.items), err));
	return study_run(&study, specs, err);
}

/* Of each basket of the test period one item is asked for, given the others. */
static int run_olist_baskets(const char *folder, const char *const *specs, struct error *err)
{
	HELD(olist) olist = {0};
	HELD(recs_split) split = {0};
	HELD(study) study = {.fold = true};
	TRY(olist_load(folder, &olist, err));
	TRY(recs_split_time(&olist.baskets, 0.2, 0.3, &split, err));
	study.attributes = olist.described;
	TRY(study_fill(&study, &split.train, &split.validation, &split.test,
		       (uint32_t)recs_ids_count(olist.orders),
		       (uint32_t)recs_ids_count(olist.items), err));
	struct phase *phases[] = {&study.validation, &study.test};
	for (int p = 0; p < 2; p++) {
		struct recs_ratings *wanted = NULL;
		TRY(recs_split_one_out(phases[p]->wanted, 1, &phases[p]->histories, &wanted, err));
		recs_ratings_free(phases[p]->wanted);
		phases[p]->wanted = wanted;
	}
	return study_run(&study, specs, err);
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

static int run_olist_last(const char *folder, const char *const *specs, struct error *err)
{
	HELD(olist) olist = {0};
	HELD(recs_split) split = {0};
	HELD(study) study = {.keep_seen = true};
	TRY(olist_load(folder, &olist, err));
	TRY(split_orders(&olist.purchases, &split, err));
	know_olist(&study, &olist);
	TRY(study_fill(&study, &split.train, &split.validation, &split.test,
		       (uint32_t)recs_ids_count(olist.persons),
		       (uint32_t)recs_ids_count(olist.items), err));
	return study_run(&study, specs, err);
}

/* Explicit ALS over random 80/20 splits: the error of predicted ratings. */
static int run_ratings(const char *folder, const char *const *specs, struct error *err)
{
	HELD(recs_events) all = {0};
	TRY(load_movielens(folder, &all, err));
	double sum = 0;
	struct recs_ratings_options options = {.merge = RECS_MERGE_LAST};
	for (uint64_t seed = 1; seed <= SPLITS; seed++) {
		HELD(recs_split) split = {0};
		HELD(phase) phase = {0};
		OWNED(recs_model) *model = NULL;
		TRY(recs_split_random(&all, 0, 0.2, seed, &split, err));
		TRY(recs_ratings_build(&split.train, all.person_count, all.item_count, &options,
				       &phase.ratings, err));
		TRY(recs_ratings_build(&split.test, all.person_count, all.item_count, &options,
				       &phase.wanted, err));
		TRY(models_train(specs[0], NULL, &phase, &model, err));
		double rmse = recs_explicit_rmse((struct recs_explicit *)model, phase.wanted);
		printf("split %d  rmse %.4f\n", (int)seed, rmse);
		sum += rmse;
	}
	printf("mean rmse %.4f  %s\n", sum / SPLITS, specs[0]);
	return 0;
}

enum { SPECS_USUAL_MAX = 16 };

/* The usual models of each set, the simplest first. */
static const struct {
	const char *name;
	int (*run)(const char *folder, const char *const *specs, struct error *err);
	const char *usual[SPECS_USUAL_MAX];
} sets[] = {
	{"gowalla",
	 run_gowalla,
	 {"popularity", "knn:person=0.5,neighbours=100", "walk", "spectral:rank=512",
	  "walk+spectral:rank=512"}},
	{"ml-100k",
	 run_movielens,
	 {"popularity", "popularity:half_life=30", "knn", "walk", "spectral:rank=64",
	  "ease:reg=300", "als:width=32,unobserved=0.3,reg=0.01"}},
	{"ml-100k-last",
	 run_movielens_last,
	 {"popularity", "popularity:half_life=30", "knn", "walk", "spectral:rank=64",
	  "ease:reg=300", "als:width=32,unobserved=0.3,reg=0.01", "session"}},
	{"ml-100k-ratings", run_ratings, {"explicit"}},
	{"beauty",
	 run_beauty,
	 {"popularity", "knn", "knn:place_decay=0.7", "walk:place_decay=0.7", "session",
	  "ease:reg=100,items=12101", "spectral:rank=512",
	  "als:width=256,unobserved=0.03,reg=0.03,exponent=0.5",
	  "session+walk:place_decay=0.7+knn:place_decay=0.7"}},
	{"olist",
	 run_olist,
	 {"popularity", "popularity:window=30", "popularity:half_life=14",
	  "popularity:half_life=30,segment=1", "knn:similarity=1", "content", "als",
	  "popularity:half_life=30+knn+content"}},
	{"olist-baskets",
	 run_olist_baskets,
	 {"popularity:half_life=30", "knn:shrinkage=0", "walk", "content", "session", "als",
	  "popularity:half_life=30+knn:shrinkage=0+content"}},
	{"olist-last",
	 run_olist_last,
	 {"popularity:half_life=30", "knn:shrinkage=0", "repeat", "content", "als",
	  "popularity:half_life=30+repeat+knn:shrinkage=0+content"}},
};

static int run(int count, char **arguments, struct error *err)
{
	if (count < 3)
		return err_set(err, ERR_USAGE, "usage: quality SET FOLDER [MODEL ...]");
	for (size_t s = 0; s < sizeof sets / sizeof *sets; s++)
		if (strcmp(sets[s].name, arguments[1]) == 0)
			return sets[s].run(arguments[2],
					   count > 3 ? (const char *const *)arguments + 3
						     : sets[s].usual,
					   err);
	return err_set(err, ERR_USAGE, "no data set \"%s\"", arguments[1]);
}

int main(int count, char **arguments)
{
	struct error err;
	if (run(count, arguments, &err) == 0)
		return 0;
	fprintf(stderr, "quality: %s\n", err.message);
	return err_exit_status(err.kind);
}
