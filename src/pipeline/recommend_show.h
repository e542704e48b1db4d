/* SPDX-License-Identifier: Apache-2.0 */
/* recommend_show: what a recommender found as the tables of the schema `found`, which the SELECTs
 * of its tables read: lists, similar_items, persons, events, report. */
#ifndef VITRINE_PIPELINE_RECOMMEND_SHOW_H
#define VITRINE_PIPELINE_RECOMMEND_SHOW_H

#include "pipeline/recommend_report.h"

struct engine_session;

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
