/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/recipe.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "recs/ratings.h"
#include "recs/recipe_kinds.h"

enum { WORD_SIZE = 64, NAMES_MAX = 32 };

int recs_shop_ratings(const struct recs_shop *shop, struct recs_ratings **out, struct error *err)
{
	struct recs_ratings_options options = {.merge = RECS_MERGE_ONE, .times = true};
	return recs_ratings_build(shop->events, shop->person_count, shop->item_count, &options, out,
				  err);
}

static uint32_t count_settings(const struct recs_recipe_kind *kind)
{
	uint32_t count = 0;
	while (count < RECS_SETTINGS_MAX && kind->settings[count].range.name)
		count++;
	return count;
}

const struct recs_recipe_setting *recs_part_settings(const struct recs_part *part,
						     uint32_t *out_count)
{
	*out_count = count_settings(part->kind);
	return part->kind->settings;
}

static int find_setting(const struct recs_recipe_kind *kind, const char *name)
{
	for (uint32_t s = 0; s < count_settings(kind); s++)
		if (strcmp(kind->settings[s].range.name, name) == 0)
			return (int)s;
	return -1;
}

double recs_part_value(const struct recs_part *part, const char *name)
{
	int s = find_setting(part->kind, name);
	return s < 0 ? 0 : part->values[s];
}

/* The text up to one of `ends`, cut to the room. */
static void copy_word(const char *from, size_t len, char out[WORD_SIZE])
{
	len = len < WORD_SIZE - 1 ? len : WORD_SIZE - 1;
	memcpy(out, from, len);
	out[len] = '\0';
}

static int unknown_kind(const char *name, struct error *err)
{
	const char *names[NAMES_MAX + 1] = {0};
	HELD(text) list = {0};
	for (int k = 0; k < NAMES_MAX && recs_recipe_kinds[k].name; k++) {
		names[k] = recs_recipe_kinds[k].name;
		text_addf(&list, "%s%s", k ? ", " : "", names[k]);
	}
	err_set(err, ERR_USAGE, "no recommender is called \"%s\"", name);
	const char *nearest = text_nearest(name, names);
	if (nearest)
		return err_hint(err, "Did you mean %s?", nearest);
	return err_hint(err, "There are %s.", list.data ? list.data : "many");
}

static int parse_kind(const char *name, struct recs_part *out, struct error *err)
{
	for (int k = 0; recs_recipe_kinds[k].name; k++) {
		const struct recs_recipe_kind *kind = &recs_recipe_kinds[k];
		if (strcmp(kind->name, name) != 0)
			continue;
		*out = (struct recs_part){.kind = kind};
		for (uint32_t s = 0; s < count_settings(kind); s++)
			out->values[s] = kind->settings[s].otherwise;
		return 0;
	}
	return unknown_kind(name, err);
}

static int unknown_setting(const struct recs_recipe_kind *kind, const char *name, struct error *err)
{
	const char *names[RECS_SETTINGS_MAX + 1] = {0};
	HELD(text) list = {0};
	for (uint32_t s = 0; s < count_settings(kind); s++) {
		names[s] = kind->settings[s].range.name;
		text_addf(&list, "%s%s", s ? ", " : "", names[s]);
	}
	err_set(err, ERR_USAGE, "%s has no setting \"%s\"", kind->name, name);
	const char *nearest = text_nearest(name, names);
	if (nearest)
		return err_hint(err, "Did you mean %s?", nearest);
	return err_hint(err, "Its settings are %s.", list.data ? list.data : "many");
}

/* A word of the setting, or a number. */
static bool parse_value(const struct recs_recipe_setting *setting, const char *text, double *out)
{
	for (int w = 0; setting->words && setting->words[w]; w++)
		if (strcmp(setting->words[w], text) == 0) {
			*out = w;
			return true;
		}
	char *end;
	*out = strtod(text, &end);
	return end != text && !*end && isfinite(*out) &&
	       (!setting->range.whole || *out == round(*out)) && *out >= setting->least &&
	       *out <= setting->most;
}

static int parse_setting(const char *text, size_t len, struct recs_part *part, struct error *err)
{
	char name[WORD_SIZE], value[WORD_SIZE];
	size_t name_len = strcspn(text, "=,+");
	copy_word(text, name_len < len ? name_len : len, name);
	int s = find_setting(part->kind, name);
	if (s < 0)
		return unknown_setting(part->kind, name, err);
	copy_word(text + name_len + (name_len < len), name_len < len ? len - name_len - 1 : 0,
		  value);
	const struct recs_recipe_setting *setting = &part->kind->settings[s];
	if (!parse_value(setting, value, &part->values[s])) {
		err_set(err, ERR_USAGE, "%s: %s=%s is not %s from %.6g to %.6g", part->kind->name,
			name, value, setting->range.whole ? "a whole number" : "a number",
			setting->least, setting->most);
		return err_hint(err, "Its default is %.6g.", setting->otherwise);
	}
	part->given |= 1u << s;
	return 0;
}

