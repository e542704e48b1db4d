/* SPDX-License-Identifier: Apache-2.0 */
/* A check in YAML is a mapping with one key that is its kind, and settings beside it:
 *
 *	- unique: [order_id, order_item_id]
 *	- range: {column: price, min: 0}
 *	  severity: warn
 *
 * All kinds are rows of one table of keys, read into one struct. */
#include "pipeline/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "base/yaml.h"

/* How one kind is written. */
struct kind_shape {
	const char *name;               /* its key */
	const char *what;               /* in messages */
	const struct project_key *keys; /* of its mapping; NULL = it is a list of columns */
};

/* A check being read. `check` comes first: tables of keys fill it by its own offsets. */
struct reading {
	struct check check;
	const struct kind_shape *shape;   /* NULL = no kind was seen yet */
	const struct yaml_node *settings; /* the kind's value */
};

static int read_column(const struct project_reader *reader, const struct project_key *key,
		       const struct yaml_node *value, void *field, struct error *err)
{
	const char **items = arena_alloc_array(reader->arena, 2, sizeof *items);
	if (!items)
		return err_memory(err);
	TRY(project_read_text(reader, key, value, items, err));
	*(struct words *)field = (struct words){items, 1};
	return 0;
}

#define FIELD(name) offsetof(struct check, name)

static const struct project_key references_keys[] = {
	{"columns", project_read_words, FIELD(columns), .required = true},
	{"table", project_read_text, FIELD(table), .required = true},
	{"to", project_read_words, FIELD(to)},
	{NULL},
};

static const struct project_key accepted_values_keys[] = {
	{"column", read_column, FIELD(columns), .required = true},
	{"values", project_read_words, FIELD(values), .required = true},
	{NULL},
};

static const struct project_key range_keys[] = {
	{"column", read_column, FIELD(columns), .required = true},
	{"min", project_read_text, FIELD(min)},
	{"max", project_read_text, FIELD(max)},
	{NULL},
};

static const struct project_key pattern_keys[] = {
	{"column", read_column, FIELD(columns), .required = true},
	{"regex", project_read_text, FIELD(regex), .required = true},
	{NULL},
};

static const struct project_key row_count_keys[] = {
	{"min", project_read_count, FIELD(rows_min)},
	{"max", project_read_count, FIELD(rows_max)},
	{"change", project_read_amount, FIELD(change)},
	{NULL},
};

static const struct project_key freshness_keys[] = {
	{"column", read_column, FIELD(columns), .required = true},
	{"max_age", project_read_duration, FIELD(max_age_us)},
	{"no_older", project_read_bool, FIELD(no_older)},
	{NULL},
};

static const struct project_key sums_agree_keys[] = {
	{"column", read_column, FIELD(columns), .required = true},
	{"table", project_read_text, FIELD(table), .required = true},
	{"sum", project_read_text, FIELD(sum), .required = true},
	{NULL},
};

/* By enum check_kind. */
static const struct kind_shape shapes[] = {
	{"not_null", "a check of NULLs", NULL},
	{"unique", "a check of uniqueness", NULL},
	{"references", "a check of references", references_keys},
	{"accepted_values", "a check of accepted values", accepted_values_keys},
	{"range", "a check of a range", range_keys},
	{"pattern", "a check of a pattern", pattern_keys},
	{"row_count", "a check of the row count", row_count_keys},
	{"freshness", "a check of freshness", freshness_keys},
	{"sums_agree", "a check of sums", sums_agree_keys},
	{"sql", "a check in SQL", NULL},
};

static const char *const severities[] = {"error", "warn", NULL};

