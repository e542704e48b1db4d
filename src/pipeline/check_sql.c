/* SPDX-License-Identifier: Apache-2.0 */
/* Column names are written behind the table's alias, where even a reserved word needs no quotes: so
 * the text runs on engines that quote names differently. Keys are compared by EXISTS, not by tuples
 * or windows: every engine turns that into a hash join, and `t.*` stays the table's own columns. */
#include "pipeline/check_sql.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/sql.h"
#include "pipeline/check.h"

const struct check_past check_past_any = {1, "2000-01-01 00:00:00", "2000-01-01 00:00:00"};

struct writer {
	const struct check *check;
	const char *table;
	const struct check_past *past;
	struct text *out;
};

static void add_column(struct text *out, const char *alias, const char *name)
{
	text_add(out, alias);
	text_add_char(out, '.');
	if (text_is_name(name))
		text_add(out, name);
	else
		text_add_identifier(out, name);
}

/* The check's `where` after "where" or "and"; a line of its own when it may end in a comment. */
static void add_condition(const struct writer *w, const char *word)
{
	const char *where = w->check->where;
	if (where)
		text_addf(w->out, " %s (%s%s)", word, where, strstr(where, "--") ? "\n" : "");
}

static void add_from(const struct writer *w)
{
	text_addf(w->out, " from %s as t", w->table);
}

static void begin_rows(const struct writer *w)
{
	text_add(w->out, "select t.*");
	add_from(w);
	text_add(w->out, " where ");
}

/* "t.a is null or t.b is null" and the like, of every column. */
static void add_each(const struct writer *w, const char *test, const char *between)
{
	const struct words *columns = &w->check->columns;
	for (size_t i = 0; i < columns->count; i++) {
		text_add(w->out, i ? between : "");
		add_column(w->out, "t", columns->items[i]);
		text_add(w->out, test);
	}
}

static void not_null(const struct writer *w)
{
	begin_rows(w);
	text_add_char(w->out, '(');
	add_each(w, " is null", " or ");
	text_add_char(w->out, ')');
	add_condition(w, "and");
}

/* The keys that occur more than once, as k1, k2, ...; a key with a NULL in it is none. */
static void add_repeated_keys(const struct writer *w)
{
	const struct words *columns = &w->check->columns;
	text_add(w->out, "select ");
	for (size_t i = 0; i < columns->count; i++) {
		text_add(w->out, i ? ", " : "");
		add_column(w->out, "t", columns->items[i]);
		text_addf(w->out, " as k%zu", i + 1);
	}
	add_from(w);
	text_add(w->out, " where ");
	add_each(w, " is not null", " and ");
	add_condition(w, "and");
	text_add(w->out, " group by ");
	add_each(w, "", ", ");
	text_add(w->out, " having count(*) > 1");
}

static void unique(const struct writer *w)
{
	const struct words *columns = &w->check->columns;
	begin_rows(w);
	text_add(w->out, "exists (select 1 from (");
	add_repeated_keys(w);
	text_add(w->out, ") as d where ");
	for (size_t i = 0; i < columns->count; i++) {
		text_addf(w->out, "%sd.k%zu = ", i ? " and " : "", i + 1);
		add_column(w->out, "t", columns->items[i]);
	}
	text_add_char(w->out, ')');
	add_condition(w, "and");
}

static void references(const struct writer *w)
{
	const struct check *check = w->check;
	begin_rows(w);
	add_each(w, " is not null", " and ");
	text_addf(w->out, " and not exists (select 1 from %s as o where ", check->table);
	for (size_t i = 0; i < check->columns.count; i++) {
		text_add(w->out, i ? " and " : "");
		add_column(w->out, "o", check->to.items[i]);
		text_add(w->out, " = ");
		add_column(w->out, "t", check->columns.items[i]);
	}
	text_add_char(w->out, ')');
	add_condition(w, "and");
}

static void accepted_values(const struct writer *w)
{
	const struct words *values = &w->check->values;
	begin_rows(w);
	add_column(w->out, "t", w->check->columns.items[0]);
	text_add(w->out, " not in (");
	for (size_t i = 0; i < values->count; i++) {
		text_add(w->out, i ? ", " : "");
		text_add_literal(w->out, values->items[i]);
	}
	text_add_char(w->out, ')');
	add_condition(w, "and");
}

