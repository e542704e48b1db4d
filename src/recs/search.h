/* SPDX-License-Identifier: Apache-2.0 */
/* search: settings of a model that do best on validation, within a budget. A third of the trials
 * are drawn at random over the ranges; the others step from the best so far, nearer and nearer (a
 * (1+1) evolution strategy with a falling step). Sources: J. Bergstra, Y. Bengio, "Random Search
 * for Hyper-Parameter Optimization", 2012; H.-G. Beyer, H.-P. Schwefel, "Evolution Strategies",
 * 2002. */
#ifndef VITRINE_RECS_SEARCH_H
#define VITRINE_RECS_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

struct error;

enum { RECS_SETTINGS_MAX = 16 };

struct recs_setting {
	const char *name;
	double low, high; /* low < high */
	bool logarithmic; /* low > 0 then */
	bool whole;       /* a whole number */
};

struct recs_search_options {
	const struct recs_setting *settings;
	uint32_t setting_count;
	const double *first; /* tried first; NULL = drawn */
	int trials;          /* at most */
	int64_t time_us;     /* no trial starts after this; 0 = no limit */
	int patience;        /* ends after so many trials without gain; 0 = never */
	uint64_t seed;
	/* How good `values` are (higher = better; NaN or -INFINITY = unusable). `best` is the best
	 * so far, for a trial that can tell early that it will not reach it. Fails: its own. */
	int (*try_values)(void *context, const double *values, double best, double *out_score,
			  struct error *err);
	void *context;
};

struct recs_search_result {
	double values[RECS_SETTINGS_MAX], score;
	int trials; /* made */
};

/* Deterministic for a seed unless time_us ends it. Fails: USAGE (ranges), what try_values says. */
int recs_search(const struct recs_search_options *options, struct recs_search_result *out,
		struct error *err);

#endif
