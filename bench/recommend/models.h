/* SPDX-License-Identifier: Apache-2.0 */
/* models: every model of recs/ by name, with settings given as NAME=VALUE. */
#ifndef VITRINE_BENCH_MODELS_H
#define VITRINE_BENCH_MODELS_H

#include <stddef.h>

struct error;
struct recs_model;
struct recs_ratings;

struct settings {
	size_t count;
	char **at; /* "name=value" */
};

/* Ended by NULL. */
extern const char *const models_names[];

/* Fails: USAGE (no such model) and what training says. */
int models_train(const char *name, const struct settings *settings,
		 const struct recs_ratings *train, struct recs_model **out, struct error *err);

#endif
