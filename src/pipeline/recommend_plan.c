/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/recommend_plan.h"

#include "base/error.h"
#include "base/text.h"
#include "pipeline/recommend_kept.h"
#include "pipeline/table_build.h"
#include "recs/artifact.h"

static void say_training(const struct recommender *recommender, const struct recommend_kept *kept,
			 struct text *out)
{
	char day[CLOCK_TEXT_SIZE];
	if (!kept->choice)
		text_addf(out, "; a contest would be held: %s", kept->why);
	else if (kept->models)
		text_addf(out,
			  "; the models of %.10s stand: of %u persons, those with changes would be "
			  "scored",
			  clock_format_iso(kept->trained_us, day),
			  recs_artifact_count(kept->artifact, RECS_PERSONS));
	else if (recommender->train_after_us > 0)
		text_addf(out, "; models would be trained: %s", kept->why_trained);
}

int recommend_plan(struct run_state *state, const struct recommender *recommender,
		   const struct table_build *builds, size_t count,
		   const struct delta_snapshot *report, const struct fingerprint *fingerprint,
		   struct step *step, struct error *err)
{
	HELD(recommend_kept) kept = {0};
	const struct delta_snapshot *lists = builds[0].own;
	if (lists) { /* else all is new */
		TRY(recommend_kept_read(state->context, recommender, lists, report, fingerprint,
					state->request->force, &kept, err));
		say_training(recommender, &kept, &step->reason);
	}
	for (size_t i = 0; i < count; i++) {
		const struct run_table *table = builds[i].table;
		if (i == 0)
			TRY(plan_columns(step, lists, &table->columns, &table->model->partition_by,
					 err));
		else
			TRY(plan_more_columns(step, table, builds[i].own, err));
	}
	return text_check(&step->reason, err);
}
