/* SPDX-License-Identifier: Apache-2.0 */
/* recommend_bands: which prices a person pays, for the artifact: the three price bands of each
 * person that the table of price bands has, so that both always say the same. */
#ifndef VITRINE_PIPELINE_RECOMMEND_BANDS_H
#define VITRINE_PIPELINE_RECOMMEND_BANDS_H

#include "pipeline/recommend_input.h"

/* Persons × bands: the share of the person's purchases in a band, 0 in all but three. Read from the
 * table as the session shows it; NULL where it is not made, or would have more than 100 million
 * numbers. Owner: caller (free()). Fails: as queries do, MEMORY. */
int recommend_bands_read(const struct recommender *recommender, const struct recommend_input *input,
			 struct engine_session *session, float **out, struct error *err);

#endif
