/* SPDX-License-Identifier: Apache-2.0 */
/* check: what must hold of a table before a new version of it is published.
 *
 * Checks are written in the `checks:` list of a source contract or a model's comment, or as an SQL
 * file in checks/. Each becomes one SELECT (check_sql.h) that returns the offending rows, or one
 * row that says what is wrong with the table as a whole. */
#ifndef VITRINE_PIPELINE_CHECK_H
#define VITRINE_PIPELINE_CHECK_H

#include "pipeline/project_read.h"

enum check_kind {
	CHECK_NOT_NULL,
	CHECK_UNIQUE,
	CHECK_REFERENCES,
	CHECK_ACCEPTED_VALUES,
	CHECK_RANGE,
	CHECK_PATTERN,
	CHECK_ROW_COUNT,
	CHECK_FRESHNESS,
	CHECK_SUMS_AGREE,
	CHECK_SQL
};

enum check_severity { CHECK_ERROR, CHECK_WARN };

/* All owned by the project's arena. Which fields a kind uses is said beside them. */
struct check {
	enum check_kind kind;
	const char *name; /* unique in its table; derived from kind and columns when not given */
	const char *description; /* NULL = none */
	int severity;            /* enum check_severity */
	struct amount tolerance; /* offending rows allowed; sums_agree: difference allowed */
	const char *file;        /* relative to the project */
	int line;                /* where the check is written */
	struct words columns;    /* all but row_count and sql; one only: accepted_values, range,
				    pattern, freshness, sums_agree */
	const char *table;       /* references, sums_agree: the other table; sql: the table whose
				    publishing waits for it */
	struct words to;       /* references: the other table's columns; as `columns` by default */
	struct words values;   /* accepted_values */
	const char *min, *max; /* range: numbers, dates or times as text; NULL = open */
	const char *regex;     /* pattern */
	int64_t rows_min, rows_max; /* row_count; -1 = open */
	struct amount change;       /* row_count: how far from the version before; < 0 = any */
	int64_t max_age_us;         /* freshness; -1 = any */
	bool no_older;   /* freshness: the newest value is not before that of the version before */
	const char *sum; /* sums_agree: an expression over the other table's columns */
	const char *where; /* an SQL condition: rows for which it holds are looked at; NULL */
	const char *sql;   /* CHECK_SQL: the whole file, which runs as it stands */
};

struct checks {
	struct check *items;
	size_t count;
};

/* "not_null", "sums_agree", ... */
const char *check_kind_name(enum check_kind kind);

/* Read a `checks:` list and put `key` (unique and not null) before it when there is one; `file`
 * is the path shown. Fails: PROJECT at the place of what is wrong; MEMORY. */
int check_read_list(const struct project_reader *reader, const struct yaml_node *list,
		    const struct words *key, const char *file, int key_line, struct checks *out,
		    struct error *err);

/* Every column that a check of the list names is one of `columns`, else PROJECT with a suggestion.
 */
int check_columns_exist(const struct checks *checks, const struct words *columns,
			struct error *err);

#endif
