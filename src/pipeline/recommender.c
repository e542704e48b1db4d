/* SPDX-License-Identifier: Apache-2.0 */
/* Reading an entry of `recommenders:`, and the SELECTs of its inputs. */
#include "pipeline/recommender.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/yaml.h"
#include "pipeline/dependencies.h"
#include "pipeline/project.h"
#include "recs/recipe.h"

enum { CONTEST_AFTER_DAYS = 7 };

/* ---- inputs ---- */

#define COLUMN(key)                                                                                \
	{                                                                                          \
#key, project_read_text, offsetof(struct recommender_source, key)                  \
	}
#define FROM COLUMN(table), COLUMN(sql), COLUMN(where)

static const struct project_key events_keys[] = {
	FROM,          COLUMN(person), COLUMN(item),   COLUMN(time), COLUMN(weight),
	COLUMN(price), COLUMN(basket), COLUMN(seller), {NULL},
};
static const struct project_key items_keys[] = {
	FROM,           COLUMN(item),      COLUMN(category), COLUMN(price),
	COLUMN(seller), COLUMN(available), {NULL},
};
static const struct project_key persons_keys[] = {FROM, COLUMN(person), COLUMN(segment), {NULL}};
static const struct project_key consent_keys[] = {FROM, COLUMN(person), COLUMN(allowed), {NULL}};

static const struct {
	const char *name, *what;
	const struct project_key *keys;
} inputs[RECOMMENDER_INPUTS] = {
	[RECOMMENDER_EVENTS] = {"events", "a recommender's events", events_keys},
	[RECOMMENDER_ITEMS] = {"items", "a recommender's items", items_keys},
	[RECOMMENDER_PERSONS] = {"persons", "a recommender's persons", persons_keys},
	[RECOMMENDER_CONSENT] = {"consent", "a recommender's consent", consent_keys},
};

/* A column that gives a column of the tables made its name, so it must be a name. */
static int want_name(const struct yaml_node *node, const char *key, const char **column,
		     const char *otherwise, struct error *err)
{
	if (!*column)
		*column = otherwise;
	if (text_is_name(*column))
		return 0;
	yaml_error(yaml_get(node, key), ERR_PROJECT, err, "\"%s\" is not a name", *column);
	return err_hint(err, "The tables made call their column so: for an expression write `sql:` "
			     "and give it a name there.");
}

static int read_source(const struct project_reader *reader, const struct project_key *key,
		       const struct yaml_node *value, void *field, struct error *err)
{
	struct recommender_source *source = field;
	const int *input = key->detail;
	TRY(project_read_mapping(reader, value, inputs[*input].what, inputs[*input].keys, source,
				 err));
	source->is_given = true;
	source->line = yaml_line(value);
	source->column = yaml_column(value);
	if (!source->table == !source->sql) {
		yaml_error(value, ERR_PROJECT, err, "%s come from one table or one SELECT",
			   inputs[*input].name);
		return err_hint(err, "Write `table: delivery.sales` or `sql: select ...`.");
	}
	if (*input != RECOMMENDER_ITEMS)
		TRY(want_name(value, "person", &source->person, "person", err));
	if (*input == RECOMMENDER_EVENTS || *input == RECOMMENDER_ITEMS)
		TRY(want_name(value, "item", &source->item, "item", err));
	if (!source->time)
		source->time = "time";
	if (!source->allowed)
		source->allowed = "allowed";
	return 0;
}

/* ---- other settings ---- */

static const char *const seen_words[] = {"exclude", "include", NULL};
static const char *const table_keys[RECOMMENDER_TABLES] = {"recommendations", "similar", "affinity",
							   "report"};

static int read_seen(const struct project_reader *reader, const struct project_key *key,
		     const struct yaml_node *value, void *field, struct error *err)
{
	int word = 0;
	const struct project_key choice = {.name = key->name, .detail = seen_words};
	TRY(project_read_choice(reader, &choice, value, &word, err));
	*(bool *)field = word == 1;
	return 0;
}

static int read_models(const struct project_reader *reader, const struct project_key *key,
		       const struct yaml_node *value, void *field, struct error *err)
{
	struct words *models = field;
	TRY(project_read_words(reader, key, value, models, err));
	for (size_t i = 0; i < models->count; i++) {
		struct recs_recipe recipe;
		const struct yaml_node *place =
			yaml_kind(value) == YAML_SEQUENCE ? yaml_at(value, i) : value;
		if (recs_recipe_parse(models->items[i], &recipe, err) < 0) {
			if (err->kind == ERR_USAGE)
				err->kind = ERR_PROJECT;
			return err_at(err, yaml_file(place), yaml_line(place), yaml_column(place));
		}
	}
	return 0;
}

