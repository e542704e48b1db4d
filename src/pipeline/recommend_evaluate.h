/* SPDX-License-Identifier: Apache-2.0 */
/* recommend_evaluate: a contest on what is published, without changing anything: what the next
 * training would decide. */
#ifndef VITRINE_PIPELINE_RECOMMEND_EVALUATE_H
#define VITRINE_PIPELINE_RECOMMEND_EVALUATE_H

#include "pipeline/recommend_show.h"

struct context;

/* Read the recommender's inputs from the newest published set, hold the contest by `protocol`
 * (TIME or LAST), make its report.
 * `tick` as in struct recommend_options. Fails: UNDEFINED (a table that was never published), as
 * recommend_input_read() and recommend_contest(). */
int recommend_evaluate(struct context *context, const struct recommender *recommender,
		       enum recs_protocol protocol,
		       int (*tick)(void *tick_context, const char *what, uint32_t done,
				   uint32_t total, struct error *err),
		       void *tick_context, struct recommend_found *out_found,
		       struct recommend_report *out_report, struct error *err);

#endif
