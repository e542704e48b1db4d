/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/evaluate.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/random.h"
#include "recs/rank.h"
#include "recs/ratings.h"

static const char *const names[] = {"recall", "precision", "ndcg", "map", "hit_rate", "mrr"};

const char *recs_metric_name(enum recs_metric metric)
{
	return names[metric];
}

void recs_evaluation_done(struct recs_evaluation *evaluation)
{
	free(evaluation->at);
	*evaluation = (struct recs_evaluation){0};
}

static bool is_test_item(const struct recs_ratings *test, uint32_t row, uint32_t item)
{
	size_t low = test->starts[row], high = test->starts[row + 1];
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (test->columns[middle] < item)
			low = middle + 1;
		else
			high = middle;
	}
	return low < test->starts[row + 1] && test->columns[low] == item;
}

static void judge(const struct recs_ranked *list, const struct recs_ratings *test, uint32_t row,
		  const struct recs_evaluate_options *options, struct recs_outcome *out)
{
	size_t wanted = recs_ratings_row_len(test, row), hits = 0;
	size_t within = wanted < options->k ? wanted : options->k;
	double gain = 0, ideal = 0, precisions = 0, first = 0;
	for (size_t i = 0; i < options->k && list[i].item != RECS_NO_ITEM; i++) {
		if (!is_test_item(test, row, list[i].item))
			continue;
		hits++;
		gain += 1 / log2((double)i + 2);
		precisions += (double)hits / (double)(i + 1);
		if (hits == 1)
			first = 1 / (double)(i + 1);
	}
	for (size_t i = 0; i < within; i++)
		ideal += 1 / log2((double)i + 2);
	size_t base = options->capped_recall ? within : wanted;
	out->row = row;
	out->metrics[RECS_RECALL] = (float)((double)hits / (double)base);
	out->metrics[RECS_PRECISION] = (float)((double)hits / options->k);
	out->metrics[RECS_NDCG] = (float)(gain / ideal);
	out->metrics[RECS_MAP] = (float)(precisions / (double)within);
	out->metrics[RECS_HIT] = hits > 0;
	out->metrics[RECS_MRR] = (float)first;
}

/* What the lists as a whole are like. */
struct crowd {
	uint32_t *popularity, *listed; /* per item: persons in training, lists */
	double novelty, popularity_listed, popularity_test;
	size_t entries, test_entries, lists;
};

static void crowd_done(struct crowd *crowd)
{
	free(crowd->popularity);
	free(crowd->listed);
}
OWN_DEFINE_EMBEDDED(crowd, crowd_done)

static int count_popularity(struct crowd *crowd, const struct recs_ratings *train,
			    struct error *err)
{
	crowd->popularity = mem_alloc_array(train->column_count, sizeof *crowd->popularity);
	crowd->listed = mem_alloc_array(train->column_count, sizeof *crowd->listed);
	if (!crowd->popularity || !crowd->listed)
		return err_memory(err);
	for (size_t i = 0; i < recs_ratings_count(train); i++)
		crowd->popularity[train->columns[i]]++;
	return 0;
}

static void count_list(struct crowd *crowd, const struct recs_ranked *list, uint32_t k,
		       const struct recs_ratings *test, uint32_t row, double persons)
{
	crowd->lists += list[0].item != RECS_NO_ITEM;
	for (uint32_t i = 0; i < k && list[i].item != RECS_NO_ITEM; i++) {
		uint32_t popularity = crowd->popularity[list[i].item];
		crowd->listed[list[i].item]++;
		crowd->entries++;
		crowd->popularity_listed += popularity;
		crowd->novelty -= log2((popularity > 1 ? popularity : 1) / persons);
	}
	for (size_t i = test->starts[row]; i < test->starts[row + 1]; i++) {
		crowd->test_entries++;
		crowd->popularity_test += crowd->popularity[test->columns[i]];
	}
}

