/* SPDX-License-Identifier: Apache-2.0 */
/* recommend_show: what a recommender found as the tables of the schema `found`, which the SELECTs
 * of its tables read: lists, similar_items, persons, events, report. */
#ifndef VITRINE_PIPELINE_RECOMMEND_SHOW_H
#define VITRINE_PIPELINE_RECOMMEND_SHOW_H

#include "pipeline/recommend_find.h"

struct engine_session;

enum { RECOMMEND_VERSION_SIZE = 13 };

enum { REPORT_TEXTS = 5, REPORT_NUMBERS = 18 };

/* The report by columns. */
struct recommend_report {
	char **pool; /* texts, by number */
	size_t pool_count, pool_capacity;
	size_t count;
	uint32_t *texts[REPORT_TEXTS];   /* segment, source, settings, verdict, withdrawn */
	double *numbers[REPORT_NUMBERS]; /* recall ... served */
	int32_t *is_winner, *list_length;
	int64_t *persons, *test_us;
};

void recommend_report_done(struct recommend_report *report);
OWN_DEFINE_EMBEDDED(recommend_report, recommend_report_done)

/* One row a source and class of persons. Fails: MEMORY. */
int recommend_report_make(const struct recommend_found *found, struct recommend_report *out,
			  struct error *err);

/* Show everything. Borrows all of it until the session is closed. Fails: as
 * engine_session_add_arrays(). */
int recommend_show(const struct recommender *recommender, const struct recommend_input *input,
		   const struct recommend_found *found, const struct recommend_report *report,
		   const char *version, struct engine_session *session, struct error *err);

#endif
