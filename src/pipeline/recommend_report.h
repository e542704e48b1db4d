/* SPDX-License-Identifier: Apache-2.0 */
/* recommend_report: what contests showed, by columns, for the table of the report and for
 * `recommend evaluate`. */
#ifndef VITRINE_PIPELINE_RECOMMEND_REPORT_H
#define VITRINE_PIPELINE_RECOMMEND_REPORT_H

#include "pipeline/recommend_find.h"

/* Columns of the report; REPORT_X is the column "x". */
enum {
	REPORT_SEGMENT,
	REPORT_SOURCE,
	REPORT_SETTINGS,
	REPORT_VERDICT,
	REPORT_WITHDRAWN,
	REPORT_NOTE,
	REPORT_TEXTS
};
enum {
	REPORT_RECALL,
	REPORT_RECALL_LOW,
	REPORT_RECALL_HIGH,
	REPORT_NDCG,
	REPORT_NDCG_LOW,
	REPORT_NDCG_HIGH,
	REPORT_HIT_RATE,
	REPORT_MAP,
	REPORT_MRR,
	REPORT_GAIN,
	REPORT_GAIN_LOW,
	REPORT_GAIN_HIGH,
	REPORT_COVERAGE,
	REPORT_NOVELTY,
	REPORT_POPULARITY_BIAS,
	REPORT_LISTED,
	REPORT_SERVED,
	REPORT_PRECISION,
	REPORT_RMSE,
	REPORT_NUMBERS
};

/* The report by columns. */
struct recommend_report {
	char **pool; /* texts, by number */
	size_t pool_count, pool_capacity;
	size_t count;
	uint32_t *texts[REPORT_TEXTS];
	double *numbers[REPORT_NUMBERS];
	int32_t *is_winner, *list_length;
	int64_t *persons, *test_us;
};

void recommend_report_done(struct recommend_report *report);
OWN_DEFINE_EMBEDDED(recommend_report, recommend_report_done)

/* One row a source and class of persons, then of the input's segments and of baskets where they
 * were judged. Fails: MEMORY. */
int recommend_report_make(const struct recommend_input *input, const struct recommend_found *found,
			  struct recommend_report *out, struct error *err);

#endif