static int compare_counts(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static void summarize_crowd(struct crowd *crowd, uint32_t item_count, struct recs_evaluation *out)
{
	size_t covered = 0;
	double ranked = 0, entries = (double)crowd->entries;
	qsort(crowd->listed, item_count, sizeof *crowd->listed, compare_counts);
	for (uint32_t i = 0; i < item_count; i++) {
		covered += crowd->listed[i] > 0;
		ranked += (2.0 * (i + 1) - item_count - 1) * crowd->listed[i];
	}
	double test = crowd->popularity_test / (double)(crowd->test_entries + !crowd->test_entries);
	out->coverage = item_count ? (double)covered / item_count : 0;
	out->gini = entries > 0 ? ranked / (item_count * entries) : 0;
	out->novelty = entries > 0 ? crowd->novelty / entries : 0;
	out->popularity_bias =
		entries > 0 && test > 0 ? crowd->popularity_listed / entries / test : 0;
	out->listed = out->count ? (double)crowd->lists / (double)out->count : 0;
}

static void average(struct recs_evaluation *evaluation)
{
	for (int m = 0; m < RECS_METRIC_COUNT; m++) {
		double total = 0;
		for (size_t i = 0; i < evaluation->count; i++)
			total += (double)evaluation->at[i].metrics[m];
		evaluation->means[m] = evaluation->count ? total / (double)evaluation->count : 0;
	}
}

static int check(const struct recs_lists *lists, const struct recs_ratings *train,
		 const struct recs_ratings *test, const struct recs_evaluate_options *options,
		 struct error *err)
{
	if (options->k < 1 || options->k > lists->k)
		return err_set(err, ERR_USAGE, "metrics at %u need lists of at least that, not %u",
			       options->k, lists->k);
	if (lists->row_count != test->row_count || train->column_count != test->column_count)
		return err_set(err, ERR_USAGE, "test and lists are not of the same persons");
	return 0;
}

int recs_evaluate(const struct recs_lists *lists, const struct recs_ratings *train,
		  const struct recs_ratings *test, const struct recs_evaluate_options *options,
		  struct recs_evaluation *out, struct error *err)
{
	TRY(check(lists, train, test, options, err));
	HELD(crowd) crowd = {0};
	HELD(recs_evaluation) result = {0};
	TRY(count_popularity(&crowd, train, err));
	result.at = mem_alloc_array(test->row_count, sizeof *result.at);
	if (!result.at)
		return err_memory(err);
	for (uint32_t r = 0; r < test->row_count; r++) {
		const struct recs_ranked *list = lists->at + (size_t)r * lists->k;
		if (!recs_ratings_row_len(test, r) || (options->rows && !options->rows[r]))
			continue;
		judge(list, test, r, options, &result.at[result.count++]);
		count_list(&crowd, list, options->k, test, r, train->row_count);
	}
	average(&result);
	summarize_crowd(&crowd, train->column_count, &result);
	*out = result;
	result = (struct recs_evaluation){0};
	return 0;
}

static int compare_means(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Means of `width` columns over rows drawn anew `resamples` times. Source: B. Efron, "Bootstrap
 * methods: another look at the jackknife", 1979; percentiles. */
static int bootstrap(const float *values, size_t count, size_t width, int resamples, uint64_t seed,
		     struct recs_interval *out, struct error *err)
{
	double totals[RECS_METRIC_COUNT];
	memset(out, 0, width * sizeof *out);
	if (!count || resamples < 1)
		return 0;
	size_t draws = (size_t)resamples;
	OWNED_MEMORY double *means = mem_alloc_array(draws * width, sizeof *means);
	if (!means)
		return err_memory(err);
	struct recs_random random = {seed};
	for (size_t i = 0; i < count; i++)
		for (size_t m = 0; m < width; m++)
			out[m].value += (double)values[i * width + m];
	for (size_t m = 0; m < width; m++)
		out[m].value /= (double)count; /* once: the mean of ones is 1 */
	for (size_t s = 0; s < draws; s++) {
		memset(totals, 0, sizeof totals);
		for (size_t i = 0; i < count; i++) {
			const float *row =
				values + recs_random_below(&random, (uint32_t)count) * width;
			for (size_t m = 0; m < width; m++)
				totals[m] += (double)row[m];
		}
		for (size_t m = 0; m < width; m++)
			means[m * draws + s] = totals[m] / (double)count;
	}
	for (size_t m = 0; m < width; m++) {
		qsort(means + m * draws, draws, sizeof *means, compare_means);
		out[m].low = means[m * draws + (size_t)(0.025 * (resamples - 1))];
		out[m].high = means[m * draws + (size_t)(0.975 * (resamples - 1) + 0.5)];
	}
	return 0;
}

int recs_evaluate_intervals(const struct recs_evaluation *evaluation, int resamples, uint64_t seed,
			    struct recs_interval out[RECS_METRIC_COUNT], struct error *err)
{
	size_t width = RECS_METRIC_COUNT;
	OWNED_MEMORY float *values = mem_alloc_array(evaluation->count * width, sizeof *values);
	if (!values)
		return err_memory(err);
	for (size_t i = 0; i < evaluation->count; i++)
		memcpy(values + i * width, evaluation->at[i].metrics, width * sizeof *values);
	return bootstrap(values, evaluation->count, width, resamples, seed, out, err);
}

int recs_evaluate_interval(const struct recs_evaluation *evaluation, enum recs_metric metric,
			   int resamples, uint64_t seed, struct recs_interval *out,
			   struct error *err)
{
	OWNED_MEMORY float *values = mem_alloc_array(evaluation->count, sizeof *values);
	if (!values)
		return err_memory(err);
	for (size_t i = 0; i < evaluation->count; i++)
		values[i] = evaluation->at[i].metrics[metric];
	return bootstrap(values, evaluation->count, 1, resamples, seed, out, err);
}

int recs_evaluate_difference(const struct recs_evaluation *a, const struct recs_evaluation *b,
			     enum recs_metric metric, int resamples, uint64_t seed,
			     struct recs_interval *out, struct error *err)
{
	OWNED_MEMORY float *values = mem_alloc_array(a->count, sizeof *values);
	if (!values)
		return err_memory(err);
	if (a->count != b->count)
		return err_set(err, ERR_USAGE, "evaluations are not of the same persons");
	for (size_t i = 0; i < a->count; i++) {
		if (a->at[i].row != b->at[i].row)
			return err_set(err, ERR_USAGE, "evaluations are not of the same persons");
		values[i] = a->at[i].metrics[metric] - b->at[i].metrics[metric];
	}
	return bootstrap(values, a->count, 1, resamples, seed, out, err);
}
