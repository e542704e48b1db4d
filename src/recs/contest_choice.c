/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/contest_choice.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

/* ---- writing ---- */

static void write_numbers(const double *values, uint32_t count, struct text *out)
{
	text_add_char(out, '[');
	for (uint32_t i = 0; i < count; i++)
		text_addf(out, "%s%.17g", i ? ", " : "", values[i]);
	text_add_char(out, ']');
}

static void write_entry(const struct recs_entry *entry, struct text *out)
{
	const struct recs_recipe *recipe = &entry->recipe;
	text_add(out, "{\"recipe\": ");
	text_add_json(out, entry->text, strlen(entry->text));
	text_add(out, ", \"values\": [");
	for (uint32_t p = 0; p < recipe->count; p++) {
		uint32_t count;
		(void)recs_part_settings(&recipe->parts[p], &count);
		text_add(out, p ? ", " : "");
		write_numbers(recipe->parts[p].values, count, out);
	}
	text_add(out, "], \"classes\": [");
	for (uint32_t c = 0; c < recipe->class_count; c++) {
		double weights[RECS_SOURCES_MAX];
		for (uint32_t p = 0; p < recipe->count; p++)
			weights[p] = (double)recipe->weights[c][p];
		text_addf(out, "%s{\"from\": %u, \"weights\": ", c ? ", " : "",
			  recipe->class_starts[c]);
		write_numbers(weights, recipe->count, out);
		text_add_char(out, '}');
	}
	text_add(out, "]}");
}

static bool serves(const struct recs_contest *contest, uint32_t entry)
{
	bool serves = entry == contest->simple || entry == contest->popularity;
	for (uint32_t c = 0; c <= RECS_PERSONS_ALL; c++)
		serves = serves || contest->winners[c] == entry;
	return serves;
}

/* The place of an entry among those that serve. */
static uint32_t place_of(const struct recs_contest *contest, uint32_t entry)
{
	uint32_t place = 0;
	for (uint32_t e = 0; e < entry; e++)
		place += serves(contest, e);
	return place;
}

void recs_contest_choice_write(const struct recs_contest *contest, struct text *out)
{
	const char *comma = "";
	text_add(out, "{\"entries\": [");
	for (uint32_t e = 0; e < contest->count; e++) {
		if (!serves(contest, e))
			continue;
		text_add(out, comma);
		write_entry(&contest->entries[e], out);
		comma = ", ";
	}
	text_add(out, "], \"winners\": [");
	for (uint32_t c = 0; c <= RECS_PERSONS_ALL; c++)
		text_addf(out, "%s%u", c ? ", " : "", place_of(contest, contest->winners[c]));
	text_addf(out, "], \"simple\": %u, \"popularity\": %u, \"fold\": %s}",
		  place_of(contest, contest->simple), place_of(contest, contest->popularity),
		  contest->fold ? "true" : "false");
}

/* ---- reading ---- */

static int bad(const char *what, struct error *err)
{
	return err_set(err, ERR_CORRUPT, "the contest's choice: %s", what);
}

static int read_values(const struct json *values, struct recs_part *part, struct error *err)
{
	uint32_t count;
	const struct recs_recipe_setting *settings = recs_part_settings(part, &count);
	if (json_count(values) != count)
		return bad("another number of settings", err);
	for (uint32_t s = 0; s < count; s++) {
		double value = json_number(json_at(values, s), (double)NAN);
		bool fits = value >= settings[s].least && value <= settings[s].most &&
			    (!settings[s].range.whole || value == floor(value));
		if (!fits)
			return bad("a setting out of range", err);
		part->values[s] = value;
	}
	return 0;
}

static int read_class(const struct json *class, struct recs_recipe *recipe, uint32_t place,
		      struct error *err)
{
	int64_t from = json_int(json_get(class, "from"), -1);
	const struct json *weights = json_get(class, "weights");
	bool rises = place ? from > recipe->class_starts[place - 1] : from == 0;
	if (!rises || from > UINT32_MAX || json_count(weights) != recipe->count)
		return bad("weights of no recipe", err);
	recipe->class_starts[place] = (uint32_t)from;
	for (uint32_t p = 0; p < recipe->count; p++) {
		float weight = (float)json_number(json_at(weights, p), -1);
		if (!(weight >= 0 && isfinite(weight)))
			return bad("a weight below 0", err);
		recipe->weights[place][p] = weight;
	}
	return 0;
}

static int read_recipe(const struct json *json, struct recs_recipe *out, struct error *err)
{
	const struct json *values = json_get(json, "values"), *classes = json_get(json, "classes");
	if (recs_recipe_parse(json_text(json_get(json, "recipe"), ""), out, err) < 0)
		return err->kind == ERR_MEMORY ? -1 : bad("a model that is no more", err);
	if (json_count(values) != out->count || json_count(classes) > RECS_CLASSES_MAX)
		return bad("another number of models", err);
	for (uint32_t p = 0; p < out->count; p++)
		TRY(read_values(json_at(values, p), &out->parts[p], err));
	out->class_count = (uint32_t)json_count(classes);
	for (uint32_t c = 0; c < out->class_count; c++)
		TRY(read_class(json_at(classes, c), out, c, err));
	return 0;
}

static int read_entries(const struct json *entries, struct recs_contest *contest, struct error *err)
{
	size_t count = json_count(entries);
	if (!json_is_array(entries) || count == 0 || count > RECS_PERSONS_COUNT + 3)
		return bad("no entries, or too many", err);
	contest->entries = mem_alloc_array(count, sizeof *contest->entries);
	if (!contest->entries)
		return err_memory(err);
	for (; contest->count < count; contest->count++) {
		struct recs_entry *entry = &contest->entries[contest->count];
		TRY(read_recipe(json_at(entries, contest->count), &entry->recipe, err));
		entry->simple = recs_recipe_is_simple(&entry->recipe);
		if (!(entry->text = recs_recipe_text(&entry->recipe, err)))
			return -1;
	}
	return 0;
}

static int read_place(const struct json *place, const struct recs_contest *contest, uint32_t *out,
		      struct error *err)
{
	int64_t at = json_int(place, -1);
	if (at < 0 || at >= contest->count)
		return bad("a winner that is no entry", err);
	*out = (uint32_t)at;
	return 0;
}

int recs_contest_choice_read(const struct json *choice, struct recs_contest **out,
			     struct error *err)
{
	const struct json *winners = json_get(choice, "winners");
	OWNED(recs_contest) *contest = mem_alloc(sizeof *contest);
	if (!contest)
		return err_memory(err);
	TRY(read_entries(json_get(choice, "entries"), contest, err));
	for (uint32_t c = 0; c <= RECS_PERSONS_ALL; c++)
		TRY(read_place(json_at(winners, c), contest, &contest->winners[c], err));
	TRY(read_place(json_get(choice, "simple"), contest, &contest->simple, err));
	TRY(read_place(json_get(choice, "popularity"), contest, &contest->popularity, err));
	if (!contest->entries[contest->popularity].simple)
		return bad("what is popular is not", err);
	contest->fold = json_bool(json_get(choice, "fold"), false);
	*out = TAKE(contest);
	return 0;
}
