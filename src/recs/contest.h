/* SPDX-License-Identifier: Apache-2.0 */
/* contest: which recommender wins, for whom, and by how much.
 *
 * Events are cut in three. Every recipe is trained on the first part; its settings, a blend's
 * weights and the winner for each class of persons are chosen on the second; then all are trained
 * again on both, and the third is looked at once, for the report. A recipe wins a class only when
 * its gain in NDCG over the best simple one (popularity, unless a reference is named) has an
 * interval above 0 on the second part; otherwise the simple one serves, and the report says so.
 *
 * What wins is trained on all events by recs_contest_train() (chooser.h). */
#ifndef VITRINE_RECS_CONTEST_H
#define VITRINE_RECS_CONTEST_H

#include "recs/chooser.h"
#include "recs/evaluate.h"
#include "recs/recipe.h"
#include "recs/split.h"

enum { RECS_CONTEST_ENTRIES_MAX = 64, RECS_CONTEST_ORDER_MAX = 4 };

enum recs_protocol {
	RECS_PROTOCOL_TIME, /* the same moment for all: no model sees the future. The default */
	RECS_PROTOCOL_LAST, /* each person's last event, and the one before */
	/* The shop's persons are baskets: cut by time as above, then of each basket one item is
	 * asked for, given the others. */
	RECS_PROTOCOL_BASKET,
};

/* What a recs_contest_options.progress is told. */
struct recs_contest_progress {
	const char *what; /* "train knn", "search als", "blend popularity+knn", "test ease" */
	uint32_t done, total;
};

struct recs_contest_options {
	uint32_t k;              /* 0 = 10 */
	double validation, test; /* shares of the events; both 0 = 0.1 and 0.1 */
	enum recs_protocol protocol;
	/* A split made elsewhere (a published benchmark's) instead of the protocol's; its events
	 * are borrowed. */
	const struct recs_split *split;
	/* Not 0: each model but popularity is judged by so many nearest of each item (nearest.h),
	 * which is how an artifact answers baskets. */
	uint32_t neighbours;
	/* The recipe, 1 = the first of `recipes`, that serves where no other was shown to be
	 * better; the best popularity then fills up behind it. 0 = the best popularity. */
	uint32_t reference;
	/* The recipe, counted as above, that all are compared with beside the simple one; 0 = none.
	 * It has no say in who wins. */
	uint32_t rival;
	const char *const *recipes; /* recipe_count lines; none = those that suit the shop */
	uint32_t recipe_count;
	int trials;           /* of a search, for each recipe; 0 = no search */
	int64_t search_us;    /* no search starts a trial after this long; 0 = no limit (and then
				 the result is the same on every machine) */
	uint32_t persons_max; /* a search and a blend look at so many; 0 = 2000 */
	uint32_t persons_min; /* a class of fewer has the winner of all; 0 = 50 */
	int resamples;        /* of a bootstrap; 0 = 1000 */
	uint64_t seed;
	int threads;
	bool keep_seen; /* what a person has may be recommended again */
	/* The test judges each recipe as it would serve: the best popularity fills up its lists,
	 * and makes those of persons it knows nothing of. What is chosen before stays the same. */
	bool completed;
	bool segments;          /* judge by the shop's segments as well */
	const uint8_t *allowed; /* per item, 0 = in no list (gift wrap); NULL = all */
	/* Negative = stop, with the error in err. NULL = none. */
	int (*progress)(void *context, const struct recs_contest_progress *progress,
			struct error *err);
	void *context;
};

/* How good an entry's lists are for some persons. */
struct recs_standing {
	size_t persons; /* of the test with something wanted */
	struct recs_interval metrics[RECS_METRIC_COUNT];
	double coverage, novelty, popularity_bias, listed; /* as in evaluate.h */
	struct recs_interval gain;       /* of NDCG over the simple entry, person by person */
	struct recs_interval over_rival; /* the same over the rival; 0 where there is none */
	double rmse; /* of ratings predicted by a recipe of `explicit` alone; NAN = none */
	bool winner; /* serves this class */
};

