/* SPDX-License-Identifier: Apache-2.0 */
/* run_state: what the steps of one run share. Private to run*.c, bind.c, plan.c, land*.c, model.c,
 * recommend.c, table_build.c, audit*.c and check_run.c. */
#ifndef VITRINE_PIPELINE_RUN_STATE_H
#define VITRINE_PIPELINE_RUN_STATE_H

#include <pthread.h>

#include "base/clock.h"
#include "delta/delta.h"
#include "pipeline/dependencies.h"
#include "pipeline/fingerprint.h"
#include "pipeline/project.h"
#include "pipeline/run.h"
#include "pipeline/run_share.h"
#include "pipeline/run_watch.h"

struct engine_output;
struct engine_session;
struct lease;
struct map;
struct personal;
struct set;
struct tables;

/* A table that a step makes. */
struct run_table {
	char *name, *key;          /* "processing.orders"; "processing/orders": where it lies */
	const struct model *model; /* NULL = a source's */
	const struct checks *checks;
	struct delta_schema columns; /* that it will have, by run_bind(); none = not known */
};

/* A source, a model or a recommender in the graph: the step is called by its first table. */
struct run_node {
	const struct source *source;           /* or NULL */
	const struct model *model;             /* or NULL */
	const struct recommender *recommender; /* or NULL */
	struct dependencies reads; /* of its SQL and of all its checks; nothing it makes itself */
	struct run_table tables[RECOMMENDER_TABLES];
	size_t table_count;
};

struct run_state {
	struct context *context;
	const struct run_request *request;
	struct run_report *report;
	struct run_node *nodes;
	size_t count;
	struct map *known; /* full name -> run_node, or NULL for a table only the set knows */
	struct set *base;
	struct tables *tables;
	struct personal *personal;
	struct lease *lease;
	char business_date[CLOCK_TEXT_SIZE];
	char now[CLOCK_TEXT_SIZE]; /* civil, in the project's zone */
	bool is_plan, is_check, is_started;
	bool *wanted;                     /* what is selected, by node */
	bool *would_run;                  /* of a plan, by node: it would be built */
	struct engine_session **sessions; /* what runs now, by node, to be interrupted */
	struct run_share *shares;         /* how far each node is */
	pthread_mutex_t lock;             /* of `sessions`, of what the request is told */
};

/* How many steps may be carried out side by side. */
int run_threads(const struct run_state *state);

/* One step; called from any thread of the run. */
int land_run(struct run_state *state, size_t node, struct step *step, struct error *err);
int model_run(struct run_state *state, size_t node, struct step *step, struct error *err);
int recommend_run(struct run_state *state, size_t node, struct step *step, struct error *err);
int check_run(struct run_state *state, size_t node, struct step *step, struct error *err);

/* The checks that are about a table: its own, then those of checks/; NULL after the last. */
const struct check *run_check_at(const struct run_state *state, const struct run_table *table,
				 size_t place);
/* Of a step that is up to date, `own` being its tables as they are: let those checks look at them
 * that have not looked at these versions, because they were added or edited since. A check that
 * does not object is noted, one that does is asked again by the next run. 1 when there were any (of
 * a plan: when there would be), with the reason in `step`, else 0. Fails: as audit_candidate(). */
int check_again(struct run_state *state, size_t node, const struct delta_snapshot *const *own,
		struct step *step, struct error *err);

/* Before anything runs: bind the SELECTs of every wanted step and the SQL of its checks against the
 * columns that the tables before it will have, and note those of its own tables. What an unchanged
 * project gave is remembered, so that nothing is bound and the engine does not start. Fails: with
 * the file, line and column of the first that names what is not there (QUERY, PROJECT). */
int run_bind(struct run_state *state, struct error *err);
/* The columns of a table: as bound, else as published. 1, or 0 when neither is known. Borrowed. */
int run_columns_of(struct run_state *state, const char *name, const struct delta_schema **out,
		   struct error *err);
/* A model's columns, from those that its SELECT gives: the declared types, else those of `before`
 * (the published table; NULL = none), and the descriptions. Fails: PROJECT (a described column that
 * the SELECT does not give), MEMORY. */
int run_model_columns(const struct model *model, const struct delta_schema *before,
		      struct delta_schema *columns, struct error *err);

/* Mark the columns of a table as personal or not, as the project is now. Cost: one parse of each
 * model that the table is made from. Fails: MEMORY. */
int run_mark_personal(struct run_state *state, const char *table, struct delta_schema *columns,
		      struct error *err);
/* Of a step that is up to date: when only what is personal changed since its table was built,
 * commit that, without data, and say so; of a plan, only say so. `*out_version`: the table's, then.
 * Fails: as delta_commit(). */
int run_note_personal(struct run_state *state, size_t node, const struct delta_snapshot *own,
		      struct step *step, int64_t *out_version, struct error *err);

/* Of a plan: why a model's table would be built, or stay; and what of a table that would be built
 * its readers would miss. */