static int read_kind(const struct project_reader *reader, const struct project_key *key,
		     const struct yaml_node *value, void *field, struct error *err)
{
	struct reading *reading = field;
	const struct kind_shape *shape = key->detail;
	if (reading->shape)
		return yaml_error(value, ERR_PROJECT, err,
				  "a check is of one kind, not both %s and %s",
				  reading->shape->name, shape->name);
	reading->shape = shape;
	reading->settings = value;
	reading->check.kind = (enum check_kind)(shape - shapes);
	if (!shape->keys)
		return project_read_words(reader, key, value, &reading->check.columns, err);
	return project_read_mapping(reader, value, shape->what, shape->keys, &reading->check, err);
}

#define KIND(name, kind)                                                                           \
	{                                                                                          \
		name, read_kind, 0, .detail = &shapes[kind]                                        \
	}

static const struct project_key check_keys[] = {
	KIND("not_null", CHECK_NOT_NULL),
	KIND("unique", CHECK_UNIQUE),
	KIND("references", CHECK_REFERENCES),
	KIND("accepted_values", CHECK_ACCEPTED_VALUES),
	KIND("range", CHECK_RANGE),
	KIND("pattern", CHECK_PATTERN),
	KIND("row_count", CHECK_ROW_COUNT),
	KIND("freshness", CHECK_FRESHNESS),
	KIND("sums_agree", CHECK_SUMS_AGREE),
	{"name", project_read_text, FIELD(name)},
	{"description", project_read_text, FIELD(description)},
	{"severity", project_read_choice, FIELD(severity), .detail = severities},
	{"tolerance", project_read_amount, FIELD(tolerance)},
	{"where", project_read_text, FIELD(where)},
	{NULL},
};

const char *check_kind_name(enum check_kind kind)
{
	return shapes[kind].name;
}

/* ---- what must be true of what was read ---- */

/* "orders" or "processing.orders" */
static bool is_table_name(const char *s)
{
	const char *dot = strchr(s, '.');
	char database[64];
	if (!dot)
		return text_is_name(s);
	size_t len = (size_t)(dot - s);
	if (len >= sizeof database)
		return false;
	memcpy(database, s, len);
	database[len] = '\0';
	return text_is_name(database) && text_is_name(dot + 1);
}

static int want_table(const struct reading *reading, struct error *err)
{
	if (is_table_name(reading->check.table))
		return 0;
	return yaml_error(yaml_get(reading->settings, "table"), ERR_PROJECT, err,
			  "\"%s\" is not a table's name like processing.orders",
			  reading->check.table);
}

static int want_references(struct reading *reading, struct error *err)
{
	struct check *check = &reading->check;
	TRY(want_table(reading, err));
	if (check->to.count == 0)
		check->to = check->columns;
	if (check->to.count != check->columns.count)
		return yaml_error(yaml_get(reading->settings, "to"), ERR_PROJECT, err,
				  "%zu columns cannot refer to %zu", check->columns.count,
				  check->to.count);
	return 0;
}

enum bound_kind { BOUND_WRONG, BOUND_NUMBER, BOUND_TIME };

static enum bound_kind kind_of_bound(const char *s)
{
	int64_t us;
	size_t digits = strspn(s + (*s == '-'), "0123456789.eE+-");
	char *end;
	strtod(s, &end);
	if (end != s && !*end && s[(*s == '-') + digits] == '\0' && s[(*s == '-')] != '+')
		return BOUND_NUMBER;
	char midnight[] = "2026-11-24 00:00:00";
	if (strlen(s) == 10)
		s = memcpy(midnight, s, 10);
	return clock_parse_iso(s, &us) ? BOUND_TIME : BOUND_WRONG;
}

static bool is_above(const char *min, const char *max, enum bound_kind kind)
{
	return kind == BOUND_NUMBER ? strtod(min, NULL) > strtod(max, NULL) : strcmp(min, max) > 0;
}

