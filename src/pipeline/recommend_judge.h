/* SPDX-License-Identifier: Apache-2.0 */
/* recommend_judge: what must hold of lists before they are published, beside the checks of their
 * tables: that they reach persons, and differ. Results are kept as those of other checks. */
#ifndef VITRINE_PIPELINE_RECOMMEND_JUDGE_H
#define VITRINE_PIPELINE_RECOMMEND_JUDGE_H

#include "pipeline/recommend_find.h"

struct recommend_judged {
	size_t persons, listed; /* all; with at least one item */
	size_t rows, popular;   /* all; from popularity */
	size_t lists;           /* different ones; counted up to 2 */
	bool tells_apart;       /* a source serves that should give persons different lists */
	double overlap; /* share of rows that the version before has too; -1 = there is none */
};

/* Everything but `overlap`. */
void recommend_judge(const struct recommend_input *input, const struct recommend_found *found,
		     struct recommend_judged *out);

#endif
