/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/recipe_kinds.h"

#include "base/error.h"
#include "base/mem.h"
#include "recs/als.h"
#include "recs/content.h"
#include "recs/cooccurrence.h"
#include "recs/ease.h"
#include "recs/events.h"
#include "recs/explicit.h"
#include "recs/popularity.h"
#include "recs/ratings.h"
#include "recs/repeat.h"
#include "recs/session.h"
#include "recs/spectral.h"
#include "recs/walk.h"

#define DAY_US     86400e6
#define DAYS_MAX   36500
#define LARGE      1e9
#define EPOCHS_MAX 1000

/* A setting that is not searched: name, default, least, most. */
#define FIXED(word, otherwise, least, most)                                                        \
	{                                                                                          \
		{word, least, most, false, false}, otherwise, least, most, false, NULL             \
	}
#define WHOLE(word, otherwise, least, most)                                                        \
	{                                                                                          \
		{word, least, most, false, true}, otherwise, least, most, false, NULL              \
	}
#define SWITCH(word, otherwise) WHOLE(word, otherwise, 0, 1)
/* A setting that is: the range a search looks in follows. */
#define SEARCHED(word, otherwise, least, most, low, high)                                          \
	{                                                                                          \
		{word, low, high, false, false}, otherwise, least, most, true, NULL                \
	}
#define SEARCHED_LOG(word, otherwise, least, most, low, high)                                      \
	{                                                                                          \
		{word, low, high, true, false}, otherwise, least, most, true, NULL                 \
	}
#define SEARCHED_WHOLE(word, otherwise, least, most, low, high)                                    \
	{                                                                                          \
		{word, low, high, true, true}, otherwise, least, most, true, NULL                  \
	}
/* How a history's items count, of the models made of links. */
#define SCORING                                                                                    \
	SWITCH("weighted", 0), FIXED("half_life", 0, 0, DAYS_MAX),                                 \
		SEARCHED("place_decay", 1, 0, 1, 0.4, 1)

static float real(const struct recs_part *part, const char *name)
{
	return (float)recs_part_value(part, name);
}

static uint32_t whole(const struct recs_part *part, const char *name)
{
	return (uint32_t)recs_part_value(part, name);
}

static int64_t days(const struct recs_part *part, const char *name)
{
	return (int64_t)(recs_part_value(part, name) * DAY_US);
}

/* Both 1, the default, and 0 mean that places do not matter. */
struct recs_links_options recs_part_scoring(const struct recs_part *part)
{
	float decay = real(part, "place_decay");
	return (struct recs_links_options){
		.weighted = real(part, "weighted") > 0,
		.half_life_us = days(part, "half_life"),
		.place_decay = decay < 1 ? decay : 0,
	};
}

static int64_t newest_time(const struct recs_events *events)
{
	int64_t newest = events->count ? events->at[0].time_us : 0;
	for (size_t e = 1; e < events->count; e++)
		newest = events->at[e].time_us > newest ? events->at[e].time_us : newest;
	return newest;
}

/* Sales of the last `window` days, or all, decayed by `half_life`. */
static int train_popularity(const struct recs_part *part, const struct recs_shop *shop,
			    const struct recs_train_options *options, struct recs_model **out,
			    struct error *err)
{
	(void)options;
	OWNED(recs_ratings) *recent = NULL;
	int64_t window = days(part, "window"), newest = newest_time(shop->events);
	struct recs_ratings_options build = {.merge = RECS_MERGE_SUM,
					     .half_life_us = days(part, "half_life")};
	if (window) {
		build.from_us = newest - window;
		build.to_us = newest + 1;
	}
	TRY(recs_ratings_build(shop->events, shop->person_count, shop->item_count, &build, &recent,
			       err));
	struct recs_popularity_options popularity = {.prior = real(part, "prior")};
	if (real(part, "segment") > 0) {
		popularity.segments = shop->segments;
		popularity.segment_count = shop->segments ? shop->segment_count : 0;
	}
	return recs_popularity_train(recent, &popularity, out, err);
}

static int load_popularity(const struct recs_part *part, uint32_t item_count,
			   struct recs_arrays_in *in, struct recs_model **out, struct error *err)
{
	(void)part;
	return recs_popularity_load(in, item_count, out, err);
}

static int load_links(const struct recs_part *part, uint32_t item_count, struct recs_arrays_in *in,
		      struct recs_model **out, struct error *err)
{
	const struct recs_links_options scoring = recs_part_scoring(part);
	return recs_links_load(in, item_count, &scoring, out, err);
}

