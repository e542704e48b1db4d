/* SPDX-License-Identifier: Apache-2.0 */
/* recommend_judge: what must hold of lists before they are published, beside the checks of their
 * tables: that they reach persons, differ, and are much as before. Results are kept as those of
 * other checks. */
#ifndef VITRINE_PIPELINE_RECOMMEND_JUDGE_H
#define VITRINE_PIPELINE_RECOMMEND_JUDGE_H

#include "pipeline/recommend_find.h"

struct delta_snapshot;
struct engine_session;
struct run_state;
struct step;

/* Lists that were found but not published. */
struct recommend_lists_checked {
	const struct run_state *state;
	const struct recommender *recommender;
	const struct recommend_input *input;
	const struct recommend_found *found;
	struct engine_session *session;      /* shows them, by recommend_show() */
	const struct delta_snapshot *before; /* those that they would replace; NULL = none */
};

/* Hold the checks, keep what they found, count them in the step. Fails: CHECK, with what to do. */
int recommend_judge(const struct recommend_lists_checked *what, struct step *step,
		    struct error *err);

#endif
