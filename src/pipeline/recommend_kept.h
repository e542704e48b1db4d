/* SPDX-License-Identifier: Apache-2.0 */
/* recommend_kept: what the training before left for this one to go on from: who won its contest,
 * and the models themselves. Both lie in the artifact that the newest version of the lists names.
 *
 * A contest is held anew when the recommender or its SELECTs changed, when the one before is older
 * than `contest_after`, when there are a tenth more or fewer events than it had, when it had
 * nothing to compare on, and when the artifact cannot be read. Models are trained anew then, when
 * they are older than `train_after`, and when somebody they learnt from is gone or has declined.
 * docs/internals/recommend.md. */
#ifndef VITRINE_PIPELINE_RECOMMEND_KEPT_H
#define VITRINE_PIPELINE_RECOMMEND_KEPT_H

#include "pipeline/recommend_input.h"
#include "recs/contest.h"

struct context;
struct recs_artifact;
struct recs_chooser;
struct delta_snapshot;
struct fingerprint;
struct text;

struct recommend_kept {
	struct recs_contest *choice;        /* NULL = a contest is due, and `why` says so */
	struct recs_contest *basket_choice; /* of baskets; NULL as well when none are named */
	int64_t contest_us, contest_events; /* when it was held, on how many */
	bool compared;
	char why[128]; /* "the one before is 8 days old" */
	/* The artifact before, whose items are the first of the input's, and its models; both NULL
	 * = they are trained, and `why_trained` says why. */
	struct recs_artifact *artifact;
	struct recs_chooser *models;
	int64_t trained_us;
	char version[RECOMMENDER_VERSION_SIZE];
	char why_trained[128];
};

void recommend_kept_done(struct recommend_kept *kept);
OWN_DEFINE_EMBEDDED(recommend_kept, recommend_kept_done)

/* Look what the newest versions of the lists and of the report (each may be NULL) left. `forced`: a
 * contest is asked for. Fails: IO, MEMORY. */
int recommend_kept_read(struct context *context, const struct recommender *recommender,
			const struct delta_snapshot *lists, const struct delta_snapshot *report,
			const struct fingerprint *fingerprint, bool forced,
			struct recommend_kept *out, struct error *err);
/* Drop what the events read do not allow to keep. Returns 1 when that is the models, whose items
 * the input then should not begin with; else 0. Fails: MEMORY. */
int recommend_kept_compare(struct recommend_kept *kept, const struct recommend_input *input,
			   struct error *err);
/* This contest was held now, on `events`. */
void recommend_kept_renew(struct recommend_kept *kept, const struct recs_contest *contest,
			  size_t events);
/* Add what the next training needs, as a member of the artifact's meta data. `contest` and `basket`
 * (NULL = none are named) are those that were held, or the choices that were kept. */
void recommend_kept_write(const struct recommend_kept *kept, const struct recs_contest *contest,
			  const struct recs_contest *basket, struct text *out);
/* Add which contest a report is of, as a member of what its commit says. */
void recommend_kept_write_contest(const struct recommend_kept *kept, struct text *out);

#endif
