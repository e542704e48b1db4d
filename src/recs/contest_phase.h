/* SPDX-License-Identifier: Apache-2.0 */
/* contest_phase: what a contest may learn from at one stage, and what is wanted of it: the first
 * learns from the training part and is asked for the validation, the second learns from both and
 * is asked for the test. Models trained for a phase are kept until it ends, so that a blend and its
 * parts share them. */
#ifndef VITRINE_RECS_CONTEST_PHASE_H
#define VITRINE_RECS_CONTEST_PHASE_H

#include "recs/contest.h"
#include "recs/events.h"

struct recs_trained {
	struct recs_part part;
	struct recs_model *model; /* NULL: cannot be trained on this shop */
	char *why;                /* then */
	double seconds;
};

struct recs_phase {
	struct recs_shop shop; /* borrows events of the split, and what follows */
	uint32_t neighbours;   /* 0, or models are judged by so many nearest of each item */
	struct recs_ratings *ratings;
	struct recs_ratings *others; /* the rest of the baskets asked for; NULL = ratings */
	struct recs_ratings *wanted;
	uint8_t *persons; /* class of each row with something wanted, else RECS_PERSONS_COUNT */
	size_t counts[RECS_PERSONS_COUNT + 1]; /* rows with something wanted, by class, all */
	struct recs_trained *trained;
	size_t trained_count, trained_room;
};

void recs_phase_done(struct recs_phase *phase);
OWN_DEFINE_EMBEDDED(recs_phase, recs_phase_done)

/* The events in three, by the protocol or as given. Fails: USAGE (shares), MEMORY. */
int recs_phase_split(const struct recs_shop *shop, const struct recs_contest_options *options,
		     struct recs_split *out, struct error *err);
/* What `known` says, and what is wanted of it in `next`; both borrowed until the phase ends.
 * Fails: MEMORY, USAGE (events of persons or items that the shop has not). */
int recs_phase_fill(struct recs_phase *phase, const struct recs_shop *shop,
		    const struct recs_contest_options *options, const struct recs_events *known,
		    const struct recs_events *next, struct error *err);
/* Between the phases: what was validation is training now. Fails: MEMORY. */
int recs_phase_join(struct recs_split *split, struct error *err);

static inline const struct recs_ratings *recs_phase_histories(const struct recs_phase *phase)
{
	return phase->others ? phase->others : phase->ratings;
}

/* A part trained for this phase, once. Borrowed until the next call.
 * Fails: MEMORY, CANCELED and all else that is not the recipe's fault. */
int recs_phase_train(struct recs_phase *phase, const struct recs_part *part,
		     const struct recs_train_options *options, const struct recs_trained **out,
		     struct error *err);

/* Train a part as it is judged: by its nearest items, where the contest wants it so.
 * Owner: caller. Fails: as recs_part_train(). */
int recs_phase_make(const struct recs_phase *phase, const struct recs_part *part,
		    const struct recs_train_options *options, struct recs_model **out,
		    struct error *err);

/* Whether an error says that a recipe does not suit a shop, and nothing worse. */
bool recs_phase_is_withdrawal(const struct error *err);

#endif