int plan_model(struct run_state *state, size_t node, const struct fingerprint *fingerprint,
	       const struct delta_snapshot **out_own, struct step *step, struct error *err);
/* The first table that the step reads and that would be built before it, or NULL. */
const char *plan_built_before(const struct run_state *state, size_t node);
int plan_columns(struct step *step, const struct delta_snapshot *own,
		 const struct delta_schema *columns, const struct words *partition_by,
		 struct error *err);
/* The same of a further table that the step makes, which is named. */
int plan_more_columns(struct step *step, const struct run_table *table,
		      const struct delta_snapshot *own, struct error *err);
/* After all steps: what each change reaches, how many checks look at it, which published tables
 * nothing defines any more. */
int plan_finish(struct run_state *state, struct error *err);

/* Open a session that looks names up as models do. Owner: caller. */
int run_new_session(const struct run_state *state, struct engine_session **out, struct error *err);
/* The same for a step, noted so that Ctrl-C reaches it. The caller hands it back with
 * run_close_session(). */
int run_open_session(struct run_state *state, size_t node, struct engine_session **out,
		     struct error *err);
void run_close_session(struct run_state *state, size_t node, struct engine_session *session);
/* Show in a session the tables named, at the run's versions, and vitrine.run; what our lake lacks,
 * as the other one has it. */
int run_show_tables(struct run_state *state, struct engine_session *session,
		    const struct dependencies *reads, const char *but, struct error *err);
/* vitrine.run: one row, what a model may know of the run. */
int run_show_run(const struct run_state *state, struct engine_session *session, struct error *err);

/* Add the versions of the tables a step reads to its fingerprint, and their rows to the step.
 * `out_bytes` (may be NULL): of their files. Fails: UNDEFINED (a table that was never built). */
int run_add_inputs(struct run_state *state, size_t node, struct fingerprint *fingerprint,
		   struct step *step, int64_t *out_bytes, struct error *err);
/* Whether the newest version of the step's table at `place` was made from just this fingerprint.
 * 1 = yes, 0 = no, with why in step->reason. `*out_own` = its snapshot, NULL when there is no
 * table; borrowed from the run's tables. */
int run_is_current(struct run_state *state, size_t node, size_t place,
		   const struct fingerprint *fingerprint, const struct delta_snapshot **out_own,
		   struct step *step, struct error *err);

/* What is up to date runs all the same, because --force was given. */
void run_say_forced(struct step *step);

/* The `vitrine` member of a commit to `table`: run, step, fingerprint, the checks that looked at
 * it, and `more` (members, or NULL). Owner: caller. */
char *run_commit_info(const struct run_state *state, const struct run_table *table,
		      const struct step *step, const struct fingerprint *fingerprint,
		      const char *more, struct error *err);

/* Keep a line for `vitrine logs`; shown at once with -v, warnings always. */
void run_log(struct run_state *state, const struct step *step, enum catalog_log_level level,
	     const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Whether about `bytes` more can be written to the lake: free disk, and the project's max_disk.
 * Fails: DISK_FULL, before anything is written. */
int run_check_disk(struct run_state *state, int64_t bytes, struct error *err);
/* Of what was built, `bytes` in all, and is not committed yet: the project's max_disk alone, as it
 * may be more than what was read. Fails: DISK_FULL. */
int run_check_max_disk(struct run_state *state, int64_t bytes, struct error *err);

/* At the end of a run: remove what it (when it `failed`), or a dead one before it, left behind that
 * no table refers to, and what was kept for people past its term. A failure is only said. */
void run_sweep(struct run_state *state, bool failed);

/* ---- audit ---- */

/* What a step built and has not yet committed. */
struct candidate {
	const char *name;               /* "processing.orders" */
	struct engine_session *session; /* shows the candidate under `name`, and what checks read */
	const struct checks *checks;
	int64_t rows;                        /* of the candidate */
	const struct delta_snapshot *before; /* the version before; NULL = none */
	bool is_published;                   /* it is the table itself, which readers have; then: */
	int64_t version;                     /* its last that changed data */
	const struct map *seen; /* hashes of checks that need not look; NULL = all look */
};

/* Run every check that is about the table, keep the results, and count them in `step`. Fails: CHECK
 * when one of severity error does not hold, naming the first; as the engine does. */
int audit_candidate(struct run_state *state, const struct candidate *candidate, struct step *step,
		    struct error *err);

/* Whether the columns that the checks of table `name` name are there: its own, and those of the
 * tables it refers to. Fails: PROJECT at the check's place with the nearest name. */
int audit_columns_exist(struct run_state *state, const char *name, const struct checks *checks,
			const struct delta_schema *columns, struct error *err);

/* Keep the files of a candidate that may not be published for people to look at: moves them below
 * the state folder's candidates/<run>/<table>. A failure to keep them is only said in the log. */
void audit_keep(struct run_state *state, const char *name, struct engine_output *const *outputs,
		size_t count);

#endif
