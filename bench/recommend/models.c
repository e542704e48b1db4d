/* SPDX-License-Identifier: Apache-2.0 */
#include "models.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/als.h"
#include "recs/content.h"
#include "recs/cooccurrence.h"
#include "recs/ease.h"
#include "recs/explicit.h"
#include "recs/popularity.h"
#include "recs/repeat.h"
#include "recs/session.h"
#include "recs/spectral.h"
#include "recs/walk.h"
#include "study.h"

#define DAY_US 86400e6

double models_setting(const char *spec, const char *name, double otherwise)
{
	size_t len = strlen(name);
	for (const char *at = strpbrk(spec, ":,"); at; at = strpbrk(at + 1, ","))
		if (strncmp(at + 1, name, len) == 0 && at[1 + len] == '=')
			return strtod(at + len + 2, NULL);
	return otherwise;
}

static float real(const char *spec, const char *name, double otherwise)
{
	return (float)models_setting(spec, name, otherwise);
}

static uint32_t whole(const char *spec, const char *name, uint32_t otherwise)
{
	return (uint32_t)models_setting(spec, name, otherwise);
}

static int64_t days(const char *spec, const char *name)
{
	return (int64_t)(models_setting(spec, name, 0) * DAY_US);
}

/* What one model is trained with. */
struct work {
	const char *spec;
	const struct study *study;
	const struct phase *phase;
	const struct recs_ratings *ratings;
};

static struct recs_links_options scoring(const char *spec)
{
	return (struct recs_links_options){
		.weighted = real(spec, "weighted", 0) > 0,
		.half_life_us = days(spec, "half_life"),
		.place_decay = real(spec, "place_decay", 0),
	};
}

static int64_t newest_time(const struct recs_events *events)
{
	int64_t newest = 0;
	for (size_t e = 0; e < events->count; e++)
		newest = events->at[e].time_us > newest ? events->at[e].time_us : newest;
	return newest;
}

/* Sales of the last `window` days, or all, decayed by `half_life`. */
static int train_popularity(const struct work *w, struct recs_model **out, struct error *err)
{
	OWNED(recs_ratings) *recent = NULL;
	int64_t window = days(w->spec, "window"), newest = newest_time(&w->phase->events);
	struct recs_ratings_options build = {.merge = RECS_MERGE_SUM,
					     .half_life_us = days(w->spec, "half_life")};
	if (window) {
		build.from_us = newest - window;
		build.to_us = newest + 1;
	}
	TRY(recs_ratings_build(&w->phase->events, w->ratings->row_count, w->ratings->column_count,
			       &build, &recent, err));
	struct recs_popularity_options options = {.prior = real(w->spec, "prior", 100)};
	if (real(w->spec, "segment", 0) > 0) {
		options.segments = w->study->segments;
		options.segment_count = w->study->segment_count;
	}
	return recs_popularity_train(recent, &options, out, err);
}

static int links_result(int result, struct recs_links *const *links, struct recs_model **out)
{
	*out = *links ? &(*links)->model : NULL;
	return result;
}

static int train_knn(const struct work *w, struct recs_model **out, struct error *err)
{
	struct recs_cooccurrence_options options = {
		.similarity = (enum recs_similarity)whole(w->spec, "similarity", RECS_COSINE),
		.neighbours = whole(w->spec, "neighbours", 200),
		.shrinkage = real(w->spec, "shrinkage", 5),
		.person_exponent = real(w->spec, "person", 0),
		.scoring = scoring(w->spec),
	};
	struct recs_links *links = NULL;
	return links_result(recs_cooccurrence_train(w->ratings, &options, &links, err), &links,
			    out);
}

static int train_walk(const struct work *w, struct recs_model **out, struct error *err)
{
	struct recs_walk_options options = {
		.person_exponent = real(w->spec, "person", 0.8),
		.from_exponent = real(w->spec, "from", 0.5),
		.to_exponent = real(w->spec, "to", 0),
		.by_target = real(w->spec, "by_target", 1) > 0,
		.normalize = real(w->spec, "normalize", 1) > 0,
		.neighbours = whole(w->spec, "neighbours", 700),
		.scoring = scoring(w->spec),
	};
	struct recs_links *links = NULL;
	return links_result(recs_walk_train(w->ratings, &options, &links, err), &links, out);
}

static int train_ease(const struct work *w, struct recs_model **out, struct error *err)
{
	struct recs_ease_options options = {
		.regularization = real(w->spec, "reg", 200),
		.dropout = real(w->spec, "dropout", 0),
		.person_exponent = real(w->spec, "person", 0),
		.items_max = whole(w->spec, "items", 8000),
	};
	return recs_ease_train(w->ratings, &options, out, err);
}

