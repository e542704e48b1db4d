/* SPDX-License-Identifier: Apache-2.0 */
#include "models.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "recs/als.h"
#include "recs/cooccurrence.h"
#include "recs/ease.h"
#include "recs/explicit.h"
#include "recs/popularity.h"
#include "recs/session.h"
#include "recs/spectral.h"
#include "recs/walk.h"

static double setting(const struct settings *settings, const char *name, double otherwise)
{
	size_t len = strlen(name);
	for (size_t i = 0; i < settings->count; i++)
		if (strncmp(settings->at[i], name, len) == 0 && settings->at[i][len] == '=')
			return strtod(settings->at[i] + len + 1, NULL);
	return otherwise;
}

static int train_als(const struct settings *s, const struct recs_ratings *train,
		     struct recs_model **out, struct error *err)
{
	struct recs_als_options options = {
		.width = (uint32_t)setting(s, "width", 128),
		.epochs = (int)setting(s, "epochs", 12),
		.steps = (int)setting(s, "steps", 2),
		.weight_scale = 1,
		.unobserved = (float)setting(s, "unobserved", 0.05),
		.regularization = (float)setting(s, "reg", 0.003),
		.exponent = (float)setting(s, "exponent", 1),
		.hu = setting(s, "hu", 0) > 0,
		.seed = (uint64_t)setting(s, "seed", 1),
	};
	struct recs_als *als = NULL;
	int result = recs_als_train(train, &options, NULL, &als, err);
	*out = als ? &als->model : NULL;
	return result;
}

static int train_explicit(const struct settings *s, const struct recs_ratings *train,
			  struct recs_model **out, struct error *err)
{
	struct recs_explicit_options options = {
		.width = (uint32_t)setting(s, "width", 40),
		.epochs = (int)setting(s, "epochs", 20),
		.regularization = (float)setting(s, "reg", 0.09),
		.regularization_bias = (float)setting(s, "bias", 0.05),
		.nonnegative = setting(s, "nonnegative", 0) > 0,
		.seed = (uint64_t)setting(s, "seed", 1),
	};
	struct recs_explicit *model = NULL;
	int result = recs_explicit_train(train, &options, &model, err);
	*out = model ? &model->model : NULL;
	return result;
}

static int train_popularity(const struct settings *s, const struct recs_ratings *train,
			    struct recs_model **out, struct error *err)
{
	(void)s;
	struct recs_popularity_options options = {0};
	return recs_popularity_train(train, &options, out, err);
}

static struct recs_links_options scoring(const struct settings *s)
{
	return (struct recs_links_options){
		.weighted = setting(s, "weighted", 0) > 0,
		.half_life_us = (int64_t)(setting(s, "half_life", 0) * 86400e6),
		.place_decay = (float)setting(s, "place_decay", 0),
	};
}

static int train_knn(const struct settings *s, const struct recs_ratings *train,
		     struct recs_model **out, struct error *err)
{
	struct recs_cooccurrence_options options = {
		.similarity = (enum recs_similarity)setting(s, "similarity", RECS_COSINE),
		.neighbours = (uint32_t)setting(s, "neighbours", 200),
		.shrinkage = (float)setting(s, "shrinkage", 5),
		.person_exponent = (float)setting(s, "person", 0),
		.scoring = scoring(s),
	};
	struct recs_links *links = NULL;
	int result = recs_cooccurrence_train(train, &options, &links, err);
	*out = links ? &links->model : NULL;
	return result;
}

static int train_walk(const struct settings *s, const struct recs_ratings *train,
		      struct recs_model **out, struct error *err)
{
	struct recs_walk_options options = {
		.person_exponent = (float)setting(s, "person", 0.55),
		.from_exponent = (float)setting(s, "from", 0.55),
		.to_exponent = (float)setting(s, "to", 0),
		.by_target = setting(s, "by_target", 1) > 0,
		.normalize = setting(s, "normalize", 1) > 0,
		.neighbours = (uint32_t)setting(s, "neighbours", 200),
		.scoring = scoring(s),
	};
	struct recs_links *links = NULL;
	int result = recs_walk_train(train, &options, &links, err);
	*out = links ? &links->model : NULL;
	return result;
}

static int train_ease(const struct settings *s, const struct recs_ratings *train,
		      struct recs_model **out, struct error *err)
{
	struct recs_ease_options options = {
		.regularization = (float)setting(s, "reg", 200),
		.dropout = (float)setting(s, "dropout", 0),
		.person_exponent = (float)setting(s, "person", 0),
		.items_max = (uint32_t)setting(s, "items", 8000),
	};
	return recs_ease_train(train, &options, out, err);
}

static int train_spectral(const struct settings *s, const struct recs_ratings *train,
			  struct recs_model **out, struct error *err)
{
	struct recs_spectral_options options = {
		.rank = (uint32_t)setting(s, "rank", 256),
		.rounds = (int)setting(s, "rounds", 0),
		.person_exponent = (float)setting(s, "person", 0.5),
		.item_exponent = (float)setting(s, "item", 0.5),
		.from_exponent = (float)setting(s, "from", 0.5),
		.to_exponent = (float)setting(s, "to", 0.5),
		.power = (float)setting(s, "power", 0),
		.seed = 1,
	};
	return recs_spectral_train(train, &options, out, err);
}

static int train_session(const struct settings *s, const struct recs_ratings *train,
			 struct recs_model **out, struct error *err)
{
	struct recs_session_options options = {
		.sample = (uint32_t)setting(s, "sample", 1000),
		.neighbours = (uint32_t)setting(s, "neighbours", 300),
		.place_decay = (float)setting(s, "place_decay", 0.8),
		.distance = (float)setting(s, "distance", 0.2),
		.age_scale_us = (int64_t)(setting(s, "age", 0) * 86400e6),
		.rarity = setting(s, "rarity", 1) > 0,
		.items_max = (uint32_t)setting(s, "items", 50),
	};
	return recs_session_train(train, &options, out, err);
}

static const struct {
	const char *name;
	int (*train)(const struct settings *, const struct recs_ratings *, struct recs_model **,
		     struct error *);
} all[] = {
	{"popularity", train_popularity},
	{"knn", train_knn},
	{"walk", train_walk},
	{"ease", train_ease},
	{"spectral", train_spectral},
	{"session", train_session},
	{"als", train_als},
	{"explicit", train_explicit},
};

const char *const models_names[] = {"popularity", "knn",     "walk", "ease",
				    "spectral",   "session", "als",  NULL};

int models_train(const char *name, const struct settings *settings,
		 const struct recs_ratings *train, struct recs_model **out, struct error *err)
{
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i].name, name) == 0)
			return all[i].train(settings, train, out, err);
	return err_set(err, ERR_USAGE, "no model \"%s\"", name);
}
