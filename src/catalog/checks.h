/* SPDX-License-Identifier: Apache-2.0 */
/* checks: results of checks, passes too, and measures of tables, which checks of volume and
 * freshness compare with past runs. */
#ifndef VITRINE_CATALOG_CHECKS_H
#define VITRINE_CATALOG_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

struct catalog;
struct error;

enum catalog_severity { CATALOG_WARNING, CATALOG_ERROR };
const char *catalog_severity_word(enum catalog_severity severity); /* "warning", "error" */

enum catalog_outcome {
	CATALOG_PASSED,
	CATALOG_DID_NOT_PASS,
	CATALOG_NOT_RUN /* could not be run; `message` says why */
};
const char *catalog_outcome_word(enum catalog_outcome outcome); /* "passed", "failed", "not_run" */

struct catalog_check {
	const char *run_id;
	const char *table; /* "delivery.sales_daily" */
	const char *name;  /* "not_null(order_id)"; unique within run and table */
	enum catalog_severity severity;
	enum catalog_outcome outcome;
	int64_t failing, total;  /* rows; -1 = not known */
	const char *message;     /* what was found, for people; NULL = none */
	const char *sample_path; /* where the failing rows are kept; NULL = none */
	const char *query;       /* the SQL that gives all of them; NULL = none */
	int64_t checked_us;
};

/* What a table was at the end of a step. */
struct catalog_measure {
	const char *run_id;
	const char *target, *table;
	int64_t version;     /* of the table */
	int64_t rows, bytes; /* -1 = not known */
	int64_t newest_us;   /* newest value of its freshness column, civil; 0 = none */
	int64_t measured_us;
};

/* Insert or replace. Fails: NOT_FOUND (no such run), BUSY, DISK_FULL, IO, CORRUPT, MEMORY. */
int catalog_checks_put(struct catalog *catalog, const struct catalog_check *check,
		       struct error *err);
/* A check, by the hash of its text, has looked at a published table, at the last version that
 * changed its data, and did not object. What was noted of it at another version is forgotten. */
int catalog_checks_note(struct catalog *catalog, const char *target, const char *table,
			int64_t version, const char *hash, struct error *err);
/* Whether that was noted: 1 or 0. */
int catalog_checks_is_noted(struct catalog *catalog, const char *target, const char *table,
			    int64_t version, const char *hash, struct error *err);
int catalog_checks_put_measure(struct catalog *catalog, const struct catalog_measure *measure,
			       struct error *err);

/* `each` as in runs.h: 0 goes on, 1 stops, negative fails. */
typedef int catalog_each_check(void *context, const struct catalog_check *check, struct error *err);
typedef int catalog_each_measure(void *context, const struct catalog_measure *measure,
				 struct error *err);

/* Results of a run by table and name: all, or those that did not pass. */
int catalog_checks_each(struct catalog *catalog, const char *run_id, bool only_failed,
			catalog_each_check *each, void *context, struct error *err);
/* Past measures of a table, newest first, at most `limit`; those of run `but_run_id` left out
 * (NULL = none). */
int catalog_checks_each_measure(struct catalog *catalog, const char *target, const char *table,
				const char *but_run_id, int64_t limit, catalog_each_measure *each,
				void *context, struct error *err);

#endif