struct recs_entry {
	struct recs_recipe recipe; /* with the settings and weights found */
	char *text;                /* its text; "chooser" for the last entry */
	bool simple;
	char *withdrawn; /* why it could not take part; NULL = it did */
	char *note;      /* what a bound left out; NULL = nothing */
	int trials;      /* of its search */
	double seconds;  /* of its last training */
	/* Mean NDCG on validation: by class, then of all. */
	double validation[RECS_PERSONS_COUNT + 1];
	struct recs_standing standings[RECS_PERSONS_COUNT + 1];
	struct recs_standing *by_segment; /* segment_count; NULL = not asked for */
};

/* Index of "all" in the arrays above. */
enum { RECS_PERSONS_ALL = RECS_PERSONS_COUNT };

/* What came from an entry, of the lists of the test's persons. */
struct recs_share {
	size_t persons; /* whose first item is its */
	size_t items;
};

struct recs_contest {
	struct recs_entry *entries; /* in the order given; the last is what would serve: the winner
				       of each class, filled up by the others */
	uint32_t count;             /* with that one */
	uint32_t simple;     /* the entry all are compared with: a popularity, or the reference */
	uint32_t popularity; /* the best of the popularities */
	uint32_t winners[RECS_PERSONS_COUNT + 1]; /* an entry, by class, then of all */
	/* Whether the winner of a class was shown to beat the simple entry on validation; false
	 * also where the simple one won or the class was too small to say. */
	bool shown[RECS_PERSONS_COUNT + 1];
	size_t validated[RECS_PERSONS_COUNT + 1]; /* persons of validation, by class, then all */
	struct recs_share *served; /* what each entry gives when the chooser makes the lists */
	enum recs_protocol protocol;
	uint32_t k, segment_count;
	size_t train_events, validation_events, test_events;
	int64_t validation_us, test_us; /* where they begin, of a split by time */
	bool keep_seen, fold;
};

void recs_contest_free(struct recs_contest *contest);
OWN_DEFINE(recs_contest, recs_contest_free)

/* Hold the contest on a shop whose `ratings` may be NULL. Where there is nothing to validate (no
 * events, one, all at one time) nothing is compared: popularity wins everywhere and nothing is
 * shown. A recipe that cannot be trained on this shop is withdrawn and says why; some popularity is
 * always added. Deterministic for seed and threads while search_us is 0.
 * Owner: caller. Fails: USAGE (a recipe, options), MEMORY, what progress says. */
int recs_contest_hold(const struct recs_shop *shop, const struct recs_contest_options *options,
		      struct recs_contest **out, struct error *err);

/* A class of a contest as reports name it: "one"; of baskets "basket_one"; all of them "basket". */
const char *recs_contest_class_name(const struct recs_contest *contest, uint32_t persons);
/* One sentence: who serves a class (or all), and what was shown. Owner: caller. Fails: MEMORY. */
char *recs_contest_verdict(const struct recs_contest *contest, uint32_t persons, struct error *err);

/* The entries that serve a class, the first first: its winner, filled up by the winner of all, by
 * the simple entry and by the best popularity; returns how many. */
uint32_t recs_contest_order(const struct recs_contest *contest, uint32_t persons,
			    uint32_t out[RECS_CONTEST_ORDER_MAX]);

/* The chooser of what won, of models of `item_count` items that `maker` makes, part by part, source
 * by source in the chooser's order. Owner: caller. Fails: MEMORY, what the maker says. */
int recs_contest_assemble(const struct recs_contest *contest, uint32_t item_count,
			  const struct recs_part_maker *maker, struct recs_chooser **out,
			  struct error *err);

/* Train what won on all of the shop's events: for each class what recs_contest_order() says.
 * Source s of the chooser is entry chooser->labels[s].
 * Owner: caller, by recs_model_free(&out->model). Fails: MEMORY, what training says. */
int recs_contest_train(const struct recs_contest *contest, const struct recs_shop *shop,
		       const struct recs_train_options *options, struct recs_chooser **out,
		       struct error *err);

#endif
