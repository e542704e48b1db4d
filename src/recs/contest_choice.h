/* SPDX-License-Identifier: Apache-2.0 */
/* contest_choice: what a contest decided, as JSON: who serves which persons, with all settings and
 * weights found. So later trainings follow it without holding the contest again.
 *
 *	{"entries": [{"recipe": "knn+walk:to=2", "values": [[...], [...]],
 *	              "classes": [{"from": 0, "weights": [...]}]}, ...],
 *	 "winners": [new, one, several, all], "simple": 0, "popularity": 0, "fold": false}
 *
 * `values` are all settings by the order of their model's; numbers are written so that reading them
 * gives the same ones to the last bit. Entries that serve nobody are left out. */
#ifndef VITRINE_RECS_CONTEST_CHOICE_H
#define VITRINE_RECS_CONTEST_CHOICE_H

#include "recs/contest.h"

struct json;
struct text;

/* Add the JSON to `out`. Failure is kept there. */
void recs_contest_choice_write(const struct recs_contest *contest, struct text *out);

/* A contest that was decided elsewhere: entries, winners, simple, popularity and fold for
 * recs_contest_train();
 * nothing was compared in it. The JSON may come from anywhere.
 * Owner: caller. Fails: CORRUPT (not of this form, or of models or settings that are no more),
 * MEMORY. */
int recs_contest_choice_read(const struct json *choice, struct recs_contest **out,
			     struct error *err);

#endif
