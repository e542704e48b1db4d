/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/profile.h"

int64_t recs_profile_newest(const struct recs_profile *profile)
{
	int64_t newest = profile->times_us && profile->count ? profile->times_us[0] : 0;
	for (size_t h = 1; profile->times_us && h < profile->count; h++)
		newest = profile->times_us[h] > newest ? profile->times_us[h] : newest;
	return newest;
}

size_t recs_profile_place(const struct recs_profile *profile, size_t at)
{
	const int64_t *times = profile->times_us;
	size_t newer = 0;
	for (size_t h = 0; h < profile->count && newer < RECS_PLACES_MAX; h++)
		newer += times[h] > times[at] || (times[h] == times[at] && h > at);
	return newer;
}

struct recs_recency recs_recency(const struct recs_profile *profile, int64_t half_life_us,
				 float place_decay)
{
	if (!profile->times_us)
		return (struct recs_recency){0};
	return (struct recs_recency){recs_profile_newest(profile), half_life_us, place_decay};
}

float recs_recency_weight(const struct recs_recency *recency, const struct recs_profile *profile,
			  size_t at)
{
	float weight = 1;
	if (recency->half_life_us > 0) {
		double age = (double)(recency->newest_us - profile->times_us[at]);
		weight *= (float)exp2(-age / (double)recency->half_life_us);
	}
	if (recency->place_decay > 0)
		weight *= powf(recency->place_decay, (float)recs_profile_place(profile, at));
	return weight;
}