static int parse_part(const char *text, size_t len, struct recs_part *out, struct error *err)
{
	char name[WORD_SIZE];
	size_t at = strcspn(text, ":+");
	copy_word(text, at < len ? at : len, name);
	TRY(parse_kind(name, out, err));
	while (at < len) {
		size_t word = strcspn(text + at + 1, ",+");
		TRY(parse_setting(text + at + 1, word, out, err));
		at += word + 1;
	}
	return 0;
}

int recs_recipe_parse(const char *text, struct recs_recipe *out, struct error *err)
{
	*out = (struct recs_recipe){0};
	for (const char *at = text;; at++) {
		size_t len = strcspn(at, "+");
		if (out->count == RECS_SOURCES_MAX)
			return err_set(err, ERR_USAGE, "more than %d recommenders in \"%s\"",
				       RECS_SOURCES_MAX, text);
		TRY(parse_part(at, len, &out->parts[out->count++], err));
		at += len;
		if (!*at)
			return 0;
	}
}

static void add_part(struct text *text, const struct recs_part *part)
{
	char sign = ':';
	text_add(text, part->kind->name);
	for (uint32_t s = 0; s < count_settings(part->kind); s++) {
		const struct recs_recipe_setting *setting = &part->kind->settings[s];
		if (part->values[s] == setting->otherwise && !(part->given >> s & 1))
			continue;
		text_addf(text, "%c%s=", sign, setting->range.name);
		if (setting->words)
			text_add(text, setting->words[(int)part->values[s]]);
		else
			text_addf(text, "%.10g", part->values[s]);
		sign = ',';
	}
}

char *recs_recipe_text(const struct recs_recipe *recipe, struct error *err)
{
	HELD(text) text = {0};
	for (uint32_t p = 0; p < recipe->count; p++) {
		if (p)
			text_add_char(&text, '+');
		add_part(&text, &recipe->parts[p]);
	}
	return text_take(&text, err);
}

const char *recs_recipe_name(const struct recs_recipe *recipe)
{
	return recipe->count > 1 ? "blend" : recipe->parts[0].kind->name;
}

bool recs_recipe_is_simple(const struct recs_recipe *recipe)
{
	return recipe->count == 1 && recipe->parts[0].kind->simple;
}

bool recs_recipe_needs_history(const struct recs_recipe *recipe)
{
	bool needs = true;
	for (uint32_t p = 0; p < recipe->count; p++)
		needs = needs && recipe->parts[p].kind->needs_history;
	return needs;
}

int recs_part_train(const struct recs_part *part, const struct recs_shop *shop,
		    const struct recs_train_options *options, struct recs_model **out,
		    struct error *err)
{
	if (options->tick)
		TRY(options->tick(options->context, err));
	return part->kind->train(part, shop, options, out, err);
}

struct sources {
	struct recs_model *at[RECS_SOURCES_MAX];
	uint32_t count;
};

static void sources_done(struct sources *sources)
{
	for (uint32_t s = 0; s < sources->count; s++)
		recs_model_free(sources->at[s]);
}
OWN_DEFINE_EMBEDDED(sources, sources_done)

void recs_recipe_set_weights(const struct recs_recipe *recipe, struct recs_blend *blend)
{
	if (!recipe->class_count)
		return;
	blend->class_count = recipe->class_count;
	memcpy(blend->class_starts, recipe->class_starts, sizeof blend->class_starts);
	memcpy(blend->weights, recipe->weights, sizeof blend->weights);
}

int recs_recipe_make(const struct recs_recipe *recipe, const struct recs_part_maker *maker,
		     struct recs_model **out, struct error *err)
{
	if (recipe->count == 1)
		return maker->make(maker->context, &recipe->parts[0], out, err);
	HELD(sources) sources = {0};
	struct recs_blend *blend = NULL;
	for (uint32_t p = 0; p < recipe->count; p++) {
		TRY(maker->make(maker->context, &recipe->parts[p], &sources.at[p], err));
		sources.count++;
	}
	TRY(recs_blend_new((const struct recs_model *const *)sources.at, sources.count, &blend,
			   err));
	blend->owned = true;
	sources.count = 0;
	recs_recipe_set_weights(recipe, blend);
	*out = &blend->model;
	return 0;
}

struct training {
	const struct recs_shop *shop;
	const struct recs_train_options *options;
};

static int train_part(void *context, const struct recs_part *part, struct recs_model **out,
		      struct error *err)
{
	const struct training *training = context;
	return recs_part_train(part, training->shop, training->options, out, err);
}

int recs_recipe_train(const struct recs_recipe *recipe, const struct recs_shop *shop,
		      const struct recs_train_options *options, struct recs_model **out,
		      struct error *err)
{
	struct training training = {shop, options};
	const struct recs_part_maker maker = {train_part, &training};
	return recs_recipe_make(recipe, &maker, out, err);
}
