/* SPDX-License-Identifier: Apache-2.0 */
/* evaluate: how good lists are against what persons did next, in a way that cannot flatter: every
 * person with a test item counts the same, a list that is missing scores 0, and two models are
 * compared on the same persons by resampling persons. */
#ifndef VITRINE_RECS_EVALUATE_H
#define VITRINE_RECS_EVALUATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

struct error;
struct recs_lists;
struct recs_ratings;

enum recs_metric {
	RECS_RECALL,    /* hits / test items (or min(k, test items)) */
	RECS_PRECISION, /* hits / k */
	RECS_NDCG,      /* binary, log2, ideal list of min(k, test items) */
	RECS_MAP,       /* mean over hits of precision at the hit, / min(k, test items) */
	RECS_HIT,       /* 1 when there is a hit */
	RECS_MRR,       /* 1 / place of the first hit */
	RECS_METRIC_COUNT
};
const char *recs_metric_name(enum recs_metric metric);

struct recs_interval {
	double value, low, high; /* 95 %, percentile bootstrap over persons */
};

/* Per person with a test item. */
struct recs_outcome {
	uint32_t row;
	float metrics[RECS_METRIC_COUNT];
};

struct recs_evaluation {
	struct recs_outcome *at;
	size_t count;
	double means[RECS_METRIC_COUNT];
	double coverage; /* share of items that are in some list */
	double novelty;  /* mean of -log2(share of persons who have the item) over listed items */
	double popularity_bias; /* mean popularity of listed items / that of test items */
	double gini;            /* of how often items are listed: 0 = all alike, 1 = one item */
	double listed;          /* share of persons evaluated whose list is not empty */
};

void recs_evaluation_done(struct recs_evaluation *evaluation);
OWN_DEFINE_EMBEDDED(recs_evaluation, recs_evaluation_done)

struct recs_evaluate_options {
	uint32_t k;          /* at most the lists' */
	bool capped_recall;  /* divide by min(k, test items), as Liang et al. 2018 do */
	const uint8_t *rows; /* per row, 0 = left out (a segment); NULL = all */
};

/* Judge `lists` by `test` (rows as the lists'); `train` gives popularity.
 * Sources: K. Järvelin, J. Kekäläinen, 2002 (NDCG); recall as He et al., "LightGCN", 2020, 4.1.
 * Fails: USAGE (sizes, k), MEMORY. */
int recs_evaluate(const struct recs_lists *lists, const struct recs_ratings *train,
		  const struct recs_ratings *test, const struct recs_evaluate_options *options,
		  struct recs_evaluation *out, struct error *err);

/* The mean of a metric with its interval. Fails: MEMORY. Deterministic for a seed. */
int recs_evaluate_interval(const struct recs_evaluation *evaluation, enum recs_metric metric,
			   int resamples, uint64_t seed, struct recs_interval *out,
			   struct error *err);

/* All metrics at once, from the same resamples. */
int recs_evaluate_intervals(const struct recs_evaluation *evaluation, int resamples, uint64_t seed,
			    struct recs_interval out[RECS_METRIC_COUNT], struct error *err);

/* The mean of (a - b), person by person, with its interval: above 0 in all of it = a is better.
 * Fails: USAGE (other persons), MEMORY. */
int recs_evaluate_difference(const struct recs_evaluation *a, const struct recs_evaluation *b,
			     enum recs_metric metric, int resamples, uint64_t seed,
			     struct recs_interval *out, struct error *err);

#endif
