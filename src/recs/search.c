/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/search.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/own.h"
#include "recs/random.h"

#define STEP_FIRST 0.25 /* of the range, one deviation */
#define STEP_LAST  0.03

static int check(const struct recs_search_options *options, struct error *err)
{
	if (options->setting_count > RECS_SETTINGS_MAX || options->trials < 1)
		return err_set(err, ERR_USAGE, "search: more than %d settings, or no trials",
			       RECS_SETTINGS_MAX);
	for (uint32_t s = 0; s < options->setting_count; s++) {
		const struct recs_setting *setting = &options->settings[s];
		if (!(setting->low < setting->high) || (setting->logarithmic && setting->low <= 0))
			return err_set(err, ERR_USAGE, "search: the range of %s is wrong",
				       setting->name);
	}
	return 0;
}

/* A place in [0, 1] of the range as a value. */
static double value_at(const struct recs_setting *setting, double place)
{
	double value = setting->logarithmic
			       ? setting->low * pow(setting->high / setting->low, place)
			       : setting->low + place * (setting->high - setting->low);
	value = fmin(fmax(value, setting->low), setting->high);
	return setting->whole ? round(value) : value;
}

static double place_of(const struct recs_setting *setting, double value)
{
	double place = setting->logarithmic
			       ? log(value / setting->low) / log(setting->high / setting->low)
			       : (value - setting->low) / (setting->high - setting->low);
	return fmin(fmax(place, 0), 1);
}

/* What leaves the range comes back from its edge. */
static double reflect(double place)
{
	place = fabs(place);
	return place > 1 ? fmax(2 - place, 0) : place;
}

static void choose_places(const struct recs_search_options *options, int trial, const double *best,
			  struct recs_random *random, double *places)
{
	int drawn = options->trials / 3;
	double progress = options->trials > drawn + 1
				  ? (double)(trial - drawn) / (options->trials - drawn - 1)
				  : 0;
	double step = STEP_FIRST * pow(STEP_LAST / STEP_FIRST, fmax(progress, 0));
	for (uint32_t s = 0; s < options->setting_count; s++) {
		if (trial == 0 && options->first)
			places[s] = place_of(&options->settings[s], options->first[s]);
		else if (trial < drawn || trial == 0)
			places[s] = recs_random_unit(random);
		else
			places[s] = reflect(best[s] + step * recs_random_normal(random));
	}
}

int recs_search(const struct recs_search_options *options, struct recs_search_result *out,
		struct error *err)
{
	TRY(check(options, err));
	struct recs_random random = {options->seed};
	int64_t start_us = clock_monotonic_us();
	double best[RECS_SETTINGS_MAX] = {0};
	*out = (struct recs_search_result){.score = -INFINITY};
	int without = 0;
	for (int trial = 0; trial < options->trials; trial++) {
		double places[RECS_SETTINGS_MAX], values[RECS_SETTINGS_MAX] = {0}, score;
		if (trial > 0 && options->time_us &&
		    clock_monotonic_us() - start_us >= options->time_us)
			break;
		if (options->patience && without >= options->patience)
			break;
		choose_places(options, trial, best, &random, places);
		for (uint32_t s = 0; s < options->setting_count; s++)
			values[s] = value_at(&options->settings[s], places[s]);
		TRY(options->try_values(options->context, values, out->score, &score, err));
		out->trials++;
		without++;
		if (trial > 0 && !(score > out->score))
			continue;
		without = 0;
		out->score = score > -INFINITY ? score : -INFINITY;
		memcpy(best, places, sizeof best);
		memcpy(out->values, values, sizeof values);
	}
	return 0;
}
