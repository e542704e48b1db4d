/* SPDX-License-Identifier: Apache-2.0 */
/* table_build: from a SELECT to a new version of a table: files aside, checks, commit. What a model
 * does once, a recommender does for each of its tables. */
#ifndef VITRINE_PIPELINE_TABLE_BUILD_H
#define VITRINE_PIPELINE_TABLE_BUILD_H

#include "engine/engine.h"
#include "pipeline/run_state.h"

struct table_build {
	struct run_state *state;
	const struct run_table *table;    /* with a model */
	struct engine_session *session;   /* borrowed; shows what the SELECT and the checks read */
	const struct delta_snapshot *own; /* the version before; NULL = none; borrowed */
	struct engine_output output;
	struct delta_schema schema; /* of the new version, with descriptions */
	char *staging;
	int64_t version; /* once committed or skipped */
};

void table_build_done(struct table_build *build);
OWN_DEFINE_EMBEDDED(table_build, table_build_done)

/* Run the SELECT, write its files aside and show them in the session under the table's name.
 * Fails: as engine_session_build(), with the place in the model's file; PROJECT. */
int table_build_files(struct table_build *build, struct error *err);
/* Hold its checks; files that may not be published are kept for people. Fails: CHECK. */
int table_build_audit(struct table_build *build, struct step *step, struct error *err);
/* Commit. `more` as of run_commit_info(). Fails: CONFLICT. */
int table_build_commit(struct table_build *build, const struct step *step,
		       const struct fingerprint *fingerprint, const char *more, struct error *err);
/* Instead of all that: the version before stays. */
void table_build_skip(struct table_build *build);
/* Let the run read `version`, and publish it at its end: when all of a step is committed. */
int table_build_take(const struct table_build *build, struct error *err);

/* Of the version built or kept. */
int64_t table_build_rows(const struct table_build *build);
int64_t table_build_bytes(const struct table_build *build);

#endif
