/* SPDX-License-Identifier: Apache-2.0 */
/* models: every model of recs/ by name, with settings: "name:setting=value,setting=value". */
#ifndef VITRINE_BENCH_MODELS_H
#define VITRINE_BENCH_MODELS_H

#include <stddef.h>

#include "recs/model.h"

struct error;
struct phase;
struct study;

/* A setting's value in a spec, or `otherwise`. */
double models_setting(const char *spec, const char *name, double otherwise);

/* Fails: USAGE (no such model) and what training says. */
int models_train(const char *spec, const struct study *study, const struct phase *phase,
		 struct recs_model **out, struct error *err);

#endif