static int read_filters(const struct project_reader *reader, const struct project_key *key,
			const struct yaml_node *value, void *field, struct error *err)
{
	struct recommender *r = (struct recommender *)((char *)field - key->offset);
	size_t count = yaml_count(value);
	if (yaml_kind(value) != YAML_MAPPING)
		return yaml_error(value, ERR_PROJECT, err,
				  "filters are a mapping of names to SQL conditions, not %s",
				  yaml_kind_name(value));
	if (count > RECOMMENDER_FILTERS_MAX)
		return yaml_error(value, ERR_LIMIT, err, "a recommender has at most %d filters",
				  RECOMMENDER_FILTERS_MAX);
	r->filters = arena_alloc_array(reader->arena, count + 1, sizeof *r->filters);
	if (!r->filters)
		return err_memory(err);
	for (; r->filter_count < count; r->filter_count++) {
		struct recommender_filter *filter = &r->filters[r->filter_count];
		const struct yaml_node *sql = yaml_at(value, r->filter_count);
		TRY(project_read_name(reader, NULL, yaml_key_at(value, r->filter_count),
				      &filter->name, err));
		TRY(project_read_text(reader, NULL, sql, &filter->sql, err));
		filter->line = yaml_line(sql);
		filter->column = yaml_column(sql);
	}
	return 0;
}

/* `delivery.shelf`, or a name alone, which is one of delivery; `none` = the table is not made. */
static int read_table_name(const struct project_reader *reader, const struct project_key *key,
			   const struct yaml_node *value, void *field, struct error *err)
{
	const char *name;
	TRY(project_read_text(reader, key, value, &name, err));
	const char *own = text_starts(name, "delivery.") ? name + strlen("delivery.") : name;
	if (!text_is_name(own))
		return yaml_error(value, ERR_PROJECT, err, "\"%s\" is not a table of delivery",
				  name);
	const char **out = field;
	*out = strcmp(own, "none") == 0 ? "" : arena_format(reader->arena, "delivery.%s", own);
	return *out ? 0 : err_memory(err);
}

static int read_tables(const struct project_reader *reader, const struct project_key *key,
		       const struct yaml_node *value, void *field, struct error *err)
{
	struct project_key keys[RECOMMENDER_TABLES + 1] = {{NULL}};
	for (size_t i = 0; i < RECOMMENDER_TABLES; i++)
		keys[i] = (struct project_key){.name = table_keys[i],
					       .read = read_table_name,
					       .offset = i * sizeof(const char *)};
	(void)key;
	TRY(project_read_mapping(reader, value, "a recommender's tables", keys, field, err));
	const char **names = field;
	if (names[RECOMMENDER_LISTS] && !*names[RECOMMENDER_LISTS])
		return yaml_error(yaml_get(value, "recommendations"), ERR_PROJECT, err,
				  "a recommender always makes its recommendations");
	return 0;
}

static const struct project_key bands_keys[] = {
	{"width", project_read_count, offsetof(struct recommender, band_width)},
	{"count", project_read_count, offsetof(struct recommender, band_count)},
	{NULL},
};

static int read_bands(const struct project_reader *reader, const struct project_key *key,
		      const struct yaml_node *value, void *field, struct error *err)
{
	struct recommender *r = (struct recommender *)((char *)field - key->offset);
	TRY(project_read_mapping(reader, value, "price bands", bands_keys, r, err));
	if (r->band_width < 1 || r->band_count < 2 || r->band_count > RECOMMENDER_BANDS_MAX)
		return yaml_error(value, ERR_PROJECT, err,
				  "price bands have a width of 1 or more and number 2 to %d",
				  RECOMMENDER_BANDS_MAX);
	return 0;
}

static const int places[RECOMMENDER_INPUTS] = {RECOMMENDER_EVENTS, RECOMMENDER_ITEMS,
					       RECOMMENDER_PERSONS, RECOMMENDER_CONSENT};

#define INPUT(place, needed)                                                                       \
	{                                                                                          \
		.name = #place, .read = read_source,                                               \
		.offset = offsetof(struct recommender, inputs) +                                   \
			  (needed) * sizeof(struct recommender_source),                            \
		.detail = &places[needed], .required = (needed) == RECOMMENDER_EVENTS              \
	}
