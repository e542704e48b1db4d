/* SPDX-License-Identifier: Apache-2.0 */
/* recommend_kept: what the training before left for this one to go on from: who won its contest.
 * It lies in the meta data of the artifact that the newest version of the lists names.
 *
 * A contest is held anew when the recommender or its SELECTs changed, when the one before is older
 * than `contest_after`, when there are a tenth more or fewer events than it had, when it had
 * nothing to compare on, and when the artifact cannot be read. docs/internals/recommend.md. */
#ifndef VITRINE_PIPELINE_RECOMMEND_KEPT_H
#define VITRINE_PIPELINE_RECOMMEND_KEPT_H

#include "pipeline/recommender.h"
#include "recs/contest.h"

struct context;
struct delta_snapshot;
struct fingerprint;
struct text;

struct recommend_kept {
	struct recs_contest *choice;        /* NULL = a contest is due, and `why` says so */
	struct recs_contest *basket_choice; /* of baskets; NULL as well when none are named */
	int64_t contest_us, contest_events; /* when it was held, on how many */
	bool compared;
	char why[128]; /* "it is 8 days old" */
};

void recommend_kept_done(struct recommend_kept *kept);
OWN_DEFINE_EMBEDDED(recommend_kept, recommend_kept_done)

/* Look what the newest versions of the lists and of the report (each may be NULL) left. `forced`: a
 * contest is asked for. Fails: IO, MEMORY. */
int recommend_kept_read(struct context *context, const struct recommender *recommender,
			const struct delta_snapshot *lists, const struct delta_snapshot *report,
			const struct fingerprint *fingerprint, bool forced,
			struct recommend_kept *out, struct error *err);
/* Drop the choice if `events` are too many more or fewer than those it was made on. */
void recommend_kept_compare(struct recommend_kept *kept, size_t events);
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
