/* SPDX-License-Identifier: Apache-2.0 */
/* recommend_artifact: the file that answers are served from, in the lake: written beside the
 * tables, named by what it holds, and found again through the version of the recommendations' table
 * that a set holds: that version's commit names its artifact. So readers of a set get the artifact
 * of just its tables, and nothing else has to be swapped. docs/internals/recommend.md. */
#ifndef VITRINE_PIPELINE_RECOMMEND_ARTIFACT_H
#define VITRINE_PIPELINE_RECOMMEND_ARTIFACT_H

#include "pipeline/recommend_find.h"

struct context;
struct delta_snapshot;
struct recs_artifact;
struct set;
struct store;
struct text;

#define RECOMMEND_ARTIFACTS "_vitrine/artifacts/"

/* Write it and put it into the store under `key`, durably. `meta` is its JSON; `affinity` persons ×
 * bands or NULL. Fails: IO, DISK_FULL, MEMORY. */
int recommend_artifact_put(struct store *store, const char *key,
			   const struct recommender *recommender,
			   const struct recommend_input *input, const struct recommend_found *found,
			   const float *affinity, const char *meta, struct error *err);

/* The key of the artifact that a version of the recommendations' table names; NULL when it names
 * none. Owner of `out_key`: caller. Fails: MEMORY. */
int recommend_artifact_key(const struct delta_snapshot *snapshot, char **out_key,
			   struct error *err);

/* Open the artifact of a set. Fails: NOT_FOUND (never trained), CORRUPT, UNSUPPORTED, with what to
 * do. Owner: caller, by recs_artifact_close(). */
int recommend_artifact_open(struct context *context, const struct recommender *recommender,
			    const struct set *set, struct recs_artifact **out, struct error *err);

/* Keys of the recommender's artifacts, one a line added to `out`, that no version of the table at
 * `table_key` from `from_version` on names: what a run that was stopped left, and what went out of
 * retention. Returns how many. Only for the holder of the lease to remove. */
int recommend_artifact_unnamed(struct context *context, const struct recommender *recommender,
			       const char *table_key, int64_t from_version, struct text *out,
			       struct error *err);

#endif
