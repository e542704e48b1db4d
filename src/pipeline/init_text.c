/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/text.h"
#include "pipeline/init_parts.h"
#include "pipeline/source_write.h"

void init_write_settings(const char *name, const char *time_zone, struct text *out)
{
	text_addf(
		out,
		"# A Vitrine project: sources/ says what files come in, models/ what is made of "
		"them. Every setting\n# has a default that is right for one machine: "
		"docs/reference/vitrine-yaml.md\nname: %s\n\n# Times in tables are civil times of "
		"this zone; text with an offset is converted to it.\n",
		name);
	text_add(out, time_zone ? "time_zone: " : "# time_zone: UTC");
	if (time_zone)
		source_write_scalar(out, time_zone);
	text_add(out, "\n\n# Where files and tables are kept.\nlake: lake\n\n"
		      "# Old versions of tables can still be read for this long.\n"
		      "# retention: 7 days\n");
}

/* ---- the example model ---- */

/* Words that SQL would not take for a column's name. */
static bool is_reserved(const char *name)
{
	static const char words[] =
		" all analyse analyze and anti any array as asc asof asymmetric at"
		" authorization between binary both by case cast check collate collation"
		" column concurrently constraint create cross current_date current_time"
		" current_timestamp default deferrable desc describe distinct do else"
		" end except exists false fetch for foreign freeze from full glob group"
		" having ilike in initially inner intersect into is isnull join lambda"
		" lateral leading left like limit natural not notnull null offset on"
		" only or order outer overlaps pivot pivot_longer pivot_wider placing"
		" positional primary qualify references returning right select semi show"
		" similar some summarize symmetric table tablesample then to trailing"
		" true union unique unpack unpivot user using variadic verbose when"
		" where window with ";
	size_t len = strlen(name);
	if (strspn(name, "abcdefghijklmnopqrstuvwxyz_") != len || len == 0)
		return false;
	for (const char *at = strstr(words, name); at; at = strstr(at + 1, name))
		if (at[-1] == ' ' && at[len] == ' ')
			return true;
	return false;
}

static const struct source_column *find_time(const struct source *source)
{
	for (size_t i = 0; i < source->column_count; i++) {
		const struct source_column *column = &source->columns[i];
		if ((column->type.kind == COLUMN_DATE || column->type.kind == COLUMN_TIMESTAMP) &&
		    !is_reserved(column->name))
			return column;
	}
	return NULL;
}

static const struct source_column *find_money(const struct source *source)
{
	for (size_t i = 0; i < source->column_count; i++)
		if (source->columns[i].type.kind == COLUMN_DECIMAL &&
		    source->columns[i].type.precision <= 18 &&
		    !is_reserved(source->columns[i].name))
			return &source->columns[i];
	return NULL;
}

int init_example_score(const struct source *source)
{
	return is_reserved(source->name)
		       ? 0
		       : 1 + (find_time(source) ? 4 : 0) + (find_money(source) ? 2 : 0);
}

static void write_by_month(const struct source *source, const struct source_column *time,
			   const struct source_column *money, struct text *out)
{
	text_addf(out,
		  "-- What %s holds, month by month: an example to change or to delete.\n--\n"
		  "-- key: month\n-- columns:\n"
		  "--   month: First day of the month of %s; rows without it are left out.\n"
		  "--   records: Rows of that month.\n",
		  source->name, time->name);
	if (money)
		text_addf(out, "--   %s: Sum of %s.\n", money->name, money->name);
	text_addf(out,
		  "select\n\tcast(date_trunc('month', %s) as date) as month,\n"
		  "\tcount(*) as records",
		  time->name);
	if (money)
		text_addf(out, ",\n\tcast(sum(%s) as decimal(18,%d)) as %s", money->name,
			  money->type.scale, money->name);
	text_addf(out,
		  "\nfrom processing.%s\nwhere %s is not null\n"
		  "group by cast(date_trunc('month', %s) as date)\n",
		  source->name, time->name, time->name);
}

void init_write_example(const struct source *source, struct text *out)
{
	const struct source_column *time = find_time(source), *money = find_money(source);
	if (time) {
		write_by_month(source, time, money, out);
		return;
	}
	text_addf(out,
		  "-- How many rows %s holds: an example to change or to delete.\n--\n"
		  "-- columns:\n--   records: Rows of the table.\n"
		  "select count(*) as records\nfrom processing.%s\n",
		  source->name, source->name);
}