static int want_range(const struct reading *reading, struct error *err)
{
	const struct check *check = &reading->check;
	const char *const bounds[] = {check->min, check->max};
	static const char *const names[] = {"min", "max"};
	enum bound_kind kinds[2] = {BOUND_WRONG, BOUND_WRONG};
	if (!check->min && !check->max)
		return yaml_error(reading->settings, ERR_PROJECT, err,
				  "a range has a min, a max or both");
	for (int i = 0; i < 2; i++) {
		if (!bounds[i])
			continue;
		kinds[i] = kind_of_bound(bounds[i]);
		if (kinds[i] == BOUND_WRONG)
			return yaml_error(yaml_get(reading->settings, names[i]), ERR_PROJECT, err,
					  "\"%s\" is not a number, a date or a time", bounds[i]);
	}
	if (!check->min || !check->max)
		return 0;
	if (kinds[0] != kinds[1] || is_above(check->min, check->max, kinds[0]))
		return yaml_error(yaml_get(reading->settings, "max"), ERR_PROJECT, err,
				  "nothing lies between %s and %s", check->min, check->max);
	return 0;
}

static int want_row_count(const struct reading *reading, struct error *err)
{
	const struct check *check = &reading->check;
	if (check->rows_min < 0 && check->rows_max < 0 && check->change.value < 0)
		return yaml_error(reading->settings, ERR_PROJECT, err,
				  "a row count has a min, a max or a change");
	if (check->rows_max >= 0 && check->rows_min > check->rows_max)
		return yaml_error(yaml_get(reading->settings, "max"), ERR_PROJECT, err,
				  "max is less than min");
	if (check->change.value >= 0 && check->where)
		return yaml_error(yaml_get(reading->settings, "change"), ERR_PROJECT, err,
				  "change compares with all rows of the version before, so it does "
				  "not go with where");
	return 0;
}

static int want_freshness(const struct reading *reading, struct error *err)
{
	if (reading->check.max_age_us >= 0 || reading->check.no_older)
		return 0;
	return yaml_error(reading->settings, ERR_PROJECT, err,
			  "a freshness has a max_age, \"no_older: yes\" or both");
}

static int want_words(const struct reading *reading, const struct words *words, const char *key,
		      const char *what, struct error *err)
{
	if (words->count > 0)
		return 0;
	const struct yaml_node *at = key ? yaml_get(reading->settings, key) : NULL;
	return yaml_error(at ? at : reading->settings, ERR_PROJECT, err, "%s names no %s",
			  reading->shape->what, what);
}

static int want_sense(struct reading *reading, const struct yaml_node *item, struct error *err)
{
	const struct check *check = &reading->check;
	bool whole_table = check->kind == CHECK_ROW_COUNT || check->kind == CHECK_FRESHNESS;
	if (whole_table && yaml_get(item, "tolerance"))
		return yaml_error(yaml_get(item, "tolerance"), ERR_PROJECT, err,
				  "%s has no rows to tolerate", reading->shape->what);
	if (check->kind != CHECK_ROW_COUNT)
		TRY(want_words(reading, &check->columns, "columns", "column", err));
	switch (check->kind) {
	case CHECK_REFERENCES:
		return want_references(reading, err);
	case CHECK_ACCEPTED_VALUES:
		return want_words(reading, &check->values, "values", "value", err);
	case CHECK_RANGE:
		return want_range(reading, err);
	case CHECK_ROW_COUNT:
		return want_row_count(reading, err);
	case CHECK_FRESHNESS:
		return want_freshness(reading, err);
	case CHECK_SUMS_AGREE:
		return want_table(reading, err);
	default:
		return 0;
	}
}

/* ---- names ---- */

static bool is_taken(const struct checks *checks, const char *name)
{
	for (size_t i = 0; i < checks->count; i++)
		if (strcmp(checks->items[i].name, name) == 0)
			return true;
	return false;
}

