/* SPDX-License-Identifier: Apache-2.0 */
/* recommend_find: from what was read to what is offered: the contest, the models that won, a list
 * for every person, items beside every item. Nothing here knows the lake or SQL. */
#ifndef VITRINE_PIPELINE_RECOMMEND_FIND_H
#define VITRINE_PIPELINE_RECOMMEND_FIND_H

#include "base/text.h"
#include "pipeline/recommend_basket.h"
#include "pipeline/recommend_factors.h"
#include "pipeline/recommend_input.h"
#include "recs/contest.h"
#include "recs/rows.h"

/* A column a row; RECS_NONE where there is nothing. */
struct recommend_lists {
	size_t count, capacity;
	uint32_t *persons, *items, *because, *segments;
	uint32_t *sources; /* of the chooser */
	int32_t *ranks, *is_popular;
	float *scores;
};

struct recommend_similar {
	size_t count, capacity;
	uint32_t *items, *others, *sources; /* a set of the basket; their number = same_category */
	int32_t *ranks;
	float *scores;
};

struct recommend_found {
	struct recs_contest *contest; /* that was held, or the choice of one before */
	bool is_held;
	struct recs_chooser *chooser; /* what won, trained on everything or kept */
	bool is_kept;                 /* the latter: lists are carried over */
	struct text models;           /* its bytes (recs/saved.h), where they are to be kept */
	char why_not_kept[96];        /* why there are none though they were; "" = there are */
	struct recs_ratings *histories;
	struct recommend_basket basket;
	struct recommend_factors factors; /* what ALS answers, where it serves */
	struct recs_rows popular;         /* one row: all that sells */
	struct recs_rows by_segment; /* row = segment; starts NULL where segments do not matter */
	struct recs_rows by_category;
	struct recommend_lists lists;
	struct recommend_similar similar;
	size_t served[RECS_SOURCES_MAX]; /* rows of `lists` by source of the chooser */
	double shares[RECS_SOURCES_MAX]; /* the same, of all rows */
	uint32_t scored;                 /* persons; the others' lists are those of before */
	/* What each source of the chooser is called: its name, or its text where two share one. */
	const char *names[RECS_SOURCES_MAX];
};

struct recommend_options {
	int threads;
	enum recs_protocol protocol; /* of the contest of persons */
	/* Told what is done now; negative = stop, with the error in err. */
	int (*tick)(void *context, const char *what, uint32_t done, uint32_t total,
		    struct error *err);
	void *context;
	/* With models that were kept: the artifact whose lists are carried over; else NULL. */
	const struct recs_artifact *before;
};

void recommend_found_done(struct recommend_found *found);
OWN_DEFINE_EMBEDDED(recommend_found, recommend_found_done)

/* A contest's progress for recommend_options, its context. */
int recommend_tell(void *context, const struct recs_contest_progress *progress, struct error *err);

/* Hold the contests alone: `contest` and that of `basket` are filled in.
 * Fails: MEMORY, USAGE, what tick says. */
int recommend_contest(const struct recommender *recommender, const struct recommend_input *input,
		      const struct recommend_options *options, struct recommend_found *out,
		      struct error *err);
/* Train what won and make all lists. When out->contest is a choice already (contest_choice.h), no
 * contest is held, unless what it chose cannot be trained any more; when out->chooser is there as
 * well, nothing is trained but what is beside the lists. Fails: as above. */
int recommend_find(const struct recommender *recommender, const struct recommend_input *input,
		   const struct recommend_options *options, struct recommend_found *out,
		   struct error *err);

#endif