/* A number as it is, so that it is compared as a number whatever its digits; a date or time as a
 * literal of its type. check_read_list() has made sure that it is one of them. */
static void add_bound(const struct writer *w, const char *sign, const char *bound)
{
	int64_t us;
	bool is_time = clock_parse_iso(bound, &us);
	bool is_date = !is_time && strchr(bound + 1, '-') && !strpbrk(bound, "eE");
	add_column(w->out, "t", w->check->columns.items[0]);
	if (!is_time && !is_date) {
		text_addf(w->out, " %s %s", sign, bound);
		return;
	}
	text_addf(w->out, " %s %s ", sign, is_date ? "date" : "timestamp");
	text_add_literal(w->out, bound);
}

static void range(const struct writer *w)
{
	const struct check *check = w->check;
	begin_rows(w);
	text_add_char(w->out, '(');
	if (check->min)
		add_bound(w, "<", check->min);
	if (check->min && check->max)
		text_add(w->out, " or ");
	if (check->max)
		add_bound(w, ">", check->max);
	text_add_char(w->out, ')');
	add_condition(w, "and");
}

static void pattern(const struct writer *w)
{
	begin_rows(w);
	text_add(w->out, "not regexp_matches(");
	add_column(w->out, "t", w->check->columns.items[0]);
	text_add(w->out, ", ");
	text_add_literal(w->out, w->check->regex);
	text_add_char(w->out, ')');
	add_condition(w, "and");
}

/* ---- of the table as a whole: one row, or none ---- */

/* Narrow first..last by the rows of the version before. False when there is nothing to compare
 * with: no version, or a share of no rows. */
static bool narrow_by_past(const struct writer *w, int64_t *first, int64_t *last)
{
	struct amount change = w->check->change;
	int64_t before = w->past->rows;
	if (change.value < 0 || before < 0 || (before == 0 && change.is_percent))
		return false;
	double by = change.is_percent ? change.value / 100 * (double)before : change.value;
	int64_t low = (int64_t)ceil((double)before - by);
	double high = floor((double)before + by);
	if (low > *first)
		*first = low;
	if (high < (double)*last)
		*last = (int64_t)high;
	return true;
}

static int row_count(const struct writer *w)
{
	const struct check *check = w->check;
	int64_t first = check->rows_min >= 0 ? check->rows_min : 0;
	int64_t last = check->rows_max >= 0 ? check->rows_max : INT64_MAX;
	bool by_past = narrow_by_past(w, &first, &last);
	if (!by_past && check->rows_min < 0 && check->rows_max < 0)
		return 1;
	bool has_last = last < INT64_MAX;
	text_addf(w->out, "select count(*) as rows_found, %" PRId64 " as rows_min", first);
	if (has_last)
		text_addf(w->out, ", %" PRId64 " as rows_max", last);
	if (by_past)
		text_addf(w->out, ", %" PRId64 " as rows_before", w->past->rows);
	add_from(w);
	add_condition(w, "where");
	text_addf(w->out, " having count(*) < %" PRId64, first);
	if (has_last)
		text_addf(w->out, " or count(*) > %" PRId64, last);
	return 0;
}

static void add_newest(const struct writer *w)
{
	text_add(w->out, "max(");
	add_column(w->out, "t", w->check->columns.items[0]);
	text_add_char(w->out, ')');
}

/* One of the times that the newest value must not lie before, when there is one. */
static void add_older_than(const struct writer *w, const char *time)
{
	if (!time)
		return;
	text_add(w->out, " or ");
	add_newest(w);
	text_addf(w->out, " < timestamp '%s'", time);
}