static int links_result(int result, struct recs_links *links, struct recs_model **out)
{
	*out = links ? &links->model : NULL;
	return result;
}

static int train_knn(const struct recs_part *part, const struct recs_shop *shop,
		     const struct recs_train_options *options, struct recs_model **out,
		     struct error *err)
{
	struct recs_cooccurrence_options knn = {
		.similarity = (enum recs_similarity)whole(part, "similarity"),
		.neighbours = whole(part, "neighbours"),
		.shrinkage = real(part, "shrinkage"),
		.person_exponent = real(part, "person"),
		.threads = options->threads,
		.scoring = recs_part_scoring(part),
	};
	struct recs_links *links = NULL;
	int result = recs_cooccurrence_train(shop->ratings, &knn, &links, err);
	return links_result(result, links, out);
}

static int train_walk(const struct recs_part *part, const struct recs_shop *shop,
		      const struct recs_train_options *options, struct recs_model **out,
		      struct error *err)
{
	struct recs_walk_options walk = {
		.person_exponent = real(part, "person"),
		.from_exponent = real(part, "from"),
		.to_exponent = real(part, "to"),
		.by_target = real(part, "by_target") > 0,
		.normalize = real(part, "normalize") > 0,
		.neighbours = whole(part, "neighbours"),
		.threads = options->threads,
		.scoring = recs_part_scoring(part),
	};
	struct recs_links *links = NULL;
	int result = recs_walk_train(shop->ratings, &walk, &links, err);
	return links_result(result, links, out);
}

static int train_ease(const struct recs_part *part, const struct recs_shop *shop,
		      const struct recs_train_options *options, struct recs_model **out,
		      struct error *err)
{
	struct recs_ease_options ease = {
		.regularization = real(part, "reg"),
		.dropout = real(part, "dropout"),
		.person_exponent = real(part, "person"),
		.items_max = whole(part, "items"),
		.threads = options->threads,
	};
	return recs_ease_train(shop->ratings, &ease, out, err);
}

static int load_ease(const struct recs_part *part, uint32_t item_count, struct recs_arrays_in *in,
		     struct recs_model **out, struct error *err)
{
	(void)part;
	return recs_ease_load(in, item_count, out, err);
}

static int train_spectral(const struct recs_part *part, const struct recs_shop *shop,
			  const struct recs_train_options *options, struct recs_model **out,
			  struct error *err)
{
	struct recs_spectral_options spectral = {
		.rank = whole(part, "rank"),
		.rounds = (int)whole(part, "rounds"),
		.person_exponent = real(part, "person"),
		.item_exponent = real(part, "item"),
		.from_exponent = real(part, "from"),
		.to_exponent = real(part, "to"),
		.power = real(part, "power"),
		.seed = options->seed,
		.threads = options->threads,
	};
	return recs_spectral_train(shop->ratings, &spectral, out, err);
}

static int load_spectral(const struct recs_part *part, uint32_t item_count,
			 struct recs_arrays_in *in, struct recs_model **out, struct error *err)
{
	(void)part;
	return recs_spectral_load(in, item_count, out, err);
}

static struct recs_session_options session_of(const struct recs_part *part)
{
	uint32_t sample = whole(part, "sample"), neighbours = whole(part, "neighbours");
	return (struct recs_session_options){
		.sample = sample,
		.neighbours = neighbours < sample ? neighbours : sample,
		.place_decay = real(part, "place_decay"),
		.distance = real(part, "distance"),
		.age_scale_us = days(part, "age"),
		.rarity = real(part, "rarity") > 0,
		.items_max = whole(part, "items"),
	};
}

static int train_session(const struct recs_part *part, const struct recs_shop *shop,
			 const struct recs_train_options *options, struct recs_model **out,
			 struct error *err)
{
	(void)options;
	const struct recs_session_options session = session_of(part);
	return recs_session_train(shop->ratings, &session, out, err);
}

static int load_session(const struct recs_part *part, uint32_t item_count,
			struct recs_arrays_in *in, struct recs_model **out, struct error *err)
{
	const struct recs_session_options session = session_of(part);
	return recs_session_load(in, item_count, &session, out, err);
}

