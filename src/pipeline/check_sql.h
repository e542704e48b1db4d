/* SPDX-License-Identifier: Apache-2.0 */
/* check_sql: the SELECT that finds what breaks a check. */
#ifndef VITRINE_PIPELINE_CHECK_SQL_H
#define VITRINE_PIPELINE_CHECK_SQL_H

#include <stdint.h>

struct check;
struct error;
struct text;

/* What checks against the past and against the clock need to know. */
struct check_past {
	int64_t rows;    /* of the version before; -1 = there is none */
	const char *now; /* the run's time in the project's zone, "2026-11-24 13:05:09" */
	/* The newest value of the version before in the check's column, written like `now`; NULL =
	 * there is none. */
	const char *newest;
};

/* A past of no meaning, for who wants all that a check could ask, not what it finds. */
extern const struct check_past check_past_any;

/* Add to `out_sql` one SELECT over `table` (as it is to be written in SQL, "processing.orders"; the
 * other table of references and sums_agree stands as the check names it). It returns the offending
 * rows with all their columns (unique: every row of the keys that occur more than once), or for
 * row_count, freshness and sums_agree one row with what was found and what was expected, and none
 * when the check holds. NULLs offend not_null only. sums_agree allows the tolerance itself, since
 * it is a difference and no number of rows. For CHECK_SQL it is the file's own text.
 * Returns 0; 1 when there is nothing to compare with yet (`change` or `no_older` without a version
 * before and no other bound), and nothing is added. Fails: MEMORY. */
int check_sql(const struct check *check, const char *table, const struct check_past *past,
	      struct text *out_sql, struct error *err);

/* Of a check with `no_older`: the SELECT of what check_past calls `newest`, over the version
 * before, which is shown as `table`. Fails: MEMORY. */
int check_sql_newest(const struct check *check, const char *table, struct text *out_sql,
		     struct error *err);

/* The hash of all that decides what the check says of a table: what it looks for, what it allows
 * and what follows; not the description, nor how an SQL file is laid out. Fails: MEMORY. */
enum { CHECK_HASH_SIZE = 17 };
int check_hash(const struct check *check, const char *table, char out[CHECK_HASH_SIZE],
	       struct error *err);

#endif
