/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "recs/serve_parts.h"

static float place_weight(const struct artifact_links *links, size_t place)
{
	return links->place_decay > 0 ? powf(links->place_decay, (float)place) : 1;
}

float serving_link(const struct serving *serving, uint32_t set, size_t place, uint32_t item)
{
	const struct artifact_links *links = &serving->artifact->links[set];
	size_t from = serving->known[place], start = links->rows.starts[from];
	size_t len = artifact_row_len(&links->rows, from);
	for (size_t l = start; l < start + len; l++)
		if (links->rows.items[l] == item)
			return links->rows.scores[l] * place_weight(links, place);
	return 0;
}

static void score_links(const struct serving *serving, uint32_t set, float *scores)
{
	const struct artifact_links *links = &serving->artifact->links[set];
	size_t items = serving->artifact->settings.item_count;
	memset(scores, 0, items * sizeof *scores);
	for (size_t place = 0; place < serving->known_count; place++) {
		size_t from = serving->known[place], start = links->rows.starts[from];
		size_t len = artifact_row_len(&links->rows, from);
		float weight = place_weight(links, place);
		for (size_t l = start; l < start + len; l++)
			scores[links->rows.items[l]] += weight * links->rows.scores[l];
	}
	for (size_t i = 0; i < items; i++)
		scores[i] = scores[i] > 0 ? scores[i] : RECS_NO_SCORE;
}

static bool score_step(struct serving *serving, uint32_t step, float *scores)
{
	if (step != RECS_BY_FACTORS)
		score_links(serving, step, scores);
	else if (serving_fold_in(serving))
		serving_score_factors(serving, scores);
	else
		return false;
	return true;
}

static uint32_t step_source(const struct recs_artifact *artifact, uint32_t step)
{
	return step == RECS_BY_FACTORS ? artifact->settings.factors_source
				       : artifact->links[step].source;
}

static void because_of_links(struct serving *serving, uint32_t set, struct recs_served *served)
{
	float most = 0;
	for (size_t place = 0; place < serving->known_count; place++) {
		float weight = serving_link(serving, set, place, served->item);
		if (weight > most) {
			most = weight;
			served->because = serving->known[place];
		}
	}
}

/* `context` is the step, or NULL: the one noted in step_of. */
static void find_because(struct serving *serving, const void *context, struct recs_served *served)
{
	uint32_t step = context ? *(const uint32_t *)context : serving->step_of[served->item];
	served->source = step_source(serving->artifact, step);
	if (step == RECS_BY_FACTORS)
		serving_because_of_factors(serving, served);
	else
		because_of_links(serving, step, served);
}

/* One step's scores as its share of the mixture; step_of follows the greatest part so far, whose
 * size is in `most`, which the scores of all steps before are not needed for. */
static void mix(struct serving *serving, uint32_t step, float factor, float *most)
{
	size_t items = serving->artifact->settings.item_count;
	for (size_t i = 0; i < items; i++) {
		if (!(serving->other[i] > RECS_NO_SCORE))
			continue;
		float part = factor * serving->other[i];
		float before = serving->scores[i] > RECS_NO_SCORE ? serving->scores[i] : 0;
		if (!(serving->scores[i] > RECS_NO_SCORE) || part > most[i]) {
			most[i] = part;
			serving->step_of[i] = (uint8_t)step;
		}
		serving->scores[i] = before + part;
	}
}

static void place_mixed(struct serving *serving, const struct artifact_class *class)
{
	size_t items = serving->artifact->settings.item_count;
	for (size_t i = 0; i < items; i++)
		serving->scores[i] = RECS_NO_SCORE;
	for (uint32_t s = 0; s < class->step_count; s++) {
		if (!score_step(serving, class->steps[s], serving->other))
			continue;
		float factor = class->weights[s] * recs_blend_scale(serving->other, items);
		if (factor > 0)
			mix(serving, class->steps[s], factor, serving->most);
	}
	struct serving_why why = {.because = RECS_NONE, .find = find_because};
	serving_place_scores(serving, &why);
}

static void place_step(struct serving *serving, uint32_t step)
{
	struct serving_why why = {.because = RECS_NONE, .find = find_because, .context = &step};
	if (serving_is_full(serving) || !serving->known_count)
		return;
	if (step != RECS_BY_FACTORS) {
		score_links(serving, step, serving->scores);
		serving_place_scores(serving, &why);
	} else if (serving_fold_in(serving)) {
		serving_place_factors(serving, &why);
	}
}

void serving_place_links(struct serving *serving, uint32_t set)
{
	place_step(serving, set);
}

const struct artifact_class *serving_class(const struct serving *serving)
{
	const struct recs_artifact *artifact = serving->artifact;
	const struct artifact_class *classes = artifact->classes, *found = NULL;
	uint32_t count = artifact->settings.class_count;
	if (serving->request->ask == RECS_FOR_PERSON && artifact->person_classes) {
		classes = artifact->person_classes;
		count = artifact->settings.person_class_count;
	}
	for (uint32_t c = 0; c < count; c++)
		if (classes[c].from <= serving->known_count)
			found = &classes[c];
	return found;
}

void serving_place_steps(struct serving *serving)
{
	const struct artifact_class *class = serving_class(serving);
	size_t before = serving->answer->count;
	if (!class || !serving->known_count || serving_is_full(serving))
		return;
	if (class->mixed)
		place_mixed(serving, class);
	else
		for (uint32_t s = 0; s < class->step_count; s++)
			place_step(serving, class->steps[s]);
	serving->answer->personal |= serving->answer->count > before;
}