static int freshness(const struct writer *w, struct error *err)
{
	int64_t now_us, max_age_us = w->check->max_age_us;
	char since[CLOCK_TEXT_SIZE];
	const char *before = w->check->no_older ? w->past->newest : NULL;
	if (max_age_us < 0 && !before)
		return 1;
	if (!clock_parse_iso(w->past->now, &now_us))
		return err_set(err, ERR_INTERNAL, "\"%s\" is not a time", w->past->now);
	clock_format_civil(now_us - max_age_us, since);
	text_add(w->out, "select ");
	add_newest(w);
	text_add(w->out, " as newest");
	if (max_age_us >= 0)
		text_addf(w->out, ", timestamp '%s' as expected_since", since);
	if (before)
		text_addf(w->out, ", timestamp '%s' as newest_before", before);
	add_from(w);
	add_condition(w, "where");
	text_add(w->out, " having ");
	add_newest(w);
	text_add(w->out, " is null");
	add_older_than(w, max_age_us >= 0 ? since : NULL);
	add_older_than(w, before);
	return 0;
}

int check_sql_newest(const struct check *check, const char *table, struct text *out_sql,
		     struct error *err)
{
	struct writer w = {check, table, NULL, out_sql};
	text_add(out_sql, "select cast(cast(");
	add_newest(&w);
	text_add(out_sql, " as timestamp) as varchar)");
	add_from(&w);
	add_condition(&w, "where");
	return text_check(out_sql, err);
}

static void sums_agree(const struct writer *w)
{
	const struct check *check = w->check;
	text_add(w->out, "select s.found, s.expected, s.found - s.expected as difference from ("
			 "select (select coalesce(sum(");
	add_column(w->out, "t", check->columns.items[0]);
	text_add(w->out, "), 0)");
	add_from(w);
	add_condition(w, "where");
	text_addf(w->out, ") as found, (select coalesce(sum(%s%s), 0) from %s) as expected) as s",
		  check->sum, strstr(check->sum, "--") ? "\n" : "", check->table);
	if (check->tolerance.is_percent)
		/* a share of a wide decimal would overflow */
		text_addf(w->out,
			  " where abs(cast(s.found - s.expected as double)) > "
			  "abs(cast(s.expected as double)) * %.15g / 100",
			  check->tolerance.value);
	else
		text_addf(w->out, " where abs(s.found - s.expected) > %.15g",
			  check->tolerance.value);
}

int check_sql(const struct check *check, const char *table, const struct check_past *past,
	      struct text *out_sql, struct error *err)
{
	struct writer w = {check, table, past, out_sql};
	int result = 0;
	switch (check->kind) {
	case CHECK_NOT_NULL:
		not_null(&w);
		break;
	case CHECK_UNIQUE:
		unique(&w);
		break;
	case CHECK_REFERENCES:
		references(&w);
		break;
	case CHECK_ACCEPTED_VALUES:
		accepted_values(&w);
		break;
	case CHECK_RANGE:
		range(&w);
		break;
	case CHECK_PATTERN:
		pattern(&w);
		break;
	case CHECK_ROW_COUNT:
		result = row_count(&w);
		break;
	case CHECK_FRESHNESS:
		result = freshness(&w, err);
		break;
	case CHECK_SUMS_AGREE:
		sums_agree(&w);
		break;
	case CHECK_SQL:
		text_add(out_sql, check->sql);
		break;
	}
	TRY(result);
	TRY(text_check(out_sql, err));
	return result;
}

int check_hash(const struct check *check, const char *table, char out[CHECK_HASH_SIZE],
	       struct error *err)
{
	HELD(text) t = {0};
	OWNED_MEMORY char *canonical = NULL;
	char hash[HASH_HEX_SIZE];
	TRY(check_sql(check, table, &check_past_any, &t, err));
	TRY(text_check(&t, err));
	if (check->kind == CHECK_SQL) { /* the others are written here, always alike */
		TRY(sql_canonical(t.data, &canonical, err));
		text_clear(&t);
		text_add(&t, canonical);
	}
	text_addf(&t, "\n%s %d %.15g %d %.15g %d %" PRId64, check->name, check->severity,
		  check->tolerance.value, check->tolerance.is_percent, check->change.value,
		  check->change.is_percent, check->max_age_us);
	TRY(text_check(&t, err));
	TRY(hash_of_bytes(t.data, t.len, hash, err));
	memcpy(out, hash, CHECK_HASH_SIZE - 1);
	out[CHECK_HASH_SIZE - 1] = '\0';
	return 0;
}