#define SETTING(key, read, field)                                                                  \
	{                                                                                          \
		key, read, offsetof(struct recommender, field)                                     \
	}

static const struct project_key keys[] = {
	INPUT(events, RECOMMENDER_EVENTS),
	INPUT(items, RECOMMENDER_ITEMS),
	INPUT(persons, RECOMMENDER_PERSONS),
	INPUT(consent, RECOMMENDER_CONSENT),
	SETTING("length", project_read_count, length),
	SETTING("seen", read_seen, keep_seen),
	SETTING("one_list", project_read_bool, one_list),
	SETTING("models", read_models, models),
	SETTING("trials", project_read_count, trials),
	SETTING("trials_within", project_read_duration, trials_within_us),
	SETTING("seed", project_read_count, seed),
	SETTING("contest_after", project_read_duration, contest_after_us),
	SETTING("train_after", project_read_duration, train_after_us),
	SETTING("price_bands", read_bands, band_width),
	SETTING("filters", read_filters, filters),
	SETTING("tables", read_tables, names),
	{NULL},
};

/* ---- the whole ---- */

static bool has_price(const struct recommender *r)
{
	return r->inputs[RECOMMENDER_EVENTS].price;
}

/* The names of tables that were not given, and none of those that cannot be made. */
static int name_tables(const struct yaml_node *settings, struct recommender *r, struct error *err)
{
	static const char *const otherwise[RECOMMENDER_TABLES] = {
		"delivery.recommendations", "delivery.similar_items",
		"delivery.price_band_affinity", "delivery.recommender_report"};
	for (size_t i = 0; i < RECOMMENDER_TABLES; i++)
		if (r->names[i] && !*r->names[i])
			r->names[i] = NULL;
		else if (!r->names[i])
			r->names[i] =
				i == RECOMMENDER_AFFINITY && !has_price(r) ? NULL : otherwise[i];
		else if (i == RECOMMENDER_AFFINITY && !has_price(r))
			return yaml_error(settings, ERR_PROJECT, err,
					  "price bands need `price:` in `events:`");
	return 0;
}

int recommender_read(const struct project_reader *reader, const char *name,
		     const struct yaml_node *settings, struct recommender *out, struct error *err)
{
	*out = (struct recommender){.name = name,
				    .length = 10,
				    .seed = 1,
				    .contest_after_us = CONTEST_AFTER_DAYS * 86400 * 1000000LL,
				    .band_width = 10,
				    .band_count = 16,
				    .line = yaml_line(settings),
				    .column = yaml_column(settings)};
	TRY(project_read_mapping(reader, settings, "a recommender", keys, out, err));
	if (out->length < 1 || out->length > RECOMMENDER_LENGTH_MAX)
		return yaml_error(yaml_get(settings, "length"), ERR_PROJECT, err,
				  "a list has 1 to %d items", RECOMMENDER_LENGTH_MAX);
	if (out->trials > RECOMMENDER_TRIALS_MAX)
		return yaml_error(yaml_get(settings, "trials"), ERR_PROJECT, err,
				  "a search makes at most %d trials", RECOMMENDER_TRIALS_MAX);
	if (out->filter_count > 0 && !out->inputs[RECOMMENDER_ITEMS].is_given)
		return yaml_error(yaml_get(settings, "filters"), ERR_PROJECT, err,
				  "filters are conditions over `items:`, which is not given");
	TRY(name_tables(settings, out, err));
	return recommender_define_tables(reader, out, err);
}

/* ---- SELECTs ---- */

/* A name alone is a column's, also where SQL has the word for itself: at, order, user. */
static void add_expression(struct text *t, const char *expression)
{
	static const char *const constants[] = {"true", "false", "null", NULL};
	bool is_column = text_is_name(expression);
	for (size_t i = 0; constants[i]; i++)
		is_column = is_column && strcmp(expression, constants[i]) != 0;
	if (is_column)
		text_add_identifier(t, expression);
	else
		text_add(t, expression);
}

static void add_column(struct text *t, const char *expression, const char *type, const char *name)
{
	text_add(t, "cast(");
	add_expression(t, expression ? expression : "null");
	text_addf(t, " as %s) as %s", type, name);
}

static void add_from(struct text *t, const struct recommender_source *source, const char *also)
{
	if (source->table)
		text_addf(t, "\nfrom %s", source->table);
	else
		text_addf(t, "\nfrom (\n%s\n)", source->sql);
	if (source->where)
		text_addf(t, "\nwhere (%s)", source->where);
	if (also)
		text_addf(t, "%s %s", source->where ? " and" : "\nwhere", also);
}