static int train_content(const struct recs_part *part, const struct recs_shop *shop,
			 const struct recs_train_options *options, struct recs_model **out,
			 struct error *err)
{
	(void)options;
	if (!shop->attributes)
		return err_set(err, ERR_USAGE, "content: nothing is known about these items");
	OWNED_MEMORY float *sales = mem_alloc_array(shop->item_count, sizeof *sales);
	if (!sales)
		return err_memory(err);
	for (size_t e = 0; e < recs_ratings_count(shop->ratings); e++)
		sales[shop->ratings->columns[e]]++;
	struct recs_content_options content = {.popularity = real(part, "popularity"),
					       .sales = sales,
					       .scoring = recs_part_scoring(part)};
	return recs_content_train(shop->attributes, &content, out, err);
}

static int load_content(const struct recs_part *part, uint32_t item_count,
			struct recs_arrays_in *in, struct recs_model **out, struct error *err)
{
	const struct recs_links_options scoring = recs_part_scoring(part);
	return recs_content_load(in, item_count, &scoring, out, err);
}

static int train_repeat(const struct recs_part *part, const struct recs_shop *shop,
			const struct recs_train_options *options, struct recs_model **out,
			struct error *err)
{
	(void)options;
	struct recs_repeat_options repeat = {.now_us = newest_time(shop->events),
					     .prior = real(part, "prior")};
	return recs_repeat_train(shop->events, shop->item_count, &repeat, out, err);
}

static int load_repeat(const struct recs_part *part, uint32_t item_count, struct recs_arrays_in *in,
		       struct recs_model **out, struct error *err)
{
	(void)part;
	return recs_repeat_load(in, item_count, out, err);
}

struct ticking {
	const struct recs_train_options *options;
};

static int tick(void *context, int epoch, struct error *err)
{
	(void)epoch;
	const struct ticking *ticking = context;
	return ticking->options->tick(ticking->options->context, err) < 0 ? -1 : 0;
}

static struct recs_als_options als_of(const struct recs_part *part)
{
	return (struct recs_als_options){
		.width = whole(part, "width"),
		.epochs = (int)whole(part, "epochs"),
		.steps = (int)whole(part, "steps"),
		.tolerance = RECS_ALS_TOLERANCE,
		.block = whole(part, "block"),
		.weight_scale = real(part, "scale"),
		.unobserved = real(part, "unobserved"),
		.regularization = real(part, "reg"),
		.exponent = real(part, "exponent"),
		.hu = real(part, "hu") > 0,
	};
}

static int als_result(int result, struct recs_als *als, struct recs_model **out)
{
	*out = als ? &als->model : NULL;
	return result;
}

static int train_als(const struct recs_part *part, const struct recs_shop *shop,
		     const struct recs_train_options *options, struct recs_model **out,
		     struct error *err)
{
	struct ticking ticking = {options};
	struct recs_als_options als = als_of(part);
	als.seed = options->seed;
	als.threads = options->threads;
	als.after_epoch = options->tick ? tick : NULL;
	als.context = &ticking;
	struct recs_als *trained = NULL;
	int result = recs_als_train(shop->ratings, &als, NULL, &trained, err);
	return als_result(result, trained, out);
}

static int load_als(const struct recs_part *part, uint32_t item_count, struct recs_arrays_in *in,
		    struct recs_model **out, struct error *err)
{
	const struct recs_als_options als = als_of(part);
	struct recs_als *loaded = NULL;
	int result = recs_als_load(in, item_count, &als, &loaded, err);
	return als_result(result, loaded, out);
}

/* The weights of events are the ratings; of several the newest counts. */
static int train_explicit(const struct recs_part *part, const struct recs_shop *shop,
			  const struct recs_train_options *options, struct recs_model **out,
			  struct error *err)
{
	OWNED(recs_ratings) *ratings = NULL;
	struct ticking ticking = {options};
	struct recs_ratings_options build = {.merge = RECS_MERGE_LAST};
	struct recs_explicit_options explicit = {
		.width = whole(part, "width"),
		.epochs = (int)whole(part, "epochs"),
		.regularization = real(part, "reg"),
		.regularization_bias = real(part, "bias"),
		.nonnegative = real(part, "nonnegative") > 0,
		.seed = options->seed,
		.threads = options->threads,
	};
	if (options->tick) {
		explicit.after_epoch = tick;
		explicit.context = &ticking;
	}
	TRY(recs_ratings_build(shop->events, shop->person_count, shop->item_count, &build, &ratings,
			       err));
	struct recs_explicit *trained = NULL;
	int result = recs_explicit_train(ratings, &explicit, &trained, err);
	*out = trained ? &trained->model : NULL;
	return result;
}

static const char *const similarities[] = {"count", "cosine", "jaccard", "lift", NULL};