/* "unique(order_id, order_item_id)", with a number behind it when there are more of the same. */
static int derive_name(const struct project_reader *reader, const struct checks *before,
		       struct check *check, struct error *err)
{
	HELD(text) t = {0};
	text_add(&t, check_kind_name(check->kind));
	for (size_t i = 0; i < check->columns.count; i++)
		text_addf(&t, "%s%s", i ? ", " : "(", check->columns.items[i]);
	text_add(&t, check->columns.count ? ")" : "");
	TRY(text_check(&t, err));
	size_t len = t.len;
	for (int number = 2; is_taken(before, t.data); number++) {
		t.len = len;
		text_addf(&t, " %d", number);
		TRY(text_check(&t, err));
	}
	if (!(check->name = arena_copy_text(reader->arena, t.data)))
		return err_memory(err);
	return 0;
}

static int name_check(const struct project_reader *reader, const struct checks *before,
		      const struct yaml_node *item, struct check *check, struct error *err)
{
	if (!check->name)
		return derive_name(reader, before, check, err);
	if (is_taken(before, check->name))
		return yaml_error(yaml_get(item, "name"), ERR_PROJECT, err,
				  "two checks are called \"%s\"", check->name);
	return 0;
}

/* ---- the list ---- */

static int read_check(const struct project_reader *reader, const struct yaml_node *item,
		      const char *file, struct checks *checks, struct error *err)
{
	struct reading reading = {.check = {.rows_min = -1,
					    .rows_max = -1,
					    .change = {.value = -1},
					    .max_age_us = -1,
					    .file = file,
					    .line = yaml_line(item)}};
	TRY(project_read_mapping(reader, item, "a check", check_keys, &reading, err));
	if (!reading.shape) {
		yaml_error(item, ERR_PROJECT, err, "a check lacks its kind");
		return err_hint(err, "Kinds are not_null, unique, references, accepted_values, "
				     "range, pattern, row_count, freshness and sums_agree.");
	}
	TRY(want_sense(&reading, item, err));
	TRY(name_check(reader, checks, item, &reading.check, err));
	checks->items[checks->count++] = reading.check;
	return 0;
}

static int add_key(const struct project_reader *reader, const struct words *key, const char *file,
		   int line, struct checks *out, struct error *err)
{
	static const enum check_kind kinds[] = {CHECK_UNIQUE, CHECK_NOT_NULL};
	for (size_t i = 0; i < 2; i++) {
		struct check check = {.kind = kinds[i],
				      .columns = *key,
				      .file = file,
				      .line = line,
				      .rows_min = -1,
				      .rows_max = -1,
				      .change = {.value = -1}};
		TRY(derive_name(reader, out, &check, err));
		out->items[out->count++] = check;
	}
	return 0;
}

int check_read_list(const struct project_reader *reader, const struct yaml_node *list,
		    const struct words *key, const char *file, int key_line, struct checks *out,
		    struct error *err)
{
	bool given = list && !yaml_is_null(list);
	if (given && yaml_kind(list) != YAML_SEQUENCE)
		return yaml_error(list, ERR_PROJECT, err, "checks are a list, not %s",
				  yaml_kind_name(list));
	size_t count = given ? yaml_count(list) : 0;
	*out = (struct checks){
		.items = arena_alloc_array(reader->arena, count + 2, sizeof *out->items)};
	if (!out->items)
		return err_memory(err);
	if (key && key->count > 0)
		TRY(add_key(reader, key, file, key_line, out, err));
	for (size_t i = 0; i < count; i++)
		TRY(read_check(reader, yaml_at(list, i), file, out, err));
	return 0;
}

int check_columns_exist(const struct checks *checks, const struct words *columns, struct error *err)
{
	for (size_t i = 0; i < checks->count; i++) {
		const struct check *check = &checks->items[i];
		for (size_t j = 0; j < check->columns.count; j++) {
			const char *name = check->columns.items[j];
			if (words_have(columns, name))
				continue;
			err_set(err, ERR_PROJECT,
				"check \"%s\" names the column \"%s\", which the table lacks",
				check->name, name);
			const char *nearest =
				columns->count ? text_nearest(name, columns->items) : NULL;
			if (nearest)
				error_hint(err, "Did you mean \"%s\"?", nearest);
			return err_at(err, check->file, check->line, 0);
		}
	}
	return 0;
}