static int train_spectral(const struct work *w, struct recs_model **out, struct error *err)
{
	struct recs_spectral_options options = {
		.rank = whole(w->spec, "rank", 256),
		.rounds = (int)whole(w->spec, "rounds", 0),
		.person_exponent = real(w->spec, "person", 0.5),
		.item_exponent = real(w->spec, "item", 0.5),
		.from_exponent = real(w->spec, "from", 0.5),
		.to_exponent = real(w->spec, "to", 0.5),
		.power = real(w->spec, "power", 0.5),
		.seed = whole(w->spec, "seed", 1),
	};
	return recs_spectral_train(w->ratings, &options, out, err);
}

static int train_session(const struct work *w, struct recs_model **out, struct error *err)
{
	struct recs_session_options options = {
		.sample = whole(w->spec, "sample", 1000),
		.neighbours = whole(w->spec, "neighbours", 300),
		.place_decay = real(w->spec, "place_decay", 0.7),
		.distance = real(w->spec, "distance", 0.5),
		.age_scale_us = days(w->spec, "age"),
		.rarity = real(w->spec, "rarity", 1) > 0,
		.items_max = whole(w->spec, "items", 50),
	};
	return recs_session_train(w->ratings, &options, out, err);
}

static int train_content(const struct work *w, struct recs_model **out, struct error *err)
{
	if (!w->study->attributes)
		return err_set(err, ERR_USAGE, "nothing is known about these items");
	OWNED_MEMORY float *sales = mem_alloc_array(w->ratings->column_count, sizeof *sales);
	if (!sales)
		return err_memory(err);
	for (size_t e = 0; e < recs_ratings_count(w->ratings); e++)
		sales[w->ratings->columns[e]]++;
	struct recs_content_options options = {.popularity = real(w->spec, "popularity", 1),
					       .sales = sales,
					       .scoring = scoring(w->spec)};
	return recs_content_train(w->study->attributes, &options, out, err);
}

static int train_repeat(const struct work *w, struct recs_model **out, struct error *err)
{
	struct recs_repeat_options options = {.now_us = newest_time(&w->phase->events),
					      .prior = real(w->spec, "prior", 20)};
	return recs_repeat_train(&w->phase->events, w->ratings->column_count, &options, out, err);
}

static int train_als(const struct work *w, struct recs_model **out, struct error *err)
{
	struct recs_als_options options = {
		.width = whole(w->spec, "width", 128),
		.epochs = (int)whole(w->spec, "epochs", 10),
		.steps = (int)whole(w->spec, "steps", 2),
		.weight_scale = real(w->spec, "scale", 1),
		.unobserved = real(w->spec, "unobserved", 0.05),
		.regularization = real(w->spec, "reg", 0.003),
		.exponent = real(w->spec, "exponent", 1),
		.hu = real(w->spec, "hu", 0) > 0,
		.seed = whole(w->spec, "seed", 1),
	};
	struct recs_als *als = NULL;
	int result = recs_als_train(w->ratings, &options, NULL, &als, err);
	*out = als ? &als->model : NULL;
	return result;
}

static int train_explicit(const struct work *w, struct recs_model **out, struct error *err)
{
	struct recs_explicit_options options = {
		.width = whole(w->spec, "width", 40),
		.epochs = (int)whole(w->spec, "epochs", 20),
		.regularization = real(w->spec, "reg", 0.09),
		.regularization_bias = real(w->spec, "bias", 0.05),
		.nonnegative = real(w->spec, "nonnegative", 0) > 0,
		.seed = whole(w->spec, "seed", 1),
	};
	struct recs_explicit *model = NULL;
	int result = recs_explicit_train(w->ratings, &options, &model, err);
	*out = model ? &model->model : NULL;
	return result;
}

static const struct {
	const char *name;
	int (*train)(const struct work *, struct recs_model **, struct error *);
} all[] = {
	{"popularity", train_popularity},
	{"knn", train_knn},
	{"walk", train_walk},
	{"ease", train_ease},
	{"spectral", train_spectral},
	{"session", train_session},
	{"content", train_content},
	{"repeat", train_repeat},
	{"als", train_als},
	{"explicit", train_explicit},
};

int models_train(const char *spec, const struct study *study, const struct phase *phase,
		 struct recs_model **out, struct error *err)
{
	size_t len = strcspn(spec, ":+");
	struct work work = {spec, study, phase, phase->ratings};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strlen(all[i].name) == len && strncmp(all[i].name, spec, len) == 0)
			return all[i].train(&work, out, err);
	return err_set(err, ERR_USAGE, "no model \"%.*s\"", (int)len, spec);
}
