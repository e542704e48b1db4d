/* SPDX-License-Identifier: Apache-2.0 */
/* quality: trains models on a published data set and prints their metrics.
 *
 *	quality gowalla|beauty|ml-100k|ratings FOLDER [MODEL [name=value ...]] */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "load.h"
#include "models.h"
#include "recs/evaluate.h"
#include "recs/explicit.h"
#include "recs/rank.h"
#include "recs/ratings.h"

enum { K = 20, RESAMPLES = 500, SPLITS = 5 };

struct data {
	struct recs_events train_events, test_events;
	struct recs_ratings *train, *test;
};

static void data_done(struct data *data)
{
	recs_events_done(&data->train_events);
	recs_events_done(&data->test_events);
	recs_ratings_free(data->train);
	recs_ratings_free(data->test);
}
OWN_DEFINE_EMBEDDED(data, data_done)

static int load_time_split(const char *folder, struct data *data, struct error *err)
{
	HELD(recs_events) all = {0};
	int64_t cut;
	TRY(load_movielens(folder, &all, err));
	TRY(recs_events_time_at(&all, 0.8, &cut, err));
	for (size_t i = 0; i < all.count; i++) {
		const struct recs_event *e = &all.at[i];
		struct recs_events *to =
			e->time_us < cut ? &data->train_events : &data->test_events;
		TRY(recs_events_add(to, 1, &e->person, &e->item, &e->time_us, &e->weight, err));
	}
	return 0;
}

static int load(const char *set, const char *folder, struct data *data, struct error *err)
{
	if (strcmp(set, "gowalla") == 0) {
		TRY(load_lines(folder, "train.txt", &data->train_events, err));
		TRY(load_lines(folder, "test.txt", &data->test_events, err));
	} else if (strcmp(set, "beauty") == 0) {
		HELD(recs_events) all = {0};
		TRY(load_lines(folder, "Beauty.txt", &all, err));
		TRY(load_split_last(&all, 1, &data->train_events, &data->test_events, err));
	} else if (strcmp(set, "ml-100k") == 0) {
		TRY(load_time_split(folder, data, err));
	} else {
		return err_set(err, ERR_USAGE, "no data set \"%s\"", set);
	}
	struct recs_ratings_options options = {.merge = RECS_MERGE_ONE, .times = true};
	uint32_t rows = data->train_events.person_count, columns = data->train_events.item_count;
	rows = rows > data->test_events.person_count ? rows : data->test_events.person_count;
	columns = columns > data->test_events.item_count ? columns : data->test_events.item_count;
	TRY(recs_ratings_build(&data->train_events, rows, columns, &options, &data->train, err));
	return recs_ratings_build(&data->test_events, rows, columns, &options, &data->test, err);
}

static int report(const char *name, const struct data *data, const struct recs_model *model,
		  double seconds, struct error *err)
{
	HELD(recs_lists) lists = {0};
	HELD(recs_evaluation) found = {0};
	struct recs_interval recall, ndcg;
	struct recs_rank_options options = {.k = K};
	int64_t start = clock_monotonic_us();
	TRY(recs_rank_all(model, data->train, &options, &lists, err));
	double rank_seconds = (double)(clock_monotonic_us() - start) * 1e-6;
	struct recs_evaluate_options judge = {.k = K};
	TRY(recs_evaluate(&lists, data->train, data->test, &judge, &found, err));
	TRY(recs_evaluate_interval(&found, RECS_RECALL, RESAMPLES, 1, &recall, err));
	TRY(recs_evaluate_interval(&found, RECS_NDCG, RESAMPLES, 1, &ndcg, err));
	printf("%-14s recall@%d %.4f [%.4f, %.4f]  ndcg %.4f [%.4f, %.4f]  map %.4f  hit %.4f  "
	       "mrr %.4f  coverage %.3f  novelty %.2f  bias %.2f  n %zu  train %.2f s  rank %.2f "
	       "s\n",
	       name, K, recall.value, recall.low, recall.high, ndcg.value, ndcg.low, ndcg.high,
	       found.means[RECS_MAP], found.means[RECS_HIT], found.means[RECS_MRR], found.coverage,
	       found.novelty, found.popularity_bias, found.count, seconds, rank_seconds);
	fflush(stdout);
	return 0;
}

static int run_model(const char *name, const struct settings *settings, const struct data *data,
		     struct error *err)
{
	OWNED(recs_model) *model = NULL;
	int64_t start = clock_monotonic_us();
	TRY(models_train(name, settings, data->train, &model, err));
	return report(name, data, model, (double)(clock_monotonic_us() - start) * 1e-6, err);
}

static int build(const struct recs_events *events, const struct recs_events *all,
		 struct recs_ratings **out, struct error *err)
{
	struct recs_ratings_options options = {.merge = RECS_MERGE_LAST};
	return recs_ratings_build(events, all->person_count, all->item_count, &options, out, err);
}

/* Explicit ALS over random 80/20 splits: the error of predicted ratings. */
static int run_ratings(const char *folder, const struct settings *settings, struct error *err)
{
	HELD(recs_events) all = {0};
	TRY(load_movielens(folder, &all, err));
	double sum = 0;
	for (uint64_t split = 1; split <= SPLITS; split++) {
		HELD(data) data = {0};
		OWNED(recs_model) *model = NULL;
		TRY(load_split_random(&all, 0.2, split, &data.train_events, &data.test_events,
				      err));
		TRY(build(&data.train_events, &all, &data.train, err));
		TRY(build(&data.test_events, &all, &data.test, err));
		TRY(models_train("explicit", settings, data.train, &model, err));
		double rmse = recs_explicit_rmse((struct recs_explicit *)model, data.test);
		printf("split %d  rmse %.4f\n", (int)split, rmse);
		sum += rmse;
	}
	printf("mean rmse %.4f\n", sum / SPLITS);
	return 0;
}

static int run(int count, char **arguments, struct error *err)
{
	if (count < 3)
		return err_set(err, ERR_USAGE,
			       "usage: quality gowalla|beauty|ml-100k|ratings FOLDER [MODEL "
			       "[NAME=VALUE ...]]");
	struct settings settings = {count > 4 ? (size_t)count - 4 : 0, arguments + 4};
	if (strcmp(arguments[1], "ratings") == 0)
		return run_ratings(arguments[2], &settings, err);
	HELD(data) data = {0};
	TRY(load(arguments[1], arguments[2], &data, err));
	if (count > 3)
		return run_model(arguments[3], &settings, &data, err);
	for (const char *const *name = models_names; *name; name++)
		TRY(run_model(*name, &settings, &data, err));
	return 0;
}

int main(int count, char **arguments)
{
	struct error err;
	if (run(count, arguments, &err) == 0)
		return 0;
	fprintf(stderr, "quality: %s\n", err.message);
	return err_exit_status(err.kind);
}