static void add_events(struct text *t, const struct recommender_source *events)
{
	text_add(t, "select ");
	add_column(t, events->person, "varchar", "person, ");
	add_column(t, events->item, "varchar", "item, ");
	text_add(t, "epoch_us(cast(");
	add_expression(t, events->time);
	text_add(t, " as timestamp)) as time_us, ");
	add_column(t, events->weight ? events->weight : "1", "double", "weight, ");
	add_column(t, events->price, "double", "price, ");
	add_column(t, events->basket, "varchar", "basket, ");
	add_column(t, events->seller, "varchar", "seller");
	add_from(t, events, NULL);
	text_add(t, "\norder by time_us, person, item, weight, price, basket, seller");
}

static void add_items(struct text *t, const struct recommender *r)
{
	const struct recommender_source *items = &r->inputs[RECOMMENDER_ITEMS];
	text_add(t, "select ");
	add_column(t, items->item, "varchar", "item, ");
	add_column(t, items->category, "varchar", "category, ");
	add_column(t, items->price, "double", "price, ");
	add_column(t, items->seller, "varchar", "seller, ");
	add_column(t, items->available ? items->available : "true", "boolean", "available");
	for (size_t i = 0; i < r->filter_count; i++) {
		text_add(t, ", coalesce((");
		add_expression(t, r->filters[i].sql);
		text_addf(t, "), false) as filter_%zu", i);
	}
	add_from(t, items, NULL);
	text_add(t, "\norder by item");
}

char *recommender_input_sql(const struct recommender *recommender, enum recommender_input input,
			    struct error *err)
{
	struct text t = {0};
	const struct recommender_source *source = &recommender->inputs[input];
	switch (input) {
	case RECOMMENDER_EVENTS:
		add_events(&t, source);
		break;
	case RECOMMENDER_ITEMS:
		add_items(&t, recommender);
		break;
	case RECOMMENDER_PERSONS:
		text_add(&t, "select ");
		add_column(&t, source->person, "varchar", "person, ");
		add_column(&t, source->segment, "varchar", "segment");
		add_from(&t, source, NULL);
		text_add(&t, "\norder by person, segment");
		break;
	default: { /* unsure is no */
		text_add(&t, "select distinct ");
		add_column(&t, source->person, "varchar", "person");
		add_from(&t, source, "not coalesce(cast(");
		add_expression(&t, source->allowed);
		text_add(&t, " as boolean), false)\norder by person");
	}
	}
	return text_take(&t, err);
}

int recommender_input_error(const struct recommender *recommender, enum recommender_input input,
			    struct error *err)
{
	const struct recommender_source *source = &recommender->inputs[input];
	error_at(err, PROJECT_FILE, source->line, source->column);
	return err_within(err, "%s of recommender \"%s\"", inputs[input].name, recommender->name);
}

int recommender_dependencies(const struct dependencies_source *source,
			     const struct recommender *recommender, struct dependencies *out,
			     struct error *err)
{
	for (int i = 0; i < RECOMMENDER_INPUTS; i++) {
		if (!recommender->inputs[i].is_given)
			continue;
		OWNED_MEMORY char *sql = recommender_input_sql(recommender, i, err);
		if (!sql)
			return -1;
		if (dependencies_find(source, sql, PROJECT_FILE, out, err) < 0)
			return recommender_input_error(recommender, i, err);
	}
	return 0;
}

char *recommender_settings_text(const struct recommender *recommender, struct error *err)
{
	struct text t = {0};
	const struct recommender *r = recommender;
	text_addf(&t, "length %lld, keep_seen %d, trials %lld, seed %lld, ", (long long)r->length,
		  r->keep_seen, (long long)r->trials, (long long)r->seed);
	text_addf(&t, "within %lld, ", (long long)r->trials_within_us);
	text_addf(&t, "bands %lld %lld, models", (long long)r->band_width,
		  (long long)r->band_count);
	for (size_t i = 0; i < r->models.count; i++)
		text_addf(&t, " %s", r->models.items[i]);
	text_add(&t, ", filters");
	for (size_t i = 0; i < r->filter_count; i++)
		text_addf(&t, " %s", r->filters[i].name);
	text_add(&t, ", tables");
	for (size_t i = 0; i < RECOMMENDER_TABLES; i++)
		text_addf(&t, " %s", r->names[i] ? r->names[i] : "none");
	return text_take(&t, err);
}
