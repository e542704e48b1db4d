/* SPDX-License-Identifier: Apache-2.0 */
/* profile: how much each item of a profile counts by how long ago it was met. */
#ifndef VITRINE_RECS_PROFILE_H
#define VITRINE_RECS_PROFILE_H

#include "recs/model.h"

enum { RECS_PLACES_MAX = 256 }; /* older items all have this place */

struct recs_recency {
	int64_t newest_us, half_life_us; /* half_life_us 0: time does not matter */
	float place_decay;               /* 0: places do not matter */
};

/* The time of the newest item; 0 when times are not known. */
int64_t recs_profile_newest(const struct recs_profile *profile);
/* How many items of the profile are newer than its item `at` (of equal times, those after it), at
 * most RECS_PLACES_MAX: then counting stops, so that long histories cost little. Needs times. */
size_t recs_profile_place(const struct recs_profile *profile, size_t at);

/* Without times in the profile every item counts 1. */
struct recs_recency recs_recency(const struct recs_profile *profile, int64_t half_life_us,
				 float place_decay);
/* In (0, 1]. Cost: as recs_profile_place() when places matter. */
float recs_recency_weight(const struct recs_recency *recency, const struct recs_profile *profile,
			  size_t at);

#endif