const struct recs_recipe_kind recs_recipe_kinds[] = {
	{"popularity",
	 true,
	 false,
	 {FIXED("window", 0, 0, DAYS_MAX), SEARCHED_LOG("half_life", 0, 0, DAYS_MAX, 3, 365),
	  SWITCH("segment", 0), FIXED("prior", 100, 0, LARGE)},
	 train_popularity,
	 load_popularity},
	{"knn",
	 false,
	 true,
	 {{{"similarity", 0, 3, false, true}, RECS_COSINE, 0, 3, false, similarities},
	  SEARCHED_WHOLE("neighbours", 200, 1, RECS_LINKS_MAX, 20, 1000),
	  SEARCHED_LOG("shrinkage", 5, 0, LARGE, 0.1, 300),
	  SEARCHED("person", 0, 0, 2, 0, 1),
	  SCORING},
	 train_knn,
	 load_links},
	{"walk",
	 false,
	 true,
	 {SEARCHED("person", 0.8, 0, 3, 0.2, 1.4), SEARCHED("from", 0.5, 0, 3, 0, 1),
	  SEARCHED("to", 0, 0, 3, 0, 0.8),
	  SEARCHED_WHOLE("neighbours", 700, 1, RECS_LINKS_MAX, 50, 1500), SWITCH("by_target", 1),
	  SWITCH("normalize", 1), SCORING},
	 train_walk,
	 load_links},
	{"ease",
	 false,
	 true,
	 {SEARCHED_LOG("reg", 200, 1e-6, LARGE, 5, 3000), SEARCHED("dropout", 0, 0, 0.99, 0, 0.6),
	  FIXED("person", 0, 0, 2), WHOLE("items", 8000, 1, RECS_EASE_ITEMS_MAX)},
	 train_ease,
	 load_ease},
	{"spectral",
	 false,
	 true,
	 {SEARCHED_WHOLE("rank", 256, 1, RECS_SPECTRAL_RANK_MAX, 16, 768),
	  WHOLE("rounds", 0, 0, 100), SEARCHED("person", 0.5, 0, 2, 0.1, 0.9),
	  SEARCHED("item", 0.5, 0, 2, 0.1, 0.9), SEARCHED("from", 0.5, 0, 2, 0, 0.8),
	  SEARCHED("to", 0.5, 0, 2, 0, 0.8), SEARCHED("power", 0.5, 0, 8, 0, 2)},
	 train_spectral,
	 load_spectral},
	{"session",
	 false,
	 true,
	 {SEARCHED_WHOLE("sample", 1000, 1, LARGE, 100, 5000),
	  SEARCHED_WHOLE("neighbours", 300, 1, LARGE, 20, 1500),
	  SEARCHED("place_decay", 0.7, 0.01, 1, 0.4, 1), SEARCHED("distance", 0.5, 0, 100, 0, 1.5),
	  FIXED("age", 0, 0, DAYS_MAX), SWITCH("rarity", 1),
	  WHOLE("items", 50, 1, RECS_SESSION_ITEMS_MAX)},
	 train_session,
	 load_session},
	{"content",
	 false,
	 true,
	 {SEARCHED("popularity", 1, 0, 100, 0, 4), SCORING},
	 train_content,
	 load_content},
	{"repeat",
	 false,
	 true,
	 {SEARCHED_LOG("prior", 20, 0.01, LARGE, 1, 300)},
	 train_repeat,
	 load_repeat},
	{"als",
	 false,
	 true,
	 {WHOLE("width", 128, 1, RECS_ALS_WIDTH_MAX), WHOLE("epochs", 10, 1, EPOCHS_MAX),
	  WHOLE("steps", 2, 0, 100), FIXED("scale", 1, 1e-6, LARGE),
	  SEARCHED_LOG("unobserved", 0.05, 1e-9, LARGE, 0.005, 1),
	  SEARCHED_LOG("reg", 0.003, 1e-9, LARGE, 0.0005, 0.1), SEARCHED("exponent", 1, 0, 2, 0, 1),
	  SWITCH("hu", 0), WHOLE("block", 0, 0, RECS_ALS_WIDTH_MAX)},
	 train_als,
	 load_als},
	{"explicit",
	 false,
	 false,
	 {WHOLE("width", 40, 1, RECS_EXPLICIT_WIDTH_MAX), WHOLE("epochs", 20, 1, EPOCHS_MAX),
	  FIXED("reg", 0.09, 1e-9, LARGE), FIXED("bias", 0.05, 1e-9, LARGE),
	  SWITCH("nonnegative", 0)},
	 train_explicit,
	 NULL},
	{0},
};
