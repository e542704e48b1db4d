/* SPDX-License-Identifier: Apache-2.0 */
/* recommend_show: what a recommender found as the tables of the schema `found`, which the SELECTs
 * of its tables read: lists, similar_items, persons, events, report. */
#ifndef VITRINE_PIPELINE_RECOMMEND_SHOW_H
#define VITRINE_PIPELINE_RECOMMEND_SHOW_H

#include "pipeline/recommend_find.h"

struct engine_session;

/* Columns of the report; REPORT_X is the column "x". */
enum {
	REPORT_SEGMENT,
	REPORT_SOURCE,
	REPORT_SETTINGS,
	REPORT_VERDICT,
	REPORT_WITHDRAWN,
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

/* One row a source and class of persons, then of baskets where they were judged. Fails: MEMORY. */
int recommend_report_make(const struct recommend_found *found, struct recommend_report *out,
			  struct error *err);

/* Show everything. Borrows all of it until the session is closed. Where no contest was held,
 * `report` has no rows and `found.report` is what the session shows as `found.report_before`, but
 * for the shares served now. Fails: as engine_session_add_arrays(). */
int recommend_show(const struct recommender *recommender, const struct recommend_input *input,
		   const struct recommend_found *found, const struct recommend_report *report,
		   const char *version, struct engine_session *session, struct error *err);
/* The same tables without rows, for who wants the columns of what reads them. */
int recommend_show_none(const struct recommender *recommender, struct engine_session *session,
			struct error *err);

#endif
