/* SPDX-License-Identifier: Apache-2.0 */
/* run: the whole way, from the files of the sources to a published set. READ THIS FIRST.
 *
 * A run takes the lease, pins the newest set, and carries out one step for each selected source and
 * model, those that do not depend on each other side by side. Every step has one shape: table
 * versions in, one table version out:
 *
 *	find out what it would read          dependencies.c, delivery.c
 *	nothing changed: skip                fingerprint.c
 *	build files aside                    land.c, model.c  (by the engine)
 *	check them; an error keeps them back audit.c
 *	commit them                          publish.c
 *
 * What depends on a failed step keeps its old version; the rest goes on. At the end the new
 *versions are published as one set. A run stopped at any moment published nothing or all, and the
 *next one finishes its work. */
#ifndef VITRINE_PIPELINE_RUN_H
#define VITRINE_PIPELINE_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/process.h"
#include "base/text.h"
#include "catalog/runs.h"

struct context;
struct delivery;

/* One more table of a step that makes several. */
struct step_table {
	char *name;
	int64_t rows, bytes, version;
};

enum { STEP_TABLES_MAX = 4 };

/* What came of one step. */
struct step {
	size_t place;     /* in the report */
	const char *name; /* "processing.orders"; borrowed from the run's graph */
	enum catalog_step_kind kind;
	enum catalog_status status;
	struct text reason;                      /* why it ran, was skipped or is blocked */
	int64_t started_us, ended_us;            /* monotonic */
	int64_t started_at_us;                   /* wall clock */
	int64_t rows_in, rows_out, bytes;        /* of the table's version; -1 = not known */
	int64_t version;                         /* -1 = none */
	struct step_table more[STEP_TABLES_MAX]; /* besides the one that the step is called by */
	size_t more_count;
	int64_t files, records, loaded, rejected; /* of a source: what this run landed */
	bool only_checks; /* the table stands as it is; checks look at it that had not yet */
	int64_t checks;   /* of a plan: how many would look at it */
	int attempts;     /* how often it was tried; 0 = never */
	int checks_passed, checks_warned, checks_failed;
	struct text breaking; /* of a plan: what readers of the table would miss */
	struct text borrowed; /* what it reads of another target: "processing.orders of prod
				 (version 3)" */
	struct text affects;  /* of a plan: the tables that would be built because this one is */
	struct error err;     /* of a failed step */
};

/* Whether the step was among those selected: it began, or waited for one that did not end well. */
static inline bool step_was_wanted(const struct step *step)
{
	return step->started_us || step->reason.len;
}

struct run_request {
	const char *selection;     /* "model+", "tag:daily"; NULL = all */
	bool force;                /* build even what is up to date */
	bool wait;                 /* for the lease */
	bool only_land;            /* sources only */
	const char *business_date; /* "2018-09-03"; NULL = today in the project's zone */
	const char *command;       /* for the history */
	const char *run_id;        /* NULL = a new one */
	/* Of the one source selected: load only these, files of mended records (desk.h) that lie at
	 * their paths and go to their keys; NULL = whatever is new. Borrowed. */
	const struct delivery *fixes;
	const struct delivery *piped; /* the same of one file that came through a pipe */
	/* A step started (status RUNNING) or ended. One call at a time. May be NULL. */
	void (*event)(void *context, const struct step *step);
	/* A few times a second for each running step, by its place: how much of it is done, 0 to 1,
	 * below 0 = not known. Never after it ended; one call at a time, none beside `event`. May
	 * be NULL. */
	void (*share)(void *context, size_t place, double share);
	void *event_context;
};

struct run_report {
	char id[PROCESS_ID_SIZE];
	int64_t number, set; /* set: the newest published set after the run */
	bool published;      /* whether this run made it */
	int64_t duration_us;
	struct step *steps; /* in the order of the graph */
	size_t count;
	struct graph *graph; /* owns the names */
	char **orphans;      /* of a plan: published tables that nothing defines any more */
	size_t orphan_count, orphan_capacity;
};

void run_report_free(struct run_report *report);
OWN_DEFINE(run_report, run_report_free)

/* Run. Everything is bound first: a model or a check that names an unknown column stops the run
 * before any step. Steps that fail are in the report; then the result is negative too, with the
 * first failure in `err`, and `out` is filled all the same. When the run could not start at all
 * `*out` is NULL. Fails: BUSY, CANCELED, PROJECT and SYNTAX and UNDEFINED (before anything runs),
 * and as steps do.
 */
int run_pipeline(struct context *context, const struct run_request *request,
		 struct run_report **out, struct error *err);

/* Run the checks of what is published again, without building anything and without the lease.
 * Results are kept as those of a run; a table whose checks do not hold is a step with status
 * FAILED. Then the result is negative with the first of them. Fails: CHECK, and as run_pipeline().
 */
int run_checks(struct context *context, const struct run_request *request, struct run_report **out,
	       struct error *err);

/* What a run would do, and why, without doing it: each step's status is RUNNING (it would run) or
 * SKIPPED, and its reason says why. Steps below one that would run are taken to run. A column that
 * would go or change its type, and other partitions, are in `breaking`. */
int run_plan(struct context *context, const struct run_request *request, struct run_report **out,
	     struct error *err);

#endif
