/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/text.h"
#include "pipeline/source.h"
#include "pipeline/source_write.h"

static void add_pair(struct text *out, const char **before, const char *name, const char *value)
{
	if (!value)
		return;
	text_addf(out, "%s%s: ", *before, name);
	source_write_scalar(out, value);
	*before = ", ";
}

static void add_list(struct text *out, const char **before, const char *name,
		     const struct words *words)
{
	if (!words->count)
		return;
	text_addf(out, "%s%s: ", *before, name);
	source_write_words(out, words);
	*before = ", ";
}

static void add_number(struct text *out, const char **before, const char *name, int64_t value)
{
	if (value < 0)
		return;
	text_addf(out, "%s%s: %lld", *before, name, (long long)value);
	*before = ", ";
}

static bool same_words(const struct words *a, const struct words *b)
{
	bool same = a->count == b->count;
	for (size_t i = 0; same && i < a->count; i++)
		same = strcmp(a->items[i], b->items[i]) == 0;
	return same;
}

/* What a kind says besides its columns; those that have only columns are written as a list. */
static void add_settings(struct text *out, const struct check *check)
{
	const char *before = "{";
	if (check->kind == CHECK_REFERENCES)
		add_list(out, &before, "columns", &check->columns);
	else if (check->columns.count)
		add_pair(out, &before, "column", check->columns.items[0]);
	add_pair(out, &before, "table", check->table);
	if (!same_words(&check->to, &check->columns))
		add_list(out, &before, "to", &check->to);
	add_list(out, &before, "values", &check->values);
	add_pair(out, &before, "min", check->min);
	add_pair(out, &before, "max", check->max);
	add_pair(out, &before, "regex", check->regex);
	add_number(out, &before, "min", check->rows_min);
	add_number(out, &before, "max", check->rows_max);
	if (check->kind == CHECK_ROW_COUNT && check->change.value >= 0) {
		text_addf(out, "%schange: ", before);
		source_write_amount(out, check->change);
		before = ", ";
	}
	if (check->kind == CHECK_FRESHNESS) {
		text_addf(out, "%smax_age: ", before);
		source_write_duration(out, check->max_age_us);
		before = ", ";
	}
	add_pair(out, &before, "sum", check->sum);
	text_add(out, "}\n");
}

/* Whether a check has the name that it would be given. */
static bool is_named_as_usual(const struct check *check)
{
	HELD(text) t = {0};
	text_add(&t, check_kind_name(check->kind));
	for (size_t i = 0; i < check->columns.count; i++)
		text_addf(&t, "%s%s", i ? ", " : "(", check->columns.items[i]);
	text_add(&t, check->columns.count ? ")" : "");
	return text_equal(t.data, check->name);
}

static void add_line(struct text *out, const char *name, const char *value)
{
	if (!value)
		return;
	text_addf(out, "    %s: ", name);
	source_write_scalar(out, value);
	text_add_char(out, '\n');
}

static void add_check(struct text *out, const struct check *check)
{
	text_addf(out, "  - %s: ", check_kind_name(check->kind));
	if (check->kind == CHECK_NOT_NULL || check->kind == CHECK_UNIQUE) {
		source_write_words(out, &check->columns);
		text_add_char(out, '\n');
	} else {
		add_settings(out, check);
	}
	if (!is_named_as_usual(check))
		add_line(out, "name", check->name);
	add_line(out, "severity", check->severity == CHECK_WARN ? "warn" : NULL);
	if (check->tolerance.value > 0) {
		text_add(out, "    tolerance: ");
		source_write_amount(out, check->tolerance);
		text_add_char(out, '\n');
	}
	add_line(out, "where", check->where);
	add_line(out, "description", check->description);
}

void source_write_checks(const struct source *source, struct text *out)
{
	if (source->checks.count <= source->checks_derived)
		return;
	text_add(out, "\nchecks:\n");
	for (size_t i = source->checks_derived; i < source->checks.count; i++)
		add_check(out, &source->checks.items[i]);
}
